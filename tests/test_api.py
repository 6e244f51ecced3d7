"""The HTTP API: the same answers as the command line, and every mistake as a problem with a stable code."""

from __future__ import annotations

import json
import socket
import threading

import httpx
import pytest
import uvicorn
from fastapi.testclient import TestClient

from api.app import create_app
from api.door import listen
from api.schemas import AnswerReply, HealthReply, Problem, ReadyReply, VerificationReply
from assistant.settings import Settings
from corpus.errors import DocumentNotFoundError, IndexMismatchError, SettingsError

PROBLEM = "application/problem+json"


@pytest.fixture
def client(fake_assistant, own_home):
    """A client of the application over the fake, which lets the application handle its own errors."""
    with TestClient(create_app(Settings(own_home), fake_assistant), raise_server_exceptions=False) as client:
        yield client


def problem(response, status: int, code: str) -> str:
    """The detail of the problem in `response`, after checking its form, status and code."""
    assert response.headers["content-type"] == PROBLEM
    said = Problem.model_validate(response.json())
    assert (response.status_code, said.status, said.code) == (status, status, code)
    assert said.detail and "\n" not in said.detail and "Traceback" not in response.text
    return said.detail


@pytest.mark.parametrize("question", ["测试区每个托位补多少？", "深圳市托育补贴多少钱"])
def test_ask_gives_the_contract(client, fake_assistant, question):
    """The reply is the answer's JSON unchanged, with exactly the described keys; not finding is an answer too."""
    response = client.post("/v1/ask", json={"question": question, "category": "ignored"})
    assert response.status_code == 200
    assert response.json() == fake_assistant.ask(question).to_json()
    assert AnswerReply.model_validate(response.json()).question == question


def test_the_mode_is_handed_on(client, fake_assistant):
    """The question's own mode, None where it has none; a mode that there is not is a request not in form."""
    for mode in ("off", "polish", "compose", None):
        assert client.post("/v1/ask", json={"question": "每个托位补多少？", "mode": mode}).status_code == 200
    client.post("/v1/ask", json={"question": "每个托位补多少？"})
    assert fake_assistant.modes == ["off", "polish", "compose", None, None]
    assert "mode" in problem(client.post("/v1/ask", json={"question": "问", "mode": "write"}), 422, "request")


def test_verify_gives_the_contract(client, fake_assistant):
    """The reply is the verification's JSON unchanged, with exactly the described keys; a wrong statement is a result."""
    body = {"text": "补助标准为3000元/托位。补助标准为5000元/托位。", "clause_ids": [fake_assistant.answering.clause_id]}
    response = client.post("/v1/verify", json=body)
    assert response.status_code == 200
    assert response.json() == fake_assistant.verify(**body).to_json()
    reply = VerificationReply.model_validate(response.json())
    assert [one.verdict for one in reply.statements] == ["supported", "contradicted"] and not reply.supported


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"text": " "}, 422, "question"),
        ({"text": "好" * 20_001}, 422, "question"),
        ({}, 422, "request"),
        ({"text": "a", "clause_ids": "b"}, 422, "request"),
        ({"text": "补助3000元。", "clause_ids": ["没有:一"]}, 404, "clause_not_found"),
    ],
)
def test_what_cannot_be_verified_is_a_problem(client, body, status, code):
    """Nothing to verify, too much, another shape and an unknown clause each have their code."""
    problem(client.post("/v1/verify", json=body), status, code)


def test_ask_passes_the_history_on(client, fake_assistant):
    """Earlier questions reach the assistant oldest first; null is the same as none."""
    client.post("/v1/ask", json={"question": "2024年呢？", "history": ["补多少", "谁牵头"]})
    client.post("/v1/ask", json={"question": "补多少", "history": None})
    assert [(question, tuple(history)) for question, history in fake_assistant.asked] == [
        ("2024年呢？", ("补多少", "谁牵头")),
        ("补多少", ()),
    ]


def test_the_reply_is_chinese_as_it_is(client):
    """No escapes: the bytes on the wire are the characters in UTF-8."""
    assert "补助标准为3000元" in client.post("/v1/ask", json={"question": "补多少"}).content.decode("utf-8")


@pytest.mark.parametrize("question", ["", " \n\t", "问" * 2001])
def test_a_question_that_cannot_be_asked_is_422(client, question):
    """Nothing, only white space and more than 2,000 characters are refused by the assistant itself."""
    problem(client.post("/v1/ask", json={"question": question}), 422, "question")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{}", "question: "),
        (b'{"question": 1}', "question: "),
        (b'{"question": null}', "question: "),
        (b'{"question": "a", "history": "b"}', "history: "),
        (b'{"question": "a", "history": [1]}', "history.0: "),
        (b'["a"]', "body: "),
        (b'{"question": ', ""),
        (b"", "body: "),
        (b'{"question": "\\ud800"}', ""),
        (b"\xff", ""),
    ],
)
def test_a_malformed_request_is_422_and_names_the_field(client, fake_assistant, body, said):
    """What is not the described request never reaches the assistant, be it no JSON or no text at all."""
    response = client.post("/v1/ask", content=body, headers={"content-type": "application/json"})
    assert response.status_code in (400, 422)
    detail = problem(response, response.status_code, "request" if response.status_code == 422 else "http_400")
    assert detail.startswith(said)
    assert fake_assistant.asked == []


