"""The help for the screens of administrators."""

from dataclasses import dataclass

from appliance.wording import mark

Keys = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Topic:
    """The help of one screen: its name, what it is for, three things to do, its keys."""

    title: str
    purpose: str
    acts: tuple[str, str, str]
    keys: Keys


ADMIN_TOPICS: dict[str, Topic] = {
    "health": Topic(
        mark("Health"),
        mark("Whether the office receives; if not, the one thing to do."),
        (
            mark("Read the sentence at the top: green, orange or red."),
            mark("Press Mend: it leads to where it is mended."),
            mark("Press Test: this check is made again, now."),
        ),
        (("t", mark("check everything now")),),
    ),
    "settings": Topic(
        mark("Settings"),
        mark("Everything Greffier goes by, section by section."),
        (
            mark("Change a section and save it; all faults are said at once."),
            mark("Try WhatsApp, e-mail or Drive before you save."),
            mark("Start Greffier anew when it says that changes wait for it."),
        ),
        (),
    ),
    "tasks": Topic(
        mark("Planned tasks"),
        mark("What Greffier does by itself, and how it went."),
        (
            mark("See when each task was last done, and how long it took."),
            mark("Have one done now instead of tonight."),
            mark("If one failed, look into the technical log, and tell your support."),
        ),
        (),
    ),
    "logs": Topic(
        mark("Technical log"),
        mark("What the program wrote down for whoever helps you."),
        (
            mark("Choose how grave the lines must be, or look for a word."),
            mark("Save the file for support, and send it to them."),
            mark("There is nothing of your clients in it, and no secret."),
        ),
        (("/", mark("search")),),
    ),
    "drive": Topic(
        mark("Google Drive"),
        mark("The copy of the folders on Google Drive."),
        (
            mark("Connect the account; Google asks you to agree."),
            mark("See what waits and why."),
            mark("Decide what happens where somebody changed something on Drive."),
        ),
        (),
    ),
    "queues": Topic(
        mark("Queue"),
        mark("The work that waits, runs, or has failed."),
        (
            mark("Look at the age of the oldest waiting: it should be seconds."),
            mark("Open a failed one to read why, and try it again."),
            mark("Find a message by its number, its dossier or its file."),
        ),
        (("/", mark("search")),),
    ),
    "users": Topic(
        mark("Users"),
        mark("Who may sign in, and what they may do."),
        (
            mark("Add somebody, with a role: administrator, lawyer or assistant."),
            mark("Give a new password when one is forgotten: open sessions end."),
            mark("Disable whoever leaves: what they did stays in the journal."),
        ),
        (),
    ),
    "audit": Topic(
        mark("Journal"),
        mark("Who saw, filed, moved, answered, changed or destroyed what, and when."),
        (
            mark("Filter by person, by act or by dossier."),
            mark("Save it for a file of your own."),
            mark("Nobody can change it unseen: each line proves the one before."),
        ),
        (),
    ),
}
