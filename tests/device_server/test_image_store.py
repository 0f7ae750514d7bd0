"""The pictures of a device server, and what a worker may do to them."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from device_server import wire
from device_server.image_store import ImageStore, hand_in
from tests.device_server.device import running

SVG = "image/svg+xml"
RED = "from PIL import Image; Image.new('RGB', (39, 84), 'red')"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ImageStore]:
    store = ImageStore(tmp_path / "images", "a", limit_bytes=1000)
    yield store
    store.close()
    assert list((tmp_path / "images").iterdir()) == []


def shown(store: ImageStore, data: bytes) -> str:
    """A picture that a worker has handed in and told of; its name."""
    ref = hand_in(store.folder, data)
    frame = store.admit({"op": "result", "images": [{"ref": ref, "mime": SVG}]})
    assert frame["images"] == [{"ref": ref, "mime": SVG, "scale": 1, "bytes": len(data)}]
    return ref


def fetch(store: ImageStore, ref: str, **keys: wire.JSON) -> bytes:
    answer = store.fetch({"op": "fetch", "ref": ref, **keys})
    assert answer["op"] == "result", answer
    return base64.b64decode(str(answer["data"]))


def has(store: ImageStore, ref: str) -> bool:
    return store.fetch({"op": "fetch", "ref": ref})["op"] == "result" and (store.folder / ref).exists()


def test_a_picture_comes_in_pieces(store: ImageStore) -> None:
    ref = shown(store, b"0123456789")
    assert fetch(store, ref, offset=3, limit=4) == b"3456"
    pieces = [store.fetch({"ref": ref, "offset": offset, "limit": 5}) for offset in (0, 5, 10)]
    assert [piece["more"] for piece in pieces] == [True, False, False]


def test_a_frame_without_images_is_passed_on_as_it_is(store: ImageStore) -> None:
    frame: wire.Message = {"op": "result", "value": "3"}
    assert store.admit(frame) is frame


def test_the_least_recently_used_go_first(store: ImageStore) -> None:
    refs = [shown(store, bytes([number]) * 400) for number in range(2)]
    fetch(store, refs[0])
    refs.append(shown(store, b"x" * 400))
    assert [has(store, ref) for ref in refs] == [True, False, True]


def test_what_is_held_stays_until_it_is_let_go(store: ImageStore) -> None:
    refs = [shown(store, b"a" * 600)]
    store.hold("v1", refs)
    refs += [shown(store, b"b" * 600), shown(store, b"c" * 600)]
    assert [has(store, ref) for ref in refs] == [True, False, True]
    store.hold("v1", [])
    assert [has(store, ref) for ref in refs] == [False, False, True]


def test_the_latest_stays_even_if_it_is_larger_than_the_limit(store: ImageStore) -> None:
    assert has(store, shown(store, b"x" * 5000))


def test_the_same_picture_twice_is_kept_once(store: ImageStore) -> None:
    refs = [shown(store, b"same" * 100) for _ in range(5)]
    other = shown(store, b"x" * 500)
    assert has(store, refs[0])
    assert has(store, other)


def test_two_workers_may_hand_in_the_same_before_either_is_heard(store: ImageStore) -> None:
    images: list[wire.JSON] = [{"ref": hand_in(store.folder, b"same"), "mime": SVG} for _ in range(2)]
    assert len(store.admit({"images": images})["images"]) == 2  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "told",
    [
        None,
        "x",
        {},
        {"ref": "../a", "mime": SVG},
        {"ref": "sha256-" + "0" * 64, "mime": SVG},
        {"ref": "sha256-" + "0" * 64, "mime": "no mime"},
        {"ref": 7, "mime": SVG},
    ],
)
def test_what_was_not_handed_in_is_not_passed_on(store: ImageStore, told: wire.JSON) -> None:
    frame = store.admit({"op": "result", "value": "1", "images": [told], "notices": ["another"]})
    assert (frame["value"], frame["images"]) == ("1", [])
    notices = frame["notices"]
    assert isinstance(notices, list)
    assert notices[0] == "another"
    assert "evaluate again" in str(notices[1])


def test_each_variant_has_images_of_its_own(store: ImageStore) -> None:
    ref = hand_in(store.folder, b"data")
    variants: list[wire.JSON] = [{"images": [{"ref": ref, "mime": SVG}]}, {"images": ["x"]}, {"error": "E"}, 7]
    frame = store.admit({"op": "result", "variants": variants})
    kept: wire.Message = {"ref": ref, "mime": SVG, "scale": 1, "bytes": 4}
    assert frame["variants"] == [{"images": [kept]}, {"images": []}, {"error": "E"}, 7]
    assert len(frame["notices"]) == 1  # type: ignore[arg-type]


def test_measures_that_cannot_be_are_left_out(store: ImageStore) -> None:
    ref = hand_in(store.folder, b"data")
    told: wire.Message = {"ref": ref, "mime": SVG, "width": -1, "height": True, "scale": "x", "bytes": 7, "more": 1}
    assert store.admit({"images": [told]})["images"] == [{"ref": ref, "mime": SVG, "scale": 1, "bytes": 4}]


def test_a_picture_whose_bytes_are_others_is_thrown_away(store: ImageStore) -> None:
    ref = hand_in(store.folder, b"data")
    incoming = store.folder / "incoming" / ref
    incoming.write_bytes(b"forged")
    assert store.admit({"images": [{"ref": ref, "mime": SVG}]})["images"] == []
    assert not incoming.exists()


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_only_plain_files_are_taken(store: ImageStore, tmp_path: Path, kind: str) -> None:
    ref = hand_in(store.folder, b"data")
    incoming = store.folder / "incoming" / ref
    incoming.unlink()
    if kind == "link":
        (tmp_path / "secret").write_bytes(b"data")
        incoming.symlink_to(tmp_path / "secret")
    elif kind == "pipe":
        os.mkfifo(incoming)
    else:
        incoming.mkdir()
    assert store.admit({"images": [{"ref": ref, "mime": SVG}]})["images"] == []


def test_a_picture_that_user_code_has_removed_is_a_clear_error(store: ImageStore) -> None:
    ref = shown(store, b"data")
    (store.folder / ref).unlink()
    for _ in range(2):
        answer = store.fetch({"ref": ref})
        assert (answer["op"], answer["type"]) == ("error", "protocol")
        assert "evaluate again" in str(answer["error"])


def test_what_a_dead_worker_left_goes_after_a_while(store: ImageStore) -> None:
    left = store.folder / "incoming" / hand_in(store.folder, b"left")
    os.utime(left, (0, 0))
    shown(store, b"other")
    assert not left.exists()


def test_too_large_a_picture_is_not_handed_in(store: ImageStore) -> None:
    with pytest.raises(ValueError, match="too large"):
        hand_in(store.folder, bytes(wire.IMAGE_BYTES + 1))


def test_the_folder_of_a_server_that_was_killed_is_removed_by_the_next(tmp_path: Path) -> None:
    code = f"""
