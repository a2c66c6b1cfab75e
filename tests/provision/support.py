"""
Help for tests of C{acsgw provision}: settings, and Azure as the emulator plays it.
"""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.web.resource import Resource
from twisted.web.server import Site

from acsgw.provision.arm import Arm
from acsgw.provision.command import Order, provision
from acsgw.provision.provisioning import Choices
from acsgw.provision.wanted import Wanted, wanted_for
from acsgw.reactor_command import Outside
from acsgw.settings import AccountSettings, AzureSettings, Settings, parse_settings

from ..scenarios.house import (
    ACCESS_KEY,
    API_ID,
    API_SECRET,
    EMULATOR,
    GATEWAY,
    RESOURCE,
    HouseTestCase,
)

IVR_PORT = 5000
IVR_URL = f"http://127.0.0.1:{IVR_PORT}/events"
IVR_SECRET = "what-the-ivr-expects"

AZURE = {
    "subscription_id": RESOURCE,
    "resource_group": "emulator",
    "communication_service": "emulator",
}
ADVANCED = {
    **AZURE,
    "pattern": "advanced",
    "ivr_endpoint": IVR_URL,
    "ivr_secret_header": "ivr-secret",
}
SECRETS = {
    "ACSGW_ACCOUNTS_TEST_API_SECRET": API_SECRET,
    "ACSGW_ACCOUNTS_TEST_ACS_ACCESS_KEY": ACCESS_KEY,
    "ACSGW_ACCOUNTS_TEST_AZURE_IVR_SECRET": IVR_SECRET,
}
OPENID = {
    "issuer": EMULATOR,
    "openid_configuration": f"{EMULATOR}/calling/.well-known/acsopenidconfiguration",
}
SERVICE = (
    f"/subscriptions/{RESOURCE}/resourceGroups/emulator/providers"
    "/Microsoft.Communication/CommunicationServices/emulator"
)
TOPICS = (
    f"/subscriptions/{RESOURCE}/resourceGroups/emulator/providers"
    "/Microsoft.EventGrid/systemTopics"
)


def read_settings(
    azure: Mapping[str, Any] | None,
    *,
    secrets: Mapping[str, str] = SECRETS,
    folder: Path = Path("/nowhere"),
    gateway: Mapping[str, Any] | None = None,
    openid: Mapping[str, str] | None = None,
    **account: Any,
) -> Settings:
    """
    Settings of one account, C{test}, with this table C{azure}.
    """
    given = {
        "api_id": API_ID,
        "acs_endpoint": EMULATOR,
        "resource_id": RESOURCE,
        **({} if azure is None else {"azure": dict(azure)}),
        **account,
    }
    return parse_settings(
        {
            "gateway": {"public_url": GATEWAY, **(gateway or {})},
            "azure": openid or OPENID,
            "accounts": {"test": given},
        },
        secrets,
        folder,
        Path.read_text,
    )


def account_of(settings: Settings) -> tuple[AccountSettings, AzureSettings]:
    [account] = settings.accounts
    assert account.azure is not None
    return account, account.azure


def wanted(
    azure: Mapping[str, Any], made: Mapping[str, str] | None = None, **more: Any
) -> Wanted:
    """
    What is wanted by settings like these.
    """
    account, table = account_of(read_settings(azure, **more))
    return wanted_for(account, table, GATEWAY, made or {})


class Ivr(Resource):
    """
    A webhook that passes the handshake, and remembers what it is sent.

    @ivar status: of its answers.
    """

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.events: list[dict[str, Any]] = []
        self.headers: list[str | None] = []
        self.status = 200

    def render_POST(self, request: Any) -> bytes:
        [event] = json.loads(request.content.read())
        self.events.append(event)
        self.headers.append(request.getHeader("ivr-secret"))
        request.setResponseCode(self.status)
        code = event["data"].get("validationCode")
        return json.dumps({"validationResponse": code}).encode() if code else b"{}"


class AzureTestCase(HouseTestCase):
    """
    A test with a gateway, an IVR's webhook and an emulated Azure.
    """

    def setUp(self) -> None:
        super().setUp()
        self.ivr = Ivr()
        self.reactor.listenTCP(IVR_PORT, Site(self.ivr, reactor=self.reactor))
        self.said: list[str] = []
        self.arm = Arm(
            self.http, self.reactor, lambda: succeed("t"), EMULATOR, self.said.append
        )

    def wait(self, coroutine: Any, seconds: float = 20) -> Any:
        """
        @return: what it returns, after some time.
        """
        done = Deferred.fromCoroutine(coroutine)
        for _ in range(round(seconds)):
            self.reactor.run_for(1, 0.05)
            if done.called:
                break
        return self.successResultOf(done)

    def order(
        self, azure: Mapping[str, Any] | None, *, apply: bool = True, **more: Any
    ) -> Order:
        """
        What the command line would have asked for.
        """
        environment = {"ACSGW_ARM_TOKEN": more.pop("token", "t")}
        choices = {
            key: more.pop(key) for key in ("rotate", "adopt", "verbose") if key in more
        }
        identities = more.pop("identities", None)
        return Order(
            settings=read_settings(azure, folder=self.folder, **more),
            environment=environment,
            accounts=(),
            choices=Choices(**choices),
            identities=identities,
            endpoint=EMULATOR,
            apply=apply,
        )

    def provision(self, azure: Mapping[str, Any], **more: Any) -> tuple[int, str]:
        """
        @return: exit status and output of C{acsgw provision}.
        """
        self.said.clear()
        status = self.wait(provision(self.order(azure, **more), self.outside()))
        return status, "\n".join(self.said)

    def fails(self, azure: Any, **more: Any) -> tuple[int, str, str]:
        """
        @return: exit status, output and errors of C{acsgw provision}.
        """
        errors = io.StringIO()
        with contextlib.redirect_stderr(errors):
            status, said = self.provision(azure, **more)
        return status, said, errors.getvalue()

    def outside(self, ahead: float = 0) -> Outside:
        """
        @param ahead: seconds by which our clock is.
        """
        return Outside(
            reactor=self.reactor,
            http=self.http,
            wall=lambda: self.reactor.seconds() + ahead,
            in_thread=maybeDeferred,
            say=self.said.append,
        )

    def arm_request(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        version = "2023-04-01" if path == SERVICE else "2022-06-15"
        status, answer = self.request(
            method,
            f"{EMULATOR}{path}?api-version={version}",
            body,
            headers={"Authorization": "Bearer t"},
        )
        return status, answer

    def subscription(self, name: str, topic: str = "acsgw-emulator") -> dict[str, Any]:
        """
        @return: what Resource Manager says of a subscription.
        """
        path = f"{TOPICS}/{topic}/eventSubscriptions/{name}"
        status, body = self.arm_request("GET", path)
        self.assertEqual(status, 200, body)
        return dict(body["properties"])
