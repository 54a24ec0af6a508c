"""Addresses in their one normal form, from which the contact key is made."""

from __future__ import annotations

import hashlib
import re
import uuid

#: Any run of asterisks is a mask (``t**1``, ``138****1234``): the value is missing.
MASKED = r"[*＊]"
#: Addresses that need no further look: email-validator accepts each of them as it is (a test compares).
_SIMPLE = re.compile(
    r"(?=.{1,64}@)(?=.{6,254}$)[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9]|-(?!-)){0,60}[a-z0-9]\.|[a-z0-9]\.)+(?:com|net|org|cn|uk|de|fr|eu|jp|us|ca|au|io)"
)
_MASK = re.compile(MASKED)
#: Places of ISO 3166 that have no telephone numbers of their own.
_WITHOUT_NUMBERS = {"AQ", "BV", "GS", "HM", "PN", "TF", "UM"}


def masked(text: str) -> bool:
    """True for ``t**1`` or ``138****1234``: what it hides is missing."""
    return bool(_MASK.search(text))


def email(text: str) -> str | None:
    """The normalised e-mail address in lower case; None where it is malformed or masked. No DNS is asked."""
    lowered = text.strip().lower()
    if _SIMPLE.fullmatch(lowered):
        return lowered
    if masked(lowered):
        return None
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(lowered, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return None


def ascii_domain(address: str) -> str:
    """The address with its domain as mail servers know it: ``user@münchen.de`` is ``user@xn--mnchen-3ya.de``.

    A local part keeps its letters: nothing else names the same mailbox.
    """
    if address.isascii():
        return address
    import idna

    local, at, domain = address.rpartition("@")
    try:
        return f"{local}{at}{idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError:
        return address


def mobile(text: str, country: str, *, any_type: bool = False) -> str | None:
    """The number in E.164; None where it is malformed, masked, or (unless ``any_type``) of a landline.

    :param country: ISO 3166 country of numbers that are written without a country code
    """
    import phonenumbers
    from phonenumbers import PhoneNumberType as Type

    if masked(text):
        return None
    try:
        parsed = phonenumbers.parse(text.strip().lstrip("'"), country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed) or parsed.extension:
        return None
    can_receive = (Type.MOBILE, Type.FIXED_LINE_OR_MOBILE)
    if not any_type and phonenumbers.number_type(parsed) not in can_receive:
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def contact_key(channel: str, address: str) -> str:
    """The key of a normalised address, as ``crm.contact_key`` of the warehouse makes it."""
    return str(uuid.UUID(hashlib.md5(f"{channel}:{address}".encode(), usedforsecurity=False).hexdigest()))


def country(text: str) -> str | None:
    """The ISO 3166 code in capitals, or None where there is no such country (``UK`` is none, it is ``GB``)."""
    from phonenumbers import SUPPORTED_REGIONS

    code = text.strip().upper()
    return code if code in SUPPORTED_REGIONS or code in _WITHOUT_NUMBERS else None
