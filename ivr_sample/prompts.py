"""
Phrases that are files: which there are, and whether Azure can play them.
"""

from __future__ import annotations

import wave
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

from pydantic import BaseModel

from .settings import Settings

#: Between the names of files that are served as one.
SEPARATOR = ","

#: Bytes of the largest prompt that is served: five minutes.
MAX_PROMPT = 10 * 1024 * 1024

_PHRASES = frozenset(
    (
        *("greeting", "no_input", "no_match", "goodbye", "prompt", "say", "closed"),
        *("confirm_before", "confirm_after", "unavailable", "apology"),
        *("offer", "promised", "thanks"),
    )
)


def phrases(settings: Settings) -> list[tuple[str, str]]:
    """
    @return: where each phrase of the flow stands in the settings, and the phrase.
    """
    found: list[tuple[str, str]] = []

    def walk(where: str, table: BaseModel) -> None:
        for name in type(table).model_fields:
            value = getattr(table, name)
            path = f"{where}{name}"
            if isinstance(value, BaseModel):
                walk(f"{path}.", value)
            elif name in _PHRASES and isinstance(value, str):
                found.append((path, value))
            elif name == "greetings":
                found.extend((f"{path}.{kind}", text) for kind, text in value.items())
            elif name == "rules":
                for number, rule in enumerate(value):
                    walk(f"{path}[{number}].", rule)

    walk("", settings)
    if settings.prompts.digits is not None and settings.account is not None:
        pattern = settings.prompts.digits
        found += [("prompts.digits", pattern.replace("{}", d)) for d in "0123456789"]
    return found


def is_file(phrase: str) -> bool:
    """
    Is the phrase a file to be played, not a text to be spoken?
    """
    return phrase.endswith(".wav")


def read_prompts(
    settings: Settings, folder: Path
) -> tuple[dict[str, bytes], list[str]]:
    """
    @return: the WAV files of the flow, by name; and what is wrong with them.
    """
    files: dict[str, bytes] = {}
    problems = []
    for where, name in phrases(settings):
        if not is_file(name) or name in files:
            continue
        path = folder / settings.prompts.folder / name
        try:
            if "/" in name or SEPARATOR in name:
                raise ValueError(
                    f"give a file's name, without {SEPARATOR!r}; prompts.folder names"
                    " the folder"
                )
            content = path.read_bytes()
            with wave.open(BytesIO(content)) as wav:
                form = wav.getframerate(), wav.getnchannels(), wav.getsampwidth()
            if form != (16000, 1, 2):
                raise ValueError(
                    f"{form[0]} Hz, {form[1]} channels, {8 * form[2]} bit; Azure plays"
                    " 16 kHz mono 16 bit: ffmpeg -i IN -ar 16000 -ac 1 -c:a pcm_s16le"
                    f" {name}"
                )
            files[name] = content
        except (OSError, EOFError, wave.Error, ValueError) as e:
            reason = getattr(e, "strerror", None) or e or "it is cut short"
            problems.append(f"{where}: {path}: {reason}")
    return files, problems


def joined(files: Mapping[str, bytes], names: str) -> bytes | None:
    """
    @param files: as L{read_prompts} gives them.
    @param names: of one or more, with L{SEPARATOR} between.

    @return: one file with the sound of all; L{None} if there is no such.
    """
    parts = [files.get(name) for name in names.split(SEPARATOR)]
    if not all(parts) or sum(len(part or b"") for part in parts) > MAX_PROMPT:
        return None
    whole = BytesIO()
    with wave.open(whole, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16000)
        for part in parts:
            with wave.open(BytesIO(part or b"")) as wav:
                out.writeframes(wav.readframes(wav.getnframes()))
    return whole.getvalue()
