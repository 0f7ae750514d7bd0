"""What a fresh generation costs: of projects of three sizes after an edit, and after many generations."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from device_server import platforms
from tests.device_server.device import Device, Host, descendants, running, wait_until
from tests.device_server.edited_project import Project, serving

SIZES = (10, 100, 1000)
TARGETS_MS = {10: 15, 100: 20, 1000: 40}
EDITS = 40
SOAK = 500
LIMIT = 100
FUNCTIONS = "".join(
    f"def f{number}(a, b):\n    '''Of no use.'''\n    return a + b + {number}\n\n" for number in range(10)
)
HOT = "app.hot"


def project_of(size: int) -> Project:
    """`app.hot` uses one module and is used by another; the others use each other in rows of ten."""
    texts = {"app": "", HOT: "from app import m0\nVALUE = 0\n", "app.main": "from app.hot import VALUE\n"}
    for number in range(size - len(texts)):
        uses = f"from app import m{number - 1}\n" if number % 10 else ""
        texts[f"app.m{number}"] = f"{uses}\n{FUNCTIONS}"
    return Project(**texts)


@contextmanager
def loaded(size: int) -> Iterator[tuple[Device, Host, Project]]:
    """A device that has imported such a project, with a template in which the hot module is not."""
    project = project_of(size)
    with running("--generations", str(LIMIT)) as device, serving(device, project), device.connect("out") as host:
        host.patience_s = 120
        started = time.perf_counter()
        names = "', '".join(project.texts)
        answer = host.eval(f"import importlib; [importlib.import_module(name) for name in ['{names}']] and None")
        assert answer["op"] == "result", answer
        print(f"{size:5} modules: first import {(time.perf_counter() - started) * 1000:.0f} ms", flush=True)
        edit(host, project, -1)
        wait_until(lambda: has_template(host, size - 2), 120)
        yield device, host, project


def has_template(host: Host, modules: int) -> bool:
    told = host.ask("status")["template"]
    return bool(told["is_current"] and not told["is_making"] and told["modules"] == modules)


def edit(host: Host, project: Project, number: int) -> None:
    """Save the hot module and load it."""
    project.texts[HOT] = f"from app import m0\nVALUE = {number}\n"
    answer = host.ask("load", source=project.texts[HOT], file=project.path(HOT), name=HOT, lang="python")
    assert answer["op"] == "result", answer


def restart(host: Host) -> float:
    """Milliseconds, the way there and back included."""
    started = time.perf_counter()
    answer = host.ask("restart")
    elapsed_ms = (time.perf_counter() - started) * 1000
    assert answer["op"] == "result", answer
    assert not answer["failed"], answer
    assert answer["is_from_template"], answer
    return elapsed_ms


def run() -> None:
    """Print all figures."""
    after_an_edit()
    soak()


def after_an_edit() -> None:
    """In turn on devices with projects of each size, so that what else the machine does weighs on all alike."""
    with ExitStack() as stack:
        running_ones = {size: stack.enter_context(loaded(size)) for size in SIZES}
        times: dict[int, list[float]] = {size: [] for size in SIZES}
        evals: dict[int, list[float]] = {size: [] for size in SIZES}
        for number in range(1, EDITS + 1):
            for size, (_, host, project) in running_ones.items():
                edit(host, project, number)
                times[size].append(restart(host))
                started = time.perf_counter()
                assert host.eval("__import__('app.main').main.VALUE")["value"] == str(number)
                evals[size].append((time.perf_counter() - started) * 1000)
        medians = {size: statistics.median(each) for size, each in times.items()}
        for size, (_, host, _project) in running_ones.items():
            template_mb = (host.ask("status")["template"]["pss_bytes"] or 0) / 1e6
            print(
                f"{size:5} modules: edit of the hot file, fresh generation {medians[size]:.1f} ms, best "
                f"{min(times[size]):.1f}, 95th percentile {sorted(times[size])[EDITS * 95 // 100]:.1f}   "
                f"target {TARGETS_MS[size]} ms; first eval {statistics.median(evals[size]):.1f} ms; "
                f"idle template {template_mb:.1f} MB",
                flush=True,
            )
    print(f"1000 modules to 10: {(medians[1000] / medians[10] - 1) * 100:+.0f} %   target +20 %", flush=True)


def soak() -> None:
    with loaded(100) as (device, host, project):
        times: list[float] = []
        memory = [tree_bytes(device)]
        for number in range(1, SOAK + 1):
            edit(host, project, number)
            times.append(restart(host))
            if number % LIMIT == 0:
                wait_until(lambda: has_template(host, 98), 60)
                memory.append(tree_bytes(device))
        first, last = (statistics.median(part) for part in (times[:LIMIT], times[-LIMIT:]))
        print(f"{SOAK} generations, templates serve {LIMIT}: first {LIMIT} {first:.1f} ms, last {LIMIT} {last:.1f} ms, "
              f"{(last / first - 1) * 100:+.1f} %   target +5 %", flush=True)  # fmt: skip
        grown = [(each - memory[0]) / 1e6 for each in memory[1:]]
        print(f"memory of all processes, each {LIMIT} generations, more than at the start: "
              f"{', '.join(f'{each:+.1f}' for each in grown)} MB   target below +10 MB", flush=True)  # fmt: skip


def tree_bytes(device: Device) -> int:
    """What all processes of the device take together, when those that end have ended."""
    time.sleep(1.5)
    return sum(platforms.proportional_bytes(pid) or 0 for pid in {device.process.pid, *descendants(device.process.pid)})
