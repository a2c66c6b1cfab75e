"""
Whom a caller is handed to when the agent is done: an account's rules.

Core.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..interfaces import TransferKind

#: Entries of a rule that are no identities.
RETURN, HANG_UP = "return", "hang up"

#: Raw id of a communication user: cloud, resource, user (as the SDK's
#: C{_shared.models} reads them).
_USER = re.compile(
    r"8:(?:acs|gcch-acs|dod-acs):([0-9a-f-]{36})_[0-9a-z._~-]{1,128}",
    re.IGNORECASE | re.ASCII,
)
_ANY_USER = re.compile(r"8:(?:[a-z]+-)?acs:", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, kw_only=True)
class HandoverRules:
    """
    For each kind of end, whom to try, in this order: L{RETURN}, L{HANG_UP}, or a
    raw id.

    @ivar agent: the agent asks for a human.
    @ivar system: the agent asks for whatever takes the call on.
    @ivar completed: the conversation is complete.
    @ivar agent_lost: the agent is gone, the caller is not.
    """

    agent: tuple[str, ...]
    system: tuple[str, ...]
    completed: tuple[str, ...]
    agent_lost: tuple[str, ...]

    @classmethod
    def usual(cls, transfer_to: str | None) -> HandoverRules:
        """
        @param transfer_to: raw id of somebody who takes callers, if there is one.

        @return: the rules of an account that gives none: who sent the caller gets
            them back; if nobody did, they go to C{transfer_to}.  A caller whose
            conversation is complete is free to go.
        """
        onward = (RETURN, transfer_to) if transfer_to else (RETURN,)
        return cls(
            agent=onward,
            system=onward,
            completed=(HANG_UP,),
            agent_lost=(*onward, HANG_UP),
        )

    def of(self, kind: TransferKind) -> tuple[str, ...]:
        """
        @return: empty for L{TransferKind.ADDRESS}: the agent names the target then.
        """
        match kind:
            case TransferKind.AGENT:
                return self.agent
            case TransferKind.SYSTEM:
                return self.system
            case TransferKind.COMPLETED:
                return self.completed
            case TransferKind.AGENT_LOST:
                return self.agent_lost
            case TransferKind.ADDRESS:
                return ()


def targets(
    rules: HandoverRules, kind: TransferKind, return_identity: str | None
) -> tuple[str, ...]:
    """
    @return: who can be tried, the first first: raw ids, and L{HANG_UP}, after which
        there is nothing.  Empty if the rules know nobody.
    """
    available: list[str] = []
    for entry in rules.of(kind):
        target = return_identity if entry == RETURN else entry
        if target and target not in available:
            available.append(target)
        if entry == HANG_UP:
            break
    return tuple(available)


def why_not_return_to(identity: str, resource_id: str, callee: str) -> str | None:
    """
    A caller must not be able to steer a transfer elsewhere, nor back to us.

    @param callee: raw id of the identity that was called: ours.

    @return: why callers cannot be returned there; L{None} if they can.
    """
    user = _USER.fullmatch(identity)
    if user is None:
        return "it is not the id of a communication user"
    if user[1].lower() != resource_id.lower():
        return "it belongs to another resource"
    if identity.lower() == callee.lower():
        return "it is the identity that was called"
    return None


def why_not_transfer_to(target: str, resource_id: str, callee: str) -> str | None:
    """
    @param target: raw id that an agent asks for; phones and identities of other
        kinds (Teams) are the agent's affair.

    @return: why callers cannot be handed there; L{None} if they can.
    """
    if _ANY_USER.match(target):
        return why_not_return_to(target, resource_id, callee)
    return None
