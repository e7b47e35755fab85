"""The configuration: every section and key, read and checked before anything starts."""

from appliance.config.alerting import Urgency
from appliance.config.notyet import not_yet, without_effect
from appliance.config.phrasing import as_written
from appliance.config.reading import (
    Judged,
    Name,
    Origin,
    judge,
    missing_secrets,
    platform_data_folder,
    read,
    value_of,
)
from appliance.config.schedules import KeptBackups, KeptJobs, Opening
from appliance.config.sections import (
    SECTIONS,
    Alerts,
    Config,
    Dashboard,
    Documents,
    Drive,
    Email,
    Firm,
    Limits,
    Queue,
    Replies,
    Retention,
    Sentry,
    Store,
    Tunnel,
    Webhook,
    WhatsApp,
)
from appliance.config.values import Rate

__all__ = [
    "SECTIONS",
    "Alerts",
    "Config",
    "Dashboard",
    "Documents",
    "Drive",
    "Email",
    "Firm",
    "Judged",
    "KeptBackups",
    "KeptJobs",
    "Limits",
    "Name",
    "Opening",
    "Origin",
    "Queue",
    "Rate",
    "Replies",
    "Retention",
    "Sentry",
    "Store",
    "Tunnel",
    "Urgency",
    "Webhook",
    "WhatsApp",
    "as_written",
    "judge",
    "missing_secrets",
    "not_yet",
    "platform_data_folder",
    "read",
    "value_of",
    "without_effect",
]
