"""Any sentence-transformers model as an encoder: its vectors, its prompts, its name, its failures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpus.errors import EncoderError
from indexing import embedding
from indexing.embedding import SentenceTransformerEncoder, open_encoder
from tests.conftest import CLAUSES


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
