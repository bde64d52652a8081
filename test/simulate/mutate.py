"""Breaks one rule after another and looks for the history that shows it."""
import argparse
import sys
import time
from multiprocessing import Process, Queue
from typing import Any, Dict, List, Tuple

from simulate.mutations import MUTATIONS, Mutation
from simulate.schedule import simulate
from simulate.scripts import SCRIPTS
from simulate.stage import Astray, Stage

MOST = 4000
"""Seeds for each mutation that has no script."""
UNSEEN = 'NOT SEEN'


def hunt(name: str, answers: 'Queue[Any]') -> None:
    """In a process of its own: the mutation changes the modules for good."""
    mutation = MUTATIONS[name]
    where, text = UNSEEN, ''
    try:
        mutation.apply()
        where, text = play(mutation.script) if mutation.script is not None else search(mutation)
    except Exception as fault:  # the core crashed on the broken rule, which proves nothing
        text = '%s: %s' % (type(fault).__name__, fault)
    answers.put((name, where, text))


def play(name: str) -> Tuple[str, str]:
    """Where the script ends in a violation, and which; UNSEEN."""
    script = SCRIPTS[name]
    for seed in range(1, 6):
        stage = Stage(script.nodes, seed=seed)
        try:
            script.play(stage)
        except Astray:
            continue
        if stage.world.judge.violations:
            return 'script %s' % name, stage.world.judge.violations[0]
    return UNSEEN, ''


def search(mutation: Mutation) -> Tuple[str, str]:
    """The first seed with an unsafe end."""
    for seed in range(1, MOST + 1):
        result = simulate(seed, mutation.nodes, flavour=mutation.flavour)
        violations = [text for text in result.violations if not text.startswith('liveness')]
        if violations:
            return 'seed %d' % seed, violations[0]
    return UNSEEN, ''


def known(name: str) -> str:
    if name in MUTATIONS:
        return name
    raise argparse.ArgumentTypeError('unknown mutation %s; known: %s' % (name, ' '.join(MUTATIONS)))


def main() -> int:
    words = argparse.ArgumentParser()
    words.add_argument('--processes', type=int, default=2)
    words.add_argument('names', nargs='*', type=known)
    flags = words.parse_args()
    names = flags.names or list(MUTATIONS)
    start = time.perf_counter()
    unseen = [name for name, where in hunt_all(names, flags.processes) if where == UNSEEN]
    print('%d rules broken one at a time, %d seen by the simulator, in %.0f s' % (
        len(names), len(names) - len(unseen), time.perf_counter() - start))
    return 1 if unseen else 0


def hunt_all(names: List[str], processes: int) -> List[Tuple[str, str]]:
    """Each mutation and where it was seen, printed as they come."""
    answers: 'Queue[Any]' = Queue()
    waiting = list(names)
    running: Dict[str, Process] = {}
    found: List[Tuple[str, str]] = []
    while waiting or running:
        while waiting and len(running) < processes:
            name = waiting.pop(0)
            running[name] = Process(target=hunt, args=(name, answers))
            running[name].start()
        name, where, text = answers.get()
        running.pop(name).join()
        found.append((name, where))
        print('%-22s %-24s %s' % (name, where, text[:120]), flush=True)
    return found


if __name__ == '__main__':
    sys.exit(main())
