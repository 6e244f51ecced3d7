"""Web pages, Word files, PDFs and zips become lines and pipe tables, and say so in one line where they cannot."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus import archive, reading
from corpus.errors import SourceError
from corpus.lines import split_lines
from corpus.load import load
from corpus.normalize import normalize
from corpus.pdffile import close_up
from corpus.printed import mend
from corpus.reading import Cell, RawSource, decode, extract, read, sources, table_lines
from corpus.tables import find_tables
from corpus.wordfile import numeral

NOTICE = """<h1>某某市人民政府办公室关于印发托育服务实施方案的通知</h1><p>某政办发〔2024〕8号</p>
<p>各区人民政府，市各有关部门：</p><p>　　现将《托育服务实施方案》印发给你们，请认真组织实施。</p>
<p>　　一、总体目标</p><p>　　到2025年，千人口托位数达到4.6个。（责任单位：市卫生健康委）</p>"""
SENTENCE = "支持用人单位利用自有土地或设施新建、改扩建托育服务设施，给予每个托位一万元的一次性建设补助。"


def text_of(data: bytes | str, name: str) -> str:
    """The source text of a file of this name."""
    return extract(data.encode() if isinstance(data, str) else data, name).text


def lines_of(data: bytes | str, name: str) -> list[str]:
    """The lines of that text that are not blank."""
    return [line for line in text_of(data, name).split("\n") if line]


def reason(act: Callable[[], object]) -> str:
    """The message of the SourceError that `act` raises; it is one line."""
    with pytest.raises(SourceError) as caught:
        act()
    message = str(caught.value)
    assert "\n" not in message
    return message


# ── tables ─────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── web pages ──────────────────────────────────────────────────────────────────────────────────────────────

PAGE = f"""<html><head><meta charset=utf-8><title>通知 - 某某市人民政府</title><style>p{{}}</style>
<script>var a='<p>一、假的</p>';</script></head><body>
<div id=top><ul><li><a href=/>首页</a><li><a href=/xw>新闻中心</a><li><a href=/zw>政务公开</a></ul><input value=搜索></div>
<div class=box><div class=crumb>当前位置：<a>首页</a> &gt; <a>政务公开</a></div>
<div class=main>{NOTICE}</div>
<div class=share>分享到：<a>微信</a></div></div>
<div class=side><ul><li><a>某某市关于加快养老服务发展的意见</a></li><li><a>某某市关于住房保障的通知</a></li></ul></div>
<div class=foot><p>主办：某某市人民政府办公室</p><p>ICP备12345678号</p></div>
<div style="display: none">{NOTICE.replace("<p>", "").replace("</p>", "")}</div></body></html>"""


def test_a_page_keeps_its_policy_and_loses_the_site_around_it() -> None:
    """Navigation, breadcrumbs, links to other documents, the foot and the hidden second copy are gone."""
    assert lines_of(PAGE, "a.html") == [
        "某某市人民政府办公室关于印发托育服务实施方案的通知",
        "某政办发〔2024〕8号",
        "各区人民政府，市各有关部门：",
        "现将《托育服务实施方案》印发给你们，请认真组织实施。",
        "一、总体目标",
        "到2025年，千人口托位数达到4.6个。（责任单位：市卫生健康委）",
    ]


def test_policy_text_outside_the_main_block_stays() -> None:
    """The document's head in a block of its own, and a clause below the main block, are not lost."""
    body = "".join(f"<p>{n}.{SENTENCE}</p>" for n in range(1, 20))
    page = (
        "<div><a>首页</a> <a>登录</a></div><div><span>发文字号：某政发〔2023〕1号</span></div><div class=main>"
        f"{body}</div><div><div><a>上一篇</a></div><div>二十、本办法自印发之日起施行。</div></div>"
    )
    lines = lines_of(page, "a.html")
    assert lines[0] == "发文字号：某政发〔2023〕1号"
    assert lines[-1] == "二十、本办法自印发之日起施行。"
    assert not {"首页 登录", "上一篇"} & set(lines)


