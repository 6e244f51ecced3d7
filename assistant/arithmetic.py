"""What follows from a clause's figures by plain arithmetic, with the formula: 3000元/托位×100个托位＝30万元.

Nothing is worked out unless every figure and rule in it was read: the rate with what it is paid for, the number that
the question gives, the months or days that the clause counts with, the cap. Otherwise the clause stands alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from assistant import figures as figures_room
from assistant.classes import classes
from assistant.draft import Line
from assistant.evidence import pairs
from assistant.question import Ask, Question
from corpus.document import Clause, ClauseKind, Figure, FigureKind
from corpus.lines import ordinal
from corpus.normalize import normal

_DIFFERENCE = re.compile(r"(?:相差|差)(?:了)?(?:多少|几)|(?:增加|新增|提高|增长|上升|减少|下降|(?<![最至])[多少高低])(?:了|出)?(?:多少|几)|差距")
_AGAINST = re.compile(r"比|较|相对|从[^,。?]{2,16}到|离")
_SUM = re.compile(r"加起来|加在一起|合起来|相加|之和|总和|(?:加上?|和|与|及).{0,16}?(?:一共|总共|共计|合计|总计)|(?:一共|总共|合计).{0,12}?加")
_TOTAL = re.compile(r"一共|总共|总计|共计|合计|总额|加起来|多少钱|多少元|能?(?:补|领|拿|得|发|给|付|报)(?:到|给|销)?(?:多少|几)|多少")
_YEARLY = re.compile(r"每年|一年|全年|年")
_NAMES = {
    "托位": "托位", "床位": "床位", "学位": "学位", "平方米": "平方米", "平米": "平方米", "m2": "平方米", "月": "月", "个月": "月", "年": "年",
    "天": "天", "日": "天", "次": "次", "餐": "次", "顿": "次", "学期": "学期", "班": "班", "户": "户", "家庭": "户", "家": "家", "所": "家",
    "机构": "家", "亩": "亩", "公顷": "公顷", "台": "台", "辆": "辆", "吨": "吨", "头": "头", "人": "人", "生": "人", "孩": "人", "娃": "人", "宝宝": "人", "孩子": "人", "小孩": "人", "婴幼儿": "人", "幼儿": "人",
    "学生": "人", "儿童": "人", "老人": "人", "老年人": "人", "职工": "人", "员工": "人", "名": "人", "位": "人",
}  # fmt: skip
_NOUN = "|".join(sorted((name for name in _NAMES if name not in ("名", "位")), key=len, reverse=True))
_COUNTED = re.compile(
    rf"(?P<number>\d+(?:\.\d+)?|[一二两三四五六七八九十百]+)\s*(?P<man>万)?\s*(?:个|名|位|张|间)?(?:[\u4e00-\u9fff]{{0,4}}?(?<!每))(?P<noun>{_NOUN})"
)
_PER = re.compile(rf"每\s*(?:个|名|位|一|所)?\s*({_NOUN}|名|位)")
_COUNTS_WITH = re.compile(r"(?:全年|每年|一年)?按(?:照)?(\d+)\s*(个月|天|日|次)(?:计算|计|算)")
_CAPPED = re.compile(r"最高|不超过|上限|封顶|最多|不高于")
# Numbers that count nothing: years, ages, amounts, classes (三孩, 二级), 第三个, 十四五.
_UNCOUNTED = re.compile(
    r"(?:19|20)\d\d年?|(?:\d{1,2}|[一二三四五六七八九十]{1,2})月(?!龄)(?:\d{1,2}日|份)?|\d+\s*(?:周?岁|元|万元)|\d+\s*个月(?:大|龄|以[上下内]|的?(?:孩|宝|婴|幼|娃))|第[一二三四五六七八九十\d]+个?|"
    r"[一二三四五六七八九十\d]+(?:级|类|档|星|等|胎|孩(?!子))|十[一二三四五六七]五|一次性|头[一两]?年|前[一二两三]年|每一?年"
)
_BARE = re.compile(r"\d+(?:\.\d+)?\s*(?:个|名|位)(?=[,;、。!?和与及\s]|$)")  # 托大班20个: of what is not said
_MOST_STEPS = 4
_NAMED_BY = 0.3  # of what tells a figure from the others the question says so much, where it means that one
_UP_TO_AGE = re.compile(r"(?:从|自)?(?:出生|一出生)[^,。;]{0,8}(?:到|至|满)(\d{1,2})周?岁")
_BOUNDS = re.compile(rf"(?P<low>\d+(?:\.\d+)?)\s*(?:{_NOUN})?\s*[-~—–至到]+\s*(?P<high>\d+(?:\.\d+)?)\s*(?P<noun>{_NOUN})|(?P<bound>\d+(?:\.\d+)?)\s*(?P<of>{_NOUN})(?P<side>以上|以下|以内|及以上|及以下)")


@dataclass(frozen=True, slots=True)
class _Rate:
    """An amount paid for each of some things: 10元 for 平方米 and 月."""

    clause: Clause
    figure: Figure
    per: tuple[str, ...]


def worked_out(question: Question, lines: Sequence[Line]) -> list[Line]:
    """The lines that say what the question asks to be worked out from `lines`; none where it asks nothing of the kind
    or a rule was not read."""
    if _differs(question) or _SUM.search(question.normal):
        found = _between(question, lines)
        if found:
            return found
    return _multiplied(question, lines)


def _differs(question: Question) -> bool:
    """Whether a difference is asked for; 新增多少托位 asks for one only beside what it is held against (比2021年)."""
    found = _DIFFERENCE.search(question.normal)
    return found is not None and (not found.group().startswith("新增") or _AGAINST.search(question.normal) is not None)


# ---- sums and differences ----------------------------------------------------------------------------------


def _between(question: Question, lines: Sequence[Line]) -> list[Line]:
    """The sum or the difference of the figures that the lines state, each line's one figure."""
    stated: dict[tuple[str, float], tuple[Figure, Clause]] = {}
    for line in lines:
        own = _figures_of(line)
        if len({figure.value for figure, _ in own}) > 1 and len(lines) > 1:
            own = _meant(question, own)
            if len(own) != 1:
                return []
        for figure, clause in own:
            stated.setdefault((clause.clause_id, figure.value or 0.0), (figure, clause))
    entries = list(stated.values())
    differs = _differs(question)
    if len(entries) > 2 and differs:
        entries = _of_each_year(question, entries) or _contrasted(question, entries)
    if len(entries) == 2 and differs and _of_two_things(question, entries):
        return []
    if differs and not question.years and len({figure.year for figure, _ in entries}) > 1:
        return []  # of which years the difference is wanted is not said
    units = {_unit(figure, clause) for figure, clause in entries}
    # 200元 a month and 5元 a day are not added.
    paid_for = {frozenset(_per(clause, figure)) for figure, clause in entries}
    if len(units) != 1 or len(paid_for) != 1 or any(figure.comparator == "全覆盖" for figure, _ in entries):
        return []
    (unit,) = units
    clauses = list(dict.fromkeys(clause for _, clause in entries))
    values = [figure.value or 0.0 for figure, _ in entries]
    written = {figure.value or 0.0: _written(figure) for figure, _ in entries}
    if _SUM.search(question.normal) and 2 <= len(values) <= 12:
        total = sum(values)
        return [_line(f"合计：{'＋'.join(written[value] for value in values)}＝{_amount(total, unit)}", clauses, [*values, total])]
    if differs and len(values) == 2:
        more, less = max(values), min(values)
        rest = round(more - less, 6)
        named = "个百分点" if unit == "%" else unit
        about = "左右" if any(figure.comparator in ("左右", "约") for figure, _ in entries) else ""
        return [_line(f"相差：{written[more]}－{written[less]}＝{_amount(rest, named)}{about}", clauses, [more, less, rest])]
    return []


