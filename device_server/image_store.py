"""Pictures by content hash: a worker hands one in as a file, the supervisor keeps it, hosts fetch it.

A picture outlives the worker that made it. Nothing that a worker says of one is believed: not its name, not its size.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import os
import stat
import sys
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from device_server import wire

_INCOMING: Final = "incoming"
_LOCK: Final = "lock"
_ORPHANED_S: Final = 60.0
"""What has not been told of for so long is of a worker that died before it could."""
_MOST_SIDE: Final = 1_000_000
_MOST_SCALE: Final = 100


def hand_in(folder: Path, data: bytes) -> str:
    """Leave a picture where the supervisor takes it, and return its name. Called in a worker.

    Raises: ValueError when it is too large, OSError when there is no room.
    """
    if len(data) > wire.IMAGE_BYTES:
        raise ValueError(f"A picture of {len(data):,} bytes is too large: at most {wire.IMAGE_BYTES:,} are kept")
    ref = _ref_of(data)
    unfinished = folder / _INCOMING / f"{os.getpid()}.part"
    unfinished.write_bytes(data)
    unfinished.replace(folder / _INCOMING / ref)
    return ref


def opened(cache: Path | None, name: str, limit_bytes: int) -> ImageStore | None:
    """The pictures of a device server, below that folder; None when they can be kept nowhere: then nothing is shown."""
    if cache is None:
        return None
    try:
        return ImageStore(cache / "device-images", name, limit_bytes)
    except OSError as error:
        print(f"Pictures cannot be kept: {error}", file=sys.stderr, flush=True)  # noqa: T201 the server's log
        return None


class ImageStore:
    """The pictures of one device server, in a folder of its own that goes with it."""

    def __init__(self, parent: Path, name: str, limit_bytes: int) -> None:
        """Raises: OSError, when there can be no such folder."""
        self.folder: Final = parent / name
        self._limit_bytes = limit_bytes
        self._kept: OrderedDict[str, tuple[str, int]] = OrderedDict()
        """Ref -> mime and size in bytes; the least recently used comes first."""
        self._size = 0
        self._held: dict[str, frozenset[str]] = {}
        parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _remove_abandoned(parent)
        new = parent / f".{name}"  # nobody takes it for abandoned before it is locked
        new.mkdir(mode=0o700)
        self._lock = _locked(new)
        (new / _INCOMING).mkdir()
        new.rename(self.folder)

    def close(self) -> None:
        """Remove the pictures."""
        _remove(self.folder)
        if self._lock is not None:
            os.close(self._lock)

    def admit(self, frame: wire.Message) -> wire.Message:
        """The frame of a worker, with those of its images that it has indeed handed in; of others a notice tells."""
        parts = wire.parts_with_images(frame)
        if not parts:
            return frame
        are_whole = [self._admit_those_of(part) for part in parts]
        self._remove_orphans()
        if all(are_whole):
            return frame
        notices = frame.get("notices")
        lost = "A picture was lost on its way from the worker: evaluate again"
        return {**frame, "notices": [*(notices if isinstance(notices, list) else []), lost]}

    def _admit_those_of(self, part: wire.Message) -> bool:
        """Leave the images that were handed in; whether those are all."""
        told = part["images"] if isinstance(part["images"], list) else []
        images: list[wire.JSON] = [image for each in told if (image := self._taken(each)) is not None]
        part["images"] = images
        return len(images) == len(told)

    def hold(self, holder: str, refs: Iterable[str]) -> None:
        """Keep these pictures, and no longer those that this holder held before, whatever else has to go."""
        self._held[holder] = frozenset(refs)
        if not self._held[holder]:
            del self._held[holder]
        self._make_room()

    def fetch(self, message: wire.Message) -> wire.Message:
        """The answer to a `fetch`, without the id."""
        ref = str(message["ref"])
        offset, limit = _number(message, "offset", 0), _number(message, "limit", wire.FETCH_BYTES)
        if offset < 0 or not 0 < limit <= wire.FETCH_BYTES:
            return _refusal(f"'offset' must be at least 0 and 'limit' from 1 to {wire.FETCH_BYTES}")
        if ref not in self._kept:
            return _refusal(f"There is no picture {ref[:80]} here any more; evaluate again what made it")
        mime, size = self._kept[ref]
        if offset > size:
            return _refusal(f"The picture {ref} has {size} bytes; there is none at {offset}")
        try:
            with _opened(self.folder / ref) as fd:
                data = os.pread(fd, limit, offset)
        except OSError as error:
            self._forget(ref)
            return _refusal(f"The picture {ref} is lost ({error.strerror}); evaluate again what made it")
        self._kept.move_to_end(ref)
        return {
            "op": "result", "ref": ref, "mime": mime, "bytes": size, "offset": offset,
            "data": base64.b64encode(data).decode(), "more": bool(data) and offset + len(data) < size,
        }  # fmt: skip

    def _taken(self, told: wire.JSON) -> wire.Message | None:
        """An image that a worker tells of, with what is true of it; None when it is not as it says."""
        keys = told if isinstance(told, dict) else {}
        ref, mime = str(keys.get("ref")), str(keys.get("mime"))
        size = self._take(ref, mime) if wire.is_ref(ref) and mime in wire.IMAGE_MIMES else None
        return None if size is None else {**_measures(keys), "ref": ref, "mime": mime, "bytes": size}

    def _take(self, ref: str, mime: str) -> int | None:
        """Its size in bytes."""
        incoming = self.folder / _INCOMING / ref
        try:
            with _opened(incoming) as fd:
                data = os.read(fd, wire.IMAGE_BYTES + 1)
            if len(data) > wire.IMAGE_BYTES or _ref_of(data) != ref:
                incoming.unlink()
                return None
            incoming.replace(self.folder / ref)
        except OSError:  # another worker may have handed in the same
            if ref in self._kept:
                self._kept.move_to_end(ref)
                return self._kept[ref][1]
            return None
        self._forget(ref)
        self._kept[ref] = (mime, len(data))
        self._size += len(data)
        self._make_room(but=ref)
        return len(data)

    def _make_room(self, but: str | None = None) -> None:
        held = frozenset().union(*self._held.values(), [] if but is None else [but])
        for ref in [ref for ref in self._kept if ref not in held]:
            if self._size <= self._limit_bytes:
                return
            self._forget(ref)
            with contextlib.suppress(OSError):
                (self.folder / ref).unlink()

    def _forget(self, ref: str) -> None:
        _, size = self._kept.pop(ref, ("", 0))
        self._size -= size

    def _remove_orphans(self) -> None:
        with contextlib.suppress(OSError), os.scandir(self.folder / _INCOMING) as entries:
            for entry in entries:
                if time.time() - entry.stat(follow_symlinks=False).st_mtime > _ORPHANED_S:
                    os.unlink(entry.path)


def _ref_of(data: bytes) -> str:
    import hashlib  # loads OpenSSL, which only those need who show pictures

    return f"sha256-{hashlib.sha256(data).hexdigest()}"


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    """A descriptor of a plain file. Raises: OSError, when it is anything else; whatever it is, this does not wait."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise OSError(0, "it is no plain file")
        yield fd
    finally:
        os.close(fd)


