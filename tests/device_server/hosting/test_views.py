"""Views that a device hosts, over the wire."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.device_server.device import Answer, Device, Host, children, is_alive, wait_until

COUNTER = "v.VStack(v.Text(str(count.value)), v.Button('More', lambda: count.update(lambda n: n + 1)))"
EXPRESSION = f"(lambda v: (lambda count: {COUNTER})(v.State(0)))(__import__('device_server.views').views)"


@pytest.fixture
def view(host: Host) -> Iterator[Answer]:
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


def strays(host: Host, device: Device) -> set[int]:
    """The processes that the device does not know of."""
    known = {device.zygote}
    for worker in host.ask("status")["workers"]:
        known |= {worker["pid"], *(each["pid"] for each in worker["checkpoints"])}
    return {pid for pid in children(device.process.pid) if is_alive(pid)} - known


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
    answer = host.ask("view-start", lang="python", **keys)
    assert answer["op"] == "error", answer
    assert text in answer["error"]
    assert workers(host) == ["main"]
    assert host.ask("view-sessions")["views"] == []
    wait_until(lambda: not strays(host, device))


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
    assert answer["type"] == "protocol", answer
    assert text in answer["error"]
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


def test_variants_are_drawn_in_copies_with_the_state_and_leave_the_view_alone(host: Host, view: Answer) -> None:
    touched = host.ask("view-touch", view=view["view"], label="More")
    answer = host.ask("view-variants", view=view["view"], variants=["light", ["dark", {"scale": 2}], {"locale": "de"}])
    light, dark, _ = answer["variants"]
    assert light["images"] == touched["images"]
    assert dark["images"][0]["scale"] == 2
    assert dark["traits"]["color_scheme"] == "dark"
    assert host.ask("fetch", ref=dark["images"][0]["ref"])["op"] == "result"
    assert host.ask("view-sessions")["views"][0]["images"] == touched["images"]


def test_variants_of_a_view_that_is_not_hosted_leave_none(host: Host) -> None:
    answer = host.ask("view-variants", expression=EXPRESSION, lang="python", variants=["dark", "rtl"])
    assert [len(each["images"]) for each in answer["variants"]] == [1, 1]
    assert workers(host) == ["main"]


FICKLE = """\
(lambda v: v.Text({'dark': lambda: __import__('os').abort(), 'light': lambda: 'well'}[v.current_traits().color_scheme]()
if v.current_traits().scale == 1 else __import__('time').sleep(60)))(__import__('device_server.views').views)
"""


def test_a_variant_that_crashes_or_hangs_costs_no_other(host: Host) -> None:
    view = start(host, FICKLE)["view"]
    answer = host.ask("view-variants", view=view, variants=["dark", {"scale": 2}, "light"], timeout_ms=300)
    dark, slow, light = answer["variants"]
    assert "SIGABRT" in dark["error"]
    assert "Timed out" in slow["error"]
    assert light["images"] == host.ask("view-snapshot", view=view)["images"]
    host.ask("view-stop", view=view)


def test_what_has_changed_between_two_pictures_is_told(host: Host, view: Answer) -> None:
    before = view["images"][0]["ref"]
    assert host.ask("view-diff", view=view["view"], b=before)["different"] is False
    after = host.ask("view-touch", view=view["view"], label="More")["images"][0]["ref"]
    answer = host.ask("view-diff", a=before, b=after)
    assert answer["different"] is True
    assert 0 < answer["share"] < 1
    assert host.ask("fetch", ref=answer["images"][0]["ref"])["op"] == "result"
    x, y, right, bottom = answer["box"]
    masked = host.ask("view-diff", a=before, b=after, masks=[[x, y, right - x, bottom - y]])
    assert masked["different"] is False


def test_a_picture_that_is_not_there_any_more_cannot_be_compared(host: Host, view: Answer) -> None:
    answer = host.ask("view-diff", view=view["view"], b=f"sha256-{'0' * 64}")
    assert answer["type"] == "protocol"
    assert "There is no picture" in answer["error"]


def test_what_a_view_prints_and_forks_while_it_is_drawn_does_no_harm(host: Host) -> None:
    text = "(print('drawn'), __import__('os').fork(), __import__('device_server.views').views.Text('x'))[-1]"
    answer = host.ask("view-start", expression=text, lang="python", size="fit")
    assert answer["op"] == "result", answer
    assert host.ask("view-snapshot", view=answer["view"])["images"] == answer["images"]
    host.ask("view-stop", view=answer["view"])


def test_a_view_in_basilisp_keeps_the_state_that_its_taps_change(host: Host) -> None:
    text = """
    (let [count (device_server.views/State 0)]
      (device_server.views/VStack (device_server.views/Text (str @count))
                                  (device_server.views/Button "More" (fn [] (swap! count inc)))))
    """
    view = start(host, text, lang="basilisp")["view"]
    assert host.ask("view-touch", view=view, label="More")["changed"] is True
    assert [each["label"] for each in host.ask("view-elements", view=view)["elements"]] == ["1", "More"]
    host.ask("view-stop", view=view)


def test_two_views_have_states_of_their_own(host: Host, view: Answer) -> None:
    other = start(host, EXPRESSION)["view"]
    host.ask("view-touch", view=view["view"], label="More")
    assert [each["label"] for each in host.ask("view-elements", view=other)["elements"]] == ["0", "More"]
    host.ask("view-stop", view=other)


def test_other_traits_keep_the_state_and_wrong_ones_the_view(host: Host, view: Answer) -> None:
    touched = host.ask("view-touch", view=view["view"], label="More")
    refused = host.ask("view-configure", view=view["view"], traits={"color_scheme": "red"})
    assert "valid are: light, dark" in refused["error"]
    assert host.ask("view-snapshot", view=view["view"])["images"] == touched["images"]
    dark = host.ask("view-configure", view=view["view"], traits="dark")
    assert dark["images"] != touched["images"]
    assert host.ask("view-configure", view=view["view"], traits="light")["images"] == touched["images"]


def test_a_tap_that_hangs_is_ended_and_the_view_goes_on(host: Host) -> None:
    view = start(host, EXPRESSION.replace("count.update(lambda n: n + 1)", "__import__('time').sleep(60)"))["view"]
    answer = host.ask("view-touch", view=view, label="More", timeout_ms=100)
    assert answer["type"] == "timeout"
    assert host.ask("view-snapshot", view=view)["op"] == "result"
    host.ask("view-stop", view=view)
