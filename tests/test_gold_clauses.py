"""The corpus room against the gold lines: what a careful reader took from the bundled documents."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from corpus.document import Clause, ClauseKind, Document, FigureKind, Span
from corpus.load import bundled, load, parse, unique_ids
from corpus.normalize import normal
from corpus.reading import read

GOLD = Path(__file__).parent.parent / "eval" / "datasets" / "facts"


def _gold(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (GOLD / f"{name}.jsonl").read_text(encoding="utf-8").splitlines() if line]


CLAUSES, CELLS, SUBSIDIES, TARGETS = _gold("clauses"), _gold("cells"), _gold("subsidies"), _gold("targets")

# How many clauses of each kind a document has. A change here is a change of what can be cited: look at the diff
# of `tiaowen show` before writing a new number.
KINDS = {
    "dawa_zhaohu_2023.txt": {"notice": 1, "preamble": 1, "item": 34, "paragraph": 17, "head": 1, "row": 16},
    "daxing_tuoyu_2024.txt": {"notice": 1, "preamble": 1, "item": 30},
    "guangzhou_zhaohu_2024.txt": {"notice": 1, "preamble": 1, "item": 26, "head": 1, "row": 12, "note": 3},
    "jiangsu_tuoyu_2022.txt": {"notice": 1, "preamble": 1, "item": 41, "box": 6, "head": 1, "row": 7},
    "yubei_zhaohu_2024.txt": {"notice": 1, "preamble": 1, "item": 24},
}

FILES = sorted(KINDS)

# number, title, issuers, date of signature, date of the page, place, script
IDENTITIES = {
    "dawa_zhaohu_2023.txt": (
        "大政办发〔2023〕33号", "盘锦市大洼区加快推进3岁以下婴幼儿照护服务发展实施方案",
        ("盘锦市大洼区人民政府办公室",), "2023-09-18", "2023-09-18", ("辽宁省", "盘锦市", "大洼区"), "hans",
    ),
    "daxing_tuoyu_2024.txt": (
        "京兴政办发〔2024〕11号", "大兴区推进托育服务体系建设工作方案(2024-2025年)",
        ("北京市大兴区人民政府办公室",), "2024-10-09", "2024-10-16", ("北京市", "大兴区"), "hans",
    ),
    "guangzhou_zhaohu_2024.txt": (
        "穗府办〔2024〕3号", "广州市3岁以下婴幼儿照护服务体系建设三年行动计划(2023—2025年)",
        ("广州市人民政府办公厅",), "2024-01-17", "2024-01-28", ("广东省", "广州市"), "hans",
    ),
    "jiangsu_tuoyu_2022.txt": (
        "蘇衛人口〔2022〕14號", "江蘇省“十四五”托育服務發展規劃",
        ("江蘇省衛生健康委員會", "江蘇省發展和改革委員會"), "2022-11-17", "2022-11-17", ("江苏省",), "hant",
    ),
    "yubei_zhaohu_2024.txt": (
        "渝北府办发〔2024〕6号", "重庆市渝北区3岁以下婴幼儿照护服务能力提升行动实施方案",
        ("重庆市渝北区人民政府办公室",), "2024-12-16", "2024-12-16", ("重庆市", "渝北区"), "hans",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def documents() -> dict[str, Document]:
    """The bundled documents by file name."""
    read_in, failures = load([bundled()])
    assert failures == []
    return {document.source_file: document for document in read_in}


def _clause(document: Document, path: str) -> Clause:
    """The clause at a gold path; `行:甲` is the table row that has a cell 甲."""
    if path.startswith("行:"):
        return _row(document, path.removeprefix("行:"))
    return next(clause for clause in document.clauses if clause.path == path)


def _row(document: Document, key: str) -> Clause:
    rows = [clause for clause in document.clauses if any(cell.text == key for cell in clause.cells)]
    assert len(rows) == 1, f"{key!r} names {len(rows)} rows"
    return rows[0]


def _name(line: dict[str, Any]) -> str:
    return "-".join(str(line[key]) for key in ("file", "path", "row", "year", "value", "text", "value_text") if key in line)


@pytest.mark.parametrize("line", CLAUSES, ids=_name)
def test_gold_clause(documents: dict[str, Document], line: dict[str, Any]) -> None:
    """A clause begins and ends where a reader would cut it, under its heading, with its units in their roles."""
    clause = _clause(documents[line["file"]], line["path"])
    assert clause.text.startswith(line["starts"])
    assert clause.text.endswith(line["ends"])
    assert (clause.heading or "") == line["heading"]
    assert list(clause.lead_units) == line["lead"]
    assert list(clause.responsible_units) == line["responsible"]


@pytest.mark.parametrize("file", FILES)
def test_no_clause_without_gold(documents: dict[str, Document], file: str) -> None:
    """Every clause but the rows and heads of tables has a gold line, in the order of the document."""
    found = [c.path for c in documents[file].clauses if c.kind not in (ClauseKind.ROW, ClauseKind.HEAD)]
    assert sorted(found) == sorted(line["path"] for line in CLAUSES if line["file"] == file)
    starts = [clause.span.start for clause in documents[file].clauses]
    assert starts == sorted(starts)


@pytest.mark.parametrize("line", CELLS, ids=_name)
def test_gold_cell(documents: dict[str, Document], line: dict[str, Any]) -> None:
    """A table's figure stands in the row of its key, for the year of its column or its sub-row."""
    row = _row(documents[line["file"]], line["row"])
    assert row.kind is ClauseKind.ROW
    assert (line["value"], line["year"]) in [(figure.text, figure.year) for figure in row.figures]


