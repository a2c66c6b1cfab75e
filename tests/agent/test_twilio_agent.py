"""
Tests for L{acsgw.agent.twilio}: conversations over a network in memory.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from twisted.logger import globalLogPublisher

from acsgw.agent.twilio.dial import signature
from acsgw.interfaces import PlayState
from acsgw.testing.agent_events import RecordingEvents

from .agent_contract import call_info
from .stream_world import STREAMS, StreamWorld, silence


class StreamTestCase(StreamWorld):
    """
    What the fake says of the rules is looked at in the end.
    """

    def tearDown(self) -> None:
        self.assertEqual([s.broken for s in self.agent.streams if s.broken], [])


class UpgradeTests(StreamTestCase):
    """
    The way to the agent.
    """

    def test_request(self) -> None:
        """
        The upgrade goes to the URL as it is given, query and facts of the call
        included, with the headers of the settings and no others of note.
        """
        self.open(self.twilio(headers={"X-Key": "k"}, user_agent="us/1"))
        self.assertEqual(self.agent.requested, ["/in"])
        headers = self.stream.headers
        self.assertEqual((headers["x-key"], headers["user-agent"]), ("k", "us/1"))
        self.assertNotIn("x-twilio-signature", headers)
        self.assertEqual(self.stream.http_request_uri, "/in?of=test")

    def test_facts_in_the_address(self) -> None:
        """
        A fact of the call stays one piece of the address.
        """
        odd = replace(call_info("c"), account="a/b?c&d")
        self.open(self.twilio(), odd)
        self.assertEqual(self.stream.http_request_uri, "/in?of=a%2Fb%3Fc%26d")

    def test_signature(self) -> None:
        """
        With a secret the request is signed as Twilio signs: HMAC-SHA1 of the URL.
        """
        self.open(self.twilio(signing_secret="12345"))
        url = f"ws://127.0.0.1:{STREAMS}/in?of=test"
        self.assertEqual(
            self.stream.headers["x-twilio-signature"], signature("12345", url)
        )
        # The example of Twilio's page "Webhooks security", whose form fields follow
        # the URL in what is signed.
        form = "CallSidCA1234567890ABCDECaller+14158675309Digits1234"
        form += "From+14158675309To+18005551212"
        self.assertEqual(
            signature("12345", f"https://mycompany.com/myapp.php?foo=1&bar=2{form}"),
            "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
        )

    def test_no_delay(self) -> None:
        """
        The socket does not wait to fill packets.
        """
        self.open(self.twilio())
        sides: Any = [pump.clientIO for pump in self.network._pumps]
        self.assertEqual([side.getTcpNoDelay() for side in sides], [True])

    def test_start(self) -> None:
        """
        The stream starts with identifiers made of call and account, the numbers, the
        settings' parameters and the caller's variables.
        """
        connector = self.twilio(
            parameters={"customerId": "{caller_number}", "queue": "{account}-{nobody}"}
        )
        self.open(connector, call_info("call-9", orderNumber="4711", queue="no"))
        rules = self.stream.rules
        self.assertEqual(
            rules.parameters,
            {
                "from_number": "+14255550123",
                "to_number": "+18005550100",
                "customerId": "+14255550123",
                "queue": "test-{nobody}",
                "orderNumber": "4711",
            },
        )
        first = dict(rules.start)
        self.open(connector, call_info("call-9"))
        again = self.stream.rules.start
        self.assertEqual(first["callSid"], again["callSid"])
        self.assertEqual(first["accountSid"], again["accountSid"])
        self.assertNotEqual(first["streamSid"], again["streamSid"])

    def test_long_variable(self) -> None:
        """
        A variable over the protocol's limit is left out, and the rest gets through.
        """
        call = call_info("c", long="x" * 496, longest="x" * 492, fits="x" * 495)
        self.open(self.twilio(send_numbers=False), call)
        self.assertEqual(set(self.stream.rules.parameters), {"longest", "fits"})

    def test_long_variable_refused(self) -> None:
        """
        Or the call is refused, if the settings want that.
        """
        _, events = self.open(
            self.twilio(refuse_long=True), call_info("c", long="x" * 500)
        )
        [reason] = events.all_of("refused")
        self.assertIn("1 variables are longer", reason)
        self.assertNotIn("xxx", reason)


class RefusedTests(StreamTestCase):
    """
    The agent does not take the call.
    """

    def test_status(self) -> None:
        """
        A status that will not change is no reason to try again.
        """
        connector = self.twilio()
        self.agent.refuse = 403
        _, events = self.open(connector)
        self.assertEqual(
            events.log,
            [
                (
                    "refused",
                    "agent bot: it refused the stream: WebSocket connection upgrade"
                    " failed [403]: refused",
                ),
                ("finished", None),
            ],
        )
        self.assertEqual(len(self.agent.requested), 1)

    def test_tried_again(self) -> None:
        """
        One that may pass is.
        """
        connector = self.twilio()
        self.agent.refuse = 503
        _, events = self.open(connector)
        self.agent.refuse = 0
        self.pass_time(0.5)
        self.assertEqual(events.names(), ["ready"])
        self.assertEqual(len(self.agent.requested), 2)

    def test_nobody_there(self) -> None:
        """
        Where nobody listens the call is refused after the tries that are allowed.
        """
        connector = self.twilio()
        self.network._listeners.clear()
        _, events = self.open(connector)
        self.assertEqual(events.log, [])
        self.pass_time(1)
        [reason] = events.all_of("refused")
        self.assertIn("cannot be reached: ConnectionRefusedError", reason)

    def test_silent_server(self) -> None:
        """
        A server that never answers the upgrade is given up in time, and the socket
        closed.
        """
        connector = self.twilio(connect_seconds=3)
        silent = silence(self.network, STREAMS)
        _, events = self.open(connector)
        self.pass_time(2.8)
        self.assertEqual(events.log, [])
        self.pass_time(0.3)
        self.assertEqual(events.all_of("refused"), ["agent bot: not reached in 3 s"])
        self.assertEqual(silent.lost, 1)

    def test_closed_meanwhile(self) -> None:
        """
        A conversation that is closed in the middle of the upgrade leaves nothing.
        """
        connector = self.twilio()
        events = RecordingEvents()
        agent = connector.open(call_info(), events)
        self.network.advance_bare()
        agent.close("end")
        self.pass_time(10)
        self.assertEqual(events.log, [("finished", None)])
        self.assertEqual([s.told for s in self.agent.streams if s.told], [])

    def test_closed_in_the_upgrade(self) -> None:
        """
        If it is closed while the server thinks about the upgrade, the server is left
        at once.
        """
        connector = self.twilio()
        silent = silence(self.network, STREAMS)
        agent, events = self.open(connector)
        self.assertEqual((silent.made, silent.lost), (1, 0))
        agent.close("end")
        self.pass_time(0.1)
        self.assertEqual((silent.made, silent.lost), (1, 1))
        self.assertEqual(events.log, [("finished", None)])

    def test_reachability(self) -> None:
        """
        After three failures in a row the connector is not ready, until one try
        works or half a minute is over.
        """
        connector = self.twilio()
        self.agent.refuse = 401
        for _ in range(3):
            self.assertIsNone(connector.not_ready())
            self.open(connector)
        reason = connector.not_ready()
        self.assertIn("agent bot: 3 tries in a row failed, the last:", str(reason))
        self.pass_time(31)
        self.assertIsNone(connector.not_ready())
        self.open(connector)
        self.assertIsNotNone(connector.not_ready())
        self.agent.refuse = 0
        self.open(connector)
        self.assertIsNone(connector.not_ready())


class TalkTests(StreamTestCase):
    """
    A conversation.
    """

    def test_both_ways(self) -> None:
        """
        Audio and keys go to the agent, speech comes back, marks when heard.
        """
        agent, events = self.open(self.twilio())
        for i in range(5):
            agent.caller_audio(bytes(160), i * 20)
        agent.dtmf("7", 0)
        agent.dtmf("D", 0)
        self.stream.say(bytes(160))
        self.stream.mark("m1")
        self.pass_time(0.1)
        self.assertEqual((len(self.stream.heard), self.stream.keys), (800, "7"))
        [(mulaw, utterance, _)] = events.all_of("agent_audio")
        self.assertEqual(mulaw, bytes(160))
        agent.played(utterance, 20, PlayState.DONE)
        self.pass_time(0.1)
        self.assertEqual(self.stream.marks, ["m1"])

    def test_caller_hangs_up(self) -> None:
        """
        The agent hears C{stop}, and the socket is closed at once.
        """
        agent, events = self.open(self.twilio())
        agent.caller_gone("hung up")
        self.pass_time(0.1)
        self.assertEqual(self.stream.told[-1], "stop")
        self.assertTrue(self.stream.closed)
        self.assertEqual(events.names(), ["ready", "finished"])

    def test_server_does_not_close(self) -> None:
        """
        A server that does not answer our close is left after a second.
        """
        agent, _ = self.open(self.twilio())
        self.patch(self.stream, "onCloseFrame", lambda code, reason: None)
        agent.close("end")
        self.pass_time(0.5)
        self.assertFalse(self.stream.closed)
        self.pass_time(0.7)
        self.assertTrue(self.stream.closed)

    def test_agent_ends(self) -> None:
        """
        The agent closes with a normal code, or none: it is done.
        """
        for code in (1000, None):
            _, events = self.open(self.twilio())
            self.stream.leave(code)
            self.pass_time(0.1)
            self.assertEqual(events.names(), ["ready", "ended", "finished"])
            reason = f"the agent closed the stream ({code or 1005})"
            self.assertEqual(events.all_of("ended"), [(reason, {})])

    def test_agent_fails(self) -> None:
        """
        Any other code, one that Autobahn does not like included, is a failure that is
        told with the agent's reason.
        """
        for code in (1001, 1011, 1013, 4321):
            _, events = self.open(self.twilio())
            self.stream.leave(code, "no\nmodel")
            self.pass_time(0.1)
            self.assertEqual(
                events.all_of("failed"),
                [f"agent bot: the agent closed the stream ({code}): no model"],
            )
            self.assertEqual(events.names()[-1], "finished")

    def test_other_codes(self) -> None:
        """
        Which codes are normal is a setting.
        """
        _, events = self.open(self.twilio(normal_close_codes=(4000,)))
        self.stream.leave(4000)
        self.pass_time(0.1)
        self.assertEqual(events.names(), ["ready", "ended", "finished"])

    def test_lost(self) -> None:
        """
        A connection that is lost is a failure.
        """
        _, events = self.open(self.twilio())
        self.stream.vanish()
        self.pass_time(0.1)
        [reason] = events.all_of("failed")
        self.assertTrue(
            reason.startswith("agent bot: the stream broke off: peer dropped"), reason
        )

    def test_last_words(self) -> None:
        """
        What was said just before the close is told whole, before the end.
        """
        _, events = self.open(self.twilio())
        self.stream.say(bytes(40_000))
        self.stream.leave()
        self.pass_time(0.1)
        self.assertEqual(
            events.names(),
            ["ready", "agent_audio", "utterance_end", "ended", "finished"],
        )

    def test_stall(self) -> None:
        """
        An agent that is silent while the caller speaks is lost, and its socket
        closed.
        """
        agent, events = self.open(self.twilio(stall_seconds=2))
        for i in range(101):
            agent.caller_audio(b"\x9f" * 160, i * 20)
        self.pass_time(0.1)
        self.assertEqual(
            events.all_of("failed"),
            ["agent bot: it did not answer the caller and is silent"],
        )
        self.assertTrue(self.stream.closed)

    def test_ping(self) -> None:
        """
        We ping, and an agent that does not answer is lost; its pings are answered.
        """
        _, events = self.open(self.twilio(ping_seconds=5))
        pongs: list[bytes] = []
        self.patch(self.stream, "onPong", pongs.append)
        self.stream.sendPing(b"hello")
        self.pass_time(12)
        self.assertEqual((pongs, events.names()), ([b"hello"], ["ready"]))
        self.patch(self.stream, "onPing", lambda payload: None)
        self.pass_time(11)
        self.assertEqual(events.names(), ["ready", "failed", "finished"])

    def test_long_message(self) -> None:
        """
        A message of 1 MiB is heard, a longer one ends the stream.
        """
        _, events = self.open(self.twilio())
        self.stream.say(bytes(750_000))
        self.pass_time(0.1)
        self.assertEqual(len(events.all_of("agent_audio")), 1)
        self.stream.say(bytes(800_000))
        self.pass_time(0.1)
        [reason] = events.all_of("failed")
        self.assertIn("it broke the protocol of sockets: ", reason)

    def test_long_message_in_fragments(self) -> None:
        """
        The limit is for the whole, however it is cut.
        """
        _, events = self.open(self.twilio(max_message_bytes=4096))
        self.stream.sendMessage(bytes(5000), isBinary=False, fragmentSize=1000)
        self.pass_time(0.1)
        self.assertEqual(events.names(), ["ready", "failed", "finished"])

    def test_wrong_messages(self) -> None:
        """
        Wrong messages do no harm.
        """
        _, events = self.open(self.twilio())
        for text in ("{", "[]", '{"event":"start"}'):
            self.stream.send_text(text)
        self.stream.send_text("x", binary=True)
        self.stream.say(bytes(160))
        self.pass_time(0.1)
        self.assertEqual(events.names(), ["ready", "agent_audio"])

    def test_not_read(self) -> None:
        """
        An agent that reads nothing is lost after two seconds, and what is not read
        does not grow.
        """
        agent, events = self.open(self.twilio())
        [pump] = self.network._pumps
        side: Any = pump.clientIO
        side.producer.pauseProducing()
        for i in range(100):
            agent.caller_audio(bytes(160), i * 20)
        self.pass_time(0.1)
        self.assertEqual(len(self.stream.heard), 0)
        self.pass_time(2)
        [reason] = events.all_of("failed")
        self.assertIn("it read nothing for 2 s", reason)

    def test_read_late(self) -> None:
        """
        An agent that reads late hears nothing of what came meanwhile, which is
        counted, and all that follows, without a gap in the numbers.
        """
        agent, _ = self.open(self.twilio())
        [pump] = self.network._pumps
        way: Any = pump.clientIO.producer
        agent.caller_audio(bytes(160), 0)
        way.pauseProducing()
        for i in range(1, 50):
            agent.caller_audio(bytes(160), i * 20)
        way.resumeProducing()
        agent.caller_audio(bytes(160), 1000)
        self.pass_time(0.1)
        self.assertEqual(len(self.stream.heard), 2 * 160)
        logged: list[Any] = []
        keep: Any = logged.append
        globalLogPublisher.addObserver(keep)
        self.addCleanup(globalLogPublisher.removeObserver, keep)
        agent.close("over")
        self.pass_time(2)
        self.assertEqual([e["dropped"] for e in logged if "dropped" in e], [49])
