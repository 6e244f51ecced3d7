"""对吗: a claim held against the clause that speaks of it.

A verdict is given only where it is certain: each figure claimed is compared with the clause's figure of the same
subject, unit, year and period, a unit with the list that the clause gives, a date with the one date that is stated.
Where the clause has no such counterpart it is stated without a verdict.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from assistant import figures as figures_room
from assistant.classes import classes, of_another
from assistant.draft import Line
from assistant.evidence import Term, coverage, pairs, supports
from assistant.question import Ask, Question, subject_of
from assistant.units import Units, canonical
from corpus.document import Clause, ClauseKind, Figure, FigureKind, UnitRule
from corpus.normalize import normal
from corpus.quantities import Quantity, sentences

_CAP = re.compile(r"最高|最多|上限|封顶|不超过|至多")
_NEGATED = re.compile(r"不(?:是|由|归|用|需|要|能|会|可以|包括)|没有|并非|未必|无需")
_BREAK = re.compile(r"[,;、。!?:\n]")
_PER = re.compile(r"每(?:个|一|名|位)?(月|年|天|日|次|餐|学期|季度|小时)|/(月|年|天|日|次|学期|小时)")
_DATE = re.compile(r"(?:(\d{4})年)?(\d{1,2})月(?:(\d{1,2})日)?")
_SPAN = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日?(?:\([^()]*\))?\s*(?:至|到|[-~—–]+)\s*(\d{4})年(\d{1,2})月(\d{1,2})日")
_DOES = re.compile(r"负责|管|牵头|主管|主办|审批|办理|打击|执法|监督|认定|发放|制定|落实|实施|审核|组织|登记|由")
_UNIT = re.compile(r"(?:由|是|归|找)?([\u4e00-\u9fa5]{2,12}?(?:局|委员会|委|厅|部门|部|总工会|妇联|中心|法院|检察院|街道办|镇政府|管理处))(?=来|去)?(?=负责|牵头|管|主管|打击|审批|办理|监督|认定|发放|制定|审核|组织|登记|的)")
_FOR_EVER = re.compile(r"终身|終身|永久|永远")
_GRANTED = re.compile(r"(?:发放?|补贴?|补助|奖励?|给予?|资助|领取?|拿)(?:的|了|到|是|为)?$")
_ALL = re.compile(r"所有|全部|一律|都|任何|只(?:有|要|能)?|仅")
_MAY = re.compile(r"能|可以|可(?:不可|否)|允许|准")
FORBIDDEN = re.compile(r"不得|不能|不可|禁止|严禁|不准|不享受|不予|不再|非经|未经")
_LIMITED = re.compile(r"条件|符合|经[\u4e00-\u9fa5]{1,12}(?:同意|批准|认定|许可)|除外|按规定|原则上|仅|满\d|的,可")
_ALTERNATIVES = re.compile(r"是不是|对不对|能不能|可不可以|要不要|有没有|会不会|属不属实|准不准|没错|没问题")
_COMPARES = re.compile(r"(?<![占对])比(?![例重率如])[^,。?]{1,16}?(?:高|低|多|少|大|小|早|晚|长|短|严|快)|一样|相同|相等")
_ISSUED = re.compile(r"印发|发布|公布|颁布|出台|签发|成文")
_BARE = 10  # a smaller number without a unit is seldom a table's cell
_ALIKE = 0.34  # the least share of a claim's words that its counterpart is said with
_SURE = 0.5  # the same, where a difference is to be called wrong
_KNOWN = 0.3  # the least share of a claim's words that the clauses have at all
_NEARLY = 0.05  # counterparts this close to the best one are as good
_CARRIED = 0.9  # of the question's words a sentence must carry to be the one that is asked about
_SHARED = 0.6  # the same where it forbids what is asked


@dataclass(frozen=True, slots=True)
class Claim:
    """A figure that a question claims, and the words that it is claimed of."""

    quantity: Quantity
    unit: str | None
    words: str


_Counterpart = tuple[Clause, Figure]


def claims(question: Question) -> list[Claim]:
    """The figures that a question to be verified claims, in its order; ages only say whom it is about."""
    if not question.wants(Ask.VERIFY):
        return []
    found: list[Claim] = []
    text, end = question.normal, 0
    for quantity in question.figures:
        # 奖10万: an amount without its unit is money where money is spoken of.
        unit = quantity.unit or ("元" if question.wants(Ask.MONEY) or re.search(r"奖|补|罚", text) else None)
        if unit in ("岁", "周岁") or quantity.value is None or (unit is None and quantity.value < _BARE):
            continue
        breaks = [m.end() for m in _BREAK.finditer(text, end, quantity.start)]
        start = breaks[-1] if breaks else end
        after = _BREAK.search(text, quantity.end)
        tail = text[quantity.end : min(after.start() if after else len(text), quantity.end + 10)]
        found.append(Claim(quantity, unit, f"{text[start : quantity.start]} {'' if _claims_in(tail) else tail}"))
        end = quantity.end
    return found


def claimed_figure(question: Question) -> Claim | None:
    """The one figure that a question claims (每托位补5000元对吗), None where it claims none or several."""
    found = claims(question)
    return found[0] if len(found) == 1 else None


def unknown_amount(question: Question, lines: Sequence[Line]) -> str:
    """The amount that a question takes as granted (每月发500元，几号到账) and no clause that answers it states; empty where
    it takes none, or only reckons with one (一餐20元)."""
    if question.wants(Ask.VERIFY):
        return ""
    clauses = dict.fromkeys(clause for line in lines for clause in line.clauses)
    held = {figure.value for clause in clauses for figure in clause.figures}
    for quantity in question.figures:
        granted = _GRANTED.search(question.normal[: quantity.start])
        if granted and (quantity.unit or "").startswith("元") and quantity.value not in held:
            return question.normal[quantity.start : quantity.end]
    return ""


def claimed_of(question: Question, unit: str) -> bool:
    """Whether the question claims a task of the unit (由区教委牵头, 区教委负责), rather than ask about the unit itself."""
    name = re.escape(unit)
    return bool(re.search(rf"(?:由|归|是|属于?|找){name}|{name}(?:来|去|在)?(?:负责|管|牵头|{_DOES.pattern})", question.normal))


def judged(question: Question, lines: Sequence[Line], asked: Sequence[Term], units: Units) -> list[Line]:
    """The lines with 对 or 不对 in front of the first where the claim can be held against them, else as they are."""
    right, counterparts = _verdict(question, lines, asked, units)
    if right is None:
        return list(lines)
    first = lines[0]
    said = "对。" if right else "不对。文件规定：" if question.figures else "不对。"
    told = normal("\n".join(line.text for line in lines))
    missing = [(clause, figure) for clause, figure in counterparts if normal(figure.text) not in told]
    shown = figures_room.figure_lines([figures_room.Choice(clause, figure, 1.0) for clause, figure in missing], question)
    return [replace(first, text=f"{said}{first.text}"), *lines[1:], *shown]


def _verdict(
    question: Question, lines: Sequence[Line], asked: Sequence[Term], units: Units
) -> tuple[bool | None, list[_Counterpart]]:
    """The verdict, and the figures that it rests on."""
    if question.wants(Ask.COMPARE) or _COMPARES.search(question.normal):
        return None, []
    found = claims(question)
    negated = _NEGATED.search(_ALTERNATIVES.sub("", question.normal)) is not None
    if found:
        if _FOR_EVER.search(lines[0].text) and all(claim.unit in ("年", "个月") for claim in found):
            return False, []  # 五年内不得 where the clause says 终身不得
        if negated:
            return None, []
        clauses = list(dict.fromkeys(clause for line in lines for clause in line.clauses))
        # 分别是220和66: one claim for each line, in their order.
        each = "分别" in question.normal and len(found) == len(lines)
        judgements = [
            _figure_agrees(question, claim, line.clauses[:1] if each else clauses, asked)
            for claim, line in zip(found, lines if each else [lines[0]] * len(found), strict=True)
        ]
        verdicts = [verdict for verdict, _ in judgements]
        counterparts = [one for _, held in judgements for one in held]
        if any(verdict is False for verdict in verdicts):
            return False, counterparts
        return (None if any(verdict is None for verdict in verdicts) else True), counterparts
    if negated:
        return None, []
    by_unit = _units_agree(question, lines[0], units)
    if by_unit is not None:
        return by_unit, []
    by_date = _date_agrees(question, lines[0])
    return by_date if by_date is not None else _sentence_agrees(question, lines[0], asked), []


# ---- figures -----------------------------------------------------------------------------------------------


def _figure_agrees(
    question: Question, claim: Claim, clauses: Sequence[Clause], asked: Sequence[Term]
) -> tuple[bool | None, list[_Counterpart]]:
    """Whether the figure of the claim's own subject has the claimed value, and that figure; None where there is none,
    or several."""
    words = _pairs_of_runs(subject_of(claim.words)) or _pairs_of_runs(question.subject)
    # Words that no clause has (of the place, of talk) tell no figure from another.
    held = {pair for clause in clauses for pair in _pairs_of_runs(_context(clause))}
    words = words & held if len(words & held) >= _KNOWN * len(words) else words
    # 2024年30%、2025年60%: each figure with the year right before it.
    years = tuple(int(year) for year in re.findall(r"20\d\d(?=年)", claim.words)[-1:]) or question.years
    scored: list[tuple[float, Clause, Figure]] = []
    others = False  # figures of another class were left out
    for clause in clauses:
        for figure in clause.figures:
            if figure.value is None or not _same_kind(claim.unit, figure):
                continue
            if years and figure.year is not None and figure.year not in years:
                continue
            about = _said_of(clause, figure)
            if _of_other_class(claim.words, about):
                others = True
                continue
            said = _pairs_of_runs(about)
            alike = len(words & said) / len(words) if words else 0.0
            if figure.unit == claim.unit:
                alike += 0.02
            if figure.year is not None and figure.year in years:
                alike += 0.1  # before a column of all years together
            if bool(_CAP.search(figure.comparator or "")) != bool(_CAP.search(question.normal)):
                alike -= 0.2  # a cap is claimed only in so many words
            scored.append((alike, clause, figure))
    if not scored:
        return None, []
    top = max(alike for alike, _, _ in scored)
    only = _only_one(question, claim, [figure for _, clause, figure in scored if clause == clauses[0]])
    if top < _SURE and only is not None and not others:
        return _agrees(claim, clauses[0], only), [(clauses[0], only)]
    same = [(clause, figure) for _, clause, figure in scored if figure.value == claim.quantity.value]
    if same and not any(_agrees(claim, clause, figure) for clause, figure in same):
        return False, same  # 每人每月5元 where the clause says 每人每天5元
    if top < _ALIKE:
        return _alone(question, claim, clauses, asked), []
    meant = [(clause, figure) for alike, clause, figure in scored if alike >= top - _NEARLY]
    agreeing = [_agrees(claim, clause, figure) for clause, figure in meant]
    if any(agreeing):
        return (True if all(agreeing) or len({figure.value for _, figure in meant}) == 1 else None), meant
    return (False if top >= _SURE else None), meant


def _only_one(question: Question, claim: Claim, figures: Sequence[Figure]) -> Figure | None:
    """The figure that the claim must mean, because the clause has no other of its unit, or of its kind."""
    meant = _akin(question, claim, figures)
    return meant[0] if len({figure.value for figure in meant}) == 1 else None


def _akin(question: Question, claim: Claim, figures: Sequence[Figure]) -> list[Figure]:
    """The figures of the claim's unit, where it says what is paid for (元/托位); else the caps where it claims a cap, and
    where not those that are none."""
    capped = bool(_CAP.search(question.normal))
    same_unit = [figure for figure in figures if "/" in (claim.unit or "") and figure.unit == claim.unit]
    return same_unit or [figure for figure in figures if bool(_CAP.search(figure.comparator or "")) == capped]


def _of_other_class(words: str, said: str) -> bool:
    """Whether a figure is said of another class than the one that is claimed (一级托育机构5家 for 二级)."""
    return of_another(classes(words), said)


def _alone(question: Question, claim: Claim, clauses: Sequence[Clause], asked: Sequence[Term]) -> bool | None:
    """The verdict where the claim's words name no figure (每托位补5000元): by the figures that answer the question."""
    found = [
        choice for clause in clauses[:1]
        for choice in figures_room.choices(question, clause, asked, figures_room.family_of(claim.unit))
        if choice.figure.value is not None
    ]  # fmt: skip
    meant = _akin(question, claim, [choice.figure for choice in found])
    best = figures_room.best([choice for choice in found if choice.figure in meant] or found, slack=0.05)
    agreeing = [_agrees(claim, choice.clause, choice.figure) for choice in best]
    if not agreeing:
        return None
    if any(agreeing):
        return True if all(agreeing) else None
    return False


