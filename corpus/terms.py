"""The terms of an amount: how often it is paid, at most how much, on which conditions, in the clause's own words.

Reads normal text; offsets are relative to the text given.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from corpus.document import FigureKind
from corpus.occurrences import Occurrences
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
_AMOUNT = re.compile(r"\d\s*元|\d\s*万元|\d%|百分之")
_OPENS = re.compile(r"[,;:。\n]")
_CLOSES = re.compile(r"[,;。\n]")
_PIECE = re.compile(r"[^,;。\n]+")
_STOP = re.compile(r"[。;!?\n]")
_FAR = 600  # characters: no match of _FOR_WHOM or _IF reads farther from where it begins


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one amount as `[start, end)` of the text: when and how often it is paid, its cap, its
    conditions; each empty where the text states none."""

    periods: tuple[tuple[int, int], ...] = ()
    cap: tuple[int, int] | None = None
    conditions: tuple[tuple[int, int], ...] = ()


def terms(text: str, found: Sequence[Quantity]) -> list[Terms]:
    """The terms of each quantity in a clause's normal text; empty ones for what is no amount paid out.

    `found` is in the order of the text. What a sentence says of its amounts holds for all of them; what a later
    sentence adds holds for those before it, up to the next sentence that states an amount of its own.
    """
    if not any(quantity.kind is FigureKind.SUBSIDY for quantity in found):
        return [Terms() for _ in found]
    return _Clause(text, found).terms()


class _Clause:
    """A clause's text and amounts, with what amounts are asked about found once for all of them."""

    def __init__(self, text: str, found: Sequence[Quantity]) -> None:
        self._text, self._found = text, found
        self._opens = Occurrences(_OPENS, text)
        self._closes = Occurrences(_CLOSES, text)
        self._stops = Occurrences(_STOP, text)
        self._bounds = Occurrences(_CAP, text)
        self._amounts = Occurrences(_AMOUNT, text)
        self._periods = Occurrences(_PERIOD, text)
        pieces = Occurrences(_PIECE, text).spans
        self._timed = [piece for piece in pieces if _TERM.search(text, *piece)]
        self._real = [piece for piece in pieces if _NO_MORE_THAN_REAL.match(text, piece[0])]
        self._caps = [q for q in found if (q.unit or "").startswith("元") and self._is_cap(q)]
        self._paid = [
            q.kind is FigureKind.SUBSIDY and q.comparator not in _BOUNDS and not self._is_cap(q) for q in found
        ]
        paid = [q for q, is_paid in zip(found, self._paid, strict=True) if is_paid]
        self._paid_at = [q.start for q in paid]
        self._paid_in = [q.sentence[0] for q in paid]
        self._stated = _stated(text)
        self._named: dict[tuple[int, int, int], tuple[int, int] | None] = {}
        self._before: dict[int, tuple[int, int] | None] = {}
        self._all: dict[tuple[re.Pattern[str], int], list[tuple[int, int, tuple[int, int]]]] = {}

    def terms(self) -> list[Terms]:
        """The terms of each quantity, in order."""
        result: list[Terms] = []
        for quantity, is_paid in zip(self._found, self._paid, strict=True):
            if not is_paid:
                result.append(Terms())
                continue
            later = bisect_left(self._paid_in, quantity.sentence[1])
            until = self._paid_in[later] if later < len(self._paid_in) else len(self._text)
            case = self._case(quantity)
            result.append(
                Terms(
                    self._said_periods(quantity, until), self._cap(quantity, until),
                    (*((case,) if case else ()), *self._conditions(quantity.sentence[0])),
                )
            )  # fmt: skip
        return result

    def _conditions(self, start: int) -> Iterator[tuple[int, int]]:
        """The stated conditions of an amount whose sentence begins at `start`; those before it only where no earlier
        amount owns them."""
        first = self._paid_in[0]
        yield from self._stated[: bisect_right(self._stated, first, key=lambda span: span[0])]
        begin = bisect_left(self._stated, max(start, first + 1), key=lambda span: span[0])
        yield from self._stated[begin:]

    def _is_cap(self, quantity: Quantity) -> bool:
        """Whether an amount only bounds another one of its sentence (每家最高不超过45万元)."""
        begin, _ = self._piece(quantity)
        bound = self._bounds.first_from(begin)
        if bound is None or bound[1] > quantity.start:
            return False
        amount = self._amounts.first_from(quantity.sentence[0])
        return amount is not None and amount[1] <= begin

    def _piece(self, quantity: Quantity) -> tuple[int, int]:
        """The stretch between commas that holds the quantity."""
        low, high = quantity.sentence
        opens, closes = self._opens.last_to(quantity.start), self._closes.first_from(quantity.end)
        return max(low, opens[1]) if opens else low, min(high, closes[0]) if closes else high

    def _said_periods(self, quantity: Quantity, until: int) -> tuple[tuple[int, int], ...]:
        begin, stop = self._piece(quantity)
        # 每… behind another amount of the same stretch is that one's.
        spans = [
            (a, b) for a, b in self._periods.within(begin, stop) if b <= quantity.start or a >= quantity.start
        ]
        for place in range(bisect_right(self._timed, stop, key=lambda piece: piece[1]), len(self._timed)):
            a, b = max(self._timed[place][0], stop), min(self._timed[place][1], until)
            if a >= until:
                break
            if (a, b) == self._timed[place] or _TERM.search(self._text, a, b):
                spans.append((a, b))
        return tuple(dict.fromkeys(spans))

    def _cap(self, quantity: Quantity, until: int) -> tuple[int, int] | None:
        next_cap = bisect_right(self._caps, quantity.start, key=lambda q: q.start)
        if next_cap < len(self._caps) and self._caps[next_cap].start < until:
            return self._piece(self._caps[next_cap])
        at = quantity.end
        for place in range(bisect_right(self._real, at, key=lambda piece: piece[1]), len(self._real)):
            if self._real[place][0] >= until:
                break
            # The piece that holds the amount may say it before the amount, the last one behind `until`.
            real = _NO_MORE_THAN_REAL.match(self._text, max(at, self._real[place][0]), until)
            if real:
                return real.span()
        return None

    def _case(self, quantity: Quantity) -> tuple[int, int] | None:
        """Whom or which case is named before the amount (对…给予, …的,给予): in its own sentence, in those that a
        semicolon joins to it, or in the one before these where that states no amount."""
        low, high = quantity.sentence
        at = quantity.start
        named = self._named_up_to(_FOR_WHOM, low, high, at) or self._named_up_to(_IF, low, high, at)
        passed: list[int] = []  # sentences before which is named the same for the amounts that follow
        while named is None:
            if low in self._before:
                named = self._before[low]
                break
            passed.append(low)
            end = _without_blanks(self._text, low)
            joined = end > 0 and self._text[end - 1] == ";"
            start = self._sentence_start(low)
            if not joined and bisect_left(self._paid_at, start) < bisect_left(self._paid_at, low):
                break
            stop = min(at, low + _FAR)
            if end > 0 and self._text[end - 1] in "。;" and "第" not in self._text[max(start, end - 9) : end]:
                stop = low  # only a label (第…条) reads over a stop
            if stop == at:
                passed.clear()
            named = self._named_in(start, low, stop)
            if not joined:
                break
            low = start
        self._before.update(dict.fromkeys(passed, named))
        return named

    def _named_up_to(
        self, pattern: re.Pattern[str], start: int, end: int, at: int
    ) -> tuple[int, int] | None:
        """What `pattern` names last in `[start, at)`, the beginning of the sentence `[start, end)`."""
        if at - start <= _FAR:
            return _last(_names(pattern, self._text[start:at], start))
        if (pattern, start) not in self._all:
            self._all[pattern, start] = list(_names(pattern, self._text[start:end], start))
        whole = self._all[pattern, start]
        # What begins far before the amount is the same in the whole sentence; the rest is read up to the amount.
        near = at - _FAR
        count = bisect_right(whole, near, key=lambda name: name[0])
        resume = max(near, whole[count - 1][1]) if count else near
        rest = [found.span(_group(found)) for found in pattern.finditer(self._text, resume, at)]
        return rest[-1] if rest else whole[count - 1][2] if count else None

    def _named_in(self, start: int, end: int, stop: int) -> tuple[int, int] | None:
        """What is named last in the sentence `[start, end)`, where a phrase that begins in it may go on to `stop`."""
        key = (start, end, stop)
        if key not in self._named:
            words = self._text[start:stop]
            self._named[key] = next(
                (
                    name
                    for pattern in (_FOR_WHOM, _IF)
                    if (name := _last(n for n in _names(pattern, words, start) if n[0] < end))
                ),
                None,
            )
        return self._named[key]

    def _sentence_start(self, at: int) -> int:
        """Where the sentence begins that ends before `at`; 0 at the head of the text."""
        end = at
        while end > 0 and self._text[end - 1] in "。;!? \n":
            end -= 1
        stop = self._stops.last_to(end)
        return stop[1] if stop else 0


