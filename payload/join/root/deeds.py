"""What the agent can have done. The arguments are as checks.py has let them through; everything else (the role,
the token, k3s' settings, this node's address) is read here, from files that the agent cannot write."""
import json
import os
import time
from typing import Any, Dict, Optional

from join.model import Member, Votes
from join.shell import clock, durable, interfaces, k3s, k3s_data, last_words as journal, node_ip, notices, paths, units
from join.shell.seed import read_seed
from join.timing import START_WITHIN

MOST_BYTES = 256 * 1024
"""Of a file that is read for the agent."""


def read(path: str) -> Optional[str]:
    """Its text; None if there is none."""
    if os.path.exists(path) and os.path.getsize(path) > MOST_BYTES:
        raise OSError(f'more than {MOST_BYTES} bytes')
    return durable.read_text(path)


def keep_votes(votes: Votes) -> None:
    durable.write_json(paths.VOTES, durable.votes_to_json(votes))


def keep_member(member: Member) -> None:
    if member.mode in ('founder', 'joined'):
        # k3s writes its name and its keys without fsync: nobody may hear of a member that a power
        # cut could still take back.
        os.sync()
    durable.write_json(paths.MEMBER, durable.member_to_json(member))


def settle_address() -> Dict[str, Optional[str]]:
    """See node_ip.settle."""
    cards, _ = interfaces.read_cards()
    return node_ip.settle(read_seed().static_ip, cards, node_ip.user_of, node_ip.add_address)._asdict()


def clock_is_right() -> bool:
    return clock.is_right()


def look() -> Dict[str, Any]:
    """What k3s' own files say."""
    ca = k3s.AGENT_CA if _unit() == k3s.AGENT_UNIT else k3s.CA
    return {'wal': k3s_data.has_wal(), 'tombstone': k3s_data.tombstone(), 'ca': k3s_data.certificate(ca)}


def state() -> str:
    return units.state(_unit())


def last_words() -> str:
    return journal.of(_unit(), *read_seed().tokens)


def configure(init: bool, server: Optional[str], ca_hash: Optional[str], with_agents: bool) -> None:
    """k3s' configuration, complete and on the disk before k3s starts."""
    if init and server is not None:
        raise ValueError('to found and to join exclude each other')
    seed = read_seed()
    kept = durable.read_json(paths.NODE_IP)
    if kept is None:
        raise OSError('this node has no address yet')
    start = k3s.Start(
        seed.config.role, seed.config.name, str(kept.get('node_ip')), seed.password,
        seed.agent_token if with_agents else None, init, server, ca_hash)
    os.makedirs(os.path.dirname(k3s.CONFIG) + '/config.yaml.d', exist_ok=True)
    durable.write(k3s.CONFIG, k3s.config(start, seed.shared), 0o600)


def start(until: float) -> None:
    """Starts k3s; without data, or with data of a removed member, for once, and not after `until`."""
    if until > time.clock_gettime(time.CLOCK_BOOTTIME) + START_WITHIN:
        raise ValueError(f'a permit is valid for at most {START_WITHIN:.0f} s')
    k3s_data.drop_empty_name()
    units.start(_unit(), k3s_data.has_wal() and k3s_data.tombstone() is None, until)


def stop() -> None:
    units.stop(_unit())


def withdraw_permit() -> None:
    units.withdraw_permit()


def set_db_aside() -> None:
    require_stopped()
    os.rename(k3s.DB, f'{k3s.DB}-set-aside-{time.time_ns()}')


def require_stopped() -> None:
    """Raises OSError while k3s runs."""
    if units.runs(_unit()):
        raise OSError('k3s is running')


def remove_node(name: str, member: str, address: Optional[str]) -> str:
    """Deletes a Node, and has k3s remove the member of that name; what went wrong, or nothing.
    Where Kubernetes has none, one with the right marks is made first."""
    if k3s_data.kubectl('get', 'node', name, '-o', 'json').returncode != 0:
        listed = k3s.Listed(0, member, address, False)
        made = k3s_data.kubectl('create', '-f', '-', stdin=json.dumps(k3s.node_object(name, listed)))
        if made.returncode != 0:
            return made.stderr.strip()[:300]
    # The Node goes only when the member has gone, which may take longer than kubectl is given.
    done = k3s_data.kubectl('delete', 'node', name, '--wait=false')
    return '' if done.returncode == 0 else done.stderr.strip()[:300]


def say(text: str) -> None:
    notices.to_consoles(text)


def write_status(status: Dict[str, Any]) -> None:
    notices.write_status(status)


def _unit() -> str:
    """The k3s that this node may run."""
    node = durable.read_json(paths.NODE) or {}
    unit = k3s.UNIT_OF.get(str(node.get('role')))
    if unit is None:
        raise OSError(f'{paths.NODE} does not say whether this node is a server')
    return unit
