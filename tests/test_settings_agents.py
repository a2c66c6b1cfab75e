"""
Tests for L{acsgw.settings.agents}: the tables of agents on the network.
"""

from __future__ import annotations

import tomllib
from typing import Any

from acsgw.agent.options import (
    PRODUCTION,
    SANDBOX,
    GenerativeAgentOptions,
    StreamOptions,
    TwilioStreamOptions,
)
from acsgw.check import effective, problems_here

from .test_settings import ACCOUNT, SettingsTestCase

URL = "wss://bot.example.com/in"
SECRET = "ACSGW_AGENT_BOT_API_SECRET"


class AgentSettingsTestCase(SettingsTestCase):
    """
    Settings with an agent C{bot}.
    """

    def given(self, table: object) -> dict[str, Any]:
        return {
            "gateway": {"public_url": "https://gw.example.com/"},
            "accounts": {"main": {**ACCOUNT, "agent": "bot"}},
            "agent": {"bot": table},
        }

    def agent(self, **table: Any) -> Any:
        [agent] = self.parse(self.given(table)).agents
        return agent

    def wrong(self, **table: Any) -> dict[str, str]:
        """
        @return: key and text of each problem.
        """
        parts = (p.partition(": ") for p in self.problems(self.given(table)))
        return {key: text for key, _, text in parts}


class TwilioStreamTests(AgentSettingsTestCase):
    """
    C{kind = "twilio-stream"}.
    """

    def test_least(self) -> None:
        """
        An address is all it needs.
        """
        agent = self.agent(kind="twilio-stream", url=URL)
        self.assertEqual(
            agent, TwilioStreamOptions(name="bot", url=URL, stream=StreamOptions())
        )

    def test_secrets(self) -> None:
        """
        Address, signing secret and authorization may come from the environment or
        from files.
        """
        self.environment["ACSGW_AGENT_BOT_URL"] = URL
        self.environment["ACSGW_AGENT_BOT_AUTHORIZATION"] = "Bearer b"
        self.files["/etc/acsgw/sign"] = "s\n"
        agent = self.agent(
            kind="twilio-stream", signing_secret_file="sign", headers={"X-A": "a"}
        )
        self.assertEqual((agent.url, agent.stream.signing_secret), (URL, "s"))
        self.assertEqual(
            agent.stream.headers, {"X-A": "a", "Authorization": "Bearer b"}
        )
        self.assertNotIn("Bearer", repr(agent))
        self.assertNotIn("bot.example", repr(agent))

    def test_everything(self) -> None:
        """
        Each setting finds its place.
        """
        given: dict[str, Any] = {
            "connect_seconds": 3.0,
            "connect_tries": 5,
            "stall_seconds": 0.0,
            "ping_seconds": 0.0,
            "most_ahead_seconds": 60.0,
            "max_message_bytes": 4096,
            "send_numbers": False,
            "refuse_long": True,
            "early_audio": False,
            "parameters": {"taskName": "a {call_id}"},
            "user_agent": "x",
            "account_sid": "AC" + "0" * 32,
            "insecure": True,
        }
        agent = self.agent(
            kind="twilio-stream",
            url="ws://bot.internal:80/in",
            normal_close_codes=[1000, 4000],
            **given,
        )
        self.assertEqual(
            agent.stream, StreamOptions(normal_close_codes=(1000, 4000), **given)
        )

    def test_addresses(self) -> None:
        """
        Without TLS the address must be on this machine; a wrong one is not shown.
        """
        for url in ("ws://127.0.0.1:9/", "ws://localhost/x", "ws://[::1]:9/x", URL):
            self.assertEqual(self.agent(kind="twilio-stream", url=url).url, url)
        for url in ("http://a/secret", "wss://", "bot/secret", "ws://a/secret"):
            wrong = self.wrong(kind="twilio-stream", url=url)
            self.assertEqual(list(wrong), ["agent.bot.url"], url)
            self.assertNotIn("secret", wrong["agent.bot.url"])
        self.assertIn("insecure = true", wrong["agent.bot.url"])

    def test_problems(self) -> None:
        """
        Every problem is told, with the way out.
        """
        wrong = self.wrong(
            kind="twilio-stream",
            connect_tries=0,
            stall_seconds="long",
            normal_close_codes=[10],
            parameters={"a": "{nobody}"},
            headers={"a": "b\r\nc"},
            account_sid="AC1",
            signing_secret="s",
            early_audio="no",
            stal_seconds=1,
        )
        self.assertEqual(
            set(wrong),
            {
                f"agent.bot.{key}"
                for key in (
                    *("connect_tries", "stall_seconds", "normal_close_codes"),
                    *("parameters", "headers", "account_sid", "signing_secret"),
                    *("stal_seconds", "url", "early_audio"),
                )
            },
        )
        self.assertIn("ACSGW_AGENT_BOT_URL", wrong["agent.bot.url"])
        self.assertIn("known are call_id", wrong["agent.bot.parameters"])
        self.assertIn("did you mean 'stall_seconds'", wrong["agent.bot.stal_seconds"])


