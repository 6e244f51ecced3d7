"""Does a clause carry what was asked for? Terms of a question, and how much of them a text supports.

The decision to answer rests on this: on words, years and kinds of figures that stand in the clause, not on how
near two vectors are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.question import Question
from corpus.document import Clause, ClauseKind, Document
from corpus.lexicon import synonyms
from corpus.normalize import normal, normalize
from corpus.quantities import sentences

if TYPE_CHECKING:
    from indexing.lexical import WordCutter

HEADING_WEIGHT = 1.6  # a term in a clause's own heading tells more than one somewhere in its text


@dataclass(frozen=True, slots=True)
class Term:
    """A word the question is about, and how much it tells (rare words tell more), 0 to 1."""

    word: str
    weight: float


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence of a clause: offsets into the clause's text, its normal words, its support for the question."""

    start: int
    end: int
    text: str
    support: float


def terms(question: Question, cutter: WordCutter) -> tuple[Term, ...]:
    """The terms of a question's subject, each once, longest cut only."""
    found: dict[str, float] = {}
    for run in question.subject.split():
        for word in cutter.plain_words(run):
            if len(word) > 1 or word.isdigit() or word in synonyms():
                found[word] = cutter.rarity(word)
    return tuple(Term(word, weight) for word, weight in found.items())


def context(clause: Clause, document: Document) -> str:
    """What a clause is read with: title, headings above, its own words, its headers."""
    headers = " ".join(dict.fromkeys(cell.header for cell in clause.cells))
    return normal(" ".join((document.title, *clause.breadcrumb, clause.heading or "", headers, clause.text)))


def supports(text: str, word: str) -> float:
    """How far `text` carries `word`: 1 as it stands, 0.9 by a synonym, less by parts of a long word."""
    if word in text:
        return 1.0
    for other in synonyms().get(word, ()):
        if len(other) > 1 and other in text:
            return 0.9
    if len(word) < 3:
        return 0.0
    for part, others in synonyms().items():
        # 托育园区 holds 托育园: the synonym of a part stands for it.
        if len(part) > 1 and part in word and any(len(other) > 1 and other in text for other in others):
            return 0.7
    pairs = [word[i : i + 2] for i in range(len(word) - 1)]
    return 0.7 * sum(pair in text for pair in pairs) / len(pairs)


def coverage(asked: Sequence[Term], text: str) -> float:
    """The share of the question's terms that `text` carries, by weight; 1 where nothing was asked for."""
    total = sum(term.weight for term in asked)
    if not total:
        return 1.0
    return sum(term.weight * supports(text, term.word) for term in asked) / total


def passages(clause: Clause, asked: Sequence[Term]) -> list[Passage]:
    """The sentences of a clause without its label, heading sentence and unit list, each with its support."""
    folded = normalize(clause.text)
    text = folded.text
    body = 0
    if clause.kind is not ClauseKind.ROW:
        opening = re.match(r"^\s*(?:第\s*[\d一二三四五六七八九十百零]+(?:-\d+)?\s*条|[一二三四五六七八九十]+、|\([^()]{1,3}\)|\d{1,3}[.、)])\s*", text)
        body = opening.end() if opening else 0
        heading = normal(clause.heading or "")
        if heading and text.startswith(heading, body):
            after = body + len(heading)
            rest = re.match(r"[。:\s|]*", text[after:])
            after += rest.end() if rest else 0
            if after < len(text):
                body = after
    found: list[Passage] = []
    for start, end in sentences(text[body:]):
        piece = text[body + start : body + end]
        if re.fullmatch(r"\((?:牵头|责任|主办|配合)[^()]*(?:\([^()]*\)[^()]*)*\)[。]?", piece):
            continue
        span = folded.span(body + start, body + end)
        found.append(Passage(span.start, span.end, piece, coverage(asked, piece)))
    return found
