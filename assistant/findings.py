"""What the documents of one place hold of a question: a count, the rows it names, a list, a figure, units, sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant import figures as figures_room
from assistant import verdicts
from assistant.assertions import FORBIDDEN
from assistant.claims import claimed_figure, claimed_of, judged, printed, stated
from assistant.draft import Found, Line
from assistant.evidence import Term, coverage, pairs, supports
from assistant.library import (
    LEFT_OPEN,
    TOTALS,
    Library,
    main_term,
    may_answer,
    other_class,
    row_named,
    stands_out,
)
from assistant.lists import Lists
from assistant.question import Ask, Question
from assistant.retrieval import Hit
from assistant.sentences import WHO, Sentences
from corpus.document import Clause, ClauseKind, Document, Figure, FigureKind, UnitRule
from corpus.normalize import normal
from corpus.places import short_name

ROW_ENOUGH = 0.35  # as library.ENOUGH, for what is asked of a table row beside its name
OF_COLUMN = 0.4  # share of the terms beside a row's name that the head of a column of words must have
ECHOED = 0.7  # of a question's subject: a heading that is all of it is what was asked after
ECHO = 10  # characters; what is longer may be the sentence that a claim repeats
LONG_NAME, OF_NAME = 8, 0.8  # characters of a row's name, and the share of what is asked that it must have
TOLD = 0.7  # words answer where no figure of the kind asked for fits (按2:8分担) only where a clause carries this
LONG_SUBJECT = 4  # pairs of characters: a shorter subject may stand in other words
SAID = 0.5  # of the words asked for that such a figure carries by other words
UNLIKE = 0.2  # the least share of a long subject's pairs that a figure's own words must have
CUT = 0.5  # the least share of a subject's characters that its terms must have to stand for it
ALIKE = 0.3  # share of a claim's terms that a clause carries which has its very figure, of another class
FOREIGN = 0.2  # what a figure loses of its worth whose indicator is all in other words than the question's
SHARED_OUT = 0.7  # what a clause keeps of its worth that gives only a percentage where an amount is asked for
_WHOLE = re.compile(r"全[省市区县州盟旗镇]")
_HOW_MANY = re.compile(r"多少(?!人?负责|钱合适)")  # 多少人负责 asks who, and 多少钱合适 what somebody thinks
_HOW_LONG = re.compile(r"(?<!第)几(?:天|年|个?月|日|周|个?小时|次|个?工作日)(?!开始|起)|多少(?:天|年|个?月|日|周|个?小时|次|个?工作日)")
_LENGTH = re.compile(r"(?:\d|[一二三四五六七八九十百两]|每半?)个?(?:半|余|多)?(?:天|日|年|个?月|周|小时|次|学期|工作日|季度)|长期|终身|当[日天月]|当场|立即|即时")
_WHICH_DAY = re.compile(r"几月几[号日]|(?<!第)几号(?!文|楼)|哪一?天")
_A_DATE = re.compile(r"\d{1,2}\s*[日号]|[上中下]旬|月[初底末]|[一二三四五六七八九十]+[日号]")
_A_DAY = re.compile(r"\d{1,2}\s*[日号]|[上中下]旬|月[初底末]|当[日天月]|次[日月]|工作日|[一二三四五六七八九十]+[日号]|起(?:施行|实施|执行)")
_DAY = re.compile(r"(?:19|20)\d\d年(?:\d{1,2}月)?(?:\d{1,2}日)?")
_TOWN = re.compile(r"(?:街道|镇|乡)$")
_NO_TOWN = re.compile(r"[各所有哪些几每全这那该本此两多某一个的]")
_MEASURES = frozenset("占比 比例 比率 比重 百分比 份额 数量 总数 总量 指标 目标值 覆盖率".split())
_MUCH = re.compile(r"多少|(?<!第)几(?=[个家所人名张户次%])")
_DONE = re.compile(r"(?:哪个|哪些|哪几个|什么|啥)(?:政府)?(?:部门|单位|局|机关|机构)(?:来|去)?(审定|审核|审批|批准|认定|评估|受理|发放|拨付|拟订|制定|处罚|解释|登记|备案|公示|筹措)")
_LIST_OF_UNITS = re.compile(r"(?:牵头|责任|配合|主办|协办)(?:责任)?(?:单位|部门)\s*:|\([^()]*(?:负责|牵头|配合)\)")
_WHEN = re.compile(r"时间|时限|期限|节点|进度")
_SO_MANY = re.compile(r"[一二两三四五六七八九十百]+(?:个|家|所|处|座|类|种|项)([\u4e00-\u9fff]{3,12})")
NAMED = 0.8  # of such a noun's pairs of characters: it is what the question counts
_SHUT_OUT = re.compile(r"不(?:能|得|可以?|再)?(?:享受|领取?|申请|纳入|给予|发放)[^,。?]{0,10}的(?:有|是)?(?:哪|什么|啥|谁)|(?:哪|什么|谁)[^,。?]{0,8}不(?:能|得|可以?|再)?(?:享受|领取?|申请|纳入)")
_RECKONED = re.compile(r"(?:\d+(?:\.\d+)?|[一二两三四五六七八九十]+)个月的?(?:本市|当地|上年度)?[\u4e00-\u9fa5]{2,10}?(?:标准|工资|收入)")
_PRICE = re.compile(r"多少钱|多少元|补多少|最高多少|百分之几|多少个")
_COUNTED = re.compile(r"(?:几|多少)个?([\u4e00-\u9fff]{2,4}?)(?=的|[,。?!吗呢]|$)")
_NUMBERED = re.compile(r"\d|[一二三四五六七八九十百千万两]+(?:个|家|元|人|成|倍|年|月|日|天|次|%|分之)|全覆盖|全部|应建尽建")


@dataclass(frozen=True, slots=True)
class _Matter:
    """A question, and the clauses of one place that carry enough of it, best first; `carried` is the share of its terms
    that the best one carries."""

    question: Question
    asked: Sequence[Term]
    ranked: Sequence[tuple[float, Hit]]
    carried: float


class Findings:
    """Finds in some documents, from what is counted or named exactly down to the sentences that fit best."""

    def __init__(self, library: Library, lists: Lists, without: frozenset[str] = frozenset()) -> None:
        self._library = library
        self._lists = lists
        self._facts, self._complete = "facts" not in without, "lists" not in without
        self._sentences = Sentences(library)

    def within(self, question: Question, asked: Sequence[Term], documents: Sequence[str]) -> Found | None:
        """What these documents answer, or None where they do not hold it."""
        counted = self._lists.counted(question, documents) if self._complete else None
        if counted is not None:
            return Found(tuple(counted), 1.0)
        row = self._rows(question, asked, documents) if self._facts else None
        if row is not None:
            return row if row.lines else None
        if self._complete and question.wants(Ask.LIST, Ask.COUNT) and not question.wants(Ask.LEAD, Ask.UNITS, Ask.RESPONSIBLE):
            listed = self._lists.of_section(question, asked, documents)
            if listed is not None:
                return Found(tuple(listed), 1.0)
        return self._of_clauses(question, asked, documents)

    def _of_clauses(self, whole: Question, asked: Sequence[Term], documents: Sequence[str]) -> Found | None:
        """What the best clauses say: the figure asked for, then the units, else sentences; a claim is judged by it."""
        claims = whole.wants(Ask.VERIFY)
        question, asked = self._without_claimed_units(whole, asked) if claims else (whole, asked)
        looked = 24 if question.wants(Ask.LIST, Ask.COUNT) else 12  # the head of a list has few words of its own
        hits = self._library.retriever.search(
            question, looked, documents=documents, keep=lambda c: _answers(question, asked, c)
        )
        ranked = self._library.ranked(question, asked, hits)
        if claims and (other := self._of_another_class(whole, asked, documents)) is not None:
            return other
        if not ranked or self._year_unknown(question, ranked[0][1].document):
            return None
        matter = _Matter(question, asked, ranked, coverage(asked, self._library.context(ranked[0][1].clause)))
        wants_units = self._facts and question.wants(Ask.LEAD, Ask.RESPONSIBLE, Ask.UNITS)
        figures = self._figures(whole, matter, wants_units=wants_units)
        if figures is None:
            return None
        lines, complete = list(figures.lines), figures.complete
        if wants_units:
            unit_line = self._units(matter, lines[0].clauses[0] if lines else None)
            if unit_line is None and not lines:
                return self._who(matter)
            complete = complete and (unit_line is not None or not question.wants(Ask.LEAD))
            if unit_line is not None:
                lines.append(unit_line)
                lines += _worded_cells(question, (), unit_line.clauses[0])
        lines = lines or self._in_words(whole, matter)
        if not lines:
            return None
        lines = self._judged(whole, matter, lines) if claims else [*lines, *self._sentences.besides(question, asked, ranked, lines)]
        return Found(tuple(lines), matter.carried, complete)

    def _in_words(self, whole: Question, matter: _Matter) -> list[Line]:
        """The sentences that answer; none where what is asked for (a number, a day, who is shut out) is in none of them."""
        question, asked = matter.question, matter.asked
        # 国家试点 on a line of its own tells nobody more than the question did.
        lines = [line for line in self._sentences.relevant(question, asked, matter.ranked) if not _echoes(line, whole)]
        if _SHUT_OUT.search(question.normal):
            lines = [line for line in lines if FORBIDDEN.search(normal(line.text)) and coverage(asked, _with_heading(line)) >= TOLD]
        how_many = self._wants_number(question) and _HOW_MANY.search(question.normal)
        how_long = _HOW_LONG.search(question.normal)
        which_day = _WHICH_DAY.search(question.normal)
        told = [_DAY.sub(" ", normal(line.text)) if how_long else normal(line.text) for line in lines]
        if (how_many or how_long) and not any((_LENGTH if how_long else _NUMBERED).search(text) for text in told):
            return []
        if which_day and not any((_A_DATE if "号" in which_day.group() else _A_DAY).search(text) for text in told):
            return []  # how many is not answered by words without a number, nor how many days by a year
        return lines

    def _judged(self, whole: Question, matter: _Matter, lines: Sequence[Line]) -> list[Line]:
        """The lines with the verdict on the claim, where there is one, and with who is shut out, where it is asked who may."""
        units, library = self._library.units, self._library
        told = judged(whole, lines, matter.asked, units, library)
        elsewhere = next((hit.clause for _, hit in matter.ranked if printed(whole, hit.clause)), None)
        if elsewhere is not None and any(denied in told[0].text for denied in verdicts.DENIALS):
            # Called wrong by the figure of another year or class, where a clause prints it word for word.
            told = judged(whole, [Line(stated(whole), [elsewhere])], matter.asked, units, library)
        return [*told, *(self._sentences.shut_out(told) if whole.wants(Ask.CONDITION) else ())]

    def _of_another_class(self, question: Question, asked: Sequence[Term], documents: Sequence[str]) -> Found | None:
        """The figure that a question claims of one class where the clause has it of another (三级20家: 二级20家)."""
        claim = claimed_figure(question)
        if claim is None:
            return None
        hits = self._library.retriever.search(question, 3, documents=documents)
        for hit in hits:
            near = coverage(asked, self._library.context(hit.clause)) >= ALIKE or (hit is hits[0] and stands_out(hits))
            if not near or not other_class(question, normal(hit.clause.text)):
                continue
            for figure in hit.clause.figures:
                if figure.value == claim.quantity.value and figure.unit == claim.unit and other_class(question, _words_of(hit.clause, figure)):
                    told = figures_room.stated(figures_room.Choice(hit.clause, figure, 1.0), question)
                    return Found((Line(f"{verdicts.WRONG_FIGURE}{told}", [hit.clause]),), 1.0)
        return None

    def _wants_number(self, question: Question) -> bool:
        return self._facts and (
            figures_room.wants_amount(question)
            or (question.wants(Ask.FIGURE) and not question.wants(Ask.CONDITION, Ask.COUNT) and not _names_which(question))
        )

    def _figures(self, whole: Question, matter: _Matter, *, wants_units: bool) -> Found | None:
        """The figure asked for or claimed, no line where none is or where words may tell it; None where nothing may
        answer in its place."""
        question, carried = matter.question, matter.carried
        claim = claimed_figure(whole) if self._facts else None
        if claim is not None:
            # A claimed figure is answered with the clause's figure of that kind, or not at all.
            lines = self._number(matter, figures_room.family_of(claim.unit)) or []
            return Found(tuple(lines), carried) if lines or wants_units or carried >= TOLD else None
        if not self._wants_number(question):
            # 广州市2025年千人口托位数: named without asking; the figure of that year, where the clause has one.
            bare = self._facts and question.asks == (Ask.FREE,) and _names_figure(matter)
            return Found(tuple(self._number(matter) or ()) if bare else (), carried)
        answer = self._number(matter)
        if answer is not None:
            return Found(tuple(answer), carried)
        if wants_units:
            return Found((), carried, complete=not _PRICE.search(question.normal))
        family = figures_room.asked_family(question)
        told = carried >= TOLD and not question.years and (family in ("时间", "%", "岁", "学时") or _counts(matter))
        return Found((), carried) if family is None or told or question.wants(Ask.VERIFY) else None

    def _who(self, matter: _Matter) -> Found | None:
        """What is said of those who act, where no clause lists units."""
        said = self._sentences.relevant(matter.question, matter.asked, matter.ranked)
        prose = tuple(line for line in said if WHO.search(normal(line.text)))
        if prose:
            return Found(prose, matter.carried)
        if matter.question.wants(Ask.CONDITION):
            # 父母离婚了找谁领: who may claim it, not an office.
            return Found(tuple(said), matter.carried, complete=False)
        # 办成营利性幼儿园要找谁批: what is forbidden has nobody to ask.
        forbidding = tuple(line for line in said if FORBIDDEN.search(normal(line.text)))
        return Found(forbidding, matter.carried, complete=False) if forbidding and matter.carried >= TOLD else None

    def _without_claimed_units(
        self, question: Question, asked: Sequence[Term]
    ) -> tuple[Question, tuple[Term, ...]]:
        """The question without the units that it claims something of: 由区教委牵头对吗 is about the task."""
        text = question.normal
        kept = list(asked)
        for unit in self._library.units.named(question):
            if not claimed_of(question, unit.words):
                continue
            text = text.replace(unit.words, " ")
            kept = [t for t in kept if t.word not in unit.words]
        return (replace(question, normal=text), tuple(kept)) if kept else (question, tuple(asked))

    def _year_unknown(self, question: Question, document: Document) -> bool:
        """Whether an amount or a target is asked for a year that the document does not speak of."""
        figure = figures_room.wants_amount(question) or question.wants(Ask.FIGURE)
        if not question.years or not figure or question.wants(Ask.DEADLINE):
            return False
        source = self._library.source(document)
        return all(str(year) not in source for year in question.years)

    def _rows(self, question: Question, asked: Sequence[Term], documents: Sequence[str]) -> Found | None:
        """Table cells of the rows that the question names."""
        rows = [c for d in documents for c in self._library.store.rows_of(d)]
        named = [c for c in rows if row_named(c, question, self._library.documents.by_id[c.document_id].place)]
        if not named:
            # 荣兴街道 is none of the rows: no figure of the whole answers for it.
            return Found((), 0.0) if self._wants_number(question) and _other_row(question, rows) else None
        parts = [row for row in named if normal(row.heading or "") not in TOTALS]
        if parts and not _WHOLE.search(question.normal):
            named = parts  # 天河和海珠加起来: the two of them, and not the table's own total
        asks_units = self._facts and question.wants(Ask.LEAD, Ask.RESPONSIBLE, Ask.UNITS) and not question.wants(Ask.VERIFY)
        of_units = [row for row in named[:8] if asks_units and _has_unit_column(row)]
        if of_units:
            return Found(tuple(self._library.unit_line(row, question, row.heading or "") for row in of_units), 1.0)
        lines: list[Line] = []
        for row in named[:8]:
            # What is asked beside the rows' own names: 新兴镇 is nothing that the row 新立镇 must carry.
            rest = [t for t in asked if all(supports(normal(one.heading or ""), t.word) < 0.9 for one in named)]
            if rest and coverage(rest, self._library.context(row)) < ROW_ENOUGH:
                continue  # the row is named, but something else is asked about it
            for choice in figures_room.row_choices(self._undated(question, row), row, rest):
                lines.append(Line(figures_room.cell_statement(row, choice.figure), [row]))
        lines = [line for row in named[:8] for line in _worded_cells(question, asked, row)] + lines
        if not lines:
            # The row is there and the year is not: another clause must not answer for it.
            asks_year = question.years and question.wants(Ask.FIGURE, Ask.FREE) and any(map(_dated, named))
            return Found((), 0.0) if asks_year else None
        if question.wants(Ask.VERIFY):
            lines = judged(question, lines, asked, self._library.units, self._library)
        return Found(tuple(self._library.with_heads(lines)), 1.0)

    def _undated(self, question: Question, row: Clause) -> Question:
        """The question without the year of the document itself (按2019年的限额表), where no column of the row is of a year."""
        document = self._library.documents.by_id[row.document_id]
        own = re.findall(r"(?:19|20)\d\d", f"{document.issued or ''} {document.document_number or ''}")
        return replace(question, years=()) if not _dated(row) and {str(year) for year in question.years} <= set(own) else question

    def _number(self, matter: _Matter, family: str | None = None) -> list[Line] | None:
        """The figure asked for, from the clause that has one that fits; None where none does."""
        question, asked, ranked = matter.question, matter.asked, matter.ranked
        amount = figures_room.wants_amount(question)
        family = family or figures_room.asked_family(question)
        amount = amount and family in (None, "元", "%")  # 补贴每户最多按多少平方米: no sum of money
        documents = list(dict.fromkeys(hit.document.document_id for _, hit in ranked))
        first = ranked[0][1].clause
        if amount and family in (None, "元") and LEFT_OPEN.search(normal(first.text)) and not pays(first):
            return None  # 具体补助政策另行制定
        best: tuple[float, Clause, list[figures_room.Choice]] | None = None
        hits = self._library.retriever.search(
            question, 12, documents=documents, keep=lambda c: bool(c.figures) and _answers(question, asked, c)
        )
        for score, hit in self._library.ranked(question, asked, hits):
            found = self._fitting(question, asked, hit.clause, amount, family)
            if not found:
                continue
            worth = score * (0.5 + 0.5 * min(1.0, found[0].score)) * (1 - FOREIGN * figures_room.foreign(found[0], question, asked))
            if amount and family is None and all(choice.figure.unit == "%" for choice in found):
                worth *= SHARED_OUT  # 由市财政按20%补助: who bears it, not what is paid
            if best is None or worth > best[0]:
                best = (worth, hit.clause, found)
        if best is None or best[0] < 0.35 * ranked[0][0]:
            return None
        _, clause, found = best
        if clause.kind is ClauseKind.ROW:
            return self._library.with_heads(
                [
                    Line(figures_room.cell_statement(clause, c.figure), [clause])
                    for c in figures_room.best(found)[:3]
                ]
            )
        if amount:
            lines = self._sentences.amounts(question, asked, clause)
            return None if _only_reckons(question, asked, clause, lines) else lines
        if found[0].score < 0.3 and family in (None, "个", "家", "人", "次") and not _all_about(asked, clause, found):
            return None  # a number of something else: of a class asked for, an institution told of
        if _unlike(question, asked, clause, found[0].figure):
            return None  # 普惠性托育机构占比 is not the share of kindergartens that take children in
        chosen = figures_room.best(found)[:6]
        if len(chosen) == 1 and len(_MUCH.findall(question.normal)) > 1:
            # 确保达到多少、力争达到多少: what else of the kind stands in the same sentence.
            own = chosen[0].figure
            chosen = [choice for choice in found if (choice.figure.sentence, choice.figure.unit) == (own.sentence, own.unit)]
            chosen.sort(key=lambda choice: choice.figure.span.start)
        return figures_room.figure_lines(chosen, question)

    def _fitting(
        self, question: Question, asked: Sequence[Term], clause: Clause, amount: bool, family: str | None
    ) -> list[figures_room.Choice]:
        """The figures of a clause that can answer: of the kind asked for, of the year asked for."""
        found = figures_room.choices(question, clause, asked, family)
        if question.years and not amount:
            # A target of a year is answered with that year's figure or not at all.
            found = [c for c in found if c.figure.year in question.years]
        if amount and family in (None, "元"):
            money = [c for c in found if c.figure.kind in (FigureKind.SUBSIDY, FigureKind.MONEY)]
            shares = [c for c in found if c.figure.unit == "%"] or figures_room.fee_shares(question, clause, asked)
            return money or shares or figures_room.in_wages(question, clause, asked)
        return found

    def _units(self, matter: _Matter, answered: Clause | None) -> Line | None:
        """Who leads and who is responsible for the clause that the question is about."""
        question = matter.question
        if answered is not None and _lists_units(question, answered):
            return self._library.unit_line(answered, question, "")
        top = matter.ranked[0][0]
        for score, hit in matter.ranked[:6]:
            if score < 0.8 * top:
                break
            if _lists_units(question, hit.clause):
                heading = hit.clause.heading or ""
                return self._library.unit_line(hit.clause, question, "" if heading in _all_units(hit.clause) else heading)
        return None


def _dated(row: Clause) -> bool:
    """Whether a table's row has the figure of a year, or a column of one."""
    return any(figure.year is not None for figure in row.figures) or any(re.search(r"20\d\d", cell.header) for cell in row.cells)


