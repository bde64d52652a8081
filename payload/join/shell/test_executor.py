import os
from typing import Any, Callable, List
from unittest import mock

from join import outputs as out
from join.inputs import DbSetAside, Input, K3sExited, PersistFailed
from join.keyring import Keyring
from join.model import Member, Votes
from join.shell import executor, genesis, k3s, paths
from join.shell.executor import Executor
from join.shell.root import Root, Unanswered
from join.shell.seed import Seed
from join.shell.test_node import Node
from join.shell.test_seed import SERVERS_SECRETS
from join.test_scene import CA, Trial, config_of
from join.timing import START_WITHIN
from join.wire import decode, encode
from trust.proof import agent_key


def at_once(work: Callable[[], object]) -> None:
    work()


class Carrying(Node):
    def setUp(self) -> None:
        super().setUp()
        self.patch(executor, 'in_background', at_once)
        self.told: List[Input] = []
        self.watch, self.sockets, self.addresses = mock.Mock(), mock.Mock(), mock.Mock()
        self.watch.last_words = ''
        self.addresses.expected.return_value = ('10.0.0.2',)
        seed = Seed(config_of(), 'secret', Keyring(b'k' * 32), (), None, {})
        self.executor = Executor(seed, self.root, self.sockets, self.addresses, self.watch, self.told.append)
        self.trial = Trial()

    def do(self, *wanted: Any) -> None:
        self.executor.carry_out(list(wanted), self.trial.state, 100.0)

    def test_what_is_remembered_is_on_the_disk_before_k3s_starts(self) -> None:
        self.watch.start.side_effect = lambda until: self.assertIn('founding', self.read(paths.MEMBER))
        self.do(out.PersistMember(Member(1, 'founding')), out.StartK3s('init', None, None))
        self.watch.start.assert_called_once_with(100.0 + START_WITHIN)

    def test_nothing_comes_after_a_memory_that_cannot_be_written(self) -> None:
        self.patch(paths, 'VOTES', os.path.join(self.folder, 'no', 'such', 'folder'))
        self.do(out.PersistVotes(Votes(1)), out.StartK3s('init', None, None))
        self.watch.start.assert_not_called()
        self.assertIsInstance(self.told[0], PersistFailed)
        self.assertIn('PersistVotes', self.executor.notes[-1])

    def test_a_start_that_cannot_be_made_has_ended(self) -> None:
        self.patch(k3s, 'CONFIG', os.path.join(paths.VOTES, 'no', 'folder'))
        with open(paths.VOTES, 'w', encoding='utf8'):
            pass
        self.do(out.StartK3s('init', None, None))
        self.watch.start.assert_not_called()
        self.assertEqual(self.told, [K3sExited('other', False, False)])
        self.assertIn('StartK3s', self.executor.notes[-1])

    def test_where_nobody_knows_whether_k3s_runs_the_agent_ends(self) -> None:
        for wanted, doing in ((out.StartK3s('init', None, None), self.watch.start), (out.StopK3s(), self.watch.stop)):
            doing.side_effect = Unanswered('no answer')
            with self.assertRaises(Unanswered):
                self.do(wanted)
        self.assertEqual(self.told, [])

    def test_a_memory_of_which_nobody_knows_whether_it_was_written_was_not(self) -> None:
        self.executor.root = Root(lambda line, seconds: b'')
        self.do(out.PersistVotes(Votes(1)), out.StartK3s('init', None, None))
        self.watch.start.assert_not_called()
        self.assertIsInstance(self.told[0], PersistFailed)

    def test_the_configuration_is_whole_before_k3s_starts(self) -> None:
        self.watch.start.side_effect = lambda until: self.assertIn('cluster-init: true', self.read(k3s.CONFIG))
        self.do(out.StartK3s('init', None, None))
        self.watch.start.assert_called_once_with(100.0 + START_WITHIN)
        self.assertEqual(os.stat(k3s.CONFIG).st_mode & 0o777, 0o600)

    def test_once_founded_cluster_init_goes_and_the_token_is_whole(self) -> None:
        self.do(out.StartK3s('init', None, None), out.KeepServer(None, CA))
        text = self.read(k3s.CONFIG)
        self.assertNotIn('cluster-init', text)
        self.assertNotIn('server:', text.replace('::server:', ''))
        self.assertIn(f'token: "K10{CA}::server:secret"\n', text)
        self.do(out.KeepServer('10.0.0.2', CA))
        self.assertIn('server: "https://10.0.0.2:6443"\n', self.read(k3s.CONFIG))
        self.watch.start.assert_called_once_with(100.0 + START_WITHIN)

    def test_a_k3s_that_is_stopped_is_told_to_have_ended_with_what_it_left(self) -> None:
        def leave_data() -> None:
            os.mkdir(k3s.WAL)

        self.watch.stop.side_effect = leave_data
        self.do(out.StopK3s())
        self.watch.stop.assert_called_once_with()
        self.assertEqual(self.told, [K3sExited('stopped', True, False)])

    def test_all_are_spoken_to_at_every_address_that_is_known(self) -> None:
        self.trial.at(1.0, self.trial.hello('n3'))
        hello = out.Send(self.trial.hello('n2').message, None)
        self.do(hello, hello._replace(address='10.0.0.9'))
        self.assertEqual(self.sockets.broadcast.call_args[0][1], ['10.0.0.2', '10.0.0.3'])
        self.assertEqual(self.sockets.send.call_args[0][1], '10.0.0.9')

    def test_each_is_spoken_to_under_the_key_that_it_has(self) -> None:
        message = self.trial.hello('n2').message
        self.do(out.Send(message, '10.0.1.1', 'w1'), out.Send(message, '10.0.0.2'))
        to_agent, to_server = (call[0][0] for call in self.sockets.send.call_args_list)
        keys = self.executor.seed.keys
        self.assertEqual(decode(to_agent, Keyring(agent_key(keys.own, 'w1'), 'w1')).message, message)
        self.assertEqual(to_server, encode(message, keys.own))

    def test_an_agent_speaks_under_its_own(self) -> None:
        self.executor.seed = self.executor.seed._replace(keys=Keyring(b'its own', 'w1'))
        self.do(out.Send(self.trial.hello('n2').message, '10.0.0.2'))
        self.assertIn(b' w1\n', self.sockets.send.call_args[0][0])

    def test_who_joins_a_server_without_the_agents_token_starts_without_it_and_has_it_from_then_on(self) -> None:
        self.write(paths.SECRETS, SERVERS_SECRETS)
        self.do(out.StartK3s('join', '10.0.0.2', CA, with_agents=False))
        self.assertNotIn('agent-token', self.read(k3s.CONFIG))
        self.do(out.KeepServer('10.0.0.2', CA))
        self.assertIn('agent-token: "for agents"\n', self.read(k3s.CONFIG))

    def test_a_db_that_is_set_aside_is_kept(self) -> None:
        self.state = 'inactive'
        os.mkdir(k3s.DB)
        self.do(out.SetDbAside())
        self.assertEqual(self.told, [DbSetAside()])
        self.assertEqual(len([name for name in os.listdir(self.folder) if name.startswith('db-set-aside-')]), 1)
        self.assertFalse(os.path.exists(k3s.DB))

    def test_a_sentence_goes_to_the_console_the_status_and_genesis(self) -> None:
        with mock.patch.object(genesis, 'check_in') as told:
            self.do(out.Say('n1: waits for n2'))
            self.assertEqual(self.executor.said, 'n1: waits for n2')
            self.do(out.Say(''))
        self.assertEqual(self.shown, ['n1: waits for n2'])
        told.assert_called_once_with('cluster', 'n1: waits for n2')
        self.assertEqual(self.executor.said, '')

    def test_with_it_go_the_last_words_of_a_k3s_that_ended(self) -> None:
        self.watch.last_words = 'no such flag'
        with mock.patch.object(genesis, 'check_in') as told:
            self.do(out.Say('n1: k3s ended'))
            self.do(out.Say(''))
        self.assertEqual(self.shown, ['n1: k3s ended; k3s exited with: no such flag'])
        told.assert_called_once_with('cluster', 'n1: k3s ended; k3s exited with: no such flag')

    def test_an_answer_is_kept_beside_what_the_node_waits_for(self) -> None:
        self.executor.said = 'n1: waits for n2'
        self.do(out.Answer('forget: n3 is not a member'))
        self.assertEqual(self.shown, ['forget: n3 is not a member'])
        self.assertEqual((self.executor.said, self.executor.notes), ('n1: waits for n2', ['forget: n3 is not a member']))

    def test_a_founding_is_of_the_epoch_that_was_decided_in(self) -> None:
        self.trial.state.member = Member(epoch=4, mode='founder')
        with mock.patch.object(genesis, 'check_in') as told, mock.patch.object(genesis, 'say_founded') as founded:
            self.do(out.CheckIn('founded', 'ab12'), out.CheckIn('ready', 'founded the cluster'))
        founded.assert_called_once_with('', b'k' * 32, Member(epoch=4, mode='founder'))
        told.assert_called_once_with('ready', 'founded the cluster')

    def test_everything_that_the_core_can_want_has_a_doer(self) -> None:
        self.assertEqual(set(executor.DOERS), set(out.Output.__args__))  # type: ignore[attr-defined]
