"""Does a clause carry what was asked for? Terms of a question, and how much of them a text supports.

The decision to answer rests on this: on words, years and kinds of figures that stand in the clause, not on how
near two vectors are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from assistant.question import Ask, Question
from corpus.document import Clause, ClauseKind, Document
from corpus.lexicon import everyday, synonyms
from corpus.lines import label_at
from corpus.normalize import normal, normalize
from corpus.quantities import sentences

if TYPE_CHECKING:
    from indexing.lexical import WordCutter

SYNONYM = 0.85  # a synonym stands for a word, but the word itself is better evidence

FULL = 1.4  # weight of the words that a clause need not exceed, however much a question tells
ANCHOR = 0.25  # weight of a word that tells much
PARTS = 0.7  # what a long word counts that stands only in parts
ANCHORED = 0.4  # support of such a word by the clause's own words: 高压 for 高压线
QUOTED = 0.9  # weight of a phrase that the question puts in quotation marks
SELDOM = 0.5  # rarity of a character that is no word of grammar
TALK = 0.2  # what a word weighs that no clause has and that names no topic: 当月, 市里, 忽然
_NO_TOPIC = frozenset("tfsdrcpuyeoz")  # jieba's tags: time, place, adverb, pronoun, conjunction, … and no noun, verb or adjective
# Whose affair it is (我奶奶, 侄子, 邻居), where no clause says the word: everyday names of kin and neighbours.
_PERSONS = frozenset(
    "爷爷 奶奶 外公 外婆 姥姥 姥爷 阿公 阿嬷 阿嬤 阿妈 爸爸 妈妈 爸妈 爹妈 老爸 老妈 我爸 我妈 老公 老婆 老伴 丈夫 妻子 爱人 媳妇 儿子 女儿 闺女 侄子 侄女 外甥 "
    "哥哥 弟弟 姐姐 妹妹 表哥 表弟 表姐 表妹 孙子 孙女 外孙 外孙女 叔叔 伯伯 舅舅 姑姑 姨妈 阿姨 亲戚 邻居 同事 同学 老乡 小姑娘 小伙子 一辈子".split()
)
FLOOR = 0.6  # weight of a storey that a question speaks of
_FLOOR = re.compile(r"(?<!层)[一二三四五六七八九十\d]+(?:楼|层)(?!次|级|面)")
_NO_TERM = re.compile(r"[最更](?:[高多大低少小重轻远近早晚快慢长短]|[上下]面)|[一二两三四五六七八九十百]+[个家]")  # what is looked for, not what it is of
LEFT_OUT = re.compile(r"\(不(?:含|包括|包含|计)[^()]*\)")  # of an amount or a list: (不含膳食费)
_QUOTED = re.compile(r"“([^”\s]{3,16})”")

# Words of talk that stand in questions and tell nothing of their subject; collected from development questions.
_EMPTY = frozenset(
    "这边 那边 这块 那块 这里 那里 我们 咱们 你们 本地 当地 一下 告知 报 列 列出 列出来 想 打算 准备 明年 今年 去年 后年 现在 如今 一共 总共 布置 安排 规划 文件 "
    "政策 方案 规定 条款 原文 写 说 讲 提到 分别 各 每 几种 三种 两种 几类 这类 那类 种 类 样 事 事情 事儿 东西 情况 算 打头 请 请教 领导 文书 科长 主任 朋友 听说 网上 "
    "据说 真的 究竟 到底 全部 所有 都 一个 一家 一些 有关 相关 哪家 单位 部门 牵头 负责 责任 能 会 行 好 吧 呀 嘛 喔 哦 里头 里面 下头 下面 上面 头 时候 年 月 日 数 数字 "
    "多少 几个 要求 执行 落实 目标 任务 工作 项 条 个 名 家 人 大概 左右 至少 最多 最高 最低 标准 额度 金额 钱 元 规划里 文件里 我家 家里 帮 查 找 看 问 想问 知道 了解 "
    "列明 那条 这条 一条 已经 这些 那些 整个 每个 例外 必须 压力 包括 涉及 加强 强化 完善 推进 开展 进行 建立 做好 应该 需要 可以 使用 属于 目前 主要 重点 工具 步骤 "
    "依法 依规 百分之 上限 下限 封顶 做到 达到 数值 程度 几件 事儿 多出 多出来 真假 对错 判断 百分之几 一列 一栏 表里 这话 一句 根据 同样 看 "
    "两个 三个 四个 五个 六个 七个 八个 九个 十个 两家 三家 完成 任务量 一行 还是 位数 年数 总数 门槛 "
    "主体 最少 最多 最大 最小 最高 最低 哪个 "
    "多久 多长 多长时间 时间 几天 最久 最长 什么时候 期间 其中 下来 去哪 去哪儿 哪天 几号 几月 "
    "好处 后果 影响 关系 大小 来定 会怎样 到账 理论 理论上 只有 还能 还会 是从 先要 想要 想在 我想 贡献 没有 没 不同 一样 差别 区别 比较 更高 更低 哪边 谁高 谁低 定得 "
    "每年 每月 一年 一个月 一天 两年 三年 年底 期末 末 底 明天 昨天 当年 十四五 "
    "每人 每户 每位 每名 每家 每孩 每个月 个月 每天 百分点 定为 定在 定成 设为 我问 问的 各定 高出 "
    "按 怎么 如何 为啥 干嘛 咋 啥 哪 谁 归 管 找谁 给不给 能不能 有没有 是不是 行不行 可不可以 回答 介绍 说明 意思 理解 含义 一点 方面".split()
)
_EMPTY_BUT_UNITS = _EMPTY - {"单位"}


@dataclass(frozen=True, slots=True)
class Term:
    """A word the question is about, and how much it tells (rare words tell more), 0 to 1."""

    word: str
    weight: float


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence of a clause: offsets into the clause's text, its normal words, its support for the question."""

    start: int
    end: int
    text: str
    support: float


