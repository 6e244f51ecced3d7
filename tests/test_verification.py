"""Nothing leaves unchecked: the figures of a statement, and what happens where they stand in no cited clause."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from assistant.answer import Status
from assistant.assistant import Assistant
from assistant.atoms import FIGURE, AtomKind
from assistant.draft import Draft, Line
from assistant.units import Units
from assistant.verdicts import Verdict
from assistant.verification import Verifier, statements
from corpus.document import Clause, Document
from corpus.errors import ClauseNotFoundError, QuestionError

OPENING = "渝北府办发〔2024〕6号:二/(三)/11"


@pytest.fixture(scope="module")
def opening(bundled_documents) -> tuple[Clause, Document]:
    """The clause of the opening subsidy of 渝北, with its document."""
    return next((c, d) for d in bundled_documents for c in d.clauses if c.clause_id == OPENING)


def supported(statement: str, cited: Sequence[tuple[Clause, Document]], allowed: Sequence[str] = ()) -> bool:
    """Whether every atom is supported, the wording aside: a fragment is enough for these tests."""
    report = Verifier().check(statement, cited, allowed)
    return all(atom.verdict is Verdict.SUPPORTED for atom in report.atoms if atom.kind is not AtomKind.WORDING)


@pytest.mark.parametrize(
    "statement",
    [
        "补助标准为3000元/托位，最高不超过45万元",
        "补助標準為３,０００元/托位",
        "牵头单位：区财政局、区卫生健康委",
        "《重庆市渝北区3岁以下婴幼儿照护服务能力提升行动实施方案》（渝北府办发〔2024〕6号）",
        "二（三）11 实施开园激励性奖补政策",
    ],
)
def test_what_stands_in_the_cited_clause_is_supported(
    opening: tuple[Clause, Document], statement: str
) -> None:
    """Figures of the clause, its label, its document's number and its title may be said, however spelled."""
    assert supported(statement, [opening])


@pytest.mark.parametrize(
    "statement",
    [
        "补助标准为5000元/托位",
        "2023年补助标准为3000元/托位",
        "最高不超过450万元",
        "每年各补助百分之六十",
        "第300条",
        "补助3000万元",
        "补助30元/托位",
        "新增11个托位",
    ],
)
def test_what_stands_in_no_cited_clause_is_not_supported(
    opening: tuple[Clause, Document], statement: str
) -> None:
    """Another amount, a year or a share that the clause does not print is found out."""
    assert not supported(statement, [opening])


def test_a_figure_without_a_citation_is_not_supported() -> None:
    """Words need no witness, a figure does."""
    assert supported("由区财政局牵头", [])
    assert not supported("补助3000元", [])


def test_a_figure_may_stand_in_any_of_the_cited_clauses(bundled_documents) -> None:
    """A comparison over two clauses is supported by the two together and by neither alone."""
    both = [
        (clause, document)
        for document in bundled_documents
        for clause in document.clauses
        if clause.clause_id in ("渝北府办发〔2024〕6号:二/(三)/11", "渝北府办发〔2024〕6号:二/(三)/15")
    ]
    statement = "开园3000元，生活费每天5元"
    assert supported(statement, both)
    assert [supported(statement, [one]) for one in both] == [False, False]


def test_a_count_is_supported_only_where_it_is_allowed(opening: tuple[Clause, Document]) -> None:
    """The number of cited clauses stands in none of them: the rule that counted it vouches for it."""
    assert not supported("牵头的任务共16项", [opening])
    assert supported("牵头的任务共16项", [opening], ("16",))


class _Drafts:
    """An answerer that gives the same draft to every question."""

    def __init__(self, draft: Draft, units: Units) -> None:
        self._draft = draft
        self.units = units

    def draft(self, question: object) -> Draft:
        return self._draft


def answer_to(lines: Sequence[Line], built_home, script_sample: str = "奖补标准是多少？"):
    """What an assistant over the bundled index makes of a draft with these lines."""
    from assistant.documents import Documents
    from assistant.settings import Settings
    from indexing.store import Manifest, Store

    settings = Settings(built_home)
    store = Store(settings.snapshot / "corpus.sqlite")
    documents = Documents(store.documents())
    drafts = _Drafts(Draft(Status.ANSWERED, list(lines)), Units(store.unit_names()))
    assistant = Assistant(store, drafts, Manifest.open(settings.snapshot), documents, {})  # type: ignore[arg-type]
    try:
        return assistant.ask(script_sample)
    finally:
        assistant.close()


def test_an_unsupported_statement_is_replaced_by_the_clause(
    opening: tuple[Clause, Document], built_home
) -> None:
    """A line whose figure stands nowhere leaves as the clause's own words, never as it was."""
    clause, _ = opening
    answer = answer_to([Line("补助标准为5000元/托位", [clause])], built_home)
    assert [s.text for s in answer.statements] == [clause.text]
    assert "5000" not in answer.answer


