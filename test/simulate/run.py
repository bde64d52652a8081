"""Runs many seeds on all cores and prints what came of them."""
import argparse
import sys
import time
from multiprocessing import Pool
from typing import Dict, List, Tuple

from simulate.exceptions import EXCEPTIONS
from simulate.history import Result
from simulate.schedule import simulate

BATCH = 250


def main() -> int:
    words = argparse.ArgumentParser()
    words.add_argument('--first', type=int, required=True)
    words.add_argument('--last', type=int, required=True)
    words.add_argument('--nodes', type=int, required=True)
    words.add_argument('--processes', type=int, default=2)
    flags = words.parse_args()
    if flags.first == flags.last:
        return show(flags.first, flags.nodes)
    return run(flags.first, flags.last, flags.nodes, flags.processes)


def show(seed: int, nodes: int) -> int:
    """One seed, with its whole trace."""
    result = simulate(seed, nodes, tracing=True)
    print('\n'.join(result.lines))
    print_result(result)
    return 1 if result.violations else 0


def print_result(result: Result) -> None:
    for text in result.violations:
        print('seed %d: %s' % (result.seed, text))
    for name in sorted(result.exceptions):
        print('seed %d: exception %s' % (result.seed, name))


def batch(work: Tuple[int, int, int]) -> List[Tuple[Result, ...]]:
    """Results of some seeds; only those that are worth a line travel back whole."""
    first, last, nodes = work
    return [tuple(simulate(seed, nodes) for seed in range(first, last + 1))]


def run(first: int, last: int, nodes: int, processes: int) -> int:
    start = time.perf_counter()
    work = [(at, min(at + BATCH - 1, last), nodes) for at in range(first, last + 1, BATCH)]
    runs = violations = events = 0
    exceptions: Dict[str, int] = {}
    shown: Dict[str, int] = {}
    formed: List[float] = []
    bad: List[int] = []
    with Pool(processes) as pool:
        for results in pool.imap_unordered(batch, work):
            for result in results[0]:
                runs += 1
                events += result.events
                if result.violations:
                    violations += 1
                    bad.append(result.seed)
                    if len(bad) <= 20:
                        print_result(result)
                for name in result.exceptions:
                    exceptions[name] = exceptions.get(name, 0) + 1
                    shown[name] = min(result.seed, shown.get(name, result.seed))
                if result.formed is not None:
                    formed.append(result.formed)
    took = time.perf_counter() - start
    formed.sort()
    print('runs %d  violations %d  runs that met an exception %d' % (runs, violations, sum(exceptions.values())))
    for name, count in sorted(exceptions.items()):
        print('  %-26s %d, the first in seed %d: %s' % (name, count, shown[name], EXCEPTIONS[name].what))
    if formed:
        print('virtual time to one cluster, median of %d calm runs: %.1f s' % (len(formed), formed[len(formed) // 2]))
    print('%.0f schedules/s, %.0f events/schedule' % (runs / took, events / runs))
    if bad:
        print()
        show(min(bad), nodes)
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
