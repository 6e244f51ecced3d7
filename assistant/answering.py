"""From an understood question to statements, each with the clauses it rests on, or to the reason there are none.

The order is: what is named exactly (a number, an article), complete lists, comparisons, then the best clause for
each place asked for. A draft still has to pass verification.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from assistant import figures as figures_room
from assistant import units as units_room
from assistant.answer import Status
from assistant.evidence import Term, context, coverage, passages, shared_phrase, supports, terms
from assistant.question import Ask, Question
from assistant.retrieval import Hit, Retriever, matching_documents
from corpus.document import Clause, ClauseKind, Document, FigureKind, Part, Place, UnitRule
from corpus.lexicon import synonyms
from corpus.normalize import normal
from corpus.places import short_name

if TYPE_CHECKING:
    from indexing.lexical import LexicalIndex
    from indexing.store import Store

ENOUGH = 0.44  # share of the question's terms a clause must carry to answer
ENOUGH_ANYWHERE = 0.5  # the same where no place narrows the documents
ROW_ENOUGH = 0.35  # the same for what is asked of a table row beside its name
TOLD = 0.7  # words answer where no figure of the kind asked for fits (按2:8分担) only where a clause carries this
NATIONAL = 0.6  # a national rule stands in for a place of its own only where it carries this much
FORK = 0.7  # another place answers too where its clause carries at least this share of what the best one carries
NOTICE = 0.85  # a notice or preamble answers only where nothing numbered does
MAX_FORK = 4  # more places than this are offered as a choice
MAX_CONTEXTS = 20_000  # folded clause texts kept in memory
MAX_SENTENCES = 4
_ELSEWHERE = re.compile(r"另行(?:制定|规定|公布|发布|通知)")
_CONDITION = re.compile(r"条件|须|应当|不享受|不得|不再|同时具备|符合|前提|方可|免收|除外|仅限")
_WHO = re.compile(r"负责|主管|牵头|承担|由[^,。]{2,30}(?:审核|办理|实施|制定|组织|管理|认定|发放|受理)|部门[^,。]{0,12}(?:应当|要|依法)|会同|审批|批准")
_CLASS = re.compile(r"([一二三四五六七八九十\d]+)(孩|胎|级|星|档)(?!以|及)")
_LISTED = re.compile(r"^\s*(?:\(?[一二三四五六七八九十\d]{1,3}[)、.]|[①-⑳]|\([^()]{1,3}\))")
_DEFINES = re.compile(r"是指|所称|以下简称|指的是|[:,]指|是国家")
_ENUMERATES = re.compile(r"分为|包括|(?:以下|下列)[^,。]{0,8}(?:类|种|项|方式|情形|条件|材料|程序|步骤|职责|规定|:)")
_TIMED = re.compile(r"\d+\s*(?:年|月|日|天|个月|周|工作日|小时|分钟)|[一二三四五六七八九十]+(?:年|个月|日|个工作日)")
_NEGATED = re.compile(r"不享受|不得|不需|不再|不能|禁止|严禁|免")


@dataclass(slots=True)
class Line:
    """One statement before verification: its words and the clauses it rests on, best first."""

    text: str
    clauses: list[Clause]
    allowed: tuple[str, ...] = ()  # figures that a count or a sum produced


@dataclass(slots=True)
class Draft:
    """An answer before verification."""

    status: Status
    lines: list[Line] = field(default_factory=list)
    nearest: list[Clause] = field(default_factory=list)
    message: str = ""
    clarification: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What one group of documents (a place) answers, with the score of its best clause."""

    lines: tuple[Line, ...]
    carried: float  # share of the question's terms that its best clause carries
    complete: bool = True  # False where a part of the question stays open


