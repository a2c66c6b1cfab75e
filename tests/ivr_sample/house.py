"""
IVR, gateway and emulated service on one network in memory; and settings to start from.
"""

from __future__ import annotations

import wave
from copy import deepcopy
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

from twisted.application.service import IService

from acsgw.acs.control import AzureCallControl
from ivr_sample.assembly import build
from ivr_sample.prompts import read_prompts
from ivr_sample.settings import Settings
from ivr_sample.settings_file import parse_settings

from ..scenarios.house import (
    ACCESS_KEY,
    EMULATOR,
    GATEWAY,
    LINE,
    RESOURCE,
    HouseTestCase,
    tone,
)

IVR_USER = f"8:acs:{RESOURCE}_ivr"
GATEWAY_USER = f"8:acs:{RESOURCE}_gateway"
IVR = "http://127.0.0.1:8090"
IVR_OPERATIONS = "http://127.0.0.1:8091"
HUMAN = "+14255550199"
EVENT_KEY = "a-key-that-a-machine-made"

SETTINGS: dict[str, Any] = {
    "ivr": {"public_url": IVR, "drain_seconds": 5.0},
    "acs": {"endpoint": EMULATOR, "resource_id": RESOURCE, "identity": IVR_USER},
    "azure": {
        "issuer": EMULATOR,
        "openid_configuration": EMULATOR
        + "/calling/.well-known/acsopenidconfiguration",
    },
    "events": {},
    "prompts": {"folder": ".", "digits": "digit-{}.wav"},
    "flow": {
        "greeting": "greeting.wav",
        "no_input": "no-input.wav",
        "no_match": "no-match.wav",
        "goodbye": "goodbye.wav",
        "first_digit_seconds": 2,
        "between_digits_seconds": 1,
    },
    "account": {
        "prompt": "account.wav",
        "min_digits": 5,
        "max_digits": 5,
        "confirm_before": "you-entered.wav",
        "confirm_after": "is-it-right.wav",
    },
    "human": {
        "target": HUMAN,
        "caller_id": LINE,
        "prompt": "human.wav",
        "unavailable": "unavailable.wav",
    },
    "callback": {"offer": "offer.wav", "promised": "promised.wav"},
    "survey": {"prompt": "survey.wav", "thanks": "thanks.wav"},
    "gateway": {"identity": GATEWAY_USER, "apology": "apology.wav"},
    "back": {
        "greetings": {"agent": "back-agent.wav", "otherwise": "back.wav"},
        "rules": [
            {
                "when": {"handoverKind": "agent", "intent": "billing"},
                "say": "billing.wav",
                "do": "human",
            },
            {"when": {"handoverKind": "completed"}, "do": "survey"},
            {"when": {"handoverKind": "system"}, "do": "callback"},
            {"when": {"handoverKind": "agent lost"}, "do": "agent"},
            {"do": "goodbye"},
        ],
    },
}

SECRETS = {
    "IVR_ACS_ACCESS_KEY": ACCESS_KEY,
    "IVR_EVENTS_KEY": EVENT_KEY,
    "IVR_CALLBACK_WEBHOOK_KEY": "for-the-webhook",
}


def changed(changes: dict[str, Any]) -> dict[str, Any]:
    """
    @param changes: C{"table.key"} to its new value; L{None} removes.

    @return: L{SETTINGS} with these changes.
    """
    given = deepcopy(SETTINGS)
    for path, value in changes.items():
        *ways, name = path.split(".")
        table = given
        for way in ways:
            table = table.setdefault(way, {})
        if value is None:
            del table[name]
        else:
            table[name] = value
    return given


def wav(seconds: float, rate: int = 16000) -> bytes:
    """
    @return: a file with a tone, mono, 16 bit.
    """
    file = BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(tone(rate, 800, seconds))
    return file.getvalue()


def write_prompts(folder: Path, seconds: float = 0.2) -> None:
    """
    Write every file that L{SETTINGS} and the tests name.
    """
    content = wav(seconds)
    names = "greeting no-input no-match goodbye account you-entered is-it-right human"
    names += " unavailable offer promised survey thanks apology back-agent back billing"
    names += " closed menu pin " + " ".join(f"digit-{digit}" for digit in range(10))
    for name in names.split():
        (folder / f"{name}.wav").write_bytes(content)


