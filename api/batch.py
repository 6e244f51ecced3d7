"""Questions from a file: one JSON object a line, checked as a whole before the first is answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assistant.question import check
from corpus.errors import QuestionError

_ID_TYPES: Final = (str, int)


@dataclass(frozen=True, slots=True)
class BatchQuestion:
    """One line of a batch: the caller's id, the question, and the earlier questions, oldest first."""

    id: str | int
    question: str
    history: tuple[str, ...]


def read_batch(path: Path) -> tuple[BatchQuestion, ...]:
    """The questions in the JSON lines file at `path`, in its order; empty lines are skipped.

    A line is `{"id": …, "question": …, "history": […]}`; `history` may be missing or null, other keys are
    ignored. `QuestionError` names the file and the first line that is not so, or says why the file cannot be
    read, so that a batch never stops half-way for a reason that could be known at its start.
    """
    return tuple(_question(line, f"{str(path)!r} line {number}") for number, line in _lines(path))


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """`(number, line)` of each line with content. Only a line feed ends a line: JSON may hold U+2028 and U+0085."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise QuestionError(f"batch file {str(path)!r} does not exist; name a file of JSON lines") from None
    except UnicodeDecodeError as error:
        raise QuestionError(
            f"batch file {str(path)!r} is not UTF-8 (byte {error.start}); save it as UTF-8 and try again"
        ) from None
    except OSError as error:
        raise QuestionError(f"batch file {str(path)!r} cannot be read: {error.strerror}") from None
    return ((number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip())


def _question(line: str, where: str) -> BatchQuestion:
    """The question that `line` holds; `where` opens the message if it holds none."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else type(error).__name__
        raise QuestionError(f"{where} is not JSON ({reason}); each line is one object") from None
    if not isinstance(record, dict):
        raise QuestionError(f"{where} is not an object; it needs the keys 'id' and 'question'")
    for key in ("id", "question"):
        if key not in record:
            raise QuestionError(f"{where} lacks {key!r}; it needs the keys 'id' and 'question'")
    identity, question, history = record["id"], record["question"], record.get("history")
    if not isinstance(identity, _ID_TYPES) or isinstance(identity, bool):
        raise QuestionError(f"{where}: 'id' must be a text or a whole number")
    if history is None:
        history = []
    if not isinstance(history, list) or not all(isinstance(earlier, str) for earlier in history):
        raise QuestionError(f"{where}: 'history' must be a list of texts, the earlier questions")
    for text in (str(identity), str(question), *history):
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise QuestionError(f"{where} holds half a surrogate pair, which is no character; write it whole")
    try:
        check(question)
    except QuestionError as error:
        raise QuestionError(f"{where}: {error}") from None
    return BatchQuestion(identity, question, tuple(history))
