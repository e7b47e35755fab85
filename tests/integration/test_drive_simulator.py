"""The played Drive keeps Google's rules about files: each test is one of them, over real HTTP."""

import hashlib
from collections.abc import Iterator

import pytest
import requests

from appliance.simulator.drive_accounts import METADATA, READ_ONLY
from appliance.simulator.google_drive import Drive
from tests.google import FOLDER, App, reason, whole

PDF = b"%PDF-1.7 a contract " * 50


@pytest.fixture
def drive() -> Iterator[Drive]:
    with Drive() as played:
        yield played


@pytest.fixture
def app(drive: Drive) -> App:
    """Ours, under drive.file."""
    return App(drive)


# -- ids


def test_a_reserved_id_makes_one_file_and_is_refused_the_second_time(
    app: App, drive: Drive
) -> None:
    (identity,) = app.ids()
    assert app.create("a.pdf", id=identity).json()["id"] == identity
    again = app.create("b.pdf", id=identity)
    assert (again.status_code, reason(again)) == (409, "fileIdInUse")
    assert [kept.path for kept in drive.files] == ["a.pdf"]


def test_the_id_of_a_deleted_file_is_not_free_again(app: App) -> None:
    (identity,) = app.ids()
    app.create(id=identity)
    assert app.delete(identity).status_code == 204
    assert app.create(id=identity).status_code == 409


@pytest.mark.parametrize("identity", ["my-own-id", "1" + "a" * 32, "../../etc", "عقد"])
def test_an_id_that_drive_never_made_is_refused(app: App, identity: str) -> None:
    refused = app.create(id=identity)
    assert (refused.status_code, reason(refused)) == (400, "invalid")
    assert "not usable" in refused.json()["error"]["message"]


def test_at_most_a_thousand_ids_are_made_at_once(app: App) -> None:
    assert len(set(app.ids(1000))) == 1000
    path = "/drive/v3/files/generateIds"
    assert app.call("GET", path, params={"count": 1001}).status_code == 400


def test_folders_take_reserved_ids_and_google_documents_do_not(app: App) -> None:
    first, second = app.ids(2)
    assert app.folder(id=first) == first
    refused = app.create(id=second, mimeType="application/vnd.google-apps.document")
    assert refused.status_code == 403


# -- what is told


def test_a_file_is_told_with_both_sums_and_its_size_in_text(app: App) -> None:
    made = app.put(PDF, params={"fields": "*"}).json()
    assert made["md5Checksum"] == hashlib.md5(PDF).hexdigest()
    assert made["sha256Checksum"] == hashlib.sha256(PDF).hexdigest()
    assert made["size"] == str(len(PDF))
    assert made["mimeType"] == "application/pdf"
    assert made["headRevisionId"]


def test_without_fields_only_four_are_told(app: App) -> None:
    identity = app.put(PDF).json()["id"]
    answer = app.call("GET", f"/drive/v3/files/{identity}").json()
    assert set(answer) == {"kind", "id", "name", "mimeType"}


def test_fields_may_be_nested_and_unknown_ones_are_refused(app: App) -> None:
    app.put(PDF)
    listed = app.list(fields="files(id,owners/emailAddress)").json()
    assert set(listed) == {"files"}
    assert listed["files"][0]["owners"] == [{"emailAddress": "cabinet@example.com"}]
    refused = app.list(fields="files(id,sum)")
    assert (refused.status_code, reason(refused)) == (400, "invalidParameter")


def test_about_tells_nothing_without_fields(app: App) -> None:
    assert app.call("GET", "/drive/v3/about").status_code == 400
    told = app.call("GET", "/drive/v3/about", params={"fields": "user,storageQuota"}).json()
    assert told["user"]["emailAddress"] == "cabinet@example.com"
    assert told["storageQuota"]["limit"] == str(15 * 1024**3)


def test_the_bytes_come_back_whole_or_in_part(app: App) -> None:
    identity = app.put(PDF).json()["id"]
    assert app.get(identity, alt="media").content == PDF
    path = f"/drive/v3/files/{identity}"
    part = app.call("GET", path, params={"alt": "media"}, headers={"Range": "bytes=5-9"})
    assert (part.status_code, part.content) == (206, PDF[5:10])


