"""A node's secrets, as contract/node-secrets.ts has them; and version 1, which seeds held before there was enrolment.
Pure."""
import json
import re
from typing import Any, Dict, NamedTuple, Optional, Tuple

MOST_LETTERS = 1024
"""Of each text."""
MOST_SETS = 64
ROLES = ('server', 'agent')
SET_ID = re.compile('[0-9a-f]{16}')


class Unfit(Exception):
    """These are no secrets of a node; the text says why, and holds nothing of them."""


class Held(NamedTuple):
    """A node's secrets. Of version 1 are only the token and the peer key."""

    version: int
    name: Optional[str]
    role: Optional[str]
    set: Optional[str]
    token: Optional[str]
    agent_token: Optional[str]
    peer_key: str
    node_password: Optional[str]


def parse(text: str) -> Held:
    """Raises Unfit."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise Unfit('not JSON') from fault
    version = found.get('version') if isinstance(found, dict) else None
    if type(version) is not int or version not in (1, 2):
        raise Unfit("neither version 1 nor version 2 of a node's secrets")
    return _first(found) if version == 1 else _second(found)


def kept_sets(text: str) -> Optional[Tuple[str, ...]]:
    """The ids of the sets that Genesis keeps, if the secrets that it has sealed say so."""
    found = json.loads(text).get('kept')
    if not isinstance(found, list) or len(found) > MOST_SETS:
        return None
    return tuple(one for one in found if isinstance(one, str))


def as_json(held: Held) -> Dict[str, Any]:
    """What the file holds."""
    if held.version == 1:
        return {'version': 1, 'token': held.token, 'peer_key': held.peer_key}
    return held._asdict()


def _first(found: Dict[str, Any]) -> Held:
    return Held(1, None, None, None, _text(found, 'token'), None, _text(found, 'peer_key'), None)


def _second(found: Dict[str, Any]) -> Held:
    role, set_id = _text(found, 'role'), _text(found, 'set')
    if role not in ROLES:
        raise Unfit('the role is neither server nor agent')
    if SET_ID.fullmatch(set_id) is None:
        raise Unfit('the id of the set is not 16 hexadecimal digits')
    token, password = _maybe(found, 'token'), _maybe(found, 'node_password')
    if (token is None) != (role == 'agent'):
        raise Unfit('servers have a token, and agents have none')
    return Held(
        2, _text(found, 'name'), role, set_id, token, _text(found, 'agent_token'), _text(found, 'peer_key'), password)


def _text(found: Dict[str, Any], key: str) -> str:
    """Printable, so that it can neither end a line of a configuration nor reach a terminal."""
    value = found.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= MOST_LETTERS or not value.isprintable():
        raise Unfit(f'{key} is not a text of 1 to {MOST_LETTERS} printable characters')
    return value


def _maybe(found: Dict[str, Any], key: str) -> Optional[str]:
    return None if found.get(key) is None else _text(found, key)
