"""Building: the same in, the same out; what stands is replaced whole or not at all."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from assistant.building import build, corpus_digest, remove
from assistant.settings import Settings
from corpus.errors import (
    DocumentNotFoundError,
    SnapshotBusyError,
    SnapshotError,
    SnapshotMissingError,
    SourceError,
)
from corpus.load import load
from indexing.segments import segments
from indexing.store import FORMAT, Manifest, Store

YUBEI, DAXING = "渝北府办发〔2024〕6号", "京兴政办发〔2024〕11号"


@pytest.fixture
def settings(tmp_path: Path, counting_encoder) -> Settings:
    """A data folder of the test's own, encoded by the counting encoder."""
    return Settings(tmp_path / "home")


def contents(folder: Path) -> dict[str, str]:
    """Every file of a folder with the digest of its bytes."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def clause_ids(settings: Settings) -> list[str]:
    """The ids of all clauses of the snapshot, in order."""
    store = Store(settings.snapshot / "corpus.sqlite")
    try:
        return store.clause_ids()
    finally:
        store.close()


def edit(path: Path, old: str, new: str) -> None:
    """Replace words of a policy file that stand there once."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


# ---- what a build makes ------------------------------------------------------------------------------------


def test_a_build_reports_and_records_what_it_made(
    settings: Settings, two_policies: Path, counting_encoder
) -> None:
    """Counts in the report and the manifest are those of the documents; every passage was encoded once."""
    report = build(settings, [two_policies])
    documents, _ = load([two_policies])
    passages = list(segments(documents))
    manifest = Manifest.open(settings.snapshot)
    assert (report.documents, report.clauses, report.segments) == (
        2,
        sum(len(d.clauses) for d in documents),
        len(passages),
    )
    assert (manifest.documents, manifest.clauses, manifest.segments) == (
        report.documents,
        report.clauses,
        report.segments,
    )
    assert (manifest.format, manifest.encoder, manifest.dimension) == (FORMAT, "counting", 16)
    assert manifest.corpus_digest == corpus_digest((d.document_id, d.digest) for d in documents)
    assert counting_encoder.passages == [passage.text for passage in passages]
    assert report.failures == ()
    assert {"read", "encode", "total"} <= set(report.seconds)


def test_without_paths_the_bundled_documents_are_built(settings: Settings, bundled_documents) -> None:
    """`build` alone takes the documents that come with the project."""
    assert build(settings).documents == len(bundled_documents)


def test_progress_ends_at_the_number_of_passages(settings: Settings, two_policies: Path) -> None:
    """Progress counts up to all passages, whichever were encoded before."""
    for _ in range(2):
        told: list[tuple[str, int, int]] = []
        report = build(settings, [two_policies], progress=lambda *step, told=told: told.append(step))
        encoding = [(done, total) for stage, done, total in told if stage == "encode"]
        assert encoding[-1] == (report.segments, report.segments)
        assert encoding == sorted(encoding)


def test_the_same_files_build_the_same_snapshot(tmp_path: Path, two_policies: Path, counting_encoder) -> None:
    """Two builds of the same files give the same manifest, the same index and the same clauses, byte for byte."""
    one, other = Settings(tmp_path / "one"), Settings(tmp_path / "other")
    build(one, [two_policies])
    build(other, [two_policies])
    assert (one.snapshot / "manifest.json").read_bytes() == (other.snapshot / "manifest.json").read_bytes()
    assert contents(one.snapshot) == contents(other.snapshot)


def test_the_order_of_the_paths_does_not_rename_a_clause(settings: Settings, two_policies: Path) -> None:
    """Files named one by one the other way round have the same clause ids."""
    build(settings, [two_policies])
    before = clause_ids(settings)
    build(settings, sorted(two_policies.iterdir(), reverse=True))
    assert sorted(clause_ids(settings)) == sorted(before)


def test_a_file_that_cannot_be_read_is_reported_and_passed_over(
    settings: Settings, two_policies: Path
) -> None:
    """One bad file does not stop the others; the report names it with the reason."""
    (two_policies / "empty.txt").write_bytes(b"")
    (two_policies / "picture.txt").write_bytes(bytes(range(256)) * 20)
    report = build(settings, [two_policies])
    assert report.documents == 2
    assert sorted(Path(failure.source_file).name for failure in report.failures) == [
        "empty.txt",
        "picture.txt",
    ]
    assert all(failure.reason for failure in report.failures)


# ---- what is encoded again ---------------------------------------------------------------------------------


