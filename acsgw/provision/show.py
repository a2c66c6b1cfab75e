"""
A plan as lines of text, like a diff.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..settings import Pattern
from .difference import NONE, Field
from .plan import Kind, Plan, Step, Verb

_WORDS = {
    Verb.CREATE: "to create",
    Verb.CHANGE: "to change",
    Verb.KEEP: "to keep",
    Verb.LEAVE: "left alone",
}

ABOUT_ADVANCED = (
    'The integration page gives two filters: to.kind == "phoneNumber" for the IVR, and',
    "the gateway's identity for the gateway.  They cannot deliver the return transfer:",
    "the gateway transfers to the IVR's identity, which is no phone number and not the",
    "gateway, so neither filter matches, nobody is told, and the transfer fails.  (And",
    "the key is data.to.rawId: events have no to.id.)  What is made here instead: the",
    "IVR's filter lets its own identity through beside the phone numbers.",
)
ABOUT_DIRECT = (
    "The integration page gives no filter for the direct pattern.  Without one the",
    "gateway is told of every call of the resource, of its own transfers too, and",
    "would answer them: a loop.  What is made here has a filter for phone numbers.",
)


def lines_of(plan: Plan, *, verbose: bool = False) -> Iterator[str]:
    """
    @param verbose: every field, of what is kept too.
    """
    wanted = plan.wanted
    yield f"account {wanted.account}: {wanted.pattern.value} pattern"
    yield f"  {wanted.resource_id}"
    about = ABOUT_ADVANCED if wanted.pattern is Pattern.ADVANCED else ABOUT_DIRECT
    yield from (f"  # {line}" for line in about)
    for step in plan.steps:
        yield from _step(step, verbose)
    counts = ", ".join(f"{plan.count(verb)} {_WORDS[verb]}" for verb in Verb)
    yield f"  {counts}"
    for obstacle in plan.obstacles:
        yield f"  ! {obstacle}"


def _step(step: Step, verbose: bool) -> Iterator[str]:
    sign, purpose = step.verb.value, f"  ({step.purpose})" if step.purpose else ""
    if step.kind is Kind.IDENTITY:
        [field] = step.fields
        source = f"  ({field.remark})" if field.remark else ""
        yield f"{sign} identity of the {step.name}: {field.new}{source}"
        return
    yield f"{sign} {step.kind.value} {step.name}{purpose}"
    if step.verb is Verb.LEAVE:
        yield f"      {step.path}"
    for field in step.fields:
        yield from _field(field, verbose)
    for remark in step.remarks:
        yield f"      ! {remark}"


def _field(field: Field, verbose: bool) -> Iterator[str]:
    remark = f"  [{field.remark}]" if field.remark else ""
    name = f"{field.name}:"
    if not field.changes:
        hidden = not verbose and not field.remark.startswith(("cannot", "nothing"))
        if not hidden:
            yield f"    = {name:20} {field.new}{remark}"
        return
    if field.old is not None and field.old != NONE:
        yield f"    - {name:20} {field.old}"
    if field.new is not None:
        yield f"    + {name:20} {field.new}{remark}"
