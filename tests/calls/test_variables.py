"""
Tests for L{acsgw.calls.variables}.
"""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given, settings, strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acsgw.calls.variables import Arrival, VariableNames, read_arrival
from acsgw.interfaces import IncomingCall

from .world import RESOURCE

IVR = f"8:acs:{RESOURCE}_0000002b-1c80-11aa-92fd-8b3a0d00b7c4"
OTHER = f"8:acs:{RESOURCE}_0000002b-0000-11aa-92fd-8b3a0d00b7c4"
GATEWAY = f"8:acs:{RESOURCE}_0000002b-1c7e-4a55-92fd-8b3a0d00a1f2"
NAMES = VariableNames()


def arrive(
    voip: Mapping[str, str] | None = None,
    sip: Mapping[str, str] | None = None,
    names: VariableNames = NAMES,
    take_sip: bool | tuple[str, ...] = False,
    correlation_id: str = "corr",
    remarks: tuple[str, ...] = (),
) -> Arrival:
    call = IncomingCall(
        event_id="e1",
        account="main",
        context="ctx",
        caller="4:+14255550123",
        callee=GATEWAY,
        correlation_id=correlation_id,
        variables=voip or {},
        sip_headers=sip or {},
        remarks=remarks,
    )
    return read_arrival(call, names, take_sip, RESOURCE)


