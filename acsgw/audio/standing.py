"""
A queue that stands: everything is heard later, for as long as the agent speaks.

An agent that streams in real time, silence included, keeps the queue as long as it is.
If it, or the network, or we, once stall, what came meanwhile comes in a burst, and the
caller hears all that follows later by as much.  So silence is left out until the queue
is short again.

An agent that speaks faster than real time needs no help, and its pauses are its own:
its queue grows while it speaks, and drains by itself.  These are told apart like this:

  - A queue B{stands} if, over L{STANDS_SECONDS}, some frames waited all the time (those
    beyond the lead, looked at whenever one has been sent), and their number stayed
    within L{STANDS_WITHIN} frames: so as much came as was sent, to within 7 % (200 ms
    in 3 s).  The queue of an agent that is faster than that grows by more, and that of
    one that has said all of it shrinks by more.
  - Its B{surplus} is the smallest number of frames that waited in that time, less a
    cushion.  No more than that is left out before it has been looked at for as long
    again; and nothing any more once the number has moved too far (counted as if nothing
    had been left out), as the agent is no longer one that speaks in real time.
  - A frame is B{silent} if no sample is beyond L{SILENT_PEAK}.  The first
    L{KEPT_SILENT} frames of each silence are kept, as the closed lips of a consonant
    are speech; of the others every other one is left out.  A pause stays a pause.

So an agent that is in real time but always a second ahead, on purpose, loses that
second in its silence, if it sends it in pieces of less than 200 ms: nothing tells it
from one that has stalled.

Core: time comes in as an argument, in seconds of a clock that never jumps.
"""

from __future__ import annotations

import numpy as np

from .frames import FRAME_MS

#: A queue that has stood for so long will not go away by itself.
STANDS_SECONDS = 3.0

#: By so many frames a queue that stands may be longer at one time than at another:
#: agents speak in pieces of 20 to 200 ms, and networks are not regular.
STANDS_WITHIN = 200 // FRAME_MS

#: Of 32767, that is -54 dB: above the noise of a mu-law or A-law line in silence (8 to
#: 24) and of dither, and more than 10 dB below the weakest sounds of speech.
SILENT_PEAK = 64

#: So many silent frames may be within a word.
KEPT_SILENT = 120 // FRAME_MS


class StandingQueue:
    """
    Watches the queue of one playout.

    @ivar watching: has L{sent} been called since the queue was empty?
    @ivar surplus: how many frames may be left out now.
    @ivar left_out: how many have been, of all.
    """

    __slots__ = (
        "_cushion",
        "_left_out_before",
        "_longest",
        "_shortest",
        "_silent_frames",
        "_until",
        "left_out",
        "surplus",
        "watching",
    )

    def __init__(self, cushion_frames: int) -> None:
        """
        @param cushion_frames: with so many a queue is as it should be.
        """
        # It is only looked at while at least one waits.
        self._cushion = max(1, cushion_frames)
        self.watching = False
        self.surplus = 0
        self.left_out = 0
        self._silent_frames = 0
        # As of the last look: when it ends; what waited; what had been left out.
        self._until = 0.0
        self._shortest = self._longest = 0
        self._left_out_before = 0

    def restart(self) -> None:
        """
        The queue is empty, or was, or the caller has waited though it was not.
        """
        self.watching = False
        self.surplus = 0

    def sent(self, waiting: int, now: float) -> None:
        """
        A frame has been sent, and so many wait; at least one.
        """
        if not self.watching:
            self.watching = True
            self._look(waiting, now)
            return
        # As if nothing had been left out since.
        level = waiting + self.left_out - self._left_out_before
        if level < self._shortest:
            self._shortest = level
        elif level > self._longest:
            self._longest = level
        if self._longest - self._shortest > STANDS_WITHIN:
            self.surplus = 0
            self._look(waiting, now)
        elif now >= self._until:
            left_out = self.left_out - self._left_out_before
            self._allow(self._shortest - left_out)
            self._look(waiting, now)
        elif self.surplus:
            self.surplus = max(0, min(self.surplus, waiting - self._cushion))

    def _look(self, waiting: int, now: float) -> None:
        self._until = now + STANDS_SECONDS
        self._shortest = self._longest = waiting
        self._left_out_before = self.left_out

    def _allow(self, standing: int) -> None:
        if not self.surplus:
            self._silent_frames = 0
        self.surplus = max(0, standing - self._cushion)

    def leaves_out(self, frame: bytes) -> bool:
        """
        There is a surplus, and this frame is to be sent next.

        @param frame: 16 bit mono PCM.

        @return: is it left out?
        """
        if not is_silent(frame):
            self._silent_frames = 0
            return False
        self._silent_frames += 1
        if self._silent_frames <= KEPT_SILENT:
            return False
        # The next one is kept.
        self._silent_frames = KEPT_SILENT - 1
        self.surplus -= 1
        self.left_out += 1
        return True


def is_silent(pcm: bytes) -> bool:
    """
    @param pcm: 16 bit mono.

    @return: is nothing to be heard in it?
    """
    samples = np.frombuffer(pcm, "<i2")
    return bool(samples.max() <= SILENT_PEAK and samples.min() >= -SILENT_PEAK)
