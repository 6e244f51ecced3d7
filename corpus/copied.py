"""Tables of words that a page's text shows one cell a line: where their rows begin, and which column a line is of.

A row begins at its serial number or at the name of a place. Merged and empty cells leave no line behind, so a row may
have fewer lines than the table has columns, and more where a cell runs over several. A line is put under a header only
where every best way to fit the row's lines to the columns puts it there; else it stays without one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from corpus.lines import Line, label_at

SERIAL_HEADERS = frozenset({"序号", "编号", "项次"})
_COLUMNS = (3, 9)  # of a table whose rows are counted
_HEADER = 20  # characters
_ROWS = 3  # at least: fewer may be a list
_OVER = 6  # lines that the cells of a row may run over
_BARE_NUMBER = re.compile(r"[<>≥≤=]?\s*\d[\d,.]*\s*%?")
_DAY = re.compile(r"(?:(?:19|20)\d\d年?)?(?:\d{1,2}月)?(?:\d{1,2}日)?(?:[上中下]旬|[上下]半年|[一二三四]季度|[年月季]?底|[年月]末)?(?:之?前|内|起)?(?:[-~—至到].{1,12})?|(?:长期|持续|全年|每年|每月|常年|立即|年内|按需|即知即改)[^。]{0,8}")
_OFFICE = re.compile(
    r"[^。;:]{0,12}(?:局|委|办|部|厅|院|处|站|队|所|会|社|中心|公司|集团|学校|大学|机构|单位|政府|部门|法院|检察院|街镇|镇街|街道|乡镇|镇|乡|园区|管委会|办公室|联席会议|指挥部|领导小组|妇联|工会|银行)(?:\([^()]*\))?等?"
)
_WHEN = re.compile(r"时间|时限|期限|节点|进度|日期")
_WHO = re.compile(r"单位|部门|牵头|责任|配合|主体|主办|协办|承办|落实")
_WHAT = re.compile(r"内容|任务|措施|要求|标准|做法|目标|说明|举措|职责|事项")
_NAME = re.compile(r"名称|项目|类别|领域|环节|方面|类型")
_END = re.compile(r"附(?:件|录|表)\s*[\d一二三四五六七八九十]{0,3}\s*$|(?:注|备注|说明|附注)\s*:")
_GOES_ON = "、,,("
_PLACE = re.compile(r"[\u4e00-\u9fa5]{1,12}(?:街道|镇|乡|区|县|市|旗|园|村|社区|苏木)")
_KIND = re.compile(r"(?:街镇|镇街|乡镇|街道|区县|县区|市县|县市|地区|区域|园区|街乡|村居|区|县|镇|[、/])+(?:名称)?|单位(?:名称)?")
_SAYS = 12  # characters of a line that says something of a place


@dataclass(frozen=True, slots=True)
class Copied:
    """A table's lines: its header lines, and for each row the lines with the header each is under, empty where that is
    not sure. All are numbers in the sequence that was read; `last` is that of the last line."""

    head: tuple[int, int]
    rows: tuple[tuple[tuple[str, int], ...], ...]
    last: int


def counted_rows(lines: Sequence[Line], at: int) -> Copied | None:
    """The table of words that begins with the header 序号 at `lines[at]`; None where there is none or where a cell is a bare
    number, which cannot be told from the rows' own."""
    if lines[at].text not in SERIAL_HEADERS:
        return None
    first = next((i for i in range(at, min(at + _COLUMNS[1] + 1, len(lines))) if lines[i].text == "1"), None)
    if first is None or not _COLUMNS[0] <= first - at <= _COLUMNS[1]:
        return None
    headers = tuple(line.text for line in lines[at:first])
    if any(len(header) > _HEADER or _BARE_NUMBER.fullmatch(header) for header in headers):
        return None
    groups = list(_groups(lines, first, headers))
    if len(groups) < _ROWS or any(not group[1:] for group in groups):
        return None
    if any(_BARE_NUMBER.fullmatch(lines[i].text) for group in groups for i in group[1:]):
        return None
    rows = []
    for group in groups:
        under = _placed(headers[1:], tuple(lines[i].text for i in group[1:]))
        rows.append(((headers[0], group[0]), *zip(under, group[1:], strict=True)))
    return Copied((at, first - 1), tuple(rows), groups[-1][-1])


