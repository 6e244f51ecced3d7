"""Which place a document is of: what its issuers, title, number, addressees and words say, strongest first.

A document of the whole country has no place. Where two pieces of evidence of one rank name different places the
document has none either: a wrong place answers the wrong people, a missing one only asks which place is meant.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from corpus.document import Place
from corpus.places import Mention, issuing_places, mentions, register, short_name

_READ = 20_000  # characters; a document says whose it is long before
_HEAD = 600
_CITED = re.compile(r"《[^《》]{0,120}》|[\"“][^\"“”]{0,40}[\"”]")
_MINISTRY = (
    r"(?:教育|科技|科学技术|工业和信息化|公安|民政|司法|财政|人事|劳动和社会保障|人力资源和?社会保障|自然资源|国土资源|生态环境|"
    r"环境保护|住房和?城乡建设|建设|交通|交通运输|铁道|水利|农业|农业农村|商务|文化|文化和旅游|卫生|退役军人事务|应急管理|外交|国防|国家安全)部"
)
NATIONAL = re.compile(
    rf"(?:中华人民共和国|全国|国务院|国家|中共中央|中央|最高人民|中国|{_MINISTRY}(?!门|分|队))"
)
_NATIONAL_NUMBER = re.compile(
    r"国[^府政]|中(?:发|办|共|华)|(?:教|财|科|民|司|建|水|农|商|卫|人社|工信|自然资|文旅|应急|退役军人|交)[\u4e00-\u9fa5]{0,4}部|教[^〔]{0,3}厅"
)
_NATIONAL_ADDRESSEES = re.compile(r"各省[、(,]")
# The abbreviations of provinces that open document numbers (吉政办发, 沪府规). Cities and counties use the same
# characters (宁 南京, 青 青岛, 吉 吉安, 京 京山): alone they prove nothing.
_ABBREVIATIONS = {
    "京": "北京", "津": "天津", "冀": "河北", "晋": "山西", "内": "内蒙古", "辽": "辽宁", "吉": "吉林", "黑": "黑龙江",
    "沪": "上海", "苏": "江苏", "浙": "浙江", "皖": "安徽", "闽": "福建", "赣": "江西", "鲁": "山东", "豫": "河南",
    "鄂": "湖北", "湘": "湖南", "粤": "广东", "桂": "广西", "琼": "海南", "渝": "重庆", "川": "四川", "黔": "贵州",
    "贵": "贵州", "云": "云南", "滇": "云南", "藏": "西藏", "陕": "陕西", "甘": "甘肃", "青": "青海", "宁": "宁夏", "新": "新疆",
}  # fmt: skip
_MUNICIPALITIES = {"北京", "天津", "上海", "重庆"}
# Whom only a province writes to: 各市、州人民政府; 各设区市; 各州市; 各盟市; 各地级以上市; 各市(州).
_PROVINCE_WRITES = re.compile(r"各(?:设区市|设区的市|地级以上市|州[、(]?市|市[、(]?州|市[、(]地|地[、(]?市|盟[、(]?市|市[、(]?盟|市[、,]?(?:县[、,]自治县))")
_MUNICIPALITY_WRITES = re.compile(r"各区(?:县|[、,(]|人民政府|[\u4e00-\u9fa5]{2,12}(?:局|委))")
# 我省, 本市, 全县 — but 本省(自治区、直辖市) and 全省(区、市) in a text for the whole country.
_SELF = re.compile(r"(?P<how>[我本全])(?P<rank>省|市|州|盟|县|旗|区)(?![、(/]|内外|际|自治区|面|(?<=全区)域|(?<=本市)场)")
_RANKED = re.compile(r"(?:省|市|自治[区州县旗]|地区|盟|县|区|旗)$")
_SURE = 3  # times a text without any other evidence must name its place
_MOST = 0.8  # share of the ranked names that one place must have where the text names several
_ASIDE = re.compile(r"支持|支援|援助|援建|帮扶|协作|对口|同意|批准|授权|撤销|赴|学习|借鉴")

# Rules for people from there, made elsewhere: 香港澳门台湾居民居住证申领发放办法.
_PEOPLE = re.compile(
    r"(?:香港|澳门|台湾)(?:特别行政区)?(?:[、和及与]|香港|澳门|台湾|居民|同胞|人士|青年|学生|企业|籍|子女|投资者|地区[与和])"
)
# What only the statutes and notices of Taiwan, Hong Kong and Macao say; read in the normal text, which is Simplified.
_TAIWAN = (
    r"中华民国[〇零一二三四五六七八九十百\d]{1,6}年|中华民国(?:刑法|宪法|总统|国民)", r"在直辖市为直辖市政府",
    r"直辖市、县\(市\)(?:主管机关|政府)", r"总统(?:令|公布|府)", r"立法院|监察院|考试院", r"行政院", r"卫生福利部|内政部|劳动部|经济部",
    r"乡\(镇、市(?:、区)?\)", r"law\.moj\.gov\.tw|gazette\.nat\.gov\.tw|\.gov\.tw", r"法规名称:|法规类别:", r"目的事业主管机关",
)  # fmt: skip
_HONGKONG = (
    r"香港法例", r"宪报", r"施政报告", r"社会福利署|卫生署|房屋署|劳工处|入境事务处|税务局局长", r"政务司|财政司|律政司",
    r"劳工及福利局|医务卫生局|教育局局长|民政及青年事务局", r"行政长官会同行政会议", r"立法会", r"\.gov\.hk", r"第\s*\d+[A-Z]?\s*章",
)  # fmt: skip
_MACAO = (
    r"澳门特别行政区公报", r"第\d+/(?:19|20)\d\d号(?:法律|行政法规|行政长官批示|社会文化司司长批示|经济财政司司长批示)", r"印务局",
    r"行政长官批示", r"社会文化司|经济财政司|行政法务司|保安司", r"社会工作局|教育及青年发展局|房屋局", r"立法会", r"\.gov\.mo",
)  # fmt: skip
_SUITED = re.compile(r"结合([\u4e00-\u9fa5]{2,8}?)的?实际")
_ENOUGH = 2  # different marks of one place


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a document says of itself, all in normal text.

    `titles` end with its own, that of the plan a notice carries. `issuers` signed it or stand at its head; `filed` is the issuing body that a web page's fields name, which may be
    that of a site that reposts it.
    """

    titles: Sequence[str]
    number: str | None
    issuers: Sequence[str]
    filed: Sequence[str]
    addressees: Sequence[str]
    text: str
    script: str


