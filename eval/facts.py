"""How well clauses and facts are read: precision and recall a field, against labels made by reading.

The labels are in `eval/datasets/facts/`: one line a clause, a table cell, a subsidy, a target. They were written
from the five bundled documents without running the code.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from corpus.document import Clause, ClauseKind, Document
from corpus.errors import SourceError
from corpus.load import bundled, load
from corpus.normalize import normal


@dataclass(frozen=True, slots=True)
class Score:
    """One field: how many were labelled, how many found, how many of both agree; `wrong` names the rest."""

    field: str
    labelled: int
    found: int
    right: int
    wrong: tuple[str, ...]

    @property
    def precision(self) -> float:
        """The share of what was found that is right; 1 where nothing was found and nothing labelled."""
        return self.right / self.found if self.found else float(not self.labelled)

    @property
    def recall(self) -> float:
        """The share of what was labelled that was found."""
        return self.right / self.labelled if self.labelled else 1.0


def labels(name: str, folder: Path | None = None) -> list[dict[str, Any]]:
    """The labels of one kind (clauses, cells, subsidies, targets). Raises SourceError naming a broken line."""
    path = (folder or Path(str(files("eval") / "datasets" / "facts"))) / f"{name}.jsonl"
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            rows.append(json.loads(line))
        except ValueError as error:
            raise SourceError(f"{path.name} line {number} is no JSON ({error}); mend the line") from error
    return rows


def measure(documents: Sequence[Document] | None = None) -> list[Score]:
    """The scores of all fields over the bundled documents (read now, or given)."""
    if documents is None:
        documents, _ = load([bundled()])
    by_file = {document.source_file: document for document in documents}
    clauses = labels("clauses")
    return [
        _boundaries(by_file, clauses),
        _units("lead units", by_file, clauses, "lead"),
        _units("responsible units", by_file, clauses, "responsible"),
        _cells(by_file, labels("cells")),
        _figures("subsidies", by_file, labels("subsidies"), "text"),
        _terms(by_file, labels("subsidies")),
        _figures("targets", by_file, labels("targets"), "value_text"),
    ]


def table(scores: Iterable[Score]) -> list[str]:
    """The scores as lines of a table, mistakes below it."""
    lines = [f"{'field':<20}{'labelled':>9}{'found':>8}{'precision':>11}{'recall':>9}"]
    wrong: list[str] = []
    for s in scores:
        lines.append(f"{s.field:<20}{s.labelled:>9}{s.found:>8}{s.precision:>11.3f}{s.recall:>9.3f}")
        wrong.extend(f"  {s.field}: {text}" for text in s.wrong)
    return lines + wrong


def _find(document: Document, path: str) -> Clause | None:
    return next((c for c in document.clauses if c.path == path), None)


def _boundaries(by_file: dict[str, Document], rows: Sequence[dict[str, Any]]) -> Score:
    """A clause is right where path, first and last words and heading agree; rows and heads are cells' matter."""
    right, wrong = 0, []
    for row in rows:
        clause = _find(by_file[row["file"]], row["path"])
        agrees = (
            clause is not None
            and clause.text.startswith(row["starts"])
            and clause.text.endswith(row["ends"])
            and (clause.heading or "") == (row["heading"] or "")
        )
        right += agrees
        if not agrees:
            wrong.append(f"{row['file']} {row['path']}")
    found = sum(
        c.kind not in (ClauseKind.ROW, ClauseKind.HEAD) for name in {r["file"] for r in rows} for c in by_file[name].clauses
    )
    return Score("clauses", len(rows), found, right, tuple(wrong))


def _units(field: str, by_file: dict[str, Document], rows: Sequence[dict[str, Any]], key: str) -> Score:
    """A unit is right where the clause lists it in that role; a list in another order counts once as wrong."""
    labelled = found = right = 0
    wrong: list[str] = []
    for row in rows:
        clause = _find(by_file[row["file"]], row["path"])
        held = list((clause.lead_units if key == "lead" else clause.responsible_units) if clause else ())
        labelled, found = labelled + len(row[key]), found + len(held)
        right += len(set(row[key]) & set(held))
        if held != row[key]:
            wrong.append(f"{row['file']} {row['path']}: {held} for {row[key]}")
    return Score(field, labelled, found, right, tuple(wrong))


def _cells(by_file: dict[str, Document], rows: Sequence[dict[str, Any]]) -> Score:
    """A cell is right where a row of that key holds the value for that year."""
    right, wrong = 0, []
    for row in rows:
        held = [
            (figure.text, figure.year)
            for clause in by_file[row["file"]].clauses
            if clause.kind is ClauseKind.ROW and normal(clause.heading or "") == normal(row["row"])
            for figure in clause.figures
        ]
        if (row["value"], row["year"]) in held:
            right += 1
        else:
            wrong.append(f"{row['file']} {row['row']} {row['column']} {row['value']}")
    names = {row["file"] for row in rows}
    found = sum(len(c.figures) for name in names for c in by_file[name].clauses if c.kind is ClauseKind.ROW)
    return Score("table cells", len(rows), found, right, tuple(wrong))


def _figures(field: str, by_file: dict[str, Document], rows: Sequence[dict[str, Any]], key: str) -> Score:
    """A figure is right where its clause holds the words, for the year where one is labelled. Only recall is
    measured: a clause holds other figures too, so what was found counts as what is right."""
    right, wrong = 0, []
    rows = [row for row in rows if not row["path"].startswith("行:")]  # those are cells
    for row in rows:
        clause = _find(by_file[row["file"]], row["path"])
        held = [f for f in (clause.figures if clause else ()) if f.text == row[key]]
        if held and ("year" not in row or any(f.year == row["year"] for f in held)):
            right += 1
        else:
            wrong.append(f"{row['file']} {row['path']} {row[key]}")
    return Score(field, len(rows), right, right, tuple(wrong))


def _terms(by_file: dict[str, Document], rows: Sequence[dict[str, Any]]) -> Score:
    """A term (period, cap, condition) is right where the amount holds exactly these words in that role."""
    labelled = found = right = 0
    wrong: list[str] = []
    for row in rows:
        document = by_file[row["file"]]
        clause = _find(document, row["path"])
        figure = next((f for f in (clause.figures if clause else ()) if f.text == row["text"]), None)
        wanted = {("period", words) for words in row["periods"]}
        wanted |= {("condition", words) for words in row["conditions"]} | ({("cap", row["cap"])} if row["cap"] else set())
        held: set[tuple[str, str]] = set()
        if figure is not None:
            held = {("period", s.of(document.source)) for s in figure.periods}
            held |= {("condition", s.of(document.source)) for s in figure.conditions}
            held |= {("cap", figure.cap.of(document.source))} if figure.cap else set()
        labelled, found, right = labelled + len(wanted), found + len(held), right + len(wanted & held)
        wrong.extend(f"{row['file']} {row['path']} {row['text']}: {role} {words}" for role, words in sorted(wanted ^ held))
    return Score("subsidy terms", labelled, found, right, tuple(wrong))
