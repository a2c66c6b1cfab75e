"""
The recordings of all calls.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO, Protocol

from twisted.application.service import Service
from twisted.internet.interfaces import IReactorTime

from .errors import call_not_found, recording_not_found, wrong_state
from .fronts.recording_files import RecordingFile
from .model.actions import Callback
from .model.callbacks import OK, Result
from .model.legs import Leg, LegState
from .model.recordings import (
    RecordingRequest,
    locate,
    new_recording_id,
    recording_request,
    state_body,
    state_event,
)
from .model.wire_time import callback_time
from .phone_call import PhoneCall

#: Files that are kept; the oldest go first.
_MOST_KEPT = 200
_NO_FILE = Result(500, 9999, "Action failed, the recording cannot be written.")


class Legs(Protocol):
    """
    Who knows the connections.
    """

    def find_leg(
        self, connection_id: str | None, server_call_id: str | None
    ) -> tuple[PhoneCall, Leg]: ...


class RecordingDesk(Service):
    """
    Starts, stops and keeps recordings, until it is stopped itself.
    """

    def __init__(
        self,
        legs: Legs,
        *,
        clock: IReactorTime,
        new_id: Callable[[], str],
        new_file: Callable[[], BinaryIO],
        base_url: str,
    ) -> None:
        """
        @param new_file: an empty file for a recording; may raise L{OSError}.
        @param base_url: of the emulator; no slash at its end.
        """
        self._legs = legs
        self._clock = clock
        self._new_id = new_id
        self._new_file = new_file
        self._base_url = base_url
        self._active: dict[str, _Recording] = {}
        self._files: dict[str, RecordingFile] = {}

    def perform(
        self, name: str, recording_id: str, body: dict[str, Any] | None
    ) -> dict[str, Any] | None:
        """
        @param name: one of
            L{acs_emulator.model.recordings.RECORDING_STATUS}.

        @return: the body of the answer, if it has one.

        @raise Refusal: if it cannot be done.
        """
        if name == "start_recording":
            assert body is not None
            return self._start(body)
        recording = self._active.get(recording_id)
        if recording is None:
            raise recording_not_found()
        match name:
            case "recording_state":
                return state_body(recording_id, recording.active)
            case "stop_recording":
                recording.stop()
            case "pause_recording":
                recording.pause()
            case _:
                recording.resume()
        return None

    def file(self, recording_id: str) -> RecordingFile | None:
        """
        @return: a recording that is finished.
        """
        return self._files.get(recording_id)

    def delete(self, recording_id: str) -> bool:
        """
        @return: was there such a file?
        """
        file = self._files.pop(recording_id, None)
        if file is not None:
            file.close()
        return file is not None

    def stopService(self) -> None:
        super().stopService()
        for recording_id in list(self._files):
            self.delete(recording_id)

    def _start(self, body: dict[str, Any]) -> dict[str, Any]:
        connection_id, server_call_id = locate(body)
        call, leg = self._legs.find_leg(connection_id, server_call_id)
        if leg.state is LegState.DISCONNECTED:
            raise call_not_found()
        if leg.state is not LegState.CONNECTED:
            raise wrong_state(f"The call is {leg.state.value}, not connected.")
        request = recording_request(body, leg.caller, leg.answered_by)
        recording_id = new_recording_id(self._new_id())
        try:
            file = RecordingFile(self._new_file(), request)
        except OSError as e:
            call.tell("recording", f"the recording cannot be written: {e.strerror}")
            call.post(
                Callback(
                    leg=leg,
                    kind="StartRecordingFailed",
                    result=_NO_FILE,
                    extra={"recordingId": recording_id},
                    url=request.callback_url,
                )
            )
            return state_body(recording_id, False)
        recording = _Recording(self, recording_id, call, leg, request, file)
        self._active[recording_id] = recording
        call.media.add_tap(leg, recording)
        recording.started(callback_time(self._clock.seconds()))
        return state_body(recording_id, recording.active)

    def finished(self, recording: _Recording) -> None:
        """
        It was stopped, or its connection has ended.
        """
        recording_id = recording.recording_id
        del self._active[recording_id]
        self._files[recording_id] = recording.file
        url = f"{self._base_url}/recordings/{recording_id}/content"
        seconds = recording.file.seconds
        recording.call.tell(
            "recording", f"the recording is finished ({seconds:.1f} s): {url}"
        )
        if len(self._files) > _MOST_KEPT:
            self.delete(next(iter(self._files)))


class _Recording:
    """
    One recording, while it goes on.
    """

    def __init__(
        self,
        desk: RecordingDesk,
        recording_id: str,
        call: PhoneCall,
        leg: Leg,
        request: RecordingRequest,
        file: RecordingFile,
    ) -> None:
        self.recording_id = recording_id
        self.call = call
        self.file = file
        self.active = not request.paused
        self._desk = desk
        self._leg = leg
        self._callback_url = request.callback_url
        self._started = ""

    def started(self, when: str) -> None:
        self._started = when
        self._tell()

    def take(self, caller: bytes, service: bytes) -> None:
        if self.active:
            self.file.write(caller, service)

    def leg_ended(self) -> None:
        self._finish()

    def pause(self) -> None:
        if self.active:
            self.active = False
            self._tell()

    def resume(self) -> None:
        if not self.active:
            self.active = True
            self._tell()

    def stop(self) -> None:
        self.call.media.remove_tap(self._leg, self)
        self._finish()

    def _finish(self) -> None:
        was, self.active = self.active, False
        if was:
            self._tell()
        self._desk.finished(self)

    def _tell(self) -> None:
        extra = state_event(self.recording_id, self.active, self._started)
        self.call.tell("recording", f"the recording is {extra['state']}")
        self.call.post(
            Callback(
                leg=self._leg,
                kind="RecordingStateChanged",
                result=OK,
                extra=extra,
                url=self._callback_url,
            )
        )
