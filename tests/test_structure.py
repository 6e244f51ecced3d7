"""The outline: which numbered unit begins where, in which part of the file, under what."""

from __future__ import annotations

import pytest

from corpus.document import Clause, ClauseKind, Document, Part
from corpus.errors import SourceError
from corpus.load import parse
from corpus.lossless import leaks
from corpus.normalize import normal
from corpus.reading import RawSource
from corpus.structure import ANNEX, ANNEX_LIST, BOX, INTERPRETATION, NOTE
from tests.conftest import effort


def _document(text: str) -> Document:
    return parse(RawSource("甲.txt", text, "0"))


def _paths(text: str) -> list[str]:
    return [clause.path for clause in _document(text).clauses]


def _clause(document: Document, path: str) -> Clause:
    return next(clause for clause in document.clauses if clause.path == path)


@pytest.mark.parametrize(
    ("text", "number", "title"),
    [("专栏1 普惠养老工程", "1", "普惠养老工程"), ("专栏一：重点项目", "一", "重点项目"), ("專欄 2 智慧養老 |", "2", "智慧养老")],
)
def test_box(text: str, number: str, title: str) -> None:
    """A 专栏 opens a line with its number and title."""
    found = BOX.match(normal(text))
    assert found is not None and found.groups() == (number, title)


@pytest.mark.parametrize("text", ["专栏内容由各区编制", "见专栏1", "网站专栏1"])
def test_no_box(text: str) -> None:
    """A 专栏 that is mentioned opens none."""
    assert not BOX.match(normal(text))


@pytest.mark.parametrize(
    ("text", "number", "listed"),
    [("附件", "", False), ("附件1", "1", False), ("附件 3 职责分工", "3", False), ("附件一", "一", False), ("附录", "", False),
     ("附表2 指标", "2", False), ("附件：任务分解表", "", True), ("附件：1.任务分解表", "", True)],
)  # fmt: skip
def test_annex(text: str, number: str, listed: bool) -> None:
    """An annex opens with its word and number; a list of annexes names them behind a colon."""
    found = ANNEX.match(normal(text))
    assert found is not None and found.group(1) == number
    assert bool(ANNEX_LIST.match(normal(text))) is listed


@pytest.mark.parametrize("text", ["详见附件1", "附则", "（附件）", "附带条件"])
def test_no_annex(text: str) -> None:
    """An annex that is mentioned opens none."""
    assert not ANNEX.match(normal(text))


@pytest.mark.parametrize("text", ["注：床位数含家庭床位。", "注:1.甲", "备注：甲", "说明：甲", "填表说明：甲", "註：甲"])
def test_note(text: str) -> None:
    """A note opens with its word and a colon."""
    assert NOTE.match(normal(text))


@pytest.mark.parametrize("text", ["注意：甲", "注册：甲", "注重实效", "另注：甲"])
def test_no_note(text: str) -> None:
    """A word that begins like 注 is no note."""
    assert not NOTE.match(normal(text))


@pytest.mark.parametrize("text", ["《甲区方案》政策解读", "政策问答", "一图读懂甲区方案", "甲区方案解读材料"])
def test_interpretation(text: str) -> None:
    """An interpretation is known by the end of its title."""
    assert INTERPRETATION.search(normal(text))


@pytest.mark.parametrize("text", ["做好政策解读工作", "开展解读的通知"])
def test_no_interpretation(text: str) -> None:
    """A document that asks for an interpretation is none."""
    assert not INTERPRETATION.search(normal(text))


def test_numbering_that_restarts() -> None:
    """Numbers that begin anew in each section are cited with their sections, so that no two are alike."""
    text = (
        "甲区养老服务方案\n一、设施\n（一）城区\n1.新建助餐点。\n2.改造敬老院。\n（二）乡镇\n1.新建互助站。\n2.配备车辆。\n"
        "二、人员\n（一）培训\n1.开展培训。\n2.组织考试。\n"
    )
    assert _paths(text) == [
        "一/(一)/1", "一/(一)/2", "一/(二)/1", "一/(二)/2", "二/(一)/1", "二/(一)/2",
    ]  # fmt: skip


