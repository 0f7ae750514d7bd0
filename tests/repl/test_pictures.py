"""Pictures for terminals, byte for byte. What a terminal draws of them is test_loop's business."""

from __future__ import annotations

import base64
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from repl.pictures import CELL, Protocol, drawn, fitted, protocol_of, sixels


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


RED = png(Image.new("RGB", (16, 32), "red"))


def raw(protocol: Protocol, data: bytes) -> str:
    """What is written as it is; a line's end follows."""
    (style, text, *_), end = drawn(protocol, data, 1, 80, 24)
    assert (style, end) == ("[ZeroWidthEscape]", ("", "\n"))
    return text


@pytest.mark.parametrize(
    ("environment", "protocol"),
    [
        ({"TERM": "xterm-kitty"}, Protocol.KITTY),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, Protocol.KITTY),
        ({"TERM": "xterm-ghostty", "TERM_PROGRAM": "ghostty"}, Protocol.KITTY),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, Protocol.ITERM2),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, Protocol.ITERM2),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, Protocol.ITERM2),
        ({"TERM": "foot"}, Protocol.SIXEL),
        ({"TERM": "xterm-256color"}, Protocol.BLOCKS),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "tmux", "KITTY_WINDOW_ID": "1"}, Protocol.BLOCKS),
        ({"TERM": "xterm-kitty", "TMUX": "socket,1,0"}, Protocol.BLOCKS),
        ({"TERM": "dumb"}, Protocol.NONE),
        ({"TERM": "xterm", "NO_COLOR": "1"}, Protocol.NONE),
        ({}, Protocol.NONE),
    ],
)
def test_the_environment_says_which_protocol_a_terminal_takes(environment: dict[str, str], protocol: Protocol) -> None:
    assert protocol_of(environment) is protocol


def test_kitty_gets_a_png_in_pieces_and_never_answers() -> None:
    noise = Image.effect_noise((120, 120), 100).convert("RGB")
    text = raw(Protocol.KITTY, png(noise))
    messages = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", text)
    assert "".join(f"\x1b_G{keys};{data}\x1b\\" for keys, data in messages) == text
    assert [keys for keys, _ in messages] == [
        "a=T,f=100,c=15,r=8,q=2,m=1",
        *["q=2,m=1"] * (len(messages) - 2),
        "q=2,m=0",
    ]
    assert {len(data) for _, data in messages[:-1]} == {4096}
    shown = Image.open(io.BytesIO(base64.b64decode("".join(data for _, data in messages))))
    assert shown.convert("RGB").tobytes() == noise.tobytes()


def test_a_small_picture_is_one_message_to_kitty() -> None:
    assert raw(Protocol.KITTY, RED).startswith("\x1b_Ga=T,f=100,c=2,r=2,q=2,m=0;iVBOR")


def test_iterm2_gets_a_file_with_its_size_in_cells() -> None:
    text = raw(Protocol.ITERM2, RED)
    found = re.fullmatch(
        r"\x1b\]1337;File=inline=1;size=(\d+);width=2;height=2;preserveAspectRatio=1:([^\x07]+)\x07", text
    )
    assert found is not None
    data = base64.b64decode(found[2])
    assert len(data) == int(found[1])
    assert Image.open(io.BytesIO(data)).size == (16, 32)


def test_sixels_are_bands_of_six_lines_colour_by_colour() -> None:
    image = Image.new("P", (5, 7), 0)
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putpixel((4, 0), 1)
    image.putpixel((0, 6), 1)
    assert sixels(image) == '\x1bP0;1q"1;1;5;7#0;2;100;0;0#1;2;0;0;100#0!4~}$#1!4?@-#0?!4@$#1@!4?-\x1b\\'


def test_a_sixel_terminal_gets_the_picture_in_its_cells_size() -> None:
    assert raw(Protocol.SIXEL, RED).startswith('\x1bP0;1q"1;1;16;32#0;2;100;0;0#0!16~-')


def test_half_blocks_have_two_pixels_each() -> None:
    image = Image.new("RGB", (16, 32), "red")
    image.paste((0, 0, 255), (0, 8, 16, 32))
    assert drawn(Protocol.BLOCKS, png(image.resize((16, 32), Image.Resampling.NEAREST)), 1, 80, 24)[1::2] == [
        ("", "\n"),
        ("", "\n"),
    ]
    whole = drawn(Protocol.BLOCKS, RED, 1, 80, 24)
    assert whole == [("fg:#ff0000 bg:#ff0000", "▀▀"), ("", "\n")] * 2


def test_what_is_transparent_is_white_in_blocks() -> None:
    clear = png(Image.new("RGBA", CELL, (0, 0, 0, 0)))
    assert drawn(Protocol.BLOCKS, clear, 1, 80, 24)[0] == ("fg:#ffffff bg:#ffffff", "▀")


def test_a_fine_picture_is_no_larger_than_a_coarse_one() -> None:
    fine = png(Image.new("RGB", (32, 64), "red"))
    assert drawn(Protocol.BLOCKS, fine, 2, 80, 24) == drawn(Protocol.BLOCKS, RED, 1, 80, 24)


@given(st.floats(1, 1e5), st.floats(1, 1e5), st.integers(1, 300), st.integers(1, 100))
def test_a_picture_fits_whatever_its_size(width: float, height: float, columns: int, rows: int) -> None:
    across, down = fitted(width, height, columns, rows)
    assert 1 <= across <= columns
    assert 1 <= down <= rows


@pytest.mark.parametrize("data", [b"", b"<svg/>", RED[:40], b"\x89PNG\r\n\x1a\n" + bytes(100)])
@pytest.mark.parametrize("protocol", Protocol)
def test_what_is_no_picture_is_not_drawn(protocol: Protocol, data: bytes) -> None:
    assert drawn(protocol, data, 1, 80, 24) == []


@pytest.mark.parametrize("size", [(0, 10), (10, 0), (10, -1)])
def test_nothing_is_drawn_where_there_is_no_room(size: tuple[int, int]) -> None:
    assert drawn(Protocol.BLOCKS, RED, 1, *size) == []
