"""A clause as the verifier reads it: its atoms with the words around each, and the way back to the source.

A row of a table is read cell by cell, each with its row's name and its column's header, as an answer states it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from assistant.atoms import Atom, AtomKind, atoms_in, bare
from assistant.evidence import pairs
from assistant.figures import cell_statement
from corpus.document import Clause, ClauseKind, Document, Figure, Span
from corpus.normalize import normal, normalize

FindUnits = Callable[[str], Iterable[tuple[int, int, str]]]

_SENTENCE = frozenset("。;!?\n")
_NEAR_BY = 3  # characters between the two of a pair, and one
_NEAR = 60  # tokens looked at on either side of an atom
_HAN = re.compile(r"[\u4e00-\u9fa5]")
_HAN_RUN = re.compile(r"[\u4e00-\u9fa5]{2,}")
_EMPTY = frozenset("的为是和与及或在对按给达到各每共有以从由等并且")


@dataclass(frozen=True, slots=True)
class Context:
    """The words around an atom: `left` nearest first, and as pairs of characters what it is about."""

    left: tuple[str, ...]
    right: tuple[str, ...]
    before: frozenset[str]
    after: frozenset[str]
    others: frozenset[str]  # the other figures of the sentence


@dataclass(frozen=True)
class Passage:
    """A normal text with its atoms, cut into tokens: a figure is one, every other character is one."""

    text: str
    atoms: tuple[Atom, ...]
    _contexts: dict[Atom, Context] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def tokens(self) -> tuple[tuple[str, int, str], ...]:
        """Each token with its start and its kind: a family of figures, or empty."""
        found: list[tuple[str, int, str]] = []
        figures = {a.start: a for a in self.atoms if a.kind in (AtomKind.NUMBER, AtomKind.YEAR)}
        at = 0
        while at < len(self.text):
            figure = figures.get(at)
            if figure is not None:
                family = figure.unit or "number" if figure.kind is AtomKind.NUMBER else "year"
                found.append((f"#{figure.key}{figure.unit}", at, family))
                at = max(figure.end, at + 1)
                continue
            if not self.text[at].isspace() and self.text[at] not in "*|“”":
                found.append((self.text[at], at, ""))
            at += 1
        return tuple(found)

    @cached_property
    def years(self) -> tuple[Atom, ...]:
        """The atoms that name one year."""
        return tuple(a for a in self.atoms if a.kind is AtomKind.YEAR and len(a.key) == 1)

    def context(self, atom: Atom) -> Context:
        """The words around an atom within its sentence."""
        known = self._contexts.get(atom)
        if known is None:
            known = self._contexts[atom] = self._read(atom)
        return known

    def _read(self, atom: Atom) -> Context:
        first = bisect_left(self.tokens, atom.start, key=_place)
        left = self.tokens[max(0, first - _NEAR) : first][::-1]
        after = bisect_left(self.tokens, atom.end, key=_place)
        right = self.tokens[after : after + _NEAR + 1]
        stop = next((i for i, t in enumerate(left) if t[0] in _SENTENCE), len(left))
        family = (atom.unit or "number") if atom.kind is AtomKind.NUMBER else atom.kind.value
        return Context(
            tuple(t for t, _, _ in left), tuple(t for t, _, _ in right),
            frozenset(pairs_of(_about(left[:stop], family))), frozenset(pairs_of(_behind(right, family))),
            frozenset(t for t, _, of in (*left[:stop], *_sentence(right)) if of),
        )  # fmt: skip


def _place(token: tuple[str, int, str]) -> int:
    return token[1]


def _sentence(right: Sequence[tuple[str, int, str]]) -> Sequence[tuple[str, int, str]]:
    return right[: next((i for i, t in enumerate(right) if t[0] in _SENTENCE), len(right))]


def _about(left: Sequence[tuple[str, int, str]], family: str) -> str:
    """The words before an atom, back to the figure of its kind before it; beyond that one where there are none, for
    the items of a list share them."""
    words: list[str] = []
    for token, _, of in left:
        if of == family and sum(bool(_HAN.match(w)) and w not in _EMPTY for w in words) >= 2:
            break
        words.append("," if of else token)
    return "".join(reversed(words))


def _behind(right: Sequence[tuple[str, int, str]], family: str) -> str:
    words: list[str] = []
    for said, _, of in right[:14]:
        if said in _SENTENCE or said in ",:" or of == family:
            break
        words.append("," if of else said)
    return "".join(words)


@dataclass(frozen=True)
class Reading:
    """A clause, or one cell of a row, read for verification; `about` are the headings and headers above it."""

    clause: Clause
    document: Document
    passage: Passage
    about: str
    facts: dict[Atom, Figure]
    place: Callable[[int, int], Span]

    @cached_property
    def words(self) -> str:
        """The clause, its headings, headers and units, its document's title and issuers, as normal text."""
        clause, document = self.clause, self.document
        others = (document.title, *document.issuers, *(c.header for c in clause.cells), *clause.lead_units, *clause.responsible_units)
        return " ".join((self.passage.text, self.about, *map(normal, others)))

    @cached_property
    def near(self) -> frozenset[str]:
        """Pairs of characters that stand near each other in `words`."""
        han = [c for c in self.words if _HAN.match(c) or c in ",。;"]
        return frozenset(
            pair for i, a in enumerate(han) for b in han[i + 1 : i + 1 + _NEAR_BY] for pair in (a + b, b + a)
        )

    def span(self, atom: Atom) -> Span:
        """Where an atom stands in the document's source text."""
        return self.place(atom.start, atom.end)


