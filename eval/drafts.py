"""A reply that somebody reported, turned into the draft of a case that a person completes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus.errors import QuestionError, SourceError

if TYPE_CHECKING:
    from assistant.assistant import Assistant


@dataclass(frozen=True, slots=True)
class Replayed:
    """Whether a reported reply comes out again: `same_setting` where question, history, corpus and versions are
    those of its id, `same_answer` where the text is the same."""

    same_setting: bool
    same_answer: bool


def read_reply(path: Path) -> dict[str, Any]:
    """A reply as `tiaowen ask --json` or the API gave it, with `history` where it had one.

    Raises SourceError for what is none.
    """
    try:
        reply = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(reply, dict) or not all(isinstance(reply.get(k), str) for k in ("question", "status", "answer")):
            raise ValueError("it lacks question, status or answer")
    except OSError as error:
        raise SourceError(f"no reply at {str(path)!r} ({error.strerror}); give the JSON of an answer") from error
    except ValueError as error:
        raise SourceError(f"{path.name} is no reply ({error}); give the JSON of an answer") from error
    return reply


def replayed(reply: Mapping[str, Any], assistant: Assistant) -> Replayed:
    """Ask the reply's question again. Raises SourceError where it cannot be asked."""
    history = [str(earlier) for earlier in reply.get("history") or ()]
    try:
        again = assistant.ask(reply["question"], history)
    except QuestionError as error:
        raise SourceError(f"the reply's question cannot be asked: {error}") from error
    return Replayed(again.reply_id == reply.get("reply_id"), again.answer == reply["answer"])


def draft(reply: Mapping[str, Any], case_id: str | None = None) -> dict[str, Any]:
    """A case in the data set's form: what was said and cited stands in it as gold for a person to mend; the
    category and `why` are theirs to write."""
    cited = reply.get("citations") or []
    said: list[str] = []
    for citation in cited:
        said += [f["text"] for f in citation.get("figures", ()) if f["text"] in reply["answer"]]
        said += [
            unit for key in ("lead_units", "responsible_units") for unit in citation.get(key, ()) if unit in reply["answer"]
        ]
    atoms = [[words] for words in dict.fromkeys(said)]
    evidence = [
        [{"clause": c["clause_id"], "quote": ways[0]} for c in cited if ways[0] in c["quote"]] for ways in atoms
    ]
    record: dict[str, Any] = {
        "id": case_id or f"draft-{reply.get('reply_id') or 'unknown'}", "category": "subsidy",
        "question": reply["question"], "status": [reply["status"]], "gold": [c["clause_id"] for c in cited],
        "atoms": atoms, "evidence": evidence, "forbidden": [],
        "why": "草稿，出自一次被反馈的回答：请核对类别、应答状态、要点与依据后改写此句",
    }  # fmt: skip
    if reply.get("history"):
        record["history"] = list(reply["history"])
    return record