def test_numbering_that_runs_on() -> None:
    """Numbers that run on across sections keep their own number under the section they stand in."""
    text = (
        "甲区养老服务方案\n一、设施\n（一）城区\n1.新建助餐点。\n2.改造敬老院。\n（二）乡镇\n3.新建互助站。\n4.配备车辆。\n"
        "二、人员\n（三）培训\n5.开展培训。\n6.组织考试。\n"
    )
    assert _paths(text) == [
        "一/(一)/1", "一/(一)/2", "一/(二)/3", "一/(二)/4", "二/(三)/5", "二/(三)/6",
    ]  # fmt: skip


def test_levels_are_learned_from_the_document() -> None:
    """A document that nests 1. under 一、 and （1） under 1. is read as it nests."""
    document = _document("甲区方案细则\n一、设施\n1.助餐点。\n（1）城区。建设助餐点。\n（2）乡镇。建设互助站。\n2.敬老院。\n二、人员\n加强培训。\n")
    assert [c.path for c in document.clauses] == ["一/1", "一/1/(1)", "一/1/(2)", "一/2", "二"]
    inner = _clause(document, "一/1/(2)")
    assert inner.breadcrumb == ("设施", "助餐点")
    assert inner.label == "一1（2）"


def test_headings() -> None:
    """A heading runs in up to its stop or fills its line; a long sentence has none."""
    document = _document(
        "甲区养老服务方案\n一、总体要求\n坚持就近就便，方便老人。\n二、主要任务\n（一）新建助餐点。每个街道建设一处助餐点，按月检查，按季通报。\n"
        "（二）各街道要在摸清辖区老年人口底数的基础上，结合实际情况，按照方便可及的原则，于年底前完成辖区内全部助餐点的选址、建设和验收工作。\n"
    )
    assert [(c.path, c.heading) for c in document.clauses] == [
        ("一", "总体要求"), ("二/(一)", "新建助餐点"), ("二/(二)", None),
    ]  # fmt: skip
    assert [h.text for h in document.headings if h.level] == ["二、主要任务"]
    assert _clause(document, "二/(一)").breadcrumb == ("主要任务",)


def test_a_number_that_wraps_is_no_heading() -> None:
    """A number, a year or a cited article that opens a line of running text begins no clause."""
    document = _document(
        "甲区养老服务方案\n一、任务\n1.盘活资源。利用闲置用房建设床位，\n2023年建成100个，\n2024年建成200个。\n"
        "2.规范管理。机构依照\n第三条规定备案，面积\n5.5万平方米以上的小区应当配建，参照上级第\n七、八项执行。\n"
        "9.这一行与前文不连续。\n二、要求\n抓好落实。\n"
    )
    assert [clause.path for clause in document.clauses] == ["一/1", "一/2", "二"]
    assert _clause(document, "一/1").text.endswith("2024年建成200个。")
    assert _clause(document, "一/2").text.endswith("不连续。")


def test_a_clause_number_inside_a_line() -> None:
    """A number inside a line of running text divides nothing."""
    assert _paths("甲区方案细则\n一、任务\n按照一、二类标准和（一）（二）两项要求，做到1.不漏；2.不错。\n二、要求\n抓好落实。\n") == ["一", "二"]


def test_law() -> None:
    """Articles are numbered through the law; items inside an article are cited with it."""
    document = _document(
        "甲市养老服务条例\n第一章 总则\n第一条 为了规范养老服务，制定本条例。\n第二条 本条例适用于：\n（一）机构养老；\n（二）居家养老。\n"
        "依照第五条规定处理的，从其规定。\n第二章 设施\n第三条 设施面积不得少于三百平方米。\n第四条 区级应当：\n1.编制规划；\n2.安排土地。\n"
        "第五条 本条例自公布之日起施行。\n"
    )
    assert [clause.path for clause in document.clauses] == ["第一条", "第二条", "第三条", "第四条", "第五条"]
    assert {clause.kind for clause in document.clauses} == {ClauseKind.ARTICLE}
    assert _clause(document, "第二条").text.endswith("（二）居家养老。\n依照第五条规定处理的，从其规定。")
    assert _clause(document, "第四条").breadcrumb == ("设施",)
    assert [h.text for h in document.headings if h.level] == ["第一章 总则", "第二章 设施"]


