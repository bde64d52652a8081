"""Has etcd remove a member, by deleting its Node."""
import threading
import time

from join.shell import k3s, own_server
from join.shell.root import Root

GONE_WITHIN = 90.0
"""k3s gives its controller a minute, from when it gets to it."""
LOOK_EVERY = 1.0

_under_way = threading.Lock()


def remove_member(name: str, password: str, root: Root) -> str:
    """One at a time: a second order that waited could hit the member that replaced the first one.
    @returns the result, for people"""
    if not _under_way.acquire(blocking=False):
        return f'{name} was not removed: another removal is in progress'
    try:
        return _remove(name, password, root)
    finally:
        _under_way.release()


def _remove(name: str, password: str, root: Root) -> str:
    view = own_server.look(root.look().ca, password)
    if view is None:
        return f'{name} could not be removed: etcd does not answer here'
    stale = [one for one in view.members if one.node == name]
    if not stale:
        return f'etcd has no member {name}'
    fault = root.remove_node(name, stale[0].member, stale[0].address)
    if fault:
        return f'{name} could not be removed: {fault}'
    if not _is_gone(stale[0], password, root):
        return f'{name} could not be removed: its Node was deleted {GONE_WITHIN:.0f} s ago, and etcd still lists it'
    return f'{name} was removed from the cluster and can join again'


def _is_gone(member: k3s.Listed, password: str, root: Root) -> bool:
    """Waits until etcd no longer lists it, for a bounded time."""
    until = time.monotonic() + GONE_WITHIN
    while True:
        view = own_server.look(root.look().ca, password)
        if view is not None and all(one.id != member.id for one in view.members):
            return True
        if time.monotonic() >= until:
            return False
        time.sleep(LOOK_EVERY)
