"""
Tests for transcriptions that fail, or end while something is awaited.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred

from .test_transcription import TranscriptionTestCase


class FailureTests(TranscriptionTestCase):
    """
    What can go wrong.
    """

    def test_no_ears(self) -> None:
        """
        Without a local speech to text it fails, and the text says what to install.
        """
        self.speech.missing = "install the extra"
        self.up()
        self.assertEqual(self.codes("TranscriptionFailed"), (400, 8565))
        self.assertEqual(
            self.details("TranscriptionFailed"),
            ("transcriptionFailed", "speechServicesConnectionError"),
        )
        result = self.last("TranscriptionFailed")["resultInformation"]
        self.assertIn("install the extra", result["message"])
        self.assertEqual(self.app.media, [])

    def test_deaf_later(self) -> None:
        """
        If they fail in the middle of a call, the socket closes.
        """
        leg = self.up()
        self.speech.missing = "broken"
        self.advance(2)
        self.assertEqual(self.codes("TranscriptionFailed"), (400, 8565))
        self.assertEqual(self.app.media[0].closed, (True, 1000))
        self.speech.missing = None
        self.assertEqual(self.ask_leg(leg, "start_transcription")[0], 202)
        self.advance(0.3)
        self.assertEqual(len(self.app.media), 2)

    def test_no_service(self) -> None:
        """
        As on Azure, a call without an AI service has no transcription.
        """
        self.up(service=None)
        self.assertEqual(self.codes("TranscriptionFailed"), (400, 8565))

    def test_socket_refused(self) -> None:
        """
        A socket that the application refuses fails; the call stays up.
        """
        self.app.refuse_media = 403
        leg = self.up()
        self.assertEqual(self.codes("TranscriptionFailed"), (400, 8581))
        self.assertEqual(
            self.details("TranscriptionFailed")[1], "streamConnectionUnsuccessful"
        )
        self.assertEqual(self.rest("GET", f"/callConnections/{leg}")[0], 200)

    def test_socket_lost(self) -> None:
        """
        A socket that the application closes is lost, and can be started anew.
        """
        leg = self.up()
        self.app.media[0].sendClose(1000)
        self.advance(0.2)
        self.assertEqual(
            self.details("TranscriptionFailed")[1], "streamConnectionInterrupted"
        )
        self.assertEqual(self.ask_leg(leg, "start_transcription")[0], 202)
        self.advance(0.3)
        self.assertEqual(len(self.app.media), 2)

    def test_fault(self) -> None:
        """
        Faults on media strike this socket too, and can be told to leave the other
        alone.
        """
        fault = {
            "on": "media",
            "match": {"operation": "transcription"},
            "do": {"drop_after": 0.5},
        }
        self.assertEqual(self.control("POST", "/faults", fault)[0], 201)
        self.up()
        self.advance(1)
        self.assertEqual(
            self.details("TranscriptionFailed")[1], "streamConnectionInterrupted"
        )


class ThreadTests(TranscriptionTestCase):
    """
    Ears that take their time.
    """

    def start_emulator(self) -> Any:
        emulator = super().start_emulator()
        studio = emulator.exchange._network.studio
        self.waiting: list[tuple[Deferred[Any], Any, tuple[Any, ...]]] = []
        studio.in_thread = self.in_thread
        return emulator

    def in_thread(self, step: Any, *args: Any) -> Deferred[Any]:
        done: Deferred[Any] = Deferred()
        self.waiting.append((done, step, args))
        return done

    def test_ends_meanwhile(self) -> None:
        """
        A call that ends while the ears are being made ready, or while they listen,
        leaves nothing behind.
        """
        self.up()
        self.control("DELETE", f"/calls/{self.call_id}")
        self.waiting.pop()[0].callback(None)
        self.advance(1)
        self.assertEqual(self.app.media, [])
        self.assertNotIn("TranscriptionFailed", self.told())
        self.up()
        done, _, _ = self.waiting.pop()
        done.callback(None)
        self.advance(3)
        self.assertEqual(len(self.app.media), 1)
        self.assertEqual(len(self.waiting), 1)
        self.control("DELETE", f"/calls/{self.call_id}")
        self.advance(1.5)
        self.assertNoTimers()
