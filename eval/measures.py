"""What is measured of a reply, each as a value that prints and can be read back: `0.921 [0.889, 0.947] n=342`.

A measure of a case lies in [0, 1], 1 is best, None where the case says nothing about it. A silent case (no reply,
or an error) has the worst value of everything that is measured of it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from corpus.normalize import normal
from eval.cases import REFUSALS, Case

_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_RESAMPLES = 1000
_SEED = 20240601
CUTOFFS = (1, 5, 10)


@dataclass(frozen=True, slots=True)
class Cited:
    """What a reply cites: a clause, and the words it shows of it."""

    clause_id: str
    quote: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply as every target gives it; `error` is set, and the rest empty, where none came.

    `retrieved` are the clause ids of the target's own search, best first; None where it has none to show.
    """

    status: str = ""
    answer: str = ""
    citations: tuple[Cited, ...] = ()
    seconds: float = math.inf
    retrieved: tuple[str, ...] | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """The measures of one case, with the reason for every one that is not 1."""

    values: Mapping[str, float]
    reasons: tuple[str, ...]

    @property
    def right(self) -> bool:
        """Whether the answer counts as correct."""
        return self.values["correct"] == 1.0


@dataclass(frozen=True, slots=True)
class Measure:
    """A mean over `n` cases with its 95 % bootstrap interval."""

    name: str
    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}] n={self.n}"

    @classmethod
    def parse(cls, name: str, text: str) -> Measure:
        """The measure that `str` printed. Raises ValueError for anything else."""
        found = re.fullmatch(r"(\d+\.\d+) \[(\d+\.\d+), (\d+\.\d+)\] n=(\d+)", text)
        if found is None:
            raise ValueError(f"{text!r} is no measure")
        value, low, high = (float(found.group(i)) for i in (1, 2, 3))
        return cls(name, value, low, high, int(found.group(4)))


# ---- words ------------------------------------------------------------------------------------------------


@lru_cache(maxsize=65_536)
def squeezed(text: str) -> str:
    """`text` folded as a normal text, without white space."""
    return re.sub(r"\s+", "", normal(text))


def says(text: str, words: str) -> bool:
    """Whether `text` holds `words`, both folded; a number counts whole, so that 4.5 is not in 14.5 or 4.55."""
    wanted = squeezed(words)
    before = r"(?<!\d)(?<!\d[.,])" if wanted[:1].isdigit() else ""
    after = r"(?!\d|[.,]\d)" if wanted[-1:].isdigit() else ""
    return re.search(before + re.escape(wanted) + after, squeezed(text)) is not None


def numbers(text: str) -> set[str]:
    """The numbers of a text in one spelling: `1,892` is 1892 and `4.50` is 4.5."""
    found = (number.replace(",", "") for number in _NUMBER.findall(normal(text)))
    return {number.rstrip("0").rstrip(".") if "." in number else number for number in found}


# ---- one case ---------------------------------------------------------------------------------------------


def score(case: Case, reply: Reply, units: Iterable[str] = ()) -> Scored:
    """The measures of a reply to a case. `units` are the names of all units of the corpus, by which the units that
    an answer states are found."""
    values: dict[str, float] = {}
    reasons: list[str] = []

    def put(name: str, value: float, reason: str = "") -> None:
        values[name] = value
        if value < 1.0 and reason:
            reasons.append(reason)

    silent = reply.error is not None or not reply.status
    answered = not silent and reply.status not in REFUSALS
    missing = [ways for ways in case.atoms if not any(says(reply.answer, way) for way in ways)]
    said = [words for words in case.forbidden if says(reply.answer, words)]
    faults: list[str] = []
    if silent:
        faults.append(f"silent: {reply.error or 'no reply'}")
    elif reply.status not in case.status:
        faults.append(f"status {reply.status}, right is {'/'.join(sorted(case.status))}")
    if answered or case.answerable:
        faults += [f"lacks {'/'.join(ways)}" for ways in missing]
    faults += [f"says {words}" for words in said]
    put("correct", float(not faults))
    reasons += faults
    if case.atoms and case.answerable:
        put("completeness", 0.0 if silent else 1 - len(missing) / len(case.atoms))
    if case.refusable:
        put("refusal", float(not silent and reply.status in REFUSALS), "answers what the corpus does not hold")
    if case.answerable:
        put("no_false_refusal", float(answered), "refuses what the corpus holds")
    if case.category == "fork":
        put("clarify", float(not silent and reply.status in case.status), "")
    if answered or (silent and case.answerable):
        put("figure_fidelity", 0.0 if silent else _fidelity(case.question, reply), "states a figure that no cited clause holds")
    if case.gold and (answered or case.answerable):
        for name, value in _citation(case, reply).items():
            put(name, value, "cites no right clause" if name == "citation_recall" and value == 0 else "")
    # A case of another kind may know its clause's units; the answer need not name them.
    if case.lead is not None and case.category == "lead_unit":
        put("lead_f1", _unit_f1(reply.answer, case.lead, units, lead=True), "names other lead units")
    if case.responsible is not None and case.category == "responsible_units":
        put("responsible_f1", _unit_f1(reply.answer, case.responsible, units, lead=False), "names other responsible units")
    if case.gold and (reply.retrieved is not None):
        values |= retrieval(reply.retrieved, case.gold)
    return Scored(values, tuple(dict.fromkeys(reasons)))


