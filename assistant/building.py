"""Building the snapshot: documents, segments, vectors, indexes, manifest, then one swap into place."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.settings import Settings
from corpus.document import Document
from corpus.errors import (
    DocumentExistsError,
    DocumentNotFoundError,
    SnapshotBusyError,
    SnapshotError,
    SnapshotMissingError,
    SourceError,
)
from corpus.load import Failure, bundled, load
from indexing.segments import Segment, segments
from indexing.store import FORMAT, Manifest, Store, Writer, library_versions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from indexing.embedding import Encoder

Progress = Callable[[str, int, int], None]  # stage, done, total
ENCODED_AT_ONCE = 20_000  # passages; their vectors are put on disk before the next


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
    seconds = {"read": read, **report.seconds, "total": time.perf_counter() - started}
    return replace(report, failures=tuple(failures), seconds=seconds)


@dataclass(frozen=True, slots=True)
class Added:
    """What an addition did: the documents that are new or changed, those that were there word for word, the files
    that failed."""

    added: tuple[Document, ...]
    replaced: tuple[str, ...]  # ids of those that stood under the same id before
    unchanged: tuple[str, ...]
    failures: tuple[Failure, ...]


def add(
    settings: Settings, paths: Sequence[Path], *, replacing: bool = False, progress: Progress | None = None
) -> Added:
    """Put the documents of `paths` beside those of the index; only what is new is encoded.

    A document with the number (or, without one, the title) of one that stands takes its place where `replacing`; else
    DocumentExistsError says so and nothing is changed. Raises SourceError where not one document could be read,
    SnapshotBusyError while another build runs.
    """
    with _lock(settings.home):
        documents, failures = load(paths)
        if not documents:
            raise SourceError("; ".join(failure.reason for failure in failures[:3]) or "there is no file to read")
        standing = {document.document_id: document for document in _standing(settings)}
        same = [d.document_id for d in documents if d.document_id in standing and d.digest == standing[d.document_id].digest]
        new = [document for document in documents if document.document_id not in same]
        replaced = [document.document_id for document in new if document.document_id in standing]
        if replaced and not replacing:
            raise DocumentExistsError(f"{replaced[0]!r} is in the index with other words; replace it, or remove it first")
        if new:
            standing.update((document.document_id, document) for document in new)
            _write_snapshot(settings, standing.values(), progress)
    return Added(tuple(new), tuple(replaced), tuple(same), tuple(failures))


def remove(settings: Settings, document_id: str, *, progress: Progress | None = None) -> None:
    """Take one document out of the index; nothing else is encoded again.

    Raises DocumentNotFoundError, or SnapshotError where it is the last one.
    """
    with _lock(settings.home):
        Manifest.open(settings.snapshot)
        standing = {document.document_id: document for document in _standing(settings)}
        if document_id not in standing:
            raise DocumentNotFoundError(f"no document {document_id!r}; `tiaowen documents` lists the ids")
        del standing[document_id]
        if not standing:
            raise SnapshotError(f"{document_id!r} is the only document; build over other files instead")
        _write_snapshot(settings, standing.values(), progress)


def _standing(settings: Settings) -> list[Document]:
    """The documents of the index, whole; none where nothing was built."""
    try:
        Manifest.open(settings.snapshot)
    except SnapshotMissingError:
        return []
    store = Store(settings.snapshot / "corpus.sqlite")
    try:
        return [replace(store.document(i), clauses=tuple(store.clauses(i))) for i in store.documents()]
    finally:
        store.close()


def corpus_digest(identities: Iterable[tuple[str, str]]) -> str:
    """SHA-256 over `(document id, digest of its bytes)` of the documents, in order."""
    whole = hashlib.sha256()
    for document_id, digest in identities:
        whole.update(f"{document_id}\0{digest}\n".encode())
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


def _write_snapshot(settings: Settings, documents: Iterable[Document], progress: Progress | None) -> BuildReport:
    from indexing.embedding import open_encoder

    seconds: dict[str, float] = {}
    started = time.perf_counter()
    encoder = open_encoder(settings.encoder, settings.models, threads=settings.threads)
    seconds["prepare"] = time.perf_counter() - started
    return write_snapshot(settings, documents, encoder, seconds, progress)


def write_snapshot(
    settings: Settings, documents: Iterable[Document], encoder: Encoder, seconds: dict[str, float],
    progress: Progress | None = None,
) -> BuildReport:  # fmt: skip
    """Put a snapshot of `documents`, whose ids are unique, into the data folder of `settings`; each document is let go
    once it is written. The seconds of each stage are added to `seconds`."""
    from indexing.dense import DenseIndex
    from indexing.lexical import LexicalIndex, WordCutter, document_words

    clock = time.perf_counter()

    def lap(stage: str) -> None:
        nonlocal clock
        seconds[stage] = time.perf_counter() - clock
        clock = time.perf_counter()

    folder = Path(tempfile.mkdtemp(prefix="building-", dir=settings.home))
    folder.chmod(0o755)  # mkdtemp keeps others out; a data folder may be shared
    try:
        writer = Writer(folder / "corpus.sqlite")
        identities: list[tuple[str, str]] = []
        passages: list[Segment] = []
        words: set[str] = set()
        warnings: list[tuple[str, str]] = []
        for document in documents:
            cut = list(segments([document]))
            writer.add(document, cut)
            passages += cut
            identities.append((document.document_id, document.digest))
            words |= document_words(document)
            warnings += [(document.source_file, warning) for warning in document.warnings]
        writer.close()
        lap("store")
        vectors = _vectors(settings, folder / "vectors.npy", encoder, passages, progress)
        lap("encode")
        DenseIndex.from_vectors(vectors).save(folder / "dense.faiss")
        lap("vectors")
        texts = [f"{p.text}\n{p.also}" if p.also else p.text for p in passages]
        LexicalIndex.from_texts(texts, WordCutter(sorted(words))).save(folder / "lexical")
        lap("words")
        Manifest(
            FORMAT, encoder.name, encoder.dimension, corpus_digest(identities), writer.documents, writer.clauses, writer.segments,
            library_versions(),
        ).save(folder)  # fmt: skip
        _swap(folder, settings.snapshot)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    lap("swap")
    return BuildReport(writer.documents, writer.clauses, writer.segments, (), tuple(warnings), seconds)


def _vectors(
    settings: Settings, path: Path, encoder: Encoder, passages: Sequence[Segment], progress: Progress | None
) -> NDArray[np.float32]:
    """One vector a passage, kept in a file at `path`; those of unchanged passages are taken from the snapshot that
    stands, and passages of the same words are encoded once."""
    import numpy as np
    from numpy.lib.format import open_memmap

    old = _old_vectors(settings, encoder)
    if not passages:
        np.save(path, np.empty((0, encoder.dimension), dtype=np.float32))
        return np.empty((0, encoder.dimension), dtype=np.float32)
    vectors = open_memmap(path, "w+", np.float32, (len(passages), encoder.dimension))
    new: dict[str, list[int]] = {}
    for position, passage in enumerate(passages):
        known = old.get(passage.digest)
        if known is None:
            new.setdefault(passage.digest, []).append(position)
        else:
            vectors[position] = known
    done = len(passages) - sum(map(len, new.values()))
    if progress is not None:
        progress("encode", done, len(passages))

    def step(count: int) -> None:
        nonlocal done
        done = min(done + count, len(passages))
        if progress is not None:
            progress("encode", done, len(passages))

    places = list(new.values())
    for first in range(0, len(places), ENCODED_AT_ONCE):
        part = places[first : first + ENCODED_AT_ONCE]
        rows = encoder.encode_passages([passages[at[0]].text for at in part], step)
        for at, row in zip(part, rows, strict=True):
            vectors[at] = row
            step(len(at) - 1)
    vectors.flush()
    made: NDArray[np.float32] = vectors
    return made


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
