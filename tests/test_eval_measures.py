"""Measures worked by hand: what each sees, its worst value, its interval."""

from __future__ import annotations

import math

import pytest

from eval.measures import Measure, Reply, formulas, mean, quantile, retrieval, score, summary
from tests.sample_cases import CLAUSE, case, reply


def test_a_right_answer_has_every_measure_at_one() -> None:
    """All atoms, nothing forbidden, the right clause: no reason is given."""
    scored = score(case(), reply("3000元/托位，最高45万元", CLAUSE, retrieved=(CLAUSE, "b")))
    assert scored.right and scored.reasons == ()
    ones = {"correct", "completeness", "figure_fidelity", "citation_f1", "span_recall", "no_false_refusal", "recall@1", "rr"}
    assert {name for name in ones if scored.values[name] != 1.0} == set()
    assert scored.values["span_precision"] < 1.0  # the clause says more than the atoms


@pytest.mark.parametrize(
    ("given", "measure", "value", "reason"),
    [
        (reply("3000元/托位", CLAUSE), "completeness", 0.5, "lacks 45万元"),
        (reply("3000元/托位，最高45万元，不是5000", CLAUSE), "correct", 0.0, "says 5000"),
        (reply("3000元/托位，最高45万元，共600人", CLAUSE), "figure_fidelity", 2 / 3, "no cited clause holds"),
        (reply("3000元/托位，最高45万元", "X:1"), "citation_recall", 0.0, "cites no right clause"),
        (reply("3000元/托位，最高45万元", CLAUSE, "X:1"), "citation_precision", 0.5, ""),
        (reply("没有查到", status="not_found"), "no_false_refusal", 0.0, "refuses what the corpus holds"),
        (Reply(error="HTTP 500"), "completeness", 0.0, "silent: HTTP 500"),
        (Reply(error="HTTP 500"), "figure_fidelity", 0.0, "silent"),
        (Reply(error="HTTP 500"), "citation_f1", 0.0, "silent"),
    ],
)
def test_a_fault_lowers_its_measure_and_gives_the_reason(given: Reply, measure: str, value: float, reason: str) -> None:
    """Each fault is seen by the measure that is there for it; a silent case has the worst value."""
    scored = score(case(), given)
    assert scored.values[measure] == pytest.approx(value)
    assert reason in "; ".join(scored.reasons)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("按条款计算：3000元/托位×100个托位＝300000元（30万元）", [({"3000", "100"}, {"300000", "30"})]),
        ("3000元/托位×100个托位＝200000元", []),
        ("5元/人/天×220天/年＝1100元/人/年", [({"5", "220"}, {"1100"})]),
        ("合计：10万＋5万＝150000元（15万元）", [({"10", "5"}, {"150000", "15"})]),
        ("合计：10万＋5＝150000元", []),
        ("每年：300000元（30万元）×50%＝150000元（15万元）", [({"300000", "50"}, {"150000", "15"})]),  # not ×30万
        ("相差：60－30＝30个百分点", [({"60", "30"}, {"30"})]),
        ("合计：0.1＋0.2＝0.3", [({"0.1", "0.2"}, {"0.3"})]),
        ("2＋3×4＝14", [({"2", "3", "4"}, {"14"})]),
        ("2＋3×4＝20", []),
        ("10－3－2＝5", [({"10", "3", "2"}, {"5"})]),
        ("2×3=6\n3×4=13\n4×5=20", [({"2", "3"}, {"6"}), ({"4", "5"}, {"20"})]),
        ("3000元×200个＝600000元，超过上限，按上限450000元", [({"3000", "200"}, {"600000"})]),
        ("补助3000元/托位，最高45万元", []),
        ("占比＝60%", []),
    ],
)
def test_a_formula_is_read_where_it_comes_out(text: str, found: list[tuple[set[str], set[str]]]) -> None:
    """×, ＋ and － with 万 and % are worked out again; a result that does not follow, or no formula, gives nothing."""
    assert formulas(text) == found


@pytest.mark.parametrize(
    ("answer", "fidelity"),
    [
        ("3000元/托位，3000元×100个＝300000元（30万元）", 1.0),
        ("3000元/托位，3000元×100个＝310000元（31万元）", 1 / 4),  # it does not follow
        ("3000元/托位，3000元×70个＝210000元（21万元）", 1 / 4),  # nobody spoke of 70
    ],
)
def test_a_result_stands_where_its_operands_do(answer: str, fidelity: float) -> None:
    """What is worked out counts as held with a right formula over figures of the clause and of the question."""
    asked = case(question="渝北区100个托位补多少？")
    assert score(asked, reply(answer, CLAUSE)).values["figure_fidelity"] == pytest.approx(fidelity)


