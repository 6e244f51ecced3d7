"""What every request passes: ids, keys, limits, safety headers, the log and the counters."""

from __future__ import annotations

import json
import logging
import re

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.gate import MOST_CALLERS, SAFETY, Buckets
from api.journal import JsonLines
from api.schemas import Problem
from api.service import OPEN_RATE, Service
from assistant.settings import Settings
from corpus.errors import SettingsError

ADMIN, READER = "an-admin-key-of-the-test", "a-reader-key-of-the-test"
ASK = {"question": "补多少"}


@pytest.fixture
def client_of(fake_assistant, own_home):
    """Makes a client of a service with the settings given."""

    def make(**settings) -> TestClient:
        app = create_app(Settings(own_home), fake_assistant, Service(**settings))
        return TestClient(app, raise_server_exceptions=False)

    return make


def code(response) -> str:
    """The code of the problem in a response, after checking its form."""
    assert response.headers["content-type"] == "application/problem+json"
    return Problem.model_validate(response.json()).code


def bearer(key: str) -> dict[str, str]:
    """The header that carries a key."""
    return {"authorization": f"Bearer {key}"}


def test_every_reply_has_an_id_and_the_safety_headers(client_of):
    """Answers, problems and the page alike; an id that the caller gave is kept where it is a plain word."""
    client = client_of()
    for response in (client.post("/v1/ask", json=ASK), client.get("/nothing"), client.get("/")):
        assert re.fullmatch(r"[0-9a-f]{32}", response.headers["x-request-id"])
        assert {name.decode(): value.decode() for name, value in SAFETY}.items() <= dict(response.headers).items()
    assert client.get("/healthz", headers={"x-request-id": "abc-1.2_3"}).headers["x-request-id"] == "abc-1.2_3"
    assert client.get("/healthz", headers={"x-request-id": 'a" b'}).headers["x-request-id"] != 'a" b'


def test_the_policy_allows_no_script_but_its_own(client_of):
    """Neither inline scripts and styles nor anything from elsewhere may run in the page."""
    policy = client_of().get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy
    assert "unsafe" not in policy and "*" not in policy and "http" not in policy


def test_without_keys_everybody_reads_and_nobody_writes(client_of):
    """The document that a service without an admin key would delete stays."""
    client = client_of()
    assert client.post("/v1/ask", json=ASK).status_code == 200
    refused = client.delete("/v1/documents/x")
    assert (refused.status_code, code(refused)) == (403, "forbidden") and "TIAOWEN_ADMIN_KEYS" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("headers", "status", "said"),
    [
        ({}, 401, "key"),
        (bearer("wrong-key-of-somebody"), 403, "forbidden"),
        (bearer(READER), 403, "forbidden"),
        ({"authorization": f"Basic {ADMIN}"}, 401, "key"),
        (bearer(ADMIN), 404, "document_not_found"),
        ({"x-api-key": ADMIN}, 404, "document_not_found"),
    ],
)
def test_only_an_admin_key_writes(client_of, monkeypatch, headers, status, said):
    """No key, an unknown one and a reader's are refused before a route is reached; the admin's reaches it."""
    from corpus.errors import DocumentNotFoundError

    def remove(*_):
        raise DocumentNotFoundError("no document 'x'")

    monkeypatch.setattr("api.desk.remove", remove)
    client = client_of(admin_keys=frozenset({ADMIN}), read_keys=frozenset({READER}))
    response = client.delete("/v1/documents/x", headers=headers)
    assert (response.status_code, code(response)) == (status, said)


@pytest.mark.parametrize("path", ["//v1/documents", "/v1//documents", "/V1/documents", "/v1/./documents", "/v1/documents/"])
def test_no_spelling_of_a_path_leads_around_the_key(client_of, path):
    """What is not the path of the route is not the route; nothing is written without a key."""
    client = client_of(admin_keys=frozenset({ADMIN}))
    response = client.post(path, files={"files": ("a.txt", b"a")}, follow_redirects=False)
    assert response.status_code in (401, 404, 405, 307)


def test_read_keys_close_the_service_to_others(client_of):
    """With read keys only they and admin keys may ask; the page, its files and the probes stay open."""
    client = client_of(read_keys=frozenset({READER}), admin_keys=frozenset({ADMIN}))
    refused = client.post("/v1/ask", json=ASK)
    assert (refused.status_code, code(refused), refused.headers["www-authenticate"]) == (401, "key", "Bearer")
    for key in (READER, ADMIN):
        assert client.post("/v1/ask", json=ASK, headers=bearer(key)).status_code == 200
    assert [client.get(path).status_code for path in ("/", "/healthz", "/static/app.js")] == [200, 200, 200]


