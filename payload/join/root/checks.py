"""What may stand in a request. Whoever asks may be a stranger who has taken over the agent: each field has a
grammar of its own, and none is a free path, a unit or a setting of k3s."""
import ipaddress
import math
import re
from typing import Any, Callable, Dict, Optional

from join.shell import paths

Check = Callable[[Any], Any]
"""The value, as the deed takes it. Raises ValueError."""

MOST_LETTERS = 2000
_HASH = re.compile(r'[0-9a-f]{64}')
_SET = re.compile(r'[0-9a-f]{16}')
_NODE = re.compile(r'[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?')
_MEMBER = re.compile(r'[A-Za-z0-9][A-Za-z0-9._-]{0,252}')
_CARD = re.compile(r'[A-Za-z0-9._-]{1,15}')


def readable(value: Any) -> str:
    """One of the files that the agent needs and has no right to open."""
    if value not in (
            paths.NODE, paths.SECRETS, paths.STAGED, paths.PREVIOUS, paths.ENROLMENT, paths.DISK, paths.STATE_ID,
            paths.VOTES, paths.MEMBER):
        raise ValueError('not a file that the agent reads')
    return str(value)


def flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError('neither true nor false')
    return value


def seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
        raise ValueError('not a time')
    return float(value)


def address(value: Any) -> Optional[str]:
    """An IP address, with a card's name where it has one; null for none."""
    if value is None:
        return None
    ip, percent, card = _word(value).partition('%')
    ipaddress.ip_address(ip)
    if percent and not _CARD.fullmatch(card):
        raise ValueError('not a network card')
    return str(value)


def ca_hash(value: Any) -> Optional[str]:
    return None if value is None else _matching(_HASH, value, 'not a SHA-256')


def set_id(value: Any) -> str:
    return _matching(_SET, value, 'not the id of a set of secrets')


def node_name(value: Any) -> str:
    return _matching(_NODE, value, 'not the name of a node')


def member_name(value: Any) -> str:
    return _matching(_MEMBER, value, 'not the name of a member of etcd')


def sentence(value: Any) -> str:
    """Shown on consoles: no control characters."""
    return ''.join(one if one.isprintable() else '?' for one in _word(value)[:MOST_LETTERS])


def status(value: Any) -> Dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError('not an object')
    return value


def _word(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError('not a text')
    return value


def _matching(pattern: 're.Pattern[str]', value: Any, otherwise: str) -> str:
    if not pattern.fullmatch(_word(value)):
        raise ValueError(otherwise)
    return str(value)
