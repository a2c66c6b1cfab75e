"""
Tests for L{acsgw.calls.variables}: C{sipHeaders}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from .test_variables import IVR, arrive


class SipTests(SynchronousTestCase):
    """
    C{sipHeaders} become input variables where the account says so.
    """

    def test_not_taken(self) -> None:
        """
        An account that says nothing gets none, and the record says which.
        """
        arrival = arrive({}, {"User-To-User": "x"})
        self.assertEqual(arrival.variables, {})
        self.assertEqual(
            arrival.remarks,
            ("sipHeaders: not asked for by this account, passed over: User-To-User",),
        )

    def test_all(self) -> None:
        """
        All are variables, without the prefix, C{User-To-User} under one name.
        """
        for header, name in (
            ("X-MS-Custom-myheader1", "myheader1"),
            ("x-ms-custom-My-Header", "My-Header"),
            ("XMSCustommyheader", "myheader"),
            ("User-To-User", "userToUser"),
            ("userToUser", "userToUser"),
            ("user-To-User", "userToUser"),
            ("X-Other", "X-Other"),
            ("X-MS-Custom-", "X-MS-Custom-"),
        ):
            arrival = arrive({}, {header: "v"}, take_sip=True)
            self.assertEqual(arrival.variables, {name: "v"})
            self.assertEqual(arrival.remarks, ())

    def test_some(self) -> None:
        """
        Those asked for come under the name of the settings; the others are remarked.
        """
        sip = {"X-MS-Custom-My-Header": "1", "user-to-user": "2", "X-MS-Custom-no": "3"}
        arrival = arrive({}, sip, take_sip=("myheader", "User-To-User"))
        self.assertEqual(arrival.variables, {"myheader": "1", "User-To-User": "2"})
        [remark] = arrival.remarks
        self.assertIn("not asked for", remark)
        self.assertIn("X-MS-Custom-no", remark)
        arrival = arrive({}, sip, take_sip=("X-MS-Custom-no",))
        self.assertEqual(arrival.variables, {"X-MS-Custom-no": "3"})

    def test_hexadecimal(self) -> None:
        """
        C{User-To-User} in hexadecimal is decoded if that gives a text.
        """
        for value, text in (
            ("616d617a6f6e5f6368696;encoding=hex", None),  # an odd digit
            ("616d617a6f6e;encoding=hex", "amazon"),
            ("616D617A6F6E; Encoding=HEX", "amazon"),
            ("c3a4;encoding=hex", "ä"),
            ("ff;encoding=hex", None),
            ("00c8;encoding=hex", None),
            ("0448656c6c6f;encoding=hex", None),  # a byte for machines first
            ("zz;encoding=hex", None),
            (";encoding=hex", None),
        ):
            arrival = arrive({}, {"User-To-User": value}, take_sip=True)
            self.assertEqual(arrival.variables["userToUser"], text or value)
            self.assertEqual(len(arrival.remarks), 0 if text else 1, value)
        for value in ("616d;encoding=ascii", "616d", "encoding=hex"):
            arrival = arrive({}, {"User-To-User": value}, take_sip=True)
            self.assertEqual(arrival.variables["userToUser"], value)
            self.assertEqual(arrival.remarks, ())
        arrival = arrive({}, {"x": "616d;encoding=hex"}, take_sip=True)
        self.assertEqual(arrival.variables["x"], "616d;encoding=hex")

    def test_parameters(self) -> None:
        """
        Parameters that decoding leaves behind are remarked.
        """
        value = "616d;purpose=isdn-uui;encoding=hex"
        arrival = arrive({}, {"User-To-User": value}, take_sip=True)
        self.assertEqual(arrival.variables["userToUser"], "am")
        self.assertIn("parameters left out", arrival.remarks[0])

    def test_conflicts(self) -> None:
        """
        What an earlier leg of ours said goes before what the telephone network
        says, which has no say in what is ours.
        """
        arrival = arrive(
            {"Tier": "gold"},
            {"X-MS-Custom-tier": "x", "X-MS-Custom-returnIdentity": IVR},
            take_sip=True,
        )
        self.assertEqual(arrival.variables, {"Tier": "gold"})
        self.assertIsNone(arrival.return_identity)
        [remark] = arrival.remarks
        self.assertIn("taken or ours, passed over: tier, returnIdentity", remark)

    def test_alike(self) -> None:
        """
        Of headers that are the same but for dashes and case the first is taken.
        """
        arrival = arrive({}, {"User-To-User": "1", "userToUser": "2"}, take_sip=True)
        self.assertEqual(arrival.variables, {"userToUser": "1"})
        self.assertIn("given twice", arrival.remarks[0])

    def test_limits(self) -> None:
        """
        Over the limits all passes, and it is remarked.
        """
        at = {f"X-MS-Custom-{n}": "v" * 256 for n in range(6)}
        arrival = arrive({}, at, take_sip=True)
        self.assertEqual((len(arrival.variables), arrival.remarks), (6, ()))
        over = {**at, "X-MS-Custom-6": "v" * 257}
        arrival = arrive({}, over, take_sip=True)
        self.assertEqual(len(arrival.variables), 7)
        self.assertEqual(len(arrival.remarks), 2)
