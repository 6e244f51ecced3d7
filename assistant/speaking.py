"""A language model may speak, the clauses decide: its words go out only where each of them is accepted.

`polish` says the verified statements again, one for one, in smoother words; `compose` writes from the clauses found.
Whatever a model does (nothing, something slow, something false), what goes out are accepted statements and, where
there is none, the statement of the rules.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from assistant.acceptance import Acceptance, Refusal
from assistant.answer import Statement
from assistant.brief import MOST_STATEMENTS, Brief, brief, lines, read
from assistant.draft import Line
from assistant.llm import Model, Reply
from assistant.question import Ask, Question
from corpus.document import Clause, Document
from corpus.normalize import in_script, normal

SOURCES = 8  # clauses that a model may write from
# Questions that no single figure, name or list answers.
_OPEN = re.compile(r"怎么|怎样|如何|咋|流程|程序|手续|步骤|区别|不同|差异|总结|概括|归纳|梳理|概述|介绍|为什么|为何|讲讲|说说|解释|说明一下|讲了什么|主要内容")
_CLOSED = re.compile(r"多少|几[个家项条年元岁所人]|百分之几|比例|占比|[更最][高低多少大小]|谁|哪[个些家里年]|对吗|是吗|是不是|是否")
_CLOSED_ASKS = (Ask.LEAD, Ask.RESPONSIBLE, Ask.UNITS, Ask.COUNT, Ask.VERIFY, Ask.IDENTITY, Ask.DEADLINE, Ask.FIGURE)


class Outcome(StrEnum):
    """What became of the model; the value goes to the wire."""

    USED = "used"  # at least one statement is its
    REJECTED = "rejected"  # it spoke, and no statement was accepted
    MALFORMED = "malformed"  # it did not keep to the form
    EMPTY = "empty"  # it said nothing
    TIMEOUT = "timeout"
    FAILED = "failed"
    BUDGET = "budget"
    SKIPPED = "skipped"  # there was nothing for it to say


@dataclass(frozen=True, slots=True)
class Spoken:
    """One statement to go out: of the model (`own`), or of the rules in its place."""

    line: Line
    own: bool


@dataclass(slots=True)
class Account:
    """What a model did for one reply; times in milliseconds from the request."""

    name: str
    asked: str  # the mode that was asked for
    outcome: Outcome = Outcome.SKIPPED
    detail: str | None = None
    kept: int = 0
    rejected: int = 0
    refusals: list[str] = field(default_factory=list)
    first_token_ms: float | None = None
    total_ms: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The contract's account of the model."""
        return {
            "name": self.name, "asked": self.asked, "outcome": self.outcome.value, "detail": self.detail, "kept": self.kept,
            "rejected": self.rejected, "first_token_ms": self.first_token_ms, "total_ms": self.total_ms,
        }  # fmt: skip


def is_open(question: Question) -> bool:
    """Whether a question is one that `compose` writes for; all others are answered from facts and polished."""
    if question.wants(*_CLOSED_ASKS) or _CLOSED.search(question.normal):
        return False
    return bool(_OPEN.search(question.normal)) or question.asks == (Ask.FREE,)


