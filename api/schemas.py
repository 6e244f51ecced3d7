"""The wire of the HTTP API: what is accepted, and what the generated description says is returned.

The answer's shape is the JSON contract that the command line prints too; `Answer.to_json` makes it, and these
models describe it. A test holds the two together.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_QUESTION: Final = "渝北区新开一家普惠托育机构，每个托位能补多少钱？"


def _whole(text: str) -> str:
    """The text, if UTF-8 can hold it: JSON can escape half a surrogate pair, which is no character."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("half a surrogate pair is no character")
    return text


_Text = Annotated[str, AfterValidator(_whole)]


class AskRequest(BaseModel):
    """A question, and the earlier ones of the same conversation, oldest first. Other keys are ignored."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"question": _QUESTION, "history": []}]})

    question: _Text = Field(description="The question in Simplified or Traditional Chinese, at most 2,000 characters.")
    history: list[_Text] | None = Field(default=None, description="Earlier questions, oldest first.")
    mode: Literal["off", "polish", "compose"] | None = Field(
        default=None, description="What a language model may do; without, what the settings of the service say."
    )


class VerifyRequest(BaseModel):
    """A text to verify, and the clauses it cites: `[1]` in the text is the first of them. Other keys are ignored."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "渝北区开园补助标准为5000元/托位。"}]})

    text: _Text = Field(description="Statements in Simplified or Traditional Chinese, at most 20,000 characters.")
    clause_ids: list[_Text] | None = Field(default=None, description="What to hold them against; without, a search finds it.")


class _Reply(BaseModel):
    """A reply has exactly the keys it is described with."""

    model_config = ConfigDict(extra="forbid")


class FigureReply(_Reply):
    """One number of a clause; `text` is the slice `[start, end)` of the source text."""

    text: str
    kind: str
    indicator: str | None
    comparator: str | None
    value: float | None
    unit: str | None
    year: int | None
    scope: str | None
    start: int
    end: int
    periods: list[str]
    cap: str | None
    conditions: list[str]


class CitationReply(_Reply):
    """A clause, or part of one, word for word; `quote` is the slice `[start, end)` of the source text."""

    clause_id: str
    document_id: str
    document_title: str
    document_number: str | None
    issuer: str | None
    published: str | None
    place: str | None
    kind: str
    clause_label: str
    heading: str | None
    quote: str
    source_file: str
    start: int
    end: int
    lead_units: list[str]
    responsible_units: list[str]
    figures: list[FigureReply]


class StatementReply(_Reply):
    """One statement of the answer and the indexes of the citations it rests on."""

    text: str
    citations: list[int]


class ModelReply(_Reply):
    """What a language model did for a reply: `outcome` says how it went, `detail` why where it failed (`HTTP 429`),
    `kept` and `rejected` count its statements; milliseconds are from the request, null where nothing came."""

    name: str
    asked: Literal["polish", "compose"]
    outcome: Literal["used", "rejected", "malformed", "empty", "timeout", "failed", "budget", "skipped"]
    detail: str | None
    kept: int
    rejected: int
    first_token_ms: float | None
    total_ms: float | None


class DeterministicReply(_Reply):
    """The answer of the rules beside one that a model has spoken."""

    answer: str
    statements: list[StatementReply]
    citations: list[CitationReply]


class AnswerReply(_Reply):
    """The answer; `nearest` holds up to three clauses when `status` is `not_found`. `mode` says whose words it is in:
    `off` the rules', else a model's, wholly or in part; then `deterministic` is the rules' answer."""

    question: str
    status: Literal["answered", "partial", "clarify", "not_found", "out_of_scope"]
    answer: str
    statements: list[StatementReply]
    citations: list[CitationReply]
    nearest: list[CitationReply]
    clarification: str | None
    follow_ups: list[str]
    timings_ms: dict[str, float]
    reply_id: str
    understood: str
    mode: Literal["off", "polish", "compose"]
    model: ModelReply | None
    deterministic: DeterministicReply | None


_VERDICT = Literal["supported", "contradicted", "unsupported"]


class EvidenceReply(_Reply):
    """Where a clause prints what was compared; `quote` is the slice `[start, end)` of the source text."""

    clause_id: str
    start: int
    end: int
    quote: str


class AtomReply(_Reply):
    """One thing that a statement says, at `[start, end)` of it; `evidence` is the place that decided, if there is one."""

    kind: Literal[
        "number", "comparator", "year", "date", "unit", "place", "document_number", "clause_number", "quotation",
        "negation", "wording",
    ]  # fmt: skip
    text: str
    start: int
    end: int
    verdict: _VERDICT
    evidence: EvidenceReply | None


class VerifiedReply(_Reply):
    """One statement at `[start, end)` of the text, and the indexes of the citations it was held against."""

    text: str
    start: int
    end: int
    verdict: _VERDICT
    citations: list[int]
    atoms: list[AtomReply]


class VerificationReply(_Reply):
    """What was found, statement by statement; `supported` where all of them are."""

    supported: bool
    statements: list[VerifiedReply]
    citations: list[CitationReply]


class HealthReply(_Reply):
    """The service can answer: its version, and how many documents it holds."""

    status: Literal["ok"]
    version: str
    documents: int


class Problem(_Reply):
    """An error (RFC 9457). `code` is stable, `detail` is one line for a person."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": "Unprocessable Entity",
                    "status": 422,
                    "code": "question",
                    "detail": "the question is empty; ask something",
                }
            ]
        }
    )

    type: Literal["about:blank"] = "about:blank"
    title: str
    status: int
    code: str
    detail: str


PROBLEM_CONTENT: Final[dict[str, Any]] = {"application/problem+json": {"schema": Problem.model_json_schema()}}
"""How a route declares the body of an error reply in the generated description."""
