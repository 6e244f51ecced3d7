"""Sets that others made: read, refused where broken, measured leg by leg."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpus.errors import SourceError
from eval.thirdparty import Passages, index, measured, read_jsonl, read_squad, table
from tests.conftest import CountingEncoder
from tests.sample_cases import written


def squad(folder: Path) -> Path:
    """A small SQuAD-format file."""
    paragraphs = [
        {"context": "甲河長三百公里。甲河流入乙海。", "qas": [{"id": "q1", "question": "甲河流入哪個海？", "answers": [{"text": "乙海"}]}]},
        {"context": "丙山高两千米。山上有寺。", "qas": [{"id": "q2", "question": "丙山有多高？", "answers": [{"text": "两千米"}]}]},
    ]  # fmt: skip
    path = folder / "set.json"
    path.write_text(json.dumps({"data": [{"paragraphs": paragraphs}]}), encoding="utf-8")
    return path


def test_a_squad_file_is_measured_leg_by_leg(assistant, models_folder: Path, tmp_path: Path) -> None:
    """Each leg and all fused find the paragraph; the best sentence holds the answer, in the other script too."""
    from indexing.embedding import open_encoder

    passages = read_squad(squad(tmp_path))
    found = measured(passages, index(passages, open_encoder(None, models_folder)))
    assert set(found) == {"words", "bigrams", "vectors", "fused"}
    assert (found["fused"]["recall@1"].value, found["fused"]["extractive"].value) == (1.0, 1.0)
    assert "2 questions" in table(found)[-1]


class OneByOne(CountingEncoder):
    """Reports after every text, as the real encoders do after every batch."""

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Any:
        return np.concatenate([super(OneByOne, self).encode_passages([text], progress) for text in texts])


def test_the_progress_of_an_index_counts_segments() -> None:
    """Done rises to the number of segments, which is given each time; a long passage is more than one."""
    passages = Passages({"long": "甲河流入乙海，丙山高两千米，山上有寺。" * 30, "short": "丙山高两千米。"}, ())
    seen: list[tuple[int, int]] = []
    encoder = OneByOne()
    index(passages, encoder, lambda done, total: seen.append((done, total)))
    segments = len(encoder.passages)
    assert segments > len(passages.texts)
    assert seen == [(done, segments) for done in range(1, segments + 1)]


def test_a_pair_of_jsonl_files_is_read_and_broken_sets_are_named(tmp_path: Path) -> None:
    """A lacking key, no JSON, an unknown passage and no questions each say where."""
    corpus = written(tmp_path, {"id": "p", "text": "甲"}, name="corpus.jsonl")
    queries = written(tmp_path, {"id": "q", "text": "甲？", "positive_ids": ["p"]}, name="queries.jsonl")
    assert read_jsonl(corpus, queries).questions[0].positive == ("p",)
    for row, reason in (({"id": "q", "text": "甲"}, "line 1 lacks positive_ids"), ({"id": "q", "text": "甲", "positive_ids": ["z"]}, "not in the corpus")):
        with pytest.raises(SourceError, match=reason):
            read_jsonl(corpus, written(tmp_path, row, name="bad.jsonl"))
    bad = tmp_path / "bad.json"
    bad.write_text('{"data": [{}]}', encoding="utf-8")
    with pytest.raises(SourceError, match="no SQuAD-format file"):
        read_squad(bad)
    with pytest.raises(SourceError, match="cannot be read"):
        read_squad(tmp_path / "absent.json")
