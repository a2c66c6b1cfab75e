"""
Tests for the files that C{acsgw provision --as} prints: each kind is read back, and
must mean what the plan would send.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from acsgw.provision.arm import EVENT_GRID
from acsgw.provision.as_arm import SCHEMA, arm_template
from acsgw.provision.as_az import az_script
from acsgw.provision.as_bicep import bicep_file
from acsgw.provision.difference import compared
from acsgw.provision.found import Found, read_subscription
from acsgw.provision.plan import Kind, make_plan
from acsgw.provision.wanted import Wanted

from ..scenarios.house import API_ID, API_SECRET, RESOURCE
from .support import ADVANCED, AZURE, IVR_SECRET, wanted
from .test_plan import CONTAINER, GATEWAY_USER, IDS, IVR_USER

SETTINGS = (
    AZURE,
    {**AZURE, "phone_numbers": ["+18005550100"], "dead_letter": CONTAINER},
    ADVANCED,
    {**ADVANCED, "event_schema": "CloudEventSchemaV1_0", "dead_letter": CONTAINER},
    {**ADVANCED, "ivr_endpoint": "https://ivr/x?a='b'&c=$d%20${e}"},
)
#: What is given when the file is used.
GIVEN = {
    "asappApiId": API_ID,
    "asappApiSecret": API_SECRET,
    "ivrSecret": IVR_SECRET,
    "gatewayIdentity": GATEWAY_USER,
    "ivrIdentity": IVR_USER,
}


def planned(want: Wanted) -> dict[str, Any]:
    """
    @return: name to the body that the plan would send, without what is not there.
    """
    plan = make_plan(want, Found(immutable_id=RESOURCE, topic_id=None))
    bodies = {s.name: s.body for s in plan.steps if s.kind is not Kind.IDENTITY}
    for body in bodies.values():
        if body["properties"].get("deadLetterDestination", 1) is None:
            del body["properties"]["deadLetterDestination"]
    return bodies


class ArmTests(SynchronousTestCase):
    """
    Templates of Azure Resource Manager.
    """

    def resolve(self, value: Any, declared: dict[str, Any]) -> Any:
        """
        @return: the value of what may be an expression.
        """
        if isinstance(value, dict):
            return {k: self.resolve(v, declared) for k, v in value.items()}
        if isinstance(value, list):
            return [self.resolve(item, declared) for item in value]
        if isinstance(value, str) and value.startswith("[["):
            return value[1:]
        if isinstance(value, str) and value.startswith("["):
            found = re.fullmatch(r"\[parameters\('(\w+)'\)\]", value)
            assert found is not None, value
            self.assertIn(found[1], declared)
            return GIVEN[found[1]]
        return value

    def test_bodies(self) -> None:
        """
        With its parameters given, a template deploys what the plan would send.
        """
        for azure in SETTINGS:
            want = wanted(azure, IDS)
            template = json.loads(arm_template(want))
            declared = template["parameters"]
            topic, *subscriptions = template["resources"]
            bodies = planned(want)
            self.assertEqual(topic.pop("name"), want.topic)
            self.assertEqual(topic.pop("type"), "Microsoft.EventGrid/systemTopics")
            self.assertEqual(topic.pop("apiVersion"), EVENT_GRID)
            self.assertEqual(topic, bodies.pop(want.topic))
            for one in subscriptions:
                owner, name = one.pop("name").split("/")
                self.assertEqual(owner, want.topic)
                body = self.resolve({"properties": one["properties"]}, declared)
                self.assertEqual(body, bodies.pop(name))
            self.assertEqual(bodies, {})

    def test_form(self) -> None:
        """
        A template has the parts that Resource Manager insists on, and no others;
        what hangs on the topic waits for it.
        """
        for azure in SETTINGS:
            want = wanted(azure)
            template = json.loads(arm_template(want))
            self.assertEqual(
                set(template), {"$schema", "contentVersion", "parameters", "resources"}
            )
            self.assertEqual(template["$schema"], SCHEMA)
            self.assertRegex(template["contentVersion"], r"^\d+\.\d+\.\d+\.\d+$")
            for name, about in template["parameters"].items():
                self.assertRegex(name, r"^[a-z][A-Za-z]*$")
                self.assertIn(about["type"], ("string", "securestring"))
                self.assertLessEqual(set(about), {"type", "defaultValue", "metadata"})
            used = set(re.findall(r"parameters\('(\w+)'\)", json.dumps(template)))
            self.assertEqual(used, set(template["parameters"]))
            first, *rest = template["resources"]
            self.assertNotIn("dependsOn", first)
            for one in rest:
                kind = "Microsoft.EventGrid/systemTopics"
                self.assertEqual(one["type"], f"{kind}/eventSubscriptions")
                self.assertEqual(
                    one["dependsOn"], [f"[resourceId('{kind}', '{want.topic}')]"]
                )
                self.assertEqual(
                    len(one["type"].split("/")) - 1, len(one["name"].split("/"))
                )

    def test_secrets(self) -> None:
        """
        No file holds a secret; secrets are parameters without a default.  Identities
        that are known are defaults.
        """
        want = wanted(ADVANCED, IDS)
        for text in (arm_template(want), bicep_file(want), az_script(want)):
            self.assertNotIn(API_SECRET, text)
            self.assertNotIn(IVR_SECRET, text)
            self.assertIn(IVR_USER, text)
        declared = json.loads(arm_template(want))["parameters"]
        for name in ("asappApiId", "asappApiSecret", "ivrSecret"):
            self.assertEqual(declared[name]["type"], "securestring")
            self.assertNotIn("defaultValue", declared[name])
        self.assertEqual(declared["ivrIdentity"]["defaultValue"], IVR_USER)
        declared = json.loads(arm_template(wanted(ADVANCED)))["parameters"]
        self.assertNotIn("defaultValue", declared["ivrIdentity"])


_TOKEN = re.compile(r"\s*(?:('(?:[^'\\]|\\.)*')|([A-Za-z_]\w*)|(\d+)|([{}\[\]:]))")


class Bicep:
    """
    Reads as much of the language as we write.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def value(self) -> Any:
        text, word, number, sign = self._next()
        if text:
            return re.sub(r"\\(.)", r"\1", text[1:-1])
        if number:
            return int(number)
        if word:
            return (
                {"true": True, "false": False}.get(word)
                if word
                in (
                    "true",
                    "false",
                )
                else GIVEN[word]
            )
        found: Any = {} if sign == "{" else []
        while self._peek() != ("}" if sign == "{" else "]"):
            if sign == "[":
                found.append(self.value())
                continue
            key = self._next()[1]
            assert self._next()[3] == ":", key
            if key == "parent":
                found[key] = self._next()[1]
            else:
                found[key] = self.value()
        self._next()
        return found

    def _peek(self) -> str:
        found = _TOKEN.match(self._text, self._at)
        assert found is not None, self._text[self._at :][:50]
        return found[0].strip()

    def _next(self) -> tuple[str | None, ...]:
        found = _TOKEN.match(self._text, self._at)
        assert found is not None, self._text[self._at :][:50]
        self._at = found.end()
        return found.groups()


