"""Which figure answers a question, and the words in which it may be stated.

A figure is stated with the words around it (the comma-clause it stands in) or by a template whose every word
stands in the clause; years and rows that were not asked for stay out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.draft import Line
from assistant.evidence import Term, coverage, pairs
from assistant.question import Ask, Question
from corpus.document import Clause, ClauseKind, Figure, FigureKind
from corpus.lexicon import everyday, synonyms
from corpus.normalize import normal, to_simplified
from corpus.quantities import PLAN_END

_UNIT_CUES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("元", re.compile(r"多少钱|多少元|几元|几块|几[毛角]|几分钱|几[百千万](?:元|块|钱|多)|多少块|多少万元?|金额|罚(?:款|锾|金)(?=多少|几|金额|标准|数额|是多|要多)|罚多少|补(?:贴|助|偿|償)?多少|赔(?:偿)?多少|奖(?:励|补)?多少|拿多少|给多少|领多少|发多少|贴多少|收多少|多少奖|多少补|收费标准|补助标准|补贴标准|资助标准|奖补标准|多少资金|封顶")),
    ("%", re.compile(r"百分之|占比|比例|比率|百分比|比重|份额|率(?:是|要|达|为|应|需|多|目标|指标|得|到|不|必|最|$|[?])|几成|占多|覆盖率|费率|利率|税率|占(?:到|总)?(?:多|几)")),
    ("面积", re.compile(r"多少平|几平|面积|多大(?:的)?(?:面积|地方|场地)?")),
    ("学时", re.compile(r"学时|课时|多少(?:个)?小时|几(?:个)?小时")),
    ("时间", re.compile(r"几年|多少年|几个月|多少个月|多少天|几天|多少日|多久|多长时间|几个工作日|多少个工作日|周期|期限|时限")),
    ("次", re.compile(r"(?<!第)几次|多少次")),
    ("家", re.compile(r"(?<!第)几家|多少家")),
    ("人", re.compile(r"(?:(?<!第)几|多少)(?:个|名|位)?(?:娃|孩子|宝宝|幼儿|婴幼儿|小孩|老人|学生|儿童)|多少人|几人|几名|多少名|人数|人员数量")),
    ("岁", re.compile(r"几岁|多大(?:的)?(?:孩子|娃|宝宝|婴|幼)|几周岁|多少岁|年龄")),
    ("个", re.compile(r"(?<!第)几个|多少个|托位数|托位总量|数量|几张|多少张|多少托位|几所|多少所")),
)  # fmt: skip
_COUNTED = re.compile(r"(?:多少|几)(?:人|个|名|家|所|张|次|平|天|年|月|岁|学时|孩|幼儿|婴)")
_OTHER_UNIT = re.compile(r"个?(?:月|年|天|日|次|学期|工作日|人|名|家)(?!.{0,8}多少)")
_PRICED = re.compile(r"钱|元|块|金额|标准|费|补|奖|罚")
_FAMILIES = {
    "元": ("元",), "%": ("%", "‰"), "面积": ("平方米", "m2", "平方公尺", "亩", "公顷"), "学时": ("学时", "课时", "小时"),
    "时间": ("年", "个月", "月", "天", "日", "个工作日", "工作日", "周", "小时", "分钟"), "次": ("次", "人次"), "家": ("家", "个", "所"),
    "人": ("人", "名"), "岁": ("岁", "周岁"), "倍": ("倍",), "个": ("个", "张", "所", "家", "项", "处", "名", "人"),
}  # fmt: skip
_FEE = re.compile(r"收费|学费|托费|价格|收多少|收取|缴|交多少|一个月(?:要)?多少钱|多少钱一个?月|便宜|贵")
_PAID = re.compile(r"补|奖|资助|津贴|领|拿|发放|免")
_CHARGED = re.compile(r"费(?!用率)|收取|价格")
_FINE = re.compile(r"罚款|罚锾|处以?$|罚金|滞纳金")
_FINED = re.compile(r"罚|处分|处理|违|后果|滞纳")
_STATE = re.compile(r"已有|已经|现有|目前|现在|当前|截至|年底|去年")
_TOTAL = re.compile(r"总|合计|一共|共计|三年|几年|全部")
_CLAUSE_BREAK = re.compile(r"[,;。!?\n]")
_GOES_ON = re.compile(r"应|须|需|要|可|给予|并|则|不|在|于|自|按|每|最|由|其中|将|予|即|且|分")
_BELOW = ("低于", "少于", "小于", "不足", "不满", "未满")
_GAP = re.compile(r"还差|还缺|还需|还[要得](?:补|增|新增|建)|缺口|尚缺")
_LACKING = re.compile(r"还需|尚需|还差|尚缺|缺口|需新增|待新增|差额")
_AT_MOST = re.compile(r"最多|最高|上限|封顶|至多|顶多")
MET = 0.4  # what a figure loses that must be met, where nobody asks what must be
_MET = re.compile(r"超|扣|条件|满足|门槛|才|起付|部分|以上|以下|不足|低于|高于")
_WAGES_BEHIND = re.compile(r"(?:及以上|以上|以下)?的?[\u4e00-\u9fa5、]{0,16}?(?:工资|薪资|薪金|收入|养老金)")
_PERIOD_BEFORE = re.compile(r"(?:前|近|连续|满|后|上|过去|每|至少)$")  # 前12个月的月均收入 is no amount
_WAGES_BEFORE = re.compile(r"(?:工资|薪资|薪金|收入|养老金)的?(?:为|是)?$")
_WITHIN = re.compile(r"(?:以|之)?[内前]")
STRANGE = 12  # pairs of characters
SHORT = 90  # characters of a sentence that is said whole, where the piece with the figure goes on from what stands before
_HALF_WIDTH = str.maketrans("，；！？：（）０１２３４５６７８９", ",;!?:()0123456789")


@dataclass(frozen=True, slots=True)
class Choice:
    """A figure that fits a question, with how well."""

    clause: Clause
    figure: Figure
    score: float


def asked_family(question: Question) -> str | None:
    """The family of units a question asks for (元, %, 面积 …), None where it leaves it open."""
    for family, cue in _UNIT_CUES:
        if family == "元" and _COUNTED.search(question.normal) and not _PRICED.search(question.normal):
            continue  # 每班最多收多少人 is no price
        if family == "元" and not any(_OTHER_UNIT.match(question.normal, found.end()) is None for found in cue.finditer(question.normal)):
            continue  # nor 最多能领多少个月
        if cue.search(question.normal):
            return family
    return None


def fits(figure: Figure, family: str | None) -> bool:
    """Whether the figure's unit can answer a question for that family."""
    if family is None:
        return True
    unit = figure.unit or ""
    if figure.kind is FigureKind.CELL and family in ("个", "家", "人", "元", "%"):
        return family != "%" or unit == "%" or "率" in (figure.indicator or "")
    if figure.comparator == "全覆盖":
        return family in ("%", "个", "家")
    return any(unit == known or (known == "元" and unit.startswith("元")) for known in _FAMILIES[family])


