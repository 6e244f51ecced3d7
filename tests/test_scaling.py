"""A large corpus: searched without reading it whole, and answering as a small one does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import bm25s
import numpy as np
import pytest

from assistant import retrieval, scoring
from assistant.question import understand
from assistant.retrieval import Retriever
from corpus.document import Document
from corpus.errors import IndexMismatchError
from indexing import dense as dense_room
from indexing import postings as postings_room
from indexing.dense import DenseIndex
from indexing.lexical import LexicalIndex, WordCutter, bigrams_of
from indexing.postings import K1, B, Postings
from tests.sample_files import bigram_scores, retrieving, word_scores
from tests.test_dense import unit_rows

TEXTS = [
    "开园 补助 标准", "补助 补助 对象", "", "托位 数 目标", "补助 标准 托位", "标准", "托位 托位 托位 补助", "目标 标准 数 数",
]  # fmt: skip


@pytest.fixture
def postings() -> Postings:
    """Postings of eight short texts, one of them empty."""
    return Postings.from_words(text.split() for text in TEXTS)


@pytest.mark.parametrize("query", [["补助"], ["标准", "托位"], ["数", "目标", "无"], ["无"], []])
def test_scores_are_those_of_the_reference(query: list[str]) -> None:
    """Word by word the weights are those of bm25s at Lucene's variant, to the last digit of a float32."""
    texts = [text.split() for text in TEXTS if text]
    reference = bm25s.BM25(method="lucene", k1=K1, b=B)
    reference.index(texts, show_progress=False)
    known = [word for word in query if word in reference.vocab_dict]
    expected = reference.get_scores(known) if known else np.zeros(len(texts))
    found = Postings.from_words(texts).scores(dict.fromkeys(query, 1.0))
    assert found == pytest.approx(expected, rel=1e-6)


def test_some_positions_score_as_all_do(postings: Postings) -> None:
    """What is scored for a few passages is what they score among all, whatever the weights of the words."""
    query = {"补助": 1.0, "托位": 0.5, "数": 1.5, "无": 1.0}
    whole = postings.scores(query)
    for positions in ([0, 1, 2, 3, 4, 5, 6, 7], [1, 6], [2], [7], []):
        at = np.array(positions, dtype=np.int64)
        assert np.array_equal(postings.scores_at(query, at), whole[at])


def test_the_best_are_put_forward_in_order(postings: Postings) -> None:
    """The k best come ascending by position; passages without a word never come; a large k gives all that score."""
    query = {"补助": 1.0, "托位": 1.0}
    whole = postings.scores(query)
    best = postings.read(query).best(2)
    assert best.tolist() == sorted(np.argsort(-whole, kind="stable")[:2].tolist())
    assert postings.read(query).best(100).tolist() == np.flatnonzero(whole).tolist()
    assert postings.read({"无": 1.0}).best(3).tolist() == []