def test_traditional_law() -> None:
    """第 1 條 on a line of its own heads the lines under it; 款 and 項 stay with their article."""
    document = _document(
        "甲省養老服務辦法\n第 1 條\n為發展養老服務，訂定本辦法。\n第 2 條\n養老機構應符合下列規定：\n一、床位三十床以上。\n二、每床面積六平方公尺以上。\n"
        "前項規定，依第 1 條辦理。\n第 2-1 條\n主管機關得派員檢查。\n第 3 條\n本辦法自發布日施行。\n"
    )
    assert [clause.path for clause in document.clauses] == ["第1条", "第2条", "第2-1条", "第3条"]
    second = _clause(document, "第2条")
    assert second.text.startswith("第 2 條\n養老機構")
    assert second.text.endswith("前項規定，依第 1 條辦理。")
    assert document.script == "hant"


NOTICE_AND_PLAN = """甲县人民政府办公室关于印发甲县养老服务实施方案的通知
甲政办发〔2024〕3号

各区人民政府，县直各部门：
《甲县养老服务实施方案》已经县政府同意，现印发给你们，请认真贯彻执行。
甲县人民政府办公室
2024年3月5日

甲县养老服务实施方案
为做好养老服务，制定本方案。
一、总体要求
坚持就近就便。
二、主要任务
（一）建设设施。
1.新建助餐点。
2.改造敬老院。
（二）培训人员。
3.开展培训。
附件：甲县部门职责分工
附件
甲县部门职责分工
民政部门负责统筹协调。
财政部门负责安排经费。
《甲县养老服务实施方案》政策解读
一、为什么制定本方案？
为了方便老人。
二、主要内容有哪些？
共两部分。
"""


def test_notice_plan_annex_interpretation() -> None:
    """A file that carries a notice, its plan, an annex and an interpretation keeps the four apart."""
    document = _document(NOTICE_AND_PLAN)
    assert [(clause.path, clause.part, clause.kind) for clause in document.clauses] == [
        ("通知", Part.NOTICE, ClauseKind.NOTICE),
        ("序", Part.BODY, ClauseKind.PREAMBLE),
        ("一", Part.BODY, ClauseKind.ITEM),
        ("二/(一)/1", Part.BODY, ClauseKind.ITEM),
        ("二/(一)/2", Part.BODY, ClauseKind.ITEM),
        ("二/(二)/3", Part.BODY, ClauseKind.ITEM),
        ("附件/¶1", Part.ANNEX, ClauseKind.PARAGRAPH),
        ("附件/¶2", Part.ANNEX, ClauseKind.PARAGRAPH),
        ("解读/一", Part.INTERPRETATION, ClauseKind.ITEM),
        ("解读/二", Part.INTERPRETATION, ClauseKind.ITEM),
    ]
    assert _clause(document, "附件/¶1").responsible_units == ("民政部门",)


def test_identity_of_a_notice() -> None:
    """A notice that carries a plan is known by its own number and date and by the plan's title."""
    document = _document(NOTICE_AND_PLAN)
    assert document.document_id == document.document_number == "甲政办发〔2024〕3号"
    assert document.title == "甲县养老服务实施方案"
    assert document.issuers == ("甲县人民政府办公室",)
    assert document.issued == "2024-03-05"


@pytest.mark.parametrize("named", ["印发《甲县养老服务实施方案》的通知", "印发甲县养老服务实施方案的通知"])
def test_title_of_a_plan_that_begins_at_its_first_label(named: str) -> None:
    """A notice whose plan has lost its own title line is known by the title that the notice quotes."""
    document = _document(f"甲县人民政府办公室关于{named}\n甲政办发[2024] 3 号\n一、总体要求\n坚持就近就便。\n二、要求\n抓好落实。\n")
    assert document.title == "甲县养老服务实施方案"
    assert document.document_number == "甲政办发[2024]3号"


