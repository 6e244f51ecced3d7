"""不得 and its kin: a statement negates what its clauses negate, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.atoms import MODAL, NEGATION, Atom, AtomKind
from assistant.diction import LINKING
from assistant.evidence import pairs
from assistant.hearing import Hearing
from assistant.readings import Passage
from assistant.verdicts import DENIALS, Found, Verdict, evidence
from corpus.document import UnitRule

_UNDISTINGUISHED = re.compile(r"没有区分牵头单位")
_BREAK = re.compile(r"[,。;:!?\n]")


_GRANTS = re.compile(r"(?:^|[:。])(?P<said>可以)(?=。)")


class Polarity:
    """Judges the negations of one statement, and those it leaves out."""

    def __init__(self, hearing: Hearing) -> None:
        self._hearing = hearing

    def negation(self, atom: Atom) -> Found:
        """A negation must be found before the same words (除外: behind them)."""
        text = self._hearing.said.text
        if _UNDISTINGUISHED.search(text) and text.startswith("没有", atom.start):
            stated = any(r.clause.unit_rule in (UnitRule.STATED, UnitRule.FIRST_LISTED) for r in self._hearing.held)
            return (Verdict.CONTRADICTED if stated else Verdict.SUPPORTED), None
        if text.startswith(DENIALS, atom.start):  # judges the question
            return Verdict.SUPPORTED, None
        last = text.startswith("除外", atom.start)
        words = _words_before(text, atom.start) if last else _words_after(text, atom.end)
        for length in (4, 3, 2):
            if len(words) < length:
                continue
            anchor = words[-length:] if last else words[:length]
            for reading in self._hearing.held:
                hits = [m.start() for m in re.finditer(re.escape(anchor), reading.passage.text)]
                if not hits:
                    continue
                at = atom.start - length if last else atom.end
                best, negated = max(
                    ((hit, _denied(reading.passage, hit, length, last)) for hit in hits),
                    key=lambda found: (_alike(text, at, reading.passage.text, found[0]), found[1]),
                )
                place = reading.place(best, best + length)
                return (Verdict.SUPPORTED if negated else Verdict.CONTRADICTED), evidence(reading, place)
        stitched = text[max(0, atom.start - 3) : atom.end + 1]
        for reading in self._hearing.held:
            at = reading.passage.text.find(stitched)
            if len(stitched) >= 4 and at >= 0:
                return Verdict.SUPPORTED, evidence(reading, reading.place(at, at + len(stitched)))
        return Verdict.UNSUPPORTED, None

    def dropped(self) -> Iterator[tuple[int, int, Found]]:
        """What the clause negates and the statement says without the negation."""
        text = self._hearing.said.text
        seen: set[int] = set()
        for verdict in _GRANTS.finditer(text):
            yield verdict.start("said"), verdict.end("said"), (Verdict.UNSUPPORTED, None)  # no clause says yes to anybody
        for reading in self._hearing.held:
            for held in reading.passage.atoms:
                if held.kind is not AtomKind.NEGATION:
                    continue
                whole = reading.passage.text
                torn = whole[max(0, held.start - 3) : held.start] + whole[held.end : held.end + 2]
                if len(torn) == 5 and torn in text and torn not in whole and not _BREAK.search(torn):
                    at = text.index(torn)
                    seen.update(range(at, at + 5))
                    yield at, at + 5, (Verdict.CONTRADICTED, evidence(reading, reading.place(held.start, held.end)))
                    continue
                last = whole.startswith("除外", held.start)
                words = _words_before(whole, held.start) if last else _words_after(whole, held.end)
                anchor = words[-4:] if last else words[:4]
                if len(anchor) < 2:
                    continue
                for match in re.finditer(re.escape(anchor), text):
                    at = match.start()
                    if _BREAK.split(text[at:])[0] and LINKING.fullmatch(_BREAK.split(text[:at])[-1] + _BREAK.split(text[at:])[0]):
                        continue
                    if any(a <= at < b for a, b, _, _ in self._hearing.literal) or at in seen:
                        continue
                    if _denied(self._hearing.said, at, len(anchor), last) or (last and "外" in text[match.end() : match.end() + 12]):
                        continue
                    hits = [m.start() for m in re.finditer(re.escape(anchor), whole)]
                    best, denied = max(
                        ((hit, _denied(reading.passage, hit, len(anchor), last)) for hit in hits),
                        key=lambda found: (_alike(text, at, whole, found[0]), not found[1]),
                    )
                    if not denied or (len(anchor) < 4 and not last and _left_alike(text, at, whole, best) < 1):
                        continue
                    seen.add(at)
                    span = reading.place(held.start, held.end)
                    yield at, match.end(), (Verdict.CONTRADICTED, evidence(reading, span))


def _words_after(text: str, at: int) -> str:
    found = re.match(r"[\s“”]*([\u4e00-\u9fa5\d%]{0,8})", text[at:])
    return found.group(1) if found else ""


def _words_before(text: str, at: int) -> str:
    found = re.search(r"([\u4e00-\u9fa5\d%]{0,8})的?$", text[:at])
    return found.group(1) if found else ""


def _denied(passage: Passage, at: int, length: int, last: bool) -> bool:
    """Whether the words at `at` are negated: by 除外 behind them, or by what stands at most six characters before
    them in the same stretch."""
    if last:
        return passage.text.startswith(("除外", "的除外"), at + length)
    return any(
        a.end <= at <= a.end + 6 and not _BREAK.search(passage.text[a.end : at])
        for a in passage.atoms if a.kind is AtomKind.NEGATION and not passage.text.startswith("除外", a.start)
    )  # fmt: skip


def _alike(text: str, at: int, other: str, there: int) -> float:
    """How alike two places are: the words before them, negations left out, and how long what follows is the same."""
    follows = next((i for i, (a, b) in enumerate(zip(text[at : at + 24], other[there : there + 24], strict=False)) if a != b), 24)
    return _left_alike(text, at, other, there) + 0.5 * follows


def _left_alike(text: str, at: int, other: str, there: int) -> float:
    """How many pairs of characters before two places are the same, negations left out; 2 where both open a stretch
    alike."""
    one, two = (NEGATION.sub("", re.split(r"[。;!?\n]", t[max(0, i - 16) : i])[-1]) for t, i in ((text, at), (other, there)))
    heads = [MODAL.sub("", _BREAK.split(t)[-1]) for t in (one, two)]
    return max(2.0 * (heads[0] == heads[1]), float(sum(pair in two for pair in set(pairs(one)))))
