"""A deadline is for the whole request, not for each byte."""

from __future__ import annotations

import pytest

from rollback_gov.sources.deadline import Connection
from tests.sources.web import Web


def test_a_deadline_that_has_passed_ends_the_request_before_it_begins(web: Web) -> None:
    connection = Connection("127.0.0.1", web.server_port, tls=None)
    connection.expect_within(5)
    connection.expect_within(-1)
    with pytest.raises(TimeoutError):
        connection.http.request("GET", "/")
    connection.close()


def test_a_connection_knows_whether_the_other_side_is_still_there(web: Web) -> None:
    web.text("/a", "1")
    connection = Connection("127.0.0.1", web.server_port, tls=None)
    connection.expect_within(5)
    assert not connection.has_hung_up
    connection.http.request("GET", "/a")
    connection.http.getresponse().read()
    assert not connection.has_hung_up
    connection.close()