def money_fits(figure: Figure, question: Question) -> bool:
    """A subsidy is no fee: what parents pay is not answered with what the state pays out."""
    if _FINE.search(normal(figure.indicator or "")) and not _FINED.search(question.normal):
        return False  # what is paid for a breach answers nobody who asks what is granted or lent
    fee, paid = bool(_FEE.search(question.normal)), bool(_PAID.search(question.normal))
    if fee and not paid:
        return figure.kind is not FigureKind.SUBSIDY
    return True


def fee_shares(question: Question, clause: Clause, asked: Sequence[Term]) -> list[Choice]:
    """The shares by which a clause sets a fee that is asked for (托育服务费不高于家庭月均可支配收入的20%); none where no fee is asked
    for."""
    if not _FEE.search(question.normal) or _PAID.search(question.normal):
        return []
    found = choices(question, clause, asked, "%")
    return [c for c in found if _CHARGED.search(normal(clause.text[slice(*comma_clause(clause, c.figure))]))]


def of_wages(clause: Clause, figure: Figure) -> bool:
    """Whether a figure is an amount in months or multiples of a wage or income (9个月的本人工资, 人均可支配收入的20倍)."""
    text, at, end = same_length(clause.text), clause.offset(figure.span.start), clause.offset(figure.span.end)
    if figure.unit == "倍":
        return _WAGES_BEFORE.search(text[max(0, at - STRANGE) : at]) is not None
    months = figure.unit in ("个月", "月") and not _PERIOD_BEFORE.search(text[max(0, at - 4) : at])
    return months and _WAGES_BEHIND.match(text, end) is not None


