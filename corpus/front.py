"""The front and the end of a text: which unlabelled lines are titles, numbers, dates, addressees or signatures.

Nothing here keeps state: whoever walks the lines says what came before a line and what follows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set

from corpus.headings import MAX_HEADING
from corpus.lines import (
    ADDRESSEES,
    ADOPTION,
    DATE,
    DOCUMENT_NUMBER,
    HAN_DATE,
    ORGAN,
    STAMP,
    TITLE,
    Line,
    is_title,
    label_at,
)

OPENERS = {"part", "chapter", "formal", "han", "article"}  # families that may open a part of the file
_RUNS = re.compile(r"[。;]|,[^,]{0,40}(?:现|已|将|自|经)|(?:已经|现予|现将|同时废止|起施行|如下)")  # running text
_AMOUNT = re.compile(r"\d\s*(?:元|%|万|‰|个月|工作日)")


def plan_title(lines: Iterable[Line], quoted: Set[str]) -> int | None:
    """The index of the title that opens the plan below its 印发通知; None where the text opens with no notice.

    `lines` are those before the first label or table, `quoted` the titles that the first lines quote.
    """
    paragraph_seen = False
    for line in lines:
        if _is_meta(line):
            continue
        if is_title(line) or is_quoted(line, quoted):
            if paragraph_seen:
                return line.index
            continue
        if line.ends_sentence or len(line.text) > MAX_HEADING:
            paragraph_seen = True
    return None


def is_quoted(line: Line, quoted: Set[str]) -> bool:
    """Whether the line is (the beginning or the end of) a title quoted above in 《》."""
    bare = re.sub(r"\s+|\*{2,}", "", line.text)
    return len(bare) >= 6 and not line.ends_sentence and any(bare in title for title in quoted)


def front_mark(line: Line, quoted: Set[str], *, titled: bool, in_annex: bool) -> str:
    """What a line before the first label is: title, number, date, organ, addressees or heading; empty for running
    text.

    `titled` says that the line is known to be (part of) a title, `in_annex` that it stands in an annex below its
    title, where a short line says something to be cited.
    """
    text = line.text
    if titled or is_title(line):
        return "title"
    if ADDRESSEES.match(text):
        return "addressees"
    if ORGAN.match(text):
        return "" if in_annex else "organ"
    if is_quoted(line, quoted):
        return "title"
    if ADOPTION.fullmatch(text) or HAN_DATE.fullmatch(text):
        return "date"
    if line.ends_sentence or _RUNS.search(text):
        return ""
    if DOCUMENT_NUMBER.search(text) and len(text) < 48:
        return "number"
    if (DATE.search(text) or STAMP.search(text)) and len(text) < 60:
        return "date"
    return "heading" if len(text) <= MAX_HEADING and not _states(text, in_annex=in_annex) else ""


def tail_mark(line: Line, following: Line | None, quoted: Set[str], numbered: Mapping[str, int]) -> str:
    """What a line at the end of a part is: organ (the signature), date, the next title; empty for running text.

    `numbered` is the last ordinal of each family in this part: a title counts where one of them starts anew below.
    """
    if line.ends_sentence:
        return ""
    bare = line.text.replace(" ", "")
    if DATE.fullmatch(bare) or HAN_DATE.fullmatch(bare):
        return "date"
    if ORGAN.match(line.text) and (
        following is None or ORGAN.match(following.text) or DATE.match(following.text)
        or HAN_DATE.fullmatch(following.text.replace(" ", ""))
    ):  # fmt: skip
        return "organ"
    if not is_title(line):
        return ""
    if is_quoted(line, quoted):
        return "title"
    label = label_at(following.text) if following is not None and len(line.text) >= 8 else None
    restarts = label is not None and label.ordinal == 1 and label.family in OPENERS and numbered.get(label.family)
    return "title" if restarts else ""


def _is_meta(line: Line) -> bool:
    text = line.text
    return bool(
        ADDRESSEES.match(text) or ORGAN.match(text) or (DATE.search(text) and len(text) < 24)
        or HAN_DATE.fullmatch(text) or ADOPTION.fullmatch(text)
        or (STAMP.search(text) and len(text) < 60)
        or (DOCUMENT_NUMBER.search(text) and len(text) < 48 and not line.ends_sentence and not _RUNS.search(text))
    )  # fmt: skip


def _states(text: str, *, in_annex: bool) -> bool:
    """Whether a short line without a stop says something to be cited: an amount, or a line of an annex that is not
    its title."""
    if _AMOUNT.search(text):
        return True
    return in_annex and not (TITLE.match(text) or re.fullmatch(r"\(.*\)", text))
