"""How fast, how large and how right the search is, beside those a user would otherwise build, and as it grows.

`tiaowen bench retrieval` measures over the bundled documents and the policy questions, or over a corpus and queries
given by path. With `--clauses N` it measures Tiaowen alone over `N` clauses made from the bundled documents
(`eval.generated`). Every system is measured in a process of its own, after imports and models are loaded; every
question is asked once.

    python -m eval.bench_retrieval SPEC HOME      one system, in the process it is measured in; JSON in and out
"""

from __future__ import annotations

import json
import random
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import mean as average
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from assistant.settings import Settings
from corpus.document import Document
from corpus.normalize import normal
from eval.bench import bytes_of, peak_bytes, percentile, run_module
from eval.measures import reciprocal_rank
from eval.thirdparty import Passages, read_jsonl

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from eval.cases import Case
    from indexing.embedding import Encoder

SYSTEMS: Final = {
    "tiaowen": "Tiaowen",
    "tiaowen-reranked": "Tiaowen + reranker",
    "llama": "LlamaIndex VectorStoreIndex",
    "llama-fused": "LlamaIndex vectors + BM25, fused",
    "flat": "sentence-transformers + FAISS flat",
}
_OWN: Final = ("tiaowen", "tiaowen-reranked")
ENCODED: Final = 2_000
"""Generated passages that are really encoded; the others take a vector near that of one of their pattern."""

_VARIED: Final = re.compile(r"[\d\s]|[\u4e00-\u9fff]{1,4}?(?:省|市|区|县|旗|州|盟)")
"""What variants of one text differ in: figures, and what may be a place."""

_ENDING: Final = 16  # characters

_WARM_UP: Final = ("托育机构备案由谁负责", "普惠托位补助标准", "2025年千人口托位数目标")
_DEPTH: Final = 10
_COMPARED: Final = 100  # questions whose nearest vectors are also found by comparing all


@dataclass(frozen=True, slots=True)
class Found:
    """One system measured. `build_seconds` are from texts in memory to a search that is ready (Tiaowen: to files on
    disk); `peak_bytes` is the most that the process held; `resident_bytes` what it holds after the questions."""

    system: str
    texts: int
    build_seconds: float
    p50_ms: float
    p95_ms: float
    peak_bytes: int
    recall_at_1: float
    recall_at_5: float
    mrr: float
    questions: int

    @property
    def per_second(self) -> float:
        """Texts indexed in a second."""
        return self.texts / self.build_seconds


@dataclass(frozen=True, slots=True)
class Grown:
    """Tiaowen over generated clauses. Seconds by stage of the build; `neighbours` is the share of the ten nearest
    vectors that the index finds of those that a comparison of all finds (1 where it compares all)."""

    clauses: int
    documents: int
    passages: int
    encoded: int
    build_seconds: dict[str, float]
    disk_bytes: int
    open_seconds: float
    resident_bytes: int
    search_p50_ms: float
    search_p95_ms: float
    ask_p50_ms: float
    ask_p95_ms: float
    neighbours: float
    recall_at_1: float
    recall_at_5: float
    mrr: float
    questions: int


def compare(
    settings: Settings, corpus: Path | None, queries: Path | None, limit: int | None, say: Callable[[str], None]
) -> list[Found]:
    """Every system over the bundled documents, or over `corpus` and `queries`; the first `limit` questions. Tiaowen's
    search is measured without a reranker, and once more with it where the settings name one."""
    found: list[Found] = []
    with tempfile.TemporaryDirectory(prefix="tiaowen-bench-") as folder:
        own = replace(settings, home=Path(folder))
        (Path(folder) / "models").symlink_to(_models(settings), target_is_directory=True)
        for system, name in SYSTEMS.items():
            if system == "tiaowen-reranked" and settings.reranker is None:
                continue
            say(f"measuring {name}")
            spec = {"system": system, "corpus": corpus and str(corpus.resolve()), "queries": queries and str(queries.resolve()), "limit": limit}
            shutil.rmtree(own.snapshot, ignore_errors=True)  # no vectors are taken from the one measured before
            chosen = own if system == "tiaowen-reranked" else replace(own, reranker=None)
            found.append(Found(**run_module("eval.bench_retrieval", json.dumps(spec), chosen)))
    return found


