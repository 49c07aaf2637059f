"""Addresses: which may be links, and what is said of where they lead."""

from __future__ import annotations

import pytest

from nextword.chat.markup.links import allowed_address, destination


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "JAVASCRIPT:x", "file:///etc/passwd", "data:text/html,x", "ftp://a.example", "//a.example",
     "http:", "http://", "https:///path", "mailto:", "", "x", "http://a\nb", "http://[::1", "https://a.example\\@b.example",
     "http://a.example/\u202egnp.exe", "https://" + "a" * 5000],
)  # fmt: skip
def test_these_are_no_links(address: str) -> None:
    assert not allowed_address(address)


@pytest.mark.parametrize(
    "address", ["https://a.example", "HTTP://a.example/b?c#d", "mailto:a@b.example", "http://[::1]/"]
)
def test_these_are_links(address: str) -> None:
    assert allowed_address(address)


def test_the_host_is_not_what_stands_before_the_at_sign() -> None:
    assert destination("https://www.bank.example@evil.example/login").host == "evil.example"


def test_a_name_in_punycode_is_shown_decoded_and_raw() -> None:
    found = destination("https://xn--bcher-kva.example/x")
    assert (found.host, found.raw_host) == ("bücher.example", "xn--bcher-kva.example")
    assert destination("https://bücher.example/").raw_host == "xn--bcher-kva.example"


def test_mixed_scripts_are_told() -> None:
    assert destination("https://\u0440aypal.example/").mixed  # a Cyrillic letter in front
    assert not destination("https://paypal.example/").mixed


def test_letters_that_cannot_be_seen_are_not_decoded() -> None:
    hidden = "xn--" + "a\u200db".encode("punycode").decode() + ".example"
    assert destination(f"https://{hidden}/").host == hidden


def test_a_mail_leads_to_the_host_of_its_address() -> None:
    assert destination("mailto:anna%40b.example").host == "b.example"
