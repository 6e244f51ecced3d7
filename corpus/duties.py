"""Who does it: lead and responsible units as a policy clause prints them, in its order.

Reads normal text; offsets are relative to the text given. `负责` in ordinary prose is no duty list: a list
stands in brackets, on a line of its own behind a role, or opens a paragraph of a duty annex.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_BRACKET = re.compile(r"\(((?:[^()]|\([^()]*\))*)\)|[【\[〔]([^】\]〕]*)[】\]〕]")
_DEADLINE = re.compile(r"[;,。]?\s*(?:完成|办理|整改|落实)?(?:时限|时间|期限|进度)(?:要求)?\s*:")
_ROLE = re.compile(
    r"(?P<lead>牵头(?:责任)?(?:单位|部门|领导|机构)?|主办(?:单位|部门)|主责(?:单位|部门)|主管机关|权责机关)\s*:"
    r"|(?P<support>(?:责任|负责|配合|协办|协助|参与|参加|支持|协同|实施|落实|完成|承办|执行)(?:单位|部门|主体|机构)|主办机关|协办机关)\s*:"
)
_ROLE_LINE = re.compile(
    r"(?:^|(?<=[。;]))[^\S\n]*(?P<list>(?:牵头|责任|主办|配合|协办)(?:责任)?(?:单位|部门)\s*:[^\n]+?)\s*$", re.MULTILINE
)
_VERB = re.compile(
    r"(?P<lead>(?:共同)?牵头(?:负责|组织实施|组织|落实|推进)?)"
    r"|(?P<support>(?:按|按照|依据|根据)?(?:各自)?(?:职责|分工|职能)?(?:分工)?(?:共同|分别|具体|依职权)?负责"
    r"|(?:积极)?(?:配合|参与|协助|协同|支持|落实)(?:属地责任|落实|实施)?|落实属地责任)$"
)
_TRAILING = re.compile(
    r"(?:等[^、等]{0,8}(?:有关|相关)?(?:部门|单位|机构)(?:\([^()]*\))?|等|(?:及|和|^)(?:有关|相关)(?:部门|单位))?"
    r"(?:结合(?:自身|各自)?实际)?(?:(?:按|按照|依据|根据|依)(?:照)?(?:各自)?(?:职责|职能|分工)(?:分工)?)?(?:共同|分别|具体)?(?:负责|牵头负责|牵头|配合|参与|落实属地责任|落实|实施)?(?:等)?$"
)
_CELL_PIECE = re.compile(r"(?:[^,;\n()]|\([^()]*\))+")
_AND_EACH = re.compile(r"(?:以?及|和|与)(?=各|[^、,;和及]{1,8}(?:有关|相关)(?:部门|单位))")  # 市级有关部门及各区政府
_TOGETHER = re.compile(r"会同|联合(?!会|体|社)")
_FIRST_LISTED = re.compile(
    r"(?:列|排|排名|排列)(?:在)?(?:第一位|首位|第一)(?:的|者)?(?:责任)?(?:单位|部门)?(?:(?:为|是|系)(?:本项)?牵头(?:责任)?(?:单位|部门)|牵头)|"
    r"(?:第一个|首个|第一位?|首位)(?:责任)?(?:单位|部门)?为牵头(?:责任)?(?:单位|部门)"
)
# What a list says behind its units of when or how: 年内持续推进, 2020年底前完成, 长期坚持.
_WHEN = re.compile(
    r"[,;。]\s*(?:[^,;。、()]{0,10}(?:\d{1,4}[年月日]|年内|年底|季度|月底|半年)[^,;。、()]{0,16}|(?:长期坚持|持续推进|持续实施|常态化推进|立行立改|全年推进)[^,;。、()]{0,8})(?=[,;。]|$)"
)
_RULE_TAIL = re.compile(r"[,;。]\s*(?:(?:以)?下同|[^,;。]{0,12}(?:第一|首)[^,;。]{0,14}牵头[^,;。]{0,8})(?=[,;。]|$)")
_ALWAYS = re.compile(
    r"(?:责任单位|牵头单位|各项任务|上述任务|以上任务|所有任务|各项工作|以上各项)[^。;]{0,12}?(?:均|都)包括([^,。;]{2,40}?)(?:,|、)?(?:下同|以下|不再)[^。;]{0,12}(?:列出|重复|列明|赘述)"
)
_EXPLAINS = re.compile(r"解释(?:工作)?$")
_BY = re.compile(r"由([^,。;:由的]{2,40}?)(牵头|负责(?!解释|人))")
# A law gives a body its tasks as a list: 中央主管機關掌理下列事項：…, 下列事項由…掌理：…, …履行下列职责：…
_CHARGED = re.compile(
    r"(?:^|[\n。])\s*(?:第[^条\n]{1,8}条(?:之[一二三四五])?\s*)?"
    r"(?:(?P<who>[^,。;:\n由]{2,40}?)(?:在[^,。;:\n]{2,20}方面)?(?:依法|主要|应当)?(?:掌理|负责|履行|行使|承担)(?:下列|左列|以下)(?:主要)?(?:事项|职责|职权)"
    r"|(?:下列|左列|以下)事项,?由(?P<by>[^,。;:\n]{2,40}?)(?:掌理|负责))"
)
_DIVIDED = re.compile(r"(?:权责|职责|职权)(?:分工|划分)?如下")
_DIVIDED_ITEM = re.compile(r"\n\s*(?:[一二三四五六七八九十]+、|\([一二三四五六七八九十]+\))\s*(?P<who>[^,。;:\n]{2,40}):")
# 本法所稱主管機關：在中央為教育部；在直轄市為直轄市政府；在縣（市）為縣（市）政府。
_AUTHORITY = re.compile(r"主管机关[:,]?(?=在中央为)(?P<list>[^。\n]{6,160})")
_AUTHORITY_ITEM = re.compile(r"在[^;,为]{1,12}为(?P<who>[^;,。]{2,24})")
# A sentence that opens with a public body and says what it answers for: 市卫生健康部门负责…的组织、监督.
_ANSWERS = re.compile(
    r"(?:^|(?<=[。;\n]))\s*(?:第[^条\n]{1,8}条(?:之[一二三四五])?\s*|\([一二三四五六七八九十]+\)\s*|[一二三四五六七八九十]+、\s*|\d{1,2}[.、]\s*)?"
    r"(?P<who>[^,。;:\n由对经将应向与]{2,48}?)"
    r"(?:是[^,。;\n]{2,30}(?:部门|机关|机构|单位),|(?<=[构门关行府局委]),(?=负责))?"
    r"(?P<how>牵头|具体|主要|统一|共同|分别|统筹|归口|依职权|按照?(?:各自)?职责(?:分工)?)?(?:负责(?!人|制|任)|主管(?!部门|机关|单位|人员))"
)
_PUBLIC_BODY = re.compile(
    r"(?<!有关)(?<!相关)(?:部门|局|委|办|厅|署|部|政府|办事处|管委会|委员会|中心|机关|经办机构|支机构|指导单位|乡镇|镇街|街道)(?:\([^()]*\))?$"
)
_OPENS_DUTY = re.compile(
    r"^(?P<unit>[\u4e00-\u9fa5()]{2,18}?(?:部门|组织|机构|机关|局|委|办|厅|会|院|部|中心|联合会|政府|法院|检察院|银行|公司|队|处|站|街道|集团))"
    r"(?:、[^,。;:]{2,20})*(?:依职权|按规定|按职责|具体|主要|统筹|牵头)?(?:负责|承担|参与|牵头|:)"
)
_ORGAN_END = re.compile(
    r"(?:局|委|办|厅|部|院|会|署|中心|部门|政府|街|镇|街道|办事处|管委会|分局|支队|大队|总队|单位|机关|组织|机构|公司|集团|银行|学校|团|妇联|工会|工商联|残联|科协|社|站|队|处|所|军区|武装部|专班|公安|法院|协会)(?:\([^()]*\))?$"
)


# Bodies of the state and of the neighbourhood; what 机构, 学校 or 公司 end on may be those that a section is about.
_OFFICE = re.compile(r"[\u4e00-\u9fa5()]{0,14}?(?:局|委|办|厅|政府|办事处|管委会|委员会|中心|派出所|司法所|支队|大队|总队|妇联|总工会|工会|残联|团委|居委会|村委会|部门)(?:\([^()]*\))?")
_TASK = re.compile(r"[。:\s]*(?:要|应|依法|积极|主要|具体|共同|按照?职责|依托|根据|深化|加强)*[^。;:]{0,24}?(?:负责|牵头|配合|协助|会同|指导|做好|承担|组织|统筹|协调|推动|开展|落实|协同|监督|完善|制定)")
_LEADS = re.compile(r"[。:\s]*(?:负责)?牵头")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as printed: its place in the text and the role its list gives it."""

    start: int
    end: int
    lead: bool


