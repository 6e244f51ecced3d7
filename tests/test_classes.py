"""Classes that rules tell apart: which ones a text names, and whether it speaks of the one that is asked for."""

from __future__ import annotations

import pytest

from assistant.classes import Class, classes, named, of_another


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("生育二孩的2000元，生育三孩及以上的10000元", [Class("孩", 2), Class("孩", 3, "以上")]),
        ("三级及以上", [Class("级", 3, "以上")]),
        ("2星以下", [Class("星", 2, "以下")]),
        ("十級", [Class("级", 10)]),
        ("中、高风险老人", [Class("风险", 2), Class("风险", 3)]),
        ("托育机构", []),
    ],
)
def test_the_classes_of_a_text(text: str, found: list[Class]) -> None:
    """Closed and open ones, in digits and characters, in either script."""
    assert classes(text) == found and named(text) == bool(found)


@pytest.mark.parametrize(
    ("asked", "text", "other"),
    [
        ("三孩补多少", "生育二孩的2000元，生育三孩及以上的10000元", False),
        ("四孩补多少", "生育三孩及以上的10000元", False),
        ("二孩补多少", "生育三孩及以上的10000元", True),
        ("四孩补多少", "二孩5000元，三孩10000元", True),
        ("二级机构几家", "一级托育机构5家", True),
        ("二级机构奖多少", "三级及以上的奖励5万元", False),  # the first rank is the highest: it may be meant
        ("二级机构奖多少", "一级至三级的奖励5万元", False),
        ("三孩及以上补多少", "二孩5000元", False),  # what is asked for is open itself
        ("三孩补多少", "每个托位补3000元", False),
        ("高风险的多久上门一次", "中风险的每月上门一次", True),
        ("高风险的多久上门一次", "中高风险的每月上门一次", False),
    ],
)
def test_a_class_that_is_asked_for_is_not_answered_with_another(asked: str, text: str, other: bool) -> None:
    """Only where a text has other classes of that kind alone it is about another."""
    assert of_another(classes(asked), text) is other
