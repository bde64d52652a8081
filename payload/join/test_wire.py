import json
import unittest
from typing import Any, List

from join.keyring import Keyring
from join.messages import LARGEST_EPOCH, Accept, Body, Hello, Message, Prepare, Promise, Refuse, Servers, Using, Voted
from join.wire import MAX_BYTES, Dropped, _tag, decode, encode
from trust.proof import agent_key

KEY = b'k' * 32
KEYS = Keyring(KEY)
AGENT_KEY = agent_key(KEY, 'w1')
AGENT_KEYS = Keyring(AGENT_KEY, 'w1')
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
    Servers(('10.0.0.1', '10.0.0.2')),
    Using('a' * 16, None, False, ()),
    Using('a' * 16, 'b' * 16, True, (('u-2', '0' * 16),)),
]


def message(counter: int = 1, body: Body = HELLO, incarnation: str = '0' * 16, uuid: str = 'u-1') -> Message:
    return Message('n1', uuid, incarnation, counter, body)


def sealed(fields: Any) -> bytes:
    text = json.dumps(fields).encode()
    return _tag(text, KEY) + b'\n' + text


class Codec(unittest.TestCase):
    def test_every_kind_comes_back_as_it_was(self) -> None:
        for body in BODIES:
            back = decode(encode(message(body=body), KEY), KEYS).message
            self.assertEqual(back, message(body=body))
            self.assertIs(type(back.body), type(body))

    def test_any_changed_byte_is_a_forgery(self) -> None:
        whole = encode(message(), KEY)
        for at in range(len(whole)):
            with self.assertRaisesRegex(Dropped, 'forged|no-message'):
                decode(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:], KEYS)

    def test_another_key_is_a_forgery(self) -> None:
        for key in (b'other', AGENT_KEY):
            with self.assertRaisesRegex(Dropped, 'forged'):
                decode(encode(message(), key), KEYS)

    def test_what_has_not_the_form_costs_no_hash(self) -> None:
        whole = encode(message(), KEY)
        agents = encode(message(), AGENT_KEY, 'w1')
        odd = (b'', b'a', b'x' * 64, b'\n' * 65, whole[:64], b'A' + whole[1:], whole.replace(b'\n', b'\t'),
               agents.replace(b' w1', b' w1 '), agents.replace(b' w1', b' ' + b'w' * 64), agents.replace(b' w1', b' W1'))
        for datagram in odd:
            with self.assertRaisesRegex(Dropped, 'no-message'):
                decode(datagram, KEYS)

    def test_what_is_too_long_is_not_even_checked(self) -> None:
        with self.assertRaisesRegex(Dropped, 'too-long'):
            decode(b'x' * (MAX_BYTES + 1), KEYS)

    def test_fields_out_of_bounds_are_malformed(self) -> None:
        good = json.loads(encode(message(), KEY)[65:])
        decode(sealed(good), KEYS)
        for name, value in [
            ('kind', 'shout'), ('kind', []), ('name', 'A b'), ('name', 'x' * 64), ('uuid', ''),
            ('counter', 0), ('counter', True), ('counter', 2 ** 60), ('counter', 1.5), ('epoch', 0),
            ('epoch', LARGEST_EPOCH + 1), ('founded', [LARGEST_EPOCH + 1, None]), ('votes_from', LARGEST_EPOCH + 2),
            ('standing', 'king'), ('votes_from', True), ('founded', [1]), ('founded', [1, 'short']),
            ('chosen', ['n1', 7]), ('hears', [['u-1', '0' * 16]] * 33), ('hears', None), ('more', 1),
        ]:
            with self.assertRaisesRegex(Dropped, 'malformed', msg=name):
                decode(sealed(dict(good, **{name: value})), KEYS)

    def test_missing_fields_and_other_json_are_malformed(self) -> None:
        good = json.loads(encode(message(), KEY)[65:])
        for name in good:
            with self.assertRaisesRegex(Dropped, 'malformed'):
                decode(sealed({key: value for key, value in good.items() if key != name}), KEYS)
        others: List[Any] = [[], None, 1, 'x', [[]] * 500]
        for other in others:
            with self.assertRaisesRegex(Dropped, 'malformed'):
                decode(sealed(other), KEYS)
        for text in (b'\xff', b'{', b'[' * 2000):
            with self.assertRaisesRegex(Dropped, 'malformed'):
                decode(_tag(text, KEY) + b'\n' + text, KEYS)

    def test_the_largest_epoch_is_in_bounds(self) -> None:
        largest = HELLO._replace(epoch=LARGEST_EPOCH, founded=(LARGEST_EPOCH, None), votes_from=LARGEST_EPOCH + 1)
        self.assertEqual(decode(encode(message(body=largest), KEY), KEYS).message.body, largest)


