"""Whether a folder is shared with other computers or kept in step: no place for a database."""

import re
import sys
import unicodedata
from pathlib import Path

from appliance.errors import Fault

# fmt: off
_NETWORK_TYPES = frozenset({
    "9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "drvfs", "glusterfs", "lustre",
    "ncpfs", "nfs", "nfs4", "prl_fs", "smb2", "smb3", "smbfs", "vboxsf", "vmhgfs",
})
_NETWORK_FUSE = frozenset({
    "ceph-fuse", "curlftpfs", "davfs", "gcsfuse", "glusterfs", "google-drive-ocamlfuse",
    "gvfsd-fuse", "juicefs", "kio-fuse", "onedriver", "pcloud", "rclone", "s3fs", "smbnetfs",
    "sshfs", "vmhgfs-fuse",
})
# fmt: on
_SYNCHRONISED = re.compile(
    r"(onedrive|google ?drive|dropbox).*"
    r"|(my drive|mon drive|icloud ?drive|mobile documents|nextcloud|owncloud|pcloud|pcloud ?drive"
    r"|box|box sync|megasync|kdrive)( ?\(.*\)| ?\d+)?"
)
_MARKER_FILES = (".dropbox", ".sync", ".sync/ID")  # ~/.dropbox and ~/.sync are settings: folders
_REMOTE_DRIVE = 4  # DRIVE_REMOTE of GetDriveTypeW


def refuse_shared_folder(folder: Path) -> Fault | None:
    """Why a database must not live in `folder`: another computer or a program shares it. Or None.

    On macOS, only synchronised folders are recognised.
    """
    for place in dict.fromkeys((folder, folder.resolve())):
        if network := _network(place):
            return Fault(str(folder), f"is on a network drive ({network}), {_ADVICE}")
        if program := _synchroniser(place):
            return Fault(str(folder), f"is kept in step by another program ({program}), {_ADVICE}")
    return None


_ADVICE = (
    "which damages databases: choose a folder on this computer's own disk, "
    "such as C:\\Greffier or /var/lib/greffier"
)


def network_type(folder: Path, mounts: str) -> str | None:
    """The type of the network file system that holds `folder`, by a table like /proc/mounts."""
    holder, holder_type = "", ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), fields[1])
        if folder.is_relative_to(point) and len(point) >= len(holder):  # the last one is on top
            holder, holder_type = point, fields[2]
    kind, _, program = holder_type.partition(".")
    is_network = kind in _NETWORK_TYPES or (kind == "fuse" and program in _NETWORK_FUSE)
    return holder_type if is_network else None


def _network(place: Path) -> str | None:
    text = str(place)
    if text.startswith("\\\\") and not text.startswith(("\\\\?\\", "\\\\.\\")):
        return "a Windows share"
    if sys.platform == "win32":
        import ctypes

        is_remote = ctypes.windll.kernel32.GetDriveTypeW(place.anchor) == _REMOTE_DRIVE
        return "a mapped drive" if is_remote else None
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return None
    return network_type(place, mounts.read_text(errors="surrogateescape"))


def _synchroniser(place: Path) -> str | None:
    for part in reversed(place.parts):
        if _SYNCHRONISED.fullmatch(unicodedata.normalize("NFC", part).casefold()):
            return part
    for parent in (place, *place.parents):
        if (parent / ".stfolder").is_dir() or any((parent / m).is_file() for m in _MARKER_FILES):
            return f"the marks in {parent.name}"
    return None
