"""From bytes to the source text: encodings, and files that are refused by name."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import reading
from corpus.errors import SourceError
from corpus.load import load
from corpus.reading import decode, policy_files, read

HANS = "甲市关于做好养老服务工作的通知\r\n为做好养老服务工作，现将有关事项通知如下。\r\n一、总体要求\r\n坚持以人为本。\r\n二、要求\r\n抓好落实。\r\n"
HANT = "甲市關於做好養老服務工作的通知\r\n為做好養老服務工作，現將有關事項通知如下。\r\n一、總體要求\r\n堅持以人為本。\r\n二、要求\r\n抓好落實。\r\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(HANS, "utf-8"), (HANT, "utf-8"), (HANS, "utf-8-sig"), (HANS, "utf-16"), (HANT, "utf-16"), (HANS, "gb18030"),
     (HANT, "gb18030"), (HANS, "gbk"), (HANT, "big5")],
)  # fmt: skip
def test_encodings(tmp_path: Path, text: str, encoding: str) -> None:
    """A file is decoded by its mark, as UTF-8, or by what it reads like; line ends stay, the mark does not."""
    path = tmp_path / "甲.txt"
    data = text.encode(encoding)
    path.write_bytes(data)
    raw = read(path)
    assert raw.text == text
    assert raw.name == "甲.txt"
    assert raw.digest == hashlib.sha256(data).hexdigest()


def test_utf_16_of_either_order() -> None:
    """UTF-16 is read in either order, by its mark or by what it reads like."""
    assert decode(b"\xfe\xff" + HANS.encode("utf-16-be"), "甲") == HANS
    assert decode(b"\xff\xfe" + HANS.encode("utf-16-le"), "甲") == HANS
    assert decode(HANS.encode("utf-16-be"), "甲") == HANS
    assert decode(HANS.encode("utf-16-le"), "甲") == HANS


def test_a_few_broken_bytes(tmp_path: Path) -> None:
    """A long text with a broken byte is read with a gap, and the gap is warned of; the rest is as written."""
    path = tmp_path / "甲.txt"
    path.write_bytes((HANS * 20).encode("utf-8") + b"\xff\r\n")
    raw = read(path)
    assert raw.text == HANS * 20 + "\ufffd\r\n"
    assert raw.warnings == ("1 broken characters, shown as \ufffd",)


@pytest.mark.parametrize("data", [b"\xef\xbb\xbf\xff\xfe\xfd", b"\xff\xfea", b"\xfe\xff\xd8\x00"])
def test_a_mark_before_broken_bytes(data: bytes) -> None:
    """A byte order mark before bytes that do not fit it is refused like any other broken file."""
    with pytest.raises(SourceError, match=r"甲\.txt"):
        decode(data, "甲.txt")


@settings(max_examples=80, deadline=None)
@given(st.text("托育服务，。 \r\n\t甲乙1a\U00020bb7", min_size=1).filter(str.strip))
def test_utf_8_round_trip(text: str) -> None:
    """UTF-8 comes back as it was written, to the last line end."""
    assert decode(text.encode(), "甲") == text


@pytest.mark.parametrize("suffix", [".txt", ".md", ".markdown", ".text", ".TXT", ""])
def test_suffixes(tmp_path: Path, suffix: str) -> None:
    """Plain text and markdown are read, whatever the case of the suffix, and a name without one."""
    path = tmp_path / f"甲{suffix}"
    path.write_text("一、要求\n", encoding="utf-8")
    assert read(path).text.startswith("一、要求")


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("空.txt", b"", "empty"),
        ("空白.md", b" \r\n\t\n", "empty"),
        ("标记.txt", b"\xef\xbb\xbf", "empty"),
        ("标记.md", b"\xff\xfe", "empty"),
        ("图.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(128, 256)) * 3, "no text file"),
        ("压缩.txt", b"PK\x03\x04" + b"\x00" * 100, "control bytes"),
        ("字节.txt", bytes(range(256)) * 4, "no text file"),
        ("夹零.txt", "一、要求\x00\n".encode(), "control bytes"),
        ("甲.xyz", "一、要求\n".encode(), ".xyz file"),
    ],
)
def test_refused(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    """What is empty, no text or of another kind is refused, with the file's name and the reason."""
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(SourceError) as caught:
        read(path)
    message = str(caught.value)
    assert name in message and reason in message
    assert "\n" not in message


def test_missing_path(tmp_path: Path) -> None:
    """A path that does not exist is named in the error, whether a folder of it exists or not."""
    with pytest.raises(SourceError, match=r"没有\.txt"):
        list(policy_files([tmp_path / "没有.txt"]))
    with pytest.raises(SourceError, match=r"没有\.txt"):
        read(tmp_path / "没有.txt")
    with pytest.raises(SourceError, match=r"没有\.txt"):
        load([tmp_path / "没有.txt"])


def test_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file over the limit is refused before it is read."""
    monkeypatch.setattr(reading, "MAX_BYTES", 10)
    path = tmp_path / "大.txt"
    path.write_text("一、要求，抓好落实。", encoding="utf-8")
    with pytest.raises(SourceError, match=r"大\.txt.*limit of 10"):
        read(path)


def test_policy_files(tmp_path: Path) -> None:
    """A folder is walked in sorted order, without hidden files and the folder's own lists; a file is taken as it is."""
    for name in ("b.txt", "a.md", "SOURCES.md", "INDEX.md", "c/Readme.md", ".hidden.txt", "c/d.txt", ".git/e.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("一、要求\n", encoding="utf-8")
    found = [path.relative_to(tmp_path).as_posix() for path in policy_files([tmp_path])]
    assert found == ["a.md", "b.txt", "c/d.txt"]
    for name in (".hidden.txt", "INDEX.md"):
        assert list(policy_files([tmp_path / name])) == [tmp_path / name]


def test_one_bad_file_fails_alone(tmp_path: Path) -> None:
    """A file that cannot be read is reported, and the others of its folder are loaded."""
    (tmp_path / "a.txt").write_text(HANS, encoding="gb18030", newline="")
    (tmp_path / "b.txt").write_bytes(b"PK\x03\x04" + b"\x00" * 100)
    (tmp_path / "c.xyz").write_bytes(b"1")
    (tmp_path / "d.txt").write_text(HANT, encoding="big5", newline="")
    documents, failures = load([tmp_path])
    assert [(document.source_file, document.script) for document in documents] == [("a.txt", "hans"), ("d.txt", "hant")]
    assert [document.source for document in documents] == [HANS, HANT]
    assert [Path(failure.source_file).name for failure in failures] == ["b.txt", "c.xyz"]
    assert all(Path(failure.source_file).name in failure.reason for failure in failures)


@pytest.mark.parametrize(("text", "encoding"), [(HANS, "gb18030"), (HANT, "big5"), (HANS, "utf-8-sig"), (HANS, "utf-16")])
def test_offsets_count_in_the_decoded_text(tmp_path: Path, text: str, encoding: str) -> None:
    """Whatever the encoding, clauses are slices of the decoded text."""
    path = tmp_path / "甲.txt"
    path.write_bytes(text.encode(encoding))
    (document,), failures = load([path])
    assert failures == []
    assert [clause.path for clause in document.clauses] == ["序", "一", "二"]
    assert all(clause.span.of(text) == clause.text for clause in document.clauses)
