"""Which passages hold a word, and how much each holding weighs: BM25, memory-mapped.

The weights are those of Lucene's BM25, worked out once at build time, so that a question adds up the postings of
its words and reads no others. Everything but the starts of the lists stays on disk until it is asked for.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from corpus.errors import IndexMismatchError

K1, B = 1.5, 0.75
"""Lucene's variant at its defaults, the reference that every comparison uses."""

BUDGET: Final = 500_000
"""Postings read for the candidates of one question, rarest words first: some 3 ms. What stands in more passages
than that tells little of any of them; it still counts when the candidates are scored."""

_STEP: Final = 64  # every so many scores one is looked at, to see how high the best are
_MARGIN: Final = 4  # times as many scores are taken for promising as are wanted
_BLOCK: Final = 1 << 22  # holdings weighed at a time
_LISTS: Final = 4096  # words whose place in the vocabulary is remembered
_List = tuple[int, int, float]  # where a word's holdings begin and end, and the weight of the word
_FILES: Final = ("starts", "passages", "weights", "letters", "ends")


class Postings:
    """For each word, the passages that hold it in ascending order, and the weight of each holding."""

    def __init__(
        self, vocabulary: Vocabulary, starts: NDArray[np.int64], passages: NDArray[np.int32],
        weights: NDArray[np.float32], size: int,
    ) -> None:  # fmt: skip
        self._vocabulary = vocabulary
        self._list = lru_cache(maxsize=_LISTS)(self._find)  # a question looks for its words several times
        self._starts = starts
        self._passages = passages
        self._weights = weights
        self._size = size

    @classmethod
    def from_words(cls, texts: Iterable[Sequence[str]]) -> Postings:
        """The postings of `texts`, each given as its words; a passage's position is its place in the sequence."""
        numbers: dict[str, int] = {}
        terms, counts, lengths, held = array("i"), array("i"), array("i"), array("i")
        for words in texts:
            counted = Counter(words)
            lengths.append(len(words))
            held.append(len(counted))
            for word, count in counted.items():
                terms.append(numbers.setdefault(word, len(numbers)))
                counts.append(count)
        order = sorted(numbers, key=lambda word: word.encode())
        rank = np.empty(len(order), dtype=np.int32)
        rank[[numbers[word] for word in order]] = np.arange(len(order), dtype=np.int32)
        ranked = rank[np.frombuffer(terms, dtype=np.int32)] if len(terms) else np.empty(0, dtype=np.int32)
        passages = np.repeat(np.arange(len(lengths), dtype=np.int32), np.frombuffer(held, dtype=np.int32) if len(held) else 0)
        by_term = np.argsort(ranked, kind="stable")  # stable: the passages of a word stay in ascending order
        starts = np.zeros(len(order) + 1, dtype=np.int64)
        np.cumsum(np.bincount(ranked, minlength=len(order)), out=starts[1:])
        weights = _bm25(ranked, np.frombuffer(counts, dtype=np.int32) if len(counts) else ranked, passages,
                        np.frombuffer(lengths, dtype=np.int32) if len(lengths) else ranked)  # fmt: skip
        return cls(Vocabulary.of(order), starts, passages[by_term], weights[by_term], len(lengths))

    def save(self, folder: Path) -> None:
        """Write the arrays into `folder`, which must not exist yet."""
        folder.mkdir(parents=True)
        arrays: tuple[NDArray[Any], ...] = (
            self._starts, self._passages, self._weights, self._vocabulary.letters, self._vocabulary.ends
        )  # fmt: skip
        for name, values in zip(_FILES, arrays, strict=True):
            np.save(folder / f"{name}.npy", values)

    @classmethod
    def open(cls, folder: Path, size: int) -> Postings:
        """The postings in `folder` over `size` passages, memory-mapped. Raises IndexMismatchError where the files
        do not fit each other; OSError or ValueError where one cannot be read."""
        # Plain arrays over the mapped files: numpy's own class for them costs a microsecond each time one is touched.
        starts, passages, weights, letters, ends = (
            np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r")) for name in _FILES
        )
        if not (len(starts) == len(ends) + 1 and len(passages) == len(weights) == int(starts[-1])):
            raise IndexMismatchError(f"the word index at {str(folder)!r} is incomplete; run `tiaowen build` again")
        return cls(Vocabulary(letters, ends), starts, passages, weights, size)

    def holders(self, word: str) -> int:
        """How many passages hold `word`."""
        first, last = self._list(word)
        return last - first

    def scores(self, query: Mapping[str, float]) -> NDArray[np.float32]:
        """BM25 of every passage for the words of `query` by their weight, shape (passages,)."""
        return self._added(self._lists(query))

    def read(self, query: Mapping[str, float]) -> Reading:
        """The scores of every passage on the rarest words of `query`, whose lists together keep within `BUDGET`; one word
        always counts."""
        lists = self._lists(query)
        within = bisect_right(list(accumulate(last - first for first, last, _ in lists)), BUDGET)
        return Reading(self, self._added(lists[: max(within, 1)]), lists[max(within, 1) :])

    def scores_at(self, query: Mapping[str, float], positions: NDArray[np.int64]) -> NDArray[np.float32]:
        """The scores of the passages at `positions` (ascending) only, shape (len(positions),)."""
        found = np.zeros(len(positions), dtype=np.float32)
        self.add_at(found, positions, self._lists(query))
        return found

    def add_at(self, found: NDArray[np.float32], positions: NDArray[np.int64], lists: Iterable[_List]) -> None:
        """Add to `found`, the scores of the passages at `positions` (ascending), what they have by `lists`."""
        if not len(positions):
            return
        wanted = positions.astype(np.int32)
        for first, last, share in lists:
            held = self._passages[first:last]
            # Positions often lie close together (one document): the list is narrowed to them first.
            low, high = np.searchsorted(held, wanted[[0, -1]])
            held = held[low : high + 1]
            at = np.searchsorted(held, wanted)
            at[at == len(held)] = 0
            hit = held[at] == wanted if len(held) else np.zeros(len(wanted), dtype=bool)
            found[hit] += share * self._weights[first + low + at[hit]]

    def _lists(self, query: Mapping[str, float]) -> list[_List]:
        """The lists of the words of `query`, rarest first: all scores are added up in this order, to the last bit alike."""
        found = ((*self._list(word), share) for word, share in query.items())
        return sorted(((first, last, share) for first, last, share in found if last > first), key=lambda one: (one[1] - one[0], one[0]))

    def _added(self, lists: Iterable[_List]) -> NDArray[np.float32]:
        found = np.zeros(self._size, dtype=np.float32)
        for first, last, share in lists:
            np.add.at(found, self._passages[first:last], share * self._weights[first:last])
        return found

    def _find(self, word: str) -> tuple[int, int]:
        at = self._vocabulary.find(word)
        return (0, 0) if at is None else (int(self._starts[at]), int(self._starts[at + 1]))


