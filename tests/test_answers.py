"""What is answered over the bundled documents: figures, who leads, places, claims, follow-ups, clauses by number."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from assistant.answer import Status
from corpus.document import ClauseKind
from eval.measures import numbers, says, squeezed
from tests.sample_answers import DAWA, DAXING, GUANGZHOU, JIANGSU, YUBEI, cited

# ---- the three questions of the README ---------------------------------------------------------------------


def test_the_opening_subsidy_is_said_with_its_cap_and_its_leads(assistant) -> None:
    """Amount, cap and both lead units are stated, and they rest on 二（三）11 alone."""
    answer = assistant.ask("渝北区新开一家普惠托育机构，每个托位能补多少钱？最高多少？由谁牵头？")
    assert answer.status is Status.ANSWERED
    assert all(says(answer.answer, words) for words in ("3000元/托位", "45万元", "区财政局、区卫生健康委"))
    assert cited(answer) == [f"{YUBEI}:二/(三)/11"]


def test_a_traditional_question_is_answered_in_traditional(assistant) -> None:
    """The 江蘇 target of 2025 is given in the asker's script with the document's figure."""
    answer = assistant.ask("江蘇省2025年托育從業人員要達到多少人")
    assert answer.status is Status.ANSWERED
    assert "7萬" in answer.answer
    assert "万" not in answer.answer and "业" not in answer.answer
    assert {c.document.document_id for c in answer.citations} == {JIANGSU}


def test_a_place_without_a_document_is_not_answered_by_another(assistant) -> None:
    """深圳 has no document here: no statement, no citation, at most three nearest clauses."""
    answer = assistant.ask("深圳市托育补贴多少钱")
    assert answer.status is Status.NOT_FOUND
    assert (answer.statements, answer.citations) == ((), ())
    assert 1 <= len(answer.nearest) <= 3
    assert "深圳市" in answer.answer
    assert numbers(answer.answer) == set()


# ---- figures -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "said", "unsaid", "clause"),
    [
        ("大兴区2024年普惠托位占比要达到多少？", "30%", "60%", f"{DAXING}:一"),
        ("大兴区2025年普惠托位占比要达到多少？", "60%", "30%", f"{DAXING}:一"),
        ("渝北区2024年提供托育服务的幼儿园占比要达到多少？", "35%", "40%", f"{YUBEI}:二/(一)/2"),
        ("渝北区2025年提供托育服务的幼儿园占比要达到多少？", "40%", "35%", f"{YUBEI}:二/(一)/2"),
    ],
)
def test_a_figure_is_that_of_the_year_asked_for(
    assistant, question: str, said: str, unsaid: str, clause: str
) -> None:
    """Where one sentence gives two years with two figures, only the asked year's is said."""
    answer = assistant.ask(question)
    assert answer.status is Status.ANSWERED
    assert says(answer.answer, said) and not says(answer.answer, unsaid)
    assert cited(answer) == [clause]


@pytest.mark.parametrize(
    ("question", "said", "unsaid"),
    [
        ("田家街道2023年的千人口托位数任务是多少？", "109", ("328", "499")),
        ("田家街道2024年的千人口托位数任务是多少？", "328", ("241", "109", "499")),
        ("清水镇2024年的千人口托位数任务是多少？", "50", ("328", "241")),
    ],
)
def test_a_cell_is_that_of_the_row_and_the_year_asked_for(
    assistant, question: str, said: str, unsaid: Sequence[str]
) -> None:
    """A table cell is found by row and column; neighbours in the table and in the row stay out."""
    answer = assistant.ask(question)
    assert says(answer.answer, said)
    assert not [words for words in unsaid if says(answer.answer, words)]
    assert [c.clause.kind for c in answer.citations][:1] == [ClauseKind.ROW]
    assert answer.citations[0].clause.heading == question.split("20")[0]


@pytest.mark.parametrize(
    ("question", "said", "unsaid"),
    [
        ("渝北区托大班运营补贴每生每年多少？", "700元", ("800元", "900元")),
        ("渝北区托小班运营补贴每生每年多少？", "800元", ("700元", "900元")),
    ],
)
def test_an_amount_is_that_of_the_class_asked_for(
    assistant, question: str, said: str, unsaid: Sequence[str]
) -> None:
    """分别给予700元、800元、900元: the amount of the class asked for is said alone."""
    answer = assistant.ask(question)
    assert says(answer.answer, said)
    assert not [words for words in unsaid if says(answer.answer, words)]
    assert cited(answer) == [f"{YUBEI}:二/(三)/12"]


