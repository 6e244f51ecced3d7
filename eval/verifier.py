"""Does the verifier find out what is wrong, and leave alone what is right? A mutation test over a corpus.

True statements are the assistant's own and the sentences of the clauses, each with the clauses it cites. One thing
in each is changed: a number, a year, a unit of measure, a bureau, a place, a negation, or the clause that it cites.
A change that could leave the statement true is never made: the new value differs, the new name is no other name of
the old one, and the words of the statement do not stand in the clause that is cited in its place.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from assistant.atoms import NEGATION, Atom, AtomKind, atoms_in, bare
from assistant.units import Units, canonical
from assistant.verdicts import DENIALS
from assistant.verification import Verifier
from corpus.document import Clause, ClauseKind, Document, UnitRule
from corpus.normalize import normal, to_traditional
from corpus.places import register
from corpus.quantities import sentences

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from eval.cases import Case as Asked

SEED = 20_240_601
KINDS = ("number of the clause", "number", "year", "unit of measure", "bureau", "role of a bureau", "place", "negation dropped", "negation added", "how often", "neighbouring clause")
AIMS = (0.99, 0.01)  # detection at least, false alarms at most
_LEAST = 8  # characters of a sentence that states something
_MOST = 400
_SHOWN = 5  # missed cases and false alarms printed of each kind
_LABEL = re.compile(r"^\s*(?:第[一二三四五六七八九十百\d]+条|\(?[一二三四五六七八九十\d]{1,3}(?:[)、]|\.(?!\d))|[①-⑳])")
_OTHER_UNIT = {"元": "%", "万元": "元", "亿元": "万元", "%": "元", "个": "%", "家": "人", "人": "家", "名": "所", "平方米": "元", "年": "个月", "个月": "年", "日": "年",
               "天": "个月", "岁": "个月", "所": "名", "次": "家", "张": "家", "项": "%", "小时": "天", "学时": "天", "个工作日": "个月", "级": "岁"}  # fmt: skip
_PERIODS = ("年", "月", "天", "学期", "季度", "半年")
_OFTEN = re.compile(r"每(年|月(?!\d)|天|日|学期|季度|半年)")
_NEAR = 10  # characters before a figure in which its period stands
# A modal word and its denial: what turns a rule around.
_DENIED = (("必须", "无需"), ("应当", "不应"), ("可以", "不得"), ("给予", "不予"), ("享受", "不享受"), ("允许", "禁止"), ("纳入", "不纳入"), ("承担", "不承担"), ("实施", "不实施"), ("开展", "不开展"),
           ("建立", "不建立"), ("负责", "不负责"), ("加强", "不加强"), ("鼓励", "不鼓励"), ("支持", "不支持"), ("完善", "不完善"))  # fmt: skip
_ALLOWED = (("不得", "可以"), ("严禁", "允许"), ("禁止", "允许"), ("无需", "必须"), ("无须", "必须"), ("不予", "给予"), ("不再", ""), ("不能", "能"), ("除外", ""), ("未经", "经"), ("不", ""), ("未", ""))


@dataclass(frozen=True, slots=True)
class Case:
    """A statement with the clauses it cites and the figures that a rule computed for it."""

    text: str
    clauses: tuple[Clause, ...]
    allowed: tuple[str, ...] = ()
    source: str = "clause"  # where it is from: clause, answer, restated


@dataclass(frozen=True, slots=True)
class Mutated:
    """A case made false: the kind of change, and what it was before."""

    kind: str
    case: Case
    before: Case


@dataclass(frozen=True, slots=True)
class Score:
    """Of one kind of change: how many were made, how many found, and some of those missed."""

    kind: str
    made: int
    found: int
    missed: tuple[Mutated, ...]

    @property
    def detection(self) -> float:
        """The share found; 1 where none was made."""
        return self.found / self.made if self.made else 1.0


@dataclass(frozen=True, slots=True)
class Result:
    """The scores of all kinds, and how many true statements were taken for false."""

    scores: tuple[Score, ...]
    statements: int
    alarms: tuple[Case, ...]
    sources: tuple[tuple[str, int], ...]

    @property
    def detection(self) -> float:
        """The share of all changes that was found."""
        made = sum(score.made for score in self.scores)
        return sum(score.found for score in self.scores) / made if made else 1.0

    @property
    def false_alarms(self) -> float:
        """The share of true statements that was not supported."""
        return len(self.alarms) / self.statements if self.statements else 0.0

    def to_json(self) -> dict[str, Any]:
        """The counts, without the cases."""
        return {
            "detection": self.detection, "false_alarms": self.false_alarms, "statements": dict(self.sources),
            "changed": {s.kind: {"made": s.made, "found": s.found} for s in self.scores},
        }  # fmt: skip


def sentence_cases(clauses: Iterable[Clause]) -> Iterator[Case]:
    """The sentences of the clauses, each citing its own."""
    for clause in clauses:
        if clause.kind in (ClauseKind.HEAD, ClauseKind.ROW):
            continue
        text = normal(clause.text)
        for start, end in sentences(text):
            words = _LABEL.sub("", text[start:end]).strip()
            if _LEAST <= len(words) <= _MOST:
                yield Case(words, (clause,))


def answer_cases(assistant: Assistant, asked: Iterable[Asked]) -> Iterator[Case]:
    """The statements of the assistant's answers, as drafted, with what they cite."""
    for one in asked:
        for line in assistant.drafted(one.question, one.history):
            yield Case(line.text, tuple(line.clauses), line.allowed, "answer")