def _of_each_year(question: Question, entries: Sequence[tuple[Figure, Clause]]) -> list[tuple[Figure, Clause]]:
    """The figure meant of each of the two years that the question names, where the entries are of just these; else none."""
    years = sorted(question.years)
    groups = [[one for one in entries if one[0].year == year] for year in years]
    if len(years) != 2 or not all(groups) or sum(map(len, groups)) != len(entries):
        return []
    meant = [_meant(question, group) for group in groups]
    return [one for group in meant for one in group] if all(len(group) == 1 for group in meant) else []


def _of_two_things(question: Question, entries: Sequence[tuple[Figure, Clause]]) -> bool:
    """Whether two figures of one sentence and year are of two things (从业人员4.13万人，其中保育人员2.73万人) and the question, which
    names two years, is after one of them in each."""
    (one, of_one), (other, of_other) = entries
    same = of_one == of_other and one.sentence == other.sentence and one.year == other.year and of_one.kind is not ClauseKind.ROW
    return same and len(question.years) > 1


def _contrasted(question: Question, entries: Sequence[tuple[Figure, Clause]]) -> list[tuple[Figure, Clause]]:
    """The two figures that the question names by what tells them from the others (主板上市, 新三板挂牌); all of them
    where it does not name just two."""
    spans = [figures_room.comma_clause(clause, figure) for figure, clause in entries]
    before = [
        figures_room.same_length(clause.text)[: figure.span.start - clause.span.start]
        for figure, clause in entries
    ]
    # From the end of the figure before, or of the sentence, up to the figure: what it is said of.
    words = [normal(re.split(r"[;。；]", text)[-1] + clause.text[start:stop]) for text, (_, clause), (start, stop) in zip(before, entries, spans, strict=True)]
    pairs = [{text[i : i + 2] for i in range(len(text) - 1)} for text in words]
    asked = {question.normal[i : i + 2] for i in range(len(question.normal) - 1)}
    shared = set.intersection(*pairs)
    telling = [
        {pair for pair in own - shared if re.fullmatch(r"[\u3400-\u9fff]{2}", pair)} for own in pairs
    ]
    named = [len(own & asked) / len(own) if own else 0.0 for own in telling]
    ranked = sorted(range(len(entries)), key=lambda at: -named[at])
    if named[ranked[1]] >= _NAMED_BY and named[ranked[1]] >= 1.5 * named[ranked[2]]:
        return [entries[at] for at in sorted(ranked[:2])]
    return list(entries)


