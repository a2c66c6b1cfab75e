"""
Tests for L{acsgw.provision.plan} and what it is made of: what is wanted, what is
there, the difference.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from acsgw.provision.bodies import subscription_properties
from acsgw.provision.difference import compared
from acsgw.provision.found import Found, FoundSubscription, read_subscription
from acsgw.provision.plan import Plan, Step, Verb, make_plan, topic_id
from acsgw.provision.show import lines_of
from acsgw.provision.survey import identities_in
from acsgw.provision.wanted import Wanted, WantedSubscription, problems_of
from acsgw.secret_hash import SecretHash

from ..scenarios.house import API_ID, API_SECRET, GATEWAY, RESOURCE
from .support import ADVANCED, AZURE, SECRETS, account_of, read_settings, wanted

GATEWAY_USER = f"8:acs:{RESOURCE}_gateway"
IVR_USER = f"8:acs:{RESOURCE}_ivr"
IDS = {"gateway": GATEWAY_USER, "ivr": IVR_USER}
CONTAINER = (
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a"
    "/blobServices/default/containers/c"
)

Change = Callable[[dict[str, Any]], None]


def body_of(one: WantedSubscription) -> dict[str, Any]:
    """
    @return: what Resource Manager would say of it, to an owner.
    """
    properties = subscription_properties(one, lambda h: h.plain, str)
    properties["provisioningState"] = "Succeeded"
    return {"id": f"/x/{one.name}", "name": one.name, "properties": properties}


def found_as(
    want: Wanted, change: Change | None = None, *, only: int | None = None
) -> Found:
    """
    @param change: what is different in the first subscription.
    @param only: how many of the subscriptions are there.
    """
    bodies = [body_of(one) for one in want.subscriptions[:only]]
    if change is not None:
        change(bodies[0]["properties"])
    return Found(
        immutable_id=RESOURCE,
        topic_id=topic_id(want),
        subscriptions=tuple(
            read_subscription(
                b, b["properties"]["destination"]["properties"]["endpointUrl"]
            )
            for b in bodies
        ),
    )


def destination(properties: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = properties["destination"]["properties"]
    return found


def in_state(word: str) -> Change:
    """
    @return: gives a subscription this state.
    """
    return lambda properties: properties.update(provisioningState=word)


class PlanTestCase(SynchronousTestCase):
    """
    A plan for these settings and what is there.
    """

    def plan(
        self, want: Wanted, change: Change | None = None, **choices: Any
    ) -> tuple[Plan, Step]:
        """
        @return: the plan, and its step for the gateway's subscription.
        """
        plan = make_plan(want, found_as(want, change), **choices)
        name = want.subscriptions[0].name
        [step] = [s for s in plan.steps if s.name == name]
        return plan, step


class WantedTests(PlanTestCase):
    """
    Filters, headers and problems by settings.
    """

    def test_filters(self) -> None:
        """
        Each pattern has its filters, narrowed to numbers if some are given; those of
        the IVR always let its own identity through.
        """
        numbers = {"phone_numbers": ["+18005550100", "+18005550101"]}
        for azure, filters in (
            (AZURE, ["data.to.kind StringIn phoneNumber"]),
            (
                {**AZURE, **numbers},
                ["data.to.rawId StringIn 4:+18005550100 4:+18005550101"],
            ),
            (
                ADVANCED,
                [
                    f"data.to.rawId StringIn {GATEWAY_USER}",
                    f"data.to.rawId StringBeginsWith 4: {IVR_USER}",
                ],
            ),
            (
                {**ADVANCED, **numbers},
                [
                    f"data.to.rawId StringIn {GATEWAY_USER}",
                    "data.to.rawId StringIn 4:+18005550100 4:+18005550101 " + IVR_USER,
                ],
            ),
        ):
            want = wanted(azure, IDS)
            self.assertEqual([str(s.filter) for s in want.subscriptions], filters)

    def test_settings_go_first(self) -> None:
        """
        An identity of the settings goes before one that was made earlier.
        """
        want = wanted({**ADVANCED, "gateway_identity": GATEWAY_USER + "2"}, IDS)
        found = [(i.raw_id, i.source) for i in want.identities]
        self.assertEqual(
            found, [(GATEWAY_USER + "2", "settings"), (IVR_USER, "made earlier")]
        )

    def test_headers(self) -> None:
        """
        The gateway gets both credentials, the IVR its own secret.
        """
        want = wanted(ADVANCED, IDS)
        headers = [[(h.name, h.plain) for h in s.headers] for s in want.subscriptions]
        self.assertEqual(
            headers,
            [
                [("asapp-api-id", API_ID), ("asapp-api-secret", API_SECRET)],
                [("ivr-secret", "what-the-ivr-expects")],
            ],
        )
        self.assertNotIn(API_SECRET, repr(want))

    def test_problems(self) -> None:
        """
        Contradictions are told before Azure is touched.
        """
        other = "8:acs:00000000-1111-2222-3333-444444444444_x"
        for azure, more, part in (
            ({"gateway_identity": other}, {}, "azure.gateway_identity: is of another"),
            ({"ivr_identity": other}, {}, "azure.ivr_identity: is of another"),
            (
                {"ivr_identity": IVR_USER, "gateway_identity": IVR_USER},
                {},
                "ivr_identity: is the gateway's",
            ),
            (
                {},
                {"api_secret_hash": str(SecretHash.of("another"))},
                "is not the hash of the secret",
            ),
        ):
            given: dict[str, Any] = {"azure": {**ADVANCED, **azure}, **more}
            settings = read_settings(**given)
            [problem] = problems_of(*account_of(settings))
            self.assertIn(part, problem)
        self.assertEqual(problems_of(*account_of(read_settings(ADVANCED))), [])


class PlanTests(PlanTestCase):
    """
    From the difference to what is sent.
    """

    def test_nothing(self) -> None:
        """
        What is as it should be is kept, in both patterns.
        """
        for azure in (AZURE, ADVANCED, {**AZURE, "dead_letter": CONTAINER}):
            plan = make_plan(wanted(azure, IDS), found_as(wanted(azure, IDS)))
            self.assertFalse(plan.changes)
            self.assertEqual(plan.obstacles, ())
            self.assertEqual({s.method for s in plan.steps}, {""})

    def test_everything(self) -> None:
        """
        Where there is nothing all is made, by whole bodies.
        """
        want = wanted(ADVANCED)
        plan = make_plan(want, Found(immutable_id=RESOURCE, topic_id=None))
        self.assertEqual([s.verb for s in plan.steps], [Verb.CREATE] * 5)
        self.assertEqual([s.method for s in plan.steps], ["", "", "PUT", "PUT", "PUT"])
        body = plan.steps[3].body["properties"]
        self.assertEqual(
            destination(body)["deliveryAttributeMappings"][1],
            {
                "name": "asapp-api-secret",
                "type": "Static",
                "properties": {"value": API_SECRET, "isSecret": True},
            },
        )

    def test_each_field(self) -> None:
        """
        Each field that differs is shown, and only its part is sent.
        """

        def put(*path: str, value: Any) -> Change:
            def change(properties: dict[str, Any]) -> None:
                place = properties
                for key in path[:-1]:
                    place = place[key]
                place[path[-1]] = value

            return change

        one = {"operatorType": "StringIn", "key": "data.to.rawId", "values": ["x"]}
        inner = ("destination", "properties")
        for change, field, old, part in (
            (
                put(*inner, "endpointUrl", value="https://gw/V1"),
                "endpoint",
                "https://gw/V1",
                "destination",
            ),
            (
                put(*inner, "endpointUrl", value=f"{GATEWAY}/V1/acs-events"),
                "endpoint",
                f"{GATEWAY}/V1/acs-events",
                "destination",
            ),
            (
                put(*inner, "maxEventsPerBatch", value=10),
                "events per request",
                "10",
                "destination",
            ),
            (
                put("eventDeliverySchema", value="CloudEventSchemaV1_0"),
                "event schema",
                "CloudEventSchemaV1_0",
                "eventDeliverySchema",
            ),
            (
                put("filter", "includedEventTypes", value=None),
                "event types",
                "(all)",
                "filter",
            ),
            (
                put("filter", "subjectBeginsWith", value="/caller/4:+1"),
                "subject",
                "/caller/4:+1 ... *",
                "filter",
            ),
            (
                put("filter", "advancedFilters", value=[]),
                "filter",
                "(none)",
                "filter",
            ),
            (
                put("filter", "advancedFilters", value=[one, one]),
                "filter",
                "data.to.rawId StringIn x; data.to.rawId StringIn x",
                "filter",
            ),
            (
                put("retryPolicy", "maxDeliveryAttempts", value=30),
                "delivery attempts",
                "30",
                "retryPolicy",
            ),
            (
                put("retryPolicy", "eventTimeToLiveInMinutes", value=1440),
                "time to live",
                "1440 minutes",
                "retryPolicy",
            ),
        ):
            plan, step = self.plan(wanted(AZURE), change)
            [differs] = [f for f in step.fields if f.changes]
            self.assertEqual((differs.name, differs.old), (field, old))
            self.assertEqual((step.verb, step.method), (Verb.CHANGE, "PATCH"))
            self.assertEqual(list(step.body), [part])
            self.assertEqual(plan.obstacles, ())

    def test_dead_letters(self) -> None:
        """
        Dead letters are set, and taken away if they are not wanted any more.
        """
        without, with_them = wanted(AZURE), wanted({**AZURE, "dead_letter": CONTAINER})
        plan = make_plan(with_them, found_as(without))
        about = plan.steps[-1].body["deadLetterDestination"]["properties"]
        self.assertEqual(about["blobContainerName"], "c")
        self.assertTrue(about["resourceId"].endswith("/storageAccounts/a"))
        plan = make_plan(without, found_as(with_them))
        self.assertEqual(plan.steps[-1].body, {"deadLetterDestination": None})

    def test_case_and_order(self) -> None:
        """
        Event Grid ignores case and the order of values: these are no differences.
        """

        def shuffle(properties: dict[str, Any]) -> None:
            [one] = properties["filter"]["advancedFilters"]
            one["values"] = [v.upper() for v in reversed(one["values"])]
            one["operatorType"] = "stringin"
            properties["labels"] = ["mine", "ACSGW"]

        numbers = {**AZURE, "phone_numbers": ["+18005550100", "+18005550101"]}
        plan, _ = self.plan(wanted(numbers), shuffle)
        self.assertFalse(plan.changes)

    def test_state(self) -> None:
        """
        What failed is made anew as a whole; what is being changed is left alone.
        """
        for state in ("Failed", "AwaitingManualAction", "Canceled"):
            _, step = self.plan(wanted(AZURE), in_state(state))
            self.assertEqual((step.method, list(step.body)), ("PUT", ["properties"]))
        plan, step = self.plan(wanted(AZURE), in_state("Updating"))
        self.assertIn("somebody else is at it (Updating)", plan.obstacles[0])

    def test_other_resource(self) -> None:
        """
        A resource with another immutable id, or a topic's name that is taken, keeps
        a plan from being carried out.
        """
        want = wanted(AZURE)
        found = Found(immutable_id="other", topic_id=None, name_taken=True)
        first, second = make_plan(want, found).obstacles
        self.assertIn("accounts.test.resource_id", first)
        self.assertIn("accounts.test.azure.system_topic", second)

    def test_left_over(self) -> None:
        """
        What the account's former pattern had made is left, with how to delete it.
        """
        plan = make_plan(wanted(AZURE), found_as(wanted(ADVANCED, IDS)))
        left = plan.steps[-1]
        self.assertEqual((left.verb, left.name), (Verb.LEAVE, "acsgw-test-ivr"))
        self.assertIn("az resource delete --ids /x/acsgw-test-ivr", left.remarks[0])

    def test_account_of_a_similar_name(self) -> None:
        """
        What another account has is not called left over, however its name begins.
        """
        other = replace(wanted(ADVANCED, IDS).subscriptions[1], name="acsgw-test-2-ivr")
        want = wanted(ADVANCED, IDS)
        plan = make_plan(wanted(AZURE), found_as(replace(want, subscriptions=(other,))))
        left = plan.steps[-1]
        self.assertEqual(left.name, "acsgw-test-2-ivr")
        self.assertNotIn("delete", " ".join(left.remarks))

    def test_lines(self) -> None:
        """
        The lines name each difference with both values, and no secret.
        """

        def change(properties: dict[str, Any]) -> None:
            properties["retryPolicy"]["maxDeliveryAttempts"] = 30

        plan, _ = self.plan(wanted(ADVANCED, IDS), change)
        lines = list(lines_of(plan))
        self.assertIn("    - delivery attempts:   30", lines)
        self.assertIn("    + delivery attempts:   2", lines)
        self.assertIn("  0 to create, 1 to change, 4 to keep, 0 left alone", lines)
        verbose = "\n".join(lines_of(plan, verbose=True))
        self.assertNotIn(API_SECRET, verbose)
        self.assertIn("= time to live:        1 minute", verbose)


class SecretTests(PlanTestCase):
    """
    Secret headers: compared where they can be, kept where they cannot.
    """

    HASHED: dict[str, Any] = {
        "secrets": {k: v for k, v in SECRETS.items() if "API_SECRET" not in k},
        "api_secret_hash": str(SecretHash.of(API_SECRET)),
    }

    def set_header(self, number: int, **about: Any) -> Change:
        def change(properties: dict[str, Any]) -> None:
            header = destination(properties)["deliveryAttributeMappings"][number]
            header["properties"].update(about)

        return change

    def test_cannot_be_read(self) -> None:
        """
        A value that is hidden is kept, unless it is to be rotated.
        """
        for hidden in (None, "Hidden"):
            change = self.set_header(1, value=hidden)
            plan, step = self.plan(wanted(AZURE), change)
            self.assertFalse(plan.changes)
            [field] = [f for f in step.fields if f.name == "asapp-api-secret"]
            self.assertIn("--rotate-secrets", field.remark)
            plan, step = self.plan(wanted(AZURE), change, rotate=True)
            self.assertEqual(list(step.body), ["destination"])

    def test_another(self) -> None:
        """
        Another value is a difference, and is replaced.
        """
        plan, step = self.plan(wanted(AZURE), self.set_header(1, value="zebra"))
        self.assertEqual(step.verb, Verb.CHANGE)
        sent = destination(step.body)["deliveryAttributeMappings"][1]
        self.assertEqual(sent["properties"]["value"], API_SECRET)
        self.assertNotIn("zebra", " ".join(lines_of(plan)))

    def test_shown(self) -> None:
        """
        A secret that everybody can read in the portal is hidden.
        """
        _, step = self.plan(wanted(AZURE), self.set_header(1, isSecret=False))
        [field] = [f for f in step.fields if f.changes]
        self.assertEqual(field.old, "(shown to everybody)")

    def test_missing_and_too_many(self) -> None:
        """
        A header that is missing is added, one that is not ours goes away.
        """

        def change(properties: dict[str, Any]) -> None:
            headers = destination(properties)["deliveryAttributeMappings"]
            headers[1] = {"name": "x", "type": "Dynamic", "properties": {}}

        _, step = self.plan(wanted(AZURE), change)
        changed = {f.name: (f.old, f.new) for f in step.fields if f.changes}
        self.assertEqual(
            changed, {"asapp-api-secret": (None, "(secret)"), "x": ("(set)", None)}
        )

    def test_hash(self) -> None:
        """
        With the hash alone a value that can be read is compared all the same; one
        that matches is sent back when something else of the destination changes.
        """
        want = wanted(AZURE, **self.HASHED)
        self.assertIsNone(want.subscriptions[0].headers[1].plain)

        def found(**change: Any) -> Found:
            body = body_of(wanted(AZURE).subscriptions[0])
            destination(body["properties"]).update(change)
            url = destination(body["properties"])["endpointUrl"]
            return Found(
                immutable_id=RESOURCE,
                topic_id="/t",
                subscriptions=(read_subscription(body, url),),
            )

        self.assertFalse(make_plan(want, found()).changes)
        plan = make_plan(want, found(endpointUrl="https://other"))
        self.assertEqual(plan.obstacles, ())
        sent = destination(plan.steps[-1].body)["deliveryAttributeMappings"][1]
        self.assertEqual(sent["properties"]["value"], API_SECRET)

    def test_not_known(self) -> None:
        """
        With the hash alone nothing can be created, and no other value be replaced:
        the way out names the variable.
        """
        want = wanted(AZURE, **self.HASHED)
        plan = make_plan(want, Found(immutable_id=RESOURCE, topic_id="/t"))
        [obstacle] = plan.obstacles
        self.assertIn("ACSGW_ACCOUNTS_TEST_API_SECRET", obstacle)
        plan, _ = self.plan(want, self.set_header(1, value="another"))
        self.assertIn("asapp-api-secret is not known", plan.obstacles[0])

    def test_ivr_secret_not_given(self) -> None:
        """
        A secret of the IVR's that is not given this time is kept; it is needed to
        create.
        """
        few = {k: v for k, v in SECRETS.items() if "IVR" not in k}
        want = wanted(ADVANCED, IDS, secrets=few)
        plan = make_plan(want, found_as(wanted(ADVANCED, IDS)))
        self.assertFalse(plan.changes)
        plan = make_plan(want, found_as(wanted(ADVANCED, IDS), only=1))
        self.assertIn("AZURE_IVR_SECRET", plan.obstacles[0])


class OwnershipTests(PlanTestCase):
    """
    What is ours, and what is not.
    """

    def test_not_ours(self) -> None:
        """
        Without our label a subscription of our name is not changed, unless it is
        adopted; then it gets the label.
        """

        def change(properties: dict[str, Any]) -> None:
            properties["labels"] = None

        plan, step = self.plan(wanted(AZURE), change)
        self.assertIn("--adopt acsgw-test-gateway", plan.obstacles[0])
        self.assertIsNone(step.body)
        adopt = frozenset({"ACSGW-test-gateway"})
        plan, step = self.plan(wanted(AZURE), change, adopt=adopt)
        self.assertEqual((plan.obstacles, step.body), ((), {"labels": ["acsgw"]}))

    def test_query(self) -> None:
        """
        The query of an endpoint that cannot be read back is no difference; its
        path is.
        """
        want = wanted({**ADVANCED, "ivr_endpoint": "https://ivr/events?code=1"}, IDS)
        one = want.subscriptions[1]
        for url, changes in (
            ("https://ivr/events", False),
            ("https://ivr/other", True),
        ):
            body = body_of(one)
            about = destination(body["properties"])
            about.pop("endpointUrl")
            about["endpointBaseUrl"] = url
            fields = compared(one, read_subscription(body), rotate=False)
            self.assertEqual(any(f.changes for f in fields), changes, fields)
            self.assertNotIn("code=1", str(fields))

    def test_identities_in_filters(self) -> None:
        """
        Identities are read from the filters of our own subscriptions, not of
        others'.
        """
        want = wanted(ADVANCED, IDS)
        found = found_as(want)
        self.assertEqual(identities_in(found, wanted(ADVANCED)), IDS)

        def unlabel(properties: dict[str, Any]) -> None:
            properties["labels"] = []

        found = found_as(want, unlabel)
        self.assertEqual(identities_in(found, want), {"ivr": IVR_USER})

    def test_repr(self) -> None:
        """
        Neither what is found nor what is planned shows a secret by its repr.
        """
        want = wanted(AZURE)
        found: FoundSubscription = found_as(want).subscriptions[0]
        plan = make_plan(want, Found(immutable_id=RESOURCE, topic_id=None))
        for thing in (found, plan, want):
            self.assertNotIn(API_SECRET, repr(thing))
