"""Zip files, read member by member; nothing is ever unpacked to disk.

The limits stand before the reading: how many members, how large each and all of them are, how far one may
blow up. A member's name is only ever printed, so `../../etc/passwd` harms nothing.
"""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath

from corpus.errors import SourceError
from corpus.reading import RawSource, SourceFile, check_size, check_suffix, extract, passed_over

MAX_MEMBERS = 5_000
MAX_TOTAL = 500 * 1024 * 1024
# Chinese text deflates to a third, an empty Word table to a fiftieth, a bomb to a thousandth.
MAX_RATIO = 200
_SMALL = 1024 * 1024  # below this a high ratio does no harm: a page of spaces
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1


def members(path: Path) -> Iterator[SourceFile]:
    """The files in a zip, in sorted order of their names; hidden ones and what programs leave are passed over.

    Raises nothing: a zip that cannot be opened is one source whose `read` says why.
    """
    try:
        check_size(path.stat().st_size, path.name)
        # In memory, within the limit for any file: no handle stays open between one member and the next.
        opened = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
        infos = [info for info in opened.infolist() if not info.is_dir()]
        check_infos(infos, path.name)
    except SourceError as error:
        yield SourceFile(str(path), partial(_refuse, str(error)))
        return
    except Exception as error:  # zipfile raises a dozen unrelated classes on damaged bytes
        yield SourceFile(str(path), partial(_refuse, _damaged(path.name, error)))
        return
    found = sorted((printed_name(info), at) for at, info in enumerate(infos))
    for name, at in found:
        if not passed_over(PurePosixPath(name).parts):
            yield SourceFile(f"{path}/{name}", partial(_read, opened, infos[at], f"{path.name}/{name}"))


def check_infos(infos: list[zipfile.ZipInfo], name: str) -> None:
    """Nothing; raises SourceError for a zip, or a Word file that is one, that would blow up when read."""
    if len(infos) > MAX_MEMBERS:
        raise SourceError(f"{name!r} holds {len(infos):,} files, over the limit of {MAX_MEMBERS:,}; split it")
    total = sum(info.file_size for info in infos)
    if total > MAX_TOTAL:
        raise SourceError(f"{name!r} unpacks to {total:,} bytes, over the limit of {MAX_TOTAL:,}; split it")


def check_ratio(info: zipfile.ZipInfo, name: str) -> None:
    """Nothing; raises SourceError for a member that blows up further than any document does."""
    if info.file_size > _SMALL and info.file_size > MAX_RATIO * max(info.compress_size, 1):
        raise SourceError(
            f"{name!r} unpacks to {info.file_size // max(info.compress_size, 1)} times its size (a zip bomb); "
            "remove it"
        )


def printed_name(info: zipfile.ZipInfo) -> str:
    """A member's name as it was typed, without parts that would lead out of the archive.

    Windows writes names in its own code page and does not say so; zipfile then reads them as cp437.
    """
    name = info.filename
    if not info.flag_bits & _UTF8_NAME:
        try:
            raw = name.encode("cp437")
        except UnicodeEncodeError:
            raw = b""
        for encoding in ("utf-8", "gb18030"):
            try:
                name = raw.decode(encoding) or name
                break
            except UnicodeDecodeError:
                continue
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return "/".join(parts).replace("\n", " ").replace("\r", " ") or "unnamed"


def _read(opened: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> RawSource:
    check_suffix(name)
    check_size(info.file_size, name)
    check_ratio(info, name)
    if info.flag_bits & _ENCRYPTED:
        raise SourceError(f"{name!r} is encrypted; unpack the archive with its password first")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise SourceError(
            f"{name!r} is a link to another file, which is not followed; put the file itself in"
        )
    try:
        with opened.open(info) as member:
            buffer = io.BytesIO()
            # A member may hold more than it declares; zipfile stops there, and this stops in any case.
            while piece := member.read(1024 * 1024):
                buffer.write(piece)
                check_size(buffer.tell(), name)
    except SourceError:
        raise
    except Exception as error:  # zipfile, zlib, bz2 and lzma raise their own classes on damaged bytes
        raise SourceError(_damaged(name, error)) from error
    return extract(buffer.getvalue(), name)


def _damaged(name: str, error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{name!r} cannot be read ({error.strerror}); check the file"
    return f"{name!r} is damaged or no zip archive ({type(error).__name__}); pack it again"


def _refuse(reason: str) -> RawSource:
    raise SourceError(reason)
