"""The index over passage vectors: which passages are nearest to a question. The only room that imports FAISS.

The search is exact: over 20,000 clauses of 384 numbers it takes about 2 ms, less than any approximate index
would save, and it can be checked. `_new_index` is the one place to choose another kind by size.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from corpus.errors import IndexMismatchError

_THREADS: Final = 2
"""FAISS would take every core it sees; the vectors of a corpus are searched in milliseconds with two."""


class DenseIndex:
    """Vectors by position, searched by inner product (the cosine, for unit vectors).

    Made by `from_vectors` or `open`; never changed afterwards, so several threads may search it.
    """

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def from_vectors(cls, vectors: NDArray[np.float32]) -> DenseIndex:
        """The index over the rows of `vectors`, float32 `(n, d)`; row `i` is found as position `i`.

        No rows is fine as long as `d` is known. Raises `IndexMismatchError` when `vectors` is no such table.
        """
        if vectors.ndim != 2 or vectors.shape[1] == 0:
            raise IndexMismatchError(
                f"vectors of shape {vectors.shape} cannot be indexed; give one row per passage, (n, d) with d > 0"
            )
        index = _new_index(dimension=vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index)

    @classmethod
    def open(cls, path: Path, dimension: int) -> DenseIndex:
        """The index saved at `path`, whose vectors must have `dimension` numbers.

        Raises `IndexMismatchError` when the file is missing, damaged, or holds vectors of another length.
        """
        faiss = _faiss()
        try:
            index = faiss.deserialize_index(np.frombuffer(path.read_bytes(), dtype=np.uint8))
        # FAISS reports a damaged file as RuntimeError, or as MemoryError when a length in it is nonsense.
        except (OSError, RuntimeError, MemoryError) as error:
            raise IndexMismatchError(
                f"cannot read the vector index {str(path)!r} ({type(error).__name__}); run `tiaowen build` again"
            ) from error
        if index.d != dimension:
            raise IndexMismatchError(
                f"the vector index {str(path)!r} holds vectors of {index.d} numbers and the encoder gives {dimension}; "
                "run `tiaowen build` again, or choose the encoder it was built with"
            )
        return cls(index)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""
        return int(self._index.d)

    def save(self, path: Path) -> None:
        """Write the index to `path`, whole or not at all; OSError when the disk refuses."""
        data = _faiss().serialize_index(self._index)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as place:
            written = Path(place) / path.name
            data.tofile(written)
            written.replace(path)

    def search(
        self, vectors: NDArray[np.float32], k: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The `k` nearest of every row of `vectors` `(n, d)`: scores float32 and positions int64, best first.

        Both are `(n, min(k, len(self)))`; a score is the inner product, from -1 to 1 for unit vectors. Raises
        `IndexMismatchError` when the rows have another length than the indexed vectors.
        """
        if vectors.ndim != 2 or vectors.shape[1] != self.dimension:
            raise IndexMismatchError(
                f"question vectors of shape {vectors.shape} do not fit an index of {self.dimension} numbers; "
                "choose the encoder it was built with, or run `tiaowen build` again"
            )
        count = max(0, min(k, len(self)))
        if count == 0 or len(vectors) == 0:
            shape = (len(vectors), count)
            return np.empty(shape, dtype=np.float32), np.empty(shape, dtype=np.int64)
        scores, positions = self._index.search(np.ascontiguousarray(vectors, dtype=np.float32), count)
        return scores, positions


def _new_index(dimension: int) -> Any:
    return _faiss().IndexFlatIP(dimension)


def _faiss() -> ModuleType:
    """FAISS, imported when first needed (0.3 s) and held to two threads."""
    import faiss

    faiss.omp_set_num_threads(_THREADS)
    module: ModuleType = faiss
    return module
