"""How well each passage fits a question: BM25 on words and on bigrams, and vectors, on one scale.

A small corpus is scored whole. In a large one each leg puts forward the passages that it finds best, and only those
are scored by all three, so that a question never reads the whole corpus.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Final

from assistant.question import Question
from corpus.lexicon import everyday, synonyms
from corpus.normalize import regional

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from indexing.dense import DenseIndex
    from indexing.embedding import Encoder
    from indexing.lexical import LexicalIndex
    from indexing.postings import Reading

WORDS, BIGRAMS, VECTORS = 0.30, 0.30, 0.40  # weights of the legs, fixed on DRCD, CMRC2018 and STARD dev
SYNONYM = 0.5  # weight of the words that a question's synonyms add
WHOLE: Final = 20_000  # passages; a corpus of no more is scored whole
DEPTH: Final = 400  # passages that each leg puts forward in a larger one
SAMPLE: Final = 4_096  # passages that tell how near any passage is to a question
READ: Final = 4  # of them, those of which the words' sums over the whole corpus are kept: 10 MB each at a million clauses
RECENT: Final = 32  # questions whose scores are kept: one is searched several times, and several at once


class Scored:
    """One question over the passages of a corpus: `positions` (ascending) are those worth looking at, all of them in
    a small corpus, and `scores` what each scores (float32, at most 1)."""

    def __init__(self, scorer: Scorer, question: Question) -> None:
        import numpy as np

        self._scorer = scorer
        text = question.normal
        also = "" if "synonyms" in scorer.without else expansion(text)
        if question.script == "hant":
            also = f"{also} {regional(text)}".strip()  # 網際網路 is 互联网 in a document of the mainland
        self._words = scorer.lexical.words_asked(text, also, SYNONYM)
        self._bigrams = scorer.lexical.bigrams_asked(text, also, SYNONYM)
        self._vector = scorer.encoder.encode_queries([text])[0]
        self._whole = len(scorer) <= WHOLE
        self._read: tuple[Reading, Reading] | None = None
        if not self._whole:
            self._read = self._readings()
        self.positions: NDArray[np.int64] = np.arange(len(scorer)) if self._whole else self.put_forward()
        words, bigrams, near = self._raw(None if self._whole else self.positions)
        self._tops = float(words.max(initial=0.0)), float(bigrams.max(initial=0.0))
        # e5 puts everything between 0.7 and 0.95: stretch what differs.
        usual = near if self._whole else scorer.sample() @ self._vector
        self._low = float(np.median(usual)) if len(usual) else 0.0
        self._spread = max(float(near.max(initial=0.0)) - self._low, 1e-6)
        self.legs = self._scaled(words, bigrams, near)
        self.scores: NDArray[np.float32] = self._fused(self.legs)

    def at(self, positions: NDArray[np.int64]) -> NDArray[np.float32]:
        """The scores of the passages at `positions` (ascending), on the scale of `scores`."""
        if self._whole:
            return self.scores[positions]
        return self._fused(self._scaled(*self._raw(positions)))

    def put_forward(self, among: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        """The positions (ascending) of the `DEPTH` passages that each leg finds best, of those `among` (ascending) where
        given."""
        import numpy as np

        near = self._scorer.dense.search(self._vector[None], DEPTH, among)[1][0]
        by_words = [reading.best(DEPTH, among) for reading in self._readings()]
        return np.unique(np.concatenate([*by_words, near[near >= 0]]))

    def _readings(self) -> tuple[Reading, Reading]:
        lexical, read = self._scorer.lexical, self._read
        return read if read is not None else (lexical.words.read(self._words), lexical.bigrams.read(self._bigrams))

    def forget(self) -> None:
        """Let go of what was read of the words, of the size of the corpus; what is asked later is read again."""
        self._read = None

    def _raw(
        self, positions: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        lexical, dense = self._scorer.lexical, self._scorer.dense
        if positions is None:
            return lexical.words.scores(self._words), lexical.bigrams.scores(self._bigrams), dense.similarities(self._vector)
        near, read = dense.similarities(self._vector, positions), self._read
        if read is not None:
            return read[0].scores_at(positions), read[1].scores_at(positions), near
        return lexical.words.scores_at(self._words, positions), lexical.bigrams.scores_at(self._bigrams, positions), near

    def _scaled(
        self, words: NDArray[np.float32], bigrams: NDArray[np.float32], near: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """The three legs, each from 0 to 1 where its best passage stands."""
        import numpy as np

        top_word, top_bigram = (top if top > 0 else 1.0 for top in self._tops)
        return words / top_word, bigrams / top_bigram, np.clip((near - self._low) / self._spread, 0.0, 1.0)

    def _fused(self, legs: tuple[NDArray[np.float32], ...]) -> NDArray[np.float32]:
        words, bigrams, vectors = (weight * leg for weight, leg in zip(self._scorer.weights, legs, strict=True))
        fused: NDArray[np.float32] = words + bigrams + vectors
        return fused


class Scorer:
    """The three legs over the passages of one corpus; `without` names legs, or `synonyms`, to leave out."""

    def __init__(
        self, dense: DenseIndex, lexical: LexicalIndex, encoder: Encoder, without: frozenset[str] = frozenset()
    ) -> None:
        self.dense, self.lexical, self.encoder, self.without = dense, lexical, encoder, without
        self.weights = [
            0.0 if name in without else weight
            for name, weight in (("words", WORDS), ("bigrams", BIGRAMS), ("vectors", VECTORS))
        ]
        self._recent: dict[str, Scored] = {}
        self._lock = Lock()
        self._sample: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.dense)

    def scored(self, question: Question) -> Scored:
        """The scores of a question, worked out once for several searches."""
        with self._lock:
            known = self._recent.get(question.normal)
        if known is None:
            known = Scored(self, question)
            with self._lock:
                while len(self._recent) >= RECENT:
                    self._recent.pop(next(iter(self._recent)))
                self._recent[question.normal] = known
                for older in list(self._recent.values())[:-READ]:
                    older.forget()
        return known

    def sample(self) -> NDArray[np.float32]:
        """Vectors of passages evenly spread over the corpus, shape (at most SAMPLE, d)."""
        import numpy as np

        if self._sample is None:
            self._sample = self.dense.vectors(np.unique(np.linspace(0, len(self) - 1, SAMPLE).astype(np.int64)))
        return self._sample


def expansion(text: str) -> str:
    """The policy words for what `text` says in everyday words, joined by blanks."""
    added: list[str] = []
    for word, others in synonyms().items():
        if (len(word) > 1 and word in text) or (word in ("娃", "补", "奖") and word in text):
            added.extend(other for other in others if other not in text)
    for word, others in everyday().items():
        if word in text:
            added.extend(other for other in others if other not in text)
    return " ".join(dict.fromkeys(added))
