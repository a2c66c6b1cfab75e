"""
Tests for L{acsgw.agent.asapp}: conversations with the fake of ASAPP's door.
"""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from acsgw.agent.asapp.results import Result, parse_result
from acsgw.errors import AgentRefused
from acsgw.interfaces import CallInfo, TransferKind
from acsgw.testing.agent_events import RecordingEvents

from .agent_contract import call_info
from .stream_world import API, StreamWorld, silence

URL = "/mg-genagent/v1/twilio-media-stream-url"
RESULT = f"/generativeagent/v1/call-transfers/{1:032x}"


class DoorTestCase(StreamWorld):
    """
    What the fake says of the rules is looked at in the end.
    """

    def tearDown(self) -> None:
        self.assertEqual([s.broken for s in self.agent.streams if s.broken], [])
        self.assertEqual(self.asapp.broken, [])


class AddressTests(DoorTestCase):
    """
    Where the stream goes.
    """

    def test_first_call(self) -> None:
        """
        The address is asked for with the API key and the mode, and the stream opened
        there.
        """
        _, events = self.open(self.genagent(voice_agent_mode="s2s"))
        self.assertEqual(self.asapp.asked, [f"{URL}?voiceAgentMode=s2s"])
        self.assertEqual(events.names(), ["ready"])
        [path] = self.agent.requested
        self.assertTrue(path.startswith("/mg-twilio-genagent/twilio-media/"))

    def test_used_again(self) -> None:
        """
        One address serves many calls, for some minutes.
        """
        connector = self.genagent()
        for _ in range(3):
            self.open(connector)
        self.assertEqual(self.asapp.asked, [URL])
        self.network.advance(241)
        self.open(connector)
        self.assertEqual(self.asapp.asked, [URL, URL])

    def test_at_once(self) -> None:
        """
        Calls that come together share one request.
        """
        connector = self.genagent()
        events = [RecordingEvents() for _ in range(3)]
        for one in events:
            connector.open(call_info(), one)
        self.pass_time(0.2)
        self.assertEqual(self.asapp.asked, [URL])
        self.assertEqual([one.names() for one in events], [["ready"]] * 3)

    def test_one_gives_up(self) -> None:
        """
        When one of them is closed meanwhile, the others are not harmed.
        """
        connector = self.genagent()
        events = [RecordingEvents() for _ in range(2)]
        first, _ = [connector.open(call_info(), one) for one in events]
        self.network.advance_bare()
        first.close("end")
        self.pass_time(0.2)
        self.assertEqual([one.names() for one in events], [["finished"], ["ready"]])

    def test_address_has_gone(self) -> None:
        """
        An address that is refused is followed by a fresh one.
        """
        connector = self.genagent()
        self.open(connector)
        self.asapp.forget_urls()
        _, events = self.open(connector)
        self.pass_time(0.5)
        self.assertEqual(self.asapp.asked, [URL, URL])
        self.assertEqual(events.names(), ["ready"])

    def test_wrong_key(self) -> None:
        """
        A key that is refused refuses the call, with what ASAPP says of it.
        """
        _, events = self.open(self.genagent(key="key-id:wrong"))
        self.assertEqual(
            events.log,
            [
                (
                    "refused",
                    "agent bot: no stream address from ASAPP: HTTP 401: Unauthorized"
                    " (request request-1)",
                ),
                ("finished", None),
            ],
        )

    def test_busy(self) -> None:
        """
        429 and 5xx are tried again, as late as ASAPP wants it.
        """
        connector = self.genagent()
        self.asapp.failing = [503, 429]
        _, events = self.open(connector)
        self.pass_time(2)
        self.assertEqual(events.names(), [])
        self.pass_time(0.5)
        self.assertEqual(events.names(), ["ready"])
        self.assertEqual(len(self.asapp.asked), 3)

    def test_never_answers(self) -> None:
        """
        An API that never answers is given up in time.
        """
        connector = self.genagent(request_seconds=1)
        self.network._listeners.clear()
        _, events = self.open(connector)
        self.pass_time(9)
        [reason] = events.all_of("refused")
        self.assertIn("ConnectionRefusedError", reason)

    def test_closed_meanwhile(self) -> None:
        """
        A conversation that is closed while the address is fetched leaves nothing.
        """
        connector = self.genagent()
        self.asapp.failing = [503] * 4
        agent, events = self.open(connector)
        agent.close("end")
        self.pass_time(10)
        self.assertEqual(events.names(), ["finished"])
        self.assertEqual(self.agent.streams, [])