def statements_of(assistant: Assistant, clauses: Iterable[Clause], asked: Iterable[Asked], seed: int = SEED) -> list[Case]:
    """All true statements over a corpus: those of the answers, the sentences of the clauses, and both restated."""
    found = distinct([*answer_cases(assistant, asked), *sentence_cases(clauses)])
    return [*found, *distinct(restated(found, seed))]


def drawn(cases: Sequence[Case], limit: int | None, seed: int = SEED) -> list[Case]:
    """All cases, or `limit` of them drawn with the seed."""
    if limit is None or limit >= len(cases):
        return list(cases)
    return random.Random(seed).sample(list(cases), limit)  # noqa: S311


def restated(cases: Sequence[Case], seed: int = SEED) -> Iterator[Case]:
    """True statements in other words: each case in Traditional script, with its figures spelled otherwise, opened
    with a phrase, or without one of its comma-clauses."""
    chance = random.Random(seed)  # noqa: S311
    ways: tuple[Callable[[str, random.Random], str | None], ...] = (_traditional, _respelled, _opened, shortened)
    for case in cases:
        text = chance.choice(ways)(normal(case.text), chance)
        if text is not None and text != normal(case.text):
            yield replace(case, text=text, source="restated")


def _traditional(text: str, _: random.Random) -> str:
    return to_traditional(text)


def _opened(text: str, chance: random.Random) -> str:
    return chance.choice(("根据文件规定,", "按照规定,", "其中,")) + text


def _respelled(text: str, _: random.Random) -> str | None:
    """45万元 as 450000元, 3000元 as 3,000元, 50% as 百分之五十."""
    text = re.sub(r"(?<![\d.\-~])(\d+)万元", lambda m: f"{m.group(1)}0000元", text)
    text = re.sub(r"(?<![\d.,\-~])(\d)(\d{3})元", r"\1,\2元", text)
    return re.sub(r"(?<![\d.,\-~])([2-9])0%(?![\-~])", lambda m: f"百分之{'零一二三四五六七八九'[int(m.group(1))]}十", text)


def shortened(text: str, chance: random.Random) -> str | None:
    """Without one of its comma-clauses that no negation, figure or name stands in; never the first, the subject."""
    parts = text.split(",")
    plain = [i for i in range(1, len(parts)) if not atoms_in(parts[i])]
    if len(parts) < 3 or not plain or "(" in text:
        return None
    del parts[chance.choice(plain)]
    return ",".join(parts)


