"""
Whole calls whose recording is paused, sealed, and deleted.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from .house import OPERATIONS, HouseTestCase, tone
from .test_direct import loud_span, stereo


class PausedTests(HouseTestCase):
    """
    A caller keys in what nobody may keep.
    """

    account = {"record_pause_keys": "*7", "record_resume_keys": "*8"}

    def pause(self, wish: str) -> tuple[int, Any]:
        url = f"{OPERATIONS}/v1/calls/{self.record()['id']}/recording/{wish}"
        answer: tuple[int, Any] = self.request("POST", url)
        return answer

    def metrics(self) -> str:
        _, text = self.request("GET", f"{OPERATIONS}/metrics")
        return str(text)

    def test_keys(self) -> None:
        """
        The caller pauses by keys, keys in a number, and resumes: the number reaches the
        agent and is not in the record; the recording is silent meanwhile.
        """
        self.subscribe()
        said = self.write_wav("caller.wav", tone(16000, 400, 2.0))
        self.place_call(
            {"after": "at 1.0", "press": "*7"},
            {"after": "pause 0.2", "say": said},
            {"after": "pause 0.2", "press": "4111"},
            {"after": "pause 0.2", "press": "*8"},
            {"after": "pause 1.0", "say": said},
        )
        agent = self.talk()
        self.reactor.run_for(12)
        agent.events.ended("done", {})
        self.reactor.run_for(2)
        record = self.record()
        keyed = "".join(told[1] for told in agent.told if told[0] == "dtmf")
        self.assertEqual(keyed, "*74111*8")
        self.assertNotIn("4", [m["text"] for m in record["timeline"]])
        whats = [m["what"] for m in record["timeline"]]
        self.assertLess(
            whats.index("recording_paused"), whats.index("recording_resumed")
        )
        recording = record["recording"]
        ((begin, end),) = recording["pauses"]
        self.assertGreater(end - begin, 2.0)
        left, _ = stereo(recording["path"])
        self.assertFalse(left[round(begin * 16000) : round(end * 16000)].any())
        self.assertGreaterEqual(loud_span(left)[0], end - 0.02)
        data = Path(recording["path"]).read_bytes()
        self.assertEqual(recording["sha256"], hashlib.sha256(data).hexdigest())
        self.assertEqual(recording["bytes"], len(data))
        self.assertIn('acsgw_recordings_total{became="finished"} 1.0', self.metrics())

    def test_operator(self) -> None:
        """
        An operator pauses and resumes; after the call there is nothing to pause.
        """
        self.subscribe()
        self.place_call()
        agent = self.talk()
        self.assertEqual(self.pause("pause")[0], 200)
        self.reactor.run_for(2)
        self.assertEqual(self.pause("resume")[0], 200)
        self.reactor.run_for(1)
        agent.events.ended("done", {})
        self.reactor.run_for(2)
        self.assertEqual(len(self.record()["recording"]["pauses"]), 1)
        self.assertEqual(self.pause("pause")[0], 409)


class DeletedTests(HouseTestCase):
    """
    Recordings are kept for a day.
    """

    gateway_settings = {"recordings_keep_days": 1}

    def test_deleted(self) -> None:
        """
        A recording is there for a day, and not much longer.
        """
        self.subscribe()
        self.place_call()
        agent = self.talk()
        agent.events.ended("done", {})
        self.reactor.run_for(2)
        path = Path(self.record()["recording"]["path"])
        os.utime(path, (self.reactor.seconds(),) * 2)
        self.reactor.advance(3600)
        self.assertTrue(path.exists())
        os.utime(path, (self.reactor.seconds() - 90_000,) * 2)
        self.reactor.advance(3600)
        self.assertFalse(path.exists())
        self.assertEqual(list(path.parent.iterdir()), [])