def _has_unit_column(row: Clause) -> bool:
    """Whether a table gives each row its units, rather than each unit a row."""
    return row.unit_rule is not UnitRule.NONE and row.heading not in _all_units(row)


def _other_row(question: Question, rows: Sequence[Clause]) -> bool:
    """Whether the question names, right behind its place, a town of the kind that rows are of; none of them is named."""
    towns = {found.group() for row in rows if (found := _TOWN.search(normal(row.heading or "")))}
    names = [name for place in question.places for name in (place.name, short_name(place))]
    behind = re.search(rf"(?:{'|'.join(map(re.escape, names))})([\u4e00-\u9fa5]{{2,3}}(?:街道|镇|乡))(?!镇)", question.normal) if names else None
    return bool(towns) and behind is not None and not _NO_TOWN.search(behind.group(1))


def _names_which(question: Question) -> bool:
    """Whether a question asks which ones they are, and not how many (做到哪几个“同步”)."""
    return re.search(r"哪几个", question.normal) is not None and not _MUCH.search(re.sub(r"哪几", "", question.normal))


def _answers(question: Question, asked: Sequence[Term], clause: Clause) -> bool:
    """Whether a clause may answer: a table row only where the question names it, or its name tells what is asked."""
    return may_answer(question, clause) or _told_by_its_name(asked, clause)


