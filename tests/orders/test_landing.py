"""A folder and a bucket are read alike; S3 by moto's server on the loopback interface."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from landed import Shop, as_csv, line

from crm.connections import ConnectionMissing
from crm.orders import staging
from crm.orders.buckets import Bucket
from crm.orders.landing import Folder, Landing, LandingError, at, handed_over

NAMES = ["tea/deep/orders_2017-03-01.csv", "tea/orders_2017-03-01.csv", "tea/orders_2017-03-02.csv.gz"]


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    """A boto3 client of an S3 of our own; no request leaves the machine."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    yield boto3.client("s3", endpoint_url=f"http://{host}:{port}", **keys)
    server.stop()


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Landing:
    """The files NAMES, each with its own name as content."""
    if request.param == "folder":
        for name in NAMES:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(name)
        return Folder(tmp_path)
    client = request.getfixturevalue("s3")
    client.create_bucket(Bucket="shop")
    for name in NAMES:
        client.put_object(Bucket="shop", Key=f"in/{name}", Body=name.encode())
    return Bucket(client, "shop", "in")


def test_a_pattern_matches_within_one_part_of_the_path(place: Landing):
    assert place.find("tea/orders_2017-03-01.csv*") == [NAMES[1]]
    assert place.find("tea/orders_*.csv*") == NAMES[1:]
    assert place.find("*/orders_2017-03-0?.csv*") == NAMES[1:]
    assert place.find("tea/orders_2017-03-09.csv*") == []


def test_a_file_is_fetched_with_its_content(place: Landing):
    with place.fetch(NAMES[2]) as path:
        assert path.read_text() == NAMES[2]


def test_where_a_file_is_looked_for_is_told_in_full(tmp_path):
    assert Folder(tmp_path).where("a/b.csv") == f"{tmp_path}/a/b.csv"
    assert Bucket(None, "shop", "/in/").where("a/b.csv") == "s3://shop/in/a/b.csv"


@pytest.fixture
def connected(s3, monkeypatch) -> Any:
    """The Airflow connection ``crm_orders`` leads to the S3 of our own."""
    extra = {"endpoint_url": s3.meta.endpoint_url, "region_name": "us-east-1"}
    found = {"conn_type": "aws", "login": "test", "password": "test", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_CRM_ORDERS", json.dumps(found))
    return s3


def test_a_place_is_a_folder_or_an_s3_url(tmp_path, connected):
    assert isinstance(at(str(tmp_path)), Folder)
    found = at("s3://shop/in/here")
    assert isinstance(found, Bucket)
    assert (found.bucket, found.prefix) == ("shop", "in/here/")


def test_a_bucket_without_its_connection_says_what_to_define(monkeypatch):
    monkeypatch.delenv("AIRFLOW_CONN_CRM_ORDERS", raising=False)
    monkeypatch.setattr("crm.connections._of_airflow", lambda _: None)
    with pytest.raises(ConnectionMissing, match="Airflow connection crm_orders is missing"):
        at("s3://shop/in")


def test_a_bucket_that_does_not_answer_is_named_without_a_secret(connected):
    with pytest.raises(LandingError, match=r"s3://nobody/in/a\.csv: S3 says NoSuchBucket; there is no such") as failure:
        at("s3://nobody/in").find("a.csv")
    assert "test" not in str(failure.value).replace("latest", "")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"login": "", "password": ""}, "NoCredentialsError; give login"),
        ({"extra": {"endpoint_url": "http://127.0.0.1:9"}}, "EndpointConnectionError; nothing answers"),
        ({"extra": {"endpoint_url": "shop"}}, "connection crm_orders cannot be used"),
        ({"extra": {"region_name": "Frankfurt am Main"}}, "connection crm_orders cannot be used"),
        ({"password": ""}, "connection crm_orders cannot be used"),
    ],
)
def test_a_connection_that_leads_nowhere_says_which_field_to_correct(s3, monkeypatch, changes, says):
    extra = {"endpoint_url": s3.meta.endpoint_url, "region_name": "us-east-1"} | changes.get("extra", {})
    given = {"conn_type": "aws", "login": "key", "password": "hushhush"} | changes | {"extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_CRM_ORDERS", json.dumps(given))
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    with pytest.raises((LandingError, ConnectionMissing), match=says) as failure:
        at("s3://shop/in").find("a.csv")
    assert "hushhush" not in str(failure.value)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("AccessDenied", "give the rights s3:ListBucket and s3:GetObject"),
        ("PermanentRedirect", "the bucket is in another region: give it as region_name"),
        ("SignatureDoesNotMatch", "correct login"),
        ("NoSuchKey", "it was removed after it was listed"),
        ("Unheard", "check the bucket and the rights"),
    ],
)
def test_what_s3_refuses_is_said_with_what_to_do(code, says):
    from botocore.exceptions import ClientError

    class Refusing:
        """An S3 that refuses every object."""

        def get_object(self, **given: str) -> None:
            raise ClientError({"Error": {"Code": code, "Message": "hushhush"}}, "GetObject")

    with pytest.raises(LandingError, match=says) as failure, Bucket(Refusing(), "shop").fetch("a.csv"):
        pass
    assert "hushhush" not in str(failure.value)


