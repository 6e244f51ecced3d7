"""Whom a run asks: the assistant in this process, a `/v1/ask` address, a chat model, or a file of answers.

Every target gives the same `Reply`, so that all are measured by one ruler.
"""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from corpus.errors import QuestionError, SourceError
from corpus.normalize import normal
from eval.cases import Case
from eval.measures import Cited, Reply

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from corpus.document import Clause, Document

RETRIEVED = 10  # clauses asked of a target's own search
_REFUSAL = re.compile(r"没有查到|未查到|没有找到|未找到|无法回答|没有相关|不在(?:现有)?(?:文件|资料)|not found|cannot answer", re.IGNORECASE)
_SYSTEM = (
    "你回答中国政府政策的问题。只依据政策原文作答；每句话后注明出处，写条款编号，例如 [渝北府办发〔2024〕6号:二/(三)/11]；"
    "资料中没有的，回答“没有查到”。"
)


class Target(Protocol):
    """Something that answers cases; `name` goes into the report."""

    name: str

    def reply(self, case: Case) -> Reply:
        """The reply to a case; what fails comes back as a silent reply with its reason, never as an exception."""
        ...


class InProcess:
    """An assistant in this process, with its own search for the retrieval measures."""

    def __init__(self, assistant: Assistant, name: str = "tiaowen") -> None:
        self.name = name
        self._assistant = assistant

    def reply(self, case: Case) -> Reply:
        """The assistant's answer."""
        started = time.perf_counter()
        try:
            answer = self._assistant.ask(case.question, case.history)
        except QuestionError as error:
            return Reply(error=str(error))
        seconds = time.perf_counter() - started
        found = tuple(hit.clause.clause_id for hit in self._assistant.search(case.question, RETRIEVED, case.history))
        return parsed(answer.to_json(), seconds, found)


class AskUrl:
    """A server with `POST /v1/ask`; `url` is its address up to and without `/v1`."""

    def __init__(self, url: str, timeout: float = 60.0, key: str | None = None) -> None:
        self.name = url
        self._url = _checked(url) + "/v1/ask"
        self._timeout = timeout
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def reply(self, case: Case) -> Reply:
        """The server's answer."""
        body = {"question": case.question, "history": list(case.history)}
        started = time.perf_counter()
        try:
            answer = _post(self._url, body, self._timeout, self._headers)
            return parsed(answer, time.perf_counter() - started)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            return Reply(error=_reason(error))


class ChatUrl:
    """An OpenAI-compatible chat model; citations are read out of its text. `url` ends before `/chat/completions`."""

    def __init__(
        self, url: str, model: str, clauses: Sequence[Clause], documents: Mapping[str, Document],
        *, key: str | None = None, timeout: float = 120.0,
    ) -> None:  # fmt: skip
        self.name = f"{model} at {url}"
        self._url = _checked(url) + "/chat/completions"
        self._model = model
        self._timeout = timeout
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._names = clause_names(clauses, documents)
        self._text = {clause.clause_id: clause.text for clause in clauses}

    def reply(self, case: Case) -> Reply:
        """What the model says, with the clauses that its text names."""
        turns = [{"role": "user", "content": earlier} for earlier in case.history]
        body = {
            "model": self._model, "temperature": 0,
            "messages": [{"role": "system", "content": _SYSTEM}, *turns, {"role": "user", "content": case.question}],
        }  # fmt: skip
        started = time.perf_counter()
        try:
            text = _message(_post(self._url, body, self._timeout, self._headers))
            seconds = time.perf_counter() - started
        except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
            return Reply(error=_reason(error))
        cited = tuple(Cited(i, self._text[i]) for i in named_clauses(text, self._names))
        status = "not_found" if _REFUSAL.search(text) and not cited else "answered"
        return Reply(status, text, cited, seconds)


