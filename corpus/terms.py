"""The terms of an amount: how often it is paid, at most how much, on which conditions, in the clause's own words.

Reads normal text; offsets are relative to the text given.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.document import FigureKind
from corpus.quantities import Quantity

_BOUNDS = frozenset({"低于", "少于", "不足", "高于", "大于", "小于", "超过"})  # what is bounded so is not paid
_PERIOD = re.compile(
    r"一次性|按[年月季日天]|(?:[/·](?:人|生|孩|户|年|月|天|日|季|学期|学年))+|(?:每(?:人|生|孩|户|家|名|个|床|年|月|天|日|周|季度|学期|学年|个?托位|平方米))+"
)
_TERM = re.compile(
    r"周期|全年按|按\d+个?[月天日年]|每年(?:各|按|分)|分[\d一二三四五]+[年次期]|连续|为期|(?:最长|期限|时间|补贴期|补助期)[^,。;]{0,8}\d+个?[月年]|不超过\d+个[月]|不超过\d+年"
)
_CAP = re.compile(r"最高|最多|上限|封顶|(?:累计|总额|合计)?(?:不超过|不得超过|不高于)")
_STATED = re.compile(
    r"(?:须|需|应当?|必须|要)?(?:同时)?(?:具备|符合|满足)(?:以下|下列|如下)(?:全部|所有|基本)?(?:[^,。;:]{0,4})?(?:条件|要求|情形)(?:之一)?(?:的)?[:,]?"
    r"|(?:申请|申报|享受|领取|补助|补贴|奖励)(?:对象|范围|条件|资格)(?:为|是|:)"
)
_LABEL = r"(?:第[^条\n]{1,8}条\s*|[(]?[一二三四五六七八九十\d]{1,3}[)、.]\s*)?"
_PAYS = r"(?:可|将|应|按[^,。;]{2,60},?)?(?:分别|一次性|每年)?(?:给予|发放|予以|支付|提供|(?:补助|补贴|奖励|资助)(?=\d|每|一次性|最高))"
_FOR_WHOM = re.compile(
    rf"(?:^|[,。;:\n])\s*{_LABEL}(?P<whom>(?:对|凡|向)(?!于|应|照|比|此)[^。;\n]{{4,200}}?),?{_PAYS}"
    r"|(?:优先|重点)(?:资助|补助|补贴|支持)(?P<chosen>[^。;\n]{4,200})"
)
_IF = re.compile(
    rf"(?:^|[,。;:\n])\s*{_LABEL}(?P<case>[^,。;:\n]{{4,120}}的),(?=[^。;]{{0,40}}(?:给予|发放|予以|补助|补贴|奖励|资助|支付|每))"
)
_NO_MORE_THAN_REAL = re.compile(r"[^,。;\n]*(?:低于|不足|少于)[^,。;\n]*,?按实际[^,。;\n]*")


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one amount as `[start, end)` of the text: when and how often it is paid, its cap, its
    conditions; each empty where the text states none."""

    periods: tuple[tuple[int, int], ...] = ()
    cap: tuple[int, int] | None = None
    conditions: tuple[tuple[int, int], ...] = ()


def terms(text: str, found: Sequence[Quantity]) -> list[Terms]:
    """The terms of each quantity in a clause's normal text; empty ones for what is no amount paid out.

    What a sentence says of its amounts holds for all of them; what a later sentence adds holds for those
    before it, up to the next sentence that states an amount of its own.
    """
    paid = [
        q for q in found
        if q.kind is FigureKind.SUBSIDY and q.comparator not in _BOUNDS and not _is_cap(text, q)
    ]  # fmt: skip
    stated = _stated(text)
    result: list[Terms] = []
    for quantity in found:
        if quantity not in paid:
            result.append(Terms())
            continue
        start, end = quantity.sentence
        later = [q.sentence[0] for q in paid if q.sentence[0] >= end]
        until = min(later, default=len(text))
        result.append(
            Terms(
                _periods(text, quantity, until), _cap(text, quantity, found, until),
                (*_cases(text, quantity, paid), *(span for span in stated if span[0] >= start or not _another(paid, span, start))),
            )
        )  # fmt: skip
    return result


