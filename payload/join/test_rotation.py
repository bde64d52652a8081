"""Which server takes a staged set of secrets when, and which agent."""
import unittest
from typing import Any, List, Optional

from join.inputs import Input, K3sExited, K3sStatus, Received
from join.messages import Hello, Using
from join.model import Member, Sets
from join.others import Server
from join.outputs import Send, StartK3s, TakeStaged
from join.rotation import agents_hindrance
from join.test_scene import CA, Trial, bodies, config_of, facts_of, founded, kinds, status_of

OLD, NEW, NEWER = 'a' * 16, 'b' * 16, 'c' * 16


def of(trial: Trial, name: str, used: str, staged: Optional[str] = NEW, up: bool = True, uuid: str = '') -> Received:
    """What that server says of its sets, to us."""
    return trial.says(name, Using(used, staged, up, ((trial.state.uuid, trial.state.incarnation),)), uuid)


class OneServer(unittest.TestCase):
    def setUp(self) -> None:
        self.trial = self.running(Sets(OLD, NEW))

    def running(self, sets: Optional[Sets], **changes: Any) -> Trial:
        """n1, or another server, of a cluster of three that is up."""
        trial = Trial(founded(k3s_running=True, sets=sets, **changes))
        trial.at(1.0, status_of())
        return trial

    def says(self, *what: Input, now: float = 2.0) -> List[TakeStaged]:
        return kinds(self.trial.at(now, *what), TakeStaged)

    def test_it_goes_when_all_others_have_the_new_set_and_are_up(self) -> None:
        self.assertEqual(self.says(of(self.trial, 'n2', OLD)), [])
        self.assertEqual(self.trial.state.rotation, 'waits for n3, which is not heard from')
        self.assertEqual(self.says(of(self.trial, 'n3', OLD)), [TakeStaged(NEW)])
        self.assertEqual((self.trial.state.k3s, self.trial.state.rotation), ('stopping', ''))
        self.assertEqual(self.says(status_of(), now=3.0), [], 'once')

    def test_what_it_waits_for_is_said(self) -> None:
        cases = [
            (of(self.trial, 'n3', OLD, None), 'waits for n3, which does not have the new secrets yet'),
            (of(self.trial, 'n3', NEWER, OLD), 'waits for n3, which does not have the new secrets yet'),
            (of(self.trial, 'n3', OLD, NEW, False), 'waits for n3, whose k3s is not ready'),
            (of(self.trial, 'n3', NEW, None, False), 'waits for n3, whose k3s is not ready'),
        ]
        self.says(of(self.trial, 'n2', OLD))
        for said, expected in cases:
            self.assertEqual((self.says(said), self.trial.state.rotation), ([], expected))

    def test_an_old_disk_of_the_same_name_counts_too(self) -> None:
        self.says(of(self.trial, 'n3', OLD, None, uuid='u-old'))
        self.assertEqual(self.says(of(self.trial, 'n3', OLD), of(self.trial, 'n2', OLD)), [])

    def test_silence_counts_as_gone(self) -> None:
        self.says(of(self.trial, 'n2', OLD))
        self.assertEqual(self.says(of(self.trial, 'n3', OLD), now=50.0), [])
        self.assertEqual(self.trial.state.rotation, 'waits for n2, which is not heard from')

    def test_what_may_be_replayed_does_not_count(self) -> None:
        deaf = self.trial.says('n3', Using(OLD, NEW, True, (('u-1', '2' * 16),)))
        self.assertEqual(self.says(of(self.trial, 'n2', OLD), deaf), [])

    def test_smaller_names_go_first(self) -> None:
        self.trial = self.running(Sets(OLD, NEW), config=config_of(name='n2'))
        everyone = [of(self.trial, 'n1', OLD), of(self.trial, 'n3', OLD)]
        self.says(everyone[0])
        self.assertEqual(self.trial.state.rotation, 'waits for n3, which is not heard from', 'as n1 does')
        self.assertEqual(self.says(*everyone), [])
        self.assertEqual(self.trial.state.rotation, 'waits for n1, whose turn comes first')
        self.assertEqual(self.says(of(self.trial, 'n1', NEW, None)), [TakeStaged(NEW)])

    def test_not_while_etcd_misses_or_adds_one(self) -> None:
        for status in (status_of('n2'), status_of(learner='n3'), K3sStatus(False)):
            self.trial = self.running(Sets(OLD, NEW))
            self.trial.at(1.5, status)
            self.assertEqual(self.says(of(self.trial, 'n2', OLD), of(self.trial, 'n3', OLD)), [])
            self.assertNotEqual(self.trial.state.rotation, '')
        self.assertEqual(len(self.says(status_of(), now=3.0)), 1)

    def test_not_before_its_own_api_server_is_ready(self) -> None:
        self.trial.at(1.5, status_of()._replace(serves=False))
        self.assertEqual(self.says(of(self.trial, 'n2', OLD), of(self.trial, 'n3', OLD)), [])
        self.assertEqual(self.trial.state.rotation, "waits for this node's own k3s to be ready")
        self.assertEqual(len(self.says(status_of(), now=3.0)), 1)

    def test_until_then_it_does_not_say_that_it_is_up(self) -> None:
        self.trial.at(1.5, status_of()._replace(serves=False))
        self.trial.live(2.0, 20.0, 'n2')
        self.assertEqual({one.up for one in bodies(self.trial.done, Using)[1:]}, {False})

    def test_a_member_that_the_seed_does_not_name_counts_too(self) -> None:
        self.trial.at(1.5, status_of(count=4))
        self.says(of(self.trial, 'n2', OLD), of(self.trial, 'n3', OLD))
        self.assertEqual(self.trial.state.rotation, 'waits for n4, which is not heard from')

    def test_without_a_newer_set_nothing_happens(self) -> None:
        for sets in (Sets(NEW), None):
            self.trial = self.running(sets)
            self.assertEqual(self.says(of(self.trial, 'n2', NEW, None), of(self.trial, 'n3', NEW, None)), [])
            self.assertEqual(self.trial.state.rotation, '')

    def test_where_that_fails_k3s_goes_on_with_the_old_set_and_is_not_stopped_again(self) -> None:
        self.says(of(self.trial, 'n2', OLD), of(self.trial, 'n3', OLD))
        self.trial.at(3.0, K3sExited('other', True))
        self.trial.live(4.0, 20.0)
        self.assertEqual(kinds(self.trial.done, StartK3s)[-1].how, 'member')
        again: List[Input] = [status_of(), of(self.trial, 'n2', OLD), of(self.trial, 'n3', OLD)]
        self.assertEqual(kinds(self.trial.at(21.0, *again), TakeStaged), [])
        self.assertIn('could not be taken', self.trial.state.rotation)
        self.assertTrue(self.trial.state.wal and not self.trial.state.tombstone)

    def test_it_says_which_sets_it_has_with_each_hello(self) -> None:
        self.trial.live(2.0, 40.0, 'n2')
        sent = bodies(self.trial.done, Using)
        self.assertEqual(len(sent), len([one for one in self.trial.done if isinstance(one, Send)
                                         and isinstance(one.message.body, Hello) and one.address is None]))
        self.assertEqual(sent[-1][:3], (OLD, NEW, True))
        self.assertIn('u-2', [uuid for uuid, _ in sent[-1].hears])


