"""Tasks, targets and subsidies as records: all of them, and those of a place, a unit, a year, an indicator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.documents import Documents
from assistant.facts import Facts, Role, Task, Value
from corpus.document import ClauseKind, Document, FigureKind, Part
from corpus.errors import DocumentNotFoundError
from corpus.load import parse
from corpus.places import mentions, resolve
from corpus.reading import RawSource
from indexing.store import Store
from tests.sample_answers import DAWA, DAXING, GUANGZHOU, JIANGSU, YUBEI
from tests.sample_files import stored


def over(folder: Path, documents: Sequence[Document]) -> Facts:
    """The facts of a corpus of these documents."""
    stored(folder / "corpus.sqlite", documents, ())
    store = Store(folder / "corpus.sqlite")
    return Facts(store, Documents(store.documents()))


@pytest.fixture(scope="module")
def facts(bundled_documents: list[Document], tmp_path_factory: pytest.TempPathFactory) -> Facts:
    """The facts of the bundled documents."""
    return over(tmp_path_factory.mktemp("facts"), bundled_documents)


def documents_of(found: Sequence[Task | Value]) -> set[str]:
    """The ids of the documents that the records are of."""
    return {one.document.document_id for one in found}


# ---- all of them ---------------------------------------------------------------------------------------------


def test_every_unit_of_every_clause_is_a_task(facts: Facts, bundled_documents: list[Document]) -> None:
    """Each unit of each clause comes once, in the order of the corpus, as lead where it leads."""
    clauses = [c for document in bundled_documents for c in document.clauses if c.part is not Part.INTERPRETATION]
    expected = [
        (c.clause_id, name, "lead" if name in c.lead_units else "responsible")
        for c in clauses
        for name in dict.fromkeys((*c.lead_units, *c.responsible_units))
    ]
    assert [(task.clause.clause_id, task.unit, task.role) for task in facts.tasks()] == expected != []


def test_every_amount_paid_is_a_subsidy(facts: Facts, bundled_documents: list[Document]) -> None:
    """The subsidies are the figures of that kind outside interpretations, in the order of the corpus."""
    expected = [
        (c.clause_id, figure.span)
        for document in bundled_documents
        for c in document.clauses
        for figure in c.figures
        if figure.kind is FigureKind.SUBSIDY and c.part is not Part.INTERPRETATION
    ]
    assert [(value.clause.clause_id, value.figure.span) for value in facts.subsidies()] == expected != []


def test_targets_are_those_of_sentences_and_of_planning_columns(facts: Facts) -> None:
    """2025年规划托位 of a table is a target, 2022年已有托位 beside it is none."""
    row = f"{GUANGZHOU}:附件/表1/行5"
    said = [value.figure.indicator for value in facts.targets() if value.clause.clause_id == row]
    assert said[0] == "2025年规划托位(个)"
    assert "2022年已有托位(个)" not in said
    assert {value.figure.kind for value in facts.targets()} == {FigureKind.TARGET, FigureKind.CELL}


def test_what_only_an_interpretation_says_is_left_out(facts: Facts, bundled_documents: list[Document]) -> None:
    """The 政策解读 of 大兴 repeats the targets of the plan, which are listed once."""
    (daxing,) = [document for document in bundled_documents if document.document_id == DAXING]
    repeated = [f for c in daxing.clauses if c.part is Part.INTERPRETATION for f in c.figures if f.kind is FigureKind.TARGET]
    assert repeated
    assert all(value.clause.part is not Part.INTERPRETATION for value in facts.targets(document_id=DAXING))


def test_a_record_says_what_it_rests_on(facts: Facts) -> None:
    """Figures are slices of the source at their offsets; terms and place come with them."""
    value = facts.subsidies(place="渝北", indicator="开园")[0]
    said = value.to_json()
    assert value.document.source[said["start"] : said["end"]] == said["text"] == "3000元/托位"
    assert (said["clause_id"], said["place"], said["value"], said["unit"]) == (
        f"{YUBEI}:二/(三)/11", "重庆市渝北区", 3000.0, "元/托位",
    )  # fmt: skip
    assert said["cap"] == "每家机构补助金额最高不超过45万元"
    assert said["periods"] == ["补助周期为2年", "每年各补助50%"]
    assert said["conditions"][0] == "对纳入备案管理的普惠性托育机构"


def test_a_task_says_how_its_lead_is_known(facts: Facts) -> None:
    """The unit as printed, its role, the rule behind it and the task's heading."""
    said = facts.tasks(place="渝北", unit="财政局", role=Role.LEAD)[0].to_json()
    assert {key: said[key] for key in ("clause_id", "unit", "role", "unit_rule", "task", "clause_label")} == {
        "clause_id": f"{YUBEI}:二/(三)/11", "unit": "区财政局", "role": "lead", "unit_rule": "stated",
        "task": "实施开园激励性奖补政策", "clause_label": "二（三）11",
    }  # fmt: skip


