"""The op `cider/slurp`: the bytes of a picture whose URL a rich value had. It reads nothing else, from nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final as Constant
from typing import TypeAlias

from middleware import content
from middleware.descriptor import Descriptor, OpSpec, as_ciders, provides
from middleware.request import Final, Refusal, Request

Read: TypeAlias = Callable[[str], tuple[str, bytes]]
"""URL -> mime and bytes. Raises: ValueError, when it is not of a picture that was shown."""

SPEC: Constant = OpSpec(
    doc="The content behind the URL of an external body: a picture that an eval has shown. No other URL is opened.",
    requires={"url": "The URL, as the external body had it."},
    returns={key: content.RETURNS[key] for key in ("content-type", "content-transfer-encoding", "body")},
)


def middleware(read: Read) -> Descriptor:
    """Handles `slurp`."""

    async def slurp(request: Request) -> Final:
        try:
            mime, data = read(request.text("url") or "")
        except ValueError as error:
            raise Refusal(str(error), "slurp-error") from error
        request.send(content.body(mime, data))
        return {}

    return provides("slurp", as_ciders({"slurp": (SPEC, slurp)}))
