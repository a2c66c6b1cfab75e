"""
FastAPI on uvicorn, with C{websockets} to the agent:
C{python -m benchmarks.media.peers.fastapi_peer PORT AGENT_URL}
"""

from __future__ import annotations

import asyncio
import sys

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from ..collect import collect_when_told
from .wire import audio_message, pcm_of


def application(agent_url: str) -> FastAPI:
    """
    @return: to be run.
    """
    app = FastAPI()

    @app.websocket("/media")
    async def media(caller: WebSocket) -> None:
        await caller.accept()
        async with connect(agent_url, compression=None) as agent:
            speaking = asyncio.create_task(_speak(agent, caller))
            try:
                while True:
                    pcm = pcm_of(await caller.receive_text())
                    if pcm is not None:
                        await agent.send(pcm)
            except (WebSocketDisconnect, ConnectionClosed):
                pass
            finally:
                speaking.cancel()

    return app


async def _speak(agent: ClientConnection, caller: WebSocket) -> None:
    async for pcm in agent:
        assert isinstance(pcm, bytes)
        await caller.send_text(audio_message(pcm))


if __name__ == "__main__":
    collect_when_told()
    uvicorn.run(
        application(sys.argv[2]),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        log_level="warning",
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=1,
    )
