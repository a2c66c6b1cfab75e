"""
A voice agent that takes streams of Twilio's kind: scripted by a test, or by hand::

    python -m acsgw.testing.twilio_agent --port 9000

says back what it hears, C{--wav FILE} says that first.  What the protocol forbids is
refused (close code 4400), but for C{--fast}, which is for measurements.
"""

from __future__ import annotations

import argparse
import sys
import wave
from base64 import b64encode
from collections.abc import Callable, Iterator
from json import dumps
from pathlib import Path
from typing import Any

from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.types import ConnectionDeny, ConnectionRequest
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.internet.task import react

from ..audio.g711 import pcm_to_mulaw
from ..audio.resample import Resampler
from .twilio_rules import AgainstTheRules, StreamRules

BROKE_THE_RULES = 4400

_MEDIA_HEAD = b'{"event":"media",'
_PAYLOAD_HEAD = b'"payload":"'


class FakeStream(WebSocketServerProtocol):
    """
    One stream, as the agent has it.

    @ivar headers: of the upgrade request; lower case names.
    @ivar heard: mu-law of the caller.
    @ivar keys: of the caller.
    @ivar marks: that came back.
    @ivar told: events in order, but for C{media}.
    @ivar broken: what the gateway did against the rules.
    @ivar closed: is the socket?
    """

    def __init__(self, agent: FakeTwilioAgent) -> None:
        super().__init__()
        self._agent = agent
        self.rules = StreamRules()
        self.headers: dict[str, str] = {}
        self.path = ""
        self.heard = bytearray()
        self.keys = ""
        self.marks: list[str] = []
        self.told: list[str] = []
        self.broken: list[str] = []
        self.closed = False

    # What the agent does.

    def say(self, mulaw: bytes) -> None:
        """
        Speak, as fast as one likes.
        """
        media = {"payload": b64encode(mulaw).decode()}
        self.send({"event": "media", "media": media})

    def mark(self, name: str) -> None:
        """
        Ask to be told when all that was said has been heard.
        """
        self.rules.owed[name] += 1
        self.send({"event": "mark", "mark": {"name": name}})

    def clear(self) -> None:
        """
        Interrupt oneself.
        """
        self.send({"event": "clear"})

    def send(self, message: dict[str, Any]) -> None:
        """
        Say anything, right or wrong, on this stream.
        """
        self.send_text(dumps({"streamSid": self.rules.stream_sid, **message}))

    def send_text(self, text: str, binary: bool = False) -> None:
        """
        Send anything at all.
        """
        self.sendMessage(text.encode(), isBinary=binary)

    def leave(self, code: int | None = 1000, reason: str = "") -> None:
        """
        Close the stream: the agent is done, or not, as the code says.
        """
        text = reason.encode() if code is not None else None
        self.sendCloseFrame(code=code, reasonUtf8=text, isReply=False)

    def vanish(self) -> None:
        """
        Be gone without a word.
        """
        transport: Any = self.transport
        transport.abortConnection()

    # What Autobahn tells.

    def onConnect(self, request: ConnectionRequest) -> None:
        self.headers = {k.lower(): v for k, v in request.headers.items()}
        self.path = request.path
        status = self._agent.check(request.path, self.headers)
        if status:
            raise ConnectionDeny(status, "refused")

    def onOpen(self) -> None:
        transport: Any = self.transport
        transport.setTcpNoDelay(True)
        self._agent.streams.append(self)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        if self._agent.fast and self.rules.stream_sid:
            if payload.startswith(_MEDIA_HEAD):
                self._echo_fast(payload)
            return
        try:
            if isBinary:
                raise AgainstTheRules("binary")
            event, about = self.rules.check(payload)
        except AgainstTheRules as e:
            self.broken.append(str(e))
            self.leave(BROKE_THE_RULES, str(e)[:120])
            return
        if event == "media":
            self.heard += about
            if self._agent.echo:
                self.say(about)
            return
        self.told.append(event)
        if event == "dtmf":
            self.keys += about
        elif event == "mark":
            self.marks.append(about)
        elif event == "start":
            self._agent.started(self)

    def _echo_fast(self, message: bytes) -> None:
        start = message.index(_PAYLOAD_HEAD) + len(_PAYLOAD_HEAD)
        payload = message[start : message.index(b'"', start)]
        sid = self.rules.stream_sid.encode()
        self.sendMessage(
            b'{"event":"media","streamSid":"%b","media":{"payload":"%b"}}'
            % (sid, payload)
        )

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        self.closed = True
        self._agent.closed(self)


