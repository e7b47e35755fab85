"""What the disk promises, on real disks."""

import errno
import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from appliance import disk, sharing
from appliance.errors import ConfigError, TemporaryError

MOUNTS = """\
/dev/sda1 / ext4 rw,relatime 0 0
server:/home /home nfs4 rw 0 0
/dev/sdb1 /home/local ext4 rw 0 0
//srv/actes /mnt/actes\\040du\\040cabinet cifs rw 0 0
me@host:/ /mnt/ssh fuse.sshfs rw 0 0
/dev/sdc1 /mnt/usb fuseblk rw 0 0
drive /mnt/drive fuse.rclone rw 0 0
C:\\134 /mnt/c 9p rw 0 0
tmpfs /tmp tmpfs rw 0 0
share /tmp nfs rw 0 0
broken
"""


@pytest.fixture(params=["size=128k", "size=128k,ro"])
def bad_disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A very small disk, then a read-only one."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount a small disk")
    point = tmp_path / "mount"
    point.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", request.param, "none", str(point)]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("this machine does not let us mount a small disk")
    yield point
    subprocess.run(["umount", str(point)], check=True)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_hash_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * 3_000_000)

    assert disk.sha256_of(path) == hashlib.sha256(b"x" * 3_000_000).hexdigest()
    assert b"".join(disk.chunks_of(path)) == path.read_bytes()


def test_a_file_that_cannot_be_read_is_tried_again(tmp_path: Path) -> None:
    with pytest.raises(TemporaryError, match="gone cannot be read"):
        list(disk.chunks_of(tmp_path / "gone"))


def test_a_folder_is_made_with_its_parents_and_may_be_there(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b" / "c"

    disk.make_folder(folder)
    disk.make_folder(folder)

    assert folder.is_dir()
    disk.fsync_folder(folder)


def test_a_folder_cannot_be_made_where_a_file_is(tmp_path: Path) -> None:
    (tmp_path / "a").touch()

    with pytest.raises(NotADirectoryError):
        disk.make_folder(tmp_path / "a" / "b")


def test_many_threads_make_one_folder(tmp_path: Path) -> None:
    start = threading.Barrier(8)

    def make(_: int) -> None:
        start.wait()
        disk.make_folder(tmp_path / "client" / "dossier" / "deep")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(make, range(8)))

    assert (tmp_path / "client" / "dossier" / "deep").is_dir()


def test_a_temporary_file_is_complete_and_hashed(tmp_path: Path) -> None:
    path, digest = disk.write_temporary(tmp_path, [b"ab", b"c"])

    assert path.read_bytes() == b"abc"
    assert digest == hashlib.sha256(b"abc").hexdigest()
    assert path.match(".greffier-*.tmp")
    assert path.stat().st_mode & 0o007 == 0


def test_a_temporary_file_that_cannot_be_completed_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise TemporaryError("the line is cut")

    with pytest.raises(TemporaryError, match="the line is cut"):
        disk.write_temporary(tmp_path, broken())

    assert names_in(tmp_path) == []


def test_publishing_gives_the_file_its_name(tmp_path: Path) -> None:
    temporary, _ = disk.write_temporary(tmp_path, [b"new"])

    assert disk.publish(temporary, tmp_path / "name")

    assert names_in(tmp_path) == ["name"]
    assert (tmp_path / "name").stat().st_nlink == 1


def test_publishing_never_replaces_a_file_a_folder_or_a_dead_link(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    temporary, _ = disk.write_temporary(tmp_path, [b"new"])

    for taken in ("file", "folder", "link"):
        assert not disk.publish(temporary, tmp_path / taken)
        with pytest.raises(FileExistsError):
            disk._rename_if_free(temporary, tmp_path / taken)

    assert (tmp_path / "file").read_bytes() == b"old"
    assert temporary.read_bytes() == b"new"


@pytest.mark.parametrize("publish", [disk._link, disk._rename_if_free])
def test_of_many_threads_one_publishes(tmp_path: Path, publish: object) -> None:
    assert callable(publish)
    start = threading.Barrier(8)

    def race(n: int) -> bool:
        temporary, _ = disk.write_temporary(tmp_path, [bytes([n])])
        start.wait()
        try:
            publish(temporary, tmp_path / "name")
        except FileExistsError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(race, range(8)))

    assert sum(won) == 1
    assert (tmp_path / "name").read_bytes() == bytes([won.index(True)])


