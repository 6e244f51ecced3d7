"""How fast and how large Tiaowen is on the machine it runs on.

Everything happens in a data folder of its own, thrown away at the end, and every figure is taken in a process
of its own: this one only starts them, so that what it holds in memory counts for none of them. Within a
process no question is asked twice, so no cache answers for the assistant.

    python -m eval.bench STEP HOME      one step, in the process it is measured in; one JSON object is printed
"""

from __future__ import annotations

import json
import math
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any, Final

from assistant.settings import Settings
from corpus.errors import SettingsError, TiaowenError

COLD_QUESTION: Final = "渝北区新开一家普惠托育机构，每个托位能补多少钱？最高多少？由谁牵头？"
WARM_UP: Final = ("广州市托育机构的备案由谁负责？", "江苏省2025年普惠托育机构覆盖率要达到多少？", "大洼区怎样支持用人单位办托？")
QUESTIONS: Final = (
    "渝北区开园奖补每家最多多少钱？",
    "在渝北新开一家普惠托育园，按托位能补多少？最多拿多少？",
    "渝北乳儿班一个孩子一年运营补贴多少钱",
    "渝北区“家门口”托育服务由谁牵头？",
    "我们公司想给员工办个托育点，渝北这边牵头的是谁？",
    "到2025年渝北每千人口要有几个托位？",
    "拿渝北的开园补助要满足啥条件？",
    "大興區2025年普惠托位占比要達到多少？",
    "大兴区的托育税费优惠由哪些单位落实？",
    "大兴方案的保障措施有哪几条？",
    "江蘇省2025年托育從業人員要達到多少人",
    "江苏规划里“一縣區一示範”怎么理解？",
    "广州2024年全市托位总量目标是多少？",
    "天河区2025年规划多少个托位",
    "越秀区和荔湾区2025年规划托位谁多？",
    "广州的托育园水电气按居民价收费有什么前提？",
    "广州落实托育机构登记备案，责任单位都有哪些？",
    "大洼区落实产休假政策那一条，牵头单位是哪家？",
    "田家街道2024年的千人口托位数任务是多少？",
    "大洼托育机构选址有什么忌讳？",
    "渝北和广州2025年千人口托位数目标，哪边更高？",
    "到2025年千人口托位数目标是多少？",
    "深圳市托育补贴多少钱",
    "渝北区2030年千人口托位数目标是多少？",
)
"""Lead bureaux, subsidies, targets, table cells, conditions, comparisons, and what the corpus does not hold."""

_LIBRARIES: Final = ("numpy", "onnxruntime", "faiss-cpu", "bm25s", "jieba", "torch", "sentence-transformers")
_MEBIBYTE: Final = 1024 * 1024
PYTHON: Final = (sys.executable, "-P", "-m")
"""Starts a module of ours; -P keeps a folder called `api` or `eval` in the current folder from standing in for it."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What the figures were taken on."""

    processor: str
    cores: int
    memory_bytes: int
    system: str
    python: str
    libraries: dict[str, str]

    @classmethod
    def here(cls) -> Machine:
        """This machine; `cores` are those that this process may use."""
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        return cls(_processor(), cores, memory, platform.platform(), platform.python_version(), _libraries())


