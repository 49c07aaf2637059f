"""How long a server asks to be left alone: what it writes there is anything at all."""

from __future__ import annotations

import pytest

from nextword.network.failures import LONGEST_WAIT_SECONDS, asked_wait


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0.0),
        ({"retry-after": " 7 "}, 7.0),
        ({"retry-after": "9" * 400}, LONGEST_WAIT_SECONDS),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "²"}, 0.0),
        ({"retry-after": "soon"}, 0.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"}, LONGEST_WAIT_SECONDS),
        ({"ratelimit": '"api";r=0;t=55'}, 55.0),
        ({"ratelimit": '"api";r=0;t=³'}, 0.0),
    ],
)
def test_any_header_is_a_number_of_seconds(headers: dict[str, str], seconds: float) -> None:
    assert asked_wait(headers) == seconds
