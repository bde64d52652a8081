#!/usr/bin/env python3
"""Writes down every frame that passes a switch: listen.py FILE, in the switch's own namespace, as at a mirrored
port, until it is ended. Each frame comes after its length (4 bytes, most significant first)."""
import signal
import socket
import struct
import sys

import frames

SO_RCVBUFFORCE = 33
"""asm-generic/socket.h."""


def main() -> None:
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(frames.ALL))
    wire.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 * 1024 * 1024)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with open(sys.argv[1], 'wb', buffering=0) as file:
        print('listening', flush=True)
        while True:
            frame, where = wire.recvfrom(0x20000)
            if where[0] != 'lo':
                file.write(struct.pack('!I', len(frame)) + frame)


if __name__ == '__main__':
    main()
