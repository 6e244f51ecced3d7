"""对吗: a claim held against the clause that speaks of it.

A verdict is given only where it is certain: each figure claimed is compared with the clause's figure of the same
subject, unit, year and period, a unit with the list that the clause gives, a date with the one date that is stated.
Where the clause has no such counterpart it is stated without a verdict.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assistant import figures as figures_room
from assistant import verdicts
from assistant.assertions import DOES, LISTED, MAY, date_agrees, denial_agrees, sentence_agrees, units_agree
from assistant.atoms import AtomKind
from assistant.classes import classes, of_another
from assistant.draft import Line
from assistant.evidence import Term, pairs, supports
from assistant.periods import how_often
from assistant.question import Ask, Question, subject_of
from assistant.units import Units, canonical, unit_statement
from assistant.verdicts import Verdict
from corpus.document import Clause, ClauseKind, Figure, FigureKind, UnitRule
from corpus.normalize import normal
from corpus.quantities import Quantity, sentences

if TYPE_CHECKING:
    from assistant.library import Library

_CAP = re.compile(r"最高|最多|上限|封顶|不超过|至多")
_NEGATED = re.compile(r"不(?:是|由|归|用|需|要|能|会|应|可以|包括)|没有|并非|未必|无需")
_LEAST = re.compile(r"(?<!不)超过|以上|不(?:低|少|小)于|至少|大于|高于|达|满")
_CONDITIONS = re.compile(r"条件|申请|申报|享受|符合|具备|方可")
_REQUIRES = re.compile(r"才|须|必须|需要|要求|要(?=超过|达|满|不|高于|低于)")
_UNTIL_AGE = re.compile(r"(?:发|领|补|给|拿|享受?|持续|一直|奖)[^,。;\d]{0,6}(?:到|至|满)[^,。;\d]{0,5}$")  # not whom it is about
_BREAK = re.compile(r"[,;、。!?:\n]")
_FOR_EVER = re.compile(r"终身|終身|永久|永远")
_GRANTED = re.compile(r"(?:发放?|补贴?|补助|奖励?|给予?|资助|领取?|拿)(?:的|了|到|是|为)?$")
_TALK_BEFORE = re.compile(r"^(?:请|帮(?:我|忙))?(?:核对|核实|查证|求证|确认|判断(?:正误|对错|真假))?(?:一下)?[:,]?(?:听说|据说|说是|[^,。;:《》\d]{1,6}?(?:都|上|里)?(?:报导|报道|说|讲|传|写|称){1,2}(?![明法话课得好信])(?:是|过|道)?)?[:,]?")
_TALK_BEHIND = re.compile(r"[,。;:-]*(?:(?:以上|上面)?[这那]?(?:个|种|样|句)?(?:说法|讲法|话|表述|说的)?(?:是|还)?(?:是否(?:属实|正确|准确|真实)|准不准确?|准确?吗|有根据吗|有没有根据|有依据吗|可信吗|可靠吗|成立吗|对不对|对不|对吗|错了?吗|属不属实|真不真|真假)|(?:请|帮忙)?(?:你|您)?判断(?:一下)?(?:真假|对错|正误|是否(?:属实|正确|准确))|对吗|对么|对不对|对吧|是吗|是么|是不是|是这样吗|是真的吗|真的吗|真的假的|没错吧|属实吗|正确吗|准确吗|没问题吧|有这回事吗|请确认|吧|吗)[?!。]*$")
_DENIED_TOO = re.compile(r"不(?:得|准|让|许|再?享受)|(?:拿|享受|领|申请)不(?:到|了)")  # 不得少于 is of a figure, and not the negation of a claim
_PERMITTED = re.compile(r"(?:能|可以|可否|能否)[^,。?]*吗[?。]*$|能不能|可不可以|(?:拿|领|享受|申请|报)得[到了][^,。?]*[吗么不][?。]*$")
_NEED_NOT = re.compile(r"不(?:用|需|必)|无需")
_INCLUSIVE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:万元|元|%|人|岁|年)?\s*\((不?含)\)")  # 10(不含)万元
_NOT_HAD = re.compile(r"[拿受领请]不[到了]")
_ALTERNATIVES = re.compile(r"是不是|对不对|能不能|可不可以|要不要|有没有|会不会|属不属实|准不准|没错|没问题")
_COMPARES = re.compile(r"(?<![占对])比(?![例重率如])[^,。?]{1,16}?(?:高|低|多|少|大|小|早|晚|长|短|严|快)|一样|相同|相等")
_OF_TEXT = frozenset("附件 附表 表格 台账 专栏 解读 原文".split())  # where something stands, and not what
_HELD = 0.5  # support of a claim's word by the clauses, so that it may be called right
_QUALIFIES = re.compile(r"[nabtsz]|vn|$")  # jieba's tags of words that make a claim narrower: 夜间托育, 公办机构, 免费托位
LITERAL = 10  # characters of a claim that can hardly stand in a clause by chance
_BARE = 10  # a smaller number without a unit is seldom a table's cell
_SHORT, _SENTENCE = 30, 200  # characters: a line that is said with its sentence, and how long that may be
_ALIKE = 0.34  # the least share of a claim's words that its counterpart is said with
_SURE = 0.5  # the same, where a difference is to be called wrong
_KNOWN = 0.3  # the least share of a claim's words that the clauses have at all
_NEARLY = 0.05  # counterparts this close to the best one are as good


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
        if (unit in ("岁", "周岁") and not _UNTIL_AGE.search(text[: quantity.start])) or quantity.value is None or (unit is None and quantity.value < _BARE):
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
    return bool(re.search(rf"(?:由|归|是|属于?|找)[省市区县州]?{name}|{name}(?:来|去|在)?(?:负责|管|牵头|{DOES.pattern})", question.normal))


def stated(question: Question) -> str:
    """What a question claims, without the talk around it (听说…，是真的吗)."""
    return re.sub(r"是不是|是否", "", _TALK_BEHIND.sub("", _TALK_BEFORE.sub("", question.normal)))


def printed(question: Question, clause: Clause) -> bool:
    """Whether a clause prints what a question claims, word for word, the place in front apart."""
    text = stated(question)
    bare = text.removeprefix(question.places[-1].name) if question.places else text
    # 能线上申领的 stands in 不能线上申领的, and is denied there.
    return len(bare) >= LITERAL and re.search(rf"(?<![不未无非没]){re.escape(bare)}", normal(clause.text)) is not None


def judged(
    question: Question, lines: Sequence[Line], asked: Sequence[Term], units: Units, library: Library | None = None
) -> list[Line]:
    """The lines with 对 or 不对 in front of the first where the claim can be held against them, else as they are."""
    right, counterparts = _verdict(question, lines, asked, units)
    if right is None and not claims(question):
        # Said by another sentence of those that answer: that one is told first.
        agreeing = next((line for line in lines[1:] if _verdict(question, [line], asked, units)[0]), None)
        if agreeing is not None:
            right, lines = True, [agreeing, *(line for line in lines if line is not agreeing)]
    if library is not None and not LISTED.search(question.normal):
        right = _checked(right, question, lines, asked, library)
    if right and _PERMITTED.search(question.normal) and not date_agrees(question, lines[0]):
        right = None  # 三级、超过30%，能领吗: whoever meets what is named may be shut out by what is not
    if right is None:
        return [_in_its_sentence(line) for line in lines] if claims(question) else list(lines)
    # What decides stands first.
    figures = [normal(figure.text) for _, figure in counterparts]
    first = next((line for line in lines if any(figure in normal(line.text) for figure in figures)), lines[0])
    lines = [first, *(line for line in lines if line is not first)]
    if LISTED.search(question.normal):
        said = verdicts.LISTED if right else verdicts.UNLISTED
    else:
        wrong = verdicts.WRONG_FIGURE if question.figures else verdicts.WRONG
        denied = verdicts.FORBIDDEN if _PERMITTED.search(question.normal) else wrong
        said = verdicts.RIGHT if right else denied
    told = normal("\n".join(line.text for line in lines))
    missing = [(clause, figure) for clause, figure in counterparts if normal(figure.text) not in told]
    if right is False:
        missing += _of_another_year(question, first.clauses[0], told)
    shown = figures_room.figure_lines([figures_room.Choice(clause, figure, 1.0) for clause, figure in missing], question)
    if claims(question) and first.clauses[0].unit_rule is not UnitRule.NONE:
        by_unit = units_agree(question, first, units)
        if by_unit is not None:  # a figure and a unit are claimed in one breath
            said = verdicts.RIGHT if right and by_unit else verdicts.WRONG_FIGURE
            shown.append(Line(unit_statement(first.clauses[0], question), first.clauses[:1]))
    if right is False and question.wants(Ask.LEAD):
        shown += _only_responsible(question, first.clauses[0], units)
    return [replace(first, text=f"{said}{first.text}"), *lines[1:], *shown]


def _checked(
    right: bool | None, question: Question, lines: Sequence[Line], asked: Sequence[Term], library: Library
) -> bool | None:
    """The verdict as far as the verifier bears it out: nothing is called right of which a figure, a year, a bound or a
    period stands otherwise in the clauses or which a word makes narrower, nor wrong that stands there word for word."""
    text = stated(question)
    clauses = list(dict.fromkeys(clause for line in lines for clause in line.clauses))
    if right is False and any(printed(question, clause) for clause in clauses):
        return True
    if right and (_narrowed(text, clauses, asked, library) or _bounded_otherwise(text, clauses)):
        return None
    report = library.held(text, clauses)
    # 不用交税 is said by 免征 too, 拿不到 by 不享受, which the verifier does not know for a negation; 328个 by a cell that prints no unit.
    bare = {normal(figure.text) for clause in clauses for figure in clause.figures if figure.kind is FigureKind.CELL and figure.unit is None}
    known = (
        (a.kind is AtomKind.NEGATION and (_NEED_NOT.match(text, a.start) or _NOT_HAD.match(text, max(0, a.start - 1)))) or (a.kind is AtomKind.NUMBER and a.text.rstrip("个家人名张所") in bare)
        for a in report.atoms
    )
    # A figure or a unit may be claimed in words of one's own; a claim without either is its words.
    own_words = bool(claims(question)) or _NEED_NOT.search(text) is not None or any(atom.kind in (AtomKind.UNIT, AtomKind.DATE) for atom in report.atoms)
    doubted = (
        atom for atom, is_known in zip(report.atoms, known, strict=True)
        if atom.verdict is not Verdict.SUPPORTED and not is_known and not (own_words and atom.kind is AtomKind.WORDING)
    )  # fmt: skip
    return None if right and any(doubted) else right


def _in_its_sentence(line: Line) -> Line:
    """A short line with the whole sentence that it is of: 处十倍罚锾 does not tell for what, and no verdict says that it is
    for something else."""
    clause = line.clauses[0]
    at = clause.text.find(line.text)
    if at < 0 or len(line.text) > _SHORT or clause.kind is ClauseKind.ROW:
        return line
    held = next(((a, b) for a, b in sentences(figures_room.same_length(clause.text)) if a <= at < b), None)
    words = clause.text[slice(*held)].strip() if held is not None else ""
    return replace(line, text=words) if len(line.text) < len(words) <= _SENTENCE else line


def _narrowed(text: str, clauses: Sequence[Clause], asked: Sequence[Term], library: Library) -> bool:
    """Whether a claim has a word, strange to the clauses, that makes it narrower than what they say (夜间托育)."""
    told = " ".join(map(library.context, clauses)).replace("、", "")  # 区县 is said by 区、县(市)
    words = (term.word for term in asked if term.word in text and term.word not in _OF_TEXT and not term.word.isascii())
    return any(_QUALIFIES.match(library.kind(word)) and supports(told, word) < _HELD for word in words)


def _bounded_otherwise(text: str, clauses: Sequence[Clause]) -> bool:
    """Whether a claim takes a bound in that the clauses leave out, or the reverse: 10万(含) for 10万(不含)."""
    bounds = {bound for clause in clauses for bound in _INCLUSIVE.findall(normal(clause.text))}
    turned = {"含": "不含", "不含": "含"}
    return any((number, turned[said]) in bounds and (number, said) not in bounds for number, said in _INCLUSIVE.findall(text))


def _only_responsible(question: Question, clause: Clause, units: Units) -> list[Line]:
    """The clause's other units, where the one that is claimed to lead is among them."""
    named = {unit.canonical for unit in units.named(question)}
    if not named & {canonical(name) for name in clause.responsible_units}:
        return []
    return [Line(unit_statement(clause, replace(question, asks=(Ask.RESPONSIBLE,))), [clause])]


