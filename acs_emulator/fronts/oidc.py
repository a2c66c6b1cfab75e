"""
The OpenID documents with which applications check the service's tokens.
"""

from __future__ import annotations

import json

from twisted.web.iweb import IRequest
from twisted.web.resource import Resource
from twisted.web.static import Data

from ..model.tokens import Issuer


def add_oidc(calling: Resource, issuer: Issuer) -> None:
    """
    @param calling: the resource at C{/calling}.
    """
    well_known = Resource()
    well_known.putChild(b"acsopenidconfiguration", _json(issuer.configuration()))
    calling.putChild(b".well-known", well_known)
    calling.putChild(b"keys", _Keys(issuer))


class _Keys(Resource):
    """
    The keys of now: they may be rotated.
    """

    isLeaf = True

    def __init__(self, issuer: Issuer) -> None:
        super().__init__()
        self._issuer = issuer

    def render_GET(self, request: IRequest) -> bytes:
        request.setHeader("Content-Type", "application/json")
        return json.dumps(self._issuer.keys()).encode("utf-8")


def _json(document: object) -> Data:
    return Data(json.dumps(document).encode("utf-8"), "application/json")
