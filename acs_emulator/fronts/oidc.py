"""
The OpenID documents with which applications check the service's tokens.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.web.iweb import IRequest

from ..errors import no_such_operation
from ..model.hmac_auth import SignedRequest
from ..model.tokens import CONFIGURATION_PATH, Issuer
from .rest_gate import Passage
from .signed_requests import write_json

_PAGES = {CONFIGURATION_PATH: "configuration", "/calling/keys": "keys"}


class OpenIdPages:
    """
    The documents of this moment: keys can be rotated.
    """

    def __init__(self, issuer: Issuer, now: Callable[[], float]) -> None:
        """
        @param now: seconds since the epoch.
        """
        self._issuer = issuer
        self._now = now

    def serve(
        self, request: IRequest, signed: SignedRequest, passage: Passage
    ) -> bytes:
        """
        @raise Refusal: if there is no such document.
        """
        operation = openid_operation(signed)
        if signed.method not in ("GET", "HEAD"):
            raise no_such_operation(405, f"{signed.method} is not allowed here.")
        if operation == "configuration":
            return write_json(request, 200, self._issuer.configuration())
        if operation == "keys":
            return write_json(request, 200, self._issuer.keys(self._now()))
        raise no_such_operation(404, "There is no such document.")


def openid_operation(signed: SignedRequest) -> str:
    """
    @return: short name of what is asked for; empty: nothing that is known.
    """
    return _PAGES.get(signed.target.partition("?")[0], "")