def test_a_caller_has_so_many_requests_a_minute(client_of):
    """The request too many is 429 and says when to come again; another key has its own; the probes are not counted."""
    client = client_of(rate=3, read_keys=frozenset({READER, ADMIN}))
    got = [client.post("/v1/ask", json=ASK, headers=bearer(READER)) for _ in range(4)]
    assert [one.status_code for one in got] == [200, 200, 200, 429]
    assert code(got[3]) == "rate" and 1 <= int(got[3].headers["retry-after"]) <= 20
    assert client.post("/v1/ask", json=ASK, headers=bearer(ADMIN)).status_code == 200
    assert {client.get("/healthz").status_code for _ in range(5)} == {200}


def test_unknown_keys_do_not_multiply_the_limit(client_of):
    """Who sends a new invented key with each request is counted by the address."""
    client = client_of(rate=2)
    got = [client.post("/v1/ask", json=ASK, headers=bearer(f"invented-{number}")).status_code for number in range(4)]
    assert got == [200, 200, 429, 429]


def test_a_bucket_fills_with_time_and_never_over_its_rim():
    """Sixty a minute is one a second: empty after sixty, one more after a second, sixty again after an hour."""
    now = [0.0]
    buckets = Buckets(60, lambda: now[0])
    assert [buckets.take("a") for _ in range(61)] == [0] * 60 + [1]
    now[0] = 1.0
    assert (buckets.take("a"), buckets.take("a")) == (0, 1)
    now[0] = 3600.0
    assert [buckets.take("a") for _ in range(61)] == [0] * 60 + [1]


def test_the_bucket_of_many_callers_does_not_grow_for_ever():
    """The callers that have been quiet longest are forgotten."""
    buckets = Buckets(1)
    for number in range(MOST_CALLERS + 100):
        buckets.take(str(number))
    assert len(buckets._held) == MOST_CALLERS


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_is_refused(client_of, fake_assistant, chunked):
    """Whether its length is declared or not, more than a mebibyte never reaches the assistant."""
    big = b'{"question": "' + b"a" * 1_100_000 + b'"}'
    body = iter([big[:600_000], big[600_000:]]) if chunked else big
    response = client_of().post("/v1/ask", content=body, headers={"content-type": "application/json"})
    assert (response.status_code, code(response)) == (413, "too_large")
    assert fake_assistant.asked == []


def test_headers_that_are_too_large_are_refused(client_of):
    """Ten thousand characters pass, twenty thousand do not."""
    client = client_of()
    assert client.get("/healthz", headers={"x-long": "a" * 10_000}).status_code == 200
    response = client.get("/healthz", headers={"x-long": "a" * 20_000})
    assert (response.status_code, code(response)) == (431, "headers_too_large")


