"""From source text to the normal text that rules and search read, with a map back.

The normal text is NFKC-folded and Simplified; it is only ever read. Whatever is quoted is cut from the
source text by way of `NormalText.span`, the only way back.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from corpus.document import Span

if TYPE_CHECKING:
    from opencc import OpenCC

# Enclosed numbers carry structure (①②③ are list labels): NFKC would turn ① into a bare 1.
_KEPT = {chr(code) for code in (*range(0x2460, 0x2474), *range(0x24F5, 0x24FF), *range(0x2776, 0x2794))}

# CJK radicals that PDF text layers print in place of the ideograph and that NFKC leaves alone.
# Source: Unicode EquivalentUnifiedIdeograph.txt, the radicals that have a Simplified equivalent.
_RADICALS = {
    "⺁": "厂", "⺄": "乙", "⺈": "刀", "⺋": "卩", "⺌": "小", "⺍": "小", "⺎": "兀", "⺏": "尢", "⺒": "巳",
    "⺓": "幺", "⺔": "彑", "⺗": "心", "⺘": "扌", "⺙": "攵", "⺛": "无", "⺝": "月", "⺞": "歺", "⺟": "母",
    "⺠": "民", "⺡": "氵", "⺢": "氺", "⺣": "灬", "⺥": "爪", "⺦": "丬", "⺧": "牛", "⺨": "犭", "⺩": "王",
    "⺫": "目", "⺬": "示", "⺭": "礻", "⺮": "竹", "⺯": "糹", "⺰": "纟", "⺱": "罓", "⺲": "罒", "⺳": "网",
    "⺶": "羊", "⺷": "羊", "⺹": "老", "⺺": "聿", "⺻": "聿", "⺼": "肉", "⺽": "臼", "⺾": "艹", "⻁": "虎",
    "⻂": "衤", "⻄": "西", "⻅": "见", "⻆": "角", "⻈": "讠", "⻉": "贝", "⻋": "车", "⻌": "辶", "⻍": "辶",
    "⻏": "阝", "⻐": "钅", "⻑": "长", "⻒": "镸", "⻓": "长", "⻔": "门", "⻕": "阜", "⻖": "阝", "⻗": "雨",
    "⻘": "青", "⻙": "韦", "⻚": "页", "⻛": "风", "⻜": "飞", "⻝": "食", "⻞": "食", "⻟": "食", "⻠": "饣",
    "⻢": "马", "⻣": "骨", "⻤": "鬼", "⻥": "鱼", "⻦": "鸟", "⻧": "卤", "⻨": "麦", "⻩": "黄", "⻪": "黾",
    "⻬": "齐", "⻮": "齿", "⻰": "龙", "⻳": "龟",
}  # fmt: skip

# One dash and one quotation mark, so that a rule is written once (3—5年, 3-5年, 3－5年, 3～5年).
_MARKS = {"—": "-", "–": "-", "―": "-", "－": "-", "～": "~", "﹙": "(", "﹚": ")", "「": "“", "」": "”",
          "『": "“", "』": "”", "〔": "〔", "［": "〔", "﹝": "〔", "﹞": "〕", "］": "〕"}  # fmt: skip

_SHORT = 512  # characters; longer texts are folded anew each time
_KNOWN = 4096  # short texts whose folding or conversion is kept

_TRUST = re.compile(r"(?<![委信寄拜受推囑請])託(?![付運詞辭])")
_CHUNK = re.compile(r"[^\n]{1,256}|\n+")  # OpenCC recurses over a run of text: keep the runs short


@dataclass(frozen=True, slots=True)
class NormalText:
    """`text`, and for each of its code points the source offset it came from.

    `starts` has one entry more than `text`: the length of the source.
    """

    text: str
    starts: array[int]

    def span(self, start: int, end: int) -> Span:
        """The source span behind `text[start:end]`; a composed character counts whole."""
        if start >= end:
            at = self.starts[start]
            return Span(at, at)
        last = self.starts[end - 1]
        after = end
        # ㈠ becomes three code points that share one start: the end is the next different start.
        while after < len(self.text) and self.starts[after] == last:
            after += 1
        return Span(self.starts[start], self.starts[after])


@cache
def _converter(name: str) -> OpenCC:
    from opencc import OpenCC

    return OpenCC(name)


@cache
def _traditional() -> frozenset[str]:
    """The characters that t2s changes: only a run that holds one needs converting."""
    return frozenset(_single_keys("t2s", range(0x3400, 0xA000)))


@cache
def _simplified() -> frozenset[str]:
    return frozenset(_single_keys("s2t", range(0x4E00, 0xA000)))


def _single_keys(name: str, codes: range) -> list[str]:
    converter = _converter(name)
    characters = [chr(code) for code in codes]
    # A separator between the characters keeps phrases out; OpenCC passes it through.
    return [
        a
        for a, b in zip(characters, converter.convert("\n".join(characters)).split("\n"), strict=True)
        if a != b
    ]


def _convert(name: str, text: str, triggers: frozenset[str]) -> str:
    if triggers.isdisjoint(text):
        return text
    return "".join(
        run if triggers.isdisjoint(run) else _converted(name, run) for run in _CHUNK.findall(text)
    )


@lru_cache(maxsize=_KNOWN)
def _converted(name: str, run: str) -> str:
    converted: str = _converter(name).convert(run)
    return converted


def to_simplified(text: str) -> str:
    """`text` in Simplified characters, same length (OpenCC t2s: 衛生→卫生, 幼稚園→幼稚园)."""
    return _convert("t2s", text, _traditional())


def to_traditional(text: str) -> str:
    """`text` in Traditional characters, same length (OpenCC s2tw: 托育机构→托育機構, 为→為).

    托 stays 托 but in words of trust: 《幼兒教育及照顧法》 and its kin write 托育, 托嬰, and OpenCC 託育.
    """
    return _TRUST.sub("托", _convert("s2tw", text, _simplified()))


def regional(text: str) -> str:
    """The mainland's words for what normal `text` says in those of Taiwan (网际网路: 互联网), each with a character
    on either side, joined by blanks; empty where there are none. For matching only."""
    said = _converter("tw2sp").convert(to_traditional(text)) if text else ""
    if said == text:
        return ""
    regions: list[list[int]] = []
    for kind, _, _, start, end in SequenceMatcher(None, text, said, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        start, end = max(0, start - 1), min(len(said), end + 1)
        if regions and start <= regions[-1][1]:
            regions[-1][1] = max(regions[-1][1], end)
        else:
            regions.append([start, end])
    return " ".join(said[start:end] for start, end in regions)


def script_of(text: str) -> str:
    """`hant` where Traditional-only characters outnumber Simplified-only ones, else `hans`.

    A character that both tables change (后, 干, 台 …) says nothing about the script.
    """
    traditional = sum(1 for c in text if c in _traditional() and c not in _simplified())
    simplified = sum(1 for c in text if c in _simplified() and c not in _traditional())
    return "hant" if traditional > simplified else "hans"


def tells_script(text: str) -> bool:
    """Whether `text` holds a character that only one of the two scripts uses (普惠占比 does not)."""
    return any((c in _traditional()) != (c in _simplified()) for c in text)


def in_script(text: str, script: str) -> str:
    """`text` in `script` (`hans` or `hant`)."""
    return to_traditional(text) if script == "hant" else to_simplified(text)


@cache
def _folded(character: str) -> str:
    if character in _KEPT:
        return character
    character = _RADICALS.get(character, character)
    return _MARKS.get(character) or "".join(
        _MARKS.get(c, c) for c in unicodedata.normalize("NFKC", character)
    )


def normalize(source: str) -> NormalText:
    """The normal text of `source`, with a map back to source offsets.

    Folding twice gives the same as folding once. A line break stays one line break (`\\r\\n` keeps both).
    """
    return _known_normalized(source) if len(source) <= _SHORT else _normalized(source)


def _normalized(source: str) -> NormalText:
    pieces: list[str] = []
    starts = array("L")
    for at, character in enumerate(source):
        if character < "\x80":
            pieces.append(character)
            starts.append(at)
            continue
        folded = _folded(character)
        pieces.append(folded)
        for _ in folded:
            starts.append(at)
    starts.append(len(source))
    text = to_simplified("".join(pieces))
    if len(text) + 1 != len(starts):
        raise AssertionError("character conversion changed the length of the text")
    return NormalText(text, starts)


def normal(text: str) -> str:
    """`text` folded like a normal text, without the map: for questions and word lists."""
    return _known_normal(text) if len(text) <= _SHORT else _normal(text)


def _normal(text: str) -> str:
    return to_simplified("".join(map(_folded, text)))


# Headings, names and clauses are folded for every question that meets them.
_known_normalized = lru_cache(maxsize=_KNOWN)(_normalized)
_known_normal = lru_cache(maxsize=_KNOWN)(_normal)


@cache
def _everyday() -> frozenset[str]:
    """The words official Chinese cannot do without, in both scripts; enough to tell two encodings apart."""
    return frozenset(
        "的一和在有是不为為人以等各市区區县縣省年月日对對发發关關于於服务務工作机機构構单單位应應当當规規定实實施"
    )


def common_share(text: str) -> float:
    """How much of the Chinese in `text` looks like Chinese prose, 0 to 1: share of everyday characters
    scaled so that ordinary prose scores 1."""
    han = [c for c in text if c > "\x7f"]
    if not han:
        return 1.0
    known = sum(1 for c in han if c in _everyday() or c in "，。、；：（）《》“”　「」")
    return min(1.0, known / len(han) * 5)
