"""What laws and task lists state in their own ways: amounts in wages, bounds, deadlines before what is due, kinds, columns."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assistant.answer import Status
from assistant.assistant import Assistant
from assistant.figures import of_wages
from corpus.document import FigureKind
from corpus.load import parse
from corpus.normalize import normal
from corpus.quantities import quantities
from corpus.reading import RawSource
from tests.sample_corpora import over

INJURY = """工伤保险条例
国务院令第999号
第一条 为保障因工受伤的职工获得救治和补偿，制定本条例。
第二条 职工因工受伤的，所在单位应当自受伤之日起30日内，向社会保险行政部门提出工伤认定申请。
第三条 社会保险行政部门应当自受理工伤认定申请之日起60日内作出工伤认定的决定。
第四条 因工致残被鉴定为七级至十级伤残的，支付一次性伤残补助金，标准为：七级伤残为13个月的本人工资，九级伤残为9个月的本人工资。
第五条 本人工资是指受伤前12个月的平均月缴费工资。
第六条 职工因工死亡的，一次性死亡补助金为上一年度城镇居民人均可支配收入的20倍。
"""
UNEMPLOYMENT = """甲市失业保险办法
甲府发〔2021〕9号
第一条 失业保险待遇分下列三种：
（一）失业保险金；
（二）技能提升补贴；
（三）职业培训补贴。
第二条 失业保险待遇的申领条件如下：缴费满一年，并已办理失业登记。
第三条 失业期间每月收入加上失业保险金，超过其缴费基数80%的部分，从失业保险金中扣除。
第四条 失业保险金按缴费基数的60%按月发给，最长发给十二个月。
第五条 失业保险基金用于下列事项：（一）职业介绍；（二）创业服务；（三）待遇审核；（四）失业登记。
第六条 失业登记可拨打电话0700-1234567办理。
第七条 领取养老金的人员不享受失业保险金。
第八条 单位未为职工办理参保手续的，自用工之日起，处应缴保费十倍的罚款。单位将职工工资以多报少的，处短报保费四倍的罚款。
"""
TASKS = """乙区消防宣传实施方案
乙府办〔2022〕6号
一、目标。到2022年底，全区开展消防宣传。
二、设施。甲、乙、丙三个应急物资储备库进一步增加库容。
附件
任务清单
序号
任务内容
牵头部门
配合部门
完成时间
1
组织中小学开展消防疏散演练，每学期不少于2次。
区教育局
区消防救援大队
2022年6月
2
组织宾馆饭店更换过期的灭火器材。
区商务局
区消防救援大队
2022年9月
3
组织养老机构检修电气线路。
区民政局
区住房建设局
区消防救援大队
2022年12月
"""


RELIEF = """大连市临时救助办法
一、救助标准。临时救助金额不超过当地2个月最低生活保障标准，住院照料救助每人每日120元。
二、租赁补贴。申请家庭的人均住房建筑面积低于15平方米，并且没有自有住房。租赁补贴按月发放。
"""
GRANTS = """云南省育儿补贴实施方案
一、衔接。将原有的育儿补助政策（二孩、三孩每孩每年800元）统一调整为国家标准每孩每年3600元，一次性生育补贴（二孩、三孩分别发放2000元、5000元）政策继续执行。
二、申领。育儿补贴由父母一方申领。父母离异的，由抚养子女一方申领。
三、监督。育儿补贴设立咨询电话和监督电话，接受社会监督。
"""


@pytest.fixture(scope="module")
def grants(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """An assistant over a province's grants; tests ask it and change nothing."""
    with over(tmp_path_factory.mktemp("grants"), GRANTS) as assistant:
        yield assistant


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """An assistant over a national regulation, a city's rules and a district's plan; tests ask it and change nothing."""
    with over(tmp_path_factory.mktemp("statutes"), INJURY, UNEMPLOYMENT, TASKS) as assistant:
        yield assistant


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("九级伤残为9个月的本人工资", True),
        ("补助金为人均可支配收入的20倍", True),
        ("受伤前12个月的平均月缴费工资", False),
        ("连续缴费满6个月的收入", False),
        ("每3个月发放一次", False),
        ("罚款为短报保费的4倍", False),
    ],
)
def test_months_and_multiples_of_a_wage_are_amounts(text: str, amount: bool) -> None:
    """9个月的本人工资 is paid out; 前12个月 is how the wage is counted."""
    document = parse(RawSource("甲.txt", f"甲县办法\n第一条 {text}。\n第二条 本办法自印发之日起施行。\n", "0" * 64))
    (clause,) = (clause for clause in document.clauses if clause.path == "第一条")
    assert [of_wages(clause, figure) for figure in clause.figures] == [amount]