def test_a_multipart_body_may_end_its_lines_as_googles_python_does(app: App) -> None:
    body = (
        b'--b\nContent-Type: application/json\n\n{"name": "a"}\n'
        b"--b\nContent-Type: text/plain\n\nends so\r\n\n--b--\n"
    )
    answer = app.call(
        "POST",
        "/upload/drive/v3/files?uploadType=multipart&fields=*",
        data=body,
        headers={"Content-Type": 'multipart/related; boundary="b"'},
    ).json()
    assert app.drive.bytes_of(answer["id"]) == b"ends so\r\n"


# -- who sees what


def test_under_drive_file_an_app_sees_only_what_it_made(app: App, drive: Drive) -> None:
    folder = drive.person.makes_folder("À la main")
    mine = app.folder("Dossiers")
    assert app.get(folder).status_code == 404
    assert app.get("root").status_code == 404
    assert app.create(parents=[folder]).status_code == 404
    assert app.names() == {"Dossiers"}
    assert whole(drive).names() == {"À la main", "Dossiers"}
    assert app.get(mine).json()["parents"] == [whole(drive).get("root").json()["id"]]


def test_a_token_for_reading_writes_nothing(drive: Drive) -> None:
    reader = App(drive, READ_ONLY)
    refused = reader.create()
    assert (refused.status_code, reason(refused)) == (403, "insufficientPermissions")
    identity = App(drive).put(PDF).json()["id"]
    assert reader.get(identity, alt="media").content == PDF
    assert App(drive, METADATA).get(identity, alt="media").status_code == 403


def test_permission_that_is_taken_away_makes_a_folder_and_all_in_it_not_found(
    app: App, drive: Drive
) -> None:
    folder = app.folder()
    inside = app.create(parents=[folder]).json()["id"]
    drive.person.takes_permission_away(folder)
    assert [app.get(one).status_code for one in (folder, inside)] == [404, 404]
    assert reason(app.create(parents=[folder])) == "notFound"
    drive.person.gives_permission_back(folder)
    assert app.get(inside).status_code == 200


def test_somebody_who_may_only_read_is_told_so(app: App, drive: Drive) -> None:
    identity = app.put(PDF).json()["id"]
    drive.person.makes_read_only(identity)
    refused = app.patch(identity, name="b")
    assert (refused.status_code, reason(refused)) == (403, "insufficientFilePermissions")
    assert app.get(identity).json()["name"] == "acte.pdf"


def test_without_a_token_or_with_a_dead_one_nothing_is_told(app: App, drive: Drive) -> None:
    assert requests.get(f"{drive.url}/drive/v3/files", timeout=5).status_code == 401
    drive.expire_tokens()
    refused = app.list()
    assert (refused.status_code, reason(refused)) == (401, "authError")


# -- shared drives


def test_a_shared_drive_is_not_found_unless_the_request_knows_of_them(drive: Drive) -> None:
    shared = drive.make_shared_drive("Cabinet", person="organizer")
    app = whole(drive)
    assert app.create(parents=[shared.id]).status_code == 404
    knows = {"supportsAllDrives": "true"}
    made = app.create("a.pdf", parents=[shared.id], params={**knows, "fields": "*"}).json()
    assert made["driveId"] == shared.id
    assert "owners" not in made
    assert app.get(made["id"]).status_code == 404
    assert app.get(made["id"], **knows).status_code == 200
    assert app.patch(made["id"], name="b").status_code == 404
    assert app.delete(made["id"]).status_code == 404


def test_a_shared_drive_is_searched_only_when_all_parameters_agree(drive: Drive) -> None:
    shared = drive.make_shared_drive("Cabinet", person="organizer")
    app, knows = whole(drive), {"supportsAllDrives": "true"}
    app.create("ours.pdf", parents=[shared.id], params=knows)
    app.create("mine.pdf")
    every = {**knows, "includeItemsFromAllDrives": "true"}
    assert app.names() == {"mine.pdf"}
    assert app.names(**every) == {"mine.pdf", "ours.pdf"}
    assert app.names(corpora="drive", driveId=shared.id, **every) == {"ours.pdf"}
    assert app.list(corpora="drive", driveId=shared.id).status_code == 403
    assert app.list(corpora="drive", **every).status_code == 403
    assert app.list(corpora="drive", driveId="0Anothing", **every).status_code == 404


def test_drives_are_told_to_members_and_not_under_drive_file(app: App, drive: Drive) -> None:
    shared = drive.make_shared_drive("Cabinet", person="organizer")
    drive.make_shared_drive("Autre cabinet")
    told = whole(drive).call("GET", "/drive/v3/drives").json()["drives"]
    assert [one["id"] for one in told] == [shared.id]
    assert reason(app.call("GET", "/drive/v3/drives")) == "insufficientPermissions"
    assert app.create(parents=[shared.id], params={"supportsAllDrives": "true"}).status_code == 404


