"""What every answer to the cases of the data set keeps, and the floors that hold over them all."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.answer import Answer, Status
from corpus.normalize import script_of, to_simplified, to_traditional
from eval.cases import Case, bundled_cases, load_cases
from eval.measures import formulas, numbers, says
from eval.report import committed_floors, floors
from eval.run import run
from eval.targets import InProcess
from tests.sample_answers import cited


@pytest.fixture(scope="module")
def answered(assistant) -> list[tuple[Case, Answer]]:
    """Every case of the data set with its answer, asked once; the gold is checked against the corpus."""
    clauses, _ = assistant.read()
    return [(case, assistant.ask(case.question, case.history)) for case in load_cases(bundled_cases(), clauses)]


def without_timings(answer: Answer) -> dict[str, Any]:
    """The reply without its timings, the one thing that may differ between two runs."""
    return {key: value for key, value in answer.to_json().items() if key != "timings_ms"}


# ---- what every answer keeps -------------------------------------------------------------------------------


def test_no_number_is_said_that_its_citations_do_not_hold(answered: list[tuple[Case, Answer]]) -> None:
    """Every number of a statement stands in a clause it cites, its label, its document's number or title, counts its
    citations, or is the result of a formula over such numbers."""
    strays = []
    for case, answer in answered:
        for statement in answer.statements:
            known = {str(len(statement.citations))}
            for citation in (answer.citations[i] for i in statement.citations):
                document = citation.document
                for text in (
                    citation.clause.text,
                    citation.clause.label,
                    document.document_number or "",
                    document.title,
                ):
                    known |= numbers(text)
            # What is worked out shows how: the formula comes out, and its operands stand there or in the question.
            for operands, results in formulas(statement.text):
                if operands <= known | numbers(case.question):
                    known |= operands | results
            if strange := numbers(statement.text) - known:
                strays.append((case.case_id, sorted(strange), statement.text))
    assert strays == []


def test_no_number_is_said_outside_the_statements(answered: list[tuple[Case, Answer]]) -> None:
    """Notes and messages around the statements carry no figure of their own."""
    strays = []
    for case, answer in answered:
        said = {statement.text for statement in answer.statements}
        pieces = [piece for piece in answer.answer.split("\n") if not any(piece in text for text in said)]
        strays += [(case.case_id, piece) for piece in pieces if numbers(piece)]
    assert strays == []


def test_every_citation_is_a_literal_slice(answered: list[tuple[Case, Answer]]) -> None:
    """Quotes, figures and nearest clauses are cut from the source text at the offsets they give."""
    wrong = []
    for case, answer in answered:
        for citation in (*answer.citations, *answer.nearest):
            source, reply = citation.document.source, citation.to_json()
            pieces = [(reply["start"], reply["end"], reply["quote"])]
            pieces += [(figure["start"], figure["end"], figure["text"]) for figure in reply["figures"]]
            wrong += [(case.case_id, text) for start, end, text in pieces if source[start:end] != text]
    assert wrong == []


def test_statements_and_citations_hold_together(answered: list[tuple[Case, Answer]]) -> None:
    """Each statement cites, each citation is used and listed once; without evidence there is no statement."""
    wrong = []
    for case, answer in answered:
        used = {i for statement in answer.statements for i in statement.citations}
        whole = used == set(range(len(answer.citations))) and len(set(cited(answer))) == len(answer.citations)
        resting = all(statement.citations and statement.text.strip() for statement in answer.statements)
        told = bool(answer.statements) == (answer.status in (Status.ANSWERED, Status.PARTIAL, Status.CLARIFY))
        if not (whole and resting and told and answer.answer.strip() and len(answer.nearest) <= 3):
            wrong.append((case.case_id, answer.status.value))
    assert wrong == []


def test_follow_ups_are_few_and_rest_on_a_citation(answered: list[tuple[Case, Answer]]) -> None:
    """At most three suggestions, each once, and none where nothing was cited."""
    wrong = [
        (case.case_id, answer.follow_ups)
        for case, answer in answered
        if len(answer.follow_ups) > 3
        or len(set(answer.follow_ups)) < len(answer.follow_ups)
        or (answer.follow_ups and not answer.citations)
    ]
    assert wrong == []


def test_the_same_question_twice_gets_the_same_answer(assistant, answered: list[tuple[Case, Answer]]) -> None:
    """Asked again after three hundred others, a question gets the same reply but for its timings."""
    again = [
        case.case_id
        for case, answer in answered
        if without_timings(assistant.ask(case.question, case.history)) != without_timings(answer)
    ]
    assert again == []


def test_both_scripts_of_a_question_cite_the_same_clauses(
    assistant, answered: list[tuple[Case, Answer]]
) -> None:
    """A question in the other script rests on the same clauses with the same status, in the asker's script."""
    wrong = []
    for case, answer in answered:
        script = script_of(case.question)
        turn = to_simplified if script == "hant" else to_traditional
        other = assistant.ask(turn(case.question), [turn(earlier) for earlier in case.history])
        if (other.status, cited(other)) != (answer.status, cited(answer)):
            wrong.append((case.case_id, cited(answer), cited(other)))
        if script_of(turn(case.question)) != script and script_of(other.answer) == script:
            wrong.append((case.case_id, other.answer))
    assert wrong == []


def test_mirrored_cases_cite_the_same_clauses(answered: list[tuple[Case, Answer]]) -> None:
    """Cases written in both scripts by hand, not by conversion, rest on the same clauses."""
    by_id = {case.case_id: answer for case, answer in answered}
    pairs = [(case.case_id, case.mirror) for case, _ in answered if case.mirror]
    assert len(pairs) >= 30
    assert [pair for pair in pairs if cited(by_id[pair[0]]) != cited(by_id[pair[1]])] == []


# ---- the floors --------------------------------------------------------------------------------------------


def test_the_committed_floors_hold(assistant) -> None:
    """`tiaowen eval check` on the bundled cases: no measure lies below `eval/datasets/floors.json`."""
    clauses, _ = assistant.read()
    cases = load_cases(bundled_cases(), clauses)
    made = run(cases, InProcess(assistant), units=assistant.units())
    wrong = [f"{o.case.case_id} {o.case.question} {'; '.join(o.scored.reasons)}" for o in made.outcomes if not o.scored.right]
    assert floors(committed_floors(), made) == [], "\n".join(wrong)


def test_nothing_forbidden_is_said(answered: list[tuple[Case, Answer]]) -> None:
    """Not one answer holds the wrong row, the wrong year, the dictated amount or another trap of its case."""
    assert [
        (case.case_id, words) for case, answer in answered for words in case.forbidden if says(answer.answer, words)
    ] == []


@pytest.mark.parametrize(
    ("text", "words", "held"),
    [
        ("托位数4.5个", "4.5", True),
        ("托位数14.5个", "4.5", False),
        ("托位数4.55个", "4.5", False),
        ("任务1,328个", "328", False),
        ("達到7萬人", "7万", True),
        ("区 卫 生健康委", "区卫生健康委", True),
    ],
)
def test_a_word_of_a_case_is_found_whole_and_in_either_script(text: str, words: str, held: bool) -> None:
    """The measure itself: numbers count whole, scripts and white space are folded."""
    assert says(text, words) is held
