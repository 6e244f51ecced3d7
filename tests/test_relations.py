"""What a document is and how it stands to others, each variant in a small text of its own."""

from __future__ import annotations

import pytest

from corpus.document import DocumentKind
from corpus.load import parse
from corpus.reading import RawSource

PLAN = """甲市民政局关于印发《甲市助餐服务办法》的通知
甲民规〔2024〕3号

各区民政局：

现将《甲市助餐服务办法》印发给你们，请遵照执行。

甲市民政局
2024年3月1日

甲市助餐服务办法

为贯彻落实《乙省养老服务条例》《乙省助餐工作方案》（乙民发〔2023〕8号），结合我市实际，制定本办法。

一、补贴标准
每人每餐补贴3元。

二、附则
本办法自2024年4月1日起施行，有效期5年。《甲市助餐试点办法》（甲民规〔2019〕2号）同时废止。
"""


def read(text: str):
    """The document in a text."""
    return parse(RawSource("a.txt", text, ""))


def test_a_plan_names_its_addressees_validity_and_what_it_carries_out_and_repeals() -> None:
    """主送机关, 施行日期, 有效期, the documents behind it and those it ends are read as printed."""
    found = read(PLAN).relations
    assert found.kind is DocumentKind.POLICY
    assert found.addressees == ("各区民政局",)
    assert (found.validity.since, found.validity.until) == ("2024-04-01", "5年")
    assert [(r.title, r.document_number) for r in found.carries_out] == [
        ("乙省养老服务条例", None),
        ("乙省助餐工作方案", "乙民发〔2023〕8号"),
    ]
    assert [(r.title, r.document_number, r.path) for r in found.repeals] == [
        ("甲市助餐试点办法", "甲民规〔2019〕2号", "二")
    ]


def test_from_the_day_of_issue_is_the_date_of_issue() -> None:
    """自印发之日起施行 holds from the date of signature."""
    assert read(PLAN.replace("自2024年4月1日起", "自印发之日起")).relations.validity.since == "2024-03-01"


@pytest.mark.parametrize(
    ("sentence", "repealed"),
    [
        ("《甲办法》同时废止。", ["甲办法"]),
        ("《甲办法》《乙办法》同时废止。", ["甲办法", "乙办法"]),
        ("决定废止《甲办法》。", ["甲办法"]),
        ("依照《甲办法》办理，逾期的资格取消。", []),
        ("《甲办法》继续有效。", []),
    ],
)
def test_only_what_is_said_to_end_is_repealed(sentence: str, repealed: list[str]) -> None:
    """A title beside 废止 is repealed, a title that is only cited is not."""
    text = PLAN.replace("《甲市助餐试点办法》（甲民规〔2019〕2号）同时废止。", sentence)
    assert [reference.title for reference in read(text).relations.repeals] == repealed


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("甲市助餐服务办法政策解读", DocumentKind.INTERPRETATION),
        ("甲市助餐补贴办事指南", DocumentKind.GUIDE),
        ("甲市助餐服务办法", DocumentKind.POLICY),
    ],
)
def test_a_title_says_what_a_document_is(title: str, kind: DocumentKind) -> None:
    """解读 interprets, a 指南 guides, a 办法 binds."""
    assert read(f"{title}\n一、补贴标准\n每人每餐补贴3元。\n二、申请\n向社区申请。\n").relations.kind is kind


def test_a_report_is_news() -> None:
    """A text without a policy's title or number that tells of 近日 is news, not policy."""
    text = "甲市老人吃饭有补贴了\n记者近日从甲市民政局获悉，全市老人每餐可获补贴3元。\n市民王女士表示很满意。\n"
    assert read(text).relations.kind is DocumentKind.NEWS
