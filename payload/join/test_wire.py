import json
import unittest
from typing import Any, List

from join.messages import Accept, Body, Hello, Message, Prepare, Promise, Refuse, Voted
from join.wire import MAX_BYTES, Dropped, Inbox, _tag, decode, encode

KEY = b'k' * 32
HELLO = Hello(1, 'blank', 1, False, False, (1, 'a' * 64), ('n1', 'u-1'), (('u-2', '0' * 16),))
BODIES: List[Body] = [
    HELLO,
    HELLO._replace(founded=(2, None), chosen=None, hears=()),
    Prepare(1, (3, 'u-1')),
    Promise(1, (3, 'u-1'), None),
    Promise(1, (3, 'u-1'), ((2, 'u-2'), ('n2', 'u-2'))),
    Accept(1, (3, 'u-1'), ('n1', 'u-1')),
    Voted(1, (3, 'u-1')),
    Refuse(0, (3, 'u-1'), 7, 'ballot'),
]


def message(counter: int = 1, body: Body = HELLO, incarnation: str = '0' * 16, uuid: str = 'u-1') -> Message:
    return Message('n1', uuid, incarnation, counter, body)


def sealed(fields: Any) -> bytes:
    text = json.dumps(fields).encode()
    return _tag(text, KEY) + b'\n' + text


class Codec(unittest.TestCase):
    def test_every_kind_comes_back_as_it_was(self) -> None:
        for body in BODIES:
            back = decode(encode(message(body=body), KEY), KEY)
            self.assertEqual(back, message(body=body))
            self.assertIs(type(back.body), type(body))

    def test_any_changed_byte_is_a_forgery(self) -> None:
        whole = encode(message(), KEY)
        for at in range(len(whole)):
            with self.assertRaisesRegex(Dropped, 'forged'):
                decode(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:], KEY)

    def test_another_key_and_short_datagrams_are_forgeries(self) -> None:
        for datagram in (encode(message(), b'other'), b'', b'x' * 64, b'\n' * 65):
            with self.assertRaisesRegex(Dropped, 'forged'):
                decode(datagram, KEY)

    def test_what_is_too_long_is_not_even_checked(self) -> None:
        with self.assertRaisesRegex(Dropped, 'too-long'):
            decode(b'x' * (MAX_BYTES + 1), KEY)

    def test_fields_out_of_bounds_are_malformed(self) -> None:
        good = json.loads(encode(message(), KEY)[65:])
        decode(sealed(good), KEY)
        for name, value in [
            ('kind', 'shout'), ('kind', []), ('name', 'A b'), ('name', 'x' * 64), ('uuid', ''),
            ('counter', 0), ('counter', True), ('counter', 2 ** 60), ('counter', 1.5), ('epoch', 0),
            ('standing', 'king'), ('votes_from', True), ('founded', [1]), ('founded', [1, 'short']),
            ('chosen', ['n1', 7]), ('hears', [['u-1', '0' * 16]] * 33), ('hears', None), ('more', 1),
        ]:
            with self.assertRaisesRegex(Dropped, 'malformed', msg=name):
                decode(sealed(dict(good, **{name: value})), KEY)

    def test_missing_fields_and_other_json_are_malformed(self) -> None:
        good = json.loads(encode(message(), KEY)[65:])
        for name in good:
            with self.assertRaisesRegex(Dropped, 'malformed'):
                decode(sealed({key: value for key, value in good.items() if key != name}), KEY)
        others: List[Any] = [[], None, 1, 'x', [[]] * 500]
        for other in others:
            with self.assertRaisesRegex(Dropped, 'malformed'):
                decode(sealed(other), KEY)
        for text in (b'\xff', b'{', b'[' * 2000):
            with self.assertRaisesRegex(Dropped, 'malformed'):
                decode(_tag(text, KEY) + b'\n' + text, KEY)


class Replay(unittest.TestCase):
    def setUp(self) -> None:
        self.inbox = Inbox('u-0', 'f' * 16)

    def passes(self, counter: int, incarnation: str = '0' * 16, uuid: str = 'u-1') -> bool:
        datagram = encode(message(counter, incarnation=incarnation, uuid=uuid), KEY)
        return self.inbox.receive(datagram, KEY) is not None

    def test_each_counter_passes_once_in_any_order_within_the_window(self) -> None:
        for counter in (5, 3, 9, 4, 70):
            self.assertTrue(self.passes(counter), counter)
        for counter in (5, 3, 9, 70, 4, 6):
            self.assertFalse(self.passes(counter), counter)
        self.assertTrue(self.passes(7))
        self.assertEqual(self.inbox.dropped, {'stale': 6})

    def test_a_late_message_of_an_old_incarnation_does_not_shut_out_the_new_one(self) -> None:
        self.assertTrue(self.passes(5, '1' * 16))
        self.assertTrue(self.passes(9, '0' * 16))
        self.assertTrue(self.passes(6, '1' * 16))
        self.assertFalse(self.passes(5, '1' * 16))
        self.assertFalse(self.passes(9, '0' * 16))

    def test_the_number_of_incarnations_is_bounded(self) -> None:
        for at in range(100):
            self.assertTrue(self.passes(1, '%016x' % at))
        self.assertFalse(self.passes(1, '%016x' % 99))
        self.assertEqual(len(self.inbox._seen['u-1']), Inbox.INCARNATIONS)

    def test_our_own_messages_and_our_double(self) -> None:
        self.assertFalse(self.passes(1, 'f' * 16, 'u-0'))
        self.assertFalse(self.passes(1, '1' * 16, 'u-0'))
        self.assertEqual(self.inbox.dropped, {'own': 1, 'clone': 1})

    def test_the_number_of_senders_is_bounded(self) -> None:
        passed = sum(self.passes(1, uuid='s-%d' % at) for at in range(Inbox.MOST_SENDERS + 6))
        self.assertEqual(passed, Inbox.MOST_SENDERS)
        self.assertEqual(self.inbox.dropped, {'too-many-senders': 6})


if __name__ == '__main__':
    unittest.main()
