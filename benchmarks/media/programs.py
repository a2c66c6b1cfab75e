"""
What can be measured, and how it is started.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

#: Where programs in C++ are kept.
NATIVE = ROOT / ".cache" / "bench"

_PEERS = "benchmarks.media.peers"


class Kind(Enum):
    """
    How a program is started.
    """

    GATEWAY = "the gateway, in its own environment"
    PYTHON = "a module, in the environment of the peers"
    NODE = "a file of the peers', by Node"
    NATIVE = "compiled from native/"
    NONE = "nothing is started"


@dataclass(frozen=True, kw_only=True)
class Tools:
    """
    What programs are started with.

    @ivar python: of the environment of the peers.
    @ivar native: programs in C++ by their names, as far as they could be built.
    @ivar node: L{None} if there is none.
    @ivar node_folder: where C{node_modules} is.
    """

    python: str
    native: dict[str, Path] = field(default_factory=dict)
    node: str | None = None
    node_folder: Path = Path()


@dataclass(frozen=True, kw_only=True)
class Program:
    """
    @ivar about: for the help.
    @ivar module: that is run, or the file or program.
    @ivar needs: packages of the environment of the peers.
    @ivar arguments: of the gateway.
    @ivar records: does the gateway record its calls?
    @ivar workers: processes that share the calls (of the gateway only).
    @ivar marking: how frames are recognized when they come back.
    @ivar usual: is it measured if nobody says what?
    """

    name: str
    about: str
    kind: Kind = Kind.PYTHON
    module: str = ""
    needs: Sequence[str] = ()
    arguments: Sequence[str] = ()
    records: bool = False
    workers: int = 1
    marking: str = "numbers"
    usual: bool = True

    @property
    def is_gateway(self) -> bool:
        """
        Does it take its calls from Azure?
        """
        return self.kind is Kind.GATEWAY

    def with_workers(self, workers: int) -> Program:
        """
        @return: the same in several processes, if it can.
        """
        if workers == 1 or not self.is_gateway:
            return self
        return replace(self, name=f"{self.name} x{workers}", workers=workers)

    def command(self, tools: Tools, folder: Path, port: int, agent: int) -> list[str]:
        """
        @param folder: where the gateway's settings and log are.
        @param agent: port.

        @return: what starts it.
        """
        url = f"ws://127.0.0.1:{agent}/pcm"
        match self.kind:
            case Kind.GATEWAY:
                twistd = ["-n", "--pidfile=", f"--logfile={folder / 'gateway.log'}"]
                settings = ["acsgw", "--config", str(folder / "acsgw.toml")]
                start = [sys.executable, "-m", self.module, *self.arguments]
                return [*start, *twistd, *settings]
            case Kind.NATIVE:
                return [str(tools.native[self.module]), str(port), url]
            case Kind.NODE:
                file = ROOT / "benchmarks/media/peers" / self.module
                start = [str(tools.node), "--expose-gc", str(file)]
                return [*start, str(tools.node_folder), str(port), url]
            case _:
                return [tools.python, "-m", self.module, str(port), url]


def _gateway(name: str, about: str, *arguments: str, **what: bool | str) -> Program:
    return Program(
        name=name,
        about=about,
        kind=Kind.GATEWAY,
        module="benchmarks.media.gateway",
        arguments=arguments,
        records=bool(what.get("records")),
        marking=str(what.get("marking", "numbers")),
    )


def _peer(name: str, about: str, *needs: str, usual: bool = True) -> Program:
    module = f"{_PEERS}.{name}_peer"
    return Program(name=name, about=about, module=module, needs=needs, usual=usual)


PROGRAMS = {
    program.name: program
    for program in (
        _gateway(
            "gateway",
            "the gateway, twilio-stream: mu-law at 8 kHz to the agent",
            marking="tones",
        ),
        _gateway(
            "gateway-recorded",
            "the same, and each call is recorded",
            marking="tones",
            records=True,
        ),
        _gateway(
            "gateway-pcm",
            "the gateway, PCM16 at 16 kHz to the agent, as the peers",
            "--pcm",
        ),
        _peer("autobahn", "plain Autobahn on Twisted", "autobahn", "twisted"),
        _peer("aiohttp", "aiohttp", "aiohttp"),
        _peer("fastapi", "FastAPI on uvicorn", "fastapi", "uvicorn", "websockets"),
        _peer("quart", "Quart on hypercorn", "quart", "hypercorn", "websockets"),
        _peer("websockets", "websockets on uvloop", "websockets", "uvloop"),
        _peer("picows", "picows on uvloop", "picows", "uvloop"),
        _peer(
            "pipecat",
            "a pipeline of pipecat's; not installed by itself (about 700 MB)",
            *("pipecat", "fastapi", "uvicorn", "websockets"),
            usual=False,
        ),
        Program(
            name="node",
            about="Node with ws, if there are node and npm",
            kind=Kind.NODE,
            module="node_peer.mjs",
        ),
        Program(
            name="cpp",
            about="C++ on epoll, if there is g++",
            kind=Kind.NATIVE,
            module="bridge",
        ),
        Program(
            name="straight",
            about="no program: the generator's caller talks to its agent",
            kind=Kind.NONE,
            usual=False,
        ),
    )
}
