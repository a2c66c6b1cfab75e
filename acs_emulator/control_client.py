"""
The control API, seen from a command.
"""

from __future__ import annotations

import json
import os
import tomllib
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from .cli_tls import control_context
from .errors import EmulatorError

CONTROL = "http://127.0.0.1:8480"
#: Seconds.
_HTTP_TIMEOUT = 40.0

#: Sends a request to the control API: method, path, body.
Ask = Callable[[str, str, Any], dict[str, Any]]


class CommandFailed(EmulatorError):
    """
    The command cannot do what it was asked; the text is one sentence.
    """


def read_toml(path: str) -> dict[str, Any]:
    """
    @raise CommandFailed: if the file is not there or not TOML.
    """
    try:
        with open(path, "rb") as file:
            return tomllib.load(file)
    except OSError as e:
        raise CommandFailed(f"{path}: {e.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
        raise CommandFailed(f"{path}: not TOML: {e}") from None


def read_script(path: str) -> dict[str, Any]:
    """
    @return: a caller's script, with absolute paths.

    @raise CommandFailed: if the file is not there or not TOML.
    """
    script = read_toml(path)
    find_recordings(script, os.path.dirname(os.path.abspath(path)))
    return script


def find_recordings(script: dict[str, Any], folder: str) -> None:
    """
    Make the paths in a script absolute.

    @param folder: to which they are relative.
    """
    steps = script.get("steps", [])
    for step in steps if isinstance(steps, list) else []:
        if isinstance(step, dict) and isinstance(step.get("say"), str):
            step["say"] = os.path.join(folder, step["say"])
    if isinstance(script.get("heard"), str):
        script["heard"] = os.path.join(folder, script["heard"])


def http_ask(control: str) -> Ask:
    """
    @param control: address of the emulator.

    @return: what speaks to its control API; raises L{CommandFailed}.
    """

    context = control_context(control)

    def ask(method: str, path: str, body: Any) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode("utf-8")
        try:
            request = urllib.request.Request(
                control.rstrip("/") + path, data, method=method
            )
            with urllib.request.urlopen(
                request, timeout=_HTTP_TIMEOUT, context=context
            ) as answer:
                return _json(answer.read(), control)
        except urllib.error.HTTPError as e:
            raise CommandFailed(_json(e.read(), control).get("error", str(e))) from None
        except (OSError, ValueError) as e:
            reason = getattr(e, "reason", e)
            raise CommandFailed(
                f"no emulator answers at {control} ({reason}); start one with "
                "'twistd -n acs-emulator'"
            ) from None

    return ask


def _json(body: bytes, control: str) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise CommandFailed(f"what answers at {control} is not an emulator")
    return found
