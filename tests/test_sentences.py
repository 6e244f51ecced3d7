"""Sentences that answer: said with what they hang on, added where a question asks besides, and who is named in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from assistant.assistant import Assistant
from assistant.draft import Line
from assistant.evidence import Term
from assistant.library import Library
from assistant.question import understand
from assistant.retrieval import Hit
from assistant.sentences import WHO, Sentences, _worth
from corpus.document import Clause
from tests.sample_corpora import over

EXTINGUISHERS = """甲县消防宣传实施办法
一、目标。到2025年完成全部宣传任务。
二、巡查。每季度巡查一次，巡查工作由县消防大队牵头。（责任单位：县应急局、县民政局）
三、演练。组织居民开展疏散演练。（责任单位：县应急局、县教育局、县民政局）
四、培训。开展志愿者培训。（牵头单位：县应急局；责任单位：县教育局、县民政局）
五、不予补贴。有以下情形之一的，不予发放宣传补贴：
（一）虚报参与人数的；
（二）逾期未申报的。
六、申报。机构应当于每年3月底前向县应急局申报宣传补贴，并提交活动照片和参与人员名单。
七、顺延。逾期申报的，补贴顺延至下一年度发放，顺延不超过一次，不影响下一年度的申报。
八、灭火器占比。到2025年，合格灭火器占总数的比例达到90%。
九、检查。有以下职责：
（一）核对器材台账；
（二）抽查楼道。
"""
STATIONS = """乙县微型消防站建设方案
一、目标。到2025年完成全部建设任务。
二、职责
1.消委办。牵头负责全县微型消防站建设，定期通报进度。
2.派出所。配合开展选址，做好记录。
3.司法所。负责合同纠纷调解。
三、对象
1.养老机构。应当每月开展一次自查。
2.培训学校。配备器材，做好记录。
3.托育机构。负责本园器材保养。
"""
FILING = """养老机构备案办法
一、备案。养老机构应当在收住老年人后10个工作日内办理备案。
"""
FILING_TOO = """托老机构备案规程
一、备案。托老机构应当在收住老年人后20个工作日内办理备案。
"""
PLACE = """上海市闵行区养老实施方案
一、床位。到2025年建成养老床位50张。
"""
ARTICLES = """丙县助餐管理办法
第一条 为规范助餐服务，制定本办法。
第二条 助餐点每日供应午餐。（牵头单位：县民政局；责任单位：县商务局）
第三条 助餐点应当公示菜单。
"""
# It names no place of its own but speaks of one all the time.
BATHS = """养老助浴试点问答
一、助浴。闵行助浴点每周开放两次，闵行老年人凭证入场，闵行助浴点可以预约。
二、预约。闵行助浴点由闵行老年人提前3天预约。闵行助浴点位于闵行养老院内，闵行公交可达。
三、补助。闵行老年人助浴每人每次补助20元。
"""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """An assistant over seven small documents; tests ask it and change nothing."""
    texts = (EXTINGUISHERS, STATIONS, FILING, FILING_TOO, PLACE, ARTICLES, BATHS)
    with over(tmp_path_factory.mktemp("sentences"), *texts) as assistant:
        yield assistant


@pytest.fixture(scope="module")
def library(opened: Assistant) -> Library:
    """What the assistant looks in."""
    return opened._answerer._library


@pytest.fixture(scope="module")
def clauses(library: Library) -> dict[str, Clause]:
    """The clauses of the first document by their path."""
    return {clause.path: clause for clause in library.store.clauses("甲县消防宣传实施办法")}


# ---- an item and the head of its list ----------------------------------------------------------------------


def relevant(library: Library, clause: Clause, text: str) -> list[str]:
    """What is said where a clause is the only one found."""
    hit = Hit(clause, library.documents.by_id[clause.document_id], 1.0)
    question = understand(text)
    return [line.text for line in Sentences(library).relevant(question, library.terms(question), [(1.0, hit)])]


def test_a_short_item_is_said_with_the_head_of_its_list(library: Library, clauses: dict[str, Clause]) -> None:
    """虚报参与人数的 says nothing without 不予发放; a clause of its own is said alone."""
    stem, item = clauses["五"].text, clauses["五/(一)"].text
    assert relevant(library, clauses["五/(一)"], "虚报参与人数的能领宣传补贴吗？") == [stem, item]
    assert len(relevant(library, clauses["六"], "宣传补贴什么时候申报？")) == 1
    assert clauses["五"].text not in relevant(library, clauses["七"], "逾期怎么顺延？")


def test_a_list_is_said_whole_from_its_head(library: Library, clauses: dict[str, Clause]) -> None:
    """The head of a list is said with its items."""
    said = relevant(library, clauses["九"], "检查有哪些职责？")
    assert [part for part in ("核对器材台账", "抽查楼道") if part not in "".join(said)] == []


# ---- what is asked besides ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "told", "added"),
    [
        ((Term("申报", 0.5), Term("顺延", 0.5)), "六", "七"),
        ((Term("申报", 0.5),), "六", None),  # all is said
        ((Term("申报", 0.5), Term("顺延", 0.2)), "六", None),  # a word that tells little
        ((Term("申报", 0.5), Term("报销", 0.5)), "六", None),  # no clause says it
        ((Term("消防", 0.5), Term("宣传", 0.5)), "七", None),  # the title says it
    ],
)
def test_the_sentence_for_what_is_asked_besides_is_added(
    library: Library, clauses: dict[str, Clause], asked: Sequence[Term], told: str, added: str | None
) -> None:
    """A telling word that no line says brings the sentence that says it, and nothing else does."""
    document = library.documents.by_id["甲县消防宣传实施办法"]
    ranked = [(1.0, Hit(clauses["六"], document, 1.0)), (0.8, Hit(clauses["七"], document, 0.8))]
    question = understand("宣传补贴怎么申报？")
    lines = Sentences(library).besides(question, asked, ranked, [Line(clauses[told].text, [clauses[told]])])
    assert [line.clauses[0].path for line in lines] == ([added] if added else [])
    assert all(line.text in clauses["七"].text for line in lines)


@pytest.mark.parametrize(("said", "added"), [("2025年，合格灭火器达到90%", 0), ("灭火器放在楼道", 1)])
def test_what_a_figure_tells_is_not_told_again(
    library: Library, clauses: dict[str, Clause], said: str, added: int
) -> None:
    """The sentence whose figure a line says, and the word 比例 of a figure in %, are no second thing that is asked."""
    document = library.documents.by_id["甲县消防宣传实施办法"]
    asked = (Term("灭火器", 0.5), Term("总数", 0.5), Term("比例", 0.5))
    ranked = [(1.0, Hit(clauses["八"], document, 1.0))]
    lines = Sentences(library).besides(understand("合格灭火器占总数的比例？"), asked, ranked, [Line(said, [clauses["八"]])])
    assert len(lines) == added


# ---- who ---------------------------------------------------------------------------------------------------


def test_a_lead_named_in_a_sentence_is_not_denied_by_the_list(opened: Assistant) -> None:
    """A section that says who leads in prose is not said to name none; one that only lists units is."""
    prose = opened.ask("甲县巡查工作由谁牵头？").answer
    assert "县消防大队牵头" in prose and "没有区分" not in prose
    assert "文件没有区分牵头单位" in opened.ask("甲县演练由谁牵头？").answer


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("演练的责任单位有几个？", "共3个"),
        ("志愿者培训的牵头单位有几个？", "共1个"),
        ("志愿者培训的责任单位有几个？", "共2个"),
        ("演练有哪几个责任单位？", None),  # which ones, and not how many
        ("演练的责任单位是哪些？", None),
    ],
)
def test_units_are_counted_where_their_number_is_asked_for(opened: Assistant, text: str, count: str | None) -> None:
    """The number is that of the role asked for."""
    answer = opened.ask(text).answer
    assert "县" in answer and ("共" in answer) is (count is not None)
    assert count is None or count in answer


@pytest.mark.parametrize(
    ("text", "said", "unsaid"),
    [
        ("微型消防站建设由谁牵头？", "牵头单位：消委办", "派出所"),
        ("派出所承担哪些任务？", "配合开展选址", "消委办"),
    ],
)
def test_the_office_that_heads_an_item_has_its_task(opened: Assistant, text: str, said: str, unsaid: str) -> None:
    """1.消委办。牵头… gives the office the task that follows, listed by what is to be done."""
    answer = opened.ask(text).answer
    assert said in answer and unsaid not in answer
    assert "派出所。配合" not in answer and not answer.startswith("：")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("《丙县助餐管理办法》第二条由县民政局牵头，对吗？", "对。牵头单位：县民政局"),
        ("《丙县助餐管理办法》第二条由县商务局牵头，对吗？", "不对。牵头单位：县民政局"),
        ("《丙县助餐管理办法》第二条由谁牵头？", "牵头单位：县民政局"),
    ],
)
def test_a_lead_claimed_of_an_article_is_judged(opened: Assistant, text: str, said: str) -> None:
    """Named by its number, a clause's units are told, with a verdict where one is claimed."""
    answer = opened.ask(text)
    assert answer.statements[0].text == said
    assert [citation.clause.path for citation in answer.citations] == ["第二条"]


