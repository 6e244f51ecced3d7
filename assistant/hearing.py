"""One statement before the clauses it cites: what it quotes word for word, and which of their atoms its words point to."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from assistant.atoms import Atom, AtomKind
from assistant.readings import Passage, Reading, likeness, touching
from assistant.verdicts import Found, Verdict, evidence, evidence_of
from corpus.document import Place
from corpus.quantities import sentences

CERTAIN = 5  # tokens next to an atom that agree, from where another atom in its place is a contradiction
_LISTS = re.compile(r"(?:单位|部门)\s*[:为是]\s*$")
_ENDS = frozenset(",。;:!?、\n()“” |*")


class Hearing:
    """A statement and the readings of its clauses; `found` grows as figures are matched to those of a clause.

    `held` are the clauses of the one place that the statement speaks of, `everyone` all that it cites, and
    `counted` figures that a rule computed.
    """

    def __init__(self, said: Passage, everyone: Sequence[Reading], counted: frozenset[float]) -> None:
        self.said, self.everyone, self.counted = said, everyone, counted
        self.held = self._of_the_place(everyone)
        self.literal = self._quoted_stretches()
        self.found: dict[Atom, tuple[Reading, Atom]] = {}

    def _quoted_stretches(self) -> list[tuple[int, int, Reading, int]]:
        """The sentences of the statement that a clause prints literally, from mark to mark: start, end, and where."""
        found: list[tuple[int, int, Reading, int]] = []
        text = self.said.text
        for start, end in sentences(text):
            heads = [start, *(start + mark.end() for mark in re.finditer(r"[:。]\s*", text[start:end]))]
            for head in heads:
                body = text[head:end].strip().rstrip("。;,")
                # 牵头单位:甲局 is no quotation where the clause prints 甲局 among those responsible.
                if len(body) < 4 or _LISTS.search(text[:head]):
                    continue
                begin = text.index(body, head)
                place = self._literally(body)
                if place is not None:
                    found.append((begin, begin + len(body), *place))
                    break
        return found

    def _literally(self, body: str) -> tuple[Reading, int] | None:
        for reading in self.held:
            whole = reading.passage.text
            at = whole.find(body)
            while at >= 0:
                after = at + len(body)
                if (at == 0 or whole[at - 1] in _ENDS or whole[at - 1].isspace()) and (
                    after >= len(whole) or whole[after] in _ENDS or whole[after].isspace()
                ):
                    return reading, at
                at = whole.find(body, at + 1)
        return None

    def quoted(self, atom: Atom) -> Found | None:
        """The verdict on an atom within a stretch that a clause prints literally, None for any other."""
        for start, end, reading, at in self.literal:
            if start <= atom.start and atom.end <= end:
                begin = at + atom.start - start
                twin = next((a for a in reading.passage.atoms if a.kind is atom.kind and a.start == begin), None)
                if twin is not None:
                    self.found[atom] = (reading, twin)
                if atom.kind is not AtomKind.PLACE or twin is not None:
                    return Verdict.SUPPORTED, evidence(reading, reading.place(begin, begin + atom.end - atom.start))
        return None

    def pointed(self, atom: Atom, above: Callable[[Reading], bool]) -> Found:
        """Whether the atom stands where the statement's words point to among the atoms of its kind."""
        context = self.said.context(atom)
        same: list[tuple[float, int, Reading, Atom]] = []
        others: list[tuple[float, int, Reading, Atom]] = []
        for reading in self.held:
            for held in reading.passage.atoms:
                if held.kind is atom.kind and len(held.key) == len(atom.key):
                    there = reading.passage.context(held)
                    one = (likeness(context, there), touching(context, there), reading, held)
                    (same if held.key == atom.key else others).append(one)
        best = max(same, key=lambda found: found[0], default=None)
        rival = max(others, key=lambda found: found[0], default=None)
        if best is not None and (rival is None or best[0] >= rival[0] - 1e-9 or rival[1] < CERTAIN):
            self.found[atom] = best[2:]
            return Verdict.SUPPORTED, evidence_of(*best[2:])
        if best is None and (rival is None or rival[1] < CERTAIN):
            titled = next((reading for reading in self.held if above(reading)), None)
            if titled is not None:
                return Verdict.SUPPORTED, evidence(titled, titled.clause.span)
        if rival is not None:
            return Verdict.CONTRADICTED, evidence_of(*rival[2:])
        return Verdict.UNSUPPORTED, None

    def _of_the_place(self, held: Sequence[Reading]) -> list[Reading]:
        """The clauses of the one place that the statement speaks of, where clauses of several are cited."""
        if len({r.document.document_id for r in held}) < 2:
            return list(held)
        places = [a for a in self.said.atoms if a.kind is AtomKind.PLACE]
        paths = {tuple(str(key).split("/")) for a in places for key in a.key}
        own = [r for r in held if r.document.place is not None and any(_at(r.document.place, path) for path in paths)]
        return own or list(held)


def _at(place: Place, path: tuple[str, ...]) -> bool:
    return place.path[: len(path)] == path or path[: len(place.path)] == place.path
