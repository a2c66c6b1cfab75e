"""
One account's set-up in Azure: looked at, planned, carried out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from ..errors import CannotProvision
from ..settings import AccountSettings, AzureSettings
from .arm import Arm
from .identities import IdentityFile
from .plan import Kind, Plan, Step, Verb, make_plan
from .show import lines_of
from .survey import identities_in, survey
from .wanted import problems_of, wanted_for

#: Makes a user of an account's resource.
CreateIdentity = Callable[[AccountSettings], Awaitable[str]]


@dataclass(frozen=True, kw_only=True)
class Choices:
    """
    What was said on the command line.

    @ivar adopt: names of subscriptions that shall be ours.
    """

    rotate: bool = False
    adopt: frozenset[str] = frozenset()
    verbose: bool = False


@dataclass(frozen=True, kw_only=True)
class Provisioning:
    """
    @ivar file: remembers the identities that were made.
    @ivar say: prints a line.
    """

    account: AccountSettings
    azure: AzureSettings
    public_url: str
    arm: Arm
    create_identity: CreateIdentity
    file: IdentityFile
    say: Callable[[str], None]
    choices: Choices = Choices()

    async def plan(self) -> Plan:
        """
        @raise CannotProvision: if the settings contradict themselves.
        @raise AzureError: if Azure cannot be asked.
        """
        problems = problems_of(self.account, self.azure)
        if problems:
            raise CannotProvision("\n".join(problems))
        made: Mapping[str, str] = self.file.read().get(self.account.name, {})
        wanted = wanted_for(self.account, self.azure, self.public_url, made)
        found = await survey(self.arm, wanted)
        recovered = {**identities_in(found, wanted), **made}
        if recovered != made:
            wanted = wanted_for(self.account, self.azure, self.public_url, recovered)
        return make_plan(
            wanted, found, rotate=self.choices.rotate, adopt=self.choices.adopt
        )

    def show(self, plan: Plan) -> None:
        for line in lines_of(plan, verbose=self.choices.verbose):
            self.say(line)

    async def apply(self, plan: Plan) -> None:
        """
        Carry a plan out; what it needs first, first.

        @raise CannotProvision: if there are obstacles; nothing has been changed then.
        @raise AzureError: what was done before stays.
        """
        if plan.obstacles:
            raise CannotProvision("\n".join(plan.obstacles))
        if await self._make_identities(plan):
            # Now that they are known, the filters can name them.
            plan = await self.plan()
        for step in plan.steps:
            if step.method:
                await self.arm.change(step.method, step.path, step.body)
                self.say(f"{step.verb.value} {step.kind.value} {step.name}: done")

    async def _make_identities(self, plan: Plan) -> bool:
        missing = [s for s in plan.steps if _is_missing(s)]
        if missing:
            self.file.check()
        for step in missing:
            raw_id = await self.create_identity(self.account)
            self.file.remember(self.account.name, step.name, raw_id)
            self.say(f"+ identity of the {step.name}: made; for the settings:")
            self.say(f"      [accounts.{self.account.name}.azure]")
            self.say(f'      {step.name}_identity = "{raw_id}"')
        return bool(missing)


def _is_missing(step: Step) -> bool:
    return step.kind is Kind.IDENTITY and step.verb is Verb.CREATE


def quiet(provisioning: Provisioning) -> Provisioning:
    """
    @return: the same, that says nothing.
    """
    return replace(provisioning, say=lambda line: None)
