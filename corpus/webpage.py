"""Web pages: the lines a browser would show of the policy, the tables among them, the site around it left out.

What is left out is decided by the lines themselves, never by the names of classes: outside the block that holds
most of the policy text, a part goes only if no line in it reads like policy (a sentence, a numbered clause, a
title, a document number, an organ, a date). What stays by mistake is marked by `corpus.furniture`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from corpus.errors import SourceError
from corpus.furniture import SITE
from corpus.lines import ADDRESSEES, DATE, DOCUMENT_NUMBER, ORGAN, TITLE, label_at
from corpus.normalize import normal
from corpus.reading import Cell, Extract, decode, is_layout, joined, table_lines

_SKIPPED = frozenset(
    "script style noscript template iframe object embed svg canvas audio video map head select datalist "
    "button input textarea nav math".split()
)
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption "
    "figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu ol p pre section summary "
    "table tbody td tfoot th thead tr ul".split()
)
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([a-zA-Z0-9_:.-]{2,20})""", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"""^\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([a-zA-Z0-9_:.-]{2,20})""")
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f“”‘’"
# A line break in the markup between two Chinese characters is no blank (CSS Text 3, segment breaks).
_SEGMENT_BREAK = re.compile(rf"(?<=[{_WIDE}])[ \t\f]*[\n\r][ \t\n\r\f]*(?=[{_WIDE}])")
_COMPONENT = re.compile(r"\A\s*<template\b[^>]*>(.*)</template>", re.DOTALL)  # the source of a page's part (.vue): its template is the page
_WHITE = re.compile(r"[ \t\n\r\f]+")
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_METADATA = re.compile(
    r"^(?:索引号|索取号|发文机关|发布机构|文件编号|发文字号|文号|成文日期|发布日期|有效性|时效性|统一编号)"
)
_TEASER = re.compile(r"^[·•]|(?:\.\.\.|…)$")  # an entry of a list of links, a text cut short
_MOST = 0.85  # of the policy text: the block that holds it is the document
_DENSE = 0.3  # of a part outside it: the part stays whole
_MAX_SPAN = 1000  # as in the HTML standard
_MAX_NESTING = 400
_PIECE = 16  # characters of a hidden line looked for at a time in the text that shows


@dataclass(slots=True)
class _Line:
    text: str
    linked: int  # how many of its characters are links
    weight: int = 0  # how much policy text it is


@dataclass(slots=True)
class _Part:
    """An element that holds whole lines: `lines[first:last]`."""

    first: int
    last: int = 0
    hidden: bool = False
    parts: list[_Part] = field(default_factory=list)


def read_webpage(data: bytes, name: str) -> Extract:
    """The policy text of a web page or a fragment of one.

    Raises SourceError where the bytes are no text, or no text is in them.
    """
    text = decode(data, name, _declared(data))
    component = _COMPONENT.match(text)
    try:
        if component is not None:
            text = component.group(1)
        tree = LexborHTMLParser(text)
        root = tree.body or tree.root
    except Exception as error:  # selectolax raises its own and builtin classes on what it cannot parse
        raise SourceError(f"{name!r} is no web page ({type(error).__name__}); save it again") from error
    if root is None:
        raise SourceError(f"{name!r} holds no text; check what was saved")
    flow = _Flow(root, _holders(root))
    for line in flow.lines:
        line.weight = line.weight or _weight(line)
    doubled = _doubled(flow)
    for at in doubled:
        flow.lines[at].weight = 0
    lines = [flow.lines[at].text for at in _kept(flow) if at not in doubled]
    return Extract(joined([*_title(tree, lines), *lines], name))


def _declared(data: bytes) -> str | None:
    """The encoding the page says it has, GB2312 and GBK widened to GB18030."""
    found = _CHARSET.search(data[:8192]) or _XML_ENCODING.search(data[:200])
    if found is None:
        return None
    encoding = found.group(1).decode("ascii").lower()
    if encoding in ("gb2312", "gbk", "gb_2312-80", "x-gbk"):
        return "gb18030"
    return encoding if encoding.replace("-", "") not in ("utf8", "utf16", "unicode") else None


def _holders(root: LexborNode) -> frozenset[int]:
    """The tables that hold another table: these arrange a page."""
    holders: set[int] = set()
    for table in root.css("table"):
        node = table.parent
        while node is not None and node.mem_id not in holders:
            if node.tag == "table":
                holders.add(node.mem_id)
            node = node.parent
    return frozenset(holders)


