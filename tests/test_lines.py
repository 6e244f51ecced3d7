"""What a line looks like on its own: labels, titles, numbers, dates, addressees."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.lines import (
    ADDRESSEES,
    DATE,
    DOCUMENT_NUMBER,
    HAN_DATE,
    ORDER_NUMBER,
    ORGAN,
    STAMP,
    TITLE,
    is_title,
    label_at,
    ordinal,
    path_label,
    split_lines,
)
from corpus.normalize import normal


@pytest.mark.parametrize(
    ("text", "family", "value", "path"),
    [
        ("第一编 总则", "part", 1, "第一编"),
        ("第三章 机构", "chapter", 3, "第三章"),
        ("第二节 范围", "section", 2, "第二节"),
        ("第十二条 甲", "article", 12, "第十二条"),
        ("第 1 條", "article", 1, "第1条"),
        ("第 31-1 條", "article", 31, "第31-1条"),
        ("第五条之一 甲", "article", 5, "第五条之一"),
        ("壹、前言", "formal", 1, "壹"),
        ("一、总体要求", "han", 1, "一"),
        ("十二、附则", "han", 12, "十二"),
        ("（三）加强监管", "han_paren", 3, "(三)"),
        ("㈢加强监管", "han_paren", 3, "(三)"),
        ("1.新建机构", "digit", 1, "1"),
        ("12、新建机构", "digit", 12, "12"),
        ("1．新建机构", "digit", 1, "1"),
        ("2)新建机构", "digit_half", 2, "2)"),
        ("（4）新建机构", "digit_paren", 4, "(4)"),
        ("③新建机构", "circled", 3, "③"),
        ("二是加强领导。", "han_is", 2, "二是"),
    ],
)
def test_label(text: str, family: str, value: int, path: str) -> None:
    """A line's numbering gives its family, its ordinal and the path element that cites it."""
    label = label_at(normal(text))
    assert label is not None
    assert (label.family, label.ordinal, path_label(label)) == (family, value, path)


@pytest.mark.parametrize(
    "text",
    ["第三条规定的条件", "第三条的规定", "第三条、第五条规定", "第三条第二款", "第三条所称机构", "1.5万个托位", "二.5万",
     "2023年起实行", "2023、2024年", "一是否合规", "第一，加强领导", "1 甲", "十四五期间", "见一、", ""],
)  # fmt: skip
def test_no_label(text: str) -> None:
    """A number or an article cited in running text is no numbering."""
    assert label_at(normal(text)) is None


def test_rest_begins_after_blanks() -> None:
    """What follows a label begins at its first character that is not blank."""
    text = "1.  \u3000新建机构"
    label = label_at(text)
    assert label is not None
    assert text[label.rest :] == "新建机构"


@pytest.mark.parametrize(
    ("numeral", "value"),
    [("一", 1), ("十", 10), ("十二", 12), ("二十", 20), ("二十三", 23), ("一百零五", 105), ("一百二十", 120), ("两", 2),
     ("贰", 2), ("拾", 10), ("③", 3), ("⑳", 20), ("31-1", 31), ("07", 7), ("甲", 0), ("", 0)],
)  # fmt: skip
def test_ordinal(numeral: str, value: int) -> None:
    """A numeral of any family has its value; what is none has 0."""
    assert ordinal(numeral) == value


@pytest.mark.parametrize(
    "text",
    ["甲市关于印发托育服务方案的通知", "甲市托育机构管理办法（试行）", "甲市养老服务规划（2023—2025年）", "甲省養老服務條例",
     "《甲区方案》政策解读", "甲区“十四五”养老服务规划", "各街道任务分解表",
     "甲市残疾人就业规定（甲府发〔2024〕3号）"],
)  # fmt: skip
def test_title(text: str) -> None:
    """A line that ends in a document type (文种) is a title, with a year, a trial mark or a number behind it."""
    assert TITLE.match(normal(text))
    assert is_title(split_lines(normal(text))[0])


@pytest.mark.parametrize(
    "text",
    ["推进养老服务", "通知", "甲县印发养老服务的意见。", "加强督导:制定方案", "各单位要制定方案，并报送区民政局。", "甲|办法",
     "为什么要制定办法？"],
)  # fmt: skip
def test_no_title(text: str) -> None:
    """Running text, a table cell and a lone document type are no titles."""
    assert not TITLE.match(normal(text))


def test_numbered_heading_is_no_title() -> None:
    """A numbered line is a heading, though it ends in a document type."""
    line = split_lines("一、工作方案")[0]
    assert TITLE.match(line.text)
    assert not is_title(line)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("甲政办发〔2024〕3号", ("甲政办发", "2024", "3")),
        ("甲政办发[2020] 3 号", ("甲政办发", "2020", "3")),
        ("甲卫发【2021】12号", ("甲卫发", "2021", "12")),
        ("甲卫（2019）7 号", ("甲卫", "2019", "7")),
        ("甲发［2024］5号", ("甲发", "2024", "5")),
        ("甲老龄﹝2020﹞1号", ("甲老龄", "2020", "1")),
        ("甲府〔2024〕第3号", ("甲府", "2024", "3")),
        ("甲衛人口〔2022〕14號", ("甲卫人口", "2022", "14")),
    ],
)
def test_document_number(text: str, parts: tuple[str, str, str]) -> None:
    """A 发文字号 is read with any of the brackets that pages print."""
    found = DOCUMENT_NUMBER.search(normal(text))
    assert found is not None
    assert (found["prefix"], found["year"], found["number"]) == parts


