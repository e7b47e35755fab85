"""Who can reach the dashboard: this computer alone, unless somebody chose otherwise."""

import ipaddress

from appliance.config import Config
from appliance.errors import mark, sentence
from appliance.upkeep.finding import BROKEN, OK, WARNING, Finding

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
HERE = mark("on this computer only (%(where)s)")
REFUSES = mark(
    "open to the network (%(where)s), but browsers elsewhere are refused: add the name or address "
    "that they type to [dashboard] allowed_hosts"
)
UNENCRYPTED = mark(
    "open to the network (%(where)s) without encryption: passwords and documents can be read on "
    "the way. Put a proxy with TLS before it on this computer (Caddy, say) and set [dashboard] "
    "host = 127.0.0.1; or be certain that nobody else is on this network"
)


def check_dashboard(config: Config) -> Finding:
    """What the settings open, and what is missing for it."""
    dashboard = config.dashboard
    where = f"{dashboard.host or '0.0.0.0'}:{dashboard.port}"  # noqa: S104 - only how it is shown
    if dashboard.host in LOOPBACK:
        return Finding("dashboard", OK, sentence(HERE, where=where))
    names = [name for name in dashboard.allowed_hosts if name not in LOOPBACK]
    if not names and not _is_one_address(dashboard.host):
        return Finding("dashboard", BROKEN, sentence(REFUSES, where=where))
    return Finding("dashboard", WARNING, sentence(UNENCRYPTED, where=where))


def _is_one_address(host: str) -> bool:
    """Whether it is the address that browsers type, not a wildcard."""
    try:
        return not ipaddress.ip_address(host or "0.0.0.0").is_unspecified  # noqa: S104
    except ValueError:
        return True  # a name
