"""Questions that ask several things: taken apart, answered part by part, put together again."""

from __future__ import annotations

import pytest

from assistant.answer import Status
from assistant.assistant import Assistant
from assistant.draft import Line
from assistant.parts import MOST, merged, parts
from assistant.question import Ask, understand
from corpus.document import Clause
from corpus.load import parse
from corpus.places import Gazetteer, mentions, resolve
from corpus.reading import RawSource

KNOWN = Gazetteer(resolve(mentions("北京市大兴区")))


@pytest.mark.parametrize(
    ("text", "subjects"),
    [
        ("渝北区开园奖补多少钱？运营补贴多少钱？", ["开园奖补", "运营补贴"]),
        ("渝北区开园奖补多少钱，运营补贴多少钱", ["开园奖补", "运营补贴"]),
        ("渝北区开园奖补多少钱；运营补贴多少钱；租金补助多少钱", ["开园奖补", "运营补贴", "租金补助"]),
        ("渝北区健康管理率和科学育儿指导率各要多少？", ["健康管理率", "科学育儿指导率"]),
        ("渝北区健康管理率与科学育儿指导率分别是多少？", ["健康管理率", "科学育儿指导率"]),
        ("渝北区租金补助、运营补助各是多少？", ["租金补助", "运营补助"]),
        ("渝北区一级托育机构和二级托育机构一共多少家？", ["一级托育机构", "二级托育机构"]),
    ],
)
def test_a_question_is_taken_apart_where_it_asks_again(text: str, subjects: list[str]) -> None:
    """Marks between what asks, and 和 … 各 between things of one kind, make parts; the place holds for all of them."""
    found = parts(understand(text, KNOWN), KNOWN)
    assert len(found) == len(subjects)
    for part, subject in zip(found, subjects, strict=True):
        assert subject in part.normal
        assert [place.name for place in part.places] == ["渝北区"]


@pytest.mark.parametrize(
    ("text", "subjects"),
    [
        ("助餐点和孝老驿站分别几个？", ["助餐点", "孝老驿站"]),  # of two kinds, but asked for each
        ("助餐点和孝老驿站各要求几个？", ["助餐点", "孝老驿站"]),
        ("“银龄食堂”和“孝老驿站”的补助标准差多少？", ["“银龄食堂”的补助标准", "“孝老驿站”的补助标准"]),
        ("“银龄食堂”和“孝老驿站”有什么区别？", ["“银龄食堂”", "“孝老驿站”"]),
        ("高风险和中风险的检查频次有什么不同？", ["高风险的检查频次", "中风险的检查频次"]),  # they end alike
        ("新建养老院和新建食堂的补助标准相差多少？", ["新建养老院的补助标准", "新建食堂的补助标准"]),  # they begin alike
    ],
)
def test_what_is_asked_of_each_and_what_is_compared_is_asked_of_the_one_and_the_other(
    text: str, subjects: list[str]
) -> None:
    """A和B分别几 and a comparison of two things, quoted or named alike, ask the same twice."""
    found = parts(understand(text), [])
    assert len(found) == 2
    for part, subject in zip(found, subjects, strict=True):
        assert subject in part.normal


@pytest.mark.parametrize(
    "text",
    [
        "闵行区和徐汇区的补助标准相差多少？",
        "渝北和广州的补助标准有什么不同？",
        "大兴和大洼分别几个？",
        "“上海市”和“重庆市”的补助标准差多少？",
        "食堂和养老院的补助标准有什么区别？",  # neither alike nor quoted
        "“银龄食堂”和“孝老驿站”的补助标准一样，对吗？",  # a claim
    ],
)
def test_places_and_things_of_two_kinds_are_not_compared_by_parts(text: str) -> None:
    """Places are set side by side elsewhere; things that nothing marks as two of a kind may be one name; a claim is
    judged whole."""
    known = Gazetteer([*KNOWN.held, *resolve(mentions("辽宁省盘锦市大洼区"))])
    assert parts(understand(text, known), known) == []


def test_no_part_asks_for_what_another_does() -> None:
    """健康管理率 is not asked for in the part of 科学育儿指导率, nor the other way round."""
    first, second = parts(understand("渝北区健康管理率和科学育儿指导率各要多少？"), [])
    assert "指导率" not in first.normal and "管理率" not in second.normal


def test_a_part_is_read_with_those_before_it() -> None:
    """由谁牵头 asks for the lead of what was asked about before; what leads up to a question stays with it."""
    first, second = parts(understand("我在渝北区，开园奖补多少钱？由谁牵头？"), [])
    assert first.wants(Ask.MONEY) and not first.wants(Ask.LEAD) and "我在渝北区" in first.normal
    assert second.wants(Ask.LEAD) and "开园奖补" in second.normal
    assert [place.name for place in second.places] == ["渝北区"]


