"""From an understood question to statements, each with the clauses it rests on, or to the reason there are none.

The order is: what is named exactly (a number, an article), complete lists, comparisons, then the best clause for
each place asked for. A draft still has to pass verification.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

from assistant.answer import Status
from assistant.arithmetic import worked_out
from assistant.claims import unknown_amount
from assistant.comparison import Comparison, verdict
from assistant.draft import Draft, Found, Line, prefixed
from assistant.evidence import ANCHOR, Term, coverage, supports
from assistant.findings import Findings
from assistant.library import ENOUGH, Library, may_answer
from assistant.lists import Lists, counted_off, units_counted
from assistant.naming import Naming
from assistant.parts import merged, parts
from assistant.question import Ask, Question
from assistant.retrieval import Hit
from assistant.units import Units, asks_for_list
from corpus.document import Clause, ClauseKind, Place
from corpus.normalize import normal

ROW_SHARE = 0.75  # what a row of figures keeps of its score where the query does not name it
UNNAMED_ROWS = 20  # hits looked at beyond those wanted, so that such rows make room
ANEW = 0.6  # weight of the words that make a matter of their own
NATIONAL = 0.6  # a national rule stands in for a place of its own only where it carries this much
FORK = 0.6  # another place answers too where its clause carries at least this share of what the best one carries
FORK_SCORE = 0.45  # and scores at least this share of what the best one scores
BY_ITSELF = 0.7  # share of a follow-up's own terms that a clause must carry to answer it without what was said before
RARE = 0.7  # rarity of a word that the answer of another place must have too, where the best clause has it
MAX_FORK = 4  # more places than this are offered as a choice
_OWN_LAW = ("台湾省", "香港特别行政区", "澳门特别行政区")  # places where national rules do not stand in
_OF_THE_ANSWER = frozenset("总结 概括 归纳 梳理 概述 讲讲 说说 主要内容 内容 要点 区别 差异 不同 简要 简单".split())  # words of an open question


class Answerer:
    """Answers from one snapshot."""

    def __init__(self, library: Library, without: frozenset[str] = frozenset()) -> None:
        self._library = library
        self._facts, self._complete = "facts" not in without, "lists" not in without
        self._naming = Naming(library)
        self._lists = Lists(library)
        self._comparison = Comparison(library)
        self._findings = Findings(library, self._lists, without)
        self._gazetteer = library.documents.gazetteer

    def draft(self, question: Question) -> Draft:
        """The draft for a question; never raises for a question that was understood.

        What asks several things is answered part by part, where every part has an answer.
        """
        draft = self._alone(question) or self._together(question)
        if self._facts and draft.status in (Status.ANSWERED, Status.PARTIAL) and not question.wants(Ask.VERIFY):
            for line in worked_out(question, draft.lines):
                documents = {clause.document_id for clause in line.clauses}
                draft.lines.append(prefixed(line, self._library.prefix(documents.pop()) if len(documents) == 1 else ""))
            draft.lines[:0] = counted_off(question, draft.lines)
            for line in units_counted(question, draft.lines):
                draft.lines.append(prefixed(line, self._library.prefix(line.clauses[0].document_id)))
            unknown = unknown_amount(question, draft.lines)
            if unknown:
                draft.status = Status.PARTIAL
                draft.message = "；".join(filter(None, (draft.message, f"所引条款没有写“{unknown}”这一数额。")))
        return draft

    def _alone(self, question: Question) -> Draft | None:
        """The draft for a follow-up that has a subject of its own, where a clause carries nearly all of that; else None."""
        if question.alone is None:
            return None
        draft = self._together(question.alone)
        if draft.status is not Status.ANSWERED or not draft.lines:
            return None
        asked = self._library.terms(question.alone)
        carried = max(coverage(asked, self._library.context(clause)) for line in draft.lines for clause in line.clauses)
        return draft if asked and carried >= BY_ITSELF else None

    def _together(self, question: Question) -> Draft:
        whole = self._one(question)
        pieces = parts(question, self._gazetteer)
        drafts = [self._one(part) for part in pieces]
        if drafts and not drafts[0].lines and not whole.lines:
            # 有装修补助吗，一平方多少: what only asks on about a thing that is not there has no answer of its own.
            drafts = [draft if self._begins_anew(part, pieces[0]) else drafts[0] for part, draft in zip(pieces, drafts, strict=True)]
        found = [draft for draft in drafts if draft.status in (Status.ANSWERED, Status.PARTIAL) and draft.lines]
        if not found:
            return whole
        if len(found) < len(drafts) and whole.lines:
            return replace(whole, lines=merged([*(draft.lines for draft in found), whole.lines]))
        of_whole = [clause.clause_id for line in whole.lines for clause in line.clauses]
        of_parts = list(dict.fromkeys(clause.clause_id for draft in found for line in draft.lines for clause in line.clauses))
        groups = [draft.lines for draft in found]
        if whole.status is Status.ANSWERED and list(dict.fromkeys(one for one in of_whole if one in of_parts)) == of_parts:
            groups.insert(0, whole.lines)  # all of it, in the order asked: said as a whole, then what the parts add
        complete = len(found) == len(drafts) and all(draft.status is Status.ANSWERED for draft in found)
        notes = dict.fromkeys(draft.clarification for draft in found if draft.clarification)
        return Draft(
            Status.ANSWERED if complete else Status.PARTIAL, merged(groups),
            message="" if len(found) == len(drafts) else "其余所问，现有文件中没有查到。",
            clarification="；".join(notes) or None,
        )  # fmt: skip

    def _begins_anew(self, part: Question, first: Question) -> bool:
        """Whether a part of a question brings a matter of its own beside that of the first part."""
        known = {term.word for term in self._library.terms(first)}
        return sum(term.weight for term in self._library.terms(part) if term.word not in known) >= ANEW

    @property
    def units(self) -> Units:
        """The units of the corpus, by the names that its clauses print."""
        return self._library.units

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
        asked = self._beside_titles(asked, named)
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
        if question.asks == (Ask.FREE,) and _of_everything(asked):
            return self._library.not_found(question, absent, documents=named or self._naming.of_places(known) or None)
        if self._complete and asks_for_list(question):
            listed = self._lists.of_unit(question, named or self._naming.of_places(known) or None)
            if listed is not None:
                return listed
        groups = self._naming.groups(known, named)
        documents = [document_id for _, ids in groups for document_id in ids]
        if question.wants(Ask.COMPARE):
            superlative = self._comparison.superlative(question, asked, documents or None)
            if superlative is not None:
                return superlative
        if not question.wants(Ask.VERIFY):
            within = self._comparison.filtered(question, asked, documents or None)
            if within is None and groups and question.wants(Ask.FIGURE) and not question.wants(Ask.UNITS, Ask.LEAD, Ask.RESPONSIBLE):
                within = self._comparison.every(question, asked, documents)
            if within is not None:
                return within
        if groups:
            return self._by_group(question, asked, groups, absent)
        return self._fork(question, asked)

    def _beside_titles(self, asked: Sequence[Term], named: Sequence[str]) -> tuple[Term, ...]:
        """The terms without the words of the titles that are named: every clause of those documents carries them; all of
        them where nothing else tells what is asked."""
        titles = [normal(self._library.documents.by_id[document_id].title) for document_id in named]
        rest = tuple(term for term in asked if not titles or not all(term.word in title for title in titles))
        return rest if any(term.weight >= ANCHOR for term in rest) else tuple(asked)

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
        found = self._findings.within(question, asked, ids) if ids and asked else None
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
            found = self._findings.within(question, asked, ids)
            if found is None:
                missing.append(label or "所问文件")
                continue
            complete = complete and found.complete
            prefix = f"{label}：" if label else ""
            # A document that names no place of its own cannot bear the name of one.
            of_title = label.startswith("《")
            lines.extend(prefixed(line, prefix) if of_title or self._of_place(line) else line for line in found.lines)
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

    def _of_place(self, line: Line) -> bool:
        return all(self._library.documents.by_id[clause.document_id].place is not None for clause in line.clauses)

    def _fork(self, question: Question, asked: Sequence[Term]) -> Draft:
        """No place named: one answer where one place answers, an answer for each of up to four, else a choice."""
        hits = [
            h for h in self._library.retriever.search(question, 60) if h.clause.kind is not ClauseKind.NOTICE
        ]
        by_place: dict[str, list[str]] = {}
        best: dict[str, float] = {}
        scores: dict[str, float] = {}
        held: dict[str, list[str]] = {}  # what the clauses found of each place are read with
        for hit in hits:
            place = hit.document.place
            key = "/".join(place.path) if place else hit.document.document_id
            ids = by_place.setdefault(key, [])
            if hit.document.document_id not in ids:
                ids.append(hit.document.document_id)
            held.setdefault(key, []).append(self._library.context(hit.clause))
            best[key] = max(best.get(key, 0.0), coverage(asked, held[key][-1]))
            scores[key] = max(scores.get(key, 0.0), hit.score)
        if not best:
            return self._library.not_found(question, [])
        top = max(best.values())
        first = self._library.context(hits[0].clause)
        meant = [term.word for term in asked if self._library.rarity(term.word) >= RARE and term.word in first]
        found: list[tuple[str, Found]] = []
        for key in sorted(best, key=lambda k: -best[k]):
            if best[key] < max(ENOUGH, FORK * top) or scores[key] < FORK_SCORE * max(scores.values()):
                continue
            if any(not self._says(word, held[key], by_place[key]) for word in meant):
                continue  # 工伤 asked about, in a place whose documents are all of unemployment
            answer = self._findings.within(question, asked, by_place[key])
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
        if len(found) > 1 and question.wants(Ask.COMPARE):
            judged = verdict(question, lines, [(label, []) for label, _ in found])
            lines.extend([judged] if judged is not None else [])
        note = "未指明地区，以下按地区分别列出" if len(found) > 1 else ""
        return Draft(Status.ANSWERED, lines, clarification=note or None)


    def _says(self, word: str, found: Sequence[str], documents: Sequence[str]) -> bool:
        """Whether one of the documents has a word, in other words too: as the clauses `found` in them are read, else anywhere;
        whole documents are read only where those do not have it."""
        return any(supports(text, word) for text in found) or any(
            supports(self._library.source(self._library.documents.by_id[i]), word) for i in documents
        )


def _of_everything(asked: Sequence[Term]) -> bool:
    """Whether a summary is asked for of what all clauses are about (总结一下托育服务政策), which none of them answers."""
    rest = [term for term in asked if term.word not in _OF_THE_ANSWER]
    return len(rest) < len(asked) and not any(term.weight >= ANCHOR for term in rest)