def _figures_of(line: Line) -> list[tuple[Figure, Clause]]:
    """The figures of a line's first clause that its words state: of the kind that can be added."""
    clause = line.clauses[0]
    text = normal(line.text)
    return [
        (figure, clause) for figure in clause.figures
        if figure.value is not None and figure.kind not in (FigureKind.AGE, FigureKind.DURATION, FigureKind.THRESHOLD)
        and re.search(rf"(?<![\d.]){re.escape(_said(figure))}(?![\d.])", text)
    ]  # fmt: skip


def _said(figure: Figure) -> str:
    """A figure as a statement says it: of a cell the number alone, for its unit stands between (7万人左右 of 7万左右)."""
    return _written(figure) if figure.kind is FigureKind.CELL else normal(figure.text)


def _meant(question: Question, own: Sequence[tuple[Figure, Clause]]) -> list[tuple[Figure, Clause]]:
    """The one of a line's figures whose own stretch between commas shares most with the question."""
    asked = set(pairs(question.subject))

    def shared(figure: Figure, clause: Clause) -> int:
        start, stop = figures_room.comma_clause(clause, figure)
        return len(asked.intersection(pairs(normal(clause.text[start:stop]))))

    ranked = sorted(((shared(*one), at) for at, one in enumerate(own)), reverse=True)
    if len(ranked) > 1 and ranked[0][0] == ranked[1][0]:
        return list(own)
    return [own[ranked[0][1]]]


def _unit(figure: Figure, clause: Clause) -> str:
    if figure.unit:
        return figure.unit
    header = next((cell.header for cell in clause.cells if cell.span == figure.span), "")
    named = re.search(r"[(（]([^()（）]{1,4})[)）]", header.split(" / ")[-1])
    return named.group(1) if named else ""


# ---- rates -------------------------------------------------------------------------------------------------


