"""
Whole calls of the direct pattern, from Event Grid to the recording.
"""

from __future__ import annotations

import wave

import numpy as np
import numpy.typing as npt

from .house import HouseTestCase, tone

Samples = npt.NDArray[np.int16]


class DirectCallTests(HouseTestCase):
    """
    The caller dials the number; the gateway answers; both talk.
    """

    def test_whole_call(self) -> None:
        """
        Handshake, answer, audio both ways, a key, the agent ends: completed, and
        both voices are in the recording, each on its side and in its place.
        """
        self.assertEqual(
            self.subscribe(), (201, {"name": "gateway", "state": "active"})
        )
        said = self.write_wav("caller.wav", tone(16000, 400, 1.0))
        heard = str(self.folder.resolve() / "heard.wav")
        call_id = self.place_call(
            {"after": "at 2.0", "say": said},
            {"after": "pause 0.2", "press": "5"},
            heard=heard,
        )
        agent = self.talk()
        agent.events.agent_audio(tone(16000, 1000, 0.5), "greeting", 0)
        agent.events.utterance_end("greeting")
        self.reactor.run_for(4)
        self.assertIn(("dtmf", "5"), agent.told)
        self.assertGreater(loudness(agent.heard, 16000, 400), 1000)
        agent.events.ended("done", {})
        self.reactor.run_for(2)
        self.assertEqual(self.outcome(), ("completed by agent", ""))
        record = self.record()
        whats = [milestone["what"] for milestone in record["timeline"]]
        self.assertEqual(
            [w for w in whats if w != "disconnected"],
            [
                "rang",
                "answered",
                "media_open",
                "agent_ready",
                "key",
                "agent_ended",
                "ended",
            ],
        )
        left, right = stereo(record["recording"]["path"])
        self.assertEqual(loud_span(left), (2.0, 1.0))
        start, length = loud_span(right)
        self.assertLess(abs(length - 0.5), 0.03)
        self.assertEqual(self.caller_side(call_id)["counters"]["violations"], 0)
        with wave.open(heard) as file:
            pcm = file.readframes(file.getnframes())
        heard_start, heard_length = loud_span(np.frombuffer(pcm, "<i2"))
        self.assertLess(abs(heard_length - 0.5), 0.03)
        self.assertLess(abs(heard_start - start), 0.05)


def stereo(path: str) -> tuple[Samples, Samples]:
    """
    @return: left and right of a recording.
    """
    with wave.open(path) as file:
        assert file.getnchannels() == 2
        both = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return both[0::2], both[1::2]


def loud_span(pcm: Samples) -> tuple[float, float]:
    """
    @return: start and length of what is loud, in seconds, to 20 ms.
    """
    frames = np.abs(pcm[: len(pcm) // 320 * 320].reshape(-1, 320)).max(axis=1)
    loud = np.flatnonzero(frames > 1000)
    if not len(loud):
        return 0.0, 0.0
    first, last = loud[0], loud[-1] + 1
    return round(first * 0.02, 2), round((last - first) * 0.02, 2)


def loudness(pcm: bytes | bytearray, rate: int, hz: float) -> float:
    """
    @return: amplitude of one frequency in the loudest second.
    """
    samples = np.frombuffer(bytes(pcm), "<i2").astype(float)
    t = np.arange(rate) / rate
    probe = np.exp(-2j * np.pi * hz * t)
    best: float = max(
        float(abs(samples[i : i + rate] @ probe) * 2 / rate)
        for i in range(0, len(samples) - rate, rate // 10)
    )
    return best
