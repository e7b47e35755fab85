"""Short alerts to Slack, Telegram, SMS and whatever else Apprise knows: one address a send.

Apprise is imported when the first alert is sent: most firms have no such address, and it takes
12 MB of memory. Each send has an object of its own: a shared one sleeps between two sends, and
repeats on the addresses that worked. Apprise says only whether an alert was taken, never that it
perhaps was.
"""

import logging
from datetime import timedelta
from typing import Any

from appliance.config import Alerts
from appliance.errors import Fault, PermanentError, TemporaryError, mark, sentence
from appliance.gateways.parcel import Parcel

CONNECT, READ = 5.0, 15.0  # seconds at most, whatever the address says
AGAIN = timedelta(minutes=2)
GONE = mark(
    "%(address)s is no longer in the settings: nothing was sent there; whoever is named there now "
    "hears of what comes next"
)
NOT_UNDERSTOOD = mark(
    "Apprise does not understand the address %(address)s: write it as its list of services says "
    "(https://appriseit.com/services/), by `greffier secret set` or under Settings, Alerts"
)
NOT_TAKEN = mark(
    "%(address)s was not reached, or refused the alert: check that address and the network; it is "
    "tried again for a day"
)


class AlertGateway:
    """Sends to the addresses of [alerts], which are called by their names: they are secrets."""

    def __init__(self, config: Alerts) -> None:
        self._addresses = config.addresses

    def send(self, parcel: Parcel) -> str:
        """Send to the address whose name the parcel bears; returns our own id: there is no other.

        Raises TemporaryError when it was not taken, PermanentError when there is no such address
        any more, or Apprise does not understand it.
        """
        address = self._addresses.get(parcel.recipient)
        if address is None:
            raise PermanentError(GONE, address=parcel.recipient)
        service = _service(address)
        if service is None:
            raise PermanentError(NOT_UNDERSTOOD, address=parcel.recipient)
        if not _notify(service, parcel):
            raise TemporaryError(NOT_TAKEN, AGAIN, counts=False, address=parcel.recipient)
        return parcel.callback


def faults(config: Alerts) -> list[Fault]:
    """Each address that Apprise does not understand, by its name; nothing is sent."""
    return [
        Fault.of(name.partition(" ")[0], sentence(NOT_UNDERSTOOD, address=name))
        for name, address in config.addresses.items()
        if _service(address) is None
    ]


def _service(address: str) -> Any:
    """What Apprise makes of the address, with bounded times; None if it understands nothing."""
    # What Apprise writes down may hold tokens, and what it raises as well: none of it is kept.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    import apprise

    asset = apprise.AppriseAsset(app_id="Greffier", async_mode=False)
    service = apprise.Apprise.instantiate(address, asset=asset, suppress_exceptions=True)
    if service is not None:
        service.socket_connect_timeout = min(service.socket_connect_timeout, CONNECT)
        service.socket_read_timeout = min(service.socket_read_timeout, READ)
        service.retry = 0  # again later is our own part
    return service


def _notify(service: Any, parcel: Parcel) -> bool:
    import apprise

    one = apprise.Apprise(asset=service.asset)
    one.add(service)
    taken = one.notify(
        title=parcel.subject,
        body=parcel.text,
        notify_type=apprise.NotifyType.WARNING,
        body_format=apprise.NotifyFormat.TEXT,
    )
    return bool(taken)
