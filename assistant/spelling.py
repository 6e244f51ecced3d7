"""Questions typed by sound: 奖捕 for 奖补, 托玉 for 托育, read as the word that the corpus uses.

An input method by pinyin offers the wrong character of the right sound. Such a character stands alone when the
question is cut into words, and with its neighbours makes a word only once it is changed. Nothing is changed where
the corpus or the dictionary knows what was typed, and one character a word at most: a right question must never be
altered.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING, Final

from corpus.lexicon import synonyms
from corpus.normalize import in_script, normalize, script_of
from corpus.places import Gazetteer, mentions

if TYPE_CHECKING:
    from indexing.lexical import LexicalIndex

LENGTHS: Final = (4, 3, 2)  # characters of a word that is looked for, longest first
LEAST: Final = 5  # passages that must hold a word; one is enough for a term of the corpus or a listed synonym
SHARE: Final = 1 / 5000  # and of all passages, so that a rare word of a large corpus draws nothing to itself
CLEAR: Final = 4  # times more passages than any other word of the same sound
OWN: Final = 1500  # times more of the passages hold it than general Chinese leads to expect: a word of this corpus
LONGEST: Final = 400  # characters; a longer text is pasted, not typed
MOST: Final = 8  # changes to one question; a text with more is no slip of the keyboard

_RUN = re.compile(r"[\u4e00-\u9fff]{1,64}")  # cut anew after each change: kept short
# What a question quotes it means as it stands: titles and names.
_QUOTED = re.compile(r"《[^》]*》|“[^”]*”|\"[^\"]*\"|'[^']*'")
# Numerals, units and the characters that stand alone in any sentence: right whatever stands beside them.
_KEPT = frozenset(
    "〇零一二三四五六七八九十百千万亿两半第几元角分块年月日号天时周岁个名人家所间项条款级类种次倍米平亩张份户"
    "的地得了着著过是在有和与及或把被给对向从到由于为以就都也还又再很不没未无非要会能可应须需想让使请问谁多少这那哪么吗呢吧啊"
    "呀嘛哦咩啦我你您他她它们其此每各某即则若但而且只便将自起至因所之上下里外前后中内东西南北大小高低省市区县镇乡村街"
)


@dataclass(frozen=True, slots=True)
class Change:
    """A word as typed and as it is read, both in the asker's script."""

    typed: str
    read: str


@dataclass(frozen=True, slots=True)
class Spelled:
    """A question as it is read, and what was changed in it; without changes it is the question as typed."""

    text: str
    changes: tuple[Change, ...] = ()