class Answerer:
    """Answers from one snapshot."""

    def __init__(self, store: Store, retriever: Retriever, lexical: LexicalIndex) -> None:
        self._store = store
        self._retriever = retriever
        self._lexical = lexical
        self._contexts: dict[str, str] = {}
        self._unit_names = sorted({name for _, _, name in store.unit_rows()})

    # ---- entry ------------------------------------------------------------------------------------------

    def draft(self, question: Question) -> Draft:
        """The draft for a question; never raises for a question that was understood."""
        asked = self._terms(question)
        documents = self._store.documents()
        named = self._named_documents(question)
        if question.places and not named:
            known, absent = self._split_places(question)
            if not known:
                return self._national(question, asked, absent) or self._not_found(question, absent)
        else:
            known, absent = list(question.places), []
        identity = self._identity(question, named)
        if identity is not None:
            return identity
        exact = self._exact(question, named)
        if exact is not None:
            return exact
        if not asked and not question.places and not named:
            return Draft(Status.OUT_OF_SCOPE, message="没有看出要问哪项政策。请写明地区和事项，例如补助标准、牵头单位或年度目标。")
        if units_room.asks_for_list(question):
            listed = self._unit_list(question, named or matching_documents(known, documents.values()) or None)
            if listed is not None:
                return listed
        groups = self._groups(known, named)
        if question.wants(Ask.COMPARE):
            superlative = self._superlative(question, asked, [d for _, ids in groups for d in ids] or None)
            if superlative is not None:
                return superlative
        if groups:
            return self._by_group(question, asked, groups, absent)
        return self._fork(question, asked)

    def _terms(self, question: Question) -> tuple[Term, ...]:
        return terms(question, self._lexical.cutter, self._lexical.spread)

    def _context(self, clause: Clause) -> str:
        """What a clause is read with, folded once."""
        text = self._contexts.get(clause.clause_id)
        if text is None:
            if len(self._contexts) >= MAX_CONTEXTS:
                self._contexts.clear()
            text = self._contexts[clause.clause_id] = context(clause, self._store.document(clause.document_id))
        return text

    # ---- which documents --------------------------------------------------------------------------------

    def _named_documents(self, question: Question) -> list[str]:
        """Documents named by number or by title in the question."""
        found: list[str] = []
        for document in self._store.documents().values():
            number = normal(document.document_number or "")
            if question.document_number and number and number in normal(question.document_number):
                found.append(document.document_id)
                continue
            title = re.sub(r"\s+", "", normal(document.title))
            for quoted in question.titles:
                bare = re.sub(r"\s+", "", quoted)
                if len(bare) >= 4 and (bare in title or title in bare):
                    found.append(document.document_id)
        return list(dict.fromkeys(found)) or self._by_title(question)

    def _by_title(self, question: Question) -> list[str]:
        """The documents whose title the question spells out, whole or its own end (人口与计划生育法)."""
        text = re.sub(r"[\s“”]", "", question.normal)
        lengths: dict[str, int] = {}
        for document in self._store.documents().values():
            title = re.sub(r"\([^()]*\)|[\s“”]", "", normal(document.title))
            least = 5 if title.endswith(("法", "条例")) else 8
            for start in range(len(title) - least + 1):
                if title[start:] in text:
                    lengths[document.document_id] = len(title) - start
                    break
        longest = max(lengths.values(), default=0)
        return [document_id for document_id, length in lengths.items() if length == longest]

    def _national(self, question: Question, asked: Sequence[Term], absent: Sequence[Place]) -> Draft | None:
        """What a law without a place says, where the place asked for has no document of its own."""
        ids = [d.document_id for d in self._store.documents().values() if d.place is None]
        found = self._in_documents(question, asked, ids) if ids and asked else None
        if found is None or found.carried < NATIONAL:
            return None
        titles = dict.fromkeys(self._store.document(line.clauses[0].document_id).title for line in found.lines)
        head = f"现有文件中没有{'、'.join(p.name for p in absent)}自己的规定，以下出自{'、'.join(f'《{t}》' for t in titles)}"
        return Draft(Status.PARTIAL, list(found.lines), clarification=head)

    # ---- identity of a document -------------------------------------------------------------------------

    def _identity(self, question: Question, named: Sequence[str]) -> Draft | None:
        """Number, issuer and date of the document that the question names or its words point to."""
        if not question.wants(Ask.IDENTITY):
            return None
        ids = list(named) or matching_documents(question.places, self._store.documents().values())
        asked = [t for t in self._terms(question) if not re.search(r"文号|印发|发布|联合|出台|公布|制定|全称|日期|哪天", t.word)]
        if len(ids) != 1 or asked and not named:
            pool = ids or list(self._store.documents())
            scored = sorted(((coverage(asked, normal(self._store.document(i).title)), i) for i in pool), reverse=True)
            ids = [i for share, i in scored if share >= 0.6 and share >= scored[0][0] - 1e-9]
        if not ids or len(ids) > 3:
            return None
        lines: list[Line] = []
        for document_id in ids:
            document = self._store.document(document_id)
            clauses = list(self._store.clauses(document_id))
            first = next((c for c in clauses if c.kind is ClauseKind.NOTICE), clauses[0])
            facts = [f"《{document.title}》"]
            if document.document_number:
                facts.append(f"文号：{document.document_number}")
            if document.issuers:
                facts.append(f"印发机关：{'、'.join(document.issuers)}")
            said: tuple[str, ...] = ()
            if document.issued:
                year, month, day = (int(part) for part in document.issued.split("-"))
                facts.append(f"印发日期：{year}年{month}月{day}日")
                said = (str(year), str(month), str(day))
            lines.append(Line("，".join(facts), [first], said))
        return Draft(Status.ANSWERED, lines)

    def _split_places(self, question: Question) -> tuple[list[Place], list[Place]]:
        """The places asked for that the corpus can speak about, and those it cannot.

        A place below a document's own counts where that document names it (天河 in 广州's table).
        """
        known: list[Place] = []
        absent: list[Place] = []
        for place in question.places:
            ids = matching_documents([place], self._store.documents().values())
            below = [
                d for d in ids
                if (held := self._store.document(d).place) is not None and len(held.path) < len(place.path)
            ]  # fmt: skip
            if ids and len(below) < len(ids):
                known.append(place)
            elif any(self._mentions(d, place) for d in below):
                known.append(place)
            else:
                absent.append(place)
        return known, absent

    def _mentions(self, document_id: str, place: Place) -> bool:
        text = normal(self._store.document(document_id).source)
        return place.name in text or short_name(place) in text

    def _groups(self, places: Sequence[Place], named: Sequence[str]) -> list[tuple[str, list[str]]]:
        """`(place name, document ids)` for each place asked for, or one group for named documents."""
        if named:
            return [("", list(named))]
        groups: list[tuple[str, list[str]]] = []
        national = [d.document_id for d in self._store.documents().values() if d.place is None]
        for place in places:
            ids = matching_documents([place], self._store.documents().values())
            if not ids and national:
                ids = national
            if ids and not any(ids == other for _, other in groups):
                groups.append((self._place_label(ids), ids))
        return groups

    def _place_label(self, document_ids: Sequence[str]) -> str:
        places = {d.place.path: d.place for i in document_ids if (d := self._store.document(i)).place is not None}
        return next(iter(places.values())).name if len(places) == 1 else ""

    # ---- exact ------------------------------------------------------------------------------------------

    def _exact(self, question: Question, named: Sequence[str]) -> Draft | None:
        """The clause that the question names by number (第十六条, 二（三）11), quoted; for the number of a document
        that the corpus only cites, the sentences that cite it."""
        if question.document_number and not named:
            return self._citing(question.document_number)
        if not question.article and not question.path:
            return None
        ids = list(named) or matching_documents(question.places, self._store.documents().values())
        if not ids:
            every = list(self._store.documents())
            ids = every if len(every) == 1 else self._by_title_words(question)
        found: list[Clause] = []
        for document_id in ids:
            for clause in self._store.clauses(document_id):
                if question.path and clause.path == question.path or question.article and _is_article(clause, question.article):
                    found.append(clause)
        found = [c for c in found if c.part is not Part.INTERPRETATION] or found
        if not found:
            if question.article and "条" in question.article and ids and (named or not self._looks_topical(question)):
                return self._not_found(question, [], "该文件中没有这一条")
            return None
        if question.wants(Ask.LEAD, Ask.RESPONSIBLE, Ask.UNITS) and found[0].unit_rule is not UnitRule.NONE:
            return Draft(Status.ANSWERED, [self._unit_line(found[0], question, "")])
        if len(found) == 1 and question.wants(Ask.MONEY, Ask.FIGURE, Ask.DEADLINE) and found[0].figures:
            chosen = figures_room.best(figures_room.choices(question, found[0], self._terms(question)))
            if chosen and len(found[0].text) > 200:
                return Draft(Status.ANSWERED, _figure_lines(chosen, question))
        return Draft(Status.ANSWERED, [Line(clause.text, [clause]) for clause in found[:3]])

    def _citing(self, number: str) -> Draft | None:
        lines: list[Line] = []
        bare = re.sub(r"\s+", "", normal(number))
        tail = re.search(r"[\u4e00-\u9fa5]{2,6}〔\d{4}〕\d+号$", bare)
        wanted = tail.group() if tail else bare
        for document_id in self._store.documents():
            for clause in self._store.clauses(document_id):
                if wanted in re.sub(r"\s+", "", normal(clause.text)):
                    said = [p for p in passages(clause, ()) if wanted in re.sub(r"\s+", "", p.text)]
                    lines.extend(Line(clause.text[p.start : p.end].strip(), [clause]) for p in said[:2])
        if not lines:
            return None
        return Draft(Status.PARTIAL, lines[:6], clarification="现有文件没有收录这份文件，以下是提到它的条款")

    def _looks_topical(self, question: Question) -> bool:
        return len(self._terms(question)) > 4

    def _by_title_words(self, question: Question) -> list[str]:
        """The document whose title the question's words point to (人口与计划生育法第十条)."""
        scored: list[tuple[float, str]] = []
        asked = self._terms(question)
        for document in self._store.documents().values():
            scored.append((coverage(asked, normal(document.title)), document.document_id))
        scored.sort(reverse=True)
        if scored and scored[0][0] >= 0.5:
            return [document_id for score, document_id in scored if score >= scored[0][0] - 1e-9]
        return []

    # ---- complete lists ---------------------------------------------------------------------------------

    def _unit_list(self, question: Question, documents: Sequence[str] | None) -> Draft | None:
        """All tasks of a unit that the question names, with the total."""
        named = units_room.named_units(question, self._unit_names)
        if not named:
            return None
        role = None
        if question.wants(Ask.LEAD):
            role = "lead"
        elif re.search(r"配合|责任单位|协助|参与", question.normal):
            role = "responsible"
        unit = named[0]
        clauses = units_room.clauses_of_unit(self._store, unit.canonical, role, documents)
        topic = [t for t in self._terms(question) if t.word not in unit.words and t.word not in ("任务", "工作", "事项", "职责", "托育")]
        narrowed = [c for c in clauses if topic and coverage(topic, self._context(c)) >= 0.99]
        if topic and narrowed and len(narrowed) < len(clauses) and not re.search(r"哪些任务|哪些工作|几项|多少项", question.normal):
            clauses = narrowed
        if not clauses:
            return None
        lines: list[Line] = []
        by_document: dict[str, list[Clause]] = {}
        for clause in clauses:
            by_document.setdefault(clause.document_id, []).append(clause)
        verb = {"lead": "牵头", "responsible": "作为责任单位", None: "承担"}[role]
        for document_id, group in by_document.items():
            place = self._place_label([document_id])
            head = f"{place}：{unit.words}{verb}的任务共{len(group)}项"
            lines.append(Line(head, group, (str(len(group)),)))
            for clause in group:
                lines.append(Line(f"{clause.label} {_title_of(clause)}", [clause]))
        return Draft(Status.ANSWERED, lines)

    def _section_list(self, question: Question, asked: Sequence[Term], documents: Sequence[str]) -> list[Line] | None:
        """The numbered units under the heading that the question names (保障措施有哪些), with the total."""
        best: tuple[float, int, str, str, str] | None = None
        text = re.sub(r"[“”\s]", "", question.normal)
        for document_id in documents:
            document = self._store.document(document_id)
            paths = [(h.path, h.text) for h in document.headings if h.level]
            for path, words in paths:
                bare = _bare_heading(words)
                pairs = [bare[i : i + 2] for i in range(len(bare) - 1)]
                if not pairs:
                    continue
                # The heading must stand in the question, not only share a word with it.
                share = sum(pair in text for pair in pairs) / len(pairs)
                if share >= 0.7 and (best is None or (share, len(bare)) > best[:2]):
                    best = (share, len(bare), document_id, path, words)
        if best is None:
            return None
        _, _, document_id, path, words = best
        below = [c for c in self._store.clauses(document_id) if c.path.startswith(path + "/") and c.kind is ClauseKind.ITEM]
        if not 2 <= len(below) <= 60:
            return None
        depth = min(c.path.count("/") for c in below)
        children = [c for c in below if c.path.count("/") == depth]
        if question.wants(Ask.FIGURE, Ask.MONEY) and coverage([t for t in asked if t.word not in words], normal(words)) < ENOUGH and not question.wants(Ask.COUNT):
            return None
        return [
            Line(f"{_bare_heading(words)}共{len(children)}项", children, (str(len(children)),)),
            *(Line(f"{c.label} {_title_of(c)}", [c]) for c in children),
        ]

    def _counted(self, question: Question, documents: Sequence[str]) -> list[Line] | None:
        """How many boxes, table rows, annex paragraphs or tasks a document has, each cited."""
        asked = re.search(r"(?<!第)(?:多少|几)(?:个|项|条|章|类|家)?(?:重点|主要|具体|工作)*(专栏|镇街|街道|乡镇|区县|区|县|指标|任务|部门|条|章|附件|措施)"
                          r"|(专栏|指标|任务|部门|措施)(?:一共|总共|共)?有(?:多少|几)(?:个|项)", question.normal)  # fmt: skip
        if asked is None:
            return None
        what = asked.group(1) or asked.group(2)
        for document_id in documents:
            clauses = list(self._store.clauses(document_id))
            if what == "专栏":
                chosen = [c for c in clauses if c.kind is ClauseKind.BOX]
            elif what in ("镇街", "街道", "乡镇", "区县", "区", "县", "指标"):
                chosen = [c for c in clauses if c.kind is ClauseKind.ROW and normal(c.heading or "") not in ("合计", "总计", "小计")]
                if what == "指标" and not re.search(r"指标", "".join(c.header for row in chosen for c in row.cells)):
                    chosen = []
                elif what != "指标" and not re.search(r"表|台账|附件|涉及|分解|多少|几", question.normal):
                    chosen = []
            elif what == "部门":
                chosen = [c for c in clauses if c.part is Part.ANNEX and c.kind is ClauseKind.PARAGRAPH and c.responsible_units]
            elif what in ("任务", "措施"):
                chosen = [c for c in clauses if c.part is Part.BODY and c.kind is ClauseKind.ITEM and re.fullmatch(r"\d+", c.path.split("/")[-1])]
                numbers = [int(c.path.split("/")[-1]) for c in chosen]
                if numbers != list(range(1, len(numbers) + 1)):
                    chosen = []  # numbering starts anew in every section: there is no single count of tasks
            elif what == "条":
                chosen = [c for c in clauses if c.kind is ClauseKind.ARTICLE]
            else:
                chosen = []
            if len(chosen) >= 2:
                names = {"条": "条文", "部门": "部门职责", "任务": "任务", "措施": "措施"}.get(what, what)
                return [
                    Line(f"共{len(chosen)}{'条' if what == '条' else '个' if what in ('专栏', '镇街', '街道', '乡镇', '区县', '区', '县', '部门') else '项'}{names if what != '条' else ''}", chosen, (str(len(chosen)),)),
                    *(Line(f"{c.label} {_title_of(c)}" if c.kind is not ClauseKind.ROW else (c.heading or c.label), [c]) for c in chosen[:40]),
                ]
        return None

    # ---- comparisons ------------------------------------------------------------------------------------

    def _superlative(self, question: Question, asked: Sequence[Term], documents: Sequence[str] | None) -> Draft | None:
        """Which row of a table has the most or the least, by the column the question means."""
        wanted = re.search(r"(?:最|更)(高|多|大|低|少|小)", question.normal)
        if wanted is None or not re.search(r"哪|谁|排", question.normal):
            return None
        highest = wanted.group(1) in "高多大"
        hits = self._retriever.search(question, 6, documents=documents, keep=lambda c: c.kind is ClauseKind.ROW)
        if not hits:
            return None
        table = hits[0].clause.path.rsplit("/", 1)[0]
        rows = [c for c in self._store.clauses(hits[0].document.document_id)
                if c.kind is ClauseKind.ROW and c.path.rsplit("/", 1)[0] == table and normal(c.heading or "") not in ("合计", "总计", "小计")]  # fmt: skip
        named = [c for c in rows if _row_named(c, question, hits[0].document.place)]
        rows = named if len(named) > 1 else rows
        columns: dict[tuple[str, int | None], list[figures_room.Choice]] = {}
        for row in rows:
            for choice in figures_room.choices(question, row, asked):
                cell = next((c for c in row.cells if c.span == choice.figure.span), None)
                if choice.figure.value is not None and cell is not None:
                    columns.setdefault((cell.header, choice.figure.year), []).append(choice)
        complete = {key: group for key, group in columns.items() if len(group) >= max(2, len(rows) - 1)}
        if not complete:
            return None
        key = max(complete, key=lambda k: (coverage(asked, normal(k[0])), complete[k][0].score, str(k)))
        if coverage(asked, normal(key[0]) + self._context(rows[0])) < ENOUGH:
            return None
        ordered = sorted(complete[key], key=lambda c: c.figure.value or 0.0, reverse=highest)
        top = [c for c in ordered if c.figure.value == ordered[0].figure.value]
        word = "最高" if wanted.group(1) == "高" else "最低" if wanted.group(1) == "低" else f"最{wanted.group(1)}"
        place = self._prefix(hits[0].document.document_id)
        lines = [
            Line(f"{place}{figures_room.cell_statement(c.clause, c.figure)}（所列各行中{word}）", [c.clause]) for c in top
        ]
        return Draft(Status.ANSWERED, self._with_heads(lines))

    # ---- one group, several groups ----------------------------------------------------------------------

    def _by_group(self, question: Question, asked: Sequence[Term], groups: Sequence[tuple[str, list[str]]], absent: Sequence[Place]) -> Draft:
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
            lines.extend(replace_text(line, prefix) for line in found.lines)
        if not lines:
            return self._not_found(question, [], documents=[d for _, ids in groups for d in ids])
        if len(groups) > 1 and question.wants(Ask.COMPARE):
            verdict = _verdict(question, lines, groups, self._place_label)
            if verdict is not None:
                lines.append(verdict)
        if missing and len(groups) + len(absent) > 1:
            return Draft(Status.PARTIAL, lines, message="；".join(f"{name}：现有文件中没有查到" for name in missing))
        return Draft(Status.ANSWERED if complete else Status.PARTIAL, lines)

    def _fork(self, question: Question, asked: Sequence[Term]) -> Draft:
        """No place named: one answer where one place answers, an answer for each of up to four, else a choice."""
        hits = [h for h in self._retriever.search(question, 60) if h.clause.kind is not ClauseKind.NOTICE]
        by_place: dict[str, list[str]] = {}
        best: dict[str, float] = {}
        for hit in hits:
            place = hit.document.place
            key = "/".join(place.path) if place else hit.document.document_id
            ids = by_place.setdefault(key, [])
            if hit.document.document_id not in ids:
                ids.append(hit.document.document_id)
            best[key] = max(best.get(key, 0.0), coverage(asked, self._context(hit.clause)))
        if not best:
            return self._not_found(question, [])
        top = max(best.values())
        found: list[tuple[str, Found]] = []
        for key in sorted(best, key=lambda k: -best[k]):
            if best[key] < max(ENOUGH, FORK * top):
                continue
            answer = self._in_documents(question, asked, by_place[key])
            if answer is not None:
                found.append((self._place_label(by_place[key]), answer))
        if not found:
            return self._not_found(question, [])
        if len(found) > MAX_FORK:
            names = [label for label, _ in found if label]
            return Draft(
                Status.CLARIFY,
                [replace_text(line, f"{label}：" if label else "") for label, answer in found[:MAX_FORK] for line in answer.lines[:1]],
                clarification=f"各地规定不同，请选择地区：{'、'.join(names)}",
            )
        lines = [replace_text(line, f"{label}：" if label else "") for label, answer in found for line in answer.lines]
        note = "未指明地区，以下按地区分别列出" if len(found) > 1 else ""
        return Draft(Status.ANSWERED, lines, clarification=note or None)

    # ---- within documents -------------------------------------------------------------------------------

    def _in_documents(self, question: Question, asked: Sequence[Term], documents: Sequence[str]) -> Found | None:
        """What these documents answer, or None where they do not hold it."""
        counted = self._counted(question, documents)
        if counted is not None:
            return Found(tuple(counted), 1.0)
        row = self._rows(question, asked, documents)
        if row is not None:
            return row if row.lines else None
        if question.wants(Ask.LIST, Ask.COUNT) and not question.wants(Ask.LEAD, Ask.UNITS, Ask.RESPONSIBLE):
            listed = self._section_list(question, asked, documents)
            if listed is not None:
                return Found(tuple(listed), 1.0)
        judged = question
        if question.wants(Ask.VERIFY):
            question, asked = self._without_claimed_units(question, asked)
        hits = self._retriever.search(question, 12, documents=documents, keep=lambda c: self._may_answer(question, c))
        ranked = self._ranked(question, asked, hits)
        if not ranked:
            return None
        if self._year_unknown(question, ranked[0][1].document):
            return None
        carried = coverage(asked, self._context(ranked[0][1].clause))
        lines: list[Line] = []
        complete = True
        wants_units = question.wants(Ask.LEAD, Ask.RESPONSIBLE, Ask.UNITS)
        wants_number = figures_room.wants_amount(question) or (question.wants(Ask.FIGURE) and not question.wants(Ask.CONDITION))
        if wants_number:
            answer = self._number(question, asked, ranked)
            family = figures_room.asked_family(question)
            if answer is None and not wants_units and family is not None and not question.wants(Ask.VERIFY):
                told = family not in ("元", "面积") and carried >= TOLD and not question.years
                if not told:
                    return None
            lines.extend(answer or [])
            if answer is None and wants_units:
                complete = not re.search(r"多少钱|多少元|补多少|最高多少|百分之几|多少个", question.normal)
        if wants_units:
            unit_line = self._units(question, asked, ranked, lines[0].clauses[0] if lines else None)
            if unit_line is None and not lines:
                prose = [line for line in self._sentences(question, asked, ranked) if _WHO.search(normal(line.text))]
                if not prose:
                    return None
                return Found(tuple(prose), carried)
            complete = complete and (unit_line is not None or not question.wants(Ask.LEAD))
            lines.extend([unit_line] if unit_line else [])
        if not lines:
            lines.extend(self._sentences(question, asked, ranked))
        if not lines:
            return None
        if judged.wants(Ask.VERIFY):
            lines[0] = _judged(judged, lines[0], self._unit_names)
        return Found(tuple(lines), carried, complete)

    def _without_claimed_units(self, question: Question, asked: Sequence[Term]) -> tuple[Question, tuple[Term, ...]]:
        """The question without the units that it claims something of: 由区教委牵头对吗 is about the task."""
        text = question.normal
        kept = list(asked)
        for unit in units_room.named_units(question, self._unit_names):
            text = text.replace(unit.words, " ")
            kept = [t for t in kept if t.word not in unit.words]
        return (replace(question, normal=text), tuple(kept)) if kept else (question, tuple(asked))

    def _ranked(self, question: Question, asked: Sequence[Term], hits: Sequence[Hit]) -> list[tuple[float, Hit]]:
        """The hits that carry enough of the question, best first by retrieval and by what they carry."""
        ranked: list[tuple[float, Hit]] = []
        for hit in hits:
            text = self._context(hit.clause)
            carried = coverage(asked, text) + min(0.3, 0.06 * shared_phrase(question, hit.clause))
            if _lacks_object(question, text):
                carried -= 0.3
            if _other_class(question, text):
                carried -= 0.6
            if carried < (ENOUGH if question.places else ENOUGH_ANYWHERE):
                continue
            if question.wants(Ask.DEFINITION) and _DEFINES.search(text):
                carried += 0.4
            if question.wants(Ask.LIST, Ask.COUNT) and _ENUMERATES.search(text):
                carried += 0.15
            share = NOTICE if hit.clause.kind in (ClauseKind.NOTICE, ClauseKind.PREAMBLE) else 1.0
            ranked.append((share * hit.score * (0.4 + 0.6 * carried), hit))
        return sorted(ranked, key=lambda pair: -pair[0])

    def _year_unknown(self, question: Question, document: Document) -> bool:
        """Whether an amount or a target is asked for a year that the document does not speak of."""
        if not question.years or not question.wants(Ask.MONEY, Ask.FIGURE):
            return False
        source = normal(document.source)
        return all(str(year) not in source for year in question.years)

    @staticmethod
    def _may_answer(question: Question, clause: Clause) -> bool:
        """False for a table row that is not meant: what names it must (mostly) be in the question."""
        if clause.kind is not ClauseKind.ROW:
            return True
        key = normal(clause.heading or "")
        pairs = [key[i : i + 2] for i in range(len(key) - 1)]
        return bool(pairs) and sum(pair in question.normal for pair in pairs) / len(pairs) >= 0.5

    def _rows(self, question: Question, asked: Sequence[Term], documents: Sequence[str]) -> Found | None:
        """Table cells of the rows that the question names."""
        rows = [c for d in documents for c in self._store.clauses(d) if c.kind is ClauseKind.ROW and c.heading]
        named = [c for c in rows if _row_named(c, question, self._store.document(c.document_id).place)]
        if not named:
            return None
        lines: list[Line] = []
        for row in named[:8]:
            rest = [t for t in asked if supports(normal(row.heading or ""), t.word) < 0.9]
            if rest and coverage(rest, self._context(row)) < ROW_ENOUGH:
                continue  # the row is named, but something else is asked about it
            for choice in figures_room.row_choices(question, row, rest):
                lines.append(Line(figures_room.cell_statement(row, choice.figure), [row]))
        if not lines:
            # The row is there and the year is not: another clause must not answer for it.
            return Found((), 0.0) if question.years and question.wants(Ask.FIGURE, Ask.FREE) else None
        if question.wants(Ask.VERIFY):
            lines[0] = _judged(question, lines[0], self._unit_names)
        return Found(tuple(self._with_heads(lines)), 1.0)

    def _with_heads(self, lines: Sequence[Line]) -> list[Line]:
        """Cite the table head too where a cell's year or unit stands only there."""
        result: list[Line] = []
        for line in lines:
            row = line.clauses[0]
            said = re.findall(r"\d{4}", line.text)
            if row.kind is ClauseKind.ROW and any(year not in row.text for year in said):
                head_id = f"{row.clause_id.rsplit('/', 1)[0]}/表头"
                if head_id in set(self._store.clause_ids(row.document_id)):
                    line = replace(line, clauses=[*line.clauses, self._store.clause(head_id)])
            result.append(line)
        return result

    def _number(self, question: Question, asked: Sequence[Term], ranked: Sequence[tuple[float, Hit]]) -> list[Line] | None:
        """The figure asked for, from the clause that has one that fits; None where none does."""
        amount = figures_room.wants_amount(question)
        family = figures_room.asked_family(question)
        documents = list(dict.fromkeys(hit.document.document_id for _, hit in ranked))
        first = ranked[0][1].clause
        if amount and family in (None, "元") and _ELSEWHERE.search(normal(first.text)) and not _pays(first):
            return None  # 具体补助政策另行制定
        best: tuple[float, Clause, list[figures_room.Choice]] | None = None
        hits = self._retriever.search(
            question, 12, documents=documents, keep=lambda c: bool(c.figures) and self._may_answer(question, c)
        )
        for score, hit in self._ranked(question, asked, hits):
            found = self._fitting(question, asked, hit.clause, amount, family)
            if not found:
                continue
            worth = score * (0.5 + 0.5 * min(1.0, found[0].score))
            if best is None or worth > best[0]:
                best = (worth, hit.clause, found)
        if best is None or best[0] < 0.35 * ranked[0][0]:
            return None
        _, clause, found = best
        if clause.kind is ClauseKind.ROW:
            return self._with_heads([Line(figures_room.cell_statement(clause, c.figure), [clause]) for c in figures_room.best(found)[:3]])
        if amount:
            return self._money(question, asked, clause)
        if found[0].score < 0.3 and family is None:
            return None
        return _figure_lines(figures_room.best(found)[:6], question)

    def _fitting(
        self, question: Question, asked: Sequence[Term], clause: Clause, amount: bool, family: str | None
    ) -> list[figures_room.Choice]:
        """The figures of a clause that can answer: of the kind asked for, of the year asked for."""
        found = figures_room.choices(question, clause, asked)
        if question.years and not amount:
            # A target of a year is answered with that year's figure or not at all.
            found = [c for c in found if c.figure.year in question.years]
        if amount and family in (None, "元"):
            money = [c for c in found if c.figure.kind in (FigureKind.SUBSIDY, FigureKind.MONEY)]
            return money or [c for c in found if c.figure.unit == "%"]
        return found

    def _money(self, question: Question, asked: Sequence[Term], clause: Clause) -> list[Line]:
        """The sentences of a clause that state amounts, caps, periods and conditions, in its order."""
        sentences = passages(clause, asked)
        chosen = figures_room.choices(question, clause, asked)
        best = figures_room.best(chosen, slack=0.25)
        scoped = [c for c in best if c.figure.scope and normal(c.figure.scope) in question.normal]
        lines: list[Line] = []
        if scoped:
            lines.extend(_figure_lines(scoped, question))
        for sentence in sentences:
            inside = [f for f in clause.figures if sentence.start <= f.span.start - clause.span.start < sentence.end]
            money = any((f.unit or "").startswith("元") or f.unit == "%" for f in inside)
            if money and scoped:
                continue
            if money or _CONDITION.search(sentence.text):
                lines.append(Line(clause.text[sentence.start : sentence.end], [clause]))

        def worth(text: str) -> float:
            folded = normal(text)
            return coverage(asked, folded) + (0.6 if re.search(r"标准|\d元|万元|%", folded) else 0.0) + (0.3 if "不享受" in folded or "条件" in folded else 0.0)

        if len(lines) > MAX_SENTENCES:
            order = sorted(range(len(lines)), key=lambda i: -worth(lines[i].text))[:MAX_SENTENCES]
            lines = [lines[i] for i in sorted(order)]
        return lines

    def _units(self, question: Question, asked: Sequence[Term], ranked: Sequence[tuple[float, Hit]], answered: Clause | None) -> Line | None:
        """Who leads and who is responsible for the clause that the question is about."""
        if answered is not None and answered.unit_rule is not UnitRule.NONE:
            return self._unit_line(answered, question, "")
        top = ranked[0][0]
        for score, hit in ranked[:6]:
            if score < 0.8 * top:
                break
            if hit.clause.unit_rule is not UnitRule.NONE:
                return self._unit_line(hit.clause, question, hit.clause.heading or "")
        return None

    def _unit_line(self, clause: Clause, question: Question, heading: str) -> Line:
        text = units_room.unit_statement(clause, question)
        clauses = [clause]
        if clause.unit_rule is UnitRule.FIRST_LISTED and "第一位" in text:
            rule = units_room.rule_clause(self._store, self._store.document(clause.document_id))
            if rule is not None and rule.clause_id != clause.clause_id:
                clauses.append(rule)
        return Line(f"{heading}：{text}" if heading else text, clauses)

    def _sentences(self, question: Question, asked: Sequence[Term], ranked: Sequence[tuple[float, Hit]]) -> list[Line]:
        """The sentences that carry the question's terms, from the clause whose best one does so best."""
        top = ranked[0][0]
        candidates: list[tuple[float, Clause]] = []
        for score, hit in ranked[:6]:
            said = [self._worth(question, p.text, p.support) for p in passages(hit.clause, asked)]
            candidates.append((score / top + 0.6 * max(said, default=0.0), hit.clause))
        clause = max(candidates, key=lambda pair: pair[0])[1]
        if clause.kind is ClauseKind.ROW:
            numbers = [f for f in clause.figures if not question.years or f.year in question.years]
            return self._with_heads([Line(figures_room.cell_statement(clause, f), [clause]) for f in numbers[:4]])
        sentences = passages(clause, asked)
        if not sentences:
            return [Line(clause.text, [clause])]
        if normal(clause.text).rstrip().endswith(":"):
            children = [c for c in self._store.clauses(clause.document_id) if c.path.startswith(clause.path + "/")]
            if children:
                return [Line(clause.text, [clause]), *(Line(c.text, [c]) for c in children[:12])]
        if sum(s.end - s.start for s in sentences) <= 130:
            return [Line(clause.text[sentences[0].start : sentences[-1].end], [clause])]

        scored = sorted(((self._worth(question, s.text, s.support), i) for i, s in enumerate(sentences)), key=lambda p: (-p[0], p[1]))
        best = scored[0][0]
        keep = sorted(i for score, i in scored[:MAX_SENTENCES] if score >= 0.55 * best and score > 0)
        for i in list(keep):
            if sentences[i].text.rstrip().endswith(":"):
                # 下列职责：(一)…;(二)… is said whole: the lead-in without its list says nothing.
                following = i + 1
                while following < len(sentences) and following - i <= 30:
                    if _LISTED.match(sentences[following].text):
                        keep.append(following)
                    elif not any(_LISTED.match(s.text) for s in sentences[following + 1 : following + 4]):
                        break
                    following += 1
        return [Line(clause.text[sentences[i].start : sentences[i].end].strip("* \n"), [clause]) for i in sorted(set(keep)) or [0]]

    @staticmethod
    def _worth(question: Question, text: str, support: float) -> float:
        """How well a sentence answers: what it carries, and whether it says the kind of thing asked for."""
        bonus = 0.0
        if question.wants(Ask.DEFINITION) and _DEFINES.search(text):
            bonus += 0.4
        if question.wants(Ask.LIST, Ask.COUNT) and _ENUMERATES.search(text):
            bonus += 0.25
        if question.wants(Ask.LEAD, Ask.UNITS) and _WHO.search(text):
            bonus += 0.25
        if question.wants(Ask.CONDITION) and _CONDITION.search(text):
            bonus += 0.25
        if _NEGATED.search(text) and re.search(r"不|能|可以|吗|行|还会|禁|忌", question.normal):
            bonus += 0.2
        if question.wants(Ask.DEADLINE) and _TIMED.search(text):
            bonus += 0.3
        if question.years and any(str(year) in text for year in question.years):
            bonus += 0.2
        if _other_class(question, text):
            bonus -= 0.4
        return support + bonus

    # ---- nothing ----------------------------------------------------------------------------------------

    def _prefix(self, document_id: str) -> str:
        label = self._place_label([document_id])
        return f"{label}：" if label else ""

    def _not_found(
        self, question: Question, absent: Sequence[Place], reason: str = "", documents: Sequence[str] | None = None
    ) -> Draft:
        """Say that the corpus does not hold it, and show the nearest clauses."""
        hits = self._retriever.search(question, 3, documents=documents)
        if absent:
            message = f"现有文件中没有{'、'.join(place.name for place in absent)}的规定，无法回答。"
        else:
            message = f"{reason or '现有文件中没有查到所问的内容'}，无法回答。"
        return Draft(Status.NOT_FOUND, nearest=[hit.clause for hit in hits], message=message)


