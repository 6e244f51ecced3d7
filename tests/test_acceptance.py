"""What a model's statement must be to go out: its source's words in its source's order, figures as values."""

from __future__ import annotations

import hashlib

import pytest

from assistant.acceptance import Acceptance, Refusal
from assistant.units import Units
from assistant.verification import Verifier
from corpus.document import Clause, Document
from corpus.load import parse
from corpus.normalize import to_traditional
from corpus.reading import RawSource

POLICY = """渝北区托育服务补助办法
第一条　对国家级示范机构奖励10万元；对市级示范机构奖励5万元。
第二条　到2025年，千人口托位数达到4.5个以上，普惠托位占比不低于60%，进一步提升服务质量。
第三条　幼儿园不得收取与入托挂钩的赞助费，促进公平，应当公示收费标准。其中特殊情形另行规定。
第四条　托育机构应当向卫生健康部门备案，大力完善服务体系，推进规范发展。（牵头单位：区卫生健康委、区财政局；责任单位：区教委）
第五条　补助标准为3000元/托位，每家机构最高不超过45万元。
第六条　有下列情形之一的，不予补助：（一）未备案的；（二）发生安全事故的。
第七条　托位供给三年内增加3:1，利用率约80%。
第八条　符合以下条件的机构可以申请：依法登记；通过备案；收托半年。
"""


@pytest.fixture(scope="module")
def policy() -> Document:
    """A small policy with what a model likes to get wrong."""
    return parse(RawSource("policy.txt", POLICY, hashlib.sha256(POLICY.encode()).hexdigest()))


@pytest.fixture(scope="module")
def acceptance(policy: Document) -> Acceptance:
    """The acceptance over its bureaus."""
    return Acceptance(Verifier(Units(sorted({n for c in policy.clauses for n in (*c.lead_units, *c.responsible_units)}))))


def article(policy: Document, number: str) -> Clause:
    """The clause of an article."""
    return next(c for c in policy.clauses if c.text.startswith(f"第{number}条"))


SAID_1 = "渝北区：补助标准为3000元/托位，每家机构最高不超过45万元。"
SAID_2 = "渝北区：到2025年，千人口托位数达到4.5个以上，普惠托位占比不低于60%"


@pytest.mark.parametrize(
    ("said", "number", "text"),
    [
        (SAID_1, "五", SAID_1),
        (SAID_1, "五", "根据文件规定，渝北区：补助标准为3000元/托位，每家机构最高不超过45万元。"),
        (SAID_1, "五", "渝北区，每个托位补助3000元，每家机构最高不超过450000元。"),
        (SAID_1, "五", "渝北区补助标准为３０００元/托位，同时，每家机构最高不超过45万元"),
        (SAID_1, "五", to_traditional(SAID_1)),
        (SAID_2, "二", "渝北区：到2025年，千人口托位数达到4.5个以上，此外，普惠托位占比不低于百分之六十"),
        ("渝北区：牵头单位：区卫生健康委、区财政局", "四", "渝北区：由区卫生健康委、区财政局牵头"),
        ("托育机构应当向卫生健康部门备案，大力完善服务体系，推进规范发展。", "四", "按照规定，托育机构应当向卫生健康部门备案，推进规范发展。"),
    ],
)
def test_the_same_in_other_words_is_accepted(policy: Document, acceptance: Acceptance, said: str, number: str, text: str) -> None:
    """Opening phrases, spellings of figures, scripts, who leads, aims left out."""
    assert acceptance.of_polished(text, said, [(article(policy, number), policy)]) is None


@pytest.mark.parametrize(
    "text",
    [
        "渝北区：补助标准为5000元/托位，每家机构最高不超过45万元。",
        "渝北区：补助标准为3000元/家，每家机构最高不超过45万元。",
        "渝北区：补助标准为3000元/托位，每家机构最高不超过45元。",
        "渝北区：补助标准为3000万元/托位，每家机构最高不超过45万元。",
        "渝北区：补助标准为45万元/托位，每家机构最高不超过3000元。",
        "渝北区：补助标准为3000元/托位，每家机构补助45万元。",
        "渝北区：补助标准为3000元/托位，每家机构最低45万元。",
        "渝北区：补助标准为3000余元/托位，每家机构最高不超过45万元。",
        "渝北区：补助标准为近3000元/托位，每家机构最高不超过45万元。",
        "渝北区：补助标准为三万元/托位，每家机构最高不超过45万元。",
        "渝北区：补助标准为３０００００元/托位，每家机构最高不超过45万元。",
        "江北区：补助标准为3000元/托位，每家机构最高不超过45万元。",
        "补助标准为3000元/托位，每家机构最高不超过45万元。",
        "渝北区：补助标准为3000元/托位。",
        "渝北区：每家机构最高不超过45万元，补助标准为3000元/托位。",
        "渝北区：2026年，补助标准为3000元/托位，每家机构最高不超过45万元。",
        "渝北区：补助标准为3000元/托位，每家机构最高不超过45万元，请放心申请。",
        "渝北区：补助标准为3000元/托位，每家机构最高不超过45万元，补助力度全国领先。",
        "渝北区：收费标准为3000元/托位，每家机构最高不超过45万元。",
        "渝北区：无需补助标准为3000元/托位，每家机构最高不超过45万元。",
        "第六条　渝北区：补助标准为3000元/托位，每家机构最高不超过45万元。",
        "渝府发〔2024〕9号　渝北区：补助标准为3000元/托位，每家机构最高不超过45万元。",
        "渝北区：补助标准为3000元/托位，每家机构最高不，超过45万元。",
        "渝北区：补助标准为3000元/托位每家，机构最高不超过45万元。",
        "由区财政局，渝北区：补助标准为3000元/托位，每家机构最高不超过45万元。",
    ],
)
def test_one_thing_changed_is_refused(policy: Document, acceptance: Acceptance, text: str) -> None:
    """A figure, unit, scale, order, limit, place, year, name, number, negation or word more or less."""
    assert acceptance.of_polished(text, SAID_1, [(article(policy, "五"), policy)]) is not None


