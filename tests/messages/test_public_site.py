"""Before messages leave, their link is opened once: a dead or foreign page is noticed."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator

import pytest
from message_facts import BUSINESS_DATE, CAMPAIGN, RunningClock, make_business

from crm.business import Footer
from crm.messages import links, public_site
from crm.messages.gate import SendRefused
from crm.messages.public_site import SiteAway, check
from crm.messages.sending import send
from crm.messages.tokens import Signer


class Page(http.server.BaseHTTPRequestHandler):
    """An unsubscribe page whose key is ``KEY``; ``/moved`` leads to it."""

    KEY = b"test"

    def do_GET(self) -> None:
        if self.path.startswith("/moved"):
            self.send_response(302)
            self.send_header("Location", self.path.replace("moved", "crm/unsubscribe"))
            self.end_headers()
            return
        signer = Signer((self.KEY,))
        known = signer.message_id(self.path.partition("m=")[2]) == public_site.ASKED
        self.send_response(200)
        self.end_headers()
        self.wfile.write((signer.token(public_site.ANSWERED) if known else "another shop").encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def shop(address: str | None):
    return make_business(footer=Footer(company="Test Shop", postal_address="1 Street", unsubscribe_url=address))


def test_the_page_of_this_installation_passes_by_its_setting_or_by_airflows_own_address(port, monkeypatch):
    check(shop(f"http://127.0.0.1:{port}/crm/unsubscribe"))
    monkeypatch.setenv(links.AIRFLOW, f"http://localhost:{port}")
    check(shop(None))
    assert links.unsubscribe(shop(None))[0] == f"http://localhost:{port}/crm/unsubscribe?m="
    monkeypatch.setenv(links.AIRFLOW, "http://not-reached.invalid")
    monkeypatch.setenv(public_site.INSIDE, f"http://127.0.0.1:{port}/execution/")
    check(shop(None))


def test_another_shops_page_is_noticed_and_a_page_that_moved_too(port, monkeypatch):
    for address in (f"http://127.0.0.1:{port}/moved", f"http://127.0.0.1:{port}/crm/unsubscribe"):
        with pytest.raises(SendRefused, match="not this shop's unsubscribe page"):
            check(shop(address))
        monkeypatch.setattr(Page, "KEY", b"of another installation")


def test_without_an_address_nothing_leaves(monkeypatch):
    monkeypatch.delenv(links.AIRFLOW, raising=False)
    with pytest.raises(SendRefused, match=r"footer\.unsubscribe_url is missing"):
        check(shop(None))


def test_where_nothing_answers_the_send_may_be_repeated():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(SiteAway, match="does not open"):
            check(shop(f"http://127.0.0.1:{taken.getsockname()[1]}/crm/unsubscribe"))


@pytest.mark.parametrize(
    "address", ["10.0.0.7", "192.168.1.1", "169.254.169.254", "172.16.3.4", "::ffff:10.0.0.7", "fd00::1", "0.0.0.0"]
)
def test_private_networks_are_never_reached_whatever_a_name_answers(address, monkeypatch):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(family, socket.SOCK_STREAM, 6, "", (address, 80))])
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: pytest.fail("it was opened"))
    with pytest.raises(SendRefused, match="private network"):
        check(shop("https://shop.example/crm/unsubscribe"))


def test_a_live_send_whose_links_are_dead_claims_nothing(warehouse, plan, query, outbox, monkeypatch):
    plan.decide(2)

    def dead(_):
        raise SendRefused("dead links")

    monkeypatch.setattr(public_site, "check", dead)
    with pytest.raises(SendRefused, match="dead links"):
        send(warehouse, make_business(), CAMPAIGN, BUSINESS_DATE, mode="live", clock=RunningClock(), run_id="r")
    assert query("select count(*) from crm.message") == [(0,)]
    assert not outbox.exists()
