"""
What the bodies of requests say, once they have the right form.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import bad_request
from .asked import Asked
from .identifiers import phone_number_of, raw_id_in
from .resource import Resource

Body = dict[str, Any]


def participant(name: str, given: Body) -> str:
    """
    @param name: of the field.

    @return: a raw id.

    @raise Refusal: 400, if it names nobody.
    """
    try:
        return raw_id_in(given)
    except ValueError as e:
        raise bad_request(f"{name}: {e}.") from None


def asked(body: Body) -> Asked:
    """
    @return: how the outcome is to be told.
    """
    return Asked(
        operation_context=body.get("operationContext"),
        callback_url=body.get("operationCallbackUri"),
    )


def echoed(body: Body) -> Body:
    """
    @return: the part of an answer that repeats the context, if there is one.
    """
    context = body.get("operationContext")
    return {} if context is None else {"operationContext": context}


def caller_id(resource: Resource, body: Body, targets: Sequence[str]) -> str | None:
    """
    @param targets: raw ids.

    @return: the number that is shown to phones.

    @raise Refusal: 400, if it is not the resource's, or is missing where a
        phone is called.
    """
    number = (body.get("sourceCallerIdNumber") or {}).get("value")
    if number is not None and number not in resource.phone_numbers:
        raise bad_request("sourceCallerIdNumber is not a number of this resource.")
    if number is None and any(phone_number_of(target) for target in targets):
        raise bad_request("sourceCallerIdNumber is required to call a phone.")
    return None if number is None else str(number)


def shown(target: str, source: str, number: str | None) -> str:
    """
    @return: raw id that C{target} sees as the caller: phones see a number.
    """
    is_phone = phone_number_of(target) is not None
    return f"4:{number}" if is_phone and number else source
