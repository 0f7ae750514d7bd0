"""The fault matrix: what code does to the worker that runs it, and how that may end. How it is tried is in run.py."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

CRASH: Final = frozenset({"crash"})
VALUE: Final = frozenset({"value"})
ORDINARY: Final = frozenset({"runtime"})
MEMORY: Final = frozenset({"memory"})
TIMEOUT: Final = frozenset({"timeout"})
INTERRUPTED: Final = frozenset({"interrupted"})


@dataclass(frozen=True, slots=True)
class Fault:
    """One row: code that does harm."""

    name: str
    lang: str
    code: str
    ends: frozenset[str]
    """How it may end: `value`, or a type of error."""
    timeout_ms: int | None = None
    """The limit that the request sets."""
    is_interrupted: bool = False
    """Whether an interrupt is sent after the first sign of life: output, or asking for input."""
    is_killed: bool = False
    """Whether its worker gets a SIGKILL from outside while it runs."""
    is_basic: bool = False
    """Whether it is tried from the device's own port, too."""
    leaves: int = 0
    """Processes that it starts and that are meant to live on, as long as the worker's state does."""
    limit_s: float = 5.0
    """How long it may take to end."""
    needs: str | None = None
    """The module that the device must have."""
    is_edit: bool = False
    """Whether it is the code of an edit of a loaded file, and not evaluated."""


def _basic(name: str, ends: frozenset[str], python: str, basilisp: str, limit_s: float = 5.0) -> tuple[Fault, Fault]:
    return (
        Fault(name, "python", python, ends, is_basic=True, limit_s=limit_s),
        Fault(name, "basilisp", basilisp, ends, is_basic=True, limit_s=limit_s),
    )


def _both(name: str, ends: frozenset[str], python: str, basilisp: str, limit_s: float = 5.0) -> tuple[Fault, Fault]:
    return (
        Fault(name, "python", python, ends, limit_s=limit_s),
        Fault(name, "basilisp", basilisp, ends, limit_s=limit_s),
    )


def _endless(name: str, python: str, basilisp: str, ends: frozenset[str] = TIMEOUT) -> tuple[Fault, Fault]:
    return (
        Fault(name, "python", python, ends, timeout_ms=100),
        Fault(name, "basilisp", basilisp, ends, timeout_ms=100),
    )


def _waiting(name: str, python: str, basilisp: str, says: bool = True) -> tuple[Fault, Fault]:
    """What is interrupted; it `says` that it has begun unless it asks for input."""
    return (
        Fault(name, "python", f"print('begun')\n{python}" if says else python, INTERRUPTED, is_interrupted=True),
        Fault(
            name,
            "basilisp",
            f"(do (println :begun) {basilisp})" if says else basilisp,
            INTERRUPTED,
            is_interrupted=True,
        ),
    )


_BUS: Final = """
import mmap, tempfile
with tempfile.TemporaryFile() as file:
    file.truncate(mmap.PAGESIZE)
    pages = mmap.mmap(file.fileno(), mmap.PAGESIZE)
    file.truncate(0)
    pages[0]
"""

BASIC: Final[tuple[Fault, ...]] = (
    *_basic(
        "SIGSEGV",
        CRASH,
        "import ctypes; ctypes.string_at(0)",
        "(import ctypes) (ctypes/string_at 0)",
    ),
    *_basic(
        "SIGBUS",
        CRASH,
        _BUS,
        "(import signal) (signal/raise_signal signal/SIGBUS)",
    ),
    *_basic(
        "SIGABRT",
        CRASH,
        "import os; os.abort()",
        "(import os) (os/abort)",
    ),
    *_basic(
        "SIGFPE",
        CRASH,
        "import signal; signal.raise_signal(signal.SIGFPE)",
        "(import signal) (signal/raise_signal signal/SIGFPE)",
    ),
    *_basic(
        "SIGILL",
        CRASH,
        "import signal; signal.raise_signal(signal.SIGILL)",
        "(import signal) (signal/raise_signal signal/SIGILL)",
    ),
    *_basic(
        "C stack overflow",
        CRASH,
        "import sys\nsys.setrecursionlimit(10**9)\ndeep = []\nfor _ in range(10**6): deep = [deep]\nlen(repr(deep))",
        "(import functools sys) (sys/setrecursionlimit 1000000000) "
        "(python/repr (functools/reduce (fn [x _] #py [x]) (python/range 300000) #py []))",
        limit_s=10.0,
    ),
    *_basic(
        "recursion without a limit",
        CRASH | MEMORY,
        "import sys\nsys.setrecursionlimit(10**9)\ndef down(n): return down(n + 1) + 1\ndown(0)",
        "(import sys) (sys/setrecursionlimit 1000000000) (defn down [n] (inc (down (inc n)))) (down 0)",
        limit_s=15.0,
    ),
    *_basic(
        "os._exit(3)",
        CRASH,
        "import os; os._exit(3)",
        "(import os) (os/_exit 3)",
    ),
    *_basic(
        "sys.exit(4)",
        ORDINARY,
        "import sys; sys.exit(4)",
        "(python/exit 4)",
    ),
    Fault("SIGKILL from outside", "python", "import time; time.sleep(60)", CRASH, is_killed=True, is_basic=True),
    Fault("SIGKILL from outside", "basilisp", "(import time) (time/sleep 60)", CRASH, is_killed=True, is_basic=True),
)
"""The ten that are tried from the device's own port, too."""