def test_refusals_are_measured_where_only_they_are_right() -> None:
    """An answer to what the corpus does not hold fails; a refusal passes and has no citation to measure."""
    absent = case(category="unanswerable", status=["not_found"], gold=[], atoms=[], evidence=[])
    assert score(absent, reply("没有查到", status="not_found")).values["refusal"] == 1.0
    wrong = score(absent, reply("3000元/托位", CLAUSE))
    assert (wrong.values["refusal"], wrong.right) == (0.0, False)
    assert "citation_f1" not in wrong.values
    assert score(absent, Reply(error="timeout")).values["refusal"] == 0.0


@pytest.mark.parametrize(
    ("answer", "lead", "responsible"),
    [
        ("牵头单位：区财政局；责任单位：区教委、区妇联", 1.0, 1.0),
        ("牵头单位：区教委；责任单位：区财政局、区妇联", 0.0, 0.5),
        ("由区财政局牵头，区教委配合", 1.0, 2 / 3),
        ("区财政局", 1.0, 0.0),
        ("没有查到", 0.0, 0.0),
    ],
)
def test_units_are_measured_apart(answer: str, lead: float, responsible: float) -> None:
    """Lead and responsible units have an F1 each; a unit in the other role does not count."""
    names = ["区财政局", "区教委", "区妇联"]
    both = {"lead": ["区财政局"], "responsible": ["区教委", "区妇联"]}
    assert score(case(category="lead_unit", **both), reply(answer, CLAUSE), names).values["lead_f1"] == pytest.approx(lead)
    scored = score(case(category="responsible_units", **both), reply(answer, CLAUSE), names)
    assert scored.values["responsible_f1"] == pytest.approx(responsible)


def test_retrieval_by_hand() -> None:
    """Recall, nDCG and reciprocal rank of a list worked out on paper."""
    found = retrieval(["x", "a", "y", "b"], ["a", "b"])
    assert (found["recall@1"], found["recall@5"], found["rr"]) == (0.0, 1.0, 0.5)
    assert found["ndcg@10"] == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / (1 + 1 / math.log2(3)))
    assert retrieval([], ["a"]) == {"recall@1": 0, "recall@5": 0, "recall@10": 0, "ndcg@10": 0, "rr": 0.0}


def test_a_measure_prints_and_parses() -> None:
    """What is printed comes back to three digits; other text is refused."""
    measure = mean("correct", [1.0] * 90 + [0.0] * 10)
    assert measure.low < 0.9 < measure.high and measure.n == 100
    again = Measure.parse("correct", str(measure))
    assert (again.value, again.n) == (pytest.approx(measure.value), 100)
    assert again.low == pytest.approx(measure.low, abs=5e-4)
    with pytest.raises(ValueError, match="no measure"):
        Measure.parse("correct", "0.9")


def test_the_interval_is_the_same_each_time_and_shrinks_with_more_cases() -> None:
    """The bootstrap has a fixed seed; four times the cases give about half the width."""
    few, many = mean("m", [1.0, 0.0] * 50), mean("m", [1.0, 0.0] * 200)
    assert mean("m", [1.0, 0.0] * 50) == few
    assert (many.high - many.low) / (few.high - few.low) == pytest.approx(0.5, abs=0.12)
    assert [quantile([1, 2, 3, 4], share) for share in (0.5, 0.95, 0.0)] == [2, 4, 1]


def test_script_parity_counts_pairs_that_come_out_alike() -> None:
    """A pair of which only one is right is a breach of parity."""
    pair = [case(id="m-1", category="mirrored", mirror="m-2"), case(id="m-2", category="mirrored", mirror="m-1")]
    right, wrong = reply("3000元/托位，最高45万元", CLAUSE), reply("3000元/托位", CLAUSE)
    for second, parity in ((right, 1.0), (wrong, 0.0)):
        scored = {"m-1": score(pair[0], right), "m-2": score(pair[1], second)}
        assert summary(pair, scored, [0.1, math.inf]).overall["script_parity"].value == parity
