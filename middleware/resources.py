"""The ops `classpath`, `resource` and `resources-list`: the project's files on the host, where editors open them."""

from __future__ import annotations

from typing import Final as Constant

from middleware.descriptor import Descriptor, OpSpec, Runs, as_ciders, provides
from middleware.host_files import ProjectFiles
from middleware.request import Bencode, Final, Request

CLASSPATH: Constant = OpSpec(
    doc="List the project's folders in which imports are looked for. Libraries are the device's, and not listed.",
    returns={"classpath": "Absolute paths on the host."},
)
RESOURCE: Constant = OpSpec(
    doc="Find a file of the project.",
    requires={"name": "Its path below one of the folders that `classpath` lists."},
    returns={"resource-path": "Its absolute path; absent when there is none."},
    runs=Runs.BESIDE,
)
RESOURCES_LIST: Constant = OpSpec(
    doc="List the project's files that are no source code.",
    returns={"resources-list": "A list of file, the absolute path, and relpath, the path below a folder of imports."},
    runs=Runs.BESIDE,
)


def middleware(project: ProjectFiles) -> Descriptor:
    """Handles `classpath`, `resource` and `resources-list`."""

    async def classpath(_request: Request) -> Final:
        roots: list[Bencode] = [*project.source_roots()]
        return {"classpath": roots}

    async def resource(request: Request) -> Final:
        path = await project.find(request.text("name") or "")
        return {"resource-path": path} if path else {}

    async def resources_list(_request: Request) -> Final:
        listed: list[Bencode] = [{"file": file, "relpath": name} for name, file in (await project.resources()).items()]
        return {"resources-list": listed}

    ops = {
        "classpath": (CLASSPATH, classpath),
        "resource": (RESOURCE, resource),
        "resources-list": (RESOURCES_LIST, resources_list),
    }
    return provides("resources", as_ciders(ops))
