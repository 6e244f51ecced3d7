"""What every format shares: tables as lines, and files that are damaged or are none, in one line each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import docx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.errors import SourceError
from corpus.lines import split_lines
from corpus.load import load
from corpus.normalize import normalize
from corpus.reading import Cell, RawSource, decode, extract, read, sources, table_lines
from corpus.tables import find_tables
from tests.sample_files import PAGE, SENTENCE, column, pdf, reason, saved, zipped

# ── tables ─────────────────────────────────────────────────────────────────────────────────────────────


def grid(*rows: str) -> list[list[Cell]]:
    """A grid from `甲 | 乙` rows; `<` continues the cell to the left, `^` the one above."""
    made: list[list[Cell]] = []
    for row in rows:
        line: list[Cell] = []
        for words in (piece.strip() for piece in row.split("|")):
            if words == "<":
                line.append(line[-1])
            elif words == "^":
                line.append(made[-1][len(line)])
            else:
                line.append(Cell(tuple(words.split("/")) if words else ()))
        made.append(line)
    return made


def test_a_table_is_printed_as_corpus_tables_reads_it() -> None:
    """A merged cell's words stand in every cell it covers, and each row is a record with every header."""
    lines = table_lines(
        grid("任务 | 牵头单位 | 完成时限", "新建托位 | 市卫健委 | 2025年", "^ | 市教育局 | 2026年")
    )
    assert lines == [
        "",
        "| 任务 | 牵头单位 | 完成时限 |",
        "|---|---|---|",
        "| 新建托位 | 市卫健委 | 2025年 |",
        "| 新建托位 | 市教育局 | 2026年 |",
        "",
    ]
    (table,) = find_tables(split_lines(normalize("\n".join(lines)).text), frozenset())
    assert [[(header, cell.text) for header, cell in record.rows[0]] for record in table.records] == [
        [("任务", "新建托位"), ("牵头单位", "市卫健委"), ("完成时限", "2025年")],
        [("任务", "新建托位"), ("牵头单位", "市教育局"), ("完成时限", "2026年")],
    ]


@pytest.mark.parametrize(
    ("rows", "header"),
    [
        (
            ("序号 | 年度目标 | <", "^ | 2024年 | 2025年", "1 | 3.5 | 4.6"),
            "| 序号 | 年度目标 / 2024年 | 年度目标 / 2025年 |",
        ),
        (("区 | 托位数 | <", " | 新增 | 累计", "甲区 | 10 | 90"), "| 区 | 托位数 / 新增 | 托位数 / 累计 |"),
        (("区 | 托位数 | <", "甲区 | 10 | 90", "乙区 | 20 | 80"), "| 区 | 托位数 | 托位数 |"),
    ],
)
def test_two_header_rows_become_one(rows: Sequence[str], header: str) -> None:
    """A heading over several columns is joined to those below it; a row of figures is never a header."""
    assert table_lines(grid(*rows))[1] == header


def test_rows_of_one_cell_above_and_below_a_table_are_lines() -> None:
    """The caption, the unit and the note of a table are no rows; a heading between rows is one."""
    lines = table_lines(
        grid("表1 托位目标 | <", "单位：个 | <", "区 | 托位", "城区 | <", "甲区 | 90", "注：含在建。 | <")
    )
    assert lines[:2] == ["表1 托位目标", "单位：个"]
    assert lines[-1] == "注：含在建。"
    assert "| 城区 | 城区 |" in lines


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (("甲/乙", "丙"), ["甲", "乙", "丙"]),
        (("甲 | 乙",), ["甲", "乙"]),
        (("甲 | <", "乙 | <"), ["甲", "乙"]),
        (("序号 | 姓名 | 金额", " | | "), ["| 序号 | 姓名 | 金额 |"]),
        (("", ""), []),
    ],
)
def test_what_is_no_table_becomes_its_lines(rows: Sequence[str], expected: list[str]) -> None:
    """A single column, a single row and a column of doubled grid places only arrange words."""
    assert table_lines(grid(*rows)) == expected


def test_a_cell_that_is_a_page_is_not_squeezed_into_a_row() -> None:
    """A page laid out with a table keeps its paragraphs."""
    page = Cell(tuple(f"第{n}段，{SENTENCE}" for n in range(30)))
    rows = [[Cell(("索引号",)), Cell(("123",))], [Cell(("正文",)), page]]
    assert table_lines(rows)[-1] == page.lines[-1]


