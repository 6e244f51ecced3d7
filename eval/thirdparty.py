"""Sets that others made, given by path: SQuAD-format files (DRCD, CMRC2018) and corpus/queries JSONL.

None of their data is in the project. They measure the search leg by leg, and where answers are given, how often
the best sentence of the first passage holds one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.evidence import pairs
from corpus.errors import SourceError
from corpus.normalize import normal
from corpus.quantities import sentences
from eval.measures import Measure, mean, retrieval, squeezed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from assistant.question import Question
    from assistant.scoring import Scorer
    from indexing.embedding import Encoder

LEGS = ("words", "bigrams", "vectors")
_DEPTH = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of such a set: the passages that hold its answer, and the answers where they are given."""

    question_id: str
    question: str
    positive: tuple[str, ...]
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passages:
    """A corpus of passages by id, and the questions over it."""

    texts: dict[str, str]
    questions: tuple[Asked, ...]


def read_squad(path: Path) -> Passages:
    """A SQuAD-format file; a paragraph's id is `id` where it has one, else its place. Raises SourceError."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))["data"]
        texts: dict[str, str] = {}
        questions: list[Asked] = []
        for i, article in enumerate(data):
            for j, paragraph in enumerate(article["paragraphs"]):
                passage_id = str(paragraph.get("id", f"{i}-{j}"))
                texts[passage_id] = str(paragraph["context"])
                for asked in paragraph["qas"]:
                    answers = tuple(str(answer["text"]) for answer in asked.get("answers", ()))
                    questions.append(Asked(str(asked["id"]), str(asked["question"]), (passage_id,), answers))
    except OSError as error:
        raise SourceError(f"{str(path)!r} cannot be read ({error.strerror}); check the path") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SourceError(f"{path.name} is no SQuAD-format file (at {error}); give one with data/paragraphs/qas") from error
    return _held(Passages(texts, tuple(questions)), path.name)


def read_jsonl(corpus: Path, queries: Path) -> Passages:
    """A corpus of `{id, text}` and queries of `{id, text, positive_ids, answers?}`. Raises SourceError naming the
    line."""
    texts = {str(row["id"]): str(row["text"]) for row in _rows(corpus, ("id", "text"))}
    questions = tuple(
        Asked(str(row["id"]), str(row["text"]), tuple(map(str, row["positive_ids"])), tuple(map(str, row.get("answers") or ())))
        for row in _rows(queries, ("id", "text", "positive_ids"))
    )
    return _held(Passages(texts, questions), queries.name)


def _rows(path: Path, keys: Sequence[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise SourceError(f"{str(path)!r} cannot be read ({error.strerror}); check the path") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            missing = [key for key in keys if key not in row]
        except (ValueError, TypeError) as error:
            raise SourceError(f"{path.name} line {number} is no JSON object; mend the line") from error
        if missing:
            raise SourceError(f"{path.name} line {number} lacks {', '.join(missing)}; mend the line")
        found.append(row)
    return found


def _held(passages: Passages, name: str) -> Passages:
    if not passages.texts or not passages.questions:
        raise SourceError(f"{name} holds no passages or no questions; give a set with both")
    unknown = next((q for q in passages.questions if not set(q.positive) <= passages.texts.keys()), None)
    if unknown is not None:
        raise SourceError(f"{name}: question {unknown.question_id!r} names a passage that is not in the corpus")
    return passages


@dataclass(frozen=True, slots=True)
class Searched:
    """Passages made ready to be searched: the scorer over their segments, and the passage each segment is of."""

    scorer: Scorer
    owners: tuple[str, ...]


def index(passages: Passages, encoder: Encoder, progress: Callable[[int, int], None] | None = None) -> Searched:
    """The passages, cut into segments as clauses are, encoded by `encoder` and indexed.

    `progress` is called with the segments done and all there are: a long passage is more than one.
    """
    from assistant.scoring import Scorer
    from indexing.dense import DenseIndex
    from indexing.lexical import LexicalIndex, WordCutter
    from indexing.segments import pieces

    cut = [(passage_id, piece) for passage_id, text in passages.texts.items() for piece in pieces(normal(text))]
    texts = [piece for _, piece in cut]
    done = 0

    def step(count: int) -> None:
        nonlocal done
        done += count
        if progress is not None:
            progress(done, len(texts))

    dense = DenseIndex.from_vectors(encoder.encode_passages(texts, step))
    lexical = LexicalIndex.from_texts(texts, WordCutter())
    return Searched(Scorer(dense, lexical, encoder), tuple(passage_id for passage_id, _ in cut))


def measured(
    passages: Passages, searched: Searched, progress: Callable[[int, int], None] | None = None
) -> dict[str, dict[str, Measure]]:
    """The measures of each leg and of all fused; with answers, `extractive` of the fused one.

    Extractive answers count as right where the sentence of the first passage that shares most with the question
    holds one of the answers.
    """
    from assistant.question import understand

    values: dict[str, dict[str, list[float]]] = {leg: {} for leg in (*LEGS, "fused")}
    for number, asked in enumerate(passages.questions, 1):
        question = understand(asked.question)
        scored = searched.scorer.scored(question)
        scores = {**dict(zip(LEGS, scored.legs, strict=True)), "fused": scored.scores}
        for leg, found in scores.items():
            ranked = _best(searched, scored.positions, found, _DEPTH)
            for name, value in retrieval(ranked, asked.positive).items():
                values[leg].setdefault(name, []).append(value)
            if leg == "fused" and asked.answers:
                sentence = squeezed(best_sentence(asked.question, passages.texts[ranked[0]]))
                right = any(squeezed(answer) in sentence for answer in asked.answers)
                values[leg].setdefault("extractive", []).append(float(right))
        if progress is not None:
            progress(number, len(passages.questions))
    return {leg: {name: mean(name, held) for name, held in of.items()} for leg, of in values.items()}


def best_passages(searched: Searched, question: Question, k: int) -> list[str]:
    """The ids of the `k` best passages, by their best segment."""
    scored = searched.scorer.scored(question)
    return _best(searched, scored.positions, scored.scores, k)


def _best(searched: Searched, positions: NDArray[np.int64], scores: NDArray[np.float32], k: int) -> list[str]:
    """The same by these scores of the segments at `positions`."""
    found: dict[str, None] = {}
    for at in positions[scores.argsort(kind="stable")[::-1]]:
        found.setdefault(searched.owners[at])
        if len(found) == k:
            break
    return list(found)


def best_sentence(question: str, text: str) -> str:
    """The sentence of a text that shares most character pairs with a question; the first of equals."""
    asked = _pairs(normal(question))
    folded = normal(text)
    spans = sentences(folded)
    if not spans:
        return folded
    return max((folded[a:b] for a, b in spans), key=lambda words: len(asked & _pairs(words)))


def shared(question: str, text: str) -> int:
    """How many character pairs of a question a text holds."""
    return len(_pairs(normal(question)) & _pairs(normal(text)))


def _pairs(text: str) -> set[str]:
    bare = "".join(character for character in text if character.isalnum())
    return set(pairs(bare))


def table(measures: Mapping[str, Mapping[str, Measure]]) -> list[str]:
    """One line a leg, one column a measure."""
    columns = list(dict.fromkeys(name for of in measures.values() for name in of))
    lines = [f"{'':<10}" + "".join(f"{name:>12}" for name in columns)]
    for leg, of in measures.items():
        lines.append(f"{leg:<10}" + "".join(f"{of[n].value:>12.3f}" if n in of else f"{'–':>12}" for n in columns))
    counted = next(iter(next(iter(measures.values())).values())).n
    return [*lines, f"{counted} questions"]