class Speaker:
    """Lets a model speak over one corpus; safe to use from several threads."""

    def __init__(self, model: Model, acceptance: Acceptance) -> None:
        self._model, self._acceptance = model, acceptance

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model.name

    def polished(
        self, question: Question, said: Sequence[tuple[Statement, Line]], document: Callable[[str], Document], account: Account
    ) -> Iterator[Spoken]:
        """The statements `said` in order, each as soon as it is decided: the model's words for it where they are
        accepted, its own where not. `account` is filled in."""
        if not said:
            return
        sources = {c.clause_id: (c, document(c.document_id)) for _, line in said for c in line.clauses}
        told = brief(
            "polish", question.text, question.normal, question.script, [(s, line.clauses) for s, line in said], sources.values(), self._model.tokens
        )  # fmt: skip
        own = [Line(statement.text, line.clauses, line.allowed) for statement, line in said]
        due = 0
        for number, line in self._accepted(told, question.script, account, own, {}):
            if number < due:
                continue
            yield from (Spoken(one, False) for one in own[due:number])
            yield Spoken(line, True)
            account.kept += 1
            due = number + 1
        self._settle(account)
        yield from (Spoken(one, False) for one in own[due:])

    def composed(
        self, question: Question, sources: Sequence[tuple[Clause, Document]], prefix: Callable[[str], str], account: Account
    ) -> Iterator[Spoken]:
        """Statements written from `sources`, each as soon as it is accepted; none where none is. `prefix` is what a
        statement about a document opens with (`渝北区：`). `account` is filled in."""
        if not sources:
            return
        told = brief("compose", question.text, question.normal, question.script, (), sources, self._model.tokens)
        prefixes = {document.document_id: prefix(document.document_id) for _, document in sources}
        seen: set[str] = set()
        for _, line in self._accepted(told, question.script, account, None, prefixes):
            if normal(line.text) not in seen:
                seen.add(normal(line.text))
                account.kept += 1
                yield Spoken(line, True)
        self._settle(account)

    def _accepted(
        self, told: Brief, script: str, account: Account, own: Sequence[Line] | None, prefixes: dict[str, str]
    ) -> Iterator[tuple[int, Line]]:
        """The lines of the model's reply that may go out, with the number of the statement they stand for."""
        started = time.monotonic()
        reply = self._model.reply(told.system, told.user)
        malformed = 0
        decided: set[int] = set()
        try:
            for heard in lines(reply):
                if account.rejected + len(decided) >= MOST_STATEMENTS:
                    break
                said = read(heard, told.mode)
                if said is None:
                    malformed += 1
                    account.rejected += 1
                    continue
                number = len(decided) if own is None else (said.number or 0) - 1
                text, cited = told.filled(said.text), told.cited(said)
                if text is None or cited is None or number in decided or (own is not None and not 0 <= number < len(own)):
                    refused: Refusal | None = Refusal.SOURCE
                else:
                    text = in_script(" ".join(text.split()), script)
                    if own is None:
                        lead = prefixes.get(cited[0][1].document_id, "")
                        text = text if normal(text).startswith(normal(lead).rstrip(":")) else in_script(lead, script) + text
                        line = Line(text, [clause for clause, _ in cited])
                        refused = self._acceptance.of_composed(text, cited)
                    else:
                        line = Line(text, own[number].clauses, own[number].allowed)
                        refused = self._of_polished(text, own[number], told, cited)
                if refused is not None:
                    account.rejected += 1
                    account.refusals.append(refused.value)
                    continue
                decided.add(number)
                yield number, line
        finally:
            reply.close()
            self._accounted(account, reply, started, malformed)

    def _of_polished(self, text: str, own: Line, told: Brief, cited: Sequence[tuple[Clause, Document]]) -> Refusal | None:
        """A polished statement may cite only what the statement that it rewrites rests on."""
        ids = {clause.clause_id for clause in own.clauses}
        if not {clause.clause_id for clause, _ in cited} <= ids:
            return Refusal.SOURCE
        held = [told.clauses[i] for i in ids if i in told.clauses]
        if len(held) < len(ids):
            return Refusal.SOURCE  # the budget left out a clause that it rests on
        return self._acceptance.of_polished(text, own.text, held, own.allowed)

    def _accounted(self, account: Account, reply: Reply, started: float, malformed: int) -> None:
        account.first_token_ms = reply.first_ms
        account.total_ms = round((time.monotonic() - started) * 1000, 2)
        account.detail = reply.detail
        if reply.failure is not None:
            account.outcome = Outcome(reply.failure.value)
        elif not account.rejected:
            account.outcome = Outcome.EMPTY
        else:
            account.outcome = Outcome.MALFORMED if malformed == account.rejected else Outcome.REJECTED

    def _settle(self, account: Account) -> None:
        """What is said of a model of which a statement was kept and whose reply came to its end: it was used."""
        if account.kept and account.outcome in (Outcome.MALFORMED, Outcome.REJECTED, Outcome.EMPTY):
            account.outcome = Outcome.USED
