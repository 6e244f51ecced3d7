"""PDFs: printed lines become paragraphs, ruled and unruled cells become tables, scans say what to do."""

from __future__ import annotations

import pytest

from corpus.pdffile import close_up
from corpus.printed import mend
from corpus.reading import extract
from tests.sample_files import SENTENCE, column, lines_of, pdf, reason, ruled, text_of, words


def test_lines_of_a_pdf_become_paragraphs() -> None:
    """A sentence goes on over the end of a line, within a number, and over the end of a page."""
    long = "一、到2025年，全市千人口托位数达到4.6个，普惠托位占比达到60%，每个街道至少建成一所托育服务机构，新增普惠托位10000个以上。"
    page = words(200, 60, "托育服务实施方案", 20) + column(long, 100) + column("二、" + SENTENCE, 200)
    half = column("三、" + SENTENCE * 3, 700)
    last = words(80, 100, "责任单位：市教育局。") + column("四、加强领导。", 140) + column(SENTENCE * 2, 200)
    assert lines_of(pdf(page + half, last), "a.pdf") == [
        "托育服务实施方案", long, "二、" + SENTENCE, "三、" + SENTENCE * 3 + "责任单位：市教育局。", "四、加强领导。",
        SENTENCE * 2,
    ]  # fmt: skip


def test_page_numbers_and_running_heads_are_left_out() -> None:
    """What recurs at the edge of the pages goes, even between the halves of a sentence; a figure stays."""
    pages = [
        words(250, 30, "某某市人民政府公报") + column(f"{'一二三四'[at]}、" + SENTENCE * 2, 100)
        + words(280, 400, str(100 + at)) + words(280, 815, f"— {at + 1} —")
        for at in range(4)
    ]  # fmt: skip
    lines = lines_of(pdf(*pages), "a.pdf")
    assert lines == [
        line for at in range(4) for line in (f"{'一二三四'[at]}、" + SENTENCE * 2, str(100 + at))
    ]


def test_a_ruled_table_in_a_pdf() -> None:
    """Cells by the lines around them, a merged cell, a cell of two lines, the table's next page without its header."""
    head = words(105, 120, "任务") + words(205, 120, "单位") + words(305, 120, "时限")
    first = (
        ruled([100, 200, 300, 400], [100, 130]) + ruled([200, 300, 400], [130, 160, 200])
        + "100 642 m 400 642 l S 100 712 m 100 642 l S\n" + head + words(105, 150, "新建托位")
        + words(205, 150, "市卫健委") + words(305, 150, "2025年") + words(205, 175, "市规划和自然资")
        + words(205, 192, "源局") + words(305, 185, "2026年") + words(80, 80, "附件")
    )  # fmt: skip
    second = (
        ruled([100, 200, 300, 400], [100, 130, 160])
        + head
        + words(105, 150, "培训")
        + words(205, 150, "市教育局")
    )
    assert text_of(pdf(first, second), "a.pdf") == (
        "附件\n\n| 任务 | 单位 | 时限 |\n|---|---|---|\n| 新建托位 | 市卫健委 | 2025年 |\n"
        "| 新建托位 | 市规划和自然资源局 | 2026年 |\n| 培训 | 市教育局 |  |\n"
    )


def test_a_row_that_the_page_breaks_is_one_row() -> None:
    """The rest of a row on the next page joins it; what stands in a cell merged over rows is said again there."""
    xs = [100, 160, 260, 360]
    first = ruled(xs, [700, 730, 800]) + words(105, 720, "序号") + words(165, 720, "任务") + words(265, 720, "单位")
    first += words(105, 750, "1") + words(165, 750, "新建托位并") + words(265, 750, "市卫健委")
    second = ruled(xs, [60, 90, 120]) + words(165, 80, "改造用房") + words(105, 110, "2") + words(165, 110, "培训")
    second += words(265, 110, "市教育局")
    assert text_of(pdf(first, second), "a.pdf") == (
        "| 序号 | 任务 | 单位 |\n|---|---|---|\n| 1 | 新建托位并改造用房 | 市卫健委 |\n| 2 | 培训 | 市教育局 |\n"
    )
    merged = ruled(xs[1:], [700, 730, 760, 790]) + "100 142 m 160 142 l S 100 112 m 160 112 l S 100 52 m 160 52 l S\n"
    merged += "100 142 m 100 52 l S\n" + words(105, 720, "类别") + words(165, 720, "任务") + words(265, 720, "单位")
    merged += words(105, 760, "扩大供给") + words(165, 750, "新建") + words(265, 750, "甲局")
    merged += words(165, 780, "改建") + words(265, 780, "乙局")
    rest = ruled(xs[1:], [60, 90, 120]) + "100 782 m 160 782 l S 100 722 m 160 722 l S 100 782 m 100 722 l S\n"
    rest += words(165, 80, "扩建") + words(265, 80, "丙局") + words(165, 110, "租用") + words(265, 110, "丁局")
    assert text_of(pdf(merged, rest), "a.pdf").endswith("| 扩大供给 | 扩建 | 丙局 |\n| 扩大供给 | 租用 | 丁局 |\n")


