"""The public address that links of messages lead to: where it is, and whether it is ours.

It is ``footer.unsubscribe_url``, else the page of the Airflow that runs the task. Before messages leave, the link is
opened once with a signed id of no message; our page answers with its own signature, so that another port's site, or
one with another key, is noticed. The address is a setting, and this process opens it: of private networks only this
machine itself is reached, and no redirect is followed.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from crm.messages import links
from crm.messages.gate import SendRefused
from crm.messages.tokens import Signer

if TYPE_CHECKING:
    from crm.business import Business

#: Ids of the ledger are hexadecimal: these can never be among them.
ASKED, ANSWERED = "link-check", "link-checked"
SECONDS = 10.0
SETTING = "business.yaml: footer.unsubscribe_url"
#: Where tasks reach the API server of their own Airflow, which may not be where people do (containers).
INSIDE = "AIRFLOW__CORE__EXECUTION_API_SERVER_URL"


class SiteAway(Exception):
    """The public address does not open now; it may in a minute."""


def answer(message_id: str) -> str | None:
    """What our page answers to the check; None to every other link."""
    return Signer.from_connection().token(ANSWERED) if message_id == ASKED else None


def check(business: Business) -> None:
    """Open the link once, before anything leaves.

    :raises SendRefused: there is no address, it leads into a private network, or it is not our page
    :raises SiteAway: nothing opens there
    """
    page = links.opt_out_page(business)
    if page is None:
        raise SendRefused(
            f"{SETTING} is missing: give the public address of the unsubscribe page, "
            "or run Airflow with api.base_url set (AIRFLOW__API__BASE_URL)"
        )
    own = _inside(page) if business.footer.unsubscribe_url is None else None
    signer = Signer.from_connection()
    before, after = links.around(own or page, links.TOKEN)
    status, body = _opened(signer.token(ASKED).join((before, after)), page, is_own=own is not None)
    if status != 200 or body.strip() != signer.token(ANSWERED):
        raise SendRefused(
            f"{SETTING}: {page} answers (HTTP {status}), but it is not this shop's unsubscribe page, or its key of "
            "crm_links is another: links of messages would be dead. Give the address of this installation"
        )


def _inside(page: str) -> str | None:
    """The page as tasks reach it, where it is that of our own Airflow."""
    inside = os.environ.get(INSIDE)
    return urlunsplit((*urlsplit(inside)[:2], urlsplit(page).path, "", "")) if inside else None


def _opened(url: str, page: str, *, is_own: bool) -> tuple[int, str]:
    import httpx

    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        reached = _allowed(host, port, page) if not is_own else host
        if is_own or _by_proxy(parts.scheme, host):
            found = httpx.get(url, timeout=SECONDS)
        else:
            # The very address that was looked at: a name may answer otherwise the next time.
            named = f"[{reached}]" if ":" in reached else reached
            pinned = urlunsplit(parts._replace(netloc=f"{named}:{port}"))
            with httpx.Client(timeout=SECONDS, trust_env=False) as client:
                found = client.get(pinned, headers={"Host": parts.netloc}, extensions={"sni_hostname": host})
        return found.status_code, found.text[:1000]
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        raise SiteAway(
            f"{SETTING}: {page} does not open ({type(error).__name__}): give the address at which customers reach "
            "this installation, or start its web server"
        ) from None


def _allowed(host: str, port: int, page: str) -> str:
    """The first address of ``host``; all of them must be public, or this machine's own."""
    addresses = [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not all(_is_public(each) or _is_own(each) for each in addresses):
        raise SendRefused(
            f"{SETTING}: {page} leads into a private network, which no customer reaches: give the public address"
        )
    return addresses[0]


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_global and not found.is_multicast


def _is_own(address: str) -> bool:
    """Whether it is an address of this machine: only those can be listened on."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    if ipaddress.ip_address(address.partition("%")[0]).is_unspecified:
        return False
    with socket.socket(family) as tried:
        try:
            tried.bind((address, 0))
        except OSError:
            return False
    return True


def _by_proxy(scheme: str, host: str) -> bool:
    from urllib.request import getproxies, proxy_bypass

    return scheme in getproxies() and not proxy_bypass(host)