def _multiplied(question: Question, lines: Sequence[Line]) -> list[Line]:
    """The amount for as many as the question names, step by step; for several rates that it names, their sum."""
    if not question.wants(Ask.MONEY, Ask.FIGURE) or not _TOTAL.search(question.normal):
        return []
    counts = _counts(question)
    rates = _rates(question, lines)
    if counts.get("家", 1) != 1 and not all("家" in rate.per for rate in rates):
        return []  # 3家机构各100个托位: the number of places of all of them is not said
    results = [(rate, steps) for rate in rates if (steps := _steps(question, rate, counts)) is not None]
    if not results or len(results) != len(rates):
        return []
    told: list[Line] = []
    totals: list[float] = []
    limited: list[bool] = []
    left: set[tuple[str, ...]] = set()
    for rate, (formula, value, per, numbers) in results:
        limit = _capped(rate, value, per)
        if limit is None:
            return []
        text = f"按条款计算：{formula}＝{_amount(value, '元', per)}"
        if limit < value:
            text += f"，超过上限，按上限{_amount(limit, '元', per)}"
        told.append(_line(text, [rate.clause], [*numbers, value, limit]))
        limited.append(limit < value)
        value = limit
        totals.append(value)
        left.add(per)
        told += _by_year(question, rate, value)
    if len(totals) > 1:
        if len(left) != 1:
            return []
        if not any(limited):
            # In the clause's own figures, so that each operand can be looked up.
            whole = "＋".join(formula for _, (formula, *_) in results)
            numbers = [number for _, (*_, held) in results for number in held]
            told.append(
                _line(f"合计：{whole}＝{_amount(sum(totals), '元', left.pop())}", [rate.clause for rate, _ in results],
                      [*numbers, sum(totals)])
            )  # fmt: skip
    return told


def _rates(question: Question, lines: Sequence[Line]) -> list[_Rate]:
    """The one rate that the lines state, or those that the question names one by one; none where it stays open which."""
    found: dict[tuple[str, int], _Rate] = {}
    for clause in dict.fromkeys(clause for line in lines for clause in line.clauses):
        if clause.kind is ClauseKind.ROW:
            continue
        said = normal("\n".join(line.text for line in lines if clause in line.clauses))
        for figure in clause.figures:
            per = _per(clause, figure)
            below = figure.comparator is not None and ("低于" in figure.comparator or _CAPPED.search(figure.comparator))
            if figure.kind is FigureKind.SUBSIDY and per and not below and normal(figure.text) in said:
                found[clause.clause_id, figure.span.start] = _Rate(clause, figure, per)
    rates = list(found.values())
    if len(rates) > 1:
        # 100—500亩的100元/亩, 500亩以上的200元/亩: the rate of the number that is asked about.
        counts = _counts(question)
        within = [rate for rate in rates if _within_bounds(rate, counts)]
        if any(_bounds(rate) for rate in rates) and len(within) == 1:
            return within
        wanted = classes(question.normal)
        of_class = [rate for rate in rates if (own := classes(_own_words(rate))) and any(one.takes(w.kind, w.number) for one in own for w in wanted)]
        if len(of_class) == 1:
            return of_class  # 二孩每年7200元 beside 一孩每年3600元
    if len(rates) > 1:
        named = [r for r in rates if any(word and _named(normal(word), question.normal) for word in (r.figure.scope, r.figure.indicator))]
        if len(named) == 1 or (named and re.search(r"加|和|与|及|、", question.normal)):
            return named
        return []
    return rates


def _own_words(rate: _Rate) -> str:
    """What stands before a rate in its sentence, after the figure before it."""
    clause, figure = rate.clause, rate.figure
    start = max([figure.sentence.start, *(f.span.end for f in clause.figures if f.span.end <= figure.span.start)])
    return normal(clause.text[start - clause.span.start : figure.span.start - clause.span.start])


def _bounds(rate: _Rate) -> list[tuple[str, float, float]]:
    """For which numbers of a thing a rate holds: (thing, from, up to), as its own stretch before the amount says."""
    text = normal(re.split(r"[;。；]", figures_room.same_length(rate.clause.text)[: rate.figure.span.start - rate.clause.span.start])[-1])
    found: list[tuple[str, float, float]] = []
    for match in _BOUNDS.finditer(text):
        if match.group("noun"):
            found.append((_NAMES[match.group("noun")], float(match.group("low")), float(match.group("high"))))
        else:
            bound = float(match.group("bound"))
            low, high = (bound, float("inf")) if "上" in match.group("side") else (0.0, bound)
            found.append((_NAMES[match.group("of")], low, high))
    return found


