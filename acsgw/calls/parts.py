"""
What calls are made with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from twisted.internet.interfaces import IReactorTime

from ..addresses import Addresses
from ..bridge.bridge import BridgeParts
from ..interfaces import ICallControl
from .core import Patience


@dataclass(frozen=True, kw_only=True)
class AccountParts:
    """
    What the calls of one account are made with.

    @ivar media_rate: in Hz, to ask the network for.
    @ivar transfer_target: raw id to hand callers to when the agent asks for a
        human; L{None} if there is nobody.
    @ivar keep_words: may records hold what was said and keyed?
    """

    control: ICallControl
    bridge: BridgeParts
    media_rate: int
    transfer_target: str | None
    keep_words: bool


@dataclass(frozen=True, kw_only=True)
class CallParts:
    """
    What every call of this process is made with.

    @ivar wall: seconds since the epoch.
    @ivar media_token: given call id and account, makes a token.
    @ivar callback_token: likewise.
    @ivar max_seconds: longer than this no call may last.
    """

    clock: IReactorTime
    wall: Callable[[], float]
    addresses: Addresses
    media_token: Callable[[str, str], str]
    callback_token: Callable[[str, str], str]
    patience: Patience
    max_seconds: float
