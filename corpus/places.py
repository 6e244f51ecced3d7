"""Administrative places: the register of provinces, cities and counties, and where a text names them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

from corpus.document import Place
from corpus.normalize import normal

_WORDS = frozenset({"老城区", "新城区", "城中区", "城东区", "城西区", "城北区", "市中区", "开发区"})
_BRANCH = re.compile(r"国家[\u4e00-\u9fa5]{2,8}?总局|国家统计局|中国人民银行")  # whose local bodies print it first
_RANKED = re.compile(r"(?:街道|[省市区县镇乡村])$")
_TOWN = re.compile(r"镇|乡|街道|路|村|社区|苏木|新区")


@dataclass(frozen=True, slots=True)
class Mention:
    """A place named in a text, at `[start, end)` of it; `candidates` are the places of that name."""

    start: int
    end: int
    candidates: tuple[Place, ...]


@cache
def register() -> tuple[Place, ...]:
    """Every place of the register, provinces first."""
    return tuple(place for place, _ in _rows())


@cache
def _rows() -> tuple[tuple[Place, str], ...]:
    rows: list[tuple[Place, str]] = []
    text = (files("corpus") / "wordlists" / "places.tsv").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            level, name, short, path = line.split("\t")
            rows.append((Place(name, level, tuple(path.split("/"))), short))
    order = {"province": 0, "city": 1, "county": 2}
    return tuple(sorted(rows, key=lambda row: order[row[0].level]))


@cache
def _names() -> dict[str, tuple[Place, ...]]:
    """Full and short names to places; 吉林 is a province and a city, 朝阳区 three counties."""
    names: dict[str, list[Place]] = {}
    for place, short in _rows():
        for name in (place.name, short):
            # 城区, 郊区, 老城区, 新城区 are words too; the register is folded as every text is (乾县).
            name = normal(name)
            if name and name not in _WORDS and not (len(name) == 2 and name.endswith("区")):
                names.setdefault(name, []).append(place)
    return {name: tuple(places) for name, places in names.items()}


class Gazetteer:
    """The names by which texts mean places: those of the register, read in the light of the `held` places, of which a
    corpus has documents. Their short names count too where they are words as well (大兴)."""

    def __init__(self, held: Iterable[Place] = ()) -> None:
        self.held = tuple(dict.fromkeys(held))
        self._paths = {place.path for place in self.held}
        self._own: dict[str, tuple[Place, ...]] = {}
        for place in self.held:
            name = short_name(place)
            if bearers(name) != (place,):
                self._own[name] = (*self._own.get(name, ()), place)

    @property
    def names(self) -> tuple[str, ...]:
        """The short names that mean something else or nothing without the held places."""
        return tuple(self._own)

    @cached_property
    def by_start(self) -> dict[str, tuple[str, ...]]:
        """All names by their first two characters, longest first."""
        found: dict[str, list[str]] = {}
        for name in sorted(self._own.keys() | _names().keys(), key=len, reverse=True):
            found.setdefault(name[:2], []).append(name)
        return {start: tuple(names) for start, names in found.items()}

    def bearers(self, name: str) -> tuple[Place, ...]:
        """The places that bear a name as a normal text spells it, held ones first."""
        return tuple(dict.fromkeys((*self._own.get(name, ()), *_names().get(name, ()))))

    def covers(self, place: Place) -> bool:
        """Whether a place is one of those held or lies within one."""
        return any(place.path[:length] in self._paths for length in range(1, len(place.path) + 1))


@cache
def _register_alone() -> Gazetteer:
    return Gazetteer()


def _named(text: str, names: dict[str, tuple[str, ...]]) -> Iterator[tuple[int, int]]:
    """Where a text holds one of `names`, left to right, the longest at each place; none inside another. One look at
    every two characters: a pattern of all names tries thousands."""
    at = 0
    while at < len(text):
        here = (*names.get(text[at : at + 2], ()), *names.get(text[at], ()))
        name = next((name for name in here if text.startswith(name, at)), "")
        if name:
            yield at, at + len(name)
        at += len(name) or 1


@cache
def _short_names() -> dict[tuple[str, ...], str]:
    return {place.path: short for place, short in _rows() if short}


def short_name(place: Place) -> str:
    """The name without its rank: 大兴区 → 大兴, 江苏省 → 江苏, 内蒙古自治区 → 内蒙古."""
    return _short_names().get(place.path) or re.sub(r"(?:特别行政区|自治[区州县旗]|地区|林区|[省市区县旗盟])$", "", place.name)


def is_place(name: str) -> bool:
    """Whether normal `name` is the full name of a place of the register (广西壮族自治区)."""
    return any(normal(place.name) == name for place in _names().get(name, ()))


def bearers(name: str) -> tuple[Place, ...]:
    """The places of the register that bear a name, highest rank first."""
    return _names().get(normal(name), ())


# A school or a bank that is called after a place; 广州大学生 and 广州大学城 are of Guangzhou.
_SCHOOL = re.compile(
    r"(?:师范|理工|交通|科技|工业|农业|林业|医科|医学|中医药|财经|外国语|体育|邮电|航空航天|民族|政法|工商|电力|海洋|石油|矿业|地质|协和|建筑)*大学(?![生城])|协和|银行(?![卡账])|晚报|日报"
)


# Words that lie half in and half beside what reads like a place of two characters: 福利津贴 (利津), 街道里 (道里), 乡镇和县区 (和县),
# 消防都安全 (都安).
_STRADDLED = frozenset("津贴 街道 县区 县级 县市 县( 安全 安装 安排 安置 安顿 安心 安养 安居".split())


def mentions(text: str, gazetteer: Gazetteer | None = None) -> list[Mention]:
    """The places that normal `text` names, left to right, longest name first; by the register alone without a
    `gazetteer`."""
    known = gazetteer or _register_alone()
    found: list[Mention] = []
    for start, end in _named(text, known.by_start):
        name = text[start:end]
        province = any(place.level == "province" for place in _names().get(name, ()))
        if _TOWN.match(text, end) and not name.endswith(("省", "市", "区", "县")) and not province:
            continue  # 西安镇 is a town of its own, not 西安; 江北新区 is none of the counties called 江北
        if not name.endswith(("省", "市", "区", "县")) and _SCHOOL.match(text, end):
            continue  # 北京大学 and 天津银行 lie where they lie
        if len(name) == 2 and not _STRADDLED.isdisjoint((text[max(0, start - 1) : start + 1], text[end - 1 : end + 1])):
            continue
        if name[0] in "和及" and len(name) == 2 and _RANKED.search(text[max(0, start - 2) : start]):
            continue  # 大洼街道和田家街道: 和 joins two names, 和田 is not meant
        found.append(Mention(start, end, known.bearers(name)))
    return found


def resolve(found: list[Mention], gazetteer: Gazetteer | None = None) -> list[Place]:
    """One place for each mention chain: 重庆市渝北区 is one place, and 朝阳区 after 北京市 is Beijing's.

    A name with several bearers and no context is the one that a `gazetteer`'s held places cover (宝山区 where 上海市 is
    held), else the one of the highest rank; the chain's last part stands.
    """
    known = gazetteer or _register_alone()
    places: list[Place] = []
    last: Place | None = None
    end = -1
    for mention in found:
        inside = [p for p in mention.candidates if last is not None and last.holds(p) and p != last]
        near = [p for p in mention.candidates if known.covers(p)] if len(mention.candidates) > 1 else []
        choice = inside[0] if inside else near[0] if len(near) == 1 else mention.candidates[0]
        if inside and mention.start - end <= 2 and places:
            places.pop()
        places.append(choice)
        last, end = choice, mention.end
    return list(dict.fromkeys(places))


def issuing_place(text: str) -> Place | None:
    """The place an issuer's name or a title begins with (重庆市渝北区人民政府办公室 → 渝北区), or a national body's
    branch (国家税务总局广州市税务局 → 广州市); the first of several of that name."""
    return next(iter(issuing_places(text)), None)


def issuing_places(text: str) -> tuple[Place, ...]:
    """Every place of that name and rank where what stands before it does not tell which (朝阳区人民政府: three)."""
    above = _BRANCH.match(text)
    if above is not None:
        text = text[above.end() :]
    found = mentions(text)
    if not found or found[0].start > (0 if above else 4):
        return ()
    chain = [found[0]]
    for mention in found[1:]:
        within = any(above.holds(place) for above in chain[-1].candidates for place in mention.candidates)
        if mention.start - chain[-1].end > 0 or not within:
            break  # 南京江北…: what stands behind a place and lies elsewhere is no part of it
        chain.append(mention)
    resolved = resolve(chain)
    if not resolved:
        return ()
    chosen, last = resolved[-1], chain[-1].candidates
    inside = [a for mention in chain[:-1] for a in mention.candidates if a.holds(chosen) and a != chosen]
    if inside:
        return (chosen,)
    return (chosen, *(place for place in last if place.level == chosen.level and place != chosen))