MEMORY_ROWS: Final[tuple[Fault, ...]] = (
    *_both(
        "memory, by growth",
        MEMORY,
        "hoard = []\nwhile True: hoard.append(b'x' * 10**6)",
        '(def hoard #py []) (while true (.append hoard (.encode (* "x" 1000000))))',
        limit_s=15.0,
    ),
    *_both(
        "address space, by growth",
        MEMORY,
        "hoard = []\nwhile True: hoard.append(bytearray(10**6))",
        "(def hoard #py []) (while true (.append hoard (python/bytearray 1000000)))",
        limit_s=15.0,
    ),
    *_both(
        "memory, by one allocation",
        MEMORY,
        "bytearray(10**12)",
        "(python/bytearray 1000000000000)",
    ),
)

_SWALLOW: Final = "import time\nwhile True:\n try:\n  while True: time.sleep(0)\n except BaseException: pass"
"""With `pass` for the call it would not swallow: there CPython 3.11 looks for signals outside of the `try`."""

_BIG_SORT: Final = "same, equal = [0] * 10**6, [0] * 10**6\n"

_IMPORT_OF_ITSELF: Final = """
import os, sys, tempfile
folder = tempfile.mkdtemp()
with open(os.path.join(folder, "imports_itself.py"), "w") as file:
    file.write("import threading\\n"
               "thread = threading.Thread(target=lambda: __import__('imports_itself').missing, daemon=True)\\n"
               "thread.start()\\nprint('begun')\\nthread.join()\\n")
sys.path.append(folder)
import imports_itself
"""

ENDLESS: Final[tuple[Fault, ...]] = (
    *_endless(
        "a loop",
        "while True: pass",
        "(loop [] (recur))",
    ),
    *_waiting(
        "a loop, interrupted",
        "while True: pass",
        "(loop [] (recur))",
    ),
    *_endless(
        "sum(range(10**13))",
        "sum(range(10**13))",
        "(python/sum (python/range 10000000000000))",
    ),
    *_endless(
        "a catastrophic regex",
        "import re; re.match('(a+)+$', 'a' * 60 + 'b')",
        '(import re) (re/match "(a+)+$" (str (* "a" 60) "b"))',
    ),
    *_endless(
        "a huge power",
        "7 ** 10**9 % 10",
        "(python/pow 7 1000000000)",
    ),
    *_endless(
        "a long sort",
        _BIG_SORT + "sorted([same if n % 2 else equal, n] for n in range(10**4))",
        "(let [same (* #py [0] 1000000) equal (* #py [0] 1000000)]"
        " (python/sorted (python/list (map (fn [n] #py [(if (odd? n) same equal) n]) (range 1000)))))",
    ),
    Fault(
        "a Pillow filter on a big image",
        "python",
        "from PIL import Image, ImageFilter\n"
        "Image.effect_noise((5000, 5000), 64).filter(ImageFilter.MedianFilter(101)).size",
        TIMEOUT,
        timeout_ms=300,
        needs="PIL",
    ),
    *_waiting(
        "sleep",
        "import time; time.sleep(60)",
        "(import time) (time/sleep 60)",
    ),
    *_waiting(
        "a dead lock",
        "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()",
        "(import threading) (let [lock (threading/Lock)] (.acquire lock) (.acquire lock))",
    ),
    Fault("a deadlocked import", "python", _IMPORT_OF_ITSELF, INTERRUPTED, is_interrupted=True),
    *_waiting(
        "waiting for input",
        "input()",
        "(read-line)",
        says=False,
    ),
    *_endless(
        "a loop that swallows all",
        _SWALLOW,
        "(import time) (while true (try (while true (time/sleep 0)) (catch python/BaseException _ nil)))",
    ),
    *_waiting(
        "a loop that swallows all, interrupted",
        _SWALLOW,
        "(import time) (while true (try (while true (time/sleep 0)) (catch python/BaseException _ nil)))",
    ),
    *_endless(
        "SIGINT ignored",
        "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        "(import signal) (signal/signal signal/SIGINT signal/SIG_IGN) (loop [] (recur))",
    ),
    *_endless(
        "SIGSTOP",
        "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
        "(import os signal) (os/kill (os/getpid) signal/SIGSTOP)",
    ),
)
"""What only a limit or an interrupt ends."""