def _agrees(claim: Claim, clause: Clause, figure: Figure) -> bool:
    """Whether a figure has the claimed value, and is paid or counted as often as claimed."""
    if claim.quantity.value != figure.value:
        return False
    claimed = _how_often(f"{claim.words} {claim.unit or ''}")
    held = _how_often(" ".join((_before(clause, figure), figure.unit or "", *map(clause.slice, figure.periods))))
    return not claimed or not held or bool(claimed & held)


def _how_often(text: str) -> set[str]:
    return {(one or other).replace("日", "天").replace("餐", "次") for one, other in _PER.findall(text)}


def _same_kind(unit: str | None, figure: Figure) -> bool:
    """Whether a figure's unit can be meant by a claim's: the same, of one family, or a cell that has none."""
    if unit == figure.unit:
        return True
    if unit is None:
        return figure.kind is FigureKind.CELL
    family = figures_room.family_of(unit)
    return family is not None and (
        figures_room.family_of(figure.unit) == family or (figure.unit is None and family in ("个", "家", "人"))
    )


def _said_of(clause: Clause, figure: Figure) -> str:
    """The words that a figure is said with: around it up to the next figure or mark, its indicator, scope and
    headers."""
    headers = [cell.header for cell in clause.cells if cell.span == figure.span]
    above = clause.heading if clause.kind is ClauseKind.ROW else ""
    text = figures_room.same_length(clause.text)
    end = clause.offset(figure.span.end)
    after = _BREAK.search(text, end)
    tail = text[end : min(after.start() if after else len(text), end + 12)]
    return normal(" ".join(filter(None, (_before(clause, figure), tail, figure.indicator, figure.scope, above, *headers))))


