"""What a statement says, atom by atom: one spelling for each, and nothing taken for what it is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.atoms import (
    ARTICLE,
    DATE,
    FIGURE,
    NEGATION,
    PATH,
    PLACED,
    PLAN,
    QUOTED,
    TITLE,
    YEAR,
    Atom,
    AtomKind,
    atoms_in,
    label_key,
    number_key,
)
from corpus.normalize import normal


def said(text: str, kind: AtomKind) -> list[Atom]:
    """The atoms of a kind in a text as written."""
    return [atom for atom in atoms_in(normal(text)) if atom.kind is kind]


def numbers(text: str) -> list[tuple[tuple[object, ...], str, str]]:
    """Key, unit and per-unit of each figure."""
    return [(atom.key, atom.unit, atom.per) for atom in said(text, AtomKind.NUMBER)]


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("4.5個", "4.5个"),
        ("1万元", "10000元"),
        ("四点五个", "4.5个"),
        ("三千元", "3,000元"),
        ("百分之五十", "５０％"),
        ("二分之一", "1:2"),
        ("12万个", "120000个"),
        ("5个工作日", "5工作日"),
        ("10㎡", "10平方米"),
        ("3—5年", "3-5年"),
    ],
)
def test_two_spellings_of_a_figure_are_one(text: str, other: str) -> None:
    """Scripts, widths, scales and Han numerals are led back to one key with one unit."""
    assert numbers(text) == numbers(other) != []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("3000元/托位", [((3000.0,), "元", "托位")]),
        ("国家级10万元/家", [((100000.0,), "元", "家")]),
        ("为期3-5年", [((3.0, 5.0), "年", "")]),
        ("按2:8分担", [(("ratio", 2.0, 8.0), "", "")]),
        ("分别达到30%和60%", [((30.0,), "%", ""), ((60.0,), "%", "")]),
        ("进一步统一标准", []),
        ("2024年12月16日", []),
        ("渝北府办发〔2024〕6号", []),
        ("《规划(2021-2030年)》", []),
        ("第十六条", []),
        ("到2025年", []),
    ],
)
def test_a_figure_has_its_unit_and_what_is_no_figure_has_none(
    text: str, found: list[tuple[tuple[object, ...], str, str]]
) -> None:
    """Numbers within dates, titles, document numbers and labels are part of those."""
    assert numbers(text) == found


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("不低于60%", ["min"]),
        ("60%以上", ["min"]),
        ("最高不超过45万元", ["max"]),
        ("7万人左右", ["about"]),
        ("超过30%", ["above"]),
        ("低于10元", ["below"]),
        ("补助3000元", []),
    ],
)
def test_a_figure_has_its_marks(text: str, marks: list[str]) -> None:
    """不低于 and 以上 are one mark, 低于 is another; each knows the figure it belongs to."""
    found = said(text, AtomKind.COMPARATOR)
    assert [atom.key[0] for atom in found] == marks
    assert all(atom.of == said(text, AtomKind.NUMBER)[0].start for atom in found)


@pytest.mark.parametrize(
    ("kind", "text", "keys"),
    [
        (AtomKind.YEAR, "2024、2025年", [(2024.0,), (2025.0,)]),
        (AtomKind.YEAR, "“十四五”期末", [(2025.0,)]),
        (AtomKind.DATE, "2024年12月31日", [(2024.0, 12.0, 31.0)]),
        (AtomKind.DATE, "二〇二四年十二月三十一日", [(2024.0, 12.0, 31.0)]),
        (AtomKind.DOCUMENT, "渝北府办发[2024]6号", [("渝北府办发〔2024〕6号",)]),
        (AtomKind.CLAUSE, "第十六条", [("16条",)]),
        (AtomKind.CLAUSE, "二（三）11", [("二三11",)]),
        (AtomKind.QUOTATION, "《托育办法》和“家门口”", [("托育办法",), ("家门口",)]),
        (AtomKind.NEGATION, "不得收费，不享受补助，除外", [("not",)] * 3),
        (AtomKind.NEGATION, "不断完善，不低于60%，未来", []),
        (AtomKind.PLACE, "渝北区和大兴区", [("重庆市/渝北区",), ("北京市/大兴区",)]),
    ],
)
def test_every_kind_is_read(kind: AtomKind, text: str, keys: list[tuple[object, ...]]) -> None:
    """One example of each kind, and words that only look like a negation."""
    found = [atom.key for atom in said(text, kind)]
    assert [tuple("/".join(k.split("/")[-2:]) if isinstance(k, str) and "/" in k else k for k in key) for key in found] == [
        tuple("/".join(k.split("/")[-2:]) if isinstance(k, str) and "/" in k else k for k in key) for key in keys
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        (FIGURE, "3000元", "进一步"),
        (YEAR, "2025年", "2025个"),
        (PLAN, "十四五时期", "十四五个"),
        (DATE, "12月31日", "12个月"),
        (ARTICLE, "第十六条", "第一批"),
        (PATH, "二(三)11", "(三)"),
        (PLACED, "附件1第5行", "附件"),
        (TITLE, "《托育办法》", "“托育”"),
        (QUOTED, "“托育”", "《托育办法》"),
        (NEGATION, "不得", "不断"),
    ],
)
def test_a_pattern_takes_the_one_and_leaves_the_other(pattern, yes: str, no: str) -> None:
    """Each pattern with an example of either side."""
    assert pattern.search(yes)
    if pattern is PLACED:
        assert pattern.search(no).group() == no
    else:
        assert not pattern.search(no)


@given(st.integers(1, 9_999_999), st.sampled_from(["元", "个", "人", "%", "家"]))
def test_a_number_is_itself_however_it_is_set(value: int, unit: str) -> None:
    """Separators and full-width digits change nothing."""
    wide = "".join(chr(ord(c) + 0xFEE0) for c in str(value))
    assert numbers(f"{value}{unit}") == numbers(f"{value:,}{unit}") == numbers(f"{wide}{unit}") == [((float(value),), unit, "")]


@given(st.text(max_size=80))
def test_atoms_stand_where_they_say(text: str) -> None:
    """Any text is read; every atom lies in it, in order."""
    folded = normal(text)
    found = atoms_in(folded)
    assert [atom.start for atom in found] == sorted(atom.start for atom in found)
    assert all(0 <= atom.start < atom.end <= len(folded) for atom in found)


def test_labels_and_numbers_have_one_spelling() -> None:
    """第十六条 is 第16条; brackets and blanks of a document number do not count."""
    assert label_key("第十六条") == label_key("第16条") == "16条"
    assert label_key("二、(三)11") == "二三11"
    assert number_key("京政发 [2024] 第11号") == "京政发〔2024〕11号"
