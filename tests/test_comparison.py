"""Rows of a table above or below a figure, and the one with the most or the least."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from assistant.answer import Status
from assistant.assistant import Assistant
from assistant.comparison import verdict
from assistant.draft import Line
from assistant.library import row_named
from assistant.question import understand
from assistant.verdicts import Verdict
from assistant.verification import Verifier
from corpus.document import Clause, Document
from corpus.load import parse
from corpus.reading import RawSource
from tests.sample_corpora import over

TABLE = """甲县养老床位实施方案
一、目标。到2025年完成全部任务。
附件
甲县养老床位表
镇街\t2024年家庭养老床位数\t2025年家庭养老床位数
东风镇\t10\t50
南平镇\t20\t40
西山镇\t30\t30
北河镇\t40\t20
合计\t100\t140
"""
BEDS = {"闵行区": 50, "金山区": 60, "长宁区": 60}
ROWS = ("东风镇", "南平镇", "西山镇", "北河镇")
SHARES = """乙县助餐服务规划
一、目标。到2025年完成全部助餐任务。
附件
乙县助餐服务表
镇街\t2024年服务人数（人）\t2025年服务覆盖率
东风镇\t10000\t100%
南平镇\t20000\t90%
西山镇\t30000\t100%
北河镇\t40000\t>90%
"""
INDICATORS = """丙县体育设施规划
一、目标。到2025年完成全部体育设施任务。
附件
丙县体育设施指标表
指标\t2025年目标值\t属性
体育公园数\t50个\t约束性
体育设施覆盖率\t90%\t预期性
体育指导员\t300人\t预期性
"""


BATHS = """上海市闵行区助浴服务方案
一、目标。到2025年完成全部助浴任务。
二、任务。由东川街道、南桥街道、马桥镇、浦锦镇、闵行街道组织实施。东川街道、南桥街道每月报送，马桥镇、浦锦镇、闵行街道每季度报送。
附件
闵行区助浴服务点建设任务表
街镇\t2024年助浴服务点建成个数\t2025年助浴服务点建成个数\t2025年助浴服务人次
闵行街道\t5\t9\t700
东川街道\t3\t7\t900
南桥街道\t4\t6\t500
马桥镇\t8\t8\t800
浦锦镇\t8\t7\t500
"""
STREETS, TOWNS = ("闵行街道", "东川街道", "南桥街道"), ("马桥镇", "浦锦镇")


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """An assistant over one document with a table of four rows and their sum; tests ask it and change nothing."""
    with over(tmp_path_factory.mktemp("county"), TABLE) as opened:
        yield opened


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """An assistant over a table of large numbers and shares and one of indicators in their own units."""
    with over(tmp_path_factory.mktemp("tables"), SHARES, INDICATORS) as opened:
        yield opened


def named(assistant: Assistant, text: str, *history: str) -> list[str]:
    """The rows that an answer states, in its order."""
    return [row for line in assistant.ask(text, history).statements for row in (*ROWS, "合计") if f"{row}：" in line.text]


@pytest.mark.parametrize(
    ("bound", "rows"),
    [
        ("超过20", ["西山镇", "北河镇"]),
        ("大于20", ["西山镇", "北河镇"]),
        ("不低于20", ["南平镇", "西山镇", "北河镇"]),
        ("至少20", ["南平镇", "西山镇", "北河镇"]),
        ("达到20", ["南平镇", "西山镇", "北河镇"]),
        ("不足20", ["东风镇"]),
        ("低于20", ["东风镇"]),
        ("不超过20", ["东风镇", "南平镇"]),
        ("超过25.5", ["西山镇", "北河镇"]),
    ],
)
def test_the_rows_beyond_a_bound_are_listed_with_their_number(county: Assistant, bound: str, rows: list[str]) -> None:
    """不低于 and 不超过 take the bound in, 超过 and 不足 do not; the sum is no row; the count cites all rows."""
    text = f"哪些镇2024年家庭养老床位数{bound}？"
    answer = county.ask(text)
    assert answer.status is Status.ANSWERED
    assert answer.statements[0].text.endswith(f"共{len(rows)}个")
    assert [c.clause.heading for c in answer.citations if c.clause.heading in rows] == rows
    assert named(county, text) == rows


def test_the_bound_is_held_against_the_year_asked_for(county: Assistant) -> None:
    """Another year, another column."""
    assert named(county, "哪些镇2025年家庭养老床位数超过30？") == ["东风镇", "南平镇"]


def test_nothing_is_listed_where_no_row_lies_beyond(county: Assistant) -> None:
    """A bound that no row passes makes no count."""
    answer = county.ask("哪些镇2024年家庭养老床位数超过500？")
    assert not re.search(r"共\d+个", answer.answer)


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("哪个镇2024年家庭养老床位数最多？", "北河镇"),
        ("哪个镇2024年家庭养老床位数最少？", "东风镇"),
        ("哪个镇2025年家庭养老床位数最高？", "东风镇"),
        ("东风镇、南平镇、西山镇哪个2024年家庭养老床位数最多？", "西山镇"),
    ],
)
def test_the_row_with_the_most_is_that_of_the_column_asked_for(county: Assistant, text: str, row: str) -> None:
    """All rows of the table, or those that are named, by the column of the year; the sum never wins. Rows that are named
    are told too, behind it."""
    found = named(county, text)
    assert found[0] == row
    assert len(found) == max(1, sum(found_row in text for found_row in found))


@pytest.mark.parametrize(
    ("first", "then", "row"),
    [
        ("哪个镇2024年家庭养老床位数最高？", "最低的是哪个？", "东风镇"),
        ("哪个镇2024年家庭养老床位数最少？", "最多的是哪个？", "北河镇"),
    ],
)
def test_the_other_end_may_be_asked_for_alone(county: Assistant, first: str, then: str, row: str) -> None:
    """最低的是哪个 after 最高的是哪个 turns the question round and keeps its column."""
    assert named(county, then, first) == [row]


@pytest.mark.parametrize(
    ("bound", "rows"),
    [
        ("超过2万", ["西山镇", "北河镇"]),
        ("不足2万人", ["东风镇"]),
        ("在2万人以上", ["南平镇", "西山镇", "北河镇"]),
        ("在20000人以上", ["南平镇", "西山镇", "北河镇"]),
        ("3万人以下", ["东风镇", "南平镇", "西山镇"]),
        ("2万以内", ["东风镇", "南平镇"]),
        ("超过2.5万", ["西山镇", "北河镇"]),
        ("超过1万5千", []),  # a number in two steps is none that is read
        ("1万5千人以下", []),
    ],
)
def test_a_bound_may_be_in_ten_thousands_and_before_its_word(tables: Assistant, bound: str, rows: list[str]) -> None:
    """2万 is 20000; 以上, 以下 and 以内 stand behind the number and take it in."""
    answer = tables.ask(f"哪些镇2024年服务人数{bound}？")
    assert (f"共{len(rows)}个" in answer.answer) is bool(rows)
    assert not rows or [c.clause.heading for c in answer.citations if c.clause.heading in ROWS] == rows


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("2025年服务覆盖率为100%的镇有哪几个？", ["东风镇", "西山镇"]),
        ("2025年服务覆盖率达到90%的镇有几个？", ["南平镇"]),  # >90% is not 90%
        ("哪些镇2025年服务覆盖率是100%的？", ["东风镇", "西山镇"]),
        ("2025年服务覆盖率为80%的镇有哪几个？", []),
    ],
)
def test_the_rows_of_one_very_share_are_listed(tables: Assistant, text: str, rows: list[str]) -> None:
    """为100%的 asks for the rows that have it, and no other."""
    answer = tables.ask(text)
    assert (f"共{len(rows)}个" in answer.answer) is bool(rows)
    assert not rows or [c.clause.heading for c in answer.citations if c.clause.heading in ROWS] == rows


def test_a_column_of_indicators_has_no_highest(tables: Assistant) -> None:
    """50个, 90% and 300人 are not higher and lower; numbers of one unit are."""
    for asked in ("最高", "最低", "最多"):
        assert "所列各行中最" not in tables.ask(f"丙县体育设施指标2025年目标值哪个{asked}？").answer
    answer = tables.ask("乙县哪个镇2024年服务人数最多？")
    assert "北河镇" in answer.answer and "所列各行中最多" in answer.answer


@pytest.mark.parametrize(
    ("text", "said", "unsaid"),
    [
        ("体育公园数的属性是什么？", ["体育公园数：属性 约束性"], "预期性"),
        ("体育设施覆盖率的属性和目标值？", ["体育设施覆盖率：属性 预期性", "90%"], "约束性"),
        ("体育设施覆盖率2025年目标值是多少？", ["90%"], "属性"),
    ],
)
def test_a_cell_of_words_is_told_where_its_column_is_named(
    tables: Assistant, text: str, said: list[str], unsaid: str
) -> None:
    """属性 预期性 answers whoever asks for the 属性, of that row, and nobody else."""
    answer = tables.ask(text).answer
    assert [words for words in said if words not in answer] == [] and unsaid not in answer


@pytest.fixture(scope="module")
def baths(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """An assistant over a table of three streets and two towns, of which one bears the name of the district."""
    with over(tmp_path_factory.mktemp("baths"), BATHS) as opened:
        yield opened


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ("2024年助浴服务点建成个数最少的是东川街道，只有3个，请判断真假。", ["对。东川街道：2024年助浴服务点建成个数 3（所列各行中最少）"]),
        ("2024年助浴服务点建成个数最小的是东川街道，对吗？", ["对。东川街道：2024年助浴服务点建成个数 3（所列各行中最小）"]),
        ("2024年助浴服务点建成个数最少的是东川街道，只有4个，请判断真假。",
         ["不对。文件规定：东川街道：2024年助浴服务点建成个数 3（所列各行中最少）"]),
        ("2024年助浴服务点建成个数最少的是南桥街道，对吗？",
         ["不对。文件规定：东川街道：2024年助浴服务点建成个数 3（所列各行中最少）", "南桥街道：2024年助浴服务点建成个数 4"]),
        ("2025年助浴服务人次最多的是东川街道，对吗？", ["对。东川街道：2025年助浴服务人次 900（所列各行中最多）"]),
        ("2025年助浴服务点建成个数最大的是东川街道，对吗？",
         ["不对。文件规定：闵行街道：2025年助浴服务点建成个数 9（所列各行中最大）", "东川街道：2025年助浴服务点建成个数 7"]),
        ("2025年助浴服务人次最少的是南桥街道，对吗？", ["南桥街道：2025年助浴服务人次 500"]),  # two have as many
        ("2024年助浴服务点建成个数最少的是东川街道，只有4，请判断真假。",
         ["不对。文件规定：东川街道：2024年助浴服务点建成个数 3（所列各行中最少）"]),
    ],
)  # fmt: skip
def test_an_extreme_that_is_claimed_is_judged(baths: Assistant, claim: str, said: list[str]) -> None:
    """Right where the row is the one extreme of its column and the figure claimed is its own; else the true one is told
    first and then the row claimed; of two that are equal none is called right."""
    assert [line.text.removeprefix("闵行区：") for line in baths.ask(f"闵行区{claim}").statements] == said


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("2025年助浴服务人次最多的和最少的街镇是哪个？", [("东川街道", "多"), ("南桥街道", "少"), ("浦锦镇", "少")]),
        ("2025年助浴服务人次最低和最高的街镇是哪个？", [("南桥街道", "低"), ("浦锦镇", "低"), ("东川街道", "高")]),
        ("2024年助浴服务点建成个数最高的和最低的街镇是哪个？", [("马桥镇", "高"), ("浦锦镇", "高"), ("东川街道", "低")]),
        ("2025年助浴服务人次最多的街镇是哪个？", [("东川街道", "多")]),
    ],
)
def test_both_ends_of_a_table_are_told_where_both_are_asked_for(baths: Assistant, text: str, ends: list[tuple[str, str]]) -> None:
    """最多的和最少的 tells the one end and the other, in the order of the asking; all of those that are equal."""
    told = [line.text for line in baths.ask(f"闵行区{text}").statements]
    assert len(told) == len(ends)
    for line, (row, extreme) in zip(told, ends, strict=True):
        assert line.startswith(f"闵行区：{row}：") and line.endswith(f"（所列各行中最{extreme}）")


@pytest.mark.parametrize(
    ("text", "rows", "figures"),
    [
        ("各街道2025年助浴服务点建成个数是多少？", STREETS, "976"),
        ("每个街道2024年助浴服务点建成多少个？", STREETS, "534"),
        ("各镇2025年助浴服务点建成个数是多少？", TOWNS, "87"),
        ("各镇街2024年助浴服务点建成个数是多少？", STREETS + TOWNS, "53488"),
    ],
)
def test_every_row_of_a_kind_is_told(baths: Assistant, text: str, rows: tuple[str, ...], figures: str) -> None:
    """各街道 tells the streets and not the towns, 各镇街 all of them, each with its figure of the column and year asked for."""
    answer = baths.ask(f"闵行区{text}")
    year = re.search(r"20\d\d年", text)
    assert year is not None
    assert [line.text for line in answer.statements] == [
        f"闵行区：{row}：{year.group()}助浴服务点建成个数 {figure}" for row, figure in zip(rows, figures, strict=True)
    ]


def test_who_is_responsible_for_every_street_is_no_column(baths: Assistant) -> None:
    """各街道…由谁 asks for no figures."""
    assert "建成个数" not in baths.ask("闵行区各街道的助浴任务由谁组织实施？").answer


# ---- places side by side -----------------------------------------------------------------------------------


def compared(*figures: str, asked: str = "哪个最高？") -> str | None:
    """The verdict over lines of places called 甲, 乙, 丙 …, each with a figure."""
    clause = parse(RawSource("甲.txt", "甲县方案\n一、床位。床位50张。\n", "0" * 64)).clauses[0]
    labels = "甲乙丙丁"[: len(figures)]
    lines = [Line(f"{label}：床位{figure}", [clause]) for label, figure in zip(labels, figures, strict=True)]
    line = verdict(understand(asked), lines, [(label, []) for label in labels])
    return line.text if line is not None else None


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        (("50张", "60张"), "比较结果：乙高于甲"),
        (("50张", "50张"), "比较结果：甲、乙相同"),
        (("50张", "60张", "70张"), "比较结果：丙最高，甲最低"),
        (("50张", "50张", "50张"), "比较结果：甲、乙、丙相同"),
        (("50张", "50张", "70张"), "比较结果：丙最高"),  # two are the lowest
        (("50张", "70张", "70张"), "比较结果：甲最低"),
        (("50张", "50张", "70张", "70张"), None),
        (("50张", "60人"), None),
        (("3个工作日", "5个工作日"), "比较结果：乙长于甲"),
    ],
)
def test_none_is_the_highest_where_two_are(figures: tuple[str, ...], said: str | None) -> None:
    """The place with the most and that with the least are named where they are one each; equal ones are called so."""
    assert compared(*figures) == said


@pytest.fixture(scope="module")
def districts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """An assistant over the plans of three districts of one city."""
    plans = [f"{name}养老方案\n一、床位。到2025年每千名老年人养老床位数达到{beds}张。\n" for name, beds in BEDS.items()]
    with over(tmp_path_factory.mktemp("districts"), *plans) as opened:
        yield opened


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("每千名老年人养老床位数哪个区最低？", "比较结果：闵行区最低"),  # two have the most
        ("闵行区和金山区每千名老年人养老床位数哪个高？", "比较结果：金山区高于闵行区"),
        ("金山区和长宁区每千名老年人养老床位数哪个高？", "比较结果：金山区、长宁区相同"),
        ("每千名老年人养老床位数要达到多少？", None),  # nothing is compared
    ],
)
def test_places_are_compared_whether_or_not_they_are_named(districts: Assistant, text: str, said: str | None) -> None:
    """The verdict ends the answer where which one is asked, over all places found."""
    answer = districts.ask(text)
    assert answer.status is Status.ANSWERED and len(answer.statements) > 1
    assert (answer.statements[-1].text == said) if said else "比较结果" not in answer.answer


@pytest.mark.parametrize(
    ("text", "named"),
    [("家庭养老床位一共多少张？", True), ("家庭养老床位总共有几种？", False), ("一共哪几个镇有床位？", False), ("东风镇有多少张？", False)],
)
def test_the_sum_of_a_table_is_meant_where_a_number_in_all_is_asked_for(text: str, named: bool) -> None:
    """一共多少 asks for 合计, 总共有几种 and 一共哪几个 do not."""
    document = parse(RawSource("甲.txt", TABLE, "0" * 64))
    row = next(clause for clause in document.clauses if clause.heading == "合计")
    assert row_named(row, understand(text), None) is named


def cited() -> list[tuple[Clause, Document]]:
    """Clauses of three districts, of which two have as many beds."""
    found = []
    for name, beds in BEDS.items():
        document = parse(RawSource(f"{name}.txt", f"上海市{name}养老方案\n一、床位。到2025年建成床位{beds}张。\n", "0" * 64))
        found.append((document.clauses[0], document))
    return found


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ("比较结果：闵行区最低", Verdict.SUPPORTED),
        ("比较结果：闵行区最高", Verdict.CONTRADICTED),
        ("比较结果：金山区最高", Verdict.CONTRADICTED),  # 长宁 has as many
        ("比较结果：金山区最低", Verdict.CONTRADICTED),
        ("比较结果：金山区高于闵行区", Verdict.SUPPORTED),
        ("比较结果：闵行区高于金山区", Verdict.CONTRADICTED),
        ("比较结果：闵行区低于金山区", Verdict.SUPPORTED),
        ("比较结果：金山区最高，闵行区最低", Verdict.CONTRADICTED),
        ("比较结果：金山区、长宁区相同", Verdict.SUPPORTED),
        ("比较结果：闵行区、长宁区相同", Verdict.CONTRADICTED),
    ],
)
def test_what_is_called_the_highest_is_held_against_every_place_cited(statement: str, verdict: Verdict) -> None:
    """The highest lies above all the others, whether or not a lowest is named; a false end is contradicted."""
    assert Verifier().check(statement, cited()).verdict is verdict


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ("比较结果：金山区最高，闵行区最低", Verdict.SUPPORTED),
        ("比较结果：金山区最高，长宁区最低", Verdict.CONTRADICTED),
        ("比较结果：闵行区最高，金山区最低", Verdict.CONTRADICTED),
    ],
)
def test_both_ends_of_a_comparison_are_held(statement: str, verdict: Verdict) -> None:
    """A true highest beside a false lowest is false."""
    found = cited()
    (_, last) = found[2]
    other = parse(RawSource("长宁区.txt", last.source.replace("60张", "55张"), "0" * 64))
    assert Verifier().check(statement, [*found[:2], (other.clauses[0], other)]).verdict is verdict


def test_rows_of_the_bundled_table(assistant: Assistant) -> None:
    """Over 300 in 2024 is 田家街道 alone, and the least of all has 17."""
    answer = assistant.ask("大洼区哪些镇街2024年千人口家庭养老床位数超过300？")
    assert answer.statements[0].text == "大洼区：共1个"
    assert [citation.clause.heading for citation in answer.citations] == ["田家街道"]
    least = assistant.ask("最低的是哪个？", ["大洼区哪个街道2024年的千人口托位数最高？"])
    assert [citation.clause.heading for citation in least.citations] == ["赵圈河镇"]