def _without_blanks(text: str, end: int) -> int:
    """Where `[0, end)` of `text` ends without the blanks behind it."""
    while end > 0 and text[end - 1].isspace():
        end -= 1
    return end


def _group(found: re.Match[str]) -> str:
    """The group of `_FOR_WHOM` or `_IF` that holds the name."""
    return found.lastgroup or ""


def _names(
    pattern: re.Pattern[str], words: str, offset: int
) -> Iterator[tuple[int, int, tuple[int, int]]]:
    """Where each match of `_FOR_WHOM` or `_IF` in `words` begins and ends, and the name it gives."""
    for found in pattern.finditer(words):
        a, b = found.span(_group(found))
        yield offset + found.start(), offset + found.end(), (offset + a, offset + b)


def _last(names: Iterable[tuple[int, int, tuple[int, int]]]) -> tuple[int, int] | None:
    """The name that comes last, None where there is none."""
    every = [name for _, _, name in names]
    return every[-1] if every else None


def _stated(text: str) -> list[tuple[int, int]]:
    """The sentences that list conditions, their numbered lines included."""
    spans: list[tuple[int, int]] = []
    past = 0
    # `$` is the end of the last line, before its break.
    end = len(text) - text.endswith("\n")
    for match in _STATED.finditer(text):
        if match.start() < past:
            continue
        begin = max(text.rfind("。", past, match.start()), text.rfind("\n", past, match.start())) + 1
        stop = text.find("。", match.end())
        past = stop if stop >= 0 else max(end, match.end())
        spans.append((begin, past))
    return spans
