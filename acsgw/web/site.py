"""
The tree of what we serve to the network.
"""

from __future__ import annotations

from typing import Any

from twisted.web.resource import IResource, NoResource, Resource

from ..addresses import CALLBACKS, EVENTS, MEDIA, VARIABLES


class _Branch(Resource):
    """
    A name on the way to something else.
    """

    def render(self, request: Any) -> bytes:
        body: bytes = NoResource().render(request)
        return body


def public_tree(
    events: IResource,
    callbacks: IResource,
    media: IResource | None,
    variables: IResource | None = None,
) -> Resource:
    """
    @param media: L{None} in a role that carries no audio.
    @param variables: likewise.
    """
    root = _Branch()
    for path in EVENTS:
        _put(root, path, _Leaf(events))
    _put(root, CALLBACKS, _Leaf(callbacks))
    if media is not None:
        _put(root, MEDIA, _Leaf(media))
    if variables is not None:
        _put(root, VARIABLES, _Leaf(variables))
    return root


class _Leaf(Resource):
    """
    Gives itself and all below it to one resource.
    """

    isLeaf = True

    def __init__(self, resource: IResource) -> None:
        super().__init__()
        self._resource = resource

    def render(self, request: Any) -> Any:
        if not request.postpath:
            # Klein would answer with a redirect to the path with a slash, and Event
            # Grid follows none.
            request.postpath = [b""]
        return self._resource.render(request)


def _put(root: Resource, path: str, resource: IResource) -> None:
    *ways, name = path.encode("ascii").split(b"/")
    branch = root
    for way in ways:
        known = branch.children.get(way)
        if known is None:
            known = _Branch()
            branch.putChild(way, known)
        branch = known
    branch.putChild(name, resource)