def in_wages(question: Question, clause: Clause, asked: Sequence[Term]) -> list[Choice]:
    """The amounts that a clause gives in months or multiples of a wage."""
    return [c for family in ("时间", "倍") for c in choices(question, clause, asked, family) if of_wages(clause, c.figure)]


def comma_clause(clause: Clause, figure: Figure) -> tuple[int, int]:
    """The stretch between commas around a figure, as offsets into the clause's text; a figure's list items
    (35%、40%) stay together."""
    text = same_length(clause.text)
    at, end = clause.offset(figure.span.start), clause.offset(figure.span.end)
    low, high = clause.offset(figure.sentence.start), clause.offset(figure.sentence.end)
    breaks = [m.start() for m in _CLAUSE_BREAK.finditer(_without_brackets(text))]
    start = max([b + 1 for b in breaks if low <= b < at], default=low)
    stop = min([b for b in breaks if end <= b < high], default=high)
    return start, stop


@lru_cache(maxsize=1024)
def same_length(text: str) -> str:
    """`text` with half-width marks and Simplified characters, offsets unchanged."""
    return to_simplified(text.translate(_HALF_WIDTH))


def _without_brackets(text: str) -> str:
    return re.sub(r"\([^()]*\)|“[^”]*”", lambda found: "x" * len(found.group()), text)


def family_of(unit: str | None) -> str | None:
    """The family of units (元, %, 时间 …) that a unit belongs to, None for a rare one."""
    if unit is None:
        return None
    return next(
        (f for f, units in _FAMILIES.items() if unit in units or (f == "元" and unit.startswith("元"))), None
    )


def choices(
    question: Question, clause: Clause, asked: Sequence[Term], family: str | None = None
) -> list[Choice]:
    """The figures of a clause that can answer, best first, of `family` or of the family asked for.

    A figure of another year is never one.
    """
    family = family or asked_family(question)
    text = same_length(clause.text)
    scopes = {normal(f.scope) for f in clause.figures if f.scope}
    named = {scope for scope in scopes if scope in question.normal or _bare(scope) in question.normal}
    found: list[Choice] = []
    for figure in clause.figures:
        if (
            not fits(figure, family)
            or not money_fits(figure, question)
            or (figure.kind is FigureKind.AGE and family != "岁")
        ):
            continue
        if question.years and figure.year is not None and figure.year not in question.years:
            continue
        if named and figure.scope and normal(figure.scope) not in named and clause.kind is not ClauseKind.ROW:
            continue
        if figure.comparator in _BELOW and _AT_MOST.search(question.normal) and not _MET.search(question.normal):
            continue  # 面积低于15平方米的, who may apply, is not at most how much is granted
        start, stop = comma_clause(clause, figure)
        if figure.kind is FigureKind.DURATION and _WITHIN.fullmatch(text, clause.offset(figure.span.end), stop):
            stop = _next_break(text, stop)  # 应当自受伤之日起30日内,提出申请: what is to be done stands behind the comma
        near = " ".join(filter(None, (text[start:stop], figure.indicator, figure.scope)))
        score = coverage(asked, near)
        if question.years:
            score += 0.4 if figure.year in question.years else -0.1
        elif clause.kind is ClauseKind.ROW and figure.year is None and _TOTAL.search(question.normal):
            score += 0.2
        if figure.scope and normal(figure.scope) in named:
            score += 0.4
        if family is not None and figure.unit:
            score += 0.1
        if figure.kind is FigureKind.BASELINE and not question.years and not _STATE.search(question.normal):
            score -= 0.4  # what was reached once is no target
        if (figure.comparator in _BELOW or (figure.kind is FigureKind.THRESHOLD and family == "%")) and not _MET.search(question.normal):
            score -= MET  # 超过其平均月投保薪资80%部分 is no answer to 领几成
        found.append(Choice(clause, figure, score))
    found.sort(key=lambda choice: (-choice.score, choice.figure.span.start))
    return found


