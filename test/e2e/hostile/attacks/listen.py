#!/usr/bin/env python3
"""Writes down every frame that passes a card: listen.py FILE, until it is ended. Each frame comes after its
length (4 bytes, most significant first)."""
import signal
import socket
import struct
import sys

import frames

PACKET_ADD_MEMBERSHIP, PACKET_MR_PROMISC = 1, 1
"""linux/if_packet.h."""


def main() -> None:
    card = frames.open_card('')
    wanted = struct.pack('iHH8s', socket.if_nametoindex('eth0'), PACKET_MR_PROMISC, 0, b'')
    card.wire.setsockopt(263, PACKET_ADD_MEMBERSHIP, wanted)  # SOL_PACKET
    card.wire.setsockopt(socket.SOL_SOCKET, 33, 64 * 1024 * 1024)  # SO_RCVBUFFORCE
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with open(sys.argv[1], 'wb', buffering=0) as file:
        print('listening', flush=True)
        while True:
            frame = card.wire.recv(0x20000)
            file.write(struct.pack('!I', len(frame)) + frame)


if __name__ == '__main__':
    main()