def test_an_amount_in_wages_answers_who_asks_for_money(opened: Assistant) -> None:
    """评了九级给多少钱: the sentence that gives it in months of wages, and nothing computed."""
    answer = opened.ask("工伤评了九级伤残，一次性伤残补助金给多少钱？")
    assert answer.status is Status.ANSWERED
    assert "九级伤残为9个月的本人工资" in answer.answer


@pytest.mark.parametrize(("asked", "days"), [("单位要在多少天内申请工伤认定？", "30日内"), ("社会保险行政部门多少天内作出工伤认定？", "60日内")])
def test_a_deadline_goes_with_what_is_to_be_done(opened: Assistant, asked: str, days: str) -> None:
    """自受伤之日起30日内，…提出申请: what is due stands behind the comma, and whose deadline it is tells the two apart."""
    assert days in opened.ask(asked).answer.split("\n")[0]


def test_another_matter_in_another_place_is_no_answer(opened: Assistant) -> None:
    """Where no place is named 甲市's unemployment rules do not answer for 工伤, of which they never speak."""
    assert "失业" not in opened.ask("单位要在多少天内申请工伤认定？").answer


@pytest.mark.parametrize(
    ("text", "kind"),
    [("超过其缴费基数80%的部分，从中扣除", FigureKind.THRESHOLD), ("按缴费基数的60%按月发给", FigureKind.SHARE)],
)
def test_what_lies_beyond_a_figure_makes_it_a_bound(text: str, kind: FigureKind) -> None:
    """80%的部分 is where a deduction begins."""
    (found,) = quantities(text)
    assert found.kind is kind


def test_a_bound_is_no_answer_to_how_much(opened: Assistant) -> None:
    """领几成: 60%, and not the 80% beyond which it is cut."""
    text = opened.ask("甲市失业保险金按缴费基数的几成发？").answer
    assert "60%" in text and "80%" not in text
    assert "80%" in opened.ask("甲市失业期间收入超过缴费基数百分之几的部分要扣？").answer


def test_a_measure_word_before_hours_is_no_unit() -> None:
    """120个学时 are 120学时."""
    assert [(found.value, found.unit) for found in quantities("培训不少于120个学时，每次2个小时")] == [(120.0, "学时"), (2.0, "小时")]


def test_how_many_kinds_is_answered_by_the_clause_that_says_it(opened: Assistant) -> None:
    """哪几种待遇: 分下列三种 with all of them, not the longer list of something else."""
    text = opened.ask("甲市失业保险待遇一共有哪几种？").answer
    assert all(kind in text for kind in ("失业保险金", "技能提升补贴", "职业培训补贴"))
    assert "职业介绍" not in text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("乙区宾馆饭店更换灭火器材由谁牵头？什么时候完成？", ["区商务局", "2022年9月"]),
        ("乙区中小学消防疏散演练由谁牵头？几月完成？", ["区教育局", "2022年6月"]),
    ],
)
def test_a_task_of_a_list_gives_its_lead_and_its_date(opened: Assistant, asked: str, said: list[str]) -> None:
    """Of a table of tasks the row that is asked about answers, with no other's bureau or date."""
    text = opened.ask(asked).answer
    assert all(words in text for words in said)
    assert not any(other in text for other in {"区商务局", "区教育局", "2022年9月", "2022年6月"} - set(said))


def test_a_role_that_was_not_read_is_not_judged(opened: Assistant) -> None:
    """Of three organs for two columns the middle one is of either: neither 对 nor 不对 is said of it."""
    text = opened.ask("乙区养老机构检修电气线路由区住房建设局牵头，对吗？").answer
    assert not text.removeprefix("乙区：").startswith(("对。", "不对。"))


def test_a_list_in_brackets_begins_behind_the_bracket() -> None:
    """补贴(二孩、三孩分别发放2000元、5000元): each amount is of its class, by the class's name alone."""
    found = {text[one.start : one.end]: one.scope for text in [normal(GRANTS)] for one in quantities(text)}
    assert (found["2000元"], found["5000元"]) == ("二孩", "三孩")