def _context(clause: Clause) -> str:
    headers = " ".join(cell.header for cell in clause.cells)
    return normal(" ".join((*clause.breadcrumb, clause.heading or "", headers, clause.text)))


def _before(clause: Clause, figure: Figure) -> str:
    """What stands before a figure in its clause, from the mark or the figure before it."""
    text = figures_room.same_length(clause.text)
    at = clause.offset(figure.span.start)
    low = max(clause.offset(figure.sentence.start), 0)
    others = [clause.offset(f.span.end) for f in clause.figures if f.span.end <= figure.span.start]
    marks = [m.end() for m in re.finditer(r"[,;。!?\n]", text[low:at])]
    return text[max([low + marks[-1] if marks else low, *(o for o in others if o >= low)]) : at]


# ---- units, dates, sentences -------------------------------------------------------------------------------


def _units_agree(question: Question, line: Line, units: Units) -> bool | None:
    """Whether the clause lists every unit that the question names in the role it claims."""
    clause = line.clauses[0]
    if clause.unit_rule is UnitRule.NONE or not (
        question.wants(Ask.LEAD, Ask.UNITS, Ask.RESPONSIBLE) or _DOES.search(question.normal)
    ):
        return None
    named = {unit.canonical for unit in units.named(question)}
    named |= {canonical(name) for name in _UNIT.findall(question.normal) if not any(n in canonical(name) for n in named)}
    if not named:
        return None
    only_leads = question.wants(Ask.LEAD) and bool(clause.lead_units)
    held = clause.lead_units if only_leads else (*clause.lead_units, *clause.responsible_units)
    names = {canonical(name) for name in held}
    return named <= names


