"""Complete lists and counts, from the store by set and never from the best few."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from assistant.answer import Status
from assistant.draft import Draft, Line
from assistant.evidence import Term, coverage, pairs, passages
from assistant.library import (
    ENOUGH,
    Library,
    bare_heading,
    title_of,
)
from assistant.question import Ask, Question
from corpus.document import Clause, ClauseKind, Part, UnitRule
from corpus.lines import ordinal
from corpus.normalize import normal

SECTION = 5  # characters of the heading of an item that others stand under; a shorter one is said of much


class Lists:
    """Lists of a unit's tasks, of a section's items, of boxes, rows and articles."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def of_unit(self, question: Question, documents: Sequence[str] | None) -> Draft | None:
        """All tasks of a unit that the question names, with the total."""
        named = self._library.units.named(question)
        if not named:
            return None
        role = None
        if question.wants(Ask.LEAD):
            role = "lead"
        elif re.search(r"配合|责任单位|协助|参与", question.normal):
            role = "responsible"
        unit = named[0]
        names = self._library.units.printed(unit.canonical)
        clauses = self._library.store.clauses_of_units(names, role, documents)
        undistinguished = ""
        if not clauses and role == "lead":
            clauses = [
                c
                for c in self._library.store.clauses_of_units(names, "responsible", documents)
                if c.unit_rule is UnitRule.UNDISTINGUISHED
            ]
            role, undistinguished = "responsible", "文件没有区分牵头单位。"
        topic = [
            t
            for t in self._library.terms(question)
            if t.word not in unit.words and t.word not in ("任务", "工作", "事项", "职责", "托育")
        ]
        narrowed = [c for c in clauses if topic and coverage(topic, self._library.context(c)) >= 0.99]
        if (
            topic
            and narrowed
            and len(narrowed) < len(clauses)
            and not re.search(r"哪些任务|哪些工作|几项|多少项", question.normal)
        ):
            clauses = narrowed
        if not clauses:
            return None
        lines: list[Line] = []
        by_document: dict[str, list[Clause]] = {}
        for clause in clauses:
            by_document.setdefault(clause.document_id, []).append(clause)
        verb = {"lead": "牵头", "responsible": "作为责任单位", None: "承担"}[role]
        for document_id, group in by_document.items():
            head = f"{self._library.prefix(document_id)}{undistinguished}{unit.words}{verb}的任务共{len(group)}项"
            lines.append(Line(head, group, (str(len(group)),)))
            for clause in group:
                lines.append(Line(f"{clause.label} {title_of(clause)}", [clause]))
        return Draft(Status.ANSWERED, lines)

    def of_section(
        self, question: Question, asked: Sequence[Term], documents: Sequence[str]
    ) -> list[Line] | None:
        """The numbered units under the heading that the question names (保障措施有哪些), with the total."""
        best: tuple[float, int, str, str, str] | None = None
        text = re.sub(r"[“”\s]", "", question.normal)
        headings = (
            (document_id, heading.path, heading.text)
            for document_id in documents for heading in self._library.store.document(document_id).headings if heading.level
        )  # fmt: skip
        for document_id, path, words in chain(headings, self._item_headings(question, documents)):
            bare = bare_heading(words)
            held = pairs(re.sub(r"[“”\s]", "", bare))
            if not held:
                continue
            # The heading must stand in the question, not only share a word with it.
            share = sum(pair in text for pair in held) / len(held)
            if share >= 0.7 and (best is None or (share, len(bare)) > best[:2]):
                best = (share, len(bare), document_id, path, words)
        if best is None:
            return None
        _, _, document_id, path, words = best
        below = [
            c
            for c in self._library.store.clauses(document_id)
            if c.path.startswith(path + "/") and c.kind is ClauseKind.ITEM
        ]
        if not 2 <= len(below) <= 60:
            return None
        depth = min(c.path.count("/") for c in below)
        children = [c for c in below if c.path.count("/") == depth]
        if (
            question.wants(Ask.FIGURE, Ask.MONEY)
            and coverage([t for t in asked if t.word not in words], normal(words)) < ENOUGH
            and not question.wants(Ask.COUNT)
        ):
            return None
        return [
            Line(f"{bare_heading(words)}共{len(children)}项", children, (str(len(children)),)),
            *(Line(f"{c.label} {title_of(c)}", [c]) for c in children),
        ]

    def _item_headings(self, question: Question, documents: Sequence[str]) -> Iterator[tuple[str, str, str]]:
        """Document, path and heading of the items with words of their own that the clauses nearest to the question stand
        under, or are ((二)打造典型应用场景。力争…)."""
        near = (hit.clause.clause_id for hit in self._library.retriever.search(question, 12, documents=documents))
        store = self._library.store
        for clause_id in dict.fromkeys(one for own in near for one in (own.rpartition("/")[0], own)):
            item = store.clause(clause_id) if store.holds(clause_id) else None
            if item is not None and item.kind is ClauseKind.ITEM and item.heading and len(item.heading) > SECTION:
                yield item.document_id, item.path, item.heading

    def counted(self, question: Question, documents: Sequence[str]) -> list[Line] | None:
        """How many boxes, table rows, annex paragraphs or tasks a document has, each cited."""
        said = self._said(question, documents)
        if said is not None:
            return [said]
        asked = re.search(r"(?<!第)(?:多少|几)(?:个|项|条|章|类|家)?(?:重点|主要|具体|工作)*(专栏|镇街|街道|乡镇|区县|区|县|指标|任务|部门|条|章|附件|措施)"
                          r"|(专栏|指标|任务|部门|措施|镇街|街道|乡镇|镇|区县|区|县)(?:(?:一共|总共|共)?有|(?:合在一起|合起来|加起来|合计|一共|总共|都算上)+,?(?:列|收|涉及|分)?(?:了|有)?)(?:多少|几)(?:个|项)", question.normal)  # fmt: skip
        if asked is None:
            return None
        what = asked.group(1) or asked.group(2)
        if what == "镇":
            what = "镇街"
        for document_id in documents:
            clauses = list(self._library.store.clauses(document_id))
            if what == "专栏":
                chosen = [c for c in clauses if c.kind is ClauseKind.BOX]
            elif what in ("镇街", "街道", "乡镇", "区县", "区", "县", "指标"):
                chosen = [
                    c
                    for c in clauses
                    if c.kind is ClauseKind.ROW and normal(c.heading or "") not in ("合计", "总计", "小计")
                ]
                if (
                    what == "指标"
                    and not re.search(r"指标", "".join(c.header for row in chosen for c in row.cells))
                ) or (what != "指标" and not re.search(r"表|台账|附件|涉及|分解|多少|几", question.normal)):
                    chosen = []
            elif what == "部门":
                chosen = [
                    c
                    for c in clauses
                    if c.part is Part.ANNEX and c.kind is ClauseKind.PARAGRAPH and c.responsible_units
                ]
            elif what in ("任务", "措施"):
                chosen = [
                    c
                    for c in clauses
                    if c.part is Part.BODY
                    and c.kind is ClauseKind.ITEM
                    and re.fullmatch(r"\d+", c.path.split("/")[-1])
                ]
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
                    Line(
                        f"共{len(chosen)}{'条' if what == '条' else '个' if what in ('专栏', '镇街', '街道', '乡镇', '区县', '区', '县', '部门') else '项'}{names if what != '条' else ''}",
                        chosen,
                        (str(len(chosen)),),
                    ),
                    *(
                        Line(
                            f"{c.label} {title_of(c)}"
                            if c.kind is not ClauseKind.ROW
                            else (c.heading or c.label),
                            [c],
                        )
                        for c in chosen[:40]
                    ),
                ]
        return None

    def _said(self, question: Question, documents: Sequence[str]) -> Line | None:
        """The sentence that itself says how many of the things there are that are asked for, all in one breath (4项重点目标和
        14项具体任务)."""
        wanted = [(unit, noun) for unit, noun in _HOW_MANY_OF.findall(question.normal) if len(noun) > 2]
        if not wanted:
            return None
        hits = self._library.retriever.search(question, 12, documents=documents)
        for hit in hits:
            for passage in passages(hit.clause, ()):
                if all(re.search(rf"[\d一二两三四五六七八九十百]+{unit}[“\"]?{re.escape(noun)}", passage.text) for unit, noun in wanted):
                    return Line(hit.clause.text[passage.start : passage.end].strip(), [hit.clause])
        return None


