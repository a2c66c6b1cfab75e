"""
aiohttp on both sides: C{python -m benchmarks.media.peers.aiohttp_peer PORT AGENT_URL}
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, web

from ..collect import collect_when_told
from .wire import audio_message, pcm_of


def application(agent_url: str) -> web.Application:
    """
    @return: to be run.
    """

    async def media(request: web.Request) -> web.WebSocketResponse:
        caller = web.WebSocketResponse(compress=False)
        await caller.prepare(request)
        async with (
            ClientSession() as session,
            session.ws_connect(agent_url) as agent,
        ):
            speaking = asyncio.create_task(_speak(agent, caller))
            try:
                async for message in caller:
                    if message.type is not WSMsgType.TEXT:
                        continue
                    pcm = pcm_of(message.data)
                    if pcm is not None:
                        await agent.send_bytes(pcm)
            finally:
                speaking.cancel()
        return caller

    app = web.Application()
    app.router.add_get("/media", media)
    return app


async def _speak(agent: ClientWebSocketResponse, caller: Any) -> None:
    async for message in agent:
        if message.type is WSMsgType.BINARY:
            await caller.send_str(audio_message(message.data))


if __name__ == "__main__":
    collect_when_told()
    web.run_app(
        application(sys.argv[2]),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        print=None,
        access_log=None,
        shutdown_timeout=1,
    )
