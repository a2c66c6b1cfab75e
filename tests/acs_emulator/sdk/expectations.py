"""
What is expected of each SDK call: the one place to change when the emulator
learns something.
"""

from __future__ import annotations

LANGUAGES = ("Python sync", "Python aio", "JavaScript")

#: SDK calls, by their Python names, and the events that must follow them.
CALLS: dict[str, tuple[str, ...]] = {
    "answer_call": ("CallConnected", "MediaStreamingStarted"),
    "redirect_call": (),
    "reject_call": (),
    "create_call": (),
    "create_group_call": (),
    "connect_call": (),
    "connect_call, group": ("CallConnected",),
    "get_call_properties": (),
    "hang_up(False)": ("CallDisconnected",),
    "hang_up(True)": ("CallDisconnected",),
    "transfer_call_to_participant, user": ("voip headers", "CallTransferAccepted"),
    "transfer_call_to_participant, phone": ("CallTransferAccepted",),
    "list_participants": (),
    "get_participant": (),
    "add_participant": ("AddParticipantSucceeded",),
    "cancel_add_participant_operation": ("CancelAddParticipantSucceeded",),
    "mute_participant": (),
    "remove_participant": ("RemoveParticipantSucceeded",),
    "move_participants": ("MoveParticipantSucceeded",),
    "play_media": ("PlayCompleted",),
    "play_media_to_all": ("PlayCompleted",),
    "cancel_all_media_operations": ("PlayCanceled",),
    "start_recognizing_media, DTMF": ("RecognizeCompleted",),
    "start_continuous_dtmf_recognition": ("ContinuousDtmfRecognitionToneReceived",),
    "stop_continuous_dtmf_recognition": ("ContinuousDtmfRecognitionStopped",),
    "send_dtmf_tones": ("SendDtmfTonesCompleted",),
    "hold": (),
    "unhold": (),
    "start_media_streaming": ("MediaStreamingStarted",),
    "stop_media_streaming": ("MediaStreamingStopped",),
    "start_transcription": ("TranscriptionStarted",),
    "update_transcription": ("TranscriptionUpdated",),
    "stop_transcription": ("TranscriptionStopped",),
    "start_recording": ("RecordingStateChanged",),
    "start_recording, group": (),
    "get_recording_properties": (),
    "pause_recording": (),
    "resume_recording": (),
    "stop_recording": ("RecordingFileStatusUpdated",),
    "create_user": (),
    "create_user_and_token": (),
    "get_token": (),
    "revoke_tokens": (),
    "delete_user": (),
    "media socket": (
        "receive AudioMetadata",
        "receive AudioData",
        "receive DtmfData",
        "send audio, StopAudio",
    ),
    "transcription socket": (
        "receive TranscriptionMetadata",
        "receive TranscriptionData",
    ),
}
#: Rows that are no calls.
_SOCKETS = ("media socket", "transcription socket")

#: Calls that rightly fail, in every language.
REFUSED: dict[str, str] = {}

#: Where one SDK differs from the others, by call and language.
DIFFERENT: dict[tuple[str, str], str] = {
    # This client signs the raw id percent-encoded and sends it with a bare
    # colon; see pull request 39419 of Azure/azure-sdk-for-python.
    ("get_participant", "Python aio"): "401 Denied",
}

#: Events that the emulator may send, and that the scenarios do not sample; each with
#: its reason.
UNSAMPLED: dict[str, str] = {}


def expected(language: str) -> dict[str, str]:
    """
    @return: what each call should give; calls that fail have no events.
    """
    found: dict[str, str] = {}
    for call, follows in CALLS.items():
        result = REFUSED.get(call, "ok")
        result = DIFFERENT.get((call, language), result)
        if call not in _SOCKETS:
            found[call] = result
        if result == "ok":
            found.update({f"{call}: {follow}": "ok" for follow in follows})
    return found
