"""
What an application's commands mean, once their bodies have the right form: the
legs that they make, and the transfers that they ask for.  The same for whoever
brings them, over HTTP or not.
"""

from __future__ import annotations

from typing import Any

from ..errors import bad_request
from .callbacks import LegFacts
from .legs import Leg, Ring, Transfer
from .media_messages import media_options
from .requests import Body, caller_id, participant
from .resource import Resource
from .transcription import new_transcription


def answering_user(resource: Resource, body: Body) -> str | None:
    """
    @return: raw id of the user that the application wants to answer as, if it
        named one.

    @raise Refusal: 400, if that is not the resource's.
    """
    user = (body.get("answeredBy") or {}).get("id")
    if user is not None and not resource.owns(user):
        raise bad_request("answeredBy is not a user of this resource.")
    return None if user is None else str(user)


def answered_by(resource: Resource, ring: Ring, user: str | None) -> str:
    """
    @param user: as of L{answering_user}.

    @return: raw id of whoever answers; numbers are answered for by an identity
        of the service's choosing.
    """
    is_user = ring.callee in resource.users
    return user or (ring.callee if is_user else resource.bot)


def leg_asked_for(
    body: Body,
    facts: LegFacts,
    *,
    subscription_id: str,
    transcription_id: str = "",
    **about: Any,
) -> Leg:
    """
    @param body: with what an application answers, creates or connects.
    @param subscription_id: of its media stream.
    @param transcription_id: of its transcription, if it wants one.
    @param about: more fields of the leg.
    """
    media = body.get("mediaStreamingOptions")
    intelligence = body.get("callIntelligenceOptions") or {}
    written = body.get("transcriptionOptions")
    return Leg(
        facts=facts,
        callback_url=body["callbackUri"],
        operation_context=body.get("operationContext"),
        media=None if media is None else media_options(media),
        subscription_id=subscription_id,
        cognitive_services=intelligence.get("cognitiveServicesEndpoint"),
        transcription=None
        if written is None
        else new_transcription(written, transcription_id),
        **about,
    )


def transfer_asked_for(resource: Resource, body: Body, leg: Leg) -> Transfer:
    """
    @param leg: the one to be transferred.

    @raise Refusal: 400, if somebody is named that there is not.
    """
    target = participant("targetParticipant", body["targetParticipant"])
    caller_id(resource, body, ())
    who = body.get("transferee")
    context = body.get("customCallingContext") or {}
    return Transfer(
        target=target,
        operation_context=body.get("operationContext"),
        callback_url=body.get("operationCallbackUri") or leg.callback_url,
        voip_headers=context.get("voipHeaders"),
        sip_headers=context.get("sipHeaders"),
        transferee=None if who is None else participant("transferee", who),
    )
