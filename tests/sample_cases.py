"""A case over the fake assistant's clause, replies to it, and the files they stand in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from eval.cases import Case
from eval.measures import Cited, Reply
from tests.conftest import NUMBER, FakeAssistant

CLAUSE = f"{NUMBER}:一"


def record(**changed: Any) -> dict[str, Any]:
    """A case line over the fake assistant's clause."""
    line: dict[str, Any] = {
        "id": "a-1", "category": "subsidy", "question": "开园奖补多少？", "status": ["answered"], "gold": [CLAUSE],
        "atoms": [["3000元/托位"], ["45万元"]],
        "evidence": [[{"clause": CLAUSE, "quote": "补助标准为3000元/托位"}], [{"clause": CLAUSE, "quote": "最高不超过45万元"}]],
        "forbidden": ["5000"], "why": "标准与上限都要说",
    }  # fmt: skip
    return line | changed


def case(**changed: Any) -> Case:
    """The same as a case."""
    return Case.from_json(record(**changed))


def written(folder: Path, *records: dict[str, Any], name: str = "cases.jsonl") -> Path:
    """A file of records, one a line."""
    path = folder / name
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records), encoding="utf-8")
    return path


def reply(answer: str, *cited: str, status: str = "answered", **more: Any) -> Reply:
    """A reply that cites clauses by id, each with the same words."""
    quote = "补助标准为3000元/托位，最高不超过45万元。（牵头单位：区财政局）"
    return Reply(status, answer, tuple(Cited(i, quote) for i in cited), 0.02, **more)


def catalogue() -> tuple[list[Any], dict[str, Any]]:
    """Clauses and documents of the fake assistant."""
    fake = FakeAssistant()
    return [fake.answering, fake.long], {NUMBER: fake.document}
