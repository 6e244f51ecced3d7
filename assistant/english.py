"""Questions in English, put into the words of the documents before they are understood.

No translation: the terms of a word list, place names and figures are found, longest first, and set in the order in
which Chinese asks: where, when, what, how much. A word that is not in the list stays in the question, so that no
clause answers for what it does not say (the heating subsidy is not some other subsidy).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from threading import Lock
from typing import Final

from assistant.answer import Status
from corpus.document import Place
from corpus.places import register, short_name

ENOUGH: Final = 2  # terms of the list that make a question English; behind other questions one does
LONGEST: Final = 8  # words of the longest term

_NOTES: Final = {
    Status.ANSWERED: "The documents are in Chinese; the answer quotes them as they stand.",
    Status.PARTIAL: "The documents are in Chinese; the answer quotes them as they stand. Not all of it was found.",
    Status.CLARIFY: "The answer differs from place to place: name one. The documents are in Chinese.",
    Status.NOT_FOUND: "Not found: the documents, which are in Chinese, do not say this.",
    Status.OUT_OF_SCOPE: "This does not read as a question about policy: name a place and a matter, for example a "
    "subsidy, a target or who leads a task.",
}  # fmt: skip

_HAN = re.compile(r"[\u3400-\u9fff]")
_SENTENCE = re.compile(r"[^.?!;\n]+(?:[.?!;](?=\S)[^.?!;\n]*)*[.?!;\n]*")
_TOKEN = re.compile(r"\d[\d,]*(?:\.\d+)?|[A-Za-zÀ-ɏ]+|[\u3400-\u9fff]+|%|[¥￥]|[^\sA-Za-z\d]")
_YEAR = re.compile(r"(?:19|20)\d\d")
_SCALES: Final = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000}
_OPENS_CLAIM: Final = frozenset("is are was were do does did can may must should has have will".split())
_NUMBERED: Final = {"article": "第{}条", "level": "{}级", "grade": "{}级"}
_NUMERALS: Final = {w: n for n, w in enumerate("one two three four five six seven eight nine ten".split(), 1)}


@dataclass(frozen=True, slots=True)
class Term:
    """What English words stand for, and what they do in a question (`wordlists/english.tsv`)."""

    chinese: str
    role: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """An English question in the words of the documents, and its words that the list does not hold."""

    text: str
    unknown: tuple[str, ...] = ()

    def note(self, status: Status) -> str:
        """What the asker is told, in one line."""
        words = f" Words not understood: {', '.join(self.unknown)}." if self.unknown else ""
        return _NOTES[status] + words


@dataclass(slots=True)
class _Parts:
    """What one sentence says, by where it stands in Chinese."""

    places: list[str] = field(default_factory=list)
    years: list[str] = field(default_factory=list)
    first: list[str] = field(default_factory=list)
    topic: list[str] = field(default_factory=list)
    measures: list[str] = field(default_factory=list)
    asks: list[str] = field(default_factory=list)
    matter: bool = False
    known: int = 0
    of: int | None = None  # where what follows goes: the first review of the subsidy is 补贴 初审

    def chinese(self, claim: bool) -> str:
        """The sentence in Chinese; `claim` where it asks whether something is so."""
        asks = list(dict.fromkeys(self.asks))
        if not asks and claim:
            asks = ["吗"]
        elif not asks and self.measures:
            asks = ["是什么" if self.matter else "是多少"]
        elif not asks and self.topic:
            asks = ["有什么规定"]
        about = [*dict.fromkeys(self.first), *self.topic, *dict.fromkeys(self.measures)]
        return " ".join(
            part for part in ("、".join(dict.fromkeys(self.places)), "、".join(dict.fromkeys(self.years)),
                              " ".join(about) + "".join(asks)) if part
        )  # fmt: skip


class English:
    """Renders English questions for one corpus."""

    def __init__(self, held: Iterable[Place] = ()) -> None:
        self._held = tuple(held)
        self._places: dict[str, str] | None = None
        self._lock = Lock()

    def render(self, text: str, *, after: bool = False) -> Rendered | None:
        """`text` in the words of the documents, or None where it is not English; `after` other questions one
        known term is enough (Who leads it?).

        English is what has no Chinese characters, or some (a term) among more English words.
        """
        words = re.findall(r"[A-Za-z]{2,}", text)
        chinese = len(_HAN.findall(text))
        if len(words) < (1 if after else 2) or (chinese and (len(words) < 2 * ENOUGH or chinese >= len(words))):
            return None
        pieces: list[str] = []
        unknown: list[str] = []
        known = 0
        for sentence in _SENTENCE.findall(unicodedata.normalize("NFKC", text).replace("’", "'")):
            parts, claim = self._sentence(sentence, unknown)
            known += parts.known
            if said := parts.chinese(claim):
                pieces.append(said)
        if known < (1 if after else ENOUGH):
            return Rendered(text) if not chinese and len(words) > 1 else None
        return Rendered("？".join(pieces) + "？", tuple(dict.fromkeys(unknown)))

    def _sentence(self, sentence: str, unknown: list[str]) -> tuple[_Parts, bool]:
        tokens = _TOKEN.findall(re.sub(r"(?<=[A-Za-z])'s?\b(?!\w)", " ", sentence).replace("'", ""))
        bare = [_bare(token) for token in tokens]
        parts = _Parts()
        last: Term | None = None
        at = 0
        while at < len(tokens):
            if size := self._figure(tokens, bare, at, parts):
                at += size
                continue
            if bare[at] == "of" and parts.topic and last is not None and last.role == "topic":
                parts.of = len(parts.topic) - 1
            size, term = self._term(tokens, bare, at)
            last = last if term is not None and term.role == "drop" else term
            if term is not None:
                _add(parts, term)
            elif _HAN.match(tokens[at]):
                parts.topic.append(tokens[at])
            elif tokens[at][0].isalnum() and len(tokens[at]) > 1:
                parts.topic.append(tokens[at].lower())
                unknown.append(tokens[at])
            at += max(1, size)
        return parts, bool(tokens) and tokens[0].lower() in _OPENS_CLAIM

    def _term(self, tokens: Sequence[str], bare: Sequence[str], at: int) -> tuple[int, Term | None]:
        """The longest term that begins at `at`, and how many words it has."""
        terms = english_terms()
        for size in range(min(LONGEST, len(bare) - at), 0, -1):
            key = " ".join(bare[at : at + size])
            term = terms.get(key)
            if term is not None:
                return size, term
            name = "".join(tokens[at : at + size])
            if size <= 3 and name[:1].isalpha() and (place := self._named().get(_plain(name))) is not None:
                return size, Term(place, "place")
        return 0, None

    def _figure(self, tokens: Sequence[str], bare: Sequence[str], at: int, parts: _Parts) -> int:
        """How many words a year, a numbered thing or a figure with its unit takes from `at`; 0 where none is there."""
        numbered = _NUMBERED.get(bare[at])
        if numbered is not None and at + 1 < len(tokens) and tokens[at + 1].isdigit():
            parts.topic.append(numbered.format(tokens[at + 1]))
            parts.known += ENOUGH  # Article 16 alone makes a question
            return 2
        if _YEAR.fullmatch(tokens[at]):
            parts.years.append(f"{tokens[at]}年")
            return 1
        spoken = _NUMERALS.get(tokens[at].lower())
        if not tokens[at][0].isdigit() and (spoken is None or at + 1 == len(tokens)):
            return 0
        if any(" ".join(bare[at : at + size]) in english_terms() for size in range(2, min(4, len(bare) - at) + 1)):
            return 0
        value, size = tokens[at].replace(",", "") if spoken is None else str(spoken), 1
        while at + size < len(bare) and bare[at + size] in _SCALES:
            value = f"{float(value) * _SCALES[bare[at + size]]:g}" if "." in value else str(int(value) * _SCALES[bare[at + size]])
            size += 1
        for length in (3, 2, 1):
            unit = _units().get(" ".join(bare[at + size : at + size + length]))
            if unit is not None and at + size + length <= len(bare):
                parts.topic.append("千人" if (value, unit) == ("1000", "人") else value + unit)
                return size + length
        if at + size < len(tokens) and tokens[at + size] == "%":
            parts.topic.append(f"{value}%")
            return size + 1
        if spoken is not None:
            return 0
        parts.topic.append(value)
        return size

    def _named(self) -> dict[str, str]:
        """Places by their name in pinyin: provinces, cities, and those that have documents with what lies in them.

        A name of several places is left out unless one of them has documents.
        """
        with self._lock:
            if self._places is None:
                self._places = self._spelled()
            return self._places

    def _spelled(self) -> dict[str, str]:
        # Loaded with the first English question: its table of phrases (重庆, 厦门) takes 50 MB.
        from pypinyin import lazy_pinyin

        found: dict[str, list[Place]] = {}
        for place in register():
            if place.level != "county" or any(held == place or held.holds(place) for held in self._held):
                name = "".join(lazy_pinyin(short_name(place) or place.name))
                for spelled in {name, name.replace("v", "u")}:
                    found.setdefault(spelled, []).append(place)
        named: dict[str, str] = {}
        for name, places in found.items():
            chosen = [p for p in places if p in self._held] or places
            levels = [p for p in chosen if p.level == chosen[0].level]
            if len(levels) == 1 and len(name) > 3:
                named[name] = "".join(levels[0].path)
        return named


@cache
def english_terms() -> dict[str, Term]:
    """The terms of the word list by their bare English, without the units."""
    return {key: Term(chinese, role) for role, chinese, key in _rows() if role != "unit"}


@cache
def _units() -> dict[str, str]:
    return {key: chinese for role, chinese, key in _rows() if role == "unit"}


@cache
def _rows() -> tuple[tuple[str, str, str], ...]:
    text = (files("corpus") / "wordlists" / "english.tsv").read_text(encoding="utf-8")
    lines = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return tuple(
        (role, chinese, " ".join(map(_bare, _TOKEN.findall(term)))) for role, chinese, *english in lines for term in english
    )


def _add(parts: _Parts, term: Term) -> None:
    """Put a term where it stands in Chinese."""
    if term.role == "drop":
        return
    parts.known += 1
    if term.role == "place":
        parts.places.append(term.chinese)
    elif term.role == "first" and parts.topic and parts.topic[-1][0].isdigit():
        parts.topic[-1] = term.chinese + parts.topic[-1]  # 800 yuan per year: 每年800元
    elif term.role == "first":
        parts.first.append(term.chinese)
    elif term.role == "ask":
        parts.asks.append(term.chinese)
    elif term.role in ("measure", "matter"):
        parts.measures.append(term.chinese)
        parts.matter = parts.matter or term.role == "matter"
    else:
        parts.topic.insert(len(parts.topic) if parts.of is None else parts.of, term.chinese)
        parts.of = None


def _bare(word: str) -> str:
    """A word without capitals and plural: Subsidies → subsidy, places → place, class → class."""
    word = word.lower().replace(",", "")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "ches", "shes", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _plain(name: str) -> str:
    """A name in plain letters: Lüliang → luliang."""
    return "".join(c for c in unicodedata.normalize("NFD", name.lower()) if c.isascii())
