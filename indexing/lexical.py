"""Words and character pairs in BM25. The only room that imports jieba.

Two legs: jieba words carry meaning, character bigrams catch what the dictionary cuts wrongly.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from corpus.document import Document
from corpus.errors import IndexMismatchError
from corpus.lexicon import synonyms
from corpus.normalize import normal
from indexing.postings import Postings

if TYPE_CHECKING:
    from jieba import Tokenizer

_RUN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+|[a-z0-9]+(?:\.[0-9]+)?%?")
# Function words and question words: they stand everywhere or nowhere and say nothing about the topic.
_STOP = frozenset("的 了 和 与 及 或 在 是 有 对 为 以 于 等 按 将 由 把 被 从 到 并 其 该 之 吗 呢 吧 啊 么 什么 哪些 哪个 多少 如何 怎么 怎样 "
                  "谁 几 请问 一下 我 你 我们 你们 他们 这 那 这个 那个 可以 能 要 会 就 都 也 还 又 再 很 不 没 没有 给 得 着 过 来 去".split())  # fmt: skip


_TAGS = 10_000  # words whose part of speech is kept
_READING = Lock()


class WordCutter:
    """jieba with words of the corpus added, so that 千人口托位数 and 卫生健康委 stay whole."""

    def __init__(self, words: Sequence[str] = ()) -> None:
        self.words = tuple(words)
        self._tokenizer: Tokenizer | None = None
        self._tags: dict[str, str] = {}
        self._tagged: bytes | None = None  # jieba's dictionary as it is: `word count tag` a line
        self._lock = Lock()

    def _load(self) -> Tokenizer:
        if self._tokenizer is not None:
            return self._tokenizer
        with self._lock:
            return self._prepare()

    def _prepare(self) -> Tokenizer:
        if self._tokenizer is None:
            tokenizer = _copied(_plain())
            for word in (*self.words, *synonyms()):
                if len(word) > 1 and word not in tokenizer.FREQ:
                    tokenizer.add_word(word)
            self._tokenizer = tokenizer
        return self._tokenizer

    def words_of(self, text: str) -> list[str]:
        """The words of normal `text` in search mode (long words and the words inside them), no stop words."""
        return _without_stop_words(text, self._load().cut_for_search)

    def plain_words(self, text: str) -> list[str]:
        """The words of normal `text` in order, each cut once, stop words left out."""
        # Without guessing new words: 要建, 能补 and 末托育 would be guessed where a question runs on.
        return _without_stop_words(text, self.cut)

    def cut(self, run: str) -> list[str]:
        """A run of Chinese cut into words of the dictionary, nothing left out and nothing guessed."""
        return list(self._load().cut(run, HMM=False))

    def knows(self, word: str) -> bool:
        """Whether `word` is one of the dictionary or of the corpus."""
        return bool(self._load().FREQ.get(word))

    def kind(self, word: str) -> str:
        """The part of speech of `word` as jieba's dictionary tags it (`n`, `v`, `t` 当月, `f` 里面 …); empty for a word
        that is not in it."""
        known = self._tags.get(word)
        if known is None:
            known = self._tags[word] = self._tag(word) if self.knows(word) else ""
            if len(self._tags) > _TAGS:
                self._tags.clear()
        return known

    def _tag(self, word: str) -> str:
        with self._lock:
            if self._tagged is None:
                import jieba

                with jieba.get_module_res(jieba.DEFAULT_DICT_NAME) as file:
                    self._tagged = b"\n" + file.read()
            at = self._tagged.find(f"\n{word} ".encode())
        if at < 0:
            return ""
        return self._tagged[at + 1 : self._tagged.find(b"\n", at + 1)].rsplit(b" ", 1)[-1].decode("ascii").strip()

    def share(self, word: str) -> float:
        """How many of the words of general Chinese are this one, by jieba's counts; never 0."""
        tokenizer = self._load()
        return float(((tokenizer.FREQ.get(word) or 0) + 1) / (tokenizer.total + 1))

    def rarity(self, word: str) -> float:
        """How much a word tells, 0 to 1: the logarithm of how seldom general Chinese uses it (jieba's counts)."""
        tokenizer = self._load()
        count = tokenizer.FREQ.get(word) or 0
        return math.log((tokenizer.total + 1) / (count + 1)) / math.log(tokenizer.total + 1)


def _plain() -> Tokenizer:
    """jieba with its own dictionary only, read once for the process: that takes a second and 65 MB, a copy 20 ms and 15."""
    with _READING:
        return _read()


@cache
def _read() -> Tokenizer:
    import jieba

    jieba.setLogLevel(logging.ERROR)
    tokenizer = jieba.Tokenizer()
    tokenizer.initialize()
    return tokenizer


