"""Messages between bytes and objects: `<HMAC-SHA256, 64 hex digits>\\n<JSON>`, by the peer key.

Nothing that a stranger sends can do more here than raise Dropped: the tag is checked before the JSON is
parsed, and every field has a bound.
"""
import hashlib
import hmac
import json
import re
from typing import Any, Callable, Dict, NoReturn, Optional, Tuple, Type

from join.messages import Accept, Body, Hello, Message, Prepare, Promise, Refuse, Voted

PORT = 6445
MAX_BYTES = 4096
"""Of a datagram. A hello of nine servers has about 1000."""
MAX_HEARD = 32
MAX_NUMBER = 2 ** 53 - 1

_PURPOSE = b'homepbp peers 1\n'
_TAG = 64


class Dropped(Exception):
    """A datagram to ignore; the text is the reason under which it is counted."""


def encode(message: Message, key: bytes) -> bytes:
    """The datagram for a message."""
    fields = dict(message.body._asdict(), kind=_KIND_OF[type(message.body)], name=message.name,
                  uuid=message.uuid, incarnation=message.incarnation, counter=message.counter)
    text = json.dumps(fields, separators=(',', ':'), sort_keys=True).encode('ascii')
    return _tag(text, key) + b'\n' + text


def decode(datagram: bytes, key: bytes) -> Message:
    """The message of a datagram.

    Raises Dropped: too-long, forged, malformed.
    """
    if len(datagram) > MAX_BYTES:
        raise Dropped('too-long')
    tag, text = datagram[:_TAG], datagram[_TAG + 1:]
    if datagram[_TAG:_TAG + 1] != b'\n' or not hmac.compare_digest(tag, _tag(text, key)):
        raise Dropped('forged')
    try:
        return _message(json.loads(text.decode('ascii')))
    except (ValueError, KeyError, TypeError, RecursionError) as fault:
        raise Dropped('malformed') from fault


def _tag(text: bytes, key: bytes) -> bytes:
    return hmac.new(key, _PURPOSE + text, hashlib.sha256).hexdigest().encode('ascii')


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


_name = _text(r'[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?')
_uuid = _text(r'[0-9a-z-]{1,36}')
_incarnation = _text(r'[0-9a-f]{16}')
_hash = _text(r'[0-9a-f]{64}')
_epoch = _number(1, 2 ** 31)
_ballot = _row(_number(0), _uuid)
_value = _row(_name, _uuid)

_HEAD: Dict[str, Check] = {
    'name': _name, 'uuid': _uuid, 'incarnation': _incarnation, 'counter': _number(1),
}
_KINDS: Dict[str, Tuple[Type[Any], Dict[str, Check]]] = {
    'hello': (Hello, {
        'epoch': _epoch,
        'standing': _text('blank|founding|member|former|agent'),
        'votes_from': _number(0, 2 ** 31),
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
    'refuse': (Refuse, {'epoch': _number(0, 2 ** 31), 'ballot': _ballot, 'round': _number(0),
                        'why': _text('epoch|ballot|data|founded|latch|joiner|unreadable')}),
}
_KIND_OF: Dict[type, str] = {maker: kind for kind, (maker, _) in _KINDS.items()}


class Inbox:
    """Accepts each message once; a window of counters tolerates reordering. Counts what it drops.

    Which incarnation of a sender is the current one cannot be known here: a message from an older one may
    be late or replayed. So each has its own window, and the core asks for proof (peers.py).
    """

    WINDOW = 64
    MOST_SENDERS = 256
    """Servers and agents of the network, and replaced disks."""
    INCARNATIONS = 16
    """Remembered per sender, the most recently heard."""

    def __init__(self, uuid: str, incarnation: str) -> None:
        self._own = (uuid, incarnation)
        self._seen: Dict[str, Dict[str, Tuple[int, int]]] = {}
        """STATE UUID → incarnation → highest counter, and which lower ones were seen."""
        self.dropped: Dict[str, int] = {}

    def receive(self, datagram: bytes, key: bytes) -> Optional[Message]:
        """The message, or None, counted in `dropped` under its reason."""
        try:
            message = decode(datagram, key)
            self.check(message)
            return message
        except Dropped as reason:
            self.dropped[str(reason)] = self.dropped.get(str(reason), 0) + 1
            return None

    def check(self, message: Message) -> None:
        """Raises Dropped: own (our broadcast came back), clone (our STATE runs elsewhere, too), stale,
        too-many-senders."""
        uuid, incarnation = message.uuid, message.incarnation
        if uuid == self._own[0]:
            raise Dropped('own' if incarnation == self._own[1] else 'clone')
        known = self._seen.get(uuid)
        if known is None:
            if len(self._seen) >= self.MOST_SENDERS:
                raise Dropped('too-many-senders')
            known = self._seen[uuid] = {}
        seen = known.get(incarnation)
        if seen is None:
            self._meet(known, message)
            return
        highest, window = seen
        ahead = message.counter - highest
        if ahead > 0:
            shifted = (window << ahead) & (2 ** self.WINDOW - 1) if ahead < self.WINDOW else 0
            known[incarnation] = (message.counter, shifted | 1)
            return
        if -ahead >= self.WINDOW or window >> -ahead & 1:
            raise Dropped('stale')
        known[incarnation] = (highest, window | 1 << -ahead)

    def _meet(self, known: Dict[str, Tuple[int, int]], message: Message) -> None:
        if len(known) >= self.INCARNATIONS:
            del known[next(iter(known))]
        known[message.incarnation] = (message.counter, 1)
