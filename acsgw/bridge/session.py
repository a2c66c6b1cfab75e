"""
One conversation with the agent, of which a call may have two.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from ..interfaces import TransferRequest
from .ends import Ends
from .parts import BridgeListener
from .pausing import to_note
from .steps import StopCaller


class AgentSession:
    """
    What the agent tells (L{acsgw.interfaces.AgentEvents}), until another session takes
    the place of this one.

    @ivar is_ready: may the agent be spoken to?
    @ivar is_replaced: nothing is heard of it any more.
    """

    __slots__ = (
        "_ends",
        "_listener",
        "is_ready",
        "is_replaced",
    )

    def __init__(self, ends: Ends, listener: BridgeListener) -> None:
        self._ends = ends
        self._listener = listener
        self.is_ready = False
        self.is_replaced = False

    def ready(self) -> None:
        if self._is_on() and self._ends.agent is not None:
            self.is_ready = True
            self._listener.agent_ready()
            if (core := self._ends.core) is not None:
                self._ends.do(core.caller.agent_ready())

    def refused(self, reason: str) -> None:
        if self._is_on():
            self._listener.agent_lost(reason)

    def agent_audio(self, pcm: bytes, utterance: str, generation: int) -> None:
        ends = self._ends
        core = ends.core
        if core is None or ends.agent is None or self.is_replaced:
            return
        if core.speaking != utterance:
            ends.batch.finish()  # what was said before it has its own sound
        if not core.takes(utterance, generation):
            return
        if core.to_caller.change.alike:
            ends.speak(core, (pcm,), utterance)
        else:
            then = partial(ends.speak, core, utterance=utterance)
            ends.batch.later(core.to_caller, pcm, then, ends.broken)

    def utterance_end(self, utterance: str) -> None:
        if self._is_on() and (core := self._ends.core) is not None:
            self._ends.do(core.utterance_end(utterance, self._ends.now()))

    def flush(self, generation: int) -> None:
        if self._is_on() and (core := self._ends.core) is not None:
            steps = core.flush(generation, self._ends.now())
            self._ends.do(steps)
            if StopCaller() in steps:
                self._listener.note("barge_in", "")

    def progress_wanted(self) -> None:
        if self._is_on() and (core := self._ends.core) is not None:
            self._ends.do(core.progress_wanted(self._ends.now()))

    def transcript(self, who: str, text: str) -> None:
        if not self.is_replaced:
            self._listener.note(f"{who}_said", to_note(self._ends.recorder, text))

    def transfer(self, request: TransferRequest) -> None:
        if self._is_on():
            self._listener.agent_asked_transfer(request)

    def ended(self, reason: str, variables: Mapping[str, str]) -> None:
        if self._is_on():
            self._listener.agent_ended(reason, variables)

    def failed(self, reason: str) -> None:
        if self._is_on():
            self._listener.agent_lost(reason)

    def finished(self) -> None:
        if self._is_on() and self._ends.take_agent() is not None:
            # We did not close it, and it told no reason.
            self.is_ready = False
            if (core := self._ends.core) is not None:
                core.caller.agent_gone()
            self._listener.agent_lost("it went away")

    def _is_on(self) -> bool:
        """
        What was said before goes first.
        """
        if not self.is_replaced:
            self._ends.batch.finish()
        return not self.is_replaced
