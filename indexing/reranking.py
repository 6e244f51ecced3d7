"""How well each of a few texts answers a question, by a model that reads both together: slower and often finer than
vectors. Optional, and off unless one is named.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.errors import EncoderError
from indexing.embedding import fingerprint, first_line, from_disk_or_hub

_BATCH: Final = 16
_HEADS: Final = ("ForSequenceClassification", "ForCausalLM")
"""How the architectures of models that score pairs are called; others would be given a head of random numbers."""


class Reranker(Protocol):
    """Scores texts for a question; safe to call from several threads."""

    @property
    def name(self) -> str:
        """What the scores depend on: another name means other scores."""
        ...

    def scores(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Float32 `(len(texts),)`, higher for a text that answers better; comparable within one question only."""
        ...


class CrossEncoderReranker:
    """Any sentence-transformers CrossEncoder with one score, on the processor."""

    def __init__(self, name: str, model: Any) -> None:
        self.name = name
        self._model = model
        # The fast tokenisers behind it raise "Already borrowed" when two threads set their padding at once.
        self._lock = threading.Lock()

    @classmethod
    def open(cls, name: str, *, threads: int = 2) -> CrossEncoderReranker:
        """The model in the folder `name`, or of that name on the hub; sets torch's thread count for the process.

        A hub name is looked for on disk before it is fetched. Raises EncoderError when it cannot be loaded or does not
        give one score for a pair.
        """
        local = Path(name).is_dir()
        if not local and (name.startswith((".", "/", "~")) or name.count("/") > 1):
            raise EncoderError(f"there is no reranker folder {name!r}; check the path in TIAOWEN_RERANKER, or leave it out")
        try:
            import torch
            from sentence_transformers import CrossEncoder

            torch.set_num_threads(threads)
            with _quiet():
                model = from_disk_or_hub(CrossEncoder, name)
            architectures = list(getattr(model.config, "architectures", None) or ())
            labels = int(model.num_labels)
        # Whatever a foreign model folder holds may fail in any way; the reader needs one line.
        except Exception as error:
            advice = "check the files in it" if local else "download it and give its folder"
            raise EncoderError(
                f"cannot load the reranker {name!r} ({first_line(error)}); {advice}, or leave TIAOWEN_RERANKER out"
            ) from error
        if labels != 1 or not any(one.endswith(_HEADS) for one in architectures):
            what = f"gives {labels} scores for a pair" if labels != 1 else f"has no head for scores ({', '.join(architectures)})"
            raise EncoderError(f"the model {name!r} is no reranker: it {what}; name a CrossEncoder, or leave TIAOWEN_RERANKER out")
        mark = fingerprint(model, model.max_seq_length)
        return cls(f"{Path(name).name if local else name}@{mark}", model)

    def scores(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Float32 `(len(texts),)`; what exceeds the model's own limit is not read."""
        if not texts:
            return np.empty(0, dtype=np.float32)
        with self._lock:
            found = self._model.predict([(question, text) for text in texts], batch_size=_BATCH, show_progress_bar=False)
        return np.asarray(found, dtype=np.float32)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the bars and the report of what a model lacks: a model without a head is refused in one line."""
    from transformers.utils import logging

    before = logging.get_verbosity()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # it has no annotations
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        logging.set_verbosity(before)
