"""
What can be measured, and how it is started.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Program:
    """
    @ivar about: for the help.
    @ivar module: that is run with C{-m}.
    @ivar needs: packages of the environment of the peers; empty for the gateway.
    @ivar arguments: of the gateway.
    @ivar marking: how frames are recognized when they come back.
    @ivar usual: is it measured if nobody says what?
    """

    name: str
    about: str
    module: str
    needs: Sequence[str] = ()
    arguments: Sequence[str] = ()
    marking: str = "numbers"
    usual: bool = True

    @property
    def is_gateway(self) -> bool:
        """
        Does it take its calls from Azure?
        """
        return not self.needs

    def command(self, python: str, folder: Path, port: int, agent: int) -> list[str]:
        """
        @param python: of the environment of the peers.
        @param folder: where the gateway's settings and log are.
        @param agent: port.

        @return: what starts it.
        """
        if self.is_gateway:
            twistd = ["-n", "--pidfile=", f"--logfile={folder / 'gateway.log'}"]
            settings = ["acsgw", "--config", str(folder / "acsgw.toml")]
            start = [sys.executable, "-m", self.module, *self.arguments]
            return [*start, *twistd, *settings]
        url = f"ws://127.0.0.1:{agent}/pcm"
        return [python, "-m", self.module, str(port), url]


_PEERS = "benchmarks.media.peers"

PROGRAMS = {
    program.name: program
    for program in (
        Program(
            name="gateway",
            about="the gateway, twilio-stream: mu-law at 8 kHz to the agent",
            module="benchmarks.media.gateway",
            marking="tones",
        ),
        Program(
            name="gateway-pcm",
            about="the gateway, PCM16 at 16 kHz to the agent, as the peers",
            module="benchmarks.media.gateway",
            arguments=("--pcm",),
        ),
        Program(
            name="autobahn",
            about="plain Autobahn on Twisted",
            module=f"{_PEERS}.autobahn_peer",
            needs=("autobahn", "twisted"),
        ),
        Program(
            name="aiohttp",
            about="aiohttp",
            module=f"{_PEERS}.aiohttp_peer",
            needs=("aiohttp",),
        ),
        Program(
            name="fastapi",
            about="FastAPI on uvicorn",
            module=f"{_PEERS}.fastapi_peer",
            needs=("fastapi", "uvicorn", "websockets"),
        ),
        Program(
            name="quart",
            about="Quart on hypercorn",
            module=f"{_PEERS}.quart_peer",
            needs=("quart", "hypercorn", "websockets"),
        ),
        Program(
            name="pipecat",
            about="a pipeline of pipecat's; not installed by itself (about 700 MB)",
            module=f"{_PEERS}.pipecat_peer",
            needs=("pipecat", "fastapi", "uvicorn", "websockets"),
            usual=False,
        ),
    )
}
