"""What follows from a clause's figures: worked out with its formula, or not at all."""

from __future__ import annotations

import pytest

from assistant.arithmetic import worked_out
from assistant.assistant import Assistant
from assistant.draft import Line
from assistant.question import understand
from assistant.verification import Verifier
from corpus.document import Clause, Document
from corpus.load import parse
from corpus.reading import RawSource
from eval.measures import formulas

TEXT = """甲区托育补助办法
一、开园补助。按每个托位3000元给予一次性补助，每家机构最高不超过45万元，补助周期为2年，每年各补助50%。
二、租金补助。按每个托位生均面积6平方米，给予每月每平方米10元的补助。
三、困难资助。资助标准为保育保教费按每人每月200元，全年按10个月计算；生活费按每人每天5元，全年按220天计算。
四、运营补贴。按托大班、托小班、乳儿班分别给予每生每年700元、800元、900元的运营补贴。
五、等级评定。到2025年评定一级托育机构5家、二级托育机构20家。
六、普惠占比。2024年普惠托位占比达到30%，2025年达到60%。
七、示范奖励。国家级示范单位一次性奖励10万元，市级示范单位一次性奖励5万元。
八、育儿补贴。对生育三孩的家庭，按每孩每年3600元发放补贴。
九、建设补助。按每个托位1万元给予补助，最高不超过总投资的50%。
十、培训补贴。每人每次补贴100元，每人每年最高不超过500元。
十一、改建补助。按每个托位2000元给予补助，单体机构最高不超过10万元，连锁机构最高不超过20万元。
十二、餐费。按每人每餐10元补助。
十三、基地。对新建的100—500亩的种植基地，一次性奖励100元/亩；对500亩以上的种植基地，一次性奖励200元/亩。
十四、上市。对在主板上市的企业，奖励500万元；对在创业板上市的企业，奖励300万元；对在新三板挂牌的企业，奖励100万元。
十五、育儿。补贴标准为一孩每年3600元，二孩、三孩每年7200元。
十六、照护。补贴标准为每人每月300元。
十七、从业。到2021年底，养老从业人员达到4万人，其中护理人员2万人；到2025年，养老从业人员达到7万人，其中护理人员4.5万人。
十八、规模。2021年底全区养老床位3000张，到2025年达到4500张左右。
十九、现状。到2021年底，养老从业人员4.1万人，其中护理人员2.71万人。
"""


@pytest.fixture(scope="module")
def document() -> Document:
    """A policy of nineteen clauses, each with figures of another kind."""
    return parse(RawSource("甲.txt", TEXT, "0" * 64))


@pytest.fixture(scope="module")
def clauses(document: Document) -> dict[str, Clause]:
    """Its clauses by their number."""
    return {clause.path: clause for clause in document.clauses}


def told(question: str, *clauses: Clause) -> list[Line]:
    """What is worked out for a question from the whole words of the clauses."""
    return worked_out(understand(question), [Line(clause.text, [clause]) for clause in clauses])


# ---- what is worked out ------------------------------------------------------------------------------------