# ---- who leads ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asking", "said", "unsaid"),
    [
        ("由谁牵头？", ("区财政局", "区卫生健康委"), ("各镇街", "区经济信息委", "区总工会")),
        ("的责任单位有哪些？", ("各镇街", "区经济信息委", "区总工会"), ("区财政局", "区卫生健康委")),
        (
            "的牵头单位和责任单位分别是谁？",
            ("区财政局", "区卫生健康委", "各镇街", "区经济信息委", "区总工会"),
            (),
        ),
    ],
)
def test_lead_and_responsible_units_are_kept_apart(
    assistant, asking: str, said: Sequence[str], unsaid: Sequence[str]
) -> None:
    """Who leads is not mixed with who takes part, and both are given where both are asked for, in order."""
    answer = assistant.ask(f"渝北区开园奖补{asking}")
    places = [answer.answer.find(name) for name in said]
    assert -1 not in places and places == sorted(places)
    assert not [name for name in unsaid if name in answer.answer]
    assert cited(answer) == [f"{YUBEI}:二/(三)/11"]


def test_a_lead_known_by_the_first_listed_rule_cites_the_rule_too(assistant) -> None:
    """大洼 says once that the unit listed first leads; a lead of another clause rests on that clause as well."""
    answer = assistant.ask("盘锦市大洼区托育机构用地保障谁牵头？")
    assert "市自然资源局大洼分局" in answer.answer
    assert "第一位" in answer.answer
    assert cited(answer) == [f"{DAWA}:四/(二)", f"{DAWA}:三/(一)/1"]
    assert "列第一位" in answer.citations[1].clause.text


def test_a_clause_that_states_the_rule_itself_is_cited_once(assistant) -> None:
    """The rule stands in 三（一）1 of 大洼, which needs no second witness for its own lead."""
    answer = assistant.ask("大洼区落实产休假政策的牵头单位是谁？")
    assert "牵头单位：区人力资源社会保障局" in answer.answer
    assert cited(answer) == [f"{DAWA}:三/(一)/1"]


@pytest.mark.parametrize(
    ("question", "unit", "place"),
    [
        ("渝北区教委牵头的任务有哪些？", "区教委", YUBEI),
        ("渝北区区总工会牵头哪些任务？", "区总工会", YUBEI),
        ("渝北区卫健委牵头哪些任务？", "区卫生健康委", YUBEI),
    ],
)
def test_the_tasks_of_a_unit_are_listed_whole_with_their_number(
    assistant, bundled_documents, question: str, unit: str, place: str
) -> None:
    """All clauses the unit leads and no other are listed, and the number said is their number."""
    (document,) = (d for d in bundled_documents if d.document_id == place)
    led = [clause.clause_id for clause in document.clauses if unit in clause.lead_units]
    answer = assistant.ask(question)
    assert cited(answer) == led
    assert f"共{len(led)}项" in answer.statements[0].text
    assert [s.citations for s in answer.statements] == [
        tuple(range(len(led))),
        *((i,) for i in range(len(led))),
    ]


def test_the_tasks_of_a_plan_are_counted_and_listed(assistant) -> None:
    """The 渝北 plan numbers its tasks 1 to 20 through four sections: the count cites them all, in order."""
    answer = assistant.ask("渝北区的任务一共有多少项？")
    assert says(answer.statements[0].text, "20")
    assert [path.split("/")[-1] for path in cited(answer)] == [str(number) for number in range(1, 21)]
    assert answer.statements[0].citations == tuple(range(20))


def test_the_highest_row_is_that_of_the_year_asked_for(assistant, bundled_documents) -> None:
    """Which 镇街 of 大洼 has the most places in 2024 is read from all rows of that year's column."""
    (document,) = (d for d in bundled_documents if d.document_id == DAWA)
    column = {
        clause.heading: figure.value
        for clause in document.clauses
        for figure in clause.figures
        if clause.kind is ClauseKind.ROW and clause.heading != "合计" and figure.year == 2024
    }
    most = max(column, key=column.__getitem__)
    answer = assistant.ask("大洼区哪个街道2024年的千人口托位数最多？")
    assert [citation.clause.heading for citation in answer.citations] == [most]
    assert says(answer.answer, f"{column[most]:.0f}") and "最多" in answer.answer


