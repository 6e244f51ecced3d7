"""Files of each format made by the tests, indexes among them, and what is read from them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from assistant.documents import Documents
from assistant.retrieval import Retriever
from assistant.scoring import Scorer
from corpus.document import Document
from corpus.errors import SourceError
from corpus.reading import extract
from indexing.dense import DenseIndex
from indexing.embedding import Encoder
from indexing.lexical import LexicalIndex, WordCutter
from indexing.segments import Segment, segments
from indexing.store import Store, Writer

NOTICE = """<h1>某某市人民政府办公室关于印发托育服务实施方案的通知</h1><p>某政办发〔2024〕8号</p>
<p>各区人民政府，市各有关部门：</p><p>　　现将《托育服务实施方案》印发给你们，请认真组织实施。</p>
<p>　　一、总体目标</p><p>　　到2025年，千人口托位数达到4.6个。（责任单位：市卫生健康委）</p>"""
SENTENCE = "支持用人单位利用自有土地或设施新建、改扩建托育服务设施，给予每个托位一万元的一次性建设补助。"
PAGE = f"""<html><head><meta charset=utf-8><title>通知 - 某某市人民政府</title><style>p{{}}</style>
<script>var a='<p>一、假的</p>';</script></head><body>
<div id=top><ul><li><a href=/>首页</a><li><a href=/xw>新闻中心</a><li><a href=/zw>政务公开</a></ul><input value=搜索></div>
<div class=box><div class=crumb>当前位置：<a>首页</a> &gt; <a>政务公开</a></div>
<div class=main>{NOTICE}</div>
<div class=share>分享到：<a>微信</a></div></div>
<div class=side><ul><li><a>某某市关于加快养老服务发展的意见</a></li><li><a>某某市关于住房保障的通知</a></li></ul></div>
<div class=foot><p>主办：某某市人民政府办公室</p><p>ICP备12345678号</p></div>
<div style="display: none">{NOTICE.replace("<p>", "").replace("</p>", "")}</div></body></html>"""


def text_of(data: bytes | str, name: str) -> str:
    """The source text of a file of this name."""
    return extract(data.encode() if isinstance(data, str) else data, name).text


def lines_of(data: bytes | str, name: str) -> list[str]:
    """The lines of that text that are not blank."""
    return [line for line in text_of(data, name).split("\n") if line]


def reason(act: Callable[[], object]) -> str:
    """The message of the SourceError that `act` raises; it is one line."""
    with pytest.raises(SourceError) as caught:
        act()
    message = str(caught.value)
    assert "\n" not in message
    return message


def saved(document: Any) -> bytes:
    """The bytes of a Word file."""
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def pdf(*pages: str, extra: str = "", mediabox: str = "0 0 595 842") -> bytes:
    """A PDF of these content streams, with a Chinese font that is not embedded."""
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{' '.join(f'{5 + 2 * i} 0 R' for i in range(len(pages)))}] >>",
        "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [4 0 R] >>",
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /CIDSystemInfo "
        "<< /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> >>",
    ]
    for at, page in enumerate(pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [{mediabox}] /Contents {6 + 2 * at} 0 R {extra} "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(page)} >>\nstream\n{page}\nendstream")
    out, places = b"%PDF-1.4\n", []
    for at, one in enumerate(objects, 1):
        places.append(len(out))
        out += f"{at} 0 obj\n{one}\nendobj\n".encode()
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    return out + f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()


def words(x: float, y: float, text: str, size: float = 12, spacing: float = 0) -> str:
    """The operators that print a text with its left end at a place, counted from the upper left corner."""
    code = text.encode("utf-16-be").hex()
    return f"BT /F1 {size} Tf {spacing} Tc 1 0 0 1 {x} {842 - y} Tm <{code}> Tj ET\n"


def ruled(xs: Sequence[float], ys: Sequence[float]) -> str:
    """The operators that draw a grid of ruled lines."""
    across = [f"{xs[0]} {842 - y} m {xs[-1]} {842 - y} l S\n" for y in ys]
    return "".join(across + [f"{x} {842 - ys[0]} m {x} {842 - ys[-1]} l S\n" for x in xs])


def column(text: str, y: float = 100, x: float = 80, wide: int = 36) -> str:
    """A paragraph set in lines of `wide` characters, its first line indented by two."""
    rows = [text[: wide - 2]] + [text[at : at + wide] for at in range(wide - 2, len(text), wide)]
    return "".join(words(x + 24 * (at == 0), y + 20 * at, row) for at, row in enumerate(rows))


def zipped(path: Path, members: dict[str, bytes], **options: Any) -> Path:
    """A zip of these members at a path."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as opened:
        for name, data in members.items():
            opened.writestr(name, data)
    return path


def stored(path: Path, documents: Iterable[Document], cuts: Iterable[Segment]) -> Path:
    """The SQLite file of a snapshot at a path, with these documents and their segments `cuts`."""
    cut: dict[str, list[Segment]] = {}
    for segment in cuts:
        cut.setdefault(segment.clause_id, []).append(segment)
    writer = Writer(path)
    for document in documents:
        writer.add(document, (one for clause in document.clauses for one in cut.get(clause.clause_id, ())))
    writer.close()
    return path


@contextmanager
def retrieving(
    folder: Path, documents: Sequence[Document], encoder: Encoder, words: Sequence[str] = ()
) -> Iterator[Retriever]:
    """A retriever over these documents, stored in a folder, whose dictionary has `words` too."""
    passages = list(segments(documents))
    texts = [passage.text for passage in passages]
    store = Store(stored(folder / "corpus.sqlite", documents, passages))
    dense = DenseIndex.from_vectors(encoder.encode_passages(texts))
    lexical = LexicalIndex.from_texts(texts, WordCutter(words))
    yield Retriever(store, Scorer(dense, lexical, encoder), Documents(store.documents()))
    store.close()


def segment_clauses(store: Store) -> list[str]:
    """The clause id of each segment of a store, by index position."""
    ids = store.clause_ids()
    return [ids[position] for position in store.passages()["clause"]]


def word_scores(index: LexicalIndex, text: str) -> NDArray[np.float32]:
    """BM25 of every passage for the words of normal `text`, shape (size,)."""
    return index.words.scores(index.words_asked(text))


def bigram_scores(index: LexicalIndex, text: str) -> NDArray[np.float32]:
    """BM25 of every passage for the character pairs of normal `text`, shape (size,)."""
    return index.bigrams.scores(index.bigrams_asked(text))
