"""
The C{[accounts.NAME]} tables.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping
from pathlib import Path

from ..secret_hash import MIN_LENGTH, SecretHash
from .azure import take_azure
from .handover import parse_handover, parse_variables
from .section import Secrets, Section, variable_name
from .shapes import AccountSettings, Pattern
from .values import agent, e164, guid, identity, keys, switch, text, url


def parse_accounts(
    tables: object, secrets: Secrets, folder: Path, problems: list[str]
) -> tuple[AccountSettings, ...]:
    """
    @param folder: that paths are relative to.
    """
    if not isinstance(tables, Mapping) or not tables:
        problems.append(
            "accounts: there is none, so nobody could send calls; add a table such"
            " as [accounts.main]"
        )
        return ()
    accounts = tuple(
        _account(
            name,
            Section(f"accounts.{name}", table, problems),
            secrets,
            folder,
            problems,
        )
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
    _check_subscriptions(accounts, problems)
    return accounts


def _check_subscriptions(
    accounts: tuple[AccountSettings, ...], problems: list[str]
) -> None:
    """
    Of one resource, each would make the other's anew.  Azure ignores case.
    """
    owners: dict[tuple[str, ...], str] = {}
    for account in accounts:
        azure = account.azure
        if azure is None:
            continue
        keys = ["gateway_subscription"]
        if azure.pattern is Pattern.ADVANCED:
            keys.append("ivr_subscription")
        for key in keys:
            name = getattr(azure, key)
            where = (azure.subscription_id, azure.resource_group)
            parts = (*where, azure.communication_service, name)
            place = tuple(part.lower() for part in parts)
            if owners.get(place, account.name) != account.name:
                problems.append(
                    f"accounts.{account.name}.azure.{key}: accounts.{owners[place]}"
                    f" has {name} on the same resource; give each its own"
                )
            owners[place] = account.name


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


def _account(
    name: str, section: Section, secrets: Secrets, folder: Path, problems: list[str]
) -> AccountSettings:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
        section.problem(
            "(name)", "may have letters, digits, - and _ only, and 64 at most"
        )
    transfer_to = section.take("transfer_to", identity, "")
    caller_id = section.take("caller_id", e164, "")
    fallback_to = section.take("fallback_to", identity, "")
    for key, target in (("transfer_to", transfer_to), ("fallback_to", fallback_to)):
        if target.startswith("4:") and not caller_id:
            section.problem(
                "caller_id",
                f"is missing; transfers to a phone number ({key}) need a number of"
                " the resource, like +18005550100",
            )
    fallback_prompt = section.take("fallback_prompt", text, "")

    def below(key: str) -> Section:
        table = section.take(key, lambda table: table, None)
        return Section(f"accounts.{name}.{key}", table, problems)

    account = AccountSettings(
        name=name,
        api_id=section.need("api_id", text, "", "what callers send as asapp-api-id"),
        api_secret=_api_secret(section, secrets),
        acs_endpoint=section.need(
            "acs_endpoint", url, "", "https://NAME.communication.azure.com"
        ),
        acs_access_key=_access_key(section, secrets),
        resource_id=section.need(
            "resource_id",
            guid,
            "",
            "the resource's immutable id: az communication show --query"
            " immutableResourceId",
        ),
        agent=section.take("agent", agent, "local"),
        record=section.take("record", switch, False),
        **_pause_keys(section),
        keep_words=section.take("keep_words", switch, False),
        transfer_to=transfer_to or None,
        caller_id=caller_id or None,
        plain_secret=secrets.look(section, "api_secret"),
        azure=take_azure(name, section, secrets),
        resume_after_failed_transfer=section.take(
            "resume_after_failed_transfer", switch, True
        ),
        fallback_prompt=folder / fallback_prompt if fallback_prompt else None,
        fallback_to=fallback_to or None,
        handover=parse_handover(below("handover"), transfer_to, caller_id),
        variables=parse_variables(below("variables")),
    )
    section.finish()
    return account


def _pause_keys(section: Section) -> dict[str, str]:
    pause = section.take("record_pause_keys", keys, "")
    resume = section.take("record_resume_keys", keys, "")
    if bool(pause) != bool(resume):
        there, missing = ("pause", "resume") if pause else ("resume", "pause")
        section.problem(
            f"record_{missing}_keys",
            f"is missing, though there are record_{there}_keys; give both, they may be"
            " the same",
        )
    return {"record_pause_keys": pause, "record_resume_keys": resume}


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
