"""Measures worked by hand: what each sees, its worst value, its interval."""

from __future__ import annotations

import math

import pytest

from eval.measures import Measure, Reply, mean, quantile, retrieval, score, summary
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