def _is_cap(text: str, quantity: Quantity) -> bool:
    """Whether an amount only bounds another one of its sentence (每家最高不超过45万元)."""
    begin, _ = _piece(text, quantity)
    return bool(_CAP.search(text[begin : quantity.start])) and bool(
        re.search(r"\d\s*元|\d\s*万元|\d%|百分之", text[quantity.sentence[0] : begin])
    )


def _piece(text: str, quantity: Quantity) -> tuple[int, int]:
    """The stretch between commas that holds the quantity."""
    low, high = quantity.sentence
    start = max((m.end() for m in re.finditer(r"[,;:。\n]", text[low : quantity.start])), default=0) + low
    stop = re.search(r"[,;。\n]", text[quantity.end : high])
    return start, quantity.end + stop.start() if stop else high


def _pieces(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The stretches between commas of `[start, end)`."""
    found = []
    for match in re.finditer(r"[^,;。\n]+", text[start:end]):
        found.append((start + match.start(), start + match.end()))
    return found


def _periods(text: str, quantity: Quantity, until: int) -> tuple[tuple[int, int], ...]:
    begin, stop = _piece(text, quantity)
    spans = [
        (begin + m.start(), begin + m.end())
        for m in _PERIOD.finditer(text[begin:stop])
        # 每… behind another amount of the same stretch is that one's.
        if begin + m.end() <= quantity.start or begin + m.start() >= quantity.start
    ]
    for piece in _pieces(text, stop, until):
        if _TERM.search(text[slice(*piece)]):
            spans.append(piece)
    return tuple(dict.fromkeys(spans))


def _cap(text: str, quantity: Quantity, found: Sequence[Quantity], until: int) -> tuple[int, int] | None:
    for other in found:
        if quantity.start < other.start < until and (other.unit or "").startswith("元") and _is_cap(text, other):
            return _piece(text, other)
    real = _NO_MORE_THAN_REAL.search(text, quantity.end, until)
    return real.span() if real else None


def _cases(text: str, quantity: Quantity, found: Sequence[Quantity]) -> tuple[tuple[int, int], ...]:
    """Whom or which case is named before the amount (对…给予, …的,给予): in its own sentence, in those that a
    semicolon joins to it, or in the one before these where that states no amount."""
    low = quantity.sentence[0]
    starts = [low]
    while text[: starts[-1]].rstrip().endswith(";"):
        starts.append(_sentence_start(text, starts[-1]))
    before = _sentence_start(text, starts[-1])
    if not any(before <= q.start < starts[-1] for q in found):
        starts.append(before)
    for start in starts:
        head = text[start : quantity.start]
        named = [m.span("whom" if m.group("whom") else "chosen") for m in _FOR_WHOM.finditer(head)]
        named = named or [m.span("case") for m in _IF.finditer(head)]
        if named:
            return ((start + named[-1][0], start + named[-1][1]),)
    return ()


def _sentence_start(text: str, at: int) -> int:
    """Where the sentence begins that ends before `at`; 0 at the head of the text."""
    end = len(text[:at].rstrip("。;!? \n"))
    return max((m.end() for m in re.finditer(r"[。;!?\n]", text[:end])), default=0)


def _stated(text: str) -> list[tuple[int, int]]:
    """The sentences that list conditions, their numbered lines included."""
    spans: list[tuple[int, int]] = []
    for match in _STATED.finditer(text):
        begin = max(text.rfind("。", 0, match.start()), text.rfind("\n", 0, match.start())) + 1
        end = re.compile(r"。|$").search(text, match.end())
        stop = end.start() if end else len(text)
        if not spans or begin >= spans[-1][1]:
            spans.append((begin, stop))
    return spans


def _another(paid: Sequence[Quantity], span: tuple[int, int], start: int) -> bool:
    """Whether conditions that stand before an amount belong to an amount stated before them."""
    return any(q.sentence[0] < span[0] and q.sentence[0] < start for q in paid)
