"""
Whole calls in memory: from the announcement over Event Grid to the end, with
REST, callbacks and media.
"""

from __future__ import annotations

import os
import wave

import numpy as np

from .support import APP, CALLER, LINE, EmulatorTestCase

TONE = (np.sin(np.arange(16000) * 0.2) * 8000).astype("<i2").tobytes()


def write_wav(path: str, pcm: bytes, rate: int = 16000) -> str:
    with wave.open(path, "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(pcm)
    return path


class AnsweredCallTests(EmulatorTestCase):
    """
    A call that an application answers.
    """

    def setUp(self) -> None:
        super().setUp()
        self.subscribe()

    def connect(self, **media: object) -> tuple[str, str]:
        """
        @return: ids of a call and of its connection.
        """
        call_id = self.place()
        connection = self.answer(self.app.incoming[0]["incomingCallContext"], **media)
        self.advance(0.3)
        return call_id, connection["callConnectionId"]

    def test_connects(self) -> None:
        """
        An answered call gets its media stream and its three callbacks, and a
        story that says so.
        """
        call_id, connection_id = self.connect()
        self.assertEqual(
            self.app.callback_kinds,
            ["CallConnected", "ParticipantsUpdated", "MediaStreamingStarted"],
        )
        self.assertEqual(self.call(call_id)["state"], "connected")
        self.assertEqual(self.call(call_id)["call_connection_ids"], [connection_id])
        self.assertEqual(
            self.words(call_id), ["rang", "delivered", "answered", "media_open"]
        )

    def test_media_headers(self) -> None:
        """
        The media socket carries a token and the ids of connection and
        conversation.
        """
        call_id, connection_id = self.connect()
        headers = self.app.media[0].headers
        self.assertTrue(headers["authorization"].startswith("Bearer ey"))
        self.assertEqual(headers["x-ms-call-connection-id"], connection_id)
        self.assertEqual(
            headers["x-ms-call-correlation-id"], self.call(call_id)["correlation_id"]
        )

    def test_media_stream(self) -> None:
        """
        C{AudioMetadata} comes first, then a frame every 20 ms.
        """
        self.connect()
        media = self.app.media[0]
        media.received.clear()
        self.advance(1.0)
        self.assertEqual(media.kinds(), ["AudioData"] * 50)
        self.assertTrue(media.received[0]["audioData"]["silent"])
        self.assertNotIn("participantRawID", media.received[0]["audioData"])

    def test_24_khz(self) -> None:
        """
        At 24 kHz, C{AudioMetadata} and the frames say so.
        """
        self.connect(audioFormat="Pcm24KMono")
        first, second = self.app.media[0].received[:2]
        self.assertEqual(first["kind"], "AudioMetadata")
        self.assertEqual(first["audioMetadata"]["sampleRate"], 24000)
        self.assertEqual(first["audioMetadata"]["length"], 960)
        self.assertEqual(len(second["audioData"]["data"]), 960 * 4 // 3)

    def test_application_hangs_up(self) -> None:
        """
        DELETE ends the call with 200/7000, closes the media socket, stops the
        streaming, and leaves nothing to do.
        """
        call_id, connection_id = self.connect()
        self.assertEqual(
            self.rest("DELETE", f"/callConnections/{connection_id}"), (204, None)
        )
        self.advance(0.1)
        self.assertEqual(
            self.app.callback_kinds[3:], ["CallDisconnected", "MediaStreamingStopped"]
        )
        result = self.app.callbacks[3]["data"]["resultInformation"]
        self.assertEqual((result["code"], result["subCode"]), (200, 7000))
        self.assertEqual(self.app.media[0].closed, (True, 1000))
        self.assertEqual(self.call(call_id)["outcome"], "hung up by service")
        self.assertIn("hung_up_by_service", self.words(call_id))
        self.advance(2.0)
        self.assertNoTimers()

    def test_terminate(self) -> None:
        """
        C{:terminate} ends the call as well; what comes after it is 404.
        """
        _, connection_id = self.connect()
        path = f"/callConnections/{connection_id}"
        self.assertEqual(self.rest("POST", f"{path}:terminate"), (204, None))
        status, body = self.rest("GET", path)
        self.assertEqual((status, body["error"]["code"]), (404, "8522"))

    def test_caller_hangs_up(self) -> None:
        """
        When the caller hangs up the connection ends with 0/0.
        """
        call_id, _ = self.connect()
        self.assertEqual(self.control("DELETE", f"/calls/{call_id}")[0], 200)
        self.advance(0.1)
        result = self.app.callbacks[3]["data"]["resultInformation"]
        self.assertEqual((result["code"], result["subCode"]), (0, 0))
        self.assertEqual(self.call(call_id)["outcome"], "hung up by caller")

    def test_get(self) -> None:
        """
        The properties follow the call's state and that of its media.
        """
        call_id = self.place()
        answered = self.answer(self.app.incoming[0]["incomingCallContext"])
        self.assertEqual(answered["callConnectionState"], "connecting")
        self.assertEqual(answered["mediaStreamingSubscription"]["state"], "inactive")
        self.advance(0.3)
        path = f"/callConnections/{answered['callConnectionId']}"
        status, now = self.rest("GET", path)
        self.assertEqual((status, now["callConnectionState"]), (200, "connected"))
        self.assertEqual(now["mediaStreamingSubscription"]["state"], "active")
        self.assertEqual(now["correlationId"], self.call(call_id)["correlation_id"])

    def test_media_refused(self) -> None:
        """
        If the media socket is refused, C{MediaStreamingFailed} 400/8581 says
        so and the call stays up.
        """
        self.app.refuse_media = 403
        call_id, _ = self.connect()
        self.assertEqual(self.app.callback_kinds[2:], ["MediaStreamingFailed"])
        data = self.app.callbacks[2]["data"]
        self.assertEqual(data["resultInformation"]["subCode"], 8581)
        self.assertEqual(
            data["mediaStreamingUpdate"]["mediaStreamingStatusDetails"],
            "initialWebSocketConnectionFailed",
        )
        self.assertEqual(self.call(call_id)["state"], "connected")
        self.assertIn("media_lost", self.words(call_id))

    def test_media_lost(self) -> None:
        """
        If the application closes the media socket, C{MediaStreamingFailed}
        says so and the call stays up.
        """
        call_id, _ = self.connect()
        self.app.media[0].sendClose(1000)
        self.advance(0.1)
        self.assertEqual(self.app.callback_kinds[3:], ["MediaStreamingFailed"])
        self.assertEqual(self.call(call_id)["state"], "connected")

    def test_no_media_wanted(self) -> None:
        """
        Without C{startMediaStreaming} nobody connects.
        """
        self.connect(startMediaStreaming=False)
        self.assertEqual(self.reactor.tcpClients, [])
        self.assertNotIn("MediaStreamingStarted", self.app.callback_kinds)

    def test_not_bidirectional(self) -> None:
        """
        Without C{enableBidirectional} the caller hears nothing, and audio is
        a violation.
        """
        call_id, _ = self.connect(enableBidirectional=False)
        self.app.media[0].say(TONE)
        self.advance(0.2)
        counters = self.call(call_id)["counters"]
        self.assertEqual((counters["frames_heard"], counters["violations"]), (0, 1))
        self.assertIn("violation", self.words(call_id))

    def test_heard(self) -> None:
        """
        What the application sends is played in real time, and written to the
        WAV in its place, with silence around it.
        """
        heard = os.path.abspath(self.mktemp() + ".wav")
        call_id = self.place(heard=heard)
        self.answer(self.app.incoming[0]["incomingCallContext"])
        self.advance(0.3)
        frames_before = self.call(call_id)["counters"]["frames_sent"]
        self.app.media[0].say(TONE)
        self.pump()
        self.advance(2.0)
        self.control("DELETE", f"/calls/{call_id}")
        with wave.open(heard) as file:
            self.assertEqual(file.getparams()[:3], (1, 2, 16000))
            pcm = file.readframes(file.getnframes())
        sent = self.call(call_id)["counters"]["frames_sent"]
        self.assertEqual(len(pcm), sent * 640)
        start = frames_before * 640
        self.assertEqual(pcm[:start], bytes(start))
        self.assertEqual(pcm[start : start + len(TONE)], TONE)
        self.assertEqual(set(pcm[start + len(TONE) :]), {0})
        self.assertEqual(self.call(call_id)["heard"], heard)
        self.assertIn("agent_heard", self.words(call_id))

    def test_stop_audio(self) -> None:
        """
        C{StopAudio} drops what is queued.
        """
        call_id, _ = self.connect()
        self.app.media[0].say(TONE)
        self.advance(0.1)
        self.app.media[0].sendMessage(b'{"Kind":"StopAudio","StopAudio":{}}')
        self.advance(1.0)
        counters = self.call(call_id)["counters"]
        self.assertEqual(counters["stop_audio"], 1)
        self.assertLess(counters["frames_heard"], 10)
        self.assertGreater(counters["dropped_ms"], 800)

    def test_script(self) -> None:
        """
        The caller waits for the far end to go quiet, speaks, presses keys, and
        hangs up.
        """
        wav = write_wav(os.path.abspath(self.mktemp() + ".wav"), TONE)
        steps = [
            {"after": "quiet 0.4", "say": wav},
            {"after": "pause 0.2", "press": "1#"},
            {"after": "pause 0.2", "hang_up": True},
        ]
        call_id = self.place(steps=steps)
        self.answer(self.app.incoming[0]["incomingCallContext"])
        self.advance(0.3)
        media = self.app.media[0]
        media.say(TONE)
        self.advance(1.3)
        self.assertNotIn("caller_spoke", self.words(call_id))
        self.advance(2.5)
        self.assertEqual(
            self.words(call_id)[3:],
            [
                "media_open",
                "agent_heard",
                "caller_spoke",
                "agent_quiet",
                "key",
                "hung_up_by_caller",
                "ended",
            ],
        )
        self.assertIn(TONE, media.audio())
        self.assertEqual(
            [m["dtmfData"]["data"] for m in media.received if m["kind"] == "DtmfData"],
            ["1", "#"],
        )

    def test_no_dtmf_wanted(self) -> None:
        """
        Without C{enableDtmfTones} keys are not sent.
        """
        self.place(steps=[{"press": "1"}])
        context = self.app.incoming[0]["incomingCallContext"]
        self.answer(context, enableDtmfTones=False)
        self.advance(1.0)
        self.assertNotIn("DtmfData", self.app.media[0].kinds())

    def test_gives_up(self) -> None:
        """
        A caller does not stay on the line for ever.
        """
        call_id = self.place(give_up_after=2)
        self.answer(self.app.incoming[0]["incomingCallContext"])
        self.advance(1.9)
        self.assertEqual(self.call(call_id)["state"], "connected")
        self.advance(0.2)
        self.assertEqual(self.call(call_id)["outcome"], "hung up by caller")

    def test_callback_refused(self) -> None:
        """
        A callback that is not answered with 2xx is told in the story.
        """
        self.app.statuses["/cb"] = 401
        call_id, _ = self.connect()
        story = self.call(call_id)["story"]
        failed = [line["text"] for line in story if line["what"] == "callback_failed"]
        self.assertEqual(failed[0], "CallConnected: answered with 401")
        self.assertEqual(self.call(call_id)["counters"]["callbacks_failed"], 3)

    def test_caller_leaves_during_answer(self) -> None:
        """
        If the caller hangs up before the connection is up, the answer has
        failed.
        """
        call_id = self.place()
        self.answer(self.app.incoming[0]["incomingCallContext"])
        self.control("DELETE", f"/calls/{call_id}")
        self.assertEqual(self.app.callback_kinds, ["AnswerFailed"])
        self.advance(0.3)
        self.assertEqual(self.reactor.tcpClients, [])

    def test_emulator_stops(self) -> None:
        """
        When the emulator stops, callers hang up and nothing is left behind.
        """
        call_id, _ = self.connect()
        self.successResultOf(self.emulator.service.stopService())
        self.advance(2.0)
        self.assertEqual(self.call(call_id)["outcome"], "hung up by caller")
        self.assertEqual(self.app.media[0].closed, (True, 1000))
        self.assertNoTimers()


class UnansweredCallTests(EmulatorTestCase):
    """
    Calls that nobody answers.
    """

    def test_nobody_listens(self) -> None:
        """
        A call that no subscription wants is refused with 409, and remembered
        as lost.
        """
        status, body = self.control("POST", "/calls", {"from": CALLER, "to": LINE})
        self.assertEqual(status, 409)
        self.assertIn("no active subscription", body["error"])
        (call,) = self.control("GET", "/calls")[1]["calls"]
        self.assertEqual(call["state"], "ended")

    def test_rings_out(self) -> None:
        """
        After 30 seconds the caller gives up, and an answer comes too late.
        """
        self.subscribe()
        call_id = self.place()
        context = self.app.incoming[0]["incomingCallContext"]
        self.advance(30.1)
        self.assertEqual(self.call(call_id)["outcome"], "not answered in time")
        status, _ = self.rest(
            "POST", "/callConnections:answer", self.answer_body(context)
        )
        self.assertEqual(status, 404)
        self.assertNoTimers()

    def test_answered_twice(self) -> None:
        """
        A context is good for one answer only.
        """
        self.subscribe()
        self.place()
        context = self.app.incoming[0]["incomingCallContext"]
        self.answer(context)
        status, body = self.rest(
            "POST", "/callConnections:answer", self.answer_body(context)
        )
        self.assertEqual((status, body["error"]["code"]), (400, "8501"))

    def test_repeated_request(self) -> None:
        """
        A request with the same repeatability id is answered alike and not
        done twice; with another body it is refused.
        """
        self.subscribe()
        self.place()
        body = self.answer_body(self.app.incoming[0]["incomingCallContext"])
        path, headers = "/callConnections:answer", {"Repeatability-Request-ID": "r1"}
        first = self.rest("POST", path, body, headers)
        self.assertEqual(first[0], 200)
        self.assertEqual(self.rest("POST", path, body, headers), first)
        changed = {**body, "callbackUri": f"{APP}/other"}
        self.assertEqual(self.rest("POST", path, changed, headers)[0], 400)

    def test_delivery_refused(self) -> None:
        """
        A refused event is told in the story and tried again in its time.
        """
        self.subscribe()
        self.app.statuses["/events"] = 500
        call_id = self.place()
        self.app.statuses.clear()
        self.advance(9.9)
        self.assertEqual(self.words(call_id), ["rang", "refused"])
        self.advance(1.1)  # up to a tenth later
        self.assertEqual(self.words(call_id), ["rang", "refused", "delivered"])
        self.assertEqual(
            [r.headers["aeg-delivery-count"] for r in self.app.requests[1:]], ["0", "1"]
        )

    def test_stops_while_retrying(self) -> None:
        """
        An emulator that stops does not try again.
        """
        self.subscribe()
        self.app.statuses["/events"] = 500
        self.place()
        self.successResultOf(self.emulator.service.stopService())
        self.assertNoTimers()
        self.assertEqual(len(self.app.requests), 2)


class SlowAnswerTests(EmulatorTestCase):
    """
    An emulator that takes its time to say that a call is answered.
    """

    document = {"timing": {"answer": 1.0}}

    def test_media_first(self) -> None:
        """
        The media socket opens before the answer's response is sent.
        """
        self.subscribe()
        self.place()
        body = self.answer_body(self.app.incoming[0]["incomingCallContext"])
        self.assertRaises(
            self.failureException, self.rest, "POST", "/callConnections:answer", body
        )
        self.advance(0.5)
        self.assertEqual(len(self.app.media), 1)
        self.advance(1.0)