def _within_bounds(rate: _Rate, counts: Mapping[str, float]) -> bool:
    """Whether the numbers of the question lie within every bound that the rate states for them; at a bound itself it stays
    open, and is no."""
    bounds = [(low, high, counts.get(name)) for name, low, high in _bounds(rate)]
    return bool(bounds) and all(number is not None and low < number < high for low, high, number in bounds)


def _named(word: str, text: str) -> bool:
    """Whether a text names a rate by its scope or indicator, the last three characters at least (保育保教费: 保教费)."""
    return word in text or (len(word) > 3 and word[-3:] in text)


def _per(clause: Clause, figure: Figure) -> tuple[str, ...]:
    """What an amount is paid for each of, in the clause's order."""
    if not (figure.unit or "").startswith("元"):
        return ()
    names = [_NAMES[name] for name in (figure.unit or "").split("/")[1:] if name in _NAMES]
    at = clause.offset(figure.span.start)
    text = figures_room.same_length(clause.text)
    before = re.search(rf"(?:{_PER.pattern})+(?:补助|补贴|给予|发放|奖励|资助|标准为)?$", text[max(0, at - 30) : at])
    pieces = [before.group()] if before else []
    pieces += map(clause.slice, figure.periods)
    for piece in pieces:
        if not re.search(r"%|计算", piece):
            names += [_NAMES[name] for name in _PER.findall(figures_room.same_length(piece))]
    return tuple(dict.fromkeys(names))


def _counts(question: Question) -> dict[str, float]:
    """How many of each thing the question speaks of: {托位: 100}."""
    found: dict[str, float] = {}
    if _BARE.search(question.normal):
        return {}
    text = _UNCOUNTED.sub(" ", question.normal)
    for match in _COUNTED.finditer(text):
        number = _number(match.group("number")) * (10_000 if match.group("man") else 1)
        name = _NAMES[match.group("noun")]
        if name in found and found[name] != number:
            return {}  # two numbers of one thing: it stays open which is meant
        if not (match.group("number") in ("一", "1") and name in ("家",)):
            found[name] = number
    grown = _UP_TO_AGE.search(question.normal)
    if grown is not None and "年" not in found:
        found["年"] = float(grown.group(1))  # from birth up to the third birthday are three years
    return found


def _steps(
    question: Question, rate: _Rate, counts: Mapping[str, float]
) -> tuple[str, float, tuple[str, ...], list[float]] | None:
    """The formula, its result, what the result is still for each of, and the numbers in it; None where the question
    gives nothing to multiply with."""
    value, per = rate.figure.value or 0.0, list(rate.per)
    formula, numbers = _rate_words(rate), [value]
    known = dict(counts)
    used = False
    for _ in range(_MOST_STEPS):
        step = next(((name, known[name], "") for name in per if name in known and known[name] != 1), None)
        if step is None:
            step = next((found for name in per if (found := _of_clause(question, rate, name, counts)) is not None), None)
        if step is None:
            break
        name, number, into = step
        per.remove(name)
        if into and into not in per:
            per.append(into)
        known.pop(name, None)
        value *= number
        numbers.append(number)
        formula += f"×{_plain(number)}{'个' if name in ('托位', '月', '床位', '学位', '班') else ''}{'人' if name == '人' else name}{f'/{into}' if into else ''}"
        used = True
    return (formula, round(value, 6), tuple(name for name in per if known.get(name) != 1 or name in ("月", "年")), numbers) if used else None


