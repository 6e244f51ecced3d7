"""Whether a text carries what was asked for, and what is said where the clauses leave it to another rule."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.answer import Status
from assistant.assistant import Assistant
from assistant.building import build
from assistant.evidence import FULL, PARTS, QUOTED, SYNONYM, Term, coverage, supports, terms, told_at_length
from assistant.library import stands_out
from assistant.question import understand
from assistant.retrieval import Hit
from assistant.settings import Settings
from indexing.lexical import WordCutter
from tests.sample_corpora import over


@pytest.mark.parametrize(
    ("text", "word", "share"),
    [
        ("营利性托育机构", "营利性", 1.0),
        ("非营利性托育机构", "营利性", 0.0),
        ("非营利性托育机构", "非营利性", 1.0),
        ("非营利性和营利性托育机构", "营利性", 1.0),
        ("营利性或非营利性托育机构", "营利性", 1.0),
        ("公办托育机构", "营利性", 0.0),
    ],
)
def test_a_word_does_not_stand_in_its_opposite(text: str, word: str, share: float) -> None:
    """非营利性 carries no 营利性; both beside each other carry each."""
    assert supports(text, word) == share


def test_a_synonym_and_a_part_carry_less_than_the_word() -> None:
    """The word itself is better evidence than a synonym, and that better than some of its characters."""
    whole, pieces = supports("补助3000元", "补助"), supports("服务指导工作", "指导中心")
    assert whole == 1.0 > SYNONYM > pieces > 0.0


@pytest.mark.parametrize(
    ("text", "word", "characters"),
    [
        ("高压电气设备", "高压线", 2),
        ("服务指导工作", "指导中心", 2),
        ("养老和机构", "养老机构", 4),
        ("幼稚园", "普惠幼儿园", 3),  # a synonym of a part stands for the part
        ("敬老院", "养老金", 0),
        ("电线老化", "高压线", 0),  # one character alone says nothing
    ],
)
def test_a_long_word_is_carried_by_its_parts(text: str, word: str, characters: int) -> None:
    """A word of three characters and more that stands only in parts counts by its characters that the text says."""
    assert supports(text, word) == pytest.approx(PARTS * characters / len(word))


def test_a_short_word_has_no_parts() -> None:
    """A word of two characters stands there, in a synonym, or not at all."""
    assert supports("机构", "机关") == 0.0


@pytest.mark.parametrize(
    ("own", "raised"),
    [("经营场所与加油站、高压线保持距离", True), ("经营场所与加油站保持距离", False), ("经营场所面积", False)],
)
def test_a_question_told_at_length_needs_two_telling_words(own: str, raised: bool) -> None:
    """Of much that is told a clause need not carry all, where its own words hold two that tell much."""
    asked = tuple(Term(word, 0.6) for word in ("加油站", "高压线", "城墙", "头顶", "看中"))
    share = coverage(asked, own)
    assert told_at_length(asked, own, own) == pytest.approx(share * 3.0 / FULL if raised else share)


def test_a_question_that_tells_little_is_not_raised() -> None:
    """Two words in all must be carried as they are; a light word is no anchor."""
    short = (Term("加油站", 0.6), Term("高压线", 0.6))
    assert told_at_length(short, "加油站和高压线", "加油站和高压线") == coverage(short, "加油站和高压线")
    light = (Term("加油站", 0.6), *(Term(word, 0.2) for word in ("距离", "门市", "头顶", "看中", "挨着", "还有")))
    assert told_at_length(light, "加油站距离门市", "加油站距离门市") == coverage(light, "加油站距离门市")


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("“1+1+1平台”包括什么？", ["1+1+1平台"]),
        ("“医育结合”和“家门口”托育是什么？", ["医育结合", "家门口"]),
        ("医育结合是什么？", []),
        ("“好”是什么意思？", []),  # too short to be told from any other
        ("“这是一句很长很长很长很长很长很长的话”是什么意思？", []),
    ],
)
def test_a_quoted_phrase_is_a_term_of_its_own(text: str, quoted: list[str]) -> None:
    """What stands in quotation marks is meant to the letter and weighs the same however common its words are."""
    found = terms(understand(text), WordCutter(), lambda word: 0.0, lambda pair: 1.0)
    assert [term.word for term in found if term.weight == QUOTED] == quoted


def test_a_word_that_names_no_topic_weighs_little_where_no_clause_has_it() -> None:
    """当月 and 市里 may be missing from the clause that answers; 装修 and 殡葬 may not, and 一首 tells that a poem is asked for."""
    def weight(word: str) -> float:
        (term,) = [term for term in terms(understand(f"{word}怎么补"), WordCutter(), lambda _: 1.0, lambda _: 1.0) if term.word == word]
        return term.weight

    assert max(weight("当月"), weight("市里")) < 0.5 * min(weight("装修"), weight("殡葬"), weight("一首"))


@pytest.mark.parametrize(("person", "thing"), [("爷爷", "轮椅"), ("邻居", "院子"), ("侄子", "瓷砖")])
def test_whose_affair_it_is_weighs_little_where_no_clause_has_the_word(person: str, thing: str) -> None:
    """爷爷 may be missing from the clause that answers, 轮椅 may not; where clauses speak of 爷爷 it weighs as any word."""
    def weight(word: str, spread: float) -> float:
        found = terms(understand(f"{word}怎么补"), WordCutter(), lambda _: spread, lambda _: 1.0)
        return next(term.weight for term in found if term.word == word)

    assert weight(person, 1.0) < 0.5 * weight(thing, 1.0)
    assert weight(person, 0.9) > 0.5 * weight(thing, 0.9)


def test_coverage_is_the_share_by_weight() -> None:
    """A heavy term that is missing takes more away than a light one; nothing asked for is covered."""
    asked = (Term("营利性", 0.75), Term("托育", 0.25))
    assert coverage(asked, "非营利性托育") == 0.25
    assert coverage(asked, "营利性托育") == 1.0
    assert coverage((), "") == 1.0


# ---- left to another rule ----------------------------------------------------------------------------------

TEXT = """甲县托育服务实施方案
一、目标。到2025年完成托育服务设施建设。
二、收费。保育教育费的收费标准由县发展改革委另行制定。
三、检查。每半年开展一次消防安全检查。
八、提高机构的备案率和使用率。到2025年，社区托育服务设施占比达到60%。
四、材料。申请家庭提供两个学期的缴费凭证。
五、责任。工作人员有下列行为之一的，依法依规给予处理；构成犯罪的，依法追究刑事责任。
（一）滥用职权、徇私舞弊的；
（二）贪污、挪用、扣压、拖欠补贴资金的；
（三）玩忽职守，造成补贴资金管理混乱并且情节严重的。
六、停发。户籍迁出的，次年停止发放补贴。
七、指标。2023年，全县新建托育机构10家，继续改造已有的托育机构，并且完善监督管理制度。全县托位总量达到700个，千人口托位数达到4.0个。
2025年，全县新建托育机构30家，继续改造已有的托育机构，并且完善监督管理制度。全县托位总量达到900个，千人口托位数达到5.8个。
"""


@pytest.fixture
def county(tmp_path: Path) -> Iterator[Assistant]:
    """An assistant over one small policy."""
    with over(tmp_path, TEXT) as opened:
        yield opened


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("保育教育费的收费标准是多少元？", "文件只写明“保育教育费的收费标准由县发展改革委另行制定”，没有写明所问的内容，无法回答。"),
        ("消防安全检查的罚款标准是多少元？", "现有文件中没有查到所问的内容，无法回答。"),
    ],
)
def test_what_is_left_to_another_rule_is_said_to_be(county: Assistant, text: str, said: str) -> None:
    """The refusal quotes that the amount is to be set elsewhere, where the nearest clause says so."""
    answer = county.ask(text)
    assert (answer.status, answer.answer) == (Status.NOT_FOUND, said)
    assert answer.citations == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("缴费凭证要提供几个学期的？", ["两个学期的缴费凭证"]),
        ("工作人员有哪些行为要依法处理？", ["滥用职权", "贪污、挪用", "玩忽职守"]),
        ("户籍迁出的，当月就停止发放补贴吗？", ["次年停止发放"]),
    ],
)
def test_what_is_told_in_words_is_said(county: Assistant, text: str, words: list[str]) -> None:
    """A number in words, a list whose stem ends like a sentence, a clause that lacks only a word of time."""
    answer = county.ask(text)
    assert answer.status is Status.ANSWERED
    assert [word for word in words if word not in answer.answer] == []


def test_a_figure_is_not_said_without_its_year(county: Assistant) -> None:
    """Named without asking, the figure is that of the year named; what a sentence before dates is said with its date."""
    assert county.ask("甲县2025年千人口托位数").answer.count("千人口托位数") == 1
    assert "5.8个" in county.ask("甲县2025年千人口托位数").answer
    both = county.ask("甲县托位总量和千人口托位数的安排").answer
    assert all(f"{year}年" in line for line in both.split("\n") for year, number in (("2023", "700"), ("2025", "900")) if number in line)
    assert "700" in both and "900" in both


def test_a_figure_of_another_thing_is_no_answer(county: Assistant) -> None:
    """A subject of which hardly a word stands with the figure is not answered with it; of two named, the one is."""
    assert county.ask("甲县2025年普惠托位占比").status is Status.NOT_FOUND
    assert county.ask("甲县2025年备案率").status is Status.NOT_FOUND
    both = county.ask("甲县2025年托位总量和千人口托位数")
    assert both.status is Status.ANSWERED and "900个" in both.answer and "5.8个" in both.answer
    one = county.ask("甲县2025年千人口托位数和普惠托位占比")
    assert one.status is Status.PARTIAL and "5.8个" in one.answer


# ---- a clause that stands out ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "apart"), [(0.95, 0.7, True), (0.95, 0.9, False), (0.6, 0.2, False)]
)
def test_a_clause_stands_out_by_its_score_and_its_distance(county: Assistant, first: float, second: float, apart: bool) -> None:
    """Good alone is not enough where the next one is as good; nor is a distance between two that are bad."""
    library = county._answerer._library
    (document,) = library.documents.by_id.values()
    one, other = list(library.store.clauses(document.document_id))[:2]
    assert stands_out([Hit(one, document, first), Hit(other, document, second)]) is apart
    assert not stands_out([Hit(one, document, first)])


@pytest.mark.parametrize(
    ("text", "held", "answers"),
    [
        ("机构里多久转一圈？", 0.25, True),
        ("机构里多久转一圈？", 0.1, False),  # hardly a word
        ("机构里多久转一圈，补多少钱？", 0.25, False),  # an amount is shown by words
        ("机构里有装修补贴吗？", 0.25, False),  # the thing that is asked for is missing
    ],
)
def test_a_clause_that_stands_out_answers_with_few_of_the_words(
    county: Assistant, text: str, held: float, answers: bool
) -> None:
    """A fifth of the words is enough for the first hit where it stands out, but never for an amount."""
    library = county._answerer._library
    (document,) = library.documents.by_id.values()
    clauses = {clause.path: clause for clause in library.store.clauses(document.document_id)}
    hits = [Hit(clauses["三"], document, 0.95), Hit(clauses["二"], document, 0.7)]
    asked = (Term("消防", held), Term("亭台楼阁", 1.0 - held))
    assert [hit.clause.path for _, hit in library.ranked(understand(text), asked, hits)] == (["三"] if answers else [])
    near = [Hit(clauses["三"], document, 0.95), Hit(clauses["二"], document, 0.9)]
    assert library.ranked(understand(text), asked, near) == []


COUNTIES = ("汉滨区", "汉阴县", "石泉县", "宁陕县", "紫阳县", "岚皋县", "平利县", "镇坪县")


def test_the_line_of_a_place_below_one_heading_is_found(tmp_path: Path, counting_encoder: object) -> None:
    """What is said of one county among the lines of a city's clause is said for that county, and not its neighbour's."""
    lines = "".join(f"{name}卫生健康局咨询服务电话为0915-{number}，工作日九时至十七时接听，节假日不接听。\n" for number, name in enumerate(COUNTIES, 3210001))
    text = f"安康市育儿补贴实施细则\n一、发放。育儿补贴按年发放。\n二、咨询。各县区咨询服务电话如下。\n{lines}"
    (tmp_path / "安康.txt").write_text(text, encoding="utf-8")
    build(Settings(tmp_path / "home"), [tmp_path / "安康.txt"])
    opened = Assistant.open(Settings(tmp_path / "home"))
    try:
        answer = opened.ask("安康市镇坪县的咨询服务电话").answer
    finally:
        opened.close()
    assert "镇坪县卫生健康局咨询服务电话为0915-3210008" in answer
