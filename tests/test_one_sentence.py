"""One sentence followed through every room, from the bytes on disk to the JSON reply: the map of the project.

The sentence is the opening subsidy of 渝北: 补助标准为3000元/托位，每家机构补助金额最高不超过45万元. Each test takes
what the room before it gave and checks, against the source text, the literal slice that the room gives on.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import pytest

from corpus.document import Clause, ClauseKind, Document, FigureKind, Part, Span, UnitRule
from corpus.furniture import furniture_lines
from corpus.lines import Line, split_lines
from corpus.load import bundled, parse
from corpus.normalize import NormalText, normalize
from corpus.outline import Node
from corpus.reading import RawSource, read
from corpus.structure import outline
from corpus.tables import find_tables

FILE = "yubei_zhaohu_2024.txt"
NUMBER = "渝北府办发〔2024〕6号"
CLAUSE_ID = "渝北府办发〔2024〕6号:二/(三)/11"
SENTENCE = (
    "对纳入备案管理的普惠性托育机构给予开园激励性奖补，补助标准为3000元/托位，"
    "每家机构补助金额最高不超过45万元，补助周期为2年，每年各补助50%。"
)
QUESTION = "渝北区新开一家普惠托育机构，每个托位能补多少钱？最高多少？由谁牵头？"


@dataclass(frozen=True, slots=True)
class Trail:
    """The sentence in the rooms of `corpus/`: each field is what one of them made of the one before."""

    data: bytes
    raw: RawSource
    normal: NormalText
    node: Node
    document: Document
    clause: Clause


@pytest.fixture(scope="module")
def trail() -> Trail:
    """The sentence's way from the file to the clause."""
    path = bundled() / FILE
    raw = read(path)
    normal = normalize(raw.text)
    lines: list[Line] = split_lines(normal.text)
    skip = frozenset(furniture_lines(lines))
    nodes = outline(lines, find_tables(lines, skip), skip).nodes
    document = parse(raw)
    return Trail(
        path.read_bytes(), raw, normal, next(n for n in nodes if n.path == "二/(三)/11"), document,
        next(c for c in document.clauses if c.clause_id == CLAUSE_ID),
    )  # fmt: skip


def test_the_bytes_become_the_source_text(trail: Trail) -> None:
    """The file holds the sentence once, in UTF-8; decoding changes not a character, and the digest names the bytes."""
    assert trail.data.count(SENTENCE.encode()) == 1
    assert trail.raw.text.encode() == trail.data
    at = trail.raw.text.index(SENTENCE)
    assert at == len(trail.data[: trail.data.index(SENTENCE.encode())].decode()) == 2914
    assert (trail.raw.name, trail.raw.digest) == (FILE, hashlib.sha256(trail.data).hexdigest())


def test_the_source_text_becomes_normal_text_with_a_way_back(trail: Trail) -> None:
    """Full-width marks are folded for the rules to read; the map gives back the sentence as printed."""
    folded = SENTENCE.replace("，", ",")
    start = trail.normal.text.index(folded)
    span = trail.normal.span(start, start + len(folded))
    assert span == Span(2914, 2988)
    assert span.of(trail.raw.text) == SENTENCE


def test_the_normal_text_becomes_an_outline(trail: Trail) -> None:
    """The line is item 11 of （三） of 二; its heading runs in, and the sentence lies within it."""
    node, text = trail.node, trail.normal.text
    assert (node.kind, node.part, node.family, node.ordinal) == (ClauseKind.ITEM, Part.BODY, "digit", 11)
    assert node.parent is not None and node.parent.parent is not None
    assert (node.parent.path, node.parent.parent.path) == ("二/(三)", "二")
    assert node.heading is not None
    assert text[slice(*node.heading)] == "实施开园激励性奖补政策"
    assert text[node.start : node.end].startswith("11. 实施开园激励性奖补政策。对纳入备案管理")
    assert text[node.start : node.end].endswith("责任单位:各镇街、区经济信息委、区总工会)")


def test_the_outline_becomes_a_clause(trail: Trail) -> None:
    """The clause has the readable identity, the headings above, and the literal words of its span."""
    clause, source = trail.clause, trail.document.source
    assert trail.document.document_id == trail.document.document_number == NUMBER
    assert (clause.label, clause.heading) == ("二（三）11", "实施开园激励性奖补政策")
    assert clause.breadcrumb == ("重点工作", "强化政策支撑保障")
    assert clause.span == Span(2898, 3069)
    assert source[2898:3069] == clause.text
    assert SENTENCE in clause.text
    assert clause.text.startswith("11. 实施开园激励性奖补政策。")


