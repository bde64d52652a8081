"""A staged set of secrets on a node's disk: read, taken into use, and what an interruption leaves."""
import json
import os
from typing import Any, Dict, List, Tuple
from unittest import mock

from join import outputs as out
from join.inputs import Input, K3sExited
from join.keyring import Keyring
from join.messages import Hello, Message, Voted
from join.model import Sets
from join.shell import commands, enrolment, paths, rings
from join.shell.executor import Executor
from join.shell.root import Failed
from join.shell.seed import Seed, read_seed
from join.shell.test_node import Node
from join.shell.test_seed import NODE
from join.test_scene import Trial, config_of
from join.wire import decode, encode
from trust.proof import agent_key

OLD, NEW = 'a' * 16, 'b' * 16
USED: Dict[str, Any] = {
    'version': 2, 'name': 'n1', 'role': 'server', 'set': OLD, 'token': 'secret', 'agent_token': 'old agents',
    'peer_key': 'old key', 'node_password': None}
STAGED = {**USED, 'set': NEW, 'agent_token': 'new agents', 'peer_key': 'new key'}


class Rotating(Node):
    def setUp(self) -> None:
        super().setUp()
        self.write(paths.NODE, NODE)
        self.write(paths.SECRETS, USED)
        self.write(paths.STAGED, STAGED)
        os.chmod(paths.STAGED, 0o600)
        self.told: List[Input] = []
        self.watch, self.sockets = mock.Mock(), mock.Mock()
        self.watch.stop.side_effect = self.stop
        self.executor = self.executor_of(read_seed(self.root.read))

    def executor_of(self, seed: Seed) -> Executor:
        addresses = mock.Mock()
        addresses.expected.return_value = ()
        return Executor(seed, self.root, self.sockets, addresses, self.watch, self.told.append)

    def stop(self) -> None:
        self.state = 'inactive'

    def take(self) -> None:
        with mock.patch('builtins.print'):
            self.executor.carry_out([out.TakeStaged(NEW)], Trial().state, 1.0)

    def keys(self) -> List[bytes]:
        return [one.own for one in read_seed(self.root.read).keys.heard]

    def test_both_are_heard_and_then_the_old_one_still_is(self) -> None:
        seed = read_seed(self.root.read)
        self.assertEqual((seed.sets, seed.agent_token), (Sets(OLD, NEW), 'old agents'))
        self.assertEqual(self.keys(), [b'old key', b'new key'])
        self.take()
        seed = read_seed(self.root.read)
        self.assertEqual((seed.sets, seed.agent_token), (Sets(NEW), 'new agents'))
        self.assertEqual(self.keys(), [b'new key', b'old key'])
        self.assertEqual((self.told, os.path.exists(paths.STAGED)), ([], False))
        self.assertEqual([json.loads(self.read(path)) for path in (paths.SECRETS, paths.PREVIOUS)], [STAGED, USED])
        for path in (paths.SECRETS, paths.PREVIOUS):
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)

    def test_the_agent_starts_again_with_a_new_set_and_with_one_that_is_gone(self) -> None:
        for path, text in ((paths.STAGED, None), (paths.PREVIOUS, USED)):
            enrolment.secrets(self.root.read)
            self.write(path, text) if text else os.unlink(path)
            with mock.patch('builtins.print'), mock.patch('time.sleep', side_effect=AssertionError):
                enrolment.until_renewed()

    def test_nothing_is_stopped_for_what_cannot_be_kept(self) -> None:
        os.mkdir(paths.PREVIOUS + '.new')
        self.take()
        self.watch.stop.assert_not_called()
        self.assertEqual(self.told, [K3sExited('other', False, False)])
        self.assertEqual(json.loads(self.read(paths.SECRETS)), USED)

    def test_where_the_second_half_fails_the_old_ones_stay(self) -> None:
        self.watch.stop.side_effect = lambda: None
        self.take()
        self.assertEqual(self.told, [K3sExited('other', False, False)])
        self.assertIn('k3s is running', self.executor.notes[-1])
        self.assertEqual((json.loads(self.read(paths.SECRETS)), read_seed(self.root.read).sets), (USED, Sets(OLD, NEW)))

    def test_another_set_than_was_decided_on_is_not_taken(self) -> None:
        self.write(paths.STAGED, {**STAGED, 'set': 'c' * 16})
        for half in (self.root.keep_previous, self.root.take_staged):
            self.state = 'inactive'
            with self.assertRaisesRegex(Failed, 'another set'):
                half(NEW)

    def test_what_is_not_this_nodes_or_damaged_is_left_alone(self) -> None:
        others: Tuple[Any, ...] = (
            '{', [], {**STAGED, 'name': 'n2'}, {**STAGED, 'role': 'agent'}, {**STAGED, 'peer_key': ''},
            {**STAGED, 'version': 3}, {**STAGED, 'set': OLD})
        for other in others:
            self.write(paths.STAGED, other)
            self.assertEqual((read_seed(self.root.read).sets, self.keys()), (Sets(OLD), [b'old key']), other)

    def test_a_node_from_before_enrolment_goes_to_the_new_set_too(self) -> None:
        self.write(paths.SECRETS, {'version': 1, 'token': 'secret', 'peer_key': 'old key'})
        self.executor = self.executor_of(read_seed(self.root.read))
        self.assertEqual(self.executor.seed.sets, Sets(rings.FIRST, NEW))
        self.take()
        self.assertEqual((read_seed(self.root.read).sets, self.keys()), (Sets(NEW), [b'new key', b'old key']))

    def test_a_hello_goes_under_both_and_a_vote_under_the_one_in_use(self) -> None:
        hello = Hello(1, 'member', 2, False, False, None, None, ())
        message = Message('n1', 'u-1', '0' * 16, 1, hello)
        self.executor.carry_out([out.Send(message, '10.0.0.2')], Trial().state, 1.0)
        self.assertEqual(
            [call[0][0] for call in self.sockets.send.call_args_list],
            [encode(message, b'old key'), encode(message, b'new key')])
        self.sockets.send.reset_mock()
        vote = message._replace(body=Voted(1, (3, 'u-2')))
        self.executor.carry_out([out.Send(vote, '10.0.0.2')], Trial().state, 1.0)
        self.assertEqual([call[0][0] for call in self.sockets.send.call_args_list], [encode(vote, b'old key')])

    def test_an_agent_is_answered_under_the_key_that_it_has(self) -> None:
        agents = Hello(1, 'agent', 0, False, False, None, None, ())
        decode(encode(Message('w1', 'u-9', '0' * 16, 1, agents), agent_key(b'new key', 'w1'), 'w1'), self.executor.seed.keys)
        answer = Message('n1', 'u-1', '0' * 16, 1, agents._replace(standing='member'))
        self.executor.carry_out([out.Send(answer, '10.0.0.9', 'w1')], Trial().state, 1.0)
        [sent] = [call[0][0] for call in self.sockets.send.call_args_list]
        self.assertEqual(decode(sent, Keyring(agent_key(b'new key', 'w1'), 'w1')).message, answer)

    def test_an_agents_rings_are_its_own(self) -> None:
        used, staged = ({**one, 'role': 'agent', 'token': None} for one in (USED, STAGED))
        keys, sets = rings.gather(config_of(role='agent'), Keyring(b'old key', 'n1'), used, staged, None)
        self.assertEqual([(one.own, one.agent) for one in keys.heard], [(b'old key', 'n1'), (b'new key', 'n1')])
        self.assertEqual(sets, Sets(OLD, NEW))
        first = {'version': 1, 'token': 'secret', 'peer_key': 'old key'}
        keys, _ = rings.gather(config_of(role='agent'), Keyring(b'its own', 'n1'), staged, None, first)
        self.assertEqual([(one.own, one.agent) for one in keys.heard], [(b'its own', 'n1'), (b'old key', '')])

    def test_status_says_for_whom_it_waits(self) -> None:
        text = commands.describe({'node': 'n1', 'rotation': 'waits for n2, which is not heard from'})
        self.assertIn('secrets  new ones are here: waits for n2, which is not heard from', text)
