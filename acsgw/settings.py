"""
A settings file and the environment -> checked, frozen settings.

All problems are found in one pass, each with its key, what is wrong and the way
out.  C{examples/acsgw.toml} shows every setting with its meaning.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from twisted.internet.endpoints import serverFromString

from .errors import SettingsError
from .secret_hash import MIN_LENGTH, SecretHash
from .settings_section import (
    ReadText,
    Secrets,
    Section,
    number,
    switch,
    text,
    variable_name,
)

AZURE_ISSUER = "https://acscallautomation.communication.azure.com"
AZURE_OPENID = f"{AZURE_ISSUER}/calling/.well-known/acsopenidconfiguration"

#: Callback tokens live for three hours, so no call may outlast them.
MAX_CALL_SECONDS = 3 * 3600.0

AGENTS = ("local",)


@dataclass(frozen=True, kw_only=True)
class AccountSettings:
    """
    One customer of this gateway: who may send calls, and what becomes of them.

    @ivar name: the key of its table.
    @ivar resource_id: immutable id (GUID) of the Communication Services resource.
    @ivar transfer_to: raw id that callers are handed to; L{None} if nobody.
    @ivar caller_id: E.164 number of the resource shown to transfer targets.
    """

    name: str
    api_id: str
    api_secret: SecretHash
    acs_endpoint: str
    acs_access_key: str = field(repr=False)
    resource_id: str
    agent: str
    record: bool
    keep_words: bool
    transfer_to: str | None
    caller_id: str | None


@dataclass(frozen=True, kw_only=True)
class Settings:
    """
    Settings that passed every check.

    @ivar listen: where the network reaches us: an endpoint of Twisted's.
    @ivar operations_listen: where operators reach us.
    @ivar state_dir: signing keys and whatever else must survive a restart.
    @ivar local_threads: callers that the embedded agent can understand at a time.
    @ivar lead_ms: how much audio may be sent ahead of its time.
    """

    listen: str
    public_url: str
    operations_listen: str
    state_dir: Path
    recordings_dir: Path
    drain_seconds: float
    max_call_seconds: float
    lead_ms: int
    keep_ended_calls: int
    issuer: str
    openid_configuration: str
    local_dialogue: Path | None
    local_threads: int
    accounts: tuple[AccountSettings, ...]


def parse_settings(
    given: Mapping[str, Any],
    environment: Mapping[str, str],
    folder: Path,
    read_text: ReadText,
) -> Settings:
    """
    @param given: the parsed TOML.
    @param folder: that paths in the settings are relative to.

    @raise SettingsError: with every problem found.
    """
    problems: list[str] = []
    secrets = Secrets(environment, folder, read_text)
    for name in sorted(given.keys() - {"gateway", "azure", "agent", "accounts"}):
        problems.append(f"{name}: is not a section of the settings")
    gateway = Section("gateway", given.get("gateway"), problems)
    azure = Section("azure", given.get("azure"), problems)
    agents = Section("agent", given.get("agent"), problems)
    local = Section(
        "agent.local", agents.take("local", lambda table: table, None), problems
    )
    dialogue = local.take("dialogue", text, "")
    settings = Settings(
        listen=gateway.take("listen", _endpoint, "tcp:8080"),
        public_url=gateway.need(
            "public_url", _url, "", "where Azure reaches this gateway: https://..."
        ),
        operations_listen=gateway.take(
            "operations_listen", _endpoint, "tcp:8081:interface=127.0.0.1"
        ),
        state_dir=folder / gateway.take("state_dir", text, "state"),
        recordings_dir=folder / gateway.take("recordings_dir", text, "recordings"),
        drain_seconds=gateway.take("drain_seconds", number(0, 3600, "seconds"), 30.0),
        max_call_seconds=gateway.take(
            "max_call_seconds",
            number(1, MAX_CALL_SECONDS, "seconds"),
            MAX_CALL_SECONDS,
        ),
        lead_ms=int(gateway.take("lead_ms", number(20, 1000, "milliseconds"), 100.0)),
        keep_ended_calls=int(
            gateway.take("keep_ended_calls", number(1, 1_000_000, "calls"), 1000.0)
        ),
        issuer=azure.take("issuer", text, AZURE_ISSUER),
        openid_configuration=azure.take("openid_configuration", _url, AZURE_OPENID),
        local_dialogue=folder / dialogue if dialogue else None,
        local_threads=int(local.take("threads", number(1, 64, "threads"), 2.0)),
        accounts=_accounts(given.get("accounts"), secrets, problems),
    )
    for section in (gateway, azure, agents, local):
        section.finish()
    if problems:
        raise SettingsError(problems)
    return settings


def _accounts(
    tables: object, secrets: Secrets, problems: list[str]
) -> tuple[AccountSettings, ...]:
    if not isinstance(tables, Mapping) or not tables:
        problems.append(
            "accounts: there is none, so nobody could send calls; add a table such"
            " as [accounts.main]"
        )
        return ()
    accounts = tuple(
        _account(name, Section(f"accounts.{name}", table, problems), secrets)
        for name, table in tables.items()
    )
    owners: dict[str, str] = {}
    for account in accounts:
        if account.api_id and account.api_id in owners:
            problems.append(
                f"accounts.{account.name}.api_id: accounts.{owners[account.api_id]}"
                " has the same; give each account its own"
            )
        owners[account.api_id] = account.name
    _check_variables([account.name for account in accounts], problems)
    return accounts


def _check_variables(names: list[str], problems: list[str]) -> None:
    """
    Two accounts must not share the environment variables of their secrets.
    """
    owners: dict[str, str] = {}
    for name in names:
        prefix = variable_name("accounts", name)
        if prefix in owners:
            problems.append(
                f"accounts.{name}: its variables would be those of"
                f" accounts.{owners[prefix]} ({prefix}_...); rename one"
            )
        owners[prefix] = name


def _account(name: str, section: Section, secrets: Secrets) -> AccountSettings:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
        section.problem(
            "(name)", "may have letters, digits, - and _ only, and 64 at most"
        )
    transfer_to = section.take("transfer_to", _identity, "")
    caller_id = section.take("caller_id", _e164, "")
    if transfer_to.startswith("4:") and not caller_id:
        section.problem(
            "caller_id",
            "is missing; transfers to a phone number (transfer_to) need a number of"
            " the resource, like +18005550100",
        )
    account = AccountSettings(
        name=name,
        api_id=section.need("api_id", text, "", "what callers send as asapp-api-id"),
        api_secret=_api_secret(section, secrets),
        acs_endpoint=section.need(
            "acs_endpoint", _url, "", "https://NAME.communication.azure.com"
        ),
        acs_access_key=_access_key(section, secrets),
        resource_id=section.need(
            "resource_id",
            text,
            "",
            "the resource's immutable id: az communication show --query"
            " immutableResourceId",
        ),
        agent=section.take("agent", _agent, "local"),
        record=section.take("record", switch, False),
        keep_words=section.take("keep_words", switch, False),
        transfer_to=transfer_to or None,
        caller_id=caller_id or None,
    )
    section.finish()
    return account


def _api_secret(section: Section, secrets: Secrets) -> SecretHash:
    plain = secrets.take(section, "api_secret")
    section.has("api_secret_hash")  # it may be given, though the secret goes first
    if plain:
        if len(plain) < MIN_LENGTH:
            section.problem(
                "api_secret",
                f"has only {len(plain)} characters, at least {MIN_LENGTH} are needed;"
                " have one made by `acsgw hash-secret`",
            )
        return SecretHash.of(plain)
    nothing = SecretHash.of("")
    if section.has("api_secret_file"):
        if plain == "":
            section.problem("api_secret_file", "is empty")
        return nothing
    return section.need(
        "api_secret_hash",
        lambda value: SecretHash.parse(text(value)),
        nothing,
        "what `acsgw hash-secret` prints; or give the secret itself by"
        " api_secret_file or the environment",
    )


def _access_key(section: Section, secrets: Secrets) -> str:
    key = secrets.take(section, "acs_access_key")
    if key is None:
        if not section.has("acs_access_key_file"):
            section.problem(
                "acs_access_key_file",
                "is missing; it names a file that holds an access key of the"
                " resource (portal: Keys)",
            )
        return ""
    try:
        if not b64decode(key, validate=True):
            raise ValueError("it is empty")
    except ValueError as e:
        section.problem("acs_access_key", f"is not base64, as access keys are: {e}")
    return key


def _endpoint(value: object) -> str:
    given = text(value)
    try:
        serverFromString(None, given)
    except (ValueError, TypeError, OSError, KeyError) as e:
        raise ValueError(
            f"{given!r} is not a place to listen ({e}); for example tcp:8080"
        ) from None
    return given


def _url(value: object) -> str:
    given = text(value).rstrip("/")
    try:
        parts = urlsplit(given)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        good = False
    if not good or parts.query or parts.fragment:
        raise ValueError(f"{given!r} is not an http:// or https:// address")
    return given


def _e164(value: object) -> str:
    given = text(value)
    if not re.fullmatch(r"\+[1-9][0-9]{5,14}", given):
        raise ValueError(f"{given!r} is not a number in E.164 form, like +18005550100")
    return given


def _identity(value: object) -> str:
    given = text(value)
    if given.startswith("+"):
        return f"4:{_e164(given)}"
    if not re.fullmatch(r"(4:\+[0-9]+|8:[a-z-]+:.+|28:.+)", given):
        raise ValueError(
            f"{given!r} is neither a phone number (+1...) nor an identity (8:acs:...)"
        )
    return given


def _agent(value: object) -> str:
    given = text(value)
    if given not in AGENTS:
        raise ValueError(f"{given!r} is not an agent; choose one of {AGENTS}")
    return given
