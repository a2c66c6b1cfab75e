"""
While a recording is paused, what the caller says and keys is kept nowhere.
"""

from __future__ import annotations

from ..interfaces import IRecorder
from .parts import BridgeListener


def note_key(
    recorder: IRecorder | None, listener: BridgeListener, digit: str, position: int
) -> None:
    """
    The caller pressed a key, with which he may pause or resume the recording.

    @param position: of the call's audio, in samples.
    """
    if recorder is None:
        listener.note("key", digit)
        return
    before = recorder.paused
    recorder.key_pressed(digit, position)
    listener.note("key", "" if before or recorder.paused else digit)
    if recorder.paused is not before:
        _note_pause(recorder, listener, "keys")


def pause_recording(
    recorder: IRecorder, listener: BridgeListener, pause: bool, position: int
) -> None:
    """
    An operator wants what follows to be left out, or kept again.
    """
    if recorder.paused is not pause:
        (recorder.pause if pause else recorder.resume)(position)
        _note_pause(recorder, listener, "operator")


def to_note(recorder: IRecorder | None, text: str) -> str:
    """
    @return: of what was said, what may be noted.
    """
    return "" if recorder is not None and recorder.paused else text


def _note_pause(recorder: IRecorder, listener: BridgeListener, who: str) -> None:
    what = "recording_paused" if recorder.paused else "recording_resumed"
    listener.note(what, who)
