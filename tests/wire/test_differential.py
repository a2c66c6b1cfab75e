"""
Whatever bytes come: with the short cut and without it the same happens.
"""

from __future__ import annotations

import json
from base64 import b64encode
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

from autobahn.websocket import protocol
from hypothesis import HealthCheck, given, settings, strategies as st

from ..acs.test_media import METADATA, audio, digit
from ..support import ClockTestCase
from .raw_peers import PING, PONG, RawAgent, RawNetwork, RawPeer, frame

_KEYS = st.sampled_from([b"\0\0\0\0", b"\1\2\3\4", b"\xff\0\x80\x7f"]) | st.binary(
    min_size=4, max_size=4
)


@st.composite
def spelled(draw: st.DrawFn, text: str) -> str:
    """
    A text of JSON, with any of its characters escaped.
    """
    pieces = []
    for character in text:
        kind = draw(st.integers(0, 40))
        if kind == 0:
            pieces.append(f"\\u{ord(character):04X}")
        elif kind == 1:
            pieces.append(f"\\u{ord(character):04x}")
        elif character == "/" and kind < 20:
            pieces.append("\\/")
        else:
            pieces.append(character)
    return '"' + "".join(pieces) + '"'


@st.composite
def audio_texts(draw: st.DrawFn) -> bytes:
    """
    AudioData, legal or nearly so, in every spelling.
    """
    space = st.sampled_from(["", "", "", " ", "\n\t "])
    data = b64encode(draw(st.binary(max_size=80))).decode()
    data = draw(st.sampled_from([data, data, data, data + "=", data[:-1], "+/+/"]))
    value = draw(spelled(data) | st.sampled_from(["null", "7", '"\\ud800"', '"é"']))
    body = [(draw(spelled("data")), value)]
    for more in ('"timestamp"', '"silent"', '"participantRawID"', '"data"'):
        if draw(st.integers(0, 3)) == 0:
            given_more = draw(st.sampled_from(['"x"', "true", "null", '{"a":[1]}']))
            body.append((more, given_more))
    if draw(st.booleans()):
        body.reverse()
    between = draw(space)
    inner = "{" + ",".join(f"{k}{between}:{v}" for k, v in body) + between + "}"
    pairs = [
        (draw(spelled("kind")), draw(spelled("AudioData"))),
        (draw(spelled("audioData")), inner),
    ]
    if draw(st.booleans()):
        pairs.reverse()
    text = "{" + f",{between}".join(f"{k}:{v}" for k, v in pairs) + "}"
    return (draw(space) + text + draw(space)).encode()


TEXTS = st.one_of(
    audio_texts(),
    audio_texts(),
    st.sampled_from(
        [
            *(METADATA, METADATA, audio(b"\1\2" * 320), audio(b"\1\2" * 20)),
            *(
                digit("5"),
                b'{"kind":"Other"}',
                b"",
                b"{",
                b"null",
                b"\xc3(",
                b"\xed\xa0\x80",
            ),
            *("é€😀".encode(), "é€😀".encode()[:-1], b"x" * 4500, b"y" * 5500),
            *(b"\xf4\x90\x80\x80", b"\xc0\x80", b'{"kind":"\xff"}', b"[" * 2000),
        ]
    ),
    st.binary(max_size=140),
)


#: What a message is, most often a text: its first byte, and that of its first piece.
KINDS = st.sampled_from([(0x81, 0x01), (0x81, 0x01), (0x82, 0x02)])


@st.composite
def wire_frames(draw: st.DrawFn, masked: bool) -> bytes:
    """
    Frames, most of them good messages.
    """
    key = draw(_KEYS) if masked else None
    kind = draw(st.integers(0, 20))
    whole, piece = draw(KINDS)
    if kind < 10:
        return frame(draw(TEXTS), first=whole, key=key)
    if kind < 12:
        text = draw(TEXTS)
        cut = draw(st.integers(0, len(text)))
        between = draw(st.sampled_from([b"", frame(b"hi", first=0x80 | PING, key=key)]))
        end = draw(st.sampled_from([0x80, 0x80, 0x00, 0x81, 0x82]))
        return (
            frame(text[:cut], first=piece, key=key)
            + between
            + frame(text[cut:], first=end, key=key)
        )
    if kind < 14:
        control = draw(st.sampled_from([0x80 | PING, 0x80 | PONG]))
        return frame(draw(st.binary(max_size=130)), first=control, key=key)
    if kind == 14:
        payload = draw(
            st.sampled_from([b"", b"\x03\xe8bye", b"\x03\xe8", b"\1", b"\x10\x68\xff"])
        )
        return frame(payload, first=0x88, key=key)
    if kind in (15, 16):
        return frame(draw(TEXTS), first=whole, key=None if masked else draw(_KEYS))
    if kind == 17:
        length_bytes = draw(st.sampled_from([2, 8]))
        text = draw(TEXTS)[:125]
        return frame(text, first=whole, key=key, length_bytes=length_bytes)
    if kind == 18:
        return frame(draw(TEXTS), key=key, first=draw(st.integers(0, 255)))
    if kind == 19:
        return frame(draw(TEXTS), first=whole, key=key)[: draw(st.integers(0, 60))]
    return draw(st.binary(max_size=30))


