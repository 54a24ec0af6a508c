"""The way of a new operator with a shop of their own: from its export to the first result, as the guides say it."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import own_shop
import pytest
import shop
from own_installation import Installation, unsubscribe_link

import patience
from crm.evaluation.report.words import Words as ReportWords
from crm.web import pages as open_pages
from crm.web.desk.pages import Words

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.long

#: Goes out tomorrow: whom it would write to shows whose will counts.
LATER = "tea_later"
#: Folder for pictures of every page on the way, if there is one.
PICTURES = os.environ.get("CRM_PICTURES")
#: Language of the desk -> short name and titles of the operator's campaign.
CAMPAIGNS = {"en": ("tea_ohio", "Tea for Ohio", ""), "zh-CN": ("tea_texas", "Tea for Texas", "德州的茶")}
REPLIES = {"en": "STOP please", "zh-CN": "TD"}
#: Numbers and dates without a blank that stand on more than one line.
BROKEN = """[...document.querySelectorAll("main .tile .value, main .number, main .number *")]
    .flatMap(each => [...each.childNodes])
    .filter(each => each.nodeType === Node.TEXT_NODE && /^\\S*\\d\\S*$/.test(each.data.trim()))
    .filter(each => {
        const text = document.createRange();
        text.selectNodeContents(each);
        return new Set([...text.getClientRects()].map(line => Math.round(line.top))).size > 1;
    })
    .map(each => each.data)"""


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Installation]:
    """What the guides say before the first look at the desk: mapping, history, settings, `make up`."""
    place = tmp_path_factory.mktemp("way")
    made = Installation.at(place)
    try:
        began(made, own_shop.export(place / "exports"))
        yield made
    finally:
        made.make("clean", YES="1")


def began(made: Installation, files: Path) -> None:
    said = made.make("mapping", FILES=str(files), SHOP=own_shop.NAME)
    mapping = made.folder / "include" / "sources" / f"{own_shop.NAME}.yaml"
    assert "Accepts Marketing is taken for the consent to marketing by e-mail; is it?" in said
    # "correct them", it says of time zone and country, which no file tells.
    assert "time_zone and country" in said
    mapping.write_text(re.sub(r"time_zone: \S+", f"time_zone: {shop.ZONE}", mapping.read_text()))
    load(made, files)
    lacks = made.make("check")
    for key in ("channels.email.sender", "footer.company", "footer.postal_address", "footer.unsubscribe_url"):
        assert key in lacks
    settings = made.home.folder / "business.yaml"
    settings.write_text(own_shop.filled_in(settings.read_text(), made.origin))
    assert "Still to be filled in" not in made.make("check")
    made.up()


def load(made: Installation, files: Path) -> str:
    dates = {"FROM": own_shop.FIRST.isoformat(), "TO": shop.LAST.isoformat()}
    return made.make("load", SOURCE=own_shop.NAME, FILES=str(files), **dates)


class Operator:
    """Somebody at the desk, in one language; every page is looked at, and what it complains of is kept."""

    def __init__(self, page: Page, installation: Installation, locale: str) -> None:
        self.page, self.installation, self.locale = page, installation, locale
        self.campaign, english, chinese = CAMPAIGNS[locale]
        self.titles, self.words = {"en": english, "zh-CN": chinese}, Words(locale)
        self.complaints: list[str] = []
        page.on("console", lambda said: self._heard(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self._heard(str(error)))

    def _heard(self, text: str) -> None:
        self.complaints.append(f"{self.page.url}: {text}")

    @property
    def main(self) -> str:
        """The text of the page, in one line."""
        return " ".join(self.page.locator("main").inner_text().split())

    def sign_in(self) -> None:
        self.page.goto("/desk/")
        self.page.fill("input[name=username]", "admin")
        self.page.fill("input[name=password]", self.installation.password)
        self.page.click("button[type=submit]")
        self.page.wait_for_url("**/desk/**")
        self.complaints.clear()  # Airflow's own form

    def go(self, path: str) -> None:
        answer = self.page.goto(f"/desk{path}")
        assert answer.status == 200, path
        self.look(path.strip("/").replace("/", "-") or "today")

    def look(self, name: str) -> None:
        """The page is in the reader's language and whole at either width."""
        page = self.page
        assert page.locator("html").get_attribute("lang") == self.locale, page.url
        for width in (390, 1400):
            page.set_viewport_size({"width": width, "height": 900})
            wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wider <= 0, f"{page.url} is {wider} pixels too wide at {width}"
            assert page.evaluate(BROKEN) == [], f"numbers and dates that are broken at {width} on {page.url}"
            if PICTURES:
                page.screenshot(path=Path(PICTURES) / f"{self.locale}-{name}-{width}.png", full_page=True)

    def ended(self, name: str) -> None:
        """Follow the page of a run until it has succeeded."""
        self.page.locator("#state[data-state=success]").wait_for()
        self.look(name)

    def again(self, what: str, found: Callable[[], bool]) -> None:
        """Load the page again, as it says, until something is there."""
        for _ in range(int(patience.SECONDS)):
            if found():
                return
            self.page.wait_for_timeout(1000)
            self.page.reload()
        raise AssertionError(f"{what}: not on {self.page.url}")

    def find(self, address: str) -> None:
        """The customer's page, by an address that the shop knows."""
        self.go("/customer")
        form = self.page.locator("form:has(input[value=address])")
        form.locator("input[name=text]").fill(address)
        form.locator("button").click()


