"""
The emulated service, for tests of the gateway in memory.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from twisted.internet.defer import maybeDeferred
from twisted.web.client import Agent

from acs_emulator.assembly import World
from acs_emulator.fronts.espeak import local_voice
from acs_emulator.fronts.moonshine import local_ears

#: Made once: it takes a while.
_PRIVATE_KEY = generate_private_key(public_exponent=65537, key_size=2048)


def emulator_world(reactor: Any) -> World:
    """
    @return: what an emulator is built upon: this reactor, and no threads.
    """
    return World(
        reactor=reactor,
        agent=Agent(reactor),
        monotonic=reactor.seconds,
        new_id=lambda: str(uuid4()),
        random_bytes=bytes,
        private_key=_PRIVATE_KEY,
        in_thread=maybeDeferred,
        new_file=BytesIO,
        voice=local_voice(),
        ears=local_ears(),
    )
