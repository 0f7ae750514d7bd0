"""Pictures in a terminal: by the protocol that it knows, or as half blocks, two pixels in a character.

Which protocol that is, the environment says; a terminal is not asked, so nothing waits for its answer and no answer is
taken for a key. Libraries for this exist, but bring a whole user interface or want an old Pillow.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping
from enum import StrEnum
from itertools import groupby
from typing import Final

from PIL import Image, UnidentifiedImageError
from prompt_toolkit.formatted_text import StyleAndTextTuples

CELL: Final = (8, 16)
"""Pixels of a character that are reckoned with, across and down."""
MOST_BYTES: Final = 16 * 1024 * 1024
_RAW: Final = "[ZeroWidthEscape]"
"""The style by which prompt_toolkit writes a text as it is."""
_KITTY_CHARS: Final = 4096
"""Of base64 in each of its messages."""
_COLOURS: Final = 255
"""Of a sixel picture."""


class Protocol(StrEnum):
    """How a terminal takes pictures."""

    KITTY = "kitty"
    """https://sw.kovidgoyal.net/kitty/graphics-protocol/"""
    ITERM2 = "iterm2"
    """https://iterm2.com/documentation-images.html"""
    SIXEL = "sixel"
    """https://vt100.net/docs/vt3xx-gp/chapter14.html"""
    BLOCKS = "blocks"
    """Characters in colours."""
    NONE = "none"
    """Not at all: the file is named."""


def protocol_of(environment: Mapping[str, str]) -> Protocol:
    """What the terminal of a program with that environment takes."""
    term, program = environment.get("TERM", ""), environment.get("TERM_PROGRAM", "")
    if term in ("", "dumb") or environment.get("NO_COLOR"):
        return Protocol.NONE
    if "TMUX" in environment or term.startswith(("screen", "tmux")):
        return Protocol.BLOCKS  # they keep what they do not know from the terminal
    if "KITTY_WINDOW_ID" in environment or "kitty" in term or program == "ghostty":
        return Protocol.KITTY
    if program in ("iTerm.app", "WezTerm") or environment.get("LC_TERMINAL") == "iTerm2":
        return Protocol.ITERM2
    if term.startswith(("foot", "mlterm", "contour", "yaft")):
        return Protocol.SIXEL
    return Protocol.BLOCKS


def drawn(protocol: Protocol, data: bytes, scale: int, columns: int, rows: int) -> StyleAndTextTuples:
    """A picture for a terminal of that size, with the end of its last line; nothing when it cannot be drawn.

    `scale` is how many of its pixels make one of the terminal's.
    """
    if protocol is Protocol.NONE or len(data) > MOST_BYTES or columns < 1 or rows < 1:
        return []
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "GIF", "WEBP")) as image:
            image.load()
            size = fitted(image.width / scale, image.height / scale, columns, rows)
            return _DRAW[protocol](image.convert("RGBA"), *size)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError):
        return []  # a vector drawing, a page, or no picture: its file is named


def fitted(width: float, height: float, columns: int, rows: int) -> tuple[int, int]:
    """Columns and rows for so many pixels: as large as it is, or as the terminal allows, in its proportions."""
    across, down = CELL
    shrink = min(1.0, columns * across / width, rows * down / height)
    return max(1, round(width * shrink / across)), max(1, round(height * shrink / down))


def _kitty(image: Image.Image, across: int, down: int) -> StyleAndTextTuples:
    text = base64.b64encode(_png(image, across)).decode()
    pieces = [text[at : at + _KITTY_CHARS] for at in range(0, len(text), _KITTY_CHARS)]
    last = len(pieces) - 1
    head = f"a=T,f=100,c={across},r={down},"  # what follows in the first message only
    messages = [f"\x1b_G{'' if at else head}q=2,m={int(at < last)};{piece}\x1b\\" for at, piece in enumerate(pieces)]
    return [(_RAW, "".join(messages)), ("", "\n")]


def _iterm2(image: Image.Image, across: int, down: int) -> StyleAndTextTuples:
    data = _png(image, across)
    keys = f"inline=1;size={len(data)};width={across};height={down};preserveAspectRatio=1"
    return [(_RAW, f"\x1b]1337;File={keys}:{base64.b64encode(data).decode()}\x07"), ("", "\n")]


def _sixel(image: Image.Image, across: int, down: int) -> StyleAndTextTuples:
    small = _opaque(image.resize((across * CELL[0], down * CELL[1])))
    return [(_RAW, sixels(small.quantize(_COLOURS, dither=Image.Dither.NONE))), ("", "\n")]


def sixels(image: Image.Image) -> str:
    """An image with a palette as the text that a sixel terminal draws: bands of six lines, colour by colour."""
    width, height = image.size
    palette, pixels = image.getpalette() or [], image.tobytes()
    used = sorted(set(pixels))
    text = [f'\x1bP0;1q"1;1;{width};{height}']
    for colour in used:
        red, green, blue = (round(part * 100 / 255) for part in palette[3 * colour : 3 * colour + 3])
        text.append(f"#{colour};2;{red};{green};{blue}")
    for top in range(0, height, 6):
        lines = [pixels[y * width : (y + 1) * width] for y in range(top, min(top + 6, height))]
        text.append("$".join(_band(lines, width)) + "-")
    return "".join(text) + "\x1b\\"


def _band(lines: list[bytes], width: int) -> Iterator[str]:
    for colour in sorted(set().union(*lines)):
        bits = [sum((line[x] == colour) << y for y, line in enumerate(lines)) for x in range(width)]
        yield f"#{colour}" + "".join(_run(chr(63 + value), len([*same])) for value, same in groupby(bits))


def _run(character: str, count: int) -> str:
    return f"!{count}{character}" if count > 3 else character * count


def _blocks(image: Image.Image, across: int, down: int) -> StyleAndTextTuples:
    pixels = _opaque(image.resize((across, 2 * down))).tobytes()
    colours = [pixels[at : at + 3].hex() for at in range(0, len(pixels), 3)]
    lines = [colours[start : start + across] for start in range(0, len(colours), across)]
    text: StyleAndTextTuples = []
    for upper, lower in zip(lines[::2], lines[1::2], strict=True):
        for (top, bottom), same in groupby(zip(upper, lower, strict=True)):
            text.append((f"fg:#{top} bg:#{bottom}", "▀" * len([*same])))
        text.append(("", "\n"))
    return text


def _opaque(image: Image.Image) -> Image.Image:
    """On white, as on paper."""
    paper = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(paper, image).convert("RGB")


def _png(image: Image.Image, columns: int) -> bytes:
    """With no more pixels than a fine screen shows in so many columns."""
    most = columns * CELL[0] * 2
    if image.width > most:
        image = image.resize((most, max(1, round(image.height * most / image.width))))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


_DRAW: Final = {
    Protocol.KITTY: _kitty,
    Protocol.ITERM2: _iterm2,
    Protocol.SIXEL: _sixel,
    Protocol.BLOCKS: _blocks,
}