_FORK: Final = "import os\nif os.fork() == 0: {child}\n'parent'"
_LOOP_OF_CLOSES: Final = "(import os) (os/closerange {first} {last})"
_BROKEN_STR: Final = "class Broken(Exception):\n def __str__(self): {body}\nraise Broken"

_EXHAUST: Final = """
import os, resource
resource.setrlimit(resource.RLIMIT_NOFILE, (300, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
hoard = []
while True: hoard.append(os.open(os.devnull, os.O_RDONLY))
"""

_GARBAGE: Final = """
import os
for number in os.listdir("/proc/self/fd"):
    path = f"/proc/self/fd/{number}"
    if os.path.exists(path) and os.readlink(path).startswith("socket:"):
        os.write(int(number), b"garbage")
"""

MISCHIEF: Final[tuple[Fault, ...]] = (
    *_both(
        "descriptors 0, 1, 2 closed",
        VALUE,
        "import os; os.closerange(0, 3)",
        _LOOP_OF_CLOSES.format(first=0, last=3),
    ),
    *_both(
        "the worker's sockets closed",
        CRASH,
        "import os; os.closerange(3, 4096)",
        _LOOP_OF_CLOSES.format(first=3, last=4096),
    ),
    Fault("garbage written to the worker's sockets", "python", _GARBAGE, CRASH),
    Fault("descriptors exhausted", "python", _EXHAUST, ORDINARY),
    Fault(
        "descriptors exhausted",
        "basilisp",
        "(import os resource) (resource/setrlimit resource/RLIMIT_NOFILE #py (300 300)) (def hoard #py [])"
        " (while true (.append hoard (os/open os/devnull os/O_RDONLY)))",
        ORDINARY,
    ),
    *_both(
        "os.fork, the child returns",
        VALUE,
        _FORK.format(child="pass"),
        "(import os) (os/fork)",
    ),
    *_both(
        "os.fork, the child raises",
        VALUE,
        _FORK.format(child="raise SystemExit(5)"),
        '(import os) (if (zero? (os/fork)) (throw (python/ValueError "in the child")) :parent)',
    ),
    Fault("os.fork, the child lives on", "python", _FORK.format(child="import time; time.sleep(60)"), VALUE, leaves=1),
    Fault(
        "os.fork, the child lives on",
        "basilisp",
        "(import os time) (if (zero? (os/fork)) (time/sleep 60) :parent)",
        VALUE,
        leaves=1,
    ),
    Fault("children left running", "python", "import subprocess; subprocess.Popen(['sleep', '60'])", VALUE, leaves=1),
    Fault(
        "children left running",
        "basilisp",
        '(import subprocess) (subprocess/Popen #py ["sleep" "60"])',
        VALUE,
        leaves=1,
    ),
    Fault(
        "a crash with children left running",
        "python",
        "import os, subprocess; subprocess.Popen(['sleep', '60']); os.abort()",
        CRASH,
    ),
    Fault("kill(0, 9)", "python", "import os; os.kill(0, 9)", CRASH),
    Fault("kill(0, 9)", "basilisp", "(import os) (os/kill 0 9)", CRASH),
    *_both(
        "a daemon thread that writes for ever",
        VALUE,
        "import threading\ndef write():\n while True: print('more')\n"
        "threading.Thread(target=write, daemon=True).start()",
        '(import threading) (.start (threading/Thread ** :target (fn [] (while true (println "more"))) :daemon true))',
    ),
    Fault(
        "a crash in a thread",
        "python",
        "import ctypes, threading\nthread = threading.Thread(target=ctypes.string_at, args=(0,))\n"
        "thread.start(); thread.join()",
        CRASH,
    ),
    *_both(
        "the working directory changed and deleted",
        VALUE,
        "import os, tempfile; folder = tempfile.mkdtemp(); os.chdir(folder); os.rmdir(folder)",
        "(import os tempfile) (let [folder (tempfile/mkdtemp)] (os/chdir folder) (os/rmdir folder))",
    ),
    *_both(
        "a full disk",
        ORDINARY,
        "with open('/dev/full', 'w') as file: file.write('more' * 10**5)",
        '(spit "/dev/full" (* "more" 100000))',
    ),
    *_both(
        "temporary files that may not grow",
        ORDINARY,
        "import resource, tempfile; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "with tempfile.TemporaryFile() as file: file.write(b'more' * 10**5)",
        "(import resource tempfile) (resource/setrlimit resource/RLIMIT_FSIZE #py (1000 1000))"
        ' (.write (tempfile/TemporaryFile) (.encode (* "more" 100000)))',
    ),
    *_both(
        "sys.modules cleared",
        VALUE,
        "import sys; sys.modules.clear()",
        "(import sys) (.clear sys/modules)",
    ),
    *_both(
        "builtins.print replaced",
        VALUE,
        "import builtins; builtins.print = None",
        '(import builtins) (python/setattr builtins "print" nil)',
    ),
    *_both(
        "builtins emptied",
        VALUE | ORDINARY | CRASH,
        "import builtins; builtins.__dict__.clear()",
        "(import builtins) (.clear (.-__dict__ builtins))",
    ),
    Fault(
        "what the worker itself calls replaced",
        "python",
        "import gc, os, select, threading\n"
        "gc.freeze = os.fork = os.listdir = select.select = threading.enumerate = None",
        VALUE,
    ),
    *_both(
        "gc.disable",
        VALUE,
        "import gc; gc.disable()",
        "(import gc) (gc/disable)",
    ),
    *_both(
        "100 MB printed",
        VALUE,
        "import sys\nfor _ in range(100): sys.stdout.write('x' * 10**6)",
        '(let [much (* "x" 1000000)] (dotimes [_ 100] (print much)))',
        limit_s=20.0,
    ),
    Fault("an exception whose str raises", "python", _BROKEN_STR.format(body="raise ValueError"), ORDINARY),
    Fault(
        "an exception whose str raises",
        "basilisp",
        '(import builtins) (throw ((python/type "Broken" #py (python/Exception) '
        '#py {"__str__" (fn [_] (throw (python/ValueError)))})))',
        ORDINARY,
    ),
    Fault(
        "an exception whose cause raises",
        "python",
        "class Broken(Exception):\n @property\n def __cause__(self): raise ValueError\nraise Broken",
        ORDINARY,
    ),
    Fault("an exception whose str exits", "python", _BROKEN_STR.format(body="raise SystemExit(6)"), ORDINARY),
    Fault(
        "a value whose repr raises",
        "python",
        "class Broken:\n def __repr__(self): raise ValueError\nBroken()",
        ORDINARY,
    ),
    Fault(
        "a value whose repr never ends",
        "python",
        "class Endless:\n def __repr__(self):\n  while True: pass\nEndless()",
        TIMEOUT,
        timeout_ms=100,
    ),
)

_EDITED: Final = (
    "SIGSEGV",
    "os._exit(3)",
    "sys.exit(4)",
    "memory, by growth",
    "memory, by one allocation",
    "a loop",
    "sum(range(10**13))",
    "a loop that swallows all",
    "SIGSTOP",
    "the worker's sockets closed",
    "kill(0, 9)",
)
"""What is tried in edits, too."""

_HOOKS: Final = _both(
    "os._exit(3) in a hook",
    CRASH,
    "import os\nfrom device_server.reload.hooks import after_reload\n@after_reload\ndef end(): os._exit(3)",
    "(import os) (defn ^:after-reload end [] (os/_exit 3))",
)

_EVALUATED: Final = (*BASIC, *MEMORY_ROWS, *ENDLESS, *MISCHIEF)

EDITS: Final = tuple(
    replace(fault, name=f"an edit: {fault.name}", is_edit=True)
    for fault in (*(each for each in _EVALUATED if each.name in _EDITED), *_HOOKS)
)
"""An edit that does harm costs the edit: the code from before it runs on."""

FAULTS: Final = (*_EVALUATED, *EDITS)
"""Every row. Two things are not contained and not here: `kill(-1)` as the superuser, and a fork bomb."""
