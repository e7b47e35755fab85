"""Whatever somebody wrote becomes a name that every disk accepts and that hides nothing.

Windows, macOS, Linux and Google Drive must all be able to hold what we file, so the strictest of
them decides. Arabic, accents and emoji stay. Nothing here touches a disk.
"""

import hashlib
import re
import unicodedata
from datetime import date

NAME_UNITS = 120  # UTF-16 units, as Windows counts
NAME_BYTES = 240  # UTF-8 bytes: Linux stops at 255
FOLDER_UNITS = 60
FALLBACK = "document"

# What a filed document may be: nothing that a double click would run.
HARMLESS = {
    "7z": "application/x-7z-compressed",
    "aac": "audio/aac",
    "aiff": "audio/aiff",
    "amr": "audio/amr",
    "avi": "video/x-msvideo",
    "avif": "image/avif",
    "bmp": "image/bmp",
    "bz2": "application/x-bzip2",
    "csv": "text/csv",
    "dcm": "application/dicom",
    "doc": "application/msword",
    "docm": "application/vnd.ms-word.document.macroEnabled.12",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "dotm": "application/vnd.ms-word.template.macroEnabled.12",
    "dotx": "application/vnd.openxmlformats-officedocument.wordprocessingml.template",
    "dwg": "image/vnd.dwg",
    "eml": "message/rfc822",
    "epub": "application/epub+zip",
    "flac": "audio/flac",
    "gif": "image/gif",
    "gz": "application/gzip",
    "heic": "image/heic",
    "ics": "text/calendar",
    "jp2": "image/jp2",
    "jpg": "image/jpeg",
    "key": "application/vnd.apple.keynote",
    "m4a": "audio/mp4",
    "m4v": "video/x-m4v",
    "mkv": "video/x-matroska",
    "mov": "video/quicktime",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "mpg": "video/mpeg",
    "msg": "application/vnd.ms-outlook",
    "numbers": "application/vnd.apple.numbers",
    "odg": "application/vnd.oasis.opendocument.graphics",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "ogg": "audio/ogg",
    "p7m": "application/pkcs7-mime",
    "p7s": "application/pkcs7-signature",
    "pages": "application/vnd.apple.pages",
    "pdf": "application/pdf",
    "png": "image/png",
    "ppsx": "application/vnd.openxmlformats-officedocument.presentationml.slideshow",
    "ppt": "application/vnd.ms-powerpoint",
    "pptm": "application/vnd.ms-powerpoint.presentation.macroEnabled.12",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "psd": "image/vnd.adobe.photoshop",
    "rar": "application/vnd.rar",
    "rtf": "application/rtf",
    "3gp": "video/3gpp",
    "tar": "application/x-tar",
    "tif": "image/tiff",
    "tsv": "text/tab-separated-values",
    "txt": "text/plain",
    "vcf": "text/vcard",
    "wav": "audio/wav",
    "webm": "video/webm",
    "webp": "image/webp",
    "wmv": "video/x-ms-wmv",
    "xls": "application/vnd.ms-excel",
    "xlsb": "application/vnd.ms-excel.sheet.binary.macroEnabled.12",
    "xlsm": "application/vnd.ms-excel.sheet.macroEnabled.12",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xltx": "application/vnd.openxmlformats-officedocument.spreadsheetml.template",
    "xz": "application/x-xz",
    "zip": "application/zip",
}
_SAME = {
    "aif": "aiff",
    "heif": "heic",
    "jfif": "jpg",
    "jpe": "jpg",
    "jpeg": "jpg",
    "jpx": "jp2",
    "apng": "png",
    "mpeg": "mpg",
    "oga": "ogg",
    "opus": "ogg",
    "qt": "mov",
    "tiff": "tif",
    "vcard": "vcf",
}
_JOINERS = (
    "\u200c\u200d"  # Persian, Kurdish and emoji need them; at either end they are only invisible
)
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})  # the bidi controls and the zero-width are Cf
_EDGES = " ." + _JOINERS
_DANGLING = _EDGES + "([{-_,;"  # what a cut must not leave at the end
_FORBIDDEN = str.maketrans(dict.fromkeys('<>:"/\\|?*', "_"))
_RESERVED = re.compile(
    r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(?:\.|$)", re.IGNORECASE
)
_EXTENSION = re.compile(r"(?s)(.*)\.((?=[0-9]*[A-Za-z])[A-Za-z0-9]{1,10})")
_DAY = re.compile(r"\d{4}-\d\d-\d\d(?: |$)")
TO_FILE = "_A rattacher"  # the contract's folder for documents that wait for a person
_LONGEST_READ = 2000  # a hostile text of a megabyte is not worth its normalisation
_LONGEST_CLUSTER = 16  # a letter with more marks than this may be cut through