import os, signal
from pathlib import Path
from device_server.image_store import ImageStore
store = ImageStore(Path({str(tmp_path)!r}), "killed", 1000)
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[2])
    assert (tmp_path / "killed").exists()
    living = ImageStore(tmp_path, "living", 1000)
    ImageStore(tmp_path, "third", 1000).close()
    assert [path.name for path in tmp_path.iterdir()] == ["living"]
    living.close()


def test_the_limit_is_settable_and_a_picture_that_had_to_go_is_said() -> None:
    with running("--images", "1K") as device, device.connect() as host:
        refs = [
            host.eval(f"from PIL import Image; Image.effect_noise(({side}, 40), 99)")["images"][0]["ref"]
            for side in (40, 41)
        ]
        answers = [host.ask("fetch", ref=ref) for ref in refs]
    assert [answer["op"] for answer in answers] == ["error", "result"]
    assert "evaluate again" in answers[0]["error"]


def test_a_device_without_a_folder_for_pictures_evaluates_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "tether").write_text("no folder")
    with running(environment={"XDG_CACHE_HOME": str(tmp_path)}) as device, device.connect() as host:
        answer = host.eval(RED)
        fetched = host.ask("fetch", ref="x")
    assert "no folder" in answer["notices"][0]
    assert "images" not in answer
    assert "no folder" in fetched["error"]