def of_agent(**changes: Any) -> Message:
    """The hello of w1."""
    body = HELLO._replace(standing='agent', votes_from=0, **changes)
    return message(body=body)._replace(name='w1')


class Agents(unittest.TestCase):
    """What goes under the key of one agent."""

    def test_servers_bytes_are_as_they_were_before_agents_had_keys(self) -> None:
        tag, text = encode(message(), KEY).split(b'\n')
        self.assertEqual(tag, _tag(text, KEY))
        self.assertEqual(len(tag), 64)

    def test_a_server_hears_an_agent_by_the_key_made_of_its_name(self) -> None:
        spoken = decode(encode(of_agent(), AGENT_KEY, 'w1'), KEYS)
        self.assertEqual((spoken.agent, spoken.message), ('w1', of_agent()))

    def test_an_agent_hears_servers_under_its_own_key(self) -> None:
        spoken = decode(encode(message(), AGENT_KEY, 'w1'), AGENT_KEYS)
        self.assertEqual((spoken.agent, spoken.message), ('', message()))

    def test_and_where_they_are(self) -> None:
        body = Servers(('10.0.0.2',))
        self.assertEqual(decode(encode(message(body=body), AGENT_KEY, 'w1'), AGENT_KEYS).message.body, body)
        cases: List[List[Any]] = [['10.0.0'], ['fe80::1'], ['10.0.0.2'] * 17, ['n1'], [7]]
        for odd in cases:
            text = encode(message(body=Servers(tuple(odd))), AGENT_KEY, 'w1')
            with self.assertRaisesRegex(Dropped, 'malformed'):
                decode(text, AGENT_KEYS)

    def test_but_no_votes(self) -> None:
        for body in [one for one in BODIES if not isinstance(one, (Hello, Servers, Using))]:
            with self.assertRaisesRegex(Dropped, 'own'):
                decode(encode(message(body=body), AGENT_KEY, 'w1'), AGENT_KEYS)

    def test_an_agent_cannot_speak_as_a_server_or_as_another_agent(self) -> None:
        as_server: List[Message] = [message(body=body)._replace(name='w1') for body in BODIES]
        for lie in [*as_server, message(body=HELLO._replace(standing='member')), of_agent()._replace(name='w2'),
                    of_agent()._replace(name='n1')]:
            with self.assertRaisesRegex(Dropped, 'not-its-place', msg=lie):
                decode(encode(lie, AGENT_KEY, 'w1'), KEYS)

    def test_nor_by_naming_another_in_front(self) -> None:
        datagram = encode(of_agent()._replace(name='w2'), AGENT_KEY, 'w1')
        for head in (b' w2\n', b'\n'):
            with self.assertRaisesRegex(Dropped, 'forged'):
                decode(datagram.replace(b' w1\n', head), KEYS)

    def test_an_agent_takes_no_agent_for_a_server(self) -> None:
        with self.assertRaisesRegex(Dropped, 'own'):
            decode(encode(of_agent(), AGENT_KEY, 'w1'), AGENT_KEYS)

    def test_what_is_between_servers_or_for_another_agent_costs_an_agent_no_hash(self) -> None:
        for datagram in (encode(message(), KEY), encode(of_agent(), agent_key(KEY, 'w2'), 'w2')):
            with self.assertRaisesRegex(Dropped, 'not-for-us'):
                decode(datagram, AGENT_KEYS)

    def test_an_agent_booted_before_speaks_under_the_servers_key(self) -> None:
        self.assertEqual(decode(encode(of_agent(), KEY), KEYS).agent, '')


if __name__ == '__main__':
    unittest.main()
