"""Faults that no single key has: settings that do not go together."""

from collections.abc import Callable
from dataclasses import dataclass

from appliance.config.sections import Config
from appliance.errors import mark

_EVERYWHERE = ("0.0.0.0", "::", "[::]")  # noqa: S104  # compared with, not listened on


@dataclass(frozen=True)
class Check:
    """A rule over several keys. The first of them that is written is where the sentence goes."""

    keys: tuple[tuple[str, str], ...]
    is_broken: Callable[[Config], bool]
    sentence: str


def _same_door(config: Config) -> bool:
    webhook, dashboard = config.webhook, config.dashboard
    if webhook.port != dashboard.port or webhook.port == 0:
        return False
    hosts = {host.replace("localhost", "127.0.0.1") for host in (webhook.host, dashboard.host)}
    return len(hosts) == 1 or not hosts.isdisjoint(_EVERYWHERE)


def _drive_without_credentials(config: Config) -> bool:
    return config.drive.enabled and config.drive.credentials is None


CHECKS = (
    Check(
        (("dashboard", "port"), ("dashboard", "host"), ("webhook", "port"), ("webhook", "host")),
        _same_door,
        mark(
            "the dashboard and the webhook cannot share an address; give one of them another port"
        ),
    ),
    Check(
        (("whatsapp", "template_confirmation"), ("whatsapp", "template_language")),
        lambda c: bool(c.whatsapp.template_confirmation and not c.whatsapp.template_language),
        mark("a template needs its language: set template_language, such as fr or en_US"),
    ),
    Check(
        (("tunnel", "provider"), ("tunnel", "command")),
        lambda c: c.tunnel.provider == "command" and not c.tunnel.command,
        mark("this provider needs the command to run: set command"),
    ),
    Check(
        (("drive", "enabled"), ("drive", "credentials")),
        _drive_without_credentials,
        mark("Google Drive needs credentials: set credentials to the path of Google's key file"),
    ),
    Check(
        (("email", "host"), ("email", "sender")),
        lambda c: bool(c.email.host and not c.email.sender),
        mark("e-mail needs an address to send from: set sender"),
    ),
)
