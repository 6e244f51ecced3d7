"""From an understood question to clauses in order of promise.

A clause scores as its best passage does (`scoring`), more where the question names its place, its document or a year
it prints, less where it only interprets a policy or is repealed. Where a reranker is set, it orders the best of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from assistant.documents import Documents
from assistant.question import Question
from assistant.ranking import RERANKED, Ranking, read_as
from assistant.scoring import DEPTH, WHOLE, Scored, Scorer
from corpus.document import Clause, Document, DocumentKind, Part
from corpus.normalize import normal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from indexing.store import Store

YEAR_BOOST = 0.06
PLACE_BOOST = 0.30  # a document of a place that the question names; never a filter, for a place may be misread
NAMED_BOOST = 0.50  # a document that it names by number or title
SUPERSEDED = 0.70  # a document that another one of the corpus repeals
INTERPRETATION = 0.80  # a 政策解读 never outranks the policy at equal match
_COPY = 12  # characters; a shorter clause may well stand in two documents
_AT_ONCE: Final = 32  # clauses read at a time, best first
_MANY: Final = 3 * DEPTH  # passages of the documents pointed to: of more only the best of each leg are scored
_LOOKED_AT: Final = 2_000  # clauses; where so many are refused by `keep`, the search gives up

_SECONDARY = frozenset({DocumentKind.INTERPRETATION, DocumentKind.NEWS, DocumentKind.GUIDE})


@dataclass(frozen=True, slots=True)
class Hit:
    """A clause found, its document, and its score (higher is better; comparable within one question)."""

    clause: Clause
    document: Document
    score: float


def hit_json(hit: Hit, rank: int) -> dict[str, Any]:
    """A line of `tiaowen search --json`: the clause with its rank, counted from one, and its score."""
    clause, document = hit.clause, hit.document
    return {
        "rank": rank, "score": hit.score, "clause_id": clause.clause_id, "document_id": clause.document_id,
        "document_number": document.document_number, "document_title": document.title, "label": clause.label,
        "heading": clause.heading, "text": clause.text, "start": clause.span.start, "end": clause.span.end,
    }  # fmt: skip


class Retriever:
    """Hybrid search over one snapshot; `replaced` are its repealed documents (`superseded`), `ranking` orders the best
    clauses."""

    def __init__(
        self, store: Store, scorer: Scorer, documents: Documents, replaced: Mapping[str, Document] | None = None,
        ranking: Ranking | None = None,
    ) -> None:  # fmt: skip
        import numpy as np

        self._ranking = ranking
        self._store = store
        self._shelf = documents
        self.scorer = scorer
        passages = store.passages()
        self._clause_of: NDArray[np.int32] = passages["clause"]
        self._document_of: NDArray[np.int32] = passages["document"]
        self._place_of = {document_id: at for at, document_id in enumerate(documents.by_id)}
        self._documents = list(documents.by_id.values())
        # What a document's clauses keep of their scores.
        self._share = np.ones(len(self._documents), dtype=np.float32)
        for at, document in enumerate(self._documents):
            if document.relations.kind in _SECONDARY:
                self._share[at] *= INTERPRETATION
            if document.document_id in (replaced or ()):
                self._share[at] *= SUPERSEDED

    def search(
        self, question: Question, k: int = 10, *, documents: Iterable[str] | None = None,
        keep: Callable[[Clause], bool] | None = None, named: Iterable[str] = (),
    ) -> list[Hit]:  # fmt: skip
        """The `k` best clauses, of `documents` only where given, of those that `keep` accepts.

        Documents of the places named, and those of `named`, come first; what two copies print alike comes once.
        """
        if self._ranking is None:
            return self._search(question, k, documents, keep, named)[0]
        found, lift = self._search(question, max(k, RERANKED), documents, keep, named)
        return self._reranked(self._ranking, question, found, lift)[:k]

    def _search(
        self, question: Question, k: int, documents: Iterable[str] | None, keep: Callable[[Clause], bool] | None,
        named: Iterable[str],
    ) -> tuple[list[Hit], NDArray[np.float32]]:  # fmt: skip
        """The `k` best by the three legs, and what each document is lifted by."""
        import numpy as np

        scored = self.scorer.scored(question)
        lift = np.zeros(len(self._documents), dtype=np.float32)
        if documents is None:
            meant = {i for place in question.places for i in (*self._shelf.of(place), *self._shelf.inside(place))}
            lift[[self._place_of[i] for i in meant]] += PLACE_BOOST
        lift[[self._place_of[i] for i in named if i in self._place_of]] += NAMED_BOOST
        positions, scores = (
            self._everywhere(scored, np.flatnonzero(lift)) if documents is None
            else self._within(scored, sorted({self._place_of[i] for i in documents if i in self._place_of}))
        )  # fmt: skip
        clauses, scores = _best_passages(self._clause_of[positions], self._document_of[positions], scores, self._share, lift)
        rise = YEAR_BOOST if question.years else 0.0
        hits: list[Hit] = []
        for at in range(0, min(len(clauses), _LOOKED_AT), _AT_ONCE):
            for clause, score in zip(
                self._store.clauses_at(clauses[at : at + _AT_ONCE].tolist()), scores[at:], strict=False
            ):
                if keep is None or keep(clause):
                    hits.append(self._hit(question, clause, float(score), lift))
            hits.sort(key=lambda hit: (-hit.score, hit.clause.clause_id))
            # No clause further down can rise above these: a year is all that may still be added.
            kept = _once(hits, k) if documents is None else hits[:k]
            if len(kept) == k and kept[-1].score >= float(scores[min(at + _AT_ONCE, len(scores) - 1)]) + rise:
                return kept, lift
        return (_once(hits, k) if documents is None else hits[:k]), lift

    def _reranked(
        self, ranking: Ranking, question: Question, found: Sequence[Hit], lift: NDArray[np.float32]
    ) -> list[Hit]:
        """The hits with the best of them in the reranker's order: they share out the scores that the legs gave them, so
        that a score means what it meant, and each keeps its own document's share and what it is lifted by."""
        head = found[:RERANKED]
        added = [float(lift[self._place_of[hit.clause.document_id]]) + _rise(question, hit.clause) for hit in head]
        shares = [self._share_of(hit) for hit in head]
        bare = sorted(
            ((hit.score - more) / share for hit, more, share in zip(head, added, shares, strict=True)), reverse=True
        )
        order = ranking.order(question.normal, range(len(head)), lambda at: read_as(head[at].clause, head[at].document))
        hits = [replace(head[at], score=score * shares[at] + added[at]) for at, score in zip(order, bare, strict=True)]
        return [*sorted(hits, key=lambda hit: -hit.score), *found[RERANKED:]]

    def _share_of(self, hit: Hit) -> float:
        """What a clause keeps of its score for what its document and its part of it are."""
        share = float(self._share[self._place_of[hit.clause.document_id]])
        return share * INTERPRETATION if _explains(hit.clause, hit.document) else share

    def _hit(self, question: Question, clause: Clause, score: float, lift: NDArray[np.float32]) -> Hit:
        at = self._place_of[clause.document_id]
        document = self._documents[at]
        if _explains(clause, document):
            score = (score - float(lift[at])) * INTERPRETATION + float(lift[at])
        return Hit(clause, document, score + _rise(question, clause))

    def _everywhere(self, scored: Scored, lifted: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The passages worth looking at in the whole corpus: those put forward, and the best of the documents that the
        question points to."""
        import numpy as np

        if len(scored.positions) == len(self._clause_of) or not len(lifted):
            return scored.positions, scored.scores
        meant = self._passages_of(lifted)
        if not len(meant) or len(meant) > WHOLE:
            return scored.positions, scored.scores
        if len(meant) > _MANY:
            meant = scored.put_forward(meant)
        scores = scored.at(meant)
        best = np.sort(np.argsort(-scores, kind="stable")[:DEPTH])
        positions, first = np.unique(np.concatenate([scored.positions, meant[best]]), return_index=True)
        return positions, np.concatenate([scored.scores, scores[best]])[first]

    def _within(self, scored: Scored, places: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The passages of the documents at `places`; of very many, those that are put forward."""
        import numpy as np

        inside = self._passages_of(np.asarray(places, dtype=np.int64))
        if len(inside) <= WHOLE:
            return inside, scored.at(inside)
        held = np.isin(self._document_of[scored.positions], places)
        return scored.positions[held], scored.scores[held]

    def _passages_of(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """The positions of the passages of the documents at `places` (ascending)."""
        import numpy as np

        wanted = places.astype(self._document_of.dtype)  # of another type all of the corpus would be converted first
        starts = np.searchsorted(self._document_of, wanted, side="left")
        ends = np.searchsorted(self._document_of, wanted, side="right")
        ranges = [np.arange(start, end) for start, end in zip(starts, ends, strict=True)]
        return np.concatenate(ranges) if ranges else np.empty(0, dtype=np.int64)


def _best_passages(
    clauses: NDArray[np.int32], documents: NDArray[np.int32], scores: NDArray[np.float32],
    share: NDArray[np.float32], lift: NDArray[np.float32],
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:  # fmt: skip
    """The clauses, each once, best first, and the score of the best passage of each with its document's share and
    lift."""
    import numpy as np

    whole = scores * share[documents] + lift[documents]
    order = np.argsort(-whole, kind="stable")
    _, first = np.unique(clauses[order], return_index=True)
    order = order[np.sort(first)]
    return clauses[order], whole[order]


def _explains(clause: Clause, document: Document) -> bool:
    """Whether a clause only interprets the policy that its document otherwise is."""
    return clause.part is Part.INTERPRETATION and document.relations.kind not in _SECONDARY


def _rise(question: Question, clause: Clause) -> float:
    """What a clause gains where it prints a year that the question names."""
    return YEAR_BOOST if any(str(year) in clause.text for year in question.years) else 0.0


def _once(hits: Sequence[Hit], k: int) -> list[Hit]:
    """The `k` best, of clauses that two copies of a document print alike only the better one."""
    seen: set[tuple[str, str]] = set()
    kept: list[Hit] = []
    for hit in hits:
        text = "".join(hit.clause.text.split())
        copy = (_bare(hit.document.document_number) or hit.document.title, text)
        if len(text) >= _COPY and copy in seen:
            continue
        seen.add(copy)
        kept.append(hit)
        if len(kept) == k:
            break
    return kept


def superseded(documents: Iterable[Document]) -> dict[str, Document]:
    """The documents that another one of them repeals, each with that one: by number where the repeal gives one (and
    is not known to be older), else by title, and then none that repeals that title itself: it is a copy of the new
    document, which often bears the old one's title."""
    every = list(documents)
    repeals = [(document, reference) for document in every for reference in document.relations.repeals]
    if not repeals:
        return {}
    numbers = {_bare(reference.document_number) for _, reference in repeals if reference.document_number}
    titles = {_bare(reference.title) for _, reference in repeals if reference.document_number is None}
    by_number: dict[str, list[Document]] = {}
    by_title: dict[str, list[Document]] = {}
    for document in every:
        if document.document_number and (number := _bare(document.document_number)) in numbers:
            by_number.setdefault(number, []).append(document)
        if (title := _bare(document.title)) in titles:
            by_title.setdefault(title, []).append(document)
    found: dict[str, Document] = {}
    for document, reference in repeals:
        if reference.document_number:
            old = [d for d in by_number.get(_bare(reference.document_number), ()) if not _older(document, d)]
        else:
            title = _bare(reference.title)
            old = [d for d in by_title.get(title, ()) if not _older(document, d) and title not in _repealed_titles(d)]
        found.update((one.document_id, document) for one in old if one.document_id != document.document_id)
    return found


def _repealed_titles(document: Document) -> set[str]:
    return {_bare(reference.title) for reference in document.relations.repeals}


def _older(one: Document, other: Document) -> bool:
    """Whether `one` is known to be of an earlier day than `other`."""
    return bool(one.issued and other.issued and one.issued < other.issued)


def _bare(text: str | None) -> str:
    return re.sub(r"[\s〔〕\[\]【】()《》〈〉]", "", normal(text or ""))
