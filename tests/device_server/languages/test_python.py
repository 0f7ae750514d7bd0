"""Python as a worker evaluates it."""

from __future__ import annotations

import pytest

from tests.device_server.device import Device, Host


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("1 + 1", "2"),
        ("x = 5", "None"),
        ("x = 5\nx", "5"),
        ("def f():\n    return 1\nf()", "1"),
        ("for n in range(3): pass\nn", "2"),
        ("'é🎉'", "'é🎉'"),
        ("None", "None"),
        ("1; 2; 3", "3"),
        ("if True:\n    1", "None"),
        ("\n\n1\n\n", "1"),
        ("1\r\n", "1"),
        ("__name__", "'__main__'"),
        ("from __future__ import annotations\n1", "1"),
    ],
)
def test_the_value_is_that_of_the_last_expression(host: Host, code: str, value: str) -> None:
    assert host.eval(code)["value"] == value


def test_definitions_stay_for_every_client(device: Device, host: Host) -> None:
    host.eval("def twice(n): return 2 * n")
    with device.connect() as other:
        assert other.eval("twice(21)")["value"] == "42"


def test_main_is_the_users_own(host: Host) -> None:
    code = "import sys, __main__; __main__ is sys.modules['__main__'], __main__.__dict__ is globals(), sys.argv"
    assert host.eval(code)["value"] == "(True, True, [''])"


def test_underscore_is_the_last_value_that_is_not_none(host: Host) -> None:
    for code in ("42", "None", "x = 1"):
        host.eval(code, session="s")
    assert host.eval("_", session="s")["value"] == "42"
    assert host.eval("_", session="another")["value"] == "None"


def test_underscore_keeps_its_value_after_an_error(host: Host) -> None:
    host.eval("42", session="s")
    host.eval("1/0", session="s")
    assert host.eval("_", session="s")["value"] == "42"


def test_top_level_await_works(host: Host) -> None:
    assert host.eval("import asyncio\nawait asyncio.sleep(0, 'slept')")["value"] == "'slept'"
    assert host.eval("x = await asyncio.sleep(0, 7)\nx")["value"] == "7"
    assert host.eval("async with asyncio.timeout(1): y = 8\ny")["value"] == "8"
    assert host.eval("[n async for n in (_ async for _ in (i for i in []))] if False else 9")["value"] == "9"


def test_awaits_of_several_evals_share_a_loop(host: Host) -> None:
    host.eval("import asyncio; loop = await asyncio.sleep(0, asyncio.get_running_loop())")
    assert host.eval("loop is await asyncio.sleep(0, asyncio.get_running_loop())")["value"] == "True"


def test_what_is_awaited_is_cancelled_by_an_interrupt(host: Host) -> None:
    code = """
import asyncio
ended = []
async def wait():
    try:
        asyncio.get_running_loop().call_soon(print, "busy")
        await asyncio.sleep(1000)
    except asyncio.CancelledError:
        ended.append("cancelled")
        raise
await wait()
"""
    number = host.start(code)
    host.wait_for_text("busy")
    assert host.ask("interrupt", target=number)["op"] == "interrupted"
    assert host.eval("ended")["value"] == "['cancelled']"
    assert host.eval("await asyncio.sleep(0, 'on')")["value"] == "'on'"


def test_code_that_runs_a_loop_itself_works_too(host: Host) -> None:
    assert host.eval("import asyncio\nasyncio.run(asyncio.sleep(0, 'ran'))")["value"] == "'ran'"


@pytest.mark.parametrize(
    ("code", "line", "column"),
    [
        ("x = = 1", 7, 14),
        ("1\nx = = 1", 8, 5),
        ("(", 7, 10),
        ("x = 'abc", 7, 14),
    ],
)
def test_a_syntax_error_is_where_it_is_in_the_file(host: Host, code: str, line: int, column: int) -> None:
    error = host.eval(code, file="/src/a.py", line=7, column=10)
    assert (error["type"], error["ex"]) == ("compile", "SyntaxError")
    assert error["error"].startswith("SyntaxError: ")
    assert error["location"] == {"file": "/src/a.py", "line": line, "column": column}


def test_a_syntax_error_that_the_compiler_finds_has_the_files_line(host: Host) -> None:
    error = host.eval("1\nreturn 2", file="/src/a.py", line=7)
    assert error["type"] == "compile"
    assert error["location"] == {"file": "/src/a.py", "line": 8, "column": 1}


def test_a_syntax_error_that_the_compiler_finds_has_the_files_column(host: Host) -> None:
    error = host.eval("return 2", file="/src/a.py", line=7, column=10)
    assert error["location"] == {"file": "/src/a.py", "line": 7, "column": 10}


def test_a_syntax_error_in_an_indented_region_has_the_files_column(host: Host) -> None:
    error = host.eval("    x = = 1", file="/src/a.py", line=7)
    assert error["location"] == {"file": "/src/a.py", "line": 7, "column": 9}


def test_an_indentation_error_keeps_its_class(host: Host) -> None:
    error = host.eval("if 1:\nx")
    assert (error["type"], error["ex"]) == ("compile", "IndentationError")