class Reading:
    """What was read of a query's words: their sum for every passage, and the lists of common words that are not in it."""

    def __init__(self, postings: Postings, found: NDArray[np.float32], rest: Sequence[_List]) -> None:
        self._postings, self._found, self._rest = postings, found, rest

    def best(self, k: int, among: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        """The positions of about `k` passages that score best on what was read, of those `among` (ascending) where
        given; ascending."""
        held = _promising(self._found, k) if among is None else among[self._found[among] > 0]
        if len(held) <= k:
            return held
        values = self._found[held]
        least = np.partition(values, len(values) - k)[len(values) - k]
        best: NDArray[np.int64] = held[values >= least][: 2 * k]
        return best

    def scores_at(self, positions: NDArray[np.int64]) -> NDArray[np.float32]:
        """The scores of the passages at `positions` (ascending) on all words, as `Postings.scores_at` gives them."""
        found = self._found[positions]
        self._postings.add_at(found, positions, self._rest)
        return found


def _promising(scores: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """The positions that may be among the `k` best scores above 0, ascending: more than `k`, or all above 0.

    A bound is taken from every `_STEP`-th score: to choose among all that hold a word takes ten times as long.
    """
    sample = scores[::_STEP]
    within = _MARGIN * k // _STEP + _MARGIN
    bound = np.partition(sample, len(sample) - within)[len(sample) - within] if within < len(sample) else 0.0
    held: NDArray[np.int64] = np.flatnonzero(scores >= bound if bound > 0 else scores)
    return held if len(held) > k else np.flatnonzero(scores)


class Vocabulary:
    """Words in the order of their UTF-8 bytes, found by bisection: nothing is loaded before a word is looked up."""

    def __init__(self, letters: NDArray[np.uint8], ends: NDArray[np.int64]) -> None:
        self.letters = letters
        self.ends = ends

    @classmethod
    def of(cls, words: Sequence[str]) -> Vocabulary:
        """The vocabulary of sorted `words`."""
        encoded = [word.encode() for word in words]
        ends = np.cumsum([len(word) for word in encoded], dtype=np.int64) if encoded else np.empty(0, dtype=np.int64)
        return cls(np.frombuffer(b"".join(encoded), dtype=np.uint8), ends)

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, at: int) -> bytes:
        return self.letters[(self.ends[at - 1] if at else 0) : self.ends[at]].tobytes()

    def find(self, word: str) -> int | None:
        """The place of `word`, or None."""
        wanted = word.encode(errors="surrogatepass")
        at = bisect_left(self, wanted)
        return at if at < len(self) and self[at] == wanted else None


def _bm25(
    terms: NDArray[np.int32], counts: NDArray[np.int32], passages: NDArray[np.int32], lengths: NDArray[np.int32]
) -> NDArray[np.float32]:
    """The weight of each holding (`terms`, `counts`, `passages` side by side): Robertson's idf as Lucene has it, by
    the count against the passage's length."""
    if not len(terms):
        return np.empty(0, dtype=np.float32)
    holders = np.bincount(terms)
    idf = np.log(1 + (len(lengths) - holders + 0.5) / (holders + 0.5))
    norm = K1 * (1 - B + B * lengths / max(float(lengths.mean()), 1e-9))
    weights = np.empty(len(terms), dtype=np.float32)
    for first in range(0, len(terms), _BLOCK):
        part = slice(first, first + _BLOCK)
        weights[part] = idf[terms[part]] * counts[part] / (counts[part] + norm[passages[part]])
    return weights
