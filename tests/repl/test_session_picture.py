from __future__ import annotations

from xml.etree import ElementTree

import pytest

from docs import session


def texts(svg: str) -> list[str]:
    """What stands in each frame, without the spaces."""
    root = ElementTree.fromstring(svg)
    return ["".join("".join(frame.itertext()).split()) for frame in root.iter("{http://www.w3.org/2000/svg}g")]


@pytest.mark.slow
def test_the_picture_shows_a_session_as_it_is_today() -> None:
    frames = session.record()
    assert len(frames) == len(session.SESSION)
    today, kept = texts(session.picture(frames)), texts(session.PAGE.read_text())
    for step, now, then in zip(session.SESSION, today, kept, strict=True):
        assert "".join(step.shows.split()) in now
        assert now == then, "the picture is old: make docs"
