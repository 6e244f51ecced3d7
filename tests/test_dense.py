"""The vector index: exact, whole on disk, and refusing what does not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from corpus.errors import IndexMismatchError
from indexing.dense import DenseIndex


def unit_rows(count: int, dimension: int, seed: int = 0) -> NDArray[np.float32]:
    """Random rows of length 1."""
    rows = np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
    unit: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


@given(st.integers(1, 60), st.integers(1, 70), st.integers(1, 30))
@settings(deadline=None)
def test_it_finds_what_a_full_comparison_finds(size: int, k: int, questions: int) -> None:
    """Scores are inner products, best first, and each stands at the position it names."""
    vectors, queries = unit_rows(size, 8), unit_rows(questions, 8, seed=1)
    scores, positions = DenseIndex.from_vectors(vectors).search(queries, k)
    expected = queries @ vectors.T
    assert scores == pytest.approx(-np.sort(-expected, axis=1)[:, :k], abs=1e-5)
    assert np.take_along_axis(expected, positions, axis=1) == pytest.approx(scores, abs=1e-5)


def test_shapes_and_kinds() -> None:
    """Scores are float32, positions int64, and the index knows its size."""
    index = DenseIndex.from_vectors(unit_rows(5, 8))
    scores, positions = index.search(unit_rows(3, 8), 2)
    assert scores.shape == positions.shape == (3, 2)
    assert scores.dtype == np.float32
    assert positions.dtype == np.int64
    assert (len(index), index.dimension) == (5, 8)


@pytest.mark.parametrize(("k", "columns"), [(5, 5), (6, 5), (10_000, 5), (0, 0), (-1, 0)])
def test_k_may_be_larger_than_the_index(k: int, columns: int) -> None:
    """There are min(k, size) columns and never an invented position."""
    scores, positions = DenseIndex.from_vectors(unit_rows(5, 8)).search(unit_rows(2, 8), k)
    assert scores.shape == positions.shape == (2, columns)
    assert (positions >= 0).all()


def test_nothing_indexed_and_nothing_asked(tmp_path: Path) -> None:
    """An index of no rows can be saved and searched; no question gives no row."""
    empty = DenseIndex.from_vectors(np.empty((0, 8), dtype=np.float32))
    empty.save(tmp_path / "empty")
    assert DenseIndex.open(tmp_path / "empty", 8).search(unit_rows(2, 8), 3)[0].shape == (2, 0)
    assert DenseIndex.from_vectors(unit_rows(5, 8)).search(np.empty((0, 8), dtype=np.float32), 3)[1].shape == (0, 3)


def test_other_layouts_of_the_same_numbers_are_the_same() -> None:
    """Rows cut out of a larger table, or in double precision, are indexed as they read."""
    vectors = unit_rows(20, 16)
    expected = DenseIndex.from_vectors(np.ascontiguousarray(vectors[:, ::2])).search(vectors[:3, ::2], 4)
    for other in (vectors[:, ::2], vectors[:, ::2].astype(np.float64)):
        found = DenseIndex.from_vectors(other).search(other[:3], 4)  # type: ignore[arg-type]
        assert np.array_equal(found[1], expected[1])


def test_a_saved_index_gives_the_same_hits(tmp_path: Path) -> None:
    """Saved and opened again, under a Chinese name too, every score and position is the same."""
    index = DenseIndex.from_vectors(unit_rows(300, 24))
    index.save(tmp_path / "向量")
    opened = DenseIndex.open(tmp_path / "向量", 24)
    queries = unit_rows(7, 24, seed=2)
    found, expected = opened.search(queries, 9), index.search(queries, 9)
    assert np.array_equal(found[0], expected[0])
    assert np.array_equal(found[1], expected[1])
    assert len(opened) == 300


def test_saving_replaces_and_leaves_nothing_beside(tmp_path: Path) -> None:
    """A second save takes the first one's place, and the folder holds only the index."""
    for size in (3, 4):
        DenseIndex.from_vectors(unit_rows(size, 8)).save(tmp_path / "index")
    assert len(DenseIndex.open(tmp_path / "index", 8)) == 4
    assert [path.name for path in tmp_path.iterdir()] == ["index"]


def test_an_interrupted_save_keeps_the_old_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the new file cannot be moved into place, the old one is whole and nothing lies beside it."""
    DenseIndex.from_vectors(unit_rows(3, 8)).save(tmp_path / "index")

    def refuse(self: Path, target: Path) -> Any:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="no space left"):
        DenseIndex.from_vectors(unit_rows(4, 8)).save(tmp_path / "index")
    assert len(DenseIndex.open(tmp_path / "index", 8)) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["index"]


def test_another_dimension_is_refused(tmp_path: Path) -> None:
    """An index of another encoder is named as such, when opened and when searched."""
    index = DenseIndex.from_vectors(unit_rows(3, 8))
    index.save(tmp_path / "index")
    with pytest.raises(IndexMismatchError, match="8 numbers and the encoder gives 384"):
        DenseIndex.open(tmp_path / "index", 384)
    for wrong in (unit_rows(2, 9), unit_rows(1, 8)[0]):
        with pytest.raises(IndexMismatchError, match="do not fit"):
            index.search(wrong, 1)


@pytest.mark.parametrize("shape", [(8,), (2, 0), (2, 3, 4)])
def test_what_is_no_table_is_not_indexed(shape: tuple[int, ...]) -> None:
    """Vectors without rows and columns are refused with their shape."""
    with pytest.raises(IndexMismatchError, match="cannot be indexed"):
        DenseIndex.from_vectors(np.zeros(shape, dtype=np.float32))


@pytest.mark.parametrize("damage", ["cut", "empty", "other", "missing"])
def test_a_damaged_file_is_refused(tmp_path: Path, damage: str) -> None:
    """A file that is cut, empty, of another kind or missing is an IndexMismatchError of one line naming it."""
    path = tmp_path / "index"
    DenseIndex.from_vectors(unit_rows(30, 8)).save(path)
    data = path.read_bytes()
    path.write_bytes({"cut": data[:-9], "empty": b"", "other": b"SQLite format 3" * 9, "missing": b""}[damage])
    if damage == "missing":
        path.unlink()
    with pytest.raises(IndexMismatchError, match="tiaowen build") as caught:
        DenseIndex.open(path, 8)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
