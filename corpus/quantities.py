"""Numbers in policy prose: where they stand, what they count, for which year, compared how.

Works on a normal text (NFKC, Simplified); offsets are relative to the text given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from corpus.document import FigureKind
from corpus.lines import ordinal

_HAN_DIGITS = "零〇一二三四五六七八九十百千两"
# 量词 and units of measure as GB 3100 and policy prose print them; longest first where one opens another.
_UNITS = (
    r"个百分点|个工作日|个月|工作日|人次|平方米|平方公里|平方公尺|公顷|公里|千米|立方米|周岁|分钟|小时|学时|课时|个|家|所|名|人|次|张|"
    r"万亿元|亿元|万元|千元|百元|元|角|亩|米|岁|天|日|周|年|倍|项|件|户|床|条|批|套|门|期|处|座|辆|台|部|支|种|类|级|吨|公斤|千克|克|升|"
    r"%|‰|km2|m2|kg|km|cm|mm|m(?![A-Za-z])"
)
_PER_UNIT = r"个?托位|人次|学期|平方米|家庭|机构|项目|工作日|小时|[家人月年天日周生孩户床次个所班名张例亩节套吨度园胎间台只头株m2]"
_MONEY_PER = rf"(?:[/·](?:{_PER_UNIT})(?:·(?:{_PER_UNIT}))?){{0,3}}"
_ARABIC = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_RANGE = r"(?:\s*(?:-|~|至|到)\s*(?:\d+(?:\.\d+)?))?"
NUMBER = re.compile(
    rf"(?P<number>(?:{_ARABIC}){_RANGE})\s?(?P<scale>万|亿|千)?(?:余|多)?\s?(?P<unit>(?:{_UNITS}){_MONEY_PER})?"
    rf"|百分之(?P<percent>[{_HAN_DIGITS}点]+)"
    rf"|(?P<part>[{_HAN_DIGITS}]+)分之(?P<whole>[{_HAN_DIGITS}]+)"
    rf"|(?P<han>[{_HAN_DIGITS}万]+)(?P<han_unit>万元|亿元|元|个工作日|个月|周岁|岁|平方米|平方公尺|小时|人(?=以上|以下|为限|为原则|,|。|;|者)|倍|(?<=[{_HAN_DIGITS}])日(?=内|以|前|起|。|,|;)|年(?=内|以|,|。|;|期|后|者))"
    r"|(?P<word>全覆盖)"
)
YEAR = re.compile(
    r"(?<![\d-])(?P<from>(?:19|20)\d\d)(?:年)?(?P<more>(?:(?:、|和|及|,|与)(?:19|20)\d\d(?:年)?)+)?"
    r"(?P<to>\s*(?:-|~|至|到)\s*(?:20\d\d))?(?=年|年度|\s*年)|(?<![\d-])(?P<single>(?:19|20)\d\d)年"
)
_BY_YEAR = re.compile(r"(?:到|至|截至)\s*(?:19|20)\d\d年")
# The end of a five-year plan is a year by definition (国民经济和社会发展五年规划).
PLAN_END = re.compile(r"“?十([二三四五六])五”?(?:规划|时期)*(?:期末|末|结束|收官)")
_MASKS = (
    re.compile(r"《[^》]{1,120}》(?:\([^()]{0,60}\))?"),  # cited titles carry years and numbers of their own
    re.compile(r"[\u4e00-\u9fa5]{0,12}[〔\[【][12]\d{3}[〕\]】]\s*第?\s*\d+\s*号"),
    re.compile(r"第\s*[\d一二三四五六七八九十百]+(?:-\d+)?\s*[条章节款项号编届次批期]"),
    re.compile(r"(?:19|20)\d\d年\d{1,2}月(?:\d{1,2}日)?|(?<!\d)\d{1,2}月\d{1,2}日"),
    re.compile(
        r"[A-Za-z]+\d[\d./-]*|\d+(?:\+[\dA-Za-z]+)+|\d(?!(?:m2|km2|km|kg|cm|mm|m)(?![A-Za-z]))[A-Za-z]+\d*|\d{1,2}:\d\d"
    ),
    re.compile(r"[一二][〇零○0一二三四五六七八九]{3}年"),
    re.compile(r"附(?:件|表)\s*\d+|专栏\s*\d+"),
)
_BEFORE = re.compile(
    r"(力争达到|力争|不得少于|不得低于|不得超过|不得高于|最高不超过|最多不超过|最高不得超过|不少于|不低于|不小于|不超过|不高于|不大于|不足|"
    r"至少|至多|最高|最多|最低|超过|高于|大于|低于|少于|小于|达到|达|约|近|提高到|增加到|提升至|提高至|降至|控制在|>=|<=|≥|≤|>|<)"
    r"(?:应当|应|要|可|须)?(?:建有|新增|新建|建成|建设|设立|有|配备|参加|开展|为|在|至|到|给予|增加|举办)?(?:每(?:平方米|[\u4e00-\u9fa5]{1,3})){0,3}\s*$"
)
_AFTER = re.compile(r"^(?:\([^()]{0,12}\))?(及以上|以上|以下|及以下|以内|之内|左右|内)")
_SUBSIDY = re.compile(r"补助|补贴|奖补|资助|津贴|奖励|奖金|慰问金|救助金|红包|消费券")
_TARGETED = re.compile(
    r"达到|力争|实现|目标|期末|不少于|不低于|至少|以上|超过|>|≥|建成|新增|新建|覆盖|提高到"
)
_DONE = re.compile(r"截至|已有|已建成|现有|(?:20\d\d)年底(?:全|我)?[省市区县]")
_DELIMITER = re.compile(r"[,。;:、!?\n“”(]")
_FILLER = re.compile(
    r"^(?:其中|同时|并|且|以及|到|至(?!少)|截至|截止|每年|分别|力争|确保|实现|完成|按照|按|对|将|在|为|使|的|和|或|及|于|原则上|应|由)+"
)
_YEAR_PHRASE = re.compile(
    r"(?:到|至|截至|截止)?(?:(?:19|20)\d\d年?\s*(?:、|和|及|与|-|~|至)?\s*)+年?(?:底|末|前|度|期末)*前?"
)
_PLACE_WORD = re.compile(r"^(?:全|我|各|本)[国省市区县州镇街]+(?:\([^()]{1,5}\))?")
_PER = re.compile(
    r"(?:每(?:[\u4e00-\u9fa5]{1,4}?))?(?:每(?:人|生|孩|户|家|月|年|天|日|次|学期|托位|平方米|个托位|床))+$"
)
_LINK = re.compile(
    r"(?:为期|为|是|达到|达|约|不少于|不低于|不超过|不高于|超过|至少|最高|最多|最低|力争|增加到|提高到|的比例|各|按|给予|共|有|再|之间|分别|可|应|须|>|<|≥|≤|:|每)+$"
)
_VERB_ONLY = re.compile(
    r"^(?:至少|力争|不少于)?(?:新增|建成|建设|新建|打造|评定|创建|培育|开设|选择|组织|开展|给予|发放|设置|配备|建立|建有|设有|参加|举办|提供|招收|完成|实施|补助|一次性)?"
    r"(?:一次性|至少|不少于|不低于)?$"
)


_DURATIONS = frozenset({"年", "个月", "天", "日", "周", "小时", "分钟", "学时", "课时", "工作日", "个工作日"})
_ENDS_IN_VERB = re.compile(
    r"(?:新增|建成|建设|新建|建|打造|评定|培育|开设|选择|组织|开展|设置|配备|建立|建有|设有|参加|举办|提供|招收|设立)$"
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in a text: `[start, end)` relative to it, `value` in `unit` with 万/亿 multiplied out."""

    start: int
    end: int
    value: float | None
    unit: str | None
    comparator: str | None
    indicator: str | None
    year: int | None
    scope: str | None
    kind: FigureKind
    sentence: tuple[int, int]


