"""From clauses to the passages that are searched: never across a clause, each with its breadcrumb."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from corpus.document import Clause, ClauseKind, Document
from corpus.normalize import normal, regional
from corpus.quantities import sentences

MAX_CHARACTERS = 220  # about 150 tokens of multilingual-e5: one or two thoughts


@dataclass(frozen=True, slots=True)
class Segment:
    """A passage of one clause. `text` is normal text with its breadcrumb, for matching and never for quoting; `also`
    holds the mainland's words for what a Traditional document says otherwise."""

    clause_id: str
    text: str
    also: str = ""

    @property
    def digest(self) -> str:
        """Names the words: equal text has an equal vector."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:32]


def segments(documents: Iterable[Document]) -> Iterator[Segment]:
    """The segments of all clauses, in the order of the documents."""
    for document in documents:
        for clause in document.clauses:
            if clause.kind is ClauseKind.HEAD:
                continue  # its words are in every row
            yield from clause_segments(document, clause)


def clause_segments(document: Document, clause: Clause) -> Iterator[Segment]:
    """The segments of one clause: whole where short, else cut between sentences.

    A table row is spelled out with its headers (田家街道：2024年 年度千人口托位数 328), because its bare words
    (`328`) say nothing.
    """
    crumb = " › ".join(filter(None, (document.title, *clause.breadcrumb, clause.heading)))
    body = spoken_row(clause) if clause.kind is ClauseKind.ROW else clause.text
    for piece in pieces(normal(body)):
        also = regional(piece) if document.script == "hant" else ""
        yield Segment(clause.clause_id, f"{normal(crumb)}\n{piece}", also)


def spoken_row(clause: Clause) -> str:
    """A table row in words, each cell behind its header."""
    return ";".join(f"{cell.header}:{cell.text}" if cell.header else cell.text for cell in clause.cells)


def pieces(text: str) -> Iterator[str]:
    """Normal text in pieces of at most `MAX_CHARACTERS` where its sentences allow, in order."""
    if len(text) <= MAX_CHARACTERS:
        yield text
        return
    piece = ""
    for start, end in sentences(text):
        sentence = text[start:end]
        if piece and len(piece) + len(sentence) > MAX_CHARACTERS:
            yield piece
            piece = ""
        piece += sentence
    if piece:
        yield piece
