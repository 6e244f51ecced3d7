"""Which documents, places and clauses a question names, and what is answered from the name alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant import figures as figures_room
from assistant.answer import Status
from assistant.claims import judged
from assistant.draft import Draft, Line
from assistant.evidence import coverage, passages
from assistant.library import FEW, Library
from assistant.question import Ask, Question, understand
from corpus.document import Clause, ClauseKind, Part, Place, UnitRule
from corpus.normalize import normal
from corpus.places import short_name

ALL_THE_TIME = 8  # the same, where other documents are known to be of the place
_IN_FORCE = re.compile(r"施行|实施(?:的|日|时|起)|开始实施|生效|起效|有效期|废止")
_IN_FORCE_SAID = re.compile(r"(?:起|开始)(?:正式)?(?:施行|实施|执行|生效)|有效期")
OFTEN = 3  # times that a document names a place which it may be of


class Naming:
    """Finds documents by number, title or place, and clauses by their own number."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._speaking: dict[tuple[str, ...], list[tuple[str, int]]] = {}  # by a place's path; the corpus stays as it is

    def documents(self, question: Question) -> list[str]:
        """Documents named by number or by title in the question."""
        held = self._library.documents
        found = held.numbered(question.document_number) if question.document_number else []
        found += held.titled(question.titles)
        return list(dict.fromkeys(found)) or held.spelled(question.normal)

    def split_places(self, question: Question) -> tuple[list[Place], list[Place]]:
        """The places asked for that the corpus can speak about, and those it cannot.

        A place below a document's own counts where that document names it (天河 in 广州's table).
        """
        known: list[Place] = []
        absent: list[Place] = []
        for place in question.places:
            held = self._library.documents
            ids = self.of_place(place)
            below = held.holding(place) if not held.of(place) and not held.inside(place) else []
            if (ids and len(below) < len(ids)) or any(self._mentions(d, place) for d in below):
                known.append(place)
            else:
                absent.append(place)
        return known, absent

    def _mentions(self, document_id: str, place: Place) -> bool:
        text = self._library.source(self._library.documents.by_id[document_id])
        return place.name in text or short_name(place) in text

    def of_place(self, place: Place) -> list[str]:
        """The documents of a place, or of places inside or above it, and those whose own place is not known and that
        speak of it again and again; a few times are enough where there is no other."""
        found = self._library.documents.matching([place])
        least = ALL_THE_TIME if found else OFTEN
        return [*found, *(document_id for document_id, times in self._speaking_of(place) if times >= least)]

    def _speaking_of(self, place: Place) -> list[tuple[str, int]]:
        """The documents of no known place that name a place, and how many times; read once for each place."""
        if place.path not in self._speaking:
            held, name = self._library.documents, short_name(place)
            unknown = set(held.placeless).difference(held.national)
            # Of a large corpus only the documents that a search for the name finds are read for it.
            likely = self._library.likely(understand(name)) if len(unknown) > FEW else held.placeless
            counted = ((i, self._library.source(held.by_id[i]).count(name)) for i in likely if i in unknown)
            self._speaking[place.path] = [(i, times) for i, times in counted if times]
        return self._speaking[place.path]

    def of_places(self, places: Sequence[Place]) -> list[str]:
        """The documents of several places, each once."""
        return list(dict.fromkeys(i for place in places for i in self.of_place(place)))

    def has_own(self, place: Place) -> bool:
        """Whether a document is of this very place."""
        return bool(self._library.documents.of(place))

    def only_inside(self, place: Place) -> bool:
        """Whether the documents are of places inside this one."""
        return bool(self._library.documents.inside(place))

    def groups(self, places: Sequence[Place], named: Sequence[str]) -> list[tuple[str, list[str]]]:
        """`(place name, document ids)` for each place asked for, or one group for named documents."""
        if named:
            by_title: dict[str, list[str]] = {}
            for document_id in named:
                by_title.setdefault(self._library.documents.by_id[document_id].title, []).append(document_id)
            return [(f"《{title}》" if len(by_title) > 1 else "", ids) for title, ids in by_title.items()]
        groups: list[tuple[str, list[str]]] = []
        national = self._library.documents.national
        for place in places:
            ids = self.of_place(place)
            if not ids and national:
                ids = national
            if ids and not any(ids == other for _, other in groups):
                groups.append((self._library.place_label(ids), ids))
        return groups

    def identity(self, question: Question, named: Sequence[str]) -> Draft | None:
        """Number, issuer and date of the document that the question names or its words point to."""
        if not question.wants(Ask.IDENTITY):
            return None
        ids = list(named) or self.of_places(question.places)
        asked = [
            t
            for t in self._library.terms(question)
            if not re.search(r"文号|印发|发布|联合|出台|公布|制定|全称|日期|哪天", t.word)
        ]
        if len(ids) != 1 or (asked and not named):
            pool = ids or self._library.likely(question)
            scored = sorted(
                ((coverage(asked, normal(self._library.documents.by_id[i].title)), i) for i in pool),
                reverse=True,
            )
            ids = [i for share, i in scored if share >= 0.6 and share >= scored[0][0] - 1e-9]
        if not ids or len(ids) > 3:
            return None
        lines: list[Line] = []
        for document_id in ids:
            document = self._library.documents.by_id[document_id]
            clauses = list(self._library.store.clauses(document_id))
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
            if _IN_FORCE.search(question.normal):
                lines.extend(_in_force(clauses))
        return Draft(Status.ANSWERED, lines)

    def exact(self, question: Question, named: Sequence[str]) -> Draft | None:
        """The clause that the question names by number (第十六条, 二（三）11), quoted; for the number of a document
        that the corpus only cites, the sentences that cite it."""
        if question.document_number and not named:
            return self._citing(question.document_number)
        if not question.article and not question.path:
            return None
        ids = self._meant(question, named)
        found = self.clauses(question, ids)
        if not found:
            if (
                question.article
                and "条" in question.article
                and ids
                and (named or not self._looks_topical(question))
            ):
                return self._library.not_found(question, [], "该文件中没有这一条")
            return None
        if question.wants(Ask.LEAD, Ask.RESPONSIBLE, Ask.UNITS) and found[0].unit_rule is not UnitRule.NONE:
            told = [self._library.unit_line(found[0], question, "")]
            if question.wants(Ask.VERIFY):
                told = judged(question, told, self._library.terms(question), self._library.units, self._library)
            return Draft(Status.ANSWERED, told)
        if len(found) == 1 and question.wants(Ask.MONEY, Ask.FIGURE, Ask.DEADLINE) and found[0].figures:
            chosen = figures_room.best(
                figures_room.choices(question, found[0], self._library.terms(question))
            )
            if chosen and len(found[0].text) > 200:
                return Draft(Status.ANSWERED, figures_room.figure_lines(chosen, question))
        return Draft(Status.ANSWERED, [Line(clause.text, [clause]) for clause in found[:3]])

    def clauses(self, question: Question, ids: Sequence[str]) -> list[Clause]:
        """The clauses that a question names by their own number (第十六条, 二（三）11) in the documents `ids`; those
        of the policy before those of its interpretation."""
        if not question.article and not question.path:
            return []
        found = [
            clause
            for document_id in ids
            for clause in self._library.store.clauses(document_id)
            if (question.path and clause.path == question.path)
            or (question.article and _is_article(clause, question.article))
        ]
        return [c for c in found if c.part is not Part.INTERPRETATION] or found

    def resolved(self, question: Question) -> tuple[list[str], list[Clause]]:
        """The documents that a question names, and the clauses it names by number within what it means."""
        named = self.documents(question)
        return named, self.clauses(question, self._meant(question, named)) if question.article or question.path else []

    def _meant(self, question: Question, named: Sequence[str]) -> list[str]:
        """The documents that a clause number can refer to: those named, of the place named, the only one there is,
        or the one whose title the question's words point to."""
        ids = list(named) or self.of_places(question.places)
        if ids:
            return ids
        every = list(self._library.documents.by_id)
        return every if len(every) == 1 else self._by_title_words(question)

    def _citing(self, number: str) -> Draft | None:
        lines: list[Line] = []
        bare = re.sub(r"\s+", "", normal(number))
        tail = re.search(r"[\u4e00-\u9fa5]{2,6}〔\d{4}〕\d+号$", bare)
        wanted = tail.group() if tail else bare
        for clause in self._library.store.mentioning(number):
            if wanted in re.sub(r"\s+", "", normal(clause.text)):
                said = [p for p in passages(clause, ()) if wanted in re.sub(r"\s+", "", p.text)]
                lines.extend(Line(clause.text[p.start : p.end].strip(), [clause]) for p in said[:2])
        if not lines:
            return None
        return Draft(Status.PARTIAL, lines[:6], clarification="现有文件没有收录这份文件，以下是提到它的条款")

    def _looks_topical(self, question: Question) -> bool:
        return len(self._library.terms(question)) > 4

    def _by_title_words(self, question: Question) -> list[str]:
        """The document whose title the question's words point to (人口与计划生育法第十条)."""
        scored: list[tuple[float, str]] = []
        asked = self._library.terms(question)
        for document_id in self._library.likely(question):
            document = self._library.documents.by_id[document_id]
            scored.append((coverage(asked, normal(document.title)), document.document_id))
        scored.sort(reverse=True)
        if scored and scored[0][0] >= 0.5:
            return [document_id for score, document_id in scored if score >= scored[0][0] - 1e-9]
        return []


def _in_force(clauses: Sequence[Clause]) -> list[Line]:
    """The last sentence that says from when on a document is in force, and how long."""
    said = [
        (clause, passage) for clause in clauses for passage in passages(clause, ())
        if clause.kind is not ClauseKind.NOTICE and _IN_FORCE_SAID.search(passage.text)
    ]  # fmt: skip
    return [Line(clause.text[passage.start : passage.end].strip(), [clause]) for clause, passage in said[-1:]]


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
        return (last == number.group() and clause.path.count("/") > 0) or (
            last == f"({number.group()})" and False
        )
    return False
