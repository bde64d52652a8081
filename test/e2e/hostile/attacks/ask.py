#!/usr/bin/env python3
"""Asks Genesis for something, as oneself or in the name of another machine, and prints what came as JSON.

    ask.py OWN-ADDRESS GENESIS PORT METHOD PATH [--as MAC] [--body TEXT] [--header NAME:VALUE]…

In another's name: TCP from our own address; one ARP says that this address is at the other machine's MAC; the
request is sent, and its sender is looked up in the neighbour table; the answer goes to the other machine, which
drops it; ARP back; TCP's retransmission brings us the answer.
"""
import argparse
import json
import socket
import time
from typing import Dict, List, Optional, Tuple

import frames

DECIDING = 0.7
"""Seconds that Genesis has for its answer, which is lost."""
PATIENCE = 15.0


def ask(own: str, genesis: Tuple[str, int], request: bytes, another: Optional[bytes]) -> bytes:
    """What came back, to the end of the connection."""
    with socket.create_connection(genesis, PATIENCE, (own, 0)) as connection:
        if another is None:
            connection.sendall(request)
        else:
            card = frames.open_card(own)
            target = frames.mac_of(genesis[0])
            card.wire.send(frames.announcement(card, target, own, another))
            connection.sendall(request)
            time.sleep(DECIDING)
            card.wire.send(frames.announcement(card, target, own, card.mac))
        return _rest(connection)


def _rest(connection: socket.socket) -> bytes:
    pieces: List[bytes] = []
    while True:
        piece = connection.recv(65536)
        if not piece:
            return b''.join(pieces)
        pieces.append(piece)


def request_of(host: str, method: str, path: str, headers: Dict[str, str], body: bytes) -> bytes:
    """The end of the connection is the end of the answer."""
    lines = {'Host': host, 'Connection': 'close', **headers}
    if body:
        lines.update({'Content-Type': 'application/json', 'Content-Length': str(len(body))})
    head = [f'{method} {path} HTTP/1.1', *(f'{name}: {value}' for name, value in lines.items()), '', '']
    return '\r\n'.join(head).encode() + body


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ('own', 'genesis', 'port', 'method', 'path'):
        parser.add_argument(name)
    parser.add_argument('--as', dest='another')
    parser.add_argument('--body', default='')
    parser.add_argument('--header', action='append', default=[])
    words = parser.parse_args()
    headers = dict(one.split(':', 1) for one in words.header)
    genesis = (words.genesis, int(words.port))
    request = request_of(f'{genesis[0]}:{genesis[1]}', words.method, words.path, headers, words.body.encode())
    another = None if words.another is None else frames.read_mac(words.another)
    begun = time.monotonic()
    answer = ask(words.own, genesis, request, another)
    head, _, text = answer.partition(b'\r\n\r\n')
    status = int(head.split(b' ')[1]) if head else 0
    print(json.dumps({'status': status, 'body': text.decode('utf8', 'replace'),
                      'seconds': round(time.monotonic() - begun, 2)}))


if __name__ == '__main__':
    main()