def counted_off(question: Question, lines: Sequence[Line]) -> list[Line]:
    """How many items a line counts off ((一)…(五)…) where the question asks how many; no line where it counts none, or
    says the number itself."""
    if not question.wants(Ask.COUNT):
        return []
    text = normal("\n".join(line.text for line in lines))
    if re.search(r"共\d+[项条类个种]", text):
        return []
    found = [ordinal(one or other) for one, other in _ITEM.findall(text)]
    found = found[found.index(1) :] if 1 in found else []  # the clause's own number may stand before them
    if len(found) < 2 or found != list(range(1, len(found) + 1)):
        return []
    clauses = list(dict.fromkeys(clause for line in lines for clause in line.clauses))
    kind = re.search(r"[几多少](?:个)?([项条类种])", question.normal)
    return [Line(f"共{len(found)}{kind.group(1) if kind else '项'}", clauses, (str(len(found)),))]


def units_counted(question: Question, lines: Sequence[Line]) -> list[Line]:
    """How many units the one line that lists units has, in the role asked for, where the question asks how many."""
    listing = [line for line in lines if _ROLE.search(line.text) and line.clauses[0].unit_rule is not UnitRule.NONE]
    if len(listing) != 1 or not _HOW_MANY_UNITS.search(question.normal):
        return []
    clause = listing[0].clauses[0]
    leads, rest = clause.lead_units, clause.responsible_units
    only_lead = question.wants(Ask.LEAD) and not question.wants(Ask.RESPONSIBLE)
    only_rest = question.wants(Ask.RESPONSIBLE) and not question.wants(Ask.LEAD)
    number = len(leads if only_lead else rest if only_rest else {*leads, *rest})
    return [Line(f"共{number}个", [clause], (str(number),))] if number else []


_HOW_MANY_OF = re.compile(r"(?<![第哪十])(?:几|多少)([个项条类种大])([\u4e00-\u9fa5]{2,6}?)(?=[、,;?!。和与及]|$|呢|吗|要|应|由|分别)")
_ROLE = re.compile(r"(?:单位|部门|机关|主体)：")
_HOW_MANY_UNITS = re.compile(r"(?<![哪十])(?:几|多少)(?:个|家)(?=单位|部门|[,;。?!、]|$|负责|牵头|配合|都)|(?:单位|部门)(?:一?共|总共)?有?(?<!哪)(?:几|多少)(?:个|家)")
_ITEM = re.compile(r"(?:^|[\n;。:])\s*\(?(?:([一二三四五六七八九十]{1,3})|(\d{1,2}))[)、.](?!\d)")
