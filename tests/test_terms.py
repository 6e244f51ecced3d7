"""The terms of an amount: how often, at most how much, for whom."""

from __future__ import annotations

import pytest

from corpus.quantities import quantities
from corpus.terms import terms


def _terms(text: str, amount: str) -> tuple[list[str], str | None, list[str]]:
    found = quantities(text)
    at = next(i for i, q in enumerate(found) if text[q.start : q.end] == amount)
    one = terms(text, found)[at]
    return (
        [text[a:b] for a, b in one.periods], text[slice(*one.cap)] if one.cap else None,
        [text[a:b] for a, b in one.conditions],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "amount", "expected"),
    [
        (
            "对新建的养老院给予建设补助,标准为8000元/床,每家补助最高不超过60万元,补助周期为3年。申请补助的机构须符合以下条件:依法登记、开业满1年。",
            "8000元/床",
            (["补助周期为3年"], "每家补助最高不超过60万元",
             ["对新建的养老院", "申请补助的机构须符合以下条件:依法登记、开业满1年"]),
        ),
        ("毕业生首次创业的,给予一次性5000元补贴。", "5000元", (["一次性"], None, ["毕业生首次创业的"])),
        (
            "重点资助低保家庭。资助标准为餐费每人每天8元,全年按200天计算;住宿费每人每月60元。",
            "60元",
            (["每人每月"], None, ["低保家庭"]),
        ),
        ("对甲类企业奖励10万元。乙类企业奖励5万元。", "5万元", ([], None, [])),
        (
            "给予每月每平方米10元的补助;实际租金低于每月每平方米10元的,按实际租金给予补助。",
            "10元",
            (["每月每平方米"], "实际租金低于每月每平方米10元的,按实际租金给予补助", []),
        ),
    ],
)  # fmt: skip
def test_terms(text: str, amount: str, expected: tuple[list[str], str | None, list[str]]) -> None:
    """Each term is the clause's own words; what belongs to another amount stays with that one."""
    assert _terms(text, amount) == expected


def test_a_cap_and_a_fee_have_no_terms() -> None:
    """What only bounds an amount, and money that is not paid out, carry no terms."""
    assert _terms("给予3000元/托位补助,最高不超过45万元。", "45万元") == ([], None, [])
    assert _terms("每人每月收费800元。", "800元") == ([], None, [])
