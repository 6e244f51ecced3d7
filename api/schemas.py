"""The wire of the HTTP API: what is accepted, and what the generated description says is returned.

The answer's shape is the JSON contract that the command line prints too; `Answer.to_json` makes it, and these
models describe it. A test holds the two together.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from assistant.settings import MAX_CITED, MAX_QUESTION, MAX_TEXT

_QUESTION: Final = "渝北区新开一家普惠托育机构，每个托位能补多少钱？"


def _whole(text: str) -> str:
    """The text, if UTF-8 can hold it: JSON can escape half a surrogate pair, which is no character."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("half a surrogate pair is no character")
    return text


Text = Annotated[str, AfterValidator(_whole)]
"""A text of whole characters."""


def _said(most: int) -> dict[str, Any]:
    """How the description bounds a text that the assistant itself checks, with a message of its own."""
    return {"minLength": 1, "maxLength": most, "pattern": r"\S"}


class AskRequest(BaseModel):
    """A question, and the earlier ones of the same conversation, oldest first. Other keys are ignored."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"question": _QUESTION, "history": []}]})

    question: Text = Field(
        description="The question in Simplified or Traditional Chinese, at most 2,000 characters.",
        json_schema_extra=_said(MAX_QUESTION),
    )
    history: list[Text] | None = Field(default=None, description="Earlier questions, oldest first.")
    script: Literal["hans", "hant"] | None = Field(default=None, description="The answer's script; without, the asker's own.")
    mode: Literal["off", "polish", "compose"] | None = Field(
        default=None, description="What a language model may do; without, what the settings of the service say."
    )


class VerifyRequest(BaseModel):
    """A text to verify, and the clauses it cites: `[1]` in the text is the first of them. Other keys are ignored."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "渝北区开园补助标准为5000元/托位。"}]})

    text: Text = Field(
        description="Statements in Simplified or Traditional Chinese, at most 20,000 characters.",
        json_schema_extra=_said(MAX_TEXT),
    )
    clause_ids: list[Text] | None = Field(
        default=None, description=f"What to hold them against, at most {MAX_CITED}; without, a search finds it.",
        json_schema_extra={"maxItems": MAX_CITED},
    )


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


