"""
What do 20 ms of one call cost the emulator, without the kernel?

One call in a room of its own, on a media stream that leads nowhere: a tick, and a
message from the application for each.  Prints microseconds of CPU:

    python -m benchmarks.emulator_frames
"""

from __future__ import annotations

import json
import time
from base64 import b64encode
from typing import Any, cast

from twisted.internet.task import Clock

from acs_emulator.fronts.media_client import MediaAttempt
from acs_emulator.fronts.watched_media import _WatchedPeer
from acs_emulator.handset import Handset
from acs_emulator.journal import Journal
from acs_emulator.media_stream import MediaStream
from acs_emulator.metronome import Metronome
from acs_emulator.model.call_index import Party
from acs_emulator.model.caller_script import Script
from acs_emulator.model.media_messages import MediaOptions
from acs_emulator.model.report import Report
from acs_emulator.model.roster import Roster
from acs_emulator.model.story import Counters
from acs_emulator.room import Room, Seat

_CALLER, _APPLICATION = "4:+14255550100", "28:acs:application"
_CALLS = 100
_SECONDS = 20


class _Service:
    def sounds(self, rate: int) -> tuple[()]:
        return ()

    def phones(self, *what: object) -> None:
        pass


class _Nowhere:
    def __init__(self) -> None:
        self.sent = 0

    def send(self, payload: bytes) -> None:
        self.sent += 1


def main() -> None:
    """
    Measure silence, and speech, from the application.
    """
    loud, quiet = b"\x00\x10" * 320, bytes(640)
    for name, pcm in (("nothing", None), ("silence", quiet), ("speech", loud)):
        _measure(name, pcm)


def _measure(name: str, pcm: bytes | None) -> None:
    clock = Clock()
    metronome = Metronome(clock, clock.seconds)
    attempts = [_call(clock, metronome, str(i)) for i in range(_CALLS)]
    data = b64encode(pcm or b"").decode("ascii")
    body = {"Kind": "AudioData", "AudioData": {"Data": data}, "StopAudio": None}
    message = json.dumps(body, separators=(",", ":")).encode("ascii")
    ticking = receiving = 0.0
    for _ in range(_SECONDS * 50):
        began = time.process_time()
        clock.advance(0.02)
        ticked = time.process_time()
        ticking += ticked - began
        if pcm is not None:
            for attempt in attempts:
                attempt.received(message, False)
        receiving += time.process_time() - ticked
    frames = _CALLS * _SECONDS * 50
    print(
        f"the application sends {name}: {ticking / frames * 1e6:.1f} us for a tick, "
        f"{receiving / frames * 1e6:.1f} us for a message"
    )


def _call(clock: Clock, metronome: Metronome, number: str) -> MediaAttempt:
    roster, counters = Roster(), Counters()
    roster.enter(_CALLER, is_phone=True)
    roster.enter(_APPLICATION, is_phone=False)
    room = Room(roster, metronome, _Service(), counters)

    def tell(what: str, text: str) -> None:
        pass

    stream = MediaStream(
        options=MediaOptions(
            url="ws://nowhere.invalid",
            rate=16000,
            start=True,
            bidirectional=True,
            dtmf=True,
            unmixed=False,
        ),
        subscription_id=number,
        participant=_CALLER,
        on_open=lambda stream: room.add(stream, _APPLICATION),
        on_close=lambda stream, reason: None,
        counters=counters,
        now=clock.seconds,
        tell=tell,
        wrong=lambda text: None,
    )
    journal = Journal(clock.seconds)
    party, report = Party(correlation_id=number), Report(clock.seconds)
    watch = _WatchedPeer(stream, party, {}, journal, report, cast(Any, clock))
    watch.opened(cast(Any, _Nowhere()))
    handset = Handset(
        script=Script(),
        clips={},
        new_recorder=None,
        metronome=room,
        counters=counters,
        tell=tell,
        hang_up=lambda text: None,
    )
    handset.use(Seat(room, _CALLER))
    return MediaAttempt(watch)


if __name__ == "__main__":
    main()