@dataclass(frozen=True, slots=True)
class BenchReport:
    """The figures of one bench; seconds are of whole processes, imports included, unless the name says `warm`.

    `model_seconds` is the preparation of the bundled model, once on every machine, and not part of
    `build_seconds`; None where another encoder is set. Warm times are of `samples` different questions each
    asked once in a process that had answered a few others before.
    """

    machine: Machine
    encoder: str
    documents: int
    clauses: int
    model_seconds: float | None
    build_seconds: float
    index_bytes: int
    model_bytes: int
    help_seconds: float
    cold_ask_seconds: float
    open_seconds: float
    warm_p50_ms: float
    warm_p95_ms: float
    samples: int
    peak_model_bytes: int | None
    peak_build_bytes: int
    peak_ask_bytes: int

    @property
    def clauses_per_second(self) -> float:
        """Clauses read, encoded and indexed in a second of the build."""
        return self.clauses / self.build_seconds

    def to_json(self) -> dict[str, Any]:
        """All figures by name."""
        return {**asdict(self), "clauses_per_second": self.clauses_per_second}

    def lines(self) -> Iterator[str]:
        """The figures for a person, one a line."""
        machine = self.machine
        yield f"machine          {machine.processor}, {machine.cores} cores, {_mebibytes(machine.memory_bytes)}"
        yield f"system           {machine.system}, Python {machine.python}"
        yield f"libraries        {', '.join(f'{name} {number}' for name, number in machine.libraries.items())}"
        yield f"encoder          {self.encoder}"
        if self.model_seconds is not None and self.peak_model_bytes is not None:
            yield f"model, once      {self.model_seconds:.1f} s, peak {_mebibytes(self.peak_model_bytes)}"
        yield (
            f"build            {self.build_seconds:.1f} s for {self.documents} documents, {self.clauses} clauses "
            f"({self.clauses_per_second:.1f} a second), peak {_mebibytes(self.peak_build_bytes)}"
        )
        yield f"on disk          index {_mebibytes(self.index_bytes)}, model {_mebibytes(self.model_bytes)}"
        yield f"tiaowen --help   {self.help_seconds:.2f} s"
        yield f"tiaowen ask      {self.cold_ask_seconds:.2f} s cold"
        yield f"open             {self.open_seconds:.2f} s, then peak {_mebibytes(self.peak_ask_bytes)}"
        yield (
            f"question, warm   p50 {self.warm_p50_ms:.1f} ms, p95 {self.warm_p95_ms:.1f} ms "
            f"({self.samples} questions)"
        )


def measure(settings: Settings, *, runs: int, say: Callable[[str], None]) -> BenchReport:
    """The figures of this machine with the encoder and threads of `settings`, whose data folder is not touched.

    Each figure that varies is the median of `runs` processes. `say` gets a line before each step.
    """
    with tempfile.TemporaryDirectory(prefix="tiaowen-bench-") as folder:
        own = replace(settings, home=Path(folder))
        model: dict[str, Any] = {}
        if own.encoder is None:
            say("preparing the bundled model (once on every machine)")
            model = _step("model", own)
        say("building the index over the bundled documents")
        built = _step("build", own)
        say(f"starting the command line, {runs} times each")
        command = [*PYTHON, "api.cli"]
        help_seconds = median(_seconds([*command, "--help"], own) for _ in range(runs))
        cold = median(_seconds([*command, "ask", COLD_QUESTION], own) for _ in range(runs))
        say(f"asking {len(QUESTIONS)} questions in one process, {runs} times")
        asked = [_step("ask", own) for _ in range(runs)]
        milliseconds = [sample for one in asked for sample in one["milliseconds"]]
        return BenchReport(
            machine=Machine.here(),
            encoder=built["encoder"],
            documents=built["documents"],
            clauses=built["clauses"],
            model_seconds=model.get("wall_seconds"),
            build_seconds=built["wall_seconds"],
            index_bytes=bytes_of(own.snapshot),
            model_bytes=bytes_of(own.models),
            help_seconds=help_seconds,
            cold_ask_seconds=cold,
            open_seconds=median(one["open_seconds"] for one in asked),
            warm_p50_ms=percentile(milliseconds, 50),
            warm_p95_ms=percentile(milliseconds, 95),
            samples=len(milliseconds),
            peak_model_bytes=model.get("peak_bytes"),
            peak_build_bytes=built["peak_bytes"],
            peak_ask_bytes=max(one["peak_bytes"] for one in asked),
        )


