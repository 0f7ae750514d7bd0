"""The borders that docs/architecture.md draws, held by reading the code. Not what the code does when it runs.

A check is a function from a tree (a checkout) to its offences, as sentences that say what to do instead.
So each check is shown to bite: PLANTED holds an offence for every one.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import pytest

Check: TypeAlias = Callable[[Path], list[str]]

PACKAGES: Final = ("device_server", "middleware", "bridge", "repl")

DIAGRAM: Final = ("device_server <- middleware <- bridge", "device_server <- repl")
"""Who may import whom: each name those left of it. docs/architecture.md shows the same lines."""

SHARED: Final = "device_server.wire"
"""The one module of the device server that others import."""

LAZY_ENTRANCES: Final = {
    ("bridge/cli.py", "device_server.__main__"),
    ("bridge/cli.py", "repl.main"),
    ("bridge/golden_pictures.py", "device_server.views.difference"),
}
"""Imports across a border that a function may make: these commands are processes of their own."""

THIRD_PARTY: Final = {
    "device_server/languages/basilisp.py": "basilisp",
    "device_server/languages/basilisp_descriptions.py": "basilisp",
    "device_server/languages/basilisp_expressions.py": "basilisp",
    "device_server/languages/basilisp_importing.py": "basilisp",
    "device_server/languages/basilisp_inspecting.py": "basilisp",
    "device_server/languages/basilisp_printing.py": "basilisp",
    "device_server/languages/basilisp_symbols.py": "basilisp",
    "device_server/languages/basilisp_testing.py": "basilisp",
    "device_server/languages/python_pytest.py": "pytest",
    "device_server/languages/basilisp_code.py": "basilisp",
    "device_server/languages/basilisp_errors.py": "basilisp",
    "device_server/languages/basilisp_macros.py": "basilisp",
    "device_server/languages/basilisp_undef.py": "basilisp",
    "device_server/reload/basilisp_hooks.py": "basilisp",
    "device_server/reload/basilisp_apply.py": "basilisp",
    "device_server/reload/basilisp_effects.py": "basilisp",
    "device_server/reload/basilisp_forms.py": "basilisp",
    "device_server/reload/basilisp_lines.py": "basilisp",
    "device_server/reload/basilisp_live.py": "basilisp",
    "device_server/reload/basilisp_plan.py": "basilisp",
    "device_server/reload/basilisp_requires.py": "basilisp",
    "device_server/reload/basilisp_run.py": "basilisp",
    "device_server/reload/basilisp_snapshot.py": "basilisp",
    "device_server/views/canvas.py": "PIL",
    "device_server/views/difference.py": "PIL",
    "device_server/views/imaging.py": "PIL",
    "device_server/views/typefaces.py": "PIL",
}
"""The files of the device server with a dependency, each loaded only when it is needed."""

OPENS_THINGS: Final = frozenset({
    "asyncio", "concurrent", "http", "multiprocessing", "os", "pathlib.Path", "selectors", "shutil", "socket",
    "socketserver", "ssl", "subprocess", "tempfile", "urllib.request",
})  # fmt: skip

PURE: Final = frozenset({"immutables"})
"""Third-party modules that do no IO, for middleware too."""

RUNS_CODE: Final = frozenset({"__import__", "compile", "eval", "exec"})
IMPORTS_CODE: Final = frozenset({"code", "codeop", "imp", "importlib.import_module", "importlib.util", "runpy"})
NEVER_RUNS_USER_CODE: Final = ("bridge/", "middleware/", "device_server/supervisor.py")

MAY_CATCH_ALL: Final = (
    "device_server/answers.py",
    "device_server/symbols.py",
    "device_server/displaying.py",
    "device_server/presenting.py",
    "device_server/inspector.py",
    "device_server/evaluator.py",
    "device_server/forking.py",
    "device_server/project_imports.py",
    "device_server/checkpoints.py",
    "device_server/hosting/copies.py",
    "device_server/hosting/setup.py",
    "device_server/languages/",
    "device_server/reload/reloader.py",
    "bridge/python_analyst.py",
    "middleware/replies.py",
)
"""Where any exception becomes a reply: user code runs or is read there, or an op must not end without its `done`."""

MAX_FILE_LINES: Final = 400
MAX_FUNCTION_LINES: Final = 40
SAYS_NOTHING: Final = frozenset({"common", "helper", "helpers", "util", "utils"})

UNTESTED: Final[frozenset[str]] = frozenset()
"""Files without a test file of their own. This list may only shrink."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file of a package: its path below the tree, with slashes, and what it says."""

    path: str
    text: str
    tree: ast.Module

    @property
    def package(self) -> str:
        return self.path.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name, in full: `from a import b` is `a.b`. A lazy one waits for a function to be called."""

    name: str
    line: int
    lazy: bool

    def is_in(self, module: str) -> bool:
        return f"{self.name}.".startswith(f"{module}.")


def sources(root: Path, *packages: str) -> Iterator[Source]:
    for package in packages or PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            text = path.read_text()
            yield Source(path.relative_to(root).as_posix(), text, ast.parse(text))


def imports(node: ast.AST, *, lazy: bool = False) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, child.lineno, lazy) for alias in child.names)
        elif isinstance(child, ast.ImportFrom) and child.module:
            yield from (Import(f"{child.module}.{alias.name}", child.lineno, lazy) for alias in child.names)
        else:
            yield from imports(child, lazy=lazy or waits(child))


def waits(node: ast.AST) -> bool:
    """Whether what is inside does not run when the module is imported."""
    if isinstance(node, ast.If):
        return ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)


def uses(source: Source, is_wrong: Callable[[Import], bool], builtins: frozenset[str]) -> list[str]:
    """Where and what: the imports that are wrong here, and the calls of these builtins."""
    found = [(each.line, each.name) for each in imports(source.tree) if is_wrong(each)]
    called = [
        (node.lineno, node.func.id)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in builtins
    ]
    return [f"{source.path}:{line}: {name}" for line, name in found + called]


def may_import() -> dict[str, set[str]]:
    """Package -> the packages it may import from, itself included."""
    allowed = {package: {package} for package in PACKAGES}
    for chain in (line.split(" <- ") for line in DIAGRAM):
        for place, package in enumerate(chain):
            allowed[package].update(chain[:place])
    return allowed


def imports_across_borders(root: Path) -> list[str]:
    allowed, ours = may_import(), {*PACKAGES, "examples", "tests"}
    return [
        f"{source.path}:{found.line}: {found.name}: the diagram in docs/architecture.md has no such edge"
        for source in sources(root)
        for found in imports(source.tree)
        if found.name.partition(".")[0] in ours - allowed[source.package] and not is_lazy_entrance(source, found)
    ]


def imports_past_the_wire(root: Path) -> list[str]:
    return [
        f"{source.path}:{found.line}: {found.name}: of the device server, {SHARED} is what others import"
        for source in sources(root, *PACKAGES[1:])
        for found in imports(source.tree)
        if found.is_in("device_server") and not found.is_in(SHARED) and not is_lazy_entrance(source, found)
    ]


def is_lazy_entrance(source: Source, found: Import) -> bool:
    return found.lazy and any(source.path == path and found.is_in(module) for path, module in LAZY_ENTRANCES)


def io_in_middleware(root: Path) -> list[str]:
    return [
        f"{use}: middleware does no IO; the bridge lends it what it needs, see middleware/request.py"
        for source in sources(root, "middleware")
        for use in uses(source, opens_things, frozenset({"open"}))
    ]


def opens_things(found: Import) -> bool:
    if found.name.partition(".")[0] not in {*sys.stdlib_module_names, *PURE, "device_server", "middleware"}:
        return True
    return found.name == "pathlib" or any(map(found.is_in, OPENS_THINGS))


def user_code_outside_workers(root: Path) -> list[str]:
    return [
        f"{use}: only workers run or import code that is not ours"
        for source in sources(root)
        if source.path.startswith(NEVER_RUNS_USER_CODE)
        for use in uses(source, imports_by_name, RUNS_CODE)
    ]


def imports_by_name(found: Import) -> bool:
    return found.name == "importlib" or any(map(found.is_in, IMPORTS_CODE))


def third_party_on_the_device(root: Path) -> list[str]:
    ours = {*sys.stdlib_module_names, "device_server"}
    return [
        f"{source.path}:{found.line}: {found.name}: a bare Python starts the device server; import it where it is used"
        for source in sources(root, "device_server")
        for found in imports(source.tree)
        if not found.lazy and found.name.partition(".")[0] not in {*ours, THIRD_PARTY.get(source.path)}
    ]


STARTS: Final = ("device_server.supervisor", "device_server.__main__")
LOADED: Final = """
import importlib, sys
root, site, *names = sys.argv[1:]
sys.path[:] = [root, *sys.path, site]
for name in names:
    importlib.import_module(name)