_PURPOSE = re.compile(r"([\u4e00-\u9fa5]{2})(?:补助|补贴|奖补|资助|津贴|奖励)")
_OBJECT = re.compile(r"(电话|地址|网址|官网|名单|名录|邮箱|微信|公众号|联系人|联系方式|申请表|表格|排行|价目表)")


def _lacks_object(question: Question, text: str) -> bool:
    """Whether the thing asked for is missing from `text`: 装修 of 装修补助, the 电话 of an office."""
    for found in _PURPOSE.finditer(question.normal):
        word = found.group(1)
        if word in synonyms() or word in text:
            if supports(text, word) < 0.5:
                return True
        elif not re.search(r"[的给个些项种有能发拿领补是和与]|托位|园|家庭|孩子|机构|政府|国家|多少|哪些|什么", word) and supports(text, word) < 0.5:
            return True
    found = _OBJECT.search(question.normal)
    return found is not None and found.group(1) not in text


def _other_class(question: Question, text: str) -> bool:
    """Whether the question names a class (四孩, 一级) of a kind of which the text only has others."""
    for number, kind in _CLASS.findall(question.normal):
        if re.search(rf"[一二三四五六七八九\d]\s*[-~至、和或及]\s*[一二三四五六七八九\d]{kind}", text):
            continue  # 1~3级: the class may lie between
        held = {n for n, k in _CLASS.findall(text) if k == kind}
        if held and number not in held:
            return True
    return False