def _fidelity(question: str, reply: Reply) -> float:
    """The share of the answer's figures that stand in what it cites (labels of clauses and counts of a list apart
    are not told apart: a target that invents its figures must not pass). The result of a formula that is shown and
    right counts as standing where its operands do, in what is cited or in the question."""
    stated = numbers(reply.answer)
    held: set[str] = set()
    for one in reply.citations:
        held |= numbers(one.quote) | numbers(one.clause_id)
    # 共 20 项 counts the citations themselves.
    held.add(str(len(reply.citations)))
    for operands, results in formulas(reply.answer):
        if operands <= held | numbers(question):
            held |= operands | results
    return len(stated & held) / len(stated) if stated else 1.0


_SCALES = {"": 1.0, "%": 0.01, "千": 1e3, "万": 1e4, "亿": 1e8}


def formulas(text: str) -> list[tuple[set[str], set[str]]]:
    """The formulas of a text that come out right (`3000元×100个＝300000元（30万元）`): the numbers of each left side, and
    those of its result in both spellings."""
    found: list[tuple[set[str], set[str]]] = []
    for left, right in re.findall(r"([^＝=:：\n]*[×＋－][^＝=\n]*)[＝=]([^,，;；\n]*)", text):
        terms: list[float] = []
        bare = re.sub(r"[（(][^（）()]*[）)]", "", left)
        for sign, number, scale in re.findall(r"([×＋－]?)\s*(\d+(?:\.\d+)?)\s*([%万亿千]?)", bare):
            operand = float(number) * _SCALES[scale]
            if sign == "×" and terms:
                terms[-1] *= operand
            elif sign or not terms:
                terms.append(-operand if sign == "－" else operand)
        results = re.match(r"\s*(\d+(?:\.\d+)?)", right)
        value = sum(terms)
        if terms and results is not None and abs(value - float(results.group(1))) < 1e-6 * max(1.0, abs(value)):
            found.append((numbers(bare), numbers(right)))
    return found


def _citation(case: Case, reply: Reply) -> dict[str, float]:
    """Precision, recall and F1 of the clauses cited, and of the characters shown (span level).

    Recall asks for every atom that a clause carries whether one of the clauses that carry it is cited.
    """
    cited = {one.clause_id for one in reply.citations}
    right = cited & set(case.gold)
    precision = len(right) / len(cited) if cited else 0.0
    groups = [group for group in case.evidence if group]
    if groups:
        recall = sum(any(one.clause_id in cited for one in group) for group in groups) / len(groups)
    else:
        recall = float(bool(right))
    shown = sum(len(squeezed(one.quote)) for one in reply.citations)
    wanted = {(one.clause_id, squeezed(one.quote)) for group in groups for one in group if one.clause_id in cited} or {
        (one.clause_id, squeezed(one.quote)) for group in groups for one in group[:1]
    }
    covered = sum(
        len(quote) for clause_id, quote in wanted
        if any(one.clause_id == clause_id and quote in squeezed(one.quote) for one in reply.citations)
    )  # fmt: skip
    total = sum(len(quote) for _, quote in wanted)
    values = {
        "citation_precision": precision, "citation_recall": recall, "citation_f1": _f1(precision, recall),
    }  # fmt: skip
    if total:
        span_precision = min(1.0, covered / shown) if shown else 0.0
        values |= {
            "span_precision": span_precision, "span_recall": covered / total,
            "span_f1": _f1(span_precision, covered / total),
        }  # fmt: skip
    return values


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