class VoipTests(SynchronousTestCase):
    """
    C{voipHeaders} become input variables.
    """

    def test_nothing(self) -> None:
        """
        A call of the direct pattern brings nothing, and its conversation is its own.
        """
        arrival = arrive()
        self.assertEqual(arrival.variables, {})
        self.assertIsNone(arrival.return_identity)
        self.assertEqual(arrival.conversation_id, "corr")
        self.assertEqual((arrival.refused, arrival.remarks), ("", ()))

    def test_unchanged(self) -> None:
        """
        What is not ours passes as it is, keys in their case.
        """
        voip = {"accountNumber": "12345", "Ünïcode": "naïve 😀", "a.b c": " x "}
        arrival = arrive(voip)
        self.assertEqual(arrival.variables, voip)
        self.assertEqual(arrival.remarks, ())

    @given(
        st.dictionaries(
            st.text(min_size=1, max_size=8).filter(
                lambda name: name.lower() not in NAMES.incoming()
            ),
            st.text(max_size=8),
        )
    )
    @settings(derandomize=True, deadline=None, max_examples=150, database=None)
    def test_nothing_is_lost(self, voip: dict[str, str]) -> None:
        """
        Every header that has a name and is not ours is a variable.
        """
        self.assertEqual(arrive(voip).variables, voip)

    def test_ours(self) -> None:
        """
        What is ours is kept from the agent, in whatever case it comes.
        """
        for identity, conversation in (
            ("returnIdentity", "conversationId"),
            ("RETURNIDENTITY", "conversationid"),
        ):
            arrival = arrive({identity: IVR, conversation: "conv-1", "a": "1"})
            self.assertEqual(arrival.variables, {"a": "1"})
            self.assertEqual(arrival.return_identity, IVR)
            self.assertEqual(arrival.conversation_id, "conv-1")
            self.assertEqual((arrival.refused, arrival.remarks), ("", ()))

    def test_configured(self) -> None:
        """
        An account may have names of its own; then the usual ones are not special.
        """
        names = VariableNames(return_identity=("ivr", "backTo"))
        for key in ("ivr", "BACKTO"):
            arrival = arrive({key: IVR, "returnIdentity": "x"}, names=names)
            self.assertEqual(arrival.return_identity, IVR)
            self.assertEqual(arrival.variables, {"returnIdentity": "x"})

    def test_given_twice(self) -> None:
        """
        The first name of the list counts, the exact spelling first; what says
        something else is remarked, and neither reaches the agent.
        """
        names = VariableNames(return_identity=("ivr", "backTo"))
        for voip in (
            {"backTo": OTHER, "ivr": IVR},
            {"IVR": OTHER, "ivr": IVR},
            {"ivr": "", "backTo": IVR, "BACKTO": OTHER},
        ):
            arrival = arrive(voip, names=names)
            self.assertEqual(arrival.return_identity, IVR)
            self.assertEqual(arrival.variables, {})
            self.assertIn("given twice, passed over", "".join(arrival.remarks))
        arrival = arrive({"backTo": IVR, "ivr": IVR}, names=names)
        self.assertEqual(arrival.remarks, ())

    def test_refused_identity(self) -> None:
        """
        A return identity that will not do is refused with the reason, masked, and
        the rest is taken.
        """
        foreign = IVR.replace(RESOURCE, RESOURCE[::-1])
        for given_id, reason in (
            (foreign, "it belongs to another resource"),
            (GATEWAY, "it is the identity that was called"),
            ("4:+14255550123", "it is not the id of a communication user"),
            ("nonsense", "it is not the id of a communication user"),
        ):
            arrival = arrive({"returnIdentity": given_id, "a": "1"})
            self.assertIsNone(arrival.return_identity)
            self.assertIn(reason, arrival.refused)
            self.assertNotIn("4255550123", arrival.refused)
            self.assertNotIn(RESOURCE[::-1], arrival.refused)
            self.assertEqual(arrival.variables, {"a": "1"})

    def test_conversation(self) -> None:
        """
        Without a good id the network's correlation id is the conversation's; without
        a good one of these there is none.
        """
        for conversation, remarks in (
            ("", 1),  # remarked as empty
            ("two words", 1),
            ("x" * 101, 1),
            ("line\nbreak", 1),
            ("ä", 1),
        ):
            arrival = arrive({"conversationId": conversation})
            self.assertEqual(arrival.conversation_id, "corr")
            self.assertEqual(len(arrival.remarks), remarks)
        self.assertEqual(arrive(correlation_id="").conversation_id, "")
        self.assertEqual(arrive(correlation_id="a\nb").conversation_id, "")
        self.assertEqual(
            arrive({"conversationId": "x" * 100}).conversation_id, "x" * 100
        )

    def test_limits(self) -> None:
        """
        At Azure's limits there is nothing to say; over them all passes whole, and it
        is remarked.
        """
        at = {"k" * 64: "v", "k": "v" * 1024}
        arrival = arrive(at)
        self.assertEqual((arrival.variables, arrival.remarks), (at, ()))
        many = {f"k{n}": "v" for n in range(1000)}
        self.assertEqual(arrive(many).remarks, ())
        for over, said in (
            ({"k" * 65: "v"}, "the name has more than 64"),
            ({"k": "v" * 1025}, "the value has more than 1024"),
            ({"k": "😀" * 513}, "the value has more than 1024"),
            ({**many, "one more": "v"}, "more than 1000"),
        ):
            arrival = arrive(over)
            self.assertEqual(arrival.variables, over)
            [remark] = arrival.remarks
            self.assertIn(said, remark)

    def test_oddities(self) -> None:
        """
        Empty values and names alike pass, remarked; what has no name cannot.
        """
        voip = {"a": "", "B": "1", "b": "2", "": "x"}
        arrival = arrive(voip, remarks=("voipHeaders: early",))
        self.assertEqual(arrival.variables, {"a": "", "B": "1", "b": "2"})
        self.assertEqual(
            arrival.remarks,
            (
                "voipHeaders: early",
                "voipHeaders: empty: a",
                'voipHeaders: without a name, passed over: ""',
                "voipHeaders: differ by case only: B b",
            ),
        )

    def test_remarks_hold_no_values(self) -> None:
        """
        Remarks are read by those who may not see values.
        """
        voip = {"a": "SECRET" * 1000, "conversationId": "SEC RET"}
        arrival = arrive(voip, {"x": "SECRET"})
        self.assertNotIn("SEC", "".join(arrival.remarks) + repr(arrival))