@pytest.mark.parametrize("file", FILES)
def test_no_cell_without_gold(documents: dict[str, Document], file: str) -> None:
    """A table gives exactly the figures that a reader finds in it: no serial number, no year."""
    gold = Counter((line["value"], line["year"]) for line in CELLS if line["file"] == file)
    found = Counter(
        (f.text, f.year) for c in documents[file].clauses for f in c.figures if f.kind is FigureKind.CELL
    )
    assert found == gold


@pytest.mark.parametrize("line", SUBSIDIES, ids=_name)
def test_gold_subsidy(documents: dict[str, Document], line: dict[str, Any]) -> None:
    """A sum of money paid out stands in its clause, in yuan, and so does its cap."""
    figures = _clause(documents[line["file"]], line["path"]).figures
    paid = [figure for figure in figures if figure.text == line["text"]]
    assert paid
    assert all((figure.unit or "").startswith("元") and figure.value for figure in paid)
    if line["cap"] and line["cap"].startswith("最高不超过"):
        caps = [figure.text for figure in figures if figure.comparator == "最高不超过"]
        assert line["cap"].removeprefix("最高不超过") in caps


@pytest.mark.parametrize("line", SUBSIDIES, ids=_name)
def test_gold_subsidy_is_a_subsidy(documents: dict[str, Document], line: dict[str, Any]) -> None:
    """A sum paid out is a subsidy and not just money, though 补助 stands before the last semicolon."""
    figures = _clause(documents[line["file"]], line["path"]).figures
    assert FigureKind.SUBSIDY in [figure.kind for figure in figures if figure.text == line["text"]]


@pytest.mark.parametrize("line", TARGETS, ids=_name)
def test_gold_target(documents: dict[str, Document], line: dict[str, Any]) -> None:
    """A target value is a figure of the clause that its path names, for the right year."""
    clause = _clause(documents[line["file"]], line["path"])
    if clause.kind is ClauseKind.ROW:  # gold leaves 左右 and > out of the value, the cell holds them
        texts = [f.text.lstrip(">").removesuffix("左右") for f in clause.figures if f.year == line["year"]]
    else:
        texts = [figure.text for figure in clause.figures if figure.year == line["year"]]
    assert line["value_text"] in texts


@pytest.mark.parametrize("file", FILES)
def test_clauses_counted(documents: dict[str, Document], file: str) -> None:
    """A document has the frozen number of clauses of each kind."""
    assert Counter(clause.kind.value for clause in documents[file].clauses) == KINDS[file]


@pytest.mark.parametrize("file", FILES)
def test_identity(documents: dict[str, Document], file: str) -> None:
    """A document has its own number, title, issuers, dates, place and script, and nothing to warn about."""
    document = documents[file]
    place = document.place.path if document.place else None
    found = (
        document.document_number, document.title, document.issuers, document.issued, document.published, place,
        document.script,
    )  # fmt: skip
    assert found == IDENTITIES[file]
    assert document.document_id == document.document_number
    assert document.warnings == ()


def test_ids_unique(documents: dict[str, Document]) -> None:
    """No two clauses of the corpus share an id, and each id opens with its document's."""
    ids = [clause.clause_id for document in documents.values() for clause in document.clauses]
    assert len(ids) == len(set(ids))
    for document in documents.values():
        for clause in document.clauses:
            assert clause.clause_id == f"{document.document_id}:{clause.path}"


