"""
Tests for L{acsgw.agent.local.listening}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acsgw.agent.local.listening import (
    Heard,
    Hearing,
    Listener,
    SpeechInsisted,
    SpeechStarted,
    Utterance,
)


class ListenerTests(SynchronousTestCase):
    """
    Tests for L{Listener}; frames are 32 ms, and named by their number.
    """

    def setUp(self) -> None:
        self.listener = Listener(Hearing())
        self.frames = 0

    def hear(self, count: int, probability: float) -> list[Heard]:
        heard: list[Heard] = []
        for _ in range(count):
            heard += self.listener.hear(bytes([self.frames % 256]), probability)
            self.frames += 1
        return heard

    def test_silence(self) -> None:
        """
        Silence is nothing.
        """
        self.assertEqual(self.hear(1000, 0.1), [])
        self.assertFalse(self.listener.hears_speech)

    def test_click(self) -> None:
        """
        Less than 96 ms is not speech.
        """
        self.assertEqual(self.hear(2, 1.0) + self.hear(40, 0.0), [])

    def test_speech_starts(self) -> None:
        """
        Speech is noticed after 96 ms, and insists after 256 ms, once.
        """
        self.assertEqual(self.hear(2, 1.0), [])
        self.assertEqual(self.hear(1, 1.0), [SpeechStarted()])
        self.assertTrue(self.listener.hears_speech)
        self.assertEqual(self.hear(4, 1.0), [])
        self.assertEqual(self.hear(1, 1.0), [SpeechInsisted()])
        self.assertEqual(self.hear(50, 1.0), [])

    def test_utterance(self) -> None:
        """
        An utterance is over after 512 ms of silence; it has 96 ms of what was
        before and 192 ms of what was after.
        """
        self.hear(10, 0.0)
        self.hear(5, 1.0)
        self.assertEqual(self.hear(15, 0.0), [])
        self.assertEqual(self.hear(1, 0.0), [Utterance(bytes(range(7, 21)))])
        self.assertFalse(self.listener.hears_speech)

    def test_pause_within(self) -> None:
        """
        A shorter silence is a part of the utterance, and does not count as speech.
        """
        self.hear(4, 1.0)
        self.assertEqual(self.hear(15, 0.0), [])
        self.assertEqual(self.hear(3, 1.0), [])
        self.assertEqual(self.hear(1, 1.0), [SpeechInsisted()])
        [utterance] = self.hear(16, 0.0)
        self.assertEqual(utterance, Utterance(bytes(range(23 + 6))))

    def test_soft_end(self) -> None:
        """
        Speech goes on at a lower probability than it starts with.
        """
        self.assertEqual(self.hear(30, 0.4), [])
        self.hear(3, 0.6)
        self.assertEqual(self.hear(30, 0.4), [SpeechInsisted()])

    def test_endless(self) -> None:
        """
        An utterance is cut when it gets too long; the rest is another.
        """
        heard = self.hear(480, 1.0)
        cut = [event for event in heard if isinstance(event, Utterance)]
        self.assertEqual([len(utterance.pcm) for utterance in cut], [469])
        self.assertTrue(self.listener.hears_speech)

    def test_next_utterance(self) -> None:
        """
        What was cut off the end of one utterance can be the start of the next.
        """
        self.hear(5, 1.0)
        self.hear(16, 0.0)
        self.hear(5, 1.0)
        [utterance] = self.hear(16, 0.0)
        self.assertEqual(utterance, Utterance(bytes(range(18, 32))))
