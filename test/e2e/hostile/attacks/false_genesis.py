#!/usr/bin/env python3
"""Answers in Genesis' place: false_genesis.py OWN-ADDRESS GENESIS PORT VICTIM…

Tells the victims several times a second that Genesis' address is at our MAC, and says to whoever then asks
/api/founding that a cluster is founded: in the epochs 1, 2^31-1 and 2^53-1, without a proof, with one that is none,
and with one that was right for another nonce (REPLAYED in the environment: a whole answer). All else gets a 503.
"""
import json
import os
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Dict, Iterator, List, Optional, Sequence
from urllib.parse import parse_qs, urlsplit

import frames

EPOCHS = (1, 2 ** 31 - 1, 2 ** 53 - 1)
PROOFS: Sequence[Optional[List[str]]] = (None, ['f' * 64], [])
TELL_EVERY = 0.2


def lies(replayed: Dict[str, Any]) -> Iterator[Dict[str, Any]]:
    """What is said to one question after the other. An answer without a nonce gets the one that was asked for."""
    while True:
        for proofs in PROOFS:
            for epoch in EPOCHS:
                plain: Dict[str, Any] = {'version': 1, 'founded': True, 'epoch': epoch}
                yield plain if proofs is None else {**plain, 'proofs': proofs, 'challenge': '0' * 32}
        yield dict(replayed)
        yield {name: value for name, value in replayed.items() if name != 'nonce'}


class Handler(BaseHTTPRequestHandler):
    """One question."""

    said = lies(json.loads(os.environ['REPLAYED']))

    def do_GET(self) -> None:
        where = urlsplit(self.path)
        if where.path != '/api/founding':
            self._answer(503, {})
            return
        answer = next(self.said)
        nonce = parse_qs(where.query).get('nonce', [''])[0]
        if 'proofs' in answer and 'nonce' not in answer:
            answer['nonce'] = nonce
        self._answer(200, answer)

    def do_POST(self) -> None:
        self._answer(503, {})

    def _answer(self, status: int, value: Dict[str, Any]) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        print(f'{self.client_address[0]} {self.command} {self.path} {status} {body.decode()}', flush=True)

    def log_message(self, *_: object) -> None:
        pass


def mislead(own: str, genesis: str, victims: List[str]) -> None:
    """Until the end."""
    card = frames.open_card(own)
    macs = [_mac(victim) for victim in victims]
    while True:
        for mac in macs:
            card.wire.send(frames.announcement(card, mac, genesis, card.mac))
        time.sleep(TELL_EVERY)


def _mac(victim: str) -> bytes:
    """Asked for by an empty datagram to a port where nobody listens."""
    for _ in range(50):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
            wire.sendto(b'', (victim, 9))
        time.sleep(0.1)
        try:
            return frames.mac_of(victim)
        except LookupError:
            continue
    raise LookupError(victim)


def main() -> None:
    own, genesis, port, *victims = sys.argv[1:]
    subprocess.run(['ip', 'address', 'add', f'{genesis}/32', 'dev', 'eth0'], check=True)
    server = ThreadingHTTPServer((genesis, int(port)), Handler)
    threading.Thread(target=mislead, args=(own, genesis, victims), daemon=True).start()
    print('false Genesis ready', flush=True)
    server.serve_forever()


if __name__ == '__main__':
    main()
