"""
The tree of what we serve to the network.
"""

from __future__ import annotations

from typing import Any

from twisted.logger import Logger
from twisted.web.resource import IResource, NoResource, Resource
from twisted.web.server import Request, Site

from ..addresses import CALLBACKS, EVENTS, MEDIA, without_token
from .answers import MAX_BODY


class _Branch(Resource):
    """
    A name on the way to something else.
    """

    def render(self, request: Any) -> bytes:
        body: bytes = NoResource().render(request)
        return body


def public_tree(
    events: IResource, callbacks: IResource, media: IResource | None
) -> Resource:
    """
    @param media: L{None} in a role that carries no audio.
    """
    root = _Branch()
    for path in EVENTS:
        _put(root, path, _Leaf(events))
    _put(root, CALLBACKS, _Leaf(callbacks))
    if media is not None:
        _put(root, MEDIA, _Leaf(media))
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


class BoundedRequest(Request):
    """
    A request of which no more is kept than can be good; whoever reads the body sees
    that it is too large.
    """

    _kept = 0

    def handleContentChunk(self, data: bytes) -> None:
        data = data[: MAX_BODY + 1 - self._kept]
        self._kept += len(data)
        super().handleContentChunk(data)


class QuietSite(Site):
    """
    A site whose access log holds no tokens and whose requests are bounded.
    """

    requestFactory = BoundedRequest

    _log = Logger()

    def __init__(self, root: IResource, reactor: Any, log_requests: bool) -> None:
        """
        @param log_requests: not for probes and polls, which would fill the log.
        """
        # 30 s without a byte is no request any more; an upgraded socket is not
        # under this limit.
        super().__init__(root, reactor=reactor, timeout=30)
        self.displayTracebacks = False
        self._log_requests = log_requests

    def log(self, request: Any) -> None:
        """
        One line for each request that somebody may want to find again.
        """
        if not self._log_requests:
            return
        self._log.debug(
            "{method} {path} {code}",
            method=request.method.decode("ascii", "replace"),
            path=without_token(request.uri.decode("latin-1")),
            code=request.code,
        )
