"""From outline nodes to clauses with facts: units, figures, table cells, each with its place in the source."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import replace
from itertools import accumulate

from corpus.copied import SERIAL_HEADERS
from corpus.document import Cell, Clause, ClauseKind, Figure, FigureKind, Part, Span, UnitRule
from corpus.duties import Duties, always_included, duties, first_listed_leads, in_cell, names_office
from corpus.normalize import NormalText
from corpus.outline import DIVISIONS, Node, Outline
from corpus.quantities import MAY_BOUND, NUMBER, UNIT, YEAR, quantities, value_of
from corpus.tables import Record
from corpus.terms import terms

_HEADER_UNIT = re.compile(r"\((?:单位[:]?)?([^()\d]{1,6})\)$|单位[::]\s*([^\s,。()]{1,6})")
_CELL = re.compile(r"^(?P<before>[<>≥≤=]|不少于|不低于|不超过|约|至少)?\s*〔?(?P<number>\d[\d,]*(?:\.\d+)?(?:\s*[-~]\s*\d+(?:\.\d+)?)?)〕?\s*(?P<scale>万|亿)?\s*"
                   r"(?P<unit>%|(?!左右|以上|以下|以内)[\u4e00-\u9fa5/]{1,6}?)?(?P<after>左右|以上|以下|以内)?$")  # fmt: skip
_SAYS = 12  # characters of a cell that says something in sentences,
_STOPS = re.compile(r"[,。;:]")  # which have stops
_CELL_WORDS = re.compile(r"^(?:应建尽建|全覆盖|100%全覆盖)$")
_YEAR_CELL = re.compile(r"^((?:19|20)\d\d)年?(?:度|底)?$")
# An amount that is paid is what the conditions are for, even where it stands in their words.
_MAY_BE_MET = MAY_BOUND - {FigureKind.SUBSIDY}
MOSTLY = 0.6  # share of neighbouring items that are headed by a body, where the section tells who does what
LOOK = 40  # characters behind a heading in which its task begins
_DUTY_TITLE = re.compile(r"职责|分工|责任清单|任务清单")
_UNIT_HEADERS = re.compile(
    r"(?P<lead>(?:牵头|主办|主责)[^()]{0,8}(?:单位|部门|机构))$"
    r"|(?:责任|配合|负责|协办|落实|承办|完成|参与|实施|支持|责任落实)?(?:单位|部门|主体)$"
)


def clauses_of(source: str, normal: NormalText, outline: Outline, document_id: str) -> tuple[Clause, ...]:
    """The clauses of a document in order, each with its facts.

    A heading that only introduces numbered units is no clause, unless it carries an arabic number: numbered
    tasks are always clauses.
    """
    result: list[Clause] = []
    first_leads = False
    always: str | None = None
    duty_annexes = _duty_prefixes(outline)
    offices = _offices(normal, outline)
    for node in outline.nodes:
        start, end = own_span(normal, node)
        if start >= end or not is_clause(normal, node):
            continue
        text = normal.text[start:end]
        # The rule holds from the clause that states it: 列第一位为牵头单位，下同.
        first_leads = first_leads or first_listed_leads(text)
        always = always_included(text) or always
        result.append(
            _clause(source, normal, node, (start, end), document_id, first_leads, always, duty_annexes, offices)
        )
    return tuple(result)


def own_span(normal: NormalText, node: Node) -> tuple[int, int]:
    """The node's own words in the normal text: up to its first child, trailing pipes and blanks cut."""
    end = min([node.end, *(child.start for child in node.children)])
    text = normal.text
    while end > node.start and text[end - 1] in " \t\n\r|\u3000\xa0":
        end -= 1
    return node.start, end