def terms(
    question: Question, cutter: WordCutter, spread: Callable[[str], float], pair_spread: Callable[[str], float]
) -> tuple[Term, ...]:
    """The terms of a question's subject, each once.

    A term weighs by how seldom general Chinese uses it and by how few clauses of the corpus hold it (`spread`,
    0 everywhere to 1 nowhere): 托育 says little where every clause is about it. Two characters that the dictionary
    cuts apart (普惠) are taken for a word, weighed by how few clauses have them side by side (`pair_spread`). Words
    from the part that does not ask (我是唐家镇的文书，…) weigh less.
    """
    found: dict[str, float] = {}
    # 单位要在几天内申请 tells who must; where units are asked for it tells nothing.
    empty = _EMPTY if question.wants(Ask.LEAD, Ask.UNITS, Ask.RESPONSIBLE) else _EMPTY_BUT_UNITS
    for run, share in _weighted_runs(question):
        words = cutter.plain_words(run)
        for word in words:
            if word in empty or word[0].isdigit() or _NO_TERM.fullmatch(word) or not (len(word) > 1 or word in synonyms()):
                continue
            known = spread(word)
            weight = share * cutter.rarity(word) * (0.15 + 0.85 * known)
            if known >= 1 and (word in _PERSONS or cutter.kind(word)[:1] in _NO_TOPIC):
                weight *= TALK
            found[word] = max(found.get(word, 0.0), weight)
        for pair in _cut_apart(run, words, cutter):
            found.setdefault(pair, share * sum(map(cutter.rarity, pair)) / 2 * (0.15 + 0.85 * pair_spread(pair)))
    if _FLOOR.search(question.normal):
        found["楼层"] = max(found.get("楼层", 0.0), FLOOR)  # 三楼以上: the number itself is no word
    for phrase in _QUOTED.findall(question.normal):
        found[phrase] = QUOTED  # “1+1+1平台”: what is put in quotation marks is meant to the letter
    return tuple(Term(word, weight) for word, weight in found.items())


def _cut_apart(run: str, words: Sequence[str], cutter: WordCutter) -> Iterator[str]:
    """The pairs of neighbouring single characters, none of them of everyday grammar, among the words into which a run is cut;
    each character in one pair."""
    at = 0
    while at + 1 < len(words):
        pair = words[at] + words[at + 1]
        if len(words[at]) == len(words[at + 1]) == 1 and pair in run and min(map(cutter.rarity, pair)) >= SELDOM:
            yield pair
            at += 1
        at += 1


def _weighted_runs(question: Question) -> Iterator[tuple[str, float]]:
    if not question.parts:
        yield question.subject, 1.0
    for subject, asking in question.parts:
        yield subject, 1.0 if asking else 0.45


