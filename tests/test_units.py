"""Who does what: names of units and their abbreviations, lists from the store, statements about a clause."""

from __future__ import annotations

import pytest

from assistant.question import understand
from assistant.units import (
    Units,
    asks_for_list,
    canonical,
    rule_clause,
    unit_statement,
)
from corpus.document import Clause, ClauseKind, Part, Span, UnitRule

YUBEI, DAWA = "渝北府办发〔2024〕6号", "大政办发〔2023〕33号"
NAMES = ["区财政局", "区卫生健康委", "区教委", "区总工会", "各镇街", "区卫生健康局", "区教育局"]


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("区卫生健康委", ("卫健委", "市卫生健康委", "渝北区卫生健康委", "区卫生健康局", "卫健局")),
        ("区教委", ("教育局", "区教育局", "渝北区教委")),
        ("区财政局", ("财政局", "市财政局", "渝北区财政局", "區財政局", "区 财 政 局")),
    ],
)
def test_the_names_of_an_organ_have_one_canonical_name(name: str, others: tuple[str, ...]) -> None:
    """Rank, place, script, blanks and abbreviation do not make another organ."""
    assert {canonical(other) for other in others} == {canonical(name)}


@pytest.mark.parametrize(
    ("one", "other"), [("区财政局", "区教委"), ("区总工会", "区妇联"), ("各镇街", "区财政局")]
)
def test_different_organs_stay_apart(one: str, other: str) -> None:
    """No two organs share a canonical name."""
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("渝北区教委牵头哪些任务", ["区教委"]),
        ("渝北卫健委牵头哪些任务", ["区卫生健康委"]),
        ("区财政局和区总工会谁牵头", ["区财政局", "区总工会"]),
        ("區財政局牽頭哪些任務", ["区财政局"]),
        ("开园奖补由谁牵头", []),
    ],
)
def test_units_are_found_in_a_question(text: str, found: list[str]) -> None:
    """The units of the corpus that a question names, however it writes them."""
    named = Units(NAMES).named(understand(text))
    assert {unit.canonical for unit in named} == {canonical(name) for name in found}
    assert all(unit.words in understand(text).normal for unit in named)


def test_a_longer_name_is_not_found_again_inside() -> None:
    """区卫生健康委 is one unit, not 卫生健康委 and another within it."""
    assert len(Units([*NAMES, "卫生健康委"]).named(understand("区卫生健康委牵头哪些任务"))) == 1


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("区教委牵头的任务有哪些？", True),
        ("区总工会牵头哪些工作？", True),
        ("区教委负责什么？", True),
        ("区教委一共牵头几项？", True),
        ("区教委牵头的事儿一共有哪几件？", True),
        ("区教委参与负责的是哪几项？", True),
        ("区教委牵头的活儿总共有多少？", True),
        ("开园奖补的责任单位是哪几个？", False),
        ("开园奖补由谁牵头？", False),
        ("开园奖补的牵头单位是区教委吗？", False),
    ],
)
def test_the_tasks_of_a_unit_are_told_from_the_unit_of_a_task(text: str, wanted: bool) -> None:
    """牵头哪些任务 asks for a list, 由谁牵头 for a unit."""
    assert asks_for_list(understand(text)) is wanted


@pytest.fixture(scope="module")
def store(built_home):
    """The store of the bundled index."""
    from assistant.settings import Settings
    from indexing.store import Store

    opened = Store(Settings(built_home).snapshot / "corpus.sqlite")
    yield opened
    opened.close()


@pytest.mark.parametrize("role", ["lead", "responsible", None])
def test_the_clauses_of_a_unit_are_complete_and_in_order(store, bundled_documents, role: str | None) -> None:
    """Every clause whose lists hold the unit in that role, in the order of the document."""
    (document,) = (d for d in bundled_documents if d.document_id == YUBEI)
    lists = {
        "lead": lambda c: c.lead_units,
        "responsible": lambda c: c.responsible_units,
        None: lambda c: (*c.lead_units, *c.responsible_units),
    }
    expected = [c.clause_id for c in document.clauses if "区教委" in lists[role](c)]
    found = store.clauses_of_units(Units(store.unit_names()).printed(canonical("区教委")), role, [YUBEI])
    assert [clause.clause_id for clause in found] == expected != []


