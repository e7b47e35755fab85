"""Every section and key of the configuration: its type, its bounds and its default."""

from datetime import time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from appliance.config import particular
from appliance.config.alerting import Urgency, alert_addresses, split
from appliance.config.schedules import (
    BackupsText,
    Holidays,
    Hours,
    JobsText,
    KeptBackups,
    KeptJobs,
    Opening,
)
from appliance.config.values import (
    Country,
    Folder,
    Host,
    Hosts,
    OptionalPath,
    Port,
    Rate,
    RateText,
    TimeZone,
    YesNo,
    database,
    decimal,
    duration,
    one_of,
    size,
    url,
    whole,
    written,
)

MB = 1024 * 1024
_SECOND, _DAY = timedelta(seconds=1), timedelta(days=1)

MetaId = Annotated[str, written(particular.meta_id)]
Secret = SecretStr | None
Token = Annotated[Secret, written(particular.word)]
AlertAddresses = Annotated[Secret, written(alert_addresses)]
SecretAddress = Annotated[Secret, url("https", "http")]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Firm(_Section):
    """The firm, its hours, and where its data lives."""

    data: Folder
    name: str = "Cabinet"
    language: Annotated[Literal["fr", "en", "ar"], one_of("fr", "en", "ar")] = "fr"
    country: Country = "TN"
    timezone: TimeZone = "Africa/Tunis"
    hours: Hours = tuple(Opening(day, time(9), time(18)) for day in range(5))
    holidays: Holidays = ()

    @property
    def zone(self) -> ZoneInfo:
        """The firm's time zone."""
        return ZoneInfo(self.timezone)


class Webhook(_Section):
    """The public door. Port 0 lets the system choose."""

    host: Host = "127.0.0.1"
    port: Port = 8080
    max_body: Annotated[int, size("1KB", "100MB")] = 3 * MB


_WHO_MUST = ("optional", "admins", "lawyers", "everyone")  # each with those before it


class Dashboard(_Section):
    """The door for the people of the firm. Port 0 lets the system choose."""

    host: Host = "127.0.0.1"
    port: Port = 8090
    session_hours: Annotated[int, whole(1, 24 * 30)] = 12
    allowed_hosts: Hosts = ("localhost", "127.0.0.1")
    second_factor: Annotated[
        Literal["optional", "admins", "lawyers", "everyone"], one_of(*_WHO_MUST)
    ] = "optional"


class WhatsApp(_Section):
    """The firm's number at Meta."""

    phone_number_id: MetaId = ""
    business_account_id: MetaId = ""
    graph_url: Annotated[str, url("https", "http")] = "https://graph.facebook.com"
    graph_version: Annotated[str, written(particular.graph_version)] = "v23.0"
    access_token: Token = None
    app_secret: Token = None
    verify_token: Token = None
    confirm_after: Annotated[timedelta, duration(0 * _SECOND, _DAY)] = timedelta(seconds=20)
    template_confirmation: str = ""
    template_language: str = ""
    mark_as_read: YesNo = False
    typing: YesNo = False


class Replies(_Section):
    """What is answered without anybody at the firm. The texts are rows, written on the page."""

    ask_dossier: YesNo = True
    unknown_question: Annotated[Literal["nothing", "menu"], one_of("nothing", "menu")] = "nothing"
    quiet_after_person: Annotated[timedelta, duration(0 * _SECOND, _DAY)] = timedelta(minutes=5)


_PROVIDERS = ("none", "cloudflared", "ngrok", "tailscale", "command")


class Tunnel(_Section):
    """How Meta reaches the public door."""

    provider: Annotated[
        Literal["none", "cloudflared", "ngrok", "tailscale", "command"], one_of(*_PROVIDERS)
    ] = "none"
    command: str = Field(default="", repr=False)  # people write tokens into it
    public_url: Annotated[str, url("https", "http")] = ""


class Queue(_Section):
    """The wake-up calls."""

    url: Annotated[str, database("redis", "rediss")] = Field(default="sqlite:", repr=False)
    workers: Annotated[int, whole(1, 64)] = 5


class Store(_Section):
    """The truth."""

    url: Annotated[str, database("postgresql")] = Field(default="sqlite:", repr=False)


