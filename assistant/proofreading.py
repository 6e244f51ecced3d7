"""Anyone's text held against the corpus: each statement beside the clauses that it names, or that a search finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from assistant.answer import Citation
from assistant.retrieval import Hit
from assistant.settings import MAX_CITED, MAX_QUESTION
from assistant.verdicts import Report, Verification, Verified
from assistant.verification import Said, Verifier, statements
from corpus.document import Clause
from corpus.errors import QuestionError

if TYPE_CHECKING:
    from indexing.store import Store

LOOKED_AT = 6  # clauses found for a statement that cites none


class Proofreader:
    """Holds texts against the clauses of `store`; `find` gives the best clauses for a query, and of them so many."""

    def __init__(self, store: Store, verifier: Verifier, find: Callable[[str, int], Sequence[Hit]]) -> None:
        self._store = store
        self._verifier = verifier
        self._find = find

    def read(self, text: str, clause_ids: Sequence[str] | None = None) -> Verification:
        """Each statement of `text`, held against clauses of the corpus.

        With `clause_ids` a statement is held against those that its numbers in brackets name (`[1]` is the first of
        them), one without numbers against all; without, against the clause that a search finds for it and that
        supports it best. Raises QuestionError for an empty or over-long text, too many clauses or a number that names no
        clause, ClauseNotFoundError for an unknown id.
        """
        said = statements(text)
        if clause_ids is not None and len(clause_ids) > MAX_CITED:
            raise QuestionError(f"{len(clause_ids):,} clause ids were given, over the limit of {MAX_CITED}; send the text in parts")
        given = None if clause_ids is None else [self._store.clause(clause_id) for clause_id in clause_ids]
        citations: dict[str, int] = {}
        verified: list[Verified] = []
        before: list[Clause] = []  # what the statement before rests on: the next one often goes on with it
        for one in said:
            if given is None:
                report, before = self._best_supported(one.text, before)
            else:
                report, before = self._held_against(one.text, _named(one, given))
            indexes = tuple(citations.setdefault(clause.clause_id, len(citations)) for clause in before)
            verified.append(Verified(one.start, one.end, report, indexes))
        cited = [self._store.clause(clause_id) for clause_id in citations]
        return Verification(tuple(verified), tuple(Citation(self._store.document(c.document_id), c) for c in cited))

    def _held_against(self, statement: str, clauses: Sequence[Clause]) -> tuple[Report, list[Clause]]:
        cited = [(clause, self._store.document(clause.document_id)) for clause in clauses]
        return self._verifier.check(statement, cited), list(clauses)

    def _best_supported(self, statement: str, before: Sequence[Clause]) -> tuple[Report, list[Clause]]:
        """The report over the clause that supports most of a statement, of those found for it and those before; of
        those before only where it goes on with what they were cited for."""
        if before and self._verifier.goes_on(statement):
            return self._held_against(statement, before)
        found = [hit.clause for hit in self._find(statement[:MAX_QUESTION], LOOKED_AT)]
        each = [self._held_against(statement, [clause]) for clause in dict.fromkeys((*before, *found))]
        if not each:
            return self._held_against(statement, [])
        return max(each, key=lambda one: one[0].rank)


def _named(said: Said, given: Sequence[Clause]) -> list[Clause]:
    """The clauses that a statement's numbers in brackets name; all that were given where it has none."""
    if not said.markers:
        return list({clause.clause_id: clause for clause in given}.values())
    wrong = [number for number in said.markers if not 1 <= number <= len(given)]
    if wrong:
        raise QuestionError(f"[{wrong[0]}] names no clause: {len(given)} clause ids were given; number them from [1]")
    return list({given[number - 1].clause_id: given[number - 1] for number in said.markers}.values())
