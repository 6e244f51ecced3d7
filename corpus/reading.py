"""From bytes on disk to the source text that every offset counts in.

A text file's source text is the file decoded, nothing more: line ends and dirt stay as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import SourceError

MAX_BYTES = 50 * 1024 * 1024
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_TEXT_SUFFIXES = {".txt", ".md", ".markdown", ".text", ""}


@dataclass(frozen=True, slots=True)
class RawSource:
    """A file read: its name, its source text, the SHA-256 of its bytes."""

    name: str
    text: str
    digest: str


def policy_files(paths: Sequence[Path]) -> Iterator[Path]:
    """The files to read, folders walked in sorted order; hidden files and SOURCES.md are passed over.

    Raises SourceError for a path that does not exist.
    """
    for path in paths:
        if not path.exists():
            raise SourceError(f"no file or folder at {str(path)!r}; check the path")
        if path.is_file():
            yield path
            continue
        for found in sorted(path.rglob("*")):
            hidden = any(part.startswith(".") for part in found.relative_to(path).parts)
            if found.is_file() and not hidden and found.name != "SOURCES.md":
                yield found


def read(path: Path) -> RawSource:
    """The source text of a policy file.

    Raises SourceError, naming the file and the reason, for what is no text, empty, too large or unreadable.
    """
    name = path.name
    if path.suffix.lower() not in _TEXT_SUFFIXES:
        raise SourceError(f"{name!r} is a {path.suffix} file, which is not read; save it as .txt or .md")
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise SourceError(f"{name!r} has {size:,} bytes, over the limit of {MAX_BYTES:,}; split it")
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{name!r} cannot be read ({error.strerror}); check the file") from error
    return RawSource(name, decode(data, name), hashlib.sha256(data).hexdigest())


def decode(data: bytes, name: str) -> str:
    """`data` as text: by its byte order mark, as UTF-8, else GB18030 or Big5 by what it reads like."""
    if not data.strip():
        raise SourceError(f"{name!r} is empty; remove it or fill it")
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _checked(data.decode(encoding, errors="strict"), name)
    try:
        return _checked(data.decode("utf-8"), name)
    except UnicodeDecodeError:
        pass
    candidates: list[tuple[float, str]] = []
    for encoding in ("gb18030", "big5"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        candidates.append((_plausible(text), text))
    if not candidates or max(candidates)[0] < 0.5:
        raise SourceError(f"{name!r} is no text file (its bytes fit no known encoding); export it as text")
    return _checked(max(candidates)[1], name)


def _plausible(text: str) -> float:
    """The share of characters that Chinese running text is made of; GB18030 read as Big5 scores low."""
    from corpus.normalize import common_share

    return common_share(text[:20000])


def _checked(text: str, name: str) -> str:
    control = sum(1 for c in text[:20000] if c < " " and c not in "\t\n\r\f\v")
    if control > len(text[:20000]) * 0.01 or "\x00" in text[:20000]:
        raise SourceError(f"{name!r} is no text file (it holds control bytes); export it as text")
    return text
