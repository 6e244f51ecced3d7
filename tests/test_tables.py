"""Tables that a page's text still shows, and lists of numbers that are none."""

from __future__ import annotations

import re

import pytest

from corpus.document import ClauseKind, Document, FigureKind
from corpus.duties import in_cell
from corpus.lines import split_lines
from corpus.load import parse
from corpus.lossless import leaks
from corpus.normalize import normal
from corpus.reading import RawSource
from corpus.tables import Table, find_tables
from tests.conftest import effort

HEAD = "甲区养老服务工作方案\n一、总体要求\n坚持就近就便。\n二、任务分解\n按下表执行。\n"

# 街道 with a merged 分年度 header and rows merged over two years; an extractor slides the spanned cells left.
MERGED = """各街道助餐点指标分解表 |
||||
序号 |
街道名称 |
2024-2025年度指标 |
分年度 |
|
年度 |
助餐点数 |
|
|
|
1 |
东街道 |
30 |
2024年 |
12 |
2025年 |
30 |
|
|
|
2 |
西街道 |
24 |
2024年 |
10 |
2025年 |
24 |
|
|
|
"""

# One bare cell a line; the name column has no header, 分年度床位指标 spans two columns, and the page breaks.
BARE = """序号
2022年已有床位(个)
2024年规划床位(个)
分年度床位数量指标
2023年床位(个)
2024年床位(个)
合计
600
1200
900
1200
1
东区
200
400
300
400
2
西区
200
400
300
400
序号
2022年已有床位(个)
2024年规划床位(个)
分年度床位数量指标
2023年床位(个)
2024年床位(个)
3
南区
200
400
300
400
"""

MARKDOWN = """| 项目 | 2024年 | 2025年 |
|---|:---:|---|
| 床位数（个） | 3,200 | 4,000 |
| 助餐覆盖率 | 80% | 全覆盖 |
"""


def _tables(text: str) -> list[Table]:
    return find_tables(split_lines(normal(text)), frozenset())


def _rows(table: Table) -> list[list[list[tuple[str, str]]]]:
    return [[[(header, cell.text) for header, cell in row] for row in record.rows] for record in table.records]


def _document(text: str) -> Document:
    return parse(RawSource("甲.txt", text, "0"))


def test_piped_cells_with_merged_rows() -> None:
    """A record holds its complete row and the sub-row of its merged cells, each under the right header."""
    (table,) = _tables(MERGED)
    assert table.caption == "各街道助餐点指标分解表"
    assert [record.key for record in table.records] == ["东街道", "西街道"]
    assert _rows(table)[0] == [
        [("序号", "1"), ("街道名称", "东街道"), ("2024-2025年度指标", "30"), ("分年度 / 年度", "2024年"), ("分年度 / 助餐点数", "12")],
        [("分年度 / 年度", "2025年"), ("分年度 / 助餐点数", "30")],
    ]


def test_merged_rows_give_their_own_years() -> None:
    """A figure of a sub-row holds for the year of its sub-row; the sum over years holds for none."""
    document = _document(HEAD + "附件\n" + MERGED)
    rows = [clause for clause in document.clauses if clause.kind is ClauseKind.ROW]
    assert [row.path for row in rows] == ["附件/表1/行1", "附件/表1/行2"]
    assert rows[0].heading == "东街道"
    assert rows[0].breadcrumb == ("各街道助餐点指标分解表",)
    assert [(f.text, f.year, f.scope) for f in rows[0].figures] == [
        ("30", None, "东街道"), ("12", 2024, "东街道"), ("30", 2025, "东街道"),
    ]  # fmt: skip
    assert {f.kind for f in rows[0].figures} == {FigureKind.CELL}


