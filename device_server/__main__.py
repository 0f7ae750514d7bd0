"""Starts the device server: `python -m device_server`, `tether device`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from device_server import config
from device_server.launcher import Launcher


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a device server with these command line arguments until it is told to end."""
    parsed = config.parser().parse_args(arguments)
    try:
        settings = config.from_arguments(parsed)
        if parsed.warm:
            warm(settings.languages)
        else:
            serve(settings)
    except (config.ConfigError, OSError) as error:
        sys.exit(f"tether device: {error}")


def warm(names: Sequence[str]) -> None:
    """Make the bytecode caches of the languages, once per installation."""
    from device_server import languages

    for language in languages.create(names).values():
        language.set_up(lambda text: print(text, flush=True))  # noqa: T201 progress for a terminal


def serve(settings: config.Config) -> None:
    """Run the supervisor in this process. Raises: OSError, when it cannot listen."""
    if settings.fd is not None:
        os.set_inheritable(settings.fd, False)  # it is ours alone
    launcher = Launcher()
    zygote = launcher.zygote(settings.languages) if settings.forks else None  # it warms up while asyncio is imported
    sys.modules.setdefault("ssl", None)  # type: ignore[arg-type]  # nothing here speaks TLS: asyncio does without its 4 MB
    import asyncio

    from device_server.supervisor import Supervisor

    async def run() -> None:
        await Supervisor(settings, launcher, zygote).run()

    asyncio.run(run())


if __name__ == "__main__":
    main()
