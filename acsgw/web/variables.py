"""
Variables that did not fit into a transfer, for whoever has taken over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from klein import Klein
from twisted.web.iweb import IRequest

from .answers import answer, answer_errors
from .guard import TokenCheck


class VariablesPage:
    """
    Each URL gives one set, to who has the URL.
    """

    app = Klein()

    def __init__(
        self, proof: TokenCheck, fetch: Callable[[str], Mapping[str, str] | None]
    ) -> None:
        """
        @param fetch: given a reference; L{None} if there is nothing (any more).
        """
        self._proof = proof
        self._fetch = fetch

    @app.route("/<path:rest>", methods=["GET"])
    def variables(self, request: IRequest, rest: str) -> bytes:
        """
        All output variables of one conversation, as an object of texts.
        """
        claims = self._proof.variables(request.uri.decode("latin-1"))
        request.setHeader(b"cache-control", b"no-store")
        variables = self._fetch(claims.call_id)
        if variables is None:
            return answer(request, {"error": "these variables are not kept here"}, 404)
        return answer(request, dict(variables))

    answer_errors(app)
