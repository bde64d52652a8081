import unittest

from join.shell.agent import Patience


class Lasting(unittest.TestCase):
    def test_it_runs_out_once_each_time(self) -> None:
        patience = Patience(30)
        seen = [patience.is_over(True, now) for now in (0.0, 29.0, 30.0, 31.0)]
        self.assertEqual(seen, [False, False, True, False])
        self.assertFalse(patience.is_over(False, 32.0))
        self.assertFalse(patience.is_over(True, 33.0))
        self.assertTrue(patience.is_over(True, 63.0))
