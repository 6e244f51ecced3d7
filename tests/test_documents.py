"""Which documents a place, a number or a title means, found without looking at each of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assistant.documents import Documents
from corpus.document import Document, Place
from corpus.load import parse
from corpus.normalize import normal
from corpus.places import mentions, resolve
from corpus.reading import RawSource

PLAIN = parse(RawSource("甲.txt", "实施方案\n一、目标\n到2025年建成2家托育机构。\n", "0" * 64))


def place(name: str) -> Place:
    """The place of the register with this name."""
    (found,) = resolve(mentions(name))
    return found


def held(*documents: Document) -> Documents:
    """The collection of these documents."""
    return Documents({document.document_id: document for document in documents})


def titled(*titles: str) -> Documents:
    """Documents with these titles, whose ids count from 0."""
    return held(*(replace(PLAIN, document_id=str(i), title=title) for i, title in enumerate(titles)))


def of_number(document_id: str, number: str | None) -> Document:
    """A document with this number."""
    return replace(PLAIN, document_id=document_id, document_number=number)


# ---- places ------------------------------------------------------------------------------------------------


@pytest.fixture
def nested() -> Documents:
    """One document each of 江苏省, 南京市 and 鼓楼区 (of 南京), of 广州市, and one of no place."""
    at = ("江苏省", "江苏省南京市", "江苏省南京市鼓楼区", "广东省广州市")
    return held(*(replace(PLAIN, document_id=name, place=place(name)) for name in at), replace(PLAIN, document_id="无"))


@pytest.mark.parametrize(
    ("name", "own", "inside", "holding", "matching"),
    [
        ("江苏省", ["江苏省"], ["江苏省南京市", "江苏省南京市鼓楼区"], [], ["江苏省"]),
        ("江苏省南京市", ["江苏省南京市"], ["江苏省南京市鼓楼区"], ["江苏省"], ["江苏省南京市"]),
        ("江苏省南京市鼓楼区", ["江苏省南京市鼓楼区"], [], ["江苏省", "江苏省南京市"], ["江苏省南京市鼓楼区"]),
        ("江苏省苏州市", [], [], ["江苏省"], ["江苏省"]),
        ("广东省", [], ["广东省广州市"], [], ["广东省广州市"]),
        ("福建省福州市鼓楼区", [], [], [], []),
    ],
)
def test_documents_are_found_by_their_place(
    nested: Documents, name: str, own: list[str], inside: list[str], holding: list[str], matching: list[str]
) -> None:
    """A place has its own documents; those below and those above it are told apart, and stand in where it has none."""
    asked = place(name)
    assert (nested.of(asked), nested.inside(asked), nested.holding(asked)) == (own, inside, holding)
    assert nested.matching([asked]) == matching


def test_several_places_match_each_document_once(nested: Documents) -> None:
    """苏州 and 无锡 both rest on the province, whose document comes once; the order is that of the asking."""
    asked = [place("江苏省苏州市"), place("广州市"), place("江苏省无锡市")]
    assert nested.matching(asked) == ["江苏省", "广东省广州市"]


def test_places_and_their_short_names(nested: Documents) -> None:
    """A place is known by its short name, which needs the corpus only where it has several bearers (鼓楼)."""
    again = Documents({**nested.by_id, "又": replace(PLAIN, document_id="又", place=place("广东省广州市"))})
    assert again.places() == [place(name) for name in ("江苏省", "江苏省南京市", "江苏省南京市鼓楼区", "广东省广州市")]
    assert again.gazetteer.names == ("鼓楼",)
    assert again.of(place("广东省广州市")) == ["广东省广州市", "又"]


@pytest.mark.parametrize(
    ("facts", "national"),
    [
        ({"issuers": ("国务院办公厅",)}, True),
        ({"issuers": ("国家卫生健康委",)}, True),
        ({"issuers": ("財政部",)}, True),
        ({"document_number": "国卫人口发〔2021〕38号"}, True),
        ({"title": "中华人民共和国人口与计划生育法"}, True),
        ({"issuers": ("某某集团有限公司",)}, False),
        ({"issuers": ("组织部",)}, False),
        ({"document_number": "集团发〔2024〕1号"}, False),
        ({"issuers": ("国务院办公厅",), "place": place("广州市")}, False),
        ({}, False),
    ],
)
def test_only_what_the_state_issued_holds_everywhere(facts: dict[str, object], national: bool) -> None:
    """A document without a place is national where its issuer, number or title is of the central state, and only then."""
    one = held(replace(PLAIN, document_id="甲", **facts))  # type: ignore[arg-type]
    assert one.national == (["甲"] if national else [])
    assert one.placeless == ([] if "place" in facts else ["甲"])


# ---- numbers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("渝北府办发〔2024〕6号", ["六"]),
        ("渝北府办发[2024]6号第13条", ["六"]),
        ("渝北府办发【2024】6号", ["六"]),
        ("重庆市渝北府办发（2024）6号", ["六"]),
        ("渝北府办发〔2024〕66号", []),
        ("渝北府办发〔2023〕6号", []),
        ("府办发〔2024〕6号", []),
        ("国家主席令第179号", ["令"]),
        ("", []),
    ],
)
def test_documents_are_found_by_their_number(asked: str, found: list[str]) -> None:
    """Brackets of any kind are one; the whole number must be named; a number without a year counts as it stands."""
    documents = held(
        of_number("六", "渝北府办发〔2024〕6号"), of_number("十六", "渝北府办发〔2024〕16号"),
        of_number("无", None), of_number("令", "主席令第179号"),
    )  # fmt: skip
    assert documents.numbered(asked) == found


# ---- titles ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quoted", "found"),
    [
        (["托育机构设置标准(试行)"], ["0"]),
        (["托育机构设置标准"], ["0"]),
        (["甲市托育机构设置标准(试行)的通知"], ["0"]),
        (["托育机构"], ["0", "1"]),
        (["托育 机构 管理 规范"], ["1"]),
        (["托育"], []),
        ([], []),
    ],
)
def test_documents_are_found_by_a_quoted_title(quoted: list[str], found: list[str]) -> None:
    """《…》 finds the title it is part of and the title that is part of it; under four characters it finds none."""
    assert titled("托育机构设置标准（试行）", "托育机构管理规范").titled(quoted) == found


@pytest.mark.parametrize(
    ("titles", "text", "found"),
    [
        (["中华人民共和国人口与计划生育法"], "人口与计划生育法有哪些奖励", ["0"]),
        (["中华人民共和国人口与计划生育法"], "计划生育法有哪些奖励", ["0"]),  # 5 characters of a law
        (["中华人民共和国人口与计划生育法"], "生育法有哪些奖励", []),  # 3 are too few
        (["中华人民共和国人口与计划生育法"], "人口与计划有哪些", []),  # the end of a title counts, not its middle
        (["甲省学前教育条例"], "学前教育条例怎么规定", ["0"]),
        (["关于甲区托育服务实施方案"], "托育服务实施方案里谁牵头", ["0"]),  # 8 of another document
        (["关于甲区托育服务实施方案"], "服务实施方案里谁牵头", []),
        (["甲省人口与计划生育条例", "乙省人口与计划生育条例"], "乙省人口与计划生育条例的规定", ["1"]),  # the longest end
        (["甲省人口与计划生育条例", "乙省人口与计划生育条例"], "人口与计划生育条例的规定", ["0", "1"]),
        (["托育机构设置标准（试行）"], "托育机构设置标准有哪些", ["0"]),  # what stands in parentheses is not spoken
        (["托育机构设置标准（试行）"], "“托育机构”设置 标准有哪些", ["0"]),
        (["甲市托育实施方案", "甲市托育实施方案"], "甲市托育实施方案", ["0", "1"]),  # one title, two documents
        (["甲市托育实施方案"], "", []),
        ([], "甲市托育实施方案", []),
    ],
)
def test_a_title_is_spelled_out_by_its_end(titles: list[str], text: str, found: list[str]) -> None:
    """A text means the documents of the longest title's end that it spells, if that end is long enough to be a name."""
    assert titled(*titles).spelled(text) == found


