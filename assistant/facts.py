"""The facts of a corpus as records: which unit does what, what is aimed at, what is paid.

Nothing is worked out here: every record is read off one clause and says which. Filters take either script and the names
that people use (卫健委 for 卫生健康委, 千人口托位数 for 每千人口拥有3岁以下婴幼儿托位数).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Literal

from assistant.answer import figure_json
from assistant.documents import Documents
from assistant.library import title_of
from assistant.units import Units, canonical
from corpus.document import Clause, ClauseKind, Document, Figure, FigureKind, Part, Place
from corpus.lexicon import synonyms
from corpus.normalize import normal
from corpus.places import mentions, register, resolve

if TYPE_CHECKING:
    from indexing.store import Store

# A column of a table that says what is to be reached, and one that says what there is.
_PLANNED = re.compile(r"规划|目标|指标|计划")
_HELD = re.compile(r"已有|现有|现状|实际|已完成|已建|基期|基数")
_RANK = re.compile(r"[省市区县旗盟]$")
_BETWEEN = re.compile(r"^[\s、,;和与及的]+|[\s、,;和与及的]+$")


Kind = Literal["targets", "subsidies", "tasks"]
"""What there are facts of."""


class Role(StrEnum):
    """In which capacity a unit stands in a clause's list."""

    LEAD = "lead"
    RESPONSIBLE = "responsible"


@dataclass(frozen=True, slots=True)
class Task:
    """A unit as a clause's list prints it, and what it is there: a unit that leads is not named a second time among
    the responsible ones."""

    document: Document
    clause: Clause
    unit: str
    role: Role

    def to_json(self) -> dict[str, Any]:
        """`unit`, `role`, how the lead is known (`unit_rule`), the `task` in a few words, and where it stands."""
        return {
            **_where(self.document, self.clause),
            "unit": self.unit,
            "role": self.role.value,
            "unit_rule": self.clause.unit_rule.value,
            "task": title_of(self.clause),
        }


@dataclass(frozen=True, slots=True)
class Value:
    """A figure of a clause: a target, or an amount that is paid."""

    document: Document
    clause: Clause
    figure: Figure

    def to_json(self) -> dict[str, Any]:
        """The contract's Figure, where it stands, and the `sentence` around it: 分别给予700元、800元 is read only there."""
        return {
            **_where(self.document, self.clause),
            **figure_json(self.figure, self.document),
            "sentence": self.figure.sentence.of(self.document.source),
        }