def _date_agrees(question: Question, line: Line) -> bool | None:
    """Whether the one date of the line is the one claimed, by what both state of year, month and day; of a range, whether
    it holds the date."""
    claimed, held = _DATE.findall(question.normal), _DATE.findall(normal(line.text))
    span = _SPAN.findall(normal(line.text))
    if len(claimed) == 1 and claimed[0][0] and len(span) == 1 and len(held) == 2:
        return _within(claimed[0], span[0])
    if len(claimed) != 1 or len(held) != 1:
        return None
    if _ISSUED.search(question.normal) and not re.search(rf"日\s*(?:{_ISSUED.pattern})", normal(line.text)):
        return None  # the one date that stands there may be of something else
    return all(one == other for one, other in zip(claimed[0], held[0], strict=True) if one and other)


def _within(claimed: tuple[str, str, str], span: tuple[str, ...]) -> bool | None:
    """Whether a year and month, with a day or without, lie within a range of days; None where it depends on the day."""
    year, month, day = (int(part or 0) for part in claimed)
    first, last = tuple(map(int, span[:3])), tuple(map(int, span[3:]))
    low, high = (year, month, day or 1), (year, month, day or 31)
    if high < first or low > last:
        return False
    whole = low >= first and (high <= last or (not day and (year, month) == last[:2] and last[2] >= 28))
    return True if whole else None


