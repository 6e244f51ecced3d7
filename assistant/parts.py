"""A question that asks two things is taken apart, each part read with the ones before it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.conversation import resolve
from assistant.draft import Line
from assistant.question import Ask, Question, asks_something
from corpus.places import Gazetteer, mentions

MOST = 4
_LONGEST = 200  # characters
_OF_YEARS = re.compile(r"(?:还|大约|大概|要|再)*(?:相差|差|增加|提高|增长|新增)(?:了)?(?:多少|几)(?:个|人|万人|家)?")
_YEAR = re.compile(r"(?:到|比|离|距离?|至|从)?(?:20\d\d年?|“?十[一二三四五六]五”?(?=期?末))(?:期?[底末])?的?(?:实际|现有|目标)?(?:人数|数|目标|水平)?")
_WHICH = re.compile(r"(?:分别|都|各|具体)*(?:是|有|为|包括)?(?:哪些|哪几[个项家条种类]|什么)[,;?!。\n]*")
_EACH = ("年", "个月", "月", "天", "日", "次", "个", "家")
_ASPECT = re.compile(r"(?:牵头|配合|责任|协办|主办|支持|承办)(?:单位|部门)$|(?:完成)?(?:时间|时限|期限)$")
_OPEN = re.compile(r"怎|什么|谁|哪|多少|几|如何")
_SENTENCE = re.compile(r"(?<=[。；;\n])")
_KINDS = {
    "money": ("补助", "补贴", "奖补", "津贴", "资助", "奖励", "经费", "费", "费用", "金"),
    "share": ("率", "占比", "比例", "比率"),
}
_PIECE = re.compile(r"[^,;?!。\n]+[,;?!。\n]*")
_BOTH = re.compile(
    r"(?P<first>[\u4e00-\u9fffA-Za-z0-9“”\-]{2,24}?)(?:和|与|及|以及|、|加上?)(?P<second>[\u4e00-\u9fff“”]{2,12}?),?"
    r"(?P<asking>(?:目标)?(?:各|分别|都|至少|最少|最多|一共|总共|合计|加起来)(?:是|要求?|为|有|达到|占|得|建|补|至少|最少)*(?:多少|几|多大|谁|哪|什么).*)$"
)

_TWO_QUOTED = re.compile(r"(“[^”]{2,16}”)(?:和|与|跟|同|比|、)(“[^”]{2,16}”)")
_TWO_THINGS = re.compile(r"(?P<before>[\u4e00-\u9fff]{2,})(?:和|与|跟|同|比)(?P<second>[\u4e00-\u9fff]{2,10}?)(?=[,的]|比|哪|差|相差|有)")
_HOW_THEY_DIFFER = re.compile(
    r"(?:相?差(?:了)?(?:多少|几)(?:个)?(?:百分点|元|万元|个|人|天|倍)?|(?:有)?(?:什么|啥|哪些)?(?:不一样|不同|区别|差别|差异)|哪(?:个|一个|边|类)(?:的|要的)?[^,?]{0,6}?(?:更|最)?(?:多|少|高|低|大|小)(?:一些|些)?)"
)
_MEASURE = re.compile(r"(?:数|率|比例|占比|标准|金额|面积|要求|期限|时限|最低|最高|额度|价格|规模)$")
_COUNTED = r"(?:数|率|占比|比例|总量|数量|面积|规模)"
_TWO_FIGURES = re.compile(
    rf"(?P<first>[\u4e00-\u9fff]{{1,20}}?{_COUNTED})(?:和|与|及|以及|、)(?P<second>[\u4e00-\u9fff]{{2,16}}?{_COUNTED})"
    r"(?P<asking>(?:的?(?:目标|指标))?(?:分别|各)?(?:是|要|为|应|达到|有)*(?:多少)?[?!。]*)$"
)


def parts(question: Question, gazetteer: Gazetteer) -> list[Question]:
    """The parts of a question, at least two and at most `MOST`, each understood; none where it asks one thing."""
    if question.wants(Ask.IDENTITY) or question.document_number or len(question.normal) > _LONGEST:
        return []
    if _OF_YEARS.search(question.normal) and len(question.years) == 2:
        texts = _asked_of_years(question)
    elif question.wants(Ask.COMPARE):
        texts = _compared(question, gazetteer)
    else:
        texts = _asked_in_turn(question.normal) or _asked_of_both(question.normal, gazetteer)
        claimed = any(not (q.value == 1 and q.unit in _EACH) for q in question.figures)  # 一个月收多少 claims nothing
        if question.wants(Ask.VERIFY) and (claimed or len(texts) < 2 or not _OPEN.search(texts[0])):
            return []  # a claim is judged whole; only what follows an open question stands by itself
    if not 2 <= len(texts) <= MOST:
        return []
    return [resolve(text, texts[:number], gazetteer) for number, text in enumerate(texts)]


def merged(groups: Sequence[Sequence[Line]]) -> list[Line]:
    """The lines of all groups in order, without those that say nothing new: each of whose sentences stands already in
    a line of the same clause."""
    kept: list[Line] = []
    for line in (line for group in groups for line in group):
        said = " ".join(other.text for other in kept if other.clauses[0] == line.clauses[0])
        pieces = [piece for piece in _SENTENCE.split(line.text) if piece.strip()]
        if said and all(_bare(piece) in said for piece in pieces):
            continue
        # A fragment of what is said whole now goes.
        kept = [
            other for other in kept
            if other.clauses[0] != line.clauses[0] or not any(_bare(other.text) in piece for piece in pieces)
        ]  # fmt: skip
        kept.append(line)
    return kept


def _bare(sentence: str) -> str:
    """A sentence without the place, or the heading of a list of units, in front of it and the mark behind."""
    sentence = re.sub(r"^.*?(?=(?:牵头|责任)单位[：:])", "", sentence)
    return re.sub(r"^[^，。：:,]{2,12}[：:]", "", sentence.strip()).strip("。；; ")


def _asked_in_turn(text: str) -> list[str]:
    """The stretches between marks that ask something, each with what leads up to it."""
    found: list[str] = []
    before = ""
    for piece in _PIECE.findall(text):
        if found and not before and _WHICH.fullmatch(piece):
            found[-1] += piece  # 有几项？分别是哪些？ is one thing asked
            continue
        before += piece
        if asks_something(piece):
            found.append(before)
            before = ""
    if before and found:
        found[-1] += before
    return found if len(found) > 1 else []


def _kind(name: str) -> str:
    """What kind of thing a name names: its last character, or one word for all that is paid and for all shares."""
    for kind, ends in _KINDS.items():
        if name.endswith(ends):
            return kind
    return name[-1]


def _asked_of_years(question: Question) -> list[str]:
    """What was in 2021 and what is aimed at for 2025, where the question asks how far they lie apart."""
    bare = _OF_YEARS.sub("", _YEAR.sub("", question.normal))
    return [f"{year}年{bare}是多少" for year in sorted(question.years)]


def _compared(question: Question, gazetteer: Gazetteer) -> list[str]:
    """The same asked of the one thing and of the other, where a question compares two things of one kind that are no places:
    “百人计划”和“羊城学者”, 新建机关办公楼和新建住宅, 高风险和中风险. Of one kind are those in quotation marks, and those that
    begin or end alike."""
    text = _HOW_THEY_DIFFER.sub("", question.normal)
    if question.wants(Ask.VERIFY) or len(question.places) > 1:
        return []
    quoted = _TWO_QUOTED.search(text)
    if quoted is not None:
        start, (first, second), end = quoted.start(), quoted.groups(), quoted.end()
    else:
        found = _TWO_THINGS.search(text)
        if found is None:
            return []
        before, second, end = found.group("before"), found.group("second"), found.end("second")
        first = _alike(before, second)
        start = found.start("second") - 1 - len(first)
    if not first or mentions(first, gazetteer) or mentions(second, gazetteer):
        return []
    lead, rest = text[:start], text[end:]
    rest = re.sub(r"[,?!。]*(?:各|分别)|[?!。]+", ",", rest).rstrip(",").replace(",,", ",")
    asking = "是多少" if _MEASURE.search(rest) else ""
    return [f"{lead}{first}{rest}{asking}", f"{lead}{second}{rest}{asking}"]


def _alike(before: str, second: str) -> str:
    """The end of `before` that is of one kind with `second`: as long as it where they end alike, from their common beginning
    on where they begin alike; empty where neither."""
    if before[-2:] == second[-2:] and len(before) >= len(second):
        return before[-len(second) :]
    at = before.rfind(second[:2])
    return before[at:] if at >= 0 and len(before) - at <= len(second) + 6 else ""


def _asked_of_both(text: str, gazetteer: Gazetteer) -> list[str]:
    """健康管理率和科学育儿指导率各要多少: the same asked of the one and of the other."""
    figures = _TWO_FIGURES.search(text)
    if figures is not None:
        lead, first = text[: figures.start()], figures.group("first")
        if lead[-1:].isdigit() and first.startswith("年"):
            lead, first = f"{lead}年", first[1:]
        asking = figures.group("asking").replace("分别", "").replace("各", "")
        return [f"{lead}{first}{asking}", f"{lead}{figures.group('second')}{asking}"]
    match = _BOTH.search(text)
    if match is None:
        return []
    if _ASPECT.search(match.group("first")) and _ASPECT.search(match.group("second")):
        return []  # 牵头单位、配合单位和完成时间 of one task
    apart = match.group("asking").startswith(("分别", "各")) and not mentions(match.group("first") + match.group("second"), gazetteer)
    if not apart and _kind(match.group("first")) != _kind(match.group("second")):
        return []  # 健康管理率 and 科学育儿指导率 are of one kind; 大兴、广州的要求 are not
    lead = text[: match.start()]
    asking = re.sub(r"^(目标)?(?:各|分别|都|一共|总共|合计|加起来)", r"\1", match.group("asking"))
    return [f"{lead}{match.group('first')}{asking}", f"{match.group('second')}{asking}"]
