"""Which figure is meant, and in which of its clause's words it is said."""

from __future__ import annotations

import pytest

from assistant.evidence import Term
from assistant.figures import Choice, asked_family, choices, fee_shares, stated, wants_amount
from assistant.findings import _all_about
from assistant.question import understand
from corpus.document import Clause, Figure
from corpus.load import parse
from corpus.reading import RawSource

TEXT = """甲区养老消防实施方案
一、审定。街道办自收到材料起5日内完成初审，应在10个工作日内完成审定。
二、缴费。日间照料服务费不高于家庭月均可支配收入的20%。日间照料中心使用率达到60%。
三、奖励。对新认定的国家级、省级、市级消防示范单位的，分别给予30万元、10万元、5万元一次性奖励。
四、照料补助。对大组、中组、小组老人分别给予700元、800元、900元补助。
五、消防站。到2025年底建成微型消防站20个，其中社区消防站8个。
六、灭火器。按每层2个配备，楼道长度超过三十米的加倍，地下空间和人员密集的场所由社区会同物业服务企业逐一核定以后再行增加，核定结果每半年向居民公示一次并且报送街道办事处存档备查，公示期间居民可以提出异议，最少每层4个。
七、器材。配备水带，在3个月内完成检修。
八、巡查员。全区配备20人。
九、讲解员。街道配备20人，社区配备30人。
"""


@pytest.fixture(scope="module")
def clauses() -> dict[str, Clause]:
    """The clauses of a policy by their heading."""
    return {clause.heading or "": clause for clause in parse(RawSource("甲.txt", TEXT, "0" * 64)).clauses}


def figure(clause: Clause, text: str) -> Figure:
    """The figure of a clause that is printed so."""
    return next(one for one in clause.figures if one.text == text)


@pytest.mark.parametrize(
    ("heading", "text", "said"),
    [
        ("审定", "10个工作日", "街道办自收到材料起5日内完成初审，应在10个工作日内完成审定"),
        ("审定", "5日", "街道办自收到材料起5日内完成初审"),
        ("器材", "3个月", "配备水带，在3个月内完成检修"),
        ("缴费", "60%", "日间照料中心使用率达到60%"),
        ("灭火器", "4个", "最少每层4个"),  # the sentence is too long to be said whole
    ],
)
def test_a_piece_that_goes_on_is_said_with_its_sentence(
    clauses: dict[str, Clause], heading: str, text: str, said: str
) -> None:
    """应在10个工作日内 says nothing without who should; a piece that begins anew stands for itself."""
    clause = clauses[heading]
    assert stated(Choice(clause, figure(clause, text), 1.0), understand("要多久？")) == said


def test_a_list_whose_last_item_holds_for_all_is_said_whole(clauses: dict[str, Clause]) -> None:
    """省级 alone is not what 10万元 is paid for; 中组老人 in a list of such is."""
    clause = clauses["奖励"]
    whole = "对新认定的国家级、省级、市级消防示范单位的，分别给予30万元、10万元、5万元一次性奖励"
    assert stated(Choice(clause, figure(clause, "10万元"), 1.0), understand("省级奖多少钱？")) == whole
    care = clauses["照料补助"]
    short = stated(Choice(care, figure(care, "800元"), 1.0), understand("中组补助多少钱？"))
    assert "800元" in short and "中组" in short and "700元" not in short


def test_the_end_of_a_year_is_kept(clauses: dict[str, Clause]) -> None:
    """到2025年底 said with a figure that stands behind another comma is still the end of the year."""
    clause = clauses["消防站"]
    assert stated(Choice(clause, figure(clause, "8个"), 1.0), understand("社区消防站多少个？")).startswith("2025年底，")


@pytest.mark.parametrize(
    ("text", "heading", "found"),
    [
        ("日间照料收费标准是多少？", "缴费", ["20%"]),
        ("日间照料要交多少钱？价格多少？", "缴费", ["20%"]),
        ("日间照料补贴多少钱？", "缴费", []),  # what is paid out is no fee
        ("日间照料中心有多少？", "缴费", []),
        ("日间照料收费标准是多少？", "审定", []),
    ],
)
def test_a_share_answers_who_asks_for_a_fee_where_it_is_of_the_fee(
    clauses: dict[str, Clause], text: str, heading: str, found: list[str]
) -> None:
    """A fee may be set as a share of income; a rate of use beside it is none, and nobody else is told of it."""
    shares = fee_shares(understand(text), clauses[heading], (Term("日间", 0.5), Term("照料", 0.5)))
    assert [choice.figure.text for choice in shares] == found


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("失业补助最多能领多少个月？", "时间"),
        ("失业补助能领多少钱？", "元"),
        ("失业补助每月能领多少？", "元"),
        ("护理补贴能领多少天？", "时间"),
        ("失业补助能领多少个月，一共多少钱？", "元"),
        ("一次补助几万元？", "元"),
        ("补助几百块？", "元"),
        ("每组照料几个老人？", "人"),
        ("排到第几个老人？", None),
    ],
)
def test_the_unit_that_is_asked_for(text: str, family: str | None) -> None:
    """能领多少个月 is no price, though it is asked of what is paid; 第几个 asks for no number."""
    assert asked_family(understand(text)) == family


@pytest.mark.parametrize(
    ("text", "wanted"), [("失业补助能领多少钱？", True), ("补助分几档？", True), ("补助分几类？", False), ("补助几月发？", False)]
)
def test_an_amount_is_wanted_where_it_is_asked_for(text: str, wanted: bool) -> None:
    """几类 and 几月 ask of a subsidy what is no amount."""
    assert wants_amount(understand(text)) is wanted


@pytest.mark.parametrize(
    ("heading", "word", "about"), [("巡查员", "巡查员", True), ("讲解员", "讲解员", False), ("巡查员", "器材", False)]
)
def test_a_heading_that_is_the_subject_speaks_for_its_one_figure(
    clauses: dict[str, Clause], heading: str, word: str, about: bool
) -> None:
    """The one number of a clause headed by what is asked about is meant, though its sentence does not repeat it; of two
    numbers neither is."""
    asked = (Term(word, 0.6),)
    found = choices(understand(f"{word}要多少人？"), clauses[heading], asked)
    assert found and _all_about(asked, clauses[heading], found) is about
