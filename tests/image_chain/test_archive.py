"""Search and download against an archive that fails, lies and attacks."""

import base64
import re
import shutil
import threading

import pytest
from hostile_archive import TOKEN, Archive, serving
from typer.testing import CliRunner

from ldas.cli import app
from ldas.config.images_group import Archive as Settings
from ldas.image_chain.archive import Product, checksum_of, credentials_of
from ldas.image_chain.credentials import Credentials, told
from ldas.image_chain.download import Fetcher

NAMELIST = """&images
   steps = 'download'
   box = 49.98, 50.02, 4.97, 5.03
   start = '2020-07-01'
   end = '2020-08-01'
/
&archive
   url = '{url}'
   collections = 'sentinel-1-grd'
   retries = {retries}
   patience = {patience}
{more}/
"""


@pytest.fixture
def archive(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    with serving() as archive:
        yield archive


def images(folder, archive, *options, retries=3, patience=0.3, more=""):
    path = folder / "i.nml"
    path.write_text(NAMELIST.format(url=archive.url, retries=retries, patience=patience, more=more))
    ended = CliRunner().invoke(app, ["images", str(path), *options])
    said = re.sub(r"\s+", " ", ended.output)
    assert "Traceback" not in said and "secret-signature" not in said and TOKEN not in said
    return ended.exit_code, said


def fetched(folder):
    return {p.name.removesuffix(".SAFE.zip"): p.read_bytes() for p in folder.glob("products/*.zip")}


def test_products_are_listed_then_fetched_then_known(tmp_path, archive):
    status, said = images(tmp_path, archive, "--dry-run")
    assert status == 0 and "3 products, 0 are there, to fetch: 0.00 GiB" in said
    assert not (tmp_path / "products").exists()
    status, said = images(tmp_path, archive)
    assert status == 0 and "fetched S1A_IW_GRDH_0" in said
    assert fetched(tmp_path) == archive.files
    before = len(archive.asked)
    status, said = images(tmp_path, archive)
    assert status == 0 and said.count("is there") == 3
    assert not [path for path, _ in archive.asked[before:] if path.startswith("/file")]


@pytest.mark.parametrize("trouble", [
    [429], [500, 503], ["cut"], ["cut", "cut"], ["cut", "no_range"], ["shorter"], ["longer"],
    ["changed"], ["endless"], ["drip"], [429, "cut", "changed"],
])  # fmt: skip
def test_a_server_that_fails_some_times_gives_the_product_in_the_end(tmp_path, archive, trouble):
    archive.trouble = {"S1A_IW_GRDH_1": list(trouble)}
    status, said = images(tmp_path, archive)
    assert status == 0, said
    assert fetched(tmp_path) == archive.files
    assert not list(tmp_path.glob("products/*.part"))


def test_what_is_begun_is_gone_on_with(tmp_path, archive):
    archive.trouble = {"S1A_IW_GRDH_1": ["cut"]}
    assert images(tmp_path, archive, retries=0)[0] == 2
    part = next(tmp_path.glob("products/*.part")).stat().st_size
    assert part > 100_000
    before = len(archive.asked)
    assert images(tmp_path, archive)[0] == 0
    asked = [h.get("Range") for p, h in archive.asked[before:] if p.startswith("/file")]
    assert asked == [f"bytes={part}-"]
    assert fetched(tmp_path) == archive.files


@pytest.mark.parametrize("trouble, wanted", [
    (500, "HTTP 500, after 2 attempts"), (404, "HTTP 404"), (403, "wants credentials"),
    ("changed", "has another checksum (sha256)"), ("shorter", "the archive says"),
    ("endless", "sends more bytes than it said"),
    (("file:///etc/passwd",), "is no address of http(s)"),
    (("/file/S1A_IW_GRDH_1",), "more than 5 redirections"),
])  # fmt: skip
def test_a_server_that_always_fails_is_told_and_the_others_are_fetched(
    tmp_path, archive, trouble, wanted
):
    archive.trouble = {"S1A_IW_GRDH_1": [trouble] * 50}
    status, said = images(tmp_path, archive, retries=1)
    assert status == 2 and "S1A_IW_GRDH_1: " in said and wanted in said, said
    assert set(fetched(tmp_path)) == {"S1A_IW_GRDH_0", "S1A_IW_GRDH_2"}


@pytest.mark.parametrize("name, bend, wanted", [
    ("../../evil", lambda i: None, "no name for a file"),
    ("/etc/evil", lambda i: None, "no name for a file"),
    (".hidden", lambda i: None, "no name for a file"),
    ("a..b.SAFE", lambda i: None, "no name for a file"),
    ("S1A_local", lambda i: i["assets"]["product"].update(href="file:///etc/passwd"),
     "no asset with the whole product"),
    ("S1A_relative", lambda i: i["assets"]["product"].update(href="../../x"),
     "no asset with the whole product"),
    ("S1A_nothing", lambda i: i.update(assets={}), "no asset with the whole product"),
])  # fmt: skip
def test_products_that_lead_elsewhere_are_left_out(tmp_path, archive, name, bend, wanted):
    archive.items = {name: bend}
    status, said = images(tmp_path, archive)
    assert status == 0 and wanted in said, said
    assert fetched(tmp_path) == archive.files
    written = {p.relative_to(tmp_path).parts[0] for p in tmp_path.rglob("*")}
    assert written == {"i.nml", "products", "images"}


def test_a_product_too_large_is_not_fetched(tmp_path, archive):
    def huge(item):
        item["assets"]["product"]["file:size"] = 2**50

    archive.items = {"S1A_IW_GRDH_0": huge}
    status, said = images(tmp_path, archive)
    assert status == 2 and "more than &archive largest" in said


@pytest.mark.parametrize("trouble, wanted", [
    ([b"<html>"], "is no STAC API"), ([b"[1, 2]"], "is no STAC API"), ([b"{}"], "is no STAC API"),
    ([500] * 9, "cannot be reached"), ([401], "wants credentials"), ([404], "HTTP 404"),
    ([b"[" * 100_000], "is no STAC API"), ([b" " * (2**26 + 10)], "answers more than 64 MiB"),
])  # fmt: skip
def test_what_is_no_archive_is_told(tmp_path, archive, trouble, wanted):
    archive.search_trouble = list(trouble)
    status, said = images(tmp_path, archive, retries=1)
    assert status == 2 and wanted in said, said


def test_pages_without_an_end_are_told(tmp_path, archive):
    archive.endless = True
    status, said = images(tmp_path, archive)
    assert status == 2 and "sends the same page over and over" in said


def test_nobody_there_is_told(tmp_path):
    gone = Archive()
    gone.url = "http://127.0.0.1:9"
    status, said = images(tmp_path, gone, retries=0)
    assert status == 2 and "cannot be reached" in said


def test_a_token_goes_to_its_hosts_alone_and_is_never_told(tmp_path, archive, monkeypatch):
    monkeypatch.setenv("LDAS_ARCHIVE_TOKEN", TOKEN)
    archive.token = TOKEN
    assert images(tmp_path, archive)[0] == 0
    other = Archive()
    with serving(other):
        elsewhere = other.url.replace("127.0.0.1", "localhost")
        archive.files["S1A_new"] = next(iter(archive.files.values()))
        other.files["S1A_new"] = archive.files["S1A_new"]
        archive.trouble = {"S1A_new": [(f"{elsewhere}/file/S1A_new",)]}
        status, said = images(tmp_path, archive)
        assert status == 0, said
        assert other.asked and not [h for _, h in other.asked if "Authorization" in h]
    wrong = TOKEN[::-1]
    monkeypatch.setenv("LDAS_ARCHIVE_TOKEN", wrong)
    archive.files["S1A_newer"] = archive.files["S1A_new"]
    status, said = images(tmp_path, archive, "--verbose")
    assert status == 2 and "wants credentials" in said and wrong not in said
    assert wrong not in repr(Credentials("LDAS_ARCHIVE_TOKEN", ["a"]))


def test_user_and_password_of_netrc_go_to_allowed_hosts(tmp_path, archive, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1 login me password {TOKEN}\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    archive.login = "Basic " + base64.b64encode(f"me:{TOKEN}".encode()).decode()
    status, said = images(tmp_path, archive)
    assert status == 0, said
    assert fetched(tmp_path) == archive.files
    shutil.rmtree(tmp_path / "products")
    status, said = images(tmp_path, archive, more="   hosts = 'elsewhere.org'\n")
    assert status == 2 and "wants credentials" in said


def test_addresses_are_told_without_what_may_be_secret():
    assert told("https://me:pass@a.b:80/c/d?sig=x#y") == "https://a.b:80/c/d"
    assert told("http://[") == "an address that is none"


def test_checksums_are_multihashes():
    digits = "ab" * 32
    assert checksum_of("1220" + digits) == ("sha256", digits)
    assert checksum_of("d50110" + "cd" * 16) == ("md5", "cd" * 16)
    assert checksum_of("1220abc") is None and checksum_of("") is None


@pytest.mark.parametrize("entry, wanted", [
    ("   start = '2020-07-01'\n", "&images start and end: missing"),
    ("   url = ", "&archive url: missing"),
])  # fmt: skip
def test_what_a_download_needs_is_told(tmp_path, archive, entry, wanted):
    path = tmp_path / "i.nml"
    text = NAMELIST.format(url=archive.url, retries=0, patience=1.0, more="")
    path.write_text("\n".join(line for line in text.splitlines() if entry.strip() not in line))
    for command in ("check", "images"):
        ended = CliRunner().invoke(app, [command, str(path)])
        assert ended.exit_code == 2 and wanted in re.sub(r"\s+", " ", ended.output), ended.output


@pytest.mark.parametrize(
    "name, file",
    [("S1A_IW_GRDH_X", "S1A_IW_GRDH_X.SAFE.zip"), ("S3A_SY_2_VG1_X", "S3A_SY_2_VG1_X.SEN3.zip")],
)
def test_a_product_is_kept_by_the_name_that_its_reader_knows(tmp_path, name, file):
    settings = Settings(url="https://stac.example")
    fetcher = Fetcher(tmp_path, settings, credentials_of(settings), threading.Event())
    assert fetcher.path(Product(name, "https://x", None, None, None, None)).name == file