def test_two_places_are_compared_over_one_indicator(assistant) -> None:
    """Both figures are said with their places, the verdict rests on both clauses."""
    answer = assistant.ask("渝北和广州2025年千人口托位数目标，哪边更高？")
    assert says(answer.answer, "5.0") and says(answer.answer, "5.8")
    assert "广州市高于渝北区" in answer.statements[-1].text
    assert set(cited(answer)) == {f"{YUBEI}:一", f"{GUANGZHOU}:二"}
    assert len(answer.statements[-1].citations) == 2


# ---- places ------------------------------------------------------------------------------------------------


def test_a_question_without_a_place_is_answered_place_by_place(assistant) -> None:
    """The target of 2025 differs: every place is named with its own figure and clause, under a note that says so."""
    answer = assistant.ask("到2025年千人口托位数目标是多少？")
    said = {line.text.split("：")[0]: numbers(line.text) for line in answer.statements}
    assert {
        place: figure
        for place, figure in (("渝北区", "5"), ("广州市", "5.8"), ("江苏省", "4.5"), ("大洼区", "4.5"))
        if figure not in said.get(place, ())
    } == {}
    assert answer.clarification is not None and answer.answer.startswith(answer.clarification)
    assert len({c.document.document_id for c in answer.citations}) == 4


@pytest.mark.parametrize(
    ("question", "noted"),
    [("重庆市每个托位补多少元？", True), ("我家是重庆户口，娃在渝北区，每个托位补多少元？", False)],
)
def test_a_larger_place_is_noted_only_where_it_is_asked_about(assistant, question: str, noted: bool) -> None:
    """Beside the county that is asked about, a word on the province without rules would mislead."""
    answer = assistant.ask(question)
    assert says(answer.answer, "3000元")
    assert ("下级地区" in answer.answer) is noted


def test_of_two_places_the_one_without_a_document_is_said_to_be_missing(assistant) -> None:
    """渝北 is answered and 深圳 is not: the whole is partial and says which place is open."""
    answer = assistant.ask("深圳和渝北的开园奖补标准分别是多少？")
    assert answer.status is Status.PARTIAL
    assert says(answer.answer, "3000元/托位")
    assert answer.answer.endswith("深圳市：现有文件中没有查到")
    assert cited(answer) == [f"{YUBEI}:二/(三)/11"]


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("重庆市江北区托育补贴多少钱", "江北区"),
        ("北京市朝阳区托育牵头单位是谁", "朝阳区"),
        ("上海市托育补贴多少钱", "上海市"),
    ],
)
def test_a_place_of_the_register_that_the_corpus_lacks_is_named(assistant, question: str, place: str) -> None:
    """A neighbour of a place with documents is not answered by it."""
    answer = assistant.ask(question)
    assert answer.status is Status.NOT_FOUND
    assert place in answer.answer
    assert answer.citations == ()


# ---- claims ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "verdict", "said"),
    [
        ("渝北区开园奖补标准是5000元/托位，对吗？", "不对", "3000元/托位"),
        ("渝北区开园奖补标准是3000元/托位，对吗？", "对", "3000元/托位"),
        ("渝北区开园奖补一家机构最多能拿50万元，对吗？", "不对", "45万元"),
        ("渝北区开园奖补是由区教委牵头，对吗？", "不对", "区财政局、区卫生健康委"),
        ("渝北区开园奖补由区财政局牵头，对吗？", "对", "区财政局、区卫生健康委"),
        ("渝北区普惠托位占比2025年要达到90%，对吗？", "不对", "80%"),
    ],
)
def test_a_claim_is_judged_by_the_clause(assistant, question: str, verdict: str, said: str) -> None:
    """A right premise is called 对 and a wrong one 不对, with what the clause says."""
    answer = assistant.ask(question)
    assert answer.statements[0].text.startswith(f"渝北区：{verdict}。")
    assert says(answer.answer, said)