def origin(evidence: Evidence) -> Place | None:
    """The place a document is of; None for one of the whole country, and where nothing sure is said.

    In order: who signed, or the place within theirs that the title begins with; that it is national; the statutes of Taiwan, Hong Kong and Macao by their own words; the
    title; the issuing body in a page's fields; the number's abbreviation with whom it is sent to; the place that a
    text saying 我省 names.
    """
    signed = _places(evidence.issuers, evidence)
    if signed:
        titled = _titled(evidence.titles[-1:], evidence)
        # 上海市浦东新区促进…规定, passed by 上海市人民代表大会常务委员会, is of 浦东新区.
        if titled is not None and all(place.holds(titled) for place in signed):
            return titled
        return _narrowest(signed) or _agreed(titled, signed)
    if special := _special_region(evidence):
        return special
    if _is_national(evidence):
        return None
    titled = _titled(evidence.titles, evidence)
    filed = _places(evidence.filed, evidence)
    if titled is not None:
        # A site that reposts lies in the place or above it; one that lies elsewhere casts doubt.
        apart = [p for p in filed if not p.holds(titled) and not titled.holds(p)]
        return titled if not apart else None
    if filed and not evidence.issuers:
        return _narrowest(filed)
    numbered = _numbered(evidence)
    told = _told(evidence.text[:_READ]) or _suited(evidence.text[:_READ])
    if numbered is not None and told is not None:
        return told if numbered.holds(told) else None
    return numbered or told or (_only(evidence.text[:_READ]) if evidence.number is None and not evidence.issuers else None)


def _places(names: Iterable[str], evidence: Evidence) -> list[Place]:
    found = [place for name in names if (place := _which(issuing_places(name), evidence)) is not None]
    return list(dict.fromkeys(found))


def _which(places: Sequence[Place], evidence: Evidence) -> Place | None:
    """The one of several places of a name (朝阳区人民政府) that the text names with what stands above it, or whose
    province's abbreviation opens the number; None where neither tells."""
    if len(places) < 2:
        return places[0] if places else None
    text = evidence.text[:_READ]
    named = [place for place in places if any(short_name(_by_path()[place.path[:n]]) in text for n in range(1, len(place.path)))]
    if len(named) == 1:
        return named[0]
    short = _ABBREVIATIONS.get(evidence.number[:1]) if evidence.number else None
    numbered = [place for place in named or places if short is not None and _provinces()[short].holds(place)]
    return numbered[0] if len(numbered) == 1 else None


def _narrowest(places: Sequence[Place]) -> Place | None:
    """The first place where all are the same or one lies in the next; None where two lie apart."""
    if not places:
        return None
    if any(not a.holds(b) and not b.holds(a) for a in places for b in places):
        return None
    return places[0]


def _agreed(titled: Place | None, signed: Sequence[Place]) -> Place | None:
    """The title's place where one of the bodies that signed is of it."""
    return titled if titled is not None and titled in signed else None


def _titled(titles: Iterable[str], evidence: Evidence) -> Place | None:
    for title in titles:
        place = _which(issuing_places(title), evidence)
        if place is not None and not _ASIDE.search(title[: mentions(title)[0].start]) and not _PEOPLE.search(title[:12]):
            return place
    return None


def _is_national(evidence: Evidence) -> bool:
    """Whether a text without a signature of a place is one of the whole country."""
    return of_the_state([*evidence.issuers[:1], *evidence.titles], evidence.number) or any(
        _NATIONAL_ADDRESSEES.search(addressee) for addressee in evidence.addressees[:1]
    )


