"""The sentences of a clause that answer, chosen by what they carry and by the kind of thing asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant import figures as figures_room
from assistant.draft import Line
from assistant.evidence import Passage, Term, coverage, passages, supports
from assistant.library import (
    DEFINES,
    ENUMERATES,
    Library,
    counted_as,
    other_class,
)
from assistant.question import Ask, Question
from assistant.retrieval import Hit
from corpus.document import Clause, ClauseKind, FigureKind
from corpus.normalize import normal

MAX_SENTENCES = 4
TELLING = 0.3  # weight of a word that asks for something of its own
HALF = 0.5  # support from which a word is said
NEAREST = 5  # clauses that are looked at for what is asked besides
ITEM, STEM = 120, 200  # characters of an item that is said with the head of its list, and of that head
OF_TITLE = 0.5  # what a word of the document's own title keeps of its weight where a sentence is chosen
OF_PLACE = 0.6  # what a sentence gains that names the place within the document's own that is asked about
_LEADS_IN = re.compile(r"(?:下列|以下|如下)[^。]{0,30}[,;。]?")
_CONTAINS = re.compile(r"(?:^|[\n;。:])\s*\(?[一1][)、.]")  # the list stands in the clause itself
_CONDITION = re.compile(r"条件|须|应当|不享受|不得|不再|同时具备|符合|前提|方可|免收|除外|仅限")
WHO = re.compile(
    r"负责|主管|牵头|承担|由[^,。]{2,30}(?:审核|办理|实施|制定|组织|管理|认定|发放|受理|统计|测算|汇总|公布|出具|保管|责令|申领|领取|申请|报送|负担|监督|检查|批准|给付|支付|核定|决定|提供|作出)|(?:部门|局|政府|机关|委员会)(?:\([^()]*\))?(?:对|会同|负责)|部门[^,。]{0,12}(?:应当|要|依法)|会同|审批|批准|向[^,。]{0,14}(?:部门|局|委员会|委|机关|机构|街道|中心|政府)[^,。]{0,6}(?:备案|申请|申报|报告|登记|提出)|(?:中心|机构|部门|局)(?:负责)?(?:出具|开具|提供)"
)
_LISTED = re.compile(r"^\s*(?:\(?[一二三四五六七八九十\d]{1,3}[)、.]|[①-⑳]|\([^()]{1,3}\))")
_TIMED = re.compile(
    r"\d+\s*(?:年|月|日|天|个月|周|工作日|小时|分钟)|[一二三四五六七八九十]+(?:年|个月|日|个工作日)"
)
_DAY_ASKED = re.compile(r"几月|几号|哪(?:一)?天|截止|最晚|最迟|什么时候")
_WHICH_OF = re.compile(r"(?:哪|这|那)([一二两三四五六七八九十\d]+\s?(?:个|项|条|类|种|大|方面|点))")
_SHARES = frozenset("占比 比例 比率 比重 百分比".split())  # said by a figure in %, whose sentence need not name them
_SHUT_OUT = re.compile(r"不(?:再)?享受|不予(?:补|奖|资|发|受)|不得(?:申请|申领|享受|领取)|不(?:能|可)(?:申请|申领|享受)|不属于")
_NEGATED = re.compile(r"不享受|不得|不需|不再|不能|禁止|严禁|免")


class Sentences:
    """Chooses sentences; says lists whole and amounts with their conditions."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def relevant(
        self, question: Question, asked: Sequence[Term], ranked: Sequence[tuple[float, Hit]]
    ) -> list[Line]:
        """The sentences that carry the question's terms, from the clause whose best one does so best."""
        top = ranked[0][0]
        asked = self._beside_the_title(asked, ranked)
        candidates: list[tuple[float, Clause]] = []
        for score, hit in ranked[:10]:
            above = normal(" ".join((*hit.clause.breadcrumb, hit.clause.heading or "")))
            said = [
                _worth(question, p.text, coverage(asked, f"{above} {p.text}"))
                for p in passages(hit.clause, asked)
            ]
            candidates.append((score / top + 0.6 * max(said, default=0.0), hit.clause))
        clause = max(candidates, key=lambda pair: pair[0])[1]
        stem = self._stem(clause)
        if stem is not None:
            return [Line(stem.text, [stem]), Line(clause.text, [clause])]
        if clause.kind is ClauseKind.ROW and all(figure.kind is not FigureKind.CELL for figure in clause.figures):
            told = [c for c in clause.cells if c.header and c.text != clause.heading and len(c.text) > 2]
            return [Line(f"{clause.heading}：{cell.header} {cell.text}", [clause]) for cell in told[:4]]
        if clause.kind is ClauseKind.ROW:
            numbers = [f for f in clause.figures if not question.years or f.year in question.years]
            return self._library.with_heads(
                [Line(figures_room.cell_statement(clause, f), [clause]) for f in numbers[:4]]
            )
        sentences = passages(clause, asked)
        if not sentences:
            return [Line(clause.text, [clause])]
        last = normal(clause.text[sentences[0].start :]).rstrip()  # its own label, (一), begins no list
        if last.endswith(":") or (_LEADS_IN.search(last[-60:]) and not _CONTAINS.search(last)):
            children = [
                c
                for c in self._library.store.clauses(clause.document_id)
                if c.path.startswith(clause.path + "/")
            ]
            if children:
                return [Line(clause.text, [clause]), *(Line(c.text, [c]) for c in children[:12])]
        if sum(s.end - s.start for s in sentences) <= 130:
            return [Line(clause.text[sentences[0].start : sentences[-1].end], [clause])]

        within = self._places_within(question, clause)
        scored = sorted(
            (
                (_worth(question, s.text, s.support) + (OF_PLACE if any(name in s.text for name in within) else 0.0), i)
                for i, s in enumerate(sentences)
            ),
            key=lambda p: (-p[0], p[1]),
        )
        best = scored[0][0]
        keep = sorted(i for score, i in scored[:MAX_SENTENCES] if score >= 0.55 * best and score > 0)
        for i in list(keep):
            if sentences[i].text.rstrip().endswith(":") or _LEADS_IN.search(sentences[i].text):
                # 下列职责：(一)…;(二)… is said whole: the lead-in without its list says nothing.
                following = i + 1
                while following < len(sentences) and following - i <= 30:
                    if _LISTED.match(sentences[following].text):
                        keep.append(following)
                    elif not any(_LISTED.match(s.text) for s in sentences[following + 1 : following + 4]):
                        break
                    following += 1
        for i in list(keep):
            if _LISTED.match(sentences[i].text):
                # 1.再婚前生育的子女 of 以下情形均不计入孩次： is said with what leads in.
                back = range(i - 1, max(-1, i - 12), -1)
                lead = next((j for j in back if sentences[j].text.rstrip().endswith(":") or not _LISTED.match(sentences[j].text)), None)
                if lead is not None and sentences[lead].text.rstrip().endswith(":"):
                    keep.append(lead)
        chosen = [sentences[i] for i in sorted(set(keep)) or [0]]
        of_year = [s for s in chosen if _of_asked_year(question, clause, s)]
        return [Line(_dated(clause, s), [clause]) for s in of_year or chosen]

    def _beside_the_title(self, asked: Sequence[Term], ranked: Sequence[tuple[float, Hit]]) -> tuple[Term, ...]:
        """The terms with less weight for the words of the title that all the clauses stand under: they tell no sentence of
        the document from another."""
        titles = {normal(hit.document.title) for _, hit in ranked}
        if len(titles) > 1:
            return tuple(asked)
        (title,) = titles
        return tuple(replace(term, weight=OF_TITLE * term.weight) if term.word in title else term for term in asked)

    def shut_out(self, lines: Sequence[Line]) -> list[Line]:
        """The sentences of the clause told that shut somebody out (公办机构不享受), where it is asked who may and they are not
        told yet."""
        told = normal(" ".join(line.text for line in lines))
        clause = lines[0].clauses[0]
        if clause.kind is ClauseKind.ROW:
            return []
        found = [p for p in passages(clause, ()) if _SHUT_OUT.search(p.text) and p.text.strip(";。 ") not in told]
        return [Line(clause.text[p.start : p.end], [clause]) for p in found[:2]]

    def _stem(self, clause: Clause) -> Clause | None:
        """The head of the list that a short item hangs on (以下情形均不计入孩次：), without which it says nothing."""
        above = clause.clause_id.rpartition("/")[0]
        if clause.kind is not ClauseKind.ITEM or len(clause.text) > ITEM or not above or not self._library.store.holds(above):
            return None
        stem = self._library.store.clause(above)
        return stem if normal(stem.text).rstrip().endswith(":") and len(stem.text) <= STEM else None

    def besides(
        self, question: Question, asked: Sequence[Term], ranked: Sequence[tuple[float, Hit]], lines: Sequence[Line]
    ) -> list[Line]:
        """The sentence that carries what a question asks besides (逾期怎么处理) and the lines do not say; none where they
        say it all, or no clause does."""
        said = normal(" ".join([*(line.text for line in lines), *(self._above(line.clauses[0]) for line in lines)]))
        told = _SHARES if "%" in said else frozenset()
        open_terms = [t for t in asked if t.weight >= TELLING and t.word not in told and supports(said, t.word) < HALF]
        if not open_terms:
            return []
        best: tuple[float, Clause, Passage] | None = None
        for _, hit in ranked[:NEAREST]:
            if hit.clause.kind is ClauseKind.ROW:
                continue
            for passage in passages(hit.clause, open_terms):
                if _told_of(hit.clause, passage, lines):
                    continue  # 2024年…达到35%以上 is all that was asked of 2024和2025年分别达35%、40%
                gain = sum(t.weight for t in open_terms if supports(passage.text, t.word) >= HALF)
                if gain >= TELLING and (best is None or gain > best[0]) and not other_class(question, passage.text):
                    best = (gain, hit.clause, passage)
        if best is None:
            return []
        _, clause, passage = best
        return [Line(_dated(clause, passage), [clause])]

    def _above(self, clause: Clause) -> str:
        return " ".join((self._library.documents.by_id[clause.document_id].title, *clause.breadcrumb, clause.heading or ""))

    def _places_within(self, question: Question, clause: Clause) -> list[str]:
        """The names of places that the question names and that lie within the document's own: a line of each may stand
        below one heading (各旗县区咨询电话)."""
        own = self._library.documents.by_id[clause.document_id].place
        return [place.name for place in question.places if own is not None and own != place and own.holds(place)]

    def amounts(self, question: Question, asked: Sequence[Term], clause: Clause) -> list[Line]:
        """The sentences of a clause that state amounts, caps, periods and conditions, in its order."""
        sentences = passages(clause, asked)
        chosen = figures_room.choices(question, clause, asked)
        best = figures_room.best(chosen, slack=0.25)
        scoped = [c for c in best if c.figure.scope and normal(c.figure.scope) in question.normal]
        if any(_says_scope(clause, scoped, other) for other in chosen if not other.figure.scope):
            scoped = []  # (二孩、三孩每孩每年800元) is of 三孩 too: the whole sentences tell which is which
        lines: list[Line] = []
        if scoped:
            lines.extend(figures_room.figure_lines(scoped, question))
        for sentence in sentences:
            inside = [
                f for f in clause.figures if sentence.start <= clause.offset(f.span.start) < sentence.end
            ]
            money = any((f.unit or "").startswith("元") or f.unit == "%" or figures_room.of_wages(clause, f) for f in inside)
            if money and scoped:
                continue
            if money or _CONDITION.search(sentence.text):
                lines.append(Line(clause.text[sentence.start : sentence.end], [clause]))

        def worth(text: str) -> float:
            folded = normal(text)
            return (
                coverage(asked, folded)
                + (0.6 if re.search(r"标准|\d元|万元|%", folded) else 0.0)
                + (0.3 if "不享受" in folded or "条件" in folded else 0.0)
            )

        if len(lines) > MAX_SENTENCES:
            order = sorted(range(len(lines)), key=lambda i: -worth(lines[i].text))[:MAX_SENTENCES]
            lines = [lines[i] for i in sorted(order)]
        return lines