class VariableTests(DoorTestCase):
    """
    What GenerativeAgent is told.
    """

    def test_parameters(self) -> None:
        """
        An id of its own for each session, one for the whole conversation, and the
        input variables.
        """
        connector = self.genagent(
            stream={"parameters": {"customerId": "{caller_number}"}}
        )
        call: Any = dict(call_info(accountNumber="12345").__dict__)
        call["conversation_id"] = "conv-1"
        self.open(connector, CallInfo(**call))
        self.assertEqual(
            self.stream.rules.parameters,
            {
                "asapp_callTransferId": f"{1:032x}",
                "asapp_externalConversationId": "conv-1",
                "customerId": "+14255550123",
                "from_number": "+14255550123",
                "to_number": "+18005550100",
                "accountNumber": "12345",
            },
        )
        self.open(connector, CallInfo(**{**call, "resume_of": call["call_id"]}))
        resumed = self.stream.rules.parameters
        self.assertEqual(resumed["asapp_callTransferId"], f"{2:032x}")
        self.assertEqual(resumed["asapp_externalConversationId"], "conv-1")

    def test_reserved(self) -> None:
        """
        No variable of the caller's can take the place of our ids.
        """
        self.open(self.genagent(), call_info(asapp_callTransferId="mine"))
        parameters = self.stream.rules.parameters
        self.assertEqual(parameters["asapp_callTransferId"], f"{1:032x}")
        self.assertEqual(parameters["asapp_externalConversationId"], "correlation")


class EndingTests(DoorTestCase):
    """
    What comes of a conversation.
    """

    def talk(self, **more: Any) -> RecordingEvents:
        agent, events = self.open(self.genagent(**more))
        self.voice_agent = agent
        self.asapp.asked.clear()
        return events

    def test_transfers(self) -> None:
        """
        AGENT and SYSTEM hand the caller on with all output variables as texts, and
        the conversation is finished when it is known what came of it.
        """
        for kind in (TransferKind.AGENT, TransferKind.SYSTEM):
            events = self.talk(task_variable="task")
            self.asapp.hand_over(
                self.stream,
                kind.value.upper(),
                {"a": "1", "b": "ref"},
                {"b": "own", "n": [1, True]},
            )
            self.pass_time(0.5)
            [request] = events.all_of("transfer")
            self.assertEqual((request.kind, request.target), (kind, None))
            self.assertEqual(
                dict(request.variables),
                {"a": "1", "b": "own", "n": "[1,true]", "task": "billing"},
            )
            self.assertEqual(events.names(), ["ready", "transfer"])
            self.voice_agent.transfer_result("other", False, "busy")
            self.assertEqual(events.names(), ["ready", "transfer"])
            self.voice_agent.transfer_result(request.request_id, False, "busy")
            self.assertEqual(events.names(), ["ready", "transfer", "finished"])

    def test_other_dispositions(self) -> None:
        """
        What a transfer type means is a setting.
        """
        events = self.talk(dispositions={"SYSTEM": "end"})
        self.asapp.hand_over(self.stream, "system", {}, {"a": "1"})
        self.pass_time(0.1)
        self.assertEqual(
            events.all_of("ended"), [("GenerativeAgent: system", {"a": "1"})]
        )

    def test_plain_end(self) -> None:
        """
        A conversation without transfer is complete, once that has settled.
        """
        events = self.talk()
        self.stream.leave()
        self.pass_time(0.5)
        self.assertEqual(events.names(), ["ready"])
        self.pass_time(1)
        self.assertEqual(events.all_of("ended"), [("GenerativeAgent: completed", {})])
        self.assertEqual(events.names()[-1], "finished")

    def test_late_result(self) -> None:
        """
        The result is asked for until it is there, ever more slowly.
        """
        events = self.talk()
        self.asapp.result_delay = 3
        self.asapp.hand_over(self.stream, "AGENT", {"a": "1"})
        self.pass_time(2.5)
        self.assertEqual(events.names(), ["ready"])
        self.assertLess(len(self.asapp.asked), 7)
        self.pass_time(2)
        self.assertEqual(events.names(), ["ready", "transfer"])

    def test_late_output(self) -> None:
        """
        That a call is completed may be told before what it came to.
        """
        events = self.talk()
        self.asapp.output_delay = 0.6
        self.asapp.hand_over(self.stream, "SYSTEM", {"a": "1"})
        self.pass_time(0.5)
        self.assertEqual(events.names(), ["ready"])
        self.pass_time(1)
        self.assertEqual(events.names(), ["ready", "transfer"])

    def test_no_result(self) -> None:
        """
        Without a result in time a conversation that was closed well is complete.
        """
        events = self.talk(result_seconds=2)
        self.asapp.result_delay = 60
        self.stream.leave()
        self.pass_time(4)
        [(reason, variables)] = events.all_of("ended")
        self.assertIn("has no result: it is ONGOING", reason)
        self.assertEqual(variables, {})

    def test_broken_off(self) -> None:
        """
        A stream that broke off may have a result; if not, the agent is lost, soon.
        """
        events = self.talk()
        self.asapp.transfer_of(self.stream).output = {"transferType": "AGENT"}
        self.stream.vanish()
        self.pass_time(0.5)
        self.assertEqual(events.names(), ["ready", "transfer"])
        events = self.talk()
        self.asapp.result_delay = 60
        self.stream.leave(1011, "no model")
        self.pass_time(3)
        [reason] = events.all_of("failed")
        self.assertIn("(1011): no model, and has no result", reason)

    def test_errors(self) -> None:
        """
        Errors of the API are passed over while there is time.
        """
        events = self.talk()
        self.asapp.failing = [500, 404, 429]
        self.asapp.hand_over(self.stream, "AGENT")
        self.pass_time(2)
        self.assertEqual(self.asapp.asked, [RESULT] * 4)
        self.assertEqual(events.names(), ["ready", "transfer"])

    def test_caller_hangs_up(self) -> None:
        """
        A caller who has left needs no result: nothing is asked for.
        """
        events = self.talk()
        self.voice_agent.caller_gone("hung up")
        self.pass_time(3)
        self.assertEqual(self.asapp.asked, [])
        self.assertEqual(events.names(), ["ready", "finished"])

    def test_caller_hangs_up_meanwhile(self) -> None:
        """
        If he leaves while it is asked for, that stops.
        """
        events = self.talk()
        self.asapp.result_delay = 60
        self.stream.leave()
        self.pass_time(1)
        self.voice_agent.caller_gone("hung up")
        asked = len(self.asapp.asked)
        self.pass_time(10)
        self.assertEqual(len(self.asapp.asked), asked)
        self.assertEqual(events.names(), ["ready", "finished"])

    def test_caller_hangs_up_in_a_request(self) -> None:
        """
        If he leaves while ASAPP thinks about the answer, nothing is asked again.
        """
        events = self.talk(request_seconds=5)
        silent = silence(self.network, API)
        self.stream.leave()
        self.pass_time(1)
        self.voice_agent.close("end")
        self.pass_time(10)
        self.assertEqual((silent.made, silent.lost), (1, 1))
        self.assertEqual(events.names(), ["ready", "finished"])


