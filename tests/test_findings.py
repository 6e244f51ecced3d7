"""What a clause says to a question: how long, how much of what, cells of words, counts, and when nothing is an answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from assistant.answer import Status
from assistant.assistant import Assistant
from assistant.evidence import Term
from assistant.library import Library, may_answer
from assistant.lists import Lists
from assistant.question import understand
from assistant.retrieval import Hit
from corpus.document import Clause
from corpus.load import parse
from corpus.places import Gazetteer, mentions, resolve
from corpus.reading import RawSource
from tests.sample_corpora import over

HOMES = """甲县敬老院运行补助办法
甲府办发〔2019〕8号
一、运行补助。对公办敬老院给予运行经费（不含人员工资）每床每年2000元补助。
二、工作目标。全县实施4项重点目标和14项具体任务，由县民政局统筹。
三、岗位津贴。护理岗位每满一年给予岗位津贴1200元。
四、床位目标。到2025年，护理型床位占比确保达到55%，力争达到60%。
五、轮训。护理人员每年组织一次轮训。
六、供餐改造
1.国家试点
2.供餐改造于2025年完成，由县民政局验收。
3.验收材料应当在20个工作日内报送。
七、收费。食堂收费标准为伙食费每人每月600元，照料费每人每月900元。
八、任务指标。到2025年护理床位指标达到300个。
附件
敬老院限额表
项目\t限额（元）\t审核确认有效期\t属性
屋顶翻修\t30000\t两年\t预期性
锅炉更换\t50000\t三年\t约束性
"""
TOILETS = """乙市公共厕所管理办法
乙府发〔2021〕3号
各区人民政府：
第一条 为规范公共厕所管理，制定本办法。
第二条 公共厕所应当每日保洁两次，墙面每周冲洗。
第三条 新建公共厕所应当向区城管部门备案，保洁记录由街道城管所保管。
第四条 本办法自2021年6月1日起施行，有效期五年。
乙市人民政府
2021年4月20日
"""
BATHS = """上海市闵行区助浴服务方案
闵府办发〔2023〕5号
一、目标。到2025年，助浴服务点建成24个。
附件
闵行区助浴服务点建设任务表
街镇\t2024年助浴服务点建成个数\t2025年助浴服务点建成个数
闵行街道\t5\t9
东川街道\t3\t7
马桥镇\t8\t8
"""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """An assistant over three small documents; tests ask it and change nothing."""
    with over(tmp_path_factory.mktemp("findings"), HOMES, TOILETS, BATHS) as assistant:
        yield assistant


@pytest.fixture(scope="module")
def library(opened: Assistant) -> Library:
    """What the assistant looks in."""
    return opened._answerer._library


@pytest.fixture(scope="module")
def clauses(library: Library) -> dict[str, Clause]:
    """The clauses of the first document by their path."""
    return {clause.path: clause for clause in library.store.clauses("甲府办发〔2019〕8号")}


def not_found(assistant: Assistant, text: str) -> bool:
    """Whether nothing is said and nothing cited."""
    answer = assistant.ask(text)
    return (answer.status, answer.citations) == (Status.NOT_FOUND, ())


# ---- how long, how many ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("敬老院供餐改造要几天？", None),
        ("敬老院供餐改造验收材料几天内报送？", "20个工作日"),
        ("敬老院屋顶翻修审核确认管几年？", "两年"),
    ],
)
def test_how_long_is_answered_by_a_length_of_time_alone(opened: Assistant, text: str, said: str | None) -> None:
    """几天 is not answered by 于2025年完成; 20个工作日 and 两年 answer for how long."""
    assert not_found(opened, text) if said is None else said in opened.ask(text).answer


@pytest.mark.parametrize("text", ["敬老院供餐改造是国家试点吗？", "敬老院供餐改造是不是国家试点？"])
def test_words_of_the_question_on_a_short_line_are_no_answer(opened: Assistant, text: str) -> None:
    """国家试点 on a line of its own only says again what was asked; a sentence that repeats the question is told."""
    assert not_found(opened, text)
    assert "由县民政局验收" in opened.ask("敬老院供餐改造由县民政局验收吗？").answer


@pytest.mark.parametrize(
    ("text", "said", "unsaid"),
    [
        ("敬老院护理型床位占比确保达到多少、力争达到多少？", ["55%", "60%"], "300"),
        ("敬老院护理型床位占比力争达到多少？", ["60%"], "55%"),
    ],
)
def test_two_figures_asked_for_in_one_sentence_are_both_told(opened: Assistant, text: str, said: list[str], unsaid: str) -> None:
    """确保达到多少、力争达到多少 asks for both figures of the sentence, in its order, and for no other kind."""
    answer = opened.ask(text).answer
    at = [answer.find(figure) for figure in said]
    assert -1 not in at and at == sorted(at) and unsaid not in answer


# ---- cells -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said", "unsaid"),
    [
        ("屋顶翻修的审核确认管多久？", "屋顶翻修：审核确认有效期 两年", "30000"),
        ("锅炉更换审核确认多久有效？", "锅炉更换：审核确认有效期 三年", "50000"),
        ("锅炉更换的限额是多少元？", "50000", "三年"),
    ],
)
def test_a_cell_of_words_answers_for_most_of_its_column(opened: Assistant, text: str, said: str, unsaid: str) -> None:
    """审核确认管多久 is told from the column 审核确认有效期 of the row that is named, and the amount is not."""
    answer = opened.ask(text).answer
    assert said in answer and unsaid not in answer


def test_the_year_of_the_document_is_no_year_of_an_undated_table(opened: Assistant) -> None:
    """按2019年的限额表 names the document of 2019, whose table has no years; another year is not answered from it."""
    assert "30000" in opened.ask("按2019年的限额表，屋顶翻修的限额是多少元？").answer
    assert not_found(opened, "按2020年的限额表，屋顶翻修的限额是多少元？")


def test_the_year_of_the_document_counts_in_a_dated_table(opened: Assistant) -> None:
    """Of a table whose columns are of 2024 and 2025 no cell is told for 2023, the year of the document."""
    assert "建成个数" not in opened.ask("闵行区东川街道2023年助浴服务点建成多少个？").answer


@pytest.mark.parametrize(("town", "figure"), [("东川街道", "7"), ("闵行街道", "9"), ("马桥镇", "8"), ("荣兴街道", None), ("七宝镇", None)])
def test_a_town_that_is_no_row_gets_no_figure(opened: Assistant, town: str, figure: str | None) -> None:
    """闵行区荣兴街道 is neither the row 闵行街道 nor the whole with its 24个; a row that is named is told with its own figure."""
    text = f"闵行区{town}2025年助浴服务点建成多少个？"
    if figure is None:
        assert not_found(opened, text)
    else:
        assert f"{town}：2025年助浴服务点建成个数 {figure}" in opened.ask(text).answer


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("闵行区荣兴街道助浴服务点多少个", False),
        ("闵行区闵行街道助浴服务点多少个", True),
        ("闵行街道助浴服务点多少个", True),
        ("闵行区助浴服务点多少个", False),  # the place is not its street
        ("东川街道助浴服务点多少个", False),
    ],
)
def test_a_row_is_named_by_its_own_name(text: str, may: bool) -> None:
    """Neither the district of the same name nor the kind of place names the row 闵行街道."""
    row = next(c for c in parse(RawSource("甲.txt", BATHS, "0" * 64)).clauses if c.heading == "闵行街道")
    (district,) = resolve(mentions("上海市闵行区"))
    assert may_answer(understand(text, Gazetteer([district])), row) is may


# ---- counts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["敬老院一共要实施几项重点目标和几项具体任务？", "敬老院要实施几项具体任务？", "敬老院有几项重点目标、几项具体任务？"]
)
def test_a_number_that_the_text_says_itself_is_told(opened: Assistant, text: str) -> None:
    """14项具体任务 in a sentence is how many there are, and not how many items are counted off elsewhere."""
    answer = opened.ask(text)
    assert "4项重点目标和14项具体任务" in answer.statements[0].text
    assert [citation.clause.path for citation in answer.citations] == ["二"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("敬老院一共要实施几项重点目标和几项具体任务？", True),
        ("敬老院一共要实施几项重点目标和几项惠民举措？", False),
        ("敬老院一共要实施几条重点目标？", False),  # counted in other words
    ],
)
def test_all_that_is_counted_stands_in_one_sentence(library: Library, text: str, said: bool) -> None:
    """Where the text numbers only one of two things that are asked for, the sentence is no count of both."""
    found = Lists(library)._said(understand(text), ["甲府办发〔2019〕8号"])
    assert (found is not None and "4项重点目标" in found.text) is said


@pytest.mark.parametrize(
    "text", ["闵行区街道和镇合在一起一共列了多少个？", "闵行区街道和镇加起来一共有多少个？", "闵行区涉及多少个镇街？"]
)
def test_towns_of_both_kinds_are_counted_together(opened: Assistant, text: str) -> None:
    """街道和镇 of a table are as many as it has rows, each cited."""
    answer = opened.ask(text)
    assert "共3个镇街" in answer.statements[0].text
    assert [c.clause.heading for c in answer.citations] == ["闵行街道", "东川街道", "马桥镇"]


@pytest.mark.parametrize("text", ["敬老院护理床位指标多少个？", "敬老院护理床位指标要达到多少个？"])
def test_the_number_of_an_indicator_is_no_count_of_indicators(opened: Assistant, text: str) -> None:
    """护理床位指标多少个 asks for the 300 of it."""
    answer = opened.ask(text).answer
    assert "300个" in answer and "共" not in answer


# ---- amounts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "answered"),
    [
        ("甲县敬老院人员工资补助多少钱？", False),
        ("甲县敬老院运行经费每床每年补多少钱？", True),
        ("甲县敬老院人员工资补助多少钱，算不算在内？", True),
    ],
)
def test_what_an_amount_leaves_out_is_not_answered_by_it(opened: Assistant, text: str, answered: bool) -> None:
    """运行经费（不含人员工资）is no amount of 工资, but it is what one is told who asks what it holds."""
    assert ("2000元" in opened.ask(text).answer) is answered


def kept(library: Library, clauses: dict[str, Clause], text: str, path: str, asked: Sequence[Term] | None = None) -> bool:
    """Whether the clause at `path` may answer the question where it is the only one found."""
    clause, question = clauses[path], understand(text)
    hit = Hit(clause, library.documents.by_id[clause.document_id], 0.5)
    return bool(library.ranked(question, library.terms(question) if asked is None else asked, [hit]))


STORY = "我奶奶今年八十岁，腿脚不便，早年在供销社上班，退休以后住在镇上的老房子里。子女都在外地打工，邻居偶尔帮忙买菜。"


@pytest.mark.parametrize(
    ("text", "path", "found"),
    [
        (f"{STORY}食堂伙食费加照料费每人每月多少钱？", "七", True),
        (f"{STORY}食堂伙食费加洗衣费每人每月多少钱？", "七", False),  # half of what is asked
        (f"{STORY}食堂伙食费加照料费每人每月多少钱？", "三", False),
        (f"{STORY}伙食费多少钱？", "七", False),  # one word tells too little behind so long a story
    ],
)
def test_what_is_asked_counts_beside_a_long_story(
    library: Library, clauses: dict[str, Clause], text: str, path: str, found: bool
) -> None:
    """A clause that carries all of what is asked answers, however much is told before it; one that does not, does not."""
    assert kept(library, clauses, text, path) is found


@pytest.mark.parametrize(
    ("main", "found"),
    [
        (Term("厨师长", 0.5), False),  # the document never says it
        (Term("伙食费", 0.5), True),  # another of its clauses does
        (Term("厨师长", 0.3), True),  # not what the question is about
    ],
)
def test_an_amount_is_not_told_of_what_the_document_never_names(
    library: Library, clauses: dict[str, Clause], main: Term, found: bool
) -> None:
    """A word that is about half of what is asked must stand somewhere in the document, whatever else the clause carries."""
    asked = (main, Term("护理岗位", 0.3), Term("岗位津贴", 0.3))
    assert kept(library, clauses, "给多少钱？", "三", asked) is found


# ---- titles, identity, who ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("《甲县敬老院运行补助办法》对敬老院运行补助消毒有什么规定？", None),
        ("《甲县敬老院运行补助办法》对敬老院无障碍电梯怎么规定？", None),
        ("《甲县敬老院运行补助办法》里敬老院岗位津贴是多少？", "1200元"),
        ("《甲县敬老院运行补助办法》里运行补助是多少？", "2000元"),  # nothing else tells what is asked
    ],
)
def test_the_words_of_a_title_that_is_named_are_no_evidence(opened: Assistant, text: str, said: str | None) -> None:
    """What a named document does not speak of is not found, though each of its clauses carries the words of its title."""
    assert not_found(opened, text) if said is None else said in opened.ask(text).answer


@pytest.mark.parametrize(
    ("text", "in_force"),
    [
        ("《乙市公共厕所管理办法》什么时候印发，什么时候实施，有效期多久？", True),
        ("《乙市公共厕所管理办法》是哪天发布的、从哪天开始施行？", True),
        ("《乙市公共厕所管理办法》文号是什么？", False),
        ("《乙市公共厕所管理办法》什么时候印发？", False),
    ],
)
def test_since_when_a_document_is_in_force_is_told_with_its_identity(opened: Assistant, text: str, in_force: bool) -> None:
    """Number, issuer and day stand first; the sentence of 施行 and 有效期 is added, and cited, where it is asked for."""
    answer = opened.ask(text)
    assert "文号：乙府发〔2021〕3号" in answer.statements[0].text and "2021年4月20日" in answer.statements[0].text
    assert [line.text for line in answer.statements[1:]] == (["本办法自2021年6月1日起施行，有效期五年。"] if in_force else [])
    assert ("第四条" in [citation.clause.path for citation in answer.citations]) is in_force


def test_a_document_that_does_not_say_since_when_is_told_without(opened: Assistant) -> None:
    """Where no sentence says 施行 or 有效期, nothing is added; a column of a table is no such sentence."""
    answer = opened.ask("《上海市闵行区助浴服务方案》什么时候印发，什么时候施行？")
    assert "施行" not in "".join(line.text for line in answer.statements)


# ---- a follow-up with a subject of its own -----------------------------------------------------------------


FEES, ALLOWANCE = "甲县敬老院食堂伙食费每人每月多少钱？", "甲县敬老院岗位津贴多少钱？"


@pytest.mark.parametrize(
    ("before", "text", "said", "unsaid"),
    [
        (FEES, "还有公共厕所墙面冲洗要多久一次？", "墙面每周冲洗", "伙食费"),
        (FEES, "还有新建公共厕所备案由哪个部门办？", "向区城管部门备案", "伙食费"),
        (FEES, "那护理型床位占比力争达到多少？", "力争达到60%", "伙食费"),
        (ALLOWANCE, "那公共厕所的保洁记录由谁来保管？", "由街道城管所保管", "津贴"),
        (FEES, "那照料费呢？", "照料费每人每月900元", "岗位津贴"),  # what is short takes the earlier subject
    ],
)
def test_a_follow_up_that_a_clause_answers_by_itself_is_answered_by_it(
    opened: Assistant, before: str, text: str, said: str, unsaid: str
) -> None:
    """What was asked before neither hides the clause for a subject of one's own nor is told beside it."""
    answer = opened.ask(text, [before]).answer
    assert said in answer and unsaid not in answer


