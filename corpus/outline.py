"""The outline of a document: its numbered and unnumbered units, and the marks that stand between them."""

from __future__ import annotations

from dataclasses import dataclass, field

from corpus.document import ClauseKind, Part
from corpus.tables import Record

DIVISIONS = {"part", "subpart", "chapter", "section"}  # they head text and are no clauses themselves


@dataclass(slots=True)
class Node:
    """One labelled or unlabelled unit while the outline is built; offsets into the normal text."""

    kind: ClauseKind
    part: Part
    path: str
    label: str
    start: int
    end: int
    family: str = ""
    ordinal: int = 0
    heading: tuple[int, int] | None = None  # the heading's words without the label
    parent: Node | None = None
    children: list[Node] = field(default_factory=list)
    closed: bool = False  # a child, box or table has followed: later text is no longer its own
    record: Record | None = None
    caption: str = ""
    paragraphs: int = 0  # how many stand right under it, for a division


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch that is neither clause nor furniture: a title, a date line, a table head."""

    what: str  # title | number | date | organ | addressees | heading
    start: int
    end: int
    text: str
    part: Part


@dataclass(frozen=True, slots=True)
class Outline:
    """All nodes in document order, and the marks between them."""

    nodes: tuple[Node, ...]
    marks: tuple[Mark, ...]
