"""Questions to begin with, for somebody who sees the corpus for the first time: made from its own facts, and each asked
once, so that only what is answered is offered."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice, zip_longest

from assistant.answer import Status
from assistant.facts import Facts, Role, Task, Value
from assistant.library import title_of
from corpus.document import Document
from corpus.normalize import normal

MOST = 3  # questions for each reader
_TRIED = 12  # candidates asked for each reader: the first offer must not cost seconds
_READ = 40  # facts of one document that are looked at
_QUANTITY = re.compile(r".[数率比量]$|比例$|面积$|规模$")  # what one can ask 多少 of; 可申领 is none
_LONGEST = 16  # characters of a heading that still reads as the subject of a question


def samples(facts: Facts, documents: Iterable[Document], ask: Callable[[str], Status]) -> dict[str, list[str]]:
    """Up to `MOST` questions for a `parent` (what is paid) and for a `clerk` (who leads what, which target), of different
    documents in turn; `ask` says how each would be answered. In Simplified."""
    held = list(islice(documents, _TRIED))
    paid = [_distinct(_paid(one) for one in facts.subsidies(document_id=d.document_id)[:_READ]) for d in held]
    led = [_distinct(_done_by(one) for one in facts.tasks(document_id=d.document_id)[:_READ]) for d in held]
    aimed = [_distinct(_aimed(one) for one in facts.targets(document_id=d.document_id)[:_READ]) for d in held]
    clerk = [question for pair in zip_longest(_in_turn(led), _in_turn(aimed)) for question in pair if question]
    return {"parent": _answered(_in_turn(paid), ask), "clerk": _answered(clerk, ask)}


def _answered(candidates: Iterable[str], ask: Callable[[str], Status]) -> list[str]:
    return list(islice((q for q in islice(candidates, _TRIED) if ask(q) is Status.ANSWERED), MOST))


def _in_turn(each: Iterable[list[str]]) -> Iterator[str]:
    """The first of every list, then the second of every list, and so on."""
    for row in zip_longest(*each):
        yield from (question for question in row if question)


def _distinct(questions: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(question for question in questions if question))


def _paid(fact: Value) -> str | None:
    topic = normal(fact.clause.heading or "")
    place = _place(fact.document)
    if not place or not 2 <= len(topic) <= _LONGEST:
        return None
    return f"{place}{topic}{'' if topic.endswith('标准') else '的标准'}是多少？"


def _done_by(fact: Task) -> str | None:
    topic = normal(title_of(fact.clause))
    place = _place(fact.document)
    if not place or not 2 <= len(topic) <= _LONGEST:
        return None
    return f"{place}{topic}由谁{'牵头' if fact.role is Role.LEAD else '负责'}？"


def _aimed(fact: Value) -> str | None:
    figure, place = fact.figure, _place(fact.document)
    topic = normal(figure.indicator or "")
    if figure.value is None or figure.year is None or not place or not _QUANTITY.search(topic) or len(topic) > _LONGEST:
        return None
    return f"{place}{figure.year}年{topic}要达到多少？"


def _place(document: Document) -> str:
    return normal(document.place.name) if document.place else ""
