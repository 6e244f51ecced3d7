"""From an understood question to clauses in order of promise: BM25 on words and bigrams, and vectors.

The three legs are put on one scale (each over its best passage) and added; weights are module constants,
fixed on development data. A clause scores as its best passage does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.question import Question
from corpus.document import Clause, Document, DocumentKind, Part, Place
from corpus.lexicon import synonyms
from corpus.normalize import normal, regional

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from indexing.dense import DenseIndex
    from indexing.embedding import Encoder
    from indexing.lexical import LexicalIndex
    from indexing.store import Store

WORDS, BIGRAMS, VECTORS = 0.30, 0.30, 0.40  # weights of the legs, fixed on DRCD, CMRC2018 and STARD dev
SYNONYM = 0.5  # weight of the words that a question's synonyms add
RECENT = 16  # questions whose passage scores are kept
YEAR_BOOST = 0.06
PLACE_BOOST = 0.30  # a document of a place that the question names; never a filter, for a place may be misread
NAMED_BOOST = 0.50  # a document that it names by number or title
SUPERSEDED = 0.70  # a document that another one of the corpus repeals
_COPY = 12  # characters; a shorter clause may well stand in two documents
INTERPRETATION = 0.80  # a 政策解读 never outranks the policy at equal match


_SECONDARY = frozenset({DocumentKind.INTERPRETATION, DocumentKind.NEWS, DocumentKind.GUIDE})


@dataclass(frozen=True, slots=True)
class Hit:
    """A clause found, its document, and its score (higher is better; comparable within one question)."""

    clause: Clause
    document: Document
    score: float


class Retriever:
    """Hybrid search over one snapshot."""

    def __init__(
        self, store: Store, dense: DenseIndex, lexical: LexicalIndex, encoder: Encoder,
        without: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        self._store = store
        self._without = without
        self._weights = [
            0.0 if name in without else weight
            for name, weight in (("words", WORDS), ("bigrams", BIGRAMS), ("vectors", VECTORS))
        ]
        self._dense = dense
        self._lexical = lexical
        self._encoder = encoder
        self._clause_of = store.segment_clauses()
        self._superseded = frozenset(superseded(store.documents().values()))
        self._scores: dict[str, NDArray[np.float32]] = {}  # one question is searched several times

    def search(
        self, question: Question, k: int = 10, *, documents: Iterable[str] | None = None,
        keep: Callable[[Clause], bool] | None = None, named: Iterable[str] = (),
    ) -> list[Hit]:  # fmt: skip
        """The `k` best clauses, of `documents` only where given, of those that `keep` accepts.

        Documents of the places named, and those of `named`, come first; what two copies print alike comes once.
        """
        boosted = frozenset(named)
        scores = self.passage_scores(question)
        best: dict[str, float] = {}
        allowed = None if documents is None else set(documents)
        for position in scores.argsort()[::-1][
            : max(200, 20 * k) if allowed is None and keep is None else len(scores)
        ]:
            clause_id = self._clause_of[position]
            if clause_id not in best:
                best[clause_id] = float(scores[position])
        hits: list[Hit] = []
        for clause_id, score in best.items():
            clause = self._store.clause(clause_id)
            if (allowed is not None and clause.document_id not in allowed) or (
                keep is not None and not keep(clause)
            ):
                continue
            if (
                clause.part is Part.INTERPRETATION
                or self._store.document(clause.document_id).relations.kind in _SECONDARY
            ):
                score *= INTERPRETATION
            document = self._store.document(clause.document_id)
            if clause.document_id in self._superseded:
                score *= SUPERSEDED
            if question.years and any(str(year) in clause.text for year in question.years):
                score += YEAR_BOOST
            if allowed is None and _of_place(document, question.places):
                score += PLACE_BOOST
            if clause.document_id in boosted:
                score += NAMED_BOOST
            hits.append(Hit(clause, document, score))
        hits.sort(key=lambda hit: (-hit.score, hit.clause.clause_id))
        return hits[:k] if allowed is not None else _once(hits, k)

    @property
    def passage_ids(self) -> list[str]:
        """The clause id of each passage, in the order of the scores."""
        return self._clause_of

    def passage_scores(self, question: Question) -> NDArray[np.float32]:
        """One score a passage, shape (passages,)."""
        known = self._scores.get(question.normal)
        if known is None:
            words, bigrams, vectors = self.legs(question)
            known = self._weights[0] * words + self._weights[1] * bigrams + self._weights[2] * vectors
            while len(self._scores) >= RECENT:
                self._scores.pop(next(iter(self._scores)))
            self._scores[question.normal] = known
        return known

    def legs(
        self, question: Question
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """The three legs, each scaled to at most 1: words, bigrams, vectors."""
        import numpy as np

        text = question.normal
        expanded = "" if "synonyms" in self._without else expansion(text)
        if question.script == "hant":
            expanded = f"{expanded} {regional(text)}".strip()  # 網際網路 is 互联网 in a document of the mainland
        words = self._lexical.word_scores(text)
        bigrams = self._lexical.bigram_scores(text)
        if expanded:
            words = words + SYNONYM * self._lexical.word_scores(expanded)
            bigrams = bigrams + SYNONYM * self._lexical.bigram_scores(expanded)
        similarity = np.zeros(len(self._clause_of), dtype=np.float32)
        scores, positions = self._dense.search(self._encoder.encode_queries([text]), len(self._clause_of))
        similarity[positions[0]] = scores[0]
        # e5 puts everything between 0.7 and 0.95: stretch what differs.
        low = float(np.median(similarity)) if len(similarity) else 0.0
        spread = max(float(similarity.max(initial=0.0)) - low, 1e-6)
        return _scaled(words), _scaled(bigrams), np.clip((similarity - low) / spread, 0.0, 1.0)


def _of_place(document: Document, places: Sequence[Place]) -> bool:
    """Whether a document is of a place named, or of one inside it."""
    return document.place is not None and any(place.holds(document.place) for place in places)


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
    """The documents that another one of them repeals, each with that one: by number where the repeal gives one,
    else by title, and never a later one."""
    every = list(documents)
    by_number = {_bare(d.document_number): d for d in every if d.document_number}
    by_title: dict[str, list[Document]] = {}
    for document in every:
        by_title.setdefault(_bare(document.title), []).append(document)
    found: dict[str, Document] = {}
    for document in every:
        for reference in document.relations.repeals:
            known = by_number.get(_bare(reference.document_number)) if reference.document_number else None
            titled = by_title.get(_bare(reference.title), ()) if reference.document_number is None else ()
            for old in (known, *titled):
                later = old is not None and bool(old.issued and document.issued and old.issued > document.issued)
                if old is not None and old.document_id != document.document_id and not later:
                    found[old.document_id] = document
    return found


def _bare(text: str | None) -> str:
    return re.sub(r"[\s〔〕\[\]【】()《》〈〉]", "", normal(text or ""))


def _scaled(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    top = float(scores.max(initial=0.0))
    return scores / top if top > 0 else scores


def expansion(text: str) -> str:
    """The policy words for what `text` says in everyday words, joined by blanks."""
    added: list[str] = []
    for word, others in synonyms().items():
        if (len(word) > 1 and word in text) or (word in ("娃", "补", "奖") and word in text):
            added.extend(other for other in others if other not in text)
    return " ".join(dict.fromkeys(added))


def matching_documents(places: Sequence[Place], documents: Iterable[Document]) -> list[str]:
    """The documents of the places asked for: the place itself, or, where it has none, places inside it.

    A document without a place (a national law) holds everywhere.
    """
    found: list[str] = []
    every = list(documents)
    for place in places:
        exact = [d for d in every if d.place is not None and d.place.path == place.path]
        inside = [d for d in every if d.place is not None and place.holds(d.place)]
        above = [d for d in every if d.place is not None and d.place.holds(place)]
        found.extend(d.document_id for d in exact or inside or above)
    return list(dict.fromkeys(found))
