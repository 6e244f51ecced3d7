"""The lines of a normal text, and what a line looks like on its own: a label, a title, a date, a unit name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_CN = "零〇○一二三四五六七八九十百千两"
_FORMAL = "壹贰叁肆伍陆柒捌玖拾"
_FORMAL_ALSO = {"参": "叁"}  # 參 is printed for 叁 in Traditional texts
_CIRCLED = "".join(chr(code) for code in range(0x2460, 0x2474))

# Families of numbering in the order GB/T 9704 and the legislative rules (立法技术规范) nest them. The order in
# which a document really nests them is learned from the document; this one only breaks ties.
_FAMILIES: tuple[tuple[str, str], ...] = (
    ("part", rf"第\s*([{_CN}]+|\d+)\s*编"),
    ("subpart", rf"第\s*([{_CN}]+|\d+)\s*分编"),
    ("chapter", rf"第\s*([{_CN}]+|\d+)\s*章"),
    ("section", rf"第\s*([{_CN}]+|\d+)\s*节"),
    ("article", rf"第\s*([{_CN}]+|\d+(?:-\d+)?)\s*条(?:之[{_CN}]+)?(?!的?规定|第|和|、|至|款|所)"),
    ("formal", rf"([{_FORMAL}{''.join(_FORMAL_ALSO)}]+)[、.]"),
    ("han", rf"([{_CN}]+)[、.](?!\d)"),
    ("han_paren", rf"\(([{_CN}]+)\)[、.]?"),
    ("digit", r"(\d{1,3})(?:[、．]|\.(?!\d))"),
    ("digit_half", r"(\d{1,2})\)[、.]?"),
    ("digit_paren", r"\((\d{1,3})\)[、.]?"),
    ("circled", rf"([{_CIRCLED}])"),
    ("han_is", rf"([{_CN}]{{1,3}})是(?!否)"),  # 一是…二是…, where each opens a paragraph
)
LABEL = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _FAMILIES))
MARKUP = re.compile(r"^(?:#{1,6}\s+|>\s*|[-*+]\s+|[•●▪◆]\s*)?(?:\*\*|__)*\s*")
_FEW_LABELS = 3  # fewer labelled lines than any numbered document has
_LONG_LINE = 400  # characters; a paragraph of a policy seldom has more
_MAY_LABEL = re.compile(r"(?:^|(?<=[。;!?:)\s]))(?=[第(壹贰叁参一二三四五六七八九十\d①-⑳])")
SENTENCE_END = "。!?;:！？；"

TITLE = re.compile(
    r"^[^。;:?!|]{4,180}(?:通知|意见|办法|方案|规划|计划|规定|细则|条例|措施|决定|公告|通告|批复|要点|纲要|规范|标准|指引|"
    r"指南|规则|章程|制度|清单|目录|台账|分解表|一览表|分工|法|法典|修正案|预案|通报|答复|复函|的函|政策|解读|问答|答记者问)"
    r"(?:\((?:试行|暂行|修订|修正|修正案|节选|征求意见稿|[一二三四五六七八九十]{1,3}|(?:19|20)\d\d年|[^()]{0,24}(?:年|号|版|修订)[^()]{0,8})\)|“[^”]{0,8}”)*"
    r"(?:\(?[^()。]{1,14}[〔\[【(]\s*\d{4}\s*[〕\]】)]\s*(?:第)?\s*\d{1,4}\s*号\)?)?$"
)
DOCUMENT_NUMBER = re.compile(
    r"(?P<prefix>[\u4e00-\u9fa5]{2,14}(?:\([^()\s]{1,6}\))?[\u4e00-\u9fa5]{0,4})\s*[〔\[【(]\s*(?P<year>(?:19|20)\d\d)\s*[〕\]】)]"
    r"\s*第?\s*(?P<number>\d{1,4})\s*号(?:令)?"
)
# 国务院令第262号, 广州市人民政府令 / 第179号, 第179号令; never a bare 第179号.
ORDER_NUMBER = re.compile(
    r"(?:[\u4e00-\u9fa5]{2,24}令\s*\(?第\s*(?:\d{1,4}|[零〇一二三四五六七八九十百]{1,8})\s*号\)?"
    r"|第\s*(?:\d{1,4}|[零〇一二三四五六七八九十百]{1,8})\s*号令)"
)
_ABOUT = re.compile(r"关于|^[\u4e00-\u9fa5]{2,16}(?:政府|办公厅|办公室|委员会|[部委局厅])对")
ORDER_HEAD = re.compile(r"[\u4e00-\u9fa5]{2,24}令(?:\s*\(?第.{1,8}号\)?)?|第.{1,8}号令")  # the head line of an order
# 题注: the line in brackets under a law's title that says when it was made and amended.
ADOPTION = re.compile(r"\((?:19|20)\d\d年\d{1,2}月\d{1,2}日[^()]*(?:\([^()]*\)[^()]*)*(?:通过|公布|发布|颁布|批准|施行|修正|修订)[^()]{0,20}\)")
DATE = re.compile(r"((?:19|20)\d\d)\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日")
HAN_DATE = re.compile(
    r"([二一][〇零○OＯo0一二三四五六七八九]{3})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})日"
)
STAMP = re.compile(r"((?:19|20)\d\d)[-/.](\d{1,2})[-/.](\d{1,2})(?:\s+\d{1,2}:\d\d(?::\d\d)?)?")
ORGAN = re.compile(
    r"^[\u4e00-\u9fa5()、“”·\s]{2,40}(?:人民政府|办公室|办公厅|委员会|委员会\([^()]+\)|[局厅部院署会社处队]|中心|国务院|卫生健康委|发展改革委)$"
)
ADDRESSEES = re.compile(
    r"^(?=.*(?:各|有关|相关|直属|所属|全体))(?!.*(?:条件|材料|如下|下列|以下|责任单位|牵头单位|配合单位))[^。!?]{1,160}(?:单位|机构|部门|政府|办事处|管委会|委员会|学校|企业|局|委|厅|院|会|部|乡镇|镇街|街道|区县|市县|公司)[^。!?:]{0,20}:$"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its surrounding white space and markdown marks; offsets into the normal text."""

    index: int
    start: int
    end: int
    text: str

    @property
    def ends_sentence(self) -> bool:
        """Whether the line ends like running text."""
        return bool(self.text) and self.text.rstrip('"”)')[-1:] in SENTENCE_END


