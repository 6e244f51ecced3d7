"""Nothing leaves unchecked: every figure, year and document number of a statement must stand in what it cites."""

from __future__ import annotations

import re
from collections.abc import Iterable

from corpus.document import Clause, Document
from corpus.normalize import normal
from corpus.quantities import value_of

_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_HAN_QUANTITY = re.compile(
    r"[一二三四五六七八九十百千万零〇两]+(?=[元%年月日天岁个家所次倍]|人(?!口))|百分之[一二三四五六七八九十百零点]+"
)


def atoms(text: str) -> set[str]:
    """The figures of a text in one spelling: `1,892`→1892, `4.0`→4, `百分之五`→百分之五."""
    folded = normal(text)
    found = {_canonical(number) for number in _NUMBER.findall(folded)}
    found.update(_HAN_QUANTITY.findall(folded))
    return found


def _canonical(number: str) -> str:
    value = value_of(number)
    return number if value is None else f"{value:.6f}".rstrip("0").rstrip(".")


def supported(statement: str, cited: Iterable[tuple[Clause, Document]], allowed: Iterable[str] = ()) -> bool:
    """Whether every figure of `statement` stands in the cited clauses or the number and title of their documents.

    `allowed` are figures that a rule computed and shows the way to: counts of cited clauses, sums with operands.
    """
    known: set[str] = {_canonical(a) for a in allowed}
    spelled = ""
    for clause, document in cited:
        known |= atoms(clause.text) | atoms(document.document_number or "") | atoms(document.title)
        known |= atoms(clause.label)
        spelled += normal(clause.text) + normal("".join(cell.header for cell in clause.cells))
    return all(atom in known or (not atom[0].isdigit() and atom in spelled) for atom in atoms(statement))