def test_piped_cells_without_a_caption() -> None:
    """Without a caption the width is the distance between the serial numbers."""
    (table,) = _tables("序号 |\n街道 |\n助餐点 |\n1 |\n东街道 |\n12 |\n2 |\n西街道 |\n8 |\n3 |\n南街道 |\n9 |\n")
    assert [record.key for record in table.records] == ["东街道", "西街道", "南街道"]
    assert _rows(table)[2] == [[("序号", "3"), ("街道", "南街道"), ("助餐点", "9")]]


def test_bare_cells_with_the_header_printed_again() -> None:
    """Rows are counted by their serial numbers; the header of the next page is no row."""
    (table,) = _tables(BARE)
    assert [record.key for record in table.records] == ["合计", "东区", "西区", "南区"]
    assert _rows(table)[3] == [[
        ("序号", "3"), ("", "南区"), ("2022年已有床位(个)", "200"), ("2024年规划床位(个)", "400"),
        ("分年度床位数量指标 / 2023年床位(个)", "300"), ("分年度床位数量指标 / 2024年床位(个)", "400"),
    ]]  # fmt: skip
    assert [cell.text for _, cell in table.records[0].rows[0]] == ["合计", "600", "1200", "900", "1200"]


def test_bare_cells_in_a_document() -> None:
    """A bare table's figures have the year and the unit of their column."""
    document = _document(HEAD + "附件\n各区床位分解表\n" + BARE + "注：1.床位数由各区统计。\n2.每季度更新。\n")
    row = next(clause for clause in document.clauses if clause.heading == "西区")
    assert [(f.text, f.value, f.year, f.unit) for f in row.figures] == [
        ("200", 200.0, 2022, "个"), ("400", 400.0, 2024, "个"), ("300", 300.0, 2023, "个"), ("400", 400.0, 2024, "个"),
    ]  # fmt: skip
    assert [clause.path for clause in document.clauses if clause.kind is ClauseKind.NOTE] == ["附件/注/1", "附件/注/2"]
    assert len([clause for clause in document.clauses if clause.kind is ClauseKind.HEAD]) == 1


def test_markdown() -> None:
    """A markdown table gives a record for each row under the headers of its first line."""
    (table,) = _tables(MARKDOWN)
    assert _rows(table) == [
        [[("项目", "床位数(个)"), ("2024年", "3,200"), ("2025年", "4,000")]],
        [[("项目", "助餐覆盖率"), ("2024年", "80%"), ("2025年", "全覆盖")]],
    ]
    assert (table.first, table.last) == (0, 3)


def test_markdown_in_a_document() -> None:
    """A table inside a section is cited under it, and its cells are quoted as printed."""
    document = _document(HEAD + MARKDOWN + "三、附则\n自印发之日起施行。\n")
    rows = [clause for clause in document.clauses if clause.kind is ClauseKind.ROW]
    assert [row.path for row in rows] == ["二/表1/行1", "二/表1/行2"]
    assert [(f.text, f.value, f.unit, f.year) for row in rows for f in row.figures] == [
        ("3,200", 3200.0, "个", 2024), ("4,000", 4000.0, "个", 2025), ("80%", 80.0, "%", 2024), ("全覆盖", None, None, 2025),
    ]  # fmt: skip
    assert rows[0].cells[0].text == "床位数（个）"
    assert document.clauses[-1].path == "三"


def test_a_table_ends_where_its_text_begins_again() -> None:
    """The lines behind a table are read as text, and two tables stay two."""
    tables = _tables(MARKDOWN + "以下为街道情况。\n" + MARKDOWN)
    assert [(table.first, table.last) for table in tables] == [(0, 3), (5, 8)]


def test_duty_table() -> None:
    """Units of a 牵头单位 and a 责任单位 column are the row's units in these roles."""
    text = HEAD + (
        "附件\n任务分解表\n| 序号 | 任务 | 牵头单位 | 责任单位 |\n|---|---|---|---|\n"
        "| 1 | 建设助餐点 | 区民政局 | 区财政局、区商务局 |\n| 2 | 培训护理员 | 区人社局 | 区民政局 |\n"
    )
    rows = [clause for clause in _document(text).clauses if clause.kind is ClauseKind.ROW]
    assert [(row.heading, row.lead_units, row.responsible_units) for row in rows] == [
        ("建设助餐点", ("区民政局",), ("区财政局", "区商务局")),
        ("培训护理员", ("区人社局",), ("区民政局",)),
    ]


