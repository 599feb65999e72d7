"""Where the explorer can be reached: on this machine alone, or from named hosts with a token that nobody can guess.

A page of another origin cannot open the explorer's websocket, and without the token other hosts find nothing at all.
"""

import os
import secrets
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from graineye.errors import GraineyeError, SettingsError

_HERE = "127.0.0.1"
_EVERYWHERE = "0.0.0.0"  # noqa: S104  only when hosts were named, and with a token
_TOKEN_BYTES = 24


@dataclass(frozen=True)
class Place:
    """Where to listen, and for whom.

    Attributes
    ----------
    address
        Of the network interface.
    port
        To listen on; 0 for any that is free.
    hosts
        By which names browsers reach the explorer.
    token
        First part of every path; empty where only this machine can connect.
    """

    address: str
    port: int
    hosts: tuple[str, ...]
    token: str

    def origins(self, port: int) -> list[str]:
        """Of pages that may open a websocket."""
        return [f"{host}:{port}" for host in self.hosts]

    def url(self, port: int) -> str:
        """Of the page."""
        host = self.hosts[-1] if self.token else _HERE
        return f"http://{host}:{port}/{self.token}{'/' if self.token else ''}"


def place_for(port: int, allow: Sequence[str] = ()) -> Place:
    """Where to listen.

    Parameters
    ----------
    port
        0 for any that is free.
    allow
        Names or addresses of this machine that other hosts' browsers use; none for this machine alone.

    Raises
    ------
    SettingsError
        If a port is out of range, or a host is no plain name.
    """
    if not 0 <= port <= 65535:
        raise SettingsError(f"--port is {port}: choose one between 1 and 65535, or 0 for any that is free")
    for host in allow:
        if not host or not all(part.isalnum() or part in ".-_" for part in host):
            raise SettingsError(f"--allow is {host!r}: give a host's name or address without port, and no pattern")
    own = (_HERE, "localhost")
    if not allow:
        return Place(_HERE, port, own, "")
    return Place(_EVERYWHERE, port, (*own, *allow), secrets.token_urlsafe(_TOKEN_BYTES))


def server_for(page: Callable[[], Any], place: Place, title: str) -> Any:
    """A server that is listening, on tornado's present loop, but not yet serving.

    Parameters
    ----------
    page
        Makes the page of each visitor.
    place
        Where to listen.
    title
        Of the browser's tab.

    Raises
    ------
    GraineyeError
        If the port is taken.
    """
    from panel.io.server import get_server

    port = _free_port(place)
    return get_server(
        page,
        port=port,
        address=place.address,
        websocket_origin=place.origins(port),
        title=title,
        show=False,
        start=False,
        verbose=False,
        prefix=place.token,
    )


def _free_port(place: Place) -> int:
    """The port to listen on, which is free at this moment."""
    with socket.socket() as probe:
        if os.name != "nt":  # there it would take a port that somebody else listens on
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((place.address, place.port))
        except OSError as error:
            raise GraineyeError(
                f"port {place.port} of {place.address} cannot be had ({error.strerror}): choose another with --port"
            ) from error
        return int(probe.getsockname()[1])
