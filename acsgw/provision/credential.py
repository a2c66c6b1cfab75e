"""
Who we are for Azure Resource Manager.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from twisted.internet.defer import Deferred, succeed

from ..deferreds import returns_deferred
from ..errors import CannotProvision, NoPermission
from ..settings.azure import ARM_TOKEN

Token = Callable[[], Deferred[str]]
#: Calls a function where it may block.
InThread = Callable[..., Deferred[Any]]

NO_CREDENTIAL = (
    f"no Azure credential: put a token into {ARM_TOKEN} (az account get-access-token"
    " --query accessToken -o tsv), or install acsgw with the extra 'azure' and log in:"
    " pip install '.[azure]' && az login"
)


def find_token(
    environment: Mapping[str, str], endpoint: str, in_thread: InThread
) -> Token | None:
    """
    @return: where tokens come from; L{None} if there is nothing.

    @raise CannotProvision: if a token would travel in the clear.
    """
    _check_endpoint(endpoint)
    given = environment.get(ARM_TOKEN, "").strip()
    if given:
        return lambda: succeed(given)
    if find_spec("azure.identity") is None:
        return None
    return _from_azure_identity(endpoint, in_thread)


def _from_azure_identity(endpoint: str, in_thread: InThread) -> Token:
    # An extra; and slow to import.
    from azure.core.exceptions import ClientAuthenticationError
    from azure.identity import CredentialUnavailableError, DefaultAzureCredential

    # It logs several lines for each way to log in; the error says it in one.
    logging.getLogger("azure.identity").setLevel(logging.CRITICAL)
    # Which keeps tokens until they expire.
    credential = DefaultAzureCredential()

    @returns_deferred
    async def token() -> str:
        scope = f"{endpoint.rstrip('/')}/.default"
        try:
            return str((await in_thread(credential.get_token, scope)).token)
        except (ClientAuthenticationError, CredentialUnavailableError) as e:
            reason = str(e.message).strip().splitlines()[0]
            raise NoPermission(f"{reason} ({NO_CREDENTIAL})") from e

    return token


def _check_endpoint(endpoint: str) -> None:
    parts = urlsplit(endpoint)
    on_this_machine = parts.hostname in ("127.0.0.1", "::1", "localhost")
    if parts.scheme != "https" and not (parts.scheme == "http" and on_this_machine):
        raise CannotProvision(
            f"--arm-endpoint {endpoint}: must be https://..., or http:// on this"
            " machine: it is sent a token"
        )
