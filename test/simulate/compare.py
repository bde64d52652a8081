"""Prints how long it takes from the last power-on to one cluster, by our rules and by the seed's."""
import argparse
from typing import List

from simulate.schedule import simulate
from simulate.seed_rule import run_seed_rule

NODES = (1, 3, 5, 7)
WAITS = (30.0, 120.0)
"""The seed says 'a random period' and no number: a short one and a long one."""


def main() -> None:
    words = argparse.ArgumentParser()
    words.add_argument('--runs', type=int, default=1000)
    runs = words.parse_args().runs
    print('virtual seconds from the last power-on until all are members of one cluster, %d runs each' % runs)
    print('%-38s %8s %8s %18s' % ('', 'median', 'p95', 'two clusters in'))
    for nodes in NODES:
        servers = '1 server' if nodes == 1 else '%d servers' % nodes
        ours = [simulate(seed, nodes, calm=True) for seed in range(1, runs + 1)]
        several = sum(1 for one in ours if one.violations or one.exceptions)
        show('%s: HomePBP' % servers, [one.formed for one in ours if one.formed is not None],
             several, runs)
        for wait in WAITS:
            others = [run_seed_rule(seed, nodes, wait) for seed in range(1, runs + 1)]
            several = sum(1 for one in others if one.clusters > 1)
            show('%s: seed, waits %d s at most' % (servers, wait),
                 [one.formed for one in others if one.formed is not None], several, runs)


def show(what: str, times: List[float], several: int, runs: int) -> None:
    times.sort()
    if times:
        median, late = times[len(times) // 2], times[int(len(times) * 0.95)]
        print('%-38s %8.1f %8.1f %17.1f%%' % (what, median, late, 100.0 * several / runs))
    else:
        print('%-38s %8s %8s %17.1f%%' % (what, '-', '-', 100.0 * several / runs))


if __name__ == '__main__':
    main()
