"""Nothing leaves unchecked: each atom of a statement must stand in what it cites, with its own words around it.

An atom is supported where the clause prints it in the place that the statement's words point to, contradicted where
that place prints another one, and unsupported where nothing in the clause speaks of it. What could not be checked is
unsupported, never supported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from assistant.atoms import MODAL, NEGATION, Atom, AtomKind, atoms_in, bare, label_key, number_key
from assistant.readings import FindUnits, Passage, Reading, likeness, readings, touching
from assistant.units import Units, canonical
from corpus.document import Clause, ClauseKind, Document, Place, Span, UnitRule
from corpus.normalize import NormalText, normal, normalize
from corpus.places import short_name
from corpus.quantities import sentences, value_of

# A figure with the scale and unit that change what it says: 3000元 is not 3000万元, 30% is not 30元.
_FIGURE = re.compile(
    r"(?P<number>\d+(?:,\d{3})*(?:\.\d+)?)\s*(?P<scale>万|亿|千)?\s*"
    r"(?P<unit>元|%|‰|个百分点|个工作日|个月|个|家|所|名|人次|人|次|天|日|月|周岁|岁|年|平方米|m2|学时|小时|分钟|倍|张|项)?"
)
_COUNTS = frozenset(("", "个", "项", "条", "年", "月", "日"))
WORDS = 0.7  # share of a statement's pairs of characters that its clauses must hold
FOREIGN = 4  # pairs in a row that no clause holds: words from elsewhere
PART_WORDS = 0.5  # the same for each stretch between marks
CERTAIN = 5  # tokens next to an atom that agree, from where another atom in its place is a contradiction
MAX_READ = 2_000  # clauses whose readings are kept
_ENDS = frozenset(",。;:!?、\n()“” |*")
# Words in which an answer frames what a clause says; what they say is checked where it can be.
_FRAMES = re.compile(
    r"(?<![\u4e00-\u9fa5])不?对。(?:文件规定:)?|文件没有区分牵头单位[,。](?:只列出)?|\(按文件规定,责任单位中列第一位的为牵头单位\)|\(所列各行中最[高低多少大小]\)"
    r"|比较结果:|(?:牵头|作为责任单位|承担)的任务共(?=[\d\s])|(?:牵头|责任|配合|主办|协办)(?:单位|部门):?|牵头|负责|文号:?|印发(?:机关|日期):?"
)
_ROLE = re.compile(r"(?P<lead>(?:牵头|主办|主责)(?:单位|部门)?(?:[为是:]|由))|(?P<rest>(?:责任|配合|协办|参与)(?:单位|部门)(?:[为是:]|由))")
_LED = re.compile(r"(?:\([^()]*\))?(?:[、和及与][\u4e00-\u9fa5()]{2,20}?){0,12}?(?:共同|负责)?(?:牵头|主办)(?!单位|部门)")  # 由A、B牵头
_UNDISTINGUISHED = re.compile(r"没有区分牵头单位")
_COUNTED = re.compile(r"共\s*[项个条类]?(?:任务|措施|指标|专栏|条文|部门职责|镇街|街道|乡镇|区县|区|县)?$")
_EQUAL = re.compile(r"^((?:[\u4e00-\u9fa5]+、)+[\u4e00-\u9fa5]+)相同$")
_HIGHER = re.compile(r"比较结果:([\u4e00-\u9fa5]+?)高于([\u4e00-\u9fa5]+)$|比较结果:([\u4e00-\u9fa5]+?)最高,([\u4e00-\u9fa5]+?)最低$")
_LINKING = re.compile(r"其中|此外|同时|另外|目前|因此|所以|总之|即|例如|具体而言|也就是说|(?:根据|依据|按照?|依照)(?:该|本|上述|相关|有关)?(?:文件|规定|政策|办法|要求|通知|方案)+|据此|文件规定|具体如下|也就是")
_GENERIC = frozenset("的每个家各由为是在对和及与或给予按可能要须应将其了有就都也者之该此等以于从向把被让则但而且并还再又另外到达至共得会补发")
_BREAK = re.compile(r"[,。;:!?\n]")
_BEFORE_NUMBER = re.compile(r"(?:文号|发文字号|文件|根据|按照?|依据|依照|印发|发布|即|为|是|见|和|与|及|的|由|以|在|对)*")
_ISSUED_BY = re.compile(r"(?:印发|发布|制定)(?:机关|单位):?([^,。;:]{3,})")
_HAN_RUN = re.compile(r"[\u4e00-\u9fa5]{2,}")


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
        """Contradicted before unsupported before supported; a statement of which nothing was checked is unsupported."""
        found = {atom.verdict for atom in self.atoms}
        for verdict in (Verdict.CONTRADICTED, Verdict.UNSUPPORTED):
            if verdict in found:
                return verdict
        return Verdict.SUPPORTED if found else Verdict.UNSUPPORTED

    @property
    def supported(self) -> bool:
        """Whether every atom stands in the cited clauses."""
        return self.verdict is Verdict.SUPPORTED


def atoms(text: str) -> set[tuple[float, str]]:
    """The figures of a text with their units: `1,892`→(1892, ""), `45万元`→(450000, "元")."""
    found: set[tuple[float, str]] = set()
    for match in _FIGURE.finditer(normal(text)):
        value = value_of(match.group("number"), match.group("scale"))
        if value is not None:
            found.add((value, match.group("unit") or ""))
    return found


def supported(statement: str, cited: Iterable[tuple[Clause, Document]], allowed: Iterable[str] = ()) -> bool:
    """Whether every atom of `statement` but its wording stands in the cited clauses (`Verifier.check`); bureaus need
    a corpus to be known by and are left alone."""
    return not any(
        atom.verdict is not Verdict.SUPPORTED
        for atom in Verifier().check(statement, cited, allowed).atoms
        if atom.kind is not AtomKind.WORDING
    )


class Verifier:
    """Checks statements against clauses; `units` are the bureaus that the corpus names."""

    def __init__(self, units: Units | None = None) -> None:
        self._units: FindUnits | None = None if units is None else units.mentions
        self._read: dict[str, list[Reading]] = {}

    def check(self, statement: str, cited: Iterable[tuple[Clause, Document]], allowed: Iterable[str] = ()) -> Report:
        """Each atom of `statement`, its wording last, held against the cited clauses.

        `allowed` are figures that a rule computed and shows the way to: the count of the cited clauses.
        """
        folded = normalize(statement)
        held = [reading for clause, document in cited for reading in self._readings(clause, document)]
        said = Passage(folded.text, tuple(atoms_in(folded.text, self._units)))
        counted = {float(a) for a in allowed}
        return _Judge(statement, folded, said, held, counted).report()

    def _readings(self, clause: Clause, document: Document) -> list[Reading]:
        known = self._read.get(clause.clause_id)
        if known is None or (known[0].clause is not clause and known[0].clause != clause):
            if len(self._read) >= MAX_READ:
                self._read.clear()
            known = self._read[clause.clause_id] = readings(clause, document, self._units)
        return known


class _Judge:
    """One statement before its clauses."""

    def __init__(self, statement: str, folded: NormalText, said: Passage, held: Sequence[Reading], counted: set[float]) -> None:
        self._statement, self._folded, self._said = statement, folded, said
        self._all = held
        self._held = self._of_the_place(held)
        self._counted = counted
        self._literal = self._quoted_stretches()
        self._found: dict[Atom, tuple[Reading, Atom]] = {}

    def report(self) -> Report:
        order = {AtomKind.NUMBER: 0, AtomKind.COMPARATOR: 1}
        checked: list[Checked] = []
        for atom in sorted(self._said.atoms, key=lambda a: order.get(a.kind, 2)):
            verdict, evidence = self._judged(atom)
            checked.append(self._checked(atom.kind, atom.start, atom.end, verdict, evidence))
        checked.sort(key=lambda c: c.start)
        checked.extend(self._dropped_negations())
        checked.extend(self._issuers())
        checked.append(self._wording())
        return Report(self._statement, tuple(checked))

    def _checked(self, kind: AtomKind, start: int, end: int, verdict: Verdict, evidence: Evidence | None) -> Checked:
        span = self._folded.span(start, end)
        return Checked(kind, span.of(self._statement), span.start, span.end, verdict, evidence)

    def _judged(self, atom: Atom) -> tuple[Verdict, Evidence | None]:
        by_kind: dict[AtomKind, Callable[[Atom], tuple[Verdict, Evidence | None]]] = {
            AtomKind.NUMBER: self._number, AtomKind.COMPARATOR: self._comparator, AtomKind.YEAR: self._year,
            AtomKind.DATE: self._date, AtomKind.UNIT: self._unit, AtomKind.PLACE: self._place,
            AtomKind.DOCUMENT: self._document, AtomKind.CLAUSE: self._clause, AtomKind.QUOTATION: self._quotation,
            AtomKind.NEGATION: self._negation,
        }  # fmt: skip
        for start, end, reading, at in self._literal:
            if start <= atom.start and atom.end <= end:
                begin = at + atom.start - start
                twin = next((a for a in reading.passage.atoms if a.kind is atom.kind and a.start == begin), None)
                if twin is not None:
                    self._found[atom] = (reading, twin)
                if atom.kind is not AtomKind.PLACE or twin is not None:
                    return Verdict.SUPPORTED, _evidence(reading, reading.place(begin, begin + atom.end - atom.start))
        return by_kind[atom.kind](atom)

    # ---- where a statement quotes ------------------------------------------------------------------------

    def _quoted_stretches(self) -> list[tuple[int, int, Reading, int]]:
        """The sentences of the statement that a clause prints literally, from mark to mark: start, end, and where."""
        found: list[tuple[int, int, Reading, int]] = []
        text = self._said.text
        for start, end in sentences(text):
            heads = [start, *(start + mark.end() for mark in re.finditer(r"[:。]\s*", text[start:end]))]
            for head in heads:
                body = text[head:end].strip().rstrip("。;,")
                if len(body) < 4:
                    continue
                begin = text.index(body, head)
                place = self._literally(body)
                if place is not None:
                    found.append((begin, begin + len(body), *place))
                    break
        return found

    def _literally(self, body: str) -> tuple[Reading, int] | None:
        for reading in self._held:
            whole = reading.passage.text
            at = whole.find(body)
            while at >= 0:
                after = at + len(body)
                if (at == 0 or whole[at - 1] in _ENDS or whole[at - 1].isspace()) and (
                    after >= len(whole) or whole[after] in _ENDS or whole[after].isspace()
                ):
                    return reading, at
                at = whole.find(body, at + 1)
        return None

    # ---- figures -----------------------------------------------------------------------------------------

    def _number(self, atom: Atom) -> tuple[Verdict, Evidence | None]:
        if len(atom.key) == 1 and atom.key[0] in self._counted and atom.unit in _COUNTS:
            return Verdict.SUPPORTED, None
        years = self._years_of(atom)
        same: list[tuple[float, Reading, Atom]] = []
        others: list[tuple[float, Reading, Atom]] = []
        context = self._said.context(atom)
        refused: tuple[Reading, Atom] | None = None
        for reading in self._held:
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
                fact = reading.facts.get(held)
                if years and fact is not None and fact.year is not None and fact.year not in years:
                    refused = (reading, held) if equal else refused
                    continue
                if fact is not None and fact.scope and self._other_scope(reading, fact.scope):
                    refused = (reading, held) if equal else refused
                    continue
                score = likeness(context, reading.passage.context(held)) + self._aside(atom, reading, fact)
                (same if equal else others).append((score, reading, held))
        best = max(same, key=lambda found: found[0], default=None)
        rival = max(others, key=lambda found: found[0], default=None)
        if best is not None and (rival is None or best[0] >= rival[0] - 1e-9):
            about = bool(context.before or context.after)
            if not about or best[0] > 0 or self._named(best[1]):
                self._found[atom] = best[1:]
                return Verdict.SUPPORTED, _evidence_of(*best[1:])
            return Verdict.UNSUPPORTED, _evidence_of(*best[1:])
        if best is None and refused is not None:
            return Verdict.CONTRADICTED, _evidence_of(*refused)
        if rival is not None and rival[0] > 0:
            return Verdict.CONTRADICTED, _evidence_of(*rival[1:])
        return Verdict.UNSUPPORTED, None

    def _aside(self, atom: Atom, reading: Reading, fact: Any) -> float:
        """What the facts of a figure add to the words around it: what it is about where a list shares its words."""
        if fact is None:
            return 0.0
        said = self._said.context(atom).before
        about = normal(" ".join(filter(None, (fact.indicator, fact.scope)))) + reading.about
        return 1.0 * sum(pair in about for pair in said) / len(said) if said else 0.0

    def _other_scope(self, reading: Reading, scope: str) -> bool:
        """Whether the statement names another of the items that a list gives figures to, and not this one."""
        text = self._said.text
        if normal(scope) in text:
            return False
        scopes = {normal(f.scope) for f in reading.facts.values() if f.scope}
        return len(scopes) > 1 and any(other in text for other in scopes)

    def _named(self, reading: Reading) -> bool:
        """Whether the statement's words point to a clause that is about them by its heading only."""
        pairs = set(_pairs_of(self._said.text))
        return any(pair in reading.about or pair in reading.passage.text for pair in pairs)

    def _years_of(self, atom: Atom) -> set[float]:
        """The years that the statement gives a figure: the nearest before it in its sentence."""
        if atom.unit in ("年", "个月", "月", "天", "日", "周", "小时", "岁", "周岁"):
            return set()
        text = self._said.text
        begin = max(text.rfind(mark, 0, atom.start) for mark in "。;\n") + 1
        before = [a for a in self._said.atoms if a.kind is AtomKind.YEAR and begin <= a.start < atom.start and len(a.key) == 1]
        before = [a for a in before if not re.search(r"[比较]$", text[: a.start])]
        if not before:
            return set()
        years = {float(before[-1].key[0])}
        for earlier, later in zip(reversed(before[:-1]), reversed(before), strict=False):
            if len(text[earlier.end : later.start]) > 3:
                break
            years.add(float(earlier.key[0]))
        return years if len(years) == 1 else set()

    def _comparator(self, atom: Atom) -> tuple[Verdict, Evidence | None]:
        figure = next((a for a in self._said.atoms if a.kind is AtomKind.NUMBER and a.start == atom.of), None)
        found = self._found.get(figure) if figure is not None else None
        if found is None:
            counted = figure is not None and figure.key[0] in self._counted
            return (Verdict.SUPPORTED if counted else Verdict.UNSUPPORTED), None
        reading, held = found
        marks = {a.key for a in reading.passage.atoms if a.kind is AtomKind.COMPARATOR and a.of == held.start}
        fact = reading.facts.get(held)
        if fact is not None and fact.comparator:
            probe = normal(fact.comparator)
            for text in (f"{probe}1个", f"1个{probe}"):
                marks |= {a.key for a in atoms_in(text) if a.kind is AtomKind.COMPARATOR}
        if atom.key in marks:
            return Verdict.SUPPORTED, _evidence_of(reading, held)
        return (Verdict.CONTRADICTED if marks else Verdict.UNSUPPORTED), _evidence_of(reading, held)

    # ---- years and dates ---------------------------------------------------------------------------------

    def _year(self, atom: Atom) -> tuple[Verdict, Evidence | None]:
        for figure, (reading, held) in self._found.items():
            fact = reading.facts.get(held)
            if figure.kind is AtomKind.NUMBER and fact is not None and fact.year == atom.key[0] and self._years_of(figure) == {atom.key[0]}:
                return Verdict.SUPPORTED, _evidence_of(reading, held)
        return self._pointed(atom, lambda reading: f"{atom.key[0]:.0f}年" in reading.about if len(atom.key) == 1 else False)

    def _pointed(self, atom: Atom, above: Callable[[Reading], bool]) -> tuple[Verdict, Evidence | None]:
        """Whether the atom stands where the statement's words point to among the atoms of its kind."""
        context = self._said.context(atom)
        same: list[tuple[float, int, Reading, Atom]] = []
        others: list[tuple[float, int, Reading, Atom]] = []
        for reading in self._held:
            for held in reading.passage.atoms:
                if held.kind is atom.kind and len(held.key) == len(atom.key):
                    there = reading.passage.context(held)
                    one = (likeness(context, there), touching(context, there), reading, held)
                    (same if held.key == atom.key else others).append(one)
        best = max(same, key=lambda found: found[0], default=None)
        rival = max(others, key=lambda found: found[0], default=None)
        if best is not None and (rival is None or best[0] >= rival[0] - 1e-9 or rival[1] < CERTAIN):
            self._found[atom] = best[2:]
            return Verdict.SUPPORTED, _evidence_of(*best[2:])
        if best is None and (rival is None or rival[1] < CERTAIN):
            titled = next((reading for reading in self._held if above(reading)), None)
            if titled is not None:
                return Verdict.SUPPORTED, _evidence(titled, titled.clause.span)
        if rival is not None:
            return Verdict.CONTRADICTED, _evidence_of(*rival[2:])
        return Verdict.UNSUPPORTED, None

    def _date(self, atom: Atom) -> tuple[Verdict, Evidence | None]:
        whole = tuple(float(part) for part in atom.key)
        for reading in self._held:
            for held in reading.passage.atoms:
                if held.kind is AtomKind.DATE and (held.key == atom.key or (0.0 in (whole[0], held.key[0]) and held.key[1:] == atom.key[1:])):
                    return self._pointed(replace(atom, key=held.key), lambda _: False)
            for date in filter(None, (reading.document.issued, reading.document.published)):
                parts = tuple(float(part) for part in date.split("-"))
                if parts == whole or (whole[2] == 0.0 and parts[:2] == whole[:2]):
                    return Verdict.SUPPORTED, None
        return self._pointed(atom, lambda _: False)

    # ---- names -------------------------------------------------------------------------------------------

    def _unit(self, atom: Atom) -> tuple[Verdict, Evidence | None]:
        name = atom.key[0]
        role, twice = self._role_of(atom)
        if twice:
            return Verdict.CONTRADICTED, None
        listed = False
        for reading in self._held:
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
                return Verdict.SUPPORTED, _evidence(reading, clause.units_span or clause.span)
        if role is not None and listed and not (role == "lead" and self._leads_in_prose(str(name))):
            return Verdict.CONTRADICTED, next(
                (_evidence(r, r.clause.units_span or r.clause.span) for r in self._held if r.clause.unit_rule is not UnitRule.NONE), None
            )  # fmt: skip
        return self._pointed(atom, lambda _: False)

    def _leads_in_prose(self, name: str) -> bool:
        """Whether a clause says in running text that a bureau leads, beside the list of its units."""
        return any(
            held.key[0] == name and _LED.match(reading.passage.text, held.end)
            for reading in self._held for held in reading.passage.atoms if held.kind is AtomKind.UNIT
        )  # fmt: skip

    def _issuers(self) -> Iterator[Checked]:
        """The bodies that the statement says issued the document."""
        issuers = {normal(name) for reading in self._held for name in reading.document.issuers}
        for match in _ISSUED_BY.finditer(self._said.text):
            at = match.start(1)
            for name in match.group(1).split("、"):
                verdict = Verdict.SUPPORTED if name.strip() in issuers else Verdict.CONTRADICTED if issuers else Verdict.UNSUPPORTED
                yield self._checked(AtomKind.UNIT, at, at + len(name), verdict, None)
                at += len(name) + 1

    def _misplaced(self, atom: Atom) -> bool:
        return self._pointed(atom, lambda _: False)[0] is Verdict.CONTRADICTED

    def _role_of(self, atom: Atom) -> tuple[str | None, bool]:
        """The role that the statement gives a bureau, and whether it lists it twice in that role."""
        text = self._said.text
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
            a for a in self._said.atoms
            if a.kind is AtomKind.UNIT and a.key == atom.key and begin <= a.start < atom.start and not re.search(r"[。;]", text[a.end : atom.start])
        ]  # fmt: skip
        return role, bool(twin) and text[twin[0].start : twin[0].end] == text[atom.start : atom.end]

    def _place(self, atom: Atom) -> tuple[Verdict, Evidence | None]:
        paths = [tuple(str(key).split("/")) for key in atom.key]
        names = {self._said.text[atom.start : atom.end]} | {path[-1] for path in paths}
        documents = {r.document.document_id: r.document.place for r in self._all}
        own = any(place is not None and place.path[: len(path)] == path for place in documents.values() for path in paths)
        printed = any(n in r.passage.text or n in r.about or n in normal(r.document.title) for r in self._held for n in names)
        pointed, evidence = self._pointed(atom, lambda _: False)
        if pointed is Verdict.CONTRADICTED and evidence is not None and self._certainly_other(atom):
            return pointed, evidence
        if own or printed:
            return Verdict.SUPPORTED, evidence if pointed is Verdict.SUPPORTED else None
        elsewhere = all(place is not None for place in documents.values()) and bool(documents)
        return (Verdict.CONTRADICTED if elsewhere else Verdict.UNSUPPORTED), None

    def _certainly_other(self, atom: Atom) -> bool:
        """Whether the words on both sides of a place stand in a clause around another one."""
        context = self._said.context(atom)
        for reading in self._held:
            for held in reading.passage.atoms:
                if held.kind is AtomKind.PLACE and held.key != atom.key:
                    there = reading.passage.context(held)
                    if touching(context, there) >= CERTAIN and context.right[:2] == there.right[:2]:
                        return True
        return False

    def _of_the_place(self, held: Sequence[Reading]) -> list[Reading]:
        """The clauses of the one place that the statement speaks of, where clauses of several are cited."""
        if len({r.document.document_id for r in held}) < 2:
            return list(held)
        places = [a for a in self._said.atoms if a.kind is AtomKind.PLACE]
        paths = {tuple(str(key).split("/")) for a in places for key in a.key}
        own = [r for r in held if r.document.place is not None and any(_at(r.document.place, path) for path in paths)]
        return own or list(held)

    def _document(self, atom: Atom) -> tuple[Verdict, Evidence | None]:
        for reading in self._held:
            own = number_key(normal(reading.document.document_number or ""))
            if own and str(atom.key[0]).endswith(own) and _BEFORE_NUMBER.fullmatch(str(atom.key[0]).removesuffix(own)):
                return Verdict.SUPPORTED, None
            if str(atom.key[0]) in number_key(reading.passage.text):
                return Verdict.SUPPORTED, _evidence(reading, reading.clause.span)
        return (Verdict.CONTRADICTED if self._held else Verdict.UNSUPPORTED), None

    def _clause(self, atom: Atom) -> tuple[Verdict, Evidence | None]:
        key = str(atom.key[0])
        for reading in self._held:
            label = label_key(normal(reading.clause.label))
            if label == key or label.startswith(key) or label.endswith(key):
                return Verdict.SUPPORTED, _evidence(reading, reading.clause.span)
            for held in reading.passage.atoms:
                if held.kind is AtomKind.CLAUSE and held.key == atom.key:
                    return Verdict.SUPPORTED, _evidence_of(reading, held)
        return (Verdict.CONTRADICTED if self._held else Verdict.UNSUPPORTED), None

    def _quotation(self, atom: Atom) -> tuple[Verdict, Evidence | None]:
        words = str(atom.key[0])
        for reading in self._held:
            if words in bare(reading.passage.text):
                return Verdict.SUPPORTED, _evidence(reading, reading.clause.span)
            if words in bare(reading.about) or words in bare(normal(reading.document.title)):
                return Verdict.SUPPORTED, None
        return Verdict.UNSUPPORTED, None

    # ---- negation ----------------------------------------------------------------------------------------

    def _negation(self, atom: Atom) -> tuple[Verdict, Evidence | None]:
        """A negation must be found before the same words (除外: behind them)."""
        text = self._said.text
        if _UNDISTINGUISHED.search(text) and text.startswith("没有", atom.start):
            stated = any(r.clause.unit_rule in (UnitRule.STATED, UnitRule.FIRST_LISTED) for r in self._held)
            return (Verdict.CONTRADICTED if stated else Verdict.SUPPORTED), None
        if text.startswith("不对。", atom.start):  # a verdict on the question, which no clause holds
            return Verdict.SUPPORTED, None
        last = text.startswith("除外", atom.start)
        words = _words_before(text, atom.start) if last else _words_after(text, atom.end)
        for length in (4, 3, 2):
            if len(words) < length:
                continue
            anchor = words[-length:] if last else words[:length]
            for reading in self._held:
                hits = [m.start() for m in re.finditer(re.escape(anchor), reading.passage.text)]
                if not hits:
                    continue
                at = atom.start - length if last else atom.end
                best, negated = max(
                    ((hit, _denied(reading.passage, hit, length, last)) for hit in hits),
                    key=lambda found: (_alike(text, at, reading.passage.text, found[0]), found[1]),
                )
                place = reading.place(best, best + length)
                return (Verdict.SUPPORTED if negated else Verdict.CONTRADICTED), _evidence(reading, place)
        stitched = text[max(0, atom.start - 3) : atom.end + 1]
        for reading in self._held:
            at = reading.passage.text.find(stitched)
            if len(stitched) >= 4 and at >= 0:
                return Verdict.SUPPORTED, _evidence(reading, reading.place(at, at + len(stitched)))
        return Verdict.UNSUPPORTED, None

    def _dropped_negations(self) -> Iterator[Checked]:
        """What the clause negates and the statement says without the negation."""
        text = self._said.text
        seen: set[int] = set()
        for reading in self._held:
            for held in reading.passage.atoms:
                if held.kind is not AtomKind.NEGATION:
                    continue
                whole = reading.passage.text
                torn = whole[max(0, held.start - 3) : held.start] + whole[held.end : held.end + 2]
                if len(torn) == 5 and torn in text and torn not in whole and not _BREAK.search(torn):
                    at = text.index(torn)
                    seen.update(range(at, at + 5))
                    yield self._checked(AtomKind.NEGATION, at, at + 5, Verdict.CONTRADICTED, _evidence(reading, reading.place(held.start, held.end)))
                    continue
                last = whole.startswith("除外", held.start)
                words = _words_before(whole, held.start) if last else _words_after(whole, held.end)
                anchor = words[-4:] if last else words[:4]
                if len(anchor) < 2:
                    continue
                for match in re.finditer(re.escape(anchor), text):
                    at = match.start()
                    if _BREAK.split(text[at:])[0] and _LINKING.fullmatch(_BREAK.split(text[:at])[-1] + _BREAK.split(text[at:])[0]):
                        continue
                    if any(a <= at < b for a, b, _, _ in self._literal) or at in seen:
                        continue
                    if _denied(self._said, at, len(anchor), last) or (last and "外" in text[match.end() : match.end() + 12]):
                        continue
                    hits = [m.start() for m in re.finditer(re.escape(anchor), whole)]
                    best, denied = max(
                        ((hit, _denied(reading.passage, hit, len(anchor), last)) for hit in hits),
                        key=lambda found: (_alike(text, at, whole, found[0]), not found[1]),
                    )
                    if not denied or (len(anchor) < 4 and not last and _left_alike(text, at, whole, best) < 1):
                        continue
                    seen.add(at)
                    span = reading.place(held.start, held.end)
                    yield self._checked(AtomKind.NEGATION, at, match.end(), Verdict.CONTRADICTED, _evidence(reading, span))

    # ---- the rest ----------------------------------------------------------------------------------------

    def _wording(self) -> Checked:
        """Whether the words around the atoms are the clause's own: those of the whole and those of each stretch."""
        text = self._said.text
        compared = self._compared()
        if compared is not None:
            return self._checked(AtomKind.WORDING, 0, len(text), compared, None)
        spoken = text
        for atom in self._said.atoms:
            if atom.kind in (AtomKind.PLACE, AtomKind.UNIT, AtomKind.NUMBER, AtomKind.YEAR, AtomKind.DOCUMENT, AtomKind.DATE):
                spoken = spoken[: atom.start] + " " * (atom.end - atom.start) + spoken[atom.end :]
        spoken = _FRAMES.sub(lambda m: " " * len(m.group()), spoken)
        if self._counted:
            spoken = _COUNTED.sub(lambda m: " " * len(m.group()), spoken)
        held = [r.near for r in self._held]
        lacking = self._another_row()
        total = hit = 0
        for match in re.finditer(r"[^,。;:!?\n]+", spoken):
            if _LINKING.fullmatch(match.group().strip()):
                continue
            pairs = [pair for pair in _pairs_of(match.group()) if not _GENERIC.intersection(pair)]
            known = [any(pair in one for one in held) for pair in pairs]
            there = sum(known)
            total, hit = total + len(pairs), hit + there
            strange = bool(pairs) and not there
            foreign = "0" * FOREIGN in "".join("01"[one] for one in known)
            if lacking is None and (strange or foreign or (len(pairs) >= 3 and there < PART_WORDS * len(pairs))):
                lacking = match.span()
        if not held or (total and hit < WORDS * total) or lacking is not None:
            start, end = lacking or (0, len(text))
            return self._checked(AtomKind.WORDING, start, end, Verdict.UNSUPPORTED, None)
        return self._checked(AtomKind.WORDING, 0, len(text), Verdict.SUPPORTED, None)

    def _another_row(self) -> tuple[int, int] | None:
        """The statement, where it cites rows of a table and names none of them."""
        rows = [r.clause for r in self._held if not self._counted and r.clause.kind is ClauseKind.ROW and r.clause.heading]
        if not rows or self._literal or any(normal(row.heading or "") in self._said.text for row in rows):
            return None
        return (0, len(self._said.text))

    def _compared(self) -> Verdict | None:
        """A verdict on 比较结果:A高于B by the figures of the two places, None for any other statement."""
        match = _HIGHER.search(self._said.text)
        alike = _EQUAL.match(self._said.text)
        if alike is not None:
            held = [self._values(name) for name in alike.group(1).split("、")]
            return Verdict.SUPPORTED if held[0] and set.intersection(*held) else Verdict.CONTRADICTED
        if match is None:
            return None
        higher, lower = (match.group(1), match.group(2)) if match.group(1) else (match.group(3), match.group(4))
        values = [self._values(name) for name in (higher, lower)]
        shared = {unit for unit, _ in values[0]} & {unit for unit, _ in values[1]}
        if any(a > b for unit, a in values[0] for other, b in values[1] if unit == other):
            return Verdict.SUPPORTED
        return Verdict.CONTRADICTED if shared else Verdict.UNSUPPORTED

    def _values(self, name: str) -> set[tuple[str, float]]:
        """The figures of the cited clauses of a place, with their units."""
        return {
            (held.unit, float(held.key[0]))
            for r in self._all if r.document.place is not None and name in (r.document.place.name, short_name(r.document.place))
            for held in r.passage.atoms if held.kind is AtomKind.NUMBER and len(held.key) == 1
        }  # fmt: skip