def is_clause(normal: NormalText, node: Node) -> bool:
    """Whether the node is a clause of its own and not only a heading above others."""
    if node.kind is not ClauseKind.ITEM:
        return node.family not in DIVISIONS
    if node.family in DIVISIONS:
        return False
    if not node.children or node.family in ("digit", "digit_paren", "digit_half", "circled", "han_is"):
        return True
    start, end = own_span(normal, node)
    heading_end = node.heading[1] if node.heading else start
    return bool(normal.text[heading_end:end].strip("。:; \n")) or not node.heading


def _duty_prefixes(outline: Outline) -> frozenset[str]:
    """Annexes whose title says 职责分工: their paragraphs open with the department they bind."""
    prefixes: set[str] = set()
    marks = [mark for mark in outline.marks if mark.part is Part.ANNEX]
    for node in outline.nodes:
        if node.part is Part.ANNEX:
            before = bisect_right(marks, node.start, key=lambda mark: mark.end)
            if any(_DUTY_TITLE.search(mark.text) for mark in marks[max(0, before - 2) : before]):
                prefixes.add(node.path.split("/")[0])
    return frozenset(prefixes)


def _offices(normal: NormalText, outline: Outline) -> frozenset[str]:
    """The paths of items headed by a body of the state whose neighbours are headed so too: a section that gives each its
    tasks (1.消委办。牵头…2.派出所。配合…)."""
    beside: dict[str, list[Node]] = {}
    for node in outline.nodes:
        if node.kind is ClauseKind.ITEM and node.record is None:
            beside.setdefault(node.path.rpartition("/")[0], []).append(node)
    found: set[str] = set()
    for nodes in beside.values():
        headed = [
            node for node in nodes
            if node.heading and names_office(normal.text[slice(*node.heading)].rstrip("。: "), normal.text[node.heading[1] : node.heading[1] + LOOK])
        ]  # fmt: skip
        if len(headed) > 1 and len(headed) >= MOSTLY * len(nodes):
            found.update(node.path for node in headed)
    return frozenset(found)


def _clause(
    source: str, normal: NormalText, node: Node, own: tuple[int, int], document_id: str,
    first_leads: bool, always: str | None, duty_annexes: frozenset[str], offices: frozenset[str],
) -> Clause:  # fmt: skip
    start, end = own
    span = normal.span(start, end)
    text = normal.text[start:end]
    heading = _heading(source, normal, node)
    crumbs = _breadcrumb(source, normal, node)
    leads: tuple[str, ...] = ()
    responsible: tuple[str, ...] = ()
    rule, units_span = UnitRule.NONE, None
    cells: tuple[Cell, ...] = ()
    if node.record is not None:
        cells = _cells(source, normal, node.record)
        figures = _cell_figures(source, normal, node.record, node.caption)
        leads, responsible, rule = _cell_units(source, normal, node.record)
    elif node.kind is ClauseKind.HEAD:
        figures = ()  # years and units of the headers are stated with the cells
    else:
        opens = node.kind is ClauseKind.PARAGRAPH and node.path.split("/")[0] in duty_annexes
        regulates = node.kind is ClauseKind.ARTICLE or bool(_DUTY_TITLE.search("".join((*crumbs, heading or ""))))
        at = node.heading if node.heading is not None and node.path in offices else None
        office = (at[0] - start, at[1] - start) if at is not None else None
        found = duties(text, opens_with_unit=opens, regulates=regulates, bare=first_leads, office=office)
        if found is not None:
            leads, responsible, rule = _units(source, normal, found, start, first_leads)
            units_span = normal.span(start + found.start, start + found.end)
            if always and found.listed and always not in (*leads, *responsible):
                responsible = (*responsible, always)
        figures = _figures(source, normal, start, text)
    return Clause(
        f"{document_id}:{node.path}", document_id, node.kind, node.part, node.path,
        readable_label(node.path, _row_key(source, normal, node.record) if node.record else None), heading, crumbs, span.of(source), span,
        leads, responsible, rule, units_span, figures, cells,
    )  # fmt: skip


