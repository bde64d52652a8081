"""The keys of all sets of secrets that a node has: the one in use, the staged and the previous one."""
from typing import Any, Dict, Optional, Tuple

from join.keyring import Keyring
from join.model import Config, Sets

FIRST = '0' * 16
"""Stands for the secrets of version 1, which have no id."""

Secrets = Optional[Dict[str, Any]]


def gather(
    config: Config, keys: Keyring, used: Dict[str, Any], staged: Secrets, previous: Secrets,
) -> Tuple[Keyring, Sets]:
    """`keys` are those of `used`."""
    own = set_of(used)
    next_ring, last_ring = _ring(config, own, staged), _ring(config, own, previous)
    sets = Sets(own, None if next_ring is None or staged is None else set_of(staged))
    return Keyring(keys.own, keys.agent, next_ring, last_ring), sets


def set_of(secrets: Dict[str, Any]) -> str:
    return FIRST if secrets.get('version') == 1 else str(secrets.get('set'))


def _ring(config: Config, used: str, other: Secrets) -> Optional[Keyring]:
    """None where it is the set in use, or not this node's: an interrupted change has left it."""
    if other is None or set_of(other) == used:
        return None
    key, version = other.get('peer_key'), other.get('version')
    is_ours = version == 1 or (version == 2 and (other.get('name'), other.get('role')) == (config.name, config.role))
    if not is_ours or not isinstance(key, str) or not key:
        return None
    return Keyring(key.encode(), config.name if version == 2 and config.role == 'agent' else '')