_LEAD_PART = re.compile(r"牵头(?:单位|部门)(?:是|为|:)?([^;。\n]*)|([^;,。:\n]*?)牵头")
_OTHER_PART = re.compile(r"(?:责任|配合|负责|协办)(?:单位|部门)(?:是|为|:)?([^;。\n]*)|([^;,。:\n]*?)(?:负责|配合)")


def _unit_f1(answer: str, gold: Sequence[str], units: Iterable[str], lead: bool) -> float:
    """F1 of the units that the answer states in a role; in an answer that tells no roles apart, of all it states."""
    text = normal(answer)
    parts = [a or b for a, b in (_LEAD_PART if lead else _OTHER_PART).findall(text)]
    where = squeezed(" ".join(parts)) if parts else squeezed(text)
    names = {squeezed(name) for name in (*units, *gold)}
    said: set[str] = set()
    for name in sorted(names, key=len, reverse=True):  # 区卫生健康委 before 卫生健康委
        if name and name in where:
            said.add(name)
            where = where.replace(name, "|")
    wanted = {squeezed(name) for name in gold}
    if not wanted:
        return float(not said)
    right = len(said & wanted)
    return _f1(right / len(said), right / len(wanted)) if said else 0.0


def retrieval(found: Sequence[str], gold: Sequence[str]) -> dict[str, float]:
    """Recall@k, nDCG@10 and reciprocal rank of a ranked list of ids, all gold ids of equal worth."""
    wanted = set(gold)
    hits = [float(one in wanted) for one in dict.fromkeys(found)]
    values = {f"recall@{k}": sum(hits[:k]) / min(len(wanted), k) for k in CUTOFFS}
    best = sum(1 / math.log2(rank + 2) for rank in range(min(len(wanted), 10)))
    values["ndcg@10"] = sum(hit / math.log2(rank + 2) for rank, hit in enumerate(hits[:10])) / best
    values["rr"] = reciprocal_rank(found, wanted)
    return values


def reciprocal_rank(found: Sequence[str], gold: Collection[str]) -> float:
    """1 over the rank of the first gold id of a ranked list, 0 where there is none; an id that comes twice has one rank."""
    return next((1 / rank for rank, one in enumerate(dict.fromkeys(found), 1) if one in gold), 0.0)


# ---- many cases -------------------------------------------------------------------------------------------


def mean(name: str, values: Sequence[float]) -> Measure:
    """The mean with its 95 % percentile bootstrap interval (1,000 resamples, fixed seed)."""
    import numpy as np

    held = np.asarray(values, dtype=np.float64)
    drawn = np.random.default_rng(_SEED).integers(0, len(held), size=(_RESAMPLES, len(held)))
    low, high = np.percentile(held[drawn].mean(axis=1), [2.5, 97.5])
    return Measure(name, float(held.mean()), float(low), float(high), len(held))


@dataclass(frozen=True, slots=True)
class Summary:
    """The measures of a run: overall by name, and correctness by category; latency in milliseconds."""

    overall: dict[str, Measure]
    categories: dict[str, Measure]
    latency_ms: dict[str, float] = field(default_factory=dict)


def summary(cases: Sequence[Case], scored: Mapping[str, Scored], seconds: Sequence[float]) -> Summary:
    """The measures over all cases; script parity over the pairs that mirror each other."""
    names = list(dict.fromkeys(name for case in cases for name in scored[case.case_id].values))
    overall = {
        name: mean(name, [v for case in cases if (v := scored[case.case_id].values.get(name)) is not None])
        for name in names
    }
    pairs = [case for case in cases if case.mirror is not None and case.mirror < case.case_id]
    if pairs:
        alike = [float(scored[c.case_id].right == scored[c.mirror].right) for c in pairs if c.mirror is not None]
        overall["script_parity"] = mean("script_parity", alike)
    by_category: dict[str, list[float]] = {}
    for case in cases:
        by_category.setdefault(case.category, []).append(scored[case.case_id].values["correct"])
    finite = sorted(1000 * s for s in seconds if math.isfinite(s))
    latency = {"p50": quantile(finite, 0.5), "p95": quantile(finite, 0.95)} if finite else {}
    return Summary(overall, {name: mean(name, values) for name, values in by_category.items()}, latency)


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which `share` of the ordered values lie (nearest rank)."""
    return ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))]
