"""Building the snapshot: documents, segments, vectors, indexes, manifest, then one swap into place."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.settings import Settings
from corpus.document import Document
from corpus.errors import SnapshotBusyError, SnapshotError, SourceError
from corpus.load import Failure, bundled, load
from indexing.segments import Segment, segments
from indexing.store import FORMAT, Manifest, Store, library_versions, write

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from indexing.embedding import Encoder

Progress = Callable[[str, int, int], None]  # stage, done, total


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build made: counts, files that failed with the reason, seconds a stage."""

    documents: int
    clauses: int
    segments: int
    failures: tuple[Failure, ...]
    warnings: tuple[tuple[str, str], ...]  # (source file, warning)
    seconds: dict[str, float] = field(default_factory=dict)


def build(settings: Settings, paths: Sequence[Path] = (), *, progress: Progress | None = None) -> BuildReport:
    """Build the index over the files and folders `paths`, or over the bundled documents.

    What stood in the data folder before is replaced only when everything new is on disk. Raises SourceError
    where not one document could be read, SnapshotBusyError while another build runs.
    """
    started = time.perf_counter()
    with _lock(settings.home):
        documents, failures = load(list(paths) or [bundled()])
        read = time.perf_counter() - started
        if not documents:
            reasons = "; ".join(failure.reason for failure in failures[:3]) or "the folders hold no files"
            raise SourceError(f"nothing to build: {reasons}")
        report = _write_snapshot(settings, documents, progress)
    return BuildReport(
        len(documents), sum(len(d.clauses) for d in documents), int(report["segments_count"]),
        tuple(failures), tuple((d.source_file, w) for d in documents for w in d.warnings),
        {"read": read, **{k: v for k, v in report.items() if k != "segments_count"}, "total": time.perf_counter() - started},
    )  # fmt: skip


def remove(settings: Settings, document_id: str, *, progress: Progress | None = None) -> None:
    """Take one document out of the index; nothing else is encoded again.

    Raises DocumentNotFoundError, or SnapshotError where it is the last one.
    """
    from dataclasses import replace

    with _lock(settings.home):
        Manifest.open(settings.snapshot)
        store = Store(settings.snapshot / "corpus.sqlite")
        store.document(document_id)
        kept = [
            replace(document, clauses=tuple(store.clauses(document.document_id)))
            for document in store.documents().values()
            if document.document_id != document_id
        ]
        store.close()
        if not kept:
            raise SnapshotError(f"{document_id!r} is the only document; build over other files instead")
        _write_snapshot(settings, kept, progress)


def corpus_digest(documents: Sequence[Document]) -> str:
    """SHA-256 over the ids and byte digests of the documents, in order."""
    whole = hashlib.sha256()
    for document in documents:
        whole.update(f"{document.document_id}\0{document.digest}\n".encode())
    return whole.hexdigest()


@contextmanager
def _lock(home: Path) -> Iterator[None]:
    """Hold the data folder for one build."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        handle = (home / "build.lock").open("w", encoding="ascii")
    except OSError as error:
        raise SnapshotError(
            f"the data folder {str(home)!r} cannot be written ({error.strerror}); name another with --home"
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        raise SnapshotBusyError(f"another build is writing to {str(home)!r}; wait for it to end") from None
    try:
        _recover(home)
        yield
    finally:
        handle.close()


def _recover(home: Path) -> None:
    """Clear what a killed build left; put the old snapshot back where it died between the two renames."""
    for left in sorted(home.glob("building-*")):
        if left.name.endswith("-old") and not (home / "snapshot").exists():
            left.replace(home / "snapshot")
        else:
            shutil.rmtree(left, ignore_errors=True)


def _write_snapshot(
    settings: Settings, documents: Sequence[Document], progress: Progress | None
) -> dict[str, float]:
    from indexing.dense import DenseIndex
    from indexing.embedding import open_encoder
    from indexing.lexical import LexicalIndex, WordCutter, corpus_words

    seconds: dict[str, float] = {}
    clock = time.perf_counter()

    def lap(stage: str) -> None:
        nonlocal clock
        seconds[stage] = time.perf_counter() - clock
        clock = time.perf_counter()

    passages = list(segments(documents))
    encoder = open_encoder(settings.encoder, settings.models, threads=settings.threads)
    lap("prepare")
    folder = Path(tempfile.mkdtemp(prefix="building-", dir=settings.home))
    folder.chmod(0o755)  # mkdtemp keeps others out; a data folder may be shared
    try:
        write(folder / "corpus.sqlite", documents, passages)
        lap("store")
        vectors = _vectors(settings, encoder, passages, progress)
        _save_vectors(folder / "vectors.npy", vectors)
        DenseIndex.from_vectors(vectors).save(folder / "dense.faiss")
        lap("encode")
        LexicalIndex.from_texts([f"{p.text}\n{p.also}" if p.also else p.text for p in passages], WordCutter(corpus_words(documents))).save(
            folder / "lexical"
        )
        lap("words")
        Manifest(
            FORMAT, encoder.name, encoder.dimension, corpus_digest(documents), len(documents),
            sum(len(d.clauses) for d in documents), len(passages), library_versions(),
        ).save(folder)  # fmt: skip
        _swap(folder, settings.snapshot)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    lap("swap")
    seconds["segments_count"] = float(len(passages))
    return seconds


def _vectors(
    settings: Settings, encoder: Encoder, passages: Sequence[Segment], progress: Progress | None
) -> NDArray[np.float32]:
    """One vector a passage; those of unchanged passages are taken from the snapshot that stands."""
    import numpy as np

    old = _old_vectors(settings, encoder)
    vectors = np.empty((len(passages), encoder.dimension), dtype=np.float32)
    todo: list[int] = []
    for position, passage in enumerate(passages):
        known = old.get(passage.digest)
        if known is None:
            todo.append(position)
        else:
            vectors[position] = known
    done = len(passages) - len(todo)
    if progress is not None:
        progress("encode", done, len(passages))

    def step(count: int) -> None:
        nonlocal done
        done += count
        if progress is not None:
            progress("encode", done, len(passages))

    if todo:
        vectors[todo] = encoder.encode_passages([passages[i].text for i in todo], step)
    return vectors


def _old_vectors(settings: Settings, encoder: Encoder) -> dict[str, NDArray[np.float32]]:
    """Vectors by text digest, out of a snapshot that the same encoder made; empty where there is none."""
    import numpy as np

    try:
        manifest = Manifest.open(settings.snapshot)
        if manifest.encoder != encoder.name or manifest.dimension != encoder.dimension:
            return {}
        store = Store(settings.snapshot / "corpus.sqlite")
        digests = store.segment_digests()
        store.close()
        vectors = np.load(settings.snapshot / "vectors.npy", mmap_mode="r")
    except (SnapshotError, OSError, ValueError):
        return {}
    if len(digests) != len(vectors):
        return {}
    return dict(zip(digests, vectors, strict=True))


def _save_vectors(path: Path, vectors: NDArray[np.float32]) -> None:
    import numpy as np

    np.save(path, vectors)


def _swap(folder: Path, snapshot: Path) -> None:
    """Put `folder` where `snapshot` stands. A reader that has the old one open keeps it."""
    old = folder.with_name(folder.name + "-old")
    if snapshot.exists():
        snapshot.replace(old)
    try:
        folder.replace(snapshot)
    except OSError:
        if old.exists():
            old.replace(snapshot)
        raise
    shutil.rmtree(old, ignore_errors=True)
