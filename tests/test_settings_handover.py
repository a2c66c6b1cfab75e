"""
Tests for L{acsgw.settings.handover}.
"""

from __future__ import annotations

from acsgw.settings.shapes import HandoverSettings, VariableSettings

from .test_settings import SettingsTestCase

HUMAN = "4:+18005550199"
PHONES = {"transfer_to": "+18005550199", "caller_id": "+18005550100"}


class HandoverSettingsTests(SettingsTestCase):
    """
    The table C{[accounts.NAME.handover]}.
    """

    def test_defaults(self) -> None:
        """
        Without rules callers go back, then to C{transfer_to}; when all is said they
        may go.
        """
        self.assertEqual(
            self.account().handover,
            HandoverSettings(
                agent=("return",),
                system=("return",),
                completed=("hang up",),
                agent_lost=("return", "hang up"),
            ),
        )
        self.assertEqual(
            self.account(**PHONES).handover,
            HandoverSettings(
                agent=("return", HUMAN),
                system=("return", HUMAN),
                completed=("hang up",),
                agent_lost=("return", HUMAN, "hang up"),
            ),
        )

    def test_given(self) -> None:
        """
        Each kind of end has its own list, or its only target.
        """
        account = self.account(
            handover={
                "agent": ["8:orgid:x", "Return"],
                "system": "return",
                "completed": ["+18005550111", "Hang Up"],
            },
            **PHONES,
        )
        self.assertEqual(account.handover.agent, ("8:orgid:x", "return"))
        self.assertEqual(account.handover.system, ("return",))
        self.assertEqual(account.handover.completed, ("4:+18005550111", "hang up"))
        self.assertEqual(account.handover.agent_lost, ("return", HUMAN, "hang up"))

    def test_problems(self) -> None:
        """
        A rule that cannot work is a problem with its key and the way out.
        """
        for rule, said in (
            ("bob", "neither 'return', 'hang up', a phone number"),
            (["return", 7], "is not a text"),
            ([], "is an empty list"),
            (["hang up", "return"], "nothing comes after 'hang up'; put it last"),
            (["+18005550199"], "need the account's caller_id"),
            ("+0123", "neither"),
        ):
            [problem] = self.account_problems(handover={"agent": rule})
            self.assertIn("accounts.main.handover.agent: ", problem)
            self.assertIn(said, problem)

    def test_unknown(self) -> None:
        """
        A key that is no kind of end is a problem, as is what is no table.
        """
        [problem] = self.account_problems(handover={"agnet": "return"})
        self.assertIn("did you mean 'agent'?", problem)
        [problem] = self.account_problems(handover="return")
        self.assertIn("[accounts.main.handover]", problem)

    def test_missing_caller_id_is_told_once(self) -> None:
        """
        Without C{caller_id} a phone in C{transfer_to} is one problem, not four.
        """
        [problem] = self.account_problems(transfer_to="+18005550199")
        self.assertIn("accounts.main.caller_id", problem)


class VariableSettingsTests(SettingsTestCase):
    """
    The table C{[accounts.NAME.variables]}.
    """

    def test_defaults(self) -> None:
        """
        Without settings the names are those of the documents.
        """
        self.assertEqual(
            self.account().variables,
            VariableSettings(
                return_identity=("returnIdentity",),
                conversation_id=("conversationId",),
                handover_kind=("handoverKind",),
                variables_url=("variablesUrl",),
                sip_headers=False,
                too_long="reference",
                keep_seconds=600,
            ),
        )

    def test_given(self) -> None:
        """
        Names come alone or as lists.
        """
        variables = self.account(
            variables={
                "return_identity": ["ivr", "backTo"],
                "conversation_id": "cid",
                "sip_headers": ["tier"],
                "too_long": "cut",
                "keep_variables_seconds": 60,
            }
        ).variables
        self.assertEqual(variables.return_identity, ("ivr", "backTo"))
        self.assertEqual(variables.conversation_id, ("cid",))
        self.assertEqual(variables.sip_headers, ("tier",))
        self.assertEqual((variables.too_long, variables.keep_seconds), ("cut", 60))
        for wanted in (True, False):
            account = self.account(variables={"sip_headers": wanted})
            self.assertIs(account.variables.sip_headers, wanted)

    def test_problems(self) -> None:
        """
        What cannot work is a problem with its key and the way out.
        """
        for key, value, said in (
            ("return_identity", [], "is an empty list"),
            ("return_identity", "two words", "not a name of 1 to 64"),
            ("return_identity", "x" * 65, "not a name of 1 to 64"),
            ("handover_kind", ["ok", 7], "is not a text"),
            ("handover_kind", "CONVERSATIONID", "is one of conversation_id already"),
            ("sip_headers", "two words", "or write true for all"),
            ("sip_headers", 1, "or write true for all"),
            ("too_long", "drop", "is none of reference, cut"),
            ("keep_variables_seconds", 5, "is not between 10 and 3600"),
            ("keep_variables_seconds", 3601, "is not between 10 and 3600"),
            ("names", "x", "is not a setting"),
        ):
            [problem] = self.account_problems(variables={key: value})
            self.assertIn(f"accounts.main.variables.{key}: ", problem)
            self.assertIn(said, problem)
