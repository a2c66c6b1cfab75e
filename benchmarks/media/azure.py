"""
As much of Azure as a gateway needs to take calls: Event Grid's delivery, and a REST
API that answers and then opens the media socket.

It checks nothing and sends no callbacks: the emulator (C{acs_emulator}) is for that.
This one must not cost anything while calls talk.
"""

from __future__ import annotations

import asyncio
import json
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from uuid import uuid4

#: Given the number of a call and the address, opens its media socket.
Open = Callable[[int, str], Awaitable[None]]

_CONTEXT = "bench-"


class Azure:
    """
    Rings, is asked to answer, connects.
    """

    def __init__(
        self,
        ports: Sequence[int],
        headers: Sequence[Mapping[str, str]],
        open_media: Open,
    ) -> None:
        """
        @param ports: of the program's processes, which take calls in turn.
        @param headers: that the event subscription of each sends.
        """
        self._ports = ports
        self._headers = headers
        self._open = open_media
        self._server: asyncio.Server | None = None
        self._opening: set[asyncio.Task[None]] = set()

    async def listen(self, port: int) -> None:
        """
        @raise OSError: if the port is in use.
        """
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)

    async def close(self) -> None:
        """
        No more requests.
        """
        if self._server is not None:
            self._server.close()

    async def ring(self, number: int) -> None:
        """
        Deliver C{IncomingCall}.

        @raise RuntimeError: if it is refused.
        """
        body = json.dumps([incoming_call(number)]).encode()
        worker = number % len(self._ports)
        port, headers = self._ports[worker], self._headers[worker]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            head = ["POST /v1/acs-events HTTP/1.1", f"Host: 127.0.0.1:{port}"]
            head += [f"{name}: {value}" for name, value in headers.items()]
            head += ["Content-Type: application/json", "aeg-event-type: Notification"]
            head += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
            writer.write("\r\n".join(head).encode() + body)
            status = (await reader.readline()).split()
            if len(status) < 2 or status[1] != b"200":
                told = b" ".join(status[1:]).decode("latin-1") or "nothing"
                raise RuntimeError(f"the event of a call was answered with {told}")
        finally:
            writer.close()

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """
        One connection of the program's HTTP client.
        """
        try:
            while request := (await reader.readline()).split():
                length = 0
                while (line := await reader.readline()).strip():
                    name, _, value = line.partition(b":")
                    if name.strip().lower() == b"content-length":
                        length = int(value)
                body = await reader.readexactly(length)
                writer.write(self._answer(request[1].decode("latin-1"), body))
        except (OSError, EOFError, asyncio.CancelledError):
            pass  # the program has stopped, or we have
        finally:
            writer.close()

    def _answer(self, target: str, body: bytes) -> bytes:
        if ":answer" not in target:
            return _NO_CONTENT
        asked = json.loads(body)
        number = int(asked["incomingCallContext"].removeprefix(_CONTEXT))
        url = asked["mediaStreamingOptions"]["transportUrl"]
        task = asyncio.ensure_future(self._connect(number, url))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)
        told = json.dumps(connection(number, asked["callbackUri"])).encode()
        return _OK % (len(told), told)

    async def _connect(self, number: int, url: str) -> None:
        await self._open(number, url)


def incoming_call(number: int) -> dict[str, object]:
    """
    @return: the event of a call, as Event Grid tells it (Microsoft Learn, "Azure
        Communication Services - Voice and video calling events").
    """
    caller = f"+1425{number:07d}"
    return {
        "id": str(uuid4()),
        "topic": "/subscriptions/bench",
        "subject": f"/caller/4:{caller}/recipient/4:+18005550100",
        "eventType": "Microsoft.Communication.IncomingCall",
        "eventTime": "2025-01-01T00:00:00Z",
        "dataVersion": "1.0",
        "metadataVersion": "1",
        "data": {
            "to": _phone("+18005550100"),
            "from": _phone(caller),
            "callerDisplayName": "",
            "serverCallId": str(uuid4()),
            "incomingCallContext": f"{_CONTEXT}{number}",
            "correlationId": str(uuid4()),
        },
    }


def _phone(number: str) -> dict[str, object]:
    return {
        "kind": "phoneNumber",
        "rawId": f"4:{number}",
        "phoneNumber": {"value": number},
    }


def connection(number: int, callback_url: str) -> dict[str, object]:
    """
    @return: C{CallConnectionProperties}.
    """
    return {
        "callConnectionId": f"bench-connection-{number}",
        "serverCallId": "bench",
        "callConnectionState": "connecting",
        "callbackUri": callback_url,
        "correlationId": str(uuid4()),
    }


_NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"
_OK = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
)
