"""
What calls are made with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from twisted.internet.interfaces import IReactorTime

from ..addresses import Addresses
from ..audio.prompt import Prompt
from ..bridge.parts import BridgeParts
from ..interfaces import ICallControl, TransferKind
from .core import Patience, Recourse
from .passage import HandoverTerms, KeepVariables


@dataclass(frozen=True, kw_only=True)
class AccountParts:
    """
    What the calls of one account are made with.

    @ivar media_rate: in Hz, to ask the network for.
    @ivar handover: whom callers are handed to, and what travels with them.
    @ivar keep_words: may records hold what was said and keyed?
    @ivar resumes: may a new agent session go on when a transfer has failed?
    @ivar fallback_prompt: played when no agent can go on.
    @ivar fallback_target: raw id to hand the caller to after it.
    """

    control: ICallControl
    bridge: BridgeParts
    media_rate: int
    handover: HandoverTerms
    keep_words: bool
    resumes: bool = True
    fallback_prompt: Prompt | None = None
    fallback_target: str | None = None

    def recourse(self, has_target: Callable[[TransferKind], bool]) -> Recourse:
        """
        @return: what can be done for a call of this account without its agent.
        """
        return Recourse(
            has_target=has_target,
            resumes=self.resumes,
            prompt=self.fallback_prompt is not None,
            number=self.fallback_target,
        )


@dataclass(frozen=True, kw_only=True)
class CallParts:
    """
    What every call of this process is made with.

    @ivar wall: seconds since the epoch.
    @ivar media_token: given call id and account, makes a token.
    @ivar callback_token: likewise.
    @ivar keep_variables: keeps what does not fit into a transfer.
    @ivar max_seconds: longer than this no call may last.
    """

    clock: IReactorTime
    wall: Callable[[], float]
    addresses: Addresses
    media_token: Callable[[str, str], str]
    callback_token: Callable[[str, str], str]
    keep_variables: KeepVariables
    patience: Patience
    max_seconds: float