class GenerativeAgentTests(AgentSettingsTestCase):
    """
    C{kind = "generativeagent"}.
    """

    def test_environments(self) -> None:
        """
        Sandbox and production are known by name.
        """
        self.environment[SECRET] = "secret"
        for environment, url in (("sandbox", SANDBOX), ("production", PRODUCTION)):
            agent = self.agent(
                kind="generativeagent", environment=environment, api_id="id"
            )
            self.assertEqual(
                agent,
                GenerativeAgentOptions(
                    name="bot",
                    api_url=url,
                    api_id="id",
                    api_secret="secret",
                    stream=StreamOptions(),
                ),
            )
        self.assertNotIn("secret'", repr(agent))

    def test_dispositions(self) -> None:
        """
        What a transfer type means can be changed, one by one.
        """
        self.environment[SECRET] = "secret"
        agent = self.agent(
            kind="generativeagent",
            environment="sandbox",
            api_id="id",
            dispositions={"system": "end"},
        )
        self.assertEqual(
            agent.dispositions,
            {"AGENT": "agent", "SYSTEM": "end", "CALLER_DISCONNECT": "end"},
        )

    def test_problems(self) -> None:
        """
        Every problem is told, with the way out.
        """
        wrong = self.wrong(
            kind="generativeagent",
            api_url="http://api.example.com",
            voice_agent_mode="fast",
            url_seconds=600,
            dispositions={"AGENT": "human"},
            parameters={"asapp_callTransferId": "x"},
        )
        self.assertEqual(
            set(wrong),
            {
                f"agent.bot.{key}"
                for key in (
                    *("api_url", "voice_agent_mode", "url_seconds", "dispositions"),
                    *("parameters.asapp_callTransferId", "api_id", "api_secret_file"),
                )
            },
        )
        self.assertIn(SECRET, wrong["agent.bot.api_secret_file"])
        nothing = self.wrong(kind="generativeagent")
        self.assertIn('"sandbox" or "production"', nothing["agent.bot.environment"])


class TablesTests(AgentSettingsTestCase):
    """
    The tables together.
    """

    def test_unknown_agent(self) -> None:
        """
        An account names an agent that there is.
        """
        given = self.given({"kind": "twilio-stream", "url": URL})
        given["accounts"]["main"]["agent"] = "bott"
        self.assertEqual(
            self.problems(given),
            (
                "accounts.main.agent: 'bott' is not an agent; choose one of local bot,"
                " or add a table [agent.bott]",
            ),
        )

    def test_kinds(self) -> None:
        """
        A table says of which kind it is.
        """
        for table in ({}, {"kind": "sip"}):
            wrong = self.wrong(**table)
            self.assertIn("twilio-stream, generativeagent", wrong["agent.bot.kind"])

    def test_no_table(self) -> None:
        """
        What is no table is a problem.
        """
        given = self.given("wss://x")
        self.assertTrue(
            [p for p in self.problems(given) if p.startswith("agent.bot: ")]
        )

    def test_same_variables(self) -> None:
        """
        Two agents cannot share the variables of their secrets.
        """
        given = self.given({"kind": "twilio-stream", "url": URL})
        given["agent"]["BOT"] = {"kind": "twilio-stream", "url": URL}
        [problem] = self.problems(given)
        self.assertIn("agent.BOT.(name): its variables would be those of", problem)

    def test_shown(self) -> None:
        """
        C{acsgw check} shows the tables in force, no secrets, and knows their
        variables.
        """
        self.environment[SECRET] = "key-secret"
        given = self.given(
            {"kind": "generativeagent", "environment": "sandbox", "api_id": "id"}
        )
        given["agent"]["other"] = {
            "kind": "twilio-stream",
            "url": "wss://u:pw@bot.example.com/token?t=hidden",
            "headers": {"X-Key": "hidden"},
            "parameters": {"a": "b"},
        }
        settings = self.parse(given)
        shown = "\n".join(effective(settings))
        for hidden in ("key-secret", "t=hid", "X-Key", "pw", "token"):
            self.assertNotIn(hidden, shown)
        tables = tomllib.loads(shown)["agent"]
        self.assertEqual(tables["bot"]["api_url"], SANDBOX)
        self.assertEqual(tables["other"]["parameters"], {"a": "b"})
        self.assertIn("# url is set, at wss://bot.example.com (", shown)
        problems = problems_here(settings, {SECRET: "x", "ACSGW_AGENT_X_URL": "y"})
        mine = [p for p in problems if p.startswith("ACSGW_")]
        self.assertEqual(len(mine), 1)
        self.assertTrue(mine[0].startswith("ACSGW_AGENT_X_URL: "))
