"""Rows of a table above or below a figure, and the one with the most or the least."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from assistant.answer import Status
from assistant.assistant import Assistant
from assistant.building import build
from assistant.settings import Settings
from tests.conftest import CountingEncoder

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


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """An assistant over one document with a table of four rows and their sum; tests ask it and change nothing."""
    folder = tmp_path_factory.mktemp("county")
    (folder / "甲.txt").write_text(TABLE, encoding="utf-8")
    settings = Settings(folder / "home")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("indexing.embedding.open_encoder", lambda *_, **__: CountingEncoder())
        build(settings, [folder / "甲.txt"])
        opened = Assistant.open(settings)
    yield opened
    opened.close()


def named(assistant: Assistant, text: str, *history: str) -> list[str]:
    """The rows that an answer states, in its order."""
    rows = ("东风镇", "南平镇", "西山镇", "北河镇", "合计")
    return [row for line in assistant.ask(text, history).statements for row in rows if f"{row}：" in line.text]


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


def test_rows_of_the_bundled_table(assistant: Assistant) -> None:
    """Over 300 in 2024 is 田家街道 alone, and the least of all has 17."""
    answer = assistant.ask("大洼区哪些镇街2024年千人口家庭养老床位数超过300？")
    assert answer.statements[0].text == "大洼区：共1个"
    assert [citation.clause.heading for citation in answer.citations] == ["田家街道"]
    least = assistant.ask("最低的是哪个？", ["大洼区哪个街道2024年的千人口托位数最高？"])
    assert [citation.clause.heading for citation in least.citations] == ["赵圈河镇"]
