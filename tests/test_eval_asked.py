"""True and false statements put as questions: the verdict is read from the answer, and nothing false is called right."""

from __future__ import annotations

import pytest

from assistant.assistant import Assistant
from eval.asked import Tally, affirmed, narrowed, statements_asked, table, tallied, verdict
from eval.verifier import SEED, Mutator, drawn


@pytest.mark.parametrize(
    ("answer", "read"),
    [
        ("渝北区：对。补助标准为3000元/托位", "right"),
        ("江蘇省：對。每年10個", "right"),
        ("按“托育”理解“托玉”。\n甲区：不对。文件规定：每托位3000元", "wrong"),
        ("不可以。补助资金不得用于偿还债务。", "wrong"),
        ("不在列。责任单位：区教委", "wrong"),
        ("甲区：对象为本区家庭。", ""),
        ("甲区：家长认为对。", ""),
        ("现有文件中没有查到所问的内容，无法回答。", ""),
    ],
)
def test_the_verdict_is_what_opens_a_line(answer: str, read: str) -> None:
    """对。 and 不对。 count where a line opens with them, behind the place or not, and nowhere else."""
    assert verdict(answer) == read


def test_no_change_of_a_true_statement_is_called_right(assistant: Assistant) -> None:
    """Of a draw from the bundled documents: each statement is asked as it is and changed, none of the changed ones is
    affirmed, none of the true ones denied, and some of both are judged."""
    clauses, documents = assistant.read()
    cases = drawn(statements_asked(clauses), 60, SEED)
    tallies = tallied(assistant, cases, Mutator(clauses, documents, assistant.units(), SEED))
    kinds = {tally.kind: tally for tally in tallies}
    assert kinds["true"].asked == 60 and kinds["true"].right > 30 and kinds["true"].wrong == 0
    assert affirmed(tallies) == 0 and sum(tally.wrong for tally in tallies) > 5
    assert "neighbouring clause" not in kinds and kinds["narrower"].asked > 20


def test_a_statement_is_made_narrower_by_a_word_its_document_does_not_have() -> None:
    """The word stands before one of the nouns; a document that has them all, or a text without a noun, gives none."""
    assert narrowed("托育机构每年培训1次。", "夜间", 0) == "男性托育机构每年培训1次。"
    assert narrowed("保育人员每年培训1次。", "", 0) == "保育夜间人员每年培训1次。"
    assert narrowed("每年培训1次。", "", 0) is None
    assert narrowed("托育机构每年培训1次。", "夜间男性双胞胎农村公办民办营利性免费临时成年", 0) is None


def test_what_was_judged_amiss_is_shown() -> None:
    """The table gives the counts of each kind and the questions that were judged amiss, a false one called right first of
    all."""
    amiss = (("甲区每托位补5000元，对吗？", "甲区：对。\n每托位补3000元"),)
    tallies = [Tally("true", 3, 2, 0, ()), Tally("number", 4, 1, 2, amiss)]
    lines = list(table(tallies))
    assert affirmed(tallies) == 1 and "false statements called right: 1 of 4" in lines
    assert lines[2].split() == ["number", "4", "1", "2", "1"]
    assert lines[-1] == "  amiss, number: 甲区每托位补5000元，对吗？ => 甲区：对。 / 每托位补3000元"


def test_fragments_and_long_stretches_are_not_asked_after(assistant: Assistant) -> None:
    """A list of units in brackets says nothing of what they do, and nobody asks after half a page."""
    texts = [case.text for case in statements_asked(assistant.read()[0])]
    assert texts and not any(text.startswith(("(", "（")) or len(text) > 120 or "\n" in text for text in texts)
