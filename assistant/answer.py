"""What goes out: an answer, its statements, and the clauses they rest on; the JSON contract's shape."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from corpus.document import Clause, Document, Figure
from corpus.normalize import in_script


class Status(StrEnum):
    """The outcome of a question."""

    ANSWERED = "answered"
    PARTIAL = "partial"  # a part of what was asked is not in the corpus
    CLARIFY = "clarify"  # the answer differs by place and none was named
    NOT_FOUND = "not_found"
    OUT_OF_SCOPE = "out_of_scope"  # no question about policy


@dataclass(frozen=True, slots=True)
class Citation:
    """A clause as evidence: `document.source[clause.span.start:clause.span.end]` is the quote."""

    document: Document
    clause: Clause

    def to_json(self) -> dict[str, Any]:
        """The contract's Citation."""
        clause, document = self.clause, self.document
        return {
            "clause_id": clause.clause_id,
            "document_id": document.document_id,
            "document_title": document.title,
            "document_number": document.document_number,
            "issuer": "、".join(document.issuers) or None,
            "published": document.published,
            "place": document.place_name,
            "kind": clause.kind.value,
            "clause_label": clause.label,
            "heading": clause.heading,
            "quote": clause.text,
            "source_file": document.source_file,
            "start": clause.span.start,
            "end": clause.span.end,
            "lead_units": list(clause.lead_units),
            "responsible_units": list(clause.responsible_units),
            "figures": [figure_json(figure, document) for figure in clause.figures],
        }


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of an answer and the citations (indexes into the answer's list) it rests on."""

    text: str
    citations: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        """The contract's Statement."""
        return {"text": self.text, "citations": list(self.citations)}


@dataclass(frozen=True, slots=True)
class Answer:
    """The reply to one question; `answer` is in the asker's script, quotes stay as printed.

    `reply_id` names question, history, corpus, versions and the model that was asked: without a model the same id gives
    the same reply again. `understood` is the question as it was read: folded to Simplified, with what the history says
    filled in. `mode` says whose words these are: `off` the rules', `polish` or `compose` a model's, wholly or in part;
    then `deterministic` is the answer of the rules. `model` is what a model did where one was asked, else None.
    """

    question: str
    status: Status
    answer: str
    statements: tuple[Statement, ...] = ()
    citations: tuple[Citation, ...] = ()
    nearest: tuple[Citation, ...] = ()
    clarification: str | None = None
    follow_ups: tuple[str, ...] = ()
    timings_ms: dict[str, float] = field(default_factory=dict)
    reply_id: str = ""
    understood: str = ""
    mode: str = "off"
    model: dict[str, Any] | None = None
    deterministic: Answer | None = None

    def to_json(self) -> dict[str, Any]:
        """The contract's Answer, and its id."""
        return {
            "question": self.question,
            "status": self.status.value,
            **self.said_json(),
            "nearest": [citation.to_json() for citation in self.nearest],
            "clarification": self.clarification,
            "follow_ups": list(self.follow_ups),
            "timings_ms": self.timings_ms,
            "reply_id": self.reply_id,
            "understood": self.understood,
            "mode": self.mode,
            "model": self.model,
            "deterministic": None if self.deterministic is None else self.deterministic.said_json(),
        }

    def said_json(self) -> dict[str, Any]:
        """What is said and what it rests on: `answer`, `statements` and `citations` of the contract."""
        return {
            "answer": self.answer,
            "statements": [statement.to_json() for statement in self.statements],
            "citations": [citation.to_json() for citation in self.citations],
        }


def figure_json(figure: Figure, document: Document) -> dict[str, Any]:
    """The contract's Figure; words about the number in the script of the document. The terms of an amount follow
    as the document prints them."""

    def written(text: str | None) -> str | None:
        return None if text is None else in_script(text, document.script) if document.script == "hant" else text

    return {
        "text": figure.text,
        "kind": figure.kind.value,
        "indicator": written(figure.indicator),
        "comparator": written(figure.comparator),
        "value": figure.value,
        "unit": written(figure.unit),
        "year": figure.year,
        "scope": written(figure.scope),
        "start": figure.span.start,
        "end": figure.span.end,
        "periods": [span.of(document.source) for span in figure.periods],
        "cap": figure.cap.of(document.source) if figure.cap else None,
        "conditions": [span.of(document.source) for span in figure.conditions],
    }


def clause_json(clause: Clause, document: Document) -> dict[str, Any]:
    """The contract's clause line of `tiaowen clauses --json`."""
    return {
        "clause_id": clause.clause_id,
        "document_id": document.document_id,
        "document_number": document.document_number,
        "document_title": document.title,
        "source_file": document.source_file,
        "kind": clause.kind.value,
        "part": clause.part.value,
        "label": clause.label,
        "path": clause.path,
        "heading": clause.heading,
        "breadcrumb": list(clause.breadcrumb),
        "text": clause.text,
        "start": clause.span.start,
        "end": clause.span.end,
        "lead_units": list(clause.lead_units),
        "responsible_units": list(clause.responsible_units),
        "unit_rule": clause.unit_rule.value,
        "figures": [figure_json(figure, document) for figure in clause.figures],
        "cells": [
            {"header": c.header, "text": c.text, "start": c.span.start, "end": c.span.end}
            for c in clause.cells
        ],
    }
