"""Which place a document is of: each kind of evidence, what outranks what, and when nothing is sure."""

from __future__ import annotations

import re

import pytest

from corpus import origin as room
from corpus.load import parse
from corpus.normalize import normal
from corpus.origin import Evidence, origin
from corpus.reading import RawSource


def _of(
    *, titles: tuple[str, ...] = (), number: str | None = None, issuers: tuple[str, ...] = (), filed: tuple[str, ...] = (),
    to: tuple[str, ...] = (), text: str = "", script: str = "hans",
) -> str | None:  # fmt: skip
    place = origin(Evidence(titles, number, issuers, filed, to, normal(text), script))
    return "/".join(place.path) if place else None


def test_who_signed_outranks_the_title() -> None:
    """A plan that speaks of another place is of the place whose government signed it."""
    assert _of(issuers=("重庆市渝北区人民政府办公室",), titles=("四川省方案",)) == "重庆市/渝北区"


def test_bodies_of_places_apart_make_no_place() -> None:
    """川渝 issue together: neither is the place, unless the title says which."""
    both = ("重庆市人民政府办公厅", "四川省人民政府办公厅")
    assert _of(issuers=both, titles=("成渝地区双城经济圈建设方案",)) is None
    assert _of(issuers=both, titles=("四川省托育方案",)) == "四川省"


@pytest.mark.parametrize(
    ("issuer", "place"),
    [("国家税务总局广州市税务局", "广东省/广州市"), ("中共北京市委办公厅", "北京市"), ("中国人民银行上海总部", "上海市"),
     ("国务院办公厅", None), ("教育部", None)],
)  # fmt: skip
def test_a_branch_of_a_national_body_is_of_its_place(issuer: str, place: str | None) -> None:
    """国家税务总局广州市税务局 is Guangzhou's; the body itself is of no place."""
    assert _of(issuers=(issuer,)) == place


@pytest.mark.parametrize(
    "said",
    [
        {"issuers": ("国务院",), "titles": ("海南自由贸易港建设总体方案",)},
        {"number": "国发〔2020〕3号", "titles": ("北京市服务业扩大开放方案",)},
        {"number": "人社部发〔2021〕102号", "filed": ("河南省人力资源和社会保障厅",)},
        {"titles": ("中华人民共和国海南自由贸易港法",), "text": "海南省海南省海南省"},
        {"to": ("各省、自治区、直辖市人民政府",), "titles": ("上海市试点方案",)},
    ],
)
def test_a_document_of_the_whole_country_has_no_place(said: dict[str, tuple[str, ...]]) -> None:
    """A national issuer, number, title or addressee: whatever place it speaks of, it holds everywhere."""
    assert _of(**said) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("number", "text", "place"),
    [
        (None, "落实长春市部署，制定本方案。", "吉林省/长春市/朝阳区"),
        ("京朝政办发〔2024〕1号", "制定本方案。", "北京市/朝阳区"),
        (None, "制定本方案。", None),
        (None, "学习北京市和长春市的做法。", None),
    ],
)
def test_a_name_of_several_places_needs_what_stands_above_it(number: str | None, text: str, place: str | None) -> None:
    """朝阳区人民政府 is one of three: the text or the number says which, or nothing does."""
    assert _of(issuers=("朝阳区人民政府",), number=number, text=text) == place


def test_the_title_and_the_field_of_a_web_page() -> None:
    """The title is believed where the page's 发布机构 lies in that place; a body elsewhere makes it doubtful."""
    assert _of(titles=("广州市老年人助餐办法",), filed=("广州市天河区财政局",)) == "广东省/广州市"
    assert _of(titles=("广州市老年人助餐办法",), filed=("湖南省财政厅",)) is None
    assert _of(titles=("育儿补贴政策解读",), filed=("吉林省卫生健康委员会",)) == "吉林省"
    assert _of(titles=("关于支持新疆发展的措施",)) is None


