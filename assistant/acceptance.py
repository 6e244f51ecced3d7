"""Which of a model's statements may go out: those that say what their source says, in its words and its order.

The verifier finds 99 of 100 false statements, which is enough for a warning and not for a promise. So a model's
statement must pass a second, blunt rule before it. It is read against one source text (the statement that it
rewrites, or one sentence of the clause that it cites), and each of its characters must be accounted for: it stands in
the source in that order, or belongs to a short list of phrases that say nothing (根据规定, 同时). What the source says
may only be left out where it is a stretch between commas that tells of an aim (促进…, 营造…), in a sentence without
figures, itself without any name, place, negation, condition or comparison. Figures are compared as values (45万元 is
450000元), everything else as written. Being too strict costs a smoother sentence; being too lax costs somebody money.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from assistant.atoms import Atom, AtomKind, atoms_in
from assistant.verification import Verifier
from corpus.document import Clause, ClauseKind, Document
from corpus.lines import LABEL
from corpus.normalize import normal
from corpus.places import short_name

MOST = 1200  # characters of a statement
_PLAIN = re.compile(r"[\u4e00-\u9fff\u3400-\u4dbf\U00020000-\U0002ffffA-Za-z0-9０-９ \u3000,.;:!?%/()\[\]'\"+=~＝—…·、。，；：！？％（）“”‘’《》〈〉〔〕【】\-－～×÷〇○㎡]*")
_BREAK = re.compile(r"(?:[,;:!?。()\s]|(?<!\d)\.|\.(?!\d))+")
_MARK = "|"  # a mark, as texts are compared: it may be left out, and never be put where the source has none
_STOP = re.compile(r"(?<=[。!?])|\n")
_ITEM = re.compile(r"(?<=;)")
_FRAMES = (
    "根据规定", "按照规定", "依据规定", "按规定", "根据文件规定", "按照文件规定", "根据文件", "按照文件", "根据政策", "按照政策", "根据上述规定", "根据该文件", "文件规定", "同时", "此外", "另外", "具体来说",
    "具体而言", "总的来说", "并且", "首先", "其次", "再次", "最后",
)  # fmt: skip
# A number before a sentence; never the first of two (一、二类机构, 1、2级).
_NUMBERED = re.compile(rf"(?:^|(?<=[\n。]))\s*(?:{LABEL.pattern})\s*(?=[\u4e00-\u9fa5“《])(?![〇一二三四五六七八九十百两])")
_ITEM_NUMBER = re.compile(r"(?<=[:;])\s*\((?:[一二三四五六七八九十]{1,3}|\d{1,2})\)")
# Where such a list opens, what follows to the end of the clause hangs on its head.
_LIST_HEAD = re.compile(r"[^。\n]*(?:下列|以下|如下)[^。]*:")
# What has no meaning of its own, or the same as another: left out of both texts before they are compared.
_EMPTY = re.compile(r"[的“”‘’'\"\s]")
_EMPHASIS = re.compile(r"积极|大力|进一步|切实|着力")  # may be left out, and never put in
# Who does it, without what: it needs the clause's heading before it.
_UNITS_ALONE = re.compile(r"[(\s]*(?:牵头|责任|配合|主办|协办|参与)(?:单位|部门)")
# A sentence that points back at one before it cannot stand alone.
_HANGING = re.compile(r"(?:其中|上述|前[款项述]|以上|该|此|其(?!他)|否则|但|对此|因此|同样)")
_AND = re.compile(r"以及|[和及与]")
# What opens a stretch that tells of an aim only (促进…, 营造…).
_AIM = re.compile(r"(?:积极|大力|进一步|切实|着力)?(?:加强|完善|健全|推动|推进|促进|提升|提高|优化|营造|强化|深化|激发|带动|助力)")
# Words that make a stretch a condition, a limit or a relation: such a stretch is never left out.
_WEIGHTY = re.compile(
    r"[不未无非免除禁严停废取暂拒仅只但若如凡须应可能得经由为是达至超每各均全总最第前后内外起止上下多少高低大小半倍余]|的$|者$|之一|左右|条件|符合|满足|具备|对象|属于|标准|单位|部门|同时|情形|范围|以[上下内外前后]|期间"
)
# A list of which every item has to be met or handed in: with one left out it says less than is asked.
_ALL_ASKED = re.compile(r"条件|符合|满足|具备|同时|必须|[应须需]|提交|提供|材料|资格|要求|以[上下]各")
_LABELLED = re.compile(r"标准[为是](?=⟦)")
_PER = re.compile(r"每(?:一)?个?(?P<per>[\u4e00-\u9fa5]{1,3}?)(?P<verb>给予|补助|补贴|奖补|奖励)?(?P<money>⟦[^⟧]*⟧元)(?!/)")
_LEADS = re.compile(r"^由?(?P<units>[\u4e00-\u9fa5、]{3,120}?)(?:共同)?(?:负责)?牵头(?:负责)?$")
_WRITTEN_NUMBER = re.compile(r"(?:百分之[零〇一二三四五六七八九十百千两点]+|[\d,.]+(?:\s*[-~至到]\s*[\d,.]+)?|[零〇一二三四五六七八九十百千两点]+)\s?")
_SCALE = re.compile(r"(?:千万|百万|十万|万亿|千亿|百亿|[万亿千百])+")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_COMMON = frozenset("".join(_FRAMES)) | set("的每一个由牵头负责单位共同为是百分之零〇一二三四五六七八九十千万亿两点元")
_LIST_KINDS = (ClauseKind.ROW, ClauseKind.HEAD)


class Refusal(StrEnum):
    """Why a model's statement may not go out."""

    CHARACTERS = "characters"  # holds something that is no plain text, or too much of it
    WORDS = "words"  # does not follow its source word for word
    ATOMS = "atoms"  # the verifier does not support it
    SOURCE = "source"  # cites nothing, or what it was not given


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of a source between two marks, in each way that it may be said; `loose` may be left out."""

    texts: tuple[str, ...]
    loose: bool


class Acceptance:
    """Decides over the statements of a model, with the verifier of the corpus."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier

    def of_polished(
        self, text: str, said: str, cited: Sequence[tuple[Clause, Document]], allowed: Iterable[str] = ()
    ) -> Refusal | None:
        """Why `text` may not stand in place of the verified statement `said`; None where it may."""
        if not _plain(text):
            return Refusal.CHARACTERS
        if _strange(text, said, ()) or not any(_follows(self._squeezed(text), way, ()) for way in self._whole(said)):
            return Refusal.WORDS
        return None if self._verifier.check(text, cited, allowed).supported else Refusal.ATOMS

    def of_composed(self, text: str, cited: Sequence[tuple[Clause, Document]]) -> Refusal | None:
        """Why `text`, written from the clauses `cited`, may not go out; None where each of its sentences follows one
        sentence of one of them, and each of them is followed by a sentence."""
        if not cited:
            return Refusal.SOURCE
        if not _plain(text):
            return Refusal.CHARACTERS
        used: set[str] = set()
        for sentence in filter(None, map(str.strip, _STOP.split(normal(text)))):
            followed = next((c.clause_id for c, d in cited if self._rests_on(sentence, c, d)), None)
            if followed is None:
                return Refusal.WORDS
            used.add(followed)
        if len(used) < len({clause.clause_id for clause, _ in cited}):
            return Refusal.SOURCE
        return None if self._verifier.check(text, cited).supported else Refusal.ATOMS

    def _rests_on(self, sentence: str, clause: Clause, document: Document) -> bool:
        """Whether a sentence follows one of a clause."""
        if clause.kind in _LIST_KINDS:
            return False
        said = self._squeezed(sentence)
        before = list(_openings(clause, document))
        headed = bool(clause.heading) and self._squeezed(clause.heading or "") in said
        opening = tuple(self._squeezed(one) for one in before)
        return any(
            not _strange(sentence, source, before) and any(_follows(said, way, opening) for way in self._ways(source))
            for source in _sentences(normal(clause.text))
            if not _HANGING.match(source) and (headed or not _UNITS_ALONE.match(source))
        )  # fmt: skip

    def _whole(self, text: str) -> Iterator[list[Stretch]]:
        """All stretches of a text, with its number and without."""
        for written in dict.fromkeys((normal(text), _unnumbered(normal(text)))):
            yield [stretch for item in self._listed(written) for stretch in item]

    def _ways(self, sentence: str) -> Iterator[list[Stretch]]:
        """A sentence whole, and without the last items of its list (…；…；…) where they deny or except nothing; never
        without the first, which says what the list is of, and never where all of them are asked for (符合以下条件:…)."""
        yield from self._whole(sentence)
        items = self._listed(_unnumbered(sentence))
        if _ALL_ASKED.search(_ITEM.split(normal(sentence))[0]):
            return
        for last in range(1, len(items)):
            if not any(re.search(r"[不未无非免除禁但]", stretch.texts[0]) for item in items[last:] for stretch in item):
                yield [stretch for item in items[:last] for stretch in item]

    def _listed(self, text: str) -> list[list[Stretch]]:
        """The stretches of each item. Where a figure stands none is loose: a figure goes out with all its conditions."""
        canonical = self._canonical(text)
        return [self._stretches(item, loose="⟦" not in canonical) for item in _ITEM.split(canonical) if item.strip()]

    def _canonical(self, text: str) -> str:
        """A normal text with its figures as values in ⟦⟧, units as written, so that 45万元 and 450000元 are one."""
        text = normal(text)
        for atom in reversed(atoms_in(text)):
            if atom.kind is AtomKind.NUMBER and atom.key[0] != "ratio":
                text = text[: atom.start] + _valued(text[atom.start : atom.end], atom) + text[atom.end :]
        return text

    def _stretches(self, item: str, *, loose: bool) -> list[Stretch]:
        """The stretches of one item; the first is never loose, for it says what the rest is about."""
        found: list[Stretch] = []
        for piece in _BREAK.split(item):
            words = _bare(piece)
            if words:
                free = loose and bool(found) and _AIM.match(piece) is not None and not self._atoms(piece) and not _WEIGHTY.search(_AIM.sub("", piece, count=1))
                found.append(Stretch(tuple(dict.fromkeys((words, _bare(_EMPHASIS.sub("", piece))))), free))
        return found

    def _atoms(self, text: str) -> list[Atom]:
        return atoms_in(text, self._verifier.finds_units)

    def _squeezed(self, text: str) -> str:
        """A text as it is compared, `|` where a mark stands."""
        return _MARK.join(filter(None, map(_bare, _BREAK.split(self._canonical(text)))))


