"""
The seam to recordings.
"""

from __future__ import annotations

from dataclasses import dataclass

from twisted.internet.defer import Deferred
from zope.interface import Interface


@dataclass(frozen=True)
class RecordingResult:
    """
    What became of a recording.

    @ivar problem: why it is missing or cut short; L{None} if it is whole.
    """

    path: str
    seconds: float
    problem: str | None = None


class IRecorder(Interface):
    """
    Keeps the audio of one call.  Never raises and never blocks: a recording
    that fails ends with a reason and leaves the call alone.
    """

    def caller_heard(pcm: bytes, position: int) -> None:
        """
        The caller said this.

        @param position: sample number at the media rate since the stream opened.
        """

    def agent_heard(pcm: bytes, position: int) -> None:
        """
        The caller has heard this of the agent.
        """

    def settled(position: int) -> None:
        """
        Nothing will come any more that belongs before C{position}.
        """

    def finish(position: int) -> Deferred[RecordingResult]:
        """
        @param position: where the call ended.

        @return: fires when all is on disk; never fails.
        """
