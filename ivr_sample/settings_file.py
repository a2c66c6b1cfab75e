"""
A settings file and the environment -> checked settings, or every problem in one
message.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError

from .errors import SettingsError
from .prompts import is_file, phrases, read_prompts
from .settings import RETURNED_NAMES, Settings

#: Table and key of each secret: IVR_TABLE_KEY in the environment, or a file.
SECRETS = (("acs", "access_key"), ("events", "key"), ("callback", "webhook_key"))

#: Beside the secrets, what a container's platform only knows at run time.
_PLAIN = (("ivr", "public_url"), ("ivr", "callback_url"))


def load_settings(path: Path, environment: Mapping[str, str]) -> Settings:
    """
    @raise SettingsError: with every problem found.
    """
    try:
        given = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise SettingsError(
            [f"{path}: there is no such file; make one: ivr-sample example > ivr.toml"]
        ) from None
    except (OSError, UnicodeDecodeError) as e:
        raise SettingsError([f"{path}: cannot be read: {e}"]) from e
    except tomllib.TOMLDecodeError as e:
        raise SettingsError([f"{path}: not TOML: {e}"]) from None
    return parse_settings(given, environment, path.resolve().parent)


def parse_settings(
    given: Mapping[str, Any], environment: Mapping[str, str], folder: Path
) -> Settings:
    """
    @param folder: that paths in the settings are relative to.

    @raise SettingsError: with every problem found.
    """
    tables = {
        name: dict(table) if isinstance(table, dict) else table
        for name, table in given.items()
    }
    problems = list(_add_secrets(tables, environment, folder))
    _resolve_recording_folder(tables, folder)
    try:
        settings = Settings.model_validate(tables)
    except ValidationError as e:
        problems += [_told(error) for error in e.errors(include_url=False)]
        raise SettingsError(problems) from None
    problems += _contradictions(settings)
    problems += _recording_folder(settings)
    problems += read_prompts(settings, folder)[1]
    if problems:
        raise SettingsError(problems)
    return settings


def _add_secrets(
    tables: dict[str, Any], environment: Mapping[str, str], folder: Path
) -> Iterator[str]:
    for name, key in SECRETS:
        table = tables.setdefault(name, {}) if name != "callback" else tables.get(name)
        if not isinstance(table, dict):
            continue
        variable = f"IVR_{name}_{key}".upper()
        if table.pop(key, None) is not None:
            yield (
                f"{name}.{key}: secrets do not belong into this file; put it into the"
                f" environment as {variable}, or into a file named by {key}_file"
            )
        file = table.pop(f"{key}_file", None)
        secret = environment.get(variable, "").strip()
        if not secret and isinstance(file, str):
            try:
                secret = (folder / file).read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError) as e:
                reason = getattr(e, "strerror", None) or e
                yield f"{name}.{key}_file: {folder / file} cannot be read: {reason}"
        if secret:
            table[key] = SecretStr(secret)
    for name, key in _PLAIN:
        value = environment.get(f"IVR_{key}".upper(), "").strip()
        if value and isinstance(tables.setdefault(name, {}), dict):
            tables[name][key] = value


def _told(error: Any) -> str:
    """
    @param error: one of pydantic's.

    @return: where, what is wrong, and the way out.
    """
    path = [part for part in error["loc"] if part != "[key]"]
    where, name = ".".join(str(part) for part in path), str(path[-1])
    model, way_out = _look_up(path)
    match error["type"]:
        case "missing":
            how = way_out or "a table; `ivr-sample example` shows it"
            if tuple(path) in SECRETS:
                variable = f"IVR_{path[0]}_{name}".upper()
                how += f"; give it by {variable} in the environment, or by {name}_file"
            return f"{where}: is missing; it is {how}"
        case "extra_forbidden":
            near = get_close_matches(name, getattr(model, "model_fields", ()), 1)
            hint = f"did you mean {near[0]!r}?" if near else "remove it"
            return f"{where}: is not a setting; {hint}"
        case "model_type":
            return f"{where}: must be a table; write it as [{where}]"
    text = str(error["msg"]).removeprefix("Value error, ")
    return f"{where}: {text}; it is {way_out}" if way_out else f"{where}: {text}"


def _look_up(path: list[Any]) -> tuple[type[BaseModel], str]:
    """
    @return: the table that a path leads into, and the last setting's description.
    """
    model: type[BaseModel] = Settings
    description = ""
    for part in path:
        field = model.model_fields.get(str(part))
        if field is None:  # an index, or a key of a table that is free in its keys
            continue
        description = field.description or ""
        for kind in _types(field.annotation):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                model = kind
    return model, description


def _types(annotation: Any) -> Iterator[Any]:
    yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _types(inner)


def _contradictions(settings: Settings) -> Iterator[str]:
    """
    What is good alone but not together.
    """
    menu, back, gateway = settings.menu, settings.back, settings.gateway
    keys = menu.keys if menu else {}
    wanted: list[tuple[str, str]] = []
    wanted += [(f"menu.keys.{key}", choice.do) for key, choice in keys.items()]
    wanted += [(f"back.rules[{i}]", rule.do) for i, rule in enumerate(back.rules)]
    for where, do in wanted:
        if do in ("account", "callback", "survey") and getattr(settings, do) is None:
            yield f"{where}: do = {do!r} needs the table [{do}]; add it"
    if gateway.identity == settings.acs.identity:
        yield "gateway.identity: is acs.identity: the IVR would call itself"
    if settings.human.target in (settings.acs.identity, gateway.identity):
        yield "human.target: is no human but an identity of the IVR or the gateway"
    reserved = {name.lower() for name in RETURNED_NAMES}
    reserved |= {
        gateway.return_identity_header.lower(),
        gateway.conversation_header.lower(),
    }
    for where, name in _variables(settings):
        if name.lower() in reserved:
            yield f"{where}: {name!r} has a meaning of its own; take another name"
    account, pin = settings.account, settings.pin
    if account and pin and account.variable.lower() == (pin.variable or "").lower():
        yield "pin.variable: is account.variable; take another name"
    if settings.acs.cognitive_services_endpoint is None:
        texts = [where for where, text in phrases(settings) if not is_file(text)]
        if settings.prompts.digits is None and settings.account is not None:
            texts.append("prompts.digits (not set: the number is read out as a text)")
        if texts:
            yield (
                "acs.cognitive_services_endpoint: is missing; it is needed for phrases"
                f" that are texts ({', '.join(texts[:3])}...); or make them WAV files"
            )


def _resolve_recording_folder(tables: dict[str, Any], folder: Path) -> None:
    recording = tables.get("recording")
    given = recording.get("folder") if isinstance(recording, dict) else None
    if isinstance(given, str) and given.strip():
        tables["recording"]["folder"] = str(folder.resolve() / given)


def _recording_folder(settings: Settings) -> Iterator[str]:
    """
    Better now than when the first call was recorded.
    """
    path = settings.recording and settings.recording.folder
    if path and not (os.path.isdir(path) and os.access(path, os.W_OK | os.X_OK)):
        yield (
            f"recording.folder: {path} is no folder that can be written; make it:"
            f" mkdir -m 700 {path}"
        )


def _variables(settings: Settings) -> Iterator[tuple[str, str]]:
    """
    @return: the variables that the flow sets, each with where it is named.
    """
    for table in (settings.account, settings.pin):
        if table is not None and table.variable is not None:
            yield f"{type(table).__name__.lower()}.variable", table.variable
    for key, choice in (settings.menu.keys if settings.menu else {}).items():
        yield from ((f"menu.keys.{key}.set", name) for name in choice.set)
    yield from (("gateway.variables", name) for name in settings.gateway.variables)
