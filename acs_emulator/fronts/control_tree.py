"""
Where the parts of the control API hang.
"""

from __future__ import annotations

from collections.abc import Collection

from twisted.web.iweb import IRequest
from twisted.web.resource import IResource, Resource

from .json_api import host_of, is_local_name, reply


class _StrangeHost(Resource):
    isLeaf = True

    def __init__(self, host: str) -> None:
        super().__init__()
        self._host = host

    def render(self, request: IRequest) -> bytes:
        text = (
            f"the control API is not for {self._host or 'a missing host'!r}; use "
            "localhost or 127.0.0.1, or name it in [control] hosts of the settings"
        )
        return reply(request, 403, {"error": text})


class ControlTree(Resource):
    """
    C{/emulator}: some parts of the control API have fronts of their own.

    Web pages of other sites could reach it under names of theirs that they have
    mean this machine (DNS rebinding); so the client must know whom it speaks to.
    """

    def __init__(self, control: IResource, hosts: Collection[str]) -> None:
        """
        @param hosts: names, in lower case, that are ours besides those of every
            machine.
        """
        super().__init__()
        self._hosts = hosts
        self._control = control
        self._parts: dict[bytes, IResource] = {}
        self._endings: dict[bytes, IResource] = {}

    def add(self, front: IResource, *segments: bytes) -> None:
        """
        @param segments: the first of the paths that this front serves.
        """
        self._parts.update(dict.fromkeys(segments, front))

    def add_ending(self, front: IResource, segment: bytes) -> None:
        """
        @param segment: the last of the paths that this front serves, whatever they
            begin with.
        """
        self._endings[segment] = front

    def getChild(self, path: bytes, request: IRequest) -> IResource:
        host = host_of(request)
        # Health is no secret, and is asked for by machines of all kinds.
        if path != b"health" and not (is_local_name(host) or host in self._hosts):
            return _StrangeHost(host)
        # Give the segment back: Klein wants to see it.
        request.postpath.insert(0, request.prepath.pop())
        by_ending = self._endings.get(request.postpath[-1])
        return by_ending or self._parts.get(path, self._control)
