"""Tries settings that are not saved yet, really: asks Meta and Google, sends a letter and alerts.

A stored secret is shown to nobody and sent only where it is sent anyway: what the form says may
name another mail server, and then the password is typed again; it may not name another Meta or
another Google than the settings that are in force. One at a time, each with the gateway's time-out.
"""

import threading
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit
from uuid import uuid4

from appliance.clock import Clock
from appliance.config import Config
from appliance.drive import fitting as drive_fitting
from appliance.errors import ConfigError, GreffierError, PermanentError, Sentence, mark, sentence
from appliance.gateways.parcel import Parcel
from appliance.gateways.smtp import SmtpGateway
from appliance.gateways.whatsapp import META_HOSTS, WhatsAppGateway
from appliance.store.models import User
from appliance.upkeep.alert_trial import try_alerts
from appliance.upkeep.finding import BROKEN, OK, Finding, broken_by
from appliance.upkeep.number import NOT_SUBSCRIBED
from appliance.wording import Wording

MAIL_PORTS = frozenset({25, 465, 587, 2525})
BUSY = mark("another test is under way: wait until it is done, then try again")
NO_HOST = mark("write the mail server first: without it no e-mail is sent")
NO_OWN_ADDRESS = mark(
    "your own account has no e-mail address to which the letter could go: add it under Users"
)
OTHER_PORT = mark("port %(port)s is not one of a mail server's (25, 465, 587, 2525)")
OTHER_META = mark(
    "only Meta's own address, or the one that is in force now, is tried: nobody else gets the token"
)
OTHER_GOOGLE = mark(
    "only Google's own address, or the one that is in force now, is tried: nobody else gets the "
    "sign-in"
)
NO_TOKEN = mark("there is no access token yet: paste the one from Meta, and try again")
DRIVE_OFF = mark("switch it on first: without that nothing goes to Google Drive")
META_OK = mark("Meta knows the number %(number)s (%(name)s), and sends its messages to an app")
EMAIL_OK = mark("a letter to %(address)s was taken by %(host)s: look whether it has arrived")
DRIVE_OK = mark("Google lets us in as %(address)s")
SUBJECT = mark("A test by Greffier")
LETTER = mark("This letter was sent to try the settings of e-mail. They work.")


class Trials:
    """One trial a section. `running` is what is in force now."""

    def __init__(self, running: Config, clock: Clock) -> None:
        self._running = running
        self._clock = clock
        self._one = threading.Lock()

    @property
    def sections(self) -> frozenset[str]:
        """The sections that can be tried."""
        return frozenset({"whatsapp", "email", "drive", "alerts"})

    def run(self, section: str, config: Config, person: User, wording: Wording) -> Finding:
        """Try this section of `config`; what came of it, with the remedy."""
        tries: Mapping[str, Callable[[], Sentence]] = {
            "whatsapp": lambda: self._whatsapp(config),
            "email": lambda: self._email(config, person, wording),
            "drive": lambda: self._drive(config),
            "alerts": lambda: try_alerts(config.alerts, wording),
        }
        if not self._one.acquire(blocking=False):
            return Finding(section, BROKEN, Sentence(BUSY))
        try:
            return Finding(section, OK, tries[section]())
        except ConfigError as error:
            return broken_by(section, error)[0]
        except GreffierError as error:
            return Finding(section, BROKEN, Sentence(error.text, error.values))
        finally:
            self._one.release()

    def _whatsapp(self, config: Config) -> Sentence:
        asked = config.whatsapp
        host = urlsplit(asked.graph_url).hostname or ""
        if not (
            asked.graph_url == self._running.whatsapp.graph_url
            or (asked.graph_url.startswith("https://") and f".{host}".endswith(META_HOSTS))
        ):
            raise PermanentError(OTHER_META)
        if asked.access_token is None:
            raise PermanentError(NO_TOKEN)
        gateway = WhatsAppGateway(asked)
        number = gateway.number()
        if not gateway.subscriptions():
            raise PermanentError(NOT_SUBSCRIBED)
        shown = number.get("display_phone_number", "?")
        return sentence(META_OK, number=shown, name=number.get("verified_name", "?"))

    def _email(self, config: Config, person: User, wording: Wording) -> Sentence:
        asked, now = config.email, self._running.email
        if not asked.host:
            raise PermanentError(NO_HOST)
        if asked.port not in MAIL_PORTS and (asked.host, asked.port) != (now.host, now.port):
            raise PermanentError(OTHER_PORT, port=asked.port)
        if not person.email:
            raise PermanentError(NO_OWN_ADDRESS)
        letter = Parcel(
            recipient=person.email,
            subject=wording.text(SUBJECT),
            text=wording.text(LETTER),
            callback=f"test-{uuid4().hex}",
        )
        SmtpGateway(asked).send(letter)
        return sentence(EMAIL_OK, address=person.email, host=asked.host)

    def _drive(self, config: Config) -> Sentence:
        if not config.drive.enabled:
            raise PermanentError(DRIVE_OFF)
        if config.drive.api_url not in {"", self._running.drive.api_url}:
            raise PermanentError(OTHER_GOOGLE)
        faults = drive_fitting.faults(config.drive)
        if faults:
            raise ConfigError(faults)
        return sentence(DRIVE_OK, address=drive_fitting.account(config, self._clock))
