"""
Users of the resource: made by its own REST API (not Resource Manager's), and
remembered in a file, since nobody can ask for them later.
"""

from __future__ import annotations

import json
import os
from importlib.util import find_spec
from pathlib import Path
from tempfile import NamedTemporaryFile

from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import AzureError as SdkError, HttpResponseError
from twisted.internet.interfaces import IReactorTime

from ..acs.http import HTTP
from ..acs.treq_transport import TreqTransport
from ..errors import AzureError, CannotProvision

_SECONDS = 30.0


async def create_identity(
    endpoint: str, access_key: str, http: HTTP, clock: IReactorTime
) -> str:
    """
    @return: raw id of a new user.

    @raise AzureError: with the way out.
    """
    if find_spec("azure.communication.identity") is None:
        raise CannotProvision(
            "identities are made by azure-communication-identity, which is not"
            " installed: pip install '.[azure]'; or make them by hand and put them into"
            " the settings"
        )
    from azure.communication.identity.aio import CommunicationIdentityClient

    client = CommunicationIdentityClient(
        endpoint.rstrip("/").lower(),
        AzureKeyCredential(access_key),
        transport=TreqTransport(http, clock, _SECONDS),
        # A second try could make a second user.
        retry_total=0,
        permit_redirects=False,
    )
    try:
        user = await client.create_user()
    except HttpResponseError as e:
        way = ""
        if e.status_code == 401:
            way = "; is the access key that of acs_endpoint, and this clock right?"
        raise AzureError(
            f"{endpoint}: no identity could be made: HTTP {e.status_code}{way}"
        ) from e
    except SdkError as e:
        raise AzureError(f"{endpoint}: no identity could be made: {e.message}") from e
    return str(user.properties["id"])


class IdentityFile:
    """
    JSON: account to role to raw id.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[str, dict[str, str]]:
        """
        @raise CannotProvision: if it is there and makes no sense.
        """
        try:
            given = json.loads(self.path.read_text("utf-8"))
            return {
                str(account): {str(role): str(raw_id) for role, raw_id in roles.items()}
                for account, roles in given.items()
            }
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, AttributeError) as e:
            raise CannotProvision(
                f"{self.path}: cannot be read as a file of identities ({e}); mend it,"
                " or name another: --write-identities FILE"
            ) from e

    def check(self) -> None:
        """
        Better no identity than one that nobody remembers.

        @raise CannotProvision: if it cannot be written.
        """
        self._write(self.read())

    def remember(self, account: str, role: str, raw_id: str) -> None:
        """
        @raise CannotProvision: if it cannot be written.
        """
        known = self.read()
        known.setdefault(account, {})[role] = raw_id
        self._write(known)

    def _write(self, known: dict[str, dict[str, str]]) -> None:
        text = json.dumps(known, indent=2, sort_keys=True) + "\n"
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with NamedTemporaryFile(
                "w", dir=self.path.parent, delete=False, encoding="utf-8"
            ) as file:
                file.write(text)
            os.replace(file.name, self.path)
        except OSError as e:
            raise CannotProvision(
                f"{self.path}: cannot be written: {e.strerror or e}; name another"
                " place: --write-identities FILE"
            ) from e