def test_a_page_without_policy_marks_is_kept_whole() -> None:
    """Where nothing reads like policy nothing is thrown away."""
    assert lines_of("<div>甲</div><div><a>乙</a></div>", "a.html") == ["甲", "乙"]


@pytest.mark.parametrize(
    ("markup", "lines"),
    [
        ("<p>甲<br>乙<br/>丙</p>", ["甲", "乙", "丙"]),
        ("<div>甲<p>乙</p>丙</div>", ["甲", "乙", "丙"]),
        ("<p>人民\n   政府 2024\n年</p>", ["人民政府 2024 年"]),
        ("<p>A&amp;B&nbsp;&#12298;办法&#x300B;&emsp;</p>", ["A&B\xa0《办法》"]),
        ("<p>按<span>职责</span>分<b>工</b><!-- x -->负责</p>", ["按职责分工负责"]),
        ("<pre>甲\n  乙</pre>", ["甲", "乙"]),
        ("<ol start=3><li>甲<li>2.乙<li>丙</ol>", ["3. 甲", "2.乙", "5. 丙"]),
        ("<p>零\u200b宽</p>", ["零宽"]),
    ],
)
def test_lines_of_markup(markup: str, lines: list[str]) -> None:
    """Blocks and br end a line, inline elements and line breaks in the markup do not, lists are numbered."""
    assert lines_of(markup, "a.html") == lines


def test_a_table_in_a_page_is_read_with_its_merged_cells() -> None:
    """rowspan and colspan, a caption, two header rows, and a cell of several paragraphs."""
    page = """<table><caption>表1 目标</caption><tr><th rowspan=2>区</th><th colspan="2">托位数</th></tr>
    <tr><th>2024年</th><th>2025年</th></tr><tr><td rowspan="2">甲区<td>100<td><p>120</p><p>其中公办60</p></tr>
    <tr><td>90</td><td></td></tr></table>"""
    assert lines_of(page, "a.html") == [
        "表1 目标",
        "| 区 | 托位数 / 2024年 | 托位数 / 2025年 |",
        "|---|---|---|",
        "| 甲区 | 100 | 120 其中公办60 |",
        "| 甲区 | 90 |  |",
    ]


def test_a_table_that_lays_out_the_page_is_not_one() -> None:
    """A fragment of a site that sets its text in nested tables comes out as lines, its real table as a table."""
    page = f"""<table><tr><td><a>首页</a></td><td><table><tr><td>{NOTICE}
    <table><tr><td>指标</td><td>数值</td></tr><tr><td>托位</td><td>4.6</td></tr></table></td></tr></table></td></tr></table>"""
    lines = lines_of(page, "a.html")
    assert "一、总体目标" in lines
    assert lines[-3:] == ["| 指标 | 数值 |", "|---|---|", "| 托位 | 4.6 |"]


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("gb18030", "gb2312"),
        ("gb18030", "utf-8"),
        ("utf-8", "gb2312"),
        ("big5", "big5"),
        ("utf-16", "utf-16"),
        ("gb18030", ""),
    ],
)
def test_a_page_in_any_encoding(encoding: str, declared: str) -> None:
    """The encoding is found whether the page declares it, declares another, or none."""
    body = (
        NOTICE
        if encoding != "big5"
        else "<p>第一條 為保障幼兒接受適當教育及照顧之權利，應依本法之規定辦理。</p>"
    )
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={declared}">' if declared else ""
    page = f"<html><head>{meta}</head><body>{body}</body></html>"
    assert text_of(page.encode(encoding), "a.htm") == text_of(page.replace(meta, "").encode(), "a.htm")


