"""What a statement says that can be held against a clause: its figures, years, names, quotations and negations.

An atom is read from a normal text (NFKC, Simplified), so 4.5個 and 4.5个, 1万元 and 10000元, 四点五 and 4.5 are one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from corpus.lines import DOCUMENT_NUMBER, ORDER_NUMBER, ordinal
from corpus.places import mentions
from corpus.quantities import PLAN_END, UNIT, value_of


class AtomKind(StrEnum):
    """What an atom is; the value goes to the wire."""

    NUMBER = "number"
    COMPARATOR = "comparator"  # 不低于, 左右: always of a number
    YEAR = "year"
    DATE = "date"
    UNIT = "unit"  # a bureau
    PLACE = "place"
    DOCUMENT = "document_number"
    CLAUSE = "clause_number"
    QUOTATION = "quotation"
    NEGATION = "negation"
    WORDING = "wording"  # what is left: the words around the atoms


@dataclass(frozen=True, slots=True)
class Atom:
    """An atom at `[start, end)` of a normal text; two atoms of a kind say the same where their keys are equal.

    `unit` and `per` belong to numbers: 3000元/托位 has the unit 元, per 托位, and the key of 3000.
    """

    kind: AtomKind
    start: int
    end: int
    key: tuple[str | float, ...]
    unit: str = ""
    per: str = ""
    of: int = -1  # where the figure begins that a comparator belongs to


_HAN = "零〇一二三四五六七八九十百千两"
_LONGEST = 24  # characters of a numeral: a run of them without end is none, and would be read from each of its places
_ARABIC = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_SCALE = r"千万|百万|万|亿|千(?![瓦米克伏卡])"
_PER = r"(?P<per>(?:[/·](?:个?托位|平方米|千瓦时|立方米|公里|公斤|人次|学期|工作日|[\u4e00-\u9fa5]))*)"
_COUNTED = rf"(?:{UNIT.pattern}|个托位|孩|胎|月|星|档|学期)"
FIGURE = re.compile(
    r"(?<![A-Za-z\d.:])(?P<ratio>\d{1,3}(?::\d{1,3}){1,2})(?![\d:])"
    rf"|百分之(?P<percent>[{_HAN}点]+)"
    rf"|(?P<part>[{_HAN}万]{{1,{_LONGEST}}})分之(?P<whole>[{_HAN}点]+)"
    rf"|(?<![A-Za-z\d.])(?P<number>{_ARABIC})(?:\s*[-~至到]\s*(?P<upto>{_ARABIC})(?![\d.]|\s*=))?\s?(?P<scale>{_SCALE})?[余多]?\s?"
    rf"(?P<unit>{_COUNTED})?{_PER}"
    rf"|(?<![第{_HAN}])(?P<han>[{_HAN}][{_HAN}万]{{0,{_LONGEST}}}(?:点[{_HAN}]{{1,{_LONGEST}}})?)(?P<han_unit>个百分点|周岁|万元|亿元|{_COUNTED})(?!性|体)"
)
YEAR = re.compile(r"(?<![\d.])((?:19|20)\d\d)(?=\s*年|\s*(?:、|和|及|与|,|-|~|至|到)\s*(?:(?:19|20)\d\d\s*[、和及与,]\s*)*(?:19|20)\d\d\s*年)")
PLAN = re.compile(r"十([二三四五六])五(?=[”期规时末])")
DATE = re.compile(
    r"(?:(?P<year>(?:19|20)\d\d)年)?(?<!\d)(?P<month>\d{1,2})月(?:(?P<day>\d{1,2})日|(?=[^\d内以]|$)(?(year)|(?!)))"
    r"|(?:(?P<han_year>[一二][〇零○一二三四五六七八九]{3})年)(?P<han_month>[一二三四五六七八九十]{1,2})月(?:(?P<han_day>[一二三四五六七八九十]{1,3})日)?"
)
ARTICLE = re.compile(rf"第\s*(?P<number>[{_HAN}]+|\d+(?:-\d+)?)\s*(?P<what>条|款|项|章|节|编)")
PATH = re.compile(r"(?<![\u4e00-\u9fa5\d])[一二三四五六七八九十]{1,3}(?:、?\([一二三四五六七八九十]{1,3}\))(?:\d{1,3}(?![\d.]*[%元个家]))?(?:\(\d{1,2}\))?")
PLACED = re.compile(r"附件\d{0,2}(?:表\d{1,2})?(?:第\d{1,3}[段行])?|专栏\d{1,2}|第\d{1,3}[段行](?=[\s(]|$)")
TITLE = re.compile(r"《([^《》]{2,120}(?:〈[^〉]{2,80}〉[^《》]{0,40})?)》")
QUOTED = re.compile(r"“([^“”]{1,120})”")
NEGATION = re.compile(
    r"不(?:得|能|可以?|予|再|应当?|宜|准|许|需要?|必|用|包括|含)(?!少于|低于|超过|高于|大于|小于|或缺|分割|抗力|避免|持续|替代)"
    r"|不(?![得能可予再应宜准许需必用断仅但同足良动锈论管过限少低高超大小满久易明当法稳平充确定孕育便利力善懈忘变等已一愧测均])"
    r"|无需|无须|毋须|无法|免予|免于|免除|免收|免缴|免交|严禁|禁止|除外|除(?=[^,。;外]{1,30}(?:之|以)?外)|没有|并非|勿"
    r"|未(?![来成必婚知尽满超]|达标)|(?<![是])非(?![常遗法凡])"
)
MODAL = re.compile(r"(?:应当|应该|应|须|必须|要|可以|可|能够|能|会|允许|准予|得|需要|需)$")
_MONEY = (("万亿", 1e12), ("千亿", 1e11), ("百亿", 1e10), ("千万", 1e7), ("百万", 1e6), ("亿", 1e8), ("万", 1e4), ("千", 1e3), ("百", 1e2))
_SAME_UNIT = {"平方米": "m2", "平方公尺": "m2", "平方公里": "km2", "公里": "km", "千米": "km", "工作日": "个工作日", "米": "m", "千克": "kg", "公斤": "kg", "两": "个",
              "个托位": "个", "个小时": "小时", "个学时": "学时", "个课时": "课时"}  # fmt: skip

_MARKS = (
    ("min", re.compile(r"(?:不得?(?:低于|少于|小于)|至少|最低|最少|≥|>=)"), re.compile(r"(?:及|\()?以上|起步")),
    ("max", re.compile(r"(?:[不未]得?(?:超过|超出|高于|大于|多于)|最高|最多|最长|至多|上限|封顶|≤|<=)"), re.compile(r"(?:及|\()?以下|以内|之内|为限|封顶|上限")),
    ("above", re.compile(r"(?<![不未得])(?:超过|高于|大于|多于|突破|>)"), re.compile(r"(?!)")),
    ("below", re.compile(r"(?<![不得])(?:低于|少于|小于|不足|不满|未满|<)"), re.compile(r"(?!)")),
    ("about", re.compile(r"(?:大约|约|接近)$|(?:大约|约)(?=[\u4e00-\u9fa5]{0,2}$)"), re.compile(r"\)?左右|上下")),
)
_GAP = re.compile(r"(?:[\u4e00-\u9fa5]{0,4}|[\u4e00-\u9fa5]{0,10}(?:达|为|到|至|给予|人民币|补助))\s*$")


def atoms_in(text: str, units: Callable[[str], Iterable[tuple[int, int, str]]] | None = None) -> list[Atom]:
    """The atoms of a normal text in order, but for its wording; `units` finds the bureaus (start, end, canonical name).

    A figure within a title, a document number, a date or an article's number is part of that and no atom of its own.
    """
    found: list[Atom] = []
    taken = [False] * len(text)

    def take(start: int, end: int) -> bool:
        if any(taken[start:end]):
            return False
        taken[start:end] = [True] * (end - start)
        return True

    for match in TITLE.finditer(text):
        take(match.start(), match.end())
        found.append(Atom(AtomKind.QUOTATION, match.start(), match.end(), (bare(match.group(1)),), "《"))
    for pattern in (DOCUMENT_NUMBER, ORDER_NUMBER):
        for match in pattern.finditer(text):
            if take(match.start(), match.end()):
                found.append(Atom(AtomKind.DOCUMENT, match.start(), match.end(), (number_key(match.group()),)))
    for match in DATE.finditer(text):
        if take(match.start(), match.end()):
            found.append(Atom(AtomKind.DATE, match.start(), match.end(), _date(match)))
    for pattern in (PLACED, ARTICLE, PATH):
        for match in pattern.finditer(text):
            if take(match.start(), match.end()):
                key = label_key(match.group())
                found.append(Atom(AtomKind.CLAUSE, match.start(), match.end(), (key,)))
    for match in YEAR.finditer(text):
        if take(match.start(), match.end()):
            found.append(Atom(AtomKind.YEAR, match.start(), match.end(), (float(match.group(1)),)))
    for match in PLAN_END.finditer(text):
        if take(match.start(), match.end()):
            found.append(Atom(AtomKind.YEAR, match.start(), match.end(), (2005.0 + 5 * ordinal(match.group(1)),)))
    for match in PLAN.finditer(text):
        if take(match.start(), match.end()):
            found.append(Atom(AtomKind.YEAR, match.start(), match.end(), ("plan", float(ordinal(match.group(1))))))
    for match in FIGURE.finditer(text):
        atom = _figure(match)
        if atom is not None and take(atom.start, atom.end):
            found.append(atom)
            found.extend(_comparators(text, atom))
    for match in QUOTED.finditer(text):
        if bare(match.group(1)):
            found.append(Atom(AtomKind.QUOTATION, match.start(), match.end(), (bare(match.group(1)),), "“"))
    outside = TITLE.sub(lambda m: "\x00" * len(m.group()), text)
    outside = DOCUMENT_NUMBER.sub(lambda m: "\x00" * len(m.group()), outside)
    organs = [] if units is None else list(units(outside))
    for start, end, name in organs:
        found.append(Atom(AtomKind.UNIT, start, end, (name,)))
    for mention in mentions(outside):
        if not any(a <= mention.start and mention.end <= b for a, b, _ in organs):
            found.append(Atom(AtomKind.PLACE, mention.start, mention.end, tuple("/".join(p.path) for p in mention.candidates)))
    for match in NEGATION.finditer(outside):
        found.append(Atom(AtomKind.NEGATION, match.start(), match.end(), ("not",)))
    return sorted(found, key=lambda a: (a.start, a.end, a.kind))


def bare(text: str) -> str:
    """A normal text without white space and the marks that copies of a document set differently."""
    return re.sub(r"[\s“”‘’\"'|*]", "", text).replace("〈", "").replace("〉", "")


def number_key(text: str) -> str:
    """A document number with one kind of brackets and without blanks."""
    return re.sub(r"[\[【(]", "〔", re.sub(r"[\]】)]", "〕", re.sub(r"\s|第(?=\d)", "", text)))


def label_key(text: str) -> str:
    """A clause's label as one spelling: 第十六条 and 第16条 are one, 二、(三)11 is 二(三)11."""
    short = re.sub(r"[\s、.()]", "", text)
    match = ARTICLE.fullmatch(short)
    if match is not None:
        number = match.group("number")
        return f"{number if number[0].isdigit() else ordinal(number)}{match.group('what')}"
    return short


