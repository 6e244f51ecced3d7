"""Numbers in policy prose: where they stand, what they count, for which year, compared how.

Works on a normal text (NFKC, Simplified); offsets are relative to the text given.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from corpus.document import FigureKind
from corpus.indicator import GIVES, Surroundings
from corpus.lines import ordinal
from corpus.numerals import ARABIC, HAN_DIGITS, LATIN_UNITS, SCALE, UNITS
from corpus.occurrences import Occurrences

UNIT = re.compile(rf"[千百]?[万亿]?(?:{UNITS})")
_PER_UNIT = r"千瓦时|立方米|km2|m2|m3|公里|公斤|只|千人|万人|个?托位|人次|学期|平方米|家庭|机构|项目|工作日|小时|[家人月年天日周生孩户床次个所班名张例亩节套吨度园胎间台只头株m]"
_MONEY_PER = rf"(?:[/·](?:{_PER_UNIT})(?:·(?:{_PER_UNIT}))?){{0,3}}"
_COUNTED = r"(?:个|所|家|名|处|次|项|户|张)"  # 至少一所; a bare 一个 is no figure
_RANGE = r"(?:\s*(?:-|~|至|到)\s*(?:\d+(?:\.\d+)?))?"
NUMBER = re.compile(
    r"(?P<ratio>\d{1,3}(?::\d{1,3}){1,2})(?=的?比例|分担|分配|配备|配置|配套|配建|[,。;、)])"
    rf"|(?P<number>(?:{ARABIC}){_RANGE})\s?(?P<scale>{SCALE})?(?:余|多)?\s?(?P<unit>(?:{UNITS}){_MONEY_PER})?"
    rf"|百分之(?P<percent>[{HAN_DIGITS}点]+)"
    rf"|(?P<part>[{HAN_DIGITS}万]+)分之(?P<whole>[{HAN_DIGITS}点]+)"
    rf"|(?<![第{HAN_DIGITS}])(?P<han>[{HAN_DIGITS}][{HAN_DIGITS}万]*(?:点[{HAN_DIGITS}]+)?)(?P<han_unit>万元|亿元|元|个工作日|个月|周岁|岁|平方米|平方公尺|小时|人(?=以上|以下|为限|为原则|,|。|;|者)|倍"
    rf"|(?<=[{HAN_DIGITS}])[日天](?=内|以|前|起|的|。|,|;|\)|、|[\u4e00-\u9fa5]{{0,4}}(?<!放)假)|年(?!级|度|底|初|末|一[度次]|会|报|检|审|来|间|月|之计)|{_COUNTED}(?=以上|以下|以内|的|[,。;、)]))"
    r"|(?P<word>全覆盖)|(?P<for_ever>终身)(?=不得|禁止|不予|不能|享受|免[^疫])"
)
YEAR = re.compile(
    r"(?<![\d-])(?P<from>(?:19|20)\d\d)(?:年)?(?P<more>(?:(?:、|和|及|,|与)(?:19|20)\d\d(?:年)?)+)?"
    r"(?P<to>\s*(?:-|~|至|到)\s*(?:20\d\d))?(?=年|年度|\s*年)|(?<![\d-])(?P<single>(?:19|20)\d\d)年"
)
_BY_YEAR = re.compile(r"(?:到|至|截至)\s*(?:19|20)\d\d年")
# The end of a five-year plan is a year by definition (国民经济和社会发展五年规划).
PLAN_END = re.compile(r"“?十([二三四五六])五”?(?:规划|时期)*(?:期末|末|结束|收官)")
# One name for one measure: the normal text prints ㎡ and m² as m2.
_WRITTEN = {"km2": "平方公里", "m2": "平方米", "m3": "立方米", "平米": "平方米"}
_SQUARE = re.compile("|".join(_WRITTEN))
_MASKS = (
    re.compile(r"《[^》]{1,120}》(?:\([^()]{0,60}\))?"),  # cited titles carry years and numbers of their own
    re.compile(r"[\u4e00-\u9fa5]{0,12}[〔\[【][12]\d{3}[〕\]】]\s*第?\s*\d+\s*号"),
    re.compile(r"第\s*[\d一二三四五六七八九十百]+(?:-\d+)?\s*[条章节款项号编届次批期]"),
    re.compile(
        # 2025年6月底前 leaves its year: what is to be reached by then is that year's.
        r"(?:19|20)\d\d年\d{1,2}月(?![底末])(?:\d{1,2}日)?|(?<!\d)\d{1,2}月[底末](?:[之以]?前)?|(?<!\d)\d{1,2}月\d{1,2}日(?:\([^()]{1,6}\))?(?:\s*[至-]\s*\d{1,2}日)?"
        r"|(?:[零〇一二三四五六七八九十百]{1,5}年)?[一二三四五六七八九十]{1,2}月[一二三四五六七八九十]{1,3}日"
    ),
    re.compile(
        r"(?!k?m[23](?![A-Za-z\d]))[A-Za-z]+\d[\d./-]*|\d+(?:\+[\dA-Za-z]+)+"
        rf"|(?<![\d.])\d+(?:\.\d+)?(?!(?:{LATIN_UNITS})(?![A-Za-z]))[A-Za-z]+\d*"
        r"|(?<![比为于按达过至:\d])\d{1,2}:[0-5]\d(?!\d)"
    ),
    re.compile(r"[一二][〇零○0一二三四五六七八九]{3}年"),
    re.compile(r"附(?:件|表)\s*\d+|专栏\s*\d+"),
    re.compile(r"(?m)^\s*\d{1,2}[.、]\s*(?=(?:19|20)\d\d年)"),  # 1.2025年,全市…: an item that opens with a year
    re.compile(r"[每当次本]月\d{1,2}日"),
)
_BEFORE = re.compile(
    r"(力争达到|力争|不得少于|不得低于|不得超过|不得高于|最高不超过|最多不超过|最长不超过|最高不得超过|不少于|不低于|不小于|不超过|未超过|不高于|不大于|不足|不满|未满|"
    r"至少|至多|最高|最多|最低|最长|首次突破|突破|超过|超(?=\s*$)|上限为|高于|大于|低于|少于|小于|达到|(?<!下)达|满|稳定在|约|近|提高到|提高至|增加到|提升至|提升到|扩大到|降至|控制在|>=|<=|≥|≤|>|<)"
    r"(?:应当|应|要|可|须)?(?:金额)?(?:可达|达到|可|建有|新增|新建|建成|建设|设立|有|配备|参加|开展|补助|补贴|资助|奖励|支持|申报|申请|发放|为|在|至|到|给予|增加|举办|以){0,2}"
    r"(?:每(?:平方米|[\u4e00-\u9fa5]{1,3})){0,3}(?:新台币|人民币|约)?\s*$"
)
# The mark may stand before what a share is taken of: 高于统筹地区职工平均工资300%.
_BEFORE_BASE = re.compile(r"(不得超过|不得少于|不得低于|不少于|少于|不超过|未超过|不低于|不高于|超过|高于|低于)[^,。;:\d]{2,16}$")
_AFTER = re.compile(r"^(?:\([^()]{0,12}\))?(及以上|以上|以下|及以下|以内|之内|左右|内|为限)")
_SUBSIDY = re.compile(r"给予(?![^。;]{0,20}(?:处罚|处分|罚款))|资金支持|支持资金|(?:最高|一次性)?支[持援](?=\d)|补助|补贴|奖补|资助|津贴|奖励|奖金|慰问金|救助金|红包|消费券")
_TARGETED = re.compile(
    r"达到|力争|实现|目标|期末|不少于|不低于|至少|以上|超过|>|≥|建成|新增|新建|覆盖|提高到"
)
_DONE = re.compile(r"(?:^|[。\n])(?:19|20)\d\d年(?:末|底),[^。]{0,14}有|截至|已有|已建成|现有|(?:20\d\d)年底(?:全|我)?[省市区县]")
_PLANNED = re.compile(r"到20\d\d年|力争")
# From where they begin, the patterns that tell a kind (_SUBSIDY, _TARGETED, _DONE, _PLANNED, _NO_TARGET) look no
# farther than this.
_REACH = 40
_COMPARED = re.compile(r"(?<![占同环])比$|较$")
_REACHED = re.compile(r"(?:达到|达|不少于|不低于|不超过|超过)$")
_STRIVES = re.compile(r"力争")
_STRETCH_END = re.compile(r"[,;。]")
_RESPECTIVELY = re.compile(r"分别")
_LIST_END = re.compile(r"[,。;:\n]")
_JOINS = re.compile(r"(?:以上|以下|左右|以内)?[、,和及与]?")
_NOUN_BEFORE = re.compile(r"[\u4e00-\u9fa5]{2,12}$")
_WHAT_FOLLOWS = re.compile(r"(?:以上|以下|左右)?的?([\u4e00-\u9fa5]{2,16})")


_DURATIONS = frozenset({"年", "个月", "天", "日", "周", "小时", "分钟", "学时", "课时", "工作日", "个工作日"})
_QUALIFIES = re.compile(r"(?:\([^()]{0,8}\))?(?:及以上|以上|以下|以内)的[\u4e00-\u9fa5]")
_BEYOND = re.compile(r"(?:以上|以下|以外)?的?(?:部分|差额)")
_LISTED = re.compile(r"(?:以上|以下|左右|以内)?\s*(?:、|和|或者?|及|与|至|到|-|~|,)\s*")
_THRESHOLDS = frozenset(
    {"以上", "及以上", "以下", "超过", "高于", "大于", "低于", "少于", "小于", "不足", "不满", "未满", "满", "不低于", "不少于", "不超过", "达到", "达", "以内", "突破", "首次突破", "超"}
)
MAY_BOUND = frozenset({FigureKind.TARGET, FigureKind.SHARE, FigureKind.COUNT, FigureKind.SUBSIDY, FigureKind.MONEY})
_PAID = re.compile(r"给予|发放|奖励|补助|补贴|资助|支持|享受")
_NO_TARGET = re.compile(r"罚|费率|税率|给予|补助|补贴|奖励|资助|抽查|贷款|退还|缴纳|缴费")


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
    factor = {"万": 1e4, "亿": 1e8, "千": 1e3, "百万": 1e6, "千万": 1e7}.get(scale or "", 1.0)
    if re.fullmatch(r"\d+(?:\.\d+)?", bare):
        return round(float(bare) * factor, 6)
    if re.fullmatch(rf"[{HAN_DIGITS}万点]+", bare):
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


_HEADING = re.compile(r"\s*(?:第?[一二三四五六七八九十百\d]{1,4}[、.章节条]|\([一二三四五六七八九十\d]{1,3}\))\s*[^,;:。\d]{2,24}。\s*")


def quantities(text: str) -> list[Quantity]:
    """The quantities of a clause's normal text, in order, each with what it is about."""
    shown = masked(text)
    found: list[Quantity] = []
    lead_year: int | None = None  # a paragraph opens with `2023年,` or a sentence says 到2025年: it holds on
    headed = False  # 三、目标。2023年,…: the paragraph opens behind its heading
    running: int | None = None  # said before a semicolon: `到2025年评定…5家;创建…1家`
    last = 0
    joined, looked = _Joined(text, 0), 0
    for start, end in sentences(text):
        # 资助标准为…200元;生活费…5元: what a semicolon joins is paid out too.
        opened = max(text.rfind("。", looked, start), text.rfind("\n", looked, start)) + 1
        joined, looked = _Joined(text, opened) if opened else joined, start
        if not last or "\n" in text[last:start] or headed:
            lead_year = _single_year(YEAR.match(shown, start))
        headed = _HEADING.fullmatch(text, start, end) is not None
        if not last or text[last - 1] != ";":
            running = None
        found.extend(_in_sentence(shown, start, end, running or lead_year, joined))
        by = _BY_YEAR.search(shown, start, end)
        if by is not None:
            lead_year = _single_year(YEAR.search(shown, by.start(), end))
        said = [_years(m) for m in YEAR.finditer(shown, start, end) if not _compared(shown, m)]
        if said:
            running = said[-1][0] if len(said[-1]) == 1 else None
        last = end
    return found