def test_a_deep_page_does_not_break() -> None:
    """Ten thousand open elements are read; a span of a million columns does not fill the memory."""
    assert "负责" in text_of("<div>" * 10_000 + "市教育局负责。", "a.html")
    wide = "<table>" + "<tr><td colspan=999999 rowspan=999999>甲<td>乙</tr>" * 300 + "</table>"
    assert len(text_of(wide, "a.html")) < 10_000


# ── Word files ─────────────────────────────────────────────────────────────────────────────────────────────


def saved(document: Any) -> bytes:
    """The bytes of a Word file."""
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def numbered(document: Any, levels: Sequence[tuple[str, str]], number: int = 77, extra: str = "") -> None:
    """Add a list with these `(format, text)` levels to a Word file, as `w:num` of this number."""
    root = document.part.numbering_part.element
    inner = "".join(
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for at, (form, text) in enumerate(levels)
    )
    abstract = parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{number}">{inner}</w:abstractNum>')
    root.insert(0, abstract)
    root.append(
        parse_xml(
            f'<w:num {nsdecls("w")} w:numId="{number}"><w:abstractNumId w:val="{number}"/>{extra}</w:num>'
        )
    )


def add(document: Any, text: str, number: int | None = None, level: int = 0) -> Any:
    """Add a paragraph, as an item of a list where `number` names one."""
    paragraph = document.add_paragraph(text)
    if number is not None:
        paragraph._p.get_or_add_pPr().append(
            parse_xml(
                f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'
            )
        )
    return paragraph


def test_automatic_numbers_are_printed() -> None:
    """Labels count on across text between them, restart under a new parent, and nest."""
    document = docx.Document()
    numbered(
        document, [("chineseCountingThousand", "%1、"), ("chineseCounting", "（%2）"), ("decimal", "%3.")]
    )
    for text, level in [("总体要求", 0), ("主要任务", 0), ("扩大供给", 1), ("新建", 2), ("改建", 2), ("提升质量", 1),
                        ("培训", 2), ("保障措施", 0), ("加强领导", 1)]:  # fmt: skip
        add(document, text, 77, level)
        if text == "新建":
            add(document, "无编号的段落。")
    assert lines_of(saved(document), "a.docx") == [
        "一、总体要求", "二、主要任务", "（一）扩大供给", "1. 新建", "无编号的段落。", "2. 改建", "（二）提升质量",
        "1. 培训", "三、保障措施", "（一）加强领导",
    ]  # fmt: skip


def test_numbering_by_style_by_override_and_by_several_levels() -> None:
    """第%1条 from a heading style, a list that starts anew, `1.1` labels, and a paragraph that declines."""
    document = docx.Document()
    numbered(document, [("chineseCounting", "第%1条")], 70)
    numbered(document, [("decimal", "%1."), ("decimal", "%1.%2")], 71)
    root = document.part.numbering_part.element
    root.append(
        parse_xml(
            f'<w:num {nsdecls("w")} w:numId="72"><w:abstractNumId w:val="71"/><w:lvlOverride w:ilvl="0">'
            '<w:startOverride w:val="1"/></w:lvlOverride></w:num>'
        )
    )
    style = document.styles["Heading 1"].element
    style.get_or_add_pPr().append(parse_xml(f'<w:numPr {nsdecls("w")}><w:numId w:val="70"/></w:numPr>'))
    document.add_paragraph("为了规范管理，制定本办法。", "Heading 1")
    declining = document.add_paragraph("附则", "Heading 1")
    declining._p.get_or_add_pPr().append(parse_xml(f'<w:numPr {nsdecls("w")}><w:numId w:val="0"/></w:numPr>'))
    document.add_paragraph("本办法自印发之日起施行。", "Heading 1")
    for number, level in [(71, 0), (71, 1), (71, 1), (71, 0), (72, 0), (72, 0)]:
        add(document, "事项", number, level)
    assert lines_of(saved(document), "a.docx") == [
        "第一条 为了规范管理，制定本办法。", "附则", "第二条 本办法自印发之日起施行。",
        "1. 事项", "1.1 事项", "1.2 事项", "2. 事项", "1. 事项", "2. 事项",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "form", "printed"),
    [
        (10, "chineseCountingThousand", "十"), (21, "chineseCounting", "二十一"), (103, "japaneseCounting", "一百〇三"),
        (12, "chineseLegalSimplified", "壹拾贰"), (3, "ideographTraditional", "丙"), (11, "ideographTraditional", "11"),
        (5, "decimalEnclosedCircle", "⑤"), (21, "decimalEnclosedCircleChinese", "21"), (2, "decimalEnclosedParen", "⑵"),
        (7, "decimalFullWidth", "７"), (28, "lowerLetter", "bb"), (14, "upperRoman", "XIV"), (3, "unheard-of", "3"),
        (0, "none", ""), (10_203, "chineseCounting", "一万〇二百〇三"),
    ],
)  # fmt: skip
def test_numerals_as_word_prints_them(number: int, form: str, printed: str) -> None:
    """Each format of w:numFmt that Chinese documents use, and where each ends."""
    assert numeral(number, form) == printed