class _Flow:
    """The lines of an element in the order of the page, and the tree of its parts."""

    def __init__(self, root: LexborNode, holders: frozenset[int]) -> None:
        self.lines: list[_Line] = []
        self.root = _Part(0)
        self._holders = holders
        self._open: list[_Part] = [self.root]
        self._pieces: list[tuple[str, bool]] = []
        self._links = 0
        self._pre = 0
        self._counters: dict[int, int] = {}
        self._label = ""
        self._walk(root)
        self._flush()
        self.root.last = len(self.lines)

    def _walk(self, root: LexborNode) -> None:
        # Not by recursion: a broken page nests deeper than Python's stack.
        node = root.first_child
        while node is not None:
            child = node.first_child if self._enter(node) else None
            if child is not None:
                node = child
                continue
            self._leave(node)
            while node.next is None:
                parent = node.parent
                if parent is None or parent.mem_id == root.mem_id:
                    return
                node = parent
                self._leave(node)
            node = node.next

    def _enter(self, node: LexborNode) -> bool:
        """Take in a node; whether its children are to be walked."""
        tag = node.tag or ""
        if node.is_text_node:
            words = node.text_content or ""
            self._pieces.append((words if self._pre else words.replace("\r\n", "\n"), self._links > 0))
            return False
        if tag == "br":
            self._flush()
        if not node.is_element_node or tag in _SKIPPED:
            return False
        if tag in _BLOCKS:
            self._flush()
            part = _Part(len(self.lines), hidden=_is_hidden(node))
            self._open[-1].parts.append(part)
            if len(self._open) < _MAX_NESTING:
                self._open.append(part)
            else:
                self._open.append(self._open[-1])
        self._links += tag == "a"
        self._pre += tag in ("pre", "textarea")
        if tag == "li":
            self._label = self._number(node)
        return not (tag == "table" and node.mem_id not in self._holders and self._table(node))

    def _leave(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if not node.is_element_node or tag in _SKIPPED:
            return
        if tag in _BLOCKS:
            self._flush()
            part = self._open.pop()
            part.last = len(self.lines)
        self._links -= tag == "a"
        self._pre -= tag in ("pre", "textarea")

    def _flush(self) -> None:
        """End the line."""
        if not self._pieces:
            return
        whole = "".join(words for words, _ in self._pieces)
        texts = whole.split("\n") if self._pre else [_WHITE.sub(" ", _SEGMENT_BREAK.sub("", whole))]
        linked = sum(len(words.strip()) for words, link in self._pieces if link)
        self._pieces.clear()
        for text in texts:
            if text := text.strip():
                if self._label and label_at(normal(text)) is None:
                    text = self._label + text
                self._label = ""
                self.lines.append(_Line(text, linked))

    def _number(self, item: LexborNode) -> str:
        """The number a browser prints before an item of an ordered list."""
        parent = item.parent
        if parent is None or parent.tag != "ol":
            return ""
        attributes = parent.attributes
        if "none" in (attributes.get("style") or "") or (attributes.get("type") or "1") != "1":
            return ""
        start = _number(attributes.get("start"), 1, -9999, 9999)
        count = self._counters.get(parent.mem_id, start - 1) + 1
        self._counters[parent.mem_id] = _number(item.attributes.get("value"), count, -9999, 9999)
        return f"{self._counters[parent.mem_id]}. "

    def _table(self, table: LexborNode) -> bool:
        """Take in a table whole, where it is one; False leaves its cells to be walked like a page's."""
        grid, heads = _grid(table)
        if not grid or is_layout(grid):
            return False
        links = sum(len(a.text(strip=True)) for a in table.css("a"))
        lines = table_lines(grid, heads)
        size = sum(map(len, lines))
        weight = 0 if links * 2 > size else 1
        self.lines.extend(_Line(line, 0, weight * max(len(line), 1)) for line in lines)
        return True


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    return "hidden" in attributes or bool(_HIDDEN.search(attributes.get("style") or ""))


def _number(text: str | None, default: int, least: int, most: int) -> int:
    found = re.match(r"\s*-?\d{1,6}", text or "")
    return min(max(int(found.group()), least), most) if found else default


def _grid(table: LexborNode) -> tuple[list[list[Cell]], int]:
    """The cells of a table that holds no other table, a merged cell at each of its places, and the number of
    rows that the page itself calls header."""
    rows = table.css("tr")
    grid: list[list[Cell]] = []
    carried: dict[int, tuple[Cell, int]] = {}  # column: the cell from above, rows it still covers
    empty = Cell(())
    heads = 0
    for at, row in enumerate(rows):
        line: dict[int, Cell] = {}
        below: dict[int, tuple[Cell, int]] = {}
        for column, (cell, left) in carried.items():
            line[column] = cell
            if left > 1:
                below[column] = (cell, left - 1)
        column = 0
        tags: list[str] = []
        node = row.first_child
        while node is not None:
            if node.tag in ("td", "th"):
                while column in line:
                    column += 1
                flow = _Flow(node, frozenset())
                cell = Cell(tuple(item.text for item in flow.lines))
                wide = _number(node.attributes.get("colspan"), 1, 1, _MAX_SPAN)
                tall = _number(node.attributes.get("rowspan"), 1, 0, 65534) or len(rows)
                for place in range(column, column + wide):
                    line[place] = cell
                    if tall > 1:
                        below[place] = (cell, tall - 1)
                column += wide
                if column > _MAX_SPAN:
                    return [], 0  # no page prints this; its cells become lines
                tags.append(node.tag)
            node = node.next
        carried = below
        grid.append([line.get(place, empty) for place in range(max(line, default=-1) + 1)])
        parent = row.parent
        named = (parent is not None and parent.tag == "thead") or (tags and set(tags) == {"th"})
        if named and heads == at:
            heads = at + 1
    caption = table.css_first("caption")
    if caption is not None and grid and (words := caption.text(strip=True)):
        grid.insert(0, [Cell((words,))] * max(map(len, grid)))
        heads += bool(heads)
    return grid, heads


def _weight(line: _Line) -> int:
    """How many characters of policy text a line holds: all, or none."""
    text = normal(line.text)
    if line.linked * 2 > len(line.text) or SITE.match(text) or _TEASER.search(text):
        return 0
    marked = (
        (text[-1] in "。;!?" and len(text) >= 12)
        or (label_at(text) is not None and len(text) >= 6)
        or (len(text) >= 6 and (TITLE.match(text) or ORGAN.match(text) or ADDRESSEES.match(text)))
        or DOCUMENT_NUMBER.search(text)
        or DATE.search(text)
        or _METADATA.match(text.replace(" ", ""))
        or len(text) >= 60
    )
    return len(text) if marked else 0


def _kept(flow: _Flow) -> list[int]:
    """The lines to keep, in order."""
    lines = flow.lines
    sums = [0]
    for line in lines:
        sums.append(sums[-1] + line.weight)

    def weight(part: _Part) -> int:
        return sums[part.last] - sums[part.first]

    whole = weight(flow.root)
    if not whole:
        return list(range(len(lines)))
    main = flow.root
    path = [main]
    while main.parts:
        best = max(main.parts, key=weight)
        if weight(best) < _MOST * whole:
            break
        main = best
        path.append(main)
    kept = set(range(main.first, main.last))
    shown = {_bare(lines[at].text) for at in kept}
    stack = [flow.root]
    while stack:
        part = stack.pop()
        if part is main:
            continue
        fresh = [at for at in range(part.first, part.last)
                 if lines[at].weight and _bare(lines[at].text) not in shown]  # fmt: skip
        if not fresh:
            continue
        on_path = any(part is step for step in path)
        policy = sum(lines[at].weight for at in fresh)
        size = sum(len(lines[at].text) for at in range(part.first, part.last))
        if not on_path and policy >= _DENSE * size:
            kept.update(
                at for at in range(part.first, part.last) if lines[at].linked * 2 <= len(lines[at].text)
            )
            continue
        inside = {at for child in part.parts for at in range(child.first, child.last)}
        kept.update(at for at in fresh if at not in inside)
        stack.extend(part.parts)
    return sorted(kept)


def _doubled(flow: _Flow) -> frozenset[int]:
    """The lines that the page hides and whose words it shows elsewhere: titles that stay in place while the
    page scrolls, the whole text once more for reading aloud."""
    hidden: set[int] = set()
    stack = [flow.root]
    while stack:
        part = stack.pop()
        if part.hidden:
            hidden.update(range(part.first, part.last))
        else:
            stack.extend(part.parts)
    shown = _bare("\n".join(line.text for at, line in enumerate(flow.lines) if at not in hidden))

    def repeats(text: str) -> bool:
        pieces = [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)]
        return sum(piece in shown for piece in pieces) >= 0.8 * len(pieces)

    return frozenset(at for at in hidden if repeats(_bare(flow.lines[at].text)))


def _bare(text: str) -> str:
    return re.sub(r"[\s|]+", "", text)


def _title(tree: LexborHTMLParser, lines: Sequence[str]) -> list[str]:
    """The title that the page keeps in its head only, where it reads like one of an official document."""
    text = _bare("".join(lines))
    candidates: list[str] = []
    meta = tree.css_first('meta[name="ArticleTitle"]')
    if meta is not None:
        candidates.append(meta.attributes.get("content") or "")
    head = tree.css_first("head title")
    if head is not None:
        # 标题 - 栏目 - 某某市人民政府门户网站
        candidates.extend([head.text(), re.split(r"\s*[-_|—–]+\s*", head.text().strip())[0]])
    for candidate in candidates:
        title = _WHITE.sub(" ", candidate).strip()
        if TITLE.match(normal(title)):
            return [] if _bare(title) in text else [title]
    return []
