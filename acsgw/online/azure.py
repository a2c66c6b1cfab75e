"""
From us to Azure: credential, clock, public keys, event subscriptions.
"""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import uuid4

from ..acs.control import AzureCallControl
from ..errors import AzureError, CallControlError, CannotProvision
from ..provision.plan import Plan, Verb
from ..provision.provisioning import Provisioning
from ..reactor_command import Outside
from ..settings import AccountSettings, Settings
from .dial import Unreachable
from .exchange import exchange
from .findings import Finding, fail, ok, skipped, warn

#: Seconds by which clocks may differ: Azure takes signatures for five minutes.
WARN_SKEW, FAIL_SKEW = 60.0, 300.0
CLOCK, KEYS = "clock", "Azure's public keys"


async def credential(
    account: AccountSettings, outside: Outside
) -> tuple[Finding, str | None]:
    """
    Asks for a call that there is not: 404 to who may ask, 401 to who may not.

    @return: also the C{Date} of the answer.
    """
    what = f"access key of {account.name}"
    control = AzureCallControl(
        account.acs_endpoint,
        account.acs_access_key,
        outside.http,
        outside.reactor,
        outside.wall,
        lambda: str(uuid4()),
    )
    url = account.acs_endpoint
    try:
        await control.connection_state("acsgw-check")
    except CallControlError as e:
        response = getattr(e.__cause__, "response", None)
        status = getattr(response, "status_code", None)
        headers: Any = getattr(response, "headers", {})
        date = headers.get("Date")
        if status in (400, 404):
            return ok(what, f"{url} takes it"), date
        if status in (401, 403):
            way = (
                "is it a key of that resource (portal: Keys), and this machine's clock"
                " right?"
            )
            return fail(what, f"{url} refuses it ({status})", way), date
        way = "is acs_endpoint right, and may this machine connect to it?"
        return fail(what, f"{url}: {e}", way), date
    way = "is acs_endpoint right?"
    return fail(what, f"{url} knows a call that there is not", way), None


def clock(dates: list[str], now: float) -> Finding:
    """
    @param dates: of Azure's answers, that came just now.
    """
    skews = list(_skews(dates, now))
    if not skews:
        return skipped(CLOCK, "no answer of Azure's had a date")
    skew = max(skews, key=abs)
    text = f"it is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} Azure's"
    way = "let it be set by NTP: Azure refuses signatures that are off by 5 minutes"
    if abs(skew) > FAIL_SKEW:
        return fail(CLOCK, text, way)
    return warn(CLOCK, text, way) if abs(skew) > WARN_SKEW else ok(CLOCK, text)


def _skews(dates: list[str], now: float) -> Iterator[float]:
    for date in dates:
        try:
            yield now - parsedate_to_datetime(date).timestamp()
        except ValueError:
            continue


async def public_keys(settings: Settings, outside: Outside) -> Finding:
    """
    Without them no callback can be checked.
    """
    url = settings.openid_configuration
    way = "may this machine connect to it?  The setting is azure.openid_configuration"
    try:
        answer = await exchange(outside.http, outside.reactor, "GET", url)
        found = answer.json()
        if answer.status != 200 or "jwks_uri" not in found:
            text = f"{url} answers {answer.status}, and is no OpenID configuration"
            return fail(KEYS, text, way)
        keys_url = str(found["jwks_uri"])
        answer = await exchange(outside.http, outside.reactor, "GET", keys_url)
        keys = answer.json().get("keys") or []
    except Unreachable as e:
        return fail(KEYS, f"{url}: {e}", way)
    if not keys:
        return fail(KEYS, f"{keys_url} answers {answer.status}, without keys", way)
    if found.get("issuer") != settings.issuer:
        text = f"{url} is of {found.get('issuer')}, not of {settings.issuer}"
        return fail(KEYS, text, "the setting is azure.issuer")
    return ok(KEYS, f"{len(keys)} of {settings.issuer}")


async def subscriptions(provisioning: Provisioning) -> list[Finding]:
    """
    Is everything in Azure as `acsgw provision` would have it?
    """
    what = f"event subscriptions of {provisioning.account.name}"
    try:
        plan = await provisioning.plan()
    except (AzureError, CannotProvision) as e:
        return [fail(what, str(e))]
    return list(_judged(what, plan))


def _judged(what: str, plan: Plan) -> Iterator[Finding]:
    for obstacle in plan.general:
        yield fail(what, obstacle)
    good = not plan.general
    for step in plan.steps:
        name = f"{step.kind.value} {step.name}"
        if step.verb is Verb.CREATE:
            yield fail(what, f"{name} is missing", "acsgw provision --apply")
        elif step.verb is Verb.CHANGE:
            differ = [
                f"{f.name} is {f.old or 'missing'}, should be {f.new or 'away'}"
                for f in step.fields
                if f.changes
            ]
            yield fail(what, f"{name}: {'; '.join(differ)}", "acsgw provision --apply")
        for remark in step.remarks:
            yield warn(what, f"{name}: {remark}")
        good = good and step.verb in (Verb.KEEP, Verb.LEAVE)
    if good:
        unread = [
            f.name
            for s in plan.steps
            for f in s.fields
            if f.remark.startswith("cannot")
        ]
        text = "they point here, with our headers and filters"
        if unread:
            text += f" ({', '.join(unread)}: the values cannot be read back)"
        yield ok(what, text)
