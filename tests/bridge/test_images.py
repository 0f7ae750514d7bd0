"""The host's own pictures."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from bridge.images import ENDINGS, Images

PNG = "image/png"


def ref_of(data: bytes) -> str:
    return f"sha256-{hashlib.sha256(data).hexdigest()}"


@pytest.fixture
def images(tmp_path: Path) -> Images:
    return Images(tmp_path / "images", limit_bytes=1000)


def kept(images: Images, data: bytes) -> Path:
    return images.keep(ref_of(data), PNG, data)


def test_a_picture_is_a_file_that_programs_know_by_its_ending(images: Images) -> None:
    assert images.find(ref_of(b"a"), PNG) is None
    path = kept(images, b"a")
    assert (path.suffix, path.read_bytes()) == (".png", b"a")
    assert images.find(ref_of(b"a"), PNG) == path
    assert path.parent.stat().st_mode & 0o077 == 0


def test_damaged_bytes_are_not_kept(images: Images, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="damaged"):
        images.keep(ref_of(b"a"), PNG, b"b")
    assert not (tmp_path / "images").exists()


@pytest.mark.parametrize(("ref", "mime"), [("../../x", PNG), (ref_of(b"a"), "application/x-sh"), ("", PNG)])
def test_names_and_kinds_that_cannot_be_are_refused(images: Images, ref: str, mime: str) -> None:
    with pytest.raises(ValueError, match=r"shown|hash"):
        images.find(ref, mime)


def test_the_least_recently_used_go_first(images: Images) -> None:
    paths = [kept(images, bytes([number]) * 400) for number in range(2)]
    for age, path in enumerate(reversed(paths)):
        os.utime(path, (1000 + age, 1000 + age))  # the first was used after the second
    paths.append(kept(images, b"x" * 400))
    assert [path.exists() for path in paths] == [True, False, True]


def test_the_latest_stays_whatever_its_size(images: Images) -> None:
    assert kept(images, b"x" * 5000).exists()


def test_a_picture_is_read_by_its_url(images: Images) -> None:
    assert images.read(kept(images, b"a").as_uri()) == (PNG, b"a")


def test_no_other_url_is_read(images: Images, tmp_path: Path) -> None:
    path = kept(images, b"a")
    outside = tmp_path / "secret.png"
    outside.write_bytes(b"secret")
    for url in (
        outside.as_uri(),
        f"file://{path.parent}/../secret.png",
        f"file://elsewhere{path}",
        f"http://localhost{path}",
        str(path),
        f"file://{path.parent}",
        "file:///etc/passwd",
        "file://[",
        "",
    ):
        with pytest.raises(ValueError, match=r"by their URLs|Invalid"):
            images.read(url)


def test_a_picture_that_has_gone_is_said(images: Images) -> None:
    path = kept(images, b"a")
    path.unlink()
    with pytest.raises(ValueError, match="evaluate again"):
        images.read(path.as_uri())


def test_every_kind_has_an_ending_of_its_own() -> None:
    assert len(set(ENDINGS.values())) == len(ENDINGS)
