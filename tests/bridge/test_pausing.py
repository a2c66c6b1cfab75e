"""
Tests for L{acsgw.bridge.pausing}.
"""

from __future__ import annotations

from .world import BridgeTestCase


class PausingTests(BridgeTestCase):
    """
    While the recording is paused nothing that is said or keyed is kept.
    """

    def notes(self) -> list[tuple[str, str]]:
        return [told[1:] for told in self.listener.heard if told[0] == "note"]

    def test_keys(self) -> None:
        """
        The caller pauses and resumes it with keys; what he keys between reaches the
        agent, and is not in the call's story.
        """
        self.open()
        for digit in "1*42#5":
            self.pump(50)
            self.bridge.caller_pressed(digit)
        self.assertEqual(
            self.notes(),
            [
                ("key", "1"),
                ("key", ""),
                ("recording_paused", "keys"),
                ("key", ""),
                ("key", ""),
                ("key", ""),
                ("recording_resumed", "keys"),
                ("key", "5"),
            ],
        )
        keyed = [told[1] for told in self.agent.told if told[0] == "dtmf"]
        self.assertEqual("".join(keyed), "1*42#5")
        self.assertEqual(self.recorder.pauses, [("pause", 32000), ("resume", 80000)])

    def test_words(self) -> None:
        """
        What is said meanwhile is not in the story either.
        """
        self.open()
        for digit in "*#":
            self.bridge.caller_pressed(digit)
            self.agent.events.transcript("caller", "4111")
        said = [note for note in self.notes() if note[0] == "caller_said"]
        self.assertEqual(said, [("caller_said", ""), ("caller_said", "4111")])

    def test_operator(self) -> None:
        """
        An operator pauses and resumes it; asking twice changes nothing.
        """
        self.open()
        self.pump(50)
        for pause in (True, True, False, False):
            self.assertTrue(self.bridge.pause_recording(pause))
        self.assertEqual(
            self.notes(),
            [("recording_paused", "operator"), ("recording_resumed", "operator")],
        )
        self.assertEqual(self.recorder.pauses, [("pause", 16000), ("resume", 16000)])

    def test_nothing_to_pause(self) -> None:
        """
        Before the stream opens, and when the call is over, there is no recording.
        """
        self.assertFalse(self.bridge.pause_recording(True))
        self.open()
        self.finish()
        self.assertFalse(self.bridge.pause_recording(True))
        self.assertEqual(self.notes(), [])
