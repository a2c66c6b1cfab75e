"""
picows on both sides, on uvloop: callbacks from compiled code, no coroutine for a frame.
C{python -m benchmarks.media.peers.picows_peer PORT AGENT_URL}
"""

from __future__ import annotations

import asyncio
import sys

import uvloop
from picows import (
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    ws_connect,
    ws_create_server,
)

from ..collect import collect_when_told
from .wire import audio_message, pcm_of


class Agent(WSListener):
    """
    The socket to the agent.
    """

    def __init__(self, caller: WSTransport) -> None:
        super().__init__()
        self._caller = caller

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.BINARY:
            text = audio_message(frame.get_payload_as_bytes())
            self._caller.send(WSMsgType.TEXT, text.encode())
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()


class Caller(WSListener):
    """
    The media socket.
    """

    def __init__(self, agent_url: str) -> None:
        super().__init__()
        self._agent_url = agent_url
        self._agent: WSTransport | None = None
        self._opening: asyncio.Task[None] | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._opening = asyncio.ensure_future(self._open(transport))

    async def _open(self, caller: WSTransport) -> None:
        self._agent, _ = await ws_connect(lambda: Agent(caller), self._agent_url)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()
        elif frame.msg_type == WSMsgType.TEXT:
            pcm = pcm_of(frame.get_payload_as_bytes())
            if pcm is not None and self._agent is not None:
                self._agent.send(WSMsgType.BINARY, pcm)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if self._agent is not None:
            self._agent.disconnect()


async def main(port: int, agent_url: str) -> None:
    """
    Until told to stop.
    """
    server = await ws_create_server(lambda _: Caller(agent_url), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    collect_when_told()
    uvloop.run(main(int(sys.argv[1]), sys.argv[2]))
