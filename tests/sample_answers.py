"""The bundled documents by their numbers, and what an answer over them cites."""

from __future__ import annotations

from assistant.answer import Answer

YUBEI, DAWA, DAXING = "渝北府办发〔2024〕6号", "大政办发〔2023〕33号", "京兴政办发〔2024〕11号"
GUANGZHOU, JIANGSU = "穗府办〔2024〕3号", "蘇衛人口〔2022〕14號"


def cited(answer: Answer) -> list[str]:
    """The ids of the cited clauses in order."""
    return [citation.clause.clause_id for citation in answer.citations]