# ---- places --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "documents"),
    [
        ("渝北区", {YUBEI}),
        ("重庆", {YUBEI}),
        ("重慶市渝北區", {YUBEI}),
        ("广东省", {GUANGZHOU}),
        ("天河区", {GUANGZHOU}),
        ("渝北和江蘇", {YUBEI, JIANGSU}),
        ("大兴", {DAXING}),
        ("深圳市", set()),
        ("火星", set()),
    ],
)
def test_a_place_finds_its_own_and_what_lies_within(facts: Facts, place: str, documents: set[str]) -> None:
    """A region finds its own documents and those within it; a place without any, those of the place above."""
    assert documents_of(facts.targets(place=place)) == documents


def test_a_place_has_more_than_what_lies_within_it(tmp_path: Path) -> None:
    """The province's own targets and its city's both belong to the province, only the city's own to the city."""
    plain = parse(RawSource("甲.txt", "实施方案\n一、目标\n到2025年千人口托位数达到4.5个。\n", "0" * 64))

    def of(name: str) -> Document:
        (place,) = resolve(mentions(name))
        clauses = tuple(replace(c, document_id=name, clause_id=f"{name}:{c.path}") for c in plain.clauses)
        return replace(plain, document_id=name, place=place, clauses=clauses)

    found = over(tmp_path, [of("江苏省"), of("江苏省南京市"), of("广东省广州市")])
    assert documents_of(found.targets(place="江苏省")) == {"江苏省", "江苏省南京市"}
    assert documents_of(found.targets(place="南京")) == {"江苏省南京市"}
    assert documents_of(found.targets(place="苏州")) == {"江苏省"}


def test_a_district_is_not_given_the_rows_of_its_neighbours(facts: Facts) -> None:
    """天河区 finds its row in the city's table and the total, not those of 海珠 and 白云."""
    rows = {v.clause.heading for v in facts.targets(place="天河区") if v.clause.kind is ClauseKind.ROW}
    assert rows == {"天河", "合计"}
    assert len({v.clause.heading for v in facts.targets(place="广州") if v.clause.kind is ClauseKind.ROW}) > 10


@pytest.mark.parametrize("place", ["二界沟街道", "大洼区二界沟街道", "二界溝街道"])
def test_a_street_finds_its_own_row(facts: Facts, place: str) -> None:
    """A place below the counties is looked for in what the records are about."""
    assert [v.figure.text for v in facts.targets(place=place)] == ["220", "49", "148", "220"]


# ---- units, years, indicators ----------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", ["渝北区卫健委", "重庆市渝北区卫生健康委", "渝北區衛健委"])
def test_a_unit_has_many_names(facts: Facts, unit: str) -> None:
    """Place, rank, abbreviation and script do not make another organ; the place in its name counts."""
    wanted = facts.tasks(place="渝北", unit="卫生健康委")
    assert facts.tasks(unit=unit) == wanted
    assert {task.unit for task in wanted} == {"区卫生健康委"}
    assert len(wanted) == 22


def test_a_unit_is_looked_for_everywhere_without_a_place(facts: Facts) -> None:
    """卫健委 is 卫生健康局 elsewhere; each record has the name that its clause prints."""
    found = facts.tasks(unit="卫健委")
    assert {YUBEI, DAWA, GUANGZHOU} <= documents_of(found)
    assert {"区卫生健康委", "区卫生健康局", "市卫生健康委"} <= {task.unit for task in found}


