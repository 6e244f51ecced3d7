"""Who does it: the duty lists that policy clauses print, and prose that is none."""

from __future__ import annotations

import pytest

from assistant.library import title_of
from corpus.document import Document, UnitRule
from corpus.duties import always_included, duties, first_listed_leads, names_office
from corpus.load import parse
from corpus.normalize import normal
from corpus.reading import RawSource
from tests.conftest import Sliced, effort


def _document(text: str) -> Document:
    return parse(RawSource("甲.txt", text, "0"))


def _units(text: str, *, opens_with_unit: bool = False) -> tuple[list[str], list[str]] | None:
    folded = normal(text)
    found = duties(folded, opens_with_unit=opens_with_unit)
    if found is None:
        return None
    lead = [folded[unit.start : unit.end] for unit in found.units if unit.lead]
    return lead, [folded[unit.start : unit.end] for unit in found.units if not unit.lead]


@pytest.mark.parametrize(
    ("text", "lead", "responsible"),
    [
        ("建设助餐点。（牵头单位：区民政局；责任单位：区财政局、区住建局）", ["区民政局"], ["区财政局", "区住建局"]),
        ("建设助餐点。（牵头单位：区民政局，责任单位：区财政局）", ["区民政局"], ["区财政局"]),
        ("建设助餐点。（牵头部门：区民政局、区商务局；配合部门：各街道）", ["区民政局", "区商务局"], ["各街道"]),
        ("建设助餐点。（责任单位：区民政局、区财政局，各镇街）", [], ["区民政局", "区财政局", "各镇街"]),
        ("建设助餐点。（区民政局牵头，区财政局、区住建局配合）", ["区民政局"], ["区财政局", "区住建局"]),
        ("建设助餐点。（区民政局牵头负责，区财政局、区住建局等按职责分工负责）", ["区民政局"], ["区财政局", "区住建局"]),
        ("建设助餐点。（区民政局牵头区财政局、区住建局配合）", ["区民政局"], ["区财政局", "区住建局"]),
        ("建设助餐点。（区民政局、区财政局等部门按职责分工负责，各镇街落实属地责任）", [], ["区民政局", "区财政局", "各镇街"]),
        ("建设助餐点。（区民政局、区财政局按职责分工负责）", [], ["区民政局", "区财政局"]),
        ("建设助餐点。（区民政局负责）", [], ["区民政局"]),
        ("建設助餐點。（責任單位：縣衛生局、縣教育局）", [], ["县卫生局", "县教育局"]),
        ("建设助餐点。（区民政局会同区财政局负责）", ["区民政局"], ["区财政局"]),
        ("建设助餐点。（牵头单位：区民政局；责任单位：区财政局，下同）", ["区民政局"], ["区财政局"]),
        ("建设助餐点。（责任单位：区民政局、区财政局。列第一位为牵头单位，下同）", [], ["区民政局", "区财政局"]),
        ("建设助餐点（含改造）。（牵头单位：区民政局（区老龄办）；责任单位：区财政局）", ["区民政局(区老龄办)"], ["区财政局"]),
        ("建设。（区民政局牵头）培训。（区人社局负责）", ["区民政局"], ["区人社局"]),
        ("建设助餐点。\n牵头单位：区民政局\n责任单位：区财政局、区住建局。", ["区民政局"], ["区财政局", "区住建局"]),
        ("由区民政局牵头，开展检查。", ["区民政局"], []),
        ("由区民政局、区财政局负责组织实施。", [], ["区民政局", "区财政局"]),
    ],
)
def test_duty_list(text: str, lead: list[str], responsible: list[str]) -> None:
    """A duty list gives its units in its order, those that lead apart from the others."""
    assert _units(text) == (lead, responsible)


@pytest.mark.parametrize(
    "text",
    [
        "坚持对人民负责，强化责任落实。",
        "机构对老人的安全负责。",
        "机构主要负责人负责安全工作。",
        "建设助餐点（含改扩建项目）。",
        "设施（由举办者负责）齐全。",
        "建设助餐点（详见附件）。",
        "坚持多方参与（政府主导、社会参与）。",
        "（一）落实责任。",
        "牵头制定标准，配合开展检查。",
        "明确牵头单位和责任单位。",
        "（有关部门按职责分工负责）",
        "各街道负责摸清底数。",
    ],
)
def test_no_duty_list(text: str) -> None:
    """负责, 牵头 and 配合 in ordinary prose, and brackets of another sort, name no units."""
    assert _units(text) is None


