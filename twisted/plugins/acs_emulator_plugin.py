"""
Tell twistd where the emulator is; this file is imported by every twistd
command.
"""

from twisted.application.service import ServiceMaker

acs_emulator = ServiceMaker(
    name="ACS emulator",
    module="acs_emulator.service",
    description="Azure Communication Services call automation on this machine.",
    tapname="acs-emulator",
)
