"""Follow-up questions: what is left unsaid is taken from the questions before, a new topic drops it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.classes import classes_in
from assistant.question import Ask, Question, understand
from corpus.document import Place
from corpus.places import Gazetteer, bearers, mentions, short_name

_ELLIPTIC = re.compile(
    r"^(?:那么?|还有|另外|以及|如果|要是|再问|其中|换成|它|这个|该|这项|这|上面|所以)|呢[?？。!]*$|^(?:谁|由谁|归谁|多少|几|什么时候|哪)"
)
_BACK = re.compile(r"它|(?<![其代])表[里中](?!的?第)|[该此这那](?:张|份)?表|那一[列行栏条款]|上述")  # of something named before
_PARTICLES = re.compile(
    r"换成|换做|那边|这边|那儿|这儿|的话|还有|那么?|呢|的|它|其|这个|该|所以|到底|到了|轮到|先|就(?:行|够|好|可以)|做到|可以|最[久长多少迟晚早高低]|一共|总共|要|才|能|拿|还|再"
)
_YEARS_ON = re.compile(r"(前一年|上一年|前年|头一年)|后面?一年|下一年|第二年|次年|来年")
_SAME_YEAR = re.compile(r"同一?年|那一?年(?!级)")
_BORN = re.compile(r"只?生(?:了|的)?第?([一二两三四])个")  # 那只生一个呢 is 一孩
_ANOTHER = re.compile(r"^那么?([\u4e00-\u9fff]{2,4}?)(?:那边|那里|那儿)?呢[?。!]*$")
_ANY_TOWN = re.compile(r"[各所有哪些几每全这那该本此两多某个的]")  # 各街道, 哪几个镇 name none
_A_YEAR = re.compile(r"(?:19|20)\d\d年?(?:底|度)?")
_NO_TAIL = "到了的是着过得行多少高低"  # ends of words that name nothing
_LONG = 6  # characters; a new subject of so many stands for the earlier one whole
_OPENS = re.compile(r"^(?:那么?|还有|另外|以及|再问)[,]?")
_OWN = 8  # characters of a follow-up's own subject that can stand beside the earlier one
_QUIET = re.compile(r"[吗呢吧]|可以|能否|能不能|要不要")
_EXTREME = re.compile(r"(?:最|更)[高多大低少小]")
MAX_HISTORY = 20  # older questions no longer say what is meant


def resolve(text: str, history: Sequence[str], gazetteer: Gazetteer) -> Question:
    """The question with what it leaves unsaid filled in from `history` (oldest first)."""
    current = understand(text, gazetteer)
    before: Question | None = None
    for earlier in history[-MAX_HISTORY:]:
        if earlier.strip():
            asked = understand(earlier[:2000], gazetteer)
            if asked.attack:
                continue
            before = _joined(asked, before, gazetteer)
    if before is None:
        return current
    return _joined(current, before, gazetteer)


def _joined(current: Question, before: Question | None, gazetteer: Gazetteer) -> Question:
    if before is None:
        return current
    if not current.places and (beside := _beside(current, before)) is not None:
        current = understand(f"那{beside.name}呢?", gazetteer)
    step = _YEARS_ON.search(current.normal)
    if step is not None and before.years and not current.years:
        year = before.years[-1] + (-1 if step.group(1) else 1)  # 那后面一年呢 after 2024年
        current = understand(_YEARS_ON.sub(f"{year}年", current.normal), gazetteer)
    if before.years and not current.years and _SAME_YEAR.search(current.normal):
        current = understand(_SAME_YEAR.sub(f"{before.years[-1]}年", current.normal), gazetteer)
    before, current = _of_class(before, current, gazetteer)
    if _EXTREME.search(current.normal):  # 最低的是哪个 after 最高的是哪个
        before = replace(before, subject=_EXTREME.sub("", before.subject), normal=_EXTREME.sub("", before.normal))
    bare = _PARTICLES.sub(" ", current.subject)
    words = [w for w in bare.split() if len(w) >= 2]
    # 深圳市托育补贴多少钱 is short and says everything: place, subject and what is asked.
    whole_question = bool(current.places and words and set(current.asks) - {Ask.FREE})
    elliptic = bool(_ELLIPTIC.search(current.normal)) or bool(_BACK.search(current.normal)) or (sum(map(len, words)) <= 4 and not whole_question)
    if not elliptic:
        # A question of its own: only the place carries over, and only where it says none.
        if current.places or current.document_number or current.titles or not before.places:
            return current
        return understand(f"{before.places[-1].name}{_town(before, current)}{current.normal}", gazetteer)
    if not words:
        return _of_same_subject(current, before, gazetteer)
    return _of_new_subject(current, before, words, gazetteer)


def _of_same_subject(current: Question, before: Question, gazetteer: Gazetteer) -> Question:
    """2024年呢, 那广州呢, 谁牵头: the earlier question with the new year, place or thing asked."""
    place = "".join(p.name for p in current.places or before.places)
    base = before.normal
    if current.places:
        base = _without_places(before, gazetteer)
    if current.years:
        base = f"{_years(current)}{re.sub(_A_YEAR, '', base)}"
    if current.places:
        base = f"{place}{base}"
    own = set(current.asks) - {Ask.FREE}
    if own and (
        not (current.places or current.years) or current.wants(Ask.LEAD, Ask.UNITS, Ask.RESPONSIBLE, Ask.COMPARE)
    ):
        base = f"{'' if current.years else _years(before)}{place}{before.subject} {current.normal}"
    return understand(base, gazetteer)


def _of_new_subject(current: Question, before: Question, words: Sequence[str], gazetteer: Gazetteer) -> Question:
    """The new question's words with the place and year of the earlier one, and beside what they leave of its subject."""
    place = "" if current.places else "".join(p.name for p in before.places)
    opening = f"{place}{'' if current.years else _years(before)}"
    asks_anew = bool(set(current.asks) - {Ask.FREE})
    asks = current.normal if asks_anew else f"{current.normal} {_asking(before)}"
    if sum(map(len, words)) >= _LONG and current.normal.rstrip("?。!").endswith("呢"):
        return understand(f"{opening}{current.subject}{asks.removesuffix('呢')}", gazetteer)
    subject = _replaced(before.subject, words)
    if not asks_anew or sum(map(len, words)) < _OWN:
        return understand(f"{opening}{subject} {asks}", gazetteer)
    # What has words enough of its own leans on the earlier subject, and is not drowned by it.
    joined = understand(f"{opening}{_QUIET.sub('', subject)},{asks}", gazetteer)
    if _BACK.search(current.normal):
        return joined
    titles = "".join(f"《{title}》" for title in before.titles if not current.titles)
    return replace(joined, alone=understand(f"{place}{titles}{_OPENS.sub('', current.normal)}", gazetteer))


