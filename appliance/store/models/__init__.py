"""The tables of the contract and those beside them.

Each table has one owner, the only module that writes it; all may read it.
Models have no database of their own: `Store.open` binds them, once a process.
"""

from appliance.store.models.chores import Chore
from appliance.store.models.firm import (
    AuditEntry,
    AutoReply,
    Client,
    Contact,
    Dossier,
    FaqEntry,
    Session,
    User,
)
from appliance.store.models.incoming import Document, Media, Message, Notice, Receipt, WebhookBody
from appliance.store.models.limits import LimitSetting, LimitUse, RateLimit
from appliance.store.models.outgoing import (
    Hold,
    Outgoing,
    OutgoingItem,
    Question,
)
from appliance.store.models.people import Correspondent, Identifier, IdentityEvent, Party
from appliance.store.models.rows import (
    ChoreStatus,
    DocumentStatus,
    DossierStatus,
    MediaStatus,
    MessageStatus,
    OutgoingStatus,
    Role,
    Row,
    WorkRow,
)
from appliance.store.models.sights import DocumentPart, DocumentText, Sight
from appliance.store.models.upkeep import AccountEvent, Inventory, Presence

__all__ = [
    "TABLES",
    "AccountEvent",
    "AuditEntry",
    "AutoReply",
    "Chore",
    "ChoreStatus",
    "Client",
    "Contact",
    "Correspondent",
    "Document",
    "DocumentPart",
    "DocumentStatus",
    "DocumentText",
    "Dossier",
    "DossierStatus",
    "FaqEntry",
    "Hold",
    "Identifier",
    "IdentityEvent",
    "Inventory",
    "LimitSetting",
    "LimitUse",
    "Media",
    "MediaStatus",
    "Message",
    "MessageStatus",
    "Notice",
    "Outgoing",
    "OutgoingItem",
    "OutgoingStatus",
    "Party",
    "Presence",
    "Question",
    "RateLimit",
    "Receipt",
    "Role",
    "Row",
    "Session",
    "Sight",
    "User",
    "WebhookBody",
    "WorkRow",
]

TABLES: tuple[type[Row], ...] = (
    WebhookBody,
    Client,
    Contact,
    Dossier,
    Party,
    Correspondent,
    Identifier,
    IdentityEvent,
    Media,
    Document,
    Sight,
    DocumentText,
    DocumentPart,
    Chore,
    Message,
    Receipt,
    Notice,
    Outgoing,
    OutgoingItem,
    Hold,
    Question,
    AutoReply,
    FaqEntry,
    User,
    Session,
    AuditEntry,
    RateLimit,
    LimitSetting,
    LimitUse,
    Presence,
    Inventory,
    AccountEvent,
)
