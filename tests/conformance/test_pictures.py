"""Values that can be seen, from the device to the client: with a device of the bridge's own, and with one elsewhere."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image

from middleware.request import Message
from tests.conformance import servers
from tests.conformance.clients import Nrepl

RED = "from PIL import Image; Image.new('RGB', (39, 84), 'red')"
NOISE = "from PIL import Image; Image.effect_noise((1500, 1500), 99)"
"""More than a device sends at once."""


@pytest.fixture(scope="module", params=["embedded", "remote"])
def port(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    project, elsewhere = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("elsewhere")
    (project / "pyproject.toml").touch()
    if request.param == "embedded":
        with servers.bridge_in(project, "--lang", "python") as bridge:
            yield bridge.port
        return
    with (
        servers.device_in(elsewhere) as device,
        servers.bridge_in(project, "--device", f"127.0.0.1:{device.port}", "--lang", "python") as bridge,
    ):
        yield bridge.port


@pytest.fixture
def client(port: int) -> Iterator[Nrepl]:
    with Nrepl(port) as client:
        yield client


def merged(client: Nrepl, message: Message) -> Message:
    """The keys of all replies to a message."""
    return {key: value for reply in client.talk(message) for key, value in reply.items()}


def test_a_small_picture_is_rich_content(client: Nrepl) -> None:
    told = merged(client, {"op": "eval", "code": RED, "session": client.clone(), "content-type": "true"})
    assert (told["content-type"], told["content-transfer-encoding"]) == (["image/png", {}], "base64")
    image = Image.open(io.BytesIO(base64.b64decode(str(told["body"]))))
    assert (image.size, image.getpixel((0, 0))) == ((39, 84), (255, 0, 0))
    assert "value" not in told


def test_a_large_one_is_a_reference_that_slurp_answers(client: Nrepl) -> None:
    session = client.clone()
    told = merged(client, {"op": "eval", "code": NOISE, "session": session, "content-type": "true"})
    match told["content-type"]:
        case ["message/external-body", {"access-type": "URL", "URL": str(url)}]:
            assert told["body"] == ""
        case other:
            raise AssertionError(other)
    slurped = merged(client, {"op": "cider/slurp", "url": url, "session": session})
    data = base64.b64decode(str(slurped["body"]))
    path = Path(urlsplit(url).path)
    assert path.stem == f"sha256-{hashlib.sha256(data).hexdigest()}"
    assert path.read_bytes() == data


def test_slurp_opens_nothing_else(client: Nrepl, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_text("secret")
    told = client.ask({"op": "cider/slurp", "url": (tmp_path / "secret.png").as_uri(), "session": client.clone()})
    assert told["status"] == ["error", "slurp-error", "done"]


def test_without_rich_content_the_value_names_a_file_that_is_there(client: Nrepl) -> None:
    told = merged(client, {"op": "eval", "code": RED, "session": client.clone()})
    value, comment = str(told["value"]).splitlines()
    assert value.startswith("<PIL.Image.Image")
    what, path = comment.split(": ", 1)
    assert what == "# image/png 39x84"
    with Image.open(path) as image:
        assert image.size == (39, 84)


def test_what_is_written_after_a_picture_comes_after_it(client: Nrepl) -> None:
    code = '(import PIL.Image) (PIL.Image/effect_noise #py (1400 1400) 99) (println "after") 3'
    message: Message = {"op": "eval", "code": code, "lang": "basilisp", "session": client.clone(), "images": "true"}
    kinds = ["images" if "images" in reply else reply.get("value", reply.get("out")) for reply in client.talk(message)]
    assert [kind for kind in kinds if kind not in ("\n", "nil", None)] in (
        ["images", "after\n", "3"],
        ["images", "after", "3"],  # the end of the line has a message of its own
    )


def test_a_worker_of_a_new_generation_shows_pictures_too(client: Nrepl) -> None:
    session = client.clone()
    assert client.ask({"op": "device-restart", "session": session})["status"] == ["done"]
    assert "body" in merged(client, {"op": "eval", "code": RED, "session": session, "content-type": "true"})


def test_a_display_that_fails_is_said_and_the_value_printed(client: Nrepl) -> None:
    code = "class Bad:\n    def _repr_png_(self): return 1 / 0\n    def __repr__(self): return 'Bad()'\nBad()"
    told = merged(client, {"op": "eval", "code": code, "session": client.clone(), "content-type": "true"})
    assert (told["value"], told["err"]) == ("Bad()", "This value has no picture: ZeroDivisionError: division by zero\n")
