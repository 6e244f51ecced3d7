"""Documents made for measuring how the search grows, and never to be taken for policies.

Each is one of the bundled documents with its place, its years and its figures changed, and says so in its file name
and its warnings. The same seed gives the same documents.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count

from corpus.document import Document, Place
from corpus.load import parse, unique_ids
from corpus.normalize import in_script
from corpus.places import register, short_name
from corpus.reading import RawSource

WARNING = "generated for measuring; no policy"
_YEAR = re.compile(r"(?<!\d)20[0-4]\d(?!\d)")
_FIGURE = re.compile(r"(?<![\d.])\d+(?=(?:\.\d+)?\s*(?:元|[万萬]元|[个個]|%|人|家|所|平方米))")
_NUMBER = re.compile(r"(?<=〕)\s*\d+(?=号|號)")


def generated(documents: Sequence[Document], clauses: int, seed: int = 1) -> Iterator[Document]:
    """`documents` as they are, then variants of them in turn until there are at least `clauses` clauses; ids are
    unique. Raises ValueError where no document has a place to change."""
    placed = [document for document in documents if document.place is not None]
    if not placed:
        raise ValueError("no document has a place that could be changed")
    taken = {document.place.path for document in placed if document.place is not None}
    places = [place for place in register() if place.level == "county" and place.path not in taken]
    yield from unique_ids(_counted(documents, placed, places, clauses, random.Random(seed)))  # noqa: S311


def _counted(
    documents: Sequence[Document], placed: Sequence[Document], places: Sequence[Place], clauses: int, chance: random.Random
) -> Iterator[Document]:
    made = 0
    for document in documents:
        made += len(document.clauses)
        yield document
    for number in count(1):
        if made >= clauses:
            return
        document = variant(placed[number % len(placed)], chance.choice(places), number, chance)
        made += len(document.clauses)
        yield document


def variant(document: Document, place: Place, number: int, chance: random.Random) -> Document:
    """`document` read again with its own place written as `place`, all years moved alike and each figure drawn anew
    with as many digits."""
    text = document.source
    if document.place is not None:
        above = document.place.path[:-1]
        names = [(document.place.name, place.name), (short_name(document.place), short_name(place))]
        names += [(old, place.path[0]) for old in above]
        for old, new in names:
            text = text.replace(in_script(old, document.script), in_script(new, document.script))
    years = chance.choice([-5, -4, -3, -2, -1, 1, 2, 3, 4, 5])
    text = _FIGURE.sub(lambda found: _drawn(len(found.group()), chance), text)
    text = _YEAR.sub(lambda found: str(int(found.group()) + years), text)
    text = _NUMBER.sub(lambda found: str(chance.randint(1, 999)), text)
    name = f"generated-{number:07d}-{document.source_file}"
    made = parse(RawSource(name, text, hashlib.sha256(text.encode()).hexdigest()))
    return replace(made, warnings=(*made.warnings, WARNING))


def _drawn(digits: int, chance: random.Random) -> str:
    return str(chance.randint(10 ** (digits - 1), 10**digits - 1))
