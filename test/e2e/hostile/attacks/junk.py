#!/usr/bin/env python3
"""Datagrams of one byte to all at the peers' port, in the names of these and of others: junk.py A-SECOND ADDRESS…"""
import random
import sys
import time

import frames

PORT = 6445


def stranger() -> str:
    """Almost never the same twice."""
    return f'10.{random.randrange(78, 256)}.{random.randrange(256)}.{random.randrange(1, 255)}'


def main() -> None:
    per_second, peers = float(sys.argv[1]), sys.argv[2:]
    card = frames.open_card('')
    print('junk ready', flush=True)
    begun, sent = time.monotonic(), 0
    while True:
        while sent < (time.monotonic() - begun) * per_second:
            source = random.choice([*peers, stranger()])
            what = frames.Datagram(source, random.randrange(1024, 65536), '10.77.0.255', PORT, b'x')
            card.wire.send(frames.datagram(card.mac, frames.BROADCAST, what))
            sent += 1
        time.sleep(0.005)


if __name__ == '__main__':
    main()
