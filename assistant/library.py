"""What one snapshot holds, seen by a question: documents, places, which clauses carry enough to answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from assistant import units as units_room
from assistant.answer import Status
from assistant.classes import classes, of_another
from assistant.classes import named as names_class
from assistant.documents import Documents
from assistant.draft import Draft, Line
from assistant.evidence import (
    ANCHOR,
    LEFT_OUT,
    Term,
    context,
    coverage,
    pairs,
    shared_phrase,
    supports,
    terms,
    told_at_length,
)
from assistant.figures import wants_amount
from assistant.question import Ask, Question
from assistant.retrieval import Hit, Retriever
from assistant.verdicts import Report
from assistant.verification import Verifier
from corpus.document import Clause, ClauseKind, Document, FigureKind, Place, UnitRule
from corpus.lexicon import synonyms
from corpus.normalize import normal
from corpus.places import short_name

if TYPE_CHECKING:
    from indexing.lexical import LexicalIndex
    from indexing.store import Store

ENOUGH = 0.44  # share of the question's terms a clause must carry to answer
ENOUGH_ANYWHERE = 0.5  # the same where no place narrows the documents
ITSELF = 0.8  # share of what is asked behind a story that a clause's own words must carry to answer, whatever was told
MAIN = 0.45  # share of a question's terms that makes one of them the thing asked about
STANDS = 0.9  # score of a clause that stands out from the rest,
APART = 0.12  # so far before the next one;
OUTSTANDING = 0.2  # this share of the question's terms is then enough. Measured on development questions: of those refused
# for their words alone, 13 of 33 that the documents answer stand out so, and of 22 that they do not, two, both of amounts
NOTICE = 0.85  # a notice or preamble answers only where nothing numbered does
FEW = 200  # documents; of no more each title is compared
MAX_CONTEXTS = 20_000  # folded clause texts kept in memory
MAX_SOURCES = 256  # folded documents kept in memory
_PURPOSE = re.compile(r"([\u4e00-\u9fa5]{2})(?:补助|补贴|奖补|资助|津贴|奖励)")
_NO_PURPOSE = re.compile(r"[的给个些项种笔那这有能发拿领补是和与对将把由向按为其所此该等及从用让叫]|托位|园|家庭|孩子|机构|政府|国家|多少|哪些|什么")
_OBJECT = re.compile(
    r"(电话|地址|网址|官网|名单|名录|邮箱|微信|公众号|联系人|联系方式|申请表|表格|排行|价目表)"
)
_ASKS_NUMBER = re.compile(r"(?:电话|热线)(?:号码)?(?:是|为)?(?:多少|几号|什么)|(?:打|拨)(?:哪个|什么|多少)(?:电话|号码|热线)")
_NUMBER_TO_RING = re.compile(r"\d{3,4}-\d{7,8}|\d{5,}")
DEFINES = re.compile(r"是指|所称|以下简称|指的是|[:,]指")
ENUMERATES = re.compile(
    r"分为|包括|(?:以下|下列)[^,。]{0,8}(?:类|种|项|方式|情形|条件|材料|程序|步骤|职责|规定|:)"
)
LEFT_OPEN = re.compile(r"[^。;；\n]{0,60}另行(?:制定|制訂|规定|規定|公布|发布|發布|通知)")
_KIND_OF_ROW = re.compile(r"(?:街道办事处|街道|镇|乡|区|县|市)$")
_WHAT_IT_HOLDS = re.compile(r"含|包括|在内|算不算|除了")
SAYS_HOW_MANY = 0.3  # what a clause gains that says how many kinds of a thing there are, where that is asked
_HOW_MANY_KINDS = re.compile(r"(?:哪几|(?<!第)几|多少)(?:大|个)?([种类项条款])")
LEFT_SHARE = 0.3  # of the question's terms that such a sentence must carry
CASES = re.compile(r"(?:下列|以下)(?:情形|情况|条件)|(?:符合|具备|满足)(?:下列|以下)|同时(?:具备|符合|满足)")


class Library:
    """The documents of a snapshot with what is needed to judge a clause against a question."""

    def __init__(self, store: Store, retriever: Retriever, lexical: LexicalIndex, documents: Documents) -> None:
        self.store = store
        self.documents = documents
        self.retriever = retriever
        self._lexical = lexical
        self._contexts: dict[str, str] = {}
        self._sources: dict[str, str] = {}
        self._rules: dict[str, Clause | None] = {}
        self.units = units_room.Units(store.unit_names())
        self.verifier = Verifier(self.units)

    def likely(self, question: Question) -> list[str]:
        """The documents that a question without a name or a place may mean: all of a small corpus, else those of its
        best clauses."""
        if len(self.documents.by_id) <= FEW:
            return list(self.documents.by_id)
        return list(dict.fromkeys(hit.document.document_id for hit in self.retriever.search(question, FEW)))

    def terms(self, question: Question) -> tuple[Term, ...]:
        """The terms of a question, weighed by this corpus."""
        return terms(question, self._lexical.cutter, self._lexical.spread, self._lexical.pair_spread)

    def kind(self, word: str) -> str:
        """The part of speech of a word, as jieba's dictionary tags it."""
        return self._lexical.cutter.kind(word)

    def rarity(self, word: str) -> float:
        """How seldom general Chinese uses a word, 0 to 1."""
        return self._lexical.cutter.rarity(word)

    def held(self, text: str, clauses: Sequence[Clause]) -> Report:
        """What the clauses bear out of a text, atom by atom."""
        return self.verifier.check(text, [(clause, self.store.document(clause.document_id)) for clause in clauses])

    def context(self, clause: Clause) -> str:
        """What a clause is read with, folded once."""
        text = self._contexts.get(clause.clause_id)
        if text is None:
            if len(self._contexts) >= MAX_CONTEXTS:
                self._contexts.clear()
            text = self._contexts[clause.clause_id] = context(clause, self.store.document(clause.document_id))
        return text

    def source(self, document: Document) -> str:
        """The normal text of a whole document, folded once."""
        text = self._sources.get(document.document_id)
        if text is None:
            if len(self._sources) >= MAX_SOURCES:
                self._sources.clear()
            text = self._sources[document.document_id] = normal(self.store.document(document.document_id).source)
        return text

    def place_label(self, document_ids: Sequence[str]) -> str:
        """The name of the one place the documents are of; empty where they are of none or of several."""
        places = {
            d.place.path: d.place for i in document_ids if (d := self.documents.by_id[i]).place is not None
        }
        return next(iter(places.values())).name if len(places) == 1 else ""

    def prefix(self, document_id: str) -> str:
        """`渝北区：` before a statement; empty for a document without a place."""
        label = self.place_label([document_id])
        return f"{label}：" if label else ""

    def ranked(
        self, question: Question, asked: Sequence[Term], hits: Sequence[Hit]
    ) -> list[tuple[float, Hit]]:
        """The hits that carry enough of the question, best first by retrieval and by what they carry."""
        ranked: list[tuple[float, Hit]] = []
        of_amount = wants_amount(question)  # shown by words, never by likeness
        alone = stands_out(hits) and not of_amount
        itself = self._asked_itself(question)
        main = main_term(asked) if of_amount else None
        counted = counted_as(question)
        for hit in hits:
            text = self.context(hit.clause)
            if of_amount and not _WHAT_IT_HOLDS.search(question.normal) and LEFT_OUT.search(text):
                # 运行经费(不含人员工资) is no amount of 工资.
                without, outside = LEFT_OUT.sub(" ", text), " ".join(LEFT_OUT.findall(text))
                if any(t.weight >= ANCHOR and supports(outside, t.word) and not supports(without, t.word) for t in asked):
                    continue
                text = without
            if other_class(question, text):
                continue  # 四孩 is not answered by what 二孩 and 三孩 get
            carried = coverage(asked, text) + min(0.3, 0.06 * shared_phrase(question, hit.clause))
            if names_class(question.normal) and not names_class(text):
                carried -= 0.2  # 四孩 where no clause speaks of 孩 at all
            lacking = lacks_object(question, text)
            if lacking:
                # Nowhere in the document: it is about something else. Elsewhere in it: another clause fits better.
                carried -= 0.1 if lacking in self.source(hit.document) else 0.35
            enough = ENOUGH if question.places else ENOUGH_ANYWHERE
            if main is not None and not supports(text, main.word) and not supports(self.source(hit.document), main.word):
                continue
            if carried < enough and itself and coverage(itself, normal(hit.clause.text)) >= ITSELF:
                carried = enough  # 保教费加生活费一年多少, behind a long story
            if carried < enough and not of_amount and not (lacking and lacking not in self.source(hit.document)):
                own = normal(hit.clause.text)
                at_length = told_at_length(asked, text, own) - coverage(asked, text)
                # 总结一下托育服务政策: words that stand in every clause tell none from the rest.
                telling = any(term.weight >= ANCHOR and supports(own, term.word) for term in asked)
                if carried + at_length >= enough or (alone and telling and hit is hits[0] and carried >= OUTSTANDING):
                    carried = enough
            if carried < enough:
                continue
            if question.wants(Ask.DEFINITION) and DEFINES.search(text):
                carried += 0.4
            if question.wants(Ask.LIST, Ask.COUNT) and ENUMERATES.search(text):
                carried += 0.15
            if counted is not None and counted.search(text):
                carried += SAYS_HOW_MANY
            if question.wants(Ask.CONDITION) and CASES.search(text):
                carried += 0.15
            share = NOTICE if hit.clause.kind in (ClauseKind.NOTICE, ClauseKind.PREAMBLE) else 1.0
            ranked.append((share * hit.score * (0.4 + 0.6 * carried), hit))
        return sorted(ranked, key=lambda pair: -pair[0])

    def _asked_itself(self, question: Question) -> tuple[Term, ...]:
        """The terms of what a question asks, without the story around it; none where it tells no story, or asks with fewer
        than two words that tell much."""
        asking = tuple(part for part in question.parts if part[1])
        if not asking or len(asking) == len(question.parts):
            return ()
        found = self.terms(replace(question, parts=asking))
        return found if sum(term.weight >= ANCHOR for term in found) > 1 else ()

    def with_heads(self, lines: Sequence[Line]) -> list[Line]:
        """Cite the table head too where a cell's year or unit stands only there."""
        result: list[Line] = []
        for line in lines:
            row = line.clauses[0]
            said = re.findall(r"\d{4}", line.text)
            if row.kind is ClauseKind.ROW and any(year not in row.text for year in said):
                head_id = f"{row.clause_id.rsplit('/', 1)[0]}/表头"
                if self.store.holds(head_id):
                    line = replace(line, clauses=[*line.clauses, self.store.clause(head_id)])
            result.append(line)
        return result

    def unit_line(self, clause: Clause, question: Question, heading: str) -> Line:
        """Who leads and who is responsible, with the rule that says so where the document states one."""
        text = units_room.unit_statement(clause, question)
        clauses = [clause]
        if clause.unit_rule is UnitRule.FIRST_LISTED and "第一位" in text:
            if clause.document_id not in self._rules:
                document = self.store.document(clause.document_id)
                self._rules[clause.document_id] = units_room.rule_clause(self.store, document)
            rule = self._rules[clause.document_id]
            if rule is not None and rule.clause_id != clause.clause_id:
                clauses.append(rule)
        return Line(f"{heading}：{text}" if heading else text, clauses)

    def _left_open(self, question: Question, hits: Sequence[Hit]) -> str:
        """What a clause found says of the thing asked for: that another rule will settle it (…另行制定)."""
        asked = self.terms(question)
        for hit in hits:
            for found in LEFT_OPEN.finditer(hit.clause.text):
                if asked and coverage(asked, normal(found.group())) >= LEFT_SHARE:
                    return re.split(r"[,，、]", found.group())[-1].strip()  # the rest may hold other figures
        return ""

    def not_found(
        self,
        question: Question,
        absent: Sequence[Place],
        reason: str = "",
        documents: Sequence[str] | None = None,
    ) -> Draft:
        """Say that the corpus does not hold it, and show the nearest clauses."""
        hits = self.retriever.search(question, 3, documents=documents)
        if absent:
            message = f"现有文件中没有{'、'.join(place.name for place in absent)}的规定，无法回答。"
        else:
            left = "" if reason else self._left_open(question, hits)
            if left:
                reason = f"文件只写明“{left}”，没有写明所问的内容"
            message = f"{reason or '现有文件中没有查到所问的内容'}，无法回答。"
        return Draft(Status.NOT_FOUND, nearest=[hit.clause for hit in hits], message=message)


