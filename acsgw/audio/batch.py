"""
The frames of many calls at a time: one product instead of one for each.

For a media hub that has read several sockets in one turn.  What comes out is what
L{Conversion.feed} gives for each frame, to the bit (L{acsgw.audio.filters} says
why), and each stream's history goes on from there: single frames and batches may
follow each other in any order.
"""

from __future__ import annotations

from collections.abc import Iterable

from .conversion import Change, Conversion


class Batch:
    """
    Converts many frames at once; keeps nothing between two calls.
    """

    def convert(self, frames: Iterable[tuple[Conversion, bytes]]) -> list[bytes]:
        """
        @param frames: streams and frames of 20 ms in the stream's source format
            (L{Conversion.cut} makes them); a stream may have several, in order.

        @return: for each frame the same time in its stream's target format.

        @raise ValueError: for something else than a whole frame; then no stream has
            moved on.
        """
        given = list(frames)
        kinds: dict[Change, list[int]] = {}
        for place, (stream, frame) in enumerate(given):
            change = stream.change
            if len(frame) != change.frame_bytes:
                raise ValueError(
                    f"not a frame of 20 ms: {len(frame)} bytes instead of "
                    f"{change.frame_bytes}"
                )
            places = kinds.get(change)
            if places is None:
                kinds[change] = [place]
            else:
                places.append(place)
        if len(kinds) == 1:
            return change.many(given)
        said = [b""] * len(given)
        for change, places in kinds.items():
            converted = change.many([given[place] for place in places])
            for place, piece in zip(places, converted, strict=True):
                said[place] = piece
        return said