@dataclass(frozen=True, slots=True)
class Label:
    """The numbering at the head of a line: its family, ordinal, the words as printed, where the rest begins."""

    family: str
    ordinal: int
    text: str
    rest: int  # offset of the first code point after the label, relative to the line


def split_lines(text: str) -> list[Line]:
    """The lines of a normal text, blank ones included, in order."""
    lines: list[Line] = []
    at = 0
    for index, raw in enumerate(text.split("\n")):
        stripped = raw.strip()
        start = at + len(raw) - len(raw.lstrip())
        mark = MARKUP.match(stripped)
        skip = mark.end() if mark else 0
        body = stripped[skip:]
        if body.endswith(("**", "__")):
            body = body[:-2].rstrip()
        lines.append(Line(index, start + skip, start + skip + len(body), body))
        at += len(raw) + 1
    return lines


def unfolded(lines: Sequence[Line]) -> list[Line]:
    """The lines, a plan that was pasted as one long line cut before its labels.

    Only where hardly any line opens with a label, and only at labels that count up (一、…二、…; （一）…（二）…).
    """
    if sum(label_at(line.text) is not None for line in lines) > _FEW_LABELS:
        return list(lines)
    pieces: list[tuple[int, int, str]] = []
    for line in lines:
        cuts = _label_cuts(line.text) if len(line.text) >= _LONG_LINE else []
        bounds = [0, *cuts, len(line.text)] if len(cuts) >= _FEW_LABELS else [0, len(line.text)]
        for begin, end in pairwise(sorted(set(bounds)) if line.text else [0, 0]):
            text = line.text[begin:end].strip()
            start = line.start + begin + len(line.text[begin:end]) - len(line.text[begin:end].lstrip())
            pieces.append((start, start + len(text), text))
    return [Line(index, start, end, text) for index, (start, end, text) in enumerate(pieces)]


