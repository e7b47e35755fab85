"""What opens the door beside a password: second factors, recovery codes, passes that end."""

from enum import StrEnum
from typing import Any

from peewee import ForeignKeyField, IntegerField, TextField

from appliance.store.fields import UtcDateTimeField
from appliance.store.models.firm import User
from appliance.store.models.rows import Row


class PassKind(StrEnum):
    """What a pass opens."""

    CODE = "code"  # the password was right: the second step of signing in
    INVITATION = "invitation"  # choose a password of one's own


class SecondFactor(Row):
    """What an app on somebody's telephone makes codes of. Owner: firm.factors.

    `secret` is sealed. `last_step`: the half minute of the last code that was accepted; no code of
    it or of an earlier one is accepted again.
    """

    user: Any = ForeignKeyField(User, unique=True)
    secret: Any = TextField()
    created_at: Any = UtcDateTimeField()
    confirmed_at: Any = UtcDateTimeField(null=True)
    last_step: Any = IntegerField(default=0)

    class Meta:
        table_name = "second_factors"


class RecoveryCode(Row):
    """Opens once, without the telephone. Owner: firm.factors."""

    user: Any = ForeignKeyField(User)
    code_hash: Any = TextField()
    used_at: Any = UtcDateTimeField(null=True)

    class Meta:
        table_name = "recovery_codes"
        indexes = ((("user", "code_hash"), True),)


class Pass(Row):
    """Opens one thing, once, for a while, by the hash of its token. Owner: firm.passes."""

    token_hash: Any = TextField(unique=True)
    kind: Any = TextField()
    user: Any = ForeignKeyField(User)
    by: Any = TextField()
    created_at: Any = UtcDateTimeField()
    expires_at: Any = UtcDateTimeField()

    class Meta:
        table_name = "passes"
