"""The manual cannot go stale: whatever a user can type, call, set or meet stands in README.md, in both languages.

The README is Chinese first with a complete English half below; every name is looked for in each half.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

import corpus.errors
import corpus.reading
from api import cli, schemas
from api.app import create_app
from api.cli import _parser
from assistant.answer import Status, clause_json
from assistant.settings import Settings
from corpus.errors import TiaowenError
from corpus.load import bundled, parse
from corpus.reading import read

ROOT = Path(__file__).parent.parent
PACKAGES = ("corpus", "indexing", "assistant", "eval", "api")
ENGLISH = "\n# Tiaowen in English\n"
SETTING = re.compile(r"TIAOWEN_[A-Z_]+")
TARGETS = re.compile(r"^\.PHONY: (.+)$", re.MULTILINE)

README = (ROOT / "README.md").read_text(encoding="utf-8")
SOURCES = (bundled() / "SOURCES.md").read_text(encoding="utf-8")
HALVES = dict(zip(("chinese", "english"), README.partition(ENGLISH)[::2], strict=True))


@pytest.fixture(params=sorted(HALVES))
def half(request: pytest.FixtureRequest) -> str:
    """One half of the README, the Chinese or the English one."""
    return HALVES[request.param]


def rows(half: str, first: str) -> list[str]:
    """The table rows of `half` whose first cell is `first` in code, alone or followed by what it takes."""
    return [line for line in half.splitlines() if re.match(rf"\| `{re.escape(first)}[` ]", line)]


def commands() -> dict[str, argparse.ArgumentParser]:
    """Every command of `tiaowen` and its parser."""
    groups = [one for one in _parser()._actions if isinstance(one, argparse._SubParsersAction)]
    return {name: parser for group in groups for name, parser in group.choices.items()}


def spellings(parser: argparse.ArgumentParser) -> Iterator[str]:
    """What can be typed after a command: each option as spelled, each choice, the name of any other argument."""
    for action in parser._actions:
        if action.option_strings:
            yield from action.option_strings
        elif isinstance(action, argparse._SubParsersAction):
            continue
        elif action.choices:
            yield from map(str, action.choices)
        else:
            yield str(action.metavar or action.dest)


def errors() -> list[type[TiaowenError]]:
    """Every class of the exception tree."""
    return [
        value
        for value in vars(corpus.errors).values()
        if isinstance(value, type) and issubclass(value, TiaowenError)
    ]


def absent(names: Iterator[str] | list[str], text: str) -> list[str]:
    """The names that do not stand in `text` as code."""
    return [name for name in names if not re.search(rf"`[^`\n]*(?<!\w){re.escape(name)}(?!\w)[^`\n]*`", text)]


def test_both_halves_are_there() -> None:
    """The README opens in Chinese and holds one English half, so neither language is an afterthought."""
    assert README.count(ENGLISH) == 1
    assert README.splitlines()[0] == "# Tiaowen 条文"


def test_every_command_has_a_row(half: str) -> None:
    """Each command of the parser has exactly one row in the table of commands."""
    assert {name: len(rows(half, f"tiaowen {name}")) for name in commands()} == dict.fromkeys(commands(), 1)


def test_no_row_names_a_command_that_is_gone(half: str) -> None:
    """A row of the table of commands is about a command that exists."""
    named = re.findall(r"^\| `tiaowen ([a-z]+)", half, re.MULTILINE)
    assert sorted(named) == sorted(commands())


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_option_stands_in_the_row_of_its_command(half: str, name: str) -> None:
    """The row of a command names each of its options and arguments, save those that every command takes."""
    everywhere = {"-h", "--help", "--home"}
    row = "".join(rows(half, f"tiaowen {name}"))
    assert [one for one in spellings(commands()[name]) if one not in everywhere and one not in row] == []


def test_every_global_option_stands_in_the_readme(half: str) -> None:
    """The options before or after any command are explained."""
    assert absent(list(spellings(_parser())), half) == []


def test_every_route_stands_in_the_readme(half: str, tmp_path: Path) -> None:
    """Each route of the application has a row that opens with its method and path."""
    app = create_app(Settings(tmp_path))
    routes = [
        f"{method.upper()} {path}" for path, methods in app.openapi()["paths"].items() for method in methods
    ]
    assert routes
    assert [route for route in [*routes, f"GET {app.openapi_url}"] if len(rows(half, route)) != 1] == []


def test_every_setting_has_a_row(half: str) -> None:
    """Each TIAOWEN_ variable that the code names has a row in the table of settings."""
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    named = {name for path in files for name in SETTING.findall(path.read_text(encoding="utf-8"))}
    assert named
    assert [name for name in sorted(named) if len(rows(half, name)) != 1] == []


@pytest.mark.parametrize("error", errors(), ids=lambda error: error.__name__)
def test_every_error_has_a_row_with_its_codes(half: str, error: type[TiaowenError]) -> None:
    """The row of an error class says its code, exit code and HTTP status as the class has them."""
    (row,) = rows(half, error.__name__)
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[1:4] == [f"`{error.code}`", str(error.exit_code), str(error.http_status)]


def test_every_exit_code_has_a_row(half: str) -> None:
    """Each way the command line can end is in the table of exit codes."""
    codes = [0, cli.INTERNAL, cli.USAGE, cli.SOME_FAILED, cli.INTERRUPTED, cli.BROKEN_PIPE]
    assert [code for code in codes if len(rows(half, str(code))) != 1] == []


def test_every_status_has_a_row(half: str) -> None:
    """Each outcome of a question is explained."""
    assert [status for status in Status if len(rows(half, status)) != 1] == []


def test_every_key_of_the_contract_stands_in_the_readme(half: str) -> None:
    """Each key of what the API accepts and returns is named."""
    models = [
        value
        for value in vars(schemas).values()
        if isinstance(value, type) and issubclass(value, BaseModel) and value.__module__ == schemas.__name__
    ]
    keys = sorted({key for model in models for key in model.model_fields})
    assert absent(keys, half) == []


def test_every_key_of_a_clause_line_stands_in_the_readme(half: str) -> None:
    """Each key that `tiaowen clauses --json` prints is named."""
    document = parse(read(bundled() / "yubei_zhaohu_2024.txt"))
    assert absent(list(clause_json(document.clauses[0], document)), half) == []


def test_every_suffix_that_is_read_stands_in_the_readme(half: str) -> None:
    """The formats the README names are those the reader takes."""
    groups = [value for name, value in vars(corpus.reading).items() if name.endswith("_SUFFIXES")]
    assert groups
    assert absent(sorted({suffix for group in groups for suffix in group if suffix}), half) == []


def test_every_make_target_stands_in_the_readme(half: str) -> None:
    """What make can be told to do is explained."""
    found = TARGETS.search((ROOT / "Makefile").read_text(encoding="utf-8"))
    assert found
    assert absent([f"make {target}" for target in found[1].split()], half) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_room_stands_in_the_row_of_its_folder(half: str, package: str) -> None:
    """The layout table names every module of a package, and none that is gone."""
    folder = ROOT / package
    found = {
        path.relative_to(folder).with_suffix("").as_posix()
        for path in folder.rglob("*.py")
        if path.name != "__init__.py"
    }
    (row,) = rows(half, f"{package}/")
    named = re.findall(r"`([^`]+)`", row)[1:]
    assert {name for name in named if not name.endswith("/")} == found


def test_every_bundled_document_stands_in_its_sources() -> None:
    """Each bundled file has a row and a section in SOURCES.md."""
    names = sorted(path.name for path in bundled().iterdir() if path.name != "SOURCES.md")
    assert names
    assert [
        name for name in names if f"\n## {name}\n" not in SOURCES or f"[`{name}`]({name})" not in SOURCES
    ] == []


@pytest.mark.parametrize("path", sorted(bundled().glob("*.txt")), ids=lambda path: path.name)
def test_sources_says_who_issued_what_and_when(path: Path) -> None:
    """Number, issuer, date, title and size in SOURCES.md are those that the document is read to have."""
    document = parse(read(path))
    (row,) = [line for line in SOURCES.splitlines() if line.startswith(f"| [`{path.name}`]")]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    place = "".join(document.place.path) if document.place else ""
    size, points = f"{path.stat().st_size:,}", f"{len(document.source):,}"
    lines = str(document.source.count("\n") + 1)
    assert cells[1:] == [
        document.document_number, "、".join(document.issuers), document.issued, place, size, points, lines,
    ]  # fmt: skip
    assert f"**标题**：{document.title}" in SOURCES


def test_the_example_stands_in_the_readme(half: str) -> None:
    """Every file of examples/ is pointed to."""
    assert absent([f"examples/{path.name}" for path in sorted((ROOT / "examples").glob("*.py"))], half) == []


def test_no_link_of_the_readme_leads_nowhere() -> None:
    """Each relative link leads to a file or folder that is there."""
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