WORKED: list[tuple[str, str, list[str]]] = [
    ("一", "100个托位开园一共补多少钱？", ["按条款计算：3000元/托位×100个托位＝300000元（30万元）"]),
    ("一", "一百二十个托位开园补多少钱？", ["按条款计算：3000元/托位×120个托位＝360000元（36万元）"]),
    ("一", "150个托位能补多少钱？", ["按条款计算：3000元/托位×150个托位＝450000元（45万元）"]),
    ("一", "200个托位能补多少钱？", ["按条款计算：3000元/托位×200个托位＝600000元（60万元），超过上限，按上限450000元（45万元）"]),
    ("一", "一家机构有100个托位能补多少钱？", ["按条款计算：3000元/托位×100个托位＝300000元（30万元）"]),
    ("一", "二级托育机构有100个托位能补多少钱？", ["按条款计算：3000元/托位×100个托位＝300000元（30万元）"]),
    ("一", "100个托位每年补多少钱？",
     ["按条款计算：3000元/托位×100个托位＝300000元（30万元）", "每年：300000元（30万元）×50%＝150000元（15万元）"]),
    ("一", "200个托位每年补多少钱？",
     ["按条款计算：3000元/托位×200个托位＝600000元（60万元），超过上限，按上限450000元（45万元）",
      "每年：450000元（45万元）×50%＝225000元（22.5万元）"]),
    ("二", "60个托位每月租金补助多少钱？", ["按条款计算：10元/月/平方米×6平方米/托位×60个托位＝3600元/月"]),
    ("二", "60个托位3个月租金补助多少钱？", ["按条款计算：10元/月/平方米×3个月×6平方米/托位×60个托位＝10800元（1.08万元）"]),
    ("二", "200平方米的场地每月补多少钱？", ["按条款计算：10元/月/平方米×200平方米＝2000元/月"]),
    ("三", "保教费一年资助多少钱？", ["按条款计算：200元/人/月×10个月/年＝2000元/人/年"]),
    ("三", "20个孩子一年生活费资助多少钱？", ["按条款计算：5元/人/天×20人×220天/年＝22000元/年（2.2万元/年）"]),
    ("三", "保教费和生活费一年一共资助多少钱？",
     ["按条款计算：200元/人/月×10个月/年＝2000元/人/年", "按条款计算：5元/人/天×220天/年＝1100元/人/年",
      "合计：200元/人/月×10个月/年＋5元/人/天×220天/年＝3100元/人/年"]),
    ("四", "托小班20个孩子一年补贴多少钱？", ["按条款计算：800元/人/年×20人＝16000元/年（1.6万元/年）"]),
    ("八", "3个孩子每年一共领多少钱？", ["按条款计算：3600元/人/年×3人＝10800元/年（1.08万元/年）"]),
    ("十二", "30个孩子吃2餐补多少钱？", ["按条款计算：10元/人/次×30人×2次＝600元"]),
    ("十三", "新建300亩基地一共奖励多少钱？", ["按条款计算：100元/亩×300亩＝30000元（3万元）"]),
    ("十三", "新建800亩基地一共奖励多少钱？", ["按条款计算：200元/亩×800亩＝160000元（16万元）"]),
    ("十四", "主板上市和新三板挂牌的奖励相差多少？", ["相差：500万－100万＝4000000元（400万元）"]),
    ("十五", "2025年3月出生的二孩，从出生领到满3周岁一共多少钱？", ["按条款计算：7200元/年×3年＝21600元（2.16万元）"]),
    ("五", "一级和二级托育机构加起来多少家？", ["合计：5＋20＝25家"]),
    ("五", "二级托育机构比一级多多少家？", ["相差：20－5＝15家"]),
    ("六", "普惠托位占比2025年比2024年提高多少？", ["相差：60－30＝30个百分点"]),
    ("七", "国家级和市级的奖励相差多少？", ["相差：10万－5万＝50000元（5万元）"]),
    ("一", "100个托位一共补多少钱，首年拿多少？",
     ["按条款计算：3000元/托位×100个托位＝300000元（30万元）", "每年：300000元（30万元）×50%＝150000元（15万元）"]),
    ("一", "补助分两年发，100个托位头一年能拿多少钱？",
     ["按条款计算：3000元/托位×100个托位＝300000元（30万元）", "每年：300000元（30万元）×50%＝150000元（15万元）"]),
    ("一", "前两年每年100个托位拿多少钱？",
     ["按条款计算：3000元/托位×100个托位＝300000元（30万元）", "每年：300000元（30万元）×50%＝150000元（15万元）"]),
    ("一", "100个托位两年一共补多少钱？", ["按条款计算：3000元/托位×100个托位＝300000元（30万元）"]),  # not what falls on each
    ("十七", "从2021年底到2025年养老从业人员要增加多少人？", ["相差：7万－4万＝30000人（3万人）"]),
    ("十七", "从2021年底到十四五末护理人员要增加多少人？", ["相差：4.5万－2万＝25000人（2.5万人）"]),
    ("十八", "从2021年底到十四五末养老床位要增加多少张？", ["相差：4500－3000＝1500张左右"]),
    ("十九", "养老从业人员和护理人员相差多少人？", ["相差：4.1万－2.71万＝13900人（1.39万人）"]),
    ("七", "国家级和市级的奖励加起来多少钱？", ["合计：10万＋5万＝150000元（15万元）"]),
]  # fmt: skip


@pytest.mark.parametrize(("number", "question", "expected"), WORKED)
def test_what_the_clause_lets_be_worked_out_is(
    clauses: dict[str, Clause], number: str, question: str, expected: list[str]
) -> None:
    """Rate times count within the cap, by month, share and area as the clause counts; sums and differences."""
    assert [line.text for line in told(question, clauses[number])] == expected


@pytest.mark.parametrize(("number", "question", "expected"), WORKED)
def test_what_is_worked_out_verifies_and_comes_out(
    document: Document, clauses: dict[str, Clause], number: str, question: str, expected: list[str]
) -> None:
    """Every number said is vouched for, the clause is cited, and the formula that is shown comes out."""
    for line in told(question, clauses[number]):
        assert line.clauses == [clauses[number]]
        assert Verifier().check(line.text, [(clauses[number], document)], line.allowed).supported
        assert len(formulas(line.text)) == 1