@pytest.mark.parametrize("text", ["2024年3号", "第3号", "甲办〔24〕3号", "12号", "〔2024〕3号", "甲办〔2024〕号"])
def test_no_document_number(text: str) -> None:
    """Without an issuer's word, a four-digit year in brackets and a number there is no 发文字号."""
    assert DOCUMENT_NUMBER.search(normal(text)) is None


@pytest.mark.parametrize(
    ("text", "printed"),
    [("第三十号令", "第三十号令"), ("国务院令第262号", "国务院令第262号"), ("甲市人民政府令\n第 179 号", "甲市人民政府令\n第 179 号")],
)
def test_order_number(text: str, printed: str) -> None:
    """An order (令) is numbered without a year; a bare 第3号 is no order."""
    found = ORDER_NUMBER.search(text)
    assert found is not None and found.group() == printed
    assert ORDER_NUMBER.search("第三条") is None and ORDER_NUMBER.search("第3号") is None


@pytest.mark.parametrize(
    "text",
    ["各区人民政府，市有关单位：", "各镇街、区级有关部门：", "县直各部门:", "各區人民政府、市級有關機構：",
     "各省、自治区、直辖市人民政府，国务院各部委、各直属机构："],
)  # fmt: skip
def test_addressees(text: str) -> None:
    """A line of units that ends in a colon names the addressees (主送机关)."""
    assert ADDRESSEES.match(normal(text))


@pytest.mark.parametrize("text", ["工作目标：", "各单位", "各镇街要加强领导。各部门：", "主要做法如下：", "各单位：请落实。"])
def test_no_addressees(text: str) -> None:
    """A heading with a colon, a list without one and running text name no addressees."""
    assert not ADDRESSEES.match(normal(text))


@pytest.mark.parametrize("text", ["甲市人民政府办公室", "甲市卫生健康委员会", "甲縣民政局 甲縣財政局", "甲区残疾人服务中心"])
def test_organ(text: str) -> None:
    """A line that is nothing but names of organs is a signature."""
    assert ORGAN.match(normal(text))


@pytest.mark.parametrize("text", ["做好托育工作", "甲市教育局。", "甲市教育局2024年", "局"])
def test_no_organ(text: str) -> None:
    """A sentence about an organ is no signature."""
    assert not ORGAN.match(normal(text))


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        (DATE, "2024年12月16日", "2024年12月"),
        (DATE, "2024 年 3 月 5 日", "24年3月5日"),
        (HAN_DATE, "二〇二四年三月五日", "二十四年三月五日"),
        (HAN_DATE, "二○一九年十二月三十一日", "二〇二四年"),
        (STAMP, "2024-03-05 10:20:30", "2023-2025"),
        (STAMP, "发布时间：2024/3/5", "3/5"),
    ],
)
def test_dates(pattern, yes: str, no: str) -> None:
    """A date has a year, a month and a day."""
    assert pattern.search(normal(yes))
    assert not pattern.search(normal(no))


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("## 一、总体要求", "一、总体要求"),
        ("**（一）工作目标**", "(一)工作目标"),
        ("- 加强领导", "加强领导"),
        ("> 甲市方案", "甲市方案"),
        ("\u3000\u30001.新建机构\r", "1.新建机构"),
        ("-3岁以下", "-3岁以下"),
        ("#标签", "#标签"),
    ],
)
def test_markup_is_set_aside(raw: str, text: str) -> None:
    """White space and markdown marks around a line are no part of it; a mark needs its blank."""
    assert split_lines(normal(raw))[0].text == text


@settings(max_examples=150, deadline=None)
@given(st.text("一、（）1.甲乙。；# *-_>\u3000 \t\r\n", max_size=60))
def test_lines_are_slices(source: str) -> None:
    """Each line's offsets cut exactly its words, and there is one line for each line break and one more."""
    text = normal(source)
    lines = split_lines(text)
    assert len(lines) == text.count("\n") + 1
    for index, line in enumerate(lines):
        assert line.index == index
        assert text[line.start : line.end] == line.text
    starts = [line.start for line in lines]
    assert starts == sorted(starts)


@pytest.mark.parametrize(
    ("text", "ends"),
    [("抓好落实。", True), ("下列条件：", True), ("称为“甲。”", True), ("总体要求", False), ("甲，", False), ("", False)],
)
def test_ends_sentence(text: str, ends: bool) -> None:
    """A line that ends in a stop, inside quotation marks too, ends like running text."""
    assert split_lines(normal(text))[0].ends_sentence is ends


@pytest.mark.parametrize(("text", "label"), [("1.600", None), ("2.510%", None), ("2.建设", "2.")])
def test_a_decimal_alone_on_its_line_is_no_label(text: str, label: str | None) -> None:
    """A table that was flattened one cell a line has decimals where items have numbers."""
    found = label_at(text)
    assert (found.text if found else None) == label