def test_clause_ids_are_stable_and_nothing_is_encoded_twice(
    settings: Settings, two_policies: Path, counting_encoder
) -> None:
    """A rebuild of the same files keeps every clause id and every vector."""
    build(settings, [two_policies])
    before, ids = contents(settings.snapshot), clause_ids(settings)
    counting_encoder.passages.clear()
    build(settings, [two_policies])
    assert clause_ids(settings) == ids
    assert counting_encoder.passages == []
    assert contents(settings.snapshot) == before


def test_only_a_changed_passage_is_encoded_again(
    settings: Settings, two_policies: Path, counting_encoder
) -> None:
    """A changed sentence costs its own passage; the ids of all clauses stay, of the other document too."""
    build(settings, [two_policies])
    ids = clause_ids(settings)
    counting_encoder.passages.clear()
    edit(two_policies / "yubei_zhaohu_2024.txt", "补助标准为3000元/托位", "补助标准为3100元/托位")
    build(settings, [two_policies])
    assert [("3100元/托位" in text) for text in counting_encoder.passages] == [True]
    assert clause_ids(settings) == ids


def test_vectors_of_another_encoder_are_not_kept(
    settings: Settings, two_policies: Path, counting_encoder
) -> None:
    """A snapshot of another encoder is encoded from the start."""
    report = build(settings, [two_policies])
    counting_encoder.passages.clear()
    counting_encoder.name = "another"
    build(settings, [two_policies])
    assert len(counting_encoder.passages) == report.segments
    assert Manifest.open(settings.snapshot).encoder == "another"


@pytest.mark.parametrize("damage", ["vectors.npy", "corpus.sqlite", "manifest.json"])
def test_a_damaged_snapshot_is_built_anew(
    settings: Settings, two_policies: Path, counting_encoder, damage: str
) -> None:
    """What cannot be read is no obstacle to the build that mends it."""
    report = build(settings, [two_policies])
    before = contents(settings.snapshot)
    (settings.snapshot / damage).write_bytes(b"damaged")
    counting_encoder.passages.clear()
    build(settings, [two_policies])
    assert len(counting_encoder.passages) == report.segments
    assert contents(settings.snapshot) == before


def test_removing_a_document_encodes_nothing(
    settings: Settings, two_policies: Path, counting_encoder
) -> None:
    """What is left is the snapshot that a build over the other file makes, with the vectors it had."""
    build(settings, [two_policies])
    counting_encoder.passages.clear()
    remove(settings, DAXING)
    assert counting_encoder.passages == []
    assert {clause_id.split(":")[0] for clause_id in clause_ids(settings)} == {YUBEI}
    alone = Settings(settings.home.with_name("alone"))
    build(alone, [two_policies / "yubei_zhaohu_2024.txt"])
    assert contents(settings.snapshot) == contents(alone.snapshot)


def test_a_removed_document_is_found_no_more(settings: Settings, two_policies: Path) -> None:
    """Search and answers know only what is left."""
    from assistant.assistant import Assistant

    build(settings, [two_policies])
    remove(settings, DAXING)
    opened = Assistant.open(settings)
    try:
        assert {hit.document.document_id for hit in opened.search("普惠托位占比", 20)} == {YUBEI}
        assert opened.ask("大兴区2025年普惠托位占比要达到多少？").status.value == "not_found"
    finally:
        opened.close()


def test_what_cannot_be_removed_leaves_the_snapshot(settings: Settings, two_policies: Path) -> None:
    """An unknown document and the last one are refused, nothing built is its own error."""
    with pytest.raises(SnapshotMissingError):
        remove(settings, YUBEI)
    build(settings, [two_policies / "yubei_zhaohu_2024.txt"])
    before = contents(settings.snapshot)
    with pytest.raises(DocumentNotFoundError, match=DAXING):
        remove(settings, DAXING)
    with pytest.raises(SnapshotError, match="only document"):
        remove(settings, YUBEI)
    assert contents(settings.snapshot) == before


# ---- what goes wrong ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError("no space left"), MemoryError()])
def test_an_interrupted_build_leaves_the_old_snapshot_whole(
    settings: Settings, two_policies: Path, counting_encoder, error: BaseException
) -> None:
    """Whatever stops the encoding, the snapshot is what it was, nothing half-built is left, and the next build works."""
    build(settings, [two_policies])
    before = contents(settings.snapshot)
    edit(two_policies / "yubei_zhaohu_2024.txt", "补助标准为3000元/托位", "补助标准为3100元/托位")
    counting_encoder.breaks = error
    with pytest.raises(type(error)):
        build(settings, [two_policies])
    assert contents(settings.snapshot) == before
    assert list(settings.home.glob("building-*")) == []
    counting_encoder.breaks = None
    build(settings, [two_policies])
    assert contents(settings.snapshot) != before