def _at(place: Place, path: tuple[str, ...]) -> bool:
    return place.path[: len(path)] == path or path[: len(place.path)] == place.path


def _evidence(reading: Reading, span: Span) -> Evidence:
    return Evidence(reading.clause.clause_id, span, span.of(reading.document.source))


def _evidence_of(reading: Reading, atom: Atom) -> Evidence:
    return _evidence(reading, reading.span(atom))


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


def _pairs_of(text: str) -> list[str]:
    return [run[i : i + 2] for run in _HAN_RUN.findall(text) for i in range(len(run) - 1)]


def _words_after(text: str, at: int) -> str:
    found = re.match(r"[\s“”]*([\u4e00-\u9fa5\d%]{0,8})", text[at:])
    return found.group(1) if found else ""


def _words_before(text: str, at: int) -> str:
    found = re.search(r"([\u4e00-\u9fa5\d%]{0,8})的?$", text[:at])
    return found.group(1) if found else ""


def _denied(passage: Passage, at: int, length: int, last: bool) -> bool:
    """Whether the words at `at` are negated: by 除外 behind them, or by what stands at most six characters before
    them in the same stretch."""
    if last:
        return passage.text.startswith(("除外", "的除外"), at + length)
    return any(
        a.end <= at <= a.end + 6 and not _BREAK.search(passage.text[a.end : at])
        for a in passage.atoms if a.kind is AtomKind.NEGATION
    )  # fmt: skip


def _alike(text: str, at: int, other: str, there: int) -> float:
    """How alike two places are: the words before them, negations left out, and how long what follows is the same."""
    follows = next((i for i, (a, b) in enumerate(zip(text[at : at + 24], other[there : there + 24], strict=False)) if a != b), 24)
    return _left_alike(text, at, other, there) + 0.5 * follows


def _left_alike(text: str, at: int, other: str, there: int) -> float:
    """How many pairs of characters before two places are the same, negations left out; 2 where both open a stretch
    alike."""
    one, two = (NEGATION.sub("", re.split(r"[。;!?\n]", t[max(0, i - 16) : i])[-1]) for t, i in ((text, at), (other, there)))
    heads = [MODAL.sub("", _BREAK.split(t)[-1]) for t in (one, two)]
    pairs = {one[i : i + 2] for i in range(len(one) - 1)}
    return max(2.0 * (heads[0] == heads[1]), float(sum(pair in two for pair in pairs)))