def _of_another_year(question: Question, clause: Clause, told: str) -> list[_Counterpart]:
    """The figure of the claimed value that a clause has for another year than the one asked about (12万个 of 2025, claimed
    for 2024)."""
    return [
        (clause, figure) for claim in claims(question) for figure in clause.figures
        if question.years and figure.year is not None and figure.year not in question.years
        and figure.value == claim.quantity.value and figure.unit == claim.unit and normal(figure.text) not in told
    ]  # fmt: skip


def _verdict(
    question: Question, lines: Sequence[Line], asked: Sequence[Term], units: Units
) -> tuple[bool | None, list[_Counterpart]]:
    """The verdict, and the figures that it rests on."""
    if question.wants(Ask.COMPARE) or _COMPARES.search(question.normal):
        return None, []
    found = claims(question)
    negated = _NEGATED.search(_ALTERNATIVES.sub("", LISTED.sub("", question.normal))) is not None
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
        agreed = [verdict for verdict, _ in judgements]
        counterparts = [one for _, held in judgements for one in held]
        if any(_met(question, claim, clauses[0]) for claim in found):
            return None, counterparts  # 入托率45%能享受吗: it is enough, and what else is required is not known
        if any(verdict is False for verdict in agreed):
            return False, counterparts
        return (None if any(verdict is None for verdict in agreed) else True), counterparts
    if negated or _DENIED_TOO.search(_ALTERNATIVES.sub("", question.normal)):
        return denial_agrees(question, lines[0], asked), []
    by_unit = units_agree(question, lines[0], units)
    if by_unit is not None:
        often, held = how_often(question.normal), how_often(normal(lines[0].text))
        return by_unit and not (often and held and not often & held), []  # every year, and not every half year
    by_date = date_agrees(question, lines[0])
    return by_date if by_date is not None else sentence_agrees(question, lines[0], asked), []


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
    often = how_often(f"{claim.words} {claim.unit or ''}")
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
    as_often = [one for one in scored if often & how_often(_paid_how(one[1], one[2]))]
    scored = as_often or scored  # 每年1万, where the clause has 100000元 and 每年10000元
    exact = [one for one in scored if one[2].unit == claim.unit]
    stands = any(figure.value == claim.quantity.value for _, _, figure in exact)
    if exact and (stands or max(one[0] for one in exact) >= 0.5 * max(one[0] for one in scored)):
        scored = exact  # 10个月 is held against 10个月, and not against 220天 beside it
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
    claimed = how_often(f"{claim.words} {claim.unit or ''}")
    held = how_often(_paid_how(clause, figure))
    return not claimed or not held or bool(claimed & held)