class _Joined:
    """The sentences behind a full stop or a line break that semicolons join, as far as they are read.

    Asked for each number whether they say something, the words read before are not searched again; so `end` may
    only grow.
    """

    def __init__(self, text: str, start: int) -> None:
        self._text = text
        self._start = max(0, start - 1)  # the stop itself tells where a sentence opens
        self._said: set[re.Pattern[str]] = set()
        self._unread: dict[re.Pattern[str], int] = {}

    def say(self, pattern: re.Pattern[str], end: int) -> bool:
        """Whether `pattern` is found in them up to `end`; it must look no farther than `_REACH` from its beginning."""
        if pattern in self._said:
            return True
        begin = self._unread.get(pattern, self._start)
        found = pattern.search(self._text, begin, end)
        if found is not None and found.start() + _REACH <= end:
            self._said.add(pattern)  # words still to come cannot take it back
        self._unread[pattern] = max(begin, end - _REACH)
        return found is not None


def _single_year(match: re.Match[str] | None) -> int | None:
    if match is None or match.group("more") or match.group("to"):
        return None
    return int(match.group("from") or match.group("single"))


def _in_sentence(
    shown: str, start: int, end: int, lead_year: int | None, joined: _Joined
) -> Iterator[Quantity]:
    dates = list(YEAR.finditer(shown, start, end))
    printed = [m.start() for m in dates], [m.end() for m in dates]
    years = [(m.start(), m.end(), _years(m)) for m in dates if not _compared(shown, m)]
    years += [
        (m.start(), m.end(), [2005 + 5 * ordinal(m.group(1))]) for m in PLAN_END.finditer(shown, start, end)
    ]
    years.sort()
    said_at = [a for a, _, _ in years]
    around = Surroundings(shown, start, end)
    strives, stretches = (Occurrences(pattern, shown, start, end) for pattern in (_STRIVES, _STRETCH_END))
    result: list[Quantity] = []
    for match in NUMBER.finditer(shown, start, end):
        before_it = bisect_right(printed[0], match.start())
        in_year = before_it > 0 and match.start() <= printed[1][before_it - 1]
        if in_year or not _stands_alone(shown, match):
            continue
        value, unit = _value_and_unit(match)
        if unit is None and match.group("number") and not _bare_number_counts(shown, match):
            continue
        before = _BEFORE.search(shown[max(start, match.start() - 24) : match.start()])
        after = _AFTER.match(shown[match.end() : match.end() + 16])
        if before is None and after is None and (unit in ("%", "倍") or match.group("part")):
            before = _BEFORE_BASE.search(shown[max(start, match.start() - 24) : match.start()])
        comparator = after.group(1) if after else before.group(1) if before else None
        if match.group("han") and re.fullmatch(_COUNTED, unit or "") and comparator is None:
            continue
        if match.group("word"):
            comparator = "全覆盖"
        elif comparator in ("达到", "达"):
            strive, cut = strives.last_to(match.start()), stretches.last_to(match.start())
            if strive is not None and (cut is None or cut < strive):
                comparator = "力争达到"
        told = bisect_left(said_at, match.start())
        said = years[told - 1][2] if told else None
        year = (said[-1] if len(said) == 1 else None) if said else None
        if said is None and unit not in _DURATIONS:
            year = lead_year  # 到2025年,…。组织…不少于60学时: the hours are no year's target
        indicator = around.indicator(match.start(), match.end(), unit)
        kind = FigureKind.DURATION if match.group("for_ever") else _kind(unit, joined, end, indicator, year)
        if year is None and kind is FigureKind.TARGET and comparator in _THRESHOLDS and _QUALIFIES.match(shown, match.end()):
            kind = FigureKind.COUNT  # 比例达30%以上的团队 is a kind of team
        if kind in MAY_BOUND and _BEYOND.match(shown, match.end()):
            kind = FigureKind.THRESHOLD  # 超过80%部分应扣除: where something begins, and not how much it is
        if kind is FigureKind.COUNT and (unit == "%" or match.group("percent")):
            kind = FigureKind.SHARE
        if (match.group("part") or match.group("ratio")) and year is None and kind in (FigureKind.COUNT, FigureKind.TARGET):
            kind = FigureKind.SHARE  # 不得超过总人数之三分之一 is a share of them, no one's target
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
    yield from _shared(shown, _bounding(shown, start, end, _respectively(shown, start, end, years, result)))


