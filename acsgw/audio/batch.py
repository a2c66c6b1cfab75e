"""
The frames of many calls at a time: one product instead of one for each.

While the media hub reads sockets, what is to be converted waits for the end of its
turn.  What comes out is what
L{Conversion.feed} gives for each frame, to the bit (L{acsgw.audio.filters} says
why), and each stream's history goes on from there: single frames and batches may
follow each other in any order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from .conversion import Change, Conversion

Then = Callable[[list[bytes]], None]
Failed = Callable[[Exception], None]
_Waiting = tuple["Conversion", bytes, Then, Failed]


class Turns(Protocol):
    """
    Who reads sockets (L{acsgw.wire.media_hub}).

    @ivar in_turn: is it just now reading some, and will have L{Batch.finish} called?
    """

    @property
    def in_turn(self) -> bool: ...


class _NoTurns:
    in_turn = False


class Batch:
    """
    Converts many frames at once.
    """

    def __init__(self, turns: Turns | None = None) -> None:
        """
        @param turns: left out: nothing ever waits.
        """
        self._turns = turns or _NoTurns()
        self._waiting: list[_Waiting] = []
        # Converted, and not told yet: what came of what waited.
        self._said: deque[tuple[bytes | Exception, _Waiting]] = deque()

    def later(
        self, stream: Conversion, data: bytes, then: Then, failed: Failed
    ) -> None:
        """
        Convert a piece of a stream: at once, or with others at the end of the turn.

        @param data: as for L{Conversion.feed}.
        @param then: told the whole frames that this gives, if there are any; one by
            one or together.
        @param failed: told what C{then} raised, or the conversion of this piece, if
            that was not at once.
        """
        if not (self._turns.in_turn or self._waiting or self._said):
            if frames := stream.feed(data):
                then(frames)
            return
        for frame in stream.cut(data):
            self._waiting.append((stream, frame, then, failed))

    def finish(self) -> None:
        """
        Convert what waits, now: the turn is over, or somebody has something else to
        say that must not overtake it.  He may be one who is just being told.

        One call's bug is that call's: the others are told.
        """
        while self._waiting or self._said:
            if self._waiting:
                waiting, self._waiting = self._waiting, []
                self._said.extend(zip(self._each(waiting), waiting, strict=True))
            told, (_, _, then, failed) = self._said.popleft()
            if isinstance(told, Exception):
                failed(told)
                continue
            try:
                then([told])
            except Exception as e:
                failed(e)

    def _each(self, waiting: list[_Waiting]) -> Sequence[bytes | Exception]:
        """
        L{convert}, but what cannot be converted costs nobody else anything.

        @return: for each frame what came of it, or what it raised.
        """
        streams = [given[0] for given in waiting]
        frames = [given[1] for given in waiting]
        pasts = [stream.history for stream in streams]
        try:
            return _convert(streams, frames)
        except Exception:
            # Some streams may have moved on.
            for stream, past in zip(streams, pasts, strict=True):
                stream.history = past
        said: list[bytes | Exception] = []
        for stream, frame in zip(streams, frames, strict=True):
            try:
                said += _convert([stream], [frame])
            except Exception as e:
                said.append(e)
        return said

    def convert(self, frames: Iterable[tuple[Conversion, bytes]]) -> list[bytes]:
        """
        @param frames: streams and frames of 20 ms in the stream's source format
            (L{Conversion.cut} makes them); a stream may have several, in order.

        @return: for each frame the same time in its stream's target format.

        @raise ValueError: for something else than a whole frame; then no stream has
            moved on.
        """
        given = list(frames)
        return _convert([stream for stream, _ in given], [frame for _, frame in given])


def _convert(streams: list[Conversion], frames: list[bytes]) -> list[bytes]:
    kinds: dict[Change, list[int]] = {}
    for place, stream in enumerate(streams):
        change = stream.change
        if len(frames[place]) != change.frame_bytes:
            raise ValueError(
                f"not a frame of 20 ms: {len(frames[place])} bytes instead of "
                f"{change.frame_bytes}"
            )
        places = kinds.get(change)
        if places is None:
            kinds[change] = [place]
        else:
            places.append(place)
    if len(kinds) == 1:
        return change.many(streams, frames)
    said = [b""] * len(frames)
    for change, places in kinds.items():
        converted = change.many(
            [streams[place] for place in places], [frames[place] for place in places]
        )
        for place, piece in zip(places, converted, strict=True):
            said[place] = piece
    return said