def grow(settings: Settings, clauses: int, encoded: int, say: Callable[[str], None]) -> Grown:
    """Tiaowen over at least `clauses` clauses of which `encoded` passages are really encoded."""
    with tempfile.TemporaryDirectory(prefix="tiaowen-bench-") as folder:
        own = replace(settings, home=Path(folder))
        (Path(folder) / "models").symlink_to(_models(settings), target_is_directory=True)
        say(f"building over {clauses:,} generated clauses")
        built = run_module("eval.bench_retrieval", json.dumps({"build": clauses, "encoded": encoded}), own)
        say("asking")
        asked = run_module("eval.bench_retrieval", json.dumps({"ask": True}), own)
        return Grown(**built, **asked, disk_bytes=bytes_of(own.snapshot))


def _models(settings: Settings) -> Path:
    """The folder of the models, prepared where the bundled one is used and not there yet."""
    from indexing.embedding import prepare_bundled

    if settings.encoder is None:
        prepare_bundled(settings.models)
    settings.models.mkdir(parents=True, exist_ok=True)
    return settings.models.resolve()


# ---- what is printed ----------------------------------------------------------------------------------------


def compared_lines(found: Sequence[Found]) -> Iterator[str]:
    """A table of the systems, times also as ratios to Tiaowen's."""
    own = found[0]
    yield f"{'':<36}{'build/s':>9}{'ratio':>7}{'p50 ms':>8}{'p95 ms':>8}{'ratio':>7}{'peak MiB':>10}{'R@1':>7}{'R@5':>7}{'MRR':>7}"
    for one in found:
        yield (
            f"{one.system:<36}{one.per_second:>9.1f}{own.per_second / one.per_second:>7.1f}{one.p50_ms:>8.1f}{one.p95_ms:>8.1f}"
            f"{one.p50_ms / own.p50_ms:>7.1f}{one.peak_bytes / 2**20:>10.0f}{one.recall_at_1:>7.3f}{one.recall_at_5:>7.3f}{one.mrr:>7.3f}"
        )
    yield f"{own.texts} texts, {own.questions} questions; ratio: how many times as fast Tiaowen is"


def grown_lines(one: Grown) -> Iterator[str]:
    """The figures of one size, one a line."""
    yield f"generated        {one.clauses:,} clauses in {one.documents:,} documents, {one.passages:,} passages ({one.encoded:,} encoded)"
    yield "build            " + ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in one.build_seconds.items())
    yield f"on disk          {one.disk_bytes / 2**20:,.0f} MiB"
    yield f"open             {one.open_seconds:.2f} s, then resident {one.resident_bytes / 2**20:,.0f} MiB"
    yield f"search, warm     p50 {one.search_p50_ms:.1f} ms, p95 {one.search_p95_ms:.1f} ms ({one.questions} questions that name a place)"
    yield f"answer, warm     p50 {one.ask_p50_ms:.1f} ms, p95 {one.ask_p95_ms:.1f} ms"
    yield f"right            R@1 {one.recall_at_1:.3f}, R@5 {one.recall_at_5:.3f}, MRR {one.mrr:.3f}; vectors {one.neighbours:.3f} of the ten nearest"


# ---- one system, in its process -----------------------------------------------------------------------------