def _told_by_its_name(asked: Sequence[Term], clause: Clause) -> bool:
    """Whether a table row's long name, that of an indicator, has nearly all that is asked, by other words too (新建小区 of
    新建居住区配套托育服务设施覆盖率)."""
    name = normal(clause.heading or "")
    return clause.kind is ClauseKind.ROW and len(name) >= LONG_NAME and len(asked) > 1 and _opens(name, asked) and coverage(asked, name) >= OF_NAME


def _opens(name: str, asked: Sequence[Term]) -> bool:
    """Whether a question has the word that a name begins with and that makes it narrower (新建, 社区)."""
    return any(name.startswith(term.word[:2]) for term in asked)


def _with_heading(line: Line) -> str:
    """The words of a line with what its clause is headed."""
    return normal(f"{line.clauses[0].heading or ''} {line.text}")


def _echoes(line: Line, question: Question) -> bool:
    """Whether a short line without a figure only says words of the question again."""
    bare = normal(line.text).strip(" 。;:,、*#|")
    short = len(bare) < ECHO and len(bare) < ECHOED * len(question.subject.replace(" ", ""))
    return short and not re.search(r"\d", bare) and bare in question.normal


def _all_units(clause: Clause) -> tuple[str, ...]:
    return (*clause.lead_units, *clause.responsible_units)


