"""
C{websockets} on both sides, on uvloop:
C{python -m benchmarks.media.peers.websockets_peer PORT AGENT_URL}
"""

from __future__ import annotations

import asyncio
import sys

import uvloop
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from ..collect import collect_when_told
from .wire import audio_message, pcm_of


async def main(port: int, agent_url: str) -> None:
    """
    Until told to stop.
    """

    async def media(caller: ServerConnection) -> None:
        async with connect(agent_url, compression=None) as agent:
            speaking = asyncio.create_task(_speak(agent, caller))
            try:
                async for message in caller:
                    pcm = pcm_of(message)
                    if pcm is not None:
                        await agent.send(pcm)
            except ConnectionClosed:
                pass
            finally:
                speaking.cancel()

    async with serve(media, "127.0.0.1", port, compression=None) as server:
        await server.serve_forever()


async def _speak(agent: ClientConnection, caller: ServerConnection) -> None:
    async for pcm in agent:
        assert isinstance(pcm, bytes)
        await caller.send(audio_message(pcm))


if __name__ == "__main__":
    collect_when_told()
    uvloop.run(main(int(sys.argv[1]), sys.argv[2]))
