"""Administrative places: which ones a text names, and which one an issuer stands for."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.document import Document, Place
from corpus.normalize import normal
from corpus.places import Gazetteer, _named, issuing_place, mentions, register, resolve, short_name


def _resolved(text: str) -> list[tuple[str, ...]]:
    return [place.path for place in resolve(mentions(normal(text)))]


def _place(name: str) -> Place:
    return next(place for place in register() if place.name == name)


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("重庆市渝北区有多少托位？", [("重庆市", "渝北区")]),
        ("重慶市渝北區", [("重庆市", "渝北区")]),
        ("北京市朝阳区", [("北京市", "朝阳区")]),
        ("长春市朝阳区", [("吉林省", "长春市", "朝阳区")]),
        ("江苏省南京市鼓楼区", [("江苏省", "南京市", "鼓楼区")]),
        ("福州市鼓楼区", [("福建省", "福州市", "鼓楼区")]),
        ("辽宁朝阳市", [("辽宁省", "朝阳市")]),
        ("吉林", [("吉林省",)]),
        ("吉林省吉林市", [("吉林省", "吉林市")]),
        ("北京、上海", [("北京市",), ("上海市",)]),
        ("江苏省和广东省", [("江苏省",), ("广东省",)]),
        ("北京和北京市", [("北京市",)]),
        ("黔东南苗族侗族自治州镇远县", [("贵州省", "黔东南苗族侗族自治州", "镇远县")]),
        ("海南藏族自治州", [("青海省", "海南藏族自治州")]),
        ("西安市托育机构", [("陕西省", "西安市")]),
        ("西安镇和西安市", [("陕西省", "西安市")]),
        ("西安镇有多少托位？", []),
        ("南京路街道", []),
        ("大洼街道和田家街道", []),  # 和 joins two names: 和田 is not meant
        ("西安镇及和田镇", []),
        ("新疆和田的托位", [("新疆维吾尔自治区", "和田地区")]),
        ("大洼街道和平区", [("天津市", "和平区")]),
        ("上海街道有多少托位？", [("上海市",)]),  # the 街道 of a province's name are those of the province
        ("上海的街道", [("上海市",)]),
        ("郊区和矿区", []),
        ("养老服务", []),
    ],
)
def test_resolved(text: str, paths: list[tuple[str, ...]]) -> None:
    """A chain of names is one place, a list of names several, and a town is not the city of its name."""
    assert _resolved(text) == paths


# Names like 西区 are words too, and are read only as part of a longer name.
@pytest.mark.parametrize(
    "place", [p for p in register() if p.level == "county" and len(p.name) > 2][::97], ids=lambda place: place.name
)
def test_full_chain_is_one_place(place: Place) -> None:
    """A county named with all that stands above it is that county."""
    assert _resolved("".join(place.path)) == [place.path]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("与北京大学、清华大学合作", []),
        ("上海交通大学", []),
        ("广州大学生创业", [("广东省", "广州市")]),
        ("广州大学城", [("广东省", "广州市")]),
        ("老年农民福利津贴", []),
        ("结构和消防都安全", []),  # 都安 is a county's name
        ("都安的托位", [("广西壮族自治区", "河池市", "都安瑶族自治县")]),
        ("利津县补贴", [("山东省", "东营市", "利津县")]),
        ("北京银行", []),
        ("街道里谁牵头", []),
        ("乡镇和县区", []),
        ("乡镇和县级单位", []),
        ("和县(市)主管部门", []),
        ("安徽和县", [("安徽省",), ("安徽省", "马鞍山市", "和县")]),
        ("哈尔滨道里", [("黑龙江省", "哈尔滨市"), ("黑龙江省", "哈尔滨市", "道里区")]),
        ("北京银行卡", [("北京市",)]),
    ],
)
def test_what_is_called_after_a_place_is_no_place(text: str, paths: list[tuple[str, ...]]) -> None:
    """A university or a bank may stand anywhere, and 津贴 and 县区 are words; those who study or live there are of the
    place."""
    assert [one.candidates[0].path for one in mentions(text)] == paths


def test_extra_names() -> None:
    """A name too ambiguous for the register is a place where a corpus holds it."""
    daxing = _place("大兴区")
    assert mentions("大兴托育") == []
    (mention,) = mentions("大兴托育", Gazetteer([daxing]))
    assert (mention.start, mention.end, mention.candidates) == (0, 2, (daxing,))


@pytest.mark.parametrize(
    ("text", "name"),
    [("重庆市渝北区人民政府办公室", "渝北区"), ("盘锦市大洼区人民政府", "大洼区"), ("江蘇省衛生健康委員會", "江苏省"),
     ("关于印发广州市方案", "广州市"), ("国务院办公厅", None), ("关于进一步做好北京市托育工作的通知", None), ("", None)],
)  # fmt: skip
def test_issuing_place(text: str, name: str | None) -> None:
    """An issuer stands for the place that its name or its title begins with."""
    place = issuing_place(normal(text))
    assert (place.name if place else None) == name


@pytest.mark.parametrize(
    ("name", "short"),
    [("大兴区", "大兴"), ("江苏省", "江苏"), ("内蒙古自治区", "内蒙古"), ("延边朝鲜族自治州", "延边"), ("香港特别行政区", "香港")],
)
def test_short_name(name: str, short: str) -> None:
    """A place's short name lacks its rank."""
    assert short_name(_place(name)) == short