def test_a_whole_bucket_may_be_handed_over(connected):
    connected.create_bucket(Bucket="whole")
    connected.put_object(Bucket="whole", Key="a.csv", Body=b"")
    place, name = handed_over("s3://whole")
    assert (place.find("*.csv"), name) == (["a.csv"], None)
    assert handed_over("s3://whole/a.csv")[1] == "a.csv"
    with pytest.raises(LandingError, match="names no bucket"):
        handed_over("s3://")


def test_an_object_that_is_removed_while_it_is_read_has_changed(s3):
    s3.create_bucket(Bucket="gone")
    s3.put_object(Bucket="gone", Key="a.csv", Body=b"1,2\n")
    with pytest.raises(LandingError, match="changed while it was read"), Bucket(s3, "gone").fetch("a.csv"):
        s3.delete_object(Bucket="gone", Key="a.csv")


def test_more_objects_than_a_page_holds_are_all_seen(s3):
    s3.create_bucket(Bucket="many")
    for number in range(1_001):
        s3.put_object(Bucket="many", Key=f"in/{number:04}.csv", Body=b"")
    assert len(Bucket(s3, "many", "in").find("*.csv")) == 1_001


@pytest.mark.parametrize("name", ["a.csv.part", "a.csv.tmp", "a.csv.filepart", ".a.csv", "a.csv~"])
def test_files_that_are_still_being_uploaded_are_not_seen(place: Landing, tmp_path, name):
    if isinstance(place, Bucket):
        place.client.put_object(Bucket="shop", Key=f"in/new/{name}", Body=b"half")
        place.client.put_object(Bucket="shop", Key="in/new/", Body=b"")
    else:
        (tmp_path / "new").mkdir()
        (tmp_path / "new" / name).write_text("half")
    assert place.find("new/*") == []