class BicepTests(SynchronousTestCase):
    """
    Bicep files.
    """

    def test_bodies(self) -> None:
        """
        Each resource of a file, with the parameters given, is what the plan would
        send; the subscriptions have the topic as parent.
        """
        for azure in SETTINGS:
            want = wanted(azure, IDS)
            text = bicep_file(want)
            bodies = planned(want)
            for symbol, kind, body in re.findall(
                r"(?ms)^resource (\w+) '([^']+)' = (\{.*?^\})", text
            ):
                found = Bicep(body).value()
                name = found.pop("name")
                parent = found.pop("parent", None)
                below = "" if parent is None else "/eventSubscriptions"
                self.assertEqual(
                    kind, f"Microsoft.EventGrid/systemTopics{below}@{EVENT_GRID}"
                )
                self.assertEqual(parent, None if symbol == "topic" else "topic")
                self.assertEqual(found, bodies.pop(name))
            self.assertEqual(bodies, {})

    def test_parameters(self) -> None:
        """
        What is used is declared once; secrets are secure and have no default.
        """
        text = bicep_file(wanted(ADVANCED, IDS))
        declared = re.findall(r"(?m)^(@secure\(\)\n)?param (\w+) string(.*)$", text)
        self.assertEqual({name for _, name, _ in declared}, set(GIVEN))
        for secure, name, default in declared:
            self.assertEqual(bool(secure), not name.endswith("Identity"))
            self.assertEqual(bool(default), name.endswith("Identity"))

    def test_texts(self) -> None:
        """
        Quotes, backslashes and what would be interpolated are escaped.
        """
        endpoint = "https://ivr/a'b\\c${d}"
        text = bicep_file(wanted({**ADVANCED, "ivr_endpoint": endpoint}))
        self.assertIn(r"'https://ivr/a\'b\\c\${d}'", text)