def test_tables_stand_where_they_stand_in_the_text() -> None:
    """Order of the body, cells merged across and down, header rows, numbers within cells."""
    document = docx.Document()
    numbered(document, [("decimal", "%1.")])
    add(document, "附件：任务分工表")
    table = document.add_table(4, 3)
    for at, words in enumerate(
        ["任务", "单位", "", "", "牵头", "配合", "新增托位", "市卫健委", "市教育局", "", "市财政局", ""]
    ):
        table.cell(at // 3, at % 3).text = words
    table.cell(0, 1).merge(table.cell(0, 2))
    table.cell(0, 0).merge(table.cell(1, 0))
    table.cell(2, 0).merge(table.cell(3, 0))
    table.cell(3, 2).paragraphs[0]._p.getparent().append(add(document, "市民政局", 77)._p)
    add(document, "表后的文字。")
    assert lines_of(saved(document), "a.docx") == [
        "附件：任务分工表",
        "| 任务 | 单位 / 牵头 | 单位 / 配合 |",
        "|---|---|---|",
        "| 新增托位 | 市卫健委 | 市教育局 |",
        "| 新增托位 | 市财政局 | 1. 市民政局 |",
        "表后的文字。",
    ]


def test_what_stands_in_a_paragraph() -> None:
    """Text boxes, line breaks, tabs and inserted words stay; struck-out, hidden and doubled words do not."""
    document = docx.Document()
    word = f'<w:p {nsdecls("w")} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
    box = "<w:pict><w:txbxContent><w:p><w:r><w:t>框内文字</w:t></w:r></w:p></w:txbxContent></w:pict>"
    for inner in (
        "<w:r><w:t>甲</w:t><w:br/><w:t>乙</w:t><w:tab/><w:t>丙</w:t></w:r>",
        "<w:ins><w:r><w:t>增</w:t></w:r></w:ins><w:del><w:r><w:delText>删</w:delText></w:r></w:del>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>隐</w:t></w:r><w:r><w:t>留</w:t></w:r>",
        f"<w:r><mc:AlternateContent><mc:Choice Requires='wps'>{box}</mc:Choice>"
        f"<mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r><w:r><w:t>框外文字</w:t></w:r>",
        '<w:r><w:sym w:font="Wingdings" w:char="F0FE"/><w:t>是</w:t></w:r>',
    ):
        document.element.body.insert(-1, parse_xml(f"{word}{inner}</w:p>"))
    found = extract(saved(document), "a.docx")
    assert found.text == "甲\n乙 丙\n增留\n框外文字\n框内文字\n☑是\n"
    assert found.warnings == ("left out: hidden text",)


def test_a_table_of_contents_is_left_out_and_said_so() -> None:
    """Entries in a toc style would print every heading twice."""
    document = docx.Document()
    document.styles.add_style("toc 1", 1)
    document.add_paragraph("一、总体要求\t1", "toc 1")
    document.add_paragraph("一、总体要求")
    found = extract(saved(document), "a.docx")
    assert (found.text, found.warnings) == ("一、总体要求\n", ("left out: table of contents",))


# ── PDFs ───────────────────────────────────────────────────────────────────────────────────────────────────


def pdf(*pages: str, extra: str = "", mediabox: str = "0 0 595 842") -> bytes:
    """A PDF of these content streams, with a Chinese font that is not embedded."""
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{' '.join(f'{5 + 2 * i} 0 R' for i in range(len(pages)))}] >>",
        "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [4 0 R] >>",
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /CIDSystemInfo "
        "<< /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> >>",
    ]
    for at, page in enumerate(pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [{mediabox}] /Contents {6 + 2 * at} 0 R {extra} "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(page)} >>\nstream\n{page}\nendstream")
    out, places = b"%PDF-1.4\n", []
    for at, one in enumerate(objects, 1):
        places.append(len(out))
        out += f"{at} 0 obj\n{one}\nendobj\n".encode()
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    return out + f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()


