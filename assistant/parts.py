"""A question that asks two things is taken apart, each part read with the ones before it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from assistant.conversation import resolve
from assistant.draft import Line
from assistant.question import Ask, Question, asks_something
from corpus.document import Place

MOST = 4
_PIECE = re.compile(r"[^,;?!。\n]+[,;?!。\n]*")
_BOTH = re.compile(
    r"(?P<first>[\u4e00-\u9fffA-Za-z0-9“”\-]{2,24}?)(?:和|与|及|以及|、|加上?)(?P<second>[\u4e00-\u9fff“”]{2,12}?)"
    r"(?P<asking>(?:目标)?(?:各|分别|都|至少|最少|最多|一共|总共|合计|加起来)(?:是|要|为|有|达到|占|得|建|补|至少|最少)*(?:多少|几|多大|谁|哪|什么).*)$"
)


def parts(question: Question, known: Iterable[tuple[str, Place]]) -> list[Question]:
    """The parts of a question, at least two and at most `MOST`, each understood; none where it asks one thing."""
    if question.wants(Ask.VERIFY, Ask.COMPARE) or question.document_number or len(question.normal) > 200:
        return []
    texts = _asked_in_turn(question.normal) or _asked_of_both(question.normal)
    if not 2 <= len(texts) <= MOST:
        return []
    names = list(known)
    return [resolve(text, texts[:number], names) for number, text in enumerate(texts)]


def merged(groups: Sequence[Sequence[Line]]) -> list[Line]:
    """The lines of all parts in order; what another line of the same clause says too is left out."""
    lines = [line for group in groups for line in group]
    kept: list[Line] = []
    for number, line in enumerate(lines):
        told = any(
            line.text in other.text and (line.text != other.text or at < number) and line.clauses[0] == other.clauses[0]
            for at, other in enumerate(lines) if at != number
        )  # fmt: skip
        if not told:
            kept.append(line)
    return kept


def _asked_in_turn(text: str) -> list[str]:
    """The stretches between marks that ask something, each with what leads up to it."""
    found: list[str] = []
    before = ""
    for piece in _PIECE.findall(text):
        before += piece
        if asks_something(piece):
            found.append(before)
            before = ""
    if before and found:
        found[-1] += before
    return found if len(found) > 1 else []


def _asked_of_both(text: str) -> list[str]:
    """健康管理率和科学育儿指导率各要多少: the same asked of the one and of the other."""
    match = _BOTH.search(text)
    if match is None or match.group("first")[-1] != match.group("second")[-1]:
        return []  # 健康管理率 and 科学育儿指导率 are of one kind; 大兴、广州的要求 are not
    lead = text[: match.start()]
    asking = re.sub(r"^(目标)?(?:各|分别|都|一共|总共|合计|加起来)", r"\1", match.group("asking"))
    return [f"{lead}{match.group('first')}{asking}", f"{match.group('second')}{asking}"]