def _plain(text: str) -> bool:
    """Whether a text can be read in only one way: no marks that hide, turn around or strike out."""
    return len(text) <= MOST and _PLAIN.fullmatch(text) is not None and unicodedata.is_normalized("NFC", text)


def _unnumbered(text: str) -> str:
    return _ITEM_NUMBER.sub("", _NUMBERED.sub("", text))


def _sentences(text: str) -> list[str]:
    """The sentences of a clause; a line that ends with a colon, a comma or a semicolon goes on in the next, and what
    follows the head of a list (有下列情形之一的,不予补助:) is one with it."""
    joined = re.sub(r"(?<=[:,;、])\s*\n\s*", "", text)
    head = _LIST_HEAD.search(joined)
    if head is not None:
        listed = re.sub(r"[。\n]+(?=.)", ";", joined[head.start() :], flags=re.DOTALL)
        joined = f"{joined[: head.start()]}\n{listed}"
    return [piece.strip() for piece in _STOP.split(joined) if piece.strip()]


def _openings(clause: Clause, document: Document) -> Iterator[str]:
    """What may be said before a sentence of a clause: where and in which document it stands, its heading."""
    if document.place is not None:
        yield from {document.place.name, short_name(document.place), "".join(document.place.path)}
    yield from (f"{lead}《{document.title}》" for lead in ("", "根据", "按照"))
    if clause.heading:
        yield clause.heading


