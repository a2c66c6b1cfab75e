"""
From the internet to us: certificate, WebSocket upgrades, Event Grid's handshake.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlsplit

from twisted.internet.interfaces import IReactorTime

from ..acs.events import VALIDATION
from ..acs.http import HTTP
from ..addresses import Addresses
from ..settings import AccountSettings
from ..settings.section import variable_name
from .certificates import FAIL_DAYS, WARN_DAYS, blame, days_left
from .dial import Dialed, Dialer, Unreachable, Untrusted
from .exchange import Answer, exchange
from .findings import Finding, fail, ok, skipped, warn

URL, UPGRADE, HANDSHAKE = "public URL", "WebSocket", "handshake"
_CODE = "acsgw-check"
#: What stands in front says so if nobody stands behind.
NOBODY_BEHIND = (502, 503, 504)


async def public_url(
    dialer: Dialer, url: str, now: float
) -> tuple[Finding, Dialed | None]:
    """
    Connects once, asking for a WebSocket with a bad token.

    @return: also what was answered; L{None}: there was no connection.
    """
    bad = Addresses(url).media_url("acsgw-check", "not-a-token")
    try:
        dialed = await dialer.dial(bad, upgrade_request(bad))
    except Unreachable as e:
        way = (
            "does the name lead here, is the port open, does a proxy listen?  (Some"
            " networks cannot reach their own public address from within: then check"
            " from elsewhere)"
        )
        return fail(URL, f"{url} cannot be reached: {e}", way), None
    except Untrusted as e:
        return await _untrusted(dialer, url, now, str(e)), None
    if dialed.certificate is None:
        way = (
            "put something in front that has a certificate; for the emulator it will do"
        )
        return warn(URL, f"{url} is not https, which Azure insists on", way), dialed
    return _life(url, days_left(dialed.certificate, now)), dialed


def _life(url: str, left: float) -> Finding:
    text = f"{url} has a good certificate for {left:.0f} more days"
    way = "renew it: does the automatic renewal work?"
    if left < FAIL_DAYS:
        return fail(URL, text, way)
    return warn(URL, text, way) if left < WARN_DAYS else ok(URL, text)


async def _untrusted(dialer: Dialer, url: str, now: float, said: str) -> Finding:
    way = "Azure takes only certificates that the public trusts"
    try:
        certificate = await dialer.certificate(url)
    except Unreachable:
        certificate = None
    if certificate is None:
        return fail(URL, f"{url}: TLS failed: {said}", way)
    host = urlsplit(url).hostname or ""
    return fail(URL, f"{url}: {blame(certificate, host, now, said)}", way)


def upgrade_request(url: str) -> bytes:
    """
    @return: the opening of a WebSocket.
    """
    parts = urlsplit(url)
    lines = (
        f"GET {parts.path} HTTP/1.1",
        f"Host: {parts.netloc}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: YWNzZ3ctY2hlY2stMTIzNA==",
        "Sec-WebSocket-Version: 13",
        "User-Agent: acsgw-check",
    )
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode("ascii")


def upgrade(head: bytes, *, runs_here: bool) -> Finding:
    """
    @param head: of the answer to L{upgrade_request}.
    """
    first = head.split(b"\r\n", 1)[0].decode("latin-1")
    _, _, said = first.partition(" ")
    status = int(said[:3]) if said[:3].isdigit() else 0
    if status == 401 and "no valid token" in said:
        return ok(UPGRADE, "an upgrade reaches the gateway, which refuses a bad token")
    if status == 401:
        return warn(
            UPGRADE,
            f"an upgrade is refused ({said}), but not in the gateway's words",
            "whatever stands in front must not ask for a log-in below /v1/media/; if"
            " it only rewords answers, all is well",
        )
    if status in NOBODY_BEHIND and not runs_here:
        return skipped(UPGRADE, "the gateway does not run", "start it")
    ways = {
        0: "what listens there does not speak HTTP",
        101: "that is not this gateway: is public_url right?",
        400: "whatever stands in front must pass on WebSocket upgrades (Upgrade and"
        " Connection headers)",
        403: "a firewall in front lets nobody through to /v1/media/",
        404: "pass on /v1/media/ too, with its path unchanged",
        426: "whatever stands in front must pass on WebSocket upgrades (Upgrade and"
        " Connection headers)",
    }
    way = ways.get(status, "look into the log of whatever stands in front")
    return fail(UPGRADE, f"an upgrade is answered with {said or 'nothing'!r}", way)


async def handshake(
    http: HTTP,
    clock: IReactorTime,
    account: AccountSettings,
    public: str,
    *,
    runs_here: bool,
) -> Finding:
    """
    Asks our own webhook as Event Grid does before it takes a subscription.
    """
    what = f"{HANDSHAKE} of {account.name}"
    if account.plain_secret is None:
        name = variable_name("accounts", account.name, "api_secret")
        way = f"give the secret itself for this one command, in {name}"
        return skipped(what, "only the hash of the secret is known", way)
    headers = {
        "asapp-api-id": account.api_id,
        "asapp-api-secret": account.plain_secret,
    }
    cloud = account.azure and account.azure.event_schema.startswith("Cloud")
    url = Addresses(public).events_url()
    try:
        if cloud:
            headers["WebHook-Request-Origin"] = "eventgrid.azure.net"
            answer = await exchange(http, clock, "OPTIONS", url, headers)
        else:
            headers |= _EVENT_HEADERS
            answer = await exchange(http, clock, "POST", url, headers, _EVENT)
    except Unreachable as e:
        return fail(what, f"{url}: {e}", "see the public URL")
    return _judged(what, url, answer, bool(cloud), runs_here)


_EVENT_HEADERS: Mapping[str, str] = {
    "Content-Type": "application/json; charset=utf-8",
    "aeg-event-type": "SubscriptionValidation",
    "aeg-subscription-name": "ACSGW-CHECK",
}
_EVENT = json.dumps(
    [
        {
            "id": _CODE,
            "topic": "",
            "subject": "",
            "data": {"validationCode": _CODE},
            "eventType": VALIDATION,
            "eventTime": "2025-01-01T00:00:00Z",
            "metadataVersion": "1",
            "dataVersion": "2",
        }
    ]
).encode("ascii")


def _judged(
    what: str, url: str, answer: Answer, cloud: bool, runs_here: bool
) -> Finding:
    status = answer.status
    if cloud:
        passed = answer.header("WebHook-Allowed-Origin") in ("eventgrid.azure.net", "*")
    else:
        passed = answer.json().get("validationResponse") == _CODE
    if status == 200 and passed:
        return ok(what, f"{url} passes it with the account's credentials")
    if status in NOBODY_BEHIND and not runs_here:
        return skipped(what, "the gateway does not run", "start it")
    ways = {
        200: "somebody else answers there: is public_url right?",
        401: "the gateway that runs has other credentials: start it anew with these"
        " settings",
        403: "a firewall in front lets nobody through",
        404: "whatever stands in front must pass on /v1/acs-events",
        405: "whatever stands in front must pass on OPTIONS, and not take it for CORS",
        503: "the gateway is draining, or has max_calls calls: try again",
    }
    redirect = "whatever stands in front redirects, and Event Grid follows nothing"
    way = redirect if 300 <= status < 400 else ways.get(status, "see the gateway's log")
    return fail(what, f"{url} answers {status}", way)
