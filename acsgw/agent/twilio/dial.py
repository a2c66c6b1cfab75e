"""
Opens the socket to an agent.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
from typing import Any
from urllib.parse import urlsplit

from twisted.internet.defer import Deferred, TimeoutError as OutOfTime
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.error import (
    ConnectError,
    ConnectingCancelledError,
    DNSLookupError,
)
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.ssl import optionsForClientTLS

from ...errors import AgentRefused
from ...wire.media_hub import MediaHub
from ..options import StreamOptions
from .protocol import AgentLine, LineFactory, StreamOwner

#: Nobody was there.
UNREACHED = (ConnectError, DNSLookupError, OSError)


def check_url(url: str, *, insecure: bool) -> None:
    """
    @raise AgentRefused: if a stream must not go there; the text does not show the
        address, which may carry a secret.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in {"ws", "wss"}:
        raise AgentRefused("its address is not a wss:// one", retryable=False)
    if parts.scheme == "ws" and not (insecure or is_loopback(host)):
        raise AgentRefused(
            "its address is ws://, without TLS, on another machine", retryable=False
        )


def is_loopback(host: str) -> bool:
    """
    @return: is it this machine, by its name or number?
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def signature(secret: str, url: str) -> str:
    """
    @return: C{X-Twilio-Signature} of a request without parameters (Twilio's page
        "Webhooks security").
    """
    digest = hmac.new(secret.encode(), url.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def dial(
    url: str,
    options: StreamOptions,
    owner: StreamOwner,
    hub: MediaHub,
) -> Deferred[AgentLine]:
    """
    @param hub: reads the socket.

    @return: fires when there is a connection; the upgrade follows.

    @raise AgentRefused: if the address cannot be used.
    """
    check_url(url, insecure=options.insecure)
    headers = dict(options.headers)
    if options.signing_secret:
        headers["X-Twilio-Signature"] = signature(options.signing_secret, url)
    factory = LineFactory(
        hub,
        owner,
        url=url,
        headers=headers,
        useragent=options.user_agent,
    )
    # Autobahn's defaults: no limit of size, no pings, and no word to a peer that
    # breaks the protocol.  No compression is offered.
    factory.setProtocolOptions(
        maxMessagePayloadSize=options.max_message_bytes,
        maxFramePayloadSize=options.max_message_bytes,
        openHandshakeTimeout=options.connect_seconds,
        closeHandshakeTimeout=1,
        failByDrop=False,
        autoPingInterval=options.ping_seconds,
        autoPingTimeout=options.ping_seconds,
        # An agent that sends and does not read must answer all the same.
        autoPingRestartOnAnyTraffic=False,
    )
    connecting: Deferred[Any] = _endpoint(hub.reactor, url).connect(factory)
    return connecting


async def knock(reactor: Any, url: str, options: StreamOptions) -> str:
    """
    Open a connection, as a stream would, and close it again; a stream would begin a
    conversation.

    @return: what was reached.

    @raise AgentRefused: if nobody is there.
    """
    check_url(url, insecure=options.insecure)
    parts = urlsplit(url)
    connecting = _endpoint(reactor, url).connect(Factory.forProtocol(Protocol))
    connecting.addTimeout(options.connect_seconds, reactor)
    try:
        there: Any = await connecting
    except (*UNREACHED, OutOfTime, ConnectingCancelledError) as e:
        text = f"{parts.hostname} cannot be reached: {type(e).__name__}: {e}"
        raise AgentRefused(text, retryable=True) from e
    there.transport.abortConnection()
    return f"{parts.hostname} takes connections"


def _endpoint(reactor: Any, url: str) -> IStreamClientEndpoint:
    parts = urlsplit(url)
    host = str(parts.hostname)
    secure = parts.scheme == "wss"
    plain = HostnameEndpoint(reactor, host, parts.port or (443 if secure else 80))
    if not secure:
        return plain
    endpoint: IStreamClientEndpoint = wrapClientTLS(optionsForClientTLS(host), plain)
    return endpoint