@dataclass(frozen=True, slots=True)
class Ranking:
    """Places by their figure of one indicator, unit and year, highest first; each with the value it has."""

    indicator: str  # as the first of the places calls it
    unit: str
    year: int | None
    places: tuple[tuple[str, Value], ...]

    def to_json(self) -> dict[str, Any]:
        """What is compared, and each place with its figure as printed and the clause it stands in."""
        return {
            "indicator": self.indicator,
            "unit": self.unit,
            "year": self.year,
            "places": [
                {"place": place, "text": v.figure.text, "value": v.figure.value, "comparator": v.figure.comparator, "clause_id": v.clause.clause_id}
                for place, v in self.places
            ],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Comparison:
    """What several places say of one thing: `rows` in the order of the asking, a place that says nothing with no
    values; `rankings` only over figures of one indicator, unit and year, of places that state one such figure."""

    rows: tuple[tuple[str, tuple[Value, ...]], ...]
    rankings: tuple[Ranking, ...]


@dataclass(frozen=True, slots=True)
class _Filter:
    """What a record must be of; None and no names leave it open."""

    documents: frozenset[str] | None
    rows: tuple[Place, ...]  # places whose own rows are wanted in the tables of the places above them
    spot: str  # what a table's row must name: a town, a street
    units: frozenset[str] | None
    words: tuple[str, ...]

    def takes(self, clause: Clause, document: Document, spoken: Iterable[str | None]) -> bool:
        """Whether a record of `clause`, of which `spoken` says what it is about, is wanted."""
        if self.units is not None and not self.units.intersection((*clause.lead_units, *clause.responsible_units)):
            return False
        if self.spot or self.words:  # folding every clause of a large corpus takes long
            about = [_bare(text) for text in (*spoken, clause.heading) if text]
            if not any(self.spot in text for text in about):
                return False
            if self.words and not any(word in text for word in self.words for text in about):
                return False
        return not (self.rows and _of_another(clause, document, self.rows))


class Facts:
    """The tasks, targets and subsidies of one snapshot, in the order of the corpus.

    The filters are the same for all three; a record must pass every one that is given:

    `place` keeps what is of that place or of places within it; where there is nothing of either, what a place above it
    rules, without the table rows of its neighbours. Several may be named (渝北和广州). A town or a street (龙兴镇) keeps
    the figures and rows that name it. `unit` keeps the clauses in whose lists the organ stands, under any of its names.
    `year` keeps the figures of that year, and the tasks whose clause prints it. `indicator` is looked for in what a figure
    is about and in the clause's heading, and in a task's words. `document_id` keeps one document.
    What only a 政策解读 says is left out: it repeats the policy.

    Each method raises DocumentNotFoundError for a `document_id` that is not in the corpus; names that mean nothing here
    find nothing.
    """

    def __init__(self, store: Store, documents: Documents) -> None:
        self._store = store
        self._documents = documents

    @cached_property
    def _units(self) -> Units:
        return Units(self._store.unit_names())

    def tasks(
        self, *, place: str | None = None, unit: str | None = None, year: int | None = None,
        indicator: str | None = None, document_id: str | None = None, role: Role | None = None,
    ) -> list[Task]:  # fmt: skip
        """Each unit of each clause that names units, leads first; of one `role` only, where given."""
        wanted = self._filter(place, unit, indicator, document_id)
        names = None if wanted.units is None else sorted(wanted.units)
        found: list[Task] = []
        for clause in self._store.clauses_with_units(names, wanted.documents):
            document = self._documents.by_id[clause.document_id]
            if not _binds(clause) or (year is not None and str(year) not in clause.text):
                continue
            if wanted.takes(clause, document, [clause.text]):
                document = self._store.document(clause.document_id)
                found += [
                    Task(document, clause, name, held)
                    for name, held in _listed(clause)
                    if role in (None, held) and (wanted.units is None or name in wanted.units)
                ]
        return found

    def targets(
        self, *, place: str | None = None, unit: str | None = None, year: int | None = None,
        indicator: str | None = None, document_id: str | None = None,
    ) -> list[Value]:  # fmt: skip
        """The figures to be reached: those of sentences, and the cells of table columns that plan (2025年规划托位)."""
        return list(
            self._values(
                (FigureKind.TARGET, FigureKind.CELL), _is_target, year, self._filter(place, unit, indicator, document_id)
            )
        )

    def subsidies(
        self, *, place: str | None = None, unit: str | None = None, year: int | None = None,
        indicator: str | None = None, document_id: str | None = None,
    ) -> list[Value]:  # fmt: skip
        """The amounts that are paid, with how often, at most how much, and to whom."""
        return list(
            self._values((FigureKind.SUBSIDY,), _is_paid, year, self._filter(place, unit, indicator, document_id))
        )

    def listed(
        self, kind: Kind, *, place: str | None = None, unit: str | None = None, year: int | None = None,
        indicator: str | None = None, document_id: str | None = None,
    ) -> Sequence[Task | Value]:  # fmt: skip
        """The `tasks`, `targets` or `subsidies` that pass the filters."""
        chosen: dict[Kind, Callable[..., Sequence[Task | Value]]] = {
            "tasks": self.tasks, "targets": self.targets, "subsidies": self.subsidies,
        }  # fmt: skip
        return chosen[kind](place=place, unit=unit, year=year, indicator=indicator, document_id=document_id)

    def compared(self, places: Sequence[str], indicator: str, year: int | None = None) -> Comparison:
        """The targets and subsidies of an indicator place by place, and those of them that can be ranked."""
        rows = [
            (place, (*self.targets(place=place, indicator=indicator, year=year), *self.subsidies(place=place, indicator=indicator, year=year)))
            for place in places
        ]  # fmt: skip
        return Comparison(tuple(rows), tuple(_rankings(rows)))

    def _values(
        self, kinds: Sequence[FigureKind], meant: Callable[[Clause, Figure], bool], year: int | None, wanted: _Filter
    ) -> Iterator[Value]:
        for clause in self._store.clauses_with_figures([kind.value for kind in kinds], year, wanted.documents):
            document = self._documents.by_id[clause.document_id]
            if not _binds(clause):
                continue
            for figure in clause.figures:
                if not meant(clause, figure) or (year is not None and figure.year != year):
                    continue
                if wanted.takes(clause, document, [figure.indicator, figure.scope]):
                    yield Value(self._store.document(clause.document_id), clause, figure)

    # ---- what the filters mean ---------------------------------------------------------------------------------

    def _filter(
        self, place: str | None, unit: str | None, indicator: str | None, document_id: str | None
    ) -> _Filter:
        documents: set[str] | None = None
        if document_id is not None:
            documents = {self._store.document(document_id).document_id}
        rows: list[Place] = []
        spot = ""
        if place is not None and place.strip():
            named, spot = self._places(place)
            if named:
                documents = _both(documents, self._of(named, rows))
        units: frozenset[str] | None = None
        if unit is not None and unit.strip():
            names, above = self._named_units(unit)
            units = frozenset(names)
            if above:
                documents = _both(documents, self._of(above, []))
        words: tuple[str, ...] = ()
        if indicator is not None and (word := _bare(indicator)):
            words = (word, *map(_bare, synonyms().get(word, ())))
        return _Filter(None if documents is None else frozenset(documents), tuple(rows), spot, units, words)

    def _places(self, text: str) -> tuple[list[Place], str]:
        """The places of the register that a text names, of a name with several bearers all of them, and what else it
        says (龙兴镇)."""
        said = normal(text)
        found = mentions(said, self._documents.gazetteer)
        rest = said
        for mention in reversed(found):
            rest = f"{rest[: mention.start]} {rest[mention.end :]}"
        places = list(found[0].candidates) if len(found) == 1 else resolve(found)
        return places, _BETWEEN.sub("", rest).replace(" ", "")

    def _of(self, places: Iterable[Place], rows: list[Place]) -> set[str]:
        """The documents of places; those for which only documents of a place above stand in are put into `rows`."""
        documents: set[str] = set()
        for place in places:
            own = {*self._documents.of(place), *self._documents.inside(place)}
            if not own:
                own = set(self._documents.holding(place))
                rows.append(place)
            documents |= own
        return documents

    def _named_units(self, text: str) -> tuple[list[str], list[Place]]:
        """The names under which clauses print a unit, and the places that its name begins with (渝北区教委)."""
        said = re.sub(r"\s+", "", normal(text))
        found = mentions(said, self._documents.gazetteer)
        chain = found[:1]
        for mention in found[1:]:
            if chain and mention.start == chain[-1].end:
                chain.append(mention)
        places = resolve(chain) if chain and chain[0].start == 0 else []
        name = canonical(said)
        printed = self._units.printed(name)
        if printed and name == said:
            return printed, []  # 大兴经济开发区管委会 is so called
        if places:
            printed = self._units.printed(canonical(said[chain[-1].end :])) or printed
        if not printed:
            printed = [known for known in self._store.unit_names() if said in normal(known)]
            places = []
        return printed, places


def _rankings(rows: Sequence[tuple[str, Sequence[Value]]]) -> Iterator[Ranking]:
    """The rankings of what can be compared, most places first."""
    groups: dict[tuple[str, str, int | None], dict[str, list[Value]]] = {}
    for place, values in rows:
        for value in values:
            figure = value.figure
            if figure.value is not None and figure.unit and figure.indicator:
                key = (_indicator(figure.indicator), figure.unit, figure.year)
                groups.setdefault(key, {}).setdefault(place, []).append(value)
    for (_, unit, year), found in sorted(groups.items(), key=lambda group: -len(group[1])):
        alone = [(place, held[0]) for place, held in found.items() if len({v.figure.value for v in held}) == 1]
        if len(alone) > 1:
            ordered = sorted(alone, key=lambda one: -(one[1].figure.value or 0.0))
            yield Ranking(ordered[0][1].figure.indicator or "", unit, year, tuple(ordered))


def _indicator(text: str) -> str:
    """One name for all names of an indicator."""
    bare = _bare(text)
    return min([bare, *map(_bare, synonyms().get(bare, ()))])


def _where(document: Document, clause: Clause) -> dict[str, Any]:
    return {
        "document_id": document.document_id,
        "document_title": document.title,
        "document_number": document.document_number,
        "place": document.place_name,
        "clause_id": clause.clause_id,
        "clause_label": clause.label,
        "heading": clause.heading,
    }


def _listed(clause: Clause) -> Iterator[tuple[str, Role]]:
    """The units of a clause, each once."""
    for name in dict.fromkeys((*clause.lead_units, *clause.responsible_units)):
        yield name, Role.LEAD if name in clause.lead_units else Role.RESPONSIBLE


def _binds(clause: Clause) -> bool:
    return clause.part is not Part.INTERPRETATION


def _is_paid(clause: Clause, figure: Figure) -> bool:
    return figure.kind is FigureKind.SUBSIDY


def _is_target(clause: Clause, figure: Figure) -> bool:
    if figure.kind is not FigureKind.CELL:
        return figure.kind is FigureKind.TARGET
    header = next((normal(cell.header) for cell in clause.cells if cell.span == figure.span), "")
    return bool(_PLANNED.search(header)) and not _HELD.search(header)


def _of_another(clause: Clause, document: Document, places: Sequence[Place]) -> bool:
    """Whether a table row is of a place within its document's that is none of `places`: 海珠 where 天河区 is asked."""
    if clause.kind is not ClauseKind.ROW or document.place is None:
        return False
    of = _below(document.place).get(_bare(clause.heading or ""))
    return of is not None and not any(of.holds(other) or other.holds(of) for other in places)


@lru_cache(maxsize=64)
def _below(place: Place) -> dict[str, Place]:
    """The places within a place by the names that its tables give them, with their rank and without."""
    inside = [one for one in register() if place.holds(one) and one != place]
    return {
        **{_RANK.sub("", normal(one.name)): one for one in inside if len(one.name) > 2},
        **{normal(one.name): one for one in inside},
    }


def _both(one: set[str] | None, other: set[str]) -> set[str]:
    return other if one is None else one & other


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", normal(text))
