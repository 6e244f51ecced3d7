"""The service under load: a process of ours on loopback, many clients in another, two kinds of questions.

`fresh` questions are all different, so that nothing that was worked out for one helps another; `repeated` ones are the
policy questions over and over, the service having answered each before. Every reply is held against the one that the
same question gets alone.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Any, Final

from assistant.settings import Settings
from corpus.errors import SettingsError, TiaowenError
from corpus.load import bundled
from corpus.normalize import normal
from eval.bench import PYTHON, QUESTIONS, WARM_UP, Machine, environment, percentile
from eval.bench_clients import Outcome, Sample, Task
from eval.cases import bundled_cases, load_cases

REQUESTS: Final = 2000
CLIENTS: Final = 32
CHECKED: Final = 300  # fresh questions that are asked alone too; of the repeated ones all are
RELOAD_AT: Final = 0.2  # the share of the requests after which the corpus is built anew
_SERVING: Final = re.compile(r"serving (http://[^\s]+)")
_START: Final = 120.0  # seconds in which a service must say where it serves
_MEBIBYTE: Final = 1024 * 1024

# What a fresh question differs by: the place, the year, how it begins and how it ends.
PLACES: Final = ("渝北", "广州", "大洼", "大兴")
_YEAR: Final = re.compile(r"20[12]\d(?=年|年?底)")
_OPENINGS: Final = (
    "", "请问", "您好，", "想问一下，", "咨询一下：", "麻烦问下，", "我想了解，", "帮我查一下：", "请教一下，", "家里人问：", "单位里问：",
    "同事问，", "邻居问，", "朋友问：", "老师您好，", "打扰了，", "急问：", "补充问一句，", "刚才看到文件，", "再确认一下，", "想核实一下：", "替父母问：",
    "替孩子妈妈问，", "我是街道的，", "我是托育园的，", "我是社区干部，", "作为家长想知道，", "写材料要用：", "做台账要用，",
)  # fmt: skip
_ENDINGS: Final = ("", "谢谢", "麻烦了", "多谢您", "请说具体一点", "请按文件回答", "越详细越好", "急", "辛苦了", "请列明出处")
_ADDED: Final = (
    "关于公布社区食堂试点安排的通知\n\n各街道办事处：\n\n一、社区食堂每个给予一次性补助1.5万元。（牵头单位：区民政局；责任单位：区财政局）\n\n"
    "二、2026年底前建成社区食堂12个。\n"
)
"""The document that a rebuild under load adds, so that the replies after it can be told from those before."""

Asked = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Load:
    """What a service did under one kind of questions.

    `rate` is how many requests fell due in a second, 0 where each client asked as soon as it could: then there are
    always `clients` of them under way, and the times say how long the queue is. `errors` are replies other than 200, `dropped` of them those that never came; `different` are replies that were
    not, byte for byte but for the timings, what the question gets alone, of the `checked` ones. Processor time is in
    milliseconds a request; memory is that of the service at its start, middle and end, and `growth` the bytes it
    gains each 1,000 requests of the second half. What cannot be seen from here (`--url`) is None. `renewed` are the
    checked replies that came from the rebuilt corpus, None where nothing was rebuilt.
    """

    mix: str
    requests: int
    clients: int
    rate: float
    seconds: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    errors: int
    dropped: int
    checked: int
    different: int
    server_cpu_ms: float | None
    client_cpu_ms: float
    memory: tuple[int, int, int] | None
    growth: float | None
    renewed: int | None = None

    @property
    def per_second(self) -> float:
        """Requests answered in a second."""
        return self.requests / self.seconds


@dataclass(frozen=True, slots=True)
class ApiReport:
    """The loads of one bench, and the machine it ran on."""

    machine: Machine
    loads: tuple[Load, ...]

    @property
    def sound(self) -> bool:
        """Whether every request was answered, and as it is alone."""
        return not any(one.errors or one.different for one in self.loads)

    def to_json(self) -> dict[str, Any]:
        """All figures by name."""
        return {
            "machine": asdict(self.machine),
            "loads": [asdict(one) | {"per_second": one.per_second} for one in self.loads],
        }

    def lines(self) -> Iterator[str]:
        """The figures for a person."""
        machine = self.machine
        yield f"machine  {machine.processor}, {machine.cores} cores, Python {machine.python}"
        for one in self.loads:
            yield (
                f"{one.mix:9} {one.requests} requests by {one.clients} clients{f', {one.rate:g} a second due' if one.rate else ''}: "
                f"{one.per_second:.1f} a second, p50 {one.p50_ms:.0f} ms, p95 {one.p95_ms:.0f} ms, p99 {one.p99_ms:.0f} ms"
            )
            yield f"          {one.errors} errors; {one.different} of {one.checked} checked replies differ from the reply alone"
            spent = "-" if one.server_cpu_ms is None else f"{one.server_cpu_ms:.2f}"
            yield f"          processor a request: service {spent} ms, clients {one.client_cpu_ms:.2f} ms"
            if one.memory is not None and one.growth is not None:
                start, middle, end = (bytes_ / _MEBIBYTE for bytes_ in one.memory)
                yield (
                    f"          memory {start:.1f} MiB at the start, {middle:.1f} in the middle, {end:.1f} at the end; "
                    f"{one.growth / _MEBIBYTE:+.2f} MiB each 1,000 requests of the second half"
                )
            if one.renewed is not None:
                came = f"{one.renewed} of {one.checked} checked replies" if one.renewed else "no reply"
                yield f"          the corpus was rebuilt under load: {came} came from the new one, {one.dropped} requests were dropped"


def measure(
    settings: Settings, *, requests: int = REQUESTS, clients: int = CLIENTS, rate: float = 0.0,
    url: str | None = None, reload: bool = False, say: Callable[[str], None],
) -> ApiReport:  # fmt: skip
    """The figures of a service over the data folder of `settings`, of its own for each kind of questions, or of the one
    at `url`, which must stand over the same corpus for both kinds.

    With a `rate` so many requests a second fall due; without, each client asks as soon as it has a reply. With `reload` the services stand over a data folder of the bench's own with the bundled documents, and a document
    is added to it under load. `say` gets a line before each step. Raises TiaowenError where a service does not start.
    """
    if url is not None and reload:
        raise SettingsError("--reload needs a service of the bench's own; leave --url out")
    cases: list[Asked] = [(case.question, case.history) for case in load_cases(bundled_cases())]
    mixes: dict[str, list[Asked]] = {
        "fresh": fresh(cases, requests), "repeated": [cases[i % len(cases)] for i in range(requests)]
    }  # fmt: skip
    loads = []
    for mix, asked in mixes.items():
        step = max(1, len(asked) // CHECKED)
        sample = asked[::step] if mix == "fresh" else list(dict.fromkeys(asked))
        before = cases if mix == "repeated" else [(question, ()) for question in (*WARM_UP, *QUESTIONS)]
        say(f"{mix}: {len(asked)} requests by {clients} clients")
        if url is not None:
            ask(settings, url, 0, before, clients)
            outcome = ask(settings, url, 0, asked, clients, rate)
            # Afterwards, so that the load meets questions that the service has not seen.
            alone = [told(sample, ask(settings, url, 0, sample, 1))]
            loads.append(summary(mix, clients, rate, asked, outcome, alone))
            continue
        with _folder(settings, reload) as own:
            alone = [_alone(own, sample)]
            with service(own) as (address, pid):
                ask(settings, address, pid, before, clients)
                rebuild = _Rebuild(own) if reload else None
                outcome = ask(settings, address, pid, asked, clients, rate, rebuild.start if rebuild else None)
                if rebuild:
                    rebuild.wait()
            if reload:
                alone.append(_alone(own, sample))
            loads.append(summary(mix, clients, rate, asked, outcome, alone))
    return ApiReport(Machine.here(), tuple(loads))


def fresh(cases: Sequence[Asked], count: int) -> list[Asked]:
    """`count` questions made from `cases`, all different, also once they are folded, and none of them among the cases.

    Each time round another place stands for those that are named, another year, another beginning and ending. Raises
    SettingsError where so many cannot be made.
    """
    seen = {_folded(case) for case in cases}
    made: list[Asked] = []
    rounds = len(_OPENINGS) * len(_ENDINGS) * len(PLACES)
    for turn in range(rounds):
        opening = _OPENINGS[turn % len(_OPENINGS)]
        ending = _ENDINGS[(turn // len(_OPENINGS) + turn) % len(_ENDINGS)]
        shift = turn // (len(_OPENINGS) * len(_ENDINGS)) + turn
        for question, history in cases:
            if len(made) == count:
                return made
            one = f"{opening}{_moved(question, shift)}{ending}", tuple(_moved(earlier, shift) for earlier in history)
            if (folded := _folded(one)) not in seen:
                seen.add(folded)
                made.append(one)
    if len(made) < count:
        raise SettingsError(f"no more than {len(made)} different questions can be made; ask for fewer with --requests")
    return made


def _folded(asked: Asked) -> Asked:
    """A question as the encoder gets it: the same in both scripts."""
    question, history = asked
    return normal(question), tuple(map(normal, history))


def _moved(question: str, shift: int) -> str:
    """The question with each place named in it replaced by the one `shift` places on, and each year by another."""
    moved = re.sub(
        "|".join(PLACES), lambda place: PLACES[(PLACES.index(place.group()) + shift) % len(PLACES)], question
    )
    return _YEAR.sub(lambda year: str(2023 + (int(year.group()) + shift) % 5), moved)


def told(asked: Sequence[Asked], outcome: Outcome) -> dict[Asked, str]:
    """The digest of the reply to each question."""
    return dict(zip(asked, outcome.digests, strict=True))


def summary(
    mix: str, clients: int, rate: float, asked: Sequence[Asked], outcome: Outcome, alone: Sequence[dict[Asked, str]]
) -> Load:
    """The figures of an outcome; a reply is right where it is what the question gets alone, in the corpus before or
    after a rebuild."""
    pairs = [(one, reply) for one, reply in zip(asked, outcome.digests, strict=True) if one in alone[0]]
    right = sum(bool(reply) and reply in {known[one] for known in alone} for one, reply in pairs)
    renewed = sum(reply == alone[-1][one] != alone[0][one] for one, reply in pairs) if len(alone) > 1 else None
    samples = outcome.samples
    seen = bool(samples) and samples[-1].bytes > 0
    return Load(
        mix=mix,
        requests=len(asked),
        clients=clients,
        rate=rate,
        seconds=outcome.seconds,
        p50_ms=percentile(outcome.milliseconds, 50),
        p95_ms=percentile(outcome.milliseconds, 95),
        p99_ms=percentile(outcome.milliseconds, 99),
        errors=sum(status != 200 for status in outcome.statuses),
        dropped=outcome.statuses.count(0),
        checked=len(pairs),
        different=len(pairs) - right,
        server_cpu_ms=(samples[-1].cpu_seconds - samples[0].cpu_seconds) / len(asked) * 1000 if seen else None,
        client_cpu_ms=outcome.client_cpu_seconds / len(asked) * 1000,
        memory=(samples[0].bytes, samples[len(samples) // 2].bytes, samples[-1].bytes) if seen else None,
        growth=1000 * slope(samples[len(samples) // 2 :]) if seen else None,
        renewed=renewed,
    )


def slope(samples: Sequence[Sample]) -> float:
    """Bytes of memory gained with each reply, by least squares; 0 of fewer than two samples."""
    if len(samples) < 2:
        return 0.0
    middle = sum(one.done for one in samples) / len(samples)
    usual = sum(one.bytes for one in samples) / len(samples)
    spread = sum((one.done - middle) ** 2 for one in samples)
    return sum((one.done - middle) * (one.bytes - usual) for one in samples) / spread


def ask(
    settings: Settings, url: str, pid: int, asked: Sequence[Asked], clients: int, rate: float = 0.0,
    partway: Callable[[], None] | None = None,
) -> Outcome:  # fmt: skip
    """What comes of asking all of `asked` at `url` by `clients` in a process of their own; `partway` is called after
    the share `RELOAD_AT` of the replies."""
    task = asdict(Task(url, pid, clients, asked, RELOAD_AT, rate))
    with subprocess.Popen(
        [*PYTHON, "eval.bench_clients"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(settings)
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps(task).encode())
        process.stdin.close()
        last = b""
        for last in process.stdout:
            if last == b"partway\n" and partway is not None:
                partway()
    if process.returncode:
        raise TiaowenError(f"bench: the clients of {url!r} ended with {process.returncode}; see what stands above")
    return Outcome.from_json(json.loads(last))


@contextmanager
def service(settings: Settings) -> Iterator[tuple[str, int]]:
    """The address and the process of a service over the data folder of `settings`, ended afterwards."""
    process = subprocess.Popen(
        [*PYTHON, "api.cli", "serve", "--port", "0"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment(settings),
    )  # fmt: skip
    assert process.stderr is not None
    heard = _Heard(process.stderr)
    try:
        yield heard.address(), process.pid
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        heard.close()


class _Heard:
    """What a service says on standard error: where it serves, and its last words."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._last: deque[str] = deque(maxlen=3)
        self._found = ""
        self._known = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        for line in self._stream:
            text = line.decode("utf-8", "replace").strip()
            self._last.append(text)
            if not self._found and (found := _SERVING.search(text)):
                self._found = found.group(1)
                self._known.set()
        self._known.set()  # it has ended

    def address(self) -> str:
        """Where it serves. Raises TiaowenError with its last words where it does not."""
        if not self._known.wait(_START) or not self._found:
            raise TiaowenError(f"bench: the service did not start: {' / '.join(self._last) or 'nothing was said'}")
        return self._found

    def close(self) -> None:
        self._thread.join()
        self._stream.close()


