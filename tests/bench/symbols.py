"""What telling hosts of definitions costs an eval, with many symbols there: beside the same eval without it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from device_server import languages
from device_server.languages import Language, Source
from device_server.symbols import Symbols

ROUNDS = 1000
THERE_ALREADY = 20_000


def run() -> None:
    """Print medians, in this process: what the worker does before it answers."""
    known = languages.create(["basilisp", "python"])
    for language in known.values():
        language.set_up(lambda _: None)
        language.begin()
    symbols = Symbols(list(dict.fromkeys(source for language in known.values() for source in language.symbols)))
    symbols.begin()
    fill(known, symbols)
    print(f"with {THERE_ALREADY} symbols in a namespace of each language")
    for lang, code in (
        ("basilisp", "(+ 1 2)"),
        ("basilisp", "(def x 1)"),
        ("basilisp", '(defn f "Doc." [x & {:keys [y]}] x)'),
        ("python", "1 + 2"),
        ("python", "x = 1"),
        ("python", "def f(x, *, y=None): 'Doc.'"),
    ):
        evaluating_us, telling_us, told_bytes = measured(known[lang], symbols, code)
        print(f"{code:38} {evaluating_us:6.0f} us, telling {telling_us:5.1f} us more ({told_bytes:.0f} bytes)")
    started = time.perf_counter()
    symbols.sweep()
    print(f"a sweep, in a pause: {(time.perf_counter() - started) * 1e3:.1f} ms")


def fill(known: dict[str, Language], symbols: Symbols) -> None:
    """Define many things."""
    evaluate(known["python"], "\n".join(f"def g{number}(x): 'Doc.'" for number in range(THERE_ALREADY)))
    evaluate(known["basilisp"], f'(doseq [i (range {THERE_ALREADY})] (intern \'user (symbol (str "g" i)) inc))')
    started = time.perf_counter()
    size = sum(map(len, symbols.changes()))
    print(f"telling all of these: {(time.perf_counter() - started) * 1e3:.0f} ms, {size / 1e6:.1f} MB")


def measured(language: Language, symbols: Symbols, code: str) -> tuple[float, float, float]:
    """Medians: microseconds for evaluating and for telling, bytes told."""
    evaluating, telling, told = list[float](), list[float](), list[int]()
    for _ in range(ROUNDS):
        evaluating.append(timed(lambda: evaluate(language, code)))
        telling.append(timed(lambda: told.append(sum(map(len, symbols.changes())))))
    return statistics.median(evaluating) * 1e6, statistics.median(telling) * 1e6, statistics.median(told)


def evaluate(language: Language, code: str) -> None:
    """Every form, without a file: so that each eval has a place of its own."""
    for form in language.evaluate(Source(code), "bench"):
        form()


def timed(call: Callable[[], object]) -> float:
    """Seconds."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started
