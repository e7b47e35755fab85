"""What each setting is called and what it does, in words; the sample config.ini says the same.

Every section and key has its words (tests/unit/test_settings_words.py).
"""

from appliance.config import Name
from appliance.dashboard.settings_words_outside import OUTSIDE
from appliance.wording import mark

SECTION_WORDS: dict[str, tuple[str, str]] = {
    "firm": (
        mark("The firm"),
        mark("Its name, its hours and holidays, where its data is kept."),
    ),
    "webhook": (
        mark("The public door"),
        mark("Where Meta's messages come in, through the tunnel."),
    ),
    "dashboard": (
        mark("The dashboard"),
        mark("Where these pages are found, and for how long one stays signed in."),
    ),
    "whatsapp": (
        mark("WhatsApp"),
        mark("The firm's number at Meta, its keys, and how it confirms."),
    ),
    "replies": (
        mark("Automatic answers"),
        mark("What is answered without anybody; the texts are under Automatic messages."),
    ),
    "tunnel": (mark("The tunnel"), mark("How Meta reaches this computer.")),
    "queue": (mark("The queue"), mark("How work is called, and how much at once.")),
    "store": (mark("The database"), mark("Where everything is written down.")),
    "limits": (mark("Limits"), mark("What Meta and Google allow; also under Limits.")),
    "documents": (
        mark("Documents"),
        mark("The clients' folders, and what is done to what goes there."),
    ),
    "drive": (mark("Google Drive"), mark("The same folders on Google Drive.")),
    "email": (mark("E-mail"), mark("The mail server for letters to the lawyers.")),
    "alerts": (mark("Alerts"), mark("Whom to tell when something breaks.")),
    "sentry": (mark("Fault reports"), mark("Faults of the program, sent to Sentry.")),
    "retention": (
        mark("Keeping"),
        mark("How long things are kept. Filed documents are never removed by age."),
    ),
}

INSIDE: dict[Name, tuple[str, str]] = {
    ("firm", "name"): (
        mark("Name of the firm"),
        mark("The name that clients read."),
    ),
    ("firm", "language"): (
        mark("Language"),
        mark("Of pages, answers and letters, where nobody has chosen another."),
    ),
    ("firm", "country"): (
        mark("Country"),
        mark("Where a telephone number without prefix is at home: TN, FR, BE, MA…"),
    ),
    ("firm", "timezone"): (mark("Time zone"), mark("Such as Africa/Tunis or Europe/Paris.")),
    ("firm", "data"): (
        mark("Data folder"),
        mark(
            "Where everything is kept, on a disk of this computer. Greffier moves nothing: stop it "
            "and move the folder yourself, or it begins with an empty one."
        ),
    ),
    ("firm", "hours"): (
        mark("Opening hours"),
        mark(
            "Whoever writes outside them is told when the firm opens. A day without hours is "
            "closed; 24:00 is the end of a day."
        ),
    ),
    ("firm", "holidays"): (
        mark("Holidays"),
        mark("Days when the firm is closed. Empty a line to remove it."),
    ),
    ("webhook", "host"): (
        mark("Address"),
        mark("The public door, which Meta reaches through the tunnel. Keep it on this computer."),
    ),
    ("webhook", "port"): (mark("Port"), mark("0 lets the system choose a free one.")),
    ("webhook", "max_body"): (
        mark("Largest message"),
        mark("Of what Meta sends; Meta's own limit is 3MB."),
    ),
    ("dashboard", "host"): (
        mark("Address"),
        mark("127.0.0.1 is this computer only; 0.0.0.0 opens the pages to the office network."),
    ),
    ("dashboard", "port"): (mark("Port"), mark("0 lets the system choose a free one.")),
    ("dashboard", "session_hours"): (
        mark("Hours signed in"),
        mark("After so many hours, people sign in again."),
    ),
    ("dashboard", "allowed_hosts"): (
        mark("Names of this computer"),
        mark("The names under which browsers reach it, with commas between them."),
    ),
    ("dashboard", "second_factor"): (
        mark("Who must have a second factor"),
        mark(
            "optional: nobody must. admins: administrators. lawyers: lawyers and administrators. "
            "everyone: assistants, too. Whoever has none sets it up after signing in, before "
            "anything else. Set up your own first."
        ),
    ),
    ("replies", "ask_dossier"): (
        mark("Ask which dossier"),
        mark("A client who has several active dossiers is asked which one the documents are for."),
    ),
    ("replies", "unknown_question"): (
        mark("A question that no entry answers"),
        mark("nothing: a person of the firm answers. menu: the list of the usual questions."),
    ),
    ("replies", "quiet_after_person"): (
        mark("Quiet after a person"),
        mark("No automatic answer for so long after somebody of the firm has answered."),
    ),
    ("queue", "url"): (
        mark("Address of the queue"),
        mark("sqlite: is a file in the data folder; redis://… is for several machines."),
    ),
    ("queue", "workers"): (
        mark("Workers"),
        mark("How many messages are worked on at once: 1 to 64."),
    ),
    ("store", "url"): (
        mark("Address of the database"),
        mark("sqlite: is a file in the data folder."),
    ),
    ("limits", "whatsapp_send"): (
        mark("People written to first"),
        mark("How many people the firm may write to first: Meta's messaging limit."),
    ),
    ("limits", "whatsapp_download"): (
        mark("Files from Meta"),
        mark("How many files are fetched from Meta."),
    ),
    ("limits", "gdrive_upload"): (
        mark("Files to Google Drive"),
        mark("How many files are sent to Google Drive."),
    ),
    ("limits", "whatsapp_pair"): (
        mark("Messages to one person"),
        mark("How many messages one person may be sent."),
    ),
    ("limits", "media_cache_mb"): (
        mark("Memory for files"),
        mark("Megabytes for files that people look at, for half an hour each."),
    ),
    ("documents", "folder"): (
        mark("Folder of the clients"),
        mark("Such as D:\\Dossiers. Greffier moves nothing: move the folder yourself first."),
    ),
    ("documents", "compress"): (
        mark("Show large photos smaller"),
        mark("Only the copy that people look at; what came in is never changed."),
    ),
    ("documents", "max_side"): (
        mark("Longest side of a copy"),
        mark("In pixels, from 256 to 20000."),
    ),
    ("documents", "jpeg_quality"): (mark("Quality of a copy"), mark("From 1 to 100.")),
    ("documents", "keep_original"): (
        mark("Keep the original"),
        mark("Greffier always keeps what was received, as it came: “no” changes nothing."),
    ),
    ("documents", "antivirus"): (
        mark("Virus scanner"),
        mark("none, or the address of clamd, such as clamd://127.0.0.1:3310."),
    ),
    ("retention", "messages_days"): (
        mark("Words of messages"),
        mark("In days. Then what messages said is removed; that they came stays known."),
    ),
    ("retention", "dossier_years"): (
        mark("Closed dossiers"),
        mark(
            "In years after closing. Then two people may decide to destroy one; nothing goes by "
            "itself."
        ),
    ),
    ("retention", "media_days"): (
        mark("Files at Meta"),
        mark("For so many days a file can be fetched from Meta again; Meta says 7."),
    ),
    ("retention", "jobs_completed"): (
        mark("Finished work"),
        mark("How long it stays listed, and how much of it at most."),
    ),
    ("retention", "jobs_failed"): (mark("Failed work"), mark("How long it stays listed.")),
    ("retention", "backups"): (
        mark("Copies of the database"),
        mark("How many stay. Without effect in this version: copies are made by hand."),
    ),
}
WORDS: dict[Name, tuple[str, str]] = {**INSIDE, **OUTSIDE}