def _bounding(shown: str, start: int, end: int, found: list[Quantity]) -> list[Quantity]:
    """Mark what must be met before something is paid: 销售收入超过2000万元的企业,给予20万元奖励."""
    last = max((q.start for q in found if q.kind is FigureKind.SUBSIDY), default=-1)
    for paid in _PAID.finditer(shown, start, end):
        if last >= paid.end():
            return [
                replace(q, kind=FigureKind.THRESHOLD)
                if q.end <= paid.start() and q.comparator in _THRESHOLDS and q.kind in MAY_BOUND
                else q
                for q in found
            ]
    return found


def _shared(shown: str, found: list[Quantity]) -> list[Quantity]:
    """Give the items of one list (2413元、2512元、2121元; 50%、40%或者30%) what their first or last one is about."""
    at = 0
    while at < len(found):
        run = at + 1
        while run < len(found) and found[run].unit == found[at].unit and _LISTED.fullmatch(
            shown[found[run - 1].end : found[run].start]
        ):  # fmt: skip
            run += 1
        if run - at > 1:
            about = found[at].indicator
            if not about or _LISTED.match(about) or GIVES.search(about.removesuffix("一次性")):
                about = found[run - 1].indicator
            for place in range(at, run):
                own = found[place].indicator
                if not own or _LISTED.match(own) or re.search(r"\d", own) or GIVES.search(own.removesuffix("一次性")):
                    found[place] = replace(found[place], indicator=about)
        at = run
    return found


