"""
What all calls share.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from twisted.internet.interfaces import IReactorTime

from .control import IvrControl
from .recording_control import IRecordingControl
from .requests import Requests
from .settings import Settings


@dataclass(frozen=True, kw_only=True)
class CallParts:
    """
    What all calls share.

    @ivar wall: seconds since the epoch.
    @ivar handovers: of a conversation, as far as we remember.
    @ivar recording: L{None} if nothing is recorded.
    """

    settings: Settings
    control: IvrControl
    requests: Requests
    clock: IReactorTime
    wall: Callable[[], float]
    callback_url: Callable[[str], str]
    handovers: Callable[[str], int]
    recording: IRecordingControl | None = None