def test_unit_column() -> None:
    """A 单位 column gives the unit of its row, and the mark in a cell its comparator."""
    text = HEAD + (
        "| 序号 | 指标名称 | 单位 | 2025年目标值 |\n|---|---|---|---|\n| 1 | 千人口床位数 | 张 | 40左右 |\n"
        "| 2 | 助餐覆盖率 | % | >90 |\n| 3 | 护理员人数 | 人 | 7万 |\n"
    )
    figures = [f for clause in _document(text).clauses for f in clause.figures]
    assert [(f.indicator, f.value, f.unit, f.comparator, f.year) for f in figures] == [
        ("千人口床位数", 40.0, "张", "左右", 2025), ("助餐覆盖率", 90.0, "%", ">", 2025), ("护理员人数", 70000.0, "人", None, 2025),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "1\n2\n3\n100\n200\n300\n",
        "序号\n1\n2\n3\n4\n100\n",
        "序号\n名称\n床位\n1\n东区\n100\n",
        "东区|100\n西区|200\n",
        "项目 | 目标\n--- | ---\n一 | 二 | 三\n",
        "序号 |\n街道 |\n助餐点 |\n东街道 |\n西街道 |\n南街道 |\n北街道 |\n中街道 |\n",
        "---\n甲\n---\n",
    ],
    ids=["numbers", "serials", "one-row", "no-rule", "too-wide", "no-figures", "rules"],
)
def test_no_table(text: str) -> None:
    """A list of numbers, a lone row, cells without a rule or without figures are not guessed to be a table."""
    assert _tables(text) == []


def test_furniture_is_passed_over() -> None:
    """A table whose lines are furniture is none."""
    lines = split_lines(normal(MARKDOWN))
    assert find_tables(lines, frozenset(range(len(lines)))) == []


@pytest.mark.parametrize("text", [MERGED, BARE, MARKDOWN])
def test_cells_are_slices(text: str) -> None:
    """Each cell's offsets cut exactly its words, in order, inside its record."""
    text = normal(text)
    for table in _tables(text):
        for record in table.records:
            cells = [cell for row in record.rows for _, cell in row]
            assert all(text[cell.start : cell.end] == cell.text for cell in cells)
            assert [cell.start for cell in cells] == sorted(cell.start for cell in cells)
            assert (record.start, record.end) == (cells[0].start, cells[-1].end)


def test_a_table_of_tabs_under_an_annex() -> None:
    """Rows parted by tabs are a table; the column that tells them apart names them, not the group before it."""
    document = parse(RawSource("甲.txt", "甲市补贴细则\n一、对象\n困难人员。\n附件\n补贴标准表\n分类\t险种\t标准\n一类\t养老\t400元\n一类\t医疗\t200元\n", "0"))
    rows = [c for c in document.clauses if c.kind is ClauseKind.ROW]
    assert [(c.heading, c.figures[0].text) for c in rows] == [("养老", "400元"), ("医疗", "200元")]


def test_lines_of_an_annex_are_kept() -> None:
    """What stands under an annex without a stop is still said somewhere."""
    document = parse(RawSource("甲.txt", "甲市补贴细则\n一、对象\n困难人员。\n附件\n补贴标准\n养老 每月400元\n医疗 每月200元\n", "0"))
    assert [c.text for c in document.clauses if c.path.startswith("附件")] == ["养老 每月400元", "医疗 每月200元"]


