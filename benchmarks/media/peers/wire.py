"""
The messages, as one would write them with the standard library.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode


def pcm_of(text: str | bytes) -> bytes | None:
    """
    @return: what the caller says; L{None} if the message is another.
    """
    message = json.loads(text)
    if message.get("kind") != "AudioData":
        return None
    return b64decode(message["audioData"]["data"])


def audio_message(pcm: bytes) -> str:
    """
    @return: what plays C{pcm} to the caller.
    """
    data = b64encode(pcm).decode("ascii")
    body = {"Kind": "AudioData", "AudioData": {"Data": data}, "StopAudio": None}
    return json.dumps(body)
