"""Nothing of a source is lost: every code point stands in exactly one clause, heading or furniture stretch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from corpus.document import Document, Furniture, Span

# What markdown and table extractors print between the words: marks of emphasis, of headings and lists, pipes.
_MARKUP = re.compile(r"(?:[\s|*#>_\-+:`•●▪◆\ufeff]|\[bookmark: [^\]]*\]|</?(?:table|thead|tbody|t[rdh])\b[^<>]*>)*")


@dataclass(frozen=True, slots=True)
class Leak:
    """A stretch that stands in no place, or in several."""

    span: Span
    text: str
    places: int  # 0 for lost, 2 or more for counted twice


def leaks(document: Document) -> list[Leak]:
    """The stretches of a document that break the rule; empty where nothing is lost or doubled.

    White space between the pieces counts for nothing.
    """
    spans = [
        *(clause.span for clause in document.clauses),
        *(heading.span for heading in document.headings),
        *(stretch.span for stretch in document.furniture),
    ]
    found: list[Leak] = []
    position, depth = 0, 0
    edges = sorted([(s.start, 1) for s in spans if len(s)] + [(s.end, -1) for s in spans if len(s)])
    for at, step in [*edges, (len(document.source), 0)]:
        if at > position and depth != 1:
            text = document.source[position:at]
            if text.strip():
                found.append(Leak(Span(position, at), text, depth))
        position, depth = at, depth + step
    return found


def markup_between(source: str, pieces: Iterable[Span], tables: Sequence[Span]) -> tuple[Furniture, ...]:
    """The stretches between `pieces` that are markup, or lie within a table (rules, headers printed again)."""
    stretches: list[Furniture] = []
    position = 0
    for piece in [*sorted(pieces), Span(len(source), len(source))]:
        if piece.start > position:
            gap = source[position : piece.start]
            start = position + len(gap) - len(gap.lstrip())
            end = position + len(gap.rstrip())
            if start < end:
                span = Span(start, end)
                if any(table.covers(span) for table in tables):
                    stretches.append(Furniture("table rule", span))
                elif _MARKUP.fullmatch(source[start:end]):
                    stretches.append(Furniture("markup", span))
        position = max(position, piece.end)
    return tuple(stretches)