def _measures(told: wire.Message) -> wire.Message:
    """Width and height in points, when both are told, and the pixels of a point."""
    width, height, scale = (told.get(key) for key in ("width", "height", "scale"))
    sides: wire.Message = {"width": width, "height": height} if _is_side(width) and _is_side(height) else {}
    return {**sides, "scale": scale if isinstance(scale, int) and 0 < scale <= _MOST_SCALE else 1}


def _is_side(value: wire.JSON) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_SIDE


def _number(message: wire.Message, key: str, default: int) -> int:
    value = message.get(key)
    return value if isinstance(value, int) else default


def _refusal(text: str) -> wire.Message:
    return {"op": "error", "type": wire.ErrorType.PROTOCOL, "error": text}


def _locked(folder: Path) -> int | None:
    """A descriptor that holds the folder's lock for as long as this process lives; None when another does."""
    fd = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        return None
    return fd


def _remove_abandoned(parent: Path) -> None:
    """Remove the folders of device servers that were killed."""
    for folder in parent.glob("[!.]*"):
        with contextlib.suppress(OSError):
            fd = _locked(folder)
            if fd is not None:
                _remove(folder)
                os.close(fd)


def _remove(folder: Path) -> None:
    import shutil  # slow to import, and not needed before the end

    shutil.rmtree(folder, onerror=lambda _function, path, error: _say(path, error[1]))


def _say(path: str, error: BaseException) -> None:
    print(f"{path} cannot be removed: {error}", file=sys.stderr)  # noqa: T201 the server's log
