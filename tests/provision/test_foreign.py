"""
Tests for L{acsgw.provision.foreign}.
"""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from acsgw.provision.foreign import event_for, lets_through, remarks_on
from acsgw.provision.found import FoundFilter, FoundSubscription, read_subscription
from acsgw.provision.wanted import INCOMING_CALL

from ..scenarios.house import GATEWAY
from .support import ADVANCED, AZURE, wanted
from .test_plan import GATEWAY_USER, IDS, IVR_USER

NUMBER = "4:+18005550100"


class ForeignTests(SynchronousTestCase):
    """
    How others' subscriptions get into the way of ours.
    """

    def found(
        self,
        *filters: tuple[str, str, list[str]],
        endpoint: str = "https://other/events",
        kinds: list[str] | None = None,
    ) -> FoundSubscription:
        chosen: dict[str, Any] = {
            "includedEventTypes": kinds,
            "advancedFilters": [
                {"key": key, "operatorType": operator, "values": values}
                for key, operator, values in filters
            ],
        }
        where = {"properties": {"endpointBaseUrl": endpoint}}
        properties = {"filter": chosen, "destination": where}
        return read_subscription({"name": "theirs", "properties": properties})

    def test_filters(self) -> None:
        """
        Filters are understood as Event Grid does; what depends on anything else is
        not known.
        """
        for operator, values, raw_id, verdict in (
            ("StringIn", [GATEWAY_USER.upper()], GATEWAY_USER, True),
            ("StringIn", [IVR_USER], GATEWAY_USER, False),
            ("StringBeginsWith", ["4:", IVR_USER], NUMBER, True),
            ("StringBeginsWith", ["4:"], IVR_USER, False),
            ("StringEndsWith", ["0100"], NUMBER, True),
            ("StringContains", ["+1800"], NUMBER, True),
            ("StringNotIn", [NUMBER], NUMBER, False),
            ("StringNotBeginsWith", ["8:"], NUMBER, True),
            ("NumberIn", ["1"], NUMBER, None),
        ):
            one = FoundFilter(operator, "Data.To.RawId", tuple(values))
            self.assertIs(lets_through((one,), event_for(raw_id)), verdict, operator)
        other = FoundFilter("StringIn", "data.from.rawId", ("4:+1",))
        self.assertIsNone(lets_through((other,), event_for(NUMBER)))
        never = FoundFilter("StringIn", "data.to.kind", ("phoneNumber",))
        self.assertIs(lets_through((other, never), event_for(IVR_USER)), False)

    def test_harmless(self) -> None:
        """
        Of those that want other events, or calls to others, nothing is said.
        """
        want = wanted(ADVANCED, IDS)
        for found in (
            self.found(kinds=["Microsoft.Communication.SMSReceived"]),
            self.found(("data.to.rawId", "StringIn", ["8:acs:x_somebody"])),
        ):
            self.assertEqual(remarks_on(found, want), [])

    def test_in_the_way(self) -> None:
        """
        Those that want the same calls are told, the more if they have our
        endpoint.
        """
        want = wanted(ADVANCED, IDS)
        same = ("data.to.communicationUser.id", "StringIn", [GATEWAY_USER])
        [remark] = remarks_on(self.found(same, kinds=[INCOMING_CALL]), want)
        self.assertIn("acsgw-test-gateway is told of too", remark)
        ours = f"{GATEWAY}/v1/acs-events"
        [remark] = remarks_on(self.found(same, endpoint=ours), want)
        self.assertIn("same endpoint as acsgw-test-gateway", remark)
        first, *rest = remarks_on(self.found(), want)
        self.assertIn("no filter", first)
        self.assertEqual(len(rest), 2)

    def test_direct(self) -> None:
        """
        In the direct pattern it is calls to numbers that count.
        """
        numbers = ("data.to.phoneNumber.value", "StringIn", ["+18005550100"])
        for azure in (AZURE, {**AZURE, "phone_numbers": ["+18005550100"]}):
            self.assertEqual(len(remarks_on(self.found(numbers), wanted(azure))), 1)
        other = {**AZURE, "phone_numbers": ["+18005550109"]}
        self.assertEqual(remarks_on(self.found(numbers), wanted(other)), [])