class AzTests(SynchronousTestCase):
    """
    Commands of the Azure CLI.
    """

    def commands(self, want: Wanted) -> list[list[str]]:
        """
        @return: the words of each command, as a shell would have them.
        """
        text = az_script(want)
        variables = {
            re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper(): value
            for name, value in GIVEN.items()
        }
        found = []
        for command in text.replace("\\\n", " ").splitlines():
            if command.startswith("az "):
                expanded = re.sub(
                    r'"\$\{(\w+)\}"', lambda m: shlex.quote(variables[m[1]]), command
                )
                found.append(shlex.split(expanded))
        return found

    def options(self, words: list[str]) -> dict[str, list[list[str]]]:
        options: dict[str, list[list[str]]] = {}
        for word in words:
            if word.startswith("--"):
                options.setdefault(word, []).append([])
                last = options[word][-1]
            elif options:
                last.append(word)
        return options

    def test_commands(self) -> None:
        """
        The commands make the topic, and subscriptions that differ in nothing from
        what is wanted.
        """
        for azure in SETTINGS:
            want = wanted(azure, IDS)
            topic, *commands = self.commands(want)
            self.assertEqual(topic[:4], ["az", "eventgrid", "system-topic", "create"])
            given = self.options(topic)
            self.assertEqual(given["--source"], [[want.resource_id]])
            self.assertEqual(given["--location"], [["global"]])
            self.assertEqual(len(commands), len(want.subscriptions))
            for words, one in zip(commands, want.subscriptions, strict=True):
                self.assertEqual(
                    words[:5],
                    ["az", "eventgrid", "system-topic", "event-subscription", "create"],
                )
                given = self.options(words)
                self.assertEqual(given["--name"], [[one.name]])
                self.assertEqual(given["--system-topic-name"], [[want.topic]])
                body = self.body(given)
                url = body["properties"]["destination"]["properties"]["endpointUrl"]
                found = read_subscription(body, url)
                fields = compared(one, found, rotate=False)
                self.assertEqual([f for f in fields if f.changes], [])

    def body(self, given: dict[str, list[list[str]]]) -> dict[str, Any]:
        """
        @return: what the CLI would send for these options.
        """
        names = {
            "eventgridschema": "EventGridSchema",
            "cloudeventschemav1_0": "CloudEventSchemaV1_0",
        }
        [[endpoint]], [[schema]] = given["--endpoint"], given["--event-delivery-schema"]
        properties: dict[str, Any] = {
            "provisioningState": "Succeeded",
            "destination": {
                "properties": {
                    "endpointUrl": endpoint,
                    "maxEventsPerBatch": int(given["--max-events-per-batch"][0][0]),
                    "deliveryAttributeMappings": [
                        {
                            "name": name,
                            "type": kind.capitalize(),
                            "properties": {
                                "value": value,
                                "isSecret": secret == "true",
                            },
                        }
                        for name, kind, value, secret in given.get(
                            "--delivery-attribute-mapping", []
                        )
                    ],
                }
            },
            "eventDeliverySchema": names[schema],
            "filter": {
                "includedEventTypes": given["--included-event-types"][0],
                "advancedFilters": [
                    {"key": key, "operatorType": operator, "values": values}
                    for key, operator, *values in given["--advanced-filter"]
                ],
            },
            "retryPolicy": {
                "maxDeliveryAttempts": int(given["--max-delivery-attempts"][0][0]),
                "eventTimeToLiveInMinutes": int(given["--event-ttl"][0][0]),
            },
            "labels": given["--labels"][0],
        }
        if "--deadletter-endpoint" in given:
            [[container]] = given["--deadletter-endpoint"]
            account, _, name = container.partition("/blobServices/default/containers/")
            properties["deadLetterDestination"] = {
                "properties": {"resourceId": account, "blobContainerName": name}
            }
        return {"name": given["--name"][0][0], "properties": properties}

    def test_shell(self) -> None:
        """
        A shell understands the script, and stops where a secret is not given.
        """
        script = az_script(wanted(ADVANCED, IDS))
        syntax = subprocess.run(
            ["/bin/sh", "-n"], input=script, text=True, capture_output=True, check=False
        )
        self.assertEqual((syntax.returncode, syntax.stderr), (0, ""))
        run = subprocess.run(
            ["/bin/sh"],
            input=script,
            text=True,
            capture_output=True,
            check=False,
            env={"PATH": "/nonexistent"},
        )
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("ASAPP_API_ID", run.stderr)

    def test_identities_by_hand(self) -> None:
        """
        Where an identity is to be given, the script names the command that makes
        one: the group "communication identity" is deprecated (Microsoft Learn, "az
        communication user-identity user").
        """
        script = az_script(wanted(ADVANCED))
        self.assertIn("az communication user-identity user create", script)