def settings_in(
    folder: Path, secrets: dict[str, str] = SECRETS, **changes: Any
) -> Settings:
    """
    @param secrets: the environment.
    @param changes: as L{changed} takes them, with C{__} for the dot.

    @return: settings whose prompts are there.
    """
    folder.mkdir(exist_ok=True)
    write_prompts(folder)
    dotted = {name.replace("__", "."): value for name, value in changes.items()}
    return parse_settings(changed(dotted), secrets, folder)


class IvrHouseTestCase(HouseTestCase):
    """
    A test of whole conversations.

    @ivar ivr_changes: to L{SETTINGS}, as L{settings_in} takes them.
    """

    ivr_changes: dict[str, Any] = {}
    emulator_settings = {
        "resource": {
            "access_key": ACCESS_KEY,
            "immutable_id": RESOURCE,
            "users": ["gateway", "ivr"],
        },
        "transfer": {"fail": ["+15550000000"]},
    }

    def setUp(self) -> None:
        super().setUp()
        self.ivr = self._ivr()
        self.ivr.privilegedStartService()
        self.ivr.startService()
        self.gateway_control = AzureCallControl(
            *(EMULATOR, ACCESS_KEY, self.http, self.reactor, self.reactor.seconds),
            lambda: str(uuid4()),
        )
        self.subscribe_both()

    def _ivr(self) -> IService:
        settings = settings_in(self.folder, **self.ivr_changes)
        prompts, _ = read_prompts(settings, self.folder)
        clock = self.reactor
        return build(settings, prompts, clock, clock.seconds, self.http)

    def _stop(self) -> None:
        stopped = self.ivr.stopService()
        if stopped is not None:
            self.reactor.run_for(30)
            self.successResultOf(stopped)
        super()._stop()

    def subscribe_both(self) -> None:
        """
        The number and the IVR's user to the IVR, the gateway's user to the gateway.
        """
        key = "data.to.rawId"
        to_gateway = [{"key": key, "operator": "StringIn", "values": [GATEWAY_USER]}]
        to_ivr = [
            {"key": key, "operator": "StringBeginsWith", "values": ["4:", IVR_USER]}
        ]
        self.assertEqual(self.subscribe(filters=to_gateway)[0], 201)
        subscription = {
            "endpoint": f"{IVR}/v1/events",
            "schema": "CloudEventSchemaV1_0",
            "headers": {"x-ivr-key": EVENT_KEY},
            "filters": to_ivr,
        }
        url = f"{EMULATOR}/emulator/subscriptions/ivr"
        code, body = self.request("PUT", url, subscription)
        self.assertEqual((code, body["state"]), (201, "active"))

    # What a test does.

    def press(self, *keys: tuple[float, str], **more: Any) -> str:
        """
        Place a call whose caller presses keys so many seconds after the answer.
        """
        steps = [{"after": f"at {at:g}", "press": key} for at, key in keys]
        return self.place_call(*steps, **more)

    def go_back(self, **variables: str) -> None:
        """
        What the gateway does when it gives the caller back.
        """
        code, body = self.request("GET", "http://127.0.0.1:8081/v1/calls?live=1")
        self.assertEqual(code, 200)
        connection_id = body["calls"][-1]["connection_id"]
        done = self.gateway_control.transfer(connection_id, IVR_USER, variables, "back")
        self.reactor.run_for(0.5)
        self.successResultOf(done)

    def legs(self) -> list[dict[str, Any]]:
        """
        @return: the IVR's records, the oldest first.
        """
        code, body = self.request("GET", f"{IVR_OPERATIONS}/v1/calls")
        self.assertEqual(code, 200)
        legs: list[dict[str, Any]] = body["calls"]
        return legs

    def outcomes(self) -> list[str | None]:
        return [leg["outcome"] for leg in self.legs()]

    def whats(self, leg: int = -1) -> list[str]:
        """
        @return: the milestones of a leg, with their texts.
        """
        timeline = self.legs()[leg]["timeline"]
        return [f"{m['what']} {m['text']}".strip() for m in timeline]


__all__ = ["GATEWAY", "IvrHouseTestCase"]