# ---- follow-ups --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("history", "question", "said", "clause"),
    [
        (["渝北区2025年千人口托位数要达到多少？"], "那广州呢？", "5.8", f"{GUANGZHOU}:二"),
        (["大兴区2024年普惠托位占比要达到多少？"], "2025年呢？", "60%", f"{DAXING}:一"),
        (["2025年普惠托位占比多少？"], "大兴区", "60%", f"{DAXING}:一"),
        (["渝北区运营补贴多少钱？"], "那租金补助呢？", "10元", f"{YUBEI}:二/(三)/13"),
        (["渝北区运营补贴多少钱？", "租金补助呢？"], "谁牵头？", "区卫生健康委", f"{YUBEI}:二/(三)/13"),
        (["渝北区开园奖补标准是多少？"], "由谁牵头？", "区财政局、区卫生健康委", f"{YUBEI}:二/(三)/11"),
        (["渝北区开园奖补标准是多少？"], "大兴区2025年普惠托位占比要达到多少？", "60%", f"{DAXING}:一"),
        (["大洼区田家街道2024年的千人口托位数任务是多少？"], "2023年呢？", "109", f"{DAWA}:附件2/表1/行3"),
    ],
)
def test_a_follow_up_is_read_with_what_was_asked_before(
    assistant, history: list[str], question: str, said: str, clause: str
) -> None:
    """A place, a year, a subject or who leads may be asked alone; a whole question drops what was before."""
    answer = assistant.ask(question, history)
    assert answer.question == question
    assert says(answer.answer, said)
    assert clause in cited(answer)


def test_a_follow_up_to_a_place_without_a_document_is_not_found(assistant) -> None:
    """深圳呢 after a question about 渝北 is about 深圳."""
    answer = assistant.ask("深圳呢？", ["渝北区开园奖补标准是多少？"])
    assert answer.status is Status.NOT_FOUND
    assert answer.citations == ()


# ---- by number and by name ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "question",
    [
        "渝北府办发〔2024〕6号第13条",
        "渝北府办发〔2024〕6号第13项",
        "渝北府办发〔2024〕6号二（三）13",
        "渝北府办发〔2024〕6号二(三)13",
        "渝北区二（三）13",
    ],
)
def test_a_clause_named_by_its_number_is_quoted(assistant, question: str) -> None:
    """The number of a clause is answered with its verbatim words, whichever brackets it is written in."""
    answer = assistant.ask(question)
    assert cited(answer) == [f"{YUBEI}:二/(三)/13"]
    assert [s.text for s in answer.statements] == [answer.citations[0].clause.text]


def test_a_clause_the_document_lacks_is_not_found(assistant) -> None:
    """The 渝北 plan has twenty tasks: there is no 第99条 to quote."""
    answer = assistant.ask("渝北府办发〔2024〕6号第99条")
    assert answer.status is Status.NOT_FOUND
    assert answer.citations == ()


@pytest.mark.parametrize(
    ("question", "said", "document"),
    [
        ("渝北区方案的文号是什么？", "渝北府办发〔2024〕6号", YUBEI),
        ("大兴区托育方案的文号是什么？", "京兴政办发〔2024〕11号", DAXING),
        ("大兴区托育方案是哪天印发的？", "2024年10月9日", DAXING),
    ],
)
def test_number_and_date_of_a_document_can_be_asked(
    assistant, question: str, said: str, document: str
) -> None:
    """文号 and date of issue are given with the document's title and cite its notice."""
    answer = assistant.ask(question)
    assert says(answer.answer, said)
    assert cited(answer) == [f"{document}:通知"]


def test_a_document_that_is_only_mentioned_is_said_to_be_missing(assistant) -> None:
    """国办发〔2019〕15号 is no document here: the clause that mentions it is shown, and the answer is partial."""
    answer = assistant.ask("国办发〔2019〕15号是什么文件？")
    assert answer.status is Status.PARTIAL
    assert answer.clarification is not None and "没有收录" in answer.clarification
    assert all("〔2019〕15号" in squeezed(c.clause.text) for c in answer.citations)


def test_the_total_of_a_table_is_no_row_of_those_added(assistant) -> None:
    """加起来 means the two rows that are named; the table's own 合计 is said where the whole place is asked for."""
    answer = assistant.ask("天河和海珠2025年托位加起来多少？").answer
    assert "12600＋17060＝29660" in answer and "121800" not in answer
    assert "121800" in assistant.ask("广州全市2025年托位一共多少？").answer