class Mutator:
    """Makes one thing of a case wrong; draws with a seed, so that a corpus always gives the same cases."""

    def __init__(
        self, clauses: Sequence[Clause], documents: dict[str, Document], units: Iterable[str], seed: int = SEED
    ) -> None:
        self._documents = documents
        self._units = Units(units)
        self._chance = random.Random(seed)  # noqa: S311
        self._near: dict[str, tuple[Clause, ...]] = {}
        self._sources: dict[str, str] = {}
        for at, clause in enumerate(clauses):
            around = (*clauses[max(0, at - 1) : at], *clauses[at + 1 : at + 2])
            self._near[clause.clause_id] = tuple(c for c in around if c.document_id == clause.document_id)
        names = {name for clause in clauses for name in (*clause.lead_units, *clause.responsible_units)}
        self._bureaus = sorted(name for name in map(normal, names) if 3 <= len(name) <= 12)
        self._places = [p for p in register() if len(p.name) > 2]

    def mutations(self, case: Case) -> Iterator[Mutated]:
        """One change of each kind that the case allows."""
        makers: tuple[Callable[[Case, str, list[Atom]], str | None], ...] = (
            self._number_of_clause, self._number, self._year, self._measure, self._bureau, self._role, self._place, self._dropped, self._added, self._often,
        )  # fmt: skip
        text = normal(case.text)
        found = atoms_in(text, self._units.mentions)
        for kind, make in zip(KINDS, makers, strict=False):
            changed = make(case, text, found)
            if changed is not None and bare(changed) != bare(text):
                yield Mutated(kind, replace(case, text=changed), case)
        other = self._neighbour(case, text)
        if other is not None:
            yield Mutated(KINDS[-1], replace(case, clauses=(other,)), case)

    def _figures(self, case: Case, text: str, found: Sequence[Atom]) -> list[Atom]:
        counted = {float(a) for a in case.allowed}
        return [a for a in found if a.kind is AtomKind.NUMBER and len(a.key) == 1 and text[a.start].isdigit() and a.key[0] not in counted]

    def _held(self, case: Case) -> list[Atom]:
        return [a for c in case.clauses for a in atoms_in(normal(c.text))]

    def _number_of_clause(self, case: Case, text: str, found: list[Atom]) -> str | None:
        """Another number of the same clause, with the same unit, in the place of one."""
        pairs = [
            (a, b) for a in self._figures(case, text, found) for c in case.clauses for b in atoms_in(normal(c.text))
            if b.kind is AtomKind.NUMBER and len(b.key) == 1 and b.unit == a.unit and b.key != a.key and a.unit
        ]  # fmt: skip
        if not pairs:
            return None
        a, b = self._chance.choice(pairs)
        digits = re.match(r"[\d,.]+", text[a.start : a.end])
        if digits is None or a.key[0] == 0:
            return None
        printed = float(digits.group().replace(",", ""))
        scale = float(a.key[0]) / printed if printed else 1.0
        return text[: a.start] + f"{round(float(b.key[0]) / scale, 6):g}" + text[a.start + digits.end() :]

    def _number(self, case: Case, text: str, found: list[Atom]) -> str | None:
        """A number that the clauses do not hold in the place of one."""
        figures = self._figures(case, text, found)
        if not figures:
            return None
        figure = self._chance.choice(figures)
        digits = re.match(r"[\d,.]+", text[figure.start : figure.end])
        if digits is None:
            return None
        printed = float(digits.group().replace(",", ""))
        held = {a.key for a in self._held(case)} | {figure.key}
        values = [printed * 10, printed + 1, printed * 2, printed + 7, printed * 3 + 11]
        self._chance.shuffle(values)
        scale = float(figure.key[0]) / printed if printed else 1.0
        value = next((v for v in values if (round(v * scale, 6),) not in held and f"{v:g}" not in normal("".join(c.text for c in case.clauses))), None)
        if value is None:
            return None
        return text[: figure.start] + f"{value:.10g}" + text[figure.start + digits.end() :]

    def _year(self, case: Case, text: str, found: list[Atom]) -> str | None:
        years = [a for a in found if a.kind is AtomKind.YEAR and len(a.key) == 1 and text[a.start].isdigit()]
        if not years:
            return None
        year = self._chance.choice(years)
        others = {float(a.key[0]) for a in years}
        drawn = self._chance.choice([y for y in range(2018, 2031) if float(y) not in others])
        return text[: year.start] + str(drawn) + text[year.end :]

    def _often(self, case: Case, text: str, found: list[Atom]) -> str | None:
        """Another period right before a figure: 每年200元 for 每月200元, where no clause has both."""
        held = normal("".join(clause.text for clause in case.clauses))
        choices = [
            (at, other) for figure in self._figures(case, text, found) for at in _OFTEN.finditer(text, max(0, figure.start - _NEAR), figure.start)
            for other in _PERIODS if other != at.group(1) and f"每{other}" not in held and f"/{other}" not in held and not re.search(r"[,。;]", text[at.end() : figure.start])
        ]  # fmt: skip
        if not choices:
            return None
        at, other = self._chance.choice(choices)
        return text[: at.start(1)] + other + text[at.end(1) :]

    def _measure(self, case: Case, text: str, found: list[Atom]) -> str | None:
        """Another unit of measure behind a number."""
        choices: list[tuple[int, int, str]] = []
        for figure in self._figures(case, text, found):
            words = text[figure.start : figure.end].split("/")[0]
            match = re.search(r"(?:万元|亿元|[^\d\s万亿.,\-~]+)$", words)
            if match is not None and match.group() in _OTHER_UNIT:
                begin = figure.start + match.start()
                choices.append((begin, begin + len(match.group()), _OTHER_UNIT[match.group()]))
        if not choices:
            return None
        start, end, other = self._chance.choice(choices)
        return text[:start] + other + text[end:]

    def _bureau(self, case: Case, text: str, found: list[Atom]) -> str | None:
        """A bureau that the clauses do not name in the place of one."""
        named = [a for a in found if a.kind is AtomKind.UNIT]
        held = {a.key[0] for c in case.clauses for a in atoms_in(normal(c.text), self._units.mentions) if a.kind is AtomKind.UNIT}
        held |= {canonical(n) for c in case.clauses for n in (*c.lead_units, *c.responsible_units)}
        words = normal("".join(c.text for c in case.clauses))
        others = [n for n in self._bureaus if canonical(n) not in held and canonical(n) not in words]
        if not named or not others:
            return None
        one = self._chance.choice(named)
        return text[: one.start] + self._chance.choice(others) + text[one.end :]

    def _role(self, case: Case, text: str, found: list[Atom]) -> str | None:
        """牵头单位 where a clause lists the units as responsible only, and the reverse."""
        if len(case.clauses) != 1 or case.clauses[0].unit_rule is not UnitRule.STATED:
            return None
        leads, others = ({canonical(n) for n in names} for names in (case.clauses[0].lead_units, case.clauses[0].responsible_units))
        for said, instead, own in (("牵头单位:", "责任单位:", others), ("责任单位:", "牵头单位:", leads)):
            at = text.find(said)
            listed = re.match(r"[^;。)]*", text[at + len(said) :]) if at >= 0 else None
            if listed is None or instead in text:
                continue
            names = {canonical(n) for n in listed.group().split("、")}
            if names and not names & own:
                return text[:at] + instead + text[at + len(said) :]
        return None

    def _place(self, case: Case, text: str, found: list[Atom]) -> str | None:
        """A place that is neither the document's nor above it nor printed in it."""
        named = [a for a in found if a.kind is AtomKind.PLACE]
        if not named:
            return None
        words = self.source_of(case)
        own = {p for c in case.clauses if (place := self._documents[c.document_id].place) for p in place.path}
        for _ in range(20):
            other = self._chance.choice(self._places)
            if other.name not in words and not set(other.path) & own and not own & {other.name}:
                one = self._chance.choice(named)
                return text[: one.start] + other.name + text[one.end :]
        return None

    def source_of(self, case: Case) -> str:
        """The normal text of the whole document that a statement rests on."""
        document_id = case.clauses[0].document_id
        if document_id not in self._sources:  # folded once: thousands of cases rest on one document
            self._sources[document_id] = normal(self._documents[document_id].source)
        return self._sources[document_id]

    def _dropped(self, case: Case, text: str, found: list[Atom]) -> str | None:
        negations = [a for a in found if a.kind is AtomKind.NEGATION and not text.startswith(DENIALS, a.start)]
        if not negations or case.allowed:
            return None
        one = self._chance.choice(negations)
        for word, instead in _ALLOWED:
            if text.startswith(word, one.start):
                return text[: one.start] + instead + text[one.start + len(word) :]
        return None

    def _added(self, case: Case, text: str, found: list[Atom]) -> str | None:
        places = [
            (m.start(), word, denied) for word, denied in _DENIED for m in re.finditer(word, text)
            if not NEGATION.search(text[max(0, m.start() - 8) : m.start()]) and not re.search(r"单位:?$", text[: m.start()])
        ]  # fmt: skip
        if not places:
            return None
        at, word, denied = self._chance.choice(places)
        return text[:at] + denied + text[at + len(word) :]

    def _neighbour(self, case: Case, text: str) -> Clause | None:
        """A clause next to the one cited that does not hold the statement's words."""
        if len(case.clauses) != 1 or text.startswith("("):  # a list of units without what they do
            return None
        body = bare(re.split(r"[:。]", text)[-1] or text)
        near = [c for c in self._near.get(case.clauses[0].clause_id, ()) if bare(text) not in bare(normal(c.text)) and body not in bare(normal(c.text))]
        near = [c for c in near if not any(bare(normal(h)) in bare(text) or body in bare(normal(h)) for h in (*c.breadcrumb, c.heading or "") if len(bare(h)) > 3)]
        units = (case.clauses[0].lead_units, case.clauses[0].responsible_units)
        near = [c for c in near if not ("单位:" in text and set(units[0]) | set(units[1]) <= {*c.lead_units, *c.responsible_units} and (c.heading or "?") in text)]
        return self._chance.choice(near) if near else None