@pytest.mark.parametrize(
    ("cell", "lead", "units"),
    [
        ("省经信厅、省科技厅按职责分工负责", False, [("省经信厅", False), ("省科技厅", False)]),
        ("甲局牵头,乙局配合", False, [("甲局", True), ("乙局", False)]),
        ("牵头单位:甲局;配合单位:乙局", False, [("甲局", True), ("乙局", False)]),
        ("各镇(街道、管委会)、市妇联", True, [("各镇(街道、管委会)", True), ("市妇联", True)]),
        ("无", False, []), ("/", True, []),
    ],
)  # fmt: skip
def test_units_in_a_cell(cell: str, lead: bool, units: list[tuple[str, bool]]) -> None:
    """A cell of a duty table lists units, with roles of its own where it says them."""
    assert [(cell[u.start : u.end], u.lead) for u in in_cell(cell, lead=lead)] == units


def test_lines_without_tabs_are_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Running text is no table, and each line is split a few times, not once for every line above it."""
    lines = split_lines("\n".join(f"第{n}条 补贴每人{n}元。" for n in range(1, 300)))
    split, calls = re.split, []
    monkeypatch.setattr(re, "split", lambda *words, **more: calls.append(1) or split(*words, **more))
    assert find_tables(lines, frozenset()) == []
    assert len(calls) <= 4 * len(lines)


@pytest.mark.parametrize("line", ["1\t2\t3", "2", "甲 乙 丙"])
def test_four_times_the_lines_are_four_times_the_work(line: str) -> None:
    """Rows of figures without a header are no table, and are not read again from each of them."""
    few, many = (
        effort(lambda lines=lines: find_tables(lines, frozenset()))
        for lines in (split_lines("序号\n1\n" + f"{line}\n" * count) for count in (50, 200))
    )
    assert many < 8 * few  # sixteen times, were it each with each


def test_a_serial_header_without_columns_ends() -> None:
    """Where no header stands that a page could print again, what does not count up ends the rows."""
    assert [table.last for table in find_tables(split_lines("序号\n1\n2\n" + "2\n" * 9), frozenset())] == [4]


# As converters of scanned pages leave a table in Markdown: a header of two rows, and a street over two rows.
TAGGED = (
    '<table border="1"><thead><tr><th rowspan="2">街道</th><th colspan="2">助餐点</th></tr>'
    "<tr><th>2024年（个）</th><th>2025年（个）</th></tr></thead>"
    '<tr><td rowspan="2">东街道</td><td>12</td><td>30</td></tr><tr><td>8</td><td>9</td></tr>'
    "<tr><td>西街道</td><td>10</td><td>24</td></tr></table>"
)
LINED = TAGGED.replace("<tr>", "\n<tr>").replace("<td>", "\n  <td>").replace("</table>", "\n</table>")


@pytest.mark.parametrize("text", [TAGGED, LINED, TAGGED.upper(), TAGGED.replace("东街道", "<b>东街道</b>")])
def test_a_table_in_tags(text: str) -> None:
    """Headers of two rows are joined by column, a street over two rows is one record, and line ends, the case of the
    tags and emphasis do not matter."""
    (table,) = _tables(text)
    assert (table.first, table.last) == (0, text.count("\n"))
    assert _rows(table) == [
        [[("街道", "东街道"), ("助餐点 / 2024年(个)", "12"), ("助餐点 / 2025年(个)", "30")],
         [("助餐点 / 2024年(个)", "8"), ("助餐点 / 2025年(个)", "9")]],
        [[("街道", "西街道"), ("助餐点 / 2024年(个)", "10"), ("助餐点 / 2025年(个)", "24")]],
    ]  # fmt: skip


@pytest.mark.parametrize("text", [TAGGED, LINED])
def test_a_table_in_tags_within_a_document(text: str) -> None:
    """Its rows are clauses whose figures have year, unit and row, and nothing of the text is lost or doubled."""
    document = _document(f"{HEAD}{text}\n三、附则\n自印发之日起施行。\n")
    rows = [clause for clause in document.clauses if clause.kind is ClauseKind.ROW]
    assert [(row.path, row.heading) for row in rows] == [("二/表1/行1", "东街道"), ("二/表1/行2", "西街道")]
    assert [(f.text, f.year, f.unit, f.scope) for f in rows[1].figures] == [("10", 2024, "个", "西街道"), ("24", 2025, "个", "西街道")]
    assert document.clauses[-1].path == "三"
    assert leaks(document) == []


def test_two_tables_in_tags_below_one_another() -> None:
    """They stay two, and the tags between the last row of the one and the first of the other are markup and lost nowhere."""
    document = _document(f"{HEAD}{TAGGED}\n{LINED}\n三、附则\n自印发之日起施行。\n")
    rows = [clause.path for clause in document.clauses if clause.kind is ClauseKind.ROW]
    assert rows == ["二/表1/行1", "二/表1/行2", "二/表2/行1", "二/表2/行2"]
    assert leaks(document) == []


def test_a_merged_cell_in_the_middle_keeps_its_column() -> None:
    """What stands beside a cell that spans two rows in the second column is not pushed into it."""
    (table,) = _tables(
        "<table><tr><th>街道</th><th>片区</th><th>床位</th></tr><tr><td>东街道</td><td rowspan=2>一片</td><td>5</td></tr>"
        "<tr><td>西街道</td><td>6</td></tr><tr><td>南街道</td><td>二片</td><td>7</td></tr></table>"
    )
    assert [[header for header, _ in record.rows[0]] for record in table.records] == [
        ["街道", "片区", "床位"], ["街道", "床位"], ["街道", "片区", "床位"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        TAGGED.removesuffix("</table>"),
        "<table><tr><td>甲</td></tr></table>",
        "<table><tr><td>街道</td><td>床位</td></tr><tr><td> </td><td></td></tr></table>",
        "<table><tr><td></td><td></td></tr><tr><td>东街道</td><td>5</td></tr></table>",
    ],
    ids=["open", "one-row", "no-rows", "no-headers"],
)
def test_tags_without_a_table(text: str) -> None:
    """A table that does not end, or has no rows or no headers, is not guessed at; its text is kept."""
    assert _tables(text) == []
    assert leaks(_document(f"{HEAD}{text}\n三、附则\n自印发之日起施行。\n")) == []


def test_bare_cells_keep_the_header_right_before_row_one() -> None:
    """Where row 1 begins at once, the word before it is the last header and no total of a row without a number."""
    (table,) = _tables("序号\n街道\n2024年助餐点数\n责任人\n1\n东街道\n30\n张某\n2\n西街道\n24\n李某\n3\n南街道\n20\n王某\n")
    assert [record.key for record in table.records] == ["东街道", "西街道", "南街道"]
    assert _rows(table)[0] == [[("序号", "1"), ("街道", "东街道"), ("2024年助餐点数", "30"), ("责任人", "张某")]]


def test_tags_within_a_cell_are_no_part_of_its_words() -> None:
    """<b>东街道</b> names the row 东街道, and the unit in a group's header holds for the columns below it."""
    text = (
        "甲县助餐方案\n一、安排。按下表执行。\n附件\n助餐点建设表\n<table><tr><td rowspan=\"2\">街镇</td><td colspan=\"2\">助餐点（个）</td></tr>"
        "<tr><td>2024年</td><td>2025年</td></tr><tr><td><b>东街道</b></td><td>3</td><td>7</td></tr>"
        "<tr><td><b>西街道</b></td><td>5</td><td>9</td></tr></table>\n"
    )
    rows = [clause for clause in parse(RawSource("甲.md", text, "0" * 64)).clauses if clause.kind is ClauseKind.ROW]
    assert [row.heading for row in rows] == ["东街道", "西街道"]
    assert [(f.value, f.unit, f.year) for f in rows[0].figures] == [(3.0, "个", 2024), (7.0, "个", 2025)]