def test_a_unit_named_after_a_place_keeps_its_name(facts: Facts) -> None:
    """大兴经济开发区管委会 is a name, not the 经济开发区管委会 of 大兴."""
    assert {task.unit for task in facts.tasks(unit="大兴经济开发区管委会")} == {"大兴经济开发区管委会"}


def test_a_part_of_a_name_finds_units_where_no_unit_bears_it(facts: Facts) -> None:
    """开发区管委会 is no unit of the corpus, but stands in the names of some; nonsense stands in none."""
    assert {task.unit for task in facts.tasks(unit="开发区管委会")} == {"大兴经济开发区管委会"}
    assert facts.tasks(unit="火星管理局") == []


def test_roles_are_told_apart(facts: Facts) -> None:
    """Leads and responsible units together are all tasks of the unit."""
    whole = facts.tasks(place="渝北", unit="卫健委")
    leads = facts.tasks(place="渝北", unit="卫健委", role=Role.LEAD)
    others = facts.tasks(place="渝北", unit="卫健委", role=Role.RESPONSIBLE)
    assert sorted([*leads, *others], key=lambda task: task.clause.span) == whole
    assert (len(leads), len(others)) == (16, 6)


def test_the_figures_of_a_unit_are_those_of_its_clauses(facts: Facts) -> None:
    """A unit narrows figures to the clauses in whose lists it stands."""
    found = facts.subsidies(unit="总工会")
    assert found
    assert all("区总工会" in (*v.clause.lead_units, *v.clause.responsible_units) for v in found)
    assert len(found) < len(facts.subsidies())


def test_a_year_keeps_the_figures_of_that_year(facts: Facts) -> None:
    """Figures by the year they hold for, tasks by the year their clause prints."""
    assert {v.figure.year for v in facts.targets(year=2024)} == {2024}
    assert all("2024" in task.clause.text for task in facts.tasks(year=2024))
    assert 0 < len(facts.tasks(year=2024)) < len(facts.tasks())
    assert facts.targets(year=1998) == []


@pytest.mark.parametrize("indicator", ["千人口托位数", "每千人口托位数", "千人口 托位數"])
def test_an_indicator_has_many_names(facts: Facts, indicator: str) -> None:
    """Every document's own name of the indicator is found, in either script."""
    found = facts.targets(indicator=indicator, year=2025)
    said = {v.document.document_id: v.figure.text for v in found if v.clause.kind is not ClauseKind.ROW}
    assert said == {DAWA: "4.5个", GUANGZHOU: "5.8个", JIANGSU: "4.5個", YUBEI: "5.0个"}


def test_an_indicator_is_looked_for_in_headings_and_tasks(facts: Facts) -> None:
    """A subsidy whose figure is only called 补助标准 is found by its clause's heading, a task by its words."""
    assert {v.figure.text for v in facts.subsidies(indicator="开园")} == {"3000元/托位", "45万元"}
    assert {task.clause.clause_id for task in facts.tasks(place="渝北", indicator="開園激勵")} == {f"{YUBEI}:二/(三)/11"}


def test_filters_add_up(facts: Facts) -> None:
    """Place, year and indicator together leave the one figure."""
    (value,) = facts.targets(place="渝北", year=2025, indicator="普惠性托位数占比")
    assert (value.figure.text, value.clause.clause_id) == ("80%", f"{YUBEI}:一")
    assert facts.targets(place="渝北", document_id=DAWA) == []


def test_empty_filters_filter_nothing(facts: Facts) -> None:
    """An empty text is as good as none, so that a form may send all its fields."""
    assert facts.targets(place=" ", unit="", indicator="") == facts.targets()


def test_an_unknown_document_is_an_error(facts: Facts) -> None:
    """An id names a document or nothing, unlike words that may find nothing."""
    with pytest.raises(DocumentNotFoundError, match="no document '无'"):
        facts.tasks(document_id="无")
