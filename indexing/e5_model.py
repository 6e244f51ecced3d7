"""The weights of the bundled encoder written out: once as a sentence-transformers folder, once to run fast.

The sentence-transformers folder holds the exact weights in float32, for whoever wants them in torch. The
files to run are an ONNX graph with 8-bit matrices and the word embeddings still in their 4-bit blocks: 250,037
words are 384 MB as floats, 54 MB as blocks, of which a question touches a few kilobytes.

**The graph quantises each token on its own.** ONNX Runtime's dynamic quantisation takes one scale for the
whole batch, so the longest or oddest text in it coarsens all the others: on real policy paragraphs the cosine
to float32 falls to 0.989, and one text gets different vectors in different company (cosine 0.992). With a
scale per token the least cosine is 0.998 and a text has one vector whatever it is batched with, for a fifth
of the speed. Re-indexing one document therefore never moves the vectors of another.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from indexing.e5_tokens import save_tokenizer, save_tokens
from indexing.e5_weights import E5File

GRAPH_FILE: Final = "encoder.onnx"
WORDS_FILE: Final = "words.npy"
QUERY_PREFIX: Final = "query: "
PASSAGE_PREFIX: Final = "passage: "
MAX_TOKENS: Final = 512

CHECK_TEXTS: Final = (
    "生育补贴标准是多少？",
    "牽頭單位是哪個部門？",
    "育儿补贴按年发放，现阶段国家基础标准为每孩每年3600元。",
    "市民政局牵头，市财政局、市卫生健康委按职责分工负责，2025年底前完成。",
    "鼓勵用人單位提供托育服務，對符合條件的普惠托育機構按每個托位1萬元給予補助。",
    "第十二条 申请人应当通过户籍所在地的乡镇人民政府或者街道办事处提出申请，并提交下列材料："
    "（一）申请表；（二）居民身份证、户口簿；（三）出生医学证明；（四）法律、法规规定的其他材料。",
    "到2027年，全市60岁以上老年人助餐服务覆盖率达到95%以上，新增养老床位5000张。（责任单位：市民政局、"
    "各县（市、区）人民政府）鼓励社会力量参与建设社区嵌入式养老服务机构，按照床位数量给予一次性建设补贴，"
    "其中新建的每张床位补贴1.2万元，改建的每张床位补贴8000元。" * 3,
    "各區縣（自治縣）人民政府，市政府各部門，有關單位：現將《關於進一步完善生育支持政策體系的若干措施》印發給"
    "你們，請認真貫徹執行。一、加強生育服務支持。提高產前檢查費用報銷比例，將分娩鎮痛納入醫保支付範圍。" * 4,
    "序号 | 指标 | 2025年目标值 | 责任单位\n1 | 每千人口拥有3岁以下婴幼儿托位数 | 4.5个 | 市卫生健康委",
    "GB/T 35796-2017 《养老机构服务质量基本规范》 https://www.gov.cn 电话：0571-12345678",
)
"""What the prepared model is checked on: short and long, both scripts, tables and Latin letters."""

_PARTS: Final = (
    ("attention.self.query", "q"),
    ("attention.self.key", "k"),
    ("attention.self.value", "v"),
    ("attention.output.dense", "ao"),
    ("intermediate.dense", "fi"),
    ("output.dense", "fo"),
)
"""The matrices of one layer: their names in a BertModel and in the packed file."""
_NORMS: Final = (("attention.output.LayerNorm", "aln"), ("output.LayerNorm", "oln"))


def save_sentence_transformer(source: E5File, folder: Path) -> None:
    """Write `source` into the existing `folder` as a sentence-transformers model, weights exact in float32.

    The files are written directly: importing the library to write four small JSON files costs 7 s.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    try:
        save_file(_bert_tensors(source), folder / "model.safetensors", metadata={"format": "pt"})
    except SafetensorError as error:  # a full disk is reported as this, not as OSError
        raise OSError(str(error)) from error
    shape, vocabulary = source.shape, source.vocabulary
    pieces = vocabulary.pieces
    save_tokenizer(vocabulary, folder / "tokenizer.json")
    transformer = "sentence_transformers.base.modules.transformer.Transformer"
    pooling = "sentence_transformers.sentence_transformer.modules.pooling.Pooling"
    normalize = "sentence_transformers.base.modules.normalize.Normalize"
    (folder / "1_Pooling").mkdir()
    (folder / "2_Normalize").mkdir()
    files: dict[str, Any] = {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "dtype": "float32",
            "hidden_act": "gelu",
            "hidden_size": shape.hidden,
            "intermediate_size": shape.feed_forward,
            "layer_norm_eps": shape.epsilon,
            "max_position_embeddings": shape.positions,
            "num_attention_heads": shape.heads,
            "num_hidden_layers": shape.layers,
            "pad_token_id": vocabulary.padding,
            "type_vocab_size": shape.token_types,
            "vocab_size": shape.vocabulary,
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": MAX_TOKENS,
            "bos_token": pieces[vocabulary.begin],
            "cls_token": pieces[vocabulary.begin],
            "eos_token": pieces[vocabulary.end],
            "sep_token": pieces[vocabulary.end],
            "pad_token": pieces[vocabulary.padding],
            "unk_token": pieces[vocabulary.unknown],
            "mask_token": pieces[-1],
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": transformer},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": pooling},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": normalize},
        ],
        "config_sentence_transformers.json": {
            "model_type": "SentenceTransformer",
            "prompts": {"query": QUERY_PREFIX, "passage": PASSAGE_PREFIX, "document": PASSAGE_PREFIX},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
        "sentence_bert_config.json": {
            "transformer_task": "feature-extraction",
            "modality_config": {"text": {"method": "forward", "method_output_name": "last_hidden_state"}},
            "module_output_name": "token_embeddings",
        },
        "1_Pooling/config.json": {
            "embedding_dimension": shape.hidden,
            "pooling_mode": "mean",
            "include_prompt": True,
        },
        "2_Normalize/config.json": {
            "module_input_name": "sentence_embedding",
            "module_output_name": "sentence_embedding",
        },
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def save_runtime(source: E5File, folder: Path) -> None:
    """Write the ONNX graph, the word embedding blocks and the tokeniser of `source` into the existing `folder`."""
    import onnx

    onnx.save(_graph(source), folder / GRAPH_FILE)
    np.save(folder / WORDS_FILE, source.blocks("emb.word", source.shape.hidden))
    save_tokens(source.vocabulary, folder)


def _bert_tensors(source: E5File) -> dict[str, NDArray[np.float32]]:
    hidden, wide = source.shape.hidden, source.shape.feed_forward
    tensors = {
        "embeddings.word_embeddings.weight": source.matrix("emb.word", hidden),
        "embeddings.position_embeddings.weight": source.floats("emb.pos").reshape(-1, hidden),
        "embeddings.token_type_embeddings.weight": source.floats("emb.type").reshape(-1, hidden),
        "embeddings.LayerNorm.weight": source.floats("emb.ln.w"),
        "embeddings.LayerNorm.bias": source.floats("emb.ln.b"),
        # The packed file has no pooler and mean pooling needs none; without the two tensors BertModel
        # would fill them with random numbers and print a warning at every load.
        "pooler.dense.weight": np.zeros((hidden, hidden), dtype=np.float32),
        "pooler.dense.bias": np.zeros(hidden, dtype=np.float32),
    }
    for layer in range(source.shape.layers):
        there, here = f"encoder.layer.{layer}", f"l{layer}"
        for name, short in _PARTS:
            columns = wide if short == "fo" else hidden
            tensors[f"{there}.{name}.weight"] = source.matrix(f"{here}.{short}.w", columns)
            tensors[f"{there}.{name}.bias"] = source.floats(f"{here}.{short}.b")
        for name, short in _NORMS:
            tensors[f"{there}.{name}.weight"] = source.floats(f"{here}.{short}.w")
            tensors[f"{there}.{name}.bias"] = source.floats(f"{here}.{short}.b")
    return {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}


@dataclass(slots=True)
class _Drawing:
    """An ONNX graph being drawn: each call adds one node or constant and gives back the name of its output."""

    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)

    def constant(self, name: str, values: NDArray[Any]) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, kind: str, inputs: Sequence[str], *outputs: str, **options: Any) -> str:
        from onnx import helper

        # Kinds the standard lacks are ONNX Runtime's own: fused attention, residual norms, scaled products.
        own = kind in {"MultiHeadAttention", "SkipLayerNormalization", "BiasGelu", "MatMulIntegerToFloat"}
        domain = "com.microsoft" if own else ""
        self.nodes.append(helper.make_node(kind, list(inputs), list(outputs), domain=domain, **options))
        return outputs[0]

    def product(self, value: str, weights: NDArray[np.float32], name: str) -> str:
        """`value @ weights.T` in 8 bits: a scale per output channel, and a scale per token of `value`.

        A token that is zero in every channel would divide by zero; behind a layer norm, an attention or a
        GELU with biases there is none.
        """
        scales = (np.abs(weights).max(axis=1) / 127).astype(np.float32)
        codes = np.rint(weights / scales[:, None]).astype(np.int8)
        size = self.node("Abs", [value], f"{name}.size")
        peak = self.node("ReduceMax", [size, "last"], f"{name}.peak", keepdims=1)
        unit = self.node("Div", [value, peak], f"{name}.unit")
        code = self.node("QuantizeLinear", [unit, "step", "middle"], f"{name}.code")
        inputs = [
            code,
            self.constant(f"{name}.w", codes.T),
            "step",
            self.constant(f"{name}.s", scales),
            "middle",
        ]
        scaled = self.node("MatMulIntegerToFloat", inputs, f"{name}.scaled")
        return self.node("Mul", [scaled, peak], f"{name}.product")


