"""
Where the parts of the control API hang.
"""

from __future__ import annotations

from twisted.web.iweb import IRequest
from twisted.web.resource import IResource, Resource


class ControlTree(Resource):
    """
    C{/emulator}: some parts of the control API have fronts of their own.
    """

    def __init__(self, control: IResource) -> None:
        super().__init__()
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
        # Give the segment back: Klein wants to see it.
        request.postpath.insert(0, request.prepath.pop())
        by_ending = self._endings.get(request.postpath[-1])
        return by_ending or self._parts.get(path, self._control)
