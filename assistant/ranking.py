"""The best clauses of a search in the order of a reranker, where one is set."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

from corpus.normalize import normal

if TYPE_CHECKING:
    from corpus.document import Clause, Document
    from indexing.reranking import Reranker

RERANKED: Final = 20
"""Clauses that the reranker reads for a search; each costs it as much as a whole passage costs the encoder."""
_KEPT: Final = 4_096  # scores; one question is searched several times, over much the same clauses

Ranked = TypeVar("Ranked")


class Ranking:
    """A reranker with the scores that it gave lately. Safe to use from several threads."""

    def __init__(self, reranker: Reranker) -> None:
        self.name = reranker.name
        self._reranker = reranker
        self._known: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._lock = threading.Lock()

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """How well each text answers a question, higher is better; worked out once for the same pair."""
        with self._lock:
            known = {text: self._known[question, text] for text in texts if (question, text) in self._known}
        new = list(dict.fromkeys(text for text in texts if text not in known))
        known.update(zip(new, self._reranker.scores(question, new).tolist(), strict=True))
        with self._lock:
            for text in texts:
                self._known[question, text] = known[text]
                self._known.move_to_end((question, text))
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return [known[text] for text in texts]

    def order(self, question: str, found: Sequence[Ranked], text: Callable[[Ranked], str]) -> list[Ranked]:
        """What was found with its first `RERANKED` in the order of their scores; those that score alike keep theirs."""
        head = found[:RERANKED]
        scores = self.scores(question, [text(one) for one in head])
        places = sorted(range(len(head)), key=lambda at: -scores[at])
        return [*(head[at] for at in places), *found[RERANKED:]]


def read_as(clause: Clause, document: Document) -> str:
    """A clause as the reranker reads it: folded to Simplified, behind the titles above it."""
    return normal("\n".join([" ".join((document.title, *clause.breadcrumb)), clause.text]))
