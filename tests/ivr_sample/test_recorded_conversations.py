"""
Conversations that the IVR records, through Azure's SDK, against the emulated service.
"""

from __future__ import annotations

import stat
import wave
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..scenarios.house import EMULATOR, tone
from .house import EVENT_KEY, IVR, IvrHouseTestCase, write_prompts

RIGHT = ((1.0, "12345"), (4.5, "1"))
PIN: dict[str, Any] = {
    "prompt": "pin.wav",
    "min_digits": 4,
    "max_digits": 4,
}
#: What the caller's telephone sounds like while keys are pressed: of the account
#: number, of the PIN, and afterwards.
ACCOUNT_HZ, PIN_HZ, LATER_HZ = 1100.0, 1900.0, 2700.0


def loudness(samples: npt.NDArray[np.int16], hz: float) -> float:
    """
    @return: the loudest 50 ms of a frequency, as amplitude.
    """
    frames = samples[: len(samples) // 800 * 800].reshape(-1, 800).astype(float)
    wave_form = np.exp(-2j * np.pi * hz * np.arange(800) / 16000)
    return float(np.abs(frames @ wave_form).max(initial=0) / 400)


class RecordedTestCase(IvrHouseTestCase):
    """
    A test whose IVR records.
    """

    recording: dict[str, Any] = {}
    ivr_more: dict[str, Any] = {}

    def setUp(self) -> None:
        self.kept = Path(self.mktemp()).resolve()
        self.kept.mkdir()
        table = {"folder": str(self.kept), **self.recording}
        self.ivr_changes = {"recording": table, **self.ivr_more}
        super().setUp()
        self.subscribe_recordings()

    def subscribe_recordings(self) -> None:
        subscription = {
            "endpoint": f"{IVR}/v1/events",
            "headers": {"x-ivr-key": EVENT_KEY},
            "included_event_types": [
                "Microsoft.Communication.RecordingFileStatusUpdated"
            ],
        }
        url = f"{EMULATOR}/emulator/subscriptions/ivr-recordings"
        code, body = self.request("PUT", url, subscription)
        self.assertEqual((code, body["state"]), (201, "active"))

    def sounding(self, at: float, hz: float, seconds: float = 0.6) -> dict[str, Any]:
        """
        @return: a step of the caller: a tone in his voice's place.
        """
        path = self.write_wav(f"{hz:g}.wav", tone(16000, hz, seconds))
        return {"after": f"at {at:g}", "say": path}

    def spoil(
        self, operation: str, on: str = "rest", times: Any = "always", **do: Any
    ) -> None:
        fault = {"on": on, "match": {"operation": operation}, "do": do, "times": times}
        code, body = self.request("POST", f"{EMULATOR}/emulator/faults", fault)
        self.assertEqual(code, 201, body)

    def recordings(self, leg: int = -1) -> list[str]:
        """
        @return: what the timeline says of the recording.
        """
        return [
            m["text"] for m in self.legs()[leg]["timeline"] if m["what"] == "recording"
        ]

    def samples(self, leg: int = -1) -> npt.NDArray[np.int16]:
        """
        @return: of the file that was kept, a column for each channel.
        """
        (part,) = self.legs()[leg]["recording"]["files"]
        self.assertEqual(part["problem"], "")
        path = Path(part["path"])
        self.assertEqual(path.parent, self.kept)
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        with wave.open(str(path)) as file:
            self.assertEqual((file.getframerate(), file.getsampwidth()), (16000, 2))
            content = file.readframes(file.getnframes())
            return np.frombuffer(content, "<i2").reshape(-1, file.getnchannels())


class PinTests(RecordedTestCase):
    """
    A PIN is in no file.
    """

    ivr_more = {"pin": PIN}

    def call(self, at: float) -> None:
        """
        The caller's telephone sounds while he keys account number and PIN.

        @param at: when he keys the PIN.
        """
        self.place_call(
            self.sounding(1.0, ACCOUNT_HZ),
            {"after": "at 1.2", "press": "12345", "beside": True},
            {"after": "at 4.5", "press": "1", "beside": True},
            self.sounding(at, PIN_HZ, 1.5),
            {"after": f"at {at + 0.9}", "press": "9753", "beside": True},
        )
        self.reactor.run_for(12)
        self.assertEqual(self.outcomes(), ["handed over"], self.whats())

    def test_silent(self) -> None:
        """
        The recording is paused before the PIN is asked for and resumed when it was
        keyed; the file has the sound of the account number but not of the PIN.
        """
        self.call(5.6)
        self.assertEqual(self.recordings()[:2], ["recording", "paused"])
        whats = self.whats()
        asked = whats.index("asked pin")
        self.assertLess(asked, whats.index("recording paused"))
        self.assertLess(whats.index("recording paused"), whats.index("keyed 4 keys"))
        sound = self.samples()[:, 0]
        self.assertGreater(loudness(sound, ACCOUNT_HZ), 5000)
        self.assertLess(loudness(sound, PIN_HZ), 100)
        record = self.legs()[0]["recording"]
        self.assertEqual((record["state"], record["problem"]), ("stopped", ""))
        self.assertApproximates(record["seconds"], len(sound) / 16000, 0.01)

    def test_pause_refused(self) -> None:
        """
        If it cannot be paused it is stopped, and the call goes on.
        """
        self.spoil("pause_recording", status=500)
        self.call(7.0)  # it takes so long until he is asked
        self.assertIn("not paused, so it is stopped", self.recordings()[1])
        self.assertIn("stopped", self.recordings())
        sound = self.samples()[:, 0]
        self.assertGreater(loudness(sound, ACCOUNT_HZ), 5000)
        self.assertLess(loudness(sound, PIN_HZ), 100)

    def test_pause_without_effect(self) -> None:
        """
        A pause that is accepted, but does not come about, is none.
        """
        self.spoil("recording_state", lose_answer=True)
        self.call(7.0)  # it takes so long until he is asked
        self.assertIn(
            "not paused, so it is stopped: look at the recording", self.recordings()[1]
        )
        self.assertEqual(self.recordings()[2], "stopped")
        self.assertLess(loudness(self.samples()[:, 0], PIN_HZ), 100)

    def test_nothing_helps(self) -> None:
        """
        If it can be neither paused nor stopped the PIN is not asked for; the caller
        goes to a human.
        """
        self.spoil("pause_recording", status=403)
        self.spoil("stop_recording", status=403)
        self.press((1.0, "12345"), (4.5, "1"))
        self.reactor.run_for(10)
        self.assertEqual(self.outcomes(), ["sent to a human"])
        self.assertIn(
            "cannot ask the pin would be recorded; not asked for", self.whats()
        )
        record = self.legs()[0]["recording"]
        self.assertEqual(record["state"], "stopped")  # with the call
        self.assertIn("stop the recording: HTTP 403", record["problem"])


class AfterPinTests(RecordedTestCase):
    """
    Somebody goes to a human after the PIN.
    """

    ivr_more = {"pin": PIN, "prompts__folder": "long"}

    def _ivr(self) -> Any:
        (self.folder / "long").mkdir()
        write_prompts(self.folder / "long", 2.0)
        return super()._ivr()

    def test_resumed(self) -> None:
        """
        Silent until a moment after the last try at the PIN, then sound again.
        """
        keys = ((1, "12345"), (4, "1"), (5.5, "9#"), (8, "9#"), (11, "9#"))
        self.place_call(
            *({"after": f"at {t}", "press": key, "beside": True} for t, key in keys),
            self.sounding(4.6, PIN_HZ, 6.9),
        )
        self.reactor.run_for(16)
        self.assertEqual(self.outcomes(), ["sent to a human"], self.whats())
        self.assertEqual(
            self.recordings()[:4], ["recording", "paused", "recording", "stopped"]
        )
        sound = self.samples()[:, 0]
        self.assertLess(loudness(sound, PIN_HZ), 100)
        self.assertGreater(loudness(sound[-16000:], 800), 5000)


class LegsTests(RecordedTestCase):
    """
    There and back.
    """

    recording = {"channels": "unmixed"}

    def test_both_legs(self) -> None:
        """
        Each leg has a file of its own with the caller on the first channel and the
        IVR on the second, and ends before the caller leaves us.
        """
        self.place_call(
            self.sounding(1.0, ACCOUNT_HZ),
            {"after": "at 1.2", "press": "12345", "beside": True},
            {"after": "at 4.5", "press": "1", "beside": True},
            self.sounding(6.5, LATER_HZ),
            self.sounding(8.5, PIN_HZ),
        )
        self.reactor.run_for(7.5)
        self.go_back(handoverKind="agent", intent="billing")
        self.reactor.run_for(4)
        self.assertEqual(self.outcomes(), ["handed over", "sent to a human"])
        there, back = self.samples(0), self.samples(1)
        self.assertEqual((there.shape[1], back.shape[1]), (2, 2))
        self.assertGreater(loudness(there[:, 0], ACCOUNT_HZ), 5000)
        self.assertLess(loudness(there[:, 1], ACCOUNT_HZ), 100)
        self.assertGreater(loudness(there[:, 1], 800), 5000)
        self.assertLess(loudness(there, LATER_HZ), 100)
        self.assertGreater(loudness(back[:, 1], 800), 5000)
        for leg in (0, 1):
            self.assertEqual(self.recordings(leg)[:2], ["recording", "stopped"])
            record = self.legs()[leg]["recording"]
            self.assertEqual(record["channels"], "unmixed")
        paths = {leg["recording"]["files"][0]["path"] for leg in self.legs()}
        self.assertEqual(
            paths, {str(self.kept / f"{leg['id']}.wav") for leg in self.legs()}
        )
        self.assertEqual(len(list(self.kept.iterdir())), 2)

    def test_caller_hangs_up(self) -> None:
        """
        A call that ends by itself has a file, too.
        """
        self.place_call({"after": "at 1", "hang_up": True})
        self.reactor.run_for(3)
        self.assertEqual(self.outcomes(), ["caller hung up"])
        self.assertGreater(len(self.samples()), 8000)
        self.assertEqual(self.legs()[0]["recording"]["state"], "stopped")


class TroubleTests(RecordedTestCase):
    """
    What goes wrong with a recording does not touch the call.
    """

    def handed_over(self) -> dict[str, Any]:
        """
        @return: the recording's record of a call that goes well.
        """
        self.press(*RIGHT)
        self.reactor.run_for(14)
        self.assertEqual(self.outcomes(), ["handed over"], self.whats())
        record: dict[str, Any] = self.legs()[0]["recording"]
        return record

    def test_not_started(self) -> None:
        """
        It cannot be started.
        """
        self.spoil("start_recording", status=403)
        record = self.handed_over()
        self.assertEqual((record["state"], record["files"]), ("failed", []))
        self.assertIn("HTTP 403", record["problem"])
        self.assertEqual(len(self.recordings()), 1)

    def test_start_unanswered(self) -> None:
        """
        It was started, but nobody told us: what nobody can pause takes no sound.
        """
        self.spoil("start_recording", lose_answer=True)
        record = self.handed_over()
        self.assertEqual(record["state"], "failed")
        _, body = self.request("GET", f"{EMULATOR}/emulator/calls")
        story = str(self.caller_side(body["calls"][-1]["id"])["story"])
        self.assertIn("the recording is inactive", story)
        self.assertNotIn("the recording is active", story)

    def test_not_resumed(self) -> None:
        """
        It stays paused.
        """
        self.spoil("resume_recording", status=500)
        record = self.handed_over()
        self.assertEqual(record["state"], "stopped")
        self.assertIn("resume the recording: HTTP 500", record["problem"])
        self.assertEqual(record["seconds"], 0)

    def test_not_stopped(self) -> None:
        """
        The hand-over does not wait for ever.
        """
        self.spoil("stop_recording", no_answer=True)
        record = self.handed_over()
        self.assertEqual(
            self.recordings()[1][:51],
            "unsure: stop the recording: no whole answer within ",
        )
        self.assertEqual(record["state"], "stopped")  # with the call

    def test_not_fetched(self) -> None:
        """
        The file cannot be fetched: no part of it stays.
        """
        self.spoil("download", on="recording", status=403)
        (part,) = self.handed_over()["files"]
        self.assertIn("fetch the recording: HTTP 403", part["problem"])
        self.assertIsNone(part["path"])
        self.assertEqual(list(self.kept.iterdir()), [])
        self.assertIn(f"not kept: {part['problem']}", self.recordings())

    def test_folder_gone(self) -> None:
        """
        The folder is not there any more.
        """
        self.kept.rmdir()
        (part,) = self.handed_over()["files"]
        self.assertIn("No such file", part["problem"])

    def test_stopped_meanwhile(self) -> None:
        """
        A process that is told to stop waits for the file that is being fetched.
        """
        self.spoil("download", on="recording", times=1, delay=4)
        self.press(*RIGHT)
        self.reactor.run_for(6)
        stopped = self.ivr.stopService()
        self.reactor.run_for(1)
        self.assertNoResult(stopped)
        self.reactor.run_for(4)
        self.successResultOf(stopped)
        self.assertEqual(len(list(self.kept.iterdir())), 1)


class LocationTests(RecordedTestCase):
    """
    Without a folder.
    """

    recording = {"folder": None}

    def test_location(self) -> None:
        """
        Only where the file is stands in the record.
        """
        self.press(*RIGHT)
        self.reactor.run_for(8)
        (part,) = self.legs()[0]["recording"]["files"]
        self.assertTrue(part["location"].startswith(f"{EMULATOR}/recordings/"))
        self.assertEqual((part["path"], part["problem"]), (None, ""))


class OffTests(IvrHouseTestCase):
    """
    Without the table.
    """

    def test_off(self) -> None:
        """
        Nothing is recorded.
        """
        call_id = self.press(*RIGHT)
        self.reactor.run_for(8)
        self.assertEqual(self.outcomes(), ["handed over"])
        self.assertIsNone(self.legs()[0]["recording"])
        self.assertNotIn("the recording is", str(self.caller_side(call_id)["story"]))