def test_an_upload_in_parts_is_seen_when_it_is_complete(s3):
    s3.create_bucket(Bucket="parts")
    place = Bucket(s3, "parts")
    upload = s3.create_multipart_upload(Bucket="parts", Key="a.csv")["UploadId"]
    part = {"Bucket": "parts", "Key": "a.csv", "UploadId": upload}
    done = s3.upload_part(**part, PartNumber=1, Body=b"1,2\n")
    assert place.find("*.csv") == []
    s3.complete_multipart_upload(**part, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": done["ETag"]}]})
    assert place.find("*.csv") == ["a.csv"]


def overwrite(place: Landing, tmp_path: Path, name: str) -> None:
    if isinstance(place, Bucket):
        place.client.put_object(Bucket="shop", Key=f"in/{name}", Body=b"something else")
    else:
        (tmp_path / name).write_text("something else")


@pytest.mark.parametrize("fails", [False, True])
def test_a_file_that_changes_while_it_is_read_is_refused(place: Landing, tmp_path, fails):
    if isinstance(place, Bucket) and fails:
        pytest.skip("what was fetched is whole: the reader's own error counts")
    with pytest.raises(LandingError, match="changed while it was read"), place.fetch(NAMES[2]):  # noqa: PT012
        overwrite(place, tmp_path, NAMES[2])
        if fails:
            raise ValueError("half a record")


def test_a_file_that_was_cut_off_on_its_way_is_refused(s3):
    s3.create_bucket(Bucket="cut")
    s3.put_object(Bucket="cut", Key="a.csv", Body=b"1,2\n")

    class Cut:
        """An S3 whose answers end early."""

        def get_object(self, **given: str) -> dict[str, Any]:
            return s3.get_object(**given) | {"ContentLength": 99}

    with pytest.raises(LandingError, match="arrived in part"), Bucket(Cut(), "cut").fetch("a.csv"):
        pass


def test_the_settings_may_name_a_bucket_and_a_delivery_is_taken_in_from_it(tea: Shop, connected, monkeypatch):
    connected.create_bucket(Bucket="daily")
    rows = as_csv([line("1", at="2017-03-01")]).encode()
    connected.put_object(Bucket="daily", Key="land/tea/orders_2017-03-01.csv", Body=rows)
    monkeypatch.setenv("CRM_LANDING", "s3://daily/land")
    assert tea.take("2017-03-01")["lines_published"] == 1


@pytest.mark.parametrize("given", ["s3://handed/over", "s3://handed/over/", "s3://handed/over/orders_2017-03-01.csv"])
def test_a_folder_or_an_object_of_a_bucket_may_be_handed_over(tea: Shop, connected, given):
    connected.create_bucket(Bucket="handed")
    rows = as_csv([line("1", at="2017-03-01")]).encode()
    connected.put_object(Bucket="handed", Key="over/orders_2017-03-01.csv", Body=rows)
    assert tea.take("2017-03-01", files=given)["lines_published"] == 1
    with pytest.raises(LandingError, match=r"s3://handed/none does not exist"):
        tea.ingest("2017-03-01", files="s3://handed/none")


def test_a_delivery_that_grows_while_it_is_read_leaves_nothing_behind(tea: Shop, query, monkeypatch):
    path = tea.deliver("orders", "2017-03-01", [line("1", at="2017-03-01")])
    staged = staging.stage

    def slowly(*given: Any) -> Any:
        with path.open("a") as file:
            file.write("2,bob")
        return staged(*given)

    monkeypatch.setattr(staging, "stage", slowly)
    with pytest.raises(LandingError, match=r"orders_2017-03-01\.csv changed while it was read; nothing of it"):
        tea.ingest("2017-03-01")
    assert query("select count(*) from crm.file_version") == [(0,)]


def test_orders_of_a_bucket_are_published_like_those_of_a_folder(tea: Shop, query, s3):
    tea.validated = True
    s3.create_bucket(Bucket="landing")
    rows = as_csv([line("1", at="2017-03-01"), line("2", "bob", at="2017-03-01")]).encode()
    s3.put_object(Bucket="landing", Key="daily/tea/orders_2017-03-01.csv", Body=rows)
    landing = Bucket(s3, "landing", "daily")
    assert tea.take("2017-03-01", landing=landing)["lines_published"] == 2
    assert query("select source_file from crm.file_version") == [("tea/orders_2017-03-01.csv",)]
    with pytest.raises(LandingError, match=r"s3://landing/daily/tea/orders_2017-03-02\.csv"):
        tea.take("2017-03-02", landing=landing)


def test_the_same_content_from_another_place_is_unchanged(tea: Shop, s3):
    landed = tea.deliver("orders", "2017-03-01", [line("1", at="2017-03-01")])
    tea.take("2017-03-01")
    s3.create_bucket(Bucket="moved")
    s3.put_object(Bucket="moved", Key="tea/orders_2017-03-01.csv", Body=landed.read_bytes())
    assert tea.take("2017-03-01", landing=Bucket(s3, "moved"))["unchanged"] == 1


def test_compressed_files_need_no_word_in_the_mapping(tea: Shop):
    path = tea.deliver("orders", "2017-03-01", [line("1", at="2017-03-01")])
    path.write_bytes(gzip.compress(path.read_bytes()))
    assert tea.take("2017-03-01")["lines_published"] == 1