def of_the_state(names: Iterable[str], number: str | None) -> bool:
    """Whether issuers or titles (`names`), or a document number, all in normal text, are of the central state."""
    return any(NATIONAL.match(name) for name in names) or (number is not None and _NATIONAL_NUMBER.match(number) is not None)


@cache
def _by_path() -> dict[tuple[str, ...], Place]:
    return {place.path: place for place in register()}


@cache
def _provinces() -> dict[str, Place]:
    return {short_name(place): place for place in register() if place.level == "province"}


def _special_region(evidence: Evidence) -> Place | None:
    """Taiwan, Hong Kong or Macao, or the city there that the title names, for a Traditional text in whose own words
    it speaks; None where two of them speak alike."""
    if evidence.script != "hant":
        return None
    text = evidence.text[:_READ]
    scores = {
        name: sum(re.search(mark, text) is not None for mark in marks)
        for name, marks in (("台湾", _TAIWAN), ("香港", _HONGKONG), ("澳门", _MACAO))
    }
    (first, most), (_, second) = Counter(scores).most_common(2)
    if most < _ENOUGH or most == second:
        return None
    place = _provinces()[first]
    titled = _titled(evidence.titles, evidence)
    return titled if titled is not None and place.holds(titled) else place


def _numbered(evidence: Evidence) -> Place | None:
    """The province whose abbreviation opens the number, where the addressees are those of a province and the text
    names no other."""
    short = _ABBREVIATIONS.get(evidence.number[:1]) if evidence.number else None
    if short is None:
        return None
    writes = _MUNICIPALITY_WRITES if short in _MUNICIPALITIES else _PROVINCE_WRITES
    text = evidence.text[:_READ]
    to_it = any(writes.match(addressee) for addressee in evidence.addressees[:1])
    if not to_it and (short in _MUNICIPALITIES or not re.search(r"[我本全]省|省政府|省委", text)):
        return None
    province = _provinces()[short]
    named = {above for above, _ in _ranked(text)}
    return province if named <= {province} and (to_it or named) else None


def _ranked(text: str) -> list[tuple[Place, Mention]]:
    """The province of each place that the text itself names in full, or by the short name of a province; cited
    titles say nothing."""
    bare = _without_cited(text)
    found: list[tuple[Place, Mention]] = []
    for mention in mentions(bare):
        first = mention.candidates[0]
        ranked = _RANKED.search(bare[mention.start : mention.end]) is not None
        # 海南 is a province and a prefecture of another one: without a rank the province is meant.
        if first.level == "province" or (ranked and len({place.path[0] for place in mention.candidates}) == 1):
            found.append((_by_path()[first.path[:1]], mention))
    return found


def _told(text: str) -> Place | None:
    """The place that a text speaking of 我省, 本市 or 全县 names: the only one of that rank, or nearly."""
    said = Counter(found.group("rank") for found in _SELF.finditer(text) if found.group("how") != "全")
    also = Counter(found.group("rank") for found in _SELF.finditer(text))
    ranks = [rank for rank, _ in said.most_common()] or [rank for rank, count in also.most_common() if count >= 2]
    for rank in ranks[:1]:
        counted = Counter(
            place.path for _, mention in _ranked(text) for place in mention.candidates[:1] if _of_rank(place, rank)
        )
        total = sum(counted.values())
        if not counted:
            return None
        path, count = counted.most_common(1)[0]
        if len(counted) == 1 or (count > _SURE and count >= _MOST * total):
            return _by_path()[path]
    return None


def _suited(text: str) -> Place | None:
    """The one place to whose circumstances a text suits a rule from above (结合抚州实际, 结合我市实际 apart)."""
    named = {mention.candidates[0].path for words in _SUITED.findall(text) for mention in mentions(words) if len(mention.candidates) == 1}
    return _by_path()[named.pop()] if len(named) == 1 else None


def _of_rank(place: Place, rank: str) -> bool:
    if rank == "区":
        return place.name.endswith("区") and not place.name.endswith(("特别行政区", "地区"))
    return place.name.endswith(rank)


def _only(text: str) -> Place | None:
    """The place that a text names most, often and near the top, where every other one holds it or lies in it."""
    if re.search(r"全国|国务院|国家|各省", text):
        return None
    named = Counter(mention.candidates[0].path for _, mention in _ranked(text))
    if not named:
        return None
    place = _by_path()[min(named, key=lambda path: (-named[path], -len(path), path))]
    if any(not place.holds(other) and not other.holds(place) for other in map(_by_path().__getitem__, named)):
        return None
    found = [mention for mention in mentions(_without_cited(text)) if place in mention.candidates]
    return place if len(found) >= _SURE and found[0].start < _HEAD else None


def _without_cited(text: str) -> str:
    """The text with blanks for what it quotes, every place where it was."""
    return _CITED.sub(lambda found: " " * len(found.group()), text)