def _dated_otherwise(question: Question, text: str) -> bool:
    """Whether the question says a year and month that do not stand in a text: 2022年8月出生 beside a range of births."""
    held = [(year, month) for year, month, _ in _DATE.findall(text)]
    return any(year and (year, month) not in held for year, month, _ in _DATE.findall(question.normal))


def _sentence_agrees(question: Question, line: Line, asked: Sequence[Term]) -> bool | None:
    """Whether the line says what the question does: word for word, every number too, and without a condition; or that
    it is forbidden."""
    folded = normal(line.text)
    if _dated_otherwise(question, folded):
        return None
    text = max((folded[a:b] for a, b in sentences(folded)), key=lambda words: coverage(asked, words), default=folded)
    carried = coverage(asked, text)
    if FORBIDDEN.search(text):
        forbids = _MAY.search(question.normal) is not None and carried >= _SHARED
        return False if forbids and not FORBIDDEN.search(question.normal) else None
    whole = all(supports(text, term.word) >= 0.8 for term in asked)
    claimed = _numbers(re.sub(r"《[^》]*》|〔\d{4}〕\s*\d+\s*号", " ", question.normal))
    whole = whole and claimed <= _numbers(text)
    if not asked or not whole or carried < _CARRIED or _ALL.search(question.normal) or _LIMITED.search(text):
        return None
    return None if question.years and not all(str(year) in text for year in question.years) else True


def _claims_in(text: str) -> bool:
    return bool(re.search(r"\d", text))


def _numbers(text: str) -> set[float]:
    """The values of all numbers of a text, whatever their unit."""
    return {float(number) for number in re.findall(r"\d+(?:\.\d+)?", text)}


def _pairs_of_runs(text: str) -> set[str]:
    """The character pairs of the runs of a text."""
    runs: Iterable[str] = re.findall(r"[\u3400-\u9fffa-z]+", text.lower())
    return {pair for run in runs for pair in pairs(run)}
