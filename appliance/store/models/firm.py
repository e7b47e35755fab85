"""The firm: its clients and dossiers, its people, what it says by itself."""

from typing import Any

from peewee import BooleanField, ForeignKeyField, IntegerField, TextField

from appliance.store.fields import UtcDateTimeField
from appliance.store.models.rows import DossierStatus, Row


class Client(Row):
    """Whom the firm works for. Owner: firm.register."""

    name: Any = TextField()
    name_key: Any = TextField(unique=True)
    email: Any = TextField(null=True)
    vip: Any = BooleanField(default=False)
    folder: Any = TextField()
    folder_key: Any = TextField(unique=True)
    created_at: Any = UtcDateTimeField()
    language: Any = TextField(null=True)  # in which they are written to; null: as they write

    class Meta:
        table_name = "clients"


class Contact(Row):
    """A phone number or business-scoped user id of a client. Owner: firm.register.

    `claimed_by`: it counts for nothing, since it is somebody else's whom this person does not see
    (firm.claims).
    """

    client: Any = ForeignKeyField(Client, backref="contacts")
    kind: Any = TextField()
    value: Any = TextField(index=True)
    created_at: Any = UtcDateTimeField()
    claimed_by: Any = TextField(null=True)

    class Meta:
        table_name = "contacts"
        indexes = ((("client", "value"), True),)


class Dossier(Row):
    """One matter of a client. Owner: firm.register."""

    client: Any = ForeignKeyField(Client, backref="dossiers")
    reference: Any = TextField()
    reference_key: Any = TextField(unique=True)
    title: Any = TextField()
    status: Any = TextField(default=DossierStatus.ACTIVE)
    lawyer: Any = TextField(null=True)
    access: Any = TextField(default="usual")  # see models.access; owner of it: firm.access
    label: Any = TextField(null=True)  # what a client reads in a list: never an opponent's name
    folder: Any = TextField()
    opened_at: Any = UtcDateTimeField()
    closed_at: Any = UtcDateTimeField(null=True)
    court: Any = TextField(null=True)
    court_number: Any = TextField(null=True)  # as the court writes it: "RG 24/01234"

    class Meta:
        table_name = "dossiers"


class AutoReply(Row):
    """What the firm says by itself, when `trigger` happens, in a language. Owner: firm.answers."""

    trigger: Any = TextField()
    language: Any = TextField(default="fr")
    message_template: Any = TextField()
    enabled: Any = BooleanField(default=True)

    class Meta:
        table_name = "whatsapp_auto_replies"
        indexes = ((("trigger", "language"), True),)


class FaqEntry(Row):
    """A question clients ask, by its keywords, and the firm's answer. Owner: firm.answers.

    `title` names it in the menu of questions; Meta shows 24 characters of it.
    """

    language: Any = TextField(default="fr")
    title: Any = TextField(default="")
    keywords: Any = TextField()
    answer: Any = TextField()
    priority: Any = IntegerField(default=0)
    enabled: Any = BooleanField(default=True)

    class Meta:
        table_name = "faq_entries"


class User(Row):
    """Who may sign in to the dashboard. Owner: firm.users."""

    name: Any = TextField()
    name_key: Any = TextField(unique=True)
    role: Any = TextField()
    email: Any = TextField(null=True)
    password_hash: Any = TextField()
    created_at: Any = UtcDateTimeField()
    disabled_at: Any = UtcDateTimeField(null=True)
    failures: Any = IntegerField(default=0)
    locked_until: Any = UtcDateTimeField(null=True)
    signed_in_at: Any = UtcDateTimeField(null=True)

    class Meta:
        table_name = "users"


class Session(Row):
    """A signed-in browser, by the hash of its token. Owner: firm.sessions."""

    token_hash: Any = TextField(unique=True)
    user: Any = ForeignKeyField(User, backref="sessions")
    created_at: Any = UtcDateTimeField()
    seen_at: Any = UtcDateTimeField()
    expires_at: Any = UtcDateTimeField()
    origin: Any = TextField(null=True)  # the address it was opened from
    browser: Any = TextField(null=True)  # what that called itself

    class Meta:
        table_name = "sessions"


class AuditEntry(Row):
    """Who did what, to what. Only ever added to, in a chain. Owner: firm.audit.

    `about`, `about_id` and `dossier_id` are read from `subject` when it is written (see
    firm.deeds). `number` and what follows it seal the entry; null in those from before.
    """

    at: Any = UtcDateTimeField(index=True)
    actor: Any = TextField(index=True)
    action: Any = TextField(index=True)
    subject: Any = TextField(null=True)
    detail: Any = TextField(null=True)
    about: Any = TextField(null=True)
    about_id: Any = IntegerField(null=True)
    dossier_id: Any = IntegerField(null=True, index=True)
    number: Any = IntegerField(null=True, unique=True)
    digest: Any = TextField(null=True)
    previous: Any = TextField(null=True)
    hash: Any = TextField(null=True)
    seal: Any = TextField(null=True)
    key_id: Any = TextField(null=True)
    erased_at: Any = UtcDateTimeField(null=True)

    class Meta:
        table_name = "audit_log"
        indexes = ((("about", "about_id"), False),)