loaded = {name.partition(".")[0] for name in sys.modules}
print(*sorted(loaded - {*sys.stdlib_module_names, "__main__", "device_server"}))
"""


def third_party_at_start_up(root: Path) -> list[str]:
    """In a real process: what the supervisor loads, in reach of everything that is installed."""
    command = [sys.executable, "-I", "-S", "-c", LOADED, str(root), sysconfig.get_path("purelib"), *STARTS]
    process = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if process.returncode:
        return [f"device_server cannot be imported by a bare Python: {process.stderr}"]
    return [f"device_server loads {name} as it starts; import it where it is used" for name in process.stdout.split()]


def empty_names(root: Path) -> list[str]:
    return [
        f"{path.relative_to(root)}: name it after what it holds"
        for folder in (*PACKAGES, "elisp", "examples", "tests")
        for path in sorted((root / folder).rglob("*"))
        if path.name.partition(".")[0] in SAYS_NOTHING
    ]


def broad_excepts(root: Path) -> list[str]:
    return [
        f"{source.path}:{line}: catch what you expect; only {', '.join(MAY_CATCH_ALL)} answer for everything"
        for source in sources(root)
        if not source.path.startswith(MAY_CATCH_ALL)
        for line in catch_alls(source.tree)
    ]


def catch_alls(tree: ast.AST) -> Iterator[int]:
    """The lines with an `except` or a `suppress` that takes any exception."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            kinds: list[ast.expr | None] = [node.type]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
            kinds = [*node.args]
        else:
            continue
        if any(map(takes_any_exception, kinds)):
            yield node.lineno