def main_term(asked: Sequence[Term]) -> Term | None:
    """The one word that tells about half of what is asked (护理员 of 敬老院护理员的工资), None where there is none: an amount is not
    told from a document that never says it."""
    first = max(asked, key=lambda term: term.weight, default=None)
    return first if first is not None and first.weight >= MAIN * sum(term.weight for term in asked) else None


def counted_as(question: Question) -> re.Pattern[str] | None:
    """What a clause says that divides a thing into as many kinds as the question asks about (哪几种: 分下列五种)."""
    asked = _HOW_MANY_KINDS.search(question.normal) if question.wants(Ask.LIST, Ask.COUNT) else None
    if asked is None:
        return None
    return re.compile(rf"(?:分为?|包括|包含|有|以下|下列|如下)[^,。;:]{{0,6}}[两二三四五六七八九十\d]+(?:大|个)?{asked.group(1)}")


def stands_out(hits: Sequence[Hit]) -> bool:
    """Whether the first hit is far better than the second by words, characters and sense together."""
    return len(hits) > 1 and hits[0].score >= STANDS and hits[0].score - hits[1].score >= APART


def may_answer(question: Question, clause: Clause) -> bool:
    """False for a row of figures that is not meant: what names it must (mostly) be in the question.

    A row of words (部门 | 职责与任务) answers for what its words say, but for one that is of a town.
    """
    if clause.kind is not ClauseKind.ROW or not clause.figures:
        return True
    key = normal(clause.heading or "")
    if not _KIND_OF_ROW.search(key) and all(figure.kind is not FigureKind.CELL for figure in clause.figures):
        return True
    held = pairs(key)
    bare = _KIND_OF_ROW.sub("", key)
    if len(bare) > 1 and bare != key not in question.normal:
        # 大洼区荣兴街道 names no row 大洼街道: neither by the place around it nor by what both are called.
        around = [place for place in question.places if place.name != key]
        return bare in _blanked(question.normal, [name for place in around for name in (place.name, short_name(place))])
    return bool(held) and sum(pair in question.normal for pair in held) / len(held) >= 0.5


