"""What to ask next: questions that the cited clause or its neighbours answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.question import Ask, Question
from corpus.document import Clause, Document, FigureKind, UnitRule
from corpus.normalize import normal
from corpus.places import short_name

MAX_FOLLOW_UPS = 3


def follow_ups(
    question: Question, cited: Sequence[tuple[Clause, Document]], documents: Sequence[Document]
) -> list[str]:
    """Up to three questions that stand on their own, in Simplified; none where nothing was cited.

    Each is about what the first cited clause says besides the answer: who does it, on what conditions, for
    which other year; or the same in another place.
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
    years = {figure.year for figure in clause.figures if figure.year} - set(question.years)
    if question.years and years:
        found.append(f"{max(years)}年呢？")
    other = next(
        (d.place for d in documents if d.place and document.place and d.place.path != document.place.path),
        None,
    )
    if other is not None and question.places:
        found.append(f"那{short_name(other)}呢？")
    return found[:MAX_FOLLOW_UPS]
