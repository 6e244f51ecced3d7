"""对吗: a claim held against the clause that speaks of it.

A verdict is given only where it is certain: the figure (or the list of units) that answers the question is
found, and the claim agrees with it or does not. Otherwise the clause is stated without a verdict.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant import figures as figures_room
from assistant.draft import Line
from assistant.evidence import Term
from assistant.question import Ask, Question
from assistant.units import Units, canonical
from corpus.document import ClauseKind, UnitRule
from corpus.quantities import Quantity

_CAP = re.compile(r"最高|最多|上限|封顶|不超过|至多")
_NEGATED = re.compile(r"不(?:是|由|归|用|需|要|能|会|可以|包括)|没有|并非|未必|无需")


def claimed_figure(question: Question) -> Quantity | None:
    """The one figure that a question claims (每托位补5000元对吗), None where it claims none or several."""
    claims = [q for q in question.figures if q.unit is not None and q.unit not in ("岁", "周岁")]
    return claims[0] if question.wants(Ask.VERIFY) and len(claims) == 1 else None


def judged(question: Question, line: Line, asked: Sequence[Term], units: Units) -> Line:
    """The line with 对 or 不对 in front where the claim can be held against it, else as it is."""
    if _NEGATED.search(question.normal):
        return line
    claim = claimed_figure(question)
    if claim is not None:
        right = _figure_agrees(question, claim, line, asked)
        if right is None:
            return line
        return replace(line, text=f"对。{line.text}" if right else f"不对。文件规定：{line.text}")
    if question.figures:
        return line
    right = _units_agree(question, line, units)
    return line if right is None else replace(line, text=f"{'对' if right else '不对'}。{line.text}")


def _figure_agrees(question: Question, claim: Quantity, line: Line, asked: Sequence[Term]) -> bool | None:
    """Whether the figure that answers has the claimed value; None where several could be meant."""
    clause = line.clauses[0]
    if clause.kind is ClauseKind.ROW:
        return None
    family = figures_room.family_of(claim.unit)
    found = [c for c in figures_room.choices(question, clause, asked, family) if c.figure.value is not None]
    if not found:
        return None
    found = _meant(question, claim, found)
    values = {choice.figure.value for choice in figures_room.best(found, slack=0.05)}
    if claim.value in values:
        return True if len(values) == 1 else None
    return False


def _meant(
    question: Question, claim: Quantity, found: Sequence[figures_room.Choice]
) -> list[figures_room.Choice]:
    """The figures that the claim can mean: of its very unit (元/托位), and caps only where a cap is claimed."""
    same_unit = [c for c in found if c.figure.unit == claim.unit] if "/" in (claim.unit or "") else []
    capped = bool(_CAP.search(question.normal))
    same_kind = [c for c in found if bool(_CAP.search(c.figure.comparator or "")) == capped]
    return same_unit or same_kind or list(found)


def _units_agree(question: Question, line: Line, units: Units) -> bool | None:
    """Whether the clause lists every unit that the question names in the role it claims."""
    clause = line.clauses[0]
    named = units.named(question)
    if (
        not named
        or clause.unit_rule is UnitRule.NONE
        or not question.wants(Ask.LEAD, Ask.UNITS, Ask.RESPONSIBLE)
    ):
        return None
    only_leads = question.wants(Ask.LEAD) and bool(clause.lead_units)
    held = clause.lead_units if only_leads else (*clause.lead_units, *clause.responsible_units)
    names = {canonical(name) for name in held}
    return all(unit.canonical in names for unit in named)
