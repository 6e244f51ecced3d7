"""Short forms in a question: written out where one title explains them, left alone everywhere else."""

from __future__ import annotations

import pytest

from assistant.abbreviations import LONGEST, Abbreviations
from assistant.documents import Documents
from corpus.load import parse
from corpus.reading import RawSource
from indexing.lexical import LexicalIndex, WordCutter

TITLES = ["老年农民福利津贴暂行条例", "学前生活照料办法", "特色教学基地办法"]
TEXTS = ("老年农民每月领取福利津贴", "特教津贴由教育局发放", "社会保险费由单位缴纳") * 3


def called(*titles: str) -> Documents:
    """Documents of these titles."""
    return Documents({title: parse(RawSource(f"{title}.txt", f"{title}\n一、总则。为发放津贴，制定本规定。\n", "0" * 64)) for title in titles})


@pytest.fixture(scope="module")
def short() -> Abbreviations:
    """The short forms of three titles, over a few lines of policy."""
    return Abbreviations(LexicalIndex.from_texts(TEXTS, WordCutter(())), called(*TITLES))


@pytest.mark.parametrize(
    ("asked", "read", "changes"),
    [
        ("老农津贴每月多少？", "老年农民津贴每月多少？", [("老农", "老年农民")]),
        ("老農津貼每個月多少", "老年農民津貼每個月多少", [("老農", "老年農民")]),
        ("老年农民津贴多少", "老年农民津贴多少", []),
        ("学生补多少", "学生补多少", []),  # an ordinary word, and no short form of 学前生活
        ("特教津贴多少", "特教津贴多少", []),  # the corpus uses it as it is
        ("幼教津贴多少", "幼教津贴多少", []),  # no title explains it
    ],
)
def test_a_short_form_is_read_as_the_title_writes_it(
    short: Abbreviations, asked: str, read: str, changes: list[tuple[str, str]]
) -> None:
    """Only a rare word that no passage has and that one pair of words of the titles shortens to; in either script."""
    written = short.read(asked)
    assert written.text == read
    assert [(change.typed, change.read) for change in written.changes] == changes


def test_a_short_form_of_several_stays(short: Abbreviations) -> None:
    """老农 may be 老年农民 or 老城农业: it is not guessed which; and what is pasted is not read at all."""
    several = Abbreviations(LexicalIndex.from_texts(TEXTS, WordCutter(())), called(*TITLES, "老城农业办法"))
    assert several.read("老农津贴多少").changes == ()
    assert short.read("老农" + "好" * LONGEST).changes == ()