class AnswersFile:
    """Answers that someone else produced: lines `{id, status?, answer, citations?}`.

    A citation is a clause id or the contract's object; where there are none, they are read out of the text.
    Raises SourceError naming a line that is no answer.
    """

    def __init__(self, path: Path, clauses: Sequence[Clause], documents: Mapping[str, Document]) -> None:
        self.name = path.name
        names = clause_names(clauses, documents)
        text = {clause.clause_id: clause.text for clause in clauses}
        self._replies: dict[str, Reply] = {}
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
                self._replies[str(record["id"])] = _recorded(record, names, text)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise SourceError(
                    f"{path.name} line {number} is no answer ({_reason(error)}); "
                    "give lines {id, status?, answer, citations?}"
                ) from error

    def reply(self, case: Case) -> Reply:
        """The recorded answer; silence where there is none."""
        return self._replies.get(case.case_id, Reply(error="no answer in the file"))


def _recorded(record: Mapping[str, Any], names: Mapping[str, str], text: Mapping[str, str]) -> Reply:
    answer = str(record["answer"])
    cited: list[Cited] = []
    for one in record.get("citations") or ():
        if isinstance(one, str):
            cited.append(Cited(one, text.get(one, "")))
        else:
            cited.append(Cited(str(one["clause_id"]), str(one.get("quote", text.get(one["clause_id"], "")))))
    if "citations" not in record:
        cited = [Cited(i, text[i]) for i in named_clauses(answer, names)]
    status = record.get("status") or ("not_found" if _REFUSAL.search(answer) and not cited else "answered")
    timings = record.get("timings_ms") or {}
    seconds = float(timings["total"]) / 1000 if "total" in timings else float("inf")
    return Reply(str(status), answer, tuple(cited), seconds)


def parsed(answer: Mapping[str, Any], seconds: float, retrieved: tuple[str, ...] | None = None) -> Reply:
    """A contract Answer as a reply. Raises KeyError or TypeError where it is none."""
    cited = tuple(Cited(str(c["clause_id"]), str(c["quote"])) for c in answer["citations"])
    return Reply(str(answer["status"]), str(answer["answer"]), cited, seconds, retrieved)


def clause_names(clauses: Sequence[Clause], documents: Mapping[str, Document]) -> dict[str, str]:
    """By what a text may name a clause, folded without white space: its id, or 文号 and label side by side."""
    names: dict[str, str] = {}
    for clause in clauses:
        document = documents[clause.document_id]
        names[_folded(clause.clause_id)] = clause.clause_id
        for title in filter(None, (document.document_number, document.title, f"《{document.title}》")):
            for joint in ("", "第"):
                names.setdefault(_folded(f"{title}{joint}{clause.label}"), clause.clause_id)
    return names


def named_clauses(text: str, names: Mapping[str, str]) -> list[str]:
    """The clauses that a text names, in its order, each once; the longest name that fits wins."""
    folded = _folded(text)
    if not names:
        return []
    pattern = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return list(dict.fromkeys(names[found] for found in re.findall(pattern, folded)))


def _folded(text: str) -> str:
    return re.sub(r"\s+", "", normal(text))


def _checked(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise QuestionError(f"{url!r} is no address; give http://HOST:PORT")
    return url.rstrip("/")


def _post(url: str, body: Mapping[str, Any], timeout: float, headers: Mapping[str, str]) -> Any:
    request = urllib.request.Request(  # noqa: S310 - the scheme was checked
        url, json.dumps(body).encode(), {"Content-Type": "application/json", **headers}
    )
    with urllib.request.urlopen(request, timeout=timeout) as reply:  # noqa: S310
        return json.loads(reply.read())


def chat_text(
    url: str, model: str, messages: Sequence[Mapping[str, str]], *, key: str | None = None, timeout: float = 120.0
) -> str:
    """What an OpenAI-compatible model answers to messages. Raises OSError or ValueError where it does not."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    body = {"model": model, "temperature": 0, "messages": list(messages)}
    try:
        return _message(_post(_checked(url) + "/chat/completions", body, timeout, headers))
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError(f"the model at {url} answered in another form ({error!r})") from error


def _message(reply: Any) -> str:
    text = reply["choices"][0]["message"]["content"]
    if not isinstance(text, str):
        raise TypeError("the model's message holds no text")
    return text


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP {error.code}"
    if isinstance(error, KeyError):
        return f"lacks {error}"
    return f"{type(error).__name__}: {error}"
