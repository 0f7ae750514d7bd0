"""The words between the bridge and the process that reads Python code."""

from __future__ import annotations

import json

from bridge.analyst_questions import Question
from tests.bridge.analyst import question


def test_a_question_is_one_line_of_json() -> None:
    asked = question("x.\n", ["x = 1\n", "\u2028"])
    line = json.dumps(asked)
    assert "\n" not in line
    assert json.loads(line) == asked
    assert asked.keys() == Question.__annotations__.keys()