@pytest.mark.parametrize(
    ("text", "unit"),
    [("公安部门负责监督指导机构开展安全防范。", "公安部门"), ("财政部门承担经费保障。", "财政部门"),
     ("卫生健康部门按职责负责医疗服务监管。", "卫生健康部门")],
)  # fmt: skip
def test_paragraph_of_a_duty_annex(text: str, unit: str) -> None:
    """A paragraph of a duty annex binds the department it opens with; elsewhere it is prose."""
    assert _units(text, opens_with_unit=True) == ([], [unit])
    assert _units(text) is None


@pytest.mark.parametrize("text", ["坚持政府主导，部门负责。", "加强部门协作。", "区级财政要安排经费。"])
def test_no_opening_unit(text: str) -> None:
    """A paragraph that opens with no department binds none, in a duty annex too."""
    assert _units(text, opens_with_unit=True) is None


@pytest.mark.parametrize(
    "text",
    ["列第一位为牵头单位，下同", "责任单位中列第一位的为牵头单位。", "排在首位的单位为牵头单位", "排名第一的责任单位为牵头部门",
     "第一个单位为牵头单位"],
)  # fmt: skip
def test_first_listed_rule(text: str) -> None:
    """A document may say that the unit listed first leads."""
    assert first_listed_leads(normal(text))


@pytest.mark.parametrize("text", ["把安全放在第一位。", "各项任务由牵头单位负责。", "牵头单位列席会议。"])
def test_no_first_listed_rule(text: str) -> None:
    """第一位 and 牵头单位 apart from each other state no rule."""
    assert not first_listed_leads(normal(text))


def test_first_listed_holds_from_its_clause_on() -> None:
    """The rule 列第一位为牵头单位，下同 holds for the lists from its clause on, not for those before."""
    document = _document(
        "甲区养老服务工作方案\n一、助餐\n每日供应午餐，方便老人就近用餐，逐步实现街道全面铺开，并按月检查服务质量和食品安全情况。（责任单位：区商务局、区民政局）\n"
        "二、助浴\n每周开放。（责任单位：区民政局、区财政局。列第一位为牵头单位，下同）\n三、助医\n每月巡诊。（责任单位：区卫生健康局、区民政局）\n"
        "四、助洁\n每月上门。（区商务局牵头，区民政局配合）\n五、宣传\n加强宣传。\n"
    )
    assert [(c.path, c.unit_rule, c.lead_units, c.responsible_units) for c in document.clauses] == [
        ("一", UnitRule.UNDISTINGUISHED, (), ("区商务局", "区民政局")),
        ("二", UnitRule.FIRST_LISTED, ("区民政局",), ("区民政局", "区财政局")),
        ("三", UnitRule.FIRST_LISTED, ("区卫生健康局",), ("区卫生健康局", "区民政局")),
        ("四", UnitRule.STATED, ("区商务局",), ("区民政局",)),
        ("五", UnitRule.NONE, (), ()),
    ]


@pytest.mark.parametrize(
    ("text", "unit"),
    [("各项任务的责任单位均包括各区人民政府，不再列出。", "各区人民政府"), ("以上任务均包括各街道，以下不再重复。", "各街道"),
     ("各项工作均已完成。", None), ("服务内容均包括助餐，不再收费。", None)],
)  # fmt: skip
def test_always_included(text: str, unit: str | None) -> None:
    """A document may say once that a unit belongs to every list."""
    assert always_included(normal(text)) == unit


def test_always_included_is_added() -> None:
    """The unit that a rule adds stands at the end of the later lists, and of none without units."""
    document = _document(
        "甲市养老服务工作方案\n一、助餐\n每日供应。（责任单位：市商务局，各项任务的责任单位均包括各区人民政府，不再列出）\n"
        "二、助浴\n每周开放。（责任单位：市民政局）\n三、宣传\n加强宣传。\n"
    )
    assert [clause.responsible_units for clause in document.clauses][1:] == [("市民政局", "各区人民政府"), ()]