def test_signature_is_no_clause() -> None:
    """The signature and the date under the last clause are headings, not its text."""
    document = _document(
        "甲市关于做好养老工作的通知\n甲民发〔2024〕5号\n各区民政局：\n现就有关事项通知如下。\n一、加强供给\n增加床位。\n二、加强监管\n按月检查。\n"
        "甲市民政局\n2024年5月6日\n"
    )
    assert [clause.path for clause in document.clauses] == ["序", "一", "二"]
    assert document.clauses[-1].text == "二、加强监管\n按月检查。"
    assert (document.issuers, document.issued) == (("甲市民政局",), "2024-05-06")


def test_unnumbered_document() -> None:
    """A file without numbering gives its paragraphs as clauses, and warns of what it lacks."""
    document = _document("甲区关于做好冬季供暖工作的公告\n现将供暖有关事项公告如下。\n收费标准为每平方米24元。\n特此公告。\n")
    assert [(clause.path, clause.kind, clause.label) for clause in document.clauses] == [
        ("¶1", ClauseKind.PARAGRAPH, "第1段"), ("¶2", ClauseKind.PARAGRAPH, "第2段"), ("¶3", ClauseKind.PARAGRAPH, "第3段"),
    ]  # fmt: skip
    assert document.title == "甲区关于做好冬季供暖工作的公告"
    assert document.warnings == ("no document number found", "no issuer found")


def test_box_in_a_section() -> None:
    """A 专栏 is a clause of its own under its section, with the lines below it."""
    document = _document(
        "甲省养老服务规划\n一、重点任务\n扩大供给。\n专栏1 普惠养老工程\n到2025年，建成床位500张。\n改造敬老院20家。\n二、保障措施\n落实经费。\n"
    )
    box = _clause(document, "专栏1")
    assert (box.kind, box.heading, box.breadcrumb) == (ClauseKind.BOX, "普惠养老工程", ("重点任务",))
    assert box.text.endswith("改造敬老院20家。")
    assert _clause(document, "一").text == "一、重点任务\n扩大供给。"


def test_markdown_document() -> None:
    """Markdown heads and bold marks change neither the numbering nor the quoted words."""
    document = _document("# 甲区养老服务方案\n\n## 一、总体要求\n\n坚持就近就便。\n\n## 二、主要任务\n\n### **（一）新建助餐点**\n\n按季通报。\n")
    assert [(clause.path, clause.heading) for clause in document.clauses] == [("一", "总体要求"), ("二/(一)", "新建助餐点")]
    assert document.title == "甲区养老服务方案"


def test_a_number_printed_twice() -> None:
    """A number that a document prints twice by mistake gets `~2`, so that ids stay unique."""
    assert _paths("甲区方案细则\n一、任务\n（一）助餐。每日供应。\n（二）助浴。每周开放。\n（二）助医。每月巡诊。\n二、要求\n抓好落实。\n") == [
        "一/(一)", "一/(二)", "一/(二)~2", "二",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["首页\n打印本页\n", "甲市养老服务方案\n"])
def test_nothing_to_cite(text: str) -> None:
    """A file without policy text is refused by name."""
    with pytest.raises(SourceError, match=r"甲\.txt"):
        _document(text)


def test_paragraphs_that_count_with_one_is() -> None:
    """一是…二是… are clauses where each opens a paragraph, and sentences of their clause within one."""
    document = _document(
        "甲市工作方案\n一、加强领导。成立专班。\n一是健全机制。每月开会。\n二是压实责任。\n"
        "二、加大投入。一是安排100万元；二是盘活用房。\n"
    )
    assert [(c.path, c.heading) for c in document.clauses] == [
        ("一", "加强领导"), ("一/一是", "健全机制"), ("一/二是", None), ("二", "加大投入"),
    ]  # fmt: skip


def test_an_order_and_the_rules_it_makes() -> None:
    """The sentence of an order is a clause; its number, organ and date are the document's."""
    document = _document(
        "网站首页\n甲市人民政府令\n第179号\n《甲市助餐管理办法》已经市政府常务会议审议通过，现予公布，自2020年8月1日起施行。\n"
        "市长 张三\n2020年6月1日\n甲市助餐管理办法\n第一条 为了规范助餐，制定本办法。\n第二条 助餐点由街道设立。\n"
    )
    assert [c.path for c in document.clauses] == ["通知", "第一条", "第二条"]
    assert (document.document_number, document.issuers, document.issued) == (
        "甲市人民政府令第179号", ("甲市人民政府",), "2020-06-01",
    )  # fmt: skip
    assert document.relations.validity.since == "2020-08-01"