@pytest.mark.parametrize(
    ("number", "to", "text", "place"),
    [
        ("吉卫发〔2025〕3号", "各市（州）卫生健康委", "", "吉林省"),
        ("桂政办发〔2023〕7号", "各设区市人民政府", "", "广西壮族自治区"),
        ("沪卫人口〔2025〕12号", "各区卫生健康委", "", "上海市"),
        ("吉卫发〔2025〕3号", "各县（市、区）卫生健康局", "", None),  # 吉安 writes 吉 too
        ("宁政发〔2025〕3号", "各区人民政府", "", None),  # 南京 writes to its 区
        ("吉卫发〔2025〕3号", "各市（州）卫生健康委", "辽宁省的做法", None),
        ("甲卫发〔2025〕3号", "各市（州）卫生健康委", "", None),
    ],
)
def test_the_number_counts_with_whom_it_is_sent_to(number: str, to: str, text: str, place: str | None) -> None:
    """An abbreviation alone proves nothing; with the addressees of a province and no other place named it does."""
    assert _of(number=number, to=(normal(to),), text=text) == place


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("我省制定印发了方案，对户籍登记在吉林省的婴幼儿发放补贴。", "吉林省"),
        ("统计全省人口。加强健康海南建设，覆盖全省。", "海南省"),
        ("我市出台办法，长春市户籍的家庭可申领。", "吉林省/长春市"),
        ("我省和江苏省、浙江省一起推进。", None),
        ("对户籍登记在吉林省的婴幼儿发放补贴。", None),
        ("在全省（区、市）推开，吉林省先行，本省（自治区、直辖市）自定。", None),
        ("我省按照《吉林省实施方案》执行。", None),
        ("为落实国家规定，结合抚州实际，提出以下措施。", "江西省/抚州市"),
        ("结合抚州实际和赣州实际，提出以下措施；结合赣州实际另定。", None),
    ],
)
def test_a_text_that_speaks_of_its_own_place(text: str, place: str | None) -> None:
    """我省, 本市, 全县 and one place of that rank; cited titles say nothing, and two places are one too many."""
    assert _of(text=text) == place


def test_news_that_names_one_place_only() -> None:
    """A text without title, number and issuer is of the one place it names, often and from the start."""
    news = "广州市生育保险政策迎来新变化！符合《广东省职工生育保险规定》的，到广州市医保中心办理。“广州医保”可查。广州市各区均可。"
    assert _of(text=news) == "广东省/广州市"
    assert _of(text=news + "深圳市另行规定。") is None
    assert _of(text="国家卫生健康委通报：" + news) is None


@pytest.mark.parametrize(
    ("title", "place"),
    [
        ("香港澳门台湾居民居住证申领发放办法", None),
        ("台湾同胞投资保护法", None),
        ("香港特别行政区长者医疗券计划", "香港特别行政区"),
        ("河南省对口支援新疆工作方案", "河南省"),
        ("长江保护条例", None),
    ],
)
def test_a_title_is_of_the_place_it_begins_with(title: str, place: str | None) -> None:
    """Rules for people from a place are not that place's, and what a province does elsewhere is the province's."""
    assert _of(titles=(title,)) == place


TAIWAN = "第 2 條\n本法所稱主管機關：在中央為教育部；在直轄市為直轄市政府；在縣（市）為縣（市）政府。\n直轄市、縣（市）主管機關應予協助。"


def test_taiwan_by_the_words_of_its_statutes() -> None:
    """A Traditional text in the words of Taiwan's statutes is of Taiwan, a city's there of the city."""
    assert _of(text=TAIWAN, titles=("幼儿教育及照顾法",), script="hant") == "台湾省"
    assert _of(text=TAIWAN, titles=("台北市托育自治条例",), script="hant") == "台湾省/台北市"
    assert _of(text="各直轄市應加強托育服務。", script="hant") is None
    assert _of(text=TAIWAN) is None


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("行政長官在施政報告公布，社會福利署推行計劃。", "香港特别行政区"),
        ("根據第5/2010號行政法規，經第12/2020號行政長官批示修改，社會工作局負責。澳門特別行政區公報。", "澳门特别行政区"),
        ("行政長官和立法會。", None),
    ],
)
def test_hong_kong_and_macao_by_their_words(text: str, place: str | None) -> None:
    """Two different marks of one of them and fewer of the other; 立法會 both have."""
    assert _of(text=text, script="hant") == place


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        (room.NATIONAL, "教育部办公厅", "省教育厅"),
        (room.NATIONAL, "财政部", "财政部门监督办法"),
        (room._NATIONAL_NUMBER, "国办发〔2019〕3号", "杭卫发〔2025〕1号"),
        (room._PROVINCE_WRITES, "各设区市人民政府", "各区人民政府"),
        (room._MUNICIPALITY_WRITES, "各区人民政府", "各镇人民政府"),
        (room._SELF, "我省实际", "全省(区、市)"),
        (room._RANKED, "渝北区", "渝北"),
        (room._ASIDE, "关于支持", "关于印发"),
        (room._PEOPLE, "澳门居民", "澳门社会工作局"),
        (room._CITED, "《吉林省方案》", "吉林省方案"),
    ],
)
def test_patterns(pattern: re.Pattern[str], yes: str, no: str) -> None:
    """Each named pattern finds what it is for and leaves its look-alike."""
    assert pattern.search(yes) and not pattern.search(no)


FILED = """育儿补贴制度实施方案政策解读

一、目的
我省制定印发了实施方案，补贴标准为每孩每年3600元。

二、条件
申请以家庭为单位。

发文机关： | 吉林省卫生健康委员会
---|---
成文日期： |
发文字号： | 无
发布日期： | 2025年11月27日
"""


def test_the_fields_of_a_page_under_an_interpretation() -> None:
    """发文机关 in a cell of its own is the issuer and gives the place; 发布日期 is the day it was put out."""
    document = parse(RawSource("a.md", FILED, ""))
    assert document.issuers == ("吉林省卫生健康委员会",)
    assert document.place is not None and document.place.name == "吉林省"
    assert (document.issued, document.published, document.document_number) == (None, "2025-11-27", None)