def test_the_clause_knows_its_figures(trail: Trail) -> None:
    """The amount and the cap are read with unit, indicator and sentence, each a literal slice."""
    source, figures = trail.document.source, trail.clause.figures
    assert [figure.text for figure in figures] == ["3000元/托位", "45万元", "2年", "50%", "30%"]
    assert all(source[f.span.start : f.span.end] == f.text for f in figures)
    amount, cap = figures[:2]
    assert source[2944:2952] == "3000元/托位"
    assert amount.span == Span(2944, 2952)
    assert (amount.kind, amount.indicator, amount.value, amount.unit) == (
        FigureKind.SUBSIDY,
        "补助标准",
        3000.0,
        "元/托位",
    )
    assert amount.sentence.of(source) == cap.sentence.of(source) == SENTENCE
    assert (cap.kind, cap.comparator, cap.value, cap.unit) == (
        FigureKind.SUBSIDY,
        "最高不超过",
        450000.0,
        "元",
    )


def test_the_clause_knows_its_units(trail: Trail) -> None:
    """Lead and responsible units keep their order and stand in the bracket that the clause ends with."""
    clause = trail.clause
    assert clause.unit_rule is UnitRule.STATED
    assert clause.lead_units == ("区财政局", "区卫生健康委")
    assert clause.responsible_units == ("各镇街", "区经济信息委", "区总工会")
    assert clause.units_span is not None
    assert clause.units_span.of(trail.document.source) == (
        "（牵头单位：区财政局、区卫生健康委；责任单位：各镇街、区经济信息委、区总工会）"
    )


def test_the_clause_becomes_a_segment(trail: Trail) -> None:
    """What is searched is the folded clause behind its breadcrumb, in one piece, under the clause's id."""
    from indexing.segments import clause_segments

    (segment,) = clause_segments(trail.document, trail.clause)
    crumb, body = segment.text.split("\n")
    assert segment.clause_id == CLAUSE_ID
    assert crumb == f"{trail.document.title} › 重点工作 › 强化政策支撑保障 › 实施开园激励性奖补政策"
    assert SENTENCE.replace("，", ",") in body


def test_the_segment_is_found(assistant) -> None:
    """The question's best hit is the clause, with its document."""
    best = assistant.search(QUESTION, 3)[0]
    assert best.clause.clause_id == CLAUSE_ID
    assert best.document.document_id == NUMBER
    assert best.clause.span.of(best.document.source) == best.clause.text


def test_the_hit_becomes_statements_with_one_citation(assistant) -> None:
    """Amount and cap are stated in the clause's own words and the leads in its order; all rest on the one clause."""
    answer = assistant.ask(QUESTION)
    assert [s.citations for s in answer.statements] == [(0,)] * len(answer.statements)
    assert answer.statements[0].text == f"渝北区：{SENTENCE}"
    assert answer.statements[-1].text == "渝北区：牵头单位：区财政局、区卫生健康委"
    assert [c.clause.clause_id for c in answer.citations] == [CLAUSE_ID]


def test_the_answer_becomes_the_json_reply(assistant, trail: Trail) -> None:
    """The reply says where the words stand: its offsets cut them out of the very bytes the trail began with."""
    reply = json.loads(json.dumps(assistant.ask(QUESTION).to_json(), ensure_ascii=False))
    assert reply["status"] == "answered"
    assert SENTENCE in reply["answer"]
    (citation,) = reply["citations"]
    text = trail.data.decode()
    assert text[citation["start"] : citation["end"]] == citation["quote"] == trail.clause.text
    assert {key: citation[key] for key in ("clause_id", "document_number", "clause_label", "heading", "place", "source_file")} == {
        "clause_id": CLAUSE_ID, "document_number": NUMBER, "clause_label": "二（三）11",
        "heading": "实施开园激励性奖补政策", "place": "重庆市渝北区", "source_file": FILE,
    }  # fmt: skip
    assert (citation["issuer"], citation["published"]) == ("重庆市渝北区人民政府办公室", "2024-12-16")
    assert citation["lead_units"] == ["区财政局", "区卫生健康委"]
    assert citation["responsible_units"] == ["各镇街", "区经济信息委", "区总工会"]
    figure = citation["figures"][0]
    assert text[figure["start"] : figure["end"]] == figure["text"] == "3000元/托位"
    assert (figure["value"], figure["unit"], figure["kind"]) == (3000.0, "元/托位", "subsidy")
