"""
The caller: follows a script, driven by one tick every 20 ms.

Conditions of steps:
  - C{quiet S}: the far end has spoken since the last step ended, and has then
    been quiet for S seconds;
  - C{speech S}: the far end has been speaking for S seconds (barge in);
  - C{pause S}: S seconds after the last step ended;
  - C{silence S}: nobody has spoken for S seconds, neither the far end nor, since
    the last step, the caller; whether the far end ever spoke does not matter;
  - C{at S}: S seconds after the media stream opened.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from .caller_script import SPOKEN, Script, Step
from .ear import Ear
from .media_messages import FRAME_MS

#: A tone of 100 ms and a gap of 150 ms.
_KEY_FRAMES = 250 // FRAME_MS


@dataclass(frozen=True)
class Note:
    """
    Something for the story of the call.
    """

    what: str
    text: str


@dataclass(slots=True)
class Turn:
    """
    What the caller does in one tick.

    @ivar playing: path of a recording and which of its 20 ms frames is due;
        L{None} is silence.
    @ivar hang_up: if the caller hangs up now, how the story tells it.
    """

    playing: tuple[str, int] | None = None
    keys: list[str] = field(default_factory=list)
    hang_up: str | None = None
    notes: list[Note] = field(default_factory=list)


class Caller:
    """
    One caller on the phone.
    """

    def __init__(self, script: Script, clip_frames: Callable[[str], int]) -> None:
        """
        @param clip_frames: how many 20 ms frames a recording has.
        """
        self._ear = Ear()
        in_turn = [step for step in script.steps if not step.beside]
        self._tracks = [_Track(in_turn, clip_frames)]
        self._tracks += [
            _Track([step], clip_frames) for step in script.steps if step.beside
        ]

    def tick(self, loud: bool) -> Turn:
        """
        @param loud: does the caller hear speech in these 20 ms?
        """
        turn = Turn()
        change = self._ear.hear(loud)
        if change == "began":
            turn.notes.append(Note("agent_heard", "the far end speaks"))
        elif change == "ended":
            turn.notes.append(Note("agent_quiet", "the far end is quiet"))
        for track in self._tracks:
            track.tick(self._ear, turn)
        return turn


class _Track:
    """
    Steps that are taken one after the other.

    @ivar _ended: the frame in which the last step ended.
    @ivar _done: how many frames of the present step are done; L{None} while
        its condition is awaited.
    """

    def __init__(self, steps: list[Step], clip_frames: Callable[[str], int]) -> None:
        self._steps = steps
        self._clip_frames = clip_frames
        self._ended = 0
        self._done: int | None = None

    def tick(self, ear: Ear, turn: Turn) -> None:
        if not self._steps:
            return
        step = self._steps[0]
        if self._done is None:
            why = self._due(step, ear)
            if why is None:
                return
            self._done = 0
            self._begin(step, ear, turn, why)
        self._go_on(step, turn)
        self._done += 1
        if self._done >= self._length(step):
            self._steps = self._steps[1:]
            self._ended = ear.now
            self._done = None

    def _due(self, step: Step, ear: Ear) -> str | None:
        """
        @return: a remark for the story, empty if all is as planned; L{None} if
            the step is not due.
        """
        frames = round(step.after.seconds * 1000 / FRAME_MS)
        match step.after.kind:
            case "quiet":
                quiet = ear.quiet_frames_since(self._ended)
                due = quiet is not None and quiet >= frames
            case "speech":
                due = ear.speaking and ear.talking_frames_since(self._ended) >= frames
            case "silence":
                silent_since = max(ear.last_loud or 0, self._ended)
                due = ear.now - silent_since >= frames
                if not due and step.beside:
                    return None  # keeps waiting: it may never come to that
            case "at":
                return "" if ear.now - 1 >= frames else None
            case _:
                return "" if ear.now - 1 - self._ended >= frames else None
        if due:
            return ""
        if (ear.now - self._ended) * FRAME_MS >= step.timeout * 1000:
            return f" (waited {step.timeout:g} s in vain for: {step.after})"
        return None

    def _begin(self, step: Step, ear: Ear, turn: Turn, why: str) -> None:
        if step.say is not None:
            name = _name(step.say)
            if ear.interrupted:
                turn.notes.append(Note("barged_in", f"the caller barges in: {name}"))
            seconds = self._clip_frames(step.say) * FRAME_MS / 1000
            text = f"the caller says {name} ({seconds:.1f} s){why}"
            turn.notes.append(Note("caller_spoke", text))
        elif step.press:
            turn.notes.append(Note("key", f"the caller presses {step.press}{why}"))
        else:
            turn.hang_up = f"the caller hangs up{why}"

    def _go_on(self, step: Step, turn: Turn) -> None:
        assert self._done is not None
        if step.say is not None and self._done < self._clip_frames(step.say):
            turn.playing = (step.say, self._done)
        if step.press and self._done % _KEY_FRAMES == 0:
            turn.keys.append(step.press[self._done // _KEY_FRAMES])

    def _length(self, step: Step) -> int:
        if step.say is not None:
            return self._clip_frames(step.say)
        return len(step.press or "") * _KEY_FRAMES


def _name(said: str) -> str:
    if said.startswith(SPOKEN):
        return f'"{said.removeprefix(SPOKEN)}"'
    return os.path.basename(said)