def words(x: float, y: float, text: str, size: float = 12, spacing: float = 0) -> str:
    """The operators that print a text with its left end at a place, counted from the upper left corner."""
    code = text.encode("utf-16-be").hex()
    return f"BT /F1 {size} Tf {spacing} Tc 1 0 0 1 {x} {842 - y} Tm <{code}> Tj ET\n"


def ruled(xs: Sequence[float], ys: Sequence[float]) -> str:
    """The operators that draw a grid of ruled lines."""
    across = [f"{xs[0]} {842 - y} m {xs[-1]} {842 - y} l S\n" for y in ys]
    return "".join(across + [f"{x} {842 - ys[0]} m {x} {842 - ys[-1]} l S\n" for x in xs])


def column(text: str, y: float = 100, x: float = 80, wide: int = 36) -> str:
    """A paragraph set in lines of `wide` characters, its first line indented by two."""
    rows = [text[: wide - 2]] + [text[at : at + wide] for at in range(wide - 2, len(text), wide)]
    return "".join(words(x + 24 * (at == 0), y + 20 * at, row) for at, row in enumerate(rows))


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


# ── archives and folders ───────────────────────────────────────────────────────────────────────────────────


def zipped(path: Path, members: dict[str, bytes], **options: Any) -> Path:
    """A zip of these members at a path."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as opened:
        for name, data in members.items():
            opened.writestr(name, data)
    return path


def test_a_zip_is_read_as_its_members(tmp_path: Path) -> None:
    """In sorted order, each by its own format, under the archive's name; what programs leave is passed over."""
    path = zipped(
        tmp_path / "政策.zip",
        {
            "乙.html": PAGE.encode(),
            "甲/一.txt": "一、甲。".encode("gb18030"),
            "__MACOSX/._x": b"x",
            ".DS_Store": b"x",
        },
    )
    found = list(sources(path))
    assert [source.location for source in found] == [f"{path}/乙.html", f"{path}/甲/一.txt"]
    raws = [source.read() for source in found]
    assert [raw.name for raw in raws] == ["政策.zip/乙.html", "政策.zip/甲/一.txt"]
    assert raws[1].text == "一、甲。"


def test_one_bad_member_does_not_hide_the_others(tmp_path: Path) -> None:
    """Each member that fails is reported with its name and reason, and the others are built."""
    inner = zipped(tmp_path / "inner.zip", {"a.txt": b"x"}).read_bytes()
    path = zipped(
        tmp_path / "a.zip",
        {
            "好.txt": (SENTENCE * 3).encode(),
            "坏.docx": b"PK\x03\x04junk",
            "内.zip": inner,
            "表.xls": b"x",
            "空.txt": b"",
        },
    )
    documents, failures = load([path])
    assert [document.source_file for document in documents] == ["a.zip/好.txt"]
    reasons = {Path(failure.source_file).name: failure.reason for failure in failures}
    assert "damaged" in reasons["坏.docx"]
    assert "archive inside an archive" in reasons["内.zip"]
    assert "save that as .docx" in reasons["表.xls"]
    assert "empty" in reasons["空.txt"]