class _Rebuild:
    """A build of the corpus with one document more, in a process of its own, while the service answers."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        added = self._settings.home / "added.txt"
        added.write_text(_ADDED, encoding="utf-8")
        self._process = subprocess.Popen(
            [*PYTHON, "api.cli", "build", str(bundled()), str(added)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment(self._settings),
        )  # fmt: skip

    def wait(self) -> None:
        if self._process is not None and self._process.wait():
            raise TiaowenError("bench: the build under load failed; run `tiaowen build` to see why")


def _alone(settings: Settings, asked: Sequence[Asked]) -> dict[Asked, str]:
    """The digest of each reply of a service that nobody else asks."""
    with service(settings) as (address, _):
        return told(asked, ask(settings, address, 0, asked, 1))


@contextmanager
def _folder(settings: Settings, own: bool) -> Iterator[Settings]:
    """The data folder to serve: the one set, or one of the bench's own, which may be rebuilt."""
    if not own:
        yield settings
        return
    from assistant.building import build

    with tempfile.TemporaryDirectory(prefix="tiaowen-bench-") as place:
        home = Path(place)
        if settings.models.exists():
            (home / "models").symlink_to(settings.models.resolve(), target_is_directory=True)
        if settings.snapshot.exists():  # so that nothing is encoded twice
            shutil.copytree(settings.snapshot, home / "snapshot")
        changed = replace(settings, home=home)
        build(changed, ())
        yield changed