def test_an_annex_alone_has_its_own_title() -> None:
    """A file that holds nothing but 附件1 is called by the annex's title, not by the file name."""
    annex = "附件1\n省级部门职责清单\n\n| 部门 | 职责 |\n|---|---|\n| 省财政厅 | 推进健康海南建设，覆盖全省。 |\n| 省统计局 | 统计全省人口。 |\n"
    document = parse(RawSource("c05.md", annex, ""))
    assert document.title == "省级部门职责清单"
    assert document.place is not None and document.place.name == "海南省"


def test_a_title_printed_twice_is_taken_once() -> None:
    """The notice's title above and below the number: the plan's title ends at the first 的通知."""
    title = "甲市财政局关于印发甲市就业见习基地管理办法的通知"
    text = f"{title}\n甲财〔2019〕6号\n{title}\n各区财政局：\n现将办法印发给你们。\n甲市财政局\n2019年10月9日\n第一条 为加强管理，制定本办法。\n第二条 本办法由市财政局解释。\n"
    assert parse(RawSource("b.txt", text, "")).title == "甲市就业见习基地管理办法"


def test_a_table_of_other_documents_gives_no_number() -> None:
    """Numbers in table cells are the document's own only where they are all one."""
    rows = "| 甲办法 | 甲民规〔2024〕3号 |\n| 乙办法 | {} |\n"
    head = "清理结果\n\n| 文件 | 文号 |\n|---|---|\n"
    assert parse(RawSource("a.md", head + rows.format("乙民规〔2024〕4号"), "")).document_number is None
    assert parse(RawSource("a.md", head + rows.format("甲民规〔2024〕3号"), "")).document_number == "甲民规〔2024〕3号"


def test_a_law_is_issued_by_the_congress_that_passed_it() -> None:
    """北京市第八届人民代表大会第一次会议通过: the body's name without its session, and the national one as ever."""
    law = "# {}\n\n{}\n\n第一条 为规范议案工作，制定本规定。\n\n第二条 本规定自公布之日起施行。\n"
    local = parse(RawSource("a.md", law.format("关于议案的规定", "1983年3月16日 北京市第八届人民代表大会第一次会议通过"), ""))
    assert local.issuers == ("北京市人民代表大会",)
    assert local.place is not None and local.place.name == "北京市"
    national = parse(RawSource("b.md", law.format("议案法", "2001年12月29日 第九届全国人民代表大会常务委员会第二十五次会议通过"), ""))
    assert (national.issuers, national.place) == (("全国人民代表大会常务委员会",), None)


def test_a_law_of_a_city_for_one_district_is_of_the_district() -> None:
    """The narrower place that the title begins with, where it lies within that of the issuer."""
    issuers = ("上海市人民代表大会常务委员会",)
    assert _of(issuers=issuers, titles=("上海市浦东新区促进张江生物医药产业创新高地建设规定",)) == "上海市/浦东新区"
    assert _of(issuers=issuers, titles=("江苏省南京市规定",)) == "上海市"


def test_a_signature_in_columns_of_two_lines() -> None:
    """A long name on one line and the bodies below it: each body is read with its place."""
    text = """各市、县（市、区）卫生健康委：

现将方案印发给你们。

广西壮族自治区 广西壮族自治区

卫生健康委员会 公安厅

2026年6月29日

一、工作目标
高效便民。

二、重点任务
全程网办。
"""
    assert parse(RawSource("g.md", text, "")).issuers == ("广西壮族自治区卫生健康委员会", "广西壮族自治区公安厅")


@pytest.mark.parametrize("cited", ["根据《甲市实施意见》（甲政发〔2025〕7号）文件精神，按照《省政府办公厅关于印发乙方案的通知》（乙政办发〔2025〕6号）规定，", "2025年6月，省政府办公厅印发《乙方案》（乙政办发〔2025〕6号）。"])  # fmt: skip
def test_a_number_behind_a_cited_title_is_not_the_documents_own(cited: str) -> None:
    """The bracket behind a quoted title holds that title's number."""
    text = f"{cited}制定细则如下：\n\n一、资格\n在本市居住。\n\n二、标准\n每孩1000元。\n"
    document = parse(RawSource("细则.md", text, ""))
    assert document.document_number is None


def test_a_page_that_says_its_title_and_no_more() -> None:
    """`Title:` above a crawled page is its title; the line of date and source is not."""
    body = "\n\n一、背景\n联合制定方案。\n\n二、内容\n发放补贴。\n"
    assert parse(RawSource("a.md", "Title: 天河区推进家庭医生签约服务" + body, "")).title == "天河区推进家庭医生签约服务"
    assert parse(RawSource("b.md", "title: 日期：2025-12-31 来源：甲省卫生健康委员会" + body, "")).title == "b"