def _says_scope(clause: Clause, scoped: Sequence[figures_room.Choice], other: figures_room.Choice) -> bool:
    """Whether the words around a figure without a scope of its own name that of one that has."""
    start, stop = figures_room.comma_clause(clause, other.figure)
    return any(normal(one.figure.scope or "") in normal(clause.text[start:stop]) for one in scoped)


def _years_in(clause: Clause, sentence: Passage) -> set[int]:
    """The years for which the figures of a sentence hold, wherever the clause says so."""
    inside = (f for f in clause.figures if sentence.start <= f.span.start - clause.span.start < sentence.end)
    return {figure.year for figure in inside if figure.year is not None}


def _told_of(clause: Clause, sentence: Passage, lines: Sequence[Line]) -> bool:
    """Whether a line tells a figure of the sentence in other words than the sentence's own."""
    inside = [f.text for f in clause.figures if sentence.start <= f.span.start - clause.span.start < sentence.end]
    return any(line.clauses[0] == clause and any(text in line.text for text in inside) for line in lines)


def _of_asked_year(question: Question, clause: Clause, sentence: Passage) -> bool:
    """Whether a sentence may answer for the years that are asked about: not where its figures are of others alone."""
    years = _years_in(clause, sentence)
    return not question.years or not years or not years.isdisjoint(question.years)


