"""
Tests for L{acsgw.calls.outputs}.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from hypothesis import given, settings, strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acsgw.acs.custom_context import length
from acsgw.calls.outputs import Packed, as_texts, for_phone, pack
from acsgw.calls.variables import VariableNames, read_arrival
from acsgw.interfaces import IncomingCall

from .world import RESOURCE

OWN = {"conversationId": "conv-1", "handoverKind": "agent"}
RESERVED = VariableNames().outgoing()
URL = "https://gw/v1/variables/ref/token"


class Word(StrEnum):
    """
    A text that is more than a text.
    """

    YES = "yes"


class TextTests(SynchronousTestCase):
    """
    Tests for L{as_texts}.
    """

    def test_forms(self) -> None:
        """
        Texts stay, the rest is compact JSON; null is left out, with a remark.
        """
        texts = as_texts(
            {
                "text": "grüße",
                "empty": "",
                "word": Word.YES,
                "yes": True,
                "no": False,
                "number": 1.5,
                "list": [1, {"a": None}],
                "null": None,
            }
        )
        self.assertEqual(
            texts.values,
            {
                "text": "grüße",
                "empty": "",
                "word": "yes",
                "yes": "true",
                "no": "false",
                "number": "1.5",
                "list": '[1,{"a":null}]',
            },
        )
        self.assertEqual(texts.remarks, ("output variables: null, left out: null",))

    def test_what_cannot_be_told(self) -> None:
        """
        What JSON cannot tell is left out, with a remark; the rest stays.
        """
        odd: dict[str, object] = {"a": object(), "b": float("nan"), "c": b"x", "d": 1}
        texts = as_texts(odd)
        self.assertEqual(texts.values, {"d": "1"})
        self.assertEqual(
            texts.remarks,
            ("output variables: cannot be told as JSON, left out: a, b, c",),
        )

    def test_names(self) -> None:
        """
        Names are made texts too; of two that become the same the first stays.
        """
        names: Any = {1: "a", "1": "b", "x\ud800": "c\ud800"}
        texts = as_texts(names)
        self.assertEqual(texts.values, {"1": "a", "x\ufffd": "c\ufffd"})
        self.assertEqual(len(texts.remarks), 2)


class PackTests(SynchronousTestCase):
    """
    Tests for L{pack} and L{for_phone}.
    """

    def setUp(self) -> None:
        self.kept: list[dict[str, str]] = []
        self.url: str | None = URL

    def keep(self, values: Mapping[str, str]) -> str | None:
        self.kept.append(dict(values))
        return self.url

    def refer(self, values: Mapping[str, str]) -> Packed:
        return pack(values, OWN, RESERVED, "variablesUrl", self.keep)

    def cut(self, values: Mapping[str, str]) -> Packed:
        return pack(values, OWN, RESERVED, "variablesUrl", None)

    def test_fits(self) -> None:
        """
        At the limits all travels with what the gateway adds, and nothing is kept.
        """
        for values in (
            {},
            {"a": "1", "empty": "", "ünï": "😀" * 512},
            {"k" * 64: "v" * 1024},
            {f"k{n}": "v" for n in range(998)},
        ):
            for packed in (self.refer(values), self.cut(values)):
                self.assertEqual(packed.headers, {**OWN, **values})
                self.assertEqual(packed.remarks, ())
        self.assertEqual(self.kept, [])

    def test_reference(self) -> None:
        """
        Over a limit, what fits travels whole, with a URL that has all of it.
        """
        fits = {"a": "1"}
        for over, said in (
            ({"b": "v" * 1025}, "the value has more than 1024"),
            ({"b": "😀" * 513}, "the value has more than 1024"),
            ({"k" * 65: "v"}, "the name has more than 64"),
            ({"ConversationID": "mine"}, "the name is ours"),
            ({"variablesurl": "mine"}, "the name is ours"),
            ({"returnIdentity": "8:acs:x"}, "the name is ours"),
            ({"": "x"}, "without a name"),
        ):
            self.kept.clear()
            packed = self.refer({**over, **fits})
            self.assertEqual(packed.headers, {**OWN, "variablesUrl": URL, **fits})
            self.assertEqual(self.kept, [{**over, **fits}])
            [remark] = packed.remarks
            self.assertIn(f"{said}", remark)
            self.assertIn("to be fetched", remark)

    def test_reference_for_too_many(self) -> None:
        """
        Of too many the first travel, up to the limit with all that the gateway
        adds.
        """
        values = {f"k{n}": "v" for n in range(999)}
        packed = self.refer(values)
        self.assertEqual(len(packed.headers), 1000)
        self.assertEqual(self.kept, [values])
        self.assertIn("one too many, to be fetched: k997, k998", packed.remarks[0])

    def test_no_room_to_keep(self) -> None:
        """
        What cannot be kept, or whose URL would be too long, is cut, and that is
        remarked.
        """
        for url in (None, "https://gw/" + "x" * 1024):
            self.url = url
            packed = self.refer({"a": "v" * 1025})
            self.assertEqual(packed.headers, {**OWN, "a": "v" * 1024})
            self.assertIn("cannot be kept for fetching", packed.remarks[0])
            self.assertIn("the value was cut to 1024", packed.remarks[1])

    def test_cut(self) -> None:
        """
        Where an account wants no reference, names and values are cut; what cannot
        be told so is left out; each is remarked.
        """
        name = "k" * 70
        for over, headers, said in (
            ({"a": "v" * 1025}, {"a": "v" * 1024}, "value was cut to 1024"),
            ({"a": "v" * 1023 + "😀"}, {"a": "v" * 1023}, "value was cut"),
            ({name: "v"}, {name[:64]: "v"}, "name was cut to 64"),
            ({name[:64]: "1", name: "2"}, {name[:64]: "1"}, "taken when cut; left out"),
            ({name: "2", name[:64]: "1"}, {name[:64]: "1"}, "taken when cut; left out"),
            ({name: "1", name + "x": "2"}, {name[:64]: "1"}, "taken when cut"),
            ({"HANDOVERKIND": "x"}, {}, "the name is ours, left out"),
            ({"": "x"}, {}, "without a name, left out"),
        ):
            packed = self.cut(over)
            self.assertEqual(packed.headers, {**OWN, **headers})
            self.assertIn(said, " ".join(packed.remarks))
        long_reserved = frozenset({"r" * 64})
        packed = pack({"r" * 65: "x"}, OWN, long_reserved, "u", None)
        self.assertEqual(packed.headers, OWN)
        self.assertIn("ours when cut; left out", packed.remarks[0])

    def test_cut_for_too_many(self) -> None:
        """
        Of too many the first travel, the others are named.
        """
        packed = self.cut({f"k{n}": "v" for n in range(1005)})
        self.assertEqual(len(packed.headers), 1000)
        self.assertIn("one too many, left out: k998, k999", packed.remarks[0])

    def test_phone(self) -> None:
        """
        A phone is told nothing; the record says what it was not told.
        """
        self.assertEqual(for_phone({}), Packed({}))
        packed = for_phone({"a": "SECRET"})
        self.assertEqual(packed.headers, {})
        self.assertEqual(packed.remarks, ("output variables: a phone is told none: a",))

    names = st.text(st.sampled_from("kK1ä😀\u0301"), max_size=70)
    odd_names = st.sampled_from(["conversationId", "VARIABLESURL", "k" * 65, "K" * 64])
    texts = st.text(st.sampled_from("v😀\u0301"), max_size=20)
    long_texts = st.builds(lambda n, t: "v" * n + t, st.integers(1000, 1030), texts)
    sets = st.dictionaries(names | odd_names, texts | long_texts, max_size=12)

    @given(sets, st.booleans())
    @settings(derandomize=True, deadline=None, max_examples=150, database=None)
    def test_always_within_the_limits(self, values: dict[str, str], keep: bool) -> None:
        """
        Whatever an agent says, the network takes what is sent, the gateway's own is
        there, and what is not sent whole is remarked.
        """
        packed = (self.refer if keep else self.cut)(values)
        for name, value in packed.headers.items():
            self.assertTrue(0 < length(name) <= 64)
            self.assertLessEqual(length(value), 1024)
            value.encode("utf-8")
        for name, value in OWN.items():
            self.assertEqual(packed.headers[name], value)
        whole = all(packed.headers.get(name) == v for name, v in values.items())
        self.assertEqual(packed.remarks == (), whole)

    good_names = st.text(min_size=1, max_size=32).filter(
        lambda name: name.lower() not in RESERVED
    )

    @given(st.dictionaries(good_names, st.text(max_size=512)))
    @settings(derandomize=True, deadline=None, max_examples=150, database=None)
    def test_round_trip(self, values: dict[str, str]) -> None:
        """
        What is within the limits goes out to the next leg, through JSON, and comes
        in there as it was, with the same conversation.
        """
        packed = self.refer(values)
        wire = json.loads(json.dumps(packed.headers))
        arrival = read_arrival(
            IncomingCall(
                event_id="e1",
                account="main",
                context="ctx",
                caller="",
                callee="8:acs:x",
                correlation_id="corr",
                variables=wire,
            ),
            VariableNames(),
            False,
            RESOURCE,
        )
        self.assertEqual(arrival.variables, {"handoverKind": "agent", **values})
        self.assertEqual(arrival.conversation_id, "conv-1")
