"""What each screen is for, the three things one does there, its keys: for nobody technical.

A topic is the name of a page's blueprint (`help_page.TOPIC_OF` for those that share one).
"""

from dataclasses import dataclass

from appliance.dashboard.help_texts_admin import ADMIN_TOPICS, Topic
from appliance.wording import mark

__all__ = ["TOPICS", "Topic"]


@dataclass(frozen=True)
class _Keys:
    """Keys that several screens share."""

    rows: tuple[str, str] = ("j k", mark("down and up in the list"))
    open: tuple[str, str] = ("Enter", mark("open the line"))
    search: tuple[str, str] = ("/", mark("search"))
    leave: tuple[str, str] = ("Escape", mark("leave the field: letters are keys again"))


_KEYS = _Keys()
_LIST = (_KEYS.rows, _KEYS.open, _KEYS.search)

TOPICS: dict[str, Topic] = {
    "today": Topic(
        mark("Today"),
        mark("What came in, what needs you, and whether Greffier receives."),
        (
            mark("Look at the top sentence: green means that everything arrives."),
            mark("Do what stands under “for me”: each line says what is wanted."),
            mark("Look through what was filed automatically; one click moves what is wrong."),
        ),
        _LIST,
    ),
    "triage": Topic(
        mark("To be filed"),
        mark("Documents of which Greffier could not tell the dossier. Empty the pile here."),
        (
            mark("Look at the document, then press the number of the right dossier."),
            mark("Everything sent together goes to one dossier with Shift and the number."),
            mark("What was wrong is undone with z, also later."),
        ),
        (
            ("1…9", mark("file under this dossier, and go on")),
            ("Shift 1…9", mark("everything that was sent together")),
            ("Space", mark("tick the document")),
            ("n", mark("a new client or dossier")),
            ("s", mark("skip")),
            ("x", mark("reject, with a reason")),
            ("a", mark("ask the client")),
            ("l", mark("block the number")),
            ("z", mark("undo")),
            ("Enter Escape", mark("yes and no, when Greffier asks")),
        ),
    ),
    "deadlines": Topic(
        mark("Deadlines"),
        mark("The days on which a dossier needs somebody: a term that runs, a hearing."),
        (
            mark("Press d on the line of what came, on the page of today, and write the last day."),
            mark("What is late or due within two weeks stands on the page of today."),
            mark("Press e when it is done; the list keeps what was done lately."),
        ),
        (*_LIST[:2], ("n", mark("a new deadline")), ("e", mark("what was due is done"))),
    ),
    "conversations": Topic(
        mark("Conversations"),
        mark("What clients wrote and what they were answered, person by person."),
        (
            mark("Open a conversation and answer; 24 hours after the client's last word only."),
            mark("Write a note for your colleagues: the client never sees it."),
            mark("Look at the ticks: “sent” is not yet “delivered”."),
        ),
        (
            *_LIST,
            ("r", mark("answer")),
            ("d", mark("join a document")),
            ("n", mark("note")),
            ("l", mark("block the number, or hear it again")),
            _KEYS.leave,
        ),
    ),
    "dossiers": Topic(
        mark("Dossiers"),
        mark("The firm's dossiers, and what each has received."),
        (
            mark("Find a dossier by its reference, a name or a court number."),
            mark("Open a document, move it, or undo a move."),
            mark("See which expected pieces are still missing."),
        ),
        _LIST,
    ),
    "clients": Topic(
        mark("Clients"),
        mark("Who the firm works for, and the numbers by which they write."),
        (
            mark("Open a client to see their dossiers and numbers."),
            mark("Add a number when somebody writes from a new telephone."),
            mark("Import a list from a spreadsheet: you see what would happen first."),
        ),
        _LIST,
    ),
    "people": Topic(
        mark("People"),
        mark("Who writes to the firm, when Greffier is not sure who they are."),
        (
            mark("Say whether a new number is a client you know."),
            mark("Look again at somebody whose number has changed hands."),
            mark("Write down opposing parties: they are never taken for clients."),
        ),
        (),
    ),
    "search": Topic(
        mark("Search"),
        mark("Finds clients, dossiers, messages and the words in documents."),
        (
            mark("Write a name, a reference, or words that you remember."),
            mark("Accents and capitals do not matter, in Arabic neither."),
            mark("You find only what you may see."),
        ),
        (_KEYS.search,),
    ),
    "document": Topic(
        mark("A document"),
        mark("One document: how it looks, where it came from, what was done with it."),
        (
            mark("Leaf through its pages; the original can be saved."),
            mark("Move it to another dossier, or undo that."),
            mark("Join photos to one PDF."),
        ),
        (),
    ),
    "safety": Topic(
        mark("Safety"),
        mark("Documents that may do harm, and those that nobody could look into."),
        (
            mark("Read why a document is doubted."),
            mark("Release it only if you know the sender and expected it."),
            mark("Have it looked at again when the reason is gone."),
        ),
        (),
    ),
    "papers": Topic(
        mark("Pieces and receipts"),
        mark("What a dossier waits for, what was received, and the proof of it."),
        (
            mark("Tick the pieces that have come; certain ones tick themselves."),
            mark("Save the receipt of a delivery: it can be checked later."),
            mark("Number the pieces that you communicate, and print the list."),
        ),
        (),
    ),
    "answers": Topic(
        mark("Automatic messages"),
        mark("What Greffier says by itself, in the client's language."),
        (
            mark("Try a question: you see what a client would be answered."),
            mark("Change a text; beside it stands what the client reads."),
            mark("Add a usual question, with the words by which it is known."),
        ),
        (),
    ),
    "limits": Topic(
        mark("Limits"),
        mark("How much Meta and Google let us send, and what waits because of it."),
        (
            mark("See how much is left, and when there is room again."),
            mark("See who waits: it goes on by itself, nothing is lost."),
            mark("An administrator changes a limit here; it counts at once."),
        ),
        (),
    ),
    "keeping": Topic(
        mark("Keeping and destroying"),
        mark("How long things stay, and how a closed dossier is destroyed."),
        (
            mark("See what is due; nothing goes by itself."),
            mark("Put a dossier under legal hold: nothing of it can be destroyed."),
            mark("Propose a destruction; another person confirms it."),
        ),
        (),
    ),
    **ADMIN_TOPICS,
}
