import subprocess
import sys
import unittest


class Threads(unittest.TestCase):
    def test_a_thread_that_ends_by_a_fault_ends_the_agent_with_it(self) -> None:
        program = (
            'import time\n'
            'from join.shell.agent import for_ever\n'
            'def work():\n'
            '    raise RuntimeError("a fault of ours")\n'
            'for_ever(work)\n'
            'time.sleep(20)\n')
        done = subprocess.run([sys.executable, '-B', '-c', program], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn('a fault of ours', done.stderr)
