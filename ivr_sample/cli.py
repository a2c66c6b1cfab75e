"""
The C{ivr-sample} command: what is done beside the daemon.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path

from pydantic import BaseModel, SecretStr

from . import __version__
from .errors import SettingsError
from .settings import Settings
from .settings_file import SECRETS, load_settings


def main(arguments: list[str] | None = None) -> int:
    """
    @return: the exit status.
    """
    parser = argparse.ArgumentParser(
        prog="ivr-sample", description="Beside the daemon: twistd -n ivr-sample"
    )
    version = f"ivr-sample {__version__}"
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="check the settings and show them")
    check.add_argument("-c", "--config", type=Path, default=Path("ivr.toml"))
    check.set_defaults(run=_check)
    example = commands.add_parser("example", help="print a settings file")
    example.set_defaults(run=_example)
    given = parser.parse_args(arguments)
    status: int = given.run(given)
    return status


def _check(given: argparse.Namespace) -> int:
    try:
        settings = load_settings(given.config, os.environ)
    except SettingsError as e:
        print(e, file=sys.stderr)
        return 1
    found = left_as_example(settings)
    if found:
        print(SettingsError(found), file=sys.stderr)
        return 1
    print("\n".join(shown("", settings)))
    for warning in warnings(settings, os.environ):
        print(f"warning: {warning}", file=sys.stderr)
    return 0


def _example(given: argparse.Namespace) -> int:
    text = resources.files("ivr_sample").joinpath("example.toml").read_text("utf-8")
    print(text, end="")
    return 0


def shown(where: str, table: BaseModel) -> Iterator[str]:
    """
    @return: the settings in force, a line each; secrets are hidden.
    """
    for name in type(table).model_fields:
        value, path = getattr(table, name), f"{where}{name}"
        if isinstance(value, BaseModel):
            yield from shown(f"{path}.", value)
        elif isinstance(value, SecretStr):
            yield f"{path} is set (hidden)"
        elif name == "keys":
            for key, choice in value.items():
                yield f"{path}.{key} = {choice.do} {choice.set or ''}".rstrip()
        elif name == "rules":
            for rule in value:
                yield f"{path}: when {rule.when or 'nothing else fits'}: {rule.do}"
        elif value is None:
            yield f"{path} is not set"
        else:
            yield f"{path} = {value!r}"


def left_as_example(settings: Settings) -> list[str]:
    """
    @return: what the operator has yet to fill in.
    """
    acs = settings.acs
    left = {
        "ivr.public_url": "//ivr.example.com" in settings.ivr.public_url,
        "acs.endpoint": "//name." in acs.endpoint.lower(),
        "acs.resource_id": not acs.resource_id.strip("0-"),
        "acs.identity": "8:acs:0000" in acs.identity,
        "gateway.identity": "8:acs:0000" in settings.gateway.identity,
        "acs.cognitive_services_endpoint": "//name."
        in (acs.cognitive_services_endpoint or "").lower(),
    }
    return [
        f"{name}: is still the example's; fill it in" for name in left if left[name]
    ]


def warnings(settings: Settings, environment: Mapping[str, str]) -> Iterator[str]:
    """
    @return: what works, but may not be meant.
    """
    if settings.pin is not None and settings.pin.variable is not None:
        yield (
            f"pin.variable: the PIN travels to the gateway as {settings.pin.variable!r}"
            " through Event Grid, where it may be kept; leave it out if you can"
        )
    resource = settings.acs.resource_id
    for where, identity in (
        ("acs.identity", settings.acs.identity),
        ("gateway.identity", settings.gateway.identity),
    ):
        if resource.lower() not in identity.lower():
            yield f"{where}: is not of the resource {resource}; transfers may fail"
    for number, rule in enumerate(settings.back.rules[:-1]):
        if not rule.when:
            yield f"back.rules[{number}]: matches always; those after it never count"
    known = {f"IVR_{table}_{key}".upper() for table, key in SECRETS}
    known |= {"IVR_PUBLIC_URL", "IVR_CALLBACK_URL"}
    for name in sorted(environment):
        if name.startswith("IVR_") and name not in known:
            yield f"{name}: is nobody's variable; known: {', '.join(sorted(known))}"
