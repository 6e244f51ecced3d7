"""The store and the manifest: what is written comes back equal, and what is damaged or foreign is refused."""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.assistant import Assistant
from assistant.settings import Settings
from corpus.document import ClauseKind, Document, Place
from corpus.errors import (
    ClauseNotFoundError,
    DocumentNotFoundError,
    IndexMismatchError,
    SnapshotMissingError,
)
from corpus.load import parse
from corpus.reading import RawSource
from indexing.segments import segments
from indexing.store import FORMAT, Manifest, Store, library_versions
from tests.sample_files import segment_clauses, stored


@pytest.fixture(scope="module")
def store(bundled_documents, tmp_path_factory: pytest.TempPathFactory):
    """The bundled documents, written and opened."""
    path = tmp_path_factory.mktemp("store") / "corpus.sqlite"
    stored(path, bundled_documents, segments(bundled_documents))
    opened = Store(path)
    yield opened
    opened.close()


def test_documents_come_back_equal(store: Store, bundled_documents: list[Document]) -> None:
    """Identity, source text, headings, furniture and warnings are those that were parsed, in corpus order; the list of
    all documents leaves out what they hold."""
    bare = [replace(document, clauses=()) for document in bundled_documents]
    assert [store.document(document_id) for document_id in store.documents()] == bare
    cards = [replace(document, source="", headings=(), furniture=()) for document in bare]
    assert list(store.documents().values()) == cards


def test_clauses_come_back_equal(store: Store, bundled_documents: list[Document]) -> None:
    """Text, spans, units, figures and cells of every clause are those that were parsed, in document order."""
    for document in bundled_documents:
        assert tuple(store.clauses(document.document_id)) == document.clauses
    assert list(store.clauses()) == [clause for document in bundled_documents for clause in document.clauses]


def test_a_clause_is_read_by_its_id(store: Store, bundled_documents: list[Document]) -> None:
    """One clause is the same, alone or in a list."""
    clause = bundled_documents[-1].clauses[7]
    assert store.clause(clause.clause_id) == clause


def test_units_come_in_clause_order(store: Store, bundled_documents: list[Document]) -> None:
    """Every unit of every clause once, leads before the others; each leads back to all clauses that list it."""
    clauses = [clause for document in bundled_documents for clause in document.clauses]
    listed = [(clause, name) for clause in clauses for name in (*clause.lead_units, *clause.responsible_units)]
    assert store.unit_names() == list(dict.fromkeys(name for _, name in listed))
    for name in store.unit_names():
        assert store.clauses_of_units([name]) == list(dict.fromkeys(clause for clause, held in listed if held == name))
        led = [clause for clause in clauses if name in clause.lead_units]
        assert store.clauses_of_units([name], "lead") == led


def test_clauses_are_read_many_at_a_time(store: Store, bundled_documents: list[Document]) -> None:
    """Positions in any order, twice too, give the clauses at those places; rows alone are told from the rest."""
    clauses = [clause for document in bundled_documents for clause in document.clauses]
    wanted = [len(clauses) - 1, 0, 7, 7, 3]
    assert store.clauses_at(wanted) == [clauses[at] for at in wanted]
    assert store.clauses_at([]) == []
    for document in bundled_documents:
        rows = [c for c in document.clauses if c.kind is ClauseKind.ROW and c.heading]
        assert store.rows_of(document.document_id) == rows
    assert store.holds(clauses[0].clause_id)
    assert not store.holds("无此文件:一")


def test_a_document_number_leads_to_the_clauses_that_print_it(tmp_path: Path) -> None:
    """Brackets of any kind and blanks within a number make no difference; another number of the year does."""
    text = "测试办法\n\n第一条 根据《意见》（国办发［2019］ 15号）制定。\n\n第二条 国办发〔2019〕16号另行执行。\n"
    document = parse(RawSource("测试.txt", text, "0" * 64))
    path = tmp_path / "corpus.sqlite"
    stored(path, [document], [])
    opened = Store(path)
    assert [clause.label for clause in opened.mentioning("国办发〔2019〕15号")] == ["第一条"]
    assert opened.mentioning("国办发〔2020〕15号") == []
    opened.close()


def test_segments_keep_their_clause_and_digest(store: Store, bundled_documents: list[Document]) -> None:
    """Position by position, the clause a passage belongs to and the digest of its words."""
    passages = list(segments(bundled_documents))
    assert segment_clauses(store) == [passage.clause_id for passage in passages]
    assert store.segment_digests() == [passage.digest for passage in passages]


def test_what_is_hard_to_write_comes_back_equal(bundled_documents: list[Document], tmp_path: Path) -> None:
    """Quotes, line ends, characters beyond the first plane and absent fields are kept as they are."""
    hard = replace(
        bundled_documents[0], document_id="O'Brien\"; --〔2024〕\U00020bb7", document_number=None, issuers=(), issued=None,
        place=None, source="\r\n'\"\\\t\U00020bb7" * 3000, headings=(), furniture=(), clauses=(), warnings=("没有'文号'",),
    )  # fmt: skip
    placed = replace(hard, document_id="另一", place=Place("某区", "county", ("某省", "某市", "某区")))
    path = tmp_path / "hard.sqlite"
    stored(path, [hard, placed], [])
    opened = Store(path)
    assert [opened.document(hard.document_id), opened.document(placed.document_id)] == [hard, placed]
    opened.close()


def test_what_is_not_there_is_refused_by_name(store: Store) -> None:
    """Unknown ids raise not-found errors that name the id and the command that lists them."""
    with pytest.raises(DocumentNotFoundError, match=r"'无此文件'.*tiaowen documents"):
        store.document("无此文件")
    with pytest.raises(DocumentNotFoundError, match="'无此文件'"):
        list(store.clauses("无此文件"))
    with pytest.raises(ClauseNotFoundError, match=r"'无此文件:一'.*tiaowen clauses"):
        store.clause("无此文件:一")