def test_an_unknown_route_and_a_wrong_method_are_problems_too(client):
    """404 and 405 have their own codes, and 405 still says what is allowed."""
    problem(client.get("/v1/nothing"), 404, "route_not_found")
    response = client.get("/v1/ask")
    problem(response, 405, "method_not_allowed")
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [(DocumentNotFoundError("no document 'x'"), 404, "document_not_found"), (IndexMismatchError("old"), 503, "index_mismatch")],
)
def test_an_error_of_ours_has_its_own_status_and_code(client, fake_assistant, monkeypatch, raised, status, code):
    """The mapping stands in the error itself, so a new error needs no change here."""

    def broken(*_, **__):
        raise raised

    monkeypatch.setattr(fake_assistant, "ask", broken)
    assert problem(client.post("/v1/ask", json={"question": "补多少"}), status, code) == str(raised)


def test_an_unforeseen_error_tells_nothing_of_the_inside(client):
    """A fault of the program's own is 500 without the message or the place of it."""
    response = client.post("/v1/ask", json={"question": "炸"})
    assert "secret" not in problem(response, 500, "internal") + response.text


def test_healthz_and_readyz_say_that_it_lives_and_can_answer(client):
    """The version and the numbers of documents and clauses are there for whoever watches the service."""
    assert HealthReply.model_validate(client.get("/healthz").json()).documents == 1
    ready = client.get("/readyz")
    assert ready.status_code == 200 and ReadyReply.model_validate(ready.json()).clauses == 2


def test_without_an_index_every_question_is_503_until_there_is_one(fake_assistant, own_home, monkeypatch):
    """A service started before the first build says so, and answers once the build is done."""
    from assistant.assistant import Assistant

    with TestClient(create_app(Settings(own_home))) as client:
        assert "tiaowen build" in problem(client.get("/readyz"), 503, "snapshot_missing")
        assert client.get("/healthz").json()["documents"] == 0
        problem(client.post("/v1/ask", json={"question": "补多少"}), 503, "snapshot_missing")
        monkeypatch.setattr(Assistant, "open", classmethod(lambda cls, settings: fake_assistant))
        assert client.post("/v1/ask", json={"question": "补多少"}).status_code == 200
    assert fake_assistant.closed


def test_an_assistant_that_was_given_is_not_closed(fake_assistant, own_home):
    """Whoever opened it closes it."""
    with TestClient(create_app(Settings(own_home), fake_assistant)):
        pass
    assert not fake_assistant.closed


def test_the_description_has_an_example_and_the_errors(client):
    """The generated description shows a request that works and says in which form errors come."""
    described = client.get("/openapi.json").json()
    ask = described["paths"]["/v1/ask"]["post"]
    assert list(ask["responses"]["422"]["content"]) == [PROBLEM]
    assert list(ask["responses"]["503"]["content"]) == [PROBLEM]
    example = described["components"]["schemas"]["AskRequest"]["examples"][0]
    assert client.post("/v1/ask", json=example).status_code == 200


def test_no_page_asks_for_the_network(client):
    """The generated pages of the framework would load scripts from elsewhere, so they are not served."""
    for page in ("/docs", "/redoc"):
        problem(client.get(page), 404, "route_not_found")


def test_it_answers_over_a_real_socket(fake_assistant, own_home):
    """The served application gives the same JSON over the wire, to several callers at once."""
    with listen("127.0.0.1", 0) as door:
        server = uvicorn.Server(uvicorn.Config(create_app(Settings(own_home), fake_assistant), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        try:
            address = f"http://127.0.0.1:{door.getsockname()[1]}/v1/ask"
            replies: list[object] = []

            def caller() -> None:
                replies.append(httpx.post(address, json={"question": "补多少"}, timeout=30).json())

            callers = [threading.Thread(target=caller) for _ in range(4)]
            for one in callers:
                one.start()
            for one in callers:
                one.join()
        finally:
            server.should_exit = True
            thread.join()
    assert [json.dumps(reply, sort_keys=True) for reply in replies] == [
        json.dumps(fake_assistant.ask("补多少").to_json(), sort_keys=True)
    ] * 4


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.1"])
def test_a_place_that_cannot_be_listened_at_is_a_setting_to_mend(host):
    """A name that leads nowhere and an address of another machine both end as one error with the options named."""
    with pytest.raises(SettingsError, match="--host"):
        listen(host, 0)


def test_it_listens_over_ipv6_where_there_is_one():
    """An IPv6 address is a place like any other."""
    if not socket.has_ipv6:
        pytest.skip("this Python has no IPv6")
    try:
        door = listen("::1", 0)
    except SettingsError:
        pytest.skip("this machine has no IPv6 loopback")
    with door:
        assert door.family == socket.AF_INET6