class Limits(_Section):
    """What others allow us, and how much of what they sent is kept at hand."""

    whatsapp_send: RateText = Rate(1000, timedelta(hours=24))
    whatsapp_download: RateText = Rate(100, timedelta(seconds=1))
    gdrive_upload: RateText = Rate(10, timedelta(seconds=1))
    whatsapp_pair: RateText = Rate(10, timedelta(seconds=60))
    media_cache_mb: Annotated[int, whole(1, 1024 * 1024)] = 256


class Documents(_Section):
    """The folders of the clients, and what is done to what goes there."""

    folder: Folder
    compress: YesNo = True
    max_side: Annotated[int, whole(256, 20_000)] = 2048
    jpeg_quality: Annotated[int, whole(1, 100)] = 85
    keep_original: YesNo = True
    antivirus: Annotated[str | None, written(particular.antivirus)] = None


class Drive(_Section):
    """The same folders on Google Drive. An empty `api_url` is Google's."""

    enabled: YesNo = False
    root_folder: str = "Dossiers"
    credentials: OptionalPath = None
    api_url: Annotated[str, url("https", "http")] = ""
    shared_drive: str = ""
    token: Token = None  # the vault's: put there when somebody connects


class Email(_Section):
    """The mail server. An empty `host` is no e-mail at all."""

    host: Host = ""
    port: Annotated[int, whole(1, 65535)] = 587
    security: Annotated[Literal["starttls", "ssl", "none"], one_of("starttls", "ssl", "none")] = (
        "starttls"
    )
    username: str = ""
    password: Secret = None
    sender: Annotated[str, written(particular.sender)] = ""
    digest_minutes: Annotated[float, decimal(0, 24 * 60)] = 5.0


class Alerts(_Section):
    """Whom to tell when something breaks, beside the lawyers' e-mail.

    The addresses are Apprise's; several stand with a space between them.
    """

    warning: AlertAddresses = None
    error: AlertAddresses = None
    critical: AlertAddresses = None
    errors_per_hour: Annotated[int, whole(1, 100_000)] = 10
    heartbeat_url: SecretAddress = None

    @property
    def addresses(self) -> dict[str, str]:
        """Every address by the name that rows and sentences give it, as "alerts.error 1"."""
        return {name: to for each in Urgency for name, to in self._of(each).items()}

    def told_of(self, urgency: Urgency) -> list[str]:
        """Names of those who hear of what is so urgent: where it has none, the next lower's."""
        order = list(Urgency)
        downwards = reversed(order[: order.index(urgency) + 1])
        return next((list(found) for each in downwards if (found := self._of(each))), [])

    def _of(self, urgency: Urgency) -> dict[str, str]:
        secret: Secret = getattr(self, urgency)
        given = split(secret.get_secret_value()) if secret else []
        return {f"alerts.{urgency} {number}": to for number, to in enumerate(given, start=1)}


class Sentry(_Section):
    """Where bugs are reported. Without `dsn`, nowhere."""

    dsn: SecretAddress = None
    environment: str = "production"
    traces_sample_rate: Annotated[float, decimal(0, 1)] = 0.1


class Retention(_Section):
    """How long things are kept. Filed documents are never removed by age."""

    messages_days: Annotated[int, whole(1, 36_500)] = 90
    dossier_years: Annotated[int, whole(1, 100)] = 5
    media_days: Annotated[int, whole(1, 30)] = 7
    jobs_completed: JobsText = KeptJobs(timedelta(days=1), 1000)
    jobs_failed: Annotated[timedelta, duration(_SECOND, 3650 * _DAY)] = timedelta(days=7)
    backups: BackupsText = KeptBackups(daily=7, weekly=4, monthly=12)


class Config(_Section):
    """The whole configuration; parts get their section, never this."""

    firm: Firm
    webhook: Webhook = Webhook()
    dashboard: Dashboard = Dashboard()
    whatsapp: WhatsApp = WhatsApp()
    replies: Replies = Replies()
    tunnel: Tunnel = Tunnel()
    queue: Queue = Queue()
    store: Store = Store()
    limits: Limits = Limits()
    documents: Documents
    drive: Drive = Drive()
    email: Email = Email()
    alerts: Alerts = Alerts()
    sentry: Sentry = Sentry()
    retention: Retention = Retention()


SECTIONS: dict[str, type[BaseModel]] = {
    name: section
    for name, field in Config.model_fields.items()
    if isinstance(section := field.annotation, type) and issubclass(section, BaseModel)
}
