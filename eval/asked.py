"""True and false statements put as questions (…，对吗？): what is false must never be called right.

The statements are those of `eval.verifier`, over any corpus; the verdict is read from the answer as a person reads it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from assistant.assistant import Assistant
from corpus.document import Clause
from eval.verifier import KINDS, Case, Mutator, sentence_cases

_LONGEST = 120  # characters; nobody asks after more in one breath
_VERDICT = re.compile(r"^(?:[^：:]{2,12}[：:])?(?P<said>对|對|不对|不對|不可以|在列|不在列)。", re.MULTILINE)
_SHOWN = 5
# Nouns of policy and the words that make them narrower, in the normal text.
_NOUNS = "托育机构 托位 幼儿园 婴幼儿 家庭 儿童 人员 职工 企业 老年人 残疾人 照护".split()
_NARROWING = "夜间 男性 双胞胎 农村 公办 民办 营利性 免费 临时 成年".split()


@dataclass(frozen=True, slots=True)
class Tally:
    """Of one kind of statement: how many were asked, called right and called wrong, and some that were judged amiss."""

    kind: str
    asked: int
    right: int
    wrong: int
    amiss: tuple[tuple[str, str], ...]  # the question and the answer


def statements_asked(clauses: Iterable[Clause]) -> list[Case]:
    """The sentences of the clauses that state something and are short enough to be asked after, in their order."""
    return [case for case in sentence_cases(clauses) if len(case.text) <= _LONGEST and "\n" not in case.text and case.text[0] not in "(（"]


def tallied(
    assistant: Assistant, cases: Sequence[Case], mutator: Mutator, progress: Callable[[int, int], None] | None = None
) -> list[Tally]:
    """Every statement asked as it is (`true`), and with each change that makes it false but a clause's neighbour, which is
    true somewhere, then with a word that makes it narrower; what is amiss is a true one called wrong, a false one called
    right."""
    asked: dict[str, list[tuple[str, str, str]]] = {"true": []}
    for done, case in enumerate(cases, 1):
        changed = [(m.kind, m.case.text) for m in mutator.mutations(case) if m.kind != KINDS[-1]]
        narrow = narrowed(case.text, mutator.source_of(case), done)
        for kind, text in (("true", case.text), *changed, *((("narrower", narrow),) if narrow else ())):
            question = f"{_place(assistant, case, text)}{text.rstrip('。;；,，')}，对吗？"
            answer = assistant.ask(question).answer
            asked.setdefault(kind, []).append((question, answer, verdict(answer)))
        if progress is not None:
            progress(done, len(cases))
    return [_tally(kind, told) for kind, told in asked.items()]


def narrowed(text: str, source: str, number: int) -> str | None:
    """The statement with a word before one of its nouns that the document nowhere has (夜间托育机构); None where it has no
    such noun. Word and noun go round with `number`."""
    spots = sorted({found.start() for noun in _NOUNS for found in re.finditer(noun, text)})
    words = [word for word in _NARROWING if word not in source]
    if not spots or not words:
        return None
    at, word = spots[number % len(spots)], words[number % len(words)]
    return text[:at] + word + text[at:]


def verdict(answer: str) -> str:
    """`right` or `wrong` where an answer opens a line with a verdict, else empty."""
    found = _VERDICT.search(answer)
    if found is None:
        return ""
    return "wrong" if found.group("said").startswith("不") else "right"


def _tally(kind: str, told: Sequence[tuple[str, str, str]]) -> Tally:
    amiss = "wrong" if kind == "true" else "right"
    return Tally(
        kind, len(told), sum(said == "right" for _, _, said in told), sum(said == "wrong" for _, _, said in told),
        tuple((question, answer) for question, answer, said in told if said == amiss),
    )  # fmt: skip


def _place(assistant: Assistant, case: Case, text: str) -> str:
    place = assistant.summary(case.clauses[0].document_id).document.place
    return "" if place is None or place.name in text else place.name


def affirmed(tallies: Sequence[Tally]) -> int:
    """How many false statements were called right."""
    return sum(tally.right for tally in tallies if tally.kind != "true")


def table(tallies: Sequence[Tally]) -> Iterator[str]:
    """The tallies as lines, then what was judged amiss, some of each kind."""
    yield f"{'statement':<24}{'asked':>7}{'right':>7}{'wrong':>7}{'no verdict':>12}"
    for one in tallies:
        yield f"{one.kind:<24}{one.asked:>7}{one.right:>7}{one.wrong:>7}{one.asked - one.right - one.wrong:>12}"
    false = [one for one in tallies if one.kind != "true"]
    yield f"false statements called right: {affirmed(tallies)} of {sum(one.asked for one in false)}"
    for one in tallies:
        for question, answer in one.amiss[:_SHOWN]:
            yield f"  amiss, {one.kind}: {question} => {' / '.join(answer.split(chr(10)))[:160]}"
