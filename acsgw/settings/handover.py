"""
The C{[accounts.NAME.handover]} and C{[accounts.NAME.variables]} tables.
"""

from __future__ import annotations

from .section import Section
from .shapes import HandoverSettings, VariableSettings
from .values import header_name, identity, number, one_of, some, text

#: Targets that are no identities.
RETURN, HANG_UP = "return", "hang up"

_KINDS = ("agent", "system", "completed", "agent_lost")

_NAMES = {
    "return_identity": "returnIdentity",
    "conversation_id": "conversationId",
    "handover_kind": "handoverKind",
    "variables_url": "variablesUrl",
}

#: Seconds; tokens in the URLs live no longer.
MAX_KEEP_SECONDS = 3600


def parse_handover(
    section: Section, transfer_to: str, caller_id: str
) -> HandoverSettings:
    """
    @param transfer_to: raw id from the account's own table, empty if there is none.
    @param caller_id: likewise.
    """
    onward = (RETURN, transfer_to) if transfer_to else (RETURN,)
    usual = {
        "agent": onward,
        "system": onward,
        "completed": (HANG_UP,),
        "agent_lost": (*onward, HANG_UP),
    }
    rules = {kind: section.take(kind, some(_target), usual[kind]) for kind in _KINDS}
    for kind, targets in rules.items():
        if HANG_UP in targets[:-1]:
            section.problem(kind, f"nothing comes after {HANG_UP!r}; put it last")
        if (
            section.has(kind)
            and not caller_id
            and any(target.startswith("4:") for target in targets)
        ):
            section.problem(
                kind,
                "names a phone number; transfers to one need the account's caller_id, a"
                " number of the resource, like +18005550100",
            )
    section.finish()
    return HandoverSettings(**rules)


def _target(value: object) -> str:
    given = text(value)
    if given.lower() in (RETURN, HANG_UP):
        return given.lower()
    try:
        return identity(given)
    except ValueError:
        raise ValueError(
            f"{given!r} is neither {RETURN!r}, {HANG_UP!r}, a phone number (+1...) nor"
            " an identity (8:acs:...)"
        ) from None


def parse_variables(section: Section) -> VariableSettings:
    names: dict[str, tuple[str, ...]] = {
        key: section.take(key, some(header_name), tuple([usual]))
        for key, usual in _NAMES.items()
    }
    nothing: bool | tuple[str, ...] = False
    owners: dict[str, str] = {}
    for key, given in names.items():
        for name in given:
            owner = owners.setdefault(name.lower(), key)
            if owner != key:
                section.problem(
                    key, f"{name!r} is one of {owner} already; choose another name"
                )
    variables = VariableSettings(
        **names,
        sip_headers=section.take("sip_headers", _sip_headers, nothing),
        too_long=section.take("too_long", one_of("reference", "cut"), "reference"),
        keep_seconds=section.take(
            "keep_variables_seconds", number(10, MAX_KEEP_SECONDS, "seconds"), 600.0
        ),
    )
    section.finish()
    return variables


def _sip_headers(value: object) -> bool | tuple[str, ...]:
    if isinstance(value, bool):
        return value
    try:
        return some(header_name)(value)
    except ValueError as e:
        raise ValueError(f"{e}; or write true for all, false for none") from None
