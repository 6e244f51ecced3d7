"""An optional cross-encoder: it orders the best clauses of a search, is off unless named, and refused where it is none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant.assistant import Assistant
from assistant.ranking import RERANKED, Ranking, read_as
from assistant.settings import Settings
from corpus.document import Part
from corpus.errors import EncoderError
from corpus.normalize import normal
from eval import bench_retrieval
from eval.bench_retrieval import Found, compare
from indexing.reranking import CrossEncoderReranker

ANYWHERE = "托育机构的收费和卫生保健"
PLACED = "渝北区托育机构的收费和卫生保健"


def write_tiny(folder: Path, *, labels: int = 1, head: bool = True) -> str:
    """The path of a folder with a random Bert of two layers: with a head for `labels` scores, or without any head."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertForSequenceClassification, BertModel, PreTrainedTokenizerFast

    torch.manual_seed(7)
    pieces = ["[PAD]", "[UNK]", "[SEP]", "[CLS]", *dict.fromkeys("托育机构服务卫生健康补贴标准多少元市区教育局牵头单位责任收费保员0123456789")]
    words = Tokenizer(models.WordLevel({piece: place for place, piece in enumerate(pieces)}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    fast: Any = PreTrainedTokenizerFast  # its constructor has no annotations
    fast(
        tokenizer_object=words, unk_token="[UNK]", pad_token="[PAD]", sep_token="[SEP]", cls_token="[CLS]", model_max_length=64
    ).save_pretrained(folder)
    shape = BertConfig(
        vocab_size=len(pieces), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        num_labels=labels, initializer_range=0.5,
    )  # fmt: skip
    (BertForSequenceClassification if head else BertModel)(shape).save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A tiny cross-encoder."""
    return write_tiny(tmp_path_factory.mktemp("reranker") / "tiny")


@pytest.fixture(scope="module")
def reranked(built_home: Path, tiny: str):
    """The assistant over the bundled documents with the tiny cross-encoder."""
    opened = Assistant.open(Settings(built_home, reranker=tiny))
    yield opened
    opened.close()


class Backwards:
    """A reranker that likes short texts, and counts what it reads."""

    name = "backwards"

    def __init__(self) -> None:
        self.read: list[str] = []

    def scores(self, question: str, texts: Sequence[str]) -> Any:
        self.read.extend(texts)
        return np.array([-len(text) for text in texts], dtype=np.float32)


# ---- the model ---------------------------------------------------------------------------------------------


def test_a_folder_is_a_reranker(tiny: str) -> None:
    """One float32 score a text, the same alone and among others, and different for different texts."""
    model = CrossEncoderReranker.open(tiny, threads=1)
    texts = ["托育机构收费标准", "区教育局牵头", "卫生保健员责任"]
    scores = model.scores("收费多少元", texts)
    assert (scores.shape, scores.dtype) == ((3,), np.float32)
    assert len(set(scores.tolist())) == 3
    assert [model.scores("收费多少元", [text])[0] for text in texts] == pytest.approx(scores, abs=1e-5)
    assert model.scores("收费多少元", []).shape == (0,)


def test_its_name_changes_with_the_weights(tiny: str, tmp_path: Path) -> None:
    """The name has the folder and a mark of the weights, so that replies of two models have two ids."""
    other = Path(write_tiny(tmp_path / "tiny"))
    assert CrossEncoderReranker.open(str(other)).name == CrossEncoderReranker.open(tiny).name
    assert CrossEncoderReranker.open(tiny).name.startswith("tiny@")


def test_what_is_no_reranker_is_one_line(tmp_path: Path) -> None:
    """A folder that is missing or broken, a model without a head, one with several scores: each an EncoderError that says
    so, and no head of random numbers."""
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "config.json").write_text("{}", encoding="utf-8")
    wrong = {
        str(tmp_path / "missing"): "there is no reranker folder",
        str(tmp_path / "broken"): "cannot load the reranker",
        write_tiny(tmp_path / "headless", head=False): r"has no head for scores \(BertModel\)",
        write_tiny(tmp_path / "three", labels=3): "gives 3 scores for a pair",
    }
    for name, said in wrong.items():
        with pytest.raises(EncoderError, match=said) as caught:
            CrossEncoderReranker.open(name)
        assert "\n" not in str(caught.value)


def test_a_hub_name_without_a_hub_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing on disk and no network, the error says to download the model and give its folder."""
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(EncoderError, match="give its folder") as caught:
        CrossEncoderReranker.open("nobody/no-such-model")
    assert "\n" not in str(caught.value)


# ---- the setting -------------------------------------------------------------------------------------------


def test_it_is_off_by_default(built_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is loaded where the setting is missing or empty."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a reranker was loaded")

    monkeypatch.setattr(CrossEncoderReranker, "open", refuse)
    assert Settings.from_environment().reranker is None
    monkeypatch.setenv("TIAOWEN_RERANKER", "")
    assert Settings.from_environment().reranker is None
    Assistant.open(replace(Settings.from_environment(), home=built_home)).close()


def test_the_environment_names_it(run, built_home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """TIAOWEN_RERANKER is used by every command that answers; a wrong one ends with 2 and one line."""
    monkeypatch.setenv("TIAOWEN_RERANKER", str(tmp_path / "missing"))
    code, out, err = run("--home", str(built_home), "ask", ANYWHERE)
    assert (code, out) == (2, "")
    assert err.startswith("tiaowen: there is no reranker folder")
    assert err.count("\n") == 1


# ---- the order ---------------------------------------------------------------------------------------------


def test_the_order_is_that_of_its_scores(assistant, reranked, tiny: str) -> None:
    """The best clauses of the search come in the order of the model's scores, and share out the scores they had."""
    plain = assistant.search(ANYWHERE, RERANKED)
    assert all(hit.clause.part is not Part.INTERPRETATION for hit in plain)
    scores = CrossEncoderReranker.open(tiny).scores(normal(ANYWHERE), [read_as(h.clause, h.document) for h in plain])
    expected = [plain[at].clause.clause_id for at in np.argsort(-scores, kind="stable")]
    found = reranked.search(ANYWHERE, RERANKED)
    assert [hit.clause.clause_id for hit in found] == expected
    assert [hit.clause.clause_id for hit in found] != [hit.clause.clause_id for hit in plain]
    assert [hit.score for hit in found] == pytest.approx([hit.score for hit in plain])
    assert [hit.clause.clause_id for hit in reranked.search(ANYWHERE, 3)] == expected[:3]


def test_what_lies_below_the_best_keeps_its_order(assistant, reranked) -> None:
    """The model reads only the best clauses; the others follow as they were."""
    plain, found = assistant.search(ANYWHERE, 40), reranked.search(ANYWHERE, 40)
    assert [hit.clause.clause_id for hit in found[RERANKED:]] == [hit.clause.clause_id for hit in plain[RERANKED:]]


def test_the_place_that_is_named_comes_first_all_the_same(assistant, reranked) -> None:
    """The model orders the clauses of 渝北区 among themselves; it does not put another place before them."""
    found = reranked.search(PLACED, 8)
    assert {hit.document.document_id for hit in found} == {"渝北府办发〔2024〕6号"}
    assert [hit.clause.clause_id for hit in found] != [hit.clause.clause_id for hit in assistant.search(PLACED, 8)]


def test_replies_with_and_without_it_have_ids_of_their_own(assistant, reranked) -> None:
    """An id names what the reply came of."""
    assert assistant.reply_id(ANYWHERE) != reranked.reply_id(ANYWHERE)


def test_a_pair_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same question over the same texts costs nothing the second time; only the first `RERANKED` are read."""
    model = Backwards()
    ranking = Ranking(model)
    found = ["字" * n for n in range(RERANKED + 5, 0, -1)]
    head = sorted(found[:RERANKED], key=len)
    assert ranking.order("问", found, str) == [*head, *found[RERANKED:]]
    assert sorted(model.read) == sorted(found[:RERANKED])
    assert ranking.order("问", found, str) == [*head, *found[RERANKED:]]
    assert len(model.read) == RERANKED


# ---- the bench ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", [False, True])
def test_the_bench_measures_with_and_without_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, counting_encoder, named: bool
) -> None:
    """A second row where a reranker is set, measured with it; all other rows without it."""
    measured: list[tuple[str, str | None]] = []

    def measure(_: str, spec: str, settings: Settings) -> dict[str, Any]:
        system = json.loads(spec)["system"]
        measured.append((system, settings.reranker))
        found = Found(bench_retrieval.SYSTEMS[system], 1, 1.0, 1.0, 1.0, 1, 1.0, 1.0, 1.0, 1)
        return {name: getattr(found, name) for name in Found.__dataclass_fields__}

    monkeypatch.setattr(bench_retrieval, "run_module", measure)
    settings = Settings(tmp_path / "home", encoder="counting", reranker="tiny" if named else None)
    rows = [one.system for one in compare(settings, None, None, None, lambda _: None)]
    assert rows[: 1 + named] == ["Tiaowen", "Tiaowen + reranker"][: 1 + named]
    assert len(rows) == 4 + named
    assert [system for system, reranker in measured if reranker] == ["tiaowen-reranked"] * named


def test_the_bench_lets_it_order_passages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, counting_encoder, tiny: str) -> None:
    """Over a corpus given by path the row counts what the reranker puts first."""
    texts = {"a": "托育机构收费标准", "b": "区教育局牵头", "c": "卫生保健员责任"}
    (tmp_path / "c.jsonl").write_text("".join(json.dumps({"id": i, "text": t}) + "\n" for i, t in texts.items()), encoding="utf-8")
    question = "收费多少元"
    scores = CrossEncoderReranker.open(tiny).scores(question, list(texts.values()))
    for place, at in enumerate(np.argsort(-scores), 1):
        asked = {"id": "q", "text": question, "positive_ids": [list(texts)[at]]}
        (tmp_path / "q.jsonl").write_text(json.dumps(asked) + "\n", encoding="utf-8")
        spec = {"system": "tiaowen-reranked", "corpus": str(tmp_path / "c.jsonl"), "queries": str(tmp_path / "q.jsonl"), "limit": None}
        said = bench_retrieval._measured(spec, Settings(tmp_path / "home", encoder="counting", reranker=tiny))
        assert said["mrr"] == pytest.approx(1 / place)
        assert said["system"] == "Tiaowen + reranker"
