"""Tables of words copied one cell a line: rows of unlike length, cells over several lines, columns that are not sure."""

from __future__ import annotations

import pytest

from corpus.document import Clause, ClauseKind, UnitRule
from corpus.load import parse
from corpus.reading import RawSource

TASKS = """甲区垃圾分类实施方案
甲府办〔2019〕26号
一、目标。到2020年，全区垃圾分类全覆盖。
附件1
甲区垃圾分类任务清单
序号
任务名称
任务内容
牵头部门
配合部门
时间节点
1
加强领导
召开全区动员大会，建立联席会议制度和联络员网络。
区政府办公室
各成员单位
2019年3月
2
将垃圾分类纳入专项督查和绩效评价指标体系。
区委组织部（区公务员局）
区绿化市容局
2019年
3
推进覆盖
开展达标街镇创建活动，落实属地责任。
各街镇（园区）
区绿化市容局、
区农业农村委
2019年
4
党政机关垃圾分类完成全覆盖，100%实现达标标准。
区机管局
区商务委
区绿化市容局
2019年9月
附件2
"""
TOWNS = """街镇、园区
目标任务
东川镇
绿色账户全覆盖，创建达标累计61个小区，服务点累计79个。完成11个达标村创建任务。
南桥镇
绿色账户全覆盖，创建达标累计86个小区，服务点累计112个。完成8个达标村创建任务。
浦锦街道
绿色账户全覆盖，创建达标累计39个小区，服务点累计50个。
"""


def rows(text: str) -> list[Clause]:
    """The table rows of a document in order."""
    return [clause for clause in parse(RawSource("甲.txt", text, "0" * 64)).clauses if clause.kind is ClauseKind.ROW]


def cells(row: Clause) -> list[tuple[str, str]]:
    """Header and words of each cell."""
    return [(cell.header, cell.text) for cell in row.cells]


def test_a_row_goes_from_its_serial_number_to_the_next() -> None:
    """Where 任务名称 is merged over rows a row has a line less, and no word of another task."""
    first, second, *_ = rows(TASKS)
    assert cells(first) == [
        ("序号", "1"), ("任务名称", "加强领导"), ("任务内容", "召开全区动员大会，建立联席会议制度和联络员网络。"),
        ("牵头部门", "区政府办公室"), ("配合部门", "各成员单位"), ("时间节点", "2019年3月"),
    ]  # fmt: skip
    assert [header for header, _ in cells(second)] == ["序号", "任务内容", "牵头部门", "配合部门", "时间节点"]
    assert (second.lead_units, second.responsible_units, second.unit_rule) == (
        ("区委组织部（区公务员局）",), ("区绿化市容局",), UnitRule.STATED,
    )  # fmt: skip


def test_a_cell_over_two_lines_is_one_column() -> None:
    """区绿化市容局、 goes on in the line below."""
    third = rows(TASKS)[2]
    assert third.lead_units == ("各街镇（园区）",)
    assert third.responsible_units == ("区绿化市容局", "区农业农村委")


def test_a_line_that_may_be_of_two_columns_is_under_none() -> None:
    """Of three organs for two columns the middle one is of either: it stands in the row, and in no role."""
    fourth = rows(TASKS)[3]
    assert [header for header, _ in cells(fourth)] == ["序号", "任务内容", "牵头部门", "", "配合部门", "时间节点"]
    assert (fourth.lead_units, fourth.responsible_units) == (("区机管局",), ("区绿化市容局",))
    assert "区商务委" in fourth.text


@pytest.mark.parametrize("last", ["", "附件2\n", "注：街镇自行组织。\n", "甲区人民政府办公室\n2019年3月1日\n"])
def test_the_last_row_ends_with_its_last_column(last: str) -> None:
    """What stands behind a table is no cell of it."""
    found = rows(TASKS.removesuffix("附件2\n") + last)
    assert len(found) == 4
    assert found[-1].text.endswith("2019年9月")


def test_a_row_of_a_place_holds_what_is_said_of_it() -> None:
    """Each town's figures are its own, by the sentence that states them."""
    found = rows(TASKS + TOWNS)[4:]
    assert [row.heading for row in found] == ["东川镇", "南桥镇", "浦锦街道"]
    assert cells(found[1])[0] == ("街镇、园区", "南桥镇")
    assert [figure.text for figure in found[1].figures] == ["全覆盖", "86个", "112个", "8个"]
    assert {figure.scope for figure in found[1].figures} == {"南桥镇"}


@pytest.mark.parametrize(
    "text",
    [
        TASKS.replace("任务内容\n", "任务内容\n数量\n").replace("络员网络。\n", "络员网络。\n61\n"),  # a number: no serial to be sure of
        TASKS.replace("3\n推进覆盖", "推进覆盖").replace("4\n党政", "党政"),  # two rows
        "一、目标。全面推进。\n附件1\n甲镇\n乙镇\n丙镇\n丁镇\n",  # a list of names
    ],
)
def test_what_cannot_be_read_safely_is_no_table(text: str) -> None:
    """A table with bare numbers, one of two rows and a list of places stay lines, each of them a clause."""
    assert rows(text) == []


def test_an_organ_on_a_line_of_an_annex_is_text() -> None:
    """No line below an annex's title is lost, a bureau's name neither."""
    text = "甲区办法\n一、目标。全面推进。\n附件1\n联席会议成员单位\n区商务委\n区民政局\n"
    document = parse(RawSource("甲.txt", text, "0" * 64))
    assert {"区商务委", "区民政局"} <= {clause.text for clause in document.clauses}


def test_rows_of_unlike_length_are_no_table_of_figures() -> None:
    """Merged cells leave rows of figures shorter than the first: none of them is read with another's numbers."""
    text = "甲区办法\n一、目标。全面推进。\n附件1\n指标表\n序号\n街镇\n达标率\n小区数\n服务点数\n1\n东川\n100%\n40\n51\n2\n南桥\n60\n75\n3\n浦锦\n28\n37\n"
    assert rows(text) == []
