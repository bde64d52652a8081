"""Everything that the agent can ask for, and how a request is read."""
import json
import threading
from typing import Any, Callable, ContextManager, Dict, NamedTuple, Optional, Tuple

from join.root import checks, deeds, rotation
from join.root.checks import Check
from join.shell import durable

_memory = threading.Lock()
"""One reads or writes it at a time, and in the order in which the agent asks."""
_k3s = threading.Lock()
MOST_SHOWN = 200


class Refused(Exception):
    """Not a request."""


class Verb(NamedTuple):
    """What can be asked for."""

    deed: Callable[..., Any]
    fields: Dict[str, Check] = {}
    lock: Optional[ContextManager[Any]] = None
    """Held meanwhile."""


VERBS: Dict[str, Verb] = {
    'read': Verb(deeds.read, {'path': checks.readable}, _memory),
    'keep-votes': Verb(deeds.keep_votes, {'votes': durable.votes_in}, _memory),
    'keep-member': Verb(deeds.keep_member, {'member': durable.member_in}, _memory),
    'settle-address': Verb(deeds.settle_address, {}, _memory),
    'clock-is-right': Verb(deeds.clock_is_right),
    'look': Verb(deeds.look),
    'state': Verb(deeds.state),
    'last-words': Verb(deeds.last_words),
    'configure': Verb(deeds.configure, {
        'init': checks.flag, 'server': checks.address, 'ca_hash': checks.ca_hash,
        'with_agents': checks.flag}, _k3s),
    'start': Verb(deeds.start, {'until': checks.seconds}, _k3s),
    'stop': Verb(deeds.stop, {}, _k3s),
    'withdraw-permit': Verb(deeds.withdraw_permit),
    'set-db-aside': Verb(deeds.set_db_aside, {}, _k3s),
    'keep-previous': Verb(rotation.keep_previous, {'staged': checks.set_id}, _memory),
    'take-staged': Verb(rotation.take_staged, {'staged': checks.set_id}, _k3s),
    'remove-node': Verb(deeds.remove_node, {
        'name': checks.node_name, 'member': checks.member_name, 'address': checks.address}),
    'say': Verb(deeds.say, {'text': checks.sentence}),
    'write-status': Verb(deeds.write_status, {'status': checks.status}),
}


def answer(line: bytes, has_gone: Callable[[], bool]) -> bytes:
    """Carries out a request; the answer to it. A request whose sender has gone meanwhile is not carried out:
    it is of an agent that was ended, and the next one may have asked for something else since."""
    try:
        verb, fields = read(line)
        result = carry_out(verb, fields, has_gone)
    except Refused as why:
        print(f'refused: {why}: {ascii(line[:MOST_SHOWN])}', flush=True)
        return json.dumps({'error': str(why)}).encode()
    except (OSError, ValueError, durable.Unreadable) as fault:
        return json.dumps({'error': str(fault)}).encode()
    return json.dumps({'answer': result}).encode()


def read(line: bytes) -> Tuple[Verb, Dict[str, Any]]:
    """Raises Refused for anything but a verb with exactly its own fields."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as fault:
        raise Refused(f'not JSON: {fault}') from fault
    name = found.pop('do', None) if isinstance(found, dict) else None
    verb = VERBS.get(name) if isinstance(name, str) else None
    if verb is None:
        raise Refused('no such request')
    if set(found) != set(verb.fields):
        raise Refused(f'{name}: its fields are {sorted(verb.fields)}')
    return verb, {key: _checked(key, check, found[key]) for key, check in verb.fields.items()}


def _checked(key: str, check: Check, value: Any) -> Any:
    try:
        return check(value)
    except (ValueError, TypeError) as fault:
        raise Refused(f'{key}: {fault}') from fault


def carry_out(verb: Verb, fields: Dict[str, Any], has_gone: Callable[[], bool]) -> Any:
    """Raises OSError where it fails, or is not done."""
    if verb.lock is None:
        return verb.deed(**fields)
    with verb.lock:
        if has_gone():
            raise OSError('not done: whoever asked has gone')
        return verb.deed(**fields)