class Spelling:
    """Reads questions with the words of one corpus."""

    def __init__(self, lexical: LexicalIndex, gazetteer: Gazetteer | None = None) -> None:
        self._lexical = lexical
        self._cutter = lexical.cutter
        self._terms = frozenset(self._cutter.words) | synonyms().keys()
        self._gazetteer = gazetteer
        self._least = max(LEAST, int(SHARE * len(lexical)))

    def read(self, text: str) -> Spelled:
        """`text` with the words that were typed by their sound put right."""
        if len(text) > LONGEST:
            return Spelled(text)
        folded = normalize(text)
        chars = list(folded.text)
        kept = self._kept(folded.text)
        changes: dict[int, tuple[int, str, str]] = {}
        for run in _RUN.finditer(folded.text):
            while (found := self._first(chars, run.start(), run.end(), kept)) is not None:
                at, start, end, character = found
                typed = "".join(chars[start:end])
                chars[at] = character
                changes[at] = (start, typed, "".join(chars[start:end]))
                kept.update(range(start, end))
                if len(changes) > MOST:
                    return Spelled(text)
        if not changes:
            return Spelled(text)
        script = script_of(text)
        pieces: list[str] = []
        last = 0
        for at in sorted(changes):
            span = folded.span(at, at + 1)
            pieces += [text[last : span.start], in_script(chars[at], script)]
            last = span.end
        told = (changes[at] for at in sorted(changes))
        return Spelled(
            "".join(pieces) + text[last:],
            tuple(dict.fromkeys(Change(in_script(a, script), in_script(b, script)) for _, a, b in told)),
        )

    def _kept(self, text: str) -> set[int]:
        """The positions that are never changed: what is quoted, and places."""
        spans = [match.span() for match in _QUOTED.finditer(text)]
        spans += [(mention.start, mention.end) for mention in mentions(text, self._gazetteer)]
        return {at for start, end in spans for at in range(start, end)}

    def _first(
        self, chars: Sequence[str], start: int, end: int, kept: set[int]
    ) -> tuple[int, int, int, str] | None:
        """The first character of `chars[start:end]` to change: its position, the bounds of its word, what it is read
        as."""
        run = "".join(chars[start:end])
        alone = [length == 1 for _, length in self._tokens(run) for _ in range(length)]
        for at, single in enumerate(alone):
            if not single or start + at in kept or run[at] in _KEPT:
                continue
            for size in LENGTHS:
                for first in range(max(0, at - size + 1), min(at, len(run) - size) + 1):
                    beside = (i for i in range(first, first + size) if i != at)
                    if any(start + i in kept or (alone[i] and run[i] in _KEPT) for i in beside):
                        continue
                    character = self._meant(run, at, first, first + size)
                    if character is not None:
                        return start + at, start + first, start + first + size, character
        return None

    def _meant(self, run: str, at: int, first: int, end: int) -> str | None:
        """The character for `run[at]` that makes a word of the corpus of `run[first:end]`, or None."""
        if self._stands(run, at, first, end):
            return None
        found: list[tuple[int, str, str]] = []
        for character in _alike(run[at]):
            word = run[first:at] + character + run[at + 1 : end]
            if character not in _KEPT and self._knows(word) and (held := self._lexical.words.holders(word)):
                found.append((held, character, word))
        found.sort(reverse=True)
        if not found or (len(found) > 1 and found[0][0] < CLEAR * found[1][0]):
            return None
        held, character, word = found[0]
        term = word in self._terms
        if (held < self._least and not term) or self._lift(word, held) < OWN or mentions(word, self._gazetteer):
            return None
        # Put right, the question is cut so that the word stands whole in it; only a term may be made of pieces (托育,
        # which the dictionary does not hold) or take one of a longer word (拖|位数).
        mended = run[:at] + character + run[at + 1 :]
        whole = any(i <= first and end <= i + length for i, length in self._tokens(mended))
        fits = {first, end} <= {i for i, _ in self._tokens(run)} | {len(run)}
        return character if (whole and fits) or (term and (whole or fits)) else None

    def _stands(self, run: str, at: int, first: int, end: int) -> bool:
        """Whether the dictionary or the corpus knows the character at `at` beside what stands in the window."""
        if self._knows(run[first:end]) or self._lexical.words.holders(run[first:end]):
            return True
        pairs = [run[i : i + 2] for i in (at - 1, at) if first <= i and i + 2 <= end]
        return any(self._knows(pair) or self._lexical.bigrams.holders(pair) for pair in pairs)

    def _tokens(self, run: str) -> Iterator[tuple[int, int]]:
        """Start and length of each word of a run of Chinese."""
        at = 0
        for word in self._cutter.cut(run):
            yield at, len(word)
            at += len(word)

    def _knows(self, word: str) -> bool:
        return word in self._terms or self._cutter.knows(word)

    def _lift(self, word: str, held: int) -> float:
        """How much more often passages of the corpus hold `word` than a word of general Chinese is this one."""
        return held / len(self._lexical) / self._cutter.share(word)


@cache
def _sounds() -> tuple[dict[str, str], dict[str, str]]:
    """The first sound of each character of GB 2312, and for each sound the characters that have it first or second.

    Only the table of characters is read from pypinyin: its table of phrases takes 50 MB more.
    """
    table = Path(str(distribution("pypinyin").locate_file("pypinyin/pinyin_dict.json")))
    readings: dict[str, str] = json.loads(table.read_text(encoding="utf-8"))
    first: dict[str, str] = {}
    having: dict[str, str] = {}
    for high in range(0xB0, 0xF8):
        for low in range(0xA1, 0xFF):
            character = bytes((high, low)).decode("gb2312", errors="ignore")
            said = readings.get(str(ord(character)), "") if character else ""
            sounds = list(dict.fromkeys(_toneless(sound) for sound in said.split(",")[:2])) if said else []
            if sounds:
                first[character] = sounds[0]
            for sound in sounds:
                having[sound] = having.get(sound, "") + character
    return first, having


def _toneless(sound: str) -> str:
    """A syllable without its tone: bǔ → bu, lǜ → lü."""
    bare = "".join(c for c in unicodedata.normalize("NFD", sound) if c not in "\u0300\u0301\u0304\u030c")
    return unicodedata.normalize("NFC", bare)


def _alike(character: str) -> str:
    """The other characters that sound as this one does."""
    first, having = _sounds()
    return having.get(first.get(character, ""), "").replace(character, "")