def _date(match: re.Match[str]) -> tuple[str | float, ...]:
    if match.group("han_year"):
        year = "".join(str("〇一二三四五六七八九".index(c)) if c in "一二三四五六七八九" else "0" for c in match.group("han_year"))
        day = match.group("han_day")
        return (float(year), float(ordinal(match.group("han_month"))), float(ordinal(day)) if day else 0.0)
    year_, day = match.group("year"), match.group("day")
    return (float(year_ or 0), float(match.group("month")), float(day or 0))


def _figure(match: re.Match[str]) -> Atom | None:
    start, end = match.start(), match.start() + len(match.group().rstrip())
    if match.group("ratio"):
        return Atom(AtomKind.NUMBER, start, end, ("ratio", *map(float, match.group("ratio").split(":"))))
    if match.group("percent"):
        value = value_of(match.group("percent"))
        return None if value is None else Atom(AtomKind.NUMBER, start, end, (value,), "%")
    if match.group("part"):
        part, whole = value_of(match.group("part")), value_of(match.group("whole"))
        return Atom(AtomKind.NUMBER, start, end, ("ratio", whole or 0.0, part or 0.0))
    if match.group("han"):
        value = value_of(match.group("han"))
        unit = match.group("han_unit")
        if value is None:
            return None
        value, unit = _scaled(value, unit)
        return Atom(AtomKind.NUMBER, start, end, (value,), _SAME_UNIT.get(unit, unit))
    value = value_of(match.group("number"), match.group("scale"))
    if value is None:
        return None
    value, unit = _scaled(value, match.group("unit") or "")
    key: tuple[float, ...] = (value,)
    if match.group("upto"):
        upto = value_of(match.group("upto"), match.group("scale")) or 0.0
        key = (value, _scaled(upto, match.group("unit") or "")[0])
    return Atom(AtomKind.NUMBER, start, end, key, _SAME_UNIT.get(unit, unit), match.group("per").strip("/·"))


def _scaled(value: float, unit: str) -> tuple[float, str]:
    """Money and counts with the scale of their unit multiplied out: 1, 万元 → 10000, 元."""
    for words, factor in _MONEY:
        if unit.startswith(words) and len(unit) > len(words):
            return round(value * factor, 6), unit.removeprefix(words)
    return value, unit


def _comparators(text: str, figure: Atom) -> Iterator[Atom]:
    """The marks of a figure: 不低于, 最高, 以上, 左右; none beyond the comma before it or another figure."""
    begin = max(0, figure.start - 14)
    before = re.split(r"[,。;:!?、\n\d]", text[begin : figure.start])[-1]
    offset = figure.start - len(before)
    after = text[figure.end : figure.end + 5]
    for name, ahead, behind in _MARKS:
        match = next(reversed(list(ahead.finditer(before))), None)
        if match is not None and _GAP.fullmatch(before[match.end() :]):
            yield Atom(AtomKind.COMPARATOR, offset + match.start(), offset + match.end(), (name,), of=figure.start)
        followed = behind.match(after)
        if followed is not None:
            yield Atom(AtomKind.COMPARATOR, figure.end, figure.end + followed.end(), (name,), of=figure.start)