def replace_text(line: Line, prefix: str) -> Line:
    """The line with a place in front, unless it opens with it already."""
    return line if line.text.startswith(prefix) else replace(line, text=prefix + line.text)


def _pays(clause: Clause) -> bool:
    return any(figure.kind is FigureKind.SUBSIDY for figure in clause.figures)


def _bare_heading(text: str) -> str:
    """A heading's words: no label, no full stop, no white space."""
    bare = re.sub(r"\s+", "", normal(text)).strip("*# ")
    return re.sub(r"^(?:[一二三四五六七八九十]+、|\([^()]{1,3}\)|\d+[.、]|第[一二三四五六七八九十]+[编章节])", "", bare).rstrip("。:")


def _title_of(clause: Clause) -> str:
    if clause.heading:
        return clause.heading
    text = re.sub(r"\s+", "", clause.text)
    text = re.sub(r"^(?:第[一二三四五六七八九十百零\d]+条|[（(][^（()）]{1,3}[)）]|\d+[.、．]|[一二三四五六七八九十]+、)", "", text)
    return text if len(text) <= 60 else re.split(r"[。；;]", text)[0][:80]


def _is_article(clause: Clause, article: str) -> bool:
    from corpus.lines import label_at

    number = re.match(r"\d+", article)
    if number is None:
        return False
    last = clause.path.split("/")[-1]
    if "条" in article and clause.kind is ClauseKind.ARTICLE:
        label = label_at(normal(last))
        return label is not None and label.ordinal == int(number.group())
    if clause.kind is ClauseKind.ITEM and clause.part is Part.BODY:
        return last == number.group() and clause.path.count("/") > 0 or last == f"({number.group()})" and False
    return False


