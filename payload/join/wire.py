"""Messages between bytes and objects: `<HMAC-SHA256, 64 hex digits>\\n<JSON>` between servers, by their peer
key; `<HMAC> <agent's name>\\n<JSON>` from and to an agent that has a key of its own (keyring.py).

Nothing that a stranger sends can do more here than raise Dropped: the tag is checked before the JSON is
parsed, and every field has a bound.
"""
import hashlib
import hmac
import json
import re
from typing import Any, Callable, Dict, NamedTuple, NoReturn, Optional, Tuple, Type

from join.keyring import Keyring, may_say
from join.messages import (
    LARGEST_EPOCH, Accept, Body, Hello, Message, Prepare, Promise, Refuse, Servers, Using, Voted,
)

PORT = 6445
MAX_BYTES = 4096
"""Of a datagram. A hello of nine servers has about 1000."""
MAX_HEARD = 32
MAX_SERVERS = 16
MAX_NUMBER = 2 ** 53 - 1

_PURPOSE = b'homepbp peers 1\n'
_TAG = 64
_NAME = r'[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?'
_ENVELOPE = re.compile(b'[0-9a-f]{64}(?: (' + _NAME.encode('ascii') + b'))?\n')


class Dropped(Exception):
    """A datagram to ignore; the text is the reason under which it is counted."""


class Spoken(NamedTuple):
    message: Message
    agent: str
    """The agent that speaks, under a key of its own; empty: a server does, or an agent that has the servers' key."""


def encode(message: Message, key: bytes, agent: str = '') -> bytes:
    """The datagram for a message. `agent`: whose own key it is."""
    fields = dict(message.body._asdict(), kind=_KIND_OF[type(message.body)], name=message.name,
                  uuid=message.uuid, incarnation=message.incarnation, counter=message.counter)
    text = json.dumps(fields, separators=(',', ':'), sort_keys=True).encode('ascii')
    to = b' ' + agent.encode('ascii') if agent else b''
    return _tag(text, key) + to + b'\n' + text


def decode(datagram: bytes, keys: Keyring) -> Spoken:
    """The message of a datagram.

    Raises Dropped: too-long, no-message (cheap); not-for-us (cheap: between servers, or another agent's);
    forged; malformed; not-its-place (may_say); own (an agent's own broadcast came back).
    """
    if len(datagram) > MAX_BYTES:
        raise Dropped('too-long')
    envelope = _ENVELOPE.match(datagram)
    if envelope is None:
        raise Dropped('no-message')
    agent = (envelope.group(1) or b'').decode('ascii')
    text = datagram[envelope.end():]
    under = _opened(agent, datagram[:_TAG], text, keys)
    message = _parse(text)
    if not may_say(under.agent, agent, message):
        # Under the key of an agent, it is only the agent itself that says more.
        raise Dropped('own' if under.agent else 'not-its-place')
    if agent and not under.agent:
        keys.note(agent, under)
    return Spoken(message, '' if under.agent else agent)


def _opened(agent: str, tag: bytes, text: bytes, keys: Keyring) -> Keyring:
    """Under which of the keys that are heard this is. Raises Dropped."""
    reason = 'not-for-us'
    for under in keys.heard:
        key = under.find(agent)
        if key is None:
            continue
        if hmac.compare_digest(tag, _tag(text, key)):
            under.keep(agent, key)
            return under
        reason = 'forged'
    raise Dropped(reason)


def _tag(text: bytes, key: bytes) -> bytes:
    return hmac.new(key, _PURPOSE + text, hashlib.sha256).hexdigest().encode('ascii')


def _parse(text: bytes) -> Message:
    try:
        return _message(json.loads(text.decode('ascii')))
    except (ValueError, KeyError, TypeError, RecursionError) as fault:
        raise Dropped('malformed') from fault


def _message(fields: Any) -> Message:
    if not isinstance(fields, dict):
        _refuse(fields)
    maker, checks = _KINDS[fields.pop('kind')]
    head = [check(fields.pop(name)) for name, check in _HEAD.items()]
    if set(fields) != set(checks):
        _refuse(sorted(fields))
    body: Body = maker(**{name: check(fields[name]) for name, check in checks.items()})
    return Message(head[0], head[1], head[2], head[3], body)


def _refuse(value: object) -> NoReturn:
    raise ValueError('unexpected: ' + repr(value)[:80])


Check = Callable[[Any], Any]


def _number(least: int, most: int = MAX_NUMBER) -> Check:
    def check(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            _refuse(value)
        return int(value)
    return check


def _text(pattern: str) -> Check:
    whole = re.compile(pattern)

    def check(value: Any) -> str:
        if not isinstance(value, str) or whole.fullmatch(value) is None:
            _refuse(value)
        return value
    return check


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        _refuse(value)
    return value


def _optional(inner: Check) -> Check:
    def check(value: Any) -> Any:
        return None if value is None else inner(value)
    return check


def _row(*columns: Check) -> Check:
    def check(value: Any) -> Tuple[Any, ...]:
        if not isinstance(value, list) or len(value) != len(columns):
            _refuse(value)
        return tuple(column(cell) for column, cell in zip(columns, value))
    return check


def _list(inner: Check, most: int) -> Check:
    def check(value: Any) -> Tuple[Any, ...]:
        if not isinstance(value, list) or len(value) > most:
            _refuse(value)
        return tuple(inner(cell) for cell in value)
    return check


_name = _text(_NAME)
_uuid = _text(r'[0-9a-z-]{1,36}')
_incarnation = _text(r'[0-9a-f]{16}')
_set = _text(r'[0-9a-f]{16}')
_hash = _text(r'[0-9a-f]{64}')
_address = _text(r'[0-9]{1,3}(?:\.[0-9]{1,3}){3}')
_epoch = _number(1, LARGEST_EPOCH)
_ballot = _row(_number(0), _uuid)
_value = _row(_name, _uuid)

_HEAD: Dict[str, Check] = {
    'name': _name, 'uuid': _uuid, 'incarnation': _incarnation, 'counter': _number(1),
}
_KINDS: Dict[str, Tuple[Type[Any], Dict[str, Check]]] = {
    'hello': (Hello, {
        'epoch': _epoch,
        'standing': _text('blank|founding|member|former|agent'),
        'votes_from': _number(0, LARGEST_EPOCH + 1),
        'eligible': _flag,
        'joining': _flag,
        'founded': _optional(_row(_epoch, _optional(_hash))),
        'chosen': _optional(_value),
        'hears': _list(_row(_uuid, _incarnation), MAX_HEARD),
    }),
    'prepare': (Prepare, {'epoch': _epoch, 'ballot': _ballot}),
    'promise': (Promise, {'epoch': _epoch, 'ballot': _ballot,
                          'accepted': _optional(_row(_ballot, _value))}),
    'accept': (Accept, {'epoch': _epoch, 'ballot': _ballot, 'value': _value}),
    'voted': (Voted, {'epoch': _epoch, 'ballot': _ballot}),
    'refuse': (Refuse, {'epoch': _number(0, LARGEST_EPOCH + 1), 'ballot': _ballot, 'round': _number(0),
                        'why': _text('epoch|ballot|data|founded|latch|joiner|unreadable')}),
    'servers': (Servers, {'addresses': _list(_address, MAX_SERVERS)}),
    'using': (Using, {'set': _set, 'staged': _optional(_set), 'up': _flag,
                      'hears': _list(_row(_uuid, _incarnation), MAX_HEARD)}),
}
_KIND_OF: Dict[type, str] = {maker: kind for kind, (maker, _) in _KINDS.items()}