def takes_any_exception(kind: ast.expr | None) -> bool:
    if kind is None:
        return True
    return any(isinstance(node, ast.Name) and node.id in ("BaseException", "Exception") for node in ast.walk(kind))


def long_files(root: Path) -> list[str]:
    return [
        f"{source.path}: {lines} lines; {MAX_FILE_LINES} is the limit, a second subject begins somewhere"
        for source in sources(root)
        if (lines := len(source.text.splitlines())) > MAX_FILE_LINES
    ]


def long_functions(root: Path) -> list[str]:
    return [
        f"{source.path}:{node.lineno}: {node.name} has {lines} lines; {MAX_FUNCTION_LINES} is the limit"
        for source in sources(root)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > MAX_FUNCTION_LINES
    ]


def files_without_tests(root: Path, untested: frozenset[str] = UNTESTED) -> list[str]:
    here = {source.path for source in sources(root) if has_code(source)}
    tested = {path for path in here if (root / mirror_of(path)).exists()}
    return [
        *(f"{path}: its test file {mirror_of(path)} is missing" for path in sorted(here - tested - untested)),
        *(
            f"{path}: strike it from UNTESTED, it is gone or has its tests"
            for path in sorted(untested - (here - tested))
        ),
    ]


def has_code(source: Source) -> bool:
    """Whether there is more than a docstring: an `__init__.py` often has no more."""
    return any(not isinstance(node, ast.Expr) for node in source.tree.body)


def mirror_of(path: str) -> str:
    """`tests/a/test_b.py` tests `a/b.py` (and a package `a/b`), `tests/a/test_main.py` tests `a/__main__.py`."""
    place = Path("tests", path.removesuffix("/__init__.py"))
    return place.with_name(f"test_{place.stem.strip('_')}.py").as_posix()


CHECKS: Final[tuple[Check, ...]] = (
    imports_across_borders, imports_past_the_wire, io_in_middleware, user_code_outside_workers,
    third_party_on_the_device, third_party_at_start_up, empty_names, broad_excepts, long_files, long_functions,
    files_without_tests,
)  # fmt: skip


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_code_keeps_to_its_borders(check: Check, project_root: Path) -> None:
    assert check(project_root) == []


def test_the_diagram_in_the_docs_shows_the_borders_that_are_held(project_root: Path) -> None:
    text = (project_root / "docs/architecture.md").read_text()
    assert set(re.findall(r"^\w+(?: <- \w+)+$", text, re.MULTILINE)) == set(DIAGRAM)


def test_the_map_in_the_docs_has_every_file_and_no_other(project_root: Path) -> None:
    text = (project_root / "docs/architecture.md").read_text()
    head, _, *rows = re.findall(r"^\|.*\|$", text[text.index("| concern |") :].split("\n\n")[0], re.MULTILINE)
    folders, *places = [[cell.strip() for cell in row.strip("|").split("|")] for row in (head, *rows)]
    on_the_map = {
        f"{folder}/{name}.py"
        for row in places
        for folder, names in zip(folders[1:], row[1:], strict=True)
        for name in names.split(", ")
        if name
    }
    files = {source.path for source in sources(project_root, "bridge", "middleware", "device_server")}
    assert on_the_map == {path for path in files if not Path(path).name.startswith("__")}