def _row_named(clause: Clause, question: Question, place: Place | None) -> bool:
    """Whether the question names the row's key: 田家街道, or 天河 for 天河区; the document's own place (大洼 in
    大洼区) names no row 大洼街道."""
    key = re.sub(r"\s+", "", normal(clause.heading or ""))
    if len(key) < 2:
        return False
    if key in question.normal:
        return True
    bare = re.sub(r"(?:街道办事处|街道|镇|乡|区|县|市)$", "", key)
    text = question.normal
    if place is not None:
        text = text.replace(place.name, " ").replace(short_name(place), " ")
    if len(bare) >= 2 and bare != key and bare in text:
        return True
    return key in ("合计", "总计") and bool(re.search(r"合计|总计|一共|总共|总数|总的|全市总|全区总|加起来", question.normal))


def _figure_lines(chosen: Iterable[figures_room.Choice], question: Question) -> list[Line]:
    lines: dict[str, Line] = {}
    for choice in chosen:
        text = figures_room.stated(choice, question)
        lines.setdefault(text, Line(text, [choice.clause]))
    return list(lines.values())


def _judged(question: Question, line: Line, unit_names: Sequence[str]) -> Line:
    """The line with 对/不对 in front where the claim can be held against it."""
    text = normal(line.text)
    claims = [q for q in question.figures if q.unit is not None and q.unit not in ("岁", "周岁")]
    if claims:
        from corpus.quantities import quantities

        said = quantities(text)
        for claim in claims:
            unit = (claim.unit or "").split("/")[0]
            same = [q for q in said if (q.unit or "").split("/")[0] == unit]
            if any(q.value == claim.value for q in same):
                return replace(line, text=f"对。{line.text}")
            if same:
                return replace(line, text=f"不对。文件规定：{line.text}")
        return line
    named = units_room.named_units(question, unit_names)
    clause = line.clauses[0]
    if named and clause.unit_rule is not UnitRule.NONE and question.wants(Ask.LEAD, Ask.UNITS, Ask.RESPONSIBLE):
        held = clause.lead_units if question.wants(Ask.LEAD) and clause.lead_units else (*clause.lead_units, *clause.responsible_units)
        names = {units_room.canonical(name) for name in held}
        right = all(unit.canonical in names for unit in named)
        return replace(line, text=f"{'对' if right else '不对'}。{line.text}")
    return line