def test_a_supported_statement_leaves_as_it_is(opening: tuple[Clause, Document], built_home) -> None:
    """A line that its clause supports is said in its own words, in the asker's script."""
    clause, _ = opening
    line = Line("补助标准为3000元/托位", [clause])
    assert answer_to([line], built_home).answer == line.text
    assert answer_to([line], built_home, "獎補標準是多少？").answer.endswith("3000元/托位")
    assert "補助" in answer_to([line], built_home, "獎補標準是多少？").answer


def test_clauses_cited_twice_are_listed_once(opening: tuple[Clause, Document], built_home) -> None:
    """Two lines over one clause share its citation."""
    clause, _ = opening
    answer = answer_to([Line("3000元/托位", [clause]), Line("45万元", [clause])], built_home)
    assert [s.citations for s in answer.statements] == [(0,), (0,)]
    assert len(answer.citations) == 1


PLAN = """某某市托育服务补助办法
第一条　对托育机构给予奖补：国家级示范机构奖励10万元/家；市级示范机构奖励5万元/家。
第二条　到2025年，千人口托位数达到4.5个以上，普惠托位占比不低于60%。2024、2025年备案率分别达到80%和90%。
第三条　幼儿园不得收取与入托挂钩的赞助费。营利性机构除外的机构可以申请租金减免。
第四条　申报工作由市教育局负责。（牵头单位：市卫生健康委；责任单位：市教育局、市财政局）
第五条　保育保教费按每人每月200元资助，全年按10个月计算。每年12月复核，每半年培训1次。运营补贴每年6000元。
"""


@pytest.fixture(scope="module")
def plan() -> Document:
    """A small policy with what a verifier can be fooled by: two grades, two years, a ban, two roles."""
    import hashlib

    from corpus.load import parse
    from corpus.reading import RawSource

    return parse(RawSource("plan.txt", PLAN, hashlib.sha256(PLAN.encode()).hexdigest()))


def report(plan: Document, article: int, statement: str):
    """What a verifier that knows the plan's bureaus finds about a statement that cites an article."""

    clause = next(c for c in plan.clauses if c.path.endswith(f"第{'零一二三四五'[article]}条"))
    names = {name for c in plan.clauses for name in (*c.lead_units, *c.responsible_units)}
    return Verifier(Units(sorted(names))).check(statement, [(clause, plan)])


@pytest.mark.parametrize(
    ("article", "statement"),
    [
        (1, "国家级示范机构奖励10万元/家"),
        (1, "市级示范机构每家奖励50000元"),
        (1, "市級示範機構獎勵五万元"),
        (2, "2025年，千人口托位数达到四点五个以上"),
        (2, "2024年备案率达到80%"),
        (2, "2025年备案率达到90%"),
        (3, "幼儿园不得收取与入托挂钩的赞助费"),
        (4, "牵头单位：市卫生健康委"),
        (4, "由市教育局负责申报工作"),
        (4, "在列。责任单位：市教育局、市财政局"),  # a verdict on the question, which no clause holds
        (4, "不在列。责任单位：市教育局、市财政局"),
        (3, "不可以。幼儿园不得收取与入托挂钩的赞助费"),
        (5, "保育保教费资助200元/月"),
        (5, "保育保教费按每人200元资助"),  # how often may stay unsaid
        (5, "保育保教费每个月资助200元，全年按10个月计算"),
        (5, "每半年培训1次"),
        (5, "每年12月复核"),
    ],
)
def test_what_a_clause_says_in_other_words_is_supported(plan: Document, article: int, statement: str) -> None:
    """Another spelling, a part, or words in another order say the same."""
    assert report(plan, article, statement).supported


@pytest.mark.parametrize(
    ("article", "statement", "kind"),
    [
        (1, "市级示范机构奖励10万元/家", AtomKind.NUMBER),
        (1, "国家级示范机构奖励10%", AtomKind.NUMBER),
        (2, "2024年备案率达到90%", AtomKind.NUMBER),
        (2, "到2024年，千人口托位数达到4.5个以上", AtomKind.YEAR),
        (2, "普惠托位占比不超过60%", AtomKind.COMPARATOR),
        (3, "幼儿园可以收取与入托挂钩的赞助费", AtomKind.NEGATION),
        (3, "机构不可以申请租金减免", AtomKind.NEGATION),
        (4, "牵头单位：市教育局", AtomKind.UNIT),
        (4, "在列。牵头单位：市教育局", AtomKind.UNIT),
        (3, "不可以。幼儿园可以收取与入托挂钩的赞助费", AtomKind.NEGATION),
        (4, "责任单位：市教育局、市教育局", AtomKind.UNIT),
        (4, "渝北区申报工作由市教育局负责", AtomKind.PLACE),
        (1, "第二条", AtomKind.CLAUSE),
        (1, "国办发〔2020〕52号规定国家级示范机构奖励10万元/家", AtomKind.DOCUMENT),
        (3, "幼儿园不得收取“开园费”", AtomKind.QUOTATION),
        (1, "营利性机构须缴纳社会保险费", AtomKind.WORDING),
        (5, "保育保教费按每人每年200元资助", AtomKind.NUMBER),
        (5, "保育保教费资助200元/天", AtomKind.NUMBER),
        (5, "运营补贴每月6000元", AtomKind.NUMBER),
        (5, "每年培训1次", AtomKind.NUMBER),
        (5, "每季度12月复核", AtomKind.NUMBER),
        (5, "可以。每半年培训1次", AtomKind.NEGATION),  # a yes to a question, which no clause says
    ],
)
def test_a_neighbours_figure_another_role_a_turned_rule_are_found(
    plan: Document, article: int, statement: str, kind: AtomKind
) -> None:
    """One thing is wrong, it is that atom, and the statement is not supported."""
    found = report(plan, article, statement)
    assert not found.supported
    assert kind in {atom.kind for atom in found.atoms if atom.verdict is not Verdict.SUPPORTED}


