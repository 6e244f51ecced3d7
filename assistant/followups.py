"""What to ask next: questions that the cited clause or its neighbours answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.question import Ask, Question
from corpus.document import Clause, Document, FigureKind, UnitRule
from corpus.normalize import normal

MAX_FOLLOW_UPS = 3


def follow_ups(question: Question, cited: Sequence[tuple[Clause, Document]]) -> list[str]:
    """Up to three questions that stand on their own, in Simplified; none where nothing was cited.

    Each is about what the first cited clause says besides the answer: who does it, on what conditions, for
    which other year.
    """
    if not cited:
        return []
    clause, document = cited[0]
    place = document.place.name if document.place else f"《{normal(document.title)}》"
    topic = normal(clause.heading or "")
    if not 2 <= len(topic) <= 24:
        return []
    found: list[str] = []
    if clause.unit_rule is not UnitRule.NONE and not question.wants(Ask.LEAD, Ask.UNITS, Ask.RESPONSIBLE):
        found.append(f"{place}{topic}由谁负责？")
    paid = any(figure.kind is FigureKind.SUBSIDY for figure in clause.figures)
    if paid and not question.wants(Ask.MONEY):
        found.append(f"{place}{topic}的标准是多少？")
    if re.search(r"条件|须|符合", normal(clause.text)) and not question.wants(Ask.CONDITION):
        found.append(f"{place}{topic}要满足什么条件？")
    for figure in clause.figures:
        named = figure.indicator and figure.kind is FigureKind.TARGET
        if question.years and figure.year and named and figure.year not in question.years:
            found.append(f"{place}{figure.year}年{normal(figure.indicator or '')}是多少？")
            break
    return found[:MAX_FOLLOW_UPS]
