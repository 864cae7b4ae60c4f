from __future__ import annotations

import logging
import unicodedata

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.contact import EmailAddress, NotAnEmailAddress, NotAPhoneNumber, PhoneNumber
from domain.errors import DomainError

# Phone numbers


@pytest.mark.parametrize(
    ("text", "region", "value"),
    [
        ("+254712345678", None, "+254712345678"),
        ("+254 712 345 678", None, "+254712345678"),
        ("+254 (0)712-345.678", None, "+254712345678"),
        ("0712 345 678", "KE", "+254712345678"),
        ("0110 123 456", "KE", "+254110123456"),
        ("712345678", "KE", "+254712345678"),
        ("+255 754 123 456", "KE", "+255754123456"),
        ("0772 123456", "UG", "+256772123456"),
        ("0754/123/456", "TZ", "+255754123456"),
        ("000256772123456", "KE", "+256772123456"),
        ("  +250 788 123 456\n", None, "+250788123456"),
        ("+254\u00a0712\u00a0345\u00a0678", None, "+254712345678"),
        ("\u0660\u0669\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668", "SD", "+249912345678"),
    ],
)
def test_a_phone_number_is_read_as_people_write_it(text: str, region: str | None, value: str) -> None:
    assert PhoneNumber.parse(text, region) == PhoneNumber(value)


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("", "KE"), ("+", "KE"), ("0712345678", None), ("0712345678", "XX"), ("0712345", "KE"),
        ("+2547123456789", None),
        ("+254000000000", None), ("+999712345678", None), ("+254 712 345 678 ext. 5", None),
        ("+254712345678;ext=5", None),
        ("tel:+254712345678", None), ("+1 800 FLOWERS", None), ("0712345678 or 0733123456", "KE"),
        ("++254712345678", None),
        ("+254712345678\x00", None), ("999", "KE"), ("*144#", "KE"), ("0" * 100_000, "KE"),
        ("0712" + "-" * 40 + "345678", "KE"), ("07123\n45678", "KE"),
    ],
)  # fmt: skip
def test_what_is_no_phone_number_is_refused(text: str, region: str | None) -> None:
    with pytest.raises(NotAPhoneNumber):
        PhoneNumber.parse(text, region)


@pytest.mark.parametrize("value", ["", "254712345678", "+0712345678", "+254 712345678", "+25471", "+" + "1" * 16])
def test_a_stored_number_has_the_form_of_e_164(value: str) -> None:
    with pytest.raises(NotAPhoneNumber):
        PhoneNumber(value)


def test_a_number_out_of_use_stays_readable_where_it_was_stored() -> None:
    assert PhoneNumber("+254000000000").value == "+254000000000"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("+254712345678", "PhoneNumber(+254…678)"),
        ("+12015550123", "PhoneNumber(+1…123)"),
        ("+27821234567", "PhoneNumber(+27…567)"),
        ("+999712345678", "PhoneNumber(+…678)"),
    ],
)
def test_a_printed_phone_number_is_masked(value: str, shown: str) -> None:
    number = PhoneNumber(value)
    assert [repr(number), str(number), f"{number}", f"{[number]}"] == [shown, shown, shown, f"[{shown}]"]


REGIONS = ["KE", "UG", "TZ", "RW", "BI", "CD", "SS", "ET", "SO", "NG", "GH", "IN", "US", "GB"]


@given(st.sampled_from(REGIONS), st.integers(0, 10**10))
def test_a_valid_number_reads_back_from_every_form(region: str, offset: int) -> None:
    example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    assert example is not None
    assert example.national_number is not None
    digits = len(str(example.national_number))
    example.national_number = example.national_number // 10**4 * 10**4 + offset % 10**4
    if len(str(example.national_number)) != digits or not phonenumbers.is_valid_number(example):
        return
    formats = phonenumbers.PhoneNumberFormat
    value = phonenumbers.format_number(example, formats.E164)
    for form in (formats.E164, formats.INTERNATIONAL, formats.NATIONAL):
        assert PhoneNumber.parse(phonenumbers.format_number(example, form), region).value == value
    assert value[4:-3] not in repr(PhoneNumber(value))


