"""The index over passage vectors: which passages are nearest to a question. The only room that imports FAISS.

Up to `FLAT` vectors the search is exact: over 20,000 of 384 numbers it takes about 2 ms, less than any approximate
index would save, and it can be checked. Above that the vectors are kept in some thousand cells of 8-bit numbers on
disk, of which a question visits the nearest (IVF, scalar quantiser); `tiaowen bench retrieval` prints what that
costs in recall. Measured over 120,000 vectors on two cores, 2026-11-22: cells take 48 MiB and find 0.955 of the ten
nearest in 0.6 ms; a graph of 32 links (HNSW, efSearch 128) takes 207 MiB, or 75 with 8-bit numbers, is built in about
the same time and finds 0.926, or 0.920, in as long.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from corpus.errors import IndexMismatchError

FLAT: Final = 50_000
"""Up to this many vectors the search is exact."""

_THREADS: Final = 2
"""FAISS would take every core it sees; the vectors of a corpus are searched in milliseconds with two."""
_VISITED: Final = 0.02  # the share of the cells that a search looks into, and no fewer than _LEAST_VISITED
_LEAST_VISITED: Final = 24
_TRAINED_ON: Final = 50  # vectors for each cell that the cells are learnt from
_SEED: Final = 20261122


class DenseIndex:
    """Vectors by position, searched by inner product (the cosine, for unit vectors).

    Made by `from_vectors` or `open`; never changed afterwards, so several threads may search it.
    """

    def __init__(self, index: Any) -> None:
        self._index = index
        if not self.exact:
            index.nprobe = max(_LEAST_VISITED, round(_VISITED * index.nlist))
            index.make_direct_map()  # so that a vector can be read by its position

    @classmethod
    def from_vectors(cls, vectors: NDArray[np.float32]) -> DenseIndex:
        """The index over the rows of `vectors`, float32 `(n, d)`; row `i` is found as position `i`.

        No rows is fine as long as `d` is known. Raises `IndexMismatchError` when `vectors` is no such table.
        """
        if vectors.ndim != 2 or vectors.shape[1] == 0:
            raise IndexMismatchError(
                f"vectors of shape {vectors.shape} cannot be indexed; give one row per passage, (n, d) with d > 0"
            )
        index = _new_index(vectors) if len(vectors) > FLAT else _faiss().IndexFlatIP(vectors.shape[1])
        for first in range(0, len(vectors), FLAT):
            index.add(np.ascontiguousarray(vectors[first : first + FLAT], dtype=np.float32))
        return cls(index)

    @classmethod
    def open(cls, path: Path, dimension: int) -> DenseIndex:
        """The index saved at `path`, whose vectors must have `dimension` numbers.

        Raises `IndexMismatchError` when the file is missing, damaged, or holds vectors of another length.
        """
        faiss = _faiss()
        try:
            if path.stat().st_size > 4 * FLAT * dimension:
                # Lists of cells stay on disk; only those that questions visit are read.
                index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
            else:
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

    @property
    def exact(self) -> bool:
        """Whether every vector is compared with a question's."""
        return isinstance(self._index, _faiss().IndexFlat)

    def save(self, path: Path) -> None:
        """Write the index to `path`, whole or not at all; OSError when the disk refuses."""
        data = _faiss().serialize_index(self._index)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as place:
            written = Path(place) / path.name
            data.tofile(written)
            written.replace(path)

    def similarities(self, vector: NDArray[np.float32], positions: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
        """The inner product of `vector` `(d,)` with the vectors at `positions`, or with all where there are few enough
        to be searched exactly; float32, in their order."""
        if positions is None:
            scores, found = self.search(vector[None], len(self))
            similar = np.empty(len(self), dtype=np.float32)
            similar[found[0]] = scores[0]
        else:
            similar = self.vectors(positions) @ vector
        return similar

    def vectors(self, positions: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors at `positions`, `(len(positions), d)`; of an approximate index as it keeps them."""
        if not len(positions):
            return np.empty((0, self.dimension), dtype=np.float32)
        held: NDArray[np.float32] = self._index.reconstruct_batch(np.ascontiguousarray(positions, dtype=np.int64))
        return held

    def search(
        self, vectors: NDArray[np.float32], k: int, within: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The `k` nearest of every row of `vectors` `(n, d)`, of the positions `within` only where given: scores float32
        and positions int64, best first.

        Both are `(n, min(k, len(self)))`; a score is the inner product, from -1 to 1 for unit vectors. An approximate
        index that visits fewer than `k` gives position -1 for the rest. Raises
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
        rows = np.ascontiguousarray(vectors, dtype=np.float32)
        scores, positions = self._index.search(rows, count, params=None if within is None else self._among(within))
        return scores, positions

    def _among(self, positions: NDArray[np.int64]) -> Any:
        """FAISS's parameters for a search among some positions, in as many cells as any other."""
        faiss = _faiss()
        some = faiss.IDSelectorBatch(np.ascontiguousarray(positions, dtype=np.int64))
        return faiss.SearchParameters(sel=some) if self.exact else faiss.SearchParametersIVF(sel=some, nprobe=self._index.nprobe)


def flat(vectors: NDArray[np.float32]) -> Any:
    """FAISS's own exact index over `vectors`, as anyone would use it: a yardstick."""
    index = _faiss().IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    return index


def _new_index(vectors: NDArray[np.float32]) -> Any:
    """An empty index of cells learnt from a part of `vectors`."""
    faiss = _faiss()
    count, dimension = vectors.shape
    cells = round(4 * count**0.5)
    index = faiss.index_factory(dimension, f"IVF{cells},SQ8", faiss.METRIC_INNER_PRODUCT)
    chosen = np.random.default_rng(_SEED).choice(count, min(count, _TRAINED_ON * cells), replace=False)
    index.train(np.ascontiguousarray(vectors[np.sort(chosen)], dtype=np.float32))
    return index


def _faiss() -> ModuleType:
    """FAISS, imported when first needed (0.3 s) and held to two threads."""
    import faiss

    faiss.omp_set_num_threads(_THREADS)
    module: ModuleType = faiss
    return module