def _lists_units(question: Question, clause: Clause) -> bool:
    """Whether a clause's units are those that are asked about: not where its sentences name a lead that its list does not,
    nor where it does not speak of what the unit is asked to do (由哪个部门审定)."""
    if clause.unit_rule is UnitRule.NONE:
        return False
    text = normal(clause.text)
    if clause.unit_rule is UnitRule.UNDISTINGUISHED and question.wants(Ask.LEAD) and "牵头" in text:
        return False
    done = _DONE.search(question.normal)
    return done is None or clause.units_span is None or clause.kind is not ClauseKind.ITEM or done.group(1) in text or _LIST_OF_UNITS.search(text) is not None


def _worded_cells(question: Question, asked: Sequence[Term], row: Clause) -> list[Line]:
    """The cells of a row that hold words, where the question names their column (属性：预期性), or most of what it asks beside
    the row's name is the column's (审核确认管多久 of 审核确认有效期：两年)."""
    rest = [term for term in asked if term.word not in normal(row.heading or "")]
    return [
        Line(f"{row.heading}：{cell.header} {cell.text}", [row]) for cell in row.cells
        if cell.header and cell.text.strip() and cell.text != row.heading and len(cell.header) > 1
        and all(cell.span != figure.span for figure in row.figures) and (normal(cell.header) in question.normal or _tells_when(question, cell.header) or (rest and coverage(rest, normal(cell.header)) >= OF_COLUMN))
    ]  # fmt: skip