@st.composite
def deeds(draw: st.DrawFn, masked: bool) -> list[Any]:
    """
    What a peer does: pieces of a stream of frames; time passes, a ping is answered.
    """
    stream = frame(METADATA, key=draw(_KEYS) if masked else None)
    stream = draw(st.sampled_from([stream, stream, stream, b""]))
    stream += b"".join(draw(st.lists(wire_frames(masked), max_size=8)))
    places = draw(st.lists(st.integers(0, len(stream)), max_size=8))
    cuts = sorted({0, *places, len(stream)})
    done: list[Any] = []
    for begin, end in pairwise(cuts):
        done.append(stream[begin:end])
        if draw(st.integers(0, 9)) == 0:
            done.append(draw(st.sampled_from([1.0, 9.0, 11.0, 16.0])))
        if draw(st.integers(0, 9)) == 0:
            done.append("pong")
    return done


#: Both sockets, and what their peers mask with.
SIDES: tuple[tuple[type[RawPeer], bytes | None], ...] = (
    (RawNetwork, b"\1\2\3\4"),
    (RawAgent, None),
)


class DifferentialTests(ClockTestCase):
    """
    Events, close codes, what is sent, counters and timers are the same.
    """

    def seen(
        self, kind: type[RawPeer], doings: list[Any], hangs_up_at: int, short: bool
    ) -> dict[str, Any]:
        self.setUp()
        # Its pings carry the time of day, which may come back in any message.
        self.patch(protocol, "time", SimpleNamespace(time_ns=lambda: 1))
        peer = kind(self.reactor, short)
        peer.hangs_up_at = hangs_up_at
        for deed in doings:
            if isinstance(deed, bytes):
                peer.say(deed)
            elif deed == "pong":
                peer.answer_ping(b"abcd" if peer.masks else None)
            else:
                peer.pass_time(deed)
        seen = peer.seen()
        peer.pass_time(60)
        return {**seen, "later": peer.seen()}

    def same(
        self, kind: type[RawPeer], doings: list[Any], hangs_up_at: int = 0
    ) -> dict[str, Any]:
        on = self.seen(kind, doings, hangs_up_at, short=True)
        off = self.seen(kind, doings, hangs_up_at, short=False)
        self.assertEqual(on, off)
        return on

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(deeds(masked=True), st.integers(0, 6))
    def test_media_socket(self, doings: list[Any], hangs_up_at: int) -> None:
        """
        On the socket to the network.
        """
        self.same(RawNetwork, doings, hangs_up_at)

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(deeds(masked=False), st.integers(0, 6))
    def test_agent_socket(self, doings: list[Any], hangs_up_at: int) -> None:
        """
        On the socket to an agent.
        """
        self.same(RawAgent, doings, hangs_up_at)

    def test_first_bytes(self) -> None:
        """
        Any first byte, between good texts: a text is heard, by an agent's side a
        binary message too, and nothing else is heard as one.
        """
        for kind, key in SIDES:
            good = frame(METADATA, key=key)
            for first in range(256):
                odd = frame(b'{"kind":"x"}', first=first, key=key)
                end = frame(b'{"kind":"y"}', key=key)
                seen = self.same(kind, [good + odd + end])
                if kind is RawNetwork:
                    self.assertEqual(("?", "x") in seen["told"], first == 0x81)
                else:
                    message = b'{"kind":"x"}'
                    told = [(message, b) for b in (True, False)]
                    heard = [one for one in seen["told"] if one in told]
                    wanted = {0x81: [(message, False)], 0x82: [(message, True)]}
                    self.assertEqual(heard, wanted.get(first, []))

    def test_lengths(self) -> None:
        """
        Any length, in any encoding of it, masked or not; beyond the limits, too.
        """
        lengths = (0, 1, 125, 126, 127, 4000, 4001, 5001, 65535, 65536, 131072, 131073)
        for kind, key in SIDES:
            for length in lengths:
                for length_bytes, least in ((0, 125), (2, 65535), (8, 1 << 62)):
                    if length > least:
                        continue
                    for its_key in (None, b"\1\2\3\4"):
                        for first in (0x81, 0x82):
                            message = frame(
                                bytes(length),
                                first=first,
                                key=its_key,
                                length_bytes=length_bytes,
                            )
                            stream = frame(METADATA, key=key) + message + message
                            self.same(kind, [stream])

    def test_every_offset(self) -> None:
        """
        A stream with everything in it may be cut in two anywhere.
        """
        for kind, key in SIDES:
            pcm = bytes(range(120))
            binary = 0x81 if kind is RawNetwork else 0x82  # ends a media stream
            stream = b"".join(
                (
                    frame(METADATA, key=key),
                    frame(audio(pcm), key=key),
                    frame(b"hi", first=0x80 | PING, key=key),
                    frame(audio(pcm)[:30], first=0x01, key=key),
                    frame(b"", first=0x80 | PING, key=key),
                    frame(audio(pcm)[30:], first=0x80, key=key),
                    frame(audio(pcm), first=binary, key=key),
                    frame(audio(pcm)[:30], first=binary & 0x0F, key=key),
                    frame(audio(pcm)[30:], first=0x80, key=key),
                    frame(digit("5"), key=key),
                    frame(
                        json.dumps({"kind": "é"}, ensure_ascii=False).encode(), key=key
                    ),
                )
            )
            whole = self.seen(kind, [stream], 0, short=True)
            self.assertEqual(len(whole["told"]), 7)
            self.assertEqual(whole, self.seen(kind, [stream], 0, short=False))
            for cut in range(1, len(stream)):
                doings = [stream[:cut], stream[cut:]]
                self.assertEqual(self.seen(kind, doings, 0, short=True), whole, cut)

    def test_pings(self) -> None:
        """
        Texts count as an answer to a ping where other traffic does, and only there.
        """
        for kind, key in SIDES:
            text = frame(audio(b"\1\2"), key=key)
            start = [frame(METADATA, key=key), 15.0, text, 10.0]
            seen = self.same(kind, start)
            self.assertIn(0x80 | PING, [first for first, _ in seen["sent"]])
            self.assertEqual(seen["lost"], kind is RawNetwork)

    def test_text_in_a_ping(self) -> None:
        """
        What looks like a text in the middle of another frame is none.
        """
        for kind, key in SIDES:
            ping_key = bytes(4) if key else None
            fake = frame(b'{"kind":"fake"}', key=key)
            ping = frame(fake, first=0x80 | PING, key=ping_key)
            head = len(ping) - len(fake)
            start = frame(METADATA, key=key)
            seen = self.same(kind, [start, ping[:head], ping[head:]])
            self.assertEqual(len(seen["told"]), 1)
            self.assertIn((0x80 | PONG, fake), seen["sent"])

    def test_bytes_sent(self) -> None:
        """
        Every byte that is sent after the handshake is counted.
        """
        for kind, key in SIDES:
            stream = [frame(METADATA, key=key), frame(audio(bytes(320)), key=key)]
            if kind is RawAgent:
                stream.append(frame(bytes(range(200)), first=0x82, key=key))
            ping = frame(b"hi", first=0x80 | PING, key=key)
            for short in (True, False):
                self.setUp()
                peer = kind(self.reactor, short)
                peer.say(b"".join([*stream, ping]))
                stats = peer.transport.protocol.trafficStats
                self.assertEqual(peer.bytes_sent, stats.outgoingOctetsWireLevel)
                self.assertGreater(peer.bytes_sent, 50)

    def test_binary(self) -> None:
        """
        Any bytes are a binary message, and come back as one; what is no text is the
        end of the connection as a text.
        """
        anything = bytes(range(256)) * 2
        seen = self.same(RawAgent, [frame(anything, first=0x82), frame(b"t")])
        self.assertEqual(seen["told"], [(anything, True), (b"t", False)])
        self.assertEqual(seen["sent"], [(0x82, anything[:200]), (0x81, b"t")])
        seen = self.same(RawAgent, [frame(anything, first=0x81)])
        self.assertEqual(seen["sent"][0][1][:2], (1007).to_bytes(2, "big"))

    def test_more_while_taking(self) -> None:
        """
        What comes while a text is being told comes after it, and nothing is lost.
        """
        peer = Chatty(self.reactor, True)
        texts = [b"%d" % number for number in range(4)]
        peer.more = frame(texts[3])
        peer.say(b"".join(frame(text) for text in texts[:3]))
        self.assertEqual([told[0] for told in peer.told], texts)


class Chatty(RawAgent):
    """
    Says something more while its first text is being told.
    """

    more = b""

    def message(self, *told: Any) -> None:
        super().message(*told)
        more, self.more = self.more, b""
        if more:
            self.transport.protocol.dataReceived(more)
