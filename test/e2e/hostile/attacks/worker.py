#!/usr/bin/env python3
"""A worker that speaks as a server: worker.py SECRETS SERVER-NAME OTHER-WORKER ADDRESS…

With the secrets of one agent it says everything that peers say to the servers at these addresses, as a server and as
another agent, under its own key; and asks their k3s for what only servers get. Prints what it said, and what it got, as
JSON.
"""
import base64
import http.client
import itertools
import json
import socket
import ssl
import sys
import time
from typing import Dict, Iterator, List, Tuple

from join import wire
from join.messages import Accept, Body, Hello, Message, Prepare, Promise, Refuse, Voted

UUID, INCARNATION = 'ffffffff-0000-4000-8000-00000000e411', 'e4' * 8
PAUSE = 0.05
"""Below what the servers process from one address."""
PATHS = ('/db/info', '/v1-k3s/server-bootstrap')


def bodies() -> Iterator[Body]:
    """One of each kind, and every standing that is not an agent's."""
    ballot, value = (9, UUID), ('n1', UUID)
    for standing in ('blank', 'founding', 'member', 'former'):
        yield Hello(1, standing, 1, True, True, (1, 'a' * 64), value, ())
    yield Prepare(1, ballot)
    yield Promise(1, ballot, (ballot, value))
    yield Accept(1, ballot, value)
    yield Voted(1, ballot)
    yield Refuse(1, ballot, 9, 'founded')


def claims(own: str, server: str, other: str) -> Iterator[Tuple[str, str, Body]]:
    """The envelope's name (empty: as between servers), the sender's name, and what is said."""
    for envelope, sender in itertools.product(('', own, server, other), (own, server, other)):
        for body in bodies():
            yield envelope, sender, body
        if (envelope, sender) != (own, own):
            yield envelope, sender, Hello(1, 'agent', 0, False, False, None, None, ())


def speak(secrets: Dict[str, str], server: str, other: str, addresses: List[str]) -> int:
    """How many datagrams each server got."""
    said = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        for envelope, sender, body in claims(secrets['name'], server, other):
            said += 1
            message = Message(sender, UUID, INCARNATION, said, body)
            plain = wire.encode(message, secrets['peer_key'].encode())
            addressed = plain if not envelope else plain[:64] + b' ' + envelope.encode() + plain[64:]
            for address in addresses:
                out.sendto(addressed, (address, wire.PORT))
            time.sleep(PAUSE)
    return said


def statuses(token: str, node: str, address: str) -> Dict[str, int]:
    """What a server's k3s answers to this token, by user and path."""
    found = {}
    tls = ssl.create_default_context()
    tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    for user, path in [*itertools.product(('server', 'node'), PATHS), ('node', '/v1-k3s/config')]:
        connection = http.client.HTTPSConnection(address, 6443, timeout=5, context=tls)
        basic = base64.b64encode(f'{user}:{token}'.encode()).decode()
        connection.request('GET', path, headers={'Authorization': f'Basic {basic}', 'k3s-Node-Name': node})
        found[f'{user} {path}'] = connection.getresponse().status
        connection.close()
    return found


def main() -> None:
    path, server, other, *addresses = sys.argv[1:]
    with open(path, encoding='utf8') as file:
        secrets = json.load(file)
    said = speak(secrets, server, other, addresses)
    asked = [statuses(secrets['agent_token'], secrets['name'], address) for address in addresses]
    print(json.dumps({'said': said, 'asked': asked}))


if __name__ == '__main__':
    main()