def _tells_when(question: Question, header: str) -> bool:
    """Whether a column says by when, and that is asked."""
    return question.wants(Ask.DEADLINE) and _WHEN.search(normal(header)) is not None


def _only_reckons(question: Question, asked: Sequence[Term], clause: Clause, lines: Sequence[Line]) -> bool:
    """Whether the amount of a thing is asked for (低保标准多少元) with which the lines only reckon (不超过2个月低保标准): the amounts
    they have are others."""
    main = main_term(asked)
    if main is None or not re.search(rf"{re.escape(main.word)}(?:金|费)?的?(?:标准|金额|数额|额度)", question.normal):
        return False
    about = " ".join((*clause.breadcrumb, clause.heading or ""))
    return not any(supports(_RECKONED.sub(" ", normal(f"{about} {line.text}")), main.word) for line in lines)


def _all_about(asked: Sequence[Term], clause: Clause, found: Sequence[figures_room.Choice]) -> bool:
    """Whether a clause's heading is what is asked about and it has one such figure only."""
    return coverage(asked, normal(clause.heading or "")) >= TOLD and len({choice.figure.value for choice in found}) == 1


def _words_of(clause: Clause, figure: Figure) -> str:
    """The words between commas that a figure stands in."""
    start, end = figures_room.comma_clause(clause, figure)
    return normal(clause.text[start:end])