@pytest.mark.parametrize("file", FILES)
def test_everything_is_a_literal_slice(documents: dict[str, Document], file: str) -> None:
    """Clauses, figures, cells and headings are cut from the file's own text at their offsets."""
    document = documents[file]
    source = (bundled() / file).read_bytes().decode("utf-8-sig")
    assert document.source == source
    for heading in document.headings:
        assert heading.text == heading.span.of(source)
    for clause in document.clauses:
        assert clause.text == clause.span.of(source) != ""
        for figure in clause.figures:
            assert figure.text == figure.span.of(source) != ""
            assert clause.slice(figure.span) == figure.text
            assert clause.span.covers(figure.span)
            assert clause.span.covers(figure.sentence)
            assert figure.sentence.covers(figure.span)
        for cell in clause.cells:
            assert cell.text == cell.span.of(source) != ""
            assert clause.span.covers(cell.span)
        if clause.units_span is not None:
            assert clause.span.covers(clause.units_span)
            named = clause.units_span.of(source)
            assert all(unit in named for unit in (*clause.lead_units, *clause.responsible_units))


@pytest.mark.parametrize("file", FILES)
def test_every_character_is_accounted_for(documents: dict[str, Document], file: str) -> None:
    """What is neither clause, heading nor furniture is white space, a pipe or a word processor's bookmark."""
    document = documents[file]
    spans = [(x.span.start, x.span.end) for group in (document.clauses, document.headings, document.furniture) for x in group]
    left = list(document.source)
    for start, end in spans:
        left[start:end] = " " * (end - start)
    rest = "".join(left).replace("[bookmark: _GoBack]", "").replace("|", "").replace("\ufeff", "")
    assert rest.strip() == ""


@pytest.mark.parametrize("file", FILES)
def test_clauses_do_not_overlap(documents: dict[str, Document], file: str) -> None:
    """A character belongs to one clause at most, and never to furniture as well."""
    document = documents[file]
    spans = sorted([clause.span for clause in document.clauses] + [stretch.span for stretch in document.furniture])
    for earlier, later in pairwise(spans):
        assert earlier.end <= later.start


def test_second_copy_gives_no_clause(documents: dict[str, Document]) -> None:
    """The second copy of the Guangzhou page is declared, repeats what stands above it, and holds no clause."""
    document = documents["guangzhou_zhaohu_2024.txt"]
    copies = [stretch.span for stretch in document.furniture if stretch.reason == "second copy"]
    assert len(copies) == 1
    copy = copies[0]
    assert len(copy) > 5000
    bare = "".join(copy.of(document.source).split())
    assert bare in "".join(Span(0, copy.start).of(document.source).split())
    assert all(clause.span.end <= copy.start for clause in document.clauses)
    texts = [clause.text for clause in document.clauses]
    assert len(texts) == len(set(texts))


@pytest.mark.parametrize("file", FILES)
def test_parsed_twice_is_equal(documents: dict[str, Document], file: str) -> None:
    """Reading the same file again gives an equal document, to the last offset."""
    again = parse(read(bundled() / file))
    assert again == documents[file]
    assert repr(again.clauses) == repr(documents[file].clauses)


def test_a_folder_is_read_in_sorted_order(documents: dict[str, Document]) -> None:
    """A folder is read in the order of its file names, whatever the disk returns; SOURCES.md is no document."""
    assert list(documents) == FILES


def test_second_document_of_one_number(documents: dict[str, Document]) -> None:
    """A document read twice keeps its id once and gets `#2`, with its clause ids, the second time."""
    document = documents["yubei_zhaohu_2024.txt"]
    first, second = unique_ids([document, document])
    assert first == document
    assert second.document_id == f"{document.document_id}#2"
    assert [clause.clause_id for clause in second.clauses] == [
        f"{document.document_id}#2:{clause.path}" for clause in document.clauses
    ]


def test_traditional_document_is_quoted_in_traditional(documents: dict[str, Document]) -> None:
    """The Jiangsu plan is read through its Simplified text and quoted as it is printed."""
    document = documents["jiangsu_tuoyu_2022.txt"]
    bodies = [clause for clause in document.clauses if clause.kind is ClauseKind.ITEM]
    assert any(clause.text != normal(clause.text) for clause in bodies)
    assert all(clause.text in document.source for clause in bodies)