def _units(
    source: str, normal: NormalText, found: Duties, offset: int, first_leads: bool
) -> tuple[tuple[str, ...], tuple[str, ...], UnitRule]:
    def names(lead: bool) -> tuple[str, ...]:
        return tuple(
            normal.span(offset + u.start, offset + u.end).of(source) for u in found.units if u.lead is lead
        )

    leads, responsible = names(True), names(False)
    if found.distinguished:
        return leads, responsible, UnitRule.STATED
    if first_leads and found.listed and responsible:
        return responsible[:1], responsible, UnitRule.FIRST_LISTED
    return (), responsible, UnitRule.UNDISTINGUISHED


def _figures(source: str, normal: NormalText, offset: int, text: str) -> tuple[Figure, ...]:
    """The figures of a clause whose normal text begins at `offset`, amounts with their terms."""

    def at(place: tuple[int, int]) -> Span:
        return normal.span(offset + place[0], offset + place[1])

    found = quantities(text)
    agreed = terms(text, found)
    bounds = sorted({place for one in agreed for place in one.conditions})
    # How far the conditions reach that begin at each of them or before it.
    reach = list(accumulate((b for _, b in bounds), max))
    figures: list[Figure] = []
    for q, one in zip(found, agreed, strict=True):
        begun = bisect_right(bounds, q.start, key=lambda place: place[0])
        met = q.comparator is not None and begun > 0 and q.end <= reach[begun - 1]
        kind = FigureKind.THRESHOLD if met and q.kind in _MAY_BE_MET else q.kind
        span = at((q.start, q.end))
        figures.append(
            Figure(
                span.of(source), span, kind, q.indicator, q.comparator, q.value, q.unit, q.year, q.scope,
                at(q.sentence), tuple(map(at, one.periods)), at(one.cap) if one.cap else None,
                tuple(map(at, one.conditions)),
            )
        )  # fmt: skip
    return tuple(figures)


def _heading(source: str, normal: NormalText, node: Node) -> str | None:
    if node.record is not None:
        return _row_key(source, normal, node.record)
    if node.heading is None:
        return None
    return normal.span(*node.heading).of(source).strip().rstrip("。:：") or None


def _breadcrumb(source: str, normal: NormalText, node: Node) -> tuple[str, ...]:
    crumbs: list[str] = []
    above = node.parent
    while above is not None:
        heading = _heading(source, normal, above)
        if heading:
            crumbs.append(heading)
        above = above.parent
    if node.caption:
        crumbs.insert(0, node.caption)
    return tuple(reversed(crumbs))


def readable_label(path: str, row_key: str | None = None) -> str:
    """The path as a reader writes it: `二/(三)/11` → 二（三）11, `附件2/表1/行3` → 附件2表1第3行."""
    words: list[str] = []
    for element in path.split("~")[0].split("/"):
        if element.startswith("行"):
            element = f"第{element[1:]}行"
        elif element.startswith("¶"):
            element = f"第{element[1:]}段"
        elif element == "序":
            element = "前言"
        words.append(element.replace("(", "（").replace(")", "）"))
    label = "".join(words)
    return f"{label}（{row_key}）" if row_key else label


# ---- table rows --------------------------------------------------------------------------------------------


def _row_key(source: str, normal: NormalText, record: Record) -> str | None:
    """What names a row, in the source's words."""
    for _, cell in record.rows[0]:
        if cell.text and cell.text == record.key:
            return normal.span(cell.start, cell.end).of(source)
    return record.key or None


def _cells(source: str, normal: NormalText, record: Record) -> tuple[Cell, ...]:
    return tuple(
        Cell(header, (span := normal.span(cell.start, cell.end)).of(source), span)
        for row in record.rows
        for header, cell in row
        if cell.text
    )