def test_a_verdict_shows_the_place_that_decided_it(plan: Document) -> None:
    """The evidence of a contradiction is a slice of the source: what the clause says instead."""
    found = report(plan, 1, "市级示范机构奖励10万元/家")
    (wrong,) = [atom for atom in found.atoms if atom.verdict is Verdict.CONTRADICTED]
    assert wrong.evidence is not None
    assert wrong.evidence.quote == "5万元/家" == wrong.evidence.span.of(plan.source)
    assert found.text[wrong.start : wrong.end] == wrong.text == "10万元/家"


def test_without_a_clause_nothing_is_supported(plan: Document) -> None:
    """Not checked is a failure, never a pass."""
    found = Verifier().check("幼儿园应当备案", [])
    assert found.verdict is Verdict.UNSUPPORTED


def test_a_text_is_cut_into_statements_with_their_citations() -> None:
    """Numbers in brackets belong to the sentence before them; offsets count in the text as given."""
    text = "补助3000元。[1][2] 最高45万元[3]；不得重复。"
    found = statements(text)
    assert [(one.text, one.markers) for one in found] == [("补助3000元。", (1, 2)), ("最高45万元；", (3,)), ("不得重复。", ())]
    assert text[found[2].start : found[2].end] == "不得重复。"


@pytest.mark.parametrize("text", ["", " \n", "。。", 5, "好" * 20_001])
def test_no_text_and_too_much_are_refused(text: object) -> None:
    """What cannot be verified is said to be so."""
    with pytest.raises(QuestionError):
        statements(text)


def test_a_statement_without_end_and_too_many_clauses_are_refused(assistant: Assistant) -> None:
    """What one statement costs grows faster than its length, and each clause is read for each statement."""
    with pytest.raises(QuestionError, match="a statement has 4,000 characters"):
        statements("1个" * 2000)
    assert len(statements("渝北补5元\n" * 1000)) == 1000
    with pytest.raises(QuestionError, match="100 clause ids were given"):
        assistant.verify("渝北区补助5元。", [OPENING] * 100)


def test_a_clause_given_twice_is_read_once(assistant: Assistant) -> None:
    """The same id again adds nothing, by number or without."""
    for text in ("开园补助标准为3000元/托位。", "开园补助标准为3000元/托位。[1][2]"):
        once, again = assistant.verify(text.replace("[2]", ""), [OPENING]), assistant.verify(text, [OPENING] * 9)
        assert again.to_json()["citations"] == once.to_json()["citations"]
        assert [v.report for v in again.statements] == [v.report for v in once.statements]


def test_a_run_of_numerals_is_read_in_time_with_its_length() -> None:
    """No numeral is so long: one is read up to a length, not from each place of a run to its end."""
    assert FIGURE.search("一万" * 40 + "分之一") and not FIGURE.fullmatch("一万" * 40 + "分之一")
    assert FIGURE.fullmatch("二十三万四千五百六十七分之一") and FIGURE.fullmatch("三千五百二十一万零八十点五亿元")


def test_anyones_text_is_held_against_the_corpus(assistant: Assistant) -> None:
    """Without clauses the best one is searched for; a wrong figure, another place and a turned ban do not pass."""
    text = "渝北区开园补助标准为3000元/托位。由区总工会牵头。渝北区开园补助标准为5000元/托位。深圳市托育补贴每月800元。"
    found = assistant.verify(text)
    verdicts = [Verdict.SUPPORTED, Verdict.CONTRADICTED, Verdict.CONTRADICTED, Verdict.UNSUPPORTED]
    assert [one.report.verdict for one in found.statements] == verdicts
    assert found.statements[1].citations == (0,)  # a sentence without a subject goes on with the clause before it
    assert not found.supported
    assert found.citations[0].clause.clause_id == OPENING
    assert found.to_json()["statements"][0]["verdict"] == "supported"


def test_given_clauses_are_those_it_is_held_against(assistant: Assistant) -> None:
    """[2] is the second of them; a number beyond them and an unknown id are errors."""
    ids = ["渝北府办发〔2024〕6号:二/(三)/15", OPENING]
    assert assistant.verify("补助标准为3000元/托位。[2]", ids).supported
    assert not assistant.verify("补助标准为3000元/托位。[1]", ids).supported
    assert assistant.verify("补助标准为3000元/托位。", ids).supported
    with pytest.raises(QuestionError):
        assistant.verify("补助标准为3000元/托位。[3]", ids)
    with pytest.raises(ClauseNotFoundError):
        assistant.verify("补助标准为3000元/托位。", ["没有:一"])
