"""The part of OpenAI's interface that chat programs speak: models, and completions in one piece or as a stream.

The text carries its citations as footnotes; the field `tiaowen` holds the whole Answer. There is no model behind it
that takes orders: system messages and earlier replies are not read, earlier user messages are the history.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from api.questions import answered
from api.rendering import marked
from api.replies import NO_INDEX, UNUSABLE
from api.schemas import AnswerReply, AskRequest, Text
from assistant.answer import Answer, Citation
from corpus.errors import QuestionError

router: Final = APIRouter(tags=["openai"])
MODEL: Final = "tiaowen"
_MOST_MESSAGES: Final = 500
_QUOTE: Final = 120


class Piece(BaseModel):
    """A part of a message; only text can be read."""

    type: Literal["text"]
    text: Text


class Message(BaseModel):
    """A message of the conversation; other keys are ignored."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Text | list[Piece] | None = None

    def text(self) -> str:
        """Its words."""
        if isinstance(self.content, list):
            return "".join(piece.text for piece in self.content)
        return self.content or ""


class StreamOptions(BaseModel):
    """What a stream ends with."""

    include_usage: bool = False


class CompletionRequest(BaseModel):
    """A conversation whose last user message is the question. Other keys (temperature, …) are ignored."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"model": MODEL, "messages": [{"role": "user", "content": "渝北区开园奖补每家最多多少钱？"}]}]
        }
    )

    model: Text = MODEL
    messages: Annotated[list[Message], Field(min_length=1, max_length=_MOST_MESSAGES)]
    stream: bool | None = False
    stream_options: StreamOptions | None = None


class ChoiceMessageReply(BaseModel):
    """The reply's message."""

    role: Literal["assistant"]
    content: str


class ChoiceReply(BaseModel):
    """The one choice."""

    index: int
    message: ChoiceMessageReply
    finish_reason: Literal["stop"]


class UsageReply(BaseModel):
    """How much was read and written, counted in characters: there are no tokens here."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class CompletionReply(BaseModel):
    """A completion; `tiaowen` is the Answer with its citations."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[ChoiceReply]
    usage: UsageReply
    tiaowen: AnswerReply


class ModelReply(BaseModel):
    """The one model there is."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class ModelsReply(BaseModel):
    """The models."""

    object: Literal["list"]
    data: list[ModelReply]


_CHUNKS: Final[dict[str, Any]] = {
    "description": "The completion, or with `stream` its chunks as server-sent events that end with `[DONE]`.",
    "content": {"text/event-stream": {"schema": {"type": "object", "required": ["data"], "properties": {"data": {"type": "string"}}}}},
}


@router.get("/v1/models", response_model=ModelsReply, summary="The models, for OpenAI's clients")
def models() -> JSONResponse:
    """One model, `tiaowen`."""
    return JSONResponse({"object": "list", "data": [_MODEL]})


_MODEL: Final = {"id": MODEL, "object": "model", "created": 1_767_225_600, "owned_by": "tiaowen"}


@router.post(
    "/v1/chat/completions", response_model=CompletionReply, responses={200: _CHUNKS, 422: UNUSABLE, 503: NO_INDEX},
    summary="Answer in OpenAI's form",
)  # fmt: skip
def completions(body: CompletionRequest, request: Request) -> JSONResponse | StreamingResponse:
    """The answer to the last user message, with the earlier ones as its history; citations stand as footnotes in the
    text, and whole in the field `tiaowen` (in a stream, of the last chunk before `[DONE]`)."""
    asked = [message.text() for message in body.messages if message.role == "user"]
    if not asked:
        raise QuestionError("no message has the role 'user'; its text is the question")
    answer = answered(AskRequest(question=asked[-1], history=[text for text in asked[:-1] if text.strip()]), request)
    head = {"id": f"chatcmpl-{answer.reply_id}", "created": int(time.time()), "model": body.model}
    read = sum(len(message.text()) for message in body.messages)
    if body.stream:
        usage = bool(body.stream_options and body.stream_options.include_usage)
        return StreamingResponse(
            _chunks(head, answer, read if usage else None), media_type="text/event-stream",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )  # fmt: skip
    text = "".join(pieces(answer))
    return JSONResponse({
        **head, "object": "chat.completion",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": _usage(read, len(text)), "tiaowen": answer.to_json(),
    })  # fmt: skip


def pieces(answer: Answer) -> Iterator[str]:
    """The text of a completion piece by piece: each line of the answer with its footnote marks, then the footnotes."""
    for number, line in enumerate(marked(answer.to_json()).split("\n")):
        yield ("\n" if number else "") + line
    for index, citation in enumerate(answer.citations, 1):
        yield ("\n\n" if index == 1 else "\n") + f"[{index}] {_footnote(citation)}"


def _footnote(citation: Citation) -> str:
    clause, document = citation.clause, citation.document
    number = f"（{document.document_number}）" if document.document_number else ""
    words = " ".join(clause.text.split())
    quote = words if len(words) <= _QUOTE else f"{words[:_QUOTE]}…"
    return f"《{document.title}》{number}{clause.label}：“{quote}”"


def _chunks(head: dict[str, Any], answer: Answer, read: int | None) -> Iterator[str]:
    head = {**head, "object": "chat.completion.chunk"}
    written = 0

    def chunk(delta: dict[str, str], finish: str | None = None, **more: object) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return f"data: {json.dumps({**head, 'choices': [choice], **more}, ensure_ascii=False)}\n\n"

    yield chunk({"role": "assistant", "content": ""})
    for piece in pieces(answer):
        written += len(piece)
        yield chunk({"content": piece})
    yield chunk({}, "stop", tiaowen=answer.to_json())
    if read is not None:
        yield f"data: {json.dumps({**head, 'choices': [], 'usage': _usage(read, written)})}\n\n"
    yield "data: [DONE]\n\n"


def _usage(read: int, written: int) -> dict[str, int]:
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