def _cell_figures(source: str, normal: NormalText, record: Record, caption: str) -> tuple[Figure, ...]:
    """A figure for each cell that holds a number; its year stands in its row or its header, its unit in the
    header, the caption, or a 单位 column. A cell that holds sentences has the figures of those."""
    figures: list[Figure] = []
    unit_cell = next((c.text for h, c in record.rows[0] if h in ("单位", "计量单位")), None)
    name = next(
        (
            c.text
            for h, c in record.rows[0]
            if re.search(r"指标(?:名称)?$|项目(?:名称)?$", h) and not _CELL.match(c.text)
        ),
        None,
    )
    caption_unit = _HEADER_UNIT.search(caption)
    whole = normal.span(record.start, record.end)
    key = _row_key(source, normal, record)
    for row in record.rows:
        row_year = next((int(y) for h, c in row if (y := _year_cell(h, c.text))), None)
        for header, cell in row:
            leaf = header.split(" / ")[-1]
            if leaf in SERIAL_HEADERS or leaf == "备注" or _year_cell(header, cell.text):
                continue
            found = _CELL.match(cell.text)
            if found is None and not _CELL_WORDS.match(cell.text):
                if len(cell.text) > _SAYS and _STOPS.search(cell.text) and not _UNIT_HEADERS.match(re.sub(r"\s", "", leaf)):
                    of_row = (replace(figure, scope=figure.scope or key) for figure in _figures(source, normal, cell.start, cell.text))
                    figures.extend(of_row)
                continue
            years = [a or s for a, _, _, s in YEAR.findall(leaf)]
            spanning = re.search(r"\d{4}年?\s*[-~至]\s*\d{4}", leaf)  # 2023-2025年度: no single year's value
            year = None if spanning else int(years[0]) if len(years) == 1 else row_year
            of_header = next((named for part in reversed(header.split(" / ")) if (named := _HEADER_UNIT.search(part))), None)
            unit_found = of_header or _unit_in(record.key) or caption_unit
            unit = (
                (found.group("unit") if found else None)
                or unit_cell
                or ((unit_found.group(1) or unit_found.group(2)) if unit_found else None)
            )
            value = value_of(found.group("number"), found.group("scale")) if found else None
            comparator = (found.group("after") or found.group("before")) if found else None
            cell_span = normal.span(cell.start, cell.end)
            figures.append(
                Figure(cell_span.of(source), cell_span, FigureKind.CELL, name or leaf, comparator, value, unit,
                       year, key, whole)
            )  # fmt: skip
    return tuple(figures)


def _unit_in(key: str) -> re.Match[str] | None:
    """The unit in brackets at the end of a row's name: 城镇化率(%); 考核项目(全部单位) names none."""
    found = _HEADER_UNIT.search(key)
    return found if found is not None and UNIT.fullmatch(found.group(1) or found.group(2)) else None


def _year_cell(header: str, text: str) -> str | None:
    """The year a cell names: `2024年`, or a bare 2024 under a header of years; 2050 seats are no year."""
    found = _YEAR_CELL.match(text)
    if found is None or not (text[-1] in "年度底" or re.search(r"年度?$|年份|时间", header)):
        return None
    return found.group(1)


def _cell_units(
    source: str, normal: NormalText, record: Record
) -> tuple[tuple[str, ...], tuple[str, ...], UnitRule]:
    """Units of a duty table: a 牵头单位 / 责任单位 column, or the row's own key where the column is 部门."""
    leads: list[str] = []
    responsible: list[str] = []
    for row in record.rows:
        for name, cell in row:
            header = _UNIT_HEADERS.match(re.sub(r"\s", "", name.split(" / ")[-1]))
            if header is None or NUMBER.match(cell.text):
                continue
            for unit in in_cell(normal.text[cell.start : cell.end], lead=header.group("lead") is not None):
                words = normal.span(cell.start + unit.start, cell.start + unit.end).of(source)
                (leads if unit.lead else responsible).append(words)
    if not leads and not responsible:
        return (), (), UnitRule.NONE
    rule = UnitRule.STATED if leads else UnitRule.UNDISTINGUISHED
    return tuple(dict.fromkeys(leads)), tuple(dict.fromkeys(responsible)), rule
