"""Zips and folders: members are read one by one, and none leads out of the archive or fills the memory."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest

from corpus import archive, reading
from corpus.load import load
from corpus.reading import extract, sources
from tests.sample_files import PAGE, SENTENCE, reason, zipped


def test_a_zip_is_read_as_its_members(tmp_path: Path) -> None:
    """In sorted order, each by its own format, under the archive's name; what programs leave is passed over."""
    path = zipped(
        tmp_path / "政策.zip",
        {
            "乙.html": PAGE.encode(),
            "甲/一.txt": "一、甲。".encode("gb18030"),
            "__MACOSX/._x": b"x",
            ".DS_Store": b"x",
        },
    )
    found = list(sources(path))
    assert [source.location for source in found] == [f"{path}/乙.html", f"{path}/甲/一.txt"]
    raws = [source.read() for source in found]
    assert [raw.name for raw in raws] == ["政策.zip/乙.html", "政策.zip/甲/一.txt"]
    assert raws[1].text == "一、甲。"


def test_one_bad_member_does_not_hide_the_others(tmp_path: Path) -> None:
    """Each member that fails is reported with its name and reason, and the others are built."""
    inner = zipped(tmp_path / "inner.zip", {"a.txt": b"x"}).read_bytes()
    path = zipped(
        tmp_path / "a.zip",
        {
            "好.txt": (SENTENCE * 3).encode(),
            "坏.docx": b"PK\x03\x04junk",
            "内.zip": inner,
            "表.xls": b"x",
            "空.txt": b"",
        },
    )
    documents, failures = load([path])
    assert [document.source_file for document in documents] == ["a.zip/好.txt"]
    reasons = {Path(failure.source_file).name: failure.reason for failure in failures}
    assert "damaged" in reasons["坏.docx"]
    assert "archive inside an archive" in reasons["内.zip"]
    assert "save that as .docx" in reasons["表.xls"]
    assert "empty" in reasons["空.txt"]


def test_names_in_a_zip_cannot_lead_out_of_it(tmp_path: Path) -> None:
    """A path out of the archive is only a name, and Windows' GBK names are read."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("../../etc/通知.txt", "一、甲。")
        gbk = zipfile.ZipInfo("x" * len("办法.txt".encode("gbk")))
        opened.writestr(gbk, "二、乙。")
    data = path.read_bytes().replace(b"x" * 8, "办法.txt".encode("gbk"))
    path.write_bytes(data)
    assert [source.read().name for source in sources(path)] == ["a.zip/etc/通知.txt", "a.zip/办法.txt"]
    assert [found.name for found in tmp_path.iterdir()] == ["a.zip"]


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the ratio of a member, its size, the sum of sizes, the number of members; in a Word file too."""
    bomb = zipped(tmp_path / "bomb.zip", {"a.txt": b"0" * 8_000_000})
    (source,) = sources(bomb)
    assert "zip bomb" in reason(source.read)
    assert "zip bomb" in reason(
        lambda: extract(
            zipped(tmp_path / "b", {"word/document.xml": b"0" * 8_000_000}).read_bytes(), "b.docx"
        )
    )
    monkeypatch.setattr(archive, "MAX_MEMBERS", 2)
    many = zipped(tmp_path / "many.zip", {f"{n}.txt": b"x" for n in range(3)})
    assert "3 files" in reason(next(iter(sources(many))).read)
    monkeypatch.setattr(archive, "MAX_TOTAL", 1)
    assert "unpacks to" in reason(next(iter(sources(zipped(tmp_path / "t.zip", {"a.txt": b"xyz"})))).read)


def test_locked_and_linked_members_are_refused(tmp_path: Path) -> None:
    """A member under a password and a link are said to be so."""
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr(link, "/etc/passwd")
        opened.writestr("locked.txt", "secret")
    data = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.rindex(mark) + place] |= 1
    path.write_bytes(bytes(data))
    linked, locked = sources(path)
    assert "is a link" in reason(linked.read)
    assert "encrypted" in reason(locked.read)


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    """A file of 200 MB, here a hole in the disk, is refused by its size, whatever its format."""
    for name in ("a.txt", "a.pdf", "a.zip"):
        with (tmp_path / name).open("wb") as opened:
            opened.truncate(200 * 1024 * 1024)
        (source,) = sources(tmp_path / name)
        assert "over the limit" in reason(source.read)


def test_files_that_programs_leave_are_passed_over(tmp_path: Path) -> None:
    """The lock file that Word leaves beside an open document is none."""
    for name in ("~$通知.docx", "Thumbs.db", "desktop.ini", "通知.txt"):
        (tmp_path / name).write_text("一、甲。")
    assert [path.name for path in reading.policy_files([tmp_path])] == ["通知.txt"]
