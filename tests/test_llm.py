"""The connection to a language model: it ends in time, says why it failed, and sends nothing anywhere else."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.llm import Failure, OpenAICompatible, Reply
from assistant.settings import ModelSettings, Settings, chosen_mode
from corpus.errors import SettingsError
from eval.scripted import Scripted, Turn, scripted

SECRET = "sk-do-not-print-me"
TEXT = '{"text": "补助标准为3000元/托位。", "clauses": ["c1"]}\n'


@pytest.fixture
def server() -> Iterator[Scripted]:
    """A scripted model that says one statement."""
    with scripted(lambda _: Turn(TEXT)) as running:
        yield running


def model(server: Scripted, timeout: float = 20.0, tokens: int = 8000) -> OpenAICompatible:
    """The connection to the scripted server."""
    return OpenAICompatible(ModelSettings(server.base_url, "m", SECRET, timeout, tokens))


def heard(server: Scripted, timeout: float = 20.0, tokens: int = 8000) -> tuple[str, Reply]:
    """What is heard of one reply, and the reply at its end."""
    reply = model(server, timeout, tokens).reply("system", "user")
    return "".join(reply), reply


def turns(*given: Turn):
    """A script that gives each turn once and the last one from then on."""
    left = list(given)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def test_a_reply_streams_and_says_when_it_began(server: Scripted) -> None:
    """The pieces make up the text, in more than one piece, and the first one is timed."""
    pieces = list(reply := model(server).reply("system", "user"))
    assert "".join(pieces) == TEXT and len(pieces) > 1
    assert reply.failure is None and reply.first_ms is not None


def test_the_request_holds_both_messages_the_model_and_a_limit(server: Scripted) -> None:
    """What the server needs to know, and no more tokens than the budget leaves."""
    heard(server, tokens=3000)
    path, _, body = server.asked[0]
    assert path == "/v1/chat/completions"
    assert [(m["role"], m["content"]) for m in body["messages"]] == [("system", "system"), ("user", "user")]
    assert (body["model"], body["stream"], body["max_tokens"]) == ("m", True, 1000)


def test_a_server_that_does_not_stream_is_asked_again_without(server: Scripted) -> None:
    """An answer as one object is heard too."""
    server.script = lambda _: Turn(TEXT, streams=False)
    text, reply = heard(server)
    assert text == TEXT and reply.failure is None
    assert [body.get("stream", False) for _, _, body in server.asked] == [True, False]


def test_a_server_that_stalls_ends_with_the_time(server: Scripted) -> None:
    """Nothing was heard; the caller got its time back."""
    server.script = lambda _: Turn(TEXT, stall=30)
    text, reply = heard(server, timeout=0.5)
    assert (text, reply.failure) == ("", Failure.TIMEOUT)  # waited for, it would have said its text


def test_a_server_that_drips_does_not_outlast_the_time(server: Scripted) -> None:
    """The limit is on the whole reply, not on the time between two pieces."""
    server.script = lambda _: Turn(TEXT * 200, drip=0.1)
    text, reply = heard(server, timeout=0.8)
    assert reply.failure is Failure.TIMEOUT and len(text) < len(TEXT) * 200


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_may_pass_is_tried_again(server: Scripted, status: int) -> None:
    """Busy or broken once, fine the second time."""
    server.script = turns(Turn(status=status), Turn(TEXT))
    text, reply = heard(server)
    assert (text, reply.failure, len(server.asked)) == (TEXT, None, 2)


def test_a_server_that_is_always_busy_is_given_up_within_the_time(server: Scripted) -> None:
    """It is tried more than once and not for ever, and the status is told."""
    server.script = lambda _: Turn(status=429)
    text, reply = heard(server, timeout=3.0)
    assert text == "" and reply.failure in (Failure.FAILED, Failure.TIMEOUT)
    assert reply.failure is Failure.TIMEOUT or reply.detail == "HTTP 429"
    assert 2 <= len(server.asked) <= 6


def test_what_cannot_pass_is_not_tried_again(server: Scripted) -> None:
    """A refused key stays refused."""
    server.script = lambda _: Turn(status=401)
    _, reply = heard(server)
    assert (reply.failure, reply.detail, len(server.asked)) == (Failure.FAILED, "HTTP 401", 1)


def test_a_line_that_drops_is_a_failure_and_keeps_what_was_heard(server: Scripted) -> None:
    """What came before is handed over; nothing is asked twice once something was said."""
    server.script = lambda _: Turn(TEXT * 3, drop=80)
    text, reply = heard(server)
    assert 0 < len(text) <= 80 and TEXT.startswith(text[: len(TEXT)]) and len(server.asked) == 1
    assert reply.failure is Failure.FAILED


def test_no_server_is_a_failure() -> None:
    """Nobody listens: said within the time, as the kind of error."""
    with scripted(lambda _: Turn()) as gone:
        pass
    _, reply = heard(gone, timeout=1.0)
    assert reply.failure in (Failure.FAILED, Failure.TIMEOUT)


def test_a_reply_without_end_is_cut_off_by_the_budget(server: Scripted) -> None:
    """A server that ignores the limit on tokens is not listened to for ever."""
    server.script = lambda _: Turn(TEXT * 400)
    text, reply = heard(server, tokens=600)
    assert reply.failure is Failure.BUDGET and len(text) < len(TEXT) * 100


def test_a_redirect_is_not_followed(server: Scripted) -> None:
    """The request, with its key, goes to the address that was set and to no other."""
    with scripted(lambda _: Turn(TEXT)) as other:
        server.script = lambda _: Turn(status=307, headers=(("Location", f"{other.base_url}/chat/completions"),))
        _, reply = heard(server)
        assert reply.failure is Failure.FAILED and other.asked == []


def test_only_the_key_that_was_set_is_sent(server: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of another service's environment, nothing about this machine."""
    for name, value in (("API_KEY", "leak"), ("ORG_ID", "leak"), ("PROJECT_ID", "leak"), ("ADMIN_KEY", "leak"), ("CUSTOM_HEADERS", "X-Own: leak")):
        monkeypatch.setenv(f"OPENAI_{name}", value)
    heard(server)
    OpenAICompatible(ModelSettings(server.base_url, "m")).reply("s", "u").pieces.__next__()
    (_, first, _), (_, second, _) = server.asked
    assert first["authorization"] == f"Bearer {SECRET}" and "authorization" not in second
    assert set(first) == {"host", "connection", "accept", "content-type", "content-length", "user-agent", "accept-encoding", "authorization"}
    assert "leak" not in json.dumps([first, second])


