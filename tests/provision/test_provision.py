"""
Tests for C{acsgw provision} against the emulated Azure.
"""

from __future__ import annotations

import json
import re
from typing import Any

from acsgw.provision.bodies import topic_body
from acsgw.secret_hash import SecretHash

from ..scenarios.house import API_SECRET, GATEWAY, RESOURCE
from .support import ADVANCED, AZURE, IVR_SECRET, SERVICE, TOPICS, AzureTestCase

GATEWAY_NAME, IVR_NAME = "acsgw-test-gateway", "acsgw-test-ivr"
ON_TOPIC = f"{TOPICS}/acsgw-emulator/eventSubscriptions"


class ProvisionTests(AzureTestCase):
    """
    Looking, applying, and looking again.
    """

    def test_dry_run(self) -> None:
        """
        Without --apply everything is shown, and nothing made.
        """
        status, said = self.provision(ADVANCED, apply=False)
        self.assertEqual(status, 0)
        for part in (
            "+ identity of the gateway: (the gateway's identity, made by --apply)",
            "+ identity of the ivr: ",
            "+ system topic acsgw-emulator",
            f"+ event subscription {GATEWAY_NAME}",
            f"+ event subscription {IVR_NAME}",
            "cannot deliver the return transfer",
            "5 to create, 0 to change, 0 to keep, 0 left alone",
            "dry run",
        ):
            self.assertIn(part, said)
        self.assertNotIn(API_SECRET, said)
        self.assertEqual(self.arm_request("GET", TOPICS), (200, {"value": []}))
        self.assertFalse((self.folder / "state").exists())

    def test_applied_twice(self) -> None:
        """
        What is applied is there, with its secrets; a second time nothing changes.
        """
        status, said = self.provision(ADVANCED)
        self.assertEqual((status, self.said[-1]), (0, "Done."))
        made = json.loads((self.folder / "state/azure-identities.json").read_text())
        ids = made["test"]
        for role, raw_id in ids.items():
            self.assertTrue(raw_id.startswith(f"8:acs:{RESOURCE}_"))
            self.assertIn(f'{role}_identity = "{raw_id}"', said)
        gateway, ivr = self.subscription(GATEWAY_NAME), self.subscription(IVR_NAME)
        for properties, operator, values in (
            (gateway, "StringIn", [ids["gateway"]]),
            (ivr, "StringBeginsWith", ["4:", ids["ivr"]]),
        ):
            self.assertEqual(properties["provisioningState"], "Succeeded")
            self.assertEqual(
                properties["filter"]["advancedFilters"],
                [
                    {
                        "operatorType": operator,
                        "key": "data.to.rawId",
                        "values": values,
                    }
                ],
            )
            self.assertEqual(
                properties["retryPolicy"],
                {"maxDeliveryAttempts": 2, "eventTimeToLiveInMinutes": 1},
            )
        self.assertEqual(self.ivr.headers, [IVR_SECRET])
        before = self.everything()
        status, said = self.provision(ADVANCED)
        self.assertEqual((status, self.said[-1]), (0, "Nothing to do."))
        self.assertIn("0 to create, 0 to change, 5 to keep", said)
        self.assertEqual(self.everything(), before)
        self.assertEqual(len(self.ivr.events), 1)

    def everything(self) -> Any:
        _, users = self.request("GET", "http://127.0.0.1:8480/emulator/identities")
        return (
            users,
            self.arm_request("GET", TOPICS),
            self.arm_request("GET", ON_TOPIC),
        )

    def test_lost_file(self) -> None:
        """
        Identities whose file got lost are found in the filters of our own
        subscriptions: none is made twice.
        """
        self.provision(ADVANCED)
        before = self.everything()
        (self.folder / "state/azure-identities.json").unlink()
        self.assertEqual(self.provision(ADVANCED)[0], 0)
        self.assertEqual(self.said[-1], "Nothing to do.")
        self.assertEqual(self.everything(), before)

    def test_somebody_changed_a_filter(self) -> None:
        """
        A filter that somebody changed by hand is shown as a difference, and set
        right; the rest is left as it is.
        """
        self.provision(AZURE)
        other = {"operatorType": "StringIn", "key": "data.to.rawId", "values": ["4:+1"]}
        status, _ = self.arm_request(
            "PATCH",
            f"{ON_TOPIC}/{GATEWAY_NAME}",
            {"filter": {"advancedFilters": [other]}},
        )
        self.assertEqual(status, 201)
        self.reactor.run_for(1)
        _, said = self.provision(AZURE, apply=False)
        self.assertRegex(said, r"- filter: +data.to.rawId StringIn 4:\+1\n")
        self.assertRegex(said, r"\+ filter: +data.to.kind StringIn phoneNumber\n")
        self.assertRegex(said, r"- event types: +\(all\)\n")
        self.assertNotIn("endpoint:", said)
        self.assertIn("1 to change", said)
        self.assertEqual(self.provision(AZURE)[0], 0)
        chosen = self.subscription(GATEWAY_NAME)["filter"]
        self.assertEqual(chosen["advancedFilters"][0]["values"], ["phoneNumber"])
        # Event Grid still has the secret, though a PATCH did not send it.
        self.place_call()
        self.assertTrue(self.talk())

    def test_secret(self) -> None:
        """
        A secret that the gateway would refuse is shown as a difference by its hash
        alone; to change it the secret itself is needed.
        """
        self.provision(AZURE)
        other = "another-secret-made-by-a-machine"
        hashed = {
            "ACSGW_ACCOUNTS_TEST_ACS_ACCESS_KEY": "a2V5",
        }
        more = {"secrets": hashed, "api_secret_hash": str(SecretHash.of(API_SECRET))}
        status, said = self.provision(AZURE, verbose=True, **more)
        self.assertEqual(status, 0)
        self.assertIn("[matches the hash]", said)
        more = {"secrets": hashed, "api_secret_hash": str(SecretHash.of(other))}
        status, said = self.provision(AZURE, apply=False, **more)
        self.assertEqual(status, 1)
        self.assertRegex(said, r"- asapp-api-secret: +\(another secret\)")
        self.assertIn("ACSGW_ACCOUNTS_TEST_API_SECRET", said)

    def test_reader(self) -> None:
        """
        Who may only read sees the plan, with secrets that cannot be read back.
        """
        self.provision(AZURE)
        status, said = self.provision(AZURE, apply=False, token="reader")
        self.assertEqual(status, 0)
        self.assertRegex(said, r"= asapp-api-secret: .*cannot be read back: kept")
        self.assertEqual(self.said[-1], "Nothing to do.")

    def test_forbidden(self) -> None:
        """
        Who may not write is told which role is missing, and where.
        """
        status, _, errors = self.fails(AZURE, token="reader")
        self.assertEqual(status, 1)
        self.assertIn("'EventGrid Contributor' on", errors)
        self.assertIn("resourceGroups/emulator", errors)
        _, _, errors = self.fails(AZURE, token="nobody")
        self.assertIn("'Reader' on", errors)

    def test_rotate(self) -> None:
        """
        --rotate-secrets sends the secrets again, even if nothing else changed.
        """
        self.provision(ADVANCED)
        seen = len(self.ivr.events)
        status, said = self.provision(ADVANCED, rotate=True)
        self.assertEqual(status, 0)
        self.assertIn("(secret, sent anew)", said)
        self.assertEqual(len(self.ivr.events), seen + 1)

    def test_failed_handshake(self) -> None:
        """
        An endpoint that does not pass the handshake ends the command with what it
        answered and the way out; the next time the rest is made.
        """
        self.ivr.status = 500
        status, _, errors = self.fails(ADVANCED)
        self.assertEqual(status, 1)
        self.assertIn(f"eventSubscriptions/{IVR_NAME}: failed", errors)
        self.assertIn("the endpoint answered 500", errors)
        self.assertIn("check --online", errors)
        self.ivr.status = 200
        status, said = self.provision(ADVANCED)
        self.assertEqual(status, 0)
        self.assertIn("1 to create, 0 to change, 4 to keep", said)

    def test_foreign(self) -> None:
        """
        Subscriptions of others are shown with what they do to ours, and are never
        touched; one that has our name must be adopted.
        """
        self.subscribe()
        _, said = self.provision(AZURE)
        self.assertIn(". event subscription gateway", said)
        self.assertIn("it has no filter", said)
        self.assertIn("told twice", said)
        self.arm_request("DELETE", f"{ON_TOPIC}/{GATEWAY_NAME}")
        body = {
            "properties": {
                "destination": {
                    "endpointType": "WebHook",
                    "properties": {"endpointUrl": "http://127.0.0.1:5000/mine"},
                }
            }
        }
        self.arm_request("PUT", f"{ON_TOPIC}/{GATEWAY_NAME}", body)
        self.reactor.run_for(1)
        before = self.everything()
        status, _, errors = self.fails(AZURE)
        self.assertEqual(status, 1)
        self.assertIn(f"--adopt {GATEWAY_NAME}", errors)
        self.assertEqual(self.everything(), before)
        status, _ = self.provision(AZURE, adopt=frozenset({GATEWAY_NAME}))
        self.assertEqual(status, 0)
        destination = self.subscription(GATEWAY_NAME)["destination"]["properties"]
        self.assertEqual(destination["endpointBaseUrl"], f"{GATEWAY}/v1/acs-events")

    def test_other_topic(self) -> None:
        """
        A system topic that somebody else made for the resource is used: there can
        be only one.
        """
        status, _ = self.arm_request("PUT", f"{TOPICS}/portals", topic_body(SERVICE))
        self.assertEqual(status, 201)
        status, said = self.provision(AZURE)
        self.assertEqual(status, 0)
        self.assertIn("= system topic portals", said)
        self.subscription(GATEWAY_NAME, "portals")

    def test_wrong_place(self) -> None:
        """
        A subscription, group or resource that there is not is told as such.
        """
        for key, way in (
            ("subscription_id", "is azure.subscription_id right"),
            ("resource_group", "is azure.resource_group right"),
            ("communication_service", "is azure.communication_service right"),
        ):
            other = "00000000-1111-2222-3333-444444444444"
            _, _, errors = self.fails({**AZURE, key: other})
            self.assertIn(way, errors)

    def test_no_such_resource_id(self) -> None:
        """
        A resource that has another immutable id than the settings say is not set
        up.
        """
        other = "00000000-1111-2222-3333-444444444444"
        status, said, errors = self.fails(AZURE, resource_id=other)
        self.assertEqual(status, 1)
        self.assertIn("accounts.test.resource_id", errors)
        self.assertTrue(re.search(r"! accounts.test.resource_id", said))
