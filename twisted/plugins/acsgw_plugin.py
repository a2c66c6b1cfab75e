"""
Tell twistd where acsgw is; this file is imported by every twistd command.
"""

from twisted.application.service import ServiceMaker

acsgw = ServiceMaker(
    name="acsgw",
    module="acsgw.service",
    description="Bridge phone calls of Azure Communication Services to voice agents.",
    tapname="acsgw",
)
