"""How a value that can be seen reaches a client: as rich content, by reference, or named in its printed text.

The pictures are on the host when a frame comes here: each image has a `path` and, when it is small, its `data`, or else
an `error`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import PurePath
from typing import Final as Constant

from device_server import wire
from middleware import frames
from middleware.descriptor import Keys
from middleware.printing import Printing
from middleware.request import Bencode, Message, Request

OPTIONAL: Constant[Keys] = {
    "content-type": "Whether a value that can be seen is answered with rich content instead of `value`, as for CIDER.",
    "images": "Whether the client shows pictures by itself: `images` tells of them, and `value` does not name them.",
}
RETURNS: Constant[Keys] = {
    "content-type": "Of rich content: the mime and a dictionary. For `message/external-body` the dictionary has "
    "`access-type` and, under that name, what `cider/slurp` takes.",
    "content-transfer-encoding": "`base64`, when the body is.",
    "body": "The rich content: text, or base64.",
    "images": "The pictures of a value, each with ref, mime, bytes, scale, perhaps width and height in points, and "
    "path, a file on the host, or error.",
}
_CIDERS: Constant = frozenset({"image/png", "image/jpeg", "image/svg+xml", "text/html"})
"""What CIDER shows; the others are named."""
_TEXTS: Constant = frozenset({"image/svg+xml", "text/html"})
_KEYS: Constant = ("ref", "mime", "width", "height", "scale", "bytes", "path", "error")


def value(request: Request, wanted: Printing, frame: wire.Message, *, with_ns: bool) -> Iterator[Message]:
    """The messages for a `value` or `result` frame: its notices, and its value as the request wants it."""
    for notice in _list(frame, "notices"):
        yield {"err": f"{notice}\n"}
    images = [image for image in _list(frame, "images") if isinstance(image, dict)]
    if request.flag("content-type") and images and all(map(_is_rich, images)):
        ns: Message = {"ns": frames.text(frame, "ns")} if with_ns and "ns" in frame else {}
        for image in images:
            yield {**_content(image), **ns}
    elif request.flag("images") and images:
        *before, last = wanted.value(frame, with_ns=with_ns)
        yield from before
        yield {**last, "images": [_told(image) for image in images]}
    else:
        yield from wanted.value(_naming(request, frame, images), with_ns=with_ns)


def body(mime: str, data: bytes) -> Message:
    """The keys of rich content that has its bytes with it."""
    content: list[Bencode] = [mime, {}]
    if mime in _TEXTS:
        return {"content-type": content, "body": data.decode(errors="replace")}
    return {
        "content-type": content,
        "content-transfer-encoding": "base64",
        "body": base64.b64encode(data).decode(),
    }


def _is_rich(image: wire.Message) -> bool:
    return image.get("mime") in _CIDERS and "path" in image


def _content(image: wire.Message) -> Message:
    if "data" in image:
        return body(frames.text(image, "mime"), base64.b64decode(frames.text(image, "data")))
    url = PurePath(frames.text(image, "path")).as_uri()
    return {"content-type": ["message/external-body", {"access-type": "URL", "URL": url}], "body": ""}


def _told(image: wire.Message) -> dict[str, Bencode]:
    found = {key: image[key] for key in _KEYS if key in image}
    return {key: each for key, each in found.items() if isinstance(each, str | int)}


def _naming(request: Request, frame: wire.Message, images: list[wire.Message]) -> wire.Message:
    """The frame with a comment behind the printed value for each picture: what it is, and the file to open."""
    if not images:
        return frame
    language = frame.get("lang") or request.text("lang") or request.session.language
    mark = "#" if language == "python" else ";;"
    lines = [f"{mark} {described(_told(image))}" for image in images]
    return {**frame, "value": "\n".join([frames.text(frame, "value"), *lines])}


def described(image: Message) -> str:
    """`image/png 390x844: /path`, in points; the size is left out where it is not known."""
    size = f" {image['width']!s}x{image['height']!s}" if "width" in image and "height" in image else ""
    where = image.get("path") or f"it cannot be had: {image.get('error')!s}"
    return f"{image['mime']!s}{size}: {where!s}"


def _list(frame: wire.Message, key: str) -> list[wire.JSON]:
    found = frame.get(key)
    return found if isinstance(found, list) else []
