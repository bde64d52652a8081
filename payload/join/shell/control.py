"""Orders of the person at the node: `homepbp forget NAME` and `homepbp abandon-founder`."""
import json
import os
import socket
from typing import List, Optional, Union

from join.inputs import AbandonFounder, Forget
from join.shell import paths

Order = Union[AbandonFounder, Forget]


def listen() -> socket.socket:
    """The socket of the agent, for itself and root alone."""
    try:
        os.remove(paths.CONTROL)
    except FileNotFoundError:
        pass
    wire = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    old = os.umask(0o177)
    try:
        wire.bind(paths.CONTROL)
    finally:
        os.umask(old)
    wire.setblocking(False)
    return wire


def read_orders(wire: socket.socket) -> List[Order]:
    """The orders that have come in; anything else is ignored."""
    orders: List[Order] = []
    for _ in range(16):
        try:
            order = _order(wire.recv(4096))
        except (BlockingIOError, ConnectionError):
            break
        if order is not None:
            orders.append(order)
    return orders


def _order(data: bytes) -> Optional[Order]:
    try:
        found = json.loads(data)
        if found['order'] == 'abandon-founder':
            return AbandonFounder()
        return Forget(str(found['name'])) if found['order'] == 'forget' else None
    except (ValueError, KeyError, TypeError):
        return None


def send(order: str, name: str = '') -> None:
    """Gives the agent an order. Raises OSError where no agent listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
        wire.sendto(json.dumps({'order': order, 'name': name}).encode(), paths.CONTROL)
