"""`python3 -m enroll`: the program of homepbp-enroll.service. Runs until it is stopped."""
import random
import sys
import time
from typing import Any, Dict

from checkin import client
from enroll import places, saying
from enroll.rounds import Outcome, Rounds
from join.shell import notices


class Voice:
    """Tells people: enrolment.json always has the newest outcome; the console and Genesis get it when it is due."""

    def __init__(self) -> None:
        self._repeats = saying.Repeats()
        self._written: Dict[str, Any] = {}

    def begin(self) -> None:
        """So that whoever waits for the secrets has something to say from the start."""
        self._write({'version': 1, 'says': saying.BEGINNING})

    def tell(self, outcome: Outcome) -> None:
        """To be called after each round."""
        report = saying.as_json(outcome)
        said, has_secrets = saying.sentence(outcome), outcome.kept.used is not None
        if self._repeats.is_due(said, has_secrets, time.monotonic()):
            notices.say(said.text)
            if outcome.is_heard:
                client.check_in('cluster', 'enrolment', said.text)
        elif report != self._written:
            print(said.text, flush=True)
        self._write(report)

    def _write(self, report: Dict[str, Any]) -> None:
        if report != self._written:
            notices.write_report(places.ENROLMENT, report)
            self._written = report


def main() -> int:
    """Asks again and again; never returns."""
    rounds, voice, without = Rounds(), Voice(), 0
    voice.begin()
    while True:
        outcome = rounds.once()
        voice.tell(outcome)
        without = 0 if outcome.kept.used is not None else without + 1
        time.sleep(saying.pause(outcome, without - 1, random.random()))


if __name__ == '__main__':
    sys.exit(main())
