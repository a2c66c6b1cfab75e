"""
The OpenID documents with which applications check the service's tokens.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from twisted.web.iweb import IRequest
from twisted.web.resource import Resource
from twisted.web.static import Data

from ..model.tokens import Issuer


class _Keys(Resource):
    """
    The keys of this moment: they can be rotated.
    """

    isLeaf = True

    def __init__(self, issuer: Issuer, now: Callable[[], float]) -> None:
        super().__init__()
        self._issuer = issuer
        self._now = now

    def render_GET(self, request: IRequest) -> bytes:
        request.setHeader("Content-Type", "application/json")
        return _json(self._issuer.keys(self._now()))


def add_oidc(calling: Resource, issuer: Issuer, now: Callable[[], float]) -> None:
    """
    @param calling: the resource at C{/calling}.
    @param now: seconds since the epoch.
    """
    well_known = Resource()
    configuration = Data(_json(issuer.configuration()), "application/json")
    well_known.putChild(b"acsopenidconfiguration", configuration)
    calling.putChild(b".well-known", well_known)
    calling.putChild(b"keys", _Keys(issuer, now))


def _json(document: Any) -> bytes:
    return json.dumps(document).encode("utf-8")
