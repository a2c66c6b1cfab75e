"""
Where the emulator is reached: one port or two, with TLS or without.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from twisted.internet.interfaces import IProtocolFactory
from twisted.protocols.tls import TLSMemoryBIOFactory

from .fronts.authority import Authority
from .listening import ListeningPort
from .model.resource import Resource
from .settings import Settings


def ports(
    settings: Settings,
    site: IProtocolFactory,
    authority: Authority | None,
    reactor: Any,
) -> Iterator[ListeningPort]:
    """
    @param authority: needed if the settings ask for TLS.

    @return: all ports, not started.
    """
    tls = settings.tls
    if tls is None or tls.listen is not None:
        yield ListeningPort(settings.listen, site, reactor)
    if tls is not None:
        assert authority is not None
        context = authority.context_factory()
        encrypted = TLSMemoryBIOFactory(context, False, site, reactor)
        encrypted.noisy = False
        yield ListeningPort(tls.listen or settings.listen, encrypted, reactor)


def connection_string(settings: Settings, resource: Resource) -> str:
    """
    @return: what the Azure portal shows, and what the SDKs' clients take.
    """
    return f"endpoint={settings.endpoint}/;accesskey={resource.access_key}"