@dataclass(frozen=True, slots=True)
class Duties:
    """The units of one clause, and the place of their list; `distinguished` says the list names a lead."""

    units: tuple[Unit, ...]
    start: int
    end: int
    distinguished: bool
    listed: bool  # a list in brackets or behind a role, to which rules like 列第一位为牵头单位 apply


def names_office(heading: str, following: str) -> bool:
    """Whether a heading names one public body and what follows it is a task of its own (服务办 | 牵头负责收集…)."""
    return _OFFICE.fullmatch(heading) is not None and _TASK.match(following) is not None


def first_listed_leads(text: str) -> bool:
    """Whether the text states the rule 列第一位为牵头单位 for the lists that follow."""
    return bool(_FIRST_LISTED.search(text))


def always_included(text: str) -> str | None:
    """The unit a rule adds to every later list (…均包括各设区市人民政府，不再列出), or None."""
    found = _ALWAYS.search(text)
    return found.group(1) if found else None


def duties(
    text: str, *, opens_with_unit: bool = False, regulates: bool = False, bare: bool = False,
    office: tuple[int, int] | None = None,
) -> Duties | None:  # fmt: skip
    """The duty lists of a clause, all brackets together; None where it names none.

    `office` is where a heading names the body whose tasks follow (3.服务办。牵头负责…). `opens_with_unit` is for paragraphs of a duty annex: 公安部门负责监督指导…. `regulates` is for articles and
    for sections headed 职责分工, where a sentence that opens with a public body gives it a duty.
    """
    units: list[Unit] = []
    spans: list[tuple[int, int]] = []
    end = len(text.rstrip("。 \n"))
    for bracket in _BRACKET.finditer(text):
        group = 1 if bracket.group(1) is not None else 2
        found = _in_list(bracket.group(group), bracket.start(group), bare=bare and bracket.end() >= end)
        if found:
            units.extend(found)
            spans.append(bracket.span())
    if not units:
        # On a line of its own, or the last sentence of a paragraph.
        for line in _ROLE_LINE.finditer(text):
            found = _in_list(line.group("list").rstrip("。 "), line.start("list"))
            units.extend(found)
            if found:
                spans.append(line.span("list"))
    listed = bool(units)
    if not units and office is not None:
        units = [Unit(*office, _LEADS.match(text, office[1]) is not None)]
        spans = [office]
    if not units and opens_with_unit:
        opening = _OPENS_DUTY.match(text)
        if opening:
            units = [Unit(opening.start("unit"), opening.end("unit"), "牵头" in opening.group())]
            spans = [opening.span("unit")]
    if not units:
        units, spans = _charged(text)
    if not units:
        units, spans = _by_phrase(text)
    if not units and regulates:
        units, spans = _answering(text)
    if not units:
        return None
    merged = _unique(text, units)
    return Duties(
        tuple(merged), min(a for a, _ in spans), max(b for _, b in spans),
        any(unit.lead for unit in merged), listed,
    )  # fmt: skip


