"""
The recording of one call: started, silent while a PIN is asked for, stopped.

One command to Azure at a time: what is wanted may change meanwhile, and is then
followed.  Nothing that goes wrong here touches the call, but for one thing: who asks
for a secret is told whether it would be recorded.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum

from twisted.internet.defer import Deferred, TimeoutError as OutOfTime
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from acsgw.acs.repeat import CallControlError, CallGone

from .recording_control import IRecordingControl
from .records import CallRecord, RecordingRecord

#: How long a hand-over or a hang-up waits for the recording to stop.
STOP_SECONDS = 4.0

#: Silent still after a secret: the last key may sound on, or one more may be pressed.
AFTER_SECRET_SECONDS = 1.0


class Wanted(Enum):
    """
    What the call wants of it.
    """

    NOTHING = "nothing yet"
    SOUND = "sound"
    SILENCE = "silence"
    END = "end"


class State(Enum):
    """
    What it does, as far as we know; as in the call's record.

    C{UNSURE}: a command failed, so it may record or not.
    """

    NONE = "starting"
    PAUSED = "paused"
    RUNNING = "recording"
    UNSURE = "unsure"
    OVER = "stopped"
    FAILED = "failed"


@dataclass(eq=False)
class Recording:
    """
    @ivar control: L{None} if nothing is recorded.
    @ivar note: told of each change.
    """

    control: IRecordingControl | None
    channels: str
    clock: IReactorTime
    record: CallRecord
    note: Callable[[str, str], None]
    _connection_id: str = ""
    _caller: str = ""
    _wanted: Wanted = Wanted.NOTHING
    _state: State = State.NONE
    _busy: bool = False
    _waiting: list[Deferred[None]] = field(default_factory=list)
    _sound_soon: IDelayedCall | None = None

    _log = Logger()

    # What the call wants.

    def begin(self, connection_id: str, caller: str) -> None:
        """
        The call is answered.

        @param caller: raw id.
        """
        if self.control is None or self._wanted is not Wanted.NOTHING:
            return
        self._connection_id, self._caller = connection_id, caller
        self.record.recording = RecordingRecord(channels=self.channels)
        self._want(Wanted.SOUND)

    async def conceal(self) -> bool:
        """
        A secret is asked for.

        @return: is it certain that nothing is recorded now?
        """
        if self.record.recording is None:
            return True
        if self._wanted is not Wanted.END:
            self._want(Wanted.SILENCE)
        await self._settled()
        return self._state in (State.PAUSED, State.OVER, State.FAILED)

    def go_on(self) -> None:
        """
        What comes now is no secret.
        """
        if self._wanted is Wanted.SILENCE and self._sound_soon is None:
            self._sound_soon = self.clock.callLater(
                AFTER_SECRET_SECONDS, self._want, Wanted.SOUND
            )

    def end(self) -> None:
        """
        The caller has left.
        """
        if self.record.recording is None:
            self._wanted = Wanted.END
        else:
            self._want(Wanted.END)

    async def stop(self) -> None:
        """
        The caller is about to leave us.  It takes L{STOP_SECONDS} at most.
        """
        self.end()
        waiting = Deferred.fromCoroutine(self._settled())
        with suppress(OutOfTime):  # it is still being tried, and noted
            await waiting.addTimeout(STOP_SECONDS, self.clock)

    # How it is followed.

    def _want(self, wanted: Wanted) -> None:
        timer, self._sound_soon = self._sound_soon, None
        if timer is not None and timer.active():
            timer.cancel()
        self._wanted = wanted
        if self._busy:
            return
        self._busy = True
        following = Deferred.fromCoroutine(self._follow())
        following.addErrback(self._broken)
        following.addCallback(self._rest)

    async def _follow(self) -> None:
        while (step := self._next()) is not None:
            wanted = self._wanted
            if not await step() and self._wanted is wanted:
                return

    def _next(self) -> Callable[[], Awaitable[bool]] | None:
        match self._wanted, self._state:
            case _, State.NONE:
                return self._start
            case Wanted.SOUND, State.PAUSED:
                return self._resume
            case Wanted.SILENCE, State.RUNNING | State.UNSURE:
                return self._pause
            case Wanted.END, State.PAUSED | State.RUNNING | State.UNSURE:
                return self._stop
        return None

    def _rest(self, result: object) -> None:
        self._busy = False
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            waiter.callback(None)

    def _broken(self, failure: Failure) -> None:
        self._log.failure("call {call}: recording", failure, call=self.record.call_id)
        self._is(State.UNSURE, "internal error")

    async def _settled(self) -> None:
        if self._busy:
            waiter = Deferred[None]()
            self._waiting.append(waiter)
            await waiter

    # The commands.  Each tells whether it succeeded.

    async def _start(self) -> bool:
        assert self.control is not None
        try:
            recording_id, active = await self.control.start(
                self._connection_id, self._caller
            )
        except CallControlError as e:
            self._is(State.FAILED, str(e))
            return False
        assert self.record.recording is not None
        self.record.recording.recording_id = recording_id
        self._state = State.PAUSED
        if active:
            self._is(State.RUNNING)
        return True

    async def _resume(self) -> bool:
        try:
            await self._command("resume")
        except CallControlError as e:
            self._is(State.UNSURE, str(e))
            return False
        self._is(State.RUNNING)
        return True

    async def _pause(self) -> bool:
        try:
            await self._command("pause")
        except CallControlError as e:
            self.note("recording", f"not paused, so it is stopped: {e}")
            return await self._stop()
        self._is(State.PAUSED)
        return True

    async def _stop(self) -> bool:
        try:
            with suppress(CallGone):  # it ended with the call
                await self._command("stop")
        except CallControlError as e:
            self._is(State.UNSURE, str(e))
            return False
        self._is(State.OVER)
        return True

    async def _command(self, name: str) -> None:
        assert self.record.recording is not None
        command = getattr(self.control, name)
        await command(self.record.recording.recording_id)

    def _is(self, state: State, problem: str = "") -> None:
        self._state = state
        recording = self.record.recording
        assert recording is not None
        if not recording.files:  # or it has ended for sure
            recording.state = state.value
        if problem:
            recording.problem = problem
        text = f"{state.value}: {problem}" if problem else state.value
        self.note("recording", text)
