"""The words of a statement between its atoms: its clauses must hold them too, or it speaks of something else."""

from __future__ import annotations

import re

from assistant.atoms import AtomKind
from assistant.hearing import Hearing
from assistant.readings import Passage, pairs_of
from assistant.verdicts import Verdict
from corpus.document import ClauseKind
from corpus.lexicon import synonyms
from corpus.normalize import normal
from corpus.places import short_name

WORDS = 0.7  # share of a statement's pairs of characters that its clauses must hold
FOREIGN = 4  # pairs in a row that no clause holds: words from elsewhere
BARE_WORDS = 0.8  # the same where it has neither figure nor name
PART_WORDS = 0.5  # the same for each stretch between marks
# Words in which an answer frames what a clause says; what they say is checked where it can be.
_FRAMES = re.compile(
    r"(?<![\u4e00-\u9fa5])不?对。(?:文件规定:)?|(?<![\u4e00-\u9fa5])不?在列。|(?<![\u4e00-\u9fa5])不可以。|文件没有区分牵头单位[,。](?:只列出)?|\(按文件规定,责任单位中列第一位的为牵头单位\)|\(所列各行中最[高低多少大小]\)"
    r"|比较结果:|(?:相差|合计|按条款计算|每年):|超过上限,按上限|(?:牵头|作为责任单位|承担)的任务共(?=[\d\s])|(?:牵头|责任|配合|主办|协办|协同|参与|参加|协助|支持)(?:单位|部门):?|牵头|负责|文号:?|印发(?:机关|日期):?"
)
_COUNTED = re.compile(r"共\s*[项个条类]?(?:任务|措施|指标|专栏|条文|部门职责|镇街|街道|乡镇|区县|区|县)?$")
_EQUAL = re.compile(r"^(?:比较结果:)?((?:[\u4e00-\u9fa5]+、)+[\u4e00-\u9fa5]+)相同$")
_HIGHER = re.compile(r"比较结果:(?P<one>[\u4e00-\u9fa5]+?)(?:(?P<than>[高多大低少小])于(?P<other>[\u4e00-\u9fa5]+)|最(?P<most>[高多大长低少小短])(?:,(?P<last>[\u4e00-\u9fa5]+?)最[高多大长低少小短])?)$")
LINKING = re.compile(r"其中|此外|同时|另外|目前|因此|所以|总之|即|例如|具体而言|也就是说|(?:根据|依据|按照?|依照)(?:该|本|上述|相关|有关)?(?:文件|规定|政策|办法|要求|通知|方案)+|据此|文件规定|具体如下|也就是")
_GENERIC = frozenset("的每个家各由为是在对和及与或给予按可能要须应将其了有就都也者之该此等以于从向把被让则但而且并还再又另外到达至共得会补发")


_TIES = frozenset((AtomKind.NUMBER, AtomKind.YEAR, AtomKind.DATE, AtomKind.UNIT, AtomKind.DOCUMENT, AtomKind.CLAUSE))
# Words of telling that a restatement may add.
_TELLING = frozenset("领取 获得 拿到 可以 能够 需要 一共 总共 大约 目前 规定 政策 文件 根据 按照 依据 明确 提出 要求 指出 包括 其中 以及 并且 同时 此外 应当 必须 目标 到底 左右 负责 牵头 具体 有关 相关 方面 情况 主要".split())
_HAN_RUN = re.compile(r"[\u4e00-\u9fa5]{2,}")


