"""What a heading is: run in before its text, alone on its line, or the title that a notice quotes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from corpus.lines import Label, Line, deeper, label_at

MAX_HEADING = 50  # characters; what is longer is running text
_DUTY_BRACKET = re.compile(r"\s*\([^()]*(?:牵头|负责|责任单位|配合|责任部门)[^()]*\)$")


def quoted_titles(lines: Sequence[Line]) -> frozenset[str]:
    """The titles that the first lines quote: `印发《X》的通知`, or `关于印发X的通知` without marks."""
    titles: set[str] = set()
    for line in lines[:12]:
        bare = re.sub(r"\s+", "", line.text)
        for printed, approved in re.findall(r"印发《([^》]{6,80})》|《([^》]{6,80})》(?:已|业)经", bare):
            titles.add(printed or approved)
        found = re.search(r"(?:关于)?印发([^《》]{6,80}?)的通知", bare)
        if found:
            titles.add(found.group(1))
    return frozenset(titles)


def heading_of(line: Line, label: Label, following: Line | None) -> tuple[int, int] | None:
    """The place of the heading's words behind a label, in the normal text; None for running text.

    `1.合理利用现有学前教育资源。将幼儿园…` runs in; `一、工作目标` stands alone.
    """
    asked = re.match(r"问\s*[::]\s*", line.text[label.rest :])
    skip = label.rest + (asked.end() if asked else 0)
    rest = line.text[skip:]
    start = line.start + skip
    if not rest:
        return None
    if label.family == "article":
        titled = re.match(r"[【\[(]([^】\])]{2,30})[】\])]", rest)
        return (start + titled.start(1), start + titled.end(1)) if titled else None
    if len(rest) <= MAX_HEADING and "。" not in rest[:-1] and (not line.ends_sentence or rest.endswith("?")):
        listed = _DUTY_BRACKET.search(rest)  # 强化科技创新(区科技局牵头)
        return start, start + listed.start() if listed and listed.start() else line.end
    stop = re.search(r"[。:]", rest)
    if stop is None or stop.start() > MAX_HEADING:
        return None
    words = rest[: stop.start()]
    if stop.end() == len(rest):
        # `（一）大力推进普惠性托育服务供给。` alone on its line heads what follows if that is numbered.
        label_next = label_at(following.text) if following is not None else None
        heads = label_next is not None and deeper(label_next.family, label.family)
        # `（一）指导思想。` alone above a paragraph is its heading as well.
        above = label_next is None and following is not None and len(following.text) > 30 and len(rest) <= 20
        if not (heads or above) or ("," in rest and (above or len(rest) > 24)):
            return None
    elif ("," in words and len(words) > 24) or words.count("“") != words.count("”"):
        return None
    return start, start + stop.start()