@given(st.text(alphabet="+0123456789 ()-./\u0661x;", max_size=45), st.sampled_from([None, "KE", "US"]))
def test_any_text_is_a_number_in_e_164_or_refused(text: str, region: str | None) -> None:
    try:
        number = PhoneNumber.parse(text, region)
    except DomainError:
        return
    assert PhoneNumber.parse(number.value) == number


# E-mail addresses


@pytest.mark.parametrize(
    ("text", "value", "lookup"),
    [
        ("amina@example.org", "amina@example.org", "amina@example.org"),
        (" Amina.Wanjiru+Chama@Example.ORG ", "Amina.Wanjiru+Chama@Example.ORG", "amina.wanjiru+chama@example.org"),
        ("o'brien_2@mail.co.ke", "o'brien_2@mail.co.ke", "o'brien_2@mail.co.ke"),
        ("Jose\u0301@ejemplo.es", "Jos\u00e9@ejemplo.es", "jos\u00e9@ejemplo.es"),
        ("info@B\u00dccher.example", "info@B\u00dccher.example", "info@b\u00fccher.example"),
        ("a@b.xn--p1ai", "a@b.xn--p1ai", "a@b.xn--p1ai"),
        ("x" * 64 + "@example.org", "x" * 64 + "@example.org", "x" * 64 + "@example.org"),
    ],
)
def test_an_address_is_kept_as_written_and_found_in_small_letters(text: str, value: str, lookup: str) -> None:
    address = EmailAddress.parse(text)
    assert (address.value, address.lookup) == (value, lookup)


@pytest.mark.parametrize(
    "text",
    [
        "", "@", "amina", "amina@", "@example.org", "amina@example", "a@b@example.org", "a b@example.org",
        ".a@example.org",
        "a.@example.org", "a..b@example.org", "a@.org", "a@example..org", "a@example.org.", "a@-example.org",
        "a@example-.org", "a@[127.0.0.1]", "a@127.0.0.1", '"a b"@example.org', "a@exam_ple.org", "a,b@example.org",
        "Amina <a@example.org>", "a@example.org\nBcc: b@example.org", "a\x00@example.org", "a\u202e@example.org",
        "a\u200b@example.org", "a\ud800@example.org", "a@ex\u00a0ample.org", "x" * 65 + "@example.org",
        "\u00e9" * 33 + "@example.org", "a@" + "b" * 64 + ".org", "a@" + "b." * 126 + "org", "a" * 1_000_000,
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(NotAnEmailAddress):
        EmailAddress.parse(text)


def test_an_address_of_254_bytes_is_the_longest() -> None:
    domain = "b" * 63 + "." + "c" * 63 + "." + "d" * 57 + ".org"
    assert len("a" * 64 + "@" + domain) == 254
    assert EmailAddress("a" * 64 + "@" + domain).value.endswith(".org")
    with pytest.raises(NotAnEmailAddress):
        EmailAddress("a" * 64 + "@" + domain.replace("d.org", "dd.org"))


def test_an_address_that_is_not_in_normal_form_is_not_made() -> None:
    with pytest.raises(NotAnEmailAddress):
        EmailAddress("Jose\u0301@ejemplo.es")


@given(st.emails())
def test_addresses_read_and_their_lookup_is_stable(text: str) -> None:
    address = EmailAddress.parse(text)
    assert address.value == text
    assert EmailAddress.parse(text.upper()).lookup == address.lookup
    assert EmailAddress(address.lookup).lookup == address.lookup


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_is_an_address_or_refused(local: str, domain: str) -> None:
    try:
        address = EmailAddress.parse(f"{local}@{domain}.org")
    except DomainError:
        return
    assert address.value.count("@") == 1
    assert unicodedata.is_normalized("NFC", address.lookup)
    assert not any(character.isspace() for character in address.value)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("amina@example.org", "EmailAddress(a…@example.org)"),
        ("a@example.org", "EmailAddress(…@example.org)"),
    ],
)
def test_a_printed_address_is_masked(value: str, shown: str, caplog: pytest.LogCaptureFixture) -> None:
    address = EmailAddress(value)
    logging.getLogger("test").warning("sent to %s", address)
    assert [repr(address), f"{address}"] == [shown, shown]
    assert caplog.messages == [f"sent to {shown}"]