def _label_cuts(text: str) -> list[int]:
    """The places in a line where a label follows a sentence or a blank and counts up in its family."""
    cuts: list[int] = []
    last: dict[str, int] = {}
    for found in _MAY_LABEL.finditer(text):
        label = label_at(text[found.start() :])
        if label is None or label.family == "han_is":
            continue  # 一是…；二是… within a paragraph are its sentences
        if label.ordinal in (1, last.get(label.family, 0) + 1):
            last[label.family] = label.ordinal
            cuts.append(found.start())
    return cuts


def ordinal(numeral: str) -> int:
    """The value of a label's numeral: 十二 → 12, 贰 → 2, ③ → 3, 31-1 → 31; 0 where it is none."""
    if numeral and numeral[0] in _CIRCLED:
        return _CIRCLED.index(numeral[0]) + 1
    digits = numeral.split("-")[0]
    if digits.isdigit():
        return int(digits)
    total = current = 0
    for character in numeral:
        character = _FORMAL_ALSO.get(character, character)
        if character in _FORMAL[:-1]:
            current = _FORMAL.index(character) + 1
        elif character in "零〇○":
            current *= 10  # 一○ is 10; in 一百零五 nothing stands before it
        elif character in "两":
            current = 2
        elif character in "一二三四五六七八九":
            current = current * 10 * (current > 0) + "一二三四五六七八九".index(character) + 1
        elif character in "十拾":
            total, current = total + (current or 1) * 10, 0
        elif character == "百":
            total, current = total + (current or 1) * 100, 0
        elif character == "千":
            total, current = total + (current or 1) * 1000, 0
    return total + current


def deeper(family: str, than: str) -> bool:
    """Whether a family of numbering usually stands below another (① below 一、)."""
    order = [name for name, _ in _FAMILIES]
    return order.index(family) > order.index(than)


_DECIMAL = re.compile(r"\s*\d{1,3}\.\d+%?\s*")


def label_at(text: str) -> Label | None:
    """The label at the very start of `text`, or None.

    `1.5万` and `2023年` are no labels; `第三条规定` is running text.
    """
    found = LABEL.match(text)
    if found is None or _DECIMAL.fullmatch(text):
        return None  # 1.600 alone on its line is a cell of a table
    family = found.lastgroup or ""
    # lastgroup is the outermost group that matched last; the numeral is the group after it.
    numeral = next(g for g in found.groups()[LABEL.groupindex[family] :] if g is not None)
    rest = found.end()
    while rest < len(text) and text[rest] in " \u3000\t":
        rest += 1
    return Label(family, ordinal(numeral), found.group(0).strip(), rest)


def expected_label(text: str, last: Mapping[str, int]) -> Label | None:
    """A label that only counts as the next one of its family (`last` holds the ordinals so far): `2.` before a
    year or a long number (2.2024年1月4日后…, 11.121人才项目), or a numeral alone on its line (三)."""
    found = re.match(r"(\d{1,2})\.(?=(?:19|20)\d\d年|\d{3}(?![\d.]))", text)
    if found is not None and int(found.group(1)) == last.get("digit", 0) + 1:
        return Label("digit", int(found.group(1)), found.group(), found.end())
    alone = re.fullmatch(rf"[{_CN}]{{1,3}}", text)
    if alone is not None and last.get("han", 0) > 0 and ordinal(text) == last["han"] + 1:
        return Label("han", ordinal(text), text, len(text))
    return None


def is_title(line: Line) -> bool:
    """Whether the line reads like the title of an official document (公文标题)."""
    return bool(TITLE.match(line.text)) and label_at(line.text) is None


def title_end(line: Line, following: Sequence[Line]) -> int:
    """How many of the next lines end the title that `line` begins (…关于加快发展 / …的指导意见); 0 where it begins
    none that goes on."""
    if line.ends_sentence or len(line.text) >= 60 or "《" in line.text or DATE.search(line.text):
        return 0
    if not _ABOUT.search(line.text):
        return 0
    for count, after in enumerate(following[:3], 1):
        if is_title(after):
            return count
        other = after.ends_sentence or label_at(after.text) or any(p.search(after.text) for p in (ORGAN, STAMP, DATE))
        if other or not 4 <= len(after.text) < 60:
            return 0
    return 0


def path_label(label: Label) -> str:
    """The label as a path element: no trailing mark, no inner space (`(一)`, `11`, `第31-1条`)."""
    return re.sub(r"\s+", "", label.text).rstrip("、.．")