def test_a_sum_over_two_clauses_cites_both(clauses: dict[str, Clause]) -> None:
    """Each line gives its one figure, and the sum rests on all of them."""
    first, second = clauses["八"], clauses["七"]
    lines = [Line("评定一级托育机构5家", [clauses["五"]]), Line("二级托育机构20家", [clauses["五"]])]
    assert [line.text for line in worked_out(understand("一级和二级加起来多少家？"), lines)] == ["合计：5＋20＝25家"]
    both = [Line("每孩每年3600元", [first]), Line("市级示范单位一次性奖励5万元", [second])]
    assert worked_out(understand("育儿补贴和市级奖励加起来多少钱？"), both) == []  # a year's and a single amount


# ---- what is not -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "question"),
    [
        ("十三", "新建500亩基地一共奖励多少钱？"),  # at the bound itself
        ("十三", "新建50亩基地一共奖励多少钱？"),
        ("十四", "上市企业的奖励相差多少？"),
        ("十六", "3月出生的孩子补多少钱？"),  # a date, and no three months
        ("十六", "三月份出生的孩子一共补多少钱？"),
        ("一", "每个托位补多少钱？"),  # only the rate
        ("二", "每平方米补多少钱？"),
        ("一", "开园补助一共多少钱？"),  # no count
        ("一", "由谁牵头？"),
        ("一", "60人的机构补多少钱？"),  # no count of what is paid for
        ("一", "3家机构各有100个托位，一共补多少钱？"),  # how many places all of them have is not said
        ("三", "保教费和生活费加起来多少钱？"),  # 200元 a month and 5元 a day
        ("三", "20个孩子一年资助多少钱？"),  # which of the two rates
        ("四", "20个孩子一年补贴多少钱？"),  # which of the three classes
        ("四", "托大班托小班20个孩子一年补贴多少钱？"),  # two are named, not joined
        ("四", "托大班20个孩子、托小班15个孩子一年一共多少钱？"),  # two counts of one thing
        ("四", "托大班20个、托小班15个孩子一年一共多少钱？"),  # one of them without saying of what
        ("八", "生育三孩的家庭每年能领多少钱？"),  # a class, no count
        ("八", "生育第三个孩子每年能领多少钱？"),
        ("十二", "6个月大的孩子每餐补多少钱？"),  # an age
        ("九", "20个托位补多少钱？"),  # a cap that depends on something else
        ("十", "20个人培训一次补多少钱？"),  # a cap for each person and year
        ("十一", "20个托位补多少钱？"),  # two caps
        ("十九", "从2021年底到2025年护理人员要增加多少人？"),  # both figures are of 2021, and of two things
        ("十九", "从2021年底到十四五末养老从业人员相差多少人？"),
        ("七", "示范奖励最高多少钱？"),  # 最高多少 asks for no difference
    ],
)
def test_nothing_is_worked_out_where_a_rule_was_not_read(
    clauses: dict[str, Clause], number: str, question: str
) -> None:
    """Without a count, with several rates or counts that may be meant, or with a cap that was not understood, the
    clause stands alone."""
    assert told(question, clauses[number]) == []


def test_a_figure_that_no_line_says_is_not_counted(clauses: dict[str, Clause]) -> None:
    """Only what the answer states is worked with: of 15元 a text does not say 5元."""
    assert worked_out(understand("100个托位补多少钱？"), [Line("补助周期为2年", [clauses["一"]])]) == []
    lines = [Line("一级托育机构15家、二级托育机构20家", [clauses["五"]])]
    assert worked_out(understand("一级和二级加起来多少家？"), lines) == []


# ---- over the bundled documents ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("渝北区新开一家有200个托位的普惠托育机构，开园一共能补多少钱？", "按上限450000元（45万元）"),
        ("渝北区60个托位的机构，一个月租金补助多少钱？", "＝3600元/月"),
        ("渝北区家庭经济困难的孩子，保教费和生活费一年一共多少钱？", "5元/人/天×220天/年＝3100元/人/年"),
        ("渝北区提供托育服务的幼儿园占比2025年比2024年提高多少？", "40－35＝5个百分点"),
        ("大洼区田家街道和清水镇2024年的千人口托位数任务加起来多少？", "328＋50＝378"),
    ],
)
def test_the_answer_ends_with_what_follows(assistant: Assistant, question: str, said: str) -> None:
    """The clause is stated first and what follows from it last, with the place in front."""
    answer = assistant.ask(question)
    assert len(answer.statements) > 1
    assert answer.statements[-1].text.endswith(said)
    assert answer.statements[-1].text.startswith(question[:3])


@pytest.mark.parametrize(
    "question",
    [
        "渝北区开园奖补每个托位多少钱？",
        "渝北区20个孩子一年运营补贴多少钱？",
        "渝北区托大班20个、托小班15个孩子一年运营补贴一共多少钱？",
    ],
)
def test_an_answer_without_a_rule_has_no_formula(assistant: Assistant, question: str) -> None:
    """Where the rate alone is asked or it stays open which is meant, the clause stands alone."""
    assert not set(assistant.ask(question).answer) & set("×＋＝")