class FakeTwilioAgent(WebSocketServerFactory):
    """
    Takes streams at any path.

    @ivar streams: all that were opened, the latest last.
    @ivar requested: paths of all upgrades, those refused too.
    @ivar refuse: status to refuse upgrades with; 0: none.
    @ivar echo: does the agent say back what it hears?
    @ivar fast: is the echo made without a look at the rules?
    @ivar allow: are streams taken at this path?
    @ivar started: told of each stream that starts.
    @ivar closed: told of each that is closed.
    """

    def __init__(self, reactor: Any) -> None:
        super().__init__(reactor=reactor)
        self.streams: list[FakeStream] = []
        self.requested: list[str] = []
        self.refuse = 0
        self.echo = False
        self.fast = False
        self.allow: Callable[[str], bool] = lambda path: True
        self.started: Callable[[FakeStream], None] = lambda stream: None
        self.closed: Callable[[FakeStream], None] = lambda stream: None
        self.setProtocolOptions(webStatus=False, failByDrop=False)

    def check(self, path: str, headers: dict[str, str]) -> int:
        """
        @return: status to refuse with; 0: none.
        """
        self.requested.append(path)
        if "sec-websocket-extensions" in headers or "origin" in headers:
            return 400  # Twilio sends neither
        return self.refuse or (0 if self.allow(path) else 403)

    def buildProtocol(self, addr: IAddress | None) -> FakeStream:
        stream = FakeStream(self)
        stream.factory = self
        return stream


def _pieces(mulaw: bytes, size: int = 8000) -> Iterator[bytes]:
    return (mulaw[i : i + size] for i in range(0, len(mulaw), size))


def _read(path: Path) -> bytes:
    """
    @return: mu-law.
    """
    try:
        with wave.open(str(path)) as file:
            if (file.getnchannels(), file.getsampwidth()) != (1, 2):
                raise wave.Error("it is not 16 bit mono")
            pcm, rate = file.readframes(file.getnframes()), file.getframerate()
        resampler = Resampler(rate, 8000)
    except (OSError, EOFError, ValueError, wave.Error) as e:
        raise SystemExit(f"{path} cannot be said: {e}") from None
    return pcm_to_mulaw(resampler.feed(pcm) + resampler.finish())


def main(reactor: Any, *arguments: str) -> Deferred[None]:
    """
    By hand.

    @return: never fires.
    """
    parser = argparse.ArgumentParser(prog="python -m acsgw.testing.twilio_agent")
    parser.add_argument("--port", type=int, default=9000, help="on 127.0.0.1")
    parser.add_argument("--wav", type=Path, help="what to say first: 16 bit, mono")
    parser.add_argument("--silent", action="store_true", help="do not say back")
    parser.add_argument("--fast", action="store_true", help="no checks, no log")
    given = parser.parse_args(arguments)
    agent = FakeTwilioAgent(reactor)
    agent.echo, agent.fast = not given.silent, given.fast
    speech = b""
    if given.wav is not None:
        speech = _read(given.wav)

    def started(stream: FakeStream) -> None:
        for piece in _pieces(speech):
            stream.say(piece)
        stream.mark("said")
        if not agent.fast:
            print(f"started: {len(stream.rules.parameters)} parameters", flush=True)

    def closed(stream: FakeStream) -> None:
        if not agent.fast:
            heard = len(stream.heard) / 8000
            print(f"closed: {heard:.2f} s heard, {stream.broken}", flush=True)

    agent.started, agent.closed = started, closed
    reactor.listenTCP(given.port, agent, interface="127.0.0.1")
    print(f"streams are taken at ws://127.0.0.1:{given.port}/", flush=True)
    return Deferred()


if __name__ == "__main__":
    react(main, sys.argv[1:])
