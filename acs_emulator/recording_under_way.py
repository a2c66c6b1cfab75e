"""
One recording, while it goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twisted.internet.interfaces import IReactorTime

from .fronts.recording_files import RecordingFile
from .model.actions import Callback
from .model.callbacks import OK
from .model.legs import Leg
from .model.mixing import Voice
from .model.recorded import CALL_ENDED, INITIATOR_LEFT
from .model.recording_channels import Channels
from .model.recordings import RecordingRequest, state_event
from .model.wire_time import callback_time
from .phone_call import PhoneCall


class RecordingUnderWay:
    """
    Writes what is said, and tells each change of its state.

    @ivar started: seconds since the epoch.
    @ivar pauses: when each began, and how long it lasted.
    @ivar session_end: why it ended.
    """

    def __init__(
        self,
        recording_id: str,
        call: PhoneCall,
        leg: Leg,
        request: RecordingRequest,
        *,
        file: RecordingFile,
        channels: Channels | None,
        clock: IReactorTime,
        finished: Callable[[RecordingUnderWay], None],
    ) -> None:
        """
        @param channels: of the file; L{None} is mixed.
        @param finished: told once, when nothing more is written.
        """
        self.recording_id = recording_id
        self.call = call
        self.leg = leg
        self.file = file
        self.channels = channels
        self.active = not request.paused
        self.started = clock.seconds()
        self.pauses: list[tuple[float, float]] = []
        self.session_end = INITIATOR_LEFT
        self._clock = clock
        self._finished = finished
        self._callback_url = request.callback_url
        self._paused_at = None if self.active else self.started
        self._people = dict.fromkeys(call.roster.raw_ids)

    def begin(self) -> None:
        """
        Take what is said from now on.
        """
        self.call.media.add_tap(self.leg, self)
        self._tell()

    @property
    def participants(self) -> dict[str, int | None]:
        """
        Raw ids of all who took part, with their channels.
        """
        places = {} if self.channels is None else self.channels.places
        return {raw_id: places.get(raw_id) for raw_id in self._people}

    # What is said.

    def take(self, said: Sequence[Voice], heard: Sequence[Voice]) -> None:
        """
        See L{Tap<acs_emulator.leg_media.Tap>}.
        """
        if self.active:
            for voice in (*said, *heard):
                if voice.raw_id not in self._people:
                    self._newcomer(voice.raw_id)
            self.file.write(said, heard)

    def _newcomer(self, raw_id: str) -> None:
        self._people[raw_id] = None
        if self.channels is not None and self.channels.place_of(raw_id) is None:
            self.call.tell("recording", f"no channel is left for {raw_id}")

    def leg_ended(self) -> None:
        """
        See L{Tap<acs_emulator.leg_media.Tap>}.
        """
        if self.call.state == "ended":
            self.session_end = CALL_ENDED
        self._finish()

    # What is asked for.

    def pause(self) -> None:
        """
        Write no more for a while; no harm if that is so.
        """
        if self.active:
            self.active = False
            self._paused_at = self._clock.seconds()
            self._tell()

    def resume(self) -> None:
        """
        Write on; no harm if that is so.
        """
        if not self.active:
            self.active = True
            self._end_pause()
            self._tell()

    def stop(self) -> None:
        """
        Take no more.
        """
        self.call.media.remove_tap(self.leg, self)
        self._finish()

    def _end_pause(self) -> None:
        if self._paused_at is not None:
            lasted = self._clock.seconds() - self._paused_at
            self.pauses.append((self._paused_at, lasted))
            self._paused_at = None

    def _finish(self) -> None:
        was, self.active = self.active, False
        self._end_pause()
        if was:
            self._tell()
        self._finished(self)

    def _tell(self) -> None:
        started = callback_time(self.started)
        extra = state_event(self.recording_id, self.active, started)
        self.call.tell("recording", f"the recording is {extra['state']}")
        self.call.post(
            Callback(
                leg=self.leg,
                kind="RecordingStateChanged",
                result=OK,
                extra=extra,
                url=self._callback_url,
            )
        )