def _compared(shown: str, year: re.Match[str]) -> bool:
    """Whether a year is one that a figure is compared with (比2020年下降13.5%), and not its own (占比2025年达到60%)."""
    return _COMPARED.search(shown, max(0, year.start() - 2), year.start()) is not None


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
        # 5%-20%: what a unit closes is a figure of its own; 第4个月 only counts.
        closed = before in "-~" and match.start() > 1 and not shown[match.start() - 2].isdigit()
        joined = bool(before) and before in "+-×/.\x00" and not closed
        if before == "第" or shown.endswith("第 ", 0, match.start()):
            return False
        return not (joined or (before.isascii() and before.isalnum()) or (after and after in "+×"))
    return not before.isdigit()


def _bare_number_counts(shown: str, match: re.Match[str]) -> bool:
    """Whether a number without a unit still says something: it follows a comparator (7万左右)."""
    if match.group("scale"):
        return True
    return bool(
        _AFTER.match(shown[match.end() : match.end() + 4])
        or _REACHED.search(shown, max(0, match.start() - 4), match.start())
    )


def _value_and_unit(match: re.Match[str]) -> tuple[float | None, str | None]:
    if match.group("word") or match.group("for_ever"):
        return None, None
    if match.group("ratio"):
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
        unit = _SQUARE.sub(lambda found: _WRITTEN[found.group()], unit)
        unit = unit.removeprefix("个") if unit.endswith(("小时", "学时", "课时")) else unit
        for word, factor in (("万亿元", 1e12), ("亿元", 1e8), ("万元", 1e4), ("千元", 1e3), ("百元", 1e2)):
            if unit.startswith(word):
                value = round(value * factor, 6) if value is not None else None
                unit = "元" + unit.removeprefix(word)
                break
    return value, unit