class ResultTests(SynchronousTestCase):
    """
    Tests for L{parse_result} and L{Result}.
    """

    def test_example(self) -> None:
        """
        A status in any case is understood; the transfer's variables go before.
        """
        self.assertEqual(
            parse_result(
                b'{"status":"completed","outputContext":{"transferType":"AGENT",'
                b'"currentTaskName":"welcome","referenceVariables":{"a":"1","b":"r",'
                b'"none":null},"transferVariables":{"b":{"x":1.5}}}}'
            ),
            Result(
                status="COMPLETED",
                transfer_type="AGENT",
                task="welcome",
                variables={"a": "1", "b": '{"x":1.5}'},
            ),
        )

    def test_odd(self) -> None:
        """
        What is of another type than described counts as nothing; what is no object
        is an error.
        """
        for body in (b"{}", b'{"status":7,"outputContext":[]}'):
            self.assertEqual(parse_result(body), Result())
        for body in (b"", b"[]", b"<html>"):
            with self.assertRaises(ValueError):
                parse_result(body)

    def test_merged(self) -> None:
        """
        A later answer adds; what was told stands, unless it was empty.
        """
        first = Result(status="ONGOING", variables={"a": "1", "b": "", "d": "4"})
        later = Result(
            status="COMPLETED",
            transfer_type="AGENT",
            task="t",
            variables={"a": "", "b": "2", "c": "3", "d": "5"},
        )
        self.assertEqual(
            first.merged(later),
            Result(
                status="COMPLETED",
                transfer_type="AGENT",
                task="t",
                variables={"a": "1", "b": "2", "c": "3", "d": "4"},
            ),
        )
        self.assertEqual(later.merged(Result()), later)

    def test_final(self) -> None:
        """
        A result is final when nothing more can be expected.
        """
        for status, transfer_type, over, final in (
            ("", "", False, False),
            ("ACTIVE", "AGENT", False, False),
            ("ONGOING", "", False, False),
            ("COMPLETED", "", True, False),
            ("COMPLETED", "CALLER_DISCONNECT", True, True),
            ("EXPIRED", "", True, True),
        ):
            result = Result(status=status, transfer_type=transfer_type)
            self.assertEqual((result.is_over, result.is_final), (over, final), status)


class ProbeTests(DoorTestCase):
    """
    Can the agent be reached without a call?
    """

    def probe(self, connector: Any) -> Any:
        probing = connector.probe()
        self.pass_time(9)
        return probing

    def test_reached(self) -> None:
        """
        The API says that it is healthy, and gives an address.
        """
        self.assertIn("is healthy", self.successResultOf(self.probe(self.genagent())))
        self.assertEqual(self.asapp.asked, ["/v1/health", URL])
        self.assertEqual(self.agent.streams, [])

    def test_not_reached(self) -> None:
        """
        It says what is wrong if not.
        """
        failure = self.failureResultOf(self.probe(self.genagent(key="a:b")))
        failure.trap(AgentRefused)
        self.assertIn("/v1/health: HTTP 401", str(failure.value))

    def test_stream(self) -> None:
        """
        An agent with an address of its own is connected to; no stream is begun.
        """
        connector = self.twilio()
        self.assertEqual(
            self.successResultOf(self.probe(connector)), "127.0.0.1 takes connections"
        )
        self.assertEqual(self.agent.streams, [])
        self.network._listeners.clear()
        failure = self.failureResultOf(self.probe(connector))
        self.assertIn("cannot be reached", str(failure.value))
