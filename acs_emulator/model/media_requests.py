"""
What the bodies of media operations and recordings may contain.

Fields, ranges and words are those of the generated client in
C{azure-communication-callautomation} 1.6.0; the ranges that "Gather user input
with Recognize action" narrows further are taken from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from .fields import Check, flag, one_of, record, text, url
from .tones import TONE_WORDS

#: What C{:sendDtmfTones} takes at once; our limit.
_MOST_TONES = 100
_MOST_SOURCES = 10
#: Media operations and their statuses; recordings are apart.
MEDIA_STATUS = {
    "play": 202,
    "recognize": 202,
    "cancel_all": 202,
    "start_continuous": 200,
    "stop_continuous": 200,
    "send_tones": 202,
}


def array(item: Check, *, least: int = 0, most: int = 1000) -> Check:
    """
    A list of alike things.
    """

    def check(value: Any, where: str) -> list[str]:
        if not isinstance(value, list) or not least <= len(value) <= most:
            return [f"{where} must be a list of {least} to {most}"]
        return [
            problem
            for i, element in enumerate(value)
            for problem in item(element, f"{where}[{i}]")
        ]

    return check


def whole(least: int, most: int) -> Check:
    """
    An integer between two.
    """

    def check(value: Any, where: str) -> list[str]:
        good = isinstance(value, int) and not isinstance(value, bool)
        if good and least <= value <= most:
            return []
        return [f"{where} must be a whole number from {least} to {most}"]

    return check


def media_checks(*, strict: bool, insecure: bool) -> Mapping[str, Check]:
    """
    @param strict: refuse fields that are not known.
    @param insecure: allow addresses without TLS.

    @return: checks of bodies, by the name of the operation.
    """
    fields = partial(record, strict=strict)
    address = url("https", "http") if insecure else url("https")
    common: dict[str, Check] = {
        "operationContext": text,
        "operationCallbackUri": address,
    }
    participant = _participant(strict)
    source = source_check(strict, address)
    target = fields({"targetParticipant": participant}, common)
    return {
        "play": fields(
            {"playSources": array(source, least=1, most=_MOST_SOURCES)},
            {
                **common,
                "playTo": array(participant),
                "interruptCallMediaOperation": flag,
                "playOptions": fields({"loop": flag}, {}),
            },
        ),
        "recognize": _recognize(strict, participant, source, common),
        "start_continuous": target,
        "stop_continuous": target,
        "send_tones": fields(
            {
                "tones": array(one_of(*TONE_WORDS), least=1, most=_MOST_TONES),
                "targetParticipant": participant,
            },
            common,
        ),
        "start_recording": _recording(strict, participant, address),
    }


def _participant(strict: bool) -> Check:
    fields = partial(record, strict=strict)
    return fields(
        {},
        {
            "kind": text,
            "rawId": text,
            "communicationUser": fields({"id": text}, {}),
            "phoneNumber": fields(
                {"value": text}, {"isAnonymous": flag, "assertedId": text}
            ),
        },
    )


def source_check(strict: bool, address: Check) -> Check:
    """
    Something that can be played.
    """
    fields = partial(record, strict=strict)
    shape = fields(
        {"kind": one_of("file", "text", "ssml")},
        {
            "playSourceCacheId": text,
            "file": fields({"uri": address}, {}),
            "text": fields(
                {"text": text},
                {
                    "sourceLocale": text,
                    "voiceKind": one_of("male", "female"),
                    "voiceName": text,
                    "customVoiceEndpointId": text,
                },
            ),
            "ssml": fields({"ssmlText": text}, {"customVoiceEndpointId": text}),
        },
    )

    def check(value: Any, where: str) -> list[str]:
        problems = shape(value, where)
        if not problems and value.get(value["kind"].lower()) is None:
            problems.append(f"{where}.{value['kind'].lower()} is required")
        return problems

    return check


def _recognize(
    strict: bool, participant: Check, source: Check, common: Mapping[str, Check]
) -> Check:
    fields = partial(record, strict=strict)
    tone = one_of(*TONE_WORDS)
    options = fields(
        {"targetParticipant": participant},
        {
            "interruptPrompt": flag,
            "initialSilenceTimeoutInSeconds": whole(0, 300),
            "speechLanguage": text,
            "speechRecognitionModelEndpointId": text,
            "dtmfOptions": fields(
                {},
                {
                    "interToneTimeoutInSeconds": whole(1, 60),
                    "maxTonesToCollect": whole(1, 1000),
                    "stopTones": array(tone),
                },
            ),
            "choices": array(
                fields({"label": text, "phrases": array(text)}, {"tone": tone}),
                least=1,
            ),
            "speechOptions": fields({}, {"endSilenceTimeoutInMs": whole(0, 10_000)}),
        },
    )
    shape = fields(
        {
            "recognizeInputType": one_of("dtmf", "speech", "speechOrDtmf", "choices"),
            "recognizeOptions": options,
        },
        {
            **common,
            "playPrompt": source,
            "playPrompts": array(source, most=_MOST_SOURCES),
            "interruptCallMediaOperation": flag,
        },
    )

    def check(value: Any, where: str) -> list[str]:
        return shape(value, where) or _recognize_sense(value)

    return check


def _recognize_sense(body: Mapping[str, Any]) -> list[str]:
    kind, options = body["recognizeInputType"].lower(), body["recognizeOptions"]
    problems = []
    if kind == "choices" and not options.get("choices"):
        problems.append("recognizeOptions.choices is required for choices")
    if kind != "dtmf" and (options.get("initialSilenceTimeoutInSeconds") or 0) > 20:
        problems.append(
            "recognizeOptions.initialSilenceTimeoutInSeconds must be at most 20 "
            "for choices and speech"
        )
    if body.get("playPrompt") and body.get("playPrompts"):
        problems.append("playPrompt and playPrompts exclude each other")
    return problems


def _recording(strict: bool, participant: Check, address: Check) -> Check:
    fields = partial(record, strict=strict)
    return fields(
        {},
        {
            "callLocator": fields(
                {},
                {
                    "kind": text,
                    "serverCallId": text,
                    "groupCallId": text,
                    "roomId": text,
                },
            ),
            "callConnectionId": text,
            "recordingStateCallbackUri": address,
            "recordingContentType": one_of("audio", "audioVideo"),
            "recordingChannelType": one_of("mixed", "unmixed"),
            "recordingFormatType": one_of("wav", "mp3", "mp4"),
            "audioChannelParticipantOrdering": array(participant, most=5),
            "channelAffinity": array(
                fields({"participant": participant, "channel": whole(0, 4)}, {}), most=5
            ),
            "pauseOnStart": flag,
            "externalStorage": fields(
                {
                    "recordingStorageKind": one_of(
                        "azureCommunicationServices", "azureBlobStorage"
                    )
                },
                {"recordingDestinationContainerUrl": text},
            ),
        },
    )