def lacks_object(question: Question, text: str) -> str:
    """The thing asked for that is missing from `text` (装修 of 装修补助, the 电话 of an office); empty if none is."""
    for purpose in _PURPOSE.finditer(question.normal):
        word = purpose.group(1)
        known = word in synonyms() or word in text
        if (known or not _NO_PURPOSE.search(word)) and supports(text, word) < 0.5:
            return word
    if _ASKS_NUMBER.search(question.normal) and not _NUMBER_TO_RING.search(text):
        return "电话号码"  # a telephone that is only spoken of gives nobody its number
    found = _OBJECT.search(question.normal)
    return found.group(1) if found is not None and found.group(1) not in text else ""


def other_class(question: Question, text: str) -> bool:
    """Whether the question names a class (四孩, 一级) of a kind of which the text only has others."""
    return of_another(classes(question.normal), text)


def _blanked(text: str, names: Iterable[str]) -> str:
    for name in names:
        text = text.replace(name, " ")
    return text


TOTALS = ("合计", "总计")  # the keys of a table's own totals


def row_named(clause: Clause, question: Question, place: Place | None) -> bool:
    """Whether the question names the row's key: 田家街道, or 天河 for 天河区; the document's own place (大洼 in
    大洼区) names no row 大洼街道."""
    key = re.sub(r"\s+", "", normal(clause.heading or ""))
    if len(key) < 2:
        return False
    if key in question.normal:
        return True
    bare = _KIND_OF_ROW.sub("", key)
    text = _blanked(question.normal, (place.name, short_name(place)) if place is not None else ())
    if (
        len(bare) >= 2
        and bare != key
        and re.search(rf"{re.escape(bare)}(?=[的和与、,?!。\s\d]|年|托位|指标|计划|区|县|还|比|跟|$)", text)
    ):
        return True  # 新开一家 does not name 新开镇
    return key in TOTALS and not re.search(r"几[种类项条步]|哪[几些]", question.normal) and bool(
        re.search(r"合计|总计|一共|总共|总数|总的|全市总|全区总|加起来", question.normal)
    )


def title_of(clause: Clause) -> str:
    """A clause in a list: its heading, or its first words."""
    if clause.heading and clause.heading not in (*clause.lead_units, *clause.responsible_units):
        return clause.heading
    text = re.sub(r"\s+", "", clause.text)
    text = re.sub(
        r"^(?:第[一二三四五六七八九十百零\d]+条|[（(][^（()）]{1,3}[)）]|\d+[.、．]|[一二三四五六七八九十]+、)",
        "",
        text,
    )
    if clause.heading and text.startswith(clause.heading):
        text = text[len(clause.heading) :].lstrip("。：:")  # 派出所。配合开展…: its task, and not its name again
    return text if len(text) <= 60 else re.split(r"[。；;]", text)[0][:80]


def bare_heading(text: str) -> str:
    """A heading's words: no label, no full stop, no white space."""
    bare = re.sub(r"\s+", "", normal(text)).strip("*# ")
    return re.sub(
        r"^(?:[一二三四五六七八九十]+、|\([^()]{1,3}\)|\d+[.、]|第[一二三四五六七八九十]+[编章节])", "", bare
    ).rstrip("。:")