def _next_break(text: str, at: int) -> int:
    """Where the stretch ends that begins behind the comma at `at`; `at` where none stands there."""
    found = _CLAUSE_BREAK.search(text, at + 1) if text[at : at + 1] == "," else None
    return found.start() if found else at


def foreign(choice: Choice, question: Question, asked: Sequence[Term]) -> float:
    """How much of an indicator the question has in none of its words, 0 to 1 from `STRANGE` pairs of characters on: much of
    最低生活保障边缘家庭认定标准 for 低保, little of 最低生活保障标准."""
    also = (other for term in asked for other in (*synonyms().get(term.word, ()), *everyday().get(term.word, ())))
    known = " ".join((question.normal, *also))
    held = pairs(normal(choice.figure.indicator or ""))
    return min(1.0, sum(pair not in known for pair in held) / STRANGE)


def _bare(scope: str) -> str:
    return re.sub(r"(?:区|县|市|镇|街道|乡)$", "", scope) if len(scope) > 2 else scope


def best(found: Sequence[Choice], slack: float = 0.12) -> list[Choice]:
    """The choices about as good as the best one, in reading order."""
    if not found:
        return []
    top = found[0].score
    kept = [choice for choice in found if choice.score >= top - slack]
    return sorted(kept, key=lambda choice: choice.figure.span.start)


def stated(choice: Choice, question: Question) -> str:
    """The figure in words: every one of them stands in the clause or its table head."""
    clause, figure = choice.clause, choice.figure
    if figure.kind is FigureKind.CELL:
        return cell_statement(clause, figure)
    source = clause.text
    start, stop = comma_clause(clause, figure)
    piece = source[start:stop].strip()
    shared = [
        f
        for f in clause.figures
        if f.sentence == figure.sentence and start <= clause.offset(f.span.start) < stop
    ]
    years = {f.year for f in shared}
    if len(shared) > 1 and question.years and len(years) > 1 and figure.year is not None:
        # 2024、2025年…分别达到30%和60%: say the one asked for, from its parts.
        comparator = figure.comparator or ""
        before, after = (
            (comparator, "")
            if comparator not in ("以上", "以下", "左右", "以内")
            else ("达到" if "达" in piece else "", comparator)
        )
        return f"{figure.year}年{figure.indicator or ''}{before}{figure.text}{after}"
    scoped = [f for f in shared if f.scope]
    if figure.scope and len(scoped) > 1 and (whole := _shared_tail(clause, figure, scoped, stop)):
        return whole
    if figure.scope and len(scoped) > 1:
        period = re.search(
            r"((?:每[\u4e00-\u9fa5]{1,4}?)*每(?:人|生|孩|户|家|月|年|天|日|次|学期|平方米))\s*$",
            source[: clause.offset(scoped[0].span.start)],
        )
        return f"{figure.scope}：{period.group(1) if period else ''}{figure.text}（{figure.indicator or ''}）"
    year = figure.year
    if year is not None and f"{year}" not in piece:
        if f"{year}年" in normal(clause.text):
            ends = re.findall(rf"{year}年([底末]前?|前)?", same_length(source)[: clause.offset(figure.span.start)])
            return f"{year}年{ends[-1] if ends else ''}，{piece}"
        # A year given as 十四五期末 is said in those words.
        plan = PLAN_END.search(same_length(source)[: clause.offset(figure.span.start)])
        if plan is not None and (words := source[plan.start() : plan.end()]) not in piece:
            return f"{words}，{piece}"
    whole = source[clause.offset(figure.sentence.start) : clause.offset(figure.sentence.end)].strip("；; 。\n")
    # 应在5个工作日内完成审定: who should stands before the comma.
    return whole if _GOES_ON.match(normal(piece)) and len(whole) <= SHORT and piece in whole else piece