def _met(question: Question, claim: Claim, clause: Clause) -> bool:
    """Whether a question that asks if something may be gives a figure that keeps to a bound which a clause sets as a
    condition; not where the question states the condition itself (要超过45%才能享受)."""
    value = claim.quantity.value
    if value is None or not MAY.search(question.normal) or _REQUIRES.search(question.normal):
        return False
    for figure in clause.figures:
        sentence = clause.text[clause.offset(figure.sentence.start) : clause.offset(figure.sentence.end)]
        required = figure.kind is FigureKind.THRESHOLD or _CONDITIONS.search(normal(sentence))
        if not required or figure.unit != claim.unit or figure.value is None:
            continue
        least, most = _LEAST.search(figure.comparator or ""), _CAP.search(figure.comparator or "")
        if (least and value >= figure.value) or (most and value <= figure.value):
            return True
    return False


def _paid_how(clause: Clause, figure: Figure) -> str:
    return " ".join((_before(clause, figure), figure.unit or "", *map(clause.slice, figure.periods)))


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




def _claims_in(text: str) -> bool:
    return bool(re.search(r"\d", text))


def _pairs_of_runs(text: str) -> set[str]:
    """The character pairs of the runs of a text."""
    runs: Iterable[str] = re.findall(r"[\u3400-\u9fffa-z]+", text.lower())
    return {pair for run in runs for pair in pairs(run)}
