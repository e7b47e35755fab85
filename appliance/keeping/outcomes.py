"""What became of each copy of a destroyed document: one word each, kept in its row."""

from enum import StrEnum

from appliance.wording import mark


class Outcome(StrEnum):
    """Of the file in the folder, the bytes in the media store, the copy on Drive."""

    REMOVED = "removed"
    ABSENT = "absent"  # there was none to remove
    NONE = "none"  # of Drive: there never was one
    CHANGED = "changed"  # a person changed it meanwhile: it is theirs
    LEAVING = "leaving"  # written down before it is removed
    SHARED = "shared"  # another document has the same bytes
    ELSEWHERE = "elsewhere"  # the document was moved to another dossier: it stays
    ASKED = "asked"  # of Drive: its removal there is under way
    WAITING = "waiting"  # of Drive: it is still there


WORDS = {
    Outcome.REMOVED: mark("destroyed"),
    Outcome.ABSENT: mark("was not there any more"),
    Outcome.NONE: mark("no copy"),
    Outcome.CHANGED: mark("changed by a person: left in its place"),
    Outcome.LEAVING: mark("being destroyed"),
    Outcome.SHARED: mark("kept: another document has the same content"),
    Outcome.ELSEWHERE: mark("kept: it is in another dossier now"),
    Outcome.ASKED: mark("removal asked for"),
    Outcome.WAITING: mark("still on Google Drive: remove it there by hand"),
}
