"""The files that set the project up agree with each other and can be followed on an empty machine."""

from __future__ import annotations

import ast
import os
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[0-9][0-9A-Za-z.]*)")
"""One line of constraints.txt without its comment: a name and one public version, for example `jieba==0.42.1`."""
NAME = re.compile(r"[A-Za-z0-9._-]+")


def canonical(name: str) -> str:
    """The name as the packaging rules compare it: `Faiss_CPU` → `faiss-cpu`."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pin_lines() -> list[str]:
    """The lines of constraints.txt that say something, without comments."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [said for line in lines if (said := line.split("#")[0].strip())]


@pytest.fixture(scope="module")
def pins() -> dict[str, str]:
    """The pinned version of each package, by canonical name."""
    matches = [PIN.fullmatch(line) for line in pin_lines()]
    return {canonical(match["name"]): match["version"] for match in matches if match}


@pytest.fixture(scope="module")
def project() -> dict[str, object]:
    """The `[project]` and `[build-system]` tables of pyproject.toml, merged."""
    tables = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {**tables["project"], "build": tables["build-system"]["requires"]}


def requirements(project: dict[str, object]) -> list[str]:
    """All requirements that pyproject.toml states: to run, to develop, to build."""
    extras = project["optional-dependencies"]
    assert isinstance(extras, dict)
    stated = [project["dependencies"], *extras.values(), project["build"]]
    return [requirement for group in stated for requirement in group]


def test_every_constraint_is_one_exact_public_version() -> None:
    """No range, no address, no local version suffix such as +cpu: only `name==version`."""
    assert [line for line in pin_lines() if not PIN.fullmatch(line)] == []


def test_no_package_is_pinned_twice(pins: dict[str, str]) -> None:
    """One line a package; a second one would silently make the first void."""
    assert len(pins) == len(pin_lines())


def test_every_direct_dependency_is_pinned(project: dict[str, object], pins: dict[str, str]) -> None:
    """What pyproject.toml asks for, constraints.txt decides, the build tool included."""
    names = {canonical(match[0]) for stated in requirements(project) if (match := NAME.match(stated))}
    assert names - pins.keys() == set()


def test_what_is_imported_is_asked_for(project: dict[str, object]) -> None:
    """A library that the code imports is a dependency of its own, not one that comes along with another."""
    own = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    imported = {
        name.split(".")[0]
        for package in own - {"tests"}
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_bytes()))
        for name in _imported(node)
    }
    providers = packages_distributions()
    foreign = imported - own - sys.stdlib_module_names
    stated = {canonical(match[0]) for one in project["dependencies"] if (match := NAME.match(one))}
    assert {name for name in foreign if not stated & {canonical(given) for given in providers[name]}} == set()


def test_an_exact_requirement_and_its_pin_agree(project: dict[str, object], pins: dict[str, str]) -> None:
    """Where pyproject.toml is exact, constraints.txt says the same version."""
    exact = [match for stated in requirements(project) if (match := PIN.fullmatch(stated))]
    assert {canonical(match["name"]): match["version"] for match in exact} == {
        canonical(match["name"]): pins[canonical(match["name"])] for match in exact
    }


def test_torch_is_exact_wherever_a_resolver_could_choose(project: dict[str, object], pins: dict[str, str]) -> None:
    """A bare or ranged torch would pull gigabytes of GPU libraries, so both files say 2.13.0."""
    stated = [requirement for requirement in requirements(project) if canonical(requirement).startswith("torch")]
    assert stated == ["torch==2.13.0"]
    assert pins["torch"] == "2.13.0"


def test_no_gpu_library_is_pinned(pins: dict[str, str]) -> None:
    """The resolved set is the one for the processor alone."""
    assert [name for name in pins if name.startswith(("nvidia", "cuda", "triton"))] == []


def test_continuous_integration_runs_make_test() -> None:
    """.ci/run is executable and ends in `make test`, so a person and the machine run the same check."""
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text(encoding="utf-8").rstrip().splitlines()[-1] == "exec make test"


def test_pip_reads_the_constraints_in_build_environments_too() -> None:
    """make exports both variables: older pips read the first in build environments, newer ones the second."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^export PIP_CONSTRAINT\s*:= constraints\.txt$", makefile, re.MULTILINE)
    assert re.search(r"^export PIP_BUILD_CONSTRAINT\s*:= constraints\.txt$", makefile, re.MULTILINE)


def test_every_package_folder_is_packaged() -> None:
    """A folder with an __init__.py at the top level is in the wheel, and nothing else is."""
    tables = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    folders = sorted(path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name != "tests")
    assert sorted(tables["tool"]["setuptools"]["packages"]) == folders


def test_the_command_is_installed_under_its_name(project: dict[str, object]) -> None:
    """`tiaowen` starts the command line."""
    assert project["scripts"] == {"tiaowen": "api.cli:main"}


def _imported(node: ast.AST) -> list[str]:
    """The module names that an import statement names; none for other nodes."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
