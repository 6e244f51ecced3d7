"""From lines to the outline: which numbered unit begins where, in which part of the file, under what.

The numbering is a stack learned from the document: a family that is on the stack goes back to its level,
another opens a level below. A label counts only where its ordinal can follow, so that a number that happens
to open a line of running text is left alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import takewhile

from corpus.document import ClauseKind, Part
from corpus.front import OPENERS, front_mark, plan_title, tail_mark
from corpus.headings import MAX_HEADING, heading_of, quoted_titles
from corpus.lines import Label, Line, expected_label, is_title, label_at, path_label, title_end
from corpus.outline import DIVISIONS, Mark, Node, Outline
from corpus.tables import Table

ANNEX = re.compile(r"^附(?:件|录|表)\s*([\d一二三四五六七八九十]{0,3})\s*(?:[::]\s*)?(.*)$")
ANNEX_LIST = re.compile(r"^附(?:件|录)\s*\d{0,2}\s*:\s*\S")
BOX = re.compile(r"^专栏\s*([\d一二三四五六七八九十]{1,3})\s*[::]?\s*(.*?)\s*\|?$")
QUESTION = re.compile(r"(?:问|记者|网友)\s*[::]\s*(?=\S)")
NOTE = re.compile(r"^(?:注|备注|说明|附注|填表说明)\s*[:：]")
INTERPRETATION = re.compile(r"政策(?:文件)?解读$|解读(?:材料|说明)?$|政策问答$|问答解读$|一图读懂")
_QUESTION_HEADING = re.compile(
    r"(?:什么|哪些|如何|怎么|怎样|为何|为什么|吗|多少|何时)[^。]{0,12}?[??]?$|[??]$"
)
_STRONG = {"part", "subpart", "chapter", "section", "article", "formal", "han"}
# How far a number may jump where a page leaves some out. 第X条 cannot be taken for anything else.
_GAPS = {"formal": 3, "han": 3, "han_paren": 10, "digit": 5, "digit_half": 3, "digit_paren": 5, "circled": 3, "han_is": 1}
_ANY_GAP = 1000
# 附则 without a number: what a notice says last of itself.
_CLOSING = re.compile(
    r"(?:本|该|以上|上述)(?:通知|意见|办法|方案|规定|细则|实施细则|措施|政策|条例|决定|标准|规范|计划)(?:\([^()]{1,8}\))?"
    r"[^。]{0,24}?(?:(?:自|从)[^。]{2,30}(?:施行|实施|执行|生效)|有效期|由[^。]{2,40}负责解释)"
)
_BOXED = {"digit", "digit_half", "digit_paren", "han_paren", "circled"}


def outline(lines: Sequence[Line], tables: Sequence[Table], skip: frozenset[int]) -> Outline:
    """The outline of a document whose furniture lines are `skip`."""
    return _Builder(lines, tables, skip).build()


class _Builder:
    """Walks the lines once; the state is the part of the file and the stack of open nodes."""

    def __init__(self, lines: Sequence[Line], tables: Sequence[Table], skip: frozenset[int]) -> None:
        self.lines = [line for line in lines if line.text and line.index not in skip]
        self.tables = {table.first: table for table in tables}
        self.inside = {i for table in tables for i in range(table.first, table.last + 1)}
        self.nodes: list[Node] = []
        self.marks: list[Mark] = []
        self.stack: list[Node] = []
        self.last: dict[str, int] = {}
        self.part = Part.BODY
        self.prefix = ""
        self.labelled = False  # a label was seen in this part
        self.paragraphs = 0
        self.paths: dict[str, int] = {}
        self.note_last = 0
        self.questions = 0
        self.title_until = -1  # the line that ends a title of several lines
        self.table_count = 0
        self.quoted_titles = quoted_titles(self.lines)
        self.skip = skip
        last = [n for n, line in enumerate(self.lines) if label_at(line.text) is not None]
        self.last_label = last[-1] if last else -1
        self.next_label = -1  # a label that was found ahead
        self.no_label = -1  # up to this line none was, nor will be while no label is taken and no part begins
        self.firsts: Counter[Part] = Counter()  # units that open the numbering of a part, of the nodes counted
        self.counted = 0
        self.seen = -1  # index of the line taken last
        self.plan_title = plan_title(takewhile(self._unlabelled, self.lines), self.quoted_titles)

    def build(self) -> Outline:
        at = 0
        if self.plan_title is not None:
            self.part, self.prefix = Part.NOTICE, "通知"
        while at < len(self.lines):
            if any(index in self.skip for index in range(self.seen + 1, self.lines[at].index)):
                self._close_all()  # a unit's words are one slice: furniture in between ends it
            at = self._step(at)
            self.seen = self.lines[at - 1].index
        return Outline(tuple(self.nodes), tuple(self.marks))

    # ---- one line ---------------------------------------------------------------------------------------

    def _step(self, at: int) -> int:
        line = self.lines[at]
        table = self.tables.get(line.index)
        if table is not None:
            self._table(table)
            while at < len(self.lines) and self.lines[at].index <= table.last:
                at += 1
            return at
        if self.plan_title == line.index:
            self._enter(Part.BODY, "")
        if ANNEX_LIST.match(line.text) and (self.labelled or self.part is Part.NOTICE):
            listed = self._annex_list(at)
            if listed > at:
                return listed
        annex = ANNEX.match(line.text)
        if annex and not line.ends_sentence and len(line.text) <= MAX_HEADING + 10:
            number = annex.group(1)
            self._enter(Part.ANNEX, f"附件{number}")
            self._mark("heading", line)
            return at + 1
        box = BOX.match(line.text)
        if box and len(line.text) <= MAX_HEADING:
            self._box(line, box)
            return at + 1
        if self._note(line):
            return at + 1
        label = self._accepts(line)
        if label is None and QUESTION.match(line.text):
            self._question(line)
        elif label is not None:
            self._labelled(line, label, at)
        else:
            self._plain(line, at)
        return at + 1

    def _enter(self, part: Part, prefix: str) -> None:
        """Begin another part of the file: the numbering starts anew."""
        self.part, self.prefix = part, prefix
        self.stack, self.last = [], {}
        self.labelled, self.no_label = False, -1
        self.paragraphs = self.table_count = 0

    def _annex_list(self, at: int) -> int:
        """Pass over `附件:1.甲 2.乙` under a plan; returns the next line, or `at` where this is an annex."""
        head = ANNEX.match(self.lines[at].text)
        words = head.group(2) if head else ""
        name = re.sub(r"^\d+[.、]", "", words).strip()
        rest = [re.sub(r"\s+", "", line.text) for line in self.lines[at + 1 :]]
        bare = re.sub(r"\s+", "", name)
        if not re.match(r"1[.、]", words) and not any(
            text.startswith(bare[:20]) or text in ("附件", "附件1") for text in rest
        ):
            return at
        self._mark("heading", self.lines[at])
        at += 1
        expected = 2
        while at < len(self.lines):
            label = label_at(self.lines[at].text)
            if label is None or label.family != "digit" or label.ordinal != expected:
                break
            self._mark("heading", self.lines[at])
            at, expected = at + 1, expected + 1
        self._close_all()
        return at

    # ---- labels -----------------------------------------------------------------------------------------

    def _unlabelled(self, line: Line) -> bool:
        return self._accepts(line) is None and line.index not in self.inside

    def _accepts(self, line: Line) -> Label | None:
        """The line's label where its ordinal can follow what came before, else None."""
        label = label_at(line.text) or expected_label(line.text, self.last)
        if label is None or label.ordinal == 0:
            return None
        if label.family == "article" and line.text[label.rest : label.rest + 1] in (",", "、", "的"):
            return None  # 第三条、第五条规定的…
        before = self.last.get(label.family)
        if label.ordinal == 1 or (before is None and label.family in _STRONG):
            return label
        if before is None:
            # A list that does not begin at one: an excerpt, or numbering that runs on from another part.
            return label if label.ordinal <= 2 or self.labelled else None
        return label if before <= label.ordinal <= before + _GAPS.get(label.family, _ANY_GAP) else None

    def _labelled(self, line: Line, label: Label, at: int) -> None:
        if self._in_box(line, label, at):
            return
        while self.stack and self.stack[-1].kind in (ClauseKind.BOX, ClauseKind.NOTE, ClauseKind.PREAMBLE,
                                                     ClauseKind.NOTICE, ClauseKind.PARAGRAPH):  # fmt: skip
            self.stack.pop()
        families = [node.family for node in self.stack]
        if self._restarts(label, families):
            self._new_part(at)
            families = []
        if label.family in ("han", "formal") and self._heads_articles(line, label, at):
            self._division(line, label, at)
            return
        in_article = next((node for node in self.stack if node.family in ("article", "question")), None)
        if in_article is not None and label.family not in (*DIVISIONS, "article"):
            # 款、项、目 of an article are cited with the article: 第五条第（二）项.
            if in_article.closed:
                self._leaf(
                    ClauseKind.PARAGRAPH, f"{in_article.path.split('/')[-1]}/{path_label(label)}", line
                )
            else:
                in_article.end = line.end
            return
        if label.family in families:
            del self.stack[families.index(label.family) :]
        elif label.family == "article":
            # 条 number through a whole law, whatever chapter they stand in.
            self.stack = [node for node in self.stack if node.family in DIVISIONS]
        parent = self.stack[-1] if self.stack else None
        element = path_label(label)
        chain = [element]
        if label.family != "article" and parent is not None:
            chain = [parent.path.removeprefix(f"{self.prefix}/"), element]
        node = Node(
            ClauseKind.ARTICLE if label.family == "article" else ClauseKind.ITEM,
            self.part, self._path("/".join(chain)), "", line.start, line.end,
            label.family, label.ordinal, parent=parent,
        )  # fmt: skip
        node.heading = heading_of(line, label, self._next(at))
        if parent is not None:
            parent.closed = True
            parent.children.append(node)
        self.nodes.append(node)
        self.stack.append(node)
        self.last[label.family] = label.ordinal
        self.labelled, self.no_label = True, -1

    def _heads_articles(self, line: Line, label: Label, at: int) -> bool:
        """Whether 一、总则 stands above 第X条, as a chapter would: short, alone on its line, an article next."""
        after = self._next(at)
        following = label_at(after.text) if after is not None else None
        return (
            following is not None and following.family == "article"
            and not line.ends_sentence and len(line.text) - label.rest <= 20
        )  # fmt: skip

    def _division(self, line: Line, label: Label, at: int) -> None:
        """Open a section headed 一、… whose articles number through the whole text."""
        self.stack = [node for node in self.stack if node.family in DIVISIONS and node.family != "section"]
        parent = self.stack[-1] if self.stack else None
        node = Node(ClauseKind.ITEM, self.part, self._path(path_label(label)), "", line.start, line.end, "section",
                    label.ordinal, parent=parent)  # fmt: skip
        node.heading = heading_of(line, label, self._next(at))
        if parent is not None:
            parent.closed = True
        self.nodes.append(node)
        self.stack.append(node)
        self.last[label.family] = label.ordinal
        self.labelled, self.no_label = True, -1

    def _in_box(self, line: Line, label: Label, at: int) -> bool:
        """Take a line that numbers within a 专栏: 1 opens the box's own list, which runs on while it counts up."""
        box = next((node for node in reversed(self.stack) if node.kind is ClauseKind.BOX), None)
        if box is None or label.family not in _BOXED:
            return False
        items = [child for child in box.children if child.family == label.family]
        if label.ordinal != len(items) + 1 or (not items and box.children):
            return False
        path = f"{box.path.removeprefix(f'{self.prefix}/')}/{path_label(label)}"
        node = Node(ClauseKind.ITEM, self.part, self._path(path), "", line.start, line.end, label.family,
                    label.ordinal, parent=box)  # fmt: skip
        node.heading = heading_of(line, label, self._next(at))
        del self.stack[self.stack.index(box) + 1 :]
        box.closed = True
        box.children.append(node)
        self.nodes.append(node)
        self.stack.append(node)
        return True

    def _restarts(self, label: Label, families: Sequence[str]) -> bool:
        """Whether `一、` (or 第一条) comes again at the top of the stack: another text has begun."""
        if label.ordinal != 1 or label.family not in OPENERS or not families:
            return False
        return families[0] == label.family and self.last.get(label.family, 0) >= 2

    def _new_part(self, at: int) -> None:
        """Name the part that begins at a restart, from its title or the look of its headings."""
        title = next((mark for mark in reversed(self.marks[-3:]) if mark.what == "title"), None)
        following = [line.text for line in self.lines[at : at + 40]]
        tops = [text for text in following if (label := label_at(text)) and label.family == "han"]
        questions = sum(bool(_QUESTION_HEADING.search(text)) for text in tops)
        if (title and INTERPRETATION.search(title.text)) or questions * 2 > len(tops):
            self._enter(Part.INTERPRETATION, "解读")
            return
        self.firsts.update(
            node.part for node in self.nodes[self.counted :] if node.ordinal == 1 and node.parent is None
        )
        self.counted = len(self.nodes)
        self._enter(self.part, f"{self.prefix or '正文'}{self.firsts[self.part] + 1}")

    # ---- text without a label ---------------------------------------------------------------------------

    def _plain(self, line: Line, at: int) -> None:
        if INTERPRETATION.search(line.text) and not line.ends_sentence and is_title(line) and self.nodes:
            self._enter(Part.INTERPRETATION, "解读")
            self._mark("title", line)
            return
        top = self.stack[-1] if self.stack else None
        if top is not None and self.labelled and top.kind not in (ClauseKind.PREAMBLE, ClauseKind.NOTICE):
            tail = tail_mark(line, self._next(at), self.quoted_titles, self.last)
            if tail:
                self._mark(tail, line)
                top.closed = True
                return
            following = self._next(at)
            if following is not None and following.index in self.tables and len(line.text) <= MAX_HEADING:
                self._mark("heading", line)  # the caption of the table below
                top.closed = True
                return
            division = top.parent if top.kind is ClauseKind.PARAGRAPH else top
            if division is not None and division.family in DIVISIONS:
                self._under_division(division, line, at)
                return
            bare = top.heading is not None and top.heading[1] >= top.end - 1  # a heading waits for its text
            if not top.closed and (bare or top.kind is not ClauseKind.ITEM or not _CLOSING.match(line.text)):
                top.end = line.end
                return
            self._leaf(ClauseKind.PARAGRAPH, self._numbered("¶"), line)
            return
        if self._front_mark(line, at):
            return
        kind = {Part.NOTICE: ClauseKind.NOTICE, Part.BODY: ClauseKind.PREAMBLE}.get(
            self.part, ClauseKind.PARAGRAPH
        )
        if kind is ClauseKind.PREAMBLE and not self._label_follows(at):
            kind = ClauseKind.PARAGRAPH  # a file without numbering: its paragraphs are the clauses
        if kind is ClauseKind.PARAGRAPH:
            self._leaf(kind, self._numbered("¶"), line)
        elif top is not None and top.kind is kind and not top.closed:
            top.end = line.end
        else:
            self._leaf(kind, "序" if kind is ClauseKind.PREAMBLE else "", line)

    def _question(self, line: Line) -> None:
        """问:… opens a clause that its answer belongs to, numbered lines of the answer included."""
        found = QUESTION.match(line.text)
        assert found is not None
        self.stack = []
        self.questions += 1
        self._leaf(ClauseKind.ITEM, f"问{self.questions}", line)
        node = self.nodes[-1]
        node.family, node.heading = "question", (line.start + found.end(), line.end)
        self.labelled, self.no_label = True, -1

    def _under_division(self, division: Node, line: Line, at: int) -> None:
        """Text right under 第X章 or 第X节: its paragraphs are clauses, what ends in a colon goes on."""
        top = self.stack[-1]
        if top is not division and not top.closed and self.lines[at - 1].text.endswith((":", ",", "、", ";")):
            top.end = line.end
            return
        division.paragraphs += 1
        path = f"{division.path.removeprefix(f'{self.prefix}/')}/¶{division.paragraphs}"
        self._leaf(ClauseKind.PARAGRAPH, path, line)
        division.children.append(self.nodes[-1])

    def _numbered(self, mark: str) -> str:
        self.paragraphs += 1
        return f"{mark}{self.paragraphs}"

    def _front_mark(self, line: Line, at: int) -> bool:
        """Mark titles, numbers, dates and addressees before the first label; False for running text."""
        opened = title_end(line, self.lines[at + 1 : at + 4])
        self.title_until = max(self.title_until, at + opened if opened else -1)
        titled = line.index == self.plan_title or at <= self.title_until
        what = front_mark(line, self.quoted_titles, titled=titled, in_annex=self._below_annex_title())
        if not what:
            return False
        self._mark(what, line)
        if self.stack:
            self.stack[-1].closed = True
        return True

    def _below_annex_title(self) -> bool:
        """Whether the line after `附件1` was passed: what stands here belongs to the annex and is not its title."""
        if self.part is not Part.ANNEX:
            return False
        last = next((mark for mark in reversed(self.marks) if mark.part is self.part), None)
        return last is None or not ANNEX.match(last.text)

    def _label_follows(self, at: int) -> bool:
        if at < self.next_label:
            return True
        if at < self.no_label:
            return False
        for number in range(at + 1, self.last_label + 1):
            line = self.lines[number]
            if ANNEX.match(line.text) and not line.ends_sentence:
                self.no_label = number
                return False
            if self._accepts(line) is not None:
                self.next_label = number
                return True
        self.no_label = len(self.lines)
        return False

    # ---- leaves -----------------------------------------------------------------------------------------

    def _table(self, table: Table) -> None:
        self.table_count += 1
        before = next((m for m in reversed(self.marks) if m.what in ("heading", "title")), None)
        caption = table.caption or (before.text if before and before.end <= table.head[0] else "")
        owner = next(
            (n for n in reversed(self.stack) if n.kind in (ClauseKind.ITEM, ClauseKind.ARTICLE)), None
        )
        base = owner.path.removeprefix(f"{self.prefix}/") if owner is not None else ""
        head = "/".join(filter(None, [base, f"表{self.table_count}", "表头"]))
        self.nodes.append(Node(ClauseKind.HEAD, self.part, self._path(head), "", *table.head, parent=owner))
        self.nodes[-1].caption = caption
        for index, record in enumerate(table.records, 1):
            path = "/".join(filter(None, [base, f"表{self.table_count}", f"行{index}"]))
            node = Node(
                ClauseKind.ROW, self.part, self._path(path), "", record.start, record.end, parent=owner
            )
            node.record, node.caption = record, caption
            self.nodes.append(node)
        self._close_all()

    def _box(self, line: Line, found: re.Match[str]) -> None:
        while self.stack and any(node.kind is ClauseKind.BOX for node in self.stack):
            self.stack.pop()
        self._leaf(ClauseKind.BOX, f"专栏{found.group(1)}", line)
        at = line.start + found.start(2)
        self.nodes[-1].heading = (at, line.start + found.end(2))

    def _note(self, line: Line) -> bool:
        """Notes under a table, `注:1.甲` and the numbered lines after it; each number is a clause."""
        opening = NOTE.match(line.text)
        top = self.stack[-1] if self.stack else None
        if opening is None and (top is None or top.kind is not ClauseKind.NOTE):
            return False
        skip = opening.end() if opening else 0
        body = line.text[skip:]
        skip += len(body) - len(body.lstrip())
        label = label_at(line.text[skip:])
        if opening is None and (label is None or label.ordinal != self.note_last + 1):
            return False
        self.note_last = label.ordinal if label else 0
        if label is None:
            self._leaf(ClauseKind.NOTE, "注", line)
            return True
        if opening is not None:
            self.marks.append(
                Mark("heading", line.start, line.start + opening.end(), opening.group(), self.part)
            )
        item = Line(line.index, line.start + skip, line.end, line.text[skip:])
        self._leaf(ClauseKind.NOTE, f"注/{path_label(label)}", item)
        return True

    def _leaf(self, kind: ClauseKind, element: str, line: Line) -> None:
        while self.stack and self.stack[-1].kind not in (ClauseKind.ITEM, ClauseKind.ARTICLE):
            self.stack.pop()
        parent = self.stack[-1] if self.stack else None
        if parent is not None:
            parent.closed = True
        node = Node(kind, self.part, self._path(element), "", line.start, line.end, parent=parent)
        self.nodes.append(node)
        self.stack.append(node)

    def _path(self, path: str) -> str:
        """`path` under the part's prefix; a number that a document prints twice gets `~2`."""
        full = "/".join(filter(None, [self.prefix, path]))
        count = self.paths[full] = self.paths.get(full, 0) + 1
        return full if count == 1 else f"{full}~{count}"

    def _mark(self, what: str, line: Line) -> None:
        self.marks.append(Mark(what, line.start, line.end, line.text, self.part))

    def _close_all(self) -> None:
        for node in self.stack:
            node.closed = True

    def _next(self, at: int) -> Line | None:
        return self.lines[at + 1] if at + 1 < len(self.lines) else None
