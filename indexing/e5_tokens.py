"""The unigram tokeniser of multilingual-e5, small enough to be ready in a tenth of a second.

`tokenizers.Tokenizer.from_file` takes 0.8 to 1.8 s for this vocabulary of 250,000 pieces, most of what a
whole cold answer may take. Splitting a clause takes under a millisecond in Python once the search knows how
long the longest piece is that starts with each character (4 for 市), so the running encoder uses this room,
and a test holds it to the same ids as `tokenizers` with the `tokenizer.json` written beside the torch model.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from indexing.e5_weights import E5Vocabulary

WORD_START: Final = "▁"
"""What a space becomes, and what every text starts with (SentencePiece's metaspace)."""

_SPACES: Final = re.compile(" {2,}")
_LONGEST_TEXT: Final = 9000
"""Characters looked at: 512 tokens of at most 16 characters cannot reach further."""
_UNKNOWN_PENALTY: Final = 10.0
"""An unknown character costs this much more than the least likely piece (SentencePiece's constant)."""
_PIECES, _SCORES, _TABLE = "pieces.txt", "scores.npy", "vocabulary.json"


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
