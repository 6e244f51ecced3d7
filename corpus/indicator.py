"""What a number in policy prose is about: the words around it, in the text's own words.

Reads one sentence of a masked text; offsets are relative to that text.
"""

from __future__ import annotations

import re
from bisect import bisect_left

from corpus.numerals import ARABIC, HAN_DIGITS, SCALE, UNITS
from corpus.occurrences import Occurrences

_ASIDE = re.compile(r"\([^()]*\)")
_DELIMITER = re.compile(r"[,。;:、!?\n“”(]")
_FILLER = re.compile(
    r"^(?:其中|同时|并|且|以及|到(?!位)|至(?!少)|截至|截止|每年|分别|力争|确保|实现|完成|按照|按(?!揭|摩)|对(?!象|口)|将(?!来)|在(?![职园校岗册编家院训建])|为(?!民|期)|"
    r"使(?!用)|的|和|或者?|及(?!时)|于|原则上|应当|应(?![急届用])|由(?!于)|前款|上述)+"
)
_YEAR_PHRASE = re.compile(
    r"(?:到|至|截至|截止)?(?:(?:19|20)\d\d(?:年|(?=\s*(?:、|和|及|与|-|~|至)\s*(?:19|20)\d\d))\s*(?:、|和|及|与|-|~|至)?\s*)+(?:底|末|前|度|期末)*前?"
)
_PLACE_WORD = re.compile(r"^(?:全|我|各|本)[国省市区县州镇街]+(?:\([^()]{1,5}\))?")
_PER = re.compile(
    r"(?:每(?:[\u4e00-\u9fa5]{1,4}?))?(?:每(?:人|生|孩|户|家|月|年|天|日|次|学期|托位|平方米|个托位|床))+$"
)
_LINK = re.compile(
    r"(?:为期|为|是|达到|达|约|不得(?:少于|低于|超过|高于|小于|大于)|不少于|不低于|不小于|不大于|不超过|不高于|超过|至少|最高|最多|最低|力争|增加到|提高到|的比例|各|按|给予|共|有|再|之间|分别|可|应|须|>|<|≥|≤|:|每)+$"
)
_VERB_ONLY = re.compile(
    r"^(?:至少|力争|不少于)?(?:新增|建成|建设|新建|打造|评定|创建|培育|开设|选择|组织|开展|给予|发放|设置|配备|建立|建有|设有|参加|举办|提供|招收|完成|实施|补助|一次性)?"
    r"(?:一次性|至少|不少于|不低于)?$"
)
_ENDS_IN_VERB = re.compile(
    r"(?:新增|建成|建设|新建|建|打造|评定|培育|开设|选择|组织|开展|设置|配备|建立|建有|设有|参加|举办|提供|招收|设立)$"
)
_LEADING_LABEL = re.compile(r"^(?:第[^条]{1,8}条|\(?[一二三四五六七八九十\d]{1,3}[)、.]|[①-⑳*]+)\s*")
_LEADING_BOUND = re.compile(r"^不得?(?:少于|低于|超过|高于|小于|大于)(?=[\u4e00-\u9fa5]{3})")  # 不得超过总人数之三分之一
_MORE_OF_IT = re.compile(
    rf"^(?:(?:及以上|以上|以下|以内|左右|之内|内)?(?:的|之)?(?:(?!一次性)[-~至到、或和及]{{0,2}}(?:者)?(?:{ARABIC}|[{HAN_DIGITS}万]{{1,8}})(?:{SCALE})?(?:{UNITS})?)?)*(?:及以上|以上|以下|以内|左右|之内|内)?(?:的|之)?"
)
GIVES = re.compile(
    r"(?:给予|发放|安排|处以?|减除|付给|适用|执行|享受|领取|予以|落户|投入|拨付|协商实行)[^,。;]{0,12}$|(?:奖励|补助|资助|按照?|确定|推荐|(?:设立)?规模|延长)$"
)
_NOUN = re.compile(r"[\u4e00-\u9fa5]{2}")
_RAISES = re.compile(r"^(?:逐步|进一步|稳步|不断)?(?:提高|提升|扩大|增加|降低|减少|控制|本办法所称|本规定所称)")
_SHOWN = 40  # characters; no indicator is longer
_LONG = 200  # characters; of words longer than this only the two ends are read