def test_without_documents_the_whole_corpus_is_searched(store) -> None:
    """A unit's tasks in several places come in corpus order, each clause once."""
    names = Units(store.unit_names()).printed(canonical("区卫生健康委"))
    found = [clause.clause_id for clause in store.clauses_of_units(names)]
    order = store.clause_ids()
    assert found == sorted(set(found), key=order.index)
    assert len({clause_id.split(":")[0] for clause_id in found}) > 1


def test_an_unknown_unit_has_no_clauses(store) -> None:
    """No clause is invented for an organ the corpus does not name."""
    assert Units(store.unit_names()).printed("月球事务局") == []
    assert store.clauses_of_units(["月球事务局"]) == []


def clause(rule: UnitRule, leads: tuple[str, ...], others: tuple[str, ...]) -> Clause:
    """A clause with these units."""
    return Clause(
        "测:一",
        "测",
        ClauseKind.ITEM,
        Part.BODY,
        "一",
        "一",
        None,
        (),
        "一、测。",
        Span(0, 4),
        leads,
        others,
        rule,
    )


@pytest.mark.parametrize(
    ("rule", "leads", "others", "asking", "said"),
    [
        (UnitRule.STATED, ("甲局", "乙委"), ("丙局",), "由谁牵头？", "牵头单位：甲局、乙委"),
        (UnitRule.STATED, ("甲局",), ("丙局", "丁办"), "责任单位有哪些？", "责任单位：丙局、丁办"),
        (UnitRule.STATED, ("甲局",), ("丙局",), "牵头单位和责任单位是谁？", "牵头单位：甲局；责任单位：丙局"),
        (UnitRule.STATED, ("甲局",), (), "牵头单位和责任单位是谁？", "牵头单位：甲局"),
        (
            UnitRule.FIRST_LISTED,
            ("甲局",),
            ("甲局", "乙委"),
            "由谁牵头？",
            "牵头单位：甲局（按文件规定，责任单位中列第一位的为牵头单位）",
        ),
        (UnitRule.FIRST_LISTED, ("甲局",), ("甲局", "乙委"), "责任单位有哪些？", "责任单位：甲局、乙委"),
        (
            UnitRule.UNDISTINGUISHED,
            (),
            ("甲局", "乙委"),
            "由谁牵头？",
            "文件没有区分牵头单位，只列出责任单位：甲局、乙委",
        ),
        (UnitRule.UNDISTINGUISHED, (), ("甲局", "乙委"), "责任单位有哪些？", "责任单位：甲局、乙委"),
    ],
)
def test_units_are_stated_by_the_rule_that_holds(
    rule: UnitRule, leads: tuple[str, ...], others: tuple[str, ...], asking: str, said: str
) -> None:
    """A lead is named only where the document names one, or says that the first listed is one."""
    assert unit_statement(clause(rule, leads, others), understand(asking)) == said


def test_the_rule_for_the_first_listed_is_found_where_it_stands(store) -> None:
    """大洼 says it in 三（一）1, 渝北 nowhere."""
    found = rule_clause(store, store.document(DAWA))
    assert found is not None
    assert found.clause_id == f"{DAWA}:三/(一)/1"
    assert rule_clause(store, store.document(YUBEI)) is None


@pytest.mark.parametrize(("printed", "said"), [("配合单位", "配合单位：区教委"), ("参与部门", "参与部门：区教委"), ("责任单位", "责任单位：区教委")])
def test_those_who_do_not_lead_are_called_what_the_document_calls_them(printed: str, said: str) -> None:
    """配合单位 are no 责任单位."""
    from corpus.load import parse
    from corpus.reading import RawSource

    text = f"甲区托育服务方案\n一、奖补。对托育机构给予奖补。（牵头单位：区财政局；{printed}：区教委）\n二、监管。强化监管。（牵头单位：区教委）\n"
    clause = next(c for c in parse(RawSource("甲.txt", text, "0" * 64)).clauses if c.path == "一")
    assert unit_statement(clause, understand("奖补由谁负责？")) == f"牵头单位：区财政局；{said}"
