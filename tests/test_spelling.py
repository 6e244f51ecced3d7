"""Words typed by their sound are read as the corpus writes them, and a right question is never changed."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.assistant import Assistant
from assistant.settings import Settings
from assistant.spelling import LONGEST, Change, Spelling, _alike, _toneless
from corpus.document import Place
from corpus.normalize import to_traditional
from corpus.places import Gazetteer
from indexing.lexical import LexicalIndex, WordCutter

DATASET = Path(__file__).parent.parent / "eval" / "datasets" / "policy_qa.jsonl"
TEXTS = (
    "对纳入备案管理的普惠性托育机构给予开园激励性奖补",
    "幼儿园开设托班，托位数达到2万个，新增托位不少于1万个",
    "街道应当在9个工作日内完成初审",
    "育儿补贴按年发放，育儿补贴标准为每孩每年3600元",
    "区民政局负责登记，镇政府配合",
) * 5
DAWA = Place("大洼区", "county", ("辽宁省", "盘锦市", "大洼区"))


@pytest.fixture(scope="module")
def spelling() -> Spelling:
    """A spelling over a few lines of policy."""
    return over(TEXTS)


@cache
def over(texts: tuple[str, ...]) -> Spelling:
    """A spelling over `texts`."""
    return Spelling(LexicalIndex.from_texts(texts, WordCutter(("托位数",))), Gazetteer([DAWA]))


@pytest.mark.parametrize(
    ("asked", "read", "changes"),
    [
        ("广州托玉机构想备案", "广州托育机构想备案", [("托玉机构", "托育机构")]),
        ("渝北的开园奖捕谁牵头", "渝北的开园奖补谁牵头", [("奖捕", "奖补")]),
        ("要开多少个幼儿园拖班，拖位一共多少？", "要开多少个幼儿园托班，托位一共多少？", [("拖班", "托班"), ("拖位", "托位")]),
        ("千人口拖位数多少", "千人口托位数多少", [("拖位数", "托位数")]),
        ("上海街道出审要几个工作日？", "上海街道初审要几个工作日？", [("出审", "初审")]),
        ("要领补帖", "要领补贴", [("补帖", "补贴")]),
    ],
)
def test_a_word_typed_by_its_sound_is_read_as_meant(
    spelling: Spelling, asked: str, read: str, changes: list[tuple[str, str]]
) -> None:
    """One wrong character of the right sound becomes the corpus's own, and what was changed is told."""
    spelled = spelling.read(asked)
    assert spelled.text == read
    assert [(change.typed, change.read) for change in spelled.changes] == changes


def test_the_change_is_told_in_the_askers_script(spelling: Spelling) -> None:
    """A Traditional question stays Traditional, full-width signs and all, but for the character put right."""
    spelled = spelling.read("開園獎捕多少錢？２０２５年")
    assert spelled.text == "開園獎補多少錢？２０２５年"
    assert spelled.changes == (Change("獎捕", "獎補"),)


@pytest.mark.parametrize(
    "asked",
    [
        "开园奖补由谁牵头？",
        "创建成市级示范单位奖多少",
        "在质物上设定质权的义务",
        "《托玉机构办法》怎么说",
        "什么叫“奖捕”",
        "大洼区有几个镇",
        "一期两期三期",
        "吕志兴为何在大埔有很多粉丝？",
        "APP怎么用",
        "",
    ],
)
def test_a_right_question_stays_as_it_is(spelling: Spelling, asked: str) -> None:
    """What the corpus or the dictionary knows, what is quoted, places, numerals and names are not changed."""
    spelled = spelling.read(asked)
    assert (spelled.text, spelled.changes) == (asked, ())


def test_what_the_corpus_holds_is_not_changed() -> None:
    """出审 stands in 提出审核: where the corpus holds that, it is not read as 初审."""
    spelling = over((*TEXTS, "由街道提出审核意见"))
    assert spelling.read("街道出审要几天").changes == ()


def test_a_pasted_text_is_not_searched_for_slips(spelling: Spelling) -> None:
    """Neither a long text nor one that is full of them is changed."""
    for text in ("托玉" * LONGEST, "奖捕，" * 20):
        assert spelling.read(text).text == text


@given(st.text(alphabet="托玉育奖捕补班位拖贴帖初出审机构的是在2０，“”《》 區", max_size=40))
def test_only_characters_change(text: str) -> None:
    """Any text keeps its length: one character stands for another, nothing is added or lost."""
    spelled = over(TEXTS).read(text)
    assert len(spelled.text) == len(text)
    assert bool(spelled.changes) == (spelled.text != text)


def test_sounds_are_compared_without_tones() -> None:
    """玉 and 育 sound alike, 行 counts as háng too, and lü is not lu."""
    assert "育" in _alike("玉") and "行" in _alike("航") and "玉" not in _alike("玉")
    assert (_toneless("bǔ"), _toneless("lǜ")) == ("bu", "lü")
    assert _alike("A") == ""


def test_no_question_of_the_dataset_is_changed(built_home: Path) -> None:
    """All questions of the evaluation, in both scripts, are read as they stand."""
    lexical = LexicalIndex.open(Settings(built_home).snapshot / "lexical")
    spelling = Spelling(lexical)
    cases = [json.loads(line) for line in DATASET.read_text(encoding="utf-8").splitlines()]
    asked = [text for case in cases for text in (case["question"], *case.get("history", ()))]
    assert [text for text in asked if spelling.read(text).changes] == []
    assert [text for text in asked if spelling.read(to_traditional(text)).changes] == []


def test_the_answer_says_how_it_was_read(built_home: Path) -> None:
    """The answer keeps the question as asked, and opens with what was read for what; history is put right too."""
    assistant = Assistant.open(Settings(built_home))
    try:
        answer = assistant.ask("渝北開園獎捕每個托位多少錢？")
        right = assistant.ask("渝北開園獎補每個托位多少錢？")
        after = assistant.ask("由谁牵头？", ["渝北开园奖捕多少钱？"])
        same = assistant.ask("由谁牵头？", ["渝北开园奖补多少钱？"])
    finally:
        assistant.close()
    assert answer.question == "渝北開園獎捕每個托位多少錢？"
    assert answer.clarification == "按“獎補”理解“獎捕”。"
    assert answer.answer == f"{answer.clarification}\n{right.answer}"
    assert (after.answer, after.clarification) == (same.answer, None)