class Surroundings:
    """The words around the numbers of the sentence `[start, end)`; its delimiters are found once for all of them."""

    def __init__(self, shown: str, start: int, end: int) -> None:
        self._shown, self._start, self._end = shown, start, end
        # A remark in brackets belongs to the words around it: it is no boundary, unless the number stands in it.
        self._asides = Occurrences(_ASIDE, shown, start, end).spans
        self._opened = [a for a, _ in self._asides]
        self._every = [found.start() for found in _DELIMITER.finditer(shown, start, end)]
        self._outside = [at for at in self._every if self._aside(at + 1) is None]

    def indicator(self, begin: int, end: int, unit: str | None) -> str | None:
        """The words the number at `[begin, end)` is about: those before it up to a delimiter; those after it where a
        verb only leads to it (给予10万元奖励, 处2000元以上2万元以下的罚款) or an age or a count qualifies them
        (3周岁以下婴幼儿)."""
        cuts = self._before(begin)
        start = cuts[-1] + 1 if cuts else self._start
        before = _trimmed(self._shown, start, begin)
        after = _continued(self._shown, end, self._behind(end))
        if not before or _VERB_ONLY.match(before) or _ENDS_IN_VERB.search(before):
            if after:
                return (before + after)[:_SHOWN]
        elif after and (
            _leads_to_gift(self._shown, start, begin) or (unit in ("岁", "周岁") and _NOUN.match(after))
        ):
            return after[:_SHOWN]
        if not before and not after and cuts:
            # 逐步提高…比例,2027年达到60%: the subject stands before the comma.
            start = cuts[-2] + 1 if len(cuts) > 1 else self._start
            subject = _ASIDE.sub("", self._shown[start : cuts[-1]]).replace("\x00", "")
            before = _RAISES.sub("", _bare(subject))
        if "标准为" in before:
            before = before.split("标准为")[-1] or before
        return before[-_SHOWN:] or None

    def _aside(self, at: int) -> tuple[int, int] | None:
        """The remark in brackets that has begun before `at` and ends behind it."""
        number = bisect_left(self._opened, at) - 1
        return self._asides[number] if number >= 0 and at < self._asides[number][1] else None

    def _before(self, at: int) -> list[int]:
        """The last two delimiters before `at`, or as many as there are."""
        inside = self._aside(at)
        outer = bisect_left(self._outside, inside[0] if inside else at)
        cuts = self._outside[max(0, outer - 2) : outer]
        if inside:
            first, last = bisect_left(self._every, inside[0]), bisect_left(self._every, at)
            cuts = [*cuts, *self._every[max(first, last - 2) : last]][-2:]
        return cuts

    def _behind(self, at: int) -> int:
        """The first delimiter at `at` or behind it, or the end of the sentence."""
        inside = self._aside(at)
        if inside:
            number = bisect_left(self._every, at)
            if number < len(self._every) and self._every[number] < inside[1]:
                return self._every[number]
        number = bisect_left(self._outside, at)
        return self._outside[number] if number < len(self._outside) else self._end


def _trimmed(shown: str, start: int, end: int) -> str:
    """The words `[start, end)` before a number without years, labels, fillers and linking verbs; of long ones the
    middle is left out too, for only their ends are ever shown."""
    if end - start > 2 * _LONG:
        ends = _bare(f"{shown[start : start + _LONG]}\x00{shown[end - _LONG : end]}")
        if len(ends) > _LONG + 2 * _SHOWN:  # even where all was cut from one end, enough of it was kept
            return ends
    return _bare(shown[start:end])


def _bare(words: str) -> str:
    """Words before a number without years, labels, fillers and linking verbs."""
    words = _YEAR_PHRASE.sub("", words.strip("\x00 ")).strip()
    words = _LEADING_BOUND.sub("", _LEADING_LABEL.sub("", words))
    for _ in range(3):
        words = _PER.sub("", _LINK.sub("", words))
        words = _PLACE_WORD.sub("", _FILLER.sub("", words))
    return words.replace("\x00", "").lstrip(")〕* ").strip()


def _continued(shown: str, start: int, end: int) -> str:
    """The words behind a number up to `end`, without what still belongs to its figure; at least the first of them."""
    after = _MORE_OF_IT.sub("", shown[start : min(end, start + _LONG)].replace("\x00", "").strip())
    if end - start > _LONG and len(after) < _LONG // 2:
        return _MORE_OF_IT.sub("", shown[start:end].replace("\x00", "").strip())
    return after


def _leads_to_gift(shown: str, start: int, end: int) -> bool:
    """Whether the words `[start, end)` before a number end in one that gives (给予每人每月)."""
    said = _said(shown[max(start, end - _LONG) : end])
    if end - start > _LONG and len(said) < _LONG // 2:
        said = _said(shown[start:end])
    return GIVES.search(said) is not None


def _said(words: str) -> str:
    return _PER.sub("", words.replace("\x00", "").removesuffix("一次性"))
