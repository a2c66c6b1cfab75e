"""
Media streaming that is started and stopped while a call goes on.
"""

from __future__ import annotations

from typing import Any

from .sdk_operations import OperationTestCase
from .support import APP, LINE


class StreamingTests(OperationTestCase):
    """
    Tests for C{start_media_streaming} and C{stop_media_streaming}.
    """

    def state(self, leg: str) -> str:
        _, body = self.rest("GET", f"/callConnections/{leg}")
        return str(body["mediaStreamingSubscription"]["state"])

    def start(self, leg: str, **about: Any) -> int:
        return self.ask_leg(leg, "start_media_streaming", **about)[0]

    def stop(self, leg: str, **about: Any) -> int:
        return self.ask_leg(leg, "stop_media_streaming", **about)[0]

    def test_start(self) -> None:
        """
        A stream that was not started with the answer starts when asked for:
        202 without a body, then the socket, then the event with the context
        and at the address of the operation.
        """
        leg = self.connected(startMediaStreaming=False)
        self.assertEqual((self.app.media, self.state(leg)), ([], "inactive"))
        answer = self.ask_leg(
            leg,
            "start_media_streaming",
            operation_context="m",
            operation_callback_url=f"{APP}/cb/media",
        )
        self.assertEqual(answer, (202, None))
        self.assertEqual(self.app.callbacks, [])
        self.advance(0.3)
        self.assertEqual(self.app.media[0].kinds()[:2], ["AudioMetadata", "AudioData"])
        data = self.last("MediaStreamingStarted")
        self.assertEqual(data["operationContext"], "m")
        self.assertEqual(self.app.requests[-1].path, "/cb/media")
        self.assertEqual(self.state(leg), "active")

    def test_stop(self) -> None:
        """
        A stream is stopped: 202, the socket closes, the event says so, and
        the call goes on.
        """
        leg = self.connected()
        answer = self.ask_leg(leg, "stop_media_streaming", operation_context="s")
        self.assertEqual(answer, (202, None))
        self.assertEqual(self.app.callbacks, [])
        self.advance(0.2)
        data = self.last("MediaStreamingStopped")
        self.assertEqual(data["operationContext"], "s")
        details = data["mediaStreamingUpdate"]["mediaStreamingStatusDetails"]
        self.assertEqual(details, "subscriptionStopped")
        self.assertEqual(self.told(leg), ["MediaStreamingStopped"])
        self.assertEqual(self.app.media[0].closed, (True, 1000))
        self.assertEqual(self.state(leg), "inactive")
        self.assertEqual(self.call(self.call_id)["state"], "connected")

    def test_again(self) -> None:
        """
        After a stop there may be another start, with a new socket to the same
        place.
        """
        leg = self.connected()
        self.stop(leg)
        self.advance(0.2)
        self.assertEqual(self.start(leg), 202)
        self.advance(0.3)
        self.assertEqual(len(self.app.media), 2)
        self.assertEqual(
            self.told(leg), ["MediaStreamingStopped", "MediaStreamingStarted"]
        )
        self.assertNotIn("operationContext", self.last("MediaStreamingStarted"))
        self.app.media[1].received.clear()
        self.advance(1.0)
        self.assertEqual(self.app.media[1].kinds(), ["AudioData"] * 50)

    def test_after_loss(self) -> None:
        """
        A stream that the application lost can be started anew.
        """
        leg = self.connected()
        self.app.media[0].sendClose(1000)
        self.advance(0.1)
        self.assertEqual(self.told(leg), ["MediaStreamingFailed"])
        self.assertEqual(self.start(leg), 202)
        self.advance(0.3)
        self.assertEqual(self.state(leg), "active")

    def test_failed_start(self) -> None:
        """
        A start that comes to nothing is told with its own context.
        """
        leg = self.connected(startMediaStreaming=False)
        self.app.refuse_media = 403
        self.start(leg, operation_context="m")
        self.advance(0.3)
        data = self.last("MediaStreamingFailed")
        self.assertEqual(data["operationContext"], "m")
        self.assertEqual(self.codes("MediaStreamingFailed"), (400, 8581))

    def test_refused(self) -> None:
        """
        What runs is not started, what stands is not stopped, and both need
        options that were given with the answer.
        """
        leg = self.connected()
        self.assertEqual(self.start(leg), 400)
        self.assertEqual(self.stop(leg), 202)
        self.assertEqual((self.start(leg), self.stop(leg)), (400, 400))
        self.advance(0.2)
        self.assertEqual(self.stop(leg), 400)

    def test_no_options(self) -> None:
        """
        Without C{mediaStreamingOptions} in the answer there is no start.
        """
        self.subscribe("line", [f"4:{LINE}"])
        self.place()
        body = self.answer_body(self.app.incoming[-1]["incomingCallContext"])
        del body["mediaStreamingOptions"]
        leg = self.rest("POST", "/callConnections:answer", body)[1]["callConnectionId"]
        self.assertEqual(self.start(leg), 400)  # it is not even connected
        self.advance(0.3)
        status, answer = self.ask_leg(leg, "start_media_streaming")
        self.assertEqual(status, 400)
        self.assertIn("mediaStreamingOptions", answer["error"]["message"])

    def test_hang_up_while_stopping(self) -> None:
        """
        A call that ends before the stop is done leaves nothing behind.
        """
        leg = self.connected()
        self.stop(leg)
        self.rest("DELETE", f"/callConnections/{leg}")
        self.advance(2.0)
        self.assertEqual(self.told(leg), ["CallDisconnected", "MediaStreamingStopped"])
        self.assertIsNotNone(self.app.media[0].closed)
        self.assertNoTimers()
