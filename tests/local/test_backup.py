"""`make backup` and `make restore`: what comes back is what was there, and nothing is sent a second time by it."""

from __future__ import annotations

import datetime
import gzip
import json
import re
import subprocess
from pathlib import Path

import psycopg
import pytest

from crm import migrations
from crm.local import backup as backups
from crm.local.__main__ import main
from crm.local.backup import BackupError, backup, restore
from crm.local.home import POSTGRES_PORT, Home
from crm.local.postgres import free_port
from old_warehouse import DUMPS, Old

SHOP = """
insert into crm.file_version (shop, kind, source_file, content_hash, business_date, known_on, status)
values ('tea', 'orders', '2024-05-01.csv', 'h', '2024-05-01', '2024-05-01', 'published');
insert into crm.customer (customer_id, shop, external_id, known_on)
select n, 'tea', n::text, '2024-05-01' from generate_series(1, 500) as n;
"""


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Homes with servers of their own, removed at the end."""
    homes = []

    def make(name: str) -> Home:
        home = Home(tmp_path / name)
        monkeypatch.setenv("CRM_HOME", str(home.folder))
        monkeypatch.setenv(POSTGRES_PORT, str(free_port()))
        homes.append(home)
        return home

    monkeypatch.delenv("CRM_WAREHOUSE_URL", raising=False)
    yield make
    for home in homes:
        home.remove()


def ask(home: Home, question: str) -> list[tuple]:
    with home.running_server(print) as server, psycopg.connect(server.url("warehouse")) as connection:
        cursor = connection.execute(question.encode())
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def backed_up(made, tmp_path) -> tuple[Home, Path]:
    home = made("first")
    assert main(["migrate"]) == 0
    ask(home, SHOP)
    (home.folder / "business.yaml").write_text(
        "{name: Tea, time_zone: Asia/Shanghai, currency: CNY, country: CN, sources: [taobao_orders]}"
    )
    (home.folder / "campaigns").mkdir()
    (home.folder / "campaigns" / "gala.yaml").write_text("campaign: gala")
    assert main(["backup", "--to", str(tmp_path / "kept")]) == 0
    return home, tmp_path / "kept"


def counts(home: Home) -> dict[str, int]:
    tables = "select table_name from information_schema.tables where table_schema = 'crm' and table_type = 'BASE TABLE'"
    names = [name for (name,) in ask(home, tables)]
    counted = " union all ".join(f"select '{name}', count(*) from crm.{name}" for name in names)
    return dict(ask(home, counted))


def test_a_new_home_gets_back_every_row_the_key_of_the_links_and_the_settings(backed_up, made, capsys):
    first, folder = backed_up
    before = counts(first)
    assert before["customer"] == 500
    second = made("second")
    assert main(["restore", "--from", str(folder)]) == 0
    assert "tables restored" in capsys.readouterr().out
    after = counts(second)
    assert {name for name in before if before[name] != after[name]} == {"sending_stop"}
    assert second.secret("links") == first.secret("links"), "links in mailboxes go on working"
    assert (second.folder / "business.yaml").read_bytes() == (first.folder / "business.yaml").read_bytes()
    assert (second.folder / "campaigns" / "gala.yaml").read_text() == "campaign: gala"
    with second.running_server(print) as server, psycopg.connect(second.reader_url(server)) as reader:
        assert reader.execute("select count(*) from mart.customers").fetchone() == (500,)


def test_nothing_is_sent_for_today_and_yesterday_until_a_person_says_so(backed_up, made, monkeypatch):
    class Clock:
        def now(self):
            return datetime.datetime(2024, 5, 2, 20, tzinfo=datetime.UTC)  # the 3rd in Shanghai

    _, folder = backed_up
    second = made("second")
    monkeypatch.setattr(backups, "RealClock", Clock)
    restore(second, str(folder))
    stopped = ask(second, "select distinct cast(send_date as text) from crm.sending_stop order by 1")
    assert stopped == [("2024-05-02",), ("2024-05-03",)]
    assert ask(second, "select 1 from crm.sending_stop where campaign = 'birthday' and stopped_by = 'make restore'")


def test_a_home_that_holds_orders_is_never_restored_over(backed_up):
    home, folder = backed_up
    with pytest.raises(BackupError, match="holds a warehouse"):
        restore(home, str(folder))
    assert counts(home)["customer"] == 500


def test_a_backup_that_comes_back_with_other_rows_is_told(backed_up, made):
    _, folder = backed_up
    facts = json.loads((folder / "backup.json").read_text())
    facts["rows"]["crm.customer"] += 1
    (folder / "backup.json").write_text(json.dumps(facts))
    with pytest.raises(BackupError, match=r"not as in the backup: crm\.customer;"):
        restore(made("second"), str(folder))


def test_a_backup_is_for_its_owner_alone_and_is_never_written_over(backed_up):
    home, folder = backed_up
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "links.key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(BackupError, match="not empty"):
        backup(home, str(folder))


def test_what_is_no_whole_backup_is_refused_before_anything_is_touched(made, tmp_path):
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "warehouse.dump").touch()
    home = made("second")
    for source in ("", str(tmp_path / "half"), str(tmp_path / "nowhere")):
        with pytest.raises(BackupError, match="no whole backup"):
            restore(home, source)
    assert not (home.folder / "postgres").exists()


def test_a_backup_of_a_newer_version_is_refused_before_anything_is_touched(backed_up, made):
    _, folder = backed_up
    facts = json.loads((folder / "backup.json").read_text())
    assert facts["revision"] == migrations.latest()
    (folder / "backup.json").write_text(json.dumps(facts | {"revision": "9999"}))
    second = made("second")
    with pytest.raises(
        BackupError, match=r"\(9999\) is newer than this version .* use the newer version to restore it"
    ):
        restore(second, str(folder))
    assert not (second.folder / "postgres").exists()


def test_a_warehouse_elsewhere_is_its_hosts_business(made, monkeypatch):
    monkeypatch.setenv("CRM_WAREHOUSE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(BackupError, match="pg_dump"):
        backup(made("first"))


def test_cleaning_a_home_leaves_its_backups(made):
    home = made("first")
    assert main(["migrate"]) == 0
    assert main(["backup"]) == 0
    assert main(["clean", "--yes=1"]) == 0
    assert [file.name for file in home.folder.glob("backups/*/warehouse.dump")] == ["warehouse.dump"]
    assert not (home.folder / "postgres").exists()


def test_a_home_without_a_warehouse_has_nothing_to_back_up(made, tmp_path, capsys):
    made("first")
    assert main(["backup", "--to", str(tmp_path / "kept")]) == 1
    assert "there is no warehouse" in capsys.readouterr().err


def test_an_upgrade_says_what_ran_and_a_backup_made_before_it_leads_back(made, tmp_path, capsys):
    home, dump = made("first"), gzip.decompress(DUMPS[0].read_bytes())
    assert main(["migrate"]) == 0  # the roles that the dump speaks of
    with home.running_server(print) as server:
        server.drop_database("warehouse")
        server.create_database("warehouse")
        with psycopg.connect(server.url("warehouse"), autocommit=True) as connection:
            connection.execute(dump)
        before = Old(server.url("warehouse")).contents()
        assert main(["backup", "--to", str(tmp_path / "kept")]) == 0
        capsys.readouterr()
        assert main(["migrate"]) == 0
        told = capsys.readouterr().out
        assert re.search(r"^  00\d\d  .+  [\d.]+ s$", told, re.MULTILINE)
        assert re.search(r"[\d.]+ s, database [\d.]+ MB before, [\d.]+ MB after", told)
        assert main(["migrate"]) == 0
        assert re.search(r"^the warehouse's schema is up to date \([\d.]+ MB\)$", capsys.readouterr().out, re.MULTILINE)
        # Back: the version before restores it into a home of its own, and finds what it left.
        server.create_database("returned")
        subprocess.run(
            [server.program("pg_restore"), "--exit-on-error", "--no-owner", f"--dbname={server.url('returned')}",
             str(tmp_path / "kept" / "warehouse.dump")],
            check=True,
        )  # fmt: skip
        returned = Old(server.url("returned"))
        assert returned.query("select version_num from crm_schema_version") == [("0005",)]
        assert returned.contents() == before