def _charged(text: str) -> tuple[list[Unit], list[tuple[int, int]]]:
    """The bodies to which a law gives a list of tasks, or which it names as the competent ones."""
    opened = _CHARGED.search(text)
    names = [opened.span("who" if opened.group("who") else "by")] if opened is not None else []
    if _DIVIDED.search(text):
        names += [found.span("who") for found in _DIVIDED_ITEM.finditer(text)]
    authority = _AUTHORITY.search(text)
    if authority is not None:
        names += [
            found.span("who") for found in _AUTHORITY_ITEM.finditer(text, *authority.span("list"))
        ]
    units = [Unit(a, b, False) for start, end in names for a, b in _bodies(text, start, end)]
    return units, [(unit.start, unit.end) for unit in units]


def _bodies(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The public bodies that `[start, end)` lists; empty where its last word is none.

    `市、区两级财政部门` is one body and `甲局和乙局` are two: what does not end like a body belongs to the next.
    """
    bodies: list[tuple[int, int]] = []
    begin = start
    for cut in re.finditer(r"、|和|及|以及|会同|$", text[start:end]):
        at = start + cut.start()
        if at > begin and _PUBLIC_BODY.search(text[begin:at]):
            bodies.append((begin, at))
            begin = start + cut.end()
    return bodies if begin >= end else []


def _answering(text: str) -> tuple[list[Unit], list[tuple[int, int]]]:
    """The public bodies with which sentences open that say what they answer for."""
    units: list[Unit] = []
    spans: list[tuple[int, int]] = []
    for found in _ANSWERS.finditer(text):
        together = text.find("会同", *found.span("who"))
        bodies = _bodies(text, *found.span("who"))
        units.extend(Unit(a, b, found.group("how") == "牵头" or b <= together) for a, b in bodies)
        spans.extend(bodies)
    return units, spans


def in_cell(text: str, *, lead: bool) -> list[Unit]:
    """The units of a duty table's cell, `lead` where its column is headed 牵头单位; a cell may say the roles itself
    (甲局牵头,乙局配合). Offsets are relative to the text given, as everywhere."""
    if re.fullmatch(r"[-—/\\无\s]*", text):
        return []
    if _ROLE.match(text) or (re.search(r"牵头(?!单位|部门)", text) and not lead):
        spoken = _in_list(text.strip(), len(text) - len(text.lstrip()))
        if spoken:
            return spoken
    units: list[Unit] = []
    for piece in _CELL_PIECE.finditer(text):
        units.extend(Unit(a, b, lead) for a, b in _names(text, *piece.span()))
    return units


def _by_phrase(text: str) -> tuple[list[Unit], list[tuple[int, int]]]:
    """`由A、B牵头` / `由A负责` in a sentence, where A and B end like organs."""
    units: list[Unit] = []
    spans: list[tuple[int, int]] = []
    for found in _BY.finditer(text):
        if _EXPLAINS.search(text, max(0, found.start() - 5), found.start()):
            continue  # who explains the document carries out none of its tasks
        names = _names(text, found.start(1), found.end(1))
        if names and all(_ORGAN_END.search(text[a:b]) for a, b in names):
            units.extend(Unit(a, b, found.group(2) == "牵头") for a, b in names)
            spans.append(found.span(1))
    return units, spans


def _in_list(inner: str, offset: int, *, bare: bool = False) -> list[Unit]:
    """The units of a bracket's or a line's words; empty where it is no duty list."""
    ruled = bare or bool(_FIRST_LISTED.search(inner))  # a list that says 列第一位的为牵头单位 needs no verb
    inner = _RULE_TAIL.sub(_blanked, _WHEN.sub(_blanked, inner))
    inner = re.sub(r"[,;。\s]+$", "", inner)
    deadline = _DEADLINE.search(inner)
    if deadline is not None:
        inner = inner[: deadline.start()]  # ;完成时限:2025年底 names no unit
    roles = list(_ROLE.finditer(inner))
    units: list[Unit] = []
    verbless = not roles and not re.search(r"负责|牵头|落实|配合", inner)
    if verbless and not ruled:
        return []  # （政府主导、社会参与） is a principle
    if verbless:
        listed = [name for a, b in _segments(inner, 0, len(inner)) for name in _names(inner, a, b)]
        if not all(_ORGAN_END.search(inner[a:b]) for a, b in listed):
            return []
        return [Unit(offset + a, offset + b, False) for a, b in listed]
    if roles:
        if inner[: roles[0].start()].strip(" ,;。"):
            return []
        for role, following in zip(roles, [*roles[1:], None], strict=True):
            end = following.start() if following else len(inner)
            lead = role.group("lead") is not None
            for a, b in _segments(inner, role.end(), end):
                units.extend(Unit(offset + x, offset + y, lead) for x, y in _names(inner, a, b))
        return units
    if not re.search(
        r"(?:负责|牵头|配合|落实|参与|协助|协同|支持)(?:属地责任|落实|实施|推进)?[。;,]?$", inner.strip()
    ):
        return []
    pending: list[tuple[int, int]] = []
    for a, b in _segments(inner, 0, len(inner)):
        segment = inner[a:b]
        names = _names(inner, a, b)
        verb = _VERB.search(segment)
        if verb is None and "牵头" not in segment:
            pending.extend(names)
            continue
        lead_verb = re.search(r"牵头", segment)
        together = _TOGETHER.search(segment)
        for x, y in [*pending, *names]:
            lead = (lead_verb is not None and x < a + lead_verb.start()) or bool(
                together and x < a + together.start()
            )
            units.append(Unit(offset + x, offset + y, lead))
        pending = []
    units.extend(Unit(offset + x, offset + y, False) for x, y in pending)
    if not all(1 < u.end - u.start <= 30 for u in units):
        return []
    return units if any(_ORGAN_END.search(inner[u.start - offset : u.end - offset]) for u in units) else []


def _blanked(found: re.Match[str]) -> str:
    """The mark that opens a match, and blanks for the rest of it: what stands behind keeps its place."""
    return found.group()[0].ljust(len(found.group()))


def _segments(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """`[start, end)` cut at commas, semicolons and stops outside brackets; a rule's sentence is dropped."""
    cuts: list[tuple[int, int]] = []
    depth, begin = 0, start
    for at in range(start, end + 1):
        character = text[at] if at < end else ";"
        if character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
        if (character in ",;。" and depth <= 0) or at == end:
            if (
                text[begin:at].strip()
                and not _FIRST_LISTED.search(text[begin:at])
                and text[begin:at].strip() not in ("下同", "以下同")
            ):
                cuts.append((begin, at))
            begin = at + 1
    return cuts


def _names(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The names of one list, trimmed of 等部门按职责分工负责 and the like."""
    names: list[tuple[int, int]] = []
    depth, begin = 0, start
    for at in range(start, end + 1):
        character = text[at] if at < end else "、"
        depth += (character == "(") - (character == ")")
        # 各项目牵头单位 is one name.
        lead = at < end and text.startswith("牵头", at) and not text.startswith(("单位", "部门"), at + 2)
        together = _TOGETHER.match(text, at) if at < end else None
        joined = _AND_EACH.match(text, at) if begin < at < end and depth <= 0 else None
        if not ((character == "、" and depth <= 0) or lead or together or joined):
            continue
        if at >= begin:
            name = text[begin:at]
            trimmed = _TRAILING.sub("", name).rstrip("。 ") or ""
            a = begin + len(name) - len(name.lstrip())
            b = begin + len(trimmed.rstrip())
            if b > a and not re.fullmatch(
                r"(?:牵头|负责|配合|有关部门|相关部门|有关单位|相关单位|下同|等)+", text[a:b]
            ):
                names.append((a, b))
        word = together or joined
        begin = at + (2 if lead else len(word.group()) if word else 1)
    return names


def _unique(text: str, units: list[Unit]) -> list[Unit]:
    """Each unit once per role, first place kept."""
    seen: set[tuple[str, bool]] = set()
    kept: list[Unit] = []
    for unit in units:
        key = (text[unit.start : unit.end], unit.lead)
        if key not in seen:
            seen.add(key)
            kept.append(unit)
    return kept