def _verdict(question: Question, lines: Sequence[Line], groups: Sequence[tuple[str, list[str]]], place_of: object) -> Line | None:
    """Who is higher, over figures of one indicator, unit and year; None where they cannot be compared."""
    from corpus.quantities import quantities

    if not re.search(r"高|多|大|低|少|小|严|一样|相同|差", question.normal):
        return None
    values: list[tuple[float, str, str, Clause]] = []
    for label, _ in groups:
        own = [line for line in lines if line.text.startswith(f"{label}：")]
        if not label or not own:
            return None
        said = [q for q in quantities(normal(own[0].text)) if q.value is not None and q.unit not in ("岁", "周岁", "年")]
        if len(said) != 1:
            return None
        values.append((said[0].value or 0.0, said[0].unit or "", label, own[0].clauses[0]))
    if len({unit for _, unit, _, _ in values}) != 1:
        return None
    ordered = sorted(values, key=lambda v: -v[0])
    clauses = [clause for _, _, _, clause in values]
    if ordered[0][0] == ordered[-1][0]:
        return Line(f"{'、'.join(v[2] for v in values)}相同", clauses)
    return Line(f"比较结果：{ordered[0][2]}最高，{ordered[-1][2]}最低" if len(values) > 2 else f"比较结果：{ordered[0][2]}高于{ordered[-1][2]}", clauses)
