"""The terms of an amount: how often, at most how much, for whom."""

from __future__ import annotations

import pytest

from corpus.quantities import quantities
from corpus.terms import terms
from tests.conftest import Sliced, effort


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


def test_the_case_of_a_far_amount() -> None:
    """Whom a sentence names holds for its last amount too, and for those that semicolons join to it."""
    kinds = "、".join(f"第{n}类每人{n}元" for n in range(1, 90))
    for text in (f"对经营困难的企业给予补助,{kinds}。", f"对经营困难的企业给予补助,按类别计;{kinds};另加90元补助。"):
        found = quantities(text)
        conditions = [[text[a:b] for a, b in one.conditions] for one in terms(text, found)]
        assert conditions == [["对经营困难的企业"]] * len(found)


@pytest.mark.parametrize(
    "sentence",
    [
        "对甲类企业给予5元补贴;到2025年由甲局负责。",
        "给予5元补贴;",
        "奖励甲类企业5元,",
        "对甲类企业给予5元补贴,最高不超过6元,低于7元的,按实际发放。",
        "甲类企业\n",
    ],
)
def test_four_times_the_text_is_four_times_the_work(sentence: str) -> None:
    """What stands around an amount is not read anew for each amount: a clause may be a whole annex."""
    amounts = [(text, quantities(text)) for text in (sentence * count + "给予9元补贴。" for count in (50, 200))]
    few, many = (
        effort(lambda text=text, found=found: terms(Sliced(text), found)) for text, found in amounts
    )
    assert many < 8 * few  # sixteen times, were it each with each
