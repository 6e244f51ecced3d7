"""Word files: automatic numbers, tables in their place, what stands in a paragraph and what does not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from corpus.reading import extract
from corpus.wordfile import numeral
from tests.sample_files import lines_of, reason, saved


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


def test_an_old_or_locked_word_file_is_told_apart() -> None:
    """An OLE file under the name .docx is an old .doc or one with a password."""
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 100
    assert "old .doc" in reason(lambda: extract(ole, "a.docx"))
    assert "encrypted" in reason(lambda: extract(ole + "EncryptedPackage".encode("utf-16-le"), "a.docx"))
    assert "save it as .docx" in reason(lambda: extract(b"x", "a.doc"))
    assert "save it as .docx" in reason(lambda: extract(b"x", "a.wps"))
