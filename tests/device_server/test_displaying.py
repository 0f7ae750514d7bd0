"""What evals show beside the printed value: through a real worker."""

from __future__ import annotations

import base64
import hashlib
import io

import pytest
from PIL import Image

from tests.device_server.device import Answer, Host

RED = "from PIL import Image; Image.new('RGB', (39, 84), 'red')"
SHOWS = """
class Shows:
    def _repr_mimebundle_(self, include=None, exclude=None): return None
    def _repr_{kind}_(self): return {data}
    def __repr__(self): return 'Shows()'
Shows()
"""


def fetched(host: Host, image: Answer) -> bytes:
    """All of a picture."""
    data, more = b"", True
    while more:
        answer = host.ask("fetch", ref=image["ref"], offset=len(data), limit=100)
        data, more = data + base64.b64decode(answer["data"]), answer["more"]
    assert image["ref"] == f"sha256-{hashlib.sha256(data).hexdigest()}"
    return data


def test_a_pillow_image_has_a_picture_and_its_printed_value(host: Host) -> None:
    answer = host.eval(RED)
    (image,) = answer["images"]
    assert "PIL.Image.Image" in answer["value"]
    data = fetched(host, image)
    assert {key: image[key] for key in ("mime", "width", "height", "scale", "bytes")} == {
        "mime": "image/png",
        "width": 39,
        "height": 84,
        "scale": 1,
        "bytes": len(data),
    }
    assert Image.open(io.BytesIO(data)).getpixel((0, 0)) == (255, 0, 0)


def test_a_view_is_shown_from_both_languages(host: Host) -> None:
    first = host.eval("from device_server import views as v; v.Text('Hi')")
    second = host.eval('(import [device_server.views :as v]) (v/Text "Hi")', lang="basilisp")
    assert first["images"] == second["images"]


def test_every_form_of_an_eval_has_its_own(host: Host) -> None:
    code = '(import PIL.Image) (PIL.Image/new "RGB" #py (1 1)) 2 (PIL.Image/new "RGB" #py (2 1))'
    answers = host.answers(host.start(code, lang="basilisp"))
    assert [[image["width"] for image in answer.get("images", ())] for answer in answers] == [[], [1], [], [2]]


@pytest.mark.parametrize(
    ("kind", "data", "mime"),
    [("svg", '\'<svg width="7" height="9"/>\'', "image/svg+xml"), ("html", "'<b>x</b>'", "text/html")],
)
def test_what_shows_itself_is_shown(host: Host, kind: str, data: str, mime: str) -> None:
    answer = host.eval(SHOWS.format(kind=kind, data=data))
    assert (answer["value"], answer["images"][0]["mime"]) == ("Shows()", mime)


@pytest.mark.parametrize("data", ["1 / 0", "__import__('sys').exit()", "17", "b'no picture'", "b'x' * 20_000_000"])
def test_a_display_method_that_fails_is_a_notice_beside_the_printed_value(host: Host, data: str) -> None:
    answer = host.eval(SHOWS.format(kind="png", data=data))
    assert (answer["op"], answer["value"], "images" in answer) == ("result", "Shows()", False)
    assert answer["notices"][0].startswith("This value has no picture: ")


def test_a_display_method_that_hangs_ends_with_the_evals_own_limit(host: Host) -> None:
    answer = host.eval(SHOWS.format(kind="png", data="__import__('time').sleep(60)"), timeout_ms=200)
    assert (answer["op"], answer["type"]) == ("error", "timeout")


def test_ordinary_values_and_classes_have_no_picture_and_import_nothing(host: Host) -> None:
    host.ask("rewind", steps=1)
    code = "import sys; before = set(sys.modules); [1, {'a': 2}, object, None]"
    assert "images" not in host.eval(code)
    host.eval("[int, str]; 'x'")
    assert (
        host.eval("[name for name in set(sys.modules) - before if 'views' in name or 'PIL' in name]")["value"] == "[]"
    )
    assert "images" not in host.eval("from PIL import Image; Image.Image")


def test_pictures_outlive_the_worker_and_a_rewind(host: Host) -> None:
    (image,) = host.eval(RED)["images"]
    host.eval("import os; os.abort()")
    host.ask("rewind", steps=1)
    assert len(fetched(host, image)) == image["bytes"]


def test_a_picture_is_fetched_while_the_worker_is_busy(host: Host) -> None:
    (image,) = host.eval(RED)["images"]
    busy = host.start("import time; time.sleep(60)")
    assert len(fetched(host, image)) == image["bytes"]
    host.ask("interrupt", target=busy)
    assert host.answer(busy)["type"] == "interrupted"


@pytest.mark.parametrize(
    "keys",
    [{"ref": "sha256-" + "0" * 64}, {"ref": "../../etc/passwd"}, {"ref": "x", "offset": -1}, {"ref": "x", "limit": 0}],
)
def test_what_there_is_not_is_refused(host: Host, keys: Answer) -> None:
    answer = host.ask("fetch", **keys)
    assert (answer["op"], answer["type"]) == ("error", "protocol")


def test_an_offset_beyond_the_end_is_refused(host: Host) -> None:
    (image,) = host.eval(RED)["images"]
    assert host.ask("fetch", ref=image["ref"], offset=image["bytes"])["data"] == ""
    assert "bytes" in host.ask("fetch", ref=image["ref"], offset=image["bytes"] + 1)["error"]
