"""Figures, their marks, years and dates of a statement, held against its clauses."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from assistant.atoms import Atom, AtomKind, atoms_in
from assistant.classes import classes
from assistant.hearing import CERTAIN, Hearing
from assistant.periods import how_often
from assistant.readings import Context, Passage, Reading, likeness, pairs_of, touching
from assistant.verdicts import Found, Verdict, evidence_of
from corpus.normalize import normal

OF_CLASS = 2.0  # what a figure of the same class gains before one of another; as much as two thirds of the words before it
_CLASSES = ("级", "孩", "胎", "档", "星")
_WITH_IT = re.compile(r"每[\u4e00-\u9fa5]{1,3}$")
_SPANS = ("年", "个月", "月", "天", "日", "周", "小时", "岁", "周岁")  # a length of time is of no year and no period


class Amounts:
    """Judges the figures of one statement; numbers first, for their marks and years rest on them."""

    def __init__(self, hearing: Hearing) -> None:
        self._hearing = hearing

    def number(self, atom: Atom) -> Found:
        """Supported where the figure that the statement's words point to has this value, unit and year; contradicted
        where it has another."""
        verdict, place = self._printed(atom)
        if verdict is not Verdict.SUPPORTED and len(atom.key) == 1 and atom.key[0] in self._hearing.counted:
            return Verdict.SUPPORTED, None
        return verdict, place

    def _printed(self, atom: Atom) -> Found:
        years = self._years_of(atom)
        same: list[tuple[float, Reading, Atom]] = []
        others: list[tuple[float, Reading, Atom]] = []
        context = self._hearing.said.context(atom)
        refused: tuple[Reading, Atom] | None = None
        for reading in self._hearing.held:
            for held in reading.passage.atoms:
                if held.kind is not AtomKind.NUMBER:
                    continue
                if not _same_family(atom, held):
                    # Another unit of measure is another figure only where everything around it is the same.
                    there = reading.passage.context(held)
                    if touching(context, there) >= CERTAIN:
                        others.append((likeness(context, there), reading, held))
                    continue
                equal = held.key == atom.key and _same_unit(atom, held, reading.passage)
                if equal and not _as_often(self._hearing.said, atom, reading.passage, held):
                    refused = (reading, held)
                    continue
                fact = reading.facts.get(held)
                if years and fact is not None and fact.year is not None and fact.year not in years:
                    refused = (reading, held) if equal else refused
                    continue
                if fact is not None and fact.scope and self._other_scope(reading, fact.scope):
                    refused = (reading, held) if equal else refused
                    continue
                there = reading.passage.context(held)
                if atom.unit in _CLASSES:
                    # 评定二级机构20家 of 一级机构5家、二级机构20家: a class is told by what follows it.
                    score = likeness(_behind(context), _behind(there))
                else:
                    score = likeness(context, there) + _of_class(self._hearing.said, atom, reading.passage, held)
                score += self._aside(atom, reading, fact)
                (same if equal else others).append((score, reading, held))
        best = max(same, key=lambda found: found[0], default=None)
        rival = max(others, key=lambda found: found[0], default=None)
        if best is not None and (rival is None or best[0] >= rival[0] - 1e-9):
            about = bool(context.before or context.after)
            if not about or best[0] > 0 or self._named(best[1]):
                self._hearing.found[atom] = best[1:]
                return Verdict.SUPPORTED, evidence_of(*best[1:])
            return Verdict.UNSUPPORTED, evidence_of(*best[1:])
        if best is None and refused is not None:
            return Verdict.CONTRADICTED, evidence_of(*refused)
        if rival is not None and rival[0] > 0:
            return Verdict.CONTRADICTED, evidence_of(*rival[1:])
        return Verdict.UNSUPPORTED, None

    def _aside(self, atom: Atom, reading: Reading, fact: Any) -> float:
        """What the facts of a figure add to the words around it: what it is about where a list shares its words."""
        if fact is None:
            return 0.0
        said = self._hearing.said.context(atom).before
        about = normal(" ".join(filter(None, (fact.indicator, fact.scope)))) + reading.about
        return 1.0 * sum(pair in about for pair in said) / len(said) if said else 0.0

    def _other_scope(self, reading: Reading, scope: str) -> bool:
        """Whether the statement names another of the items that a list gives figures to, and not this one."""
        text = self._hearing.said.text
        if normal(scope) in text:
            return False
        scopes = {normal(f.scope) for f in reading.facts.values() if f.scope}
        return len(scopes) > 1 and any(other in text for other in scopes)

    def _named(self, reading: Reading) -> bool:
        """Whether the statement's words point to a clause that is about them by its heading only."""
        pairs = set(pairs_of(self._hearing.said.text))
        return any(pair in reading.about or pair in reading.passage.text for pair in pairs)

    def _years_of(self, atom: Atom) -> set[float]:
        """The years that the statement gives a figure: the nearest before it in its sentence."""
        if atom.unit in _SPANS:
            return set()
        text = self._hearing.said.text
        begin = max(text.rfind(mark, 0, atom.start) for mark in "。;\n") + 1
        before = [a for a in self._hearing.said.years if begin <= a.start < atom.start]
        before = [a for a in before if not re.search(r"[比较]$", text[: a.start])]
        if not before:
            return set()
        years = {float(before[-1].key[0])}
        for earlier, later in zip(reversed(before[:-1]), reversed(before), strict=False):
            if len(text[earlier.end : later.start]) > 3:
                break
            years.add(float(earlier.key[0]))
        return years if len(years) == 1 else set()

    def comparator(self, atom: Atom) -> Found:
        """Supported where the figure found has this mark (不低于, 左右), contradicted where it has another."""
        figure = next((a for a in self._hearing.said.atoms if a.kind is AtomKind.NUMBER and a.start == atom.of), None)
        found = self._hearing.found.get(figure) if figure is not None else None
        if found is None:
            counted = figure is not None and figure.key[0] in self._hearing.counted
            return (Verdict.SUPPORTED if counted else Verdict.UNSUPPORTED), None
        reading, held = found
        marks = {a.key for a in reading.passage.atoms if a.kind is AtomKind.COMPARATOR and a.of == held.start}
        fact = reading.facts.get(held)
        if fact is not None and fact.comparator:
            probe = normal(fact.comparator)
            for text in (f"{probe}1个", f"1个{probe}"):
                marks |= {a.key for a in atoms_in(text) if a.kind is AtomKind.COMPARATOR}
        if atom.key in marks:
            return Verdict.SUPPORTED, evidence_of(reading, held)
        return (Verdict.CONTRADICTED if marks else Verdict.UNSUPPORTED), evidence_of(reading, held)

    def year(self, atom: Atom) -> Found:
        """Supported by a figure of that year, or where the words around the year point to it."""
        for figure, (reading, held) in self._hearing.found.items():
            fact = reading.facts.get(held)
            if figure.kind is AtomKind.NUMBER and fact is not None and fact.year == atom.key[0] and self._years_of(figure) == {atom.key[0]}:
                return Verdict.SUPPORTED, evidence_of(reading, held)
        return self._hearing.pointed(atom, lambda reading: f"{atom.key[0]:.0f}年" in reading.about if len(atom.key) == 1 else False)

    def date(self, atom: Atom) -> Found:
        """Supported where a clause prints the date or the document bears it."""
        whole = tuple(float(part) for part in atom.key)
        for reading in self._hearing.held:
            for held in reading.passage.atoms:
                if held.kind is AtomKind.DATE and (held.key == atom.key or (0.0 in (whole[0], held.key[0]) and held.key[1:] == atom.key[1:])):
                    return self._hearing.pointed(replace(atom, key=held.key), lambda _: False)
            for date in filter(None, (reading.document.issued, reading.document.published)):
                parts = tuple(float(part) for part in date.split("-"))
                if parts == whole or (whole[2] == 0.0 and parts[:2] == whole[:2]):
                    return Verdict.SUPPORTED, None
        return self._hearing.pointed(atom, lambda _: False)


