"""The sentences of a clause that answer, chosen by what they carry and by the kind of thing asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant import figures as figures_room
from assistant.draft import Line
from assistant.evidence import Passage, Term, coverage, passages
from assistant.library import (
    DEFINES,
    ENUMERATES,
    Library,
    other_class,
)
from assistant.question import Ask, Question
from assistant.retrieval import Hit
from corpus.document import Clause, ClauseKind
from corpus.normalize import normal

MAX_SENTENCES = 4
OF_PLACE = 0.6  # what a sentence gains that names the place within the document's own that is asked about
_LEADS_IN = re.compile(r"(?:下列|以下|如下)[^。]{0,30}[,;。]?")
_CONTAINS = re.compile(r"(?:^|[\n;。:])\s*\(?[一1][)、.]")  # the list stands in the clause itself
_CONDITION = re.compile(r"条件|须|应当|不享受|不得|不再|同时具备|符合|前提|方可|免收|除外|仅限")
WHO = re.compile(
    r"负责|主管|牵头|承担|由[^,。]{2,30}(?:审核|办理|实施|制定|组织|管理|认定|发放|受理)|部门[^,。]{0,12}(?:应当|要|依法)|会同|审批|批准"
)
_LISTED = re.compile(r"^\s*(?:\(?[一二三四五六七八九十\d]{1,3}[)、.]|[①-⑳]|\([^()]{1,3}\))")
_TIMED = re.compile(
    r"\d+\s*(?:年|月|日|天|个月|周|工作日|小时|分钟)|[一二三四五六七八九十]+(?:年|个月|日|个工作日)"
)
_DAY_ASKED = re.compile(r"几月|几号|哪(?:一)?天|截止|最晚|最迟|什么时候")
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
        candidates: list[tuple[float, Clause]] = []
        for score, hit in ranked[:10]:
            above = normal(" ".join((*hit.clause.breadcrumb, hit.clause.heading or "")))
            said = [
                _worth(question, p.text, coverage(asked, f"{above} {p.text}"))
                for p in passages(hit.clause, asked)
            ]
            candidates.append((score / top + 0.6 * max(said, default=0.0), hit.clause))
        clause = max(candidates, key=lambda pair: pair[0])[1]
        if clause.kind is ClauseKind.ROW and not clause.figures:
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
        last = normal(clause.text).rstrip()
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
        chosen = [sentences[i] for i in sorted(set(keep)) or [0]]
        of_year = [s for s in chosen if _of_asked_year(question, clause, s)]
        return [Line(_dated(clause, s), [clause]) for s in of_year or chosen]

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
        lines: list[Line] = []
        if scoped:
            lines.extend(figures_room.figure_lines(scoped, question))
        for sentence in sentences:
            inside = [
                f for f in clause.figures if sentence.start <= clause.offset(f.span.start) < sentence.end
            ]
            money = any((f.unit or "").startswith("元") or f.unit == "%" for f in inside)
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


def _years_in(clause: Clause, sentence: Passage) -> set[int]:
    """The years for which the figures of a sentence hold, wherever the clause says so."""
    inside = (f for f in clause.figures if sentence.start <= f.span.start - clause.span.start < sentence.end)
    return {figure.year for figure in inside if figure.year is not None}


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
    if other_class(question, text):
        bonus -= 0.4
    return support + bonus