def _town(before: Question, current: Question) -> str:
    """The town that the earlier question names right behind its place, where the new one names none."""
    names = "|".join(re.escape(name) for place in before.places for name in (place.name, short_name(place)))
    found = re.search(rf"(?:{names})([\u4e00-\u9fa5]{{2,3}}?(?:街道|镇|乡))(?![镇街级])", before.normal)
    return found.group(1) if found and not re.search(r"街道|镇|乡", current.normal) and not _ANY_TOWN.search(found.group(1)) else ""


def _years(question: Question) -> str:
    return "、".join(f"{year}年" for year in question.years)


def _beside(current: Question, before: Question) -> Place | None:
    """The place beside the earlier one that 那金山呢 means, though its short name is too common to be read anywhere."""
    named = _ANOTHER.match(current.normal)
    if named is None or not before.places:
        return None
    above = before.places[-1].path[:-1]
    found = (place for rank in ("", *"区县市旗") for place in bearers(named.group(1) + rank) if place.path[:-1] == above)
    return next(found, None)


def _of_class(before: Question, current: Question, gazetteer: Gazetteer) -> tuple[Question, Question]:
    """The earlier question with its class exchanged for another of the kind (攀枝花的一孩呢 after 济南二孩…), and the new
    one without it; both as they are where there is nothing to exchange."""
    text = _BORN.sub(lambda found: f"{found.group(1).replace('两', '二')}孩", current.normal)
    named, held = list(classes_in(text)), list(classes_in(before.normal))
    if len(named) != 1 or len({one.group() for one in held}) != 1 or named[0].group(2) != held[0].group(2):
        return before, current
    rest = understand(text[: named[0].start()] + text[named[0].end() :], gazetteer)
    if sum(map(len, _PARTICLES.sub(" ", rest.subject).split())) > 1:
        return before, current  # it asks something of its own
    return understand(before.normal.replace(held[0].group(), named[0].group()), gazetteer), rest


def _without_places(question: Question, gazetteer: Gazetteer) -> str:
    chars = list(question.normal)
    for mention in mentions(question.normal, gazetteer):
        for at in range(mention.start, mention.end):
            chars[at] = ""
    return "".join(chars)


def _replaced(subject: str, words: Sequence[str]) -> str:
    """The earlier subject without the words that a new one of the same kind replaces (托大班 → 乳儿班)."""
    tails = {word[-1] for word in words if len(word) >= 2 and word[-1] not in _NO_TAIL}
    kept = [piece for piece in subject.split() if not (len(piece) <= 5 and piece[-1] in tails)]
    text = " ".join(kept)
    if any(re.search(r"(?:镇|街道|乡|区|县)$", word) for word in words):
        text = re.sub(r"[\u4e00-\u9fa5]{2,4}?(?:街道|镇|乡)", "", text)  # another row of the same table
    for word in words:
        if len(word) >= 2:
            text = (
                re.sub(rf"[\u4e00-\u9fa5]{{{len(word) - 1}}}{re.escape(word[-1])}", "", text, count=1)
                if len(word) == 3
                else text
            )
    return text


def _asking(question: Question) -> str:
    """The words in which the earlier question asked, its subject left out."""
    found = re.search(
        r"(?:要|应|能|可以|会)?(?:达到|补|奖|给|拿)?(?:多少[^,。?]{0,4}|几[^,。?]{0,3}|谁牵头|谁负责|什么条件|哪些[^,。?]{0,6})[?]?$",
        question.normal,
    )
    return found.group() if found else ""
