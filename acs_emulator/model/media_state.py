"""
How far a WebSocket of a call connection is.
"""

from __future__ import annotations

from enum import Enum


class MediaState(Enum):
    """
    Of the socket for media, or that for a transcription.
    """

    NONE = "none"
    OPENING = "opening"
    STOPPING = "stopping"
    OPEN = "open"
    FAILED = "failed"
