"""One GET over TLS, with a bound on its size and on all of its time."""
import base64
import http.client
import socket
import ssl
import threading
from typing import Dict, Optional, Tuple

MOST_BYTES = 256 * 1024
SECONDS = 5.0


class Failed(Exception):
    """No usable answer; the text says why. `status`: of HTTP, where it is that; else 0."""

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status


def get(
    address: str,
    port: int,
    path: str,
    tls: ssl.SSLContext,
    credentials: Optional[Tuple[str, str]] = None,
    seconds: float = SECONDS,
) -> bytes:
    """The body of a 200.

    `credentials` (user, password) are sent only after the TLS handshake has gone through, so only to
    whom `tls` trusts. Raises Failed.
    """
    connection = http.client.HTTPSConnection(address, port, timeout=seconds, context=tls)
    # A server that sends a byte now and then must not hold us longer than a silent one.
    deadline = threading.Timer(seconds, _cut, [connection])
    deadline.daemon = True
    deadline.start()
    try:
        connection.request('GET', path, headers=_headers(credentials))
        answer = connection.getresponse()
        body = answer.read(MOST_BYTES + 1)
    except (OSError, http.client.HTTPException, ValueError, AttributeError) as fault:
        raise Failed(f'{path}: {type(fault).__name__}: {fault}') from fault
    finally:
        deadline.cancel()
        connection.close()
    if answer.status != 200:
        raise Failed(f'{path}: answered {answer.status}', answer.status)
    if len(body) > MOST_BYTES:
        raise Failed(f'{path}: answered with more than {MOST_BYTES} bytes')
    return body


def _headers(credentials: Optional[Tuple[str, str]]) -> Dict[str, str]:
    if credentials is None:
        return {}
    return {'Authorization': 'Basic ' + base64.b64encode(':'.join(credentials).encode()).decode()}


def _cut(connection: http.client.HTTPSConnection) -> None:
    try:
        connection.sock.shutdown(socket.SHUT_RDWR)
    except (OSError, AttributeError):
        pass


def trusting_nobody() -> ssl.SSLContext:
    """TLS with anybody who answers: for what is public and verified by its hash."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.check_hostname = False
    tls.verify_mode = ssl.CERT_NONE
    return tls


def trusting(ca: str) -> ssl.SSLContext:
    """TLS only with servers that this CA has signed. Raises Failed."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        tls.load_verify_locations(cadata=ca)
    except (ssl.SSLError, ValueError) as fault:
        raise Failed(f'not a CA certificate: {fault}') from fault
    return tls