def test_a_store_cannot_be_written(store: Store) -> None:
    """The file is opened read only."""
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        store._connection.execute("DELETE FROM clauses")


def test_several_threads_read_one_store(store: Store, bundled_documents: list[Document]) -> None:
    """Clauses read from four threads at once are the ones that one thread reads."""
    store._clauses.clear()
    clauses = [clause for document in bundled_documents for clause in document.clauses]
    wrong: list[str] = []

    def read(start: int) -> None:
        wrong.extend(c.clause_id for c in clauses[start::4] if store.clause(c.clause_id) != c)

    threads = [threading.Thread(target=read, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# ---- the manifest ------------------------------------------------------------------------------------------


def test_a_manifest_comes_back_equal(tmp_path: Path) -> None:
    """What was saved is what is opened, and the file is plain sorted JSON."""
    manifest = Manifest(FORMAT, "编码器", 16, "0" * 64, 1, 2, 3, library_versions())
    manifest.save(tmp_path)
    assert Manifest.open(tmp_path) == manifest
    keys = list(json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8")))
    assert keys == sorted(keys)


def test_the_manifest_names_the_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every library that a snapshot's files depend on has its version; one that is not installed is absent."""
    assert "absent" not in library_versions().values()
    monkeypatch.setattr("indexing.store._LIBRARIES", ("no-such-library-of-tiaowen",))
    assert library_versions() == {"no-such-library-of-tiaowen": "absent"}


def test_a_missing_manifest_says_to_build(tmp_path: Path) -> None:
    """Nothing built yet is its own error."""
    with pytest.raises(SnapshotMissingError, match="run `tiaowen build` first"):
        Manifest.open(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"format": 1}', b"\xff\xfe\x00", b'"text"'])
def test_a_damaged_manifest_is_refused(tmp_path: Path, content: bytes) -> None:
    """Half a file, another shape or no text at all is refused with the command that mends it."""
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(IndexMismatchError, match="run `tiaowen build` again"):
        Manifest.open(tmp_path)


# ---- opening a snapshot ------------------------------------------------------------------------------------


@pytest.fixture
def copied_home(built_home: Path, tmp_path: Path) -> Path:
    """A data folder with a copy of the built snapshot, to be damaged."""
    home = tmp_path / "home"
    shutil.copytree(built_home / "snapshot", home / "snapshot")
    (home / "models").symlink_to((built_home / "models").resolve(), target_is_directory=True)
    return home


def change_manifest(home: Path, **changes: object) -> None:
    """Write the manifest with other values."""
    path = home / "snapshot" / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")


def test_an_untouched_copy_opens(copied_home: Path) -> None:
    """A snapshot may be copied to another folder: nothing in it names the place it was built in."""
    opened = Assistant.open(Settings(copied_home))
    assert opened.ask("渝北区开园奖补标准是多少？").status.value == "answered"
    opened.close()
    path = str(copied_home.parent).encode()
    assert [f for f in (copied_home / "snapshot").rglob("*") if f.is_file() and path in f.read_bytes()] == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"format": FORMAT + 1}, f"format {FORMAT + 1}, this version reads {FORMAT}"),
        ({"encoder": "another-model"}, "built with encoder 'another-model'"),
        ({"dimension": 5}, "encoder"),
        ({"segments": 3}, "incomplete"),
        ({"unknown": 1}, "cannot be read"),
    ],
)
def test_a_snapshot_that_does_not_fit_is_refused(
    copied_home: Path, changes: dict[str, object], reason: str
) -> None:
    """Another format, encoder, dimension or count is refused, with the reason and the command that rebuilds."""
    change_manifest(copied_home, **changes)
    with pytest.raises(IndexMismatchError, match=reason) as refused:
        Assistant.open(Settings(copied_home))
    assert "run `tiaowen build` again" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("damage", ["gone", "empty", "half", "garbage"])
@pytest.mark.parametrize(
    "name",
    [
        "corpus.sqlite",
        "dense.faiss",
        "lexical/size",
        "lexical/words/ends.npy",
        "lexical/bigrams/passages.npy", "passages.npy",
    ],
)
def test_a_damaged_file_is_refused(copied_home: Path, name: str, damage: str) -> None:
    """A file that is missing, cut or overwritten is an IndexMismatchError that says to build again."""
    path = copied_home / "snapshot" / name
    data = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(
            {"empty": b"", "half": data[: len(data) // 2], "garbage": b"\x93garbage" * 50}[damage]
        )
    with pytest.raises(IndexMismatchError, match="run `tiaowen build` again"):
        Assistant.open(Settings(copied_home))


def test_the_vectors_file_is_not_needed_to_answer(copied_home: Path) -> None:
    """vectors.npy is there for the next build only."""
    (copied_home / "snapshot" / "vectors.npy").unlink()
    opened = Assistant.open(Settings(copied_home))
    assert opened.search("开园奖补", 1)[0].clause.clause_id == "渝北府办发〔2024〕6号:二/(三)/11"
    opened.close()


def test_an_opened_snapshot_outlives_its_files(copied_home: Path) -> None:
    """A reader that holds a snapshot keeps answering when a build takes its place."""
    opened = Assistant.open(Settings(copied_home))
    (copied_home / "snapshot").rename(copied_home / "gone")
    shutil.rmtree(copied_home / "gone")
    assert opened.ask("大兴区2025年普惠托位占比要达到多少？").statements[0].text.endswith("60%")
    opened.close()