def test_units_are_quoted_with_their_place() -> None:
    """Units are slices of the source, the list's brackets included in its span."""
    source = "甲省養老服務規劃\n一、助餐\n每日供應。（牽頭單位：省民政廳；責任單位：省財政廳）\n二、助浴\n每周開放。\n"
    clause = _document(source).clauses[0]
    assert (clause.lead_units, clause.responsible_units) == (("省民政廳",), ("省財政廳",))
    assert clause.units_span is not None
    assert clause.units_span.of(source) == "（牽頭單位：省民政廳；責任單位：省財政廳）"


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("第五条 中央主管机关掌理下列事项:\n一、政策之研拟。", ["中央主管机关"]),
        ("下列事项,由直辖市、县(市)主管机关掌理:\n一、执行。", ["直辖市、县(市)主管机关"]),
        ("公积金管理中心在归集方面履行下列职责:\n(一)编制计划;", ["公积金管理中心"]),
        ("本法所称主管机关:在中央为教育部;在直辖市为直辖市政府;在县(市)为县(市)政府。",
         ["教育部", "直辖市政府", "县(市)政府"]),
        ("其权责划分如下:\n一、教育主管机关:人力培育。\n二、建设、工务主管机关:建筑管理。", ["教育主管机关", "建设、工务主管机关"]),
        ("父母应履行下列义务:\n一、送托。", None),
        ("申请人应当履行下列职责:", None),
    ],
)  # fmt: skip
def test_bodies_that_a_law_charges(text: str, units: list[str] | None) -> None:
    """A list of tasks (掌理下列事項, 履行下列职责) and the naming of the competent bodies give units."""
    found = duties(text)
    assert (found and [text[u.start : u.end] for u in found.units]) == units


def test_an_article_that_opens_with_a_body_gives_it_a_duty() -> None:
    """市民政部门负责… binds in an article and under 职责分工; elsewhere 负责 is prose."""
    text = "第四条 市、区民政部门负责统筹规划。各级财政部门和审计局负责资金监管。志愿者负责送餐。有关部门负责配合。"
    assert duties(text) is None
    found = duties(text, regulates=True)
    assert found is not None
    assert [text[u.start : u.end] for u in found.units] == ["市、区民政部门", "各级财政部门", "审计局"]
    joint = "省建设行政主管部门会同同级财政部门,负责本办法执行情况的监督。"
    found = duties(joint, regulates=True)
    assert found is not None and [(joint[u.start : u.end], u.lead) for u in found.units] == [
        ("省建设行政主管部门", True), ("同级财政部门", False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "lead", "responsible"),
    [
        ("（牵头单位：市委宣传部，配合单位：各有关单位，各区）", ["市委宣传部"], ["各有关单位", "各区"]),
        ("（省工信厅牵头，各有关单位按职责分工负责）", ["省工信厅"], ["各有关单位"]),
        ("（牵头单位：市委组织部，配合单位：各项目牵头单位）", ["市委组织部"], ["各项目牵头单位"]),
        ("（省科技厅、省国税局等负责，列第一位者为牵头单位，下同）", [], ["省科技厅", "省国税局"]),
        ("给予资助。责任单位：市委组织部、市科技局。", [], ["市委组织部", "市科技局"]),
        ("（省科技厅负责，各市人民政府结合实际落实）", [], ["省科技厅", "各市人民政府"]),
        ("（甲局牵头，市级各有关部门及各县区政府按职责分工负责）", ["甲局"], ["市级各有关部门", "各县区政府"]),
        ("（甲委牵头，年内持续推进）", ["甲委"], []),
        ("（国务院各部门分别负责，2020年底前完成）", [], ["国务院各部门"]),
        ("（责任单位：甲局，乙管委会，6月底完成）", [], ["甲局", "乙管委会"]),
        ("（甲税务局、乙财政局，各区政府，列第一位的为牵头单位，下同）", [], ["甲税务局", "乙财政局", "各区政府"]),
        ("〔牵头单位：区政府办公室，责任单位：区政府有关部门，各街道〕", ["区政府办公室"], ["区政府有关部门", "各街道"]),
    ],
)
def test_lists_with_vague_parts_and_tails(text: str, lead: list[str], responsible: list[str]) -> None:
    """各有关单位 stays whole; what a bracket says behind its verb (下同, 结合实际) takes no unit away."""
    assert _units(text) == (lead, responsible)


