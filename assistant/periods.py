"""How often something is paid or done, as policy says it: 每月, 元/年, 每半年."""

from __future__ import annotations

import re

_OFTEN = re.compile(
    r"每(?:隔)?(?:个|一|名|位)?(半年|半个?月|[两二三四五六]年|[两二三四五六]个月|年|月(?!\d)|周|星期|天|日|次|餐|学期|季度|小时)|(?:/|·)(月|年|天|日|次|学期|小时)"
)
_ONE_NAME = (("日", "天"), ("餐", "次"), ("星期", "周"), ("半个月", "半月"))


def how_often(text: str) -> set[str]:
    """The periods that a normal text names, each by one name (每日 and /天 are 天)."""
    found = {one or other for one, other in _OFTEN.findall(text)}
    return {next((name for spoken, name in _ONE_NAME if period == spoken), period) for period in found}