def test_other_origins_may_call_only_where_it_is_set(client_of):
    """Off by default; an origin that is named may ask, without a key for the question whether it may."""
    asks = {"origin": "https://example.org", "access-control-request-method": "POST"}
    assert "access-control-allow-origin" not in client_of().options("/v1/ask", headers=asks).headers
    client = client_of(origins=("https://example.org",), read_keys=frozenset({READER}))
    assert client.options("/v1/ask", headers=asks).headers["access-control-allow-origin"] == "https://example.org"
    other = client.options("/v1/ask", headers={**asks, "origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers


def test_another_origin_reads_why_it_is_refused(client_of):
    """A page that may call is told of a missing key, of a request too many and of a fault; any other page of nothing."""
    client = client_of(origins=("https://example.org",), read_keys=frozenset({READER}), rate=2)
    origin = {"origin": "https://example.org"}
    got = [client.post("/v1/ask", json=ASK, headers=origin) for _ in range(3)]
    assert [one.status_code for one in got] == [401, 401, 429]
    assert {one.headers["access-control-allow-origin"] for one in got} == {"https://example.org"}
    assert "retry-after" in got[2].headers["access-control-expose-headers"]
    assert "access-control-allow-origin" not in client.get("/v1/models", headers={"origin": "https://evil.example"}).headers

    client = client_of(origins=("https://example.org",))
    client.app.state.desk.assistant = None
    fault = client.post("/v1/ask", json=ASK, headers=origin)
    assert (fault.status_code, fault.headers["access-control-allow-origin"]) == (500, "https://example.org")


@pytest.mark.parametrize("path", ["/", "/static/app.js", "/healthz", "/metrics", "/v1/models", "/v1/documents", "/nothing"])
def test_the_head_of_a_reply_is_that_of_the_whole(client_of, path):
    """HEAD has the status and the headers of GET and no body; what is no GET stays forbidden."""
    client = client_of()
    whole, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    assert head.headers["content-type"] == whole.headers["content-type"]
    assert head.headers.get("etag") == whole.headers.get("etag")
    assert client.head("/v1/ask").status_code == 405


def test_each_request_is_one_line_of_json_without_the_question(client_of, caplog):
    """Id, method, route, status and time; what was asked and which key was sent are nobody's business."""
    caplog.set_level(logging.INFO, "tiaowen.requests")
    client_of().post("/v1/ask", json={"question": "一个秘密的问题"}, headers=bearer("a-secret-key-of-mine"))
    (record,) = [one for one in caplog.records if one.name == "tiaowen.requests"]
    line = json.loads(JsonLines().format(record))
    assert (line["method"], line["route"], line["status"]) == ("POST", "/v1/ask", 200)
    assert line["request_id"] and line["ms"] >= 0 and line["bytes"] > 0
    assert "秘密" not in json.dumps(line, ensure_ascii=False) and "secret" not in json.dumps(line)


def test_an_unforeseen_error_is_logged_with_its_trace_and_id(client_of, caplog):
    """Whoever runs the service finds the place of the fault by the id that the caller was given."""
    response = client_of().post("/v1/ask", json={"question": "炸"})
    first, last = [json.loads(JsonLines().format(one)) for one in caplog.records if one.name == "tiaowen.requests"]
    assert (last["status"], last["level"], last["request_id"]) == (500, "error", first["request_id"])
    line = first
    assert response.headers["x-frame-options"] == "DENY" and line["request_id"] == response.headers["x-request-id"] and "KeyError" in line["trace"]


def test_the_counters_count(client_of):
    """Requests by route and status, answers by outcome, feedback by verdict; ids never become labels."""
    client = client_of()
    client.post("/v1/ask", json=ASK)
    client.post("/v1/ask", json={"question": "深圳市托育补贴多少钱"})
    client.get("/v1/clauses/no-such-clause")
    client.post("/v1/feedback", json={"reply_id": "0" * 16, "verdict": "up"})
    text = client.get("/metrics").text
    assert 'tiaowen_requests_total{method="POST",route="/v1/ask",status="200"} 2.0' in text
    assert 'tiaowen_answers_total{status="answered"} 1.0' in text and 'tiaowen_answers_total{status="not_found"} 1.0' in text
    assert 'tiaowen_feedback_total{verdict="up"} 1.0' in text
    assert "tiaowen_documents 1.0" in text and "no-such-clause" not in text


def test_two_services_in_one_process_count_apart(client_of):
    """The counters belong to the application, not to the process."""
    one, other = client_of(), client_of()
    one.post("/v1/ask", json=ASK)
    assert 'tiaowen_answers_total{status="answered"}' not in other.get("/metrics").text


# ---- what can be set ---------------------------------------------------------------------------------------


def test_the_settings_are_read(tmp_path):
    """Keys from the environment and from a file, a rate, origins; on other machines' network a rate is the default."""
    keys = tmp_path / "keys"
    keys.write_text("# who\nadmin another-admin-key-1\n\nread a-reader-key-from-file\n", encoding="utf-8")
    held = Service.from_environment(
        environment={
            "TIAOWEN_ADMIN_KEYS": f"{ADMIN}, ", "TIAOWEN_READ_KEYS": READER, "TIAOWEN_KEYS_FILE": str(keys),
            "TIAOWEN_RATE": "30", "TIAOWEN_CORS_ORIGINS": "https://a.example,http://b.example:8080",
        }
    )  # fmt: skip
    assert held.admin_keys == {ADMIN, "another-admin-key-1"} and held.read_keys == {READER, "a-reader-key-from-file"}
    assert (held.rate, held.origins) == (30, ("https://a.example", "http://b.example:8080"))
    assert Service.from_environment(environment={}).rate == 0
    assert Service.from_environment(local=False, environment={}).rate == OPEN_RATE


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TIAOWEN_ADMIN_KEYS", "short"),
        ("TIAOWEN_READ_KEYS", "a key with spaces in it"),
        ("TIAOWEN_READ_KEYS", "密钥密钥密钥密钥密钥密钥密钥密钥"),
        ("TIAOWEN_KEYS_FILE", "/no/such/file"),
        ("TIAOWEN_RATE", "many"),
        ("TIAOWEN_RATE", "-1"),
        ("TIAOWEN_CORS_ORIGINS", "*"),
        ("TIAOWEN_CORS_ORIGINS", "https://a.example/"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name, value):
    """One line that says which and what to write; a key is never repeated."""
    with pytest.raises(SettingsError) as raised:
        Service.from_environment(environment={name: value})
    assert "\n" not in str(raised.value)
    assert (name in str(raised.value)) or "KEYS" in name
    if name in ("TIAOWEN_ADMIN_KEYS", "TIAOWEN_READ_KEYS"):
        assert value not in str(raised.value)


def test_a_line_of_the_keys_file_that_is_neither_is_named_by_its_number(tmp_path):
    """The line is said, the key that may stand in it is not."""
    keys = tmp_path / "keys"
    keys.write_text("admin\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="line 1"):
        Service.from_environment(environment={"TIAOWEN_KEYS_FILE": str(keys)})