def test_publishing_into_a_folder_that_is_gone_is_not_taken_for_a_taken_name(
    tmp_path: Path,
) -> None:
    temporary, _ = disk.write_temporary(tmp_path, [b"new"])

    with pytest.raises(FileNotFoundError):
        disk.publish(temporary, tmp_path / "gone" / "name")


def test_sweeping_removes_what_a_power_cut_left_and_nothing_else(tmp_path: Path) -> None:
    deep = tmp_path / "Client" / "Dossier"
    deep.mkdir(parents=True)
    kept = [tmp_path / "a.tmp", deep / "2026-11-23 greffier.tmp", deep / ".greffier-notes"]
    for path in [*kept, tmp_path / ".greffier-1.tmp", deep / ".greffier-ab.tmp"]:
        path.touch()

    assert disk.sweep_temporary(tmp_path) == 2
    assert disk.sweep_temporary(tmp_path) == 0
    assert all(path.exists() for path in kept)
    assert disk.sweep_temporary(tmp_path / "not there yet") == 0


def test_sweeping_after_a_cut_between_the_name_and_the_end_keeps_the_document(
    tmp_path: Path,
) -> None:
    temporary, _ = disk.write_temporary(tmp_path, [b"new"])
    os.link(temporary, tmp_path / "name")

    disk.sweep_temporary(tmp_path)

    assert names_in(tmp_path) == ["name"]
    assert (tmp_path / "name").read_bytes() == b"new"


def test_a_writable_folder_is_made_and_left_empty(tmp_path: Path) -> None:
    disk.check_writable(tmp_path / "a" / "b")

    assert names_in(tmp_path / "a" / "b") == []


def test_a_file_in_the_place_of_the_folder_is_a_fault_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "Dossiers").touch()

    with pytest.raises(ConfigError, match=r"Dossiers/a: cannot .* move that file away"):
        disk.check_writable(tmp_path / "Dossiers" / "a")


def test_a_disk_that_cannot_be_written_is_a_fault_or_holds_the_work_up(bad_disk: Path) -> None:
    is_read_only = os.statvfs(bad_disk).f_flag & os.ST_RDONLY
    expected = "is read-only" if is_read_only else "is full"

    with pytest.raises(TemporaryError, match=expected) as caught, disk.translated(bad_disk):
        disk.write_temporary(bad_disk, [b"x" * 1_000_000])

    assert str(bad_disk) in caught.value.reason
    assert caught.value.counts == bool(is_read_only)
    assert names_in(bad_disk) == []


def test_a_read_only_or_full_folder_is_refused_at_start(bad_disk: Path) -> None:
    if not os.statvfs(bad_disk).f_flag & os.ST_RDONLY:
        with pytest.raises(OSError, match="No space left"):
            (bad_disk / "full").write_bytes(b"x" * 1_000_000)

    with pytest.raises(
        ConfigError, match=f"{bad_disk}.* cannot be created or written: the disk is"
    ):
        disk.check_writable(bad_disk / "new")


@pytest.mark.parametrize(
    ("number", "counts", "words"),
    [
        (errno.ENOSPC, False, "is full"),
        (errno.EDQUOT, False, "is full"),
        (errno.EACCES, True, "no right"),
        (errno.EROFS, True, "read-only"),
        (errno.ENOENT, True, "disappeared"),
        (errno.EIO, True, "Input/output error"),
    ],
)
def test_what_the_system_says_becomes_a_sentence(number: int, counts: bool, words: str) -> None:
    folder = Path("/srv/Dossiers")

    with pytest.raises(TemporaryError, match=words) as caught, disk.translated(folder):
        raise OSError(number, os.strerror(number))

    assert str(folder) in caught.value.reason

    assert caught.value.counts is counts


