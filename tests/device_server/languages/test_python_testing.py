"""Python tests that a device runs without pytest: those that no file holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.device_server.device import Answer, Host
from tests.device_server.languages.runs import assertions, ended, types

Tests = Callable[..., list[Answer]]


@pytest.fixture
def tests(host: Host) -> Iterator[Tests]:
    """Loads a text as a module without a file, and runs its tests: all messages of the run."""

    def run(text: str, **keys: object) -> list[Answer]:
        answer = host.ask("load", source=text, file="/no/such/test_it.py", name="test_it", lang="python", session="s")
        assert answer["op"] == "result", answer
        return host.answers(host.request("test", lang="python", session="s", **{"namespaces": ["test_it"], **keys}))

    yield run
    host.eval("import sys; sys.modules.pop('test_it', None)")


def test_functions_run_in_the_order_in_which_they_were_defined(tests: Tests) -> None:
    answers = tests("def test_z(): pass\ndef test_a(): assert 0\ndef test_m(): 1 / 0\ndef other(): 1 / 0\n")
    assert answers[0]["vars"] == ["test_it/test_z", "test_it/test_a", "test_it/test_m"]
    assert types(answers) == [("test_z", "pass"), ("test_a", "fail"), ("test_m", "error")]
    assert [each["line"] for each in assertions(answers)] == [1, 2, 3]
    assert answers[-1]["op"] == "result"


def test_an_error_is_told_as_its_class_and_message(tests: Tests) -> None:
    (error,) = assertions(tests("def test(): raise KeyError('no')"))
    assert error["error"] == "KeyError: 'no'"


def test_the_methods_of_test_classes_run_on_an_object_of_their_own(tests: Tests) -> None:
    answers = tests(
        "class TestIt:\n    n = 0\n    def test_a(self): self.n += 1; assert self.n == 1\n"
        "    def test_b(self): self.n += 1; assert self.n == 1\n    def helper(self): assert 0\n"
        "class TestMade:\n    def __init__(self, n): pass\n    def test_c(self): pass\n"
        "class Other:\n    def test_d(self): pass\n"
    )
    assert types(answers) == [("TestIt.test_a", "pass"), ("TestIt.test_b", "pass")]


def test_unittests_run_with_their_fixtures(tests: Tests) -> None:
    answers = tests(
        "import unittest\nlog = []\nclass TestIt(unittest.TestCase):\n"
        "    @classmethod\n    def setUpClass(cls): log.append('class')\n"
        "    def setUp(self): log.append('up')\n    def tearDown(self): log.append('down')\n"
        "    def test_a(self): self.assertEqual(log, ['class', 'up'])\n"
        "    def test_b(self): self.assertEqual(1, 2)\n"
        "    def test_c(self):\n        with self.subTest('x'): self.fail('in part')\n"
        "    def test_d(self): self.skipTest('why')\n"
        "    @unittest.expectedFailure\n    def test_e(self): self.fail()\n"
        "    @unittest.expectedFailure\n    def test_f(self): pass\n"
        "    def test_g(self): open('/no/such')\n"
    )
    assert types(answers) == [
        ("TestIt.test_a", "pass"), ("TestIt.test_b", "fail"), ("TestIt.test_c", "fail"),
        ("TestIt.test_e", "pass"), ("TestIt.test_f", "fail"), ("TestIt.test_g", "error"),
    ]  # fmt: skip
    assert "TestIt.test_d" in ended(answers)


def test_what_wants_fixtures_is_told_what_to_do(tests: Tests) -> None:
    (error,) = assertions(tests("def test(tmp_path): pass"))
    assert error["type"] == "error"
    assert "tmp_path" in error["error"]
    assert "pytest" in error["error"]


@pytest.mark.parametrize("raising", ["exit()", "raise GeneratorExit"])
def test_a_test_that_would_end_the_process_does_not(tests: Tests, raising: str) -> None:
    assert types(tests(f"def test_a(): {raising}\ndef test_b(): pass")) == [("test_a", "error"), ("test_b", "pass")]


def test_only_what_is_selected_runs(tests: Tests) -> None:
    text = "def test_a(): pass\ndef test_b(): assert 0\ndef test_c(): pass\n"
    assert types(tests(text, vars=["test_it/test_c"])) == [("test_c", "pass")]
    assert types(tests(text, options={"search": "[ab]$"})) == [("test_a", "pass"), ("test_b", "fail")]
    assert types(tests(text, options={"fail_fast": True})) == [("test_a", "pass"), ("test_b", "fail")]


def test_what_a_person_types_can_be_tested_and_is_explained(host: Host) -> None:
    host.eval("def test_typed():\n    n = 3\n    assert n == 4\n")
    answers = host.answers(host.request("test", lang="python", namespaces=["__main__"]))
    (failed,) = assertions(answers)
    assert (failed["expected"], failed["actual"], failed["line"]) == ("4", "3", 3)
    host.eval("del test_typed")


def test_a_module_that_is_not_there_is_refused(host: Host) -> None:
    answer = host.ask("test", lang="python", namespaces=["no.such"])
    assert (answer["op"], answer["type"]) == ("error", "namespace")


def test_without_names_the_programs_test_modules_are_tested(tests: Tests) -> None:
    answers = tests("def test_a(): pass", namespaces=None)
    assert answers[0]["vars"] == ["test_it/test_a"]


def test_a_namespace_of_basilisp_is_no_python_module(tests: Tests, host: Host) -> None:
    host.eval("(ns test-lisp) (defn test_a [] (/ 1 0))", lang="basilisp", session="s")
    assert tests("def test_b(): pass", namespaces=None)[0]["vars"] == ["test_it/test_b"]


def test_an_interrupt_ends_the_run(tests: Tests, host: Host) -> None:
    tests("def test_a():\n    print('on', flush=True)\n    while True: pass\n", options={"skip": ["test_it/test_a"]})
    running = host.request("test", namespaces=["test_it"], lang="python", session="s")
    host.wait_for_text("on")
    host.ask("interrupt", target=running)
    assert host.answer(running)["type"] == "interrupted"
