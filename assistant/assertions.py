"""Whether a line says what a question claims without a figure: its units, its one date, its words, what it denies."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.draft import Line
from assistant.evidence import LEFT_OUT, Term, coverage, supports
from assistant.periods import how_often
from assistant.question import Ask, Question
from assistant.units import Units, canonical
from corpus.document import UnitRule
from corpus.normalize import normal
from corpus.quantities import sentences

_DATE = re.compile(r"(?:(\d{4})年)?(\d{1,2})月(?:(\d{1,2})日)?")
_SPAN = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日?(?:\([^()]*\))?\s*(?:至|到|[-~—–]+)\s*(\d{4})年(\d{1,2})月(\d{1,2})日")
DOES = re.compile(r"负责|管|牵头|主管|主办|审批|办理|打击|执法|监督|认定|发放|制定|落实|实施|审核|组织|登记|解释|由")
_UNIT = re.compile(r"(?:由|是|归|找)?([\u4e00-\u9fa5]{2,12}?(?:局|委员会|委|厅|部门|部|总工会|妇联|中心|法院|检察院|街道办|镇政府|管理处))(?=来|去)?(?=负责|牵头|管|主管|打击|审批|办理|监督|认定|发放|制定|审核|组织|登记|解释|的)")
_ALL = re.compile(r"所有|全部|一律|都|任何|只(?:有|要|能)?|仅")
MAY = re.compile(r"能|可以|可(?:不可|否)|允许|准")
FORBIDDEN = re.compile(r"不得|不能|不可|禁止|严禁|不准|不享受|不予|不再|非经|未经")
_DENIALS = (
    (re.compile(r"不用|不需|无需|不必|免"), re.compile(r"免|无需|不需|不收取|不予?征")),
    (re.compile(r"不能|不可以?|不得|不准|不让|不许"), FORBIDDEN),
    (re.compile(r"不(?:再)?享受|(?:拿|享受|领|申请)不(?:到|了)"), re.compile(r"不(?:再)?享受|不予(?:补|奖|资|发)|不得(?:享受|申领|领取|申请)")),
)
_DUTIES = (
    (re.compile(r"(?:要|得|须|需要?|应当?)(?:交|缴|付|收|征)"), re.compile(r"免(?:征|缴|收|费|交)|不收取|不予?征收?|无需(?:交|缴|付)")),
    (re.compile(r"(?:要|会|得|也)(?:算|计)(?:入|进|作|成)"), re.compile(r"不计入|不算作|不作为")),
)
LISTED = re.compile(r"列没列|列不列|有没有列|是否列|在不在(?:列|内|其中|里面)|包不包括|含不含")
_LISTED_UNIT = re.compile(rf"(?:{LISTED.pattern})(?:有|入|了)?([\u4e00-\u9fa5]{{2,12}}?(?:局|委员会|委|厅|部门|部|总工会|妇联|中心|法院|检察院|街道办|镇政府|管理处|办))(?=[,?!。]|吗|呢|这|$)")
_LIMITED = re.compile(r"条件|符合|经[\u4e00-\u9fa5]{1,12}(?:同意|批准|认定|许可)|除外|按规定|原则上|仅|满\d|的,可")
_HOLDS = re.compile(r"含不含|包不包括|包不包含|(?:含|包括|包含)[^,。?]{1,10}吗")
_ISSUED = re.compile(r"印发|发布|公布|颁布|出台|签发|成文")
_CARRIED = 0.9  # of the question's words a sentence must carry to be the one that is asked about
_DENIED = 0.75  # the same where question and sentence both deny
_SHARED = 0.6  # the same where it forbids what is asked


def units_agree(question: Question, line: Line, units: Units) -> bool | None:
    """Whether the clause lists every unit that the question names in the role it claims."""
    clause = line.clauses[0]
    if clause.unit_rule is UnitRule.NONE or not (
        question.wants(Ask.LEAD, Ask.UNITS, Ask.RESPONSIBLE) or DOES.search(question.normal)
    ):
        return None
    named = {unit.canonical for unit in units.named(question)}
    named |= {canonical(name) for name in _UNIT.findall(question.normal) if not any(n in canonical(name) for n in named)}
    asked_for = _LISTED_UNIT.search(question.normal)
    if asked_for is not None:
        named = {canonical(asked_for.group(1))}
    if not named:
        return None
    only_leads = question.wants(Ask.LEAD) and bool(clause.lead_units)
    held = clause.lead_units if only_leads else (*clause.lead_units, *clause.responsible_units)
    names = {canonical(name) for name in held}
    if not named <= names and any(not cell.header for cell in clause.cells):
        return None  # the row has a cell of which it is not known what it is
    return named <= names


def date_agrees(question: Question, line: Line) -> bool | None:
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


def sentence_agrees(question: Question, line: Line, asked: Sequence[Term]) -> bool | None:
    """Whether the line says what the question does: word for word, every number too, and without a condition; or that
    it is forbidden."""
    folded = normal(line.text)
    if _dated_otherwise(question, folded):
        return None
    text = max((folded[a:b] for a, b in sentences(folded)), key=lambda words: coverage(asked, words), default=folded)
    carried = coverage(asked, text)
    if FORBIDDEN.search(text):
        forbids = MAY.search(question.normal) is not None and carried >= _SHARED
        return False if forbids and not FORBIDDEN.search(question.normal) else None
    if _exempted(question, text, asked):
        return False
    outside = " ".join(LEFT_OUT.findall(text))
    if _HOLDS.search(question.normal) and outside and any(supports(outside, t.word) and not supports(LEFT_OUT.sub(" ", text), t.word) for t in asked):
        return False  # 含不含膳食费, of 托育服务费(不含膳食费)
    whole = all(supports(text, term.word) >= 0.8 for term in asked)
    often, held = how_often(question.normal), how_often(text)
    if often and not often & held:
        return False if whole and held else None  # 每半年一次, where the sentence says 每年组织1次
    whole = whole and _claimed_numbers(question) <= numbers(text)
    if not asked or not whole or carried < _CARRIED or _ALL.search(question.normal) or _LIMITED.search(text):
        return None
    return None if question.years and not all(str(year) in text for year in question.years) else True


def _exempted(question: Question, text: str, asked: Sequence[Term]) -> bool:
    """Whether a sentence frees, without a condition, of what the question claims to be due (要交个人所得税: 免征)."""
    about = [term for term in asked if len(term.word) > 1]
    due = any(one.search(question.normal) and other.search(text) for one, other in _DUTIES)
    return due and coverage(about, text) >= _DENIED and not _LIMITED.search(text)


def denial_agrees(question: Question, line: Line, asked: Sequence[Term]) -> bool | None:
    """Whether the line says too that something need not be done or must not be (不用交税: 免征); None where it is not plain."""
    folded = normal(line.text)
    text = max((folded[a:b] for a, b in sentences(folded)), key=lambda words: coverage(asked, words), default=folded)
    alike = any(one.search(question.normal) and other.search(text) for one, other in _DENIALS)
    about = [term for term in asked if len(term.word) > 1 and not any(one.search(term.word) for one, _ in _DENIALS)]
    alike = alike and _claimed_numbers(question) <= numbers(text)
    sure = alike and coverage(about, text) >= _DENIED and not _ALL.search(question.normal) and not _LIMITED.search(text)
    return True if sure else None


def _claimed_numbers(question: Question) -> set[float]:
    """The numbers of a question but those by which it names a document."""
    return numbers(re.sub(r"《[^》]*》|〔\d{4}〕\s*\d+\s*号", " ", question.normal))


def numbers(text: str) -> set[float]:
    """The values of all numbers of a text, whatever their unit."""
    return {float(number) for number in re.findall(r"\d+(?:\.\d+)?", text)}