class SearchRequest(BaseModel):
    """Words to search the clauses for. Other keys are ignored."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"query": "开园奖补", "k": 5}]})

    query: Text = Field(description="Words or a question, at most 2,000 characters.", json_schema_extra=_said(MAX_QUESTION))
    k: int = Field(default=10, ge=1, le=100, description="How many clauses, 1 to 100.")
    history: list[Text] | None = Field(default=None, description="Earlier questions, oldest first.")


class SamplesReply(_Reply):
    """Questions to begin with, for a `parent` and for a `clerk`."""

    parent: list[str]
    clerk: list[str]


class HitReply(_Reply):
    """A clause that a search found: `score` is 1 for the best, `text` the slice `[start, end)` of the source text."""

    rank: int
    score: float
    clause_id: str
    document_id: str
    document_number: str | None
    document_title: str
    place: str | None
    label: str
    heading: str | None
    text: str
    start: int
    end: int


class SearchReply(_Reply):
    """The clauses found, best first."""

    query: str
    hits: list[HitReply]


class DocumentReply(_Reply):
    """A document as a list shows it: `kind` is what it is, `validity`, `carries_out` and `repeals` what it says of
    itself and of others, `warnings` what reading it left open."""

    document_id: str
    title: str
    document_number: str | None
    issuer: list[str]
    issued: str | None
    published: str | None
    place: str | None
    source_file: str
    clauses: int
    warnings: list[str]
    kind: str
    addressees: list[str]
    validity: dict[str, str | None]
    carries_out: list[dict[str, str | None]]
    repeals: list[dict[str, str | None]]


class DocumentsReply(_Reply):
    """One page of the documents that match: `total` counts all of them."""

    items: list[DocumentReply]
    total: int
    limit: int
    offset: int


class OutlineReply(_Reply):
    """A heading or a clause in the order of the text; `clause_id` is null for a heading that cannot be cited."""

    clause_id: str | None
    kind: str
    path: str
    label: str | None
    heading: str | None
    level: int
    start: int
    end: int


class CellReply(_Reply):
    """One cell of a table row under its column header."""

    header: str
    text: str
    start: int
    end: int


class ClauseReply(_Reply):
    """A clause whole, with its facts, its place in the document and the ids of its neighbours."""

    clause_id: str
    document_id: str
    document_number: str | None
    document_title: str
    source_file: str
    kind: str
    part: str
    label: str
    path: str
    heading: str | None
    breadcrumb: list[str]
    text: str
    start: int
    end: int
    lead_units: list[str]
    responsible_units: list[str]
    unit_rule: str
    figures: list[FigureReply]
    cells: list[CellReply]
    issuer: str | None
    published: str | None
    place: str | None
    previous: str | None
    next: str | None


class _Placed(_Reply):
    """Where a fact stands."""

    document_id: str
    document_title: str
    document_number: str | None
    place: str | None
    clause_id: str
    clause_label: str
    heading: str | None


class TaskReply(_Placed):
    """A unit and a task: `role` says whether it leads, `unit_rule` how that is known."""

    unit: str
    role: Literal["lead", "responsible"]
    unit_rule: Literal["none", "stated", "first_listed", "undistinguished"]
    task: str


class ValueReply(FigureReply, _Placed):
    """A target or an amount that is paid, with the clause and the `sentence` it stands in."""

    sentence: str


class DocumentFactsReply(_Reply):
    """The facts of one document, in the order of its text."""

    tasks: list[TaskReply]
    targets: list[ValueReply]
    subsidies: list[ValueReply]


class DocumentDetailReply(DocumentReply):
    """A document with its outline and facts, and how many its clauses state of each kind (`counts`); `characters` is the
    length of its source text and `script` what it is written in."""

    script: Literal["hans", "hant"]
    characters: int
    outline: list[OutlineReply]
    counts: dict[str, int]
    facts: DocumentFactsReply


class FactsReply(_Reply):
    """One page of the facts that match: `total` counts all of them."""

    items: list[TaskReply | ValueReply]
    total: int
    limit: int
    offset: int


class FailureReply(_Reply):
    """A file that could not be read, and why."""

    source_file: str
    reason: str


class AddedReply(_Reply):
    """What an upload did: `added` are the new documents with what was understood in them, `replaced` the ids of those
    whose place they took, `unchanged` those that were there word for word, `failures` the files that could not be read."""

    added: list[DocumentDetailReply]
    replaced: list[str]
    unchanged: list[str]
    failures: list[FailureReply]


class FeedbackRequest(BaseModel):
    """What a reader thinks of a reply. Other keys are ignored."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"reply_id": "0123456789abcdef", "verdict": "down", "reason": "wrong_clause", "comment": "应引第11项"}]
        }
    )

    reply_id: str = Field(pattern="^[0-9a-f]{16}$", description="The `reply_id` of the answer.")
    verdict: Literal["up", "down"]
    reason: Literal["wrong_figure", "wrong_clause", "incomplete", "not_found", "unclear", "other"] | None = None
    question: Annotated[Text, Field(max_length=2000)] | None = Field(default=None, description="The question, if it may be kept.")
    comment: Annotated[Text, Field(max_length=2000)] | None = None


class FeedbackReply(_Reply):
    """The feedback is kept."""

    status: Literal["kept"]


class ReadyReply(_Reply):
    """An index is open: how many documents and clauses it holds, and the digest that names the corpus."""

    status: Literal["ready"]
    documents: int
    clauses: int
    corpus_digest: str


class HealthReply(_Reply):
    """The process is alive: its version, and how many documents it holds (0 while there is no index)."""

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
