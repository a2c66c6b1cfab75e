"""
pipecat's FastAPI transport, with a pipeline that passes audio through, and
C{websockets} to the agent:
C{python -m benchmarks.media.peers.pipecat_peer PORT AGENT_URL}
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

# When pipecat is imported it fetches data of NLTK's from the network, unless there are
# some; nothing here needs them.
_no_data = tempfile.TemporaryDirectory()
(Path(_no_data.name) / "tokenizers" / "punkt_tab").mkdir(parents=True)
os.environ["NLTK_DATA"] = _no_data.name

import uvicorn  # noqa: E402
from fastapi import FastAPI, WebSocket  # noqa: E402
from loguru import logger  # noqa: E402
from pipecat.frames.frames import (  # noqa: E402
    CancelFrame,
    EndFrame,
    Frame,
    InputAudioRawFrame,
    OutputAudioRawFrame,
)
from pipecat.pipeline.pipeline import Pipeline  # noqa: E402
from pipecat.pipeline.worker import PipelineParams, PipelineWorker  # noqa: E402
from pipecat.processors.frame_processor import (  # noqa: E402
    FrameDirection,
    FrameProcessor,
)
from pipecat.serializers.base_serializer import FrameSerializer  # noqa: E402
from pipecat.transports.websocket.fastapi import (  # noqa: E402
    FastAPIWebsocketParams,
    FastAPIWebsocketTransport,
)
from pipecat.workers.runner import WorkerRunner  # noqa: E402
from websockets.asyncio.client import ClientConnection, connect  # noqa: E402

from ..collect import collect_when_told  # noqa: E402
from .wire import audio_message, pcm_of  # noqa: E402

_RATE = 16000


class Messages(FrameSerializer):  # type: ignore[misc, unused-ignore]
    """
    Azure's messages.
    """

    async def serialize(self, frame: Frame) -> str | bytes | None:
        if isinstance(frame, OutputAudioRawFrame):
            return audio_message(frame.audio)
        return None

    async def deserialize(self, data: str | bytes) -> Frame | None:
        pcm = pcm_of(data)
        if pcm is None:
            return None
        return InputAudioRawFrame(audio=pcm, sample_rate=_RATE, num_channels=1)


class Agent(FrameProcessor):  # type: ignore[misc, unused-ignore]
    """
    The caller's audio goes to the agent, the agent's to the caller.
    """

    def __init__(self, line: ClientConnection) -> None:
        super().__init__()
        self._line = line
        self._speaking: asyncio.Task[None] | None = None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, InputAudioRawFrame):
            if self._speaking is None:
                self._speaking = asyncio.create_task(self._speak())
            await self._line.send(frame.audio)
            return
        if isinstance(frame, EndFrame | CancelFrame) and self._speaking is not None:
            self._speaking.cancel()
        await self.push_frame(frame, direction)

    async def _speak(self) -> None:
        async for pcm in self._line:
            assert isinstance(pcm, bytes)
            audio = OutputAudioRawFrame(audio=pcm, sample_rate=_RATE, num_channels=1)
            await self.push_frame(audio)


def application(agent_url: str) -> FastAPI:
    """
    @return: to be run.
    """
    app = FastAPI()

    @app.websocket("/media")
    async def media(caller: WebSocket) -> None:
        await caller.accept()
        transport = FastAPIWebsocketTransport(
            websocket=caller,
            params=FastAPIWebsocketParams(
                audio_in_enabled=True,
                audio_out_enabled=True,
                audio_in_sample_rate=_RATE,
                audio_out_sample_rate=_RATE,
                # A frame for each that comes; four times 10 ms otherwise.
                audio_out_10ms_chunks=2,
                serializer=Messages(),
            ),
        )
        async with connect(agent_url, compression=None) as line:
            stages = [transport.input(), Agent(line), transport.output()]
            worker = PipelineWorker(Pipeline(stages), params=PipelineParams())

            @transport.event_handler("on_client_disconnected")  # type: ignore[untyped-decorator, unused-ignore]
            async def gone(transport: object, client: object) -> None:
                await worker.cancel()

            await WorkerRunner(handle_sigint=False).run(worker)

    return app


if __name__ == "__main__":
    collect_when_told()
    logger.remove()
    logger.add(sys.stderr, level="WARNING")
    uvicorn.run(
        application(sys.argv[2]),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        log_level="warning",
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=1,
    )
