"""What can be wrong with a file that came, in words: each says what to do about it."""

from enum import StrEnum

from appliance.errors import PermanentError, mark


class Finding(StrEnum):
    """Why somebody should look at a file before it is trusted."""

    PROGRAM = "program"
    MIXED = "mixed"
    ENCRYPTED = "encrypted"
    MACRO = "macro"
    FETCHES = "fetches"
    SCRIPT = "script"
    LAUNCHES = "launches"
    EMBEDDED = "embedded"
    ESCAPES = "escapes"
    LINKS = "links"
    OVERLAPS = "overlaps"
    CONTRADICTS = "contradicts"
    BOMB = "bomb"
    CROWDED = "crowded"
    NESTED = "nested"
    HOLDS_PROGRAM = "holds_program"
    TRUNCATED = "truncated"
    HUGE = "huge"
    MISMATCH = "mismatch"
    UNKNOWN = "unknown"
    DOUBTED = "doubted"
    UNSCANNABLE = "unscannable"
    INFECTED = "infected"


TEXTS = {
    Finding.PROGRAM: mark(
        "it is a program or a script, whatever its name says: it was given the ending .bin, with "
        "which nothing starts it. Ask its sender what it is meant to be"
    ),
    Finding.MIXED: mark(
        "it is two kinds of file in one (%(one)s and %(other)s), as files made to deceive are: ask "
        "its sender for the document in another form"
    ),
    Finding.ENCRYPTED: mark(
        "it is locked with a password, so nobody could look inside: ask its sender for the "
        "password, or for a copy that is not locked"
    ),
    Finding.MACRO: mark(
        "it holds macros, which are small programs: open it without activating them, or ask its "
        "sender for a PDF"
    ),
    Finding.FETCHES: mark(
        "it fetches something from elsewhere when it is opened: open it in protected view only, or "
        "ask its sender for a PDF"
    ),
    Finding.SCRIPT: mark(
        "there is a script in it: open it in a browser's own viewer, or ask its sender for a copy "
        "without one"
    ),
    Finding.LAUNCHES: mark(
        "it can ask your computer to start a program: refuse what it asks, or ask its sender for "
        "another copy"
    ),
    Finding.EMBEDDED: mark(
        "other files are packed inside it: do not open those unless you expect them"
    ),
    Finding.ESCAPES: mark(
        "unpacked, it would put files outside the folder that you choose: do not unpack it; ask "
        "its sender for the documents themselves"
    ),
    Finding.LINKS: mark(
        "it holds links to other places of a computer: do not unpack it; ask its sender for the "
        "documents themselves"
    ),
    Finding.OVERLAPS: mark(
        "its parts overlap, as in archives that are made to fill a disk: do not unpack it"
    ),
    Finding.CONTRADICTS: mark(
        "its list says otherwise than its content: it is damaged or made to deceive. Ask its "
        "sender for the documents themselves"
    ),
    Finding.BOMB: mark(
        "unpacked, it would grow to %(size)d MB, %(times)d times its size: do not unpack it; ask "
        "its sender for the documents themselves"
    ),
    Finding.CROWDED: mark(
        "it holds %(count)d files, of which only the first %(seen)d were looked at: ask its sender "
        "for the documents themselves"
    ),
    Finding.NESTED: mark(
        "there are archives inside this archive (%(name)s), which nobody looked into: unpack them "
        "only if you expect them"
    ),
    Finding.HOLDS_PROGRAM: mark(
        "there is a program or a script inside (%(name)s): do not start it unless you expect it"
    ),
    Finding.TRUNCATED: mark(
        "it is not whole: its end is missing or damaged. If it does not open, ask its sender to "
        "send it again"
    ),
    Finding.HUGE: mark(
        "this picture is enormous (%(width)d × %(height)d points), and opening it may stop a "
        "computer: ask its sender for a smaller one"
    ),
    Finding.MISMATCH: mark(
        "its name or its sender says %(said)s, its content is %(found)s: make sure that it is what "
        "you expect"
    ),
    Finding.UNKNOWN: mark(
        "its kind is not known, so it was given the ending .bin: ask its sender what it is and "
        "with which program it opens"
    ),
    Finding.DOUBTED: mark(
        "the virus scanner has a doubt about it (%(signature)s): open it only if you expect it"
    ),
    Finding.UNSCANNABLE: mark(
        "it is too large for the virus scanner: raise StreamMaxLength in clamd.conf and scan it "
        "again, or have it looked at another way"
    ),
    Finding.INFECTED: mark(
        "the virus scanner found %(signature)s in it: it was put in quarantine, out of the "
        "dossier. Do not release it unless you are certain; ask its sender for a clean copy"
    ),
}

CHECKED = mark("checked by %(name)s")
RELEASED = mark("%(name)s took it out of quarantine, where it was because of: %(signature)s")


def said(finding: Finding, **values: object) -> PermanentError:
    """The finding as what a person must look at: `telling.columns` keeps it in a row."""
    return PermanentError(TEXTS[finding], **values)
