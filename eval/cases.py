"""The cases of an evaluation: a question, what an answer must say and must not, and the clauses it rests on.

A data set is a JSONL file, one case a line; `policy_qa.jsonl` and its datasheet stand in `eval/datasets/`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from assistant.answer import Status
from corpus.document import Clause
from corpus.errors import SourceError

CATEGORIES: Final = (
    "lead_unit", "responsible_units", "subsidy", "target", "table_cell", "list_count", "comparison", "condition",
    "mirrored", "follow_up", "fork", "false_premise", "unanswerable", "injection", "definition", "how_to",
)  # fmt: skip
REFUSALS: Final = frozenset({Status.NOT_FOUND.value, Status.OUT_OF_SCOPE.value})


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words of a clause, verbatim, that carry one atom of the answer."""

    clause_id: str
    quote: str


@dataclass(frozen=True, slots=True)
class Case:
    """One question with its gold.

    `status` holds every outcome that is right. `atoms` are what the answer must say, each a tuple of spellings of
    which one is enough; `evidence` has for each atom the places that carry it (any one is enough; empty where the
    atom is a place's name or a count that no clause prints). `gold` are the clauses that may be cited, `lead` and
    `responsible` the units in printed order, `mirror` the id of the same question in the other script.
    """

    case_id: str
    category: str
    question: str
    history: tuple[str, ...]
    status: frozenset[str]
    gold: tuple[str, ...]
    atoms: tuple[tuple[str, ...], ...]
    evidence: tuple[tuple[Evidence, ...], ...]
    forbidden: tuple[str, ...]
    lead: tuple[str, ...] | None
    responsible: tuple[str, ...] | None
    mirror: str | None
    why: str

    @property
    def answerable(self) -> bool:
        """Whether the corpus holds an answer: no refusal is among the right outcomes."""
        return not self.status & REFUSALS

    @property
    def refusable(self) -> bool:
        """Whether only a refusal is right."""
        return self.status <= REFUSALS

    @classmethod
    def from_json(cls, line: Mapping[str, Any]) -> Case:
        """The case of one line. Raises KeyError, TypeError or ValueError where the line does not have its shape."""
        status = frozenset(Status(word).value for word in line["status"])
        if not status:
            raise ValueError("no status is accepted")
        category = line["category"]
        if category not in CATEGORIES:
            raise ValueError(f"category {category!r} is none of {', '.join(CATEGORIES)}")
        atoms = tuple(_words(ways) for ways in line["atoms"])
        evidence = tuple(
            tuple(Evidence(str(one["clause"]), str(one["quote"])) for one in group) for group in line.get("evidence", ())
        )
        if evidence and len(evidence) != len(atoms):
            raise ValueError(f"{len(atoms)} atoms but {len(evidence)} groups of evidence")
        if not str(line["question"]).strip() or not all(ways and all(ways) for ways in atoms):
            raise ValueError("an empty question or atom")
        return cls(
            str(line["id"]), category, str(line["question"]), _words(line.get("history", ())), status,
            _words(line["gold"]), atoms, evidence, _words(line["forbidden"]),
            _words(line["lead"]) if "lead" in line else None,
            _words(line["responsible"]) if "responsible" in line else None, line.get("mirror"), str(line["why"]),
        )  # fmt: skip


def _words(value: Any) -> tuple[str, ...]:
    if isinstance(value, str) or not all(isinstance(word, str) for word in value):
        raise TypeError(f"a list of strings is wanted, not {value!r}")
    return tuple(value)


def bundled_cases() -> Path:
    """Where `policy_qa.jsonl` lies."""
    return Path(str(files("eval") / "datasets" / "policy_qa.jsonl"))


def load_cases(path: Path, clauses: Iterable[Clause] | None = None) -> list[Case]:
    """The cases of a file in its order; with `clauses`, their gold is checked against them.

    Raises SourceError naming the line for what is no JSON or has not the shape of a case, an id that is there
    twice, a mirror that does not exist, and (with `clauses`) a clause that does not exist or evidence that is not
    a literal slice of its clause.
    """
    known = {clause.clause_id: clause.text for clause in clauses} if clauses is not None else None
    found: list[Case] = []
    lines: dict[str, int] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        where = f"{path.name} line {number}"
        try:
            case = Case.from_json(json.loads(line))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            reason = f"lacks {error}" if isinstance(error, KeyError) else str(error)
            raise SourceError(f"{where} is no case: {reason}; mend the line") from error
        if case.case_id in lines:
            raise SourceError(f"{where}: id {case.case_id!r} stands on line {lines[case.case_id]} too; rename one")
        if known is not None:
            _check_gold(case, known, where)
        lines[case.case_id] = number
        found.append(case)
    for case in found:
        if case.mirror is not None and case.mirror not in lines:
            raise SourceError(f"{path.name} line {lines[case.case_id]}: mirror {case.mirror!r} does not exist; name a case")
    if not found:
        raise SourceError(f"{path.name} holds no cases; give a file of cases, one a line")
    return found


def _check_gold(case: Case, known: Mapping[str, str], where: str) -> None:
    for clause_id in case.gold:
        if clause_id not in known:
            raise SourceError(f"{where}: no clause {clause_id!r}; `tiaowen clauses` lists the ids")
    for group in case.evidence:
        for one in group:
            if one.clause_id not in known:
                raise SourceError(f"{where}: no clause {one.clause_id!r}; `tiaowen clauses` lists the ids")
            if one.quote not in known[one.clause_id]:
                raise SourceError(f"{where}: {one.quote[:40]!r} does not stand in {one.clause_id}; quote it as printed")


def datasheet(cases: Sequence[Case]) -> dict[str, int]:
    """How many cases each category has, in the order of `CATEGORIES`."""
    return {category: sum(case.category == category for case in cases) for category in CATEGORIES}
