"""The bench of the service under load: its questions, its clients, its sums, and one small run of the real thing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from assistant.settings import Settings
from corpus.errors import SettingsError, TiaowenError
from eval import bench_api
from eval.bench import Machine
from eval.bench_api import ApiReport, Asked, Load, fresh, slope, summary
from eval.bench_clients import Outcome, Sample, Task, carry_out, digest, usage
from eval.cases import bundled_cases, load_cases

CASES: list[Asked] = [(case.question, case.history) for case in load_cases(bundled_cases())]


# ---- questions ---------------------------------------------------------------------------------------------


def test_fresh_questions_are_all_different_and_none_is_a_case() -> None:
    """Ten thousand can be made, no two the same to the encoder either, and the same ones again."""
    from corpus.normalize import normal

    made = fresh(CASES, 10_000)
    folded = {(normal(question), tuple(map(normal, history))) for question, history in made}
    assert len(made) == 10_000 == len(folded)
    assert not folded & {(normal(question), tuple(map(normal, history))) for question, history in CASES}
    assert fresh(CASES, 10_000) == made
    assert all(len(question) < 400 for question, _ in made)


def test_a_fresh_question_asks_of_another_place_and_year() -> None:
    """The places of the corpus stand for each other, and a year is moved with its 年 left."""
    (first, second) = fresh([("渝北区2025年托位目标是多少？", ("大兴区呢？",))], 2)
    assert first[0] != second[0] and first[1] != second[1]
    assert all("年托位目标是多少？" in question and not question.startswith("渝北区2025") for question, _ in (first, second))


def test_no_more_fresh_questions_are_promised_than_can_be_made() -> None:
    """Asked for too many, the bench says how many there are."""
    with pytest.raises(SettingsError, match="--requests"):
        fresh([("托位？", ())], 10_000_000)


# ---- clients -----------------------------------------------------------------------------------------------


def test_a_digest_passes_over_the_timings_only() -> None:
    """Replies that took different times are the same; one other character, also one that looks like timings, is not."""
    one = {"question": '他说"timings_ms": {"a": 1}', "timings_ms": {"total": 1.5, "answer": 1.0}, "reply_id": "x"}

    def of(reply: dict[str, Any]) -> str:
        return digest(json.dumps(reply).encode())

    assert of(one) == of(one | {"timings_ms": {"total": 99.0, "answer": 0.0}})
    assert of(one) != of(one | {"reply_id": "y"})
    assert of(one) != of(one | {"question": '他说"timings_ms": {"a": 2}'})


class Answering(BaseHTTPRequestHandler):
    """Answers each question with itself; breaks off, fails or leaves the length out where the question says so."""

    protocol_version = "HTTP/1.1"
    connections: set[int]
    most = 0
    inside = 0
    lock = threading.Lock()

    def do_POST(self) -> None:
        kind = type(self)
        with kind.lock:
            kind.inside += 1
            kind.most = max(kind.most, kind.inside)
            kind.connections.add(id(self.connection))
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with kind.lock:
            kind.inside -= 1
        if "断" in asked["question"]:
            self.close_connection = True
            return
        body = json.dumps(asked | {"path": self.path, "timings_ms": {"total": id(self)}}).encode()
        self.send_response(503 if "坏" in asked["question"] else 200)
        if "长" not in asked["question"]:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = "长" in asked["question"]

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def answering() -> Iterator[tuple[str, type[Answering]]]:
    """The address of a service on loopback that answers questions with themselves, and its handler."""
    handler = type("Scripted", (Answering,), {"connections": set(), "lock": threading.Lock()})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as opened:
        thread = threading.Thread(target=opened.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{opened.server_port}", handler
        opened.shutdown()
        thread.join()


def test_clients_ask_everything_once_and_keep_their_connections(answering: tuple[str, type[Answering]]) -> None:
    """Every question is asked, by no more clients than were wanted, and the same question gets the same digest."""
    url, handler = answering
    asked = [(f"第{number % 10}问", ["前一问"]) for number in range(40)]
    outcome = carry_out(Task(f"{url}/", os.getpid(), 3, asked))
    assert outcome.statuses == [200] * 40
    assert len(set(outcome.digests)) == 10 and outcome.digests[:10] == outcome.digests[30:]
    assert len(outcome.milliseconds) == 40 and min(outcome.milliseconds) > 0
    assert 1 <= handler.most <= 3 and len(handler.connections) <= 3
    assert [outcome.samples[0].done, outcome.samples[-1].done] == [0, 40]
    assert all(sample.bytes > 0 for sample in outcome.samples)


def test_a_failed_reply_is_counted_and_the_client_goes_on(answering: tuple[str, type[Answering]]) -> None:
    """A broken connection and a reply without length count as none, an error as its status; none has a digest."""
    url, _ = answering
    outcome = carry_out(Task(url, 0, 1, [("好", []), ("断", []), ("好", []), ("坏", []), ("长", []), ("好", [])]))
    assert outcome.statuses == [200, 0, 200, 503, 0, 200]
    assert [bool(one) for one in outcome.digests] == [True, False, True, False, False, True]
    assert outcome.samples == []


def test_a_service_that_is_not_there_drops_every_request() -> None:
    """Nobody listening is told as dropped requests, and the bench ends."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    assert carry_out(Task(f"http://127.0.0.1:{port}", 0, 2, [("一", [])] * 3)).statuses == [0, 0, 0]


