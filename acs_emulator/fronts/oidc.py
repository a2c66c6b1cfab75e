"""
The OpenID documents with which applications check the service's tokens.
"""

from __future__ import annotations

import json

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
    calling.putChild(b"keys", _json(issuer.keys()))


def _json(document: object) -> Data:
    return Data(json.dumps(document).encode("utf-8"), "application/json")
