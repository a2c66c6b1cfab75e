"""
The one Communication Services resource that is emulated.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .identifiers import phone_number_of

#: A user that answers calls to a phone number, where the answer names none.
_BOT = "0000002b-2e10-7c11-b8a2-0d482200c0de"


@dataclass(frozen=True, kw_only=True)
class Resource:
    """
    What the Azure portal shows of a resource.

    @ivar access_key: base64, for the HMAC of REST requests.
    @ivar immutable_id: a GUID; the audience of all tokens, and a part of its
        users' raw ids.
    @ivar users: a list that grows and shrinks with the resource's identities.
    @ivar base_url: where this resource is reached; no slash at its end.
    """

    access_key: str = field(repr=False)
    immutable_id: str
    phone_numbers: tuple[str, ...]
    users: list[str]
    base_url: str

    @property
    def topic(self) -> str:
        """
        The Azure resource path that Event Grid calls topic, or source.
        """
        return (
            f"/subscriptions/{self.immutable_id}/resourcegroups/emulator/providers/"
            "microsoft.communication/communicationservices/emulator"
        )

    def owns(self, raw_id: str) -> bool:
        """
        Is this one of our numbers or users?
        """
        number = phone_number_of(raw_id)
        if number is None:
            return raw_id in self.users
        return number in self.phone_numbers

    @property
    def bot(self) -> str:
        """
        The identity of the service's choosing that answers for a phone number.
        """
        return f"8:acs:{self.immutable_id}_{_BOT}"