def test_the_amounts_of_classes_are_told_whole(grants: Assistant) -> None:
    """Who asks for both classes is told both amounts; who asks for the yearly one is not told the single one alone."""
    both = grants.ask("云南省一次性生育补贴，二孩和三孩各发多少钱？").answer
    assert "2000元" in both and "5000元" in both
    assert "800元" in grants.ask("云南省自己的育儿补助，二孩三孩一年多少钱？").answer


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("云南省育儿补贴的咨询电话是多少？", False),
        ("甲市失业登记打哪个电话？", True),
        ("云南省育儿补贴父母离异的由哪一方申领？", True),
    ],
)
def test_a_number_to_ring_is_one_that_is_printed(grants: Assistant, opened: Assistant, asked: str, answered: bool) -> None:
    """A telephone that is only spoken of gives nobody its number; who may claim is told in words."""
    over_both = opened if asked.startswith("甲市") else grants
    assert (over_both.ask(asked).status is Status.ANSWERED) is answered


def test_a_figure_that_is_not_judged_is_said_with_its_sentence(opened: Assistant) -> None:
    """餐饮 makes the claim narrower than the text, which gets no verdict then: the whole sentence tells what 十倍 is for."""
    text = opened.ask("听说甲市的餐饮单位未为职工办理参保手续的，要处应缴保费十倍的罚款，对吗？").answer
    assert "未为职工办理参保手续的" in text
    assert "对。" not in text


def test_a_figure_of_another_breach_is_not_called_right(opened: Assistant) -> None:
    """十倍 is for another breach than the one that is claimed."""
    text = opened.ask("听说甲市的单位把职工工资以多报少，要处短报保费十倍的罚款，对吗？").answer
    assert "对。" not in text.replace("不对。", "")
    assert "四倍" in text or "未为职工办理参保手续" in text


@pytest.mark.parametrize(
    ("asked", "unsaid"),
    [
        ("大连市最低生活保障标准是每人每月多少元？", "120元"),
        ("大连市租赁补贴每户最多按多少平方米发？", "15平方米"),
    ],
)
def test_what_only_reckons_with_a_thing_has_another_amount(tmp_path_factory: pytest.TempPathFactory, asked: str, unsaid: str) -> None:
    """不超过2个月低保标准 does not tell that standard; 面积低于15平方米 says who may apply, and not how much is granted."""
    with over(tmp_path_factory.mktemp("relief"), RELIEF) as relief:
        assert unsaid not in relief.ask(asked).answer


def test_who_is_shut_out_is_told_by_what_shuts_out(opened: Assistant) -> None:
    """哪些人不享受: the sentence that denies it of this very thing; where none does, nobody is told who gets it instead."""
    assert "领取养老金的人员不享受失业保险金" in opened.ask("甲市哪些人不享受失业保险金？").answer
    for asked in ("甲市哪些人不享受技能提升补贴？", "甲市不享受职业培训补贴的有哪些？"):
        assert opened.ask(asked).status is Status.NOT_FOUND


def test_what_the_text_counts_in_words_is_told(opened: Assistant) -> None:
    """有几个、分别是哪几个: the sentence that names them and their number."""
    text = opened.ask("乙区要增加库容的应急物资储备库有几个？分别是哪几个？").answer
    assert "甲、乙、丙三个应急物资储备库" in text


GAPS = """乙区床位规划
一、目标。到2025年完成床位建设。
附件
乙区床位分解表
街镇\t2022年已有床位（张）\t2025年规划床位（张）\t距离规划值还需新增床位数（张）
东川镇\t30\t100\t70
南桥镇\t50\t90\t40
马桥镇\t20\t80\t60
"""


def test_what_is_still_lacking_has_its_own_column(tmp_path_factory: pytest.TempPathFactory) -> None:
    """还差多少 of two rows is told by the column that says it, though a year is named that another column is of."""
    with over(tmp_path_factory.mktemp("gaps"), GAPS) as opened:
        text = opened.ask("东川镇和南桥镇离2025年规划的床位数各还差多少张？").answer
    assert "70" in text and "40" in text
    assert "100" not in text and "90" not in text
