"""Where the explorer listens, and for whom."""

import socket

import pytest

from graineye.errors import GraineyeError, SettingsError
from graineye.explorer.serving import place_for, server_for


def test_by_default_only_this_machine_can_connect() -> None:
    place = place_for(0)
    assert place.address == "127.0.0.1"
    assert place.origins(5006) == ["127.0.0.1:5006", "localhost:5006"]
    assert place.url(5006) == "http://127.0.0.1:5006/"


def test_other_hosts_need_a_token_that_is_new_each_time() -> None:
    first, second = place_for(5006, ["lab.example.org"]), place_for(5006, ["lab.example.org"])
    assert first.address == "0.0.0.0"  # noqa: S104
    assert len(first.token) >= 32
    assert first.token != second.token
    assert "lab.example.org:5006" in first.origins(5006)
    assert first.url(5006) == f"http://lab.example.org:5006/{first.token}/"


@pytest.mark.parametrize("host", ["*", "", "a/b", "host:80", "<script>"])
def test_patterns_are_no_hosts(host: str, refused) -> None:
    with refused(SettingsError, "--allow"):
        place_for(0, [host])


def test_a_port_out_of_range_is_refused(refused) -> None:
    with refused(SettingsError, "--port", 70000):
        place_for(70000)


def test_a_port_that_is_taken_is_said(refused) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with refused(GraineyeError, port, "--port"):
            server_for(lambda: None, place_for(port), "title")
