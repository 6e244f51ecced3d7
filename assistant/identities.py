"""Names in a statement, held against its clauses: bureaus in their roles, places, documents, clauses, quotations."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.atoms import Atom, AtomKind, bare, label_key, number_key
from assistant.hearing import CERTAIN, Hearing
from assistant.readings import touching
from assistant.units import canonical
from assistant.verdicts import Found, Verdict, evidence, evidence_of
from corpus.document import UnitRule
from corpus.normalize import normal

_ROLE = re.compile(r"(?P<lead>(?:牵头|主办|主责)(?:单位|部门)?(?:[为是:]|由))|(?P<rest>(?:责任|配合|协办|参与)(?:单位|部门)(?:[为是:]|由))")
_LED = re.compile(r"(?:\([^()]*\))?(?:[、和及与][\u4e00-\u9fa5()]{2,20}?){0,12}?(?:共同|负责)?(?:牵头|主办)(?!单位|部门)")  # 由A、B牵头
_BEFORE_NUMBER = re.compile(r"(?:文号|发文字号|文件|根据|按照?|依据|依照|印发|发布|即|为|是|见|和|与|及|的|由|以|在|对)*")
_ISSUED_BY = re.compile(r"(?:印发|发布|制定)(?:机关|单位):?([^,。;:]{3,})")


class Identities:
    """Judges the names of one statement."""

    def __init__(self, hearing: Hearing) -> None:
        self._hearing = hearing

    def unit(self, atom: Atom) -> Found:
        """Supported where a clause lists the bureau in the role that the statement gives it, or names it in that place."""
        if any(start <= atom.start and atom.end <= end and found[0] is Verdict.SUPPORTED for start, end, found in self.issuers()):
            return Verdict.SUPPORTED, None  # 济南市|市场监督管理局: part of the name of a body that issued it
        name = atom.key[0]
        role, twice = self._role_of(atom)
        if twice:
            return Verdict.CONTRADICTED, None
        listed = False
        for reading in self._hearing.held:
            clause = reading.clause
            leads, others = ({canonical(n) for n in names} for names in (clause.lead_units, clause.responsible_units))
            if clause.unit_rule is UnitRule.NONE:
                continue
            listed = True
            if name in (leads if role == "lead" else others if role == "rest" else leads | others) and not (
                role == "lead" and clause.unit_rule is UnitRule.UNDISTINGUISHED
            ):
                if role is None and self._misplaced(atom):
                    continue
                return Verdict.SUPPORTED, evidence(reading, clause.units_span or clause.span)
        if role is not None and listed and not (role == "lead" and self._leads_in_prose(str(name))):
            return Verdict.CONTRADICTED, next(
                (evidence(r, r.clause.units_span or r.clause.span) for r in self._hearing.held if r.clause.unit_rule is not UnitRule.NONE), None
            )  # fmt: skip
        return self._hearing.pointed(atom, lambda _: False)

    def _leads_in_prose(self, name: str) -> bool:
        """Whether a clause says in running text that a bureau leads, beside the list of its units."""
        return any(
            held.key[0] == name and _LED.match(reading.passage.text, held.end)
            for reading in self._hearing.held for held in reading.passage.atoms if held.kind is AtomKind.UNIT
        )  # fmt: skip

    def issuers(self) -> Iterator[tuple[int, int, Found]]:
        """The bodies that the statement says issued the document."""
        issuers = {normal(name) for reading in self._hearing.held for name in reading.document.issuers}
        for match in _ISSUED_BY.finditer(self._hearing.said.text):
            at = match.start(1)
            for name in match.group(1).split("、"):
                verdict = Verdict.SUPPORTED if name.strip() in issuers else Verdict.CONTRADICTED if issuers else Verdict.UNSUPPORTED
                yield at, at + len(name), (verdict, None)
                at += len(name) + 1

    def _misplaced(self, atom: Atom) -> bool:
        return self._hearing.pointed(atom, lambda _: False)[0] is Verdict.CONTRADICTED

    def _role_of(self, atom: Atom) -> tuple[str | None, bool]:
        """The role that the statement gives a bureau, and whether it lists it twice in that role."""
        text = self._hearing.said.text
        found = None
        for match in _ROLE.finditer(text):
            if match.start() < atom.start and not re.search(r"[。;]", text[match.end() : atom.start]):
                found = match
        led = _LED.match(text, atom.end)
        if found is None and led is None:
            return None, False
        role = "lead" if led is not None or (found is not None and found.group("lead")) else "rest"
        begin = found.end() if found is not None else max(text.rfind(mark, 0, atom.start) for mark in ",。;:") + 1
        twin = [
            a for a in self._hearing.said.atoms
            if a.kind is AtomKind.UNIT and a.key == atom.key and begin <= a.start < atom.start and not re.search(r"[。;]", text[a.end : atom.start])
        ]  # fmt: skip
        return role, bool(twin) and text[twin[0].start : twin[0].end] == text[atom.start : atom.end]

    def place(self, atom: Atom) -> Found:
        """Supported where a cited document is of the place or inside it, or the clause names it in that place."""
        paths = [tuple(str(key).split("/")) for key in atom.key]
        names = {self._hearing.said.text[atom.start : atom.end]} | {path[-1] for path in paths}
        documents = {r.document.document_id: r.document.place for r in self._hearing.everyone}
        own = any(place is not None and place.path[: len(path)] == path for place in documents.values() for path in paths)
        printed = any(n in r.passage.text or n in r.about or n in normal(r.document.title) for r in self._hearing.held for n in names)
        pointed, evidence = self._hearing.pointed(atom, lambda _: False)
        if pointed is Verdict.CONTRADICTED and evidence is not None and self._certainly_other(atom):
            return pointed, evidence
        if own or printed:
            return Verdict.SUPPORTED, evidence if pointed is Verdict.SUPPORTED else None
        return Verdict.UNSUPPORTED, None

    def _certainly_other(self, atom: Atom) -> bool:
        """Whether the words on both sides of a place stand in a clause around another one."""
        context = self._hearing.said.context(atom)
        for reading in self._hearing.held:
            for held in reading.passage.atoms:
                if held.kind is AtomKind.PLACE and held.key != atom.key:
                    there = reading.passage.context(held)
                    if touching(context, there) >= CERTAIN and context.right[:2] == there.right[:2]:
                        return True
        return False

    def document(self, atom: Atom) -> Found:
        """Supported where the number is a cited document's own, or a clause prints it."""
        for reading in self._hearing.held:
            own = number_key(normal(reading.document.document_number or ""))
            if own and str(atom.key[0]).endswith(own) and _BEFORE_NUMBER.fullmatch(str(atom.key[0]).removesuffix(own)):
                return Verdict.SUPPORTED, None
            if str(atom.key[0]) in number_key(reading.passage.text):
                return Verdict.SUPPORTED, evidence(reading, reading.clause.span)
        return (Verdict.CONTRADICTED if self._hearing.held else Verdict.UNSUPPORTED), None

    def clause(self, atom: Atom) -> Found:
        """Supported where the label is a cited clause's own or opens it, or a clause prints it."""
        key = str(atom.key[0])
        for reading in self._hearing.held:
            label = label_key(normal(reading.clause.label))
            if label == key or label.startswith(key) or label.endswith(key):
                return Verdict.SUPPORTED, evidence(reading, reading.clause.span)
            for held in reading.passage.atoms:
                if held.kind is AtomKind.CLAUSE and held.key == atom.key:
                    return Verdict.SUPPORTED, evidence_of(reading, held)
        return (Verdict.CONTRADICTED if self._hearing.held else Verdict.UNSUPPORTED), None

    def quotation(self, atom: Atom) -> Found:
        """Supported where the words in quotation marks stand literally in a clause, its headings or its document's title."""
        words = str(atom.key[0])
        for reading in self._hearing.held:
            if words in bare(reading.passage.text):
                return Verdict.SUPPORTED, evidence(reading, reading.clause.span)
            if words in bare(reading.about) or words in bare(normal(reading.document.title)):
                return Verdict.SUPPORTED, None
        return Verdict.UNSUPPORTED, None
