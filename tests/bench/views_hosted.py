"""Hosted views: from the push of an edit to the picture in its answer, from a crash to the next frame, and variants."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.device_server.device import Device, Host, running
from tests.device_server.edited_project import Project, serving

_TIMES = 20
_PAUSE_S = 0.4
"""As long as people need between two saves, so that a template is made meanwhile."""
_SIZES = (10, 300)
_AT_ONCE = 4
_TEXT = """\
from device_server import views as v

TITLE = "0"
count = v.State(0)

@v.preview("Counter")
def counter():
    rows = [v.Text(f"{TITLE} {shown(number)}") for number in range(12)]
    return v.VStack(*rows, v.Button("More", crash))

def shown(number):
    return number + 0

def crash():
    import os
    os.abort()
"""


def run() -> None:
    """Print a row for each."""
    for modules in _SIZES:
        with running() as device, device.connect("out", "values") as host:
            project = Project(counters=_TEXT, **{f"m{number}": "x = 1\n" * 20 for number in range(modules)})
            with serving(device, project):
                _edits(device, host, project, modules)
    with running() as device, device.connect("out", "values") as host:
        _variants(host)


def _edits(device: Device, host: Host, project: Project, modules: int) -> None:
    host.eval(f"import {', '.join(project.texts)}")
    view = str(host.ask("view-start", module="counters", index=0, size="400x600")["view"])
    time.sleep(4 * _PAUSE_S)
    edits: dict[str, Callable[[int], tuple[str, str]]] = {
        "literal": lambda number: (f'"{number}"', f'"{number + 1}"'),
        "body": lambda number: ("number + 0" + " * 1" * number, "number + 0" + " * 1" * (number + 1)),
        "structural": lambda number: ("@v.preview", f"class C{number}:\n    pass\n\n@v.preview"),
    }
    for tier, edit in edits.items():
        found = [_save(host, project, view, *edit(number), tier) for number in range(_TIMES)]
        _tell(f"{tier}, {modules} modules", found)
    found = []
    for _ in range(_TIMES):
        time.sleep(_PAUSE_S)
        began = time.perf_counter()
        assert host.ask("view-touch", view=view, label="More")["type"] == "crash"
        assert host.ask("view-snapshot", view=view)["op"] == "result"
        found.append((time.perf_counter() - began) * 1000)
    _tell(f"crash to the next frame, {modules} modules", found)


def _save(host: Host, project: Project, view: str, old: str, new: str, tier: str) -> float:
    time.sleep(_PAUSE_S)
    text = project.texts["counters"]
    assert old in text
    project.texts["counters"] = text.replace(old, new, 1)
    began = time.perf_counter()
    files = [{"path": project.path("counters"), "source": project.texts["counters"]}]
    answer = host.ask("reload", files=files)
    elapsed_ms = (time.perf_counter() - began) * 1000
    assert answer["views"][view]["tier"] == tier, answer
    assert view in answer["images"], answer
    return elapsed_ms


def _variants(host: Host) -> None:
    text = "(lambda v: v.VStack(*[v.Text(str(n)) for n in range(12)]))(__import__('device_server.views').views)"
    began = time.perf_counter()
    for _ in range(100 // _AT_ONCE):
        asked = [
            host.request("view-variants", expression=text, lang="python", variants=["light", "dark", "rtl"])
            for _ in range(_AT_ONCE)
        ]
        for answer in map(host.answer, asked):
            assert all(each.get("images") for each in answer["variants"]), answer
    print(f"{'100 views x 3 variants, 4 at a time':50} {time.perf_counter() - began:6.2f} s")


def _tell(what: str, found: list[float]) -> None:
    ordered = sorted(found)
    print(
        f"{what:50} {ordered[len(ordered) // 2]:6.1f} ms  95th percentile {ordered[int(len(ordered) * 0.95)]:6.1f} ms"
    )
