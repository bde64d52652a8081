"""What people are told of a round, how often, and when the next one is. Pure."""
from typing import Any, Dict, NamedTuple

from enroll.rounds import Outcome

FIRST_PAUSE, LAST_PAUSE = 5.0, 60.0
"""Between rounds of a node without secrets: it does nothing else."""
CALM_PAUSE = 600.0
"""Of one that has some."""
ROTATING_PAUSE = 60.0
"""Of one that has two sets, so that Genesis soon knows which one it uses."""
JITTER = 0.2
"""Of a pause: nodes that were switched on together are not to ask together for ever."""
REPEAT, CALM_REPEAT = 300.0, 3600.0
"""Seconds until the same sentence is said again, on a node without secrets and with some."""

BEGINNING = 'this node waits for its secrets: Genesis is being asked'


class Said(NamedTuple):
    """A sentence for people."""

    text: str
    is_news: bool
    """For the console and, if Genesis has answered at all, for Genesis; else for status alone."""


def sentence(outcome: Outcome) -> Said:
    """A node that has its secrets goes on without Genesis, so its silence is no news."""
    used, trouble = outcome.kept.used, outcome.trouble
    if used is None:
        return Said(f'this node waits for its secrets: {trouble}', True)
    if trouble is not None and outcome.is_heard:
        return Said(f'this node goes on with the secrets that it has: {trouble}', True)
    if trouble is not None:
        return Said(f'{_has(outcome)}; not asked for newer ones: {trouble}', False)
    return Said(_has(outcome), False)


def _has(outcome: Outcome) -> str:
    used, staged = outcome.kept.used, outcome.kept.staged
    if used is not None and used.version == 1:
        text = 'this node has the secrets of its first boot, from before enrolment'
    else:
        text = f'this node is enrolled (set {used.set if used is not None else "-"})'
    if outcome.kept.previous is not None:
        text += '; it still listens to nodes that use the previous set'
    return text if staged is None else f'{text}; a newer set ({staged.set}) is kept, and not used yet'


def as_json(outcome: Outcome) -> Dict[str, Any]:
    """enrolment.json; no secrets."""
    used, staged = outcome.kept.used, outcome.kept.staged
    return {
        'version': 1,
        'says': sentence(outcome).text,
        'secrets': None if used is None else used.version,
        'set': None if used is None else used.set,
        'staged': None if staged is None else staged.set,
        'trouble': outcome.trouble,
    }


def pause(outcome: Outcome, rounds: int, chance: float) -> float:
    """Seconds until the next round. `rounds`: how many there were without secrets. `chance`: 0 to 1."""
    used, staged, previous = outcome.kept
    if used is not None:
        whole = CALM_PAUSE if staged is None and previous is None else ROTATING_PAUSE
    else:
        whole = min(LAST_PAUSE, FIRST_PAUSE * 1.5 ** min(rounds, 20))
    return whole * (1 - JITTER + 2 * JITTER * chance)


class Repeats:
    """Which sentences are due: a new one at once, the same again only after a time."""

    def __init__(self) -> None:
        self._text, self._due = '', 0.0

    def is_due(self, said: Said, has_secrets: bool, now: float) -> bool:
        """`now` in seconds."""
        if not said.is_news or (said.text == self._text and now < self._due):
            return False
        self._text, self._due = said.text, now + (CALM_REPEAT if has_secrets else REPEAT)
        return True
