"""
What travels with a caller who is handed over: the agent's output variables, within
the limits of the network.

Core.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..acs.custom_context import (
    MAX_KEY,
    MAX_VOIP_HEADERS,
    MAX_VOIP_VALUE,
    Remarks,
    as_text,
    cut,
    length,
    listed,
    well_formed,
)

#: Keeps variables for whoever takes over and tells their URL; L{None} if there is no
#: room for them.
Keep = Callable[[Mapping[str, str]], str | None]


@dataclass(frozen=True)
class Texts:
    """
    Variables that are texts.

    @ivar remarks: what was done to them, names only.
    """

    values: dict[str, str] = field(repr=False)
    remarks: tuple[str, ...] = ()


def as_texts(variables: Mapping[str, object]) -> Texts:
    """
    @param variables: as an agent gave them, of any type.

    @return: texts as they are, C{true} and C{false}, numbers, lists and objects as
        compact JSON; nothing for L{None}.
    """
    values: dict[str, str] = {}
    remarks = Remarks("output variables")
    for given, value in variables.items():
        name = well_formed(str(given))
        try:
            text = as_text(value)
        except ValueError:
            remarks.add("cannot be told as JSON, left out", name)
            continue
        if text is None:
            remarks.add("null, left out", name)
        elif name in values:
            remarks.add("given twice, left out", name)
        else:
            values[name] = well_formed(text)
            if values[name] != text:
                remarks.add("not well-formed Unicode, mended", name)
    return Texts(values, tuple(remarks))


@dataclass(frozen=True)
class Packed:
    """
    What goes on the wire (C{voipHeaders}), and what could not.
    """

    headers: dict[str, str] = field(repr=False)
    remarks: tuple[str, ...] = ()


def for_phone(values: Mapping[str, str]) -> Packed:
    """
    Nothing travels to a phone.
    """
    if not values:
        return Packed({})
    names = listed(list(values))
    return Packed({}, (f"output variables: a phone is told none: {names}",))


def pack(
    values: Mapping[str, str],
    own: Mapping[str, str],
    reserved: frozenset[str],
    url_name: str,
    keep: Keep | None,
) -> Packed:
    """
    @param values: the agent's.
    @param own: headers of the gateway; they fit.
    @param reserved: names, in lower case, that the agent's variables may not have.
    @param url_name: the header that says where the rest can be fetched.
    @param keep: how to keep what does not fit; L{None} if it is to be cut.
    """
    problems = {name: _problem(name, value, reserved) for name, value in values.items()}
    fits = {name: value for name, value in values.items() if not problems[name]}
    if len(fits) == len(values) and len(fits) + len(own) <= MAX_VOIP_HEADERS:
        return Packed({**own, **fits})
    remarks = Remarks("output variables")
    url = keep(values) if keep is not None else None
    if url is None or length(url) > MAX_VOIP_VALUE:
        if keep is not None:
            remarks.add("cannot be kept for fetching, cut instead", str(len(values)))
        return _cut(values, own, reserved, remarks)
    headers = {**own, url_name: url}
    room = MAX_VOIP_HEADERS - len(headers)
    for name, problem in problems.items():
        if problem:
            remarks.add(f"{problem}, to be fetched", name)
    for number, (name, value) in enumerate(fits.items()):
        if number < room:
            headers[name] = value
        else:
            remarks.add("one too many, to be fetched", name)
    return Packed(headers, tuple(remarks))


def _problem(name: str, value: str, reserved: frozenset[str]) -> str:
    if not name:
        return "without a name"
    if name.lower() in reserved:
        return "the name is ours"
    if length(name) > MAX_KEY:
        return f"the name has more than {MAX_KEY} characters"
    if length(value) > MAX_VOIP_VALUE:
        return f"the value has more than {MAX_VOIP_VALUE} characters"
    return ""


def _cut(
    values: Mapping[str, str],
    own: Mapping[str, str],
    reserved: frozenset[str],
    remarks: Remarks,
) -> Packed:
    headers = dict(own)
    for name, value in values.items():
        short, text = cut(name, MAX_KEY), cut(value, MAX_VOIP_VALUE)
        if not name:
            remarks.add("without a name, left out", name)
        elif name.lower() in reserved:
            remarks.add("the name is ours, left out", name)
        elif short != name and (short in values or short in headers):
            remarks.add("the name is too long, and taken when cut; left out", name)
        elif short != name and short.lower() in reserved:
            remarks.add("the name is too long, and ours when cut; left out", name)
        elif len(headers) >= MAX_VOIP_HEADERS:
            remarks.add("one too many, left out", name)
        else:
            headers[short] = text
            if short != name:
                remarks.add(f"the name was cut to {MAX_KEY} characters", name)
            if text != value:
                remarks.add(f"the value was cut to {MAX_VOIP_VALUE} characters", name)
    return Packed(headers, tuple(remarks))
