"""
Tests for L{acsgw.agent.outlet}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acsgw.agent.outlet import Outlet
from acsgw.interfaces import TransferKind, TransferRequest
from acsgw.testing.agent_events import RecordingEvents

EVERYTHING = [
    "agent_audio",
    "utterance_end",
    "flush",
    "transcript",
    "transfer",
    "ended",
]


class OutletTests(SynchronousTestCase):
    """
    Tests for L{Outlet}.
    """

    def setUp(self) -> None:
        self.events = RecordingEvents()
        self.outlet = Outlet(self.events)

    def tell_everything(self) -> None:
        self.outlet.agent_audio(b"", "s1", 0)
        self.outlet.utterance_end("s1")
        self.outlet.flush(1)
        self.outlet.transcript("agent", "hello")
        self.outlet.transfer(TransferRequest(request_id="t", kind=TransferKind.AGENT))
        self.outlet.ended("completed", {})
        self.outlet.failed("too late")

    def test_passes_on(self) -> None:
        """
        Between ready and the end everything passes, but one end only.
        """
        self.outlet.ready()
        self.tell_everything()
        self.assertEqual(self.events.names(), ["ready", *EVERYTHING])

    def test_before_ready(self) -> None:
        """
        Before ready only a refusal passes.
        """
        self.tell_everything()
        self.outlet.refused("no")
        self.assertEqual(self.events.names(), ["refused"])

    def test_refused_too_late(self) -> None:
        """
        After ready it is too late to refuse.
        """
        self.outlet.ready()
        self.outlet.refused("no")
        self.assertEqual(self.events.names(), ["ready"])

    def test_after_the_end(self) -> None:
        """
        After an end only the finish passes, once, and after that nothing.
        """
        self.outlet.ready()
        self.outlet.failed("broken")
        self.tell_everything()
        self.assertFalse(self.outlet.is_closed())
        self.outlet.finished()
        self.assertTrue(self.outlet.is_closed())
        self.outlet.finished()
        self.outlet.ready()
        self.outlet.refused("no")
        self.tell_everything()
        self.assertEqual(self.events.names(), ["ready", "failed", "finished"])