def test_only_an_organizer_deletes_for_ever_in_a_shared_drive(drive: Drive) -> None:
    shared = drive.make_shared_drive("Cabinet", person="fileOrganizer")
    app, knows = whole(drive), {"supportsAllDrives": "true"}
    identity = app.create(parents=[shared.id], params=knows).json()["id"]
    assert app.delete(identity, **knows).status_code == 403
    assert app.patch(identity, knows, trashed=True).status_code == 200


def test_a_service_account_keeps_files_in_shared_drives_only(drive: Drive) -> None:
    robot = whole(drive, drive.robot)
    folder = drive.person.makes_folder("Dossiers")
    drive.person.shares(folder, drive.robot)
    for parents in (["root"], [folder]):
        refused = robot.create(parents=parents)
        assert (refused.status_code, reason(refused)) == (403, "storageQuotaExceeded")
        assert "Service Accounts do not have storage quota" in refused.text
    shared = drive.make_shared_drive("Cabinet", robot="writer")
    made = robot.create(parents=[shared.id], params={"supportsAllDrives": "true"})
    assert made.status_code == 200
    file = drive.person.puts("acte.pdf", PDF, folder)
    assert robot.patch(file, name="b.pdf").status_code == 200


# -- limits


def test_what_does_not_fit_the_quota_is_refused_until_there_is_room(app: App, drive: Drive) -> None:
    drive.quota_limit = 1500
    kept = app.put(PDF).json()["id"]
    refused = app.put(PDF)
    assert (refused.status_code, reason(refused)) == (403, "storageQuotaExceeded")
    assert reason(app.begin(501)) == "storageQuotaExceeded"
    app.patch(kept, trashed=True)
    assert app.put(PDF).status_code == 403
    app.delete(kept)
    assert app.put(PDF).status_code == 200


def test_a_folder_that_is_full_takes_nothing_more_and_the_root_does(app: App, drive: Drive) -> None:
    drive.max_children = 2
    folder = app.folder()
    for _ in range(2):
        assert app.create(parents=[folder]).status_code == 200
    refused = app.create(parents=[folder])
    assert (refused.status_code, reason(refused)) == (403, "numChildrenInNonRootLimitExceeded")
    assert app.create().status_code == 200


def test_a_property_has_124_bytes_and_a_file_30_of_them(app: App) -> None:
    assert app.create(appProperties={"doc": "é" * 60}).status_code == 200
    assert app.create(appProperties={"doc": "é" * 61}).status_code == 403
    many = {f"k{number}": "v" for number in range(31)}
    assert app.create(appProperties=many).status_code == 403


# -- changes to files


def test_two_files_of_the_same_name_lie_in_one_folder(app: App, drive: Drive) -> None:
    folder = app.folder()
    for _ in range(2):
        assert app.create(parents=[folder]).status_code == 200
    assert [kept.path for kept in drive.files].count("Dossiers/acte.pdf") == 2


def test_a_file_has_one_parent_and_moves_from_it_to_another(app: App, drive: Drive) -> None:
    old, new = app.folder("Ancien"), app.folder("Nouveau")
    file = app.create(parents=[old]).json()["id"]
    refused = app.patch(file, {"addParents": new})
    assert (refused.status_code, reason(refused)) == (403, "cannotAddParent")
    move = {"addParents": new, "removeParents": old, "fields": "parents"}
    assert app.patch(file, move).json() == {"parents": [new]}
    assert app.patch(file, move).json() == {"parents": [new]}
    assert drive.at("Nouveau/acte.pdf").id == file
    assert app.create(parents=[old, new]).status_code == 400


def test_a_file_moves_into_a_shared_drive_and_a_folder_does_not(drive: Drive) -> None:
    shared = drive.make_shared_drive("Cabinet", person="organizer")
    app = whole(drive)
    folder, file = app.folder(), app.put(PDF).json()["id"]
    move = {"addParents": shared.id, "removeParents": "root", "supportsAllDrives": "true"}
    assert reason(app.patch(folder, move)) == "teamDrivesFolderMoveInNotSupported"
    assert app.patch(file, move | {"fields": "driveId"}).json() == {"driveId": shared.id}