def sentences(text: str) -> list[tuple[int, int]]:
    """The sentences of `text` as `[start, end)`: up to 。！？；or a line break, brackets kept whole."""
    spans: list[tuple[int, int]] = []
    start, depth = 0, 0
    for at, character in enumerate(text):
        if character in "(“《":
            depth += 1
        elif character in ")”》":
            depth = max(0, depth - 1)
        if character == "\n" or (character in "。!?;" and depth == 0):
            depth = 0
            _push(spans, text, start, at + 1)
            start = at + 1
    _push(spans, text, start, len(text))
    return spans


def _push(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        spans.append((start, end))


def masked(text: str) -> str:
    """`text` with cited titles, document numbers, dates and codes blanked out, same length."""
    for pattern in _MASKS:
        text = pattern.sub(lambda found: "\x00" * len(found.group()), text)
    return text


def value_of(number: str, scale: str | None = None) -> float | None:
    """The value of a printed number: `1,958` → 1958, `2.45`+`万` → 24500, `一千九百` → 1900, a range → None."""
    bare = number.replace(",", "").strip()
    factor = {"万": 1e4, "亿": 1e8, "千": 1e3}.get(scale or "", 1.0)
    if re.fullmatch(r"\d+(?:\.\d+)?", bare):
        return round(float(bare) * factor, 6)
    if re.fullmatch(rf"[{_HAN_DIGITS}万点]+", bare):
        return round(_han_value(bare) * factor, 6)
    return None


def _han_value(text: str) -> float:
    whole, _, fraction = text.partition("点")
    high, has_wan, low = whole.rpartition("万")
    total = (
        float((ordinal(high) if high else int(bool(has_wan))) * 10000 + ordinal(low))
        if has_wan
        else float(ordinal(whole))
    )
    for place, digit in enumerate(fraction, 1):
        total += ordinal(digit) / 10**place
    return total


def quantities(text: str) -> list[Quantity]:
    """The quantities of a clause's normal text, in order, each with what it is about."""
    shown = masked(text)
    found: list[Quantity] = []
    lead_year: int | None = None  # a paragraph opens with `2023年,` or a sentence says 到2025年: it holds on
    running: int | None = None  # said before a semicolon: `到2025年评定…5家;创建…1家`
    last = 0
    for start, end in sentences(text):
        if not last or "\n" in text[last:start]:
            lead_year = _single_year(YEAR.match(shown, start))
        if not last or text[last - 1] != ";":
            running = None
        found.extend(_in_sentence(text, shown, start, end, running or lead_year))
        by = _BY_YEAR.search(shown, start, end)
        if by is not None:
            lead_year = _single_year(YEAR.search(shown, by.start(), end))
        said = [_years(m) for m in YEAR.finditer(shown, start, end)]
        if said:
            running = said[-1][0] if len(said[-1]) == 1 else None
        last = end
    return found


def _single_year(match: re.Match[str] | None) -> int | None:
    if match is None or match.group("more") or match.group("to"):
        return None
    return int(match.group("from") or match.group("single"))


def _in_sentence(text: str, shown: str, start: int, end: int, lead_year: int | None) -> Iterator[Quantity]:
    years = [(m.start(), m.end(), _years(m)) for m in YEAR.finditer(shown, start, end)]
    years += [
        (m.start(), m.end(), [2005 + 5 * ordinal(m.group(1))]) for m in PLAN_END.finditer(shown, start, end)
    ]
    years.sort()
    result: list[Quantity] = []
    for match in NUMBER.finditer(shown, start, end):
        if any(a <= match.start() < b + 1 for a, b, _ in years) or not _stands_alone(shown, match):
            continue
        value, unit = _value_and_unit(match)
        if unit is None and match.group("number") and not _bare_number_counts(shown, match):
            continue
        before = _BEFORE.search(shown[max(start, match.start() - 24) : match.start()])
        after = _AFTER.match(shown[match.end() : match.end() + 16])
        comparator = after.group(1) if after else before.group(1) if before else None
        if match.group("word"):
            comparator = "全覆盖"
        elif comparator in ("达到", "达") and "力争" in re.split(r"[,;。]", shown[start : match.start()])[-1]:
            comparator = "力争达到"
        said = next((ys for a, _, ys in reversed(years) if a < match.start()), None)
        year = (said[-1] if len(said) == 1 else None) if said else None
        if said is None and unit not in _DURATIONS:
            year = lead_year  # 到2025年,…。组织…不少于60学时: the hours are no year's target
        indicator = _indicator(shown, start, end, match)
        # 资助标准为…200元;生活费…5元: what a semicolon joins is paid out too.
        joined = text.rfind("。", 0, start) + 1
        kind = _kind(unit, text[max(joined, text.rfind("\n", 0, start) + 1) : end], indicator, year)
        result.append(
            Quantity(
                match.start(),
                _trim(match),
                value,
                unit,
                comparator,
                indicator,
                year,
                None,
                kind,
                (start, end),
            )
        )
    yield from _respectively(shown, start, end, years, result)


def _trim(match: re.Match[str]) -> int:
    return match.start() + len(match.group().rstrip())


def _years(match: re.Match[str]) -> list[int]:
    first = int(match.group("from") or match.group("single"))
    more = [int(y) for y in re.findall(r"\d{4}", match.group("more") or "")]
    if match.group("to"):
        return [first, int(re.findall(r"\d{4}", match.group("to"))[0]), 0]
    return [first, *more]


def _stands_alone(shown: str, match: re.Match[str]) -> bool:
    before = shown[match.start() - 1] if match.start() else ""
    if match.group("number"):
        after = shown[match.start() + len(match.group("number")) : match.end() + 1][:1]
        joined = bool(before) and before in "+-×/.\x00"
        return not (joined or (before.isascii() and before.isalnum()) or (after and after in "+×"))
    return not before.isdigit()


def _bare_number_counts(shown: str, match: re.Match[str]) -> bool:
    """Whether a number without a unit still says something: it follows a comparator (7万左右)."""
    if match.group("scale"):
        return True
    return bool(
        _AFTER.match(shown[match.end() : match.end() + 4])
        or re.search(r"(?:达到|达|不少于|不低于|不超过|超过)$", shown[: match.start()])
    )


def _value_and_unit(match: re.Match[str]) -> tuple[float | None, str | None]:
    if match.group("word"):
        return None, None
    if match.group("percent"):
        return value_of(match.group("percent")), "%"
    if match.group("part"):
        part, whole = value_of(match.group("part")), value_of(match.group("whole"))
        return (whole / part if part and whole is not None else None), None
    if match.group("han"):
        unit = match.group("han_unit")
        factor = 1e4 if unit == "万元" else 1e8 if unit == "亿元" else 1.0
        value = value_of(match.group("han"))
        return (value * factor if value is not None else None), "元" if unit.endswith(
            "元"
        ) else unit.removesuffix("以上").removesuffix("以下")
    unit = match.group("unit")
    value = value_of(match.group("number"), match.group("scale"))
    if unit:
        for word, factor in (("万亿元", 1e12), ("亿元", 1e8), ("万元", 1e4), ("千元", 1e3), ("百元", 1e2)):
            if unit.startswith(word):
                value = round(value * factor, 6) if value is not None else None
                unit = "元" + unit.removeprefix(word)
                break
    return value, unit


def _indicator(shown: str, start: int, end: int, match: re.Match[str]) -> str | None:
    """The words the number is about: those before it up to a delimiter, or those after a mere verb."""
    # A remark in brackets belongs to the words around it: it is no boundary.
    head = re.sub(r"\([^()]*\)", lambda found: "\x00" * len(found.group()), shown[start : match.start()])
    cut = max((delimiter.end() for delimiter in _DELIMITER.finditer(head)), default=0)
    before = _YEAR_PHRASE.sub("", shown[start + cut : match.start()].strip("\x00 ")).strip()
    trimmed = before
    for _ in range(3):
        trimmed = _PER.sub("", _LINK.sub("", trimmed))
        trimmed = _PLACE_WORD.sub("", _FILLER.sub("", trimmed))
    tail = re.sub(r"\([^()]*\)", lambda found: "\x00" * len(found.group()), shown[match.end() : end])
    stop = _DELIMITER.search(tail)
    after = shown[match.end() : match.end() + stop.start() if stop else end].strip("\x00 ")
    after = re.sub(r"^(?:及以上|以上|以下|以内|左右|之内|内)?(?:的)?", "", after)
    if (not trimmed or _VERB_ONLY.match(trimmed) or _ENDS_IN_VERB.search(trimmed)) and after:
        return (trimmed + after)[:40].strip("\x00") or None
    if "标准为" in trimmed:
        trimmed = trimmed.split("标准为")[-1] or trimmed
    return trimmed.strip("\x00")[-40:] or None


def _kind(unit: str | None, sentence: str, indicator: str | None, year: int | None) -> FigureKind:
    if unit is not None:
        if unit.startswith("元"):
            return (
                FigureKind.SUBSIDY
                if _SUBSIDY.search(sentence) or _SUBSIDY.search(indicator or "")
                else FigureKind.MONEY
            )
        if unit in ("岁", "周岁"):
            return FigureKind.AGE
        if unit in _DURATIONS:
            return FigureKind.DURATION
        if unit in ("平方米", "平方公里", "亩", "公顷", "m2", "平方公尺"):
            return FigureKind.AREA
    if _DONE.search(sentence) and not re.search(r"到20\d\d年|力争", sentence):
        return FigureKind.BASELINE
    if year is not None or _TARGETED.search(sentence):
        return FigureKind.TARGET
    return FigureKind.SHARE if unit in ("%", "‰") else FigureKind.COUNT


def _respectively(
    shown: str, start: int, end: int, years: Sequence[tuple[int, int, list[int]]], found: list[Quantity]
) -> list[Quantity]:
    """Map a 分别 list item by item: years to values, or named items to values."""
    for hit in re.finditer("分别", shown[start:end]):
        at = start + hit.start()
        run: list[int] = []
        for index, quantity in enumerate(found):
            if quantity.start < at:
                continue
            gap = shown[found[run[-1]].end : quantity.start] if run else shown[at : quantity.start]
            if run and not re.fullmatch(r"(?:以上|以下|左右|以内)?[、,和及与]?", gap):
                break
            if not run and len(gap) > 24:
                break
            run.append(index)
        if len(run) < 2:
            continue
        dated = next(
            (ys for _, b, ys in reversed(years) if b <= at and len(ys) == len(run) and 0 not in ys), None
        )
        items = _items_before(shown[start:at], len(run)) if dated is None else None
        first = found[run[0]]
        following = re.match(
            r"(?:以上|以下|左右)?的?([\u4e00-\u9fa5]{2,16})", shown[found[run[-1]].end : end]
        )
        about = following.group(1) if items and following else first.indicator
        last = found[run[-1]].comparator  # 分别达35%、40%以上: the mark behind the list holds for all of it
        shared = last if last in ("以上", "以下", "左右", "以内") else None
        for place, index in enumerate(run):
            found[index] = replace(
                found[index],
                indicator=about if dated or items else found[index].indicator,
                comparator=shared or found[index].comparator or first.comparator,
                year=dated[place] if dated else found[index].year,
                kind=FigureKind.TARGET
                if dated and found[index].kind in (FigureKind.SHARE, FigureKind.COUNT)
                else found[index].kind,
                scope=items[place] if items else found[index].scope,
            )
    return found


def _items_before(text: str, count: int) -> list[str] | None:
    """The last `count` items of the list that ends `text` (按照托大班、托小班、乳儿班 → three)."""
    tail = re.split(r"[,。;:\n]", text.rstrip(", "))[-1]
    items = [item.strip() for item in re.split(r"[、和及与]", tail) if item.strip()]
    if len(items) != count:
        return None
    items[0] = re.sub(r"^.*?(?:按照|按|对|给予|将|向)", "", items[0]) or items[0]
    return items