@pytest.fixture(scope="module")
def said_no() -> dict[str, str]:
    """Whoever wants nothing any more: an address of the first export -> why a later campaign leaves them out."""
    return {}


@pytest.fixture
def operator(installation: Installation, chromium: Browser) -> Iterator[Callable[[str], Operator]]:
    """Somebody who has signed in at the desk, whose browser speaks a language."""
    contexts = []

    def at_the_desk(locale: str) -> Operator:
        context = chromium.new_context(base_url=installation.origin, locale=locale)
        context.set_default_timeout(patience.SECONDS * 1000)
        contexts.append(context)
        made = Operator(context.new_page(), installation, locale)
        made.sign_in()
        return made

    yield at_the_desk
    for context in contexts:
        context.close()


def new_campaign(at: Operator, name: str, titles: dict[str, str], day: str, region: str = "") -> None:
    """*New campaign*: counted, reviewed and saved."""
    page = at.page
    at.go("/new")
    for locale, title in titles.items():
        page.fill(f"[name='title.{locale}']", title)
    page.fill("[name=campaign]", name)
    if region:
        page.click("details:has([name='audience.region']) > summary")
        page.fill("textarea[name='audience.region']", region)
    page.check("input[name=template][value=winter]")
    page.select_option("select[name=channels]", "email,sms")
    page.check("#f-when-once")
    holdout = "10" if region else "0"
    for field, value in {"once": day, "send_at": "00:00", "send_by": "23:59", "holdout": holdout}.items():
        page.fill(f"input[name={field}]", value)
    page.click("#do-count")
    customers = own_shop.CUSTOMERS // 2 if region else own_shop.CUSTOMERS
    assert str(customers) in page.locator("#count").inner_text()
    at.look(f"{name}-new")
    page.click("#do-review")
    at.look(f"{name}-review")
    assert region in at.main
    page.click("#do-save")
    page.wait_for_url(f"**/desk/campaigns/{name}*")


@pytest.mark.parametrize(
    "locale", [pytest.param(each, marks=[] if each == "en" else [pytest.mark.proof]) for each in CAMPAIGNS]
)
def test_a_new_operator_goes_the_whole_way(installation: Installation, operator, said_no, locale: str) -> None:
    at = operator(locale)
    for path in ("/", "/calendar", "/campaigns", "/segments", "/results"):
        at.go(path)
    new_campaign(at, at.campaign, at.titles, shop.TODAY.isoformat(), own_shop.REGIONS[locale])
    at.look("saved")
    if locale == "en":
        tomorrow = shop.TODAY + datetime.timedelta(days=1)
        new_campaign(at, LATER, {"en": "Tea for all", "zh-CN": "大家的茶"}, tomorrow.isoformat())
    looks_at_it_first(at)
    sends_it(at)
    written = installation.outbox(at.campaign)
    (mailed, erased, *_), (texted, *_) = (
        [address for address in written if ("@" in address) is is_mail] for is_mail in (True, False)
    )
    unsubscribes(at, mailed, written[mailed])
    replies(at, texted)
    is_erased(at, erased, written[erased])
    said_no |= {mailed: "opt_out", texted: "opt_out", erased: "no_consent"}
    reads_the_result(at)
    at.go("/")
    assert at.complaints == []


def test_whoever_said_no_is_written_to_at_no_later_address(installation: Installation, operator, said_no) -> None:
    assert said_no
    assert len(said_no) % 3 == 0, "in each language one customer opted out by link, one by reply, one was erased"
    at = operator("en")
    moved = {own_shop.number(address) for address in said_no}
    load(installation, own_shop.export(installation.home.folder / "exports-of-today", moved))
    at.go(f"/campaigns/{LATER}")
    at.page.click("#dry-run")
    at.ended("dry-run-later")
    assert f"{at.words('why.opt_out')} {list(said_no.values()).count('opt_out')}" in at.main
    decided = installation.planned(LATER)
    keys = f"select n, crm.key64('{own_shop.NAME}', 'C' || n)::text from generate_series(1, {own_shop.CUSTOMERS}) as n"
    by_number = {number: decided.get(key) for number, key in installation.ask(keys)}
    for address, reason in said_no.items():
        assert by_number.pop(own_shop.number(address)) == ("exclude", reason)
    assert set(by_number.values()) == {("include", "")}, "everybody else is written to"