def test_requests_fall_due_at_a_rate(answering: tuple[str, type[Answering]]) -> None:
    """At 200 a second 21 requests take a tenth of a second at least, however fast the replies come."""
    outcome = carry_out(Task(answering[0], 0, 4, [("问", [])] * 21, rate=200.0))
    assert outcome.seconds >= 0.1 and outcome.statuses == [200] * 21


def test_the_clients_run_in_a_process_of_their_own(answering: tuple[str, type[Answering]], own_home: Path) -> None:
    """What they print last is the outcome; the moment at which the corpus is to be rebuilt is told once."""
    told: list[str] = []
    outcome = bench_api.ask(
        Settings(own_home), answering[0], os.getpid(), [("问", ())] * 10, 2, partway=lambda: told.append("now")
    )
    assert outcome.statuses == [200] * 10 and told == ["now"] and outcome.client_cpu_seconds > 0
    assert isinstance(outcome.samples[0], Sample)


def test_clients_that_fail_are_an_error(own_home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A task that the clients cannot read ends the bench with one message."""
    with pytest.raises(TiaowenError, match="clients of 'http://\\[' ended with 1"):
        bench_api.ask(Settings(own_home), "http://[", 0, [("问", ())], 1)
    capfd.readouterr()


def test_memory_and_processor_time_are_of_the_whole_family() -> None:
    """A process counts with those it started; one that has ended counts for nothing."""
    held, spent = usage(os.getpid())
    with subprocess.Popen([sys.executable, "-c", "print(input())"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert usage(os.getpid())[0] > held > 0 and spent > 0
        child.communicate(b"x\n")
    assert usage(child.pid) == (0, 0.0)


# ---- sums --------------------------------------------------------------------------------------------------


def outcome(**changed: Any) -> Outcome:
    """Four replies in two seconds, with `changed`."""
    samples = [Sample(0, 100, 1.0), Sample(2, 300, 1.5), Sample(4, 500, 2.0)]
    return replace(Outcome(2.0, [1.0, 2.0, 3.0, 100.0], [200] * 4, ["a", "b", "a", "c"], 0.4, samples), **changed)


FOUR: list[Asked] = [("甲", ()), ("乙", ()), ("甲", ()), ("丙", ())]


def test_a_load_is_summed_up() -> None:
    """Percentiles, rates, processor time a request, memory and its growth come from the outcome."""
    load = summary("fresh", 2, 0, FOUR, outcome(), [{("甲", ()): "a", ("乙", ()): "b"}])
    assert (load.requests, load.clients, load.per_second, load.p50_ms, load.p99_ms) == (4, 2, 2.0, 2.0, 100.0)
    assert (load.errors, load.dropped, load.checked, load.different, load.renewed) == (0, 0, 3, 0, None)
    assert (load.server_cpu_ms, load.client_cpu_ms, load.memory) == (250.0, 100.0, (100, 300, 500))
    assert load.growth == pytest.approx(100_000)


def test_what_goes_wrong_is_counted() -> None:
    """A reply that is not the one given alone differs, and so does one that failed where it should have come."""
    wrong = outcome(statuses=[200, 0, 200, 500], digests=["a", "", "x", ""], samples=[])
    load = summary("fresh", 2, 0, FOUR, wrong, [{("甲", ()): "a", ("乙", ()): "b", ("丙", ()): ""}])
    assert (load.errors, load.dropped, load.checked, load.different) == (2, 1, 4, 3)
    assert (load.server_cpu_ms, load.memory, load.growth) == (None, None, None)
    assert not ApiReport(Machine("p", 2, 1, "s", "3", {}), (load,)).sound


def test_replies_of_the_old_and_the_new_corpus_are_right_under_a_rebuild() -> None:
    """Those of the new one are counted; a reply of neither differs."""
    old, new = {("甲", ()): "a", ("乙", ()): "b"}, {("甲", ()): "A", ("乙", ()): "b"}
    load = summary("fresh", 2, 0, FOUR, outcome(digests=["a", "b", "A", "z"]), [old, new])
    assert (load.checked, load.different, load.renewed) == (3, 0, 1)
    assert summary("fresh", 2, 0, FOUR, outcome(digests=["a", "z", "A", "z"]), [old, new]).different == 1


def test_a_slope_is_of_the_line_through_the_samples() -> None:
    """Two bytes a reply are two bytes a reply; one sample has no slope."""
    assert slope([Sample(done, 7 + 2 * done, 0.0) for done in (0, 5, 9)]) == pytest.approx(2)
    assert slope([Sample(1, 7, 0.0)]) == 0.0


# ---- the whole ---------------------------------------------------------------------------------------------


def test_a_real_service_is_measured(built_home: Path) -> None:
    """Both kinds of questions are asked of a service of the bench's own, and every checked reply is the one given
    alone."""
    report = bench_api.measure(Settings(built_home), requests=8, clients=4, say=lambda _: None)
    assert [(one.mix, one.requests, one.checked) for one in report.loads] == [("fresh", 8, 8), ("repeated", 8, 8)]
    assert report.sound
    assert all(one.memory and one.server_cpu_ms and one.server_cpu_ms > 0 for one in report.loads)


def test_a_service_that_does_not_start_says_why(own_home: Path) -> None:
    """Its own last words are in the message."""
    with pytest.raises(TiaowenError, match=r"did not start: .*tiaowen build"), bench_api.service(Settings(own_home)):
        pass


class Steps:
    """Stands where processes are started, and keeps what was wanted of them."""

    def __init__(self) -> None:
        self.homes: list[Path] = []
        self.asked: list[tuple[str, int, int, float]] = []
        self.built: list[Path] = []

    @contextmanager
    def service(self, settings: Settings) -> Iterator[tuple[str, int]]:
        self.homes.append(settings.home)
        yield "http://127.0.0.1:1", 7

    def ask(
        self, settings: Settings, url: str, pid: int, asked: list[Asked], clients: int, rate: float = 0.0, partway: Any = None
    ) -> Outcome:
        self.asked.append((url, pid, clients, rate))
        if partway is not None:
            partway()
        count = len(asked)
        return Outcome(1.0, [1.0] * count, [200] * count, [question for question, _ in asked], 0.1, [])


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    """The steps of a bench without a process."""
    steps = Steps()
    monkeypatch.setattr(bench_api, "service", steps.service)
    monkeypatch.setattr(bench_api, "ask", steps.ask)
    monkeypatch.setattr("assistant.building.build", lambda settings, paths: steps.built.append(settings.home))
    return steps


def test_a_running_service_is_asked_where_it_is(steps: Steps, own_home: Path) -> None:
    """With a URL nothing is started, and the load comes before the same questions are asked alone."""
    report = bench_api.measure(Settings(own_home), requests=5, clients=3, rate=50.0, url="http://h:1", say=lambda _: None)
    assert steps.homes == [] and report.sound
    assert steps.asked[:3] == [("http://h:1", 0, 3, 0.0), ("http://h:1", 0, 3, 50.0), ("http://h:1", 0, 1, 0.0)]
    with pytest.raises(SettingsError, match="--reload"):
        bench_api.measure(Settings(own_home), url="http://h:1", reload=True, say=lambda _: None)


def test_a_rebuild_happens_in_a_folder_of_its_own(steps: Steps, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's folder is not touched: the services stand over a copy, which is built over the bundled documents and
    again, with one document more, under load."""
    started: list[list[str]] = []

    class Process:
        def __init__(self, command: list[str], **_: object) -> None:
            started.append(command[3:])

        def wait(self) -> int:
            return 0

    monkeypatch.setattr(bench_api.subprocess, "Popen", Process)
    report = bench_api.measure(Settings(own_home), requests=5, clients=3, reload=True, say=lambda _: None)
    assert own_home not in steps.homes and not own_home.exists()
    assert steps.homes[:3] == [steps.built[0]] * 3 and len(set(steps.homes)) == 2
    assert [command[:2] for command in started] == [["api.cli", "build"]] * 2
    assert all(command[-1].endswith("added.txt") for command in started)
    assert [one.renewed for one in report.loads] == [0, 0]


def test_the_bench_of_the_service_prints_its_figures(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The figures come for a person and as JSON; a wrong reply ends with 1."""
    good = Load("fresh", 4, 2, 0.0, 2.0, 1, 2, 3, 0, 0, 3, 0, 12.5, 0.5, (2**20, 2**21, 2**22), 2.0**20)
    wanted: dict[str, Any] = {}

    def measure(settings: Settings, **chosen: Any) -> ApiReport:
        wanted.update(chosen)
        chosen["say"]("asked")
        return ApiReport(Machine("a processor", 2, 2**34, "Linux", "3.11", {}), loads)

    monkeypatch.setattr(bench_api, "measure", measure)
    loads: tuple[Load, ...] = (good, replace(good, mix="repeated", rate=9.0, memory=None, growth=None, server_cpu_ms=None, renewed=2))
    code, out, err = run("bench", "api", "--requests", "4", "--clients", "2", "--rate", "9", "--reload", "--url", "u")
    assert (code, err) == (0, "bench: asked\n")
    assert {name: wanted[name] for name in ("requests", "clients", "rate", "reload", "url")} == {
        "requests": 4, "clients": 2, "rate": 9, "reload": True, "url": "u"
    }  # fmt: skip
    assert "2.0 a second, p50 1 ms, p95 2 ms, p99 3 ms" in out and "1.0 MiB at the start, 2.0 in the middle, 4.0 at the end" in out
    assert "9 a second due" in out and "2 of 3 checked replies came from the new one" in out and "service - ms" in out
    assert json.loads(run("bench", "api", "--json")[1])["loads"][0] == json.loads(json.dumps(asdict(good))) | {"per_second": 2.0}
    loads = (replace(good, different=1),)
    assert run("bench", "api")[0] == 1