def _same_family(said: Atom, held: Atom) -> bool:
    """Whether two figures could stand for each other: of one unit, or one of them without."""
    return said.unit == held.unit or not said.unit or (not held.unit and not said.per)


def _same_unit(said: Atom, held: Atom, passage: Passage) -> bool:
    """Whether a figure has the unit that the statement gives it; 每月200元 is 200元/月."""
    if said.unit and said.unit != held.unit:
        return False
    if not said.per or said.per == held.per:
        return True
    if held.per:
        return False
    begin = max(passage.text.rfind(mark, 0, held.start) for mark in "。;\n") + 1
    return all(f"每{per}" in passage.text[begin : held.start] or f"每个{per}" in passage.text[begin : held.start] for per in re.split(r"[/·]", said.per))


def _behind(context: Context) -> Context:
    return replace(context, left=(), before=frozenset())


def _of_class(said: Passage, atom: Atom, passage: Passage, held: Atom) -> float:
    """What it tells for or against a figure that the class right before it (二级…20家) is the one the statement names."""
    wanted, there = (classes(_before(*one, ",。;:、\n")) for one in ((said, atom), (passage, held)))
    alike = [one == other for one in wanted for other in there if one.kind == other.kind]
    return 0.0 if not alike else OF_CLASS if any(alike) else -OF_CLASS


def _as_often(said: Passage, atom: Atom, passage: Passage, held: Atom) -> bool:
    """Whether a figure is paid or done as often as the statement says (每月, 每年); a statement may leave out how often."""
    if atom.unit in _SPANS:
        # 每月200元、全年按10个月: only 每年12月 has its period right before it.
        right_before = _WITH_IT.search(said.text[: atom.start])
        claimed = how_often(right_before.group()) if right_before is not None else set()
        return not claimed or bool(claimed & how_often(_before(passage, held, ",。;\n")))
    claimed = how_often(_before(said, atom, ",。;\n")) | how_often(f"/{atom.per}" if atom.per else "")
    if not claimed:
        return True
    near = how_often(_before(passage, held, ",。;\n")) | how_often(f"/{held.per}" if held.per else "")
    return bool(claimed & (near or how_often(_before(passage, held, "。\n"))))


def _before(passage: Passage, atom: Atom, marks: str) -> str:
    """What stands before an atom, back to the last of `marks`."""
    return passage.text[max(passage.text.rfind(mark, 0, atom.start) for mark in marks) + 1 : atom.start]
