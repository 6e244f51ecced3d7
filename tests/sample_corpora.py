"""Assistants over a few small texts, for tests of what is answered rather than of how it is found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from assistant.assistant import Assistant
from assistant.building import build
from assistant.settings import Settings
from tests.conftest import CountingEncoder


@contextmanager
def over(folder: Path, *texts: str) -> Iterator[Assistant]:
    """An assistant over these documents, with an encoder that knows nothing; what it needs is kept in `folder`."""
    paths = [folder / f"{number}.txt" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    settings = Settings(folder / "home")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("indexing.embedding.open_encoder", lambda *_, **__: CountingEncoder())
        build(settings, paths)
        opened = Assistant.open(settings)
    yield opened
    opened.close()