def test_a_folder_cannot_be_put_into_itself(app: App) -> None:
    outer = app.folder("a")
    inner = app.folder("b", parents=[outer])
    root = app.get(outer).json()["parents"][0]
    refused = app.patch(outer, {"addParents": inner, "removeParents": root})
    assert refused.status_code == 403


def test_what_lies_in_a_trashed_folder_is_trashed_and_new_files_too(app: App) -> None:
    folder = app.folder()
    inside = app.create(parents=[folder]).json()["id"]
    app.patch(folder, trashed=True)
    told = app.get(inside).json()
    assert (told["trashed"], told["explicitlyTrashed"]) == (True, False)
    late = app.create(parents=[folder])
    assert late.status_code == 200
    assert app.get(late.json()["id"]).json()["trashed"] is True
    assert app.names("trashed = false") == set()


def test_deleting_a_folder_deletes_all_that_lies_in_it(app: App) -> None:
    folder = app.folder()
    inside = app.create(parents=[folder]).json()["id"]
    assert app.delete(folder).status_code == 204
    assert [app.get(one).status_code for one in (folder, inside)] == [404, 404]


def test_other_content_is_another_revision(app: App, drive: Drive) -> None:
    before = app.put(PDF, params={"fields": "*"}).json()
    path = f"/upload/drive/v3/files/{before['id']}?uploadType=media&fields=*"
    after = app.call("PATCH", path, data=b"other").json()
    assert after["sha256Checksum"] == hashlib.sha256(b"other").hexdigest()
    assert after["headRevisionId"] != before["headRevisionId"]
    assert int(after["version"]) > int(before["version"])
    assert drive.bytes_of(before["id"]) == b"other"


def test_a_file_is_no_folder(app: App) -> None:
    identity = app.put(PDF).json()["id"]
    assert reason(app.create(parents=[identity])) == "parentNotAFolder"
    assert reason(app.get(app.folder(), alt="media")) == "fileNotDownloadable"


def test_fields_that_drive_sets_itself_are_not_writable(app: App) -> None:
    identity = app.put(PDF).json()["id"]
    assert reason(app.patch(identity, parents=["root"])) == "fieldNotWritable"
    assert app.create(modifiedTime="2026-11-25T10:00:00").status_code == 400
    told = app.create(modifiedTime="2026-11-25T10:00:00Z", params={"fields": "*"}).json()
    assert told["modifiedTime"] == "2026-11-25T10:00:00.000Z"


# -- searches


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("name = 'acte d\\'huissier'", {"acte d'huissier"}),
        ("name contains 'act'", {"acte d'huissier"}),
        ("name contains 'cte'", set()),
        (f"mimeType = '{FOLDER}'", {"Dossiers"}),
        ("appProperties has { key='doc' and value='7' }", {"plan"}),
        ("not (name = 'plan' or name = 'Dossiers')", {"acte d'huissier"}),
        ("'root' in parents and trashed = false", {"Dossiers"}),
        ("trashed=true", set()),
    ],
)
def test_a_search_finds_what_it_says(app: App, q: str, found: set[str]) -> None:
    folder = app.folder()
    app.create("acte d'huissier", parents=[folder])
    app.create("plan", parents=[folder], appProperties={"doc": "7"})
    assert app.names(q) == found


@pytest.mark.parametrize(
    "q", ["name", "name = acte", "colour = 'red'", "name = 'a' and", "(name='a'", "md5 = 'x'"]
)
def test_a_search_that_drive_does_not_know_is_refused_and_not_ignored(app: App, q: str) -> None:
    refused = app.list(q)
    assert (refused.status_code, reason(refused)) == (400, "invalid")


def test_searching_in_a_folder_that_is_not_seen_is_not_found(app: App, drive: Drive) -> None:
    hidden = drive.person.makes_folder("À la main")
    assert app.list(f"'{hidden}' in parents").status_code == 404


def test_a_long_list_comes_in_pages_without_doubles(app: App) -> None:
    for number in range(7):
        app.create(f"{number}.pdf")
    names, token = [], None
    while True:
        params = {"pageSize": 3, "orderBy": "name"} | ({"pageToken": token} if token else {})
        page = app.list(**params).json()
        names += [file["name"] for file in page["files"]]
        token = page.get("nextPageToken")
        if token is None:
            break
    assert names == [f"{number}.pdf" for number in range(7)]
    assert app.list(pageToken="never-given").status_code == 400
