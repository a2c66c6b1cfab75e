"""
The C{[accounts.NAME.azure]} tables: where an account's resource lies in Azure.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

from ..secret_hash import SecretHash
from .section import Secrets, Section
from .shapes import AzureSettings, Pattern
from .values import e164, guid, text

#: In the environment: a token for Azure Resource Manager, for C{acsgw provision} and
#: C{acsgw check --online}.
ARM_TOKEN = "ACSGW_ARM_TOKEN"

#: Values over all filters of one subscription (Microsoft Learn, "Event filtering for
#: Event Grid subscriptions").
MAX_FILTER_VALUES = 25

#: What the gateway's own credentials are called; an IVR's secret needs another name.
_OURS = ("asapp-api-id", "asapp-api-secret")


def take_azure(account: str, parent: Section, secrets: Secrets) -> AzureSettings | None:
    """
    @param parent: the account's table.
    """
    section = parent.table("azure")
    if section is None:
        return None
    pattern = section.take("pattern", _pattern, Pattern.DIRECT)
    service = section.need(
        "communication_service", _name, "", "the name of the resource in the portal"
    )
    settings = AzureSettings(
        subscription_id=section.need(
            "subscription_id", guid, "", "az account show --query id"
        ),
        resource_group=section.need(
            "resource_group", _group, "", "the resource group of the resource"
        ),
        communication_service=service,
        system_topic=section.take("system_topic", _event_name, f"acsgw-{service}"[:50]),
        pattern=pattern,
        phone_numbers=section.take("phone_numbers", _numbers, ()),
        gateway_identity=section.take("gateway_identity", _user, None),
        ivr_identity=section.take("ivr_identity", _user, None),
        gateway_subscription=section.take(
            "gateway_subscription", _event_name, default_name(account, "gateway")
        ),
        ivr_subscription=section.take(
            "ivr_subscription", _event_name, default_name(account, "ivr")
        ),
        ivr_endpoint=section.take("ivr_endpoint", _webhook, None),
        ivr_secret_header=section.take("ivr_secret_header", _header, None),
        ivr_secret=secrets.take(section, "ivr_secret"),
        event_schema=section.take("event_schema", _schema, "EventGridSchema"),
        dead_letter=section.take("dead_letter", _container, None),
        stated_hash=_stated_hash(parent),
    )
    _check_pattern(settings, section)
    section.finish()
    return settings


def _check_pattern(settings: AzureSettings, section: Section) -> None:
    if settings.pattern is Pattern.ADVANCED:
        if settings.ivr_endpoint is None and not section.has("ivr_endpoint"):
            section.problem(
                "ivr_endpoint",
                "is missing; in the advanced pattern an IVR takes the calls first:"
                " the address of its webhook, https://...",
            )
        if settings.ivr_secret and settings.ivr_secret_header is None:
            section.problem(
                "ivr_secret_header",
                "is missing; it names the header in which the IVR expects ivr_secret",
            )
    else:
        for key in ("ivr_endpoint", "ivr_identity", "ivr_secret_header"):
            if section.has(key):
                section.problem(
                    key, 'needs pattern = "advanced"; without it there is no IVR'
                )
    same = settings.gateway_subscription.lower() == settings.ivr_subscription.lower()
    if same:
        section.problem("ivr_subscription", "is the same as gateway_subscription")


def _stated_hash(parent: Section) -> SecretHash | None:
    # What is wrong with it is told where the account itself is read.
    with suppress(ValueError):
        return parent.peek("api_secret_hash", lambda v: SecretHash.parse(text(v)))
    return None


def default_name(account: str, what: str) -> str:
    """
    @param what: C{gateway} or C{ivr}.

    @return: of an event subscription.
    """
    plain = re.sub(r"[^0-9A-Za-z-]", "-", account)
    return f"acsgw-{plain[:40]}-{what}"


def _pattern(value: object) -> Pattern:
    given = text(value)
    try:
        return Pattern(given)
    except ValueError:
        raise ValueError(f'{given!r} is neither "direct" nor "advanced"') from None


def _matching(pattern: str, what: str) -> Callable[[object], str]:
    def parse(value: object) -> str:
        given = text(value)
        if not re.fullmatch(pattern, given):
            raise ValueError(f"{given!r} is not {what}")
        return given

    return parse


_name = _matching(
    r"[A-Za-z0-9-]{1,63}", "the name of a Communication Services resource"
)
_group = _matching(r"[\w.()-]{1,90}", "the name of a resource group")
_event_name = _matching(r"[A-Za-z0-9-]{3,50}", "3 to 50 letters, digits and dashes (-)")
_user = _matching(
    r"8:acs:[0-9A-Fa-f-]{36}_\S+", "an identity of the resource (8:acs:RESOURCE_USER)"
)
_container = _matching(
    r"(?i)/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Storage"
    r"/storageAccounts/[^/]+/blobServices/default/containers/[^/]+",
    "the resource id of a blob container (/subscriptions/.../storageAccounts/NAME"
    "/blobServices/default/containers/CONTAINER)",
)


def _header(value: object) -> str:
    given = text(value)
    if not re.fullmatch(r"[A-Za-z0-9-]{1,64}", given):
        raise ValueError(f"{given!r} is not the name of a header")
    if given.lower().startswith("aeg-"):
        raise ValueError(f"{given!r}: names that begin with aeg- are Event Grid's own")
    if given.lower() in _OURS:
        raise ValueError(f"{given!r} is for the gateway's credentials; choose another")
    return given


def _webhook(value: object) -> str:
    given = text(value)
    try:
        parts = urlsplit(given)
        good = parts.scheme in ("https", "http") and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        good = False
    if not good or parts.fragment:
        raise ValueError(f"{given!r} is not the address of a webhook, https://...")
    return given


def _schema(value: object) -> str:
    given = text(value)
    for known in ("EventGridSchema", "CloudEventSchemaV1_0"):
        if given.lower() == known.lower():
            return known
    raise ValueError(f"{given!r} is neither EventGridSchema nor CloudEventSchemaV1_0")


def _numbers(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError(f'{value!r} is not a list of numbers, like ["+18005550100"]')
    numbers = tuple(dict.fromkeys(e164(number) for number in value))
    most = MAX_FILTER_VALUES - 1  # in the IVR's filter its identity is one more
    if len(numbers) > most:
        raise ValueError(
            f"has {len(numbers)} numbers, and a filter of Event Grid takes {most}"
            " beside the IVR's identity; leave it out for all numbers of the resource"
        )
    return numbers
