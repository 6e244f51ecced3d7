"""A run as lines for the terminal, and as one HTML page that needs nothing from a network."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

from eval.measures import Measure
from eval.run import Difference, KeptRun, Run

# The order in which measures are read; what is not named here follows.
_ORDER = (
    "correct", "completeness", "figure_fidelity", "lead_f1", "responsible_f1", "citation_precision", "citation_recall",
    "citation_f1", "span_precision", "span_recall", "span_f1", "refusal", "no_false_refusal", "clarify", "script_parity",
    "recall@1", "recall@5", "recall@10", "ndcg@10", "rr",
)  # fmt: skip
_BAR = 20  # characters of a full bar


def lines(run: Run) -> list[str]:
    """The measures with their intervals, correctness by category, latency, and the cases that are wrong."""
    out = [f"{run.target}: {len(run.outcomes)} cases, {run.made}", ""]
    out += table(run.summary.overall)
    out += ["", "correct by category"]
    for name, measure in run.summary.categories.items():
        bar = "█" * round(_BAR * measure.value)
        out.append(f"  {name:<20} {bar:<{_BAR}} {measure}")
    if run.summary.latency_ms:
        out += ["", "latency  " + "  ".join(f"{name} {ms:.0f} ms" for name, ms in run.summary.latency_ms.items())]
    wrong = [one for one in run.outcomes if not one.scored.right]
    if wrong:
        out += ["", f"wrong: {len(wrong)}"]
        out += [f"  {one.case.case_id:<10} {one.case.question}  ({'; '.join(one.scored.reasons)})" for one in wrong]
    return out


def table(measures: Mapping[str, Measure]) -> list[str]:
    """One line a measure: name, mean, interval, number of cases."""
    names = [*(n for n in _ORDER if n in measures), *(n for n in measures if n not in _ORDER)]
    return [f"{name:<20} {measures[name]}" for name in names]


def compared(before: KeptRun, now: KeptRun, change: Difference) -> list[str]:
    """Two runs side by side: every measure, then what broke and what was mended."""
    out = [f"before: {before.target}, {before.made}", f"now:    {now.target}, {now.made}"]
    if before.cases != now.cases:
        out.append("the cases differ; only those in both runs are compared one by one")
    if before.corpus != now.corpus:
        out.append("the corpora differ")
    out += ["", f"{'':<20} {'before':>8} {'now':>8} {'change':>8}"]
    names = [n for n in (*_ORDER, *now.measures) if n in before.measures and n in now.measures]
    for name in dict.fromkeys(names):
        a, b = before.measures[name].value, now.measures[name].value
        out.append(f"{name:<20} {a:>8.3f} {b:>8.3f} {b - a:>+8.3f}")
    for what, ids in (("broke", change.broke), ("mended", change.mended)):
        out += ["", f"{what}: {len(ids)}"]
        for case_id in ids:
            one = now.outcomes[case_id]
            why = "; ".join(one["reasons"]) if what == "broke" else "; ".join(before.outcomes[case_id]["reasons"])
            out.append(f"  {case_id:<10} {one['question']}  ({why})")
    for what, ids in (("only before", change.only_before), ("only now", change.only_now)):
        if ids:
            out += ["", f"{what}: {', '.join(ids)}"]
    return out


def matrix(rows: Sequence[tuple[str, Mapping[str, Measure], Mapping[str, float]]], names: Sequence[str]) -> list[str]:
    """Several targets side by side as a Markdown table: one row a target, one column a measure, then p50 in ms."""
    head = ["", *names, "p50 ms"]
    out = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    for name, measures, latency in rows:
        cells = [f"{measures[n].value:.3f}" if n in measures else "–" for n in names]
        out.append(f"| {name} | " + " | ".join(cells) + f" | {latency.get('p50', float('nan')):.0f} |")
    return out


def page(run: Run, before: KeptRun | None = None, change: Difference | None = None) -> str:
    """The run as one self-contained HTML page: tables, plots, and every case with gold and answer side by side."""
    template = (files("eval") / "report.html").read_text(encoding="utf-8")
    kept = run.to_json()
    # No tag in a document may be one of the page: `<` is written so that only JSON reads it.
    data = json.dumps(kept["outcomes"], ensure_ascii=False).replace("<", "\\u003c")
    parts = {
        "title": html.escape(f"{run.target} · {run.made}"),
        "about": html.escape(f"{len(run.outcomes)} 题 cases · corpus {run.corpus[:12] or '–'} · cases {run.cases[:12]}"),
        "measures": _measure_rows(run.summary.overall),
        "categories": _bars(run.summary.categories),
        "latency": _histogram([o["ms"] for o in kept["outcomes"] if o["ms"] is not None], run.summary.latency_ms),
        "refusal": _refusal(run.summary.overall),
        "change": _change(before, change) if before is not None and change is not None else "",
        "data": data,
        "broke": json.dumps(list(change.broke) if change else []),
        "mended": json.dumps(list(change.mended) if change else []),
    }
    for name, text in parts.items():
        template = template.replace(f"{{{{{name}}}}}", text)
    return template


def write_page(path: Path, run: Run, before: KeptRun | None = None, change: Difference | None = None) -> None:
    """Write the page."""
    path.write_text(page(run, before, change), encoding="utf-8")


def _measure_rows(measures: Mapping[str, Measure]) -> str:
    names = [*(n for n in _ORDER if n in measures), *(n for n in measures if n not in _ORDER)]
    return "".join(
        f"<tr><th scope=row>{html.escape(n)}</th><td>{measures[n].value:.3f}</td>"
        f"<td>{measures[n].low:.3f} – {measures[n].high:.3f}</td><td>{measures[n].n}</td></tr>"
        for n in names
    )


def _bars(categories: Mapping[str, Measure]) -> str:
    """Accuracy by category as bars with their intervals."""
    row, left, wide = 22, 150, 420
    shapes: list[str] = []
    for at, (name, m) in enumerate(categories.items()):
        y = at * row
        shapes.append(
            f'<text x="{left - 8}" y="{y + 15}" text-anchor="end">{html.escape(name)}</text>'
            f'<rect class=bar x="{left}" y="{y + 4}" width="{wide * m.value:.1f}" height="14"/>'
            f'<line class=ci x1="{left + wide * m.low:.1f}" x2="{left + wide * m.high:.1f}" y1="{y + 11}" y2="{y + 11}"/>'
            f'<text x="{left + wide + 10}" y="{y + 15}">{m.value:.2f} (n={m.n})</text>'
        )
    high = row * len(categories)
    return (
        f'<svg viewBox="0 0 {left + wide + 90} {high}" role=img aria-label="accuracy by category">{"".join(shapes)}</svg>'
    )


def _histogram(times: Sequence[float], marks: Mapping[str, float]) -> str:
    """The distribution of latencies in bins that double, with p50 and p95."""
    if not times:
        return "<p>–</p>"
    edges = [1.0]
    while edges[-1] < max(times):
        edges.append(edges[-1] * 2)
    edges[0] = 0.0
    counts = [sum(a <= t < b for t in times) for a, b in pairwise([*edges, float("inf")])]
    if counts[-1] == 0:
        counts.pop()
    wide, high, top = 56, 120, max(counts)
    shapes = []
    for at, count in enumerate(counts):
        tall = high * count / top
        shapes.append(
            f'<rect class=bar x="{at * wide + 4}" y="{high - tall + 16:.1f}" width="{wide - 8}" height="{tall:.1f}"/>'
            f'<text x="{at * wide + wide / 2}" y="{high - tall + 12:.1f}" text-anchor="middle">{count or ""}</text>'
            f'<text x="{at * wide + wide / 2}" y="{high + 32}" text-anchor="middle">≥{edges[at]:.0f}</text>'
        )
    said = " · ".join(f"{name} {ms:.0f} ms" for name, ms in marks.items())
    return (
        f'<svg viewBox="0 0 {wide * len(counts)} {high + 40}" role=img aria-label="latency in ms">{"".join(shapes)}</svg>'
        f"<p>{said} (ms)</p>"
    )


def _refusal(measures: Mapping[str, Measure]) -> str:
    """Refusal against false refusal: the upper right corner refuses all that must be and nothing else."""
    good, kept = measures.get("refusal"), measures.get("no_false_refusal")
    if good is None or kept is None:
        return "<p>–</p>"
    side = 200
    x, y = side * kept.value, side * (1 - good.value)
    return (
        f'<svg class=square viewBox="-60 -12 {side + 120} {side + 60}" role=img aria-label="refusal trade-off">'
        f'<rect class=frame x="0" y="0" width="{side}" height="{side}"/>'
        f'<line class=ci x1="{side * kept.low:.1f}" x2="{side * kept.high:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<line class=ci x1="{x:.1f}" x2="{x:.1f}" y1="{side * (1 - good.high):.1f}" y2="{side * (1 - good.low):.1f}"/>'
        f'<circle class=dot cx="{x:.1f}" cy="{y:.1f}" r="5"/>'
        f'<text x="{side / 2}" y="{side + 24}" text-anchor="middle">answers what it holds {kept.value:.3f}</text>'
        f'<text transform="translate(-14 {side / 2}) rotate(-90)" text-anchor="middle">refuses the rest {good.value:.3f}</text></svg>'
    )


def _change(before: KeptRun, change: Difference) -> str:
    return (
        f"<section><h2>变化 against {html.escape(before.target)} · {html.escape(before.made)}</h2>"
        f"<p>broke {len(change.broke)} {_ids(change.broke)} · mended {len(change.mended)} {_ids(change.mended)}</p></section>"
    )


def _ids(ids: Iterable[str]) -> str:
    return " ".join(f'<a href="#{html.escape(i)}">{html.escape(i)}</a>' for i in ids)


def committed_floors() -> dict[str, Any]:
    """The floors in `eval/datasets/floors.json`: by measure, and by category for correctness."""
    held: dict[str, Any] = json.loads((files("eval") / "datasets" / "floors.json").read_text(encoding="utf-8"))
    return held


def floors(held: Mapping[str, Any], run: Run) -> list[str]:
    """What of a run lies below the committed floors (`eval/datasets/floors.json`), one line each; empty where
    nothing does. A floor for a measure that the run does not have is a fault too."""
    faults: list[str] = []
    for kind, found in (("measures", run.summary.overall), ("categories", run.summary.categories)):
        for name, floor in held.get(kind, {}).items():
            if name not in found:
                faults.append(f"{name}: not measured, its floor is {floor}")
            elif found[name].value < floor:
                faults.append(f"{name}: {found[name].value:.3f} is below its floor {floor}")
    return faults
