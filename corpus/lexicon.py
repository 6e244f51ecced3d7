"""The word lists that rooms share, with their sources: synonyms, and everyday words for policy words; read once."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def synonym_groups() -> tuple[tuple[str, ...], ...]:
    """Groups of words with one meaning, the policy word first (`wordlists/synonyms.tsv`)."""
    text = (files("corpus") / "wordlists" / "synonyms.tsv").read_text(encoding="utf-8")
    return tuple(tuple(line.split("\t")) for line in text.splitlines() if line and not line.startswith("#"))


@cache
def synonyms() -> dict[str, tuple[str, ...]]:
    """For each word the other words of its groups; a word may stand in several groups."""
    found: dict[str, list[str]] = {}
    for group in synonym_groups():
        for word in group:
            found.setdefault(word, []).extend(other for other in group if other != word)
    return {word: tuple(dict.fromkeys(others)) for word, others in found.items()}


@cache
def everyday() -> dict[str, tuple[str, ...]]:
    """For each everyday word the policy words that answer it (`wordlists/everyday.tsv`): 点头 is met by 同意, and not the
    reverse."""
    text = (files("corpus") / "wordlists" / "everyday.tsv").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            policy, *spoken = line.split("\t")
            for word in spoken:
                found.setdefault(word, []).extend(policy.split("、"))
    return {word: tuple(dict.fromkeys(others)) for word, others in found.items()}