@pytest.mark.parametrize(
    ("text", "better"),
    [("助餐点有哪四项服务措施？", True), ("助餐点的这四项服务措施是什么？", True), ("助餐点有哪三项服务措施？", False), ("助餐点有哪些服务措施？", False)],
)
def test_the_sentence_that_says_as_many_is_meant(text: str, better: bool) -> None:
    """哪四项 asks for the sentence that speaks of 四项, and not for any other that says the same words."""
    question = understand(text)
    assert (_worth(question, "助餐点推行四项服务措施", 0.5) > _worth(question, "助餐点推行服务措施", 0.5)) is better


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("新设助餐点应当向区教育部门备案", True),
        ("家属向街道办事处政务中心提出申请", True),
        ("助餐人数由各区民政局统计", True),
        ("菜价由县发展改革部门会同市场监管部门测算", True),
        ("体检证明由县卫生健康中心出具", True),
        ("疾控中心开具健康证明", True),
        ("志愿者向老人家属说明菜单", False),
        ("老人由志愿者陪同用餐", False),
        ("助餐点每季度统计人数", False),  # by whom is not said
    ],
)
def test_who_does_a_thing_is_said_in_many_words(text: str, told: bool) -> None:
    """With whom a thing is filed and who counts, reckons or issues it tells who; to whom something is explained does not."""
    assert (WHO.search(text) is not None) is told


# ---- whose name stands in front ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("闵行区养老床位要建成多少张？", "闵行区：到2025年建成养老床位50张"),
        ("闵行区助浴每人每次补助多少元？", "闵行老年人助浴每人每次补助20元。"),
    ],
)
def test_a_document_without_a_place_bears_the_name_of_none(opened: Assistant, text: str, said: str) -> None:
    """A line of the district's own document is said with its name; one of a document that only speaks of it is not."""
    assert opened.ask(text).answer.startswith(said)


def test_of_two_documents_each_line_bears_its_title(opened: Assistant) -> None:
    """Named by title, documents without a place are told apart by it."""
    answer = opened.ask("《养老机构备案办法》和《托老机构备案规程》备案要几个工作日？").answer
    assert "《养老机构备案办法》：养老机构应当在收住老年人后10个工作日" in answer
    assert "《托老机构备案规程》：托老机构应当在收住老年人后20个工作日" in answer