def _strange(text: str, source: str, openings: Iterable[str]) -> bool:
    """Whether a text has a Chinese character that its source does not have and that says something."""
    known = set(normal(source)).union(*map(normal, openings))
    return any(c not in known and c not in _COMMON for c in _HAN.findall(normal(text)))


def _valued(written: str, atom: Atom) -> str:
    """`⟦450000⟧元` for 45万元: the value with the unit as it is written behind it."""
    number = _WRITTEN_NUMBER.match(written)
    if number is None:
        return written
    rest = written[number.end() :]
    if written.startswith("百分之"):
        rest = "%" + rest
    value = float(atom.key[0])
    try:
        scaled = float(number.group().strip().replace(",", "")) != value
    except ValueError:
        scaled = True  # a span, or Chinese numerals
    scale = _SCALE.match(rest) if scaled else None
    rest = rest[scale.end() :] if scale is not None else rest
    return f"⟦{'~'.join(repr(float(key)) for key in atom.key)}⟧{rest}"


def _bare(piece: str) -> str:
    """A stretch as it is compared: no empty words, one way to say who leads and per what."""
    bare = _AND.sub("、", _EMPTY.sub("", piece))
    led = _LEADS.match(bare)
    if led is not None:
        bare = f"牵头单位{led.group('units')}"
    bare = _PER.sub(lambda m: f"{m.group('verb') or ''}{m.group('money')}/{m.group('per')}", _LABELLED.sub("", bare))
    return re.sub(r"(?<=单位)[为是](?=[\u4e00-\u9fa5])", "", bare)


def _follows(said: str, source: Sequence[Stretch], openings: Sequence[str]) -> bool:
    """Whether `said` is the stretches of `source` in order, loose ones left out at will, with nothing between them
    but phrases that say nothing; `openings` may stand before the first."""
    if not said or not source:
        return False
    at = _framed({0}, said)
    for _ in range(2):  # 渝北区:实施开园奖补政策:…
        at = _framed(at | {p + len(o) for p in at for o in openings if o and said.startswith(o, p)}, said)
    taken = False
    for stretch in source:
        there = {p + len(text) for p in at for text in stretch.texts if text and said.startswith(text, p)}
        taken = taken or bool(there)
        at = _framed(there | at if stretch.loose else there, said)
        if not at:
            return False
    return taken and len(said) in at


def _framed(at: set[int], said: str) -> set[int]:
    """The places in `said` that can be reached from `at` over marks and phrases that say nothing."""
    reached = set(at)
    waiting = list(at)
    while waiting:
        place = waiting.pop()
        for frame in (_MARK, *_FRAMES):
            if said.startswith(frame, place) and place + len(frame) not in reached:
                reached.add(place + len(frame))
                waiting.append(place + len(frame))
    return reached
