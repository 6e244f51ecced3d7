"""Who does what: units named in a question, statements about a clause's units, complete lists from the store."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from assistant.question import Ask, Question
from corpus.document import Clause, Document, UnitRule
from corpus.lexicon import synonym_groups
from corpus.normalize import normal
from corpus.places import register

if TYPE_CHECKING:
    from indexing.store import Store

_RANK = re.compile(r"^(?:国家|[省市区县州旗]|本[省市区县])(?=[\u4e00-\u9fa5]{2})")
_ORGAN_GROUP = re.compile(r"(?:局|委|办|部门|会|院|厅|中心|部|妇联|工会|组织|队|团委|共青团)$")
_LIST_CUE = re.compile(
    r"(?:哪些|哪几(?:项|个|条|件)|多少(?:项|个|条|件)|几(?:项|个|条|件)|所有|全部|什么|啥)[^,。?]{0,6}(?:任务|工作|事项|事情|措施|事|活|条款|内容|项目|职责)|"
    r"(?:牵头|负责|参与|承担|配合|管)(?:的|了)?(?:有|是)?(?:哪些|什么(?!时候|样)|啥(?!时候)|哪几|几项|几条|多少)|(?:任务|工作|事项|事情|事儿?|活儿?|职责)(?:一共|总共|都|共)*(?:有|是|包括)?(?:哪些|哪几|什么(?!时候|样)|啥(?!时候)|几|多少)|干(?:什么|啥|哪些)|做(?:什么|啥|哪些)"
)


_ROLE = re.compile(r"(?:配合|协办|协同|参与|参加|协助|支持)(?:单位|部门)")


@dataclass(frozen=True, slots=True)
class Named:
    """A unit that a question names: the words as they stand there, and its canonical name."""

    words: str
    canonical: str


@cache
def _groups() -> dict[str, str]:
    """Every name of an organ to the first name of its group (卫健局 → 卫生健康委)."""
    found: dict[str, str] = {}
    for group in synonym_groups():
        if _ORGAN_GROUP.search(group[0]):
            for name in group:
                if len(name) > 1:
                    found.setdefault(name, group[0])
    return found


@cache
def _place_names() -> frozenset[str]:
    return frozenset(place.name for place in register())


@cache
def canonical(name: str) -> str:
    """The name without rank and place, abbreviations led back: 渝北区教育局 → 教委, 市卫健委 → 卫生健康委."""
    bare = normal(re.sub(r"\s+", "", name))
    for length in range(min(8, len(bare) - 2), 1, -1):
        if bare[:length] in _place_names():
            bare = bare[length:]
            break
    bare = _RANK.sub("", bare)
    return _groups().get(bare, bare)


class Units:
    """The units of a corpus by the names that its clauses print."""

    def __init__(self, names: Iterable[str]) -> None:
        self._printed: dict[str, list[str]] = {}
        spoken: dict[str, str] = {}
        for name in names:
            self._printed.setdefault(canonical(name), []).append(name)
            form = normal(name)
            for variant in (form, _RANK.sub("", form)):
                if len(variant) >= 2:
                    spoken[variant] = canonical(name)
        for variant, group in _groups().items():
            if group in self._printed and (_ORGAN_GROUP.search(variant) or len(variant) > 2):
                spoken.setdefault(variant, group)
        self._spoken = spoken
        self._longest = max(map(len, spoken), default=0)
        self._starts = frozenset(name[:2] for name in spoken)

    def printed(self, unit: str) -> list[str]:
        """The names under which clauses print the unit of that canonical name."""
        return self._printed.get(unit, [])

    def named(self, question: Question) -> list[Named]:
        """The units that a question names, longest first, none inside another."""
        text = question.normal
        return list(dict.fromkeys(Named(text[start:end], name) for start, end, name in self.mentions(text)))

    def mentions(self, text: str) -> list[tuple[int, int, str]]:
        """Where a normal text names units, as `(start, end, canonical name)`: longest first, none inside another."""
        held = {
            text[start:end]
            for start in range(len(text))
            if text[start : start + 2] in self._starts
            for end in range(start + 2, min(len(text), start + self._longest) + 1)
        }
        found: list[tuple[int, int, str]] = []
        taken = [False] * len(text)
        for variant in sorted(held & self._spoken.keys(), key=lambda v: (-len(v), v)):
            at = text.find(variant)
            while at >= 0:
                end = at + len(variant)
                if not any(taken[at:end]):
                    taken[at:end] = [True] * len(variant)
                    found.append((at, end, self._spoken[variant]))
                at = text.find(variant, end)
        return found


def asks_for_list(question: Question) -> bool:
    """Whether the question wants all tasks of a unit, not the unit of a task."""
    return bool(_LIST_CUE.search(question.normal))


def _role(clause: Clause) -> str:
    """What the document calls those that do not lead: 责任单位, or 配合单位, 参与部门 where it says so."""
    words = normal(clause.slice(clause.units_span)) if clause.units_span is not None else ""
    called = _ROLE.search(words)
    return "责任单位" if called is None or "责任" in words else called.group()


def unit_statement(clause: Clause, question: Question) -> str:
    """Who leads and who is responsible, in the document's words and order, for what was asked."""
    role = _role(clause)
    leads, others = "、".join(clause.lead_units), "、".join(clause.responsible_units)
    only_lead = question.wants(Ask.LEAD) and not question.wants(Ask.RESPONSIBLE)
    only_rest = question.wants(Ask.RESPONSIBLE) and not question.wants(Ask.LEAD)
    if clause.unit_rule is UnitRule.STATED:
        if only_lead and leads:
            return f"牵头单位：{leads}"
        if only_rest and others:
            return f"{role}：{others}"
        return "；".join(
            filter(None, (f"牵头单位：{leads}" if leads else "", f"{role}：{others}" if others else ""))
        )
    if clause.unit_rule is UnitRule.FIRST_LISTED:
        lead = f"牵头单位：{leads}（按文件规定，责任单位中列第一位的为牵头单位）"
        if only_lead:
            return lead
        return f"{role}：{others}" if only_rest else f"{lead}；{role}：{others}"
    if question.wants(Ask.LEAD):
        return f"文件没有区分牵头单位，只列出{role}：{others}"
    return f"{role}：{others}"


def rule_clause(store: Store, document: Document) -> Clause | None:
    """The clause that states 列第一位的为牵头单位, as evidence for a lead it gives."""
    from corpus.duties import first_listed_leads

    for clause in store.clauses(document.document_id):
        if first_listed_leads(normal(clause.text)):
            return clause
    return None