@pytest.mark.parametrize(
    "error", [OSError("no route"), ConnectionResetError(errno.ECONNRESET, "x")]
)
def test_a_failed_connection_is_not_taken_for_a_bad_disk(error: OSError) -> None:
    with pytest.raises(OSError, match=r"no route|x") as caught, disk.translated(Path("/srv")):
        raise error

    assert caught.value is error


@pytest.mark.parametrize(
    ("folder", "network"),
    [
        ("/var/lib/greffier", None),
        ("/home/cabinet", "nfs4"),
        ("/home/local/greffier", None),
        ("/homes", None),
        ("/mnt/actes du cabinet/x", "cifs"),
        ("/mnt/ssh/x", "fuse.sshfs"),
        ("/mnt/usb/x", None),
        ("/mnt/drive/x", "fuse.rclone"),
        ("/mnt/c/greffier", "9p"),
        ("/tmp/x", "nfs"),
    ],
)
def test_the_mount_that_holds_a_folder_tells_a_network_disk(
    folder: str, network: str | None
) -> None:
    assert sharing.network_type(Path(folder), MOUNTS) == network


@pytest.mark.parametrize(
    "name",
    [
        "OneDrive",
        "OneDrive - Cabinet Trabelsi",
        "Dropbox (Personal)",
        "Google Drive",
        "GoogleDrive-salma@cabinet.tn",
        "Mon Drive",
        "iCloud Drive",
        "Mobile Documents",
        "Nextcloud",
        "nextcloud2",
        "pCloudDrive",
        "Box",
        "kDrive",
    ],
)
def test_a_folder_of_a_synchronising_program_is_refused_with_a_remedy(
    tmp_path: Path, name: str
) -> None:
    folder = tmp_path / name / "Cabinet" / "Greffier"

    fault = sharing.refuse_shared_folder(folder)

    assert fault is not None
    assert fault.where == str(folder)
    assert name in fault.what
    assert "choose a folder on this computer's own disk" in fault.what


@pytest.mark.parametrize("name", ["Boxes", "Dossiers", "Mon Drive-in", "pclouds", "Mega", "drive"])
def test_an_ordinary_folder_is_accepted(tmp_path: Path, name: str) -> None:
    assert sharing.refuse_shared_folder(tmp_path / name) is None


def test_a_link_into_a_synchronised_folder_is_seen_through(tmp_path: Path) -> None:
    (tmp_path / "Dropbox" / "greffier").mkdir(parents=True)
    (tmp_path / "data").symlink_to(tmp_path / "Dropbox" / "greffier")

    assert sharing.refuse_shared_folder(tmp_path / "data") is not None


@pytest.mark.parametrize("marker", [".dropbox", ".sync", ".sync/ID", ".stfolder/x"])
def test_a_synchronised_folder_is_known_by_its_marks(tmp_path: Path, marker: str) -> None:
    mark = tmp_path / "Cabinet" / marker
    mark.parent.mkdir(parents=True)
    mark.touch()

    assert sharing.refuse_shared_folder(tmp_path / "Cabinet" / "Greffier") is not None
    assert sharing.refuse_shared_folder(tmp_path / "Autre") is None


def test_the_settings_of_such_a_program_are_no_mark(tmp_path: Path) -> None:
    (tmp_path / ".dropbox").mkdir()

    assert sharing.refuse_shared_folder(tmp_path / "greffier") is None


def test_a_windows_share_is_refused_wherever_it_is_named() -> None:
    fault = sharing.refuse_shared_folder(Path("\\\\serveur\\actes\\greffier"))

    assert fault is not None
    assert "Windows share" in fault.what


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps a user's folders private by itself")
def test_a_new_private_folder_is_nobody_elses(tmp_path: Path) -> None:
    disk.make_private_folder(tmp_path / "a" / "data")

    assert (tmp_path / "a" / "data").stat().st_mode & 0o777 == 0o700
