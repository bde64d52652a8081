"""Breaks one rule after the other and looks for the seed that shows it."""
import argparse
import sys
import time
from multiprocessing import Process, Queue
from typing import Any, Dict, List, Optional, Tuple

from simulate.mutations import MUTATIONS
from simulate.schedule import simulate

MOST = 4000
"""Seeds for each mutation."""


def hunt(name: str, answers: 'Queue[Any]') -> None:
    """In a process of its own: the mutation changes the modules for good."""
    mutation = MUTATIONS[name]
    mutation.apply()
    for seed in range(1, MOST + 1):
        try:
            result = simulate(seed, mutation.nodes, flavour=mutation.flavour)
            violations = [text for text in result.violations if not text.startswith('liveness')]
        except Exception as fault:  # a broken rule may break the core's own assertions
            violations = ['%s: %s' % (type(fault).__name__, fault)]
        if violations:
            answers.put((name, seed, violations[0]))
            return
    answers.put((name, None, ''))


def main() -> int:
    words = argparse.ArgumentParser()
    words.add_argument('--processes', type=int, default=2)
    words.add_argument('names', nargs='*')
    flags = words.parse_args()
    names = flags.names or list(MUTATIONS)
    start = time.perf_counter()
    answers: 'Queue[Any]' = Queue()
    waiting: List[str] = list(names)
    running: Dict[str, Process] = {}
    found: Dict[str, Tuple[Optional[int], str]] = {}
    while waiting or running:
        while waiting and len(running) < flags.processes:
            name = waiting.pop(0)
            running[name] = Process(target=hunt, args=(name, answers))
            running[name].start()
        name, seed, text = answers.get()
        running.pop(name).join()
        found[name] = (seed, text)
        print('%-22s %-14s %s' % (name, 'NOT SEEN' if seed is None else 'seed %d' % seed, text[:140]), flush=True)
    unseen = [name for name, (seed, _) in found.items() if seed is None]
    print('%d rules broken, %d seen by the simulator, in %.0f s' % (
        len(found), len(found) - len(unseen), time.perf_counter() - start))
    return 1 if unseen else 0


if __name__ == '__main__':
    sys.exit(main())