def measure(
    cases: Sequence[Case], mutator: Mutator, verifier: Verifier, documents: dict[str, Document],
    progress: Callable[[int, int], None] | None = None,
) -> Result:  # fmt: skip
    """Every case checked as it is, and with each change that can be made to it."""

    def holds(case: Case) -> bool:
        cited = [(clause, documents[clause.document_id]) for clause in case.clauses]
        return verifier.check(case.text, cited, case.allowed).supported

    made: dict[str, list[tuple[Mutated, bool]]] = {kind: [] for kind in KINDS}
    alarms: list[Case] = []
    for done, case in enumerate(cases, 1):
        if not holds(case):
            alarms.append(case)
        for mutated in mutator.mutations(case):
            made[mutated.kind].append((mutated, holds(mutated.case)))
        if progress is not None:
            progress(done, len(cases))
    scores = tuple(
        Score(kind, len(tried), sum(not passed for _, passed in tried), tuple(m for m, passed in tried if passed))
        for kind, tried in made.items()
    )
    return Result(scores, len(cases), tuple(alarms), tuple(sorted(Counter(case.source for case in cases).items())))


def distinct(cases: Iterable[Case]) -> list[Case]:
    """The cases, each pair of words and clauses once."""
    return list({(case.text, tuple(c.clause_id for c in case.clauses)): case for case in cases}.values())


def table(result: Result) -> Iterator[str]:
    """The result as lines: a table, then some of what was missed and of the false alarms, for reading."""
    yield f"{'changed':<24}{'made':>7}{'found':>7}{'detection':>11}"
    for score in result.scores:
        yield f"{score.kind:<24}{score.made:>7}{score.found:>7}{score.detection:>11.3f}"
    made = sum(score.made for score in result.scores)
    yield f"{'all':<24}{made:>7}{sum(score.found for score in result.scores):>7}{result.detection:>11.3f}"
    yield f"false alarms: {len(result.alarms)} of {result.statements} true statements ({result.false_alarms:.3f}): {', '.join(f'{n} {source}' for source, n in result.sources)}"
    for score in result.scores:
        for mutated in score.missed[:_SHOWN]:
            yield f"  missed, {score.kind}: {_short(mutated.case.text)} [{mutated.case.clauses[0].clause_id}]"
    for case in result.alarms[:_SHOWN]:
        yield f"  false alarm: {_short(case.text)} [{case.clauses[0].clause_id}]"


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 160 else f"{words[:100]} … {words[-57:]}"