class Diction:
    """Judges the wording of one statement."""

    def __init__(self, hearing: Hearing) -> None:
        self._hearing = hearing

    def checked(self) -> tuple[int, int, Verdict]:
        """Whether the words around the atoms are the clause's own: those of the whole and those of each stretch."""
        text = self._hearing.said.text
        compared = self._compared()
        if compared is not None:
            return 0, len(text), compared
        spoken = words_of(self._hearing.said)
        if self._hearing.counted:
            spoken = _COUNTED.sub(lambda m: " " * len(m.group()), spoken)
        printed = {a.key for r in self._hearing.held for a in r.passage.atoms if a.kind is AtomKind.NUMBER}
        if "=" in text and not any(a.key in printed for a in self._hearing.said.atoms if a.kind is AtomKind.NUMBER):
            return 0, len(text), Verdict.UNSUPPORTED  # a sum of figures that no clause prints
        held = [r.near for r in self._hearing.held]
        lacking = self._another_row()
        letters = "".join(r.words for r in self._hearing.held)
        # Where no figure or name ties a statement to its clause its words alone must.
        tied = any(a.kind in _TIES for a in self._hearing.said.atoms)
        total = hit = 0
        for match in re.finditer(r"[^,。;:!?\n]+", spoken):
            if LINKING.fullmatch(match.group().strip()):
                continue
            pairs = [pair for pair in pairs_of(match.group()) if not _GENERIC.intersection(pair)]
            known = [any(pair in one for one in held) for pair in pairs]
            there = sum(known)
            total, hit = total + len(pairs), hit + there
            strange = bool(pairs) and not there
            foreign = "0" * FOREIGN in "".join("01"[one] for one in known)
            foreign = foreign or _foreign_word(match.group(), letters)
            if lacking is None and (strange or foreign or (len(pairs) >= 3 and there < PART_WORDS * len(pairs))):
                lacking = match.span()
        if not held or (total and hit < (WORDS if tied else BARE_WORDS) * total) or lacking is not None:
            start, end = lacking or (0, len(text))
            return start, end, Verdict.UNSUPPORTED
        return 0, len(text), Verdict.SUPPORTED

    def _another_row(self) -> tuple[int, int] | None:
        """The statement, where it cites rows of a table and names none of them."""
        rows = [r.clause for r in self._hearing.held if not self._hearing.counted and r.clause.kind is ClauseKind.ROW and r.clause.heading]
        whole = any(reading.passage.text == normal(reading.clause.text) for _, _, reading, _ in self._hearing.literal)
        if not rows or whole or any(normal(row.heading or "") in self._hearing.said.text for row in rows):
            return None
        return (0, len(self._hearing.said.text))

    def _compared(self) -> Verdict | None:
        """A verdict on 比较结果:A高于B by the figures of the two places, None for any other statement."""
        match = _HIGHER.search(self._hearing.said.text)
        alike = _EQUAL.match(self._hearing.said.text)
        if alike is not None:
            held = [self._values(name) for name in alike.group(1).split("、")]
            return Verdict.SUPPORTED if held[0] and set.intersection(*held) else Verdict.CONTRADICTED
        if match is None:
            return None
        one, last = match.group("one"), match.group("last")
        down = (match.group("than") or match.group("most")) in "低少小短"
        # The highest lies above every other place that is cited, the lowest below; of two, the one above the other.
        ends = [(one, self._places_but(one) if match.group("most") else [match.group("other")], down)]
        ends += [(last, self._places_but(last), not down)] if last else []
        found = {self._beyond(name, rest, below=below) for name, rest, below in ends}
        return next(v for v in (Verdict.CONTRADICTED, Verdict.UNSUPPORTED, Verdict.SUPPORTED) if v in found)

    def _beyond(self, name: str, rest: list[str], *, below: bool) -> Verdict:
        """Whether a place's figures lie above, or below, those of each of the rest, in a unit that they share."""
        pairs = [(self._values(name), self._values(other)) for other in rest]
        if pairs and all(any((a < b if below else a > b) for unit, a in own for held, b in its if unit == held) for own, its in pairs):
            return Verdict.SUPPORTED
        shared = any({unit for unit, _ in own} & {unit for unit, _ in its} for own, its in pairs)
        return Verdict.CONTRADICTED if shared else Verdict.UNSUPPORTED

    def _places_but(self, name: str) -> list[str]:
        """The places of the cited clauses other than one."""
        places = (r.document.place for r in self._hearing.everyone)
        return list(dict.fromkeys(p.name for p in places if p is not None and name not in (p.name, short_name(p))))

    def _values(self, name: str) -> set[tuple[str, float]]:
        """The figures of the cited clauses of a place, with their units."""
        return {
            (held.unit, float(held.key[0]))
            for r in self._hearing.everyone if r.document.place is not None and name in (r.document.place.name, short_name(r.document.place))
            for held in r.passage.atoms if held.kind is AtomKind.NUMBER and len(held.key) == 1
        }  # fmt: skip


def words_of(said: Passage) -> str:
    """A statement's text with its figures, names and frames blanked out, same length."""
    text = said.text
    for atom in said.atoms:
        if atom.kind in (*_TIES, AtomKind.PLACE):
            text = text[: atom.start] + " " * (atom.end - atom.start) + text[atom.end :]
    return _FRAMES.sub(lambda m: " " * len(m.group()), text)


def has_subject(said: Passage) -> bool:
    """Whether a statement says itself what it is about; 由区财政局牵头 and 每家最高45万元 go on with what was said before."""
    return any(a.kind in (AtomKind.CLAUSE, AtomKind.DOCUMENT, AtomKind.PLACE) for a in said.atoms) or sum(
        not _GENERIC.intersection(pair) for pair in pairs_of(words_of(said))
    ) >= 2


def _foreign_word(stretch: str, letters: str) -> bool:
    """Whether a stretch holds a word of which the clauses have neither a character nor a synonym (租金, where they
    speak of prices only)."""
    for run in _HAN_RUN.findall(stretch):
        absent = "".join(c if c not in letters and c not in _GENERIC else " " for c in run)
        for word in absent.split():
            if len(word) >= 2 and word not in _TELLING and not any(other in letters for other in synonyms().get(word, ())):
                return True
    return False
