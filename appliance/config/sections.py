"""Every section and key of the configuration: its type, its bounds and its default."""

import re
from datetime import time, timedelta
from email.utils import parseaddr
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr

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
    UnfitError,
    YesNo,
    database,
    decimal,
    duration,
    is_host,
    one_of,
    quoted,
    size,
    url,
    whole,
    written,
)
from appliance.errors import mark

MB = 1024 * 1024
_SECOND, _DAY = timedelta(seconds=1), timedelta(days=1)
_OLDEST_GRAPH = 23
NO_META_ID = mark(
    "%(value)s is not an id of Meta's, which has digits only (it is not the phone number either)"
)
NO_SENDER = mark(
    "%(value)s is not an e-mail address; write greffier@example.org or Cabinet "
    "<greffier@example.org>"
)


def _graph_version(text: str) -> str:
    found = re.fullmatch(r"v([0-9]{1,3})\.[0-9]", text)
    if found and int(found[1]) >= _OLDEST_GRAPH:
        return text
    what = mark("%(value)s is not v%(oldest)s.0 or a newer version of Meta's API")
    raise UnfitError(what, value=quoted(text), oldest=_OLDEST_GRAPH)


def _meta_id(text: str) -> str:
    if re.fullmatch(r"[0-9]{1,30}", text):
        return text
    raise UnfitError(NO_META_ID, value=quoted(text))


def _sender(text: str) -> str:
    name, _, domain = parseaddr(text)[1].rpartition("@")
    if name and is_host(domain.lower()) and re.search(r"\s", name + domain) is None:
        return text
    raise UnfitError(NO_SENDER, value=quoted(text))


def _antivirus(text: str) -> str | None:
    if text.lower() == "none":
        return None
    if re.fullmatch(r"clamd://[^\s/]+:[0-9]{1,5}", text):
        return text
    what = mark("%(value)s is neither none nor like clamd://127.0.0.1:3310")
    raise UnfitError(what, value=quoted(text))


def _word(text: str) -> str:
    if re.search(r"\s", text):
        raise UnfitError(mark("the secret holds a space or a line break; copy it again"))
    return text


def _apprise(text: str) -> str:
    if "://" not in text:
        raise UnfitError(mark("the secret is not an Apprise address, such as mailto://…"))
    return text


MetaId = Annotated[str, written(_meta_id)]
Secret = SecretStr | None
Token = Annotated[Secret, written(_word)]
AlertAddresses = Annotated[Secret, written(_apprise)]
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


class Dashboard(_Section):
    """The door for the people of the firm. Port 0 lets the system choose."""

    host: Host = "127.0.0.1"
    port: Port = 8090
    session_hours: Annotated[int, whole(1, 24 * 30)] = 12
    allowed_hosts: Hosts = ("localhost", "127.0.0.1")


class WhatsApp(_Section):
    """The firm's number at Meta."""

    phone_number_id: MetaId = ""
    business_account_id: MetaId = ""
    graph_url: Annotated[str, url("https", "http")] = "https://graph.facebook.com"
    graph_version: Annotated[str, written(_graph_version)] = "v23.0"
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
    antivirus: Annotated[str | None, written(_antivirus)] = None


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
    sender: Annotated[str, written(_sender)] = ""
    digest_minutes: Annotated[float, decimal(0, 24 * 60)] = 5.0


class Alerts(_Section):
    """Whom to tell when something breaks. The addresses are Apprise's, several are allowed."""

    warning: AlertAddresses = None
    error: AlertAddresses = None
    critical: AlertAddresses = None
    errors_per_hour: Annotated[int, whole(1, 100_000)] = 10
    heartbeat_url: SecretAddress = None


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