def test_a_server_of_this_machine_is_not_asked_through_a_proxy(server: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    """What HTTP_PROXY names sees nothing."""
    with scripted(lambda _: Turn(TEXT)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.base_url)
        monkeypatch.setenv("ALL_PROXY", proxy.base_url)
        assert heard(server)[0] == TEXT and proxy.asked == [] and len(server.asked) == 1


def test_the_key_stands_in_no_repr(server: Scripted) -> None:
    """What may end in a log does not hold it."""
    settings = ModelSettings(server.base_url, "m", SECRET)
    assert SECRET not in repr(settings) and SECRET not in repr(Settings(Path("home"), model=settings))
    assert SECRET not in repr(model(server).reply("s", "u"))


WATCHED = """
import sys
hosts = set()
def hook(event, args):
    if event == "socket.connect":
        hosts.add(str(args[1][:2]))
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "urllib.Request"):
        hosts.add(str(args[:2]))
sys.addaudithook(hook)
from assistant.llm import OpenAICompatible
from assistant.settings import ModelSettings
print("".join(OpenAICompatible(ModelSettings(sys.argv[1], "gpt-4o", "k")).reply("system", "user")), end="")
print(sorted(hosts))
"""


def test_no_other_connection_is_tried(server: Scripted) -> None:
    """From the first import to the end of a reply, with every library fresh: no encodings fetched, no telemetry."""
    done = subprocess.run([sys.executable, "-c", WATCHED, server.base_url], capture_output=True, text=True, check=True)
    said, hosts = done.stdout.rstrip("\n").rsplit("\n", 1)
    port = int(server.base_url.split(":")[2].split("/")[0])
    assert said == TEXT.strip()
    tried = set(ast.literal_eval(hosts))
    assert tried and tried <= {str(("127.0.0.1", port)), str(("127.0.0.1", str(port)))}


def test_without_a_model_nothing_of_it_is_loaded() -> None:
    """Opening the rooms of the assistant imports neither LlamaIndex nor the OpenAI library."""
    code = "import sys, assistant.assistant; print([m for m in ('llama_index', 'openai', 'httpx', 'tiktoken') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# ---- settings ------------------------------------------------------------------------------------------------


def environment(monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings:
    """The settings with these TIAOWEN_LLM_ variables."""
    for name, value in values.items():
        monkeypatch.setenv(f"TIAOWEN_LLM_{name}", value)
    return Settings.from_environment()


URL = "http://127.0.0.1:11434/v1"


def test_without_variables_there_is_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Off is what nobody chose otherwise; a key alone names no model."""
    settings = environment(monkeypatch, API_KEY="k")
    assert (settings.model, settings.mode) == (None, "off")


def test_the_variables_name_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has its place; a model alone does not yet speak."""
    settings = environment(monkeypatch, BASE_URL=URL, MODEL="qwen", API_KEY="k", TIMEOUT="12.5", TOKENS="6000")
    assert settings.model == ModelSettings(URL, "qwen", "k", 12.5, 6000) and settings.mode == "off"
    assert environment(monkeypatch, MODE="compose").mode == "compose"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"BASE_URL": URL}, "TIAOWEN_LLM_MODEL"),
        ({"MODEL": "m"}, "TIAOWEN_LLM_BASE_URL"),
        ({"BASE_URL": "127.0.0.1:8000", "MODEL": "m"}, "no address"),
        ({"BASE_URL": "http://me:secret@host/v1", "MODEL": "m"}, "no address"),
        ({"BASE_URL": "http://host:99999/v1", "MODEL": "m"}, "no address"),
        ({"BASE_URL": URL, "MODEL": "m", "API_KEY": "键"}, "API_KEY"),
        ({"BASE_URL": URL, "MODEL": "m", "TIMEOUT": "soon"}, "TIAOWEN_LLM_TIMEOUT is 'soon'"),
        ({"BASE_URL": URL, "MODEL": "m", "TIMEOUT": "nan"}, "TIAOWEN_LLM_TIMEOUT is 'nan'"),
        ({"BASE_URL": URL, "MODEL": "m", "TOKENS": "10"}, "TIAOWEN_LLM_TOKENS is '10'"),
        ({"BASE_URL": URL, "MODEL": "m", "MODE": "write"}, "choose off, polish or compose"),
        ({"MODE": "polish"}, "no language model is set"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch, values: dict[str, str], said: str) -> None:
    """What is wrong and what to set; never a password."""
    with pytest.raises(SettingsError) as raised:
        environment(monkeypatch, **values)
    assert said in str(raised.value) and "\n" not in str(raised.value) and "secret" not in str(raised.value)


def test_a_mode_needs_a_model() -> None:
    """Chosen for one question it is checked as it is in the settings."""
    assert chosen_mode("off", None) == "off"
    with pytest.raises(SettingsError, match="no language model"):
        chosen_mode("polish", None)
