"""Records what a client and a bridge say: `python -m tests.conformance.record PORT PROJECT FILE`.

Point the client at the port this prints; PORT is the bridge's. It takes one connection, and ends with it.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
from pathlib import Path
from typing import Final, TextIO

from bridge.framing import Framer
from tests.conformance.connections import READ_BYTES, connect
from tests.conformance.conversations import Names, gist, is_told

HOST: Final = "127.0.0.1"


def record(port: int, project: Path, file: TextIO) -> None:
    """Pass bytes between a client and the bridge on that port, and write down what they mean."""
    names = Names(project)
    with socket.create_server((HOST, 0)) as listener:
        print(listener.getsockname()[1], flush=True)  # noqa: T201 where to point the client
        client, _ = listener.accept()
    with client, connect(port) as bridge, selectors.DefaultSelector() as selector:
        selector.register(client, selectors.EVENT_READ, (bridge, Framer()))
        selector.register(bridge, selectors.EVENT_READ, (client, Framer()))
        while True:
            for key, _ in selector.select():
                other, framer = key.data
                data = key.fileobj.recv(READ_BYTES)  # type: ignore[union-attr]
                if not data:
                    return
                other.sendall(data)
                for message in framer.feed(data):
                    if other is bridge:
                        line = {"says": names.written(message)}
                    else:
                        names.note(message)
                        if not is_told(message) or {"out", "err"} & set(message):
                            continue
                        line = {"hears": names.written(gist(message))}
                    file.write(json.dumps(line, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    with Path(sys.argv[3]).open("w") as file:
        record(int(sys.argv[1]), Path(sys.argv[2]), file)
