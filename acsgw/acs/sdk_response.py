"""
An HTTP response in the shape that Azure's SDK wants.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

from azure.core.exceptions import HttpResponseError
from azure.core.rest import AsyncHttpResponse, HttpRequest
from azure.core.utils import CaseInsensitiveDict


class Response(AsyncHttpResponse):
    """
    A response that has been read to its end.
    """

    def __init__(self, request: HttpRequest, answer: Any, content: bytes) -> None:
        """
        @param answer: of treq.
        """
        self._request = request
        self._status = int(answer.code)
        self._reason = (answer.phrase or b"").decode("ascii", "replace")
        self._headers: MutableMapping[str, str] = CaseInsensitiveDict(
            (name.decode("latin-1"), values[-1].decode("latin-1"))
            for name, values in answer.headers.getAllRawHeaders()
        )
        self._content = content
        self._encoding: str | None = None

    @property
    def request(self) -> HttpRequest:
        return self._request

    @property
    def status_code(self) -> int:
        return self._status

    @property
    def headers(self) -> MutableMapping[str, str]:
        return self._headers

    @property
    def reason(self) -> str:
        return self._reason

    @property
    def content_type(self) -> str | None:
        return self._headers.get("Content-Type")

    @property
    def is_closed(self) -> bool:
        return True

    @property
    def is_stream_consumed(self) -> bool:
        return True

    @property
    def encoding(self) -> str | None:
        return self._encoding

    @encoding.setter
    def encoding(self, value: str | None) -> None:
        self._encoding = value

    @property
    def url(self) -> str:
        return str(self._request.url)

    @property
    def content(self) -> bytes:
        return self._content

    def text(self, encoding: str | None = None) -> str:
        return self._content.decode(encoding or self._encoding or "utf-8-sig")

    def json(self) -> Any:
        return json.loads(self.text())

    def raise_for_status(self) -> None:
        """
        @raise HttpResponseError: for 400 and above.
        """
        if self._status >= 400:
            raise HttpResponseError(response=self)

    def body(self) -> bytes:
        """
        The name by which the SDK's deserializer knows a response.
        """
        return self._content

    async def read(self) -> bytes:
        return self._content

    async def iter_raw(self, **kwargs: Any) -> AsyncIterator[bytes]:
        yield self._content

    async def iter_bytes(self, **kwargs: Any) -> AsyncIterator[bytes]:
        yield self._content

    async def close(self) -> None:
        """Nothing is open."""

    async def __aexit__(self, *exc_info: object) -> None:
        """Nothing is open."""

    def __repr__(self) -> str:
        return f"<Response: {self._status} {self._reason}>"
