"""
The C{acsgw provision} command.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import AcsgwError, CannotProvision
from ..reactor_command import Outside
from ..settings import AccountSettings, AzureSettings, Settings
from .arm import Arm
from .as_arm import arm_template
from .as_az import az_script
from .as_bicep import bicep_file
from .credential import NO_CREDENTIAL, Token, find_token
from .identities import IdentityFile, create_identity
from .plan import Plan
from .provisioning import Choices, Provisioning
from .wanted import problems_of, wanted_for

FORMATS = {"az": az_script, "bicep": bicep_file, "arm": arm_template}

_DRY = "This was a dry run: nothing has been changed.  Do it by: --apply"
_NOTHING = "Nothing to do."


@dataclass(frozen=True, kw_only=True)
class Order:
    """
    What is to be done.

    @ivar accounts: names; none: all that have a table C{azure}.
    @ivar identities: where made identities are remembered; L{None}: in the state.
    @ivar endpoint: of Resource Manager.
    """

    settings: Settings
    environment: Mapping[str, str]
    accounts: tuple[str, ...]
    choices: Choices
    identities: Path | None
    endpoint: str
    apply: bool

    @property
    def file(self) -> IdentityFile:
        default = self.settings.state_dir / "azure-identities.json"
        return IdentityFile(self.identities or default)


def chosen(
    settings: Settings, names: tuple[str, ...]
) -> Iterator[tuple[AccountSettings, AzureSettings]]:
    """
    @raise CannotProvision: if there is nothing to do, or a name is nobody's.
    """
    known = {account.name: account for account in settings.accounts}
    for name in names:
        if name not in known:
            raise CannotProvision(
                f"there is no account {name!r}; there are: {', '.join(known)}"
            )
        if known[name].azure is None:
            raise CannotProvision(
                f"accounts.{name} has no table [accounts.{name}.azure]; see: acsgw"
                " example"
            )
    found = [
        (account, account.azure)
        for account in settings.accounts
        if account.azure is not None and (not names or account.name in names)
    ]
    if not found:
        raise CannotProvision(
            "no account has a table such as [accounts.NAME.azure], which says where its"
            " resource is; see: acsgw example"
        )
    yield from found


def printed(order: Order, form: str) -> str:
    """
    @param form: a key of L{FORMATS}.

    @return: a file for other tools, of one account.

    @raise CannotProvision: if there are several.
    """
    accounts = list(chosen(order.settings, order.accounts))
    if len(accounts) > 1:
        names = ", ".join(account.name for account, _ in accounts)
        raise CannotProvision(f"one account a file: choose by --account: {names}")
    [(account, azure)] = accounts
    problems = problems_of(account, azure)
    if problems:
        raise CannotProvision("\n".join(problems))
    made = order.file.read().get(account.name, {})
    wanted = wanted_for(account, azure, order.settings.public_url, made)
    return FORMATS[form](wanted).rstrip("\n")


async def provision(order: Order, outside: Outside) -> int:
    """
    @return: the exit status.
    """
    try:
        token = find_token(order.environment, order.endpoint, outside.in_thread)
        if token is None:
            raise CannotProvision(NO_CREDENTIAL)
        accounts = [
            provisioning(order, account, azure, token, outside)
            for account, azure in chosen(order.settings, order.accounts)
        ]
        good = [await _one(order, account) for account in accounts]
    except AcsgwError as e:
        print(f"acsgw provision: {e}", file=sys.stderr)
        return 1
    return 0 if all(good) else 1


async def _one(order: Order, account: Provisioning) -> bool:
    plan = await account.plan()
    account.show(plan)
    if order.apply and plan.changes:
        await account.apply(plan)
        account.say("Done.")
    else:
        account.say(_last_words(order, plan))
    return not plan.obstacles


def _last_words(order: Order, plan: Plan) -> str:
    if plan.changes:
        return _DRY
    return "Nothing has been done." if plan.obstacles else _NOTHING


def provisioning(
    order: Order,
    account: AccountSettings,
    azure: AzureSettings,
    token: Token,
    outside: Outside,
) -> Provisioning:
    """
    @return: an account's, on the network.
    """

    async def new_identity(account: AccountSettings) -> str:
        return await create_identity(
            account.acs_endpoint, account.acs_access_key, outside.http, outside.reactor
        )

    return Provisioning(
        account=account,
        azure=azure,
        public_url=order.settings.public_url,
        arm=Arm(outside.http, outside.reactor, token, order.endpoint, outside.say),
        create_identity=new_identity,
        file=order.file,
        say=outside.say,
        choices=order.choices,
    )