def test_register() -> None:
    """The register holds each place once, provinces first, and every place's parents."""
    places = register()
    assert Counter(place.level for place in places)["province"] == 34
    assert len({place.path for place in places}) == len(places)
    paths = {place.path for place in places}
    assert all(place.name == place.path[-1] for place in places)
    assert all(place.path[:-1] in paths for place in places if len(place.path) > 1)
    order = ["province", "city", "county"]
    assert [order.index(place.level) for place in places] == sorted(order.index(place.level) for place in places)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(["北京市", "朝阳区", "吉林", "西安", "镇", "、", "渝北区", "重庆", "托育", "市"]), max_size=12))
def test_mentions_are_ordered_slices(pieces: list[str]) -> None:
    """Mentions stand in order, do not overlap, and name at least one place each."""
    text = "".join(pieces)
    at = 0
    for mention in mentions(text):
        assert at <= mention.start < mention.end <= len(text)
        assert mention.candidates
        at = mention.end


def test_a_new_district_is_no_county_of_that_name() -> None:
    """南京江北新区 lies in 南京, and not in the 江北区 of another city; 浦东新区 is a county of its own."""
    found = issuing_place("南京江北新区管理委员会")
    assert found is not None and found.name == "南京市"
    pudong = issuing_place("上海市浦东新区人民政府")
    assert pudong is not None and pudong.name == "浦东新区"


def test_names_are_found_as_a_pattern_of_all_of_them_finds_them(bundled_documents: list[Document]) -> None:
    """Looking at two characters at a time gives the mentions that one pattern of every name, longest first, gives."""
    names = {"大兴", "甲", *(name for place in register() for name in (place.name, short_name(place)))}
    pattern = re.compile("|".join(sorted(map(re.escape, names), key=len, reverse=True)))
    by_start: dict[str, tuple[str, ...]] = {}
    for name in sorted(names, key=len, reverse=True):
        by_start[name[:2]] = (*by_start.get(name[:2], ()), name)
    texts = ["重庆市渝北区甲大兴区", "甲", "", *(clause.text for document in bundled_documents for clause in document.clauses)]
    assert [list(_named(text, by_start)) for text in texts] == [[m.span() for m in pattern.finditer(text)] for text in texts]


@pytest.mark.parametrize(
    ("text", "held", "path"),
    [
        ("宝山区补贴", ["上海市"], ("上海市", "宝山区")),
        ("宝山区补贴", ["上海市", "江苏省"], ("上海市", "宝山区")),
        ("宝山区补贴", [], ("黑龙江省", "双鸭山市", "宝山区")),
        ("宝山区补贴", ["江苏省"], ("黑龙江省", "双鸭山市", "宝山区")),  # none of the two lies there
        ("宝山区补贴", ["上海市", "黑龙江省"], ("黑龙江省", "双鸭山市", "宝山区")),  # both do
        ("双鸭山市宝山区补贴", ["上海市"], ("黑龙江省", "双鸭山市", "宝山区")),  # the question says which
        ("闵行区补贴", ["江苏省"], ("上海市", "闵行区")),  # there is only one
    ],
)
def test_a_name_of_several_places_is_the_one_within_what_a_corpus_holds(text: str, held: list[str], path: tuple[str, ...]) -> None:
    """Of two places of one name the one that lies in a place of the corpus is meant, unless the words before it say which."""
    assert [place.path for place in resolve(mentions(text), Gazetteer(map(_place, held)))] == [path]
