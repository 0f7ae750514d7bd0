"""`make bench`: how fast Tether is, each figure beside a floor measured in the same run."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench import (
    basilisp_edits,
    completion,
    generations,
    images,
    imports,
    latency,
    lookup,
    peer,
    python_names,
    recovery,
    reload,
    reload_soak,
    start,
    symbols,
    terminal,
    view_list,
    views,
    views_hosted,
    watching,
)

BENCHMARKS = {
    "images": images.run,
    "imports": imports.run,
    "latency": latency.run,
    "completion": completion.run,
    "lookup": lookup.run,
    "peer": peer.run,
    "python_names": python_names.run,
    "start": start.run,
    "symbols": symbols.run,
    "recovery": recovery.run,
    "reload_soak": reload_soak.run,
    "generations": generations.run,
    "reload": reload.run,
    "terminal": terminal.run,
    "watching": watching.run,
    "basilisp_edits": basilisp_edits.run,
    "view_list": view_list.run,
    "views": views.run,
    "views_hosted": views_hosted.run,
}


def main() -> None:
    """Run the benchmarks named on the command line, or all."""
    for name in sys.argv[1:] or BENCHMARKS:
        print(f"== {name}", flush=True)
        BENCHMARKS[name]()


if __name__ == "__main__":
    main()
