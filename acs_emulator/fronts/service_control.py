"""
The part of the control API for what the service is: its keys, its callbacks,
its identities.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from klein import Klein
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest

from ..errors import BadCall
from ..model.callback_log import CallbackLog
from ..model.identities import Identities
from ..model.tokens import Issuer
from .json_api import local_only, reply, reply_failure


class ServiceControlFront:
    """
    JSON in, JSON out.
    """

    app = Klein()
    _log = Logger()

    def __init__(
        self,
        *,
        issuer: Issuer,
        callbacks: CallbackLog,
        identities: Identities,
        clock: IReactorTime,
        new_id: Callable[[], str],
        new_private_key: Callable[[], RSAPrivateKey],
        keep_old_key: float,
    ) -> None:
        """
        @param keep_old_key: seconds for which an old key stays published.
        """
        self._issuer = issuer
        self._callbacks = callbacks
        self._identities = identities
        self._clock = clock
        self._new_id = new_id
        self._new_private_key = new_private_key
        self._keep_old_key = keep_old_key

    @app.route("/keys:rotate", methods=["POST"])
    def rotate(self, request: IRequest) -> bytes:
        local_only(request)
        keep = self._keep_old_key
        if _flag(request, "drop_old"):
            keep = 0.0
        now = self._clock.seconds()
        self._issuer.rotate(
            self._new_id(), self._new_private_key(), keep_old_until=now + keep
        )
        published = [key["kid"] for key in self._issuer.keys(now)["keys"]]
        return reply(
            request, 200, {"key_id": self._issuer.key_id, "published": published}
        )

    @app.route("/callbacks", methods=["GET"])
    def list_callbacks(self, request: IRequest) -> bytes:
        local_only(request)
        wanted = request.args.get(b"call_connection_id", [None])[0]
        found = self._callbacks.of_connection(
            None if wanted is None else wanted.decode("latin-1")
        )
        return reply(request, 200, {"callbacks": [record.body() for record in found]})

    @app.route("/identities", methods=["GET"])
    def list_identities(self, request: IRequest) -> bytes:
        local_only(request)
        found = list(self._identities.tokens(self._clock.seconds()))
        return reply(request, 200, {"identities": found})

    @app.handle_errors(Exception)
    def _failed(self, request: IRequest, failure: Failure) -> bytes:
        return reply_failure(request, failure, self._log)


def _flag(request: IRequest, name: str) -> bool:
    content = request.content.read()
    try:
        given: Any = json.loads(content) if content else {}
    except ValueError:
        raise BadCall("the body is not JSON") from None
    if not isinstance(given, dict) or set(given) - {name}:
        raise BadCall(f"the body may hold {name}, and nothing else")
    value = given.get(name, False)
    if not isinstance(value, bool):
        raise BadCall(f"{name}: must be true or false")
    return value
