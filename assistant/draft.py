"""An answer before verification: lines of words with the clauses they rest on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from assistant.answer import Status
from corpus.document import Clause


@dataclass(slots=True)
class Line:
    """One statement before verification: its words and the clauses it rests on, best first."""

    text: str
    clauses: list[Clause]
    allowed: tuple[str, ...] = ()  # figures that a count or a sum produced


@dataclass(slots=True)
class Draft:
    """An answer before verification."""

    status: Status
    lines: list[Line] = field(default_factory=list)
    nearest: list[Clause] = field(default_factory=list)
    message: str = ""
    clarification: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What one group of documents (a place) answers, with the score of its best clause."""

    lines: tuple[Line, ...]
    carried: float  # share of the question's terms that its best clause carries
    complete: bool = True  # False where a part of the question stays open


def prefixed(line: Line, prefix: str) -> Line:
    """The line with a place in front, unless it opens with it already."""
    return line if line.text.startswith(prefix) else replace(line, text=prefix + line.text)