def test_a_failed_swap_puts_the_old_snapshot_back(
    settings: Settings, two_policies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the new folder cannot be moved into place, the old one returns."""
    build(settings, [two_policies])
    before = contents(settings.snapshot)
    replace = Path.replace

    def refusing(self: Path, target: Path) -> Path:
        if self.name.startswith("building-") and not self.name.endswith("-old"):
            raise OSError("refused")
        return replace(self, target)

    edit(two_policies / "yubei_zhaohu_2024.txt", "补助标准为3000元/托位", "补助标准为3100元/托位")
    monkeypatch.setattr(Path, "replace", refusing)
    with pytest.raises(OSError, match="refused"):
        build(settings, [two_policies])
    assert contents(settings.snapshot) == before


def test_a_build_that_was_killed_between_the_renames_is_recovered(
    settings: Settings, two_policies: Path
) -> None:
    """With the old snapshot moved aside and no new one in place, the next call puts the old one back first."""
    build(settings, [two_policies])
    before = contents(settings.snapshot)
    settings.snapshot.rename(settings.home / "building-abc-old")
    (settings.home / "building-abc").mkdir()
    with pytest.raises(SourceError):
        build(settings, [two_policies / "missing.txt"])
    assert contents(settings.snapshot) == before
    assert list(settings.home.glob("building-*")) == []


def test_two_builds_at_once_do_not_mix(settings: Settings, two_policies: Path) -> None:
    """While one build runs, another build and a removal in the same folder are refused, and the first one ends well."""
    build(settings, [two_policies / "daxing_tuoyu_2024.txt"])
    refused: list[str] = []

    def meddle(*_: object) -> None:
        for call in (lambda: build(settings, [two_policies]), lambda: remove(settings, DAXING)):
            with pytest.raises(SnapshotBusyError, match="another build") as busy:
                call()
            refused.append(str(busy.value))

    build(settings, [two_policies], progress=meddle)
    assert len(refused) >= 2
    assert Manifest.open(settings.snapshot).documents == 2
    build(settings, [two_policies])


def test_two_folders_are_built_at_once(tmp_path: Path, two_policies: Path, counting_encoder) -> None:
    """The lock is the folder's own: a build elsewhere may run inside another."""
    inner = Settings(tmp_path / "inner")
    done: list[int] = []

    def nested(*_: object) -> None:
        if not done:
            done.append(build(inner, [two_policies]).documents)

    build(Settings(tmp_path / "outer"), [two_policies], progress=nested)
    assert done == [2]


@pytest.mark.parametrize("files", [{}, {"empty.txt": b""}, {"a.txt": b"\x00\x01" * 50}])
def test_where_nothing_can_be_read_nothing_is_built(
    settings: Settings, tmp_path: Path, files: dict[str, bytes]
) -> None:
    """A folder without one policy is refused with a reason, and no snapshot appears."""
    folder = tmp_path / "nothing"
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    with pytest.raises(SourceError, match="nothing to build"):
        build(settings, [folder])
    assert not settings.snapshot.exists()


def test_a_data_folder_that_is_a_file_is_refused(
    tmp_path: Path, two_policies: Path, counting_encoder
) -> None:
    """A home that cannot be a folder is named, with what to do."""
    (tmp_path / "file").write_text("x", encoding="ascii")
    with pytest.raises(SnapshotError, match="--home"):
        build(Settings(tmp_path / "file" / "home"), [two_policies])


def test_two_documents_of_one_number_keep_apart(settings: Settings, two_policies: Path) -> None:
    """A second copy of a document gets an id of its own and is indexed beside the first."""
    (two_policies / "zz_copy.txt").write_bytes((two_policies / "yubei_zhaohu_2024.txt").read_bytes())
    build(settings, [two_policies])
    ids = clause_ids(settings)
    assert len(ids) == len(set(ids))
    assert {clause_id.split(":")[0] for clause_id in ids} == {DAXING, YUBEI, f"{YUBEI}#2"}


def test_the_manifest_is_readable_json(settings: Settings, two_policies: Path) -> None:
    """A person can read what a snapshot was made of, Chinese as Chinese and keys sorted."""
    build(settings, [two_policies])
    found = json.loads((settings.snapshot / "manifest.json").read_text(encoding="utf-8"))
    assert list(found) == sorted(found)
    assert len(found["corpus_digest"]) == 64
    assert found["libraries"]["jieba"] == "0.42.1"