def _graph(source: E5File) -> Any:
    """The encoder as an ONNX model: `words` float32 (n, tokens, hidden) and `lengths` int32 (n) in, `vectors` float32 (n, hidden) out.

    Rows are padded on the right; what stands in the padding does not matter as long as it is finite.
    """
    from onnx import TensorProto, helper

    shape, drawing = source.shape, _Drawing()
    drawing.constant("step", np.array(1 / 127, dtype=np.float32))
    drawing.constant("middle", np.array(128, dtype=np.uint8))
    for name, axis in (("last", -1), ("first", 0)):
        drawing.constant(name, np.array([axis], dtype=np.int64))
    # Every token is of type 0, so its embedding is part of the position's.
    types = source.floats("emb.type").reshape(-1, shape.hidden)
    drawing.constant("places", source.floats("emb.pos").reshape(-1, shape.hidden) + types[0])
    width = drawing.node("Shape", ["words"], "width", start=1, end=2)
    placed = drawing.node("Slice", ["places", "first", width, "first"], "placed")
    value = drawing.node("Add", ["words", placed], "embedded")
    inputs = [value, *_norm_inputs(drawing, source, "emb.ln")]
    value = drawing.node("LayerNormalization", inputs, "l.in", axis=-1, epsilon=shape.epsilon)
    for layer in range(shape.layers):
        value = _draw_layer(drawing, source, f"l{layer}", value)
    _draw_pooling(drawing, value)
    graph = helper.make_graph(
        drawing.nodes,
        "multilingual-e5-small",
        [
            helper.make_tensor_value_info("words", TensorProto.FLOAT, ["texts", "tokens", shape.hidden]),
            helper.make_tensor_value_info("lengths", TensorProto.INT32, ["texts"]),
        ],
        [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", shape.hidden])],
        drawing.constants,
    )
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10)


