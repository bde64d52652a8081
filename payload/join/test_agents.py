import unittest
from typing import Any, Dict, List, Tuple

from join.agents import MOST_AGENTS
from join.inputs import Received
from join.messages import LARGEST_EPOCH, Hello, Message, Servers
from join.model import Founded, Votes
from join.outputs import PersistMember, PersistVotes, Scan, Send
from join.peers import ANSWER_AFTER
from join.test_scene import CA, OTHER_CA, Trial, config_of, facts_of, founded, kinds, status_of
from join.timing import ALIVE, HELLO_NEWS
from join.wire import MAX_SERVERS


class AgentsHeard(unittest.TestCase):
    def setUp(self) -> None:
        self.trial = Trial()
        self.counter = 0

    def says(self, name: str = 'w1', hears_us: bool = False, uuid: str = 'w-1', **changes: Any) -> Received:
        """The hello of an agent with a key of its own."""
        self.counter += 1
        state = self.trial.state
        hears = ((state.uuid, state.incarnation),) if hears_us else ()
        body = Hello(1, 'agent', 0, False, False, None, None, hears)._replace(**changes)
        return Received(Message(name, uuid, '9' * 16, self.counter, body), f'10.0.1.{name[1:]}', name)

    def sent(self) -> List[Tuple[str, Send]]:
        """What went to agents, by name."""
        return [(one.agent, one) for one in kinds(self.trial.done, Send) if one.agent]

    def test_an_agent_is_answered_under_its_key_at_most_once_a_second(self) -> None:
        self.trial.at(1.0, self.says())
        self.trial.at(1.5, self.says())
        self.trial.at(1.0 + ANSWER_AFTER, self.says())
        (name, first), _ = self.sent()
        self.assertEqual((name, first.address), ('w1', '10.0.1.1'))
        body = first.message.body
        assert isinstance(body, Hello)
        self.assertEqual((body.standing, body.hears), ('blank', (('w-1', '9' * 16),)))

    def test_once_it_hears_us_it_is_told_the_news(self) -> None:
        self.trial.live(0.0, 1.0)
        self.trial.at(2.0, self.says(hears_us=True))
        self.assertEqual(self.sent(), [])
        self.trial.at(3.0, self.trial.member_hello('n2'))
        self.trial.at(3.0 + HELLO_NEWS)
        told = [one.message.body.founded for _, one in self.sent() if isinstance(one.message.body, Hello)]
        self.assertEqual(told, [(1, CA)])

    def test_one_that_does_not_show_that_it_hears_us_is_told_nothing_of_itself(self) -> None:
        self.trial.at(1.0, self.says())
        before = len(self.sent())
        self.trial.live(2.0, 40.0)
        self.assertEqual(len(self.sent()), before)

    def test_the_silent_are_told_no_more(self) -> None:
        self.trial.at(1.0, self.says(hears_us=True))
        self.trial.live(2.0, 1.0 + ALIVE)
        before = len(self.sent())
        self.trial.live(2.0 + ALIVE, 30.0 + ALIVE)
        self.assertEqual(len(self.sent()), before)

    def test_nothing_that_it_says_of_a_cluster_is_kept(self) -> None:
        member = Trial(founded(votes=Votes()))
        member.at(1.0, status_of())
        for trial in (self.trial, member):
            self.trial = trial
            before = (trial.state.votes, trial.state.member)
            lies: List[Dict[str, Any]] = [
                {'founded': (7, OTHER_CA)}, {'epoch': LARGEST_EPOCH, 'votes_from': 9},
                {'chosen': ('w1', 'w-1'), 'eligible': True}, {'joining': True}]
            for lie in lies:
                outputs = trial.at(5.0, self.says(hears_us=True, **lie), self.says(**lie))
                self.assertEqual([*kinds(outputs, PersistVotes), *kinds(outputs, PersistMember)], [])
            self.assertEqual((trial.state.votes, trial.state.member), before)
            self.assertIsNone(trial.state.two_clusters)

    def test_it_is_no_peer_whatever_disk_and_name_it_claims(self) -> None:
        self.trial.at(1.0, self.trial.hello('n2'))
        peer = self.trial.state.peers['u-2']
        self.trial.at(2.0, self.says('n2', hears_us=True, uuid='u-2', votes_from=1, eligible=True))
        self.assertEqual(list(self.trial.state.peers), ['u-2'])
        self.assertEqual((peer.hello.standing, peer.address), ('blank', '10.0.0.2'))
        self.trial = Trial()
        self.trial.at(1.0, self.says('n2', hears_us=True, uuid='u-2', votes_from=1))
        self.assertEqual(self.trial.state.peers, {})

    def test_the_number_that_is_remembered_is_bounded_and_the_silent_make_room(self) -> None:
        for number in range(MOST_AGENTS + 5):
            self.trial.at(1.0, self.says(f'w{number}'))
        self.assertEqual(len(self.trial.state.agents), MOST_AGENTS)
        self.trial.at(2.0 + ALIVE, self.says('late'))
        self.assertIn('late', self.trial.state.agents)
        self.assertEqual(len(self.trial.state.agents), MOST_AGENTS)

    def test_it_is_told_where_servers_are_and_looks_there(self) -> None:
        self.trial = Trial(founded(votes=Votes()))
        self.trial.at(1.0, status_of(), self.says(hears_us=True))
        self.trial.live(2.0, 30.0)
        told = [one.message.body for _, one in self.sent() if isinstance(one.message.body, Servers)]
        self.assertEqual(told[0], Servers(('10.0.0.1', '10.0.0.2', '10.0.0.3')))
        agent = Trial(facts_of(config=config_of(role='agent')))
        agent.live(0.0, 1.0)
        agent.at(2.0, agent.says('n2', told[0]))
        agent.live(3.0, 40.0)
        self.assertEqual(kinds(agent.done, Scan)[-1].addresses, ('10.0.0.1', '10.0.0.2', '10.0.0.3'))

    def test_it_is_told_of_no_more_servers_than_a_message_has_room_for_and_of_ipv4_alone(self) -> None:
        self.trial = Trial(founded(votes=Votes()))
        status = status_of(count=MAX_SERVERS + 4)
        six = status.members[0]._replace(address='fd00::1')
        self.trial.at(1.0, status._replace(members=(six, *status.members[1:])), self.says(hears_us=True))
        self.trial.live(2.0, 30.0)
        [told, *_] = [one.message.body for _, one in self.sent() if isinstance(one.message.body, Servers)]
        self.assertEqual(len(told.addresses), MAX_SERVERS)
        self.assertNotIn('fd00::1', told.addresses)
        few = status_of()
        self.trial.at(31.0, few._replace(members=(few.members[0]._replace(address='fd00::1'), *few.members[1:])))
        self.trial.at(32.0, self.says(hears_us=True))
        self.trial.live(33.0, 60.0)
        last = [one.message.body for _, one in self.sent() if isinstance(one.message.body, Servers)][-1]
        self.assertEqual(last.addresses, ('10.0.0.2', '10.0.0.3'))

    def test_a_server_is_told_nothing_of_the_kind(self) -> None:
        self.trial.at(1.0, self.trial.says('n2', Servers(('10.9.9.9',))))
        self.assertEqual(self.trial.state.told_servers, ())

    def test_an_agent_hears_no_agents(self) -> None:
        self.trial = Trial(facts_of(config=config_of(role='agent')))
        self.trial.at(1.0, self.says(founded=(1, CA)))
        self.assertEqual((self.trial.state.agents, self.sent()), ({}, []))

    def test_an_agent_believes_servers(self) -> None:
        self.trial = Trial(facts_of(config=config_of(role='agent')))
        self.trial.at(1.0, self.trial.member_hello('n2'))
        self.assertEqual(self.trial.state.votes.founded, Founded(1, CA))


if __name__ == '__main__':
    unittest.main()