PLANTED: Final[tuple[tuple[Check, str, str], ...]] = (
    (imports_across_borders, "device_server/supervisor.py", "import bridge.app"),
    (imports_across_borders, "middleware/eval.py", "def f() -> None:\n    from bridge import sessions"),
    (imports_across_borders, "bridge/app.py", "from repl.loop import Loop"),
    (imports_across_borders, "bridge/cli.py", "from repl.main import run"),
    (imports_across_borders, "repl/loop.py", "import middleware"),
    (imports_across_borders, "bridge/app.py", "from tests.conftest import project_root"),
    (imports_past_the_wire, "bridge/app.py", "from device_server import supervisor"),
    (imports_past_the_wire, "middleware/eval.py", "import device_server"),
    (imports_past_the_wire, "bridge/cli.py", "from device_server.__main__ import main"),
    (imports_past_the_wire, "bridge/app.py", "def f() -> None:\n    from device_server.__main__ import main"),
    (io_in_middleware, "middleware/eval.py", "import socket"),
    (io_in_middleware, "middleware/eval.py", "from os import path"),
    (io_in_middleware, "middleware/eval.py", "def f() -> None:\n    import trio"),
    (io_in_middleware, "middleware/load_file.py", "from pathlib import Path"),
    (io_in_middleware, "middleware/load_file.py", "text = open('x').read()"),
    (user_code_outside_workers, "bridge/app.py", "eval('1')"),
    (user_code_outside_workers, "device_server/supervisor.py", "from importlib import import_module"),
    (third_party_on_the_device, "device_server/wire.py", "import click"),
    (third_party_on_the_device, "device_server/worker.py", "import basilisp.main"),
    (third_party_on_the_device, "device_server/worker.py", "try:\n    import trio\nexcept ImportError:\n    pass"),
    (third_party_at_start_up, "device_server/supervisor.py", "import click"),
    (third_party_at_start_up, "device_server/__main__.py", "def f():\n    import click\nf()"),
    (third_party_at_start_up, "device_server/supervisor.py", "import not_installed"),
    (empty_names, "bridge/utils.py", ""),
    (empty_names, "tests/bridge/helpers/__init__.py", ""),
    (broad_excepts, "bridge/app.py", "try:\n    f()\nexcept Exception:\n    pass"),
    (broad_excepts, "bridge/app.py", "try:\n    f()\nexcept (OSError, BaseException):\n    pass"),
    (broad_excepts, "middleware/eval.py", "try:\n    f()\nexcept:\n    pass"),
    (broad_excepts, "bridge/app.py", "with contextlib.suppress(Exception):\n    f()"),
    (long_files, "bridge/app.py", "a = 1\n" * 401),
    (long_functions, "bridge/app.py", "def f() -> None:\n" + "    g()\n" * 40),
    (files_without_tests, "bridge/app.py", "a = 1"),
    (files_without_tests, "device_server/languages/__init__.py", "a = 1"),
)

PLANTED_IDS: Final = [f"{check.__name__}-{number}" for number, (check, _, _) in enumerate(PLANTED)]


@pytest.mark.parametrize(("check", "path", "code"), PLANTED, ids=PLANTED_IDS)
def test_a_planted_offence_is_found(check: Check, path: str, code: str, tree: Path) -> None:
    plant(tree, path, code)
    (offence,) = check(tree)
    assert path.partition("/")[0] in offence


def test_every_check_is_shown_to_bite() -> None:
    assert {check for check, _, _ in PLANTED} == set(CHECKS)


ALLOWED: Final = {
    "device_server/wire.py": "import json\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import basilisp",
    "device_server/evaluator.py": "try:\n    f()\nexcept BaseException as error:\n    answer(error)",
    "device_server/languages/__init__.py": '"""Languages."""',
    "device_server/languages/basilisp.py": "import basilisp.main",
    "middleware/eval.py": "from pathlib import PurePath\nfrom device_server.wire import ErrorType",
    "bridge/app.py": "import trio\nfrom device_server import wire\nfrom middleware.stack import order",
    "bridge/cli.py": "def f() -> None:\n    from device_server.__main__ import main\n    from repl.main import run",
    "repl/loop.py": "import device_server.wire",
}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_what_is_allowed_is_not_reported(check: Check, tree: Path) -> None:
    for path, code in ALLOWED.items():
        plant(tree, path, code)
        plant(tree, mirror_of(path), "")
    assert check(tree) == []


def test_an_exception_that_has_its_test_must_be_struck_off(tree: Path) -> None:
    plant(tree, "bridge/app.py", "a = 1")
    assert files_without_tests(tree, frozenset({"bridge/app.py"})) == []
    plant(tree, "tests/bridge/test_app.py", "")
    assert files_without_tests(tree, frozenset({"bridge/app.py"})) != []


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The least that every check finds in order."""
    for name in STARTS:
        plant(tmp_path, f"{name.replace('.', '/')}.py", "")
    return tmp_path


def plant(root: Path, path: str, code: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(code)
