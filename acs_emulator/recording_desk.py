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
from .model.callbacks import Result
from .model.legs import Leg, LegState
from .model.locators import Locator, recording_locator
from .model.recorded import Recorded
from .model.recording_channels import Channels
from .model.recordings import new_recording_id, recording_request, state_body
from .model.resource import Resource
from .phone_call import PhoneCall
from .recording_under_way import RecordingUnderWay

#: Files that are kept; the oldest go first.
_MOST_KEPT = 200
_NO_FILE = Result(500, 9999, "Action failed, the recording cannot be written.")


class Legs(Protocol):
    """
    Who knows the connections.
    """

    def find_leg(self, locator: Locator) -> tuple[PhoneCall, Leg]: ...


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
        publish: Callable[[Recorded, Callable[[str, str], None]], object],
        resource: Resource,
    ) -> None:
        """
        @param new_file: an empty file for a recording; may raise L{OSError}.
        @param publish: gives an event to all who want it, and tells how that went.
        """
        self._legs = legs
        self._clock = clock
        self._new_id = new_id
        self._new_file = new_file
        self._publish = publish
        self._resource = resource
        self._active: dict[str, RecordingUnderWay] = {}
        self._files: dict[str, tuple[RecordingFile, Recorded]] = {}

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
        file, _ = self._files.get(recording_id, (None, None))
        return file

    def metadata(self, recording_id: str) -> dict[str, Any] | None:
        """
        @return: the document that goes with its file.
        """
        _, recorded = self._files.get(recording_id, (None, None))
        return None if recorded is None else recorded.metadata()

    def delete(self, recording_id: str) -> bool:
        """
        @return: was there such a file?
        """
        file, _ = self._files.pop(recording_id, (None, None))
        if file is not None:
            file.close()
        return file is not None

    def stopService(self) -> None:
        super().stopService()
        for recording_id in list(self._files):
            self.delete(recording_id)

    def _start(self, body: dict[str, Any]) -> dict[str, Any]:
        call, leg = self._legs.find_leg(recording_locator(body))
        if leg.state is LegState.DISCONNECTED:
            raise call_not_found()
        if leg.state is not LegState.CONNECTED:
            raise wrong_state(f"The call is {leg.state.value}, not connected.")
        people = call.roster.raw_ids
        request = recording_request(body, people)
        wanted = request.wanted
        channels = None if wanted is None else Channels(wanted, people)
        recording_id = new_recording_id(self._new_id())
        try:
            file = RecordingFile(self._new_file(), channels)
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
        recording = RecordingUnderWay(
            recording_id,
            call,
            leg,
            request,
            file=file,
            channels=channels,
            clock=self._clock,
            finished=self._finished,
        )
        self._active[recording_id] = recording
        recording.begin()
        return state_body(recording_id, recording.active)

    def _finished(self, recording: RecordingUnderWay) -> None:
        """
        It was stopped, or its connection has ended.
        """
        recorded = self._recorded(recording)
        recording_id, tell = recording.recording_id, recording.call.tell
        del self._active[recording_id]
        self._files[recording_id] = recording.file, recorded
        url = f"{recorded.url}/content"
        tell(
            "recording", f"the recording is finished ({recorded.seconds:.1f} s): {url}"
        )
        if len(self._files) > _MOST_KEPT:
            self.delete(next(iter(self._files)))
        self._publish(recorded, tell)

    def _recorded(self, recording: RecordingUnderWay) -> Recorded:
        recording_id, call = recording.recording_id, recording.call
        return Recorded(
            event_id=self._new_id(),
            recording_id=recording_id,
            document_id=f"0-emulator-{self._new_id()}",
            resource_id=self._resource.immutable_id,
            server_call_id=call.server_call_id,
            correlation_id=call.correlation_id,
            url=f"{self._resource.base_url}/recordings/{recording_id}",
            started=recording.started,
            seconds=recording.file.seconds,
            pauses=tuple(recording.pauses),
            unmixed=recording.channels is not None,
            channels=recording.file.channels,
            participants=recording.participants,
            session_end=recording.session_end,
        )
