"""Shows what Tether does, on the embedded device: `make demo`. It types the commands that a user would type."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parent / "todo"
TETHER = str(Path(sys.executable).parent / "tether")
MARK = f"TETHER_DEMO={os.getpid()}"
ENVIRONMENT = {**os.environ, "PYTHONUNBUFFERED": "1", **dict([MARK.split("=")])}
"""Every process that the demo causes inherits the mark."""
REPORT, SCREENS = "todo/report.py", "todo/screens.py"
PICTURES = Path(tempfile.mkdtemp(prefix="tether-demo-"))
"""Where the demo leaves its pictures."""
WAIT_S = 120.0
"""Longer than any command here can take, the first start without caches included."""


def main() -> None:
    """Play the scenes, in a copy of the example project: it is edited."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder, "todo")
        shutil.copytree(EXAMPLE, project, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        os.chdir(project)
        play()
    left = leftovers()
    say(f"Stopped with Ctrl-C. Processes left behind: {len(left) or 'none'}")
    if left:
        sys.exit(f"These should have ended: {left}")


def play() -> None:
    """The scenes."""
    say("A bridge for your editor, with a device of its own, in the example project:")
    with bridge():
        say("Clojure is what it evaluates unless told otherwise; Python runs in the same process.")
        tether("eval", "(+ 1 2)")
        tether("eval", "--lang", "python", "sum(n * n for n in range(10))")
        say("The example project, in both languages:")
        tether("eval", "(require '[errands.store :as store] '[errands.report :as report])")
        tether("eval", '(store/add! "Return the drill" {:where "library of things"})')
        tether("eval", "(println (report/report (store/all-errands)))")
        tether("eval", "--lang", "python", "import todo; todo.add('Water the plants'); print(todo.as_text())")
        say("Code may fail; that is an answer, and the exit code says so.")
        tether("eval", "(/ 1 0)", exit_code=1)
        say("Code may kill its process: here, a segmentation fault. One eval ends with an error ...")
        tether("eval", "--lang", "python", "import ctypes; ctypes.string_at(0)", exit_code=1)
        say("... and the next one works, with the state from before it, in both languages.")
        tether("eval", "(count (store/all-errands))")
        tether("eval", "--lang", "python", "len(todo.all_items())")
        say("It may hang where no interrupt is heard; its time can be limited.")
        tether("eval", "--timeout", "0.5", "--lang", "python", "sum(range(10**13))", exit_code=1)
        say("An eval that was a mistake can be undone:")
        tether("eval", "--lang", "python", "todo.clear(); len(todo.all_items())")
        tether("rewind")
        tether("eval", "--lang", "python", "len(todo.all_items())")
        say("Save a file, and the running program has the new code, and its state. Another terminal tells of it:")
        with edits() as next_line:
            edit(REPORT, 'TITLE = "To do"', 'TITLE = "Errands"', next_line)
            edit(REPORT, 'return "[x]" if item.done else "[ ]"', 'return "-*"[item.done]', next_line)
            edit(REPORT, 'TITLE = "Errands"', 'TITLE = " ".join("Errands")', next_line)
            edit(REPORT, "def summary(items:", "def summary(items", next_line, lines=7)
            edit(REPORT, "def summary(items", "def summary(items:", next_line)
        tether("eval", "--lang", "python", "print(todo.as_text())")
        say("A view is drawn on the device, and drawn again when what it needs is edited:")
        tether("view", "start", "--path", SCREENS, "--name", "List")
        tether("view", "snapshot", "v1", "-o", str(PICTURES / "before.png"))
        with edits() as next_line:
            edit(SCREENS, ".frame(20, 20)", ".frame(32, 32)", next_line)
        tether("view", "snapshot", "v1", "-o", str(PICTURES / "after.png"))
        tether("status")


@contextmanager
def bridge() -> Iterator[None]:
    """`tether serve`, from its first line to its end by SIGINT."""
    print("  $ tether serve", flush=True)
    started = time.monotonic()
    command = [TETHER, "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
        try:
            assert process.stdout is not None
            print(f"  {process.stdout.readline().rstrip()}   ({time.monotonic() - started:.2f} s)\n", flush=True)
            yield
        finally:
            process.send_signal(signal.SIGINT)
            if process.wait(WAIT_S) not in (0, -signal.SIGINT):
                sys.exit(f"tether serve ended with exit code {process.returncode}")


@contextmanager
def edits() -> Iterator[Callable[[], str]]:
    """`tether reload --watch`; gives a function that waits for its next line."""
    print("  $ tether reload --watch", flush=True)
    command = [TETHER, "reload", "--watch"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
        try:
            assert process.stdout is not None
            print(f"  {process.stdout.readline().rstrip()}", flush=True)
            yield process.stdout.readline
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(WAIT_S)
    print(flush=True)


def edit(path: str, before: str, after: str, next_line: Callable[[], str], lines: int = 1) -> None:
    """Save a file with other text, and show what is told of that, in so many lines."""
    file = Path(path)
    print(f"    {path}: {before}  ->  {after}", flush=True)
    file.write_text(file.read_text().replace(before, after))
    for _ in range(lines):
        print(f"  {next_line().rstrip()}", flush=True)


def tether(*arguments: str, exit_code: int = 0) -> None:
    """Run the command, show it and what it printed; end the demo when it does not end as it should."""
    print(f"  $ tether {' '.join(map(quoted, arguments))}", flush=True)
    started = time.monotonic()
    done = subprocess.run(
        [TETHER, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=WAIT_S,
        env=ENVIRONMENT,
        check=False,
    )
    for line in done.stdout.splitlines():
        print(f"  {line}")
    print(f"    exit code {done.returncode}, {time.monotonic() - started:.2f} s\n", flush=True)
    if done.returncode != exit_code:
        sys.exit(f"That should have ended with exit code {exit_code}")


def quoted(argument: str) -> str:
    """As one would type it in a shell."""
    if not set(argument) & set(" '\"()"):
        return argument
    return f"'{argument}'" if "'" not in argument else f'"{argument}"'


def leftovers() -> list[int]:
    """Processes of the demo that are still there, where the system tells (Linux)."""
    found = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        try:
            if MARK.encode() in environment.read_bytes():
                found.append(int(environment.parent.name))
        except OSError:
            continue  # it has just ended, or it is another user's
    return found


def say(text: str) -> None:
    """A line of the story."""
    print(f"{text}\n", flush=True)


if __name__ == "__main__":
    main()