def percentile(samples: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile: the smallest sample that at least `percent` of them do not exceed."""
    if not samples:
        raise ValueError("a percentile of no samples")
    return sorted(samples)[max(0, math.ceil(len(samples) * percent / 100) - 1)]


def _step(name: str, settings: Settings) -> dict[str, Any]:
    """What the step `name` says of itself, run in a process of its own, and the seconds of that process."""
    started = time.perf_counter()
    said = run_module("eval.bench", name, settings)
    return {**said, "wall_seconds": time.perf_counter() - started}


def run_module(module: str, argument: str, settings: Settings) -> dict[str, Any]:
    """The JSON object that a module of ours prints last, run in a process of its own with `argument` and the data
    folder of `settings`. Raises TiaowenError with its last words where it fails."""
    done = _run([*PYTHON, module, argument, str(settings.home)], settings)
    said: dict[str, Any] = json.loads(done.stdout.decode("utf-8").splitlines()[-1])
    return said


def _seconds(command: Sequence[str], settings: Settings) -> float:
    """The seconds that `command` takes from its start to its end."""
    started = time.perf_counter()
    _run(command, settings)
    return time.perf_counter() - started


def _run(command: Sequence[str], settings: Settings) -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run(command, capture_output=True, env=environment(settings), check=False)
    if done.returncode:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["nothing was said"]
        raise TiaowenError(f"bench: {' '.join(command[3:5])!r} ended with {done.returncode}: {last[0]}")
    return done


def environment(settings: Settings) -> dict[str, str]:
    """The environment of a process of ours that works with `settings`."""
    packages = [str(Path(__file__).parent.parent), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, packages)),
        "TIAOWEN_HOME": str(settings.home),
        "TIAOWEN_ENCODER": settings.encoder or "",
        "TIAOWEN_THREADS": str(settings.threads),
        "TIAOWEN_RERANKER": settings.reranker or "",
    }


def _model_step(settings: Settings) -> dict[str, Any]:
    from indexing.embedding import prepare_bundled

    prepare_bundled(settings.models)
    return {}


def _build_step(settings: Settings) -> dict[str, Any]:
    from assistant.building import build
    from indexing.store import Manifest

    report = build(settings, (), progress=None)
    encoder = Manifest.open(settings.snapshot).encoder
    return {"documents": report.documents, "clauses": report.clauses, "encoder": encoder}


def _ask_step(settings: Settings) -> dict[str, Any]:
    started = time.perf_counter()
    from assistant.assistant import Assistant

    assistant = Assistant.open(settings)
    opened = time.perf_counter() - started
    for question in WARM_UP:
        assistant.ask(question)
    milliseconds = []
    for question in QUESTIONS:
        started = time.perf_counter()
        assistant.ask(question).to_json()
        milliseconds.append((time.perf_counter() - started) * 1000)
    assistant.close()
    return {"open_seconds": opened, "milliseconds": milliseconds}


_STEPS: Final[dict[str, Callable[[Settings], dict[str, Any]]]] = {
    "model": _model_step,
    "build": _build_step,
    "ask": _ask_step,
}


def main(arguments: Sequence[str]) -> int:
    """Runs one step in this process and prints what it says, with the most memory the process ever held."""
    if len(arguments) != 2 or arguments[0] not in _STEPS:
        raise SettingsError(f"usage: python -m eval.bench {'|'.join(_STEPS)} HOME")
    said = _STEPS[arguments[0]](Settings.from_environment(Path(arguments[1])))
    sys.stdout.write(json.dumps({**said, "peak_bytes": peak_bytes()}) + "\n")
    return 0


def peak_bytes() -> int:
    """The most memory this process ever held; Linux counts in KiB, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def bytes_of(folder: Path) -> int:
    """What the files below a folder hold together."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _mebibytes(number: int) -> str:
    return f"{number / _MEBIBYTE:.1f} MiB"


def _processor() -> str:
    """The model of the processor as the system names it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def _libraries() -> dict[str, str]:
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