def test_an_amended_law_keeps_the_day_it_was_made() -> None:
    """Lines of later amendments give neither the date of issue nor the number."""
    document = _document(
        "助餐条例\n1999年4月3日 国务院令第262号发布\n2002年3月24日 《国务院关于修改〈助餐条例〉的决定》第一次修订\n"
        "第一条 为了规范助餐，制定本条例。\n第二条 本条例适用于助餐。\n"
    )
    assert (document.document_number, document.issued) == ("国务院令第262号", "1999-04-03")
    law = _document(
        "养老法\n2001年12月29日 第九届全国人民代表大会常务委员会第二十五次会议通过\n第一条 为了养老，制定本法。\n第二条 国家支持养老。\n"
    )
    assert law.issuers == ("全国人民代表大会常务委员会",)


def test_text_right_under_a_chapter() -> None:
    """Paragraphs under 第X章 and 第X节 are clauses with that heading above them."""
    document = _document(
        "甲市养老规划\n第一章 目标\n到2025年，床位达到5万张。\n第二章 任务\n第一节 社区服务\n新建中心100个。\n加强监管。\n第三章 保障\n一、组织。成立专班。\n"
    )
    assert [(c.path, c.breadcrumb) for c in document.clauses] == [
        ("第一章/¶1", ("目标",)), ("第二章/第一节/¶1", ("任务", "社区服务")),
        ("第二章/第一节/¶2", ("任务", "社区服务")), ("第三章/一", ("保障",)),
    ]  # fmt: skip


def test_numbers_that_a_page_leaves_out() -> None:
    """第X条 is an article however far it jumps; a numeral alone on its line is the next of its family."""
    assert _paths("甲法（节选）\n第三条 为了养老。\n第四十六条 支付补偿。\n第七章 责任\n第八十七条 支付赔偿。\n") == [
        "第三条", "第四十六条", "第八十七条",
    ]  # fmt: skip
    assert _paths("关于折算的通知\n一、计算\n年工作日250天。\n二、折算\n月计薪21天。\n三\n《旧通知》同时废止。\n") == [
        "一", "二", "三",
    ]  # fmt: skip


def test_a_label_before_a_number() -> None:
    """`2.2024年…` and `11.121人才…` are the next item, not a decimal; 1.5万 stays running text."""
    lines = "甲市补贴办法\n一、条件\n1.户籍在本市。\n2.2024年1月4日后出生。\n3.申请。\n1.5万元以内的从简。\n"
    assert _paths(lines) == ["一/1", "一/2", "一/3"]


def test_a_table_of_contents_is_no_text() -> None:
    """What stands under 目录 and comes again is left out; the articles keep their paths."""
    document = _document(
        "甲法\n目 录\n第一章 总 则\n第二章 附 则\n第一章 总 则\n第一条 为了养老。\n第二章 附 则\n第二条 自公布之日起施行。\n"
    )
    assert [c.path for c in document.clauses] == ["第一条", "第二条"]
    assert [f.reason for f in document.furniture] == ["contents"]


def test_numbers_within_a_box() -> None:
    """A 专栏 has a list of its own; the plan's numbering goes on behind it."""
    assert _paths(
        "甲市规划\n一、设施\n（一）网络。重点任务：\n1.建设基站。\n专栏1 网络工程\n1.扩容。\n2.部署。\n（二）算网。加快建设。\n"
    ) == ["一/(一)", "一/(一)/1", "专栏1", "专栏1/1", "专栏1/2", "一/(二)"]


def test_questions_and_answers() -> None:
    """问 opens a clause to which its answer belongs, numbered or not."""
    document = _document(
        "关于《甲办法》的政策解读\n问：为什么出台？\n答：（一）为了养老。\n（二）为了托育。\n问：补多少？\n答：每孩3600元。\n"
    )
    assert [(c.path, c.heading) for c in document.clauses] == [("问1", "为什么出台？"), ("问2", "补多少？")]
    assert document.clauses[0].text.endswith("（二）为了托育。")


