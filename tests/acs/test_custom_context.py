"""
Tests for L{acsgw.acs.custom_context}.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings, strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acsgw.acs.custom_context import (
    Remarks,
    as_text,
    cut,
    length,
    listed,
    read_custom_context,
    well_formed,
)
from acsgw.acs.events import INCOMING_CALL, Event, incoming_call

#: What JSON can hold, lone surrogates too.
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


class ReadTests(SynchronousTestCase):
    """
    Tests for L{read_custom_context}.
    """

    def test_nothing(self) -> None:
        """
        Most calls have none, and there is nothing to say about that.
        """
        contexts: tuple[Any, ...] = (None, {}, {"voipHeaders": None, "sipHeaders": {}})
        for context in contexts:
            read = read_custom_context(context)
            self.assertEqual(
                (read.voip_headers, read.sip_headers, read.remarks), ({}, {}, ())
            )

    def test_headers(self) -> None:
        """
        Both kinds come as they are, keys in their case.
        """
        read = read_custom_context(
            {"voipHeaders": {"aB": "1"}, "sipHeaders": {"userToUser": "x"}}
        )
        self.assertEqual(read.voip_headers, {"aB": "1"})
        self.assertEqual(read.sip_headers, {"userToUser": "x"})
        self.assertEqual(read.remarks, ())

    def test_no_texts(self) -> None:
        """
        What is no text is taken as JSON, and remarked; null is nothing.
        """
        read = read_custom_context(
            {"voipHeaders": {"n": 5, "b": True, "o": {"a": [1, "ä"]}, "z": None}}
        )
        self.assertEqual(
            read.voip_headers, {"n": "5", "b": "true", "o": '{"a":[1,"ä"]}'}
        )
        self.assertEqual(
            read.remarks,
            (
                "voipHeaders: not a text, taken as JSON: n, b, o",
                "voipHeaders: null, passed over: z",
            ),
        )

    def test_odd_shapes(self) -> None:
        """
        What is no object holds no headers, and that is remarked.
        """
        for context, remark in (
            (7, "customContext is no object; passed over"),
            ({"voipHeaders": ["a"]}, "voipHeaders is no object; passed over"),
            ({"sipHeaders": "a"}, "sipHeaders is no object; passed over"),
        ):
            self.assertEqual(read_custom_context(context).remarks, (remark,))

    def test_surrogates(self) -> None:
        """
        Half characters are mended, in names too, so that the texts can be sent on.
        """
        context = json.loads(r'{"voipHeaders": {"a\ud800": "x\udc00", "b": "\ud83d"}}')
        read = read_custom_context(context)
        self.assertEqual(read.voip_headers, {"a\ufffd": "x\ufffd", "b": "\ufffd"})
        self.assertIn("mended", read.remarks[0])

    def test_not_a_number(self) -> None:
        """
        JSON has no NaN, though Python reads one.
        """
        read = read_custom_context({"voipHeaders": {"n": float("nan")}})
        self.assertEqual(read.voip_headers, {})
        self.assertIn("cannot be told as JSON", read.remarks[0])

    @given(json_values, json_values)
    @settings(derandomize=True, deadline=None, max_examples=150, database=None)
    def test_anything(self, voip: Any, sip: Any) -> None:
        """
        Whatever comes, the headers are texts that can be encoded, and each that is
        missing or changed is remarked.
        """
        read = read_custom_context({"voipHeaders": voip, "sipHeaders": sip})
        for headers in (read.voip_headers, read.sip_headers):
            for item in headers.items():
                "".join(item).encode("utf-8")
        if isinstance(voip, dict) and voip != read.voip_headers:
            self.assertTrue(read.remarks)

    def test_in_an_event(self) -> None:
        """
        An event gives all of it to the call.
        """
        context = {"voipHeaders": {"a": 1}, "sipHeaders": {"User-To-User": "x"}}
        data = {"incomingCallContext": "ctx", "customContext": context}
        call = incoming_call(Event("e1", INCOMING_CALL, data), "main")
        self.assertEqual(call.variables, {"a": "1"})
        self.assertEqual(call.sip_headers, {"User-To-User": "x"})
        self.assertEqual(len(call.remarks), 1)


class TextTests(SynchronousTestCase):
    """
    Tests for the forms of texts.
    """

    def test_as_text(self) -> None:
        """
        Texts stay; the rest is compact JSON; nothing is nothing.
        """
        for value, text in (
            ("", ""),
            ("true", "true"),
            (True, "true"),
            (False, "false"),
            (0, "0"),
            (1.5, "1.5"),
            ([1, {"ä": None}], '[1,{"ä":null}]'),
            (None, None),
        ):
            self.assertEqual(as_text(value), text)

    def test_cannot_be_told(self) -> None:
        """
        What JSON cannot tell is refused.
        """
        loop: list[Any] = []
        loop.append(loop)
        deep: list[Any] = []
        for _ in range(100_000):
            deep = [deep]
        for value in (object(), {1, 2}, b"x", float("inf"), loop, deep):
            with self.assertRaises(ValueError):
                as_text(value)

    @given(st.text(st.characters(exclude_categories=())))
    @settings(derandomize=True, deadline=None, max_examples=150, database=None)
    def test_well_formed(self, text: str) -> None:
        """
        A mended text can be encoded; a good one is not changed.
        """
        well_formed(text).encode("utf-8")
        self.assertEqual(well_formed(well_formed(text)), well_formed(text))

    def test_length(self) -> None:
        """
        The length is that of .NET: an emoji has two units.
        """
        self.assertEqual(
            [length(t) for t in ("", "a", "ä", "€", "😀")], [0, 1, 1, 1, 2]
        )

    @given(st.text(max_size=60), st.integers(min_value=0, max_value=60))
    @settings(derandomize=True, deadline=None, max_examples=150, database=None)
    def test_cut(self, text: str, limit: int) -> None:
        """
        A cut text is a beginning of the whole within the limit; one that fits is
        whole.
        """
        short = cut(text, limit)
        self.assertTrue(text.startswith(short))
        self.assertLessEqual(length(short), limit)
        if length(text) <= limit:
            self.assertEqual(short, text)

    def test_cut_between_characters(self) -> None:
        """
        Neither a surrogate pair nor what a reader sees as one letter is torn.
        """
        for text, limit, short in (
            ("ab😀", 3, "ab"),
            ("ab😀", 4, "ab😀"),
            ("abe\u0301", 3, "ab"),
            ("ab👩\u200d👩", 4, "ab"),
            ("ab👩\u200d👩", 5, "ab"),
            ("ab👍\U0001f3fd", 4, "ab"),
            ("e" + "\u0301" * 50, 30, "e" + "\u0301" * 29),
        ):
            self.assertEqual(cut(text, limit), short)


class RemarkTests(SynchronousTestCase):
    """
    Tests for L{Remarks}.
    """

    def test_by_what(self) -> None:
        """
        There is one line for each thing to say, with the names.
        """
        remarks = Remarks("things")
        for what, name in (("odd", "a"), ("old", "b"), ("odd", "c")):
            remarks.add(what, name)
        self.assertEqual(list(remarks), ["things: odd: a, c", "things: old: b"])

    def test_names_are_bounded(self) -> None:
        """
        A line shows a few names, no longer than they may be, and fit for a line.
        """
        self.assertEqual(
            listed([str(n) for n in range(1000)]),
            "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 990 more",
        )
        self.assertEqual(listed(["x" * 1000]), "x" * 64)
        self.assertEqual(listed(["a\nb", ""]), 'a?b, ""')