def test_code_with_a_nul_is_a_compile_error(host: Host) -> None:
    assert host.eval("1\x00")["type"] == "compile"


def test_a_syntax_error_of_code_that_user_code_runs_is_a_runtime_error(host: Host) -> None:
    error = host.eval("exec('x = = 1')")
    assert (error["type"], error["ex"], error.get("location")) == ("runtime", "SyntaxError", None)
    assert error["frames"]


@pytest.mark.parametrize(
    "code",
    [
        "    x = 1\n    x + 1",
        "    if True:\n        x = 2\n    x",
        "\n    x = 2\n    x",
        "\tx = 2\n\tx",
        "  x = 2\n\n  x",
    ],
)
def test_a_region_of_an_indented_body_is_evaluated(host: Host, code: str) -> None:
    assert host.eval(code)["value"] == "2"


def test_frames_name_the_files_lines(host: Host) -> None:
    error = host.eval("def f():\n    1/0\nf()", file="/src/a.py", line=30)
    assert [(frame["file"], frame["line"], frame["name"]) for frame in error["frames"]] == [
        ("/src/a.py", 32, "<module>"),
        ("/src/a.py", 31, "f"),
    ]


def test_typed_code_is_there_for_inspect(host: Host) -> None:
    host.eval("def shown():\n    return 'source'")
    assert "return 'source'" in host.eval("import inspect; inspect.getsource(shown)")["value"]


def test_of_a_deep_stack_both_ends_are_told(host: Host) -> None:
    error = host.eval("def deep(n): return deep(n + 1)\ndeep(0)")
    assert error["ex"] == "RecursionError"
    assert len(error["frames"]) == 200
    assert error["frames"][0]["name"] == "<module>"
    assert error["frames"][-1]["name"] == "deep"


def test_the_root_of_a_chain_is_told(host: Host) -> None:
    error = host.eval("try:\n    {}['k']\nexcept KeyError as e:\n    raise ValueError('v') from e")
    assert (error["ex"], error["root_ex"], error["error"]) == ("ValueError", "KeyError", "ValueError: v")


def test_an_exception_that_cannot_be_printed_says_so(host: Host) -> None:
    error = host.eval("class E(Exception):\n  def __str__(self): raise ValueError\nraise E")
    assert error["error"] == "E: <its message could not be made: ValueError>"


def test_a_value_that_cannot_be_printed_is_an_error(host: Host) -> None:
    error = host.eval("class V:\n  def __repr__(self): raise ValueError('no')\nV()")
    assert (error["type"], error["error"]) == ("runtime", "ValueError: no")


def test_the_last_error_is_where_post_mortem_tools_look(host: Host) -> None:
    host.eval("1/0")
    assert host.eval("import sys; sys.last_value")["value"] == "ZeroDivisionError('division by zero')"


def test_an_imported_module_is_a_namespace(host: Host) -> None:
    host.eval("import json.decoder")
    answer = host.eval("__name__, JSONDecoder.__name__", ns="json.decoder")
    assert answer["value"] == "('json.decoder', 'JSONDecoder')"
    assert host.eval("__name__")["value"] == "'__main__'"


def test_a_definition_in_a_namespace_is_that_modules(host: Host) -> None:
    host.ask("load", source="", file="/src/mod_a.py", name="mod_a", lang="python")
    host.eval("added = 1", ns="mod_a")
    assert host.eval("import mod_a; mod_a.added")["value"] == "1"
    assert host.eval("'added' in globals()")["value"] == "False"


def test_a_file_is_loaded_as_the_module_of_its_name(host: Host) -> None:
    source = "import sys\nwho = __name__\nhere = __file__\ndef f(): return 1/0\n"
    assert host.ask("load", source=source, file="/src/mod_b.py", name="mod_b", lang="python")["op"] == "result"
    assert host.eval("import mod_b; mod_b.who, mod_b.here")["value"] == "('mod_b', '/src/mod_b.py')"
    frame = host.eval("mod_b.f()")["frames"][-1]
    assert (frame["file"], frame["line"], frame["name"]) == ("/src/mod_b.py", 4, "f")


def test_a_module_loaded_again_keeps_its_identity(host: Host) -> None:
    for source in ("a = 1", "b = 2"):
        host.ask("load", source=source, file="/src/mod_c.py", name="mod_c", lang="python")
    assert host.eval("import mod_c; mod_c.a, mod_c.b")["value"] == "(1, 2)"


def test_a_file_without_a_module_name_is_loaded_into_the_namespace(host: Host) -> None:
    host.ask("load", source="loaded_here = 1", file="/src/script.py", lang="python")
    assert host.eval("loaded_here")["value"] == "1"


def test_loading_leaves_underscore_alone(host: Host) -> None:
    host.eval("42", session="l")
    host.ask("load", source="43", file="/src/d.py", lang="python", session="l")
    assert host.eval("_", session="l")["value"] == "42"


def test_modules_of_the_device_server_do_not_leak_their_future_imports(host: Host) -> None:
    host.eval("def annotated(a: 1 + 1): pass")
    assert host.eval("annotated.__annotations__")["value"] == "{'a': 2}"
