"""Relays TFTP to a server, delaying each datagram by so many milliseconds: python3 udp-relay.py
HOST PORT MILLISECONDS → its own port on standard output. Ends when standard input does.

In Python, since timers of Node are too coarse for parts of a millisecond. One client port of the
server's is one socket here, and each port that the server answers from is one towards the client.
"""
import collections
import select
import socket
import sys
import time

BUFFER = 4 * 1024 * 1024


def open_socket() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        sock.setsockopt(socket.SOL_SOCKET, option, BUFFER)
    sock.bind(("127.0.0.1", 0))
    sock.setblocking(False)
    return sock


def main() -> None:
    host, port, delay = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]) / 1000
    requests = open_socket()
    print(requests.getsockname()[1], flush=True)
    # Client → the socket that represents it at the server.
    upstream: dict = {}
    # That socket → its client; and (client, the server's port) → the socket that represents that port.
    client_of: dict = {}
    stand_in: dict = {}
    # The stand-in's socket → (the client's socket at the server, the server's address).
    server_of: dict = {requests: (None, (host, port))}
    waiting: collections.deque = collections.deque()
    while True:
        timeout = None if not waiting else max(0.0, waiting[0][0] - time.monotonic())
        readable, _, _ = select.select([sys.stdin, *server_of, *client_of], [], [], timeout)
        now = time.monotonic()
        for sock in readable:
            if sock is sys.stdin:
                return
            data, sender = sock.recvfrom(65536)
            if sock in client_of:
                client = client_of[sock]
                if (client, sender[1]) not in stand_in:
                    stand_in[client, sender[1]] = open_socket()
                    server_of[stand_in[client, sender[1]]] = (sock, sender)
                waiting.append((now + delay, stand_in[client, sender[1]], data, client))
                continue
            if sender not in upstream:
                upstream[sender] = open_socket()
                client_of[upstream[sender]] = sender
            waiting.append((now + delay, upstream[sender], data, server_of[sock][1]))
        while waiting and waiting[0][0] <= time.monotonic():
            _, sock, data, target = waiting.popleft()
            sock.sendto(data, target)


main()
