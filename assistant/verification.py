"""Nothing leaves unchecked: every figure of a statement must stand, with its unit, in what it cites."""

from __future__ import annotations

import re
from collections.abc import Iterable

from corpus.document import Clause, Document
from corpus.normalize import normal
from corpus.quantities import value_of

# A figure with the scale and unit that change what it says: 3000元 is not 3000万元, 30% is not 30元.
_FIGURE = re.compile(
    r"(?P<number>\d+(?:,\d{3})*(?:\.\d+)?)\s*(?P<scale>万|亿|千)?\s*"
    r"(?P<unit>元|%|‰|个百分点|个工作日|个月|个|家|所|名|人次|人|次|天|日|月|周岁|岁|年|平方米|m2|学时|小时|分钟|倍|张|项)?"
)
_HAN_QUANTITY = re.compile(
    r"(?<![\d.])[一二三四五六七八九十百千万零〇两]+(?=[元%年月日天岁个家所次倍]|人(?!口))|百分之[一二三四五六七八九十百零点]+"
)

Atom = tuple[float, str]  # value with 万 and 亿 multiplied out, unit or ""


def atoms(text: str) -> set[Atom]:
    """The figures of a text with their units: `1,892`→(1892, ""), `45万元`→(450000, "元")."""
    found: set[Atom] = set()
    for match in _FIGURE.finditer(normal(text)):
        value = value_of(match.group("number"), match.group("scale"))
        if value is not None:
            found.add((value, match.group("unit") or ""))
    return found


def supported(statement: str, cited: Iterable[tuple[Clause, Document]], allowed: Iterable[str] = ()) -> bool:
    """Whether every figure of `statement` stands, unit and all, in the cited clauses.

    A bare number may stand with any unit there. Years and numbers of a cited document's title, number and label
    count as evidence for themselves. `allowed` are figures that a rule computed and shows the way to: the count
    of the cited clauses, the parts of a date of issue, a product with its factors.
    """
    held: set[Atom] = set()
    counted = {float(a) for a in allowed}
    names: set[float] = set()  # of numbers, titles and labels: they vouch for themselves, not for a quantity
    spelled = ""
    for clause, document in cited:
        held |= atoms(clause.text)
        held |= {(f.value, f.unit or "") for f in clause.figures if f.value is not None}
        for name in (document.document_number or "", document.title, clause.label):
            names |= {value for value, _ in atoms(name)}
            held |= atoms(name)
        spelled += normal(clause.text) + normal("".join(cell.header for cell in clause.cells))
    values = {value for value, _ in held}
    said = normal(statement)
    for value, unit in atoms(statement):
        in_clause = (value, unit) in held if unit else value in values
        years = unit == "年" and 1900 <= value < 2100 and (value in values or value in names)
        named = value in names and not unit
        ruled = value in counted
        if not (in_clause or years or named or ruled):
            return False
    return all(quantity in spelled for quantity in _HAN_QUANTITY.findall(said))