@pytest.mark.parametrize("mark", ["\u202e", "\u200b", "\u0336", "\u2066", "\ufeff", "²", "①", "<", "\x1b", "٣"])
def test_what_can_hide_a_figure_is_no_plain_text(policy: Document, acceptance: Acceptance, mark: str) -> None:
    """Marks that turn around, strike out, hide or raise; other digits; tags and terminal controls."""
    text = SAID_1.replace("3000", f"3{mark}000")
    assert acceptance.of_polished(text, SAID_1, [(article(policy, "五"), policy)]) is Refusal.CHARACTERS


def test_a_ratio_is_no_fraction(policy: Document, acceptance: Acceptance) -> None:
    """3:1 and 三分之一 have one key for the verifier and are not the same."""
    said = "托位供给三年内增加3:1，利用率约80%。"
    cited = [(article(policy, "七"), policy)]
    assert acceptance.of_polished(said, said, cited) is None
    assert acceptance.of_polished(said.replace("3:1", "三分之一"), said, cited) is Refusal.WORDS


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("一", "渝北区：对国家级示范机构奖励10万元；对市级示范机构奖励5万元。"),
        ("一", "渝北区：对国家级示范机构奖励10万元。"),
        ("三", "幼儿园不得收取与入托挂钩的赞助费，应当公示收费标准。"),
        ("五", "根据《渝北区托育服务补助办法》，每个托位补助3000元，每家机构最高不超过45万元。"),
        ("六", "有下列情形之一的，不予补助：未备案的；发生安全事故的。"),
    ],
)
def test_a_sentence_of_the_clause_is_accepted(policy: Document, acceptance: Acceptance, number: str, text: str) -> None:
    """Whole, without later items of its list, without a stretch that tells of an aim."""
    assert acceptance.of_composed(text, [(article(policy, number), policy)]) is None


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("一", "渝北区：对市级示范机构奖励5万元。"),  # its list's head is gone
        ("一", "渝北区：对国家级示范机构奖励5万元。"),
        ("二", "到2025年，普惠托位占比不低于60%。"),
        ("二", "到2025年，千人口托位数达到4.5个以上，普惠托位占比不低于60%。"),  # a figure goes out with all that is said
        ("三", "幼儿园收取与入托挂钩的赞助费，应当公示收费标准。"),
        ("三", "其中特殊情形另行规定。"),
        ("四", "（牵头单位：区卫生健康委、区财政局；责任单位：区教委）"),  # of what?
        ("四", "托育机构应当向卫生健康部门备案，由区教委牵头。"),
        ("五", "每家机构最高不超过45万元。"),
        ("六", "未备案的；发生安全事故的。"),
        ("六", "有下列情形之一的，予以补助：未备案的；发生安全事故的。"),
        ("六", "有下列情形之一的，不予补助：发生安全事故的。"),
        ("五", "对国家级示范机构奖励10万元；对市级示范机构奖励5万元。"),  # stands in another clause
        ("五", "深圳市：补助标准为3000元/托位，每家机构最高不超过45万元。"),
        ("五", "根据《深圳市托育服务补助办法》，补助标准为3000元/托位，每家机构最高不超过45万元。"),
        ("八", "符合以下条件的机构可以申请：依法登记。"),  # the others have to be met as well
        ("八", "符合以下条件的机构可以申请：依法登记；通过备案。"),
    ],
)
def test_a_piece_that_says_something_else_is_refused(policy: Document, acceptance: Acceptance, number: str, text: str) -> None:
    """What lost its head, its condition, its place, or its clause."""
    assert acceptance.of_composed(text, [(article(policy, number), policy)]) is not None


def test_each_cited_clause_must_be_used_and_one_must_be_cited(policy: Document, acceptance: Acceptance) -> None:
    """No source is no statement, and a source that nothing rests on is a false one."""
    fifth, third = ((article(policy, n), policy) for n in "五三")
    text = "补助标准为3000元/托位，每家机构最高不超过45万元。"
    assert acceptance.of_composed(text, []) is Refusal.SOURCE
    assert acceptance.of_composed(text, [fifth, third]) is Refusal.SOURCE
    both = f"{text}幼儿园不得收取与入托挂钩的赞助费，促进公平，应当公示收费标准。"
    assert acceptance.of_composed(both, [fifth, third]) is None
