"""
Whole calls in which one side does not read what it is sent.
"""

from __future__ import annotations

from typing import Any

from acsgw.acs.media_protocol import MediaStream
from acsgw.agent.twilio.protocol import AgentLine
from acsgw.wire.out_buffer import HIGH_WATER

from .house import OPERATIONS
from .test_stream_agents import STREAMS, StreamHouseTestCase, speech


class StalledTests(StreamHouseTestCase):
    """
    Memory does not grow, the oldest audio is dropped and counted, the call ends.
    """

    account = {"agent": "bot"}  # nobody takes a caller whose agent is lost
    agent_settings = {
        "bot": {"kind": "twilio-stream", "url": f"ws://127.0.0.1:{STREAMS}/in"}
    }

    def stall(self, kind: type[Any]) -> Any:
        """
        The peer of the gateway's socket reads nothing from now on.

        @return: what stands between the socket and the peer; it may be told that the
            peer reads again.
        """
        ways = []
        for pump in self.reactor._pumps:
            for side in (pump.clientIO, pump.serverIO):
                # An endpoint has put something around it.
                protocol: Any = side.protocol
                protocol = getattr(protocol, "_wrappedProtocol", protocol)
                if isinstance(protocol, kind):
                    ways.append(side.producer)
        [way] = ways
        way.pauseProducing()
        return way

    def counters(self) -> dict[str, int]:
        """
        @return: of the latest call.
        """
        call_id = self.record()["id"]
        _, record = self.request("GET", f"{OPERATIONS}/v1/calls/{call_id}")
        counters: dict[str, int] = record["counters"]
        return counters

    def metric(self, name: str) -> float:
        _, text = self.request("GET", f"{OPERATIONS}/metrics")
        [value] = [
            line.rpartition(" ")[2]
            for line in text.splitlines()
            if line.startswith(f"acsgw_{name} ")
        ]
        return float(value)

    def test_network(self) -> None:
        """
        Azure reads nothing while the agent speaks.
        """
        call_id = self.call()
        self.stream.say(speech(1000, 20))
        self.reactor.run_for(0.5)
        way = self.stall(MediaStream)
        for _ in range(19):
            self.reactor.run_for(0.1)
            self.assertLessEqual(way.buffer.waiting, HIGH_WATER)
        self.assertEqual(self.outcome(), (None, ""))
        outcome, reason = self.ended(call_id, 5)
        self.assertEqual(outcome, "media lost")
        self.assertIn("the network read nothing for 2 s", reason)
        dropped = self.counters()["dropped_to_network"]
        self.assertTrue(10 < dropped < 100, dropped)
        self.assertEqual(self.counters()["dropped_to_agent"], 0)
        self.assertEqual(
            self.metric('audio_frames_dropped_total{to="network"}'), dropped
        )

    def test_agent(self) -> None:
        """
        The agent reads nothing while the caller speaks: what comes is dropped at
        once, as its messages are numbered.
        """
        call_id = self.call()
        way = self.stall(AgentLine)
        for _ in range(19):
            self.reactor.run_for(0.1)
            self.assertLessEqual(way.buffer.waiting, HIGH_WATER)
        self.assertEqual(self.outcome(), (None, ""))
        outcome, reason = self.ended(call_id, 5)
        self.assertEqual(outcome, "agent lost")
        self.assertEqual(
            reason, "agent bot: the stream broke off: it read nothing for 2 s"
        )
        dropped = self.counters()["dropped_to_agent"]
        self.assertTrue(90 < dropped < 105, dropped)
        self.assertEqual(self.counters()["dropped_to_network"], 0)
        self.assertEqual(self.metric('audio_frames_dropped_total{to="agent"}'), dropped)

    def test_agent_reads_again(self) -> None:
        """
        A second of that costs a second of what the caller said, and not the call.
        """
        self.call()
        way = self.stall(AgentLine)
        self.reactor.run_for(1)
        way.resumeProducing()
        self.reactor.run_for(3)
        self.assertEqual(self.outcome(), (None, ""))
        self.assertEqual(self.stream.broken, [])
