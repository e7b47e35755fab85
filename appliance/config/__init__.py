"""The configuration: every section and key, read and checked before anything starts."""

from appliance.config.notyet import not_yet, without_effect
from appliance.config.reading import missing_secrets, platform_data_folder, read
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
    "KeptBackups",
    "KeptJobs",
    "Limits",
    "Opening",
    "Queue",
    "Rate",
    "Replies",
    "Retention",
    "Sentry",
    "Store",
    "Tunnel",
    "Webhook",
    "WhatsApp",
    "missing_secrets",
    "not_yet",
    "platform_data_folder",
    "read",
    "without_effect",
]
