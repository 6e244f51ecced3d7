"""Nothing leaves unchecked: each atom of a statement must stand in what it cites, with its own words around it.

An atom is supported where the clause prints it in the place that the statement's words point to, contradicted where
that place prints another one, and unsupported where nothing in the clause speaks of it. What could not be checked is
unsupported, never supported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from assistant.amounts import Amounts
from assistant.atoms import Atom, AtomKind, atoms_in
from assistant.diction import Diction, has_subject
from assistant.hearing import Hearing
from assistant.identities import Identities
from assistant.polarity import Polarity
from assistant.readings import FindUnits, Passage, Reading, readings
from assistant.settings import MAX_QUESTION, MAX_TEXT
from assistant.units import Units
from assistant.verdicts import Checked, Found, Report, Verdict, evidence
from corpus.document import Clause, Document
from corpus.errors import QuestionError
from corpus.normalize import NormalText, normalize
from corpus.quantities import sentences

MAX_READ = 2_000  # clauses whose readings are kept
_MARKER = re.compile(r"\s*[\[〔](\d{1,2})[\]〕]")
_SAYS = re.compile(r"[\u4e00-\u9fa5A-Za-z\d]")


class Verifier:
    """Checks statements against clauses; `units` are the bureaus that the corpus names."""

    def __init__(self, units: Units | None = None) -> None:
        self._units: FindUnits | None = None if units is None else units.mentions
        self._read: dict[str, list[Reading]] = {}

    @property
    def finds_units(self) -> FindUnits | None:
        """What finds the bureaus of a normal text; None where the verifier knows none."""
        return self._units

    def check(self, statement: str, cited: Iterable[tuple[Clause, Document]], allowed: Iterable[str] = ()) -> Report:
        """Each atom of `statement`, its wording last, held against the cited clauses.

        `allowed` are figures that a rule computed and shows the way to: the count of the cited clauses.
        """
        folded = normalize(statement)
        held = [reading for clause, document in cited for reading in self._readings(clause, document)]
        said = Passage(folded.text, tuple(atoms_in(folded.text, self._units)))
        hearing = Hearing(said, held, frozenset(float(a) for a in allowed))
        checked = [_checked(statement, folded, *found) for found in _judged(hearing)]
        return Report(statement, tuple(checked))

    def goes_on(self, statement: str) -> bool:
        """Whether a statement only goes on with the one before it, and does not say what it is about."""
        text = normalize(statement).text
        return not has_subject(Passage(text, tuple(atoms_in(text, self._units))))

    def _readings(self, clause: Clause, document: Document) -> list[Reading]:
        known = self._read.get(clause.clause_id)
        if known is None or (known[0].clause is not clause and known[0].clause != clause):
            if len(self._read) >= MAX_READ:
                self._read.clear()
            known = self._read[clause.clause_id] = readings(clause, document, self._units)
        return known


def _judged(hearing: Hearing) -> Iterator[tuple[AtomKind, int, int, Found]]:
    """The verdict on each atom in the order of the statement, then on what it leaves out and on its words."""
    amounts, identities, polarity = Amounts(hearing), Identities(hearing), Polarity(hearing)
    judges: dict[AtomKind, Callable[[Atom], Found]] = {
        AtomKind.NUMBER: amounts.number, AtomKind.COMPARATOR: amounts.comparator, AtomKind.YEAR: amounts.year,
        AtomKind.DATE: amounts.date, AtomKind.UNIT: identities.unit, AtomKind.PLACE: identities.place,
        AtomKind.DOCUMENT: identities.document, AtomKind.CLAUSE: identities.clause,
        AtomKind.QUOTATION: identities.quotation, AtomKind.NEGATION: polarity.negation,
    }  # fmt: skip
    first = {AtomKind.NUMBER: 0, AtomKind.COMPARATOR: 1}  # years rest on the figures they belong to
    verdicts = {
        atom: hearing.quoted(atom) or judges[atom.kind](atom)
        for atom in sorted(hearing.said.atoms, key=lambda atom: first.get(atom.kind, 2))
    }
    for atom in hearing.said.atoms:
        yield atom.kind, atom.start, atom.end, verdicts[atom]
    for start, end, found in polarity.dropped():
        yield AtomKind.NEGATION, start, end, found
    for start, end, found in identities.issuers():
        yield AtomKind.UNIT, start, end, found
    start, end, verdict = Diction(hearing).checked()
    best = hearing.held[0] if hearing.held and verdict is Verdict.SUPPORTED else None
    yield AtomKind.WORDING, start, end, (verdict, evidence(best, best.clause.span) if best is not None else None)


def _checked(statement: str, folded: NormalText, kind: AtomKind, start: int, end: int, found: Found) -> Checked:
    span = folded.span(start, end)
    return Checked(kind, span.of(statement), span.start, span.end, *found)


@dataclass(frozen=True, slots=True)
class Said:
    """One statement of a text at `[start, end)`, and the numbers in brackets behind it ([1][2]), from 1."""

    text: str
    start: int
    end: int
    markers: tuple[int, ...]


def statements(text: object) -> list[Said]:
    """The statements of anyone's text: its sentences, without the numbers of their citations.

    Raises QuestionError where there is nothing to verify or too much.
    """
    if not isinstance(text, str):
        raise QuestionError(f"the text is {type(text).__name__}, not text; send a string")
    if len(text) > MAX_TEXT:
        raise QuestionError(f"the text has {len(text):,} characters, over the limit of {MAX_TEXT:,}; send it in parts")
    folded = normalize(text)
    found: list[Said] = []
    for start, end in sentences(folded.text):
        # 最高45万元。[1] 由…: the numbers behind a full stop belong to the sentence before it.
        ahead = re.match(rf"(?:{_MARKER.pattern})+", folded.text[start:end])
        if ahead is not None and found:
            numbers = tuple(int(n) for n in _MARKER.findall(ahead.group()))
            found[-1] = Said(found[-1].text, found[-1].start, found[-1].end, found[-1].markers + numbers)
            start += ahead.end()
        numbers = tuple(int(n) for n in _MARKER.findall(folded.text[start:end]))
        bounds = [start, *(at for m in _MARKER.finditer(folded.text, start, end) for at in m.span()), end]
        pieces = [folded.span(a, b) for a, b in zip(bounds[::2], bounds[1::2], strict=True) if a < b]
        words = "".join(piece.of(text) for piece in pieces).strip()
        if len(words) > MAX_QUESTION:
            raise QuestionError(
                f"a statement has {len(words):,} characters, over the limit of {MAX_QUESTION:,}; end each with a full stop or a new line"
            )
        if _SAYS.search(words):
            found.append(Said(words, pieces[0].start, pieces[-1].end, numbers))
    if not found:
        raise QuestionError("the text is empty; send the statements to verify, for example 渝北区开园补助为3000元/托位。")
    return found
