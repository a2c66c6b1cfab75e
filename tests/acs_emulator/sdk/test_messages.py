"""
Tests for every message that the emulator can send, read with the SDKs.
"""

from __future__ import annotations

import ast
import json
from base64 import b64encode
from pathlib import Path

from azure.communication.callautomation._generated import models
from twisted.trial.unittest import SkipTest, SynchronousTestCase

import acs_emulator
from acs_emulator.model.media_messages import (
    AudioReceived,
    StopReceived,
    parse_received,
)

from .expectations import UNSAMPLED
from .running import HERE, NODE_FOLDER, run, why_no_node
from .samples import SampleTestCase
from .spellings import SPELLINGS
from .test_journeys import check_event


class EventTests(SampleTestCase):
    """
    Every kind of event.
    """

    def test_python(self) -> None:
        """
        Each has all fields that the SDK's model requires, and no other.
        """
        for event in self.samples().values():
            check_event(self, event)

    def test_javascript(self) -> None:
        """
        C{parseCallAutomationEvent} knows each, and keeps what it says.
        """
        reason = why_no_node()
        if reason is not None:
            raise SkipTest(reason)
        samples = self.samples()
        path = Path(self.mktemp()).resolve()
        path.write_text(json.dumps(list(samples.values())))
        script = NODE_FOLDER / "application.mjs"
        script.write_bytes((HERE / "js" / "application.mjs").read_bytes())
        found = run(["node", str(script), str(path)], {})
        for sample, parsed in zip(samples.values(), found, strict=True):
            kind = sample["type"].removeprefix("Microsoft.Communication.")
            self.assertEqual(parsed["kind"], kind, parsed)
            for name in ("callConnectionId", "resultInformation", "operationContext"):
                self.assertEqual(parsed.get(name), sample["data"].get(name), kind)

    def test_all(self) -> None:
        """
        Whatever kind of event the emulator's source names is sampled here.
        """
        known = {
            name
            for name, model in vars(models).items()
            if isinstance(model, type)
            and "callConnectionId" in str(getattr(model, "_attribute_map", ""))
            and "resultInformation" in str(getattr(model, "_attribute_map", ""))
        }
        named = {
            node.value
            for path in Path(acs_emulator.__file__).parent.rglob("*.py")
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        sampled = {name.rpartition(".")[2] for name in self.samples()}
        self.assertIn("CallConnected", known & named)
        self.assertEqual((known & named) - sampled, set(UNSAMPLED))


class MediaTests(SynchronousTestCase):
    """
    Media messages as others spell them.
    """

    def test_spellings(self) -> None:
        """
        All spellings of audio and of its stop are understood, without a word
        of complaint.
        """
        pcm = bytes(range(160)) * 4
        data = b64encode(pcm).decode("ascii")
        for producer, audio, stop in SPELLINGS:
            found = parse_received((audio % data).encode("ascii"), False)
            self.assertEqual(found, [AudioReceived(pcm)], producer)
            found = parse_received(stop.encode("ascii"), False)
            self.assertEqual(found, [StopReceived()], producer)
