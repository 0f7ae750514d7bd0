"""Views that a device hosts, over the wire."""

from __future__ import annotations

from typing import Any

import pytest

from tests.device_server.device import Answer, Device, Host, children, wait_until

COUNTER = "v.VStack(v.Text(str(count.value)), v.Button('More', lambda: count.update(lambda n: n + 1)))"
EXPRESSION = f"(lambda v: (lambda count: {COUNTER})(v.State(0)))(__import__('device_server.views').views)"


@pytest.fixture
def view(host: Host) -> Any:
    """A counter, in Python."""
    answer = start(host, EXPRESSION)
    yield answer
    host.ask("view-stop", view=answer["view"])


def start(host: Host, expression: str, **keys: object) -> Answer:
    answer = host.ask("view-start", **{"expression": expression, "lang": "python", "size": "fit", **keys})
    assert answer["op"] == "result", answer
    return answer


def workers(host: Host) -> list[str]:
    return [worker["name"] for worker in host.ask("status")["workers"]]


def test_an_expression_is_hosted_in_a_worker_of_its_own_and_drawn(host: Host, view: Answer) -> None:
    (image,) = view["images"]
    assert host.ask("fetch", ref=image["ref"])["mime"] == "image/png"
    assert workers(host) == ["main", view["view"]]
    (told,) = host.ask("view-sessions")["views"]
    assert told["view"] == view["view"]
    assert told["state"] == "live"
    assert told["images"] == view["images"]
    assert (
        host.eval("__import__('os').getpid()", worker=view["view"])["value"]
        != host.eval("__import__('os').getpid()")["value"]
    )


def test_a_touch_changes_the_state_and_the_picture(host: Host, view: Answer) -> None:
    first = host.ask("view-touch", view=view["view"], label="More")
    assert first["changed"]
    assert first["hit"]["role"] == "button"
    assert first["enabled"]
    assert first["images"] != view["images"]
    assert host.ask("view-snapshot", view=view["view"])["images"] == first["images"]
    texts = [each["label"] for each in host.ask("view-elements", view=view["view"])["elements"]]
    assert texts == ["1", "More"]


BAD = {
    "a syntax error": ({"expression": "1 +"}, "SyntaxError"),
    "an unknown name": ({"expression": "nowhere.view()"}, "NameError"),
    "no view": ({"expression": "7"}, "A view is"),
    "what it raises": ({"expression": "1 / 0"}, "ZeroDivisionError"),
    "a crash": ({"expression": "__import__('os').abort()"}, "SIGABRT"),
    "an exit": ({"expression": "__import__('os')._exit(3)"}, "exit code 3"),
    "a hang": ({"expression": "__import__('time').sleep(60)", "timeout_ms": 100}, "Timed out"),
    "an unknown trait": ({"expression": "7", "traits": {"colour": "red"}}, "valid are: color_scheme"),
    "an unknown value": ({"expression": "7", "traits": {"color_scheme": "red"}}, "valid are: light, dark"),
    "an unknown preset": ({"expression": "7", "traits": "neon"}, "valid are: light"),
    "no size": ({"expression": "7", "size": "0x0"}, "from 1x1"),
    "a huge size": ({"expression": "7", "size": [100_000, 100_000]}, "from 1x1 to 4096x4096"),
    "an unknown file": ({"path": "/nowhere.py"}, "is not loaded"),
    "nothing at all": ({}, "A view needs"),
}


@pytest.mark.parametrize(("keys", "text"), BAD.values(), ids=BAD.keys())
def test_what_cannot_be_hosted_is_an_error_and_leaves_nothing(
    host: Host, device: Device, keys: dict[str, object], text: str
) -> None:
    before = len(children(device.process.pid))
    answer = host.ask("view-start", lang="python", **keys)
    assert answer["op"] == "error" and text in answer["error"], answer
    assert workers(host) == ["main"]
    assert host.ask("view-sessions")["views"] == []
    wait_until(lambda: host.ask("ping") and len(children(device.process.pid)) <= before)


MISPLACED = {
    "nobody": ({"x": 0, "y": 0}, "nothing takes a tap"),
    "outside": ({"x": 5000, "y": 1}, "outside of the view"),
    "no such name": ({"label": "Less"}, "There is no element with label 'Less'"),
    "no place at all": ({}, "A touch needs a point"),
    "half a point": ({"x": 1}, "both an 'x' and a 'y'"),
    "an unknown kind": ({"label": "More", "kind": "stroke"}, "Unknown gesture"),
}


@pytest.mark.parametrize(("keys", "text"), MISPLACED.values(), ids=MISPLACED.keys())
def test_a_touch_that_reaches_nobody_says_so(host: Host, view: Answer, keys: dict[str, object], text: str) -> None:
    answer = host.ask("view-touch", view=view["view"], **keys)
    assert answer["type"] == "protocol" and text in answer["error"], answer
    assert host.ask("view-snapshot", view=view["view"])["images"] == view["images"]


def test_a_view_that_was_stopped_is_unknown_and_its_worker_gone(host: Host) -> None:
    name = start(host, EXPRESSION)["view"]
    assert host.ask("view-stop", view=name)["op"] == "result"
    for op in ("view-stop", "view-snapshot", "view-elements", "view-configure"):
        assert f"There is no view '{name}'" in host.ask(op, view=name)["error"]
    assert workers(host) == ["main"]


def test_a_crash_in_a_tap_costs_an_error_and_the_state_before_it_is_drawn(host: Host) -> None:
    text = EXPRESSION.replace(
        "count.update(lambda n: n + 1)", "__import__('os').abort() if count.update(lambda n: n + 1) == 2 else None"
    )
    view = start(host, text)
    first = host.ask("view-touch", view=view["view"], label="More")
    second = host.ask("view-touch", view=view["view"], label="More")
    assert second["type"] == "crash"
    assert "SIGABRT" in second["error"]
    assert host.ask("view-snapshot", view=view["view"])["images"] == first["images"]
    (told,) = host.ask("view-sessions")["views"]
    assert told["state"] == "live"
    assert told["images"] == first["images"]
    host.ask("view-stop", view=view["view"])
