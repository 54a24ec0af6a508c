"""A folder and a bucket are read alike; S3 by moto's server on the loopback interface."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from landed import Shop, as_csv, line

from crm.orders.landing import Bucket, Folder, Landing, LandingError, at

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


def test_a_place_is_a_folder_or_an_s3_url(tmp_path):
    assert isinstance(at(str(tmp_path), lambda: None), Folder)
    found = at("s3://shop/in/here", lambda: "client")
    assert isinstance(found, Bucket)
    assert (found.client, found.bucket, found.prefix) == ("client", "shop", "in/here/")


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