def _dated(clause: Clause, sentence: Passage) -> str:
    """A sentence's words, with the year for which its figures hold in front where only a sentence before says it: 全市托位
    总量达到7万个 alone would be taken for any year's."""
    words = clause.text[sentence.start : sentence.end].strip("* \n")
    years = _years_in(clause, sentence)
    if len(years) != 1 or re.search(r"\d{4}年|十[一二三四五六]五", normal(words)):
        return words
    (year,) = years
    return f"{year}年，{words}" if f"{year}年" in normal(clause.text) else words


def _worth(question: Question, text: str, support: float) -> float:
    """How well a sentence answers: what it carries, and whether it says the kind of thing asked for."""
    bonus = 0.0
    if question.wants(Ask.DEFINITION) and DEFINES.search(text):
        bonus += 0.4
    if question.wants(Ask.LIST, Ask.COUNT) and ENUMERATES.search(text):
        bonus += 0.25
    kinds = counted_as(question)
    if kinds is not None and kinds.search(text):
        bonus += 0.4
    if question.wants(Ask.LEAD, Ask.UNITS) and WHO.search(text):
        bonus += 0.25
    if question.wants(Ask.CONDITION) and _CONDITION.search(text):
        bonus += 0.25
    if _NEGATED.search(text) and re.search(r"不|能|可以|吗|行|还会|禁|忌", question.normal):
        bonus += 0.2
    if question.wants(Ask.DEADLINE) and _TIMED.search(text):
        bonus += 0.3
    if _DAY_ASKED.search(question.normal) and re.search(r"\d月\d+日|\d日前", text):
        bonus += 0.3
    if question.years and any(str(year) in text for year in question.years):
        bonus += 0.2
    if (counted := _WHICH_OF.search(question.normal)) is not None and counted.group(1) in text:
        bonus += 0.5  # 哪四项措施: the sentence that speaks of 四项
    if other_class(question, text):
        bonus -= 0.4
    return support + bonus