def scanned(titles: Sequence[str], text: str) -> list[str]:
    """What `spelled` gives, by comparing every title with every place of the text."""
    bare = re.sub(r"[\s“”]", "", text)
    best, found = 0, []
    for number, title in enumerate(titles):
        spoken = re.sub(r"\([^()]*\)|[\s“”]", "", re.sub(r"\s+", "", normal(title)))
        own = 0
        for end in range(1, len(bare) + 1):
            shared = 0
            while shared < min(end, len(spoken)) and bare[end - 1 - shared] == spoken[-1 - shared]:
                shared += 1
            if shared >= (5 if bare[:end].endswith(("法", "条例")) else 8):
                own = max(own, shared)
        if own > best:
            best, found = own, []
        if own and own == best:
            found.append(str(number))
    return found


WORDS = st.lists(st.sampled_from(["甲市", "乙省", "托育", "服务", "人口与", "计划", "生育", "条例", "法", "实施", "方案", "（试行）", "的", " "]), max_size=9)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(WORDS.map("".join), max_size=12), WORDS.map("".join), WORDS.map("".join), st.integers(0, 11))
@example(["甲市托育服务方案", "乙省托育服务方案"], "", "的", 1)
def test_the_spelled_are_those_that_a_plain_scan_finds(titles: list[str], before: str, after: str, which: int) -> None:
    """Looking up ends in order finds what comparing every title with every place of the text finds."""
    text = normal(before + (titles[which % len(titles)] if titles else "") + after)
    assert titled(*titles).spelled(text) == scanned(titles, text)
