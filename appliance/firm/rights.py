"""What each role may do, in one table. Pure.

An administrator runs the system and reads nothing of what clients send, unless the glass is broken
(firm.access). Which dossiers a right reaches is another question: see firm.scope.
"""

from collections.abc import Mapping
from enum import StrEnum

from appliance.store.models import Role


class May(StrEnum):
    """Something that not everybody may do."""

    READ = "read"  # documents, dossiers, conversations
    FILE = "file"  # file, move, rename, undo; ask a client to send again
    ANSWER = "answer"  # write to clients
    DECIDE = "decide"  # who somebody is, what a dossier is called, whose it is
    RELEASE = "release"  # let out of quarantine what may harm this computer
    DESTROY = "destroy"  # close, hold, propose and confirm a destruction
    ASSIGN = "assign"  # whose a dossier is, and who sees it
    IMPORT = "import"  # clients and dossiers from a file
    SAY = "say"  # change what the firm says by itself
    ADMINISTER = "administer"  # settings, users, queues, limits, Drive
    AUDIT = "audit"  # read who did what
    GLASS = "glass"  # see content all the same, for a reason that is written down


RIGHTS: Mapping[Role, frozenset[May]] = {
    Role.ADMIN: frozenset({May.SAY, May.ADMINISTER, May.AUDIT, May.GLASS}),
    Role.AVOCAT: frozenset(
        {
            May.READ,
            May.FILE,
            May.ANSWER,
            May.DECIDE,
            May.RELEASE,
            May.DESTROY,
            May.ASSIGN,
            May.IMPORT,
            May.SAY,
            May.AUDIT,
        }
    ),
    Role.ASSISTANT: frozenset({May.READ, May.FILE, May.ANSWER, May.IMPORT}),
}
ASKED: Mapping[str, frozenset[Role]] = {  # [dashboard] second_factor
    "optional": frozenset(),
    "admins": frozenset({Role.ADMIN}),
    "lawyers": frozenset({Role.ADMIN, Role.AVOCAT}),
    "everyone": frozenset(Role),
}
UNDER_GLASS = frozenset({May.READ, May.FILE, May.RELEASE})


def must_have_factor(who: str, role: str) -> bool:
    """Whether the firm asks somebody of this role for a second factor. `who`: as it is set."""
    return role in ASKED[who]


def rights(role: str, *, is_glass_broken: bool = False) -> frozenset[May]:
    """What somebody of this role may do; nothing, if the role is none of ours."""
    if role not in list(Role):
        return frozenset()
    own = RIGHTS[Role(role)]
    return own | UNDER_GLASS if is_glass_broken and May.GLASS in own else own
