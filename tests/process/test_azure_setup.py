"""
C{acsgw provision} and C{acsgw check --online} as commands, against real daemons.
"""

from __future__ import annotations

import os
import subprocess
import sys

from demo.http_json import request

from .test_daemons import DaemonTestCase

COMMAND = "import sys; from acsgw.cli import main; sys.exit(main(sys.argv[1:]))"


class AzureSetupTests(DaemonTestCase):
    """
    The emulator stands for Azure.
    """

    def command(self, *words: str, token: str = "t") -> tuple[int, str]:
        """
        @return: exit status and all output.
        """
        config = str(self.run_.folder / "acsgw.toml")
        options = ["--config", config, "--arm-endpoint", self.run_.emulator]
        done = subprocess.run(
            [sys.executable, "-c", COMMAND, *words, *options],
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "ACSGW_ARM_TOKEN": token},
        )
        said = done.stdout + done.stderr
        self.assertNotIn("Traceback", said)
        return done.returncode, said

    def describe_azure(self) -> None:
        resource = request("GET", f"{self.run_.emulator}/emulator/resource")
        with (self.run_.folder / "acsgw.toml").open("a") as file:
            file.write(
                "\n[accounts.demo.azure]\n"
                f'subscription_id = "{resource["immutable_resource_id"]}"\n'
                'resource_group = "emulator"\ncommunication_service = "emulator"\n'
            )

    def test_from_nothing_to_well(self) -> None:
        """
        What the check misses is made by the command, once; then the check is
        content.
        """
        self.start()
        self.describe_azure()
        # What the demo made by hand would be told of the same calls.
        by_hand = f"{self.run_.emulator}/emulator/subscriptions/gateway"
        request("DELETE", by_hand)
        status, said = self.command("check", "--online")
        self.assertEqual(status, 1, said)
        self.assertIn("acsgw-demo-gateway is missing -> acsgw provision", said)
        status, said = self.command("provision", "--apply", token="reader")
        self.assertEqual(status, 1, said)
        self.assertIn("'EventGrid Contributor'", said)
        status, said = self.command("provision", "--apply")
        self.assertEqual((status, said.splitlines()[-1]), (0, "Done."), said)
        status, said = self.command("provision", "--apply")
        self.assertEqual((status, said.splitlines()[-1]), (0, "Nothing to do."), said)
        status, said = self.command("check", "--online")
        self.assertEqual(status, 0, said)
        self.assertIn("ok   event subscriptions of demo", said)