def _of_clause(
    question: Question, rate: _Rate, name: str, counts: Mapping[str, float]
) -> tuple[str, float, str] | None:
    """What the clause itself counts a thing with: 10 months a year where a year is asked for, 6平方米 a 托位 where
    the question speaks of so many."""
    if name in ("月", "天", "次") and _YEARLY.search(question.normal) and not re.search(r"每月|一个月|每天|一天", question.normal):
        for period in rate.figure.periods:
            match = _COUNTS_WITH.search(figures_room.same_length(rate.clause.slice(period)))
            if match is not None and _NAMES[match.group(2)] == name:
                return name, float(match.group(1)), "年"
    if name == "平方米":
        areas = [
            (figure, each) for figure in rate.clause.figures
            if figure.kind is FigureKind.AREA and figure.value and (each := _PER.search(normal(figure.indicator or "")))
        ]  # fmt: skip
        if len(areas) == 1:
            figure, each = areas[0]
            into = _NAMES[each.group(1)]
            return (name, float(figure.value or 0.0), into) if into in counts else None
    return None


def _rate_words(rate: _Rate) -> str:
    unit = "元" + "".join(f"/{name}" for name in rate.per)
    return f"{_plain(rate.figure.value or 0.0)}{unit}"


def _capped(rate: _Rate, value: float, per: Sequence[str]) -> float | None:
    """The value within the clause's cap; None where a cap was not understood."""
    caps = [
        figure for figure in rate.clause.figures
        if figure.comparator and _CAPPED.search(figure.comparator) and re.match(r"元|%", figure.unit or "")
        and figure.sentence == rate.figure.sentence
    ]  # fmt: skip
    stated = rate.figure.cap is not None and _CAPPED.search(rate.clause.slice(rate.figure.cap))
    if not caps:
        return None if stated else value
    if len(caps) > 1 or caps[0].value is None or caps[0].unit == "%" or _held_for(rate.clause, caps[0]) - {"家"} - set(per):
        return None
    return min(value, caps[0].value)


def _held_for(clause: Clause, cap: Figure) -> set[str]:
    """What a cap holds for each of (每人每年最高不超过500元)."""
    start, _ = figures_room.comma_clause(clause, cap)
    before = figures_room.same_length(clause.text[start : clause.offset(cap.span.start)])
    return {*_per(clause, cap), *(_NAMES[name] for name in _PER.findall(before))}


def _by_year(question: Question, rate: _Rate, value: float) -> list[Line]:
    """What falls on each year where the clause spreads the amount (每年各补助50%) and the question asks for it."""
    if not re.search(r"每一?年|分年|各年|第一年|头一?年|首年|一年(?:发|给|补|拿)", question.normal):
        return []
    for period in rate.figure.periods:
        match = re.search(r"每年(?:各|分别)?[\u4e00-\u9fff]{0,4}(\d+(?:\.\d+)?)%", figures_room.same_length(rate.clause.slice(period)))
        if match is not None:
            share = float(match.group(1))
            each = value * share / 100
            return [_line(f"每年：{_amount(value, '元')}×{_plain(share)}%＝{_amount(each, '元')}", [rate.clause], [value, share, each])]
    return []


# ---- numbers as they are written ---------------------------------------------------------------------------


def _number(text: str) -> float:
    """The value of a number in digits or in words: 一百二十 is 120."""
    if text[0].isdigit():
        return float(text)
    return float(ordinal(text))


def _written(figure: Figure) -> str:
    """The number of a figure as the clause writes it (12万)."""
    found = re.match(r"\d+(?:\.\d+)?\s*[万亿千]?", normal(figure.text))
    return found.group().replace(" ", "") if found else _plain(figure.value or 0.0)


def _plain(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _amount(value: float, unit: str, per: Sequence[str] = ()) -> str:
    """`300000元（30万元）`, `3000元/月`."""
    each = "".join(f"/{name}" for name in per)
    if value >= 10_000 and (unit.startswith("元") or value % 100 == 0):
        return f"{_plain(value)}{unit}{each}（{_plain(value / 10_000)}万{unit}{each}）"
    return f"{_plain(value)}{unit}{each}"


def _line(text: str, clauses: Iterable[Clause], numbers: Iterable[float]) -> Line:
    allowed = [form for number in numbers for form in (_plain(number), _plain(number / 10_000))]
    return Line(text, list(dict.fromkeys(clauses)), tuple(dict.fromkeys(allowed)))