def test_cells_cannot_break_their_row() -> None:
    """A bar, a run of dashes and a line break in a cell do not end the cell, the header or the row."""
    lines = table_lines(grid("甲 | 乙", "1 | 2"))
    broken = table_lines([[Cell(("甲|乙",)), Cell(("丙",))], [Cell(("-----",)), Cell(("丁\n戊",))]])
    assert [line.count("|") for line in broken] == [line.count("|") for line in lines]
    assert broken[3] == "| -- | 丁 戊 |"


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        (("省自然资源和", "规划厅"), "省自然资源和规划厅"),
        (("省人力资源社会", "保障厅"), "省人力资源社会保障厅"),
        (("市教育局", "市财政局"), "市教育局 市财政局"),
        (("责任单位：", "市教育局"), "责任单位： 市教育局"),
    ],
)
def test_a_name_broken_in_a_narrow_cell_is_one(words: tuple[str, ...], printed: str) -> None:
    """A line break in a cell is a blank, but within the name of a body it is nothing."""
    assert Cell(words).text == printed


# ── bad input ──────────────────────────────────────────────────────────────────────────────────────────

WORD = saved(docx.Document())
GOOD = {
    "a.html": PAGE.encode(),
    "a.docx": WORD,
    "a.pdf": pdf(column(SENTENCE)),
    "a.txt": SENTENCE.encode("gb18030"),
}


@pytest.mark.parametrize("suffix", [".html", ".docx", ".pdf", ".txt", ".md", ".zip", ".doc", ".xlsx", ".jpg"])
@pytest.mark.parametrize("data", [b"", b" \n", bytes(range(256)) * 40, b"\x00" * 5000, b"PK\x03\x04" + b"\x99" * 500,
                                  b"%PDF-1.7\n" + b"\xff" * 500, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600])  # fmt: skip
def test_garbage_is_reported_in_one_line(suffix: str, data: bytes, tmp_path: Path) -> None:
    """Bytes that are no document give one line with the file's name, whatever the suffix says."""
    path = tmp_path / f"坏{suffix}"
    path.write_bytes(data)
    documents, ((failure),) = load([path])
    assert documents == []
    assert failure.source_file == str(path)
    assert "坏" in failure.reason and "\n" not in failure.reason


@pytest.mark.parametrize("name", ["a.docx", "a.pdf"])
def test_a_truncated_file_is_damaged(name: str) -> None:
    """Half a file is no file, and is not half read."""
    data = GOOD[name]
    if name == "a.docx":
        assert "damaged" in reason(lambda: extract(data[: len(data) // 2], name))
    else:
        assert "a.pdf" in reason(lambda: extract(data[:300], name))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(sorted(GOOD)),
    cuts=st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 40), st.binary(max_size=12)), min_size=1, max_size=6
    ),
)
def test_a_mutated_file_is_read_or_reported(name: str, cuts: list[tuple[float, int, bytes]]) -> None:
    """Bytes taken out of a good file and others put in give a text or a SourceError, nothing else."""
    data = GOOD[name]
    for share, length, more in cuts:
        at = int(share * len(data))
        data = data[:at] + more + data[at + length :]
    try:
        found = extract(data, name)
    except SourceError as error:
        assert name in str(error) and "\n" not in str(error)
    else:
        assert found.text.strip() and "\x00" not in found.text


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.binary(min_size=1, max_size=30))
def test_a_mutated_zip_is_read_or_reported(at: int, more: bytes) -> None:
    """Each source of a damaged archive gives a text or a SourceError."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = zipped(Path(folder) / "a.zip", {"甲.txt": SENTENCE.encode(), "乙.html": PAGE.encode()})
        data = path.read_bytes()
        place = at % len(data)
        path.write_bytes(data[:place] + more + data[place + len(more) :])
        for source in sources(path):
            try:
                assert isinstance(source.read(), RawSource)
            except SourceError as error:
                assert "\n" not in str(error)


def test_extraction_is_the_same_each_time(tmp_path: Path) -> None:
    """Offsets count in the extracted text, so two readings of a file must agree to the character."""
    for name in ("a.html", "a.pdf", "a.txt"):
        (tmp_path / name).write_bytes(GOOD[name])
        assert read(tmp_path / name) == read(tmp_path / name)


def test_a_text_with_a_few_broken_bytes_is_read_and_says_so() -> None:
    """A byte lost in a long file shows as U+FFFD; a file of such is none."""
    data = bytearray((SENTENCE * 30).encode("utf-8"))
    del data[100]
    found = extract(bytes(data), "a.txt")
    assert "\ufffd" in found.text and "broken" in found.warnings[0]
    assert decode("第一條 為保障幼兒之權利，應依本法之規定辦理。".encode("utf-16-le"), "a.txt").startswith(
        "第一條"
    )