def _draw_layer(drawing: _Drawing, source: E5File, layer: str, value: str) -> str:
    hidden, wide, epsilon = source.shape.hidden, source.shape.feed_forward, source.shape.epsilon
    # One product for query, key and value: their input is quantised once.
    names = [f"{layer}.{part}" for part in "qkv"]
    weights = np.concatenate([source.matrix(f"{name}.w", hidden) for name in names])
    bias = drawing.constant(
        f"{layer}.qkv.b", np.concatenate([source.floats(f"{name}.b") for name in names])
    )
    joined = drawing.product(value, weights, f"{layer}.qkv")
    drawing.node("Split", [joined], *names, axis=-1, num_outputs=3)
    attended = drawing.node(
        "MultiHeadAttention", [*names, bias, "lengths"], f"{layer}.seen", num_heads=source.shape.heads
    )
    mixed = drawing.product(attended, source.matrix(f"{layer}.ao.w", hidden), f"{layer}.ao")
    value = _draw_residual(drawing, source, mixed, value, f"{layer}.aln", f"{layer}.ao.b", epsilon)
    spread = drawing.product(value, source.matrix(f"{layer}.fi.w", hidden), f"{layer}.fi")
    inner = drawing.constant(f"{layer}.fi.b", source.floats(f"{layer}.fi.b"))
    spread = drawing.node("BiasGelu", [spread, inner], f"{layer}.gelu")
    narrow = drawing.product(spread, source.matrix(f"{layer}.fo.w", wide), f"{layer}.fo")
    return _draw_residual(drawing, source, narrow, value, f"{layer}.oln", f"{layer}.fo.b", epsilon)


def _draw_residual(
    drawing: _Drawing, source: E5File, value: str, skip: str, norm: str, bias: str, epsilon: float
) -> str:
    inputs = [value, skip, *_norm_inputs(drawing, source, norm), drawing.constant(bias, source.floats(bias))]
    return drawing.node("SkipLayerNormalization", inputs, f"{norm}.out", epsilon=epsilon)


def _norm_inputs(drawing: _Drawing, source: E5File, norm: str) -> list[str]:
    return [drawing.constant(f"{norm}.{part}", source.floats(f"{norm}.{part}")) for part in "wb"]


def _draw_pooling(drawing: _Drawing, value: str) -> None:
    """The sum over real tokens, scaled to length 1: the mean differs from it by a factor that scaling removes."""
    from onnx import TensorProto

    for name, number in (("zero", 0), ("one", 1)):
        drawing.constant(name, np.array(number, dtype=np.int64))
    drawing.constant("second", np.array([1], dtype=np.int64))
    count = drawing.node("Squeeze", ["width"], "count")
    places = drawing.node("Range", ["zero", count, "one"], "range")
    lengths = drawing.node("Cast", ["lengths"], "lengths.long", to=TensorProto.INT64)
    lengths = drawing.node("Unsqueeze", [lengths, "second"], "lengths.column")
    real = drawing.node("Less", [places, lengths], "real")
    real = drawing.node("Cast", [real], "real.float", to=TensorProto.FLOAT)
    real = drawing.node("Unsqueeze", [real, "second"], "real.row")
    total = drawing.node("MatMul", [real, value], "total")
    total = drawing.node("Squeeze", [total, "second"], "total.flat")
    drawing.node("LpNormalization", [total], "vectors", axis=-1, p=2)