def _copied(plain: Tokenizer) -> Tokenizer:
    """A tokenizer with the same dictionary, to which words may be added."""
    import jieba

    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total, tokenizer.initialized = plain.FREQ.copy(), plain.total, True
    return tokenizer


def _without_stop_words(text: str, cut: Callable[[str], Iterable[str]]) -> list[str]:
    """The words of normal `text`: its Chinese runs as `cut` cuts them, its other runs whole."""
    found: list[str] = []
    for run in _RUN.findall(text.lower()):
        found.extend([run] if run.isascii() else cut(run))
    return [word for word in found if word not in _STOP]


def bigrams_of(text: str) -> list[str]:
    """The character pairs of each Chinese run, numbers and Latin words whole."""
    found: list[str] = []
    for run in _RUN.findall(text.lower()):
        if run.isascii() or len(run) == 1:
            found.append(run)
        else:
            found.extend(run[i : i + 2] for i in range(len(run) - 1))
    return found


def corpus_words(documents: Iterable[Document]) -> list[str]:
    """Words that the corpus itself defines: units, row keys, indicators; sorted."""
    return sorted({word for document in documents for word in document_words(document)})


def document_words(document: Document) -> set[str]:
    """The words that one document defines."""
    words: set[str] = set()
    for clause in document.clauses:
        for unit in (*clause.lead_units, *clause.responsible_units):
            words.add(re.sub(r"^[省市区县旗]", "", normal(unit)))
            words.add(normal(unit))
        for figure in clause.figures:
            words.add(normal(figure.scope or ""))
            words.add(re.sub(r"^.*的", "", normal(figure.indicator or "")))
    return {w for w in words if 2 <= len(w) <= 12 and re.fullmatch(r"[\u3400-\u9fff]+", w)}


class LexicalIndex:
    """BM25 over words and over bigrams of the same passages."""

    def __init__(self, cutter: WordCutter, words: Postings, bigrams: Postings, size: int) -> None:
        self.cutter = cutter
        self.words = words
        self.bigrams = bigrams
        self._size = size

    @classmethod
    def from_texts(cls, texts: Sequence[str], cutter: WordCutter) -> LexicalIndex:
        """An index of normal `texts`; positions are those of the sequence."""
        return cls(cutter, Postings.from_words(map(cutter.words_of, texts)), Postings.from_words(map(bigrams_of, texts)),
                   len(texts))  # fmt: skip

    def save(self, folder: Path) -> None:
        """Write the index and its words into `folder`, which must not exist yet."""
        folder.mkdir(parents=True)
        self.words.save(folder / "words")
        self.bigrams.save(folder / "bigrams")
        (folder / "dictionary.txt").write_text("\n".join(self.cutter.words), encoding="utf-8")
        (folder / "size").write_text(str(self._size), encoding="ascii")

    @classmethod
    def open(cls, folder: Path) -> LexicalIndex:
        """The index in `folder`, memory-mapped. Raises IndexMismatchError where it cannot be read."""
        try:
            words = (folder / "dictionary.txt").read_text(encoding="utf-8").split("\n")
            size = int((folder / "size").read_text(encoding="ascii"))
            return cls(WordCutter([w for w in words if w]), Postings.open(folder / "words", size),
                       Postings.open(folder / "bigrams", size), size)  # fmt: skip
        except (OSError, ValueError, EOFError) as error:
            raise IndexMismatchError(
                f"the word index at {str(folder)!r} cannot be read ({error}); run `tiaowen build` again"
            ) from error

    def __len__(self) -> int:
        return self._size

    def spread(self, word: str) -> float:
        """How few passages hold `word`: 0 where all do, 1 where none does (inverse document frequency, scaled)."""
        return self._scarcity(self.words.holders(word) if word else 0)

    def pair_spread(self, pair: str) -> float:
        """The same for two characters side by side."""
        return self._scarcity(self.bigrams.holders(pair))

    def _scarcity(self, held: int) -> float:
        return math.log((self._size + 1) / (held + 1)) / math.log(self._size + 1)

    def words_asked(self, text: str, also: str = "", share: float = 0.5) -> dict[str, float]:
        """The words of normal `text`, each once with weight 1; those of `also` (its synonyms) add `share`."""
        return _weighed(self.cutter.words_of(text), self.cutter.words_of(also), share)

    def bigrams_asked(self, text: str, also: str = "", share: float = 0.5) -> dict[str, float]:
        """The same for character pairs."""
        return _weighed(bigrams_of(text), bigrams_of(also), share)


def _weighed(words: Iterable[str], also: Iterable[str], share: float) -> dict[str, float]:
    weights = dict.fromkeys(words, 1.0)
    for word in dict.fromkeys(also):
        weights[word] = weights.get(word, 0.0) + share
    return weights
