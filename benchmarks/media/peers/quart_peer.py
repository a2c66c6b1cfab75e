"""
Quart on hypercorn, with C{websockets} to the agent:
C{python -m benchmarks.media.peers.quart_peer PORT AGENT_URL}
"""

from __future__ import annotations

import asyncio
import sys

from hypercorn.asyncio import serve
from hypercorn.config import Config
from quart import Quart, Websocket, websocket
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from ..collect import collect_when_told
from .wire import audio_message, pcm_of


def application(agent_url: str) -> Quart:
    """
    @return: to be run.
    """
    app = Quart(__name__)

    @app.websocket("/media")  # type: ignore[untyped-decorator, unused-ignore]
    async def media() -> None:
        # What Quart calls "websocket" finds the socket anew each time.
        caller: Websocket = websocket._get_current_object()
        async with connect(agent_url, compression=None) as agent:
            speaking = asyncio.create_task(_speak(agent, caller))
            try:
                while True:
                    pcm = pcm_of(await caller.receive())
                    if pcm is not None:
                        await agent.send(pcm)
            except ConnectionClosed:
                pass
            finally:
                speaking.cancel()

    return app


async def _speak(agent: ClientConnection, caller: Websocket) -> None:
    async for pcm in agent:
        assert isinstance(pcm, bytes)
        await caller.send(audio_message(pcm))


if __name__ == "__main__":
    collect_when_told()
    config = Config()
    config.bind = [f"127.0.0.1:{sys.argv[1]}"]
    config.loglevel = "WARNING"
    config.graceful_timeout = 1
    asyncio.run(serve(application(sys.argv[2]), config))
