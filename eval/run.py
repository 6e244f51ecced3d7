"""A run: every case asked of one target, scored, summed up, and kept as one JSON file."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from corpus.errors import SourceError
from eval.cases import Case
from eval.measures import Measure, Reply, Scored, Summary, score, summary
from eval.targets import Target

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case with the reply to it and how that scored."""

    case: Case
    reply: Reply
    scored: Scored


@dataclass(frozen=True, slots=True)
class Run:
    """All outcomes in the order of the cases, with what names the run: target, time, corpus and data digests."""

    target: str
    made: str
    corpus: str
    cases: str
    outcomes: tuple[Outcome, ...]
    summary: Summary

    def to_json(self) -> dict[str, Any]:
        """The run as it is kept; `KeptRun.read` gives back what a comparison needs."""
        return {
            "format": FORMAT, "target": self.target, "made": self.made, "corpus": self.corpus, "cases": self.cases,
            "measures": {name: str(m) for name, m in self.summary.overall.items()},
            "categories": {name: str(m) for name, m in self.summary.categories.items()},
            "latency_ms": self.summary.latency_ms,
            "outcomes": [_outcome(one) for one in self.outcomes],
        }  # fmt: skip

    def save(self, path: Path) -> None:
        """Write the run as JSON."""
        path.write_text(json.dumps(self.to_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A run read back from its file, to compare another with: measures, and each outcome as it was written."""

    target: str
    made: str
    corpus: str
    cases: str
    measures: dict[str, Measure]
    categories: dict[str, Measure]
    outcomes: dict[str, dict[str, Any]]

    @classmethod
    def read(cls, path: Path) -> KeptRun:
        """The run in a file. Raises SourceError for what is none."""
        try:
            held = json.loads(path.read_text(encoding="utf-8"))
            if held["format"] != FORMAT:
                raise ValueError(f"format {held['format']}, this version reads {FORMAT}")
            return cls(
                held["target"], held["made"], held["corpus"], held["cases"],
                {name: Measure.parse(name, text) for name, text in held["measures"].items()},
                {name: Measure.parse(name, text) for name, text in held["categories"].items()},
                {one["id"]: one for one in held["outcomes"]},
            )  # fmt: skip
        except OSError as error:
            raise SourceError(f"no run at {str(path)!r} ({error.strerror}); give a file that `tiaowen eval` wrote") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise SourceError(f"{path.name} is no run ({error}); give a file that `tiaowen eval` wrote") from error


@dataclass(frozen=True, slots=True)
class Difference:
    """Two runs side by side: the cases that were right and are wrong now, and the other way round."""

    broke: tuple[str, ...]
    mended: tuple[str, ...]
    only_before: tuple[str, ...]
    only_now: tuple[str, ...]


def difference(before: KeptRun, now: KeptRun) -> Difference:
    """What changed from one run to the next, by case id."""
    both = [i for i in now.outcomes if i in before.outcomes]
    return Difference(
        tuple(i for i in both if before.outcomes[i]["right"] and not now.outcomes[i]["right"]),
        tuple(i for i in both if now.outcomes[i]["right"] and not before.outcomes[i]["right"]),
        tuple(i for i in before.outcomes if i not in now.outcomes),
        tuple(i for i in now.outcomes if i not in before.outcomes),
    )


def run(
    cases: Sequence[Case], target: Target, *, units: Iterable[str] = (), corpus: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> Run:  # fmt: skip
    """Ask every case of the target, one after the other. `corpus` is the digest of what the target answers from."""
    names = tuple(dict.fromkeys(units))
    outcomes: list[Outcome] = []
    for number, case in enumerate(cases, 1):
        reply = target.reply(case)
        outcomes.append(Outcome(case, reply, score(case, reply, names)))
        if progress is not None:
            progress(number, len(cases))
    scored: Mapping[str, Scored] = {one.case.case_id: one.scored for one in outcomes}
    made = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    total = summary(cases, scored, [one.reply.seconds for one in outcomes])
    return Run(target.name, made, corpus, digest_of(cases), tuple(outcomes), total)


def digest_of(cases: Sequence[Case]) -> str:
    """SHA-256 over the cases, so that two runs over different data are told apart."""
    whole = hashlib.sha256()
    for case in cases:
        held = {key: sorted(v) if isinstance(v, frozenset) else v for key, v in asdict(case).items()}
        whole.update(json.dumps(held, ensure_ascii=False, sort_keys=True).encode())
    return whole.hexdigest()


def _outcome(one: Outcome) -> dict[str, Any]:
    case, reply = one.case, one.reply
    return {
        "id": case.case_id, "category": case.category, "question": case.question, "history": list(case.history),
        "gold": {
            "status": sorted(case.status), "clauses": list(case.gold), "atoms": [list(ways) for ways in case.atoms],
            "forbidden": list(case.forbidden),
            "evidence": [[asdict(e) for e in group] for group in case.evidence], "why": case.why,
        },
        "status": reply.status, "answer": reply.answer, "error": reply.error,
        "citations": [{"clause_id": c.clause_id, "quote": c.quote} for c in reply.citations],
        "ms": round(1000 * reply.seconds, 2) if math.isfinite(reply.seconds) else None,
        "right": one.scored.right, "reasons": list(one.scored.reasons), "values": dict(one.scored.values),
    }  # fmt: skip
