"""What verification finds: a verdict for each atom of a statement, and the place in the source that decided it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from assistant.answer import Citation
from assistant.atoms import Atom, AtomKind
from assistant.readings import Reading
from corpus.document import Span

# How an answer opens that judges what its question claims; no clause holds these words.
RIGHT = "对。"
WRONG = "不对。"
WRONG_FIGURE = f"{WRONG}文件规定："
FORBIDDEN = "不可以。"
LISTED = "在列。"
UNLISTED = "不在列。"
DENIALS = (WRONG, FORBIDDEN, UNLISTED)


class Verdict(StrEnum):
    """What was found about an atom or a statement; the value goes to the wire."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a clause prints what was compared: `[start, end)` of the document's source text."""

    clause_id: str
    span: Span
    quote: str

    def to_json(self) -> dict[str, Any]:
        """Clause, offsets and the literal words."""
        return {"clause_id": self.clause_id, "start": self.span.start, "end": self.span.end, "quote": self.quote}


@dataclass(frozen=True, slots=True)
class Checked:
    """One atom: its words at `[start, end)` of the statement, the verdict, and the place that decided it."""

    kind: AtomKind
    text: str
    start: int
    end: int
    verdict: Verdict
    evidence: Evidence | None = None

    def to_json(self) -> dict[str, Any]:
        """The atom as the API gives it."""
        return {
            "kind": self.kind.value, "text": self.text, "start": self.start, "end": self.end,
            "verdict": self.verdict.value, "evidence": self.evidence.to_json() if self.evidence else None,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
    """What was found about a statement; a statement is as good as its worst atom."""

    text: str
    atoms: tuple[Checked, ...]

    @property
    def verdict(self) -> Verdict:
        """Contradicted before unsupported before supported; unsupported where nothing was checked, and where the
        clauses are about another place or another matter: they cannot contradict it."""
        found = {atom.verdict for atom in self.atoms}
        strange = any(a.kind in (AtomKind.PLACE, AtomKind.WORDING) and a.verdict is Verdict.UNSUPPORTED for a in self.atoms)
        if strange or not found:
            return Verdict.UNSUPPORTED
        return next(v for v in (Verdict.CONTRADICTED, Verdict.UNSUPPORTED, Verdict.SUPPORTED) if v in found)

    @property
    def rank(self) -> tuple[bool, bool, int, int]:
        """How much the clauses say of the statement: higher is more, for choosing between clauses."""
        kinds = [a.verdict for a in self.atoms]
        about = not any(a.kind in (AtomKind.PLACE, AtomKind.WORDING) and a.verdict is not Verdict.SUPPORTED for a in self.atoms)
        return self.supported, about, kinds.count(Verdict.SUPPORTED), kinds.count(Verdict.CONTRADICTED)

    @property
    def supported(self) -> bool:
        """Whether every atom stands in the cited clauses."""
        return self.verdict is Verdict.SUPPORTED


@dataclass(frozen=True, slots=True)
class Verified:
    """One statement of a text: where it stands there, what was found, and the citations it was held against."""

    start: int
    end: int
    report: Report
    citations: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        """The contract's verified statement."""
        return {
            "text": self.report.text, "start": self.start, "end": self.end, "verdict": self.report.verdict.value,
            "citations": list(self.citations), "atoms": [atom.to_json() for atom in self.report.atoms],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found about a text, statement by statement; it is supported where all of them are."""

    statements: tuple[Verified, ...]
    citations: tuple[Citation, ...]

    @property
    def supported(self) -> bool:
        """Whether every statement is supported."""
        return all(statement.report.supported for statement in self.statements)

    def to_json(self) -> dict[str, Any]:
        """The contract's Verification."""
        return {
            "supported": self.supported,
            "statements": [statement.to_json() for statement in self.statements],
            "citations": [citation.to_json() for citation in self.citations],
        }


Found = tuple[Verdict, Evidence | None]


def evidence(reading: Reading, span: Span) -> Evidence:
    """The words at `span` of the source of the document that `reading` is of."""
    return Evidence(reading.clause.clause_id, span, span.of(reading.document.source))


def evidence_of(reading: Reading, atom: Atom) -> Evidence:
    """The words of an atom of `reading`."""
    return evidence(reading, reading.span(atom))
