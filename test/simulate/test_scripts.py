"""The directed histories: none of scripts.py breaks anything, each of exceptions.py shows its exception."""
import unittest

from simulate.exceptions import EXCEPTIONS
from simulate.mutations import MUTATIONS
from simulate.scripts import SCRIPTS
from simulate.stage import Stage

SEEDS = range(1, 6)


class Scripts(unittest.TestCase):
    def test_with_every_rule_in_force_none_ends_in_a_violation_or_in_an_exception_but_its_own(self) -> None:
        for name, script in SCRIPTS.items():
            for seed in SEEDS:
                with self.subTest(name, seed=seed):
                    stage = Stage(script.nodes, seed=seed)
                    script.play(stage)
                    self.assertEqual(stage.world.judge.violations, [])
                    self.assertEqual(stage.world.judge.exceptions, {script.exception} - {''})
                    self.assertEqual(len(stage.world.clusters), 2 if script.exception else 1)

    def test_each_is_there_for_a_rule(self) -> None:
        self.assertEqual(set(SCRIPTS), {one.script for one in MUTATIONS.values()} - {None})


class Exceptions(unittest.TestCase):
    def test_each_history_shows_its_exception_and_two_clusters(self) -> None:
        for name, allowed in EXCEPTIONS.items():
            for seed in SEEDS:
                with self.subTest(name, seed=seed):
                    names = tuple('n%d' % number for number in range(1, allowed.nodes + 1))
                    stage = Stage(allowed.nodes, names[:allowed.servers or None], allowed.quorum, seed)
                    allowed.play(stage)
                    self.assertEqual(stage.world.judge.violations, [])
                    self.assertEqual(stage.world.judge.exceptions, {name})
                    self.assertGreater(len(stage.world.clusters), 1)


if __name__ == '__main__':
    unittest.main()