@pytest.mark.parametrize(
    "text",
    [
        "渝北区开园奖补多少钱？",
        "我在渝北区，想办托育园，开园奖补多少钱？谢谢。",
        "渝北、大兴、广州的千人口托位数各是多少？",  # places are not taken apart
        "渝北和广州的千人口托位数各是多少？",
        "大兴、广州的要求分别是什么？",
        "渝北区开园奖补是5000元，由谁牵头，对吗？",  # a claim
        "渝北区哪个街道托位最多？哪个最少？",  # a comparison
        "渝北府办发〔2024〕6号第11条说什么？由谁牵头？",  # a document is named
        "补多少钱？谁牵头？什么条件？多久？在哪里申请？",  # more than `MOST`
        "渝北区开园奖补多少钱？由谁牵头？" + "啊" * 200,
    ],
)
def test_what_asks_one_thing_stays_whole(text: str) -> None:
    """One question, places side by side, claims, comparisons, named documents, and too many or too long: no parts."""
    assert parts(understand(text, KNOWN), KNOWN) == []


def test_as_many_parts_as_allowed() -> None:
    """Four questions are four parts."""
    assert len(parts(understand("补多少钱？谁牵头？什么条件？多久？"), [])) == MOST


# ---- put together ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def clauses() -> tuple[Clause, ...]:
    """Two clauses."""
    return parse(RawSource("甲.txt", "方案\n一、开园。补3000元。\n二、运营。补700元。\n", "0" * 64)).clauses


@pytest.mark.parametrize(
    ("groups", "kept"),
    [
        ([[("补3000元", 0)], [("补700元", 1)]], ["补3000元", "补700元"]),
        ([[("补3000元", 0)], [("补3000元", 0)]], ["补3000元"]),
        ([[("补3000元", 0)], [("开园补3000元", 0)]], ["开园补3000元"]),
        ([[("开园补3000元", 0)], [("补3000元", 0)]], ["开园补3000元"]),
        ([[("补3000元", 0)], [("开园补3000元", 1)]], ["补3000元", "开园补3000元"]),  # of another clause
        ([[], [("补700元", 1)], []], ["补700元"]),
        ([], []),
    ],
)
def test_what_is_told_already_is_left_out(
    clauses: tuple[Clause, ...], groups: list[list[tuple[str, int]]], kept: list[str]
) -> None:
    """A line that another of the same clause says too is dropped, wherever it stands; the order stays."""
    lines = merged([[Line(text, [clauses[number]]) for text, number in group] for group in groups])
    assert [line.text for line in lines] == kept


# ---- over the bundled documents ----------------------------------------------------------------------------


def test_every_part_is_answered(assistant: Assistant) -> None:
    """The amount, then the other amount, each with its clause."""
    answer = assistant.ask("渝北区开园奖补多少钱？托大班运营补贴多少钱？")
    assert answer.status is Status.ANSWERED
    assert answer.answer.index("3000元") < answer.answer.index("700元")
    assert [c.clause.path for c in answer.citations] == ["二/(三)/11", "二/(三)/12"]


def test_a_part_without_an_answer_takes_none_away(assistant: Assistant) -> None:
    """What one part finds is said, and that the other is not in the documents; the answer counts as partial."""
    text = "渝北区开园奖补多少钱？装修补助多少钱？"
    assert len(parts(understand(text), [])) == 2
    assert assistant.ask("渝北区装修补助多少钱？").status is Status.NOT_FOUND
    answer = assistant.ask(text)
    assert answer.status is Status.PARTIAL
    assert "3000元/托位" in answer.answer
    assert answer.answer.endswith("其余所问，现有文件中没有查到。")


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("到2025年重点任务有几项？分别是哪些？", True),
        ("到2025年重点任务有几项？都有哪几项？", True),
        ("到2025年重点任务有几项？开园奖补多少钱？", False),
        ("到2025年重点任务有几项？由哪些单位负责？", False),
    ],
)
def test_which_they_are_is_asked_with_how_many(text: str, whole: bool) -> None:
    """有几项？分别是哪些？ is one thing asked; what has a subject of its own is another."""
    assert (parts(understand(text), []) == []) is whole


@pytest.mark.parametrize("text", ["从2021年底到十四五末护理床位还要增加多少张？", "护理床位2021年底的数和十四五末的目标相差多少？"])
def test_the_end_of_a_plan_is_a_year_that_is_compared(text: str) -> None:
    """The one year and the year in which the plan ends are asked about one by one, each with the subject."""
    found = parts(understand(text), [])
    assert [part.years for part in found] == [(2021,), (2025,)]
    assert all("护理床位" in part.normal for part in found)
