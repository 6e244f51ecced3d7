"""From an understood question to statements, each with the clauses it rests on, or to the reason there are none.

The order is: what is named exactly (a number, an article), complete lists, comparisons, then the best clause for
each place asked for. A draft still has to pass verification.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

from assistant import figures as figures_room
from assistant import units as units_room
from assistant.answer import Status
from assistant.arithmetic import worked_out
from assistant.claims import FORBIDDEN, claimed_figure, claimed_of, judged, unknown_amount
from assistant.comparison import Comparison, verdict
from assistant.draft import Draft, Found, Line, prefixed
from assistant.evidence import Term, coverage, supports
from assistant.library import (
    ENOUGH,
    Library,
    may_answer,
    row_named,
)
from assistant.lists import Lists, counted_off
from assistant.naming import Naming
from assistant.parts import merged, parts
from assistant.question import Ask, Question
from assistant.retrieval import Hit
from assistant.sentences import WHO, Sentences
from corpus.document import Clause, ClauseKind, Document, FigureKind, Place, UnitRule
from corpus.normalize import normal

ROW_ENOUGH = 0.35  # the same for what is asked of a table row beside its name
TOLD = 0.7  # words answer where no figure of the kind asked for fits (按2:8分担) only where a clause carries this
SHARED_OUT = 0.7  # what a clause keeps of its worth that gives only a percentage where an amount is asked for
ROW_SHARE = 0.75  # what a row of figures keeps of its score where the query does not name it
UNNAMED_ROWS = 20  # hits looked at beyond those wanted, so that such rows make room
NATIONAL = 0.6  # a national rule stands in for a place of its own only where it carries this much
FORK = (
    0.7  # another place answers too where its clause carries at least this share of what the best one carries
)
FORK_SCORE = 0.55  # and scores at least this share of what the best one scores
MAX_FORK = 4  # more places than this are offered as a choice
_OWN_LAW = ("台湾省", "香港特别行政区", "澳门特别行政区")  # places where national rules do not stand in
_OF_THE_ANSWER = frozenset("总结 概括 归纳 梳理 概述 讲讲 说说 主要内容 内容 要点 区别 差异 不同 简要 简单".split())  # words of an open question
_HOW_MANY = re.compile(r"多少(?!人?负责|钱合适)")
_NUMBERED = re.compile(r"\d|[一二三四五六七八九十百千万两]+(?:个|家|元|人|成|倍|年|月|日|天|次|%|分之)|全覆盖|全部|应建尽建")
_ELSEWHERE = re.compile(r"另行(?:制定|规定|公布|发布|通知)")


class Answerer:
    """Answers from one snapshot."""

    def __init__(self, library: Library, without: frozenset[str] = frozenset()) -> None:
        self._library = library
        self._facts, self._complete = "facts" not in without, "lists" not in without
        self._naming = Naming(library)
        self._lists = Lists(library)
        self._comparison = Comparison(library)
        self._sentences = Sentences(library)
        self._known = library.documents.names

    def draft(self, question: Question) -> Draft:
        """The draft for a question; never raises for a question that was understood.

        What asks several things is answered part by part, where every part has an answer.
        """
        draft = self._together(question)
        if self._facts and draft.status in (Status.ANSWERED, Status.PARTIAL) and not question.wants(Ask.VERIFY):
            for line in worked_out(question, draft.lines):
                documents = {clause.document_id for clause in line.clauses}
                draft.lines.append(prefixed(line, self._library.prefix(documents.pop()) if len(documents) == 1 else ""))
            draft.lines[:0] = counted_off(question, draft.lines)
            unknown = unknown_amount(question, draft.lines)
            if unknown:
                draft.status = Status.PARTIAL
                draft.message = "；".join(filter(None, (draft.message, f"所引条款没有写“{unknown}”这一数额。")))
        return draft

    def _together(self, question: Question) -> Draft:
        whole = self._one(question)
        pieces = parts(question, self._known)
        drafts = [self._one(part) for part in pieces]
        found = [draft for draft in drafts if draft.status in (Status.ANSWERED, Status.PARTIAL) and draft.lines]
        if not found:
            return whole
        if len(found) < len(drafts) and whole.lines:
            return replace(whole, lines=merged([*(draft.lines for draft in found), whole.lines]))
        of_whole = {clause.clause_id for line in whole.lines for clause in line.clauses}
        of_parts = {clause.clause_id for draft in found for line in draft.lines for clause in line.clauses}
        groups = [draft.lines for draft in found]
        if whole.status is Status.ANSWERED and of_parts <= of_whole:
            groups.insert(0, whole.lines)  # one clause answers all of it: said as a whole, then what the parts add
        complete = len(found) == len(drafts) and all(draft.status is Status.ANSWERED for draft in found)
        notes = dict.fromkeys(draft.clarification for draft in found if draft.clarification)
        return Draft(
            Status.ANSWERED if complete else Status.PARTIAL, merged(groups),
            message="" if len(found) == len(drafts) else "其余所问，现有文件中没有查到。",
            clarification="；".join(notes) or None,
        )  # fmt: skip

    def prefix(self, document_id: str) -> str:
        """`渝北区：` before a statement of a document; empty for a document without a place."""
        return self._library.prefix(document_id)

    def sources(self, question: Question, k: int) -> list[Clause]:
        """The `k` best clauses in sentences that carry enough of the question to answer it, from the documents of the
        places and titles that it names; none where it names a place of which there is no document."""
        named = self._naming.documents(question)
        known, absent = self._naming.split_places(question) if question.places and not named else (list(question.places), [])
        if absent:
            return []
        # 总结一下渝北区的托育政策 asks for no clause that speaks of 总结.
        asked = tuple(term for term in self._library.terms(question) if term.word not in _OF_THE_ANSWER)
        groups: list[Sequence[str] | None] = [ids for _, ids in self._naming.groups(known, named)]
        found: list[list[Clause]] = []
        for ids in groups or [None]:
            hits = self._library.retriever.search(question, 2 * k, documents=ids, keep=self._stands_alone)
            found.append([hit.clause for _, hit in self._library.ranked(question, asked, hits)])
        # Of several places each has its share.
        return [clause for row in zip_longest(*found) for clause in row if clause is not None][:k]

    def _stands_alone(self, clause: Clause) -> bool:
        """Whether a clause is said in sentences, and is no item that hangs on the head of a list (有下列情形的，不予补助：)."""
        if clause.kind in (ClauseKind.ROW, ClauseKind.HEAD):
            return False
        above = clause.clause_id.rpartition("/")[0]
        return not (above and self._library.store.holds(above) and self._library.store.clause(above).text.rstrip().endswith((":", "：")))

    def _one(self, question: Question) -> Draft:
        asked = self._library.terms(question)
        named = self._naming.documents(question)
        if question.places and not named:
            known, absent = self._naming.split_places(question)
            if not known:
                return self._national(question, asked, absent) or self._library.not_found(question, absent)
        else:
            known, absent = list(question.places), []
        identity = self._naming.identity(question, named)
        if identity is not None:
            return identity
        exact = self._naming.exact(question, named)
        if exact is not None:
            return exact
        if not asked and not named and (not question.places or question.asks == (Ask.FREE,)):
            return Draft(
                Status.OUT_OF_SCOPE,
                message="没有看出要问哪项政策。请写明地区和事项，例如补助标准、牵头单位或年度目标。",
            )
        if self._complete and units_room.asks_for_list(question):
            listed = self._lists.of_unit(question, named or self._naming.of_places(known) or None)
            if listed is not None:
                return listed
        groups = self._naming.groups(known, named)
        if question.wants(Ask.COMPARE):
            superlative = self._comparison.superlative(
                question, asked, [d for _, ids in groups for d in ids] or None
            )
            if superlative is not None:
                return superlative
        within = self._comparison.filtered(question, asked, [d for _, ids in groups for d in ids] or None)
        if within is not None and not question.wants(Ask.VERIFY):
            return within
        if groups:
            return self._by_group(question, asked, groups, absent)
        return self._fork(question, asked)

    def found(self, question: Question, k: int) -> list[Hit]:
        """The `k` best clauses for a query: what it names by number, then what the search finds."""
        named, exact = self._naming.resolved(question)
        hits = self._library.retriever.search(question, k + UNNAMED_ROWS, named=named)
        # A table's row that the query does not name may be what it looks for, but seldom is.
        shared = [hit if may_answer(question, hit.clause) else replace(hit, score=ROW_SHARE * hit.score) for hit in hits]
        hits = sorted(shared, key=lambda hit: -hit.score)
        first = [Hit(c, self._library.documents.by_id[c.document_id], 1.0 + hits[0].score if hits else 1.0) for c in exact]
        known = {hit.clause.clause_id for hit in first}
        return [*first, *(hit for hit in hits if hit.clause.clause_id not in known)][:k]

    def _national(self, question: Question, asked: Sequence[Term], absent: Sequence[Place]) -> Draft | None:
        """What a law without a place says, where the place asked for has no document of its own."""
        if any(place.path[0] in _OWN_LAW for place in absent):
            return None
        ids = self._library.documents.national
        found = self._in_documents(question, asked, ids) if ids and asked else None
        if found is None or found.carried < NATIONAL:
            return None
        titles = dict.fromkeys(
            self._library.documents.by_id[line.clauses[0].document_id].title for line in found.lines
        )
        head = f"现有文件中没有{'、'.join(p.name for p in absent)}自己的规定，以下出自{'、'.join(f'《{t}》' for t in titles)}"
        return Draft(Status.PARTIAL, list(found.lines), clarification=head)

    def _by_group(
        self,
        question: Question,
        asked: Sequence[Term],
        groups: Sequence[tuple[str, list[str]]],
        absent: Sequence[Place],
    ) -> Draft:
        """Answer for each place asked for."""
        lines: list[Line] = []
        missing: list[str] = [place.name for place in absent]
        complete = True
        for label, ids in groups:
            found = self._in_documents(question, asked, ids)
            if found is None:
                missing.append(label or "所问文件")
                continue
            complete = complete and found.complete
            prefix = f"{label}：" if label else ""
            lines.extend(prefixed(line, prefix) for line in found.lines)
        if not lines:
            return self._national(question, asked, question.places) or self._library.not_found(
                question, [], documents=[d for _, ids in groups for d in ids]
            )
        if len(groups) > 1 and question.wants(Ask.COMPARE):
            judged = verdict(question, lines, groups)
            if judged is not None:
                lines.append(judged)
        within = [
            place
            for place in question.places
            if not self._naming.has_own(place)
            and self._naming.only_inside(place)
            # 重庆市渝北区, 重庆户口、娃在渝北: the larger place is said beside the one that is asked about.
            and not any(other != place and place.holds(other) for other in question.places)
        ]
        if within and not missing:
            names = "、".join(place.name for place in within)
            return Draft(
                Status.PARTIAL, lines, clarification=f"现有文件中没有{names}一级的规定，以下是其下级地区的"
            )
        if missing and len(groups) + len(absent) > 1:
            return Draft(
                Status.PARTIAL, lines, message="；".join(f"{name}：现有文件中没有查到" for name in missing)
            )
        return Draft(Status.ANSWERED if complete else Status.PARTIAL, lines)

    def _fork(self, question: Question, asked: Sequence[Term]) -> Draft:
        """No place named: one answer where one place answers, an answer for each of up to four, else a choice."""
        hits = [
            h for h in self._library.retriever.search(question, 60) if h.clause.kind is not ClauseKind.NOTICE
        ]
        by_place: dict[str, list[str]] = {}
        best: dict[str, float] = {}
        scores: dict[str, float] = {}
        for hit in hits:
            place = hit.document.place
            key = "/".join(place.path) if place else hit.document.document_id
            ids = by_place.setdefault(key, [])
            if hit.document.document_id not in ids:
                ids.append(hit.document.document_id)
            best[key] = max(best.get(key, 0.0), coverage(asked, self._library.context(hit.clause)))
            scores[key] = max(scores.get(key, 0.0), hit.score)
        if not best:
            return self._library.not_found(question, [])
        top = max(best.values())
        found: list[tuple[str, Found]] = []
        for key in sorted(best, key=lambda k: -best[k]):
            if best[key] < max(ENOUGH, FORK * top) or scores[key] < FORK_SCORE * max(scores.values()):
                continue
            answer = self._in_documents(question, asked, by_place[key])
            if answer is not None:
                found.append((self._library.place_label(by_place[key]), answer))
        if not found:
            return self._library.not_found(question, [])
        if len(found) > MAX_FORK:
            names = [label for label, _ in found if label]
            return Draft(
                Status.CLARIFY,
                [
                    prefixed(line, f"{label}：" if label else "")
                    for label, answer in found[:MAX_FORK]
                    for line in answer.lines[:1]
                ],
                clarification=f"各地规定不同，请选择地区：{'、'.join(names)}",
            )
        lines = [
            prefixed(line, f"{label}：" if label else "") for label, answer in found for line in answer.lines
        ]
        note = "未指明地区，以下按地区分别列出" if len(found) > 1 else ""
        return Draft(Status.ANSWERED, lines, clarification=note or None)

    def _in_documents(
        self, question: Question, asked: Sequence[Term], documents: Sequence[str]
    ) -> Found | None:
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
        whole = question
        if question.wants(Ask.VERIFY):
            question, asked = self._without_claimed_units(question, asked)
        hits = self._library.retriever.search(
            question, 12, documents=documents, keep=lambda c: may_answer(question, c)
        )
        ranked = self._library.ranked(question, asked, hits)
        if not ranked:
            return None
        if self._year_unknown(question, ranked[0][1].document):
            return None
        carried = coverage(asked, self._library.context(ranked[0][1].clause))
        lines: list[Line] = []
        complete = True
        wants_units = self._facts and question.wants(Ask.LEAD, Ask.RESPONSIBLE, Ask.UNITS)
        wants_number = self._facts and (
            figures_room.wants_amount(question)
            or (question.wants(Ask.FIGURE) and not question.wants(Ask.CONDITION, Ask.COUNT))
        )
        claim = claimed_figure(whole) if self._facts else None
        if claim is not None:
            # A claimed figure is answered with the clause's figure of that kind, or not at all.
            lines.extend(self._number(question, asked, ranked, figures_room.family_of(claim.unit)) or [])
            if not lines and not wants_units and carried < TOLD:
                return None
        elif wants_number:
            answer = self._number(question, asked, ranked)
            family = figures_room.asked_family(question)
            if answer is None and not wants_units and family is not None and not question.wants(Ask.VERIFY):
                told = family in ("时间", "%", "岁", "学时") and carried >= TOLD and not question.years
                if not told:
                    return None
            lines.extend(answer or [])
            if answer is None and wants_units:
                complete = not re.search(r"多少钱|多少元|补多少|最高多少|百分之几|多少个", question.normal)
        if wants_units:
            unit_line = self._units(question, asked, ranked, lines[0].clauses[0] if lines else None)
            if unit_line is None and not lines:
                prose = [
                    line
                    for line in self._sentences.relevant(question, asked, ranked)
                    if WHO.search(normal(line.text))
                ]
                if not prose and question.wants(Ask.CONDITION):
                    # 父母离婚了找谁领: who may claim it, not an office.
                    return Found(tuple(self._sentences.relevant(question, asked, ranked)), carried, complete=False)
                if not prose and carried >= TOLD:
                    # 办成营利性幼儿园要找谁批: what is forbidden has nobody to ask.
                    said = self._sentences.relevant(question, asked, ranked)
                    prose = [line for line in said if FORBIDDEN.search(normal(line.text))]
                    return Found(tuple(prose), carried, complete=False) if prose else None
                if not prose:
                    return None
                return Found(tuple(prose), carried)
            complete = complete and (unit_line is not None or not question.wants(Ask.LEAD))
            lines.extend([unit_line] if unit_line else [])
        if not lines:
            lines.extend(self._sentences.relevant(question, asked, ranked))
            if wants_number and _HOW_MANY.search(question.normal) and not any(_NUMBERED.search(line.text) for line in lines):
                return None  # how many is not answered by words without a number
        if not lines:
            return None
        if whole.wants(Ask.VERIFY):
            lines = judged(whole, lines, asked, self._library.units)
        return Found(tuple(lines), carried, complete)

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
        rows = [
            c
            for d in documents
            for c in self._library.store.rows_of(d)
        ]
        named = [c for c in rows if row_named(c, question, self._library.documents.by_id[c.document_id].place)]
        if not named:
            return None
        lines: list[Line] = []
        for row in named[:8]:
            # What is asked beside the rows' own names: 新兴镇 is nothing that the row 新立镇 must carry.
            rest = [t for t in asked if all(supports(normal(one.heading or ""), t.word) < 0.9 for one in named)]
            if rest and coverage(rest, self._library.context(row)) < ROW_ENOUGH:
                continue  # the row is named, but something else is asked about it
            for choice in figures_room.row_choices(question, row, rest):
                lines.append(Line(figures_room.cell_statement(row, choice.figure), [row]))
        if not lines:
            # The row is there and the year is not: another clause must not answer for it.
            return Found((), 0.0) if question.years and question.wants(Ask.FIGURE, Ask.FREE) else None
        if question.wants(Ask.VERIFY):
            lines = judged(question, lines, asked, self._library.units)
        return Found(tuple(self._library.with_heads(lines)), 1.0)

    def _number(
        self,
        question: Question,
        asked: Sequence[Term],
        ranked: Sequence[tuple[float, Hit]],
        family: str | None = None,
    ) -> list[Line] | None:
        """The figure asked for, from the clause that has one that fits; None where none does."""
        amount = figures_room.wants_amount(question)
        family = family or figures_room.asked_family(question)
        documents = list(dict.fromkeys(hit.document.document_id for _, hit in ranked))
        first = ranked[0][1].clause
        if amount and family in (None, "元") and _ELSEWHERE.search(normal(first.text)) and not pays(first):
            return None  # 具体补助政策另行制定
        best: tuple[float, Clause, list[figures_room.Choice]] | None = None
        hits = self._library.retriever.search(
            question, 12, documents=documents, keep=lambda c: bool(c.figures) and may_answer(question, c)
        )
        for score, hit in self._library.ranked(question, asked, hits):
            found = self._fitting(question, asked, hit.clause, amount, family)
            if not found:
                continue
            worth = score * (0.5 + 0.5 * min(1.0, found[0].score))
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
            return self._sentences.amounts(question, asked, clause)
        if found[0].score < 0.3 and family in (None, "个", "家", "人", "次"):
            return None  # a number of something else: of a class asked for, an institution told of
        return figures_room.figure_lines(figures_room.best(found)[:6], question)

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
            return money or [c for c in found if c.figure.unit == "%"]
        return found

    def _units(
        self,
        question: Question,
        asked: Sequence[Term],
        ranked: Sequence[tuple[float, Hit]],
        answered: Clause | None,
    ) -> Line | None:
        """Who leads and who is responsible for the clause that the question is about."""
        if answered is not None and answered.unit_rule is not UnitRule.NONE:
            return self._library.unit_line(answered, question, "")
        top = ranked[0][0]
        for score, hit in ranked[:6]:
            if score < 0.8 * top:
                break
            if hit.clause.unit_rule is not UnitRule.NONE:
                return self._library.unit_line(hit.clause, question, hit.clause.heading or "")
        return None


def pays(clause: Clause) -> bool:
    """Whether a clause states an amount that is paid out."""
    return any(figure.kind is FigureKind.SUBSIDY for figure in clause.figures)