def test_wrapped_front_lines_are_running_text() -> None:
    """A wrapped sentence that cites a number or a date is no head line and no furniture."""
    document = _document(
        "甲市办公室关于印发补贴细则的通知\n甲政办规〔2024〕3号\n各县人民政府：\n《补贴细则》已经市政府同意，现印发给你们。《旧办法》（甲政办发〔2019〕\n"
        "12号）同时废止。\n甲市办公室\n二〇二四年四月二日\n补贴细则\n一、对象\n困难人员。\n"
    )
    assert document.clauses[0].text.startswith("《补贴细则》已经市政府同意") and document.issued == "2024-04-02"
    assert [r.title for r in document.relations.repeals] == ["旧办法"]


def test_a_title_of_several_lines() -> None:
    """Lines that only together are a title, with the bodies that issue it jointly."""
    document = _document(
        "甲省发展改革委 甲省数据局关于印发文化体制改革中\n经营性单位转制为企业和进一步\n支持企业发展两个规定的通知\n甲发改〔2018〕124号\n"
        "各单位：\n现印发给你们。\n一、转制。依法登记。\n二、扶持。加大投入。\n"
    )
    assert document.title == "文化体制改革中经营性单位转制为企业和进一步支持企业发展两个规定"
    assert document.issuers == ("甲省发展改革委", "甲省数据局")


def test_sections_above_articles() -> None:
    """一、总则 above 第X条 heads it as a chapter would; the articles number through."""
    document = _document(
        "甲校管理办法\n一、总则\n第一条 为了安全。\n第二条 有下列情形的：\n一、体温高的不得入校。\n二、进校管理\n第三条 出示证件。\n"
    )
    assert [(c.path, c.breadcrumb) for c in document.clauses] == [
        ("第一条", ("总则",)), ("第二条", ("总则",)), ("第三条", ("进校管理",)),
    ]  # fmt: skip


def test_bullets_before_labels_are_markup() -> None:
    """Articles printed as a bulleted list are read, and the bullets are accounted for."""
    document = _document("• 甲市補助辦法\n  • 第 一 章 總則\n  • 第 1 條\n為了養老。\n  • 第 2 條\n補助每人五百元。\n")
    assert [c.path for c in document.clauses] == ["第1条", "第2条"]
    assert leaks(document) == [] and {f.reason for f in document.furniture} == {"markup"}


@pytest.mark.parametrize(
    ("opening", "line"),
    [
        ("第一章 总则\n", "本章所称补贴按月发放。\n"),
        ("", "一、目标\n二、任务\n"),
        ("", "坚持就近就便。\n"),
        ("坚持就近就便。\n", "5.坚持就近就便。\n"),
    ],
)
def test_four_times_the_lines_are_four_times_the_work(opening: str, line: str) -> None:
    """Paragraphs of a chapter, new beginnings and lines without a label are counted on, not counted anew."""
    _document(opening + line)  # the word lists are read once, and not counted
    few, many = (effort(lambda count=count: _document(opening + line * count)) for count in (50, 200))
    assert many < 8 * few  # sixteen times, were it each with each


def test_the_number_of_an_order_that_is_cited_is_not_the_documents_own() -> None:
    """A notice without a number has none, though it cites a regulation with the number of its order behind it."""
    text = (
        "甲市医疗保险服务中心关于开展参保缴费工作的通告\n"
        "为推进全民参保，根据《甲市社会医疗保险规定》（甲市人民政府令 第193号）等规定，现通告如下：\n"
        "一、缴费时间。自2025年10月1日起。\n二、缴费标准。每人每年549元。\n"
    )
    assert parse(RawSource("甲.txt", text, "0" * 64)).document_number is None
    order = "甲市社会医疗保险规定\n（2020年1月1日甲市人民政府令第193号公布）\n第一条 为了规范医疗保险，制定本规定。\n第二条 本规定自公布之日起施行。\n"
    assert "193" in (parse(RawSource("乙.txt", order, "0" * 64)).document_number or "")