def test_a_table_without_ruled_lines() -> None:
    """Rows of figures under each other are a table, an empty cell stays empty; a signature with a gap is none."""
    rows = [("区县", "2024年", "2025年"), ("甲区", "4.2", "4.6"), ("乙区", "3.9", ""), ("丙区", "4.0", "4.5")]
    page = column(SENTENCE, 100)
    for at, row in enumerate(rows):
        page += "".join(words(80 + 120 * place, 200 + 20 * at, cell) for place, cell in enumerate(row) if cell)
    page += words(80, 320, "附则") + words(80, 360, "甲市人民政府") + words(300, 360, "2024年6月1日")
    assert text_of(pdf(page), "a.pdf").split("\n\n")[1:] == [
        "| 区县 | 2024年 | 2025年 |\n|---|---|---|\n| 甲区 | 4.2 | 4.6 |\n| 乙区 | 3.9 |  |\n| 丙区 | 4.0 | 4.5 |",
        "附则\n甲市人民政府 2024年6月1日\n",
    ]
    names = [("张三", "李四", "王五"), ("赵六", "孙七", "周八"), ("吴九", "郑十", "冯一")]
    page = "".join(words(80 + 120 * x, 200 + 20 * y, n) for y, row in enumerate(names) for x, n in enumerate(row))
    assert "|" not in text_of(pdf(page), "a.pdf")


def test_a_turned_page_reads_the_same() -> None:
    """A table set across a landscape page by /Rotate is found as it is seen."""
    content = ruled([100, 200, 300], [100, 130, 160]) + words(105, 120, "District") + words(205, 120, "2025")
    content += words(105, 150, "Daxing") + words(205, 150, "4.6")
    turned = f"0 1 -1 0 842 0 cm\n{content}"
    plain = text_of(pdf(content), "a.pdf")
    assert "| Daxing | 4.6 |" in plain
    assert text_of(pdf(turned, extra="/Rotate 90", mediabox="0 0 842 595"), "a.pdf") == plain


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("（按 职 责 分 工 负 责）", "（按职责分工负责）"),
        ("由 市 教 育 局 负 责", "由市教育局负责"),
        ("部 门", "部 门"),
        ("市财政局 市教育局 市民政局", "市财政局 市教育局 市民政局"),
        ("甲 乙 丙", "甲 乙 丙"),
        ("A B C D E F", "A B C D E F"),
    ],
)
def test_letter_spaced_runs_are_closed_up(text: str, closed: str) -> None:
    """A run of single characters with blanks between them was spread by hand; two or three may be names."""
    assert close_up(text) == closed


def test_a_justified_line_has_no_blanks() -> None:
    """Characters set wide apart all along a line are one text."""
    assert lines_of(pdf(words(80, 100, "为规范本市托育服务管理制定本办法", spacing=7)), "a.pdf") == [
        "为规范本市托育服务管理制定本办法"
    ]


@pytest.mark.parametrize(
    ("text", "more", "whole"),
    [
        ("达到20", "24年", "达到2024年"),
        ("人民", "政府", "人民政府"),
        ("the", "plan", "the plan"),
        ("GDP", "的", "GDP的"),
        ("", "甲", "甲"),
    ],
)
def test_mending_a_broken_line(text: str, more: str, whole: str) -> None:
    """No blank within Chinese or a number, one between Latin words."""
    assert mend(text, more) == whole


def test_a_scan_and_a_locked_pdf_say_what_to_do() -> None:
    """No text layer: OCR. A password: take it off. One page of many without text: a warning."""
    picture = "q 595 0 0 842 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID x EI Q\n"
    scan = pdf(picture + words(500, 800, "扫描全能王"), picture)
    assert "OCR" in reason(lambda: extract(scan, "扫描.pdf"))
    mixed = extract(pdf(column(SENTENCE), picture, ""), "a.pdf")
    assert mixed.warnings == ("no text on page 2: scanned? run OCR over it",)
    key = "<" + "00" * 32 + ">"
    trailer = (
        f"trailer << /Encrypt << /Filter /Standard /V 1 /R 2 /O {key} /U {key} /P -4 >> /ID [{key} {key}] "
    )
    locked = pdf(column(SENTENCE)).replace(b"trailer << ", trailer.encode())
    message = reason(lambda: extract(locked, "加密.pdf"))
    assert "encrypted" in message and "加密.pdf" in message
