"""What agents are given: the shape of each tool's result, and the same as text for a model to read.

The records are those of the JSON contract; a text says the clause id of everything it cites, so that the next call can
ask for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.rendering import answer_lines, marked, reference, verification_lines
from api.schemas import CitationReply, StatementReply, TaskReply, ValueReply

_UNWRAPPED: Final = 1_000_000
"""Columns: text for a program is not cut into lines of a terminal."""


class _Result(BaseModel):
    """A result has exactly the keys it is described with."""

    model_config = ConfigDict(extra="forbid")


class Found(CitationReply):
    """A clause that a search found."""

    score: float = Field(description="How well it fits; comparable within one search only.")


class SearchResult(_Result):
    """The clauses nearest to a query, best first."""

    query: str
    hits: list[Found]


class FactsResult(_Result):
    """The facts that pass the filters, in the order of the corpus: `total` of them, of which `facts` are a page."""

    kind: Literal["targets", "subsidies", "tasks"]
    total: int
    offset: int
    facts: list[TaskReply | ValueReply]


class ComparedPlace(_Result):
    """What one place says: the figures of the indicator, or the answer to the question; empty where it says nothing."""

    place: str
    facts: list[ValueReply]
    status: str | None = Field(description="The outcome of the question for this place; null for an indicator.")
    answer: str | None
    statements: list[StatementReply]
    citations: list[CitationReply]


class RankedPlace(_Result):
    """A place and its figure."""

    place: str
    text: str
    value: float
    comparator: str | None
    clause_id: str


class RankingResult(_Result):
    """Places by figures of one indicator, unit and year, highest first."""

    indicator: str
    unit: str
    year: int | None
    places: list[RankedPlace]


class CompareResult(_Result):
    """Places side by side; `rankings` only where figures can be compared."""

    indicator: str | None
    question: str | None
    year: int | None
    rows: list[ComparedPlace]
    rankings: list[RankingResult]


def answer_text(answer: Mapping[str, Any]) -> str:
    """An answer with its quotations, and the ids of the clauses behind the marks."""
    ids = [f"[{number}] = {citation['clause_id']}" for number, citation in enumerate(answer["citations"], 1)]
    ids += [f"[~] = {citation['clause_id']}" for citation in answer["nearest"]]
    return "\n".join([f"status: {answer['status']}", *answer_lines(answer, _UNWRAPPED), "", *ids]).rstrip()


def search_text(result: Mapping[str, Any]) -> str:
    """The clauses found, each with its id, where it stands and its words."""
    lines: list[str] = []
    for rank, hit in enumerate(result["hits"], 1):
        lines += [f"{rank}. {hit['clause_id']} ({hit['score']:.3f})", f"   {reference(hit)}", f"   {_flat(hit['quote'])}"]
    return "\n".join(lines) or "no clause found"


def clause_text(clause: Mapping[str, Any]) -> str:
    """A clause in full, where it stands, its units, and the ids beside it."""
    number = f"（{clause['document_number']}）" if clause["document_number"] else ""
    lines = [
        clause["clause_id"],
        " › ".join(filter(None, [f"{clause['document_title']}{number}", *clause["breadcrumb"], clause["label"], clause["heading"]])),
        clause["text"],
        f"{clause['source_file']} [{clause['start']}, {clause['end']})",
    ]
    if clause["lead_units"]:
        lines.append(f"牵头单位：{'、'.join(clause['lead_units'])}")
    if clause["responsible_units"]:
        lines.append(f"责任单位：{'、'.join(clause['responsible_units'])}")
    lines += [f"previous: {clause['previous'] or '-'}", f"next: {clause['next'] or '-'}"]
    return "\n".join(lines)


def facts_text(result: Mapping[str, Any]) -> str:
    """The facts, one a line, each with its clause id."""
    facts: Sequence[Mapping[str, Any]] = result["facts"]
    head = f"{result['total']} {result['kind']}"
    if len(facts) < result["total"]:
        head += f", of which {result['offset'] + 1}–{result['offset'] + len(facts)}" if facts else ", none from this offset on"
    return "\n".join([head, *(_fact_line(fact) for fact in facts)])


def compare_text(result: Mapping[str, Any]) -> str:
    """What each place says, then the rankings."""
    lines: list[str] = []
    for row in result["rows"]:
        lines.append(f"{row['place']}:")
        if row["answer"] is not None:
            lines += [f"  {line}" for line in marked(row).split("\n")]
            lines += [f"  [{number}] = {one['clause_id']}" for number, one in enumerate(row["citations"], 1)]
        elif row["facts"]:
            lines += [f"  {_fact_line(fact)}" for fact in row["facts"]]
        else:
            lines.append("  未规定 (nothing stated)")
    for ranking in result["rankings"]:
        year = f", {ranking['year']}" if ranking["year"] else ""
        order = " > ".join(_ranked(ranking["places"]))
        lines.append(f"ranking ({ranking['indicator']}{year}): {order}")
    return "\n".join(lines)


def verification_text(result: Mapping[str, Any]) -> str:
    """The verdict on each statement, and the ids of the clauses behind the marks."""
    ids = [f"[{number}] = {citation['clause_id']}" for number, citation in enumerate(result["citations"], 1)]
    head = "every statement is supported" if result["supported"] else "not every statement is supported"
    return "\n".join([head, *verification_lines(result, _UNWRAPPED), "", *ids]).rstrip()


def _ranked(places: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The places of a ranking, those of one value joined by an equals sign."""
    groups: list[list[Mapping[str, Any]]] = []
    for one in places:
        if groups and groups[-1][0]["value"] == one["value"]:
            groups[-1].append(one)
        else:
            groups.append([one])
    for group in groups:
        yield " = ".join(f"{one['place']} {one['comparator'] or ''}{one['text']}" for one in group)


def _fact_line(fact: Mapping[str, Any]) -> str:
    place = fact["place"] or fact["document_title"]
    if "task" in fact:
        return f"{place} | {fact['unit']} ({fact['role']}) | {_flat(fact['task'])} | {fact['clause_id']}"
    about = " ".join(dict.fromkeys(_flat(str(part)) for part in (fact["year"], fact["heading"], fact["scope"], fact["indicator"]) if part))
    terms = [*fact["periods"], *([fact["cap"]] if fact["cap"] else []), *fact["conditions"]]
    told = f" | {'；'.join(map(_flat, terms))}" if terms else ""
    comparator = fact["comparator"] or ""
    # 全覆盖 is figure and comparator in one.
    figure = fact["text"] if comparator in fact["text"] else f"{comparator} {fact['text']}"
    return f"{place} | {about} | {figure}{told} | {fact['clause_id']}"


def _flat(text: str) -> str:
    return " ".join(text.split())