def _shared_tail(clause: Clause, figure: Figure, scoped: Sequence[Figure], stop: int) -> str:
    """The words of a list whose last item bears what holds for all (对国家、省级高新技术企业，分别给予30万元、10万元), from its first
    item on; empty for a list of items that stand for themselves (托大班、托小班、乳儿班)."""
    scopes = [f.scope or "" for f in scoped]
    if len(scopes[-1]) <= len(scopes[0]) + 3 and "的" not in scopes[-1]:
        return ""
    text = same_length(clause.text)
    low = clause.offset(figure.sentence.start)
    first = text.find(same_length(scopes[0]), low)
    if first < 0 or first >= stop:
        return ""
    breaks = [m.end() for m in re.finditer(r"[,;。:]", text[low:first])]
    return clause.text[low + breaks[-1] if breaks else low : stop].strip()


def cell_statement(clause: Clause, figure: Figure) -> str:
    """A table cell in words: row key, year, column header, value with its unit."""
    cell = next((c for c in clause.cells if c.span == figure.span), None)
    header = cell.header.split(" / ")[-1] if cell is not None else figure.indicator or ""
    key = clause.heading or ""
    unit = figure.unit or ""
    if unit and (unit in header or unit in figure.text):
        unit = ""
    value = f"{figure.text}{unit}"
    if (
        unit
        and figure.comparator in ("左右", "以上", "以下", "以内")
        and figure.text.endswith(figure.comparator)
    ):
        value = f"{figure.text.removesuffix(figure.comparator)}{unit}{figure.comparator}"
    year = "" if figure.year is None or str(figure.year) in header else f"{figure.year}年"
    return f"{key}：{year}{header} {value}"


def row_choices(question: Question, row: Clause, asked: Sequence[Term]) -> list[Choice]:
    """The cells of a row that answer: for years asked for, one best column each; a column without a year only
    where the question's words point to it (还差多少, 三年一共); nothing for a year that the row does not have."""
    found = choices(question, row, asked)
    lacking = [c for c in found if _LACKING.search(_header(row, c.figure))] if _GAP.search(question.normal) else []
    if lacking:
        return best(lacking, slack=0.02)[:2]  # 还差多少: the column that says it, whatever year is named
    if not question.years:
        if not _TOTAL.search(question.normal) and not re.search(r"每年|各年|逐年|年度", question.normal):
            return best(found, slack=0.02)[:4]
        wanted = [
            c for c in found if (c.figure.year is None) == bool(_TOTAL.search(question.normal))
        ] or found
        return best(wanted, slack=0.02)[:4]
    chosen: list[Choice] = []
    undated = [c for c in found if c.figure.year is None]
    dated = [c for c in found if c.figure.year is not None]
    for year in question.years:
        own = [c for c in dated if c.figure.year == year]
        if own:
            chosen.extend(best(own, slack=0.02)[:2])
    header = {c.figure.span: coverage(asked, _header(row, c.figure)) for c in found}
    top_dated = max((header[c.figure.span] for c in chosen), default=0.0)
    if not chosen and not any(str(year) in _header(row, f) for f in row.figures for year in question.years):
        return []  # no column of the table speaks of that year
    pointed = [c for c in undated if header[c.figure.span] > top_dated + 0.15]
    if pointed and not re.search(r"和|及|、", question.normal):
        return best(pointed, slack=0.02)[:1]
    if chosen and undated and _TOTAL.search(question.normal):
        chosen.insert(0, undated[0])
    return chosen


def _header(row: Clause, figure: Figure) -> str:
    cell = next((c for c in row.cells if c.span == figure.span), None)
    return normal(cell.header) if cell is not None else ""


def wants_amount(question: Question) -> bool:
    """Whether the question asks for an amount of money, and not only about a subsidy."""
    return question.wants(Ask.MONEY) and (
        asked_family(question) == "元"
        or bool(
            re.search(
                r"多少|(?<![哪第])几(?![类种项个条步方号天日月年次岁周家])|标准|上限|最高|最多|封顶|怎么算|怎么补|如何补|怎么计算",
                question.normal,
            )
        )
    )


def figure_lines(chosen: Iterable[Choice], question: Question) -> list[Line]:
    """One line a figure, each said once."""
    lines: dict[str, Line] = {}
    for choice in chosen:
        text = stated(choice, question)
        lines.setdefault(text, Line(text, [choice.clause]))
    return list(lines.values())
