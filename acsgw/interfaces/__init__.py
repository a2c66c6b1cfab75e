"""
The seams of the gateway: places where another provider can be plugged in.

Whatever crosses one of these and takes time returns a L{Deferred}, never a bare
coroutine.  Audio at every seam is 16 bit signed little endian mono PCM, as
L{bytes}; the sample rate is agreed on once, when a stream opens.
"""

from __future__ import annotations

from .agents import (
    AgentEvents,
    CallInfo,
    IAgentConnector,
    IAgentProbe,
    ICountsDropped,
    IHearsProgress,
    IVoiceAgent,
    PlayState,
    TransferKind,
    TransferRequest,
)
from .calls import ICallAcceptor, ICallControl, IncomingCall
from .keys import IKeyRing, SigningKey
from .recording import IRecorder, RecordingResult
from .storage import IObjectStore, Parcel, SeekableBody

__all__ = [
    "AgentEvents",
    "CallInfo",
    "IAgentConnector",
    "IAgentProbe",
    "ICallAcceptor",
    "ICallControl",
    "ICountsDropped",
    "IHearsProgress",
    "IKeyRing",
    "IObjectStore",
    "IRecorder",
    "IVoiceAgent",
    "IncomingCall",
    "Parcel",
    "PlayState",
    "RecordingResult",
    "SeekableBody",
    "SigningKey",
    "TransferKind",
    "TransferRequest",
]
