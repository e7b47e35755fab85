"""Small parts as the settings want them: what `assembly` fits between the stations."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from pathlib import Path

from appliance.chores import Kind
from appliance.chores import Posted as PostedChore
from appliance.clock import Clock
from appliance.config import Config, Dashboard, Rate, Urgency
from appliance.config import Limits as LimitsConfig
from appliance.drive.connection import Bell as DriveBell
from appliance.drive.fitting import FittedDrive
from appliance.errors import GreffierError
from appliance.firm.answers import Answers
from appliance.firm.recipients import recipients
from appliance.firm.users import Users
from appliance.gateways.alerts import AlertGateway
from appliance.gateways.parcel import Channel
from appliance.gateways.smtp import SmtpGateway
from appliance.gateways.whatsapp import WhatsAppGateway
from appliance.jobs import Job, Jobs
from appliance.listening import Door
from appliance.outbox.letters import LOOPBACK
from appliance.outbox.notes import Notes
from appliance.outbox.posting import Pace, Posted, Posting
from appliance.safety.book import Bell
from appliance.upkeep.approved import Approved
from appliance.upkeep.inventory import Places
from appliance.vault import open_vault
from appliance.wording import Wording


def places(config: Config) -> Places:
    return Places(config.documents.folder, config.firm.data / "media")


def posting(config: Config, users: Users) -> Posting:
    gather = timedelta(minutes=config.email.digest_minutes)
    pace = Pace(config.whatsapp.confirm_after, gather)
    has_email = bool(config.email.host)
    return Posting(pace, recipients(users), has_email=has_email, alerted=config.alerts.told_of)


def bell(posting: Posting, jobs: Jobs, clock: Clock, urgency: Urgency = Urgency.WARNING) -> Bell:
    """How stations before the outbox have a lawyer told: of what is put away, and safe."""

    def wake(posted: Iterable[Posted]) -> None:
        jobs.wake_when_due(Job.OUTGOING, posted, clock.now())

    def tell(key: str, error: GreffierError, who: str | None) -> list[Posted]:
        return posting.alert(key, error, clock.now(), who, urgency)

    return Bell(tell, wake)


def drive_bell(posting: Posting, jobs: Jobs, clock: Clock) -> DriveBell:
    """How the copy on Drive has the firm's people told."""
    told = bell(posting, jobs, clock, Urgency.ERROR)
    return DriveBell(lambda key, error: told.tell(key, error, None), told.wake)


def mirror(drive: FittedDrive) -> Callable[[Kind, int], list[PostedChore]]:
    """Inside a unit: have it on Drive as it is here, a document or a folder's name."""
    asked = {
        Kind.MIRROR: drive.document,
        Kind.MIRROR_DOSSIER: drive.dossier,
        Kind.MIRROR_CLIENT: drive.client,
    }
    return lambda kind, subject_id: asked[kind](subject_id)


def channels(config: Config, whatsapp: WhatsAppGateway) -> dict[str, Channel]:
    """The ways out: WhatsApp always, e-mail where a mail server is named.

    Alerts as well: one whose address was taken out of the settings says so.
    """
    channels: dict[str, Channel] = {"whatsapp": whatsapp, "alert": AlertGateway(config.alerts)}
    if config.email.host:
        channels["email"] = SmtpGateway(config.email)
    return channels


def notes(config: Config, wordings: Mapping[str, Wording], answers: Answers) -> Notes:
    approved = Approved.of(config)
    template = approved.name, approved.language
    return Notes(wordings, config.firm.language, answers.said, template)


def token_now(data: Path) -> str | None:
    """Meta's access token as it is written today: somebody may have renewed it."""
    return open_vault(data).get("whatsapp", "access_token")


def rates(limits: LimitsConfig) -> dict[str, Rate]:
    """The configured limits by their names."""
    return {name: rate for name, rate in limits if isinstance(rate, Rate)}


def address_in_letters(config: Dashboard, door: Door) -> str:
    """Where letters send people: a name by which other computers reach us, else this one's own."""
    names = [host for host in config.allowed_hosts if host not in LOOPBACK]
    if config.host in LOOPBACK or not names:
        return f"{door.url}/"
    return f"http://{names[0]}:{door.port}/"
