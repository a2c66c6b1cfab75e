"""
What Azure should look like for an account.

Sources: Microsoft Learn, "Event filtering for Event Grid subscriptions", "Incoming
call concepts" (retry policy), "Deliver events with custom delivery properties".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..addresses import Addresses
from ..secret_hash import SecretHash
from ..settings import AccountSettings, AzureSettings, Pattern
from ..settings.section import variable_name

INCOMING_CALL = "Microsoft.Communication.IncomingCall"
#: A call rings for 30 seconds: what is delivered later is of no use.
MAX_ATTEMPTS, TTL_MINUTES = 2, 1
#: By which subscriptions are known to be ours.
LABEL = "acsgw"

GATEWAY, IVR = "gateway", "ivr"


@dataclass(frozen=True)
class Identity:
    """
    A user of the resource.

    @ivar role: L{GATEWAY} or L{IVR}.
    @ivar raw_id: L{None}: it has to be made first.
    @ivar source: where its id is known from.
    """

    role: str
    raw_id: str | None
    source: str = ""

    def __str__(self) -> str:
        return self.raw_id or f"(the {self.role}'s identity, made by --apply)"


@dataclass(frozen=True, kw_only=True)
class SecretHeader:
    """
    A header that Event Grid adds to each delivery.

    @ivar parameter: what it is called in files: they hold no secrets.
    @ivar plain: L{None}: not known here.
    @ivar hash: to recognize it by.
    @ivar way: how to give the secret.
    """

    name: str
    parameter: str
    plain: str | None = field(repr=False)
    hash: SecretHash | None = None
    way: str = ""

    def matches(self, value: str) -> bool | None:
        """
        @return: L{None} if nothing is known to compare with.
        """
        if self.plain is not None:
            return self.plain == value
        return None if self.hash is None else self.hash.matches(value)


@dataclass(frozen=True)
class Filter:
    """
    One advanced filter; its values are alternatives.
    """

    operator: str
    key: str
    values: tuple[str | Identity, ...]

    def __str__(self) -> str:
        return f"{self.key} {self.operator} {' '.join(str(v) for v in self.values)}"


@dataclass(frozen=True, kw_only=True)
class WantedSubscription:
    """
    @ivar purpose: in a few words.
    """

    name: str
    purpose: str
    endpoint: str
    schema: str
    filter: Filter
    headers: tuple[SecretHeader, ...]
    dead_letter: str | None


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """
    @ivar resource_id: Resource Manager's id of the Communication Services resource.
    @ivar immutable_id: the GUID in the ids of its users.
    """

    account: str
    pattern: Pattern
    subscription_id: str
    resource_group: str
    resource_id: str
    immutable_id: str
    topic: str
    identities: tuple[Identity, ...]
    subscriptions: tuple[WantedSubscription, ...]

    @property
    def group_id(self) -> str:
        return group_id(self.subscription_id, self.resource_group)


def group_id(subscription: str, group: str) -> str:
    """
    @return: Resource Manager's id of a resource group.
    """
    return f"/subscriptions/{subscription}/resourceGroups/{group}"


def wanted_for(
    account: AccountSettings,
    azure: AzureSettings,
    public_url: str,
    made: Mapping[str, str],
) -> Wanted:
    """
    @param made: role to raw id, of identities that were made earlier.
    """
    gateway = _identity(GATEWAY, azure.gateway_identity, made)
    ivr = _identity(IVR, azure.ivr_identity, made)
    advanced = azure.pattern is Pattern.ADVANCED
    numbers = tuple(f"4:{number}" for number in azure.phone_numbers)
    subscriptions = [
        WantedSubscription(
            name=azure.gateway_subscription,
            purpose="calls to the gateway's identity"
            if advanced
            else "calls to phone numbers",
            endpoint=Addresses(public_url).events_url(),
            schema=azure.event_schema,
            filter=Filter("StringIn", "data.to.rawId", (gateway,))
            if advanced
            else _direct_filter(numbers),
            headers=_gateway_headers(account),
            dead_letter=azure.dead_letter,
        )
    ]
    if advanced:
        subscriptions.append(_ivr_subscription(account, azure, ivr, numbers))
    group = (
        f"/subscriptions/{azure.subscription_id}/resourceGroups/{azure.resource_group}"
    )
    return Wanted(
        account=account.name,
        pattern=azure.pattern,
        subscription_id=azure.subscription_id,
        resource_group=azure.resource_group,
        resource_id=f"{group}/providers/Microsoft.Communication/communicationServices/"
        f"{azure.communication_service}",
        immutable_id=account.resource_id,
        topic=azure.system_topic,
        identities=(gateway, ivr) if advanced else (),
        subscriptions=tuple(subscriptions),
    )


def _identity(role: str, given: str | None, made: Mapping[str, str]) -> Identity:
    if given:
        return Identity(role, given, "settings")
    return Identity(role, made.get(role), "made earlier" if role in made else "")


def _direct_filter(numbers: tuple[str, ...]) -> Filter:
    """
    Without a filter the gateway would be told of its own transfers: a loop.
    """
    if numbers:
        return Filter("StringIn", "data.to.rawId", numbers)
    return Filter("StringIn", "data.to.kind", ("phoneNumber",))


def _ivr_subscription(
    account: AccountSettings,
    azure: AzureSettings,
    ivr: Identity,
    numbers: tuple[str, ...],
) -> WantedSubscription:
    """
    One filter whose values are alternatives: several filters would all have to
    match, and then no call would.
    """
    headers: tuple[SecretHeader, ...] = ()
    if azure.ivr_secret_header is not None:
        variable = variable_name("accounts", account.name, "azure", "ivr_secret")
        headers = (
            SecretHeader(
                name=azure.ivr_secret_header,
                parameter="ivrSecret",
                plain=azure.ivr_secret,
                way=f"put it into the environment as {variable}, or into a file named"
                f" by accounts.{account.name}.azure.ivr_secret_file",
            ),
        )
    if numbers:
        chosen = Filter("StringIn", "data.to.rawId", (*numbers, ivr))
    else:
        chosen = Filter("StringBeginsWith", "data.to.rawId", ("4:", ivr))
    return WantedSubscription(
        name=azure.ivr_subscription,
        purpose="calls to phone numbers, and calls that come back to the IVR",
        endpoint=azure.ivr_endpoint or "",
        schema=azure.event_schema,
        filter=chosen,
        headers=headers,
        dead_letter=azure.dead_letter,
    )


def _gateway_headers(
    account: AccountSettings,
) -> tuple[SecretHeader, ...]:
    variable = variable_name("accounts", account.name, "api_secret")
    return (
        SecretHeader(name="asapp-api-id", parameter="asappApiId", plain=account.api_id),
        SecretHeader(
            name="asapp-api-secret",
            parameter="asappApiSecret",
            plain=account.plain_secret,
            hash=account.api_secret,
            way=f"only its hash is in the settings: put the secret itself into the"
            f" environment for this one command, as {variable}; it is lost? make a"
            " new one: acsgw hash-secret",
        ),
    )


def problems_of(account: AccountSettings, azure: AzureSettings) -> list[str]:
    """
    @return: what makes it senseless to touch Azure.
    """
    problems = []
    where = f"accounts.{account.name}"
    if (
        account.plain_secret is not None
        and azure.stated_hash is not None
        and not azure.stated_hash.matches(account.plain_secret)
    ):
        problems.append(
            f"{where}.api_secret_hash: is not the hash of the secret that was given"
            " beside it, so that the gateway would refuse what Azure sends; which one"
            " is right?"
        )
    for key in ("gateway_identity", "ivr_identity"):
        raw_id = getattr(azure, key)
        prefix = f"8:acs:{account.resource_id}_"
        if raw_id is not None and not raw_id.lower().startswith(prefix.lower()):
            problems.append(
                f"{where}.azure.{key}: is of another resource than resource_id"
                f" ({account.resource_id}); its identities begin with {prefix}"
            )
    same = azure.gateway_identity and azure.gateway_identity == azure.ivr_identity
    if same:
        problems.append(
            f"{where}.azure.ivr_identity: is the gateway's; each needs its own, or"
            " neither could transfer to the other"
        )
    return problems
