"""
The Python SDK's clients on a journey through call automation: a program of its
own.

    journey.py sync|aio CONTROL LINE USER

prints one JSON document: what became of each SDK call, and all events.
"""

from __future__ import annotations

import asyncio
import json
import sys
from base64 import b64encode
from functools import partial
from typing import Any
from uuid import uuid4

from azure.communication.callautomation import (
    CommunicationUserIdentifier,
    FileSource,
    MediaStreamingOptions,
    PhoneNumberIdentifier,
    TranscriptionOptions,
)
from azure.communication.identity import CommunicationTokenScope

from tests.acs_emulator.sdk.spellings import SPELLINGS
from tests.acs_emulator.sdk.steps import HEADERS, KEYS, OTHER, THIRD, WORDS, control
from tests.acs_emulator.sdk.traveller import Traveller, all_of, up_properties

_AUDIO = b64encode(bytes(640)).decode()


class Journey(Traveller):
    """
    What is tried, call by call.
    """

    async def travel(self) -> None:
        subscription = {"endpoint": f"http://{self.app.place}/events"}
        self.control("PUT", "/subscriptions/journey", subscription)
        await self.media_and_transfer()
        await self.transcription()
        await self.group_call()
        await self.participants()
        await self.transfer_to_phone()
        await self.not_answered()
        await self.outbound()
        await self.identity()

    async def media_and_transfer(self) -> None:
        options = MediaStreamingOptions(
            transport_url=f"ws://{self.app.place}/media",
            transport_type="websocket",
            content_type="audio",
            audio_channel_type="mixed",
            start_media_streaming=True,
            enable_bidirectional=True,
            enable_dtmf_tones=True,
            audio_format="pcm16KMono",
        )
        call_id, context = self.place(KEYS)
        up = await self.connection(context, media_streaming=options)
        self.sees("answer_call", "MediaStreamingStarted")
        self.audio(call_id)
        properties = await self.do("get_call_properties", up.get_call_properties)
        await self.play(up)
        await self.keys(up)
        await self.streaming(up)
        await self.recording(properties.call_connection_id)
        await self.do("hold", lambda: up.hold(self.caller))
        await self.do("unhold", lambda: up.unhold(self.caller))
        await self.transfer_to_user(up)

    def audio(self, call_id: str) -> None:
        """
        All spellings of outgoing messages, and what comes in.
        """
        for _, audio, stop in SPELLINGS:
            for text in (audio % _AUDIO, stop, audio % _AUDIO):
                self.app.media[0].send_text(text)
        for kind in ("AudioMetadata", "AudioData", "DtmfData"):
            came = self.app.wait(
                lambda kind=kind: any(f["kind"] == kind for f in self.app.frames)
            )
            self.results[f"media socket: receive {kind}"] = "ok" if came else "missing"
        counters = self.control("GET", f"/calls/{call_id}")["counters"]
        good = counters["frames_heard"] > 0 and counters["violations"] == 0
        good = good and counters["stop_audio"] == len(SPELLINGS)
        self.results["media socket: send audio, StopAudio"] = (
            "ok" if good else str(counters)
        )

    async def play(self, up: Any) -> None:
        file = FileSource(url=f"http://{self.app.place}/prompt.wav")
        if await self.do("play_media", lambda: up.play_media(file, [self.caller])):
            self.sees("play_media", "PlayCompleted")
        if await self.do("play_media_to_all", lambda: up.play_media_to_all(file)):
            self.sees("play_media_to_all", "PlayCompleted", 2)
            await self.do(
                "play_media_to_all", lambda: up.play_media_to_all(file, loop=True)
            )
        if await self.do("cancel_all_media_operations", up.cancel_all_media_operations):
            self.sees("cancel_all_media_operations", "PlayCanceled")

    async def keys(self, up: Any) -> None:
        caller = self.caller
        if await self.do(
            "start_recognizing_media, DTMF",
            lambda: up.start_recognizing_media(
                "dtmf", caller, dtmf_max_tones_to_collect=2, initial_silence_timeout=5
            ),
        ):
            self.sees("start_recognizing_media, DTMF", "RecognizeCompleted")
        if await self.do(
            "start_continuous_dtmf_recognition",
            lambda: up.start_continuous_dtmf_recognition(caller),
        ):
            self.sees(
                "start_continuous_dtmf_recognition",
                "ContinuousDtmfRecognitionToneReceived",
            )
        if await self.do(
            "stop_continuous_dtmf_recognition",
            lambda: up.stop_continuous_dtmf_recognition(caller),
        ):
            self.sees(
                "stop_continuous_dtmf_recognition", "ContinuousDtmfRecognitionStopped"
            )
        if await self.do(
            "send_dtmf_tones", lambda: up.send_dtmf_tones(["one", "pound"], caller)
        ):
            self.sees("send_dtmf_tones", "SendDtmfTonesCompleted")

    async def streaming(self, up: Any) -> None:
        if await self.do("stop_media_streaming", up.stop_media_streaming):
            self.sees("stop_media_streaming", "MediaStreamingStopped")
        if await self.do("start_media_streaming", up.start_media_streaming):
            self.sees("start_media_streaming", "MediaStreamingStarted", 2)

    async def recording(self, connection_id: str) -> None:
        client = self.client
        found = await self.do(
            "start_recording",
            lambda: client.start_recording(
                call_connection_id=connection_id,
                recording_content_type="audio",
                recording_channel_type="mixed",
                recording_format_type="wav",
                recording_state_callback_url=self.callback,
            ),
        )
        if found is not None:
            self.sees("start_recording", "RecordingStateChanged")
        recording = "bm9uZQ" if found is None else found.recording_id
        for row in (
            "get_recording_properties",
            "pause_recording",
            "resume_recording",
            "stop_recording",
        ):
            await self.do(row, partial(getattr(client, row), recording))
        self.sees("stop_recording", "RecordingFileStatusUpdated")

    async def transcription(self) -> None:
        """
        What a caller says, written down.
        """
        options = TranscriptionOptions(
            transport_url=f"ws://{self.app.place}/words",
            transport_type="websocket",
            locale="en-US",
            start_transcription=False,
        )
        _, context = self.place(WORDS)
        up = await self.connection(
            context,
            transcription=options,
            cognitive_services_endpoint="https://speech.example/",
        )
        if await self.do("start_transcription", lambda: up.start_transcription()):
            self.sees("start_transcription", "TranscriptionStarted")
        for kind in ("TranscriptionMetadata", "TranscriptionData"):
            came = self.app.wait(
                lambda kind=kind: any(f["kind"] == kind for f in self.app.frames), 20
            )
            row = f"transcription socket: receive {kind}"
            self.results[row] = "ok" if came else "missing"
        if await self.do(
            "update_transcription", lambda: up.update_transcription(locale="en-GB")
        ):
            self.sees("update_transcription", "TranscriptionUpdated")
        if await self.do("stop_transcription", up.stop_transcription):
            self.sees("stop_transcription", "TranscriptionStopped")
        ended = self.kinds().count("CallDisconnected") + 1
        await self.do("hang_up(True)", lambda: up.hang_up(True))
        self.sees("hang_up(True)", "CallDisconnected", ended)

    async def group_call(self) -> None:
        """
        A call that is known by the id of a group.
        """
        group_id = str(uuid4())
        connected = self.kinds().count("CallConnected") + 1
        found = await self.do(
            "connect_call, group",
            lambda: self.client.connect_call(self.callback, group_call_id=group_id),
        )
        self.sees("connect_call, group", "CallConnected", connected)
        locator = {"group_call_id": group_id, "recording_channel_type": "unmixed"}
        shape = {"recording_content_type": "audio", "recording_format_type": "wav"}
        await self.do(
            "start_recording, group",
            lambda: self.client.start_recording(**locator, **shape),
        )
        up = self.client.get_call_connection(found.call_connection_id)
        ended = self.kinds().count("CallDisconnected") + 1
        await self.do("hang_up(True)", lambda: up.hang_up(True))
        self.sees("hang_up(True)", "CallDisconnected", ended)

    async def transfer_to_user(self, up: Any) -> None:
        row = "transfer_call_to_participant, user"
        await self.do(
            row,
            lambda: up.transfer_call_to_participant(
                CommunicationUserIdentifier(self.user),
                voip_headers=HEADERS,
                transferee=self.caller,
                operation_context="to-user",
            ),
        )
        incoming = self.app.incoming.get(timeout=5)
        arrived = incoming.get("customContext", {}).get("voipHeaders") == HEADERS
        self.results[f"{row}: voip headers"] = "ok" if arrived else str(incoming)
        second = await self.connection(incoming["incomingCallContext"])
        self.sees(row, "CallTransferAccepted")
        await self.do("hang_up(False)", lambda: second.hang_up(False))
        self.sees("hang_up(False)", "CallDisconnected", 2)

    async def participants(self) -> None:
        _, context = self.place([])
        up = await self.connection(context)
        about = await up_properties(up)
        await self.do(
            "connect_call",
            lambda: self.client.connect_call(
                self.callback, server_call_id=about.server_call_id
            ),
        )
        await self.do("list_participants", lambda: all_of(up.list_participants()))
        await self.do("get_participant", lambda: up.get_participant(self.caller))
        await self.do(
            "mute_participant", lambda: up.mute_participant(about.answered_by)
        )
        await self.add_and_remove(up)
        await self.move(up)
        ended = self.kinds().count("CallDisconnected") + 1
        await self.do("hang_up(True)", lambda: up.hang_up(True))
        self.sees("hang_up(True)", "CallDisconnected", ended)

    async def add_and_remove(self, up: Any) -> None:
        other, line = PhoneNumberIdentifier(OTHER), PhoneNumberIdentifier(self.line)
        add = partial(up.add_participant, other, source_caller_id_number=line)
        added = await self.do("add_participant", add)
        invitation = "none" if added is None else added.invitation_id
        row = "cancel_add_participant_operation"
        if await self.do(row, lambda: up.cancel_add_participant_operation(invitation)):
            self.sees(row, "CancelAddParticipantSucceeded")
        if await self.do("add_participant", add):
            self.sees("add_participant", "AddParticipantSucceeded")
        if await self.do("remove_participant", lambda: up.remove_participant(other)):
            self.sees("remove_participant", "RemoveParticipantSucceeded")

    async def move(self, up: Any) -> None:
        _, context = self.place([], THIRD)
        second = await self.connection(context)
        about = await up_properties(second)
        who = [PhoneNumberIdentifier(THIRD)]
        if await self.do(
            "move_participants",
            lambda: up.move_participants(who, about.call_connection_id),
        ):
            self.sees("move_participants", "MoveParticipantSucceeded")

    async def transfer_to_phone(self) -> None:
        _, context = self.place([])
        up = await self.connection(context)
        row = "transfer_call_to_participant, phone"
        await self.do(
            row, lambda: up.transfer_call_to_participant(PhoneNumberIdentifier(OTHER))
        )
        self.sees(row, "CallTransferAccepted", 2)

    async def not_answered(self) -> None:
        call_id, context = self.place([])
        user = CommunicationUserIdentifier(self.user)
        await self.do("redirect_call", lambda: self.client.redirect_call(context, user))
        self.control("DELETE", f"/calls/{call_id}")
        call_id, context = self.place([])
        await self.do(
            "reject_call",
            lambda: self.client.reject_call(context, call_reject_reason="busy"),
        )
        self.control("DELETE", f"/calls/{call_id}")

    async def outbound(self) -> None:
        line, other = PhoneNumberIdentifier(self.line), PhoneNumberIdentifier(OTHER)
        client = self.client
        await self.do(
            "create_call",
            lambda: client.create_call(
                other, self.callback, source_caller_id_number=line
            ),
        )
        await self.do(
            "create_group_call",
            lambda: client.create_group_call(
                [other, self.caller], self.callback, source_caller_id_number=line
            ),
        )

    async def identity(self) -> None:
        users = self.users
        made = await self.do("create_user", users.create_user)
        chat = [CommunicationTokenScope.CHAT]
        await self.do(
            "create_user_and_token", lambda: users.create_user_and_token(chat)
        )
        voip = [CommunicationTokenScope.VOIP]
        await self.do("get_token", lambda: users.get_token(made, voip))
        await self.do("revoke_tokens", lambda: users.revoke_tokens(made))
        await self.do("delete_user", lambda: users.delete_user(made))


async def main(kind: str, base: str, line: str, user: str) -> None:
    """
    Travel, and print what happened.
    """
    text = control(base, "GET", "/resource")["connection_string"]
    limits = {"connection_timeout": 10, "read_timeout": 10, "retry_total": 0}
    if kind == "aio":
        from azure.communication.callautomation.aio import CallAutomationClient
        from azure.communication.identity.aio import CommunicationIdentityClient

        async with (
            CallAutomationClient.from_connection_string(text, **limits) as client,
            CommunicationIdentityClient.from_connection_string(text, **limits) as users,
        ):
            journey = Journey(client, users, base, line, user)
            await journey.travel()
    else:
        from azure.communication.callautomation import CallAutomationClient as Sync
        from azure.communication.identity import CommunicationIdentityClient as Users

        journey = Journey(
            Sync.from_connection_string(text, **limits),
            Users.from_connection_string(text, **limits),
            base,
            line,
            user,
        )
        await journey.travel()
    print(json.dumps({"results": journey.results, "events": journey.app.events}))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