def looks_at_it_first(at: Operator) -> None:
    """Dry run and test send, once Airflow has read the new declaration: within a minute, the page says."""
    page = at.page
    at.go(f"/campaigns/{at.campaign}")
    at.again("the DAG", lambda: page.locator("#not-read-yet").count() == 0)
    assert page.input_value("#dry-run-date") == shop.LAST.isoformat(), "the date on which it is due"
    page.click("#dry-run")
    at.ended("dry-run")
    assert at.titles[at.locale] in page.locator("h1").inner_text()

    def started() -> bool:
        page.goto(f"/desk/campaigns/{at.campaign}")
        page.click("#test-send")
        return page.locator("#said").count() == 0  # "Airflow does not know this campaign yet": its list of tests

    at.again("the test", started)
    at.ended("test-send")
    (file,) = at.installation.outbox(f"test-{at.campaign}").values()
    assert str(file) == page.locator("#outbox code").inner_text(), "the page says where the test is"


def sends_it(at: Operator) -> None:
    """*Run for real*, approval, outbox."""
    page = at.page
    at.go(f"/campaigns/{at.campaign}")
    page.click("#to-trigger")
    at.look("trigger")
    page.click("#trigger")
    page.locator("#approve").wait_for()
    at.look("question")
    assert at.installation.outbox(at.campaign) == {}, "nothing leaves before somebody approved it"
    at.installation.machine().read(at.campaign, shop.LAST.isoformat())
    page.click("#approve")
    at.ended("run")
    at.go(f"/campaigns/{at.campaign}")
    at.go("/")
    sent = at.installation.ask(f"select count(*) from crm.message where campaign = '{at.campaign}'")
    assert sent == [(len(at.installation.outbox(at.campaign)),)]
    assert at.words("today.gone", done=sent[0][0], messages=sent[0][0]) in at.main


def unsubscribes(at: Operator, address: str, file: Path) -> None:
    """The customer opens the link of the mail, in the mail's language, and wants nothing any more."""
    page, says = at.page, open_pages._texts(at.locale)
    page.goto(unsubscribe_link(file))
    assert page.locator("html").get_attribute("lang") == at.locale
    page.get_by_text(says["all"], exact=True).click()
    page.get_by_role("button", name=says["button"]).click()
    page.get_by_role("heading", name=says["done_head"]).wait_for()
    at.look("unsubscribe-page")
    at.find(address)
    at.look("unsubscribed")
    assert page.locator(".reach .badge.bad").count() == 2, "neither e-mail nor SMS"
    assert at.words("customer_why_not.opt_out") in at.main


def replies(at: Operator, number: str) -> None:
    """Answers to the SMS, as a gateway exports them."""
    file = at.installation.home.folder / "replies.csv"
    file.write_text(f"mobile,text,time\n{number},{REPLIES[at.locale]},{shop.NOW.isoformat()}\n")
    assert "1 replies, 1 of them opt-outs, 1 of these new" in at.installation.make("replies", FILE=str(file))
    at.find(number)
    at.look("replied")
    assert at.words("customer_why_not.opt_out") in at.main


def is_erased(at: Operator, address: str, file: Path) -> None:
    """By request, on the customer's page: the person goes from there, and from the outbox."""
    page = at.page
    at.find(address)
    name = page.locator("h1").inner_text()
    at.look("customer")
    page.locator("a.danger").click()
    page.check("[name=confirmed]")
    at.look("erase")
    page.locator("form:has([name=confirmed]) button").click()
    at.look("erasing")
    at.again("the erasure", lambda: not file.exists() and page.locator("#erased").count() == 1)
    at.look("erased")
    assert name not in page.content()
    assert address not in page.content()
    assert str(own_shop.number(address)) not in page.locator("h1").inner_text()
    at.find(address)
    at.look("nobody")
    assert at.words("customer.nobody") in at.main
    assert address not in page.content()


def reads_the_result(at: Operator) -> None:
    """Evaluated before its window has closed: it says so, and nothing is called proven."""
    page, title = at.page, at.titles[at.locale]
    at.go("/results")
    page.click("#evaluate")
    at.look("evaluating")
    at.again("the result", lambda: title in at.main)
    at.look("results-after")
    page.get_by_role("link", name=title).first.click()
    at.look("result")
    assert ReportWords(at.locale)("said_open_until", date="|").partition("|")[2] in at.main
    assert page.locator("main .badge.good").count() == 0, "nothing is called proven"
