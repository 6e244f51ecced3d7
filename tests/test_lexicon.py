"""The word lists: synonyms stand for each other, everyday words are met by policy words and never the reverse."""

from __future__ import annotations

from importlib.resources import files

import pytest

from assistant.evidence import SYNONYM, supports
from assistant.scoring import expansion
from corpus.lexicon import everyday, synonyms


@pytest.fixture(scope="module")
def lines() -> list[str]:
    """The lines of the list of everyday words."""
    return (files("corpus") / "wordlists" / "everyday.tsv").read_text(encoding="utf-8").splitlines()


def test_the_list_of_everyday_words_is_well_formed(lines: list[str]) -> None:
    """Policy words and at least one everyday word a line, no cell empty or padded, none twice; the source in front."""
    assert lines[0].startswith("#") and any(line.startswith("# Source") for line in lines)
    for line in lines:
        if line.startswith("#"):
            continue
        policy, *spoken = line.split("\t")
        words = [*policy.split("、"), *spoken]
        assert spoken and all(word and word == word.strip() for word in words), line
        assert len(set(spoken)) == len(spoken), line


def test_every_line_is_read(lines: list[str]) -> None:
    """Each everyday word leads to all policy words of all its lines, and to nothing else."""
    found: dict[str, set[str]] = {}
    for line in lines:
        if line and not line.startswith("#"):
            policy, *spoken = line.split("\t")
            for word in spoken:
                found.setdefault(word, set()).update(policy.split("、"))
    assert {word: set(others) for word, others in everyday().items()} == found
    assert all(len(set(others)) == len(others) for others in everyday().values())


@pytest.mark.parametrize(("text", "word"), [("须经全体业主同意", "点头"), ("屋面防水改造", "楼顶"), ("配偶可以申请", "老伴")])
def test_an_everyday_word_is_met_by_the_policy_word_and_not_the_reverse(text: str, word: str) -> None:
    """点头 is met by a clause's 同意 as by a synonym; 同意 is not met by 点头, nor led to it."""
    policy = next(other for other in everyday()[word] if other in text)
    assert supports(text, word) == SYNONYM
    assert policy in expansion(f"这事要{word}吗").split()
    assert word not in synonyms().get(policy, ()) and word not in everyday().get(policy, ())
    assert supports(text.replace(policy, word), policy) == 0.0
    assert word not in expansion(f"这事要{policy}吗").split()


def test_synonyms_stand_for_each_other() -> None:
    """Of two words of one group each is met by the other."""
    for word, others in synonyms().items():
        assert others and word not in others
        assert all(word in synonyms()[other] for other in others)
