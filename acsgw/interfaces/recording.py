"""
The seam to recordings.
"""

from __future__ import annotations

from dataclasses import dataclass

from twisted.internet.defer import Deferred
from zope.interface import Attribute, Interface


@dataclass(frozen=True)
class RecordingResult:
    """
    What became of a recording.

    @ivar problem: why it is missing or cut short; L{None} if it is whole.
    @ivar sha256: of the file, in hex; empty if there is none.
    @ivar bytes: the file's size.
    @ivar pauses: where it is silent on purpose: from, to, in seconds.
    """

    path: str
    seconds: float
    problem: str | None = None
    sha256: str = ""
    bytes: int = 0
    pauses: tuple[tuple[float, float], ...] = ()


class IRecorder(Interface):
    """
    Keeps the audio of one call.  Never raises and never blocks: a recording
    that fails ends with a reason and leaves the call alone.
    """

    paused = Attribute("Is what is said now left out?")

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

    def pause(position: int) -> None:
        """
        What is said from here on is left out: both sides are silent.
        """

    def resume(position: int) -> None:
        """
        It is kept again.
        """

    def key_pressed(digit: str, position: int) -> None:
        """
        The caller pressed a key, with which he may pause and resume.
        """

    def finish(position: int) -> Deferred[RecordingResult]:
        """
        @param position: where the call ended.

        @return: fires when all is on disk; never fails.
        """