def test_what_was_read_and_what_is_left_make_up_the_score(postings: Postings, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much of the words was read over all passages, a passage scores to the last bit as among all; the best among some
    are those of them that score best."""
    query = {"补助": 1.0, "标准": 0.5, "数": 1.5, "托位": 0.7}
    whole = postings.scores(query)
    for budget in (1, 3, 5, 100):
        monkeypatch.setattr(postings_room, "BUDGET", budget)
        for positions in ([0, 1, 2, 3, 4, 5, 6, 7], [1, 6], []):
            at = np.array(positions, dtype=np.int64)
            assert np.array_equal(postings.read(query).scores_at(at), whole[at])
    among = np.array([0, 2, 5, 6], dtype=np.int64)
    scored = among[whole[among] > 0]
    assert postings.read(query).best(100, among).tolist() == scored.tolist()
    assert postings.read(query).best(1, among).tolist() == [scored[np.argmax(whole[scored])]]


@pytest.mark.parametrize("k", [1, 40, 400, 5000])
def test_the_promising_hold_the_best(k: int) -> None:
    """Of many scores, most of them 0 and many alike, the k best are among those that are looked at further."""
    chance = np.random.default_rng(1)
    for scores in (
        np.where(chance.random(20_000) < 0.3, chance.random(20_000), 0.0), np.where(chance.random(20_000) < 0.3, 0.5, 0.0), np.zeros(20_000),
        np.where(np.arange(20_000) < 300, 1.0, 0.0),
    ):  # fmt: skip
        held = postings_room._promising(scores.astype(np.float32), k)
        best = np.sort(scores[scores > 0])[::-1][:k]
        assert np.sort(scores[held])[::-1][: len(best)] == pytest.approx(best)
        assert np.array_equal(held, np.sort(held))


def test_rare_words_are_read_first(postings: Postings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the budget common words put nothing forward: of 数 (two passages) and 标准 (four) only 数 is read."""
    monkeypatch.setattr(postings_room, "BUDGET", 3)
    assert postings.read({"标准": 1.0, "数": 1.0}).best(100).tolist() == [3, 7]
    assert len(postings.read({"标准": 1.0}).best(100)) == postings.holders("标准") == 4  # one word always counts


def test_saved_postings_are_mapped_and_equal(postings: Postings, tmp_path: Path) -> None:
    """Opened again from disk every word has its passages; files that do not fit each other are refused."""
    postings.save(tmp_path / "words")
    opened = Postings.open(tmp_path / "words", len(TEXTS))
    query = dict.fromkeys(("开园", "补助", "标准", "托位", "数", "目标", "对象"), 1.0)
    assert np.array_equal(opened.scores(query), postings.scores(query))
    assert isinstance(opened._passages.base, np.memmap)
    np.save(tmp_path / "words" / "weights.npy", np.zeros(3, dtype=np.float32))
    with pytest.raises(IndexMismatchError, match="run `tiaowen build` again"):
        Postings.open(tmp_path / "words", len(TEXTS))


def test_no_words_at_all_can_be_indexed(tmp_path: Path) -> None:
    """A corpus of empty passages has postings, without a list."""
    empty = Postings.from_words([[], []])
    empty.save(tmp_path / "words")
    assert Postings.open(tmp_path / "words", 2).scores({"补助": 1.0}).tolist() == [0.0, 0.0]


# ---- vectors -----------------------------------------------------------------------------------------------


@pytest.fixture
def cells(monkeypatch: pytest.MonkeyPatch) -> DenseIndex:
    """An approximate index over 1,200 vectors."""
    monkeypatch.setattr(dense_room, "FLAT", 500)
    return DenseIndex.from_vectors(unit_rows(1200, 16))


def test_a_large_index_finds_nearly_what_a_full_comparison_finds(cells: DenseIndex) -> None:
    """Cells are visited, not every vector; of the ten nearest at least nine in ten are found, the first one always
    for a vector that is in it."""
    vectors, queries = unit_rows(1200, 16), unit_rows(50, 16, seed=3)
    assert not cells.exact
    exact = np.argsort(-(queries @ vectors.T), axis=1)[:, :10]
    found = cells.search(queries, 10)[1]
    assert np.mean([len(set(a) & set(b)) / 10 for a, b in zip(exact, found, strict=True)]) >= 0.9
    assert cells.search(vectors[:100], 1)[1][:, 0].tolist() == list(range(100))


def test_a_large_index_is_mapped_and_gives_its_vectors(
    cells: DenseIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Saved and opened it finds the same; a vector read by its position is the one put in, to 8 bits."""
    monkeypatch.setattr(dense_room, "FLAT", 10)
    cells.save(tmp_path / "dense")
    opened = DenseIndex.open(tmp_path / "dense", 16)
    queries = unit_rows(5, 16, seed=4)
    assert np.array_equal(opened.search(queries, 7)[1], cells.search(queries, 7)[1])
    positions = np.array([3, 700, 1199])
    assert opened.vectors(positions) == pytest.approx(unit_rows(1200, 16)[positions], abs=0.02)
    assert opened.similarities(queries[0], positions) == pytest.approx(opened.vectors(positions) @ queries[0])


def test_a_search_may_be_among_some_positions(cells: DenseIndex) -> None:
    """Among every other position the nearest is the nearest of those; an exact index searches all of them."""
    vectors, among = unit_rows(1200, 16), np.arange(0, 1200, 2, dtype=np.int64)
    found = cells.search(vectors[:100], 5, among)[1]
    assert set(found[found >= 0].tolist()) <= set(among.tolist())
    assert found[::2, 0].tolist() == list(range(0, 100, 2))
    exact = DenseIndex.from_vectors(vectors[:400])
    assert exact.search(vectors[:9], 1, np.array([7], dtype=np.int64))[1][:, 0].tolist() == [7] * 9


@pytest.mark.parametrize("cut", [100, 5000])
def test_a_damaged_large_index_is_refused(cells: DenseIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: int) -> None:
    """A mapped file that is cut short is one line that names it, not a crash at the first question."""
    monkeypatch.setattr(dense_room, "FLAT", 10)
    path = tmp_path / "dense"
    cells.save(path)
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(IndexMismatchError, match="tiaowen build"):
        DenseIndex.open(path, 16)


# ---- the search --------------------------------------------------------------------------------------------


@pytest.fixture
def retriever(bundled_documents: list[Document], tmp_path: Path, counting_encoder) -> Iterator[Retriever]:
    """A retriever over the bundled documents."""
    with retrieving(tmp_path, bundled_documents, counting_encoder) as opened:
        yield opened


QUESTIONS = ("渝北区开园奖补每家最多多少钱？", "大兴区2025年普惠托位占比", "江蘇省托育從業人員", "托位数", "？！", "abc")


@pytest.mark.parametrize("text", QUESTIONS)
def test_a_corpus_scored_in_part_answers_as_one_scored_whole(
    retriever: Retriever, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """Where the legs put forward enough, the best clauses are the same ones with the same words' scores; a search
    within documents too."""
    question = understand(text)
    inside = ["大政办发〔2023〕33号"]
    whole = [hit.clause.clause_id for hit in retriever.search(question, 5)]
    within = [hit.clause.clause_id for hit in retriever.search(question, 5, documents=inside)]
    monkeypatch.setattr(scoring, "WHOLE", 100)
    monkeypatch.setattr(retrieval, "WHOLE", 100)
    monkeypatch.setattr(scoring, "DEPTH", 250)
    retriever.scorer._recent.clear()
    part = retriever.search(question, 5)
    assert [hit.clause.clause_id for hit in part][:1] == whole[:1]
    assert len({hit.clause.clause_id for hit in part} & set(whole)) >= 4 * bool(whole)
    found = [hit.clause.clause_id for hit in retriever.search(question, 5, documents=inside)]
    assert {clause_id.split(":")[0] for clause_id in found} <= set(inside)
    assert found[:1] == within[:1]


def test_a_place_that_is_named_puts_its_documents_forward(retriever: Retriever, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clauses of a place named are looked at even where no leg puts them forward: its name is spelled otherwise in
    the document, and their words are everywhere."""
    monkeypatch.setattr(scoring, "WHOLE", 100)
    monkeypatch.setattr(retrieval, "WHOLE", 100)
    monkeypatch.setattr(scoring, "DEPTH", 1)
    monkeypatch.setattr(retrieval, "DEPTH", 20)
    hits = retriever.search(understand("大洼区的婴幼儿"), 5)
    assert {hit.document.document_id for hit in hits} == {"大政办发〔2023〕33号"}
    assert len(hits) == 5


def test_of_many_documents_pointed_to_the_best_passages_are_scored(retriever: Retriever, monkeypatch: pytest.MonkeyPatch) -> None:
    """A place with more passages than are scored one by one gives the same best clause as when all of them are, before and
    after what was read of the words is let go."""
    monkeypatch.setattr(scoring, "WHOLE", 100)
    question = understand("大洼区田家街道的千人口托位数指标")
    retriever.scorer._recent.clear()
    first = retriever.search(question, 3)[0].clause.clause_id
    monkeypatch.setattr(retrieval, "_MANY", 5)
    retriever.scorer._recent.clear()
    assert retriever.search(question, 3)[0].clause.clause_id == first
    scored = retriever.scorer.scored(question)
    positions = scored.positions[:50]
    before = scored.at(positions)
    scored.forget()
    assert np.array_equal(scored.at(positions), before)
    assert retriever.search(question, 3)[0].clause.clause_id == first


def test_a_search_reads_few_clauses(retriever: Retriever, monkeypatch: pytest.MonkeyPatch) -> None:
    """For ten hits no more clauses are read than can still be among them."""
    read: list[int] = []
    plain = retriever._store.clauses_at
    monkeypatch.setattr(retriever._store, "clauses_at", lambda at: (read.extend(at), plain(at))[1])
    assert len(retriever.search(understand(QUESTIONS[0]), 10)) == 10
    assert 10 <= len(read) <= 64


def test_pairs_of_an_unknown_script_do_no_harm() -> None:
    """Emoji, an alphabet nobody indexed, lone halves of a pair and control characters are simply not found."""
    index = LexicalIndex.from_texts(["托位数"], WordCutter())
    for text in ("😀👶🏽", "ไทย", "\ud800", "\x00\x07", "<script>", "'; DROP TABLE"):
        assert word_scores(index, text).tolist() == [0.0]
        assert bigram_scores(index, text).tolist() == [0.0]
    assert bigrams_of("😀托位") == ["托位"]