def test_names_in_a_zip_cannot_lead_out_of_it(tmp_path: Path) -> None:
    """A path out of the archive is only a name, and Windows' GBK names are read."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("../../etc/通知.txt", "一、甲。")
        gbk = zipfile.ZipInfo("x" * len("办法.txt".encode("gbk")))
        opened.writestr(gbk, "二、乙。")
    data = path.read_bytes().replace(b"x" * 8, "办法.txt".encode("gbk"))
    path.write_bytes(data)
    assert [source.read().name for source in sources(path)] == ["a.zip/etc/通知.txt", "a.zip/办法.txt"]
    assert [found.name for found in tmp_path.iterdir()] == ["a.zip"]


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the ratio of a member, its size, the sum of sizes, the number of members; in a Word file too."""
    bomb = zipped(tmp_path / "bomb.zip", {"a.txt": b"0" * 8_000_000})
    (source,) = sources(bomb)
    assert "zip bomb" in reason(source.read)
    assert "zip bomb" in reason(
        lambda: extract(
            zipped(tmp_path / "b", {"word/document.xml": b"0" * 8_000_000}).read_bytes(), "b.docx"
        )
    )
    monkeypatch.setattr(archive, "MAX_MEMBERS", 2)
    many = zipped(tmp_path / "many.zip", {f"{n}.txt": b"x" for n in range(3)})
    assert "3 files" in reason(next(iter(sources(many))).read)
    monkeypatch.setattr(archive, "MAX_TOTAL", 1)
    assert "unpacks to" in reason(next(iter(sources(zipped(tmp_path / "t.zip", {"a.txt": b"xyz"})))).read)


def test_locked_and_linked_members_are_refused(tmp_path: Path) -> None:
    """A member under a password and a link are said to be so."""
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr(link, "/etc/passwd")
        opened.writestr("locked.txt", "secret")
    data = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.rindex(mark) + place] |= 1
    path.write_bytes(bytes(data))
    linked, locked = sources(path)
    assert "is a link" in reason(linked.read)
    assert "encrypted" in reason(locked.read)


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    """A file of 200 MB, here a hole in the disk, is refused by its size, whatever its format."""
    for name in ("a.txt", "a.pdf", "a.zip"):
        with (tmp_path / name).open("wb") as opened:
            opened.truncate(200 * 1024 * 1024)
        (source,) = sources(tmp_path / name)
        assert "over the limit" in reason(source.read)


def test_files_that_programs_leave_are_passed_over(tmp_path: Path) -> None:
    """The lock file that Word leaves beside an open document is none."""
    for name in ("~$通知.docx", "Thumbs.db", "desktop.ini", "通知.txt"):
        (tmp_path / name).write_text("一、甲。")
    assert [path.name for path in reading.policy_files([tmp_path])] == ["通知.txt"]


# ── bad input ──────────────────────────────────────────────────────────────────────────────────────────────

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


def test_an_old_or_locked_word_file_is_told_apart() -> None:
    """An OLE file under the name .docx is an old .doc or one with a password."""
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 100
    assert "old .doc" in reason(lambda: extract(ole, "a.docx"))
    assert "encrypted" in reason(lambda: extract(ole + "EncryptedPackage".encode("utf-16-le"), "a.docx"))
    assert "save it as .docx" in reason(lambda: extract(b"x", "a.doc"))
    assert "save it as .docx" in reason(lambda: extract(b"x", "a.wps"))


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