def readings(clause: Clause, document: Document, units: FindUnits | None) -> list[Reading]:
    """The clause's own text, and for a row each of its cells in words."""
    folded = normalize(clause.text)
    above = normal(" ".join((*clause.breadcrumb, clause.heading or "")))
    begin = clause.span.start

    def at(start: int, end: int) -> Span:
        span = folded.span(start, end)
        return Span(begin + span.start, begin + span.end)

    whole = Passage(folded.text, tuple(atoms_in(folded.text, units)))
    facts: dict[Atom, Figure] = {}
    numbers = [a for a in whole.atoms if a.kind is AtomKind.NUMBER]
    for figure in clause.figures:
        for atom in numbers:
            span = at(atom.start, atom.end)
            if span.start < figure.span.end and figure.span.start < span.end:
                facts[atom] = figure
    found = [Reading(clause, document, whole, above, facts, at)]
    if clause.kind is ClauseKind.ROW:
        found.extend(_cells(clause, document, above, units))
    return found


def _cells(clause: Clause, document: Document, above: str, units: FindUnits | None) -> list[Reading]:
    figures = {figure.span: figure for figure in clause.figures}
    found: list[Reading] = []
    for cell in clause.cells:
        figure = figures.get(cell.span)
        said = cell_statement(clause, figure) if figure is not None else f"{clause.heading or ''}：{cell.header} {cell.text}"
        passage = Passage(text := normal(said), tuple(atoms_in(text, units)))
        facts: dict[Atom, Figure] = {}
        if figure is not None:
            facts = {a: figure for a in passage.atoms if a.kind is AtomKind.NUMBER and a.key == (figure.value,)}
        found.append(Reading(clause, document, passage, f"{above} {normal(cell.header)}", facts, _always(cell.span)))
    return found


def _always(span: Span) -> Callable[[int, int], Span]:
    return lambda _start, _end: span


def likeness(said: Context, held: Context) -> float:
    """How well the words around two atoms agree: what stands next to them counts most."""
    score = 0.0
    if said.before:
        score += 3 * len(said.before & held.before) / len(said.before)
    if said.after:
        score += len(said.after & held.after) / len(said.after)
    if said.others:
        score += 0.8 * len(said.others & held.others) / len(said.others)
    return score + 0.25 * _run(said.left, held.left, 8) + 0.15 * _run(said.right, held.right, 6)


def touching(said: Context, held: Context) -> int:
    """How many tokens next to two atoms are the same, on both sides together."""
    return _run(said.left, held.left, 8) + _run(said.right, held.right, 6)


def _run(one: Sequence[str], other: Sequence[str], most: int) -> int:
    count = 0
    for a, b in zip(one[:most], other[:most], strict=False):
        if a != b:
            break
        count += 1
    return count


def letters(text: str) -> str:
    """A normal text as it is compared word for word."""
    return bare(text).rstrip(",。;:、")


def pairs_of(text: str) -> list[str]:
    """The pairs of neighbouring Chinese characters of a text, in order."""
    return [pair for run in _HAN_RUN.findall(text) for pair in pairs(run)]
