"""Nothing leaves unchecked: the figures of a statement, and what happens where they stand in no cited clause."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from assistant.answer import Status
from assistant.assistant import Assistant
from assistant.atoms import AtomKind
from assistant.draft import Draft, Line
from assistant.verdicts import Verdict
from assistant.verification import Verifier
from corpus.document import Clause, Document

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

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

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
    drafts = _Drafts(Draft(Status.ANSWERED, list(lines)))
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
