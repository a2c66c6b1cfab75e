"""
What the emulator is given of the outside.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    generate_private_key,
)
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.web.iweb import IAgent

from ..fronts.authority import Authority
from ..fronts.prompts import Voice
from ..fronts.trust import Trust, system_trust
from ..leg_media import Ears


def _new_private_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(frozen=True, kw_only=True)
class World:
    """
    What the emulator is given of the outside.

    @ivar reactor: C{IReactorTime} and C{IReactorTCP}.
    @ivar agent: for Event Grid and callbacks.
    @ivar monotonic: seconds that never jump, for pacing.
    @ivar new_id: makes GUIDs.
    @ivar random_bytes: makes secrets.
    @ivar private_key: of the issuer of tokens.
    @ivar new_private_key: for the rotation of keys, and for forged tokens.
    @ivar in_thread: calls a function where it may block.
    @ivar new_file: an empty temporary file.
    @ivar voice: speaks what applications want to be said.
    @ivar ears: write down what callers say.
    @ivar trust: whom to believe on media sockets with TLS.
    @ivar authority: needed if the settings ask for TLS.
    @ivar clock: moved by hand, for all that is not a socket's time; L{None}:
        time is real.
    @ivar real_monotonic: seconds in which applications answer.
    """

    reactor: Any
    agent: IAgent
    monotonic: Callable[[], float]
    new_id: Callable[[], str]
    random_bytes: Callable[[int], bytes]
    private_key: RSAPrivateKey
    new_private_key: Callable[[], RSAPrivateKey] = _new_private_key
    in_thread: Callable[..., Deferred[Any]]
    new_file: Callable[[], BinaryIO]
    voice: Voice
    ears: Ears
    trust: Trust = field(default_factory=system_trust)
    authority: Authority | None = None
    clock: Clock | None = None
    real_monotonic: Callable[[], float] = time.monotonic

    @property
    def time(self) -> Any:
        """
        C{IReactorTime} of all that is not a socket's time.
        """
        return self.clock or self.reactor