class OneAgent(unittest.TestCase):
    def setUp(self) -> None:
        config = config_of(name='w1', role='agent')
        self.trial = Trial(facts_of(config=config, member=Member(1, 'joined', CA), k3s_running=True, sets=Sets(OLD, NEW)))

    def says(self, *what: Received) -> List[TakeStaged]:
        return kinds(self.trial.at(2.0, *what), TakeStaged)

    def test_it_goes_when_all_servers_that_it_hears_use_the_new_set(self) -> None:
        self.assertEqual(self.says(), [])
        self.assertEqual(self.trial.state.rotation, 'waits to hear which secrets the servers use')
        self.assertEqual(self.says(of(self.trial, 'n1', NEW), of(self.trial, 'n2', OLD)), [])
        self.assertEqual(self.trial.state.rotation, 'waits for n2 to use the new secrets')
        self.assertEqual(self.says(of(self.trial, 'n2', NEW)), [TakeStaged(NEW)])

    def test_it_does_not_wait_for_servers_that_refuse_its_old_token(self) -> None:
        refusing = Server('10.0.0.2', False, CA, True, refuses=True)
        self.says(of(self.trial, 'n2', OLD))
        state, waits = self.trial.state, 'waits for n2 to use the new secrets'
        for k3s, servers, expected in (('up', (refusing,), waits), ('off', (), waits), ('off', (refusing,), '')):
            state.k3s, state.servers = k3s, servers
            self.assertEqual(agents_hindrance(state, NEW, 2.0), expected)

    def test_it_says_nothing_of_its_own(self) -> None:
        self.trial.live(2.0, 40.0, 'n2')
        self.assertEqual(bodies(self.trial.done, Using), [])


if __name__ == '__main__':
    unittest.main()
