"""The mutation test of the verifier: what it changes is wrong by construction, and what it counts is right."""

from __future__ import annotations

import hashlib

import pytest

from assistant.units import Units
from assistant.verification import Verifier
from corpus.document import Document
from corpus.load import parse
from corpus.normalize import normal
from corpus.reading import RawSource
from eval.verifier import KINDS, Case, Mutator, drawn, measure, restated, sentence_cases, table

PLAN = """渝北区托育服务补助办法
第一条　对托育机构给予奖补：国家级示范机构奖励10万元；市级示范机构奖励5万元。
第二条　到2025年，千人口托位数达到4.5个以上，普惠托位占比不低于60%。
第三条　渝北区幼儿园不得收取与入托挂钩的赞助费，应当公示收费标准。
第四条　托育机构应当向卫生健康部门备案。（牵头单位：区卫生健康委；责任单位：区教委、区财政局）
第五条　托育从业人员每年参加培训不少于60学时。（牵头单位：区人力社保局）
"""


@pytest.fixture(scope="module")
def plan() -> Document:
    """A small policy with something of every kind that is changed."""
    return parse(RawSource("plan.txt", PLAN, hashlib.sha256(PLAN.encode()).hexdigest()))


@pytest.fixture(scope="module")
def names(plan: Document) -> list[str]:
    """The bureaus that the policy prints."""
    return sorted({name for c in plan.clauses for name in (*c.lead_units, *c.responsible_units)})


def test_every_kind_of_change_is_made_and_none_leaves_the_words_as_they_were(plan: Document, names: list[str]) -> None:
    """Each kind comes up; a changed statement differs, or cites another clause."""
    mutator = Mutator(plan.clauses, {plan.document_id: plan}, names)
    changed = [m for case in sentence_cases(plan.clauses) for m in mutator.mutations(case)]
    assert {m.kind for m in changed} >= set(KINDS) - {"role of a bureau"}
    assert all((m.case.text, m.case.clauses) != (m.before.text, m.before.clauses) for m in changed)


def test_a_changed_number_stands_nowhere_in_the_clause(plan: Document, names: list[str]) -> None:
    """A change by chance must not leave the statement true."""
    mutator = Mutator(plan.clauses, {plan.document_id: plan}, names)
    for case in sentence_cases(plan.clauses):
        for one in mutator.mutations(case):
            if one.kind in ("number", "bureau", "place"):
                assert one.case.text not in normal(one.case.clauses[0].text)


def test_the_same_seed_gives_the_same_cases(plan: Document, names: list[str]) -> None:
    """A measure can be repeated; a smaller draw is a part of the whole."""
    cases = list(sentence_cases(plan.clauses))
    first, second = (
        [m.case.text for case in cases for m in Mutator(plan.clauses, {plan.document_id: plan}, names, 7).mutations(case)]
        for _ in range(2)
    )
    assert first == second
    assert drawn(cases, 3) == drawn(cases, 3) and set(drawn(cases, 3)) <= set(cases)
    assert drawn(cases, None) == cases


def test_what_is_restated_says_the_same(plan: Document) -> None:
    """Another script, another spelling, an opening phrase: the verifier has to let them pass."""
    cases = [*sentence_cases(plan.clauses)] * 4
    again = list(restated(cases))
    assert again and all(case.source == "restated" for case in again)
    verifier = Verifier()
    assert [c.text for c in again if not verifier.check(c.text, [(c.clauses[0], plan)]).supported] == []


def test_the_measure_counts_what_is_found_and_what_is_not(plan: Document, names: list[str]) -> None:
    """Over a small policy all is found; one that supports everything finds nothing, and says so in the table."""
    cases = list(sentence_cases(plan.clauses))
    documents = {plan.document_id: plan}
    result = measure(cases, Mutator(plan.clauses, documents, names), Verifier(Units(names)), documents)
    assert result.false_alarms == 0.0
    assert result.detection == 1.0, list(table(result))

    class Blind(Verifier):
        def check(self, statement, cited, allowed=()):
            from assistant.verdicts import Checked, Report, Verdict

            return Report(statement, (Checked("wording", statement, 0, 1, Verdict.SUPPORTED),))  # type: ignore[arg-type]

    blind = measure(cases, Mutator(plan.clauses, documents, names), Blind(), documents)
    assert blind.detection == 0.0
    lines = list(table(blind))
    assert lines[0].split() == ["changed", "made", "found", "detection"]
    assert any(line.startswith("  missed, number: ") for line in lines)
    assert result.to_json()["statements"] == {"clause": len(cases)}


def test_a_case_without_clauses_is_no_pass(plan: Document) -> None:
    """A statement that cites nothing is a false alarm of the case, never a support."""
    documents = {plan.document_id: plan}
    result = measure([Case("应当公示收费标准", ())], Mutator(plan.clauses, documents, []), Verifier(), documents)
    assert len(result.alarms) == 1