@pytest.mark.parametrize("text", ["那它的审核确认有效期有多久？", "那审核确认有效期多久？"])
def test_a_follow_up_about_the_same_thing_is_of_that_row(opened: Assistant, text: str) -> None:
    """它 and a column named alone are of the row that was named before, and of no other."""
    answer = opened.ask(text, ["甲县敬老院锅炉更换的限额是多少元？"])
    assert answer.answer.startswith("锅炉更换：审核确认有效期 三年") and "屋顶翻修" not in answer.answer


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("甲县护理人员每年组织一次轮训，对吗？", "对。"),
        ("甲县护理人员每年免费组织一次轮训，对吗？", ""),
        ("甲县男性护理人员每年组织一次轮训，对吗？", ""),
        ("甲县临时护理人员每年组织一次轮训，对吗？", ""),
    ],
)
def test_a_narrower_claim_is_not_called_right(opened: Assistant, text: str, said: str) -> None:
    """What a clause says of all carers is not said of free training, of men or of those hired for a time."""
    answer = opened.ask(text).answer
    assert answer.startswith(f"{said}护理人员每年组织一次轮训")


def test_what_is_left_out_is_not_held(opened: Assistant) -> None:
    """Whether an amount holds what stands in （不含…） is denied."""
    answer = opened.ask("甲县公办敬老院的运行经费含不含人员工资？").answer
    assert "不含人员工资" in answer and "：在列" not in answer