def context(clause: Clause, document: Document) -> str:
    """What a clause is read with: title, headings above, its own words, its headers."""
    headers = " ".join(dict.fromkeys(cell.header for cell in clause.cells))
    return normal(" ".join((document.title, *clause.breadcrumb, clause.heading or "", headers, clause.text)))


def supports(text: str, word: str) -> float:
    """How far `text` carries `word`: 1 as it stands, SYNONYM by a synonym, less by parts of a long word."""
    if word in text:
        # 营利性 does not stand in 非营利性.
        return 1.0 if f"非{word}" not in text or word in text.replace(f"非{word}", "") else 0.0
    whole, by_part = _ways(word)
    if any(other in text for other in whole):
        return SYNONYM
    if len(word) < 3:
        return 0.0
    # What of a long word the text says by its own characters or by a synonym of a part (托育园 of 托育园区).
    said = [False] * len(word)
    for at in range(len(word) - 1):
        if word[at : at + 2] in text:
            said[at : at + 2] = [True, True]
    for start, end, others in by_part:
        if any(other in text for other in others):
            said[start:end] = [True] * (end - start)
    return PARTS * sum(said) / len(word)


@lru_cache(maxsize=4096)
def _ways(word: str) -> tuple[tuple[str, ...], tuple[tuple[int, int, tuple[str, ...]], ...]]:
    """What stands for a word: its synonyms and the policy words for it; and, by its place, what stands for a part of it."""
    whole = (*synonyms().get(word, ()), *everyday().get(word, ()))
    parts = [
        (start, end, tuple(other for other in synonyms()[word[start:end]] if len(other) > 1))
        for start in range(len(word)) for end in range(start + 2, len(word) + 1)
        if end - start < len(word) and word[start:end] in synonyms()
    ]  # fmt: skip
    return tuple(other for other in whole if len(other) > 1), tuple(parts)


def pairs(text: str) -> list[str]:
    """The pairs of neighbouring characters of a text, in order; none of a text of one character."""
    return [text[i : i + 2] for i in range(len(text) - 1)]


def coverage(asked: Sequence[Term], text: str) -> float:
    """The share of the question's terms that `text` carries, by weight; 1 where nothing was asked for."""
    total = sum(term.weight for term in asked)
    if not total:
        return 1.0
    return sum(term.weight * supports(text, term.word) for term in asked) / total


def told_at_length(asked: Sequence[Term], text: str, own: str) -> float:
    """The coverage of a question told at length (看中的门市挨着加油站，头顶还有高压线): of `FULL` at most, where two words that
    tell much stand in the clause's `own` words, which `text` holds too."""
    anchors = [term for term in asked if term.weight >= ANCHOR and supports(own, term.word) >= ANCHORED]
    share = coverage(asked, text)
    return share * max(1.0, sum(term.weight for term in asked) / FULL) if len(anchors) > 1 else share


def shared_phrase(question: Question, clause: Clause) -> int:
    """The length of the longest run of characters that the question shares with the clause's headings; runs under
    three characters count 0."""
    longest = 0
    for heading in (clause.heading, *clause.breadcrumb):
        words = normal(heading or "")
        for start in range(len(words)):
            end = start + max(3, longest + 1)
            while end <= len(words) and words[start:end] in question.normal:
                longest = end - start
                end += 1
    return longest


def passages(clause: Clause, asked: Sequence[Term]) -> list[Passage]:
    """The sentences of a clause without its label, heading sentence and unit list, each with its support."""
    folded = normalize(clause.text)
    text = folded.text
    body = 0
    if clause.kind is not ClauseKind.ROW:
        label = label_at(text.lstrip())
        body = len(text) - len(text.lstrip()) + label.rest if label else 0
        heading = normal(clause.heading or "")
        if heading and text.startswith(heading, body):
            after = body + len(heading)
            rest = re.match(r"[。:\s|*]*", text[after:])
            after += rest.end() if rest else 0
            if after < len(text):
                body = after
    found: list[Passage] = []
    for start, end in sentences(text[body:]):
        piece = text[body + start : body + end]
        if re.fullmatch(r"\((?:牵头|责任|主办|配合)[^()]*(?:\([^()]*\)[^()]*)*\)[。]?", piece):
            continue
        span = folded.span(body + start, body + end)
        found.append(Passage(span.start, span.end, piece, coverage(asked, piece)))
    return found