def _unlike(question: Question, terms: Sequence[Term], clause: Clause, figure: Figure) -> bool:
    """Whether hardly a word of a long subject, or of any that is a rate (备案率), stands with a figure: in its sentence, what
    it is about, the heading."""
    asking = " ".join(subject for subject, asks in question.parts if asks) or question.subject
    words, runs = [term.word for term in terms], asking.split()
    # 普|惠|托位|占比: cut into single characters a name leaves too few words, and is taken as it stands.
    whole = sum(map(len, words)) >= CUT * sum(map(len, runs))
    about = [term for term in terms if term.word not in _MEASURES]  # 占比 alone is said of every share
    asked = {pair for run in ([term.word for term in about] if whole else runs) for pair in pairs(run)}
    if len(asked) < (1 if figure.unit == "%" and whole else 2 if figure.unit == "%" else LONG_SUBJECT):
        return False
    sentence = clause.text[figure.sentence.start - clause.span.start : figure.sentence.end - clause.span.start]
    told = normal(" ".join((sentence, figure.indicator or "", figure.scope or "", clause.heading or "")))
    # 打到卡上 is said by 发放, of which it has no character.
    return len(asked & set(pairs(told))) < UNLIKE * len(asked) and (not about or coverage(about, told) < (SAID if whole else TOLD))


def _names_figure(matter: _Matter) -> bool:
    """Whether the question names the indicator of a figure of the year that it names."""
    clause = matter.ranked[0][1].clause
    return any(
        figure.year in matter.question.years and coverage(matter.asked, normal(figure.indicator or "")) >= TOLD
        for figure in clause.figures
    )


def _counts(matter: _Matter) -> bool:
    """Whether the best clause says how many of the thing that is counted, in words too (两个学期的缴费凭证)."""
    asked, text = matter.question.normal, normal(matter.ranked[0][1].clause.text)
    for noun in _SO_MANY.findall(text):
        # 几家处置中心: 甲、乙、丙三个处置中心进一步增加产能
        runs = [pairs(noun[:length]) for length in range(3, len(noun) + 1)]
        if any(len(run) > 3 and sum(pair in asked for pair in run) >= NAMED * len(run) for run in runs):
            return True
    thing = _COUNTED.search(asked)
    return thing is not None and re.search(rf"[一二两三四五六七八九十百\d]+个?{re.escape(thing.group(1))}", text) is not None


def pays(clause: Clause) -> bool:
    """Whether a clause states an amount that is paid out."""
    return any(figure.kind is FigureKind.SUBSIDY for figure in clause.figures)