def _groups(lines: Sequence[Line], first: int, headers: tuple[str, ...]) -> Iterator[list[int]]:
    """The lines of each row, from its serial number on; headers that are printed again left out."""
    at, serial = first, 1
    while True:
        group, i = [at], at + 1
        furthest = min(at + len(headers) + _OVER, len(lines))
        follows = next((j for j in range(at + 2, furthest) if lines[j].text == str(serial + 1)), None)
        while i < (follows if follows is not None else furthest):
            if tuple(line.text for line in lines[i : i + len(headers)]) == headers:
                i += len(headers)
                continue
            if follows is None and (_ends(lines[i]) or len(group) >= len(headers)):
                break
            group.append(i)
            i += 1
            if follows is None and _WHEN.search(headers[-1]) and _DAY.fullmatch(lines[i - 1].text):
                break  # the last column of the last row
        yield group
        if follows is None:
            return
        at, serial = follows, serial + 1


def _ends(line: Line) -> bool:
    label = label_at(line.text)
    return _END.match(line.text) is not None or (label is not None and not _BARE_NUMBER.fullmatch(line.text))


def named_rows(lines: Sequence[Line], at: int) -> Copied | None:
    """The table of two columns whose headers are at `lines[at]` and the line below: a place, and what is said of it."""
    if at + 2 + 2 * _ROWS > len(lines) or not _KIND.fullmatch(lines[at].text) or len(lines[at + 1].text) > _HEADER or lines[at + 1].ends_sentence:
        return None
    rows: list[tuple[tuple[str, int], ...]] = []
    name = at + 2
    while name + 1 < len(lines) and _PLACE.fullmatch(lines[name].text) and _says(lines[name + 1]):
        rows.append(((lines[at].text, name), (lines[at + 1].text, name + 1)))
        name += 2
    if len(rows) < _ROWS or len({lines[row[0][1]].text for row in rows}) != len(rows):
        return None
    return Copied((at, at + 1), tuple(rows), name - 1)


def _says(line: Line) -> bool:
    return len(line.text) >= _SAYS and not _PLACE.fullmatch(line.text) and label_at(line.text) is None


# ---- which column a line is of -----------------------------------------------------------------------------


def _placed(headers: tuple[str, ...], texts: tuple[str, ...]) -> tuple[str, ...]:
    """The header of each line of a row: that which it has in every best way to fit them in order, else an empty one."""
    width = len(headers)

    @cache
    def best(i: int, column: int) -> tuple[int, frozenset[tuple[int, ...]]]:
        """The worth of the lines from `i` on where the one before it is in `column`, and the ways that reach it."""
        if i == len(texts):
            return 0, frozenset({()})
        found: list[tuple[int, frozenset[tuple[int, ...]]]] = []
        for to in range(max(column, 0), width):
            worth = _fits(headers[to], texts[i]) - 2 * max(0, to - column - 1)
            goes_on = i > 0 and texts[i - 1].endswith(tuple(_GOES_ON))
            if to == column:
                worth -= 0 if goes_on else 2
            elif goes_on:
                worth -= 6
            rest, ways = best(i + 1, to)
            found.append((worth + rest, frozenset((to, *way) for way in ways)))
        most = max(worth for worth, _ in found)
        return most, frozenset().union(*(ways for worth, ways in found if worth == most))

    _, ways = best(0, -1)
    columns = zip(*ways, strict=True)
    return tuple(headers[one.pop()] if len(one := set(column)) == 1 else "" for column in columns)


def _fits(header: str, text: str) -> int:
    """How well a line's look agrees with a header, less than 0 where it does not."""
    bare = text.rstrip("、,")
    when = _DAY.fullmatch(bare) is not None
    who = all(_OFFICE.fullmatch(name) for name in re.split(r"[、,](?![^(]*\))", bare)) and len(bare) > 1
    if _WHEN.search(header):
        return 3 if when else -4
    if _WHO.search(header):
        return 3 if who else -4
    if when or who:
        return -3
    long = text.endswith("。") or len(text) > _HEADER
    if _WHAT.search(header) and not _NAME.search(header):
        return 3 if long else 1
    return -2 if long else 2
