import unittest
from typing import List

from join import scanning
from join.inputs import Scanned
from join.model import Founded, Votes
from join.others import Server
from join.outputs import Scan
from join.test_scene import CA, Trial, facts_of, kinds
from join.turn import Turn

FOUND = Server('10.0.0.2', True, CA, True)


class Scanning(unittest.TestCase):
    def setUp(self) -> None:
        self.trial = Trial(facts_of(votes=Votes(founded=Founded(1, CA))))
        self.state = self.trial.state

    def scans(self) -> List[Scan]:
        return kinds(self.trial.done, Scan)

    def test_the_first_comes_at_once_with_the_hashes_that_are_trusted(self) -> None:
        self.assertEqual(self.scans(), [Scan((CA,), ())])

    def test_peers_are_looked_at_too(self) -> None:
        self.trial.at(1.0, Scanned(()), self.trial.hello('n3'), self.trial.hello('n2'))
        self.trial.at(15.0)
        self.assertEqual(self.scans()[-1].addresses, ('10.0.0.2', '10.0.0.3'))

    def test_again_a_while_after_the_last(self) -> None:
        self.trial.at(1.0, Scanned(()))
        self.trial.at(14.9)
        self.assertEqual(len(self.scans()), 1)
        self.trial.at(15.0)
        self.assertEqual(len(self.scans()), 2)

    def test_one_that_is_not_answered_is_waited_for_and_then_lost(self) -> None:
        self.trial.at(59.9)
        self.assertEqual(len(self.scans()), 1)
        self.trial.at(60.0)
        self.assertEqual(len(self.scans()), 2)

    def test_an_answer_is_as_old_as_its_question(self) -> None:
        self.trial.at(9.0, Scanned((FOUND,)))
        self.assertEqual((self.state.scanned, self.state.servers), (0.0, (FOUND,)))

    def test_an_answer_to_nothing_is_not_taken(self) -> None:
        self.trial.at(1.0, Scanned(()))
        self.trial.at(2.0, Scanned((FOUND,)))
        self.assertEqual(self.state.servers, ())

    def test_what_was_forgotten_is_looked_for_at_once(self) -> None:
        self.trial.at(1.0, Scanned((FOUND,)))
        turn = Turn(self.state, 2.0)
        scanning.forget_scan(turn)
        self.assertEqual(self.state.servers, ())
        scanning.look(turn)
        self.assertEqual(len(kinds(turn.out, Scan)), 1)

    def test_look_after_asks_only_where_none_was_asked_since(self) -> None:
        turn = Turn(self.state, 5.0)
        scanning.look_after(turn, 0.0)
        self.assertEqual(turn.out, [])
        scanning.look_after(turn, 1.0)
        self.assertEqual(len(kinds(turn.out, Scan)), 1)