def in_one_line(text: str) -> str:
    """What somebody wrote in a field: in one line, without marks that nobody sees."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def safe_name(text: str, fallback: str = FALLBACK) -> str:
    """The nearest file name to `text` that is safe everywhere; a safe name is left as it is."""
    name = _tidy(text) or _tidy(fallback) or FALLBACK
    return _fitted(*_cut_at_extension(_unreserved(name)), NAME_UNITS)


def split_extension(name: str) -> tuple[str, str]:
    """(stem, extension without its dot, as written); the extension is "" when there is none.

    Up to ten plain letters and digits, a letter among them: "du 12.05.2026" has no extension.
    """
    found = _EXTENSION.fullmatch(name)
    return (found[1], found[2]) if found else (name, "")


def extension_is_known(extension: str) -> bool:
    """Whether it is one that a filed document may bear, in any of its spellings."""
    return usual_extension(extension) in HARMLESS


def usual_extension(extension: str) -> str:
    """The one spelling we use: "JPEG" is "jpg"."""
    plain = extension.strip().lower()
    return _SAME.get(plain, plain)


def same_name(a: str, b: str) -> bool:
    """Whether some disk of ours would take the two names for one."""
    return key(a) == key(b)


def key(name: str) -> str:
    """What two names have in common exactly when they are the same name."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def document_name(original: str | None, extension: str, received_on: date, fallback: str) -> str:
    """The name of a filed document: the day, what its sender called it, what it really is.

    The extension is always the given one. The sender's own is taken off when it is the same or
    only says another kind of document; any other stays to be seen ("facture.pdf.exe.bin").
    """
    ending = extension.lower().lstrip(".")
    ending = ending if re.fullmatch(r"[a-z0-9]{1,10}", ending) else "bin"
    stem = _tidy(_without_extension(original or "", ending)) or _tidy(fallback) or FALLBACK
    return _fitted(f"{received_on.isoformat()} {stem}", f".{ending}", NAME_UNITS)


def numbered(name: str, n: int, units: int = NAME_UNITS) -> str:
    """The n-th name when the first ones are taken: "nom.pdf", "nom (2).pdf", "nom (3).pdf"."""
    stem, ending = _cut_at_extension(name)
    return _fitted(stem, ending if n < 2 else f" ({n}){ending}", units)


def renamed(asked: str, current: str) -> str:
    """What a document that is called `current` is called when a person asks for another name.

    It keeps its extension, and its day unless another day is asked for. "" if nothing is asked.
    """
    stem, ending = _cut_at_extension(current)
    wanted = _tidy(_without_extension(asked, ending.lstrip(".")))
    if not wanted or _DAY.fullmatch(wanted):
        return ""
    day = _DAY.match(stem)
    if day and not _DAY.match(wanted):
        wanted = f"{day[0].strip()} {wanted}"
    return _fitted(_unreserved(wanted), ending, NAME_UNITS)


def folder_name(text: str, fallback: str, units: int = FOLDER_UNITS) -> str:
    """The nearest folder name to `text`: like `safe_name`, shorter, and without extension."""
    name = _tidy(text) or _tidy(fallback) or FALLBACK
    return _fitted(_unreserved(name), "", units)


def dossier_folder_name(reference: str, title: str, units: int = FOLDER_UNITS) -> str:
    """ "2026-0042 - Divorce B": the reference is whole, the title is cut to what is left.

    References that differ only in forbidden signs ("2026/1" and "2026:1") get the same folder.
    """
    tidy_reference, tidy_title = _tidy(reference), _tidy(title)
    if not tidy_title or same_name(tidy_title, tidy_reference):
        return folder_name(tidy_reference, "dossier", units)
    return folder_name(f"{tidy_reference or 'dossier'} - {tidy_title}", "dossier", units)


def numbered_folder(name: str, n: int, units: int = FOLDER_UNITS) -> str:
    """The n-th folder of a name that several want: "Gharbi", "Gharbi (2)"."""
    return name if n < 2 else _fitted(name, f" ({n})", units)


def sender_folder_name(sender: str) -> str:
    """The folder of somebody not yet recognised ("+21620123456", "TN.1234"): never another's."""
    name = folder_name(sender, "")
    if name == sender:
        return name
    digest = hashlib.sha256(sender.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return _fitted(name, f" {digest}", FOLDER_UNITS)


def _tidy(text: str) -> str:
    return _visible(text).translate(_FORBIDDEN).strip(_EDGES)


def _visible(text: str) -> str:
    """Normalised text without anything that hides, reorders or breaks lines."""
    if len(text) > _LONGEST_READ:
        text = text[: _LONGEST_READ - 100] + text[-100:]
    kept = "".join(
        " " if char.isspace() else char
        for char in text
        if char.isspace() or char in _JOINERS or unicodedata.category(char) not in _DROPPED
    )
    return " ".join(unicodedata.normalize("NFC", kept).split())


def _unreserved(name: str) -> str:
    return f"_{name}" if _RESERVED.match(name) else name


def _without_extension(original: str, ending: str) -> str:
    stem, found = split_extension(_visible(original))
    is_only_a_kind = usual_extension(found) == ending or extension_is_known(found)
    return stem if found and is_only_a_kind else original


def _cut_at_extension(name: str) -> tuple[str, str]:
    stem, extension = split_extension(name)
    return (stem, f".{extension}") if extension else (name, "")


def _fitted(stem: str, ending: str, units: int) -> str:
    """The two joined; a stem too long for the limits loses its end, between two characters."""
    units_left = max(units, len(ending) + 1) - length(ending)
    bytes_left = NAME_BYTES - len(ending.encode("utf-8", "surrogatepass"))
    for at, char in enumerate(stem):
        units_left -= length(char)
        bytes_left -= len(char.encode("utf-8", "surrogatepass"))
        if units_left < 0 or bytes_left < 0:
            cut = stem[: _cluster_edge(stem, at)].rstrip(_EDGES)
            return (cut.rstrip(_DANGLING) or cut) + ending
    return stem + ending


def _cluster_edge(text: str, at: int) -> int:
    """The last place up to `at` where cutting does not tear an accent or an emoji apart."""
    for place in range(at, max(at - _LONGEST_CLUSTER, 0), -1):
        if not _is_joined(text[place - 1], text[place]):
            return place
    return at


def _is_joined(before: str, after: str) -> bool:
    is_mark = unicodedata.category(after).startswith("M") or "\U0001f3fb" <= after <= "\U0001f3ff"
    return is_mark or after in _JOINERS or before in _JOINERS


def length(text: str) -> int:
    """In UTF-16 units, as Windows counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
