"""How a joiner talks to a server: the CA by its hash first, the password only over that CA."""
import base64
import hashlib
import http.client
import json
import ssl
from typing import Any
from urllib.parse import urlsplit

from settings import Fatal, Settings


def get(url: str, path: str, tls: ssl.SSLContext, user: str = '', password: str = '', node: str = '') -> bytes:
    """The body of a GET. Fatal if it cannot be fetched."""
    where = urlsplit(url)
    connection = http.client.HTTPSConnection(
        where.hostname or '', where.port or 6443, timeout=10, context=tls)
    headers = {'k3s-node-name': node}
    if user:
        headers['Authorization'] = 'Basic ' + base64.b64encode(f'{user}:{password}'.encode()).decode()
    try:
        connection.request('GET', path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
    except OSError as error:
        raise Fatal(f'failed to get {url}{path}: {error}') from error
    finally:
        connection.close()
    if answer.status != 200:
        words = body.decode(errors='replace').strip()
        raise Fatal(f'{url}{path}: {answer.status} {words}')
    return body


def anyone() -> ssl.SSLContext:
    """TLS with anybody who answers."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.check_hostname = False
    tls.verify_mode = ssl.CERT_NONE
    return tls


def trusted(settings: Settings) -> ssl.SSLContext:
    """TLS that accepts the cluster's CA only, which must have the hash that the token says."""
    ca = get(settings.text('server'), '/cacerts', anyone())
    found, wanted = hashlib.sha256(ca).hexdigest(), settings.ca_hash
    if wanted and found != wanted:
        raise Fatal(
            f'token CA hash does not match the Cluster CA certificate hash: {wanted} != {found}')
    return ssl.create_default_context(cadata=ca.decode())


def get_json(settings: Settings, tls: ssl.SSLContext, path: str) -> Any:
    """A JSON answer to a server's question."""
    return json.loads(get(settings.text('server'), path, tls, 'server', settings.password))


def compare_settings(settings: Settings, tls: ssl.SSLContext) -> None:
    """What all servers must have alike. Asked as an agent would, so the agents' tokens must be alike, too (the newest
    k3s only warns). Fatal where something differs."""
    try:
        body = get(settings.text('server'), '/v1-k3s/config', tls, 'node', settings.node_password)
    except Fatal as error:
        raise Fatal(f'failed to validate server configuration: {error}') from error
    if json.loads(body) != settings.critical:
        raise Fatal('critical configuration value mismatch between servers')
