"""How the tests start the command `tether` as a process of its own."""

from __future__ import annotations

import sys


def tether_command(*arguments: str) -> list[str]:
    """The command line of `tether` with these arguments, in this Python."""
    return [sys.executable, "-c", "from bridge.cli import main; main()", *arguments]


def serve_command(*flags: str) -> list[str]:
    """The command line of `tether serve`."""
    return tether_command("serve", *flags)
