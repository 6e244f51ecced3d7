"""The bench of the search: what is generated, what is counted, and that a real run ends with figures."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from corpus.document import Document
from corpus.lossless import leaks
from eval.bench_retrieval import Found, PatternEncoder, _rightness, compared_lines
from eval.generated import WARNING, generated, variant
from tests.conftest import CountingEncoder


def test_generated_documents_are_labelled_and_the_same_for_a_seed(bundled_documents: list[Document]) -> None:
    """The real ones come first as they are; the others say that they are none, have ids and places of their own, and
    every word of them is accounted for; the same seed makes them again."""
    made = list(generated(bundled_documents, 700))
    real, others = made[: len(bundled_documents)], made[len(bundled_documents) :]
    assert real == bundled_documents
    assert sum(len(document.clauses) for document in made) >= 700
    assert len({document.document_id for document in made}) == len(made)
    assert all(WARNING in d.warnings and d.source_file.startswith("generated-") for d in others)
    assert not {d.source for d in others} & {d.source for d in real}
    assert all(not leaks(document) for document in others)
    assert [d.source for d in generated(bundled_documents, 700)] == [d.source for d in made]
    assert [d.source for d in generated(bundled_documents, 700, seed=2)] != [d.source for d in made]


def test_a_variant_has_another_place_other_years_and_other_figures(bundled_documents: list[Document]) -> None:
    """The place's name is gone, no year stands where it stood, and as many clauses are read as from the original."""
    from corpus.places import register

    document = next(d for d in bundled_documents if d.place is not None and d.place.name == "渝北区")
    place = next(p for p in register() if p.name == "龙泉驿区")
    made = variant(document, place, 1, random.Random(5))
    assert "渝北" not in made.source and "龙泉驿区" in made.title
    assert len(made.clauses) == len(document.clauses)
    assert "3000元/托位" not in made.source


def test_patterns_share_vectors_that_differ(counting_encoder: CountingEncoder) -> None:
    """The first are encoded, the others lie near one of their pattern, of length 1, and no two are the same; a pattern
    never seen takes the vector of any."""
    texts = [f"某区第{n}号：每个托位补助{n}元，由区财政局发放。" for n in range(40)]
    encoder = PatternEncoder(counting_encoder, most=3)
    vectors = encoder.encode_passages([*texts, "另一句话，说的是别的。"])
    assert encoder.encoded == 3
    assert len(counting_encoder.passages) == 3
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert len(np.unique(vectors.round(5), axis=0)) == len(texts) + 1
    own = np.stack([vectors[0], vectors[1], vectors[2]])
    apart = float(np.linalg.norm(vectors[0] - vectors[1]))
    near = np.sqrt(np.maximum(0, 2 - 2 * (vectors[3:40] @ own.T).max(axis=1)))
    assert (near <= apart * 1.05).all()


@pytest.mark.parametrize(
    ("ranked", "expected"),
    [([["a", "b"]], (1.0, 1.0, 1.0)), ([["b", "a"]], (0.0, 1.0, 0.5)), ([[*"vwxyz", "a"]], (0.0, 0.0, 1 / 6)),
     ([[]], (0.0, 0.0, 0.0)), ([["a"], ["b"]], (0.5, 0.5, 0.5))],
)  # fmt: skip
def test_rightness_counts_the_first_right_one(ranked: Sequence[Sequence[str]], expected: tuple[float, ...]) -> None:
    """At 1, at 5, and its reciprocal rank."""
    assert _rightness(ranked, [["a", "c"]] * len(ranked)) == pytest.approx(expected)


def test_ratios_say_how_many_times_as_fast() -> None:
    """A peer that takes three times as long has ratio 3 in both columns."""
    own = Found("Tiaowen", 300, 10.0, 5.0, 9.0, 2**20, 0.9, 1.0, 0.95, 20)
    peer = Found("peer", 300, 30.0, 15.0, 20.0, 2**20, 0.5, 0.6, 0.55, 20)
    lines = list(compared_lines([own, peer]))
    assert lines[2].split()[1:6] == ["10.0", "3.0", "15.0", "20.0", "3.0"]
    assert "300 texts, 20 questions" in lines[-1]


def test_a_size_is_measured_for_real(run, models_folder: Path, own_home: Path) -> None:
    """A small size goes through the real build, the real index and the real search, in processes of their own."""
    own_home.mkdir(parents=True, exist_ok=True)
    (own_home / "models").symlink_to(models_folder, target_is_directory=True)
    code, out, _ = run("bench", "retrieval", "--clauses", "300", "--encoded", "1", "--json")
    said = json.loads(out)
    assert code == 0
    assert said["clauses"] >= 300 and said["documents"] > 5
    assert said["recall_at_1"] > 0.8 and said["neighbours"] == 1.0
    assert 0 < said["search_p50_ms"] <= said["search_p95_ms"]


def test_systems_are_measured_side_by_side(run, models_folder: Path, own_home: Path, tmp_path: Path) -> None:
    """Over a corpus and queries given by path every system finds what stands in it, Tiaowen first in the list."""
    own_home.mkdir(parents=True, exist_ok=True)
    (own_home / "models").symlink_to(models_folder, target_is_directory=True)
    texts = ["开园补助每个托位三千元", "租金补助按面积计算", "每月提供两次游泳课"]
    (tmp_path / "c.jsonl").write_text("".join(json.dumps({"id": str(i), "text": t}) + "\n" for i, t in enumerate(texts)))
    asked = {"id": "q", "text": "租金怎么补", "positive_ids": ["1"]}
    (tmp_path / "q.jsonl").write_text(json.dumps(asked) + "\n")
    paths = ("--corpus", str(tmp_path / "c.jsonl"), "--queries", str(tmp_path / "q.jsonl"))
    code, out, _ = run("bench", "retrieval", *paths, "--json")
    found = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert found[0]["system"] == "Tiaowen" and len(found) == 4
    assert all(one["recall_at_5"] == 1.0 and one["texts"] == 3 for one in found)
    assert all(a["system"] != b["system"] for a, b in pairwise(found))
    assert run("bench", "retrieval", *paths[:2])[0] == 2