def _measured(spec: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    if spec["corpus"]:
        return _passages_measured(spec, settings, read_jsonl(Path(spec["corpus"]), Path(spec["queries"])))
    return _policies_measured(spec, settings)


def _policies_measured(spec: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """Over the bundled documents: clauses found, for a chunk those that it holds."""
    from corpus.load import bundled, load
    from eval.peers import by_text, clauses_in

    documents, _ = load([bundled()])
    clauses = [clause for document in documents for clause in document.clauses]
    cases = _policy_cases(spec["limit"])
    if spec["system"] in _OWN:
        from assistant.assistant import Assistant
        from assistant.building import write_snapshot

        encoder = _encoder(settings)
        started = time.perf_counter()
        settings.home.mkdir(parents=True, exist_ok=True)
        write_snapshot(settings, documents, encoder, {})
        seconds = time.perf_counter() - started
        assistant = Assistant.open(settings)
        for question in _WARM_UP:
            assistant.search(question, _DEPTH)
        found, times = _asked(cases, lambda case: assistant.search(case.question, _DEPTH, case.history))
        ranked = [[hit.clause.clause_id for hit in hits] for hits in found]
    else:
        texts = {d.document_id: d.source for d in documents}
        if spec["system"] == "flat":
            texts = {clause.clause_id: clause.text for clause in clauses}
        seconds, peer = _peer(spec["system"], texts, settings)
        found, times = _asked(cases, lambda case: peer.find(case.question))
        known = by_text(clauses)
        ranked = [
            [hit.text_id for hit in hits] if spec["system"] == "flat"
            else list(dict.fromkeys(i for hit in hits for i in clauses_in(case.question, hit.words, known)))
            for case, hits in zip(cases, found, strict=True)
        ]  # fmt: skip
    return _summed(spec["system"], len(clauses), seconds, times, ranked, [case.gold for case in cases])


def _passages_measured(spec: Mapping[str, Any], settings: Settings, passages: Passages) -> dict[str, Any]:
    """Over passages of somebody else's corpus."""
    questions = passages.questions[: spec["limit"]]
    if spec["system"] in _OWN:
        from assistant.assistant import ranking_of
        from assistant.question import understand
        from assistant.ranking import RERANKED
        from eval.thirdparty import best_passages, index

        encoder = _encoder(settings)
        started = time.perf_counter()
        searched = index(passages, encoder)
        seconds = time.perf_counter() - started
        ranking = ranking_of(settings)

        def best(text: str) -> list[str]:
            question = understand(text)
            if ranking is None:
                return best_passages(searched, question, _DEPTH)
            found = best_passages(searched, question, RERANKED)
            return ranking.order(question.normal, found, lambda one: normal(passages.texts[one]))[:_DEPTH]

        for question in _WARM_UP:
            best(question)
        ranked, times = _asked(questions, lambda asked: best(asked.question))
    else:
        seconds, peer = _peer(spec["system"], passages.texts, settings)
        found, times = _asked(questions, lambda asked: peer.find(asked.question))
        ranked = [list(dict.fromkeys(hit.text_id for hit in hits)) for hits in found]
    return _summed(spec["system"], len(passages.texts), seconds, times, ranked, [asked.positive for asked in questions])


def _peer(system: str, texts: Mapping[str, str], settings: Settings) -> tuple[float, Any]:
    """Seconds to build, and the peer, warmed up; its model is the same one in torch at full precision."""
    from eval.search_peers import FlatSearch, LlamaSearch
    from indexing.embedding import bundled_folder, open_encoder

    name = settings.encoder or str(bundled_folder(settings.models))
    encoder = open_encoder(name, settings.models, threads=settings.threads)
    encoder.encode_queries(_WARM_UP)
    started = time.perf_counter()
    peer = FlatSearch(texts, encoder) if system == "flat" else LlamaSearch(texts, encoder, fused=system == "llama-fused")
    seconds = time.perf_counter() - started
    for question in _WARM_UP:
        peer.find(question)
    return seconds, peer


def _encoder(settings: Settings) -> Encoder:
    from indexing.embedding import open_encoder

    encoder = open_encoder(settings.encoder, settings.models, threads=settings.threads)
    encoder.encode_queries(_WARM_UP)
    return encoder


def _policy_cases(limit: int | None) -> list[Case]:
    from eval.cases import bundled_cases, load_cases

    return [case for case in load_cases(bundled_cases()) if case.gold and not case.history][:limit]


def _asked(questions: Sequence[Any], find: Callable[[Any], Any]) -> tuple[list[Any], list[float]]:
    """What each question finds, and its milliseconds."""
    found, times = [], []
    for question in questions:
        started = time.perf_counter()
        found.append(find(question))
        times.append((time.perf_counter() - started) * 1000)
    return found, times


def _summed(
    system: str, texts: int, seconds: float, times: Sequence[float], ranked: Sequence[Sequence[str]],
    gold: Sequence[Sequence[str]],
) -> dict[str, Any]:  # fmt: skip
    return asdict(
        Found(
            SYSTEMS[system], texts, seconds, percentile(times, 50), percentile(times, 95), peak_bytes(), *_rightness(ranked, gold),
            len(times),
        )
    )  # fmt: skip


def _rightness(ranked: Sequence[Sequence[str]], gold: Sequence[Sequence[str]]) -> tuple[float, float, float]:
    """How often a right text comes first, and among the first five; the mean reciprocal rank of the first right one."""
    ranks = [reciprocal_rank(found, wanted) for found, wanted in zip(ranked, gold, strict=True)]
    return average(float(rank == 1) for rank in ranks), average(float(rank >= 1 / 5) for rank in ranks), average(ranks)


# ---- growing ------------------------------------------------------------------------------------------------


class PatternEncoder:
    """An encoder for generated passages: the first `most` are encoded, a few of each pattern; all others get the vector
    of one of their pattern, or of one that ends alike, or of any, moved as far as two of a pattern lie apart.
    Encoding a million passages is a matter of hours and tells nothing of searching among them."""

    _VARIANTS: Final = 16

    def __init__(self, encoder: Encoder, most: int, seed: int = 1) -> None:
        self.name, self.dimension = encoder.name, encoder.dimension
        self.encoded = 0
        self._encoder = encoder
        self._most = most
        self._chance = random.Random(seed)  # noqa: S311
        self._seed = seed
        self._known: dict[str, list[NDArray[np.float32]]] = {}
        self._alike: dict[str, list[NDArray[np.float32]]] = {}

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """What the encoder gives."""
        return self._encoder.encode_queries(texts)

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> NDArray[np.float32]:
        """Float32 `(len(texts), dimension)`, rows of length 1."""
        import numpy as np

        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        patterns = [_VARIED.sub("", text)[-60:] for text in texts]
        real: list[int] = []
        for at, pattern in enumerate(patterns):
            if self.encoded >= self._most:
                break
            held = self._known.setdefault(pattern, [])
            if len(held) < self._VARIANTS:
                held.append(np.empty(0, dtype=np.float32))  # filled below
                self._alike.setdefault(pattern[-_ENDING:], held)
                self.encoded += 1
                real.append(at)
        vectors[real] = self._encoder.encode_passages([texts[at] for at in real], progress)
        for at in real:
            held = self._known[patterns[at]]
            held[next(i for i, vector in enumerate(held) if not len(vector))] = vectors[at]
        apart = self._apart()
        moved = sorted(set(range(len(texts))) - set(real))
        rng = np.random.default_rng((self._seed, self.encoded))
        for first in range(0, len(moved), 4096):
            part = moved[first : first + 4096]
            base = np.stack([self._chance.choice(self._like(patterns[at])) for at in part])
            noise = rng.standard_normal(base.shape, dtype=np.float32)
            noise *= apart / np.linalg.norm(noise, axis=1, keepdims=True)
            shifted = base + noise
            vectors[part] = shifted / np.linalg.norm(shifted, axis=1, keepdims=True)
        return vectors

    def _like(self, pattern: str) -> list[NDArray[np.float32]]:
        """Vectors of the pattern, or of one with the same ending, or of any."""
        held = self._known.get(pattern) or self._alike.get(pattern[-_ENDING:])
        return held if held is not None else self._chance.choice(list(self._alike.values()))

    def _apart(self) -> float:
        """The median distance between two passages of one pattern."""
        import numpy as np

        pairs = [(held[0], held[1]) for held in self._known.values() if len(held) > 1]
        return median(float(np.linalg.norm(one - other)) for one, other in pairs) if pairs else 0.0


def _built(spec: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    from assistant.building import write_snapshot
    from corpus.load import bundled, load
    from eval.generated import generated

    encoder = PatternEncoder(_encoder(settings), spec["encoded"])
    seconds: dict[str, float] = {}
    documents: Iterator[Document] = generated(load([bundled()])[0], spec["build"])
    report = write_snapshot(settings, documents, encoder, seconds)
    return {
        "clauses": report.clauses, "documents": report.documents, "passages": report.segments, "encoded": encoder.encoded,
        "build_seconds": seconds,
    }  # fmt: skip


def _grown(settings: Settings) -> dict[str, Any]:
    from assistant.assistant import Assistant
    from assistant.question import understand

    started = time.perf_counter()
    assistant = Assistant.open(settings)
    opened = time.perf_counter() - started
    for question in _WARM_UP:
        assistant.ask(question)
    cases = [case for case in _policy_cases(None) if understand(case.question).places]
    found, times = _asked(cases, lambda case: assistant.search(case.question, _DEPTH))
    _, asking = _asked(cases, lambda case: assistant.ask(f"请问{case.question}"))  # another question, so that none is cached
    resident = _resident()
    recall_1, recall_5, mrr = _rightness([[hit.clause.clause_id for hit in hits] for hits in found], [c.gold for c in cases])
    return {
        "open_seconds": opened, "resident_bytes": resident, "search_p50_ms": percentile(times, 50),
        "search_p95_ms": percentile(times, 95), "ask_p50_ms": percentile(asking, 50), "ask_p95_ms": percentile(asking, 95),
        "neighbours": _neighbours(settings, [case.question for case in cases[:_COMPARED]]), "recall_at_1": recall_1,
        "recall_at_5": recall_5, "mrr": mrr, "questions": len(cases),
    }  # fmt: skip


def _neighbours(settings: Settings, questions: Sequence[str]) -> float:
    """The share of the ten nearest vectors that the index finds."""
    import numpy as np

    from indexing.dense import DenseIndex

    vectors = np.load(settings.snapshot / "vectors.npy", mmap_mode="r")
    asked = _encoder(settings).encode_queries(list(questions))
    index = DenseIndex.open(settings.snapshot / "dense.faiss", vectors.shape[1])
    best = np.full((len(asked), _DEPTH), -np.inf, dtype=np.float32)
    for first in range(0, len(vectors), 50_000):
        similar = np.concatenate([best, asked @ np.asarray(vectors[first : first + 50_000]).T], axis=1)
        best = -np.sort(-similar, axis=1)[:, :_DEPTH]
    positions = index.search(asked, 10 * _DEPTH)[1]
    found = np.sum(asked[:, None] * np.asarray(vectors[np.maximum(positions, 0)]), axis=2)
    found[positions < 0] = -np.inf
    return float(np.mean(np.sum(found >= best[:, -1:] - 1e-6, axis=1).clip(max=_DEPTH) / _DEPTH))


def _resident() -> int:
    """Bytes that the process holds now, mapped files that were touched among them; the peak where it is not told."""
    try:
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return peak_bytes()


def main(arguments: Sequence[str]) -> int:
    """Measures what the spec names in this process and prints it as JSON."""
    spec, settings = json.loads(arguments[0]), Settings.from_environment(Path(arguments[1]))
    if "build" in spec:
        said = _built(spec, settings)
    else:
        said = _grown(settings) if "ask" in spec else _measured(spec, settings)
    sys.stdout.write(json.dumps(said) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