def _kind(
    unit: str | None, joined: _Joined, end: int, indicator: str | None, year: int | None
) -> FigureKind:
    if unit is not None:
        if unit.startswith("元"):
            return (
                FigureKind.SUBSIDY
                if joined.say(_SUBSIDY, end) or _SUBSIDY.search(indicator or "")
                else FigureKind.MONEY
            )
        if unit in ("岁", "周岁"):
            return FigureKind.AGE
        if unit in _DURATIONS:
            return FigureKind.DURATION
        if unit in ("平方米", "平方公里", "亩", "公顷", "平方公尺"):
            return FigureKind.AREA
    if joined.say(_DONE, end) and not joined.say(_PLANNED, end):
        return FigureKind.BASELINE
    if year is not None or (joined.say(_TARGETED, end) and not joined.say(_NO_TARGET, end)):
        return FigureKind.TARGET
    return FigureKind.SHARE if unit in ("%", "‰") else FigureKind.COUNT


def _respectively(
    shown: str, start: int, end: int, years: Sequence[tuple[int, int, list[int]]], found: list[Quantity]
) -> list[Quantity]:
    """Map a 分别 list item by item: years to values, or named items to values."""
    starts = [quantity.start for quantity in found]
    list_ends = Occurrences(_LIST_END, shown, start, end)
    by_count: dict[int, list[tuple[int, list[int]]]] = {}
    for _, stop, ys in years:
        if 0 not in ys:
            by_count.setdefault(len(ys), []).append((stop, ys))
    for hit in _RESPECTIVELY.finditer(shown, start, end):
        at = hit.start()
        run: list[int] = []
        for index in range(bisect_left(starts, at), len(found)):
            if run and not _JOINS.fullmatch(shown, found[run[-1]].end, starts[index]):
                break
            if not run and starts[index] - at > 24:
                break
            run.append(index)
        if len(run) < 2:
            continue
        listed = by_count.get(len(run), [])
        told = bisect_right(listed, at, key=lambda dates: dates[0])
        dated = listed[told - 1][1] if told else None
        cut = list_ends.last_to(_stripped(shown, start, at))
        begin, opened = cut[1] if cut else start, shown.rfind("(", start, at)
        bracketed = opened >= begin and ")" not in shown[opened:at]
        of = _NOUN_BEFORE.search(shown, start, opened) if bracketed else None
        if bracketed:
            begin = opened + 1  # 补贴(二孩、三孩分别发放2000元、5000元): the list opens behind the bracket
        items = _items(shown[begin:at], len(run)) if dated is None else None
        first = found[run[0]]
        following = _WHAT_FOLLOWS.match(shown, found[run[-1]].end, end)
        about = of.group() if items and of else following.group(1) if items and following else first.indicator
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


def _stripped(text: str, start: int, end: int) -> int:
    """Where `[start, end)` of `text` ends without commas and blanks."""
    while end > start and text[end - 1] in ", ":
        end -= 1
    return end


def _items(text: str, count: int) -> list[str] | None:
    """The items of the list `text` where it has `count` of them (按照托大班、托小班、乳儿班 → three)."""
    items = [item for piece in re.split(r"[、和及与]", text.rstrip(", ")) if (item := piece.strip())]
    if len(items) != count:
        return None
    items[0] = re.sub(r"^.*?(?:按照|按|对|给予|将|向)", "", items[0]) or items[0]
    return items