def test_who_explains_a_document_has_no_task_in_it() -> None:
    """由…负责解释 is no duty list, nor is 具体解释由…负责."""
    assert _units("本办法由市民政局负责解释。") is None
    assert _units("具体政策解释由市卫生健康委员会负责。") is None


def test_bare_lists_behind_the_rule_that_makes_them_lists() -> None:
    """After 列第一位的为牵头单位，下同 a closing bracket of bodies is a duty list; other brackets are not."""
    document = _document(
        "甲市方案\n一、减税。落实政策。（甲税务局、乙财政局，列第一位的为牵头单位，下同）\n二、培训。开展技能（含创业）培训。（丙教育局、丁人社局）\n"
        "三、宣传。加强引导（报刊、网络）\n"
    )
    assert [(c.lead_units, c.responsible_units) for c in document.clauses] == [
        (("甲税务局",), ("甲税务局", "乙财政局")), (("丙教育局",), ("丙教育局", "丁人社局")), ((), ()),
    ]  # fmt: skip


SECTIONS = """甲区消防宣传方案
一、目标。到2025年完成全部消防宣传任务。
二、职责
1.消委办。牵头负责全区消防宣传工作，定期通报进度。
2.派出所。配合开展入户宣传，做好记录。
3.区应急局。指导演练和检查。
三、对象
1.养老机构。负责本院器材保养。
2.培训学校。配备灭火器材，做好记录。
3.宣传栏。由物业维护。
四、内容
1.派出所。配合开展入户宣传。
2.灭火器。每层配备两具。
3.楼道。保持畅通。
4.阳台。不堆放杂物。
"""


def test_items_headed_by_offices_give_each_its_task() -> None:
    """Where items side by side are headed by public bodies with a task each, the heading is the unit, and it leads where the
    task begins so; institutions that a section is about, and one office among things, are no units."""
    found = {clause.path: (clause.unit_rule, clause.lead_units, clause.responsible_units) for clause in _document(SECTIONS).clauses}
    none = (UnitRule.NONE, (), ())
    assert found["二/1"] == (UnitRule.STATED, ("消委办",), ())
    assert found["二/2"] == (UnitRule.UNDISTINGUISHED, (), ("派出所",))
    assert found["二/3"] == (UnitRule.UNDISTINGUISHED, (), ("区应急局",))
    assert [found[path] for path in found if path.startswith(("三/", "四/"))] == [none] * 7


def test_a_unit_in_a_heading_is_quoted_with_its_place() -> None:
    """The span of the unit is that of the heading."""
    clause = next(one for one in _document(SECTIONS).clauses if one.path == "二/2")
    assert clause.units_span is not None and clause.units_span.of(SECTIONS) == "派出所"


def test_a_task_under_an_office_is_titled_by_the_task() -> None:
    """In a list of a unit's tasks its own name says nothing; any other heading is the title."""
    titles = {clause.path: title_of(clause) for clause in _document(SECTIONS).clauses}
    assert titles["二/2"] == "配合开展入户宣传，做好记录。"
    assert titles["三/1"] == "养老机构"


@pytest.mark.parametrize(
    ("heading", "following", "office"),
    [
        ("消委办", "。牵头负责全区消防宣传工作", True),
        ("派出所", "。配合开展入户宣传", True),
        ("区卫生健康委(区老龄办)", "。指导社区开展义诊", True),
        ("派出所", "。位于和平路三号", False),
        ("养老机构", "。应当开展自查", False),
        ("宣传工作", "。由派出所负责", False),
    ],
)
def test_a_heading_names_an_office_where_its_task_follows(heading: str, following: str, office: bool) -> None:
    """A public body alone is no duty, nor is a task without one."""
    assert names_office(heading, following) is office


@pytest.mark.parametrize("sentence", ["由甲局负责推进。", "建设助餐点。(甲局、乙局)", "甲局负责建设的监督。"])
def test_four_times_the_text_is_four_times_the_work(sentence: str) -> None:
    """What stands before and behind a list is not read anew for each list."""
    few, many = (
        effort(lambda count=count: duties(Sliced(sentence * count), regulates=True, bare=True))
        for count in (200, 800)
    )
    assert many < 8 * few  # sixteen times, were it each with each
