"""What the agent finds on the node before it sends anything."""
import hashlib
import os
import secrets
from typing import Callable, Optional, Tuple, TypeVar

from join.model import Facts, Member, Votes
from join.shell import durable, k3s, paths
from join.shell.root import Root
from join.shell.seed import Seed

T = TypeVar('T')


def obstacle(role: str, read: durable.Read) -> Optional[str]:
    """What must be fixed before k3s may run here at all; None if nothing."""
    disk = durable.read_json(paths.DISK, read)
    state = 'none' if disk is None else str(disk.get('state'))
    reason = '' if disk is None else str(disk.get('reason', ''))
    if state != 'mounted' and role == 'server':
        return f'k3s does not start here: the disk for its data is missing ({state}: {reason})'
    if not os.access(k3s.PROGRAM, os.X_OK):
        return f'k3s does not start here: {k3s.PROGRAM} is missing'
    return None


def state_uuid(seed: Seed, read: durable.Read) -> str:
    """The UUID of STATE. Raises durable.Unreadable. An agent without a disk has one derived from its name: with
    a new one at each start it would be a stranger each time, and peers remember only so many."""
    found = durable.read_json(paths.STATE_ID, read)
    if found is None and seed.config.role == 'agent':
        return hashlib.sha256(f'agent {seed.config.name}'.encode()).hexdigest()[:32]
    uuid = found.get('uuid') if found is not None else None
    if not isinstance(uuid, str) or not uuid:
        raise durable.Unreadable(f'{paths.STATE_ID}: not a UUID')
    return uuid


def memory(read: durable.Read) -> Tuple[Optional[Votes], Optional[Member], Optional[str]]:
    """What STATE remembers; the last is path and reason where some of it cannot be read."""
    votes, fault = _remembered(lambda: durable.read_votes(paths.VOTES, read))
    member, other = _remembered(lambda: durable.read_member(paths.MEMBER, read))
    return votes, member, fault or other


def _remembered(read: Callable[[], Optional[T]]) -> Tuple[Optional[T], Optional[str]]:
    try:
        return read(), None
    except durable.Unreadable as fault:
        return None, str(fault)


def gather(seed: Seed, k3s_running: bool, root: Root) -> Facts:
    """Raises durable.Unreadable where STATE itself does not say who it is, and root.Failed."""
    votes, member, unreadable = memory(root.read)
    found = root.look()
    return Facts(
        config=seed.config,
        uuid=state_uuid(seed, root.read),
        incarnation=secrets.token_hex(8),
        seed=secrets.randbits(64),
        wal=found.wal,
        tombstone=found.is_buried,
        votes=votes,
        member=member,
        unreadable=unreadable,
        k3s_running=k3s_running,
        sets=seed.sets,
    )
