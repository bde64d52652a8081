"""`python3 -m enroll`: the program of homepbp-enroll.service. Runs until it is stopped."""
import json
import os
import random
import sys
import time

from checkin import client
from enroll import places, saying
from enroll.rounds import Outcome, Rounds
from join.shell import notices


class Voice:
    """Tells people: enrolment.json always, console and Genesis when it is due."""

    def __init__(self) -> None:
        self._repeats, self._written = saying.Repeats(), ''

    def begin(self) -> None:
        """So that whoever waits for the secrets has something to say from the start."""
        self._write(json.dumps({'version': 1, 'says': saying.BEGINNING}) + '\n')

    def tell(self, outcome: Outcome) -> None:
        """Of each round."""
        text = json.dumps(saying.as_json(outcome), indent=2, sort_keys=True) + '\n'
        said, has_secrets = saying.sentence(outcome), outcome.kept.used is not None
        if self._repeats.is_due(said, has_secrets, time.monotonic()):
            notices.say(said.text)
            if outcome.is_heard:
                client.check_in('cluster', 'enrolment', said.text)
        elif text != self._written:
            print(said.text, flush=True)
        self._write(text)

    def _write(self, text: str) -> None:
        """In RAM, so by rename alone."""
        if text == self._written:
            return
        new = places.ENROLMENT + '.new'
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), 'w', encoding='utf8') as file:
            os.fchmod(file.fileno(), 0o644)
            file.write(text)
        os.rename(new, places.ENROLMENT)
        self._written = text


def main() -> int:
    """See above."""
    rounds, voice, without = Rounds(), Voice(), 0
    voice.begin()
    while True:
        outcome = rounds.once()
        voice.tell(outcome)
        without = 0 if outcome.kept.used is not None else without + 1
        time.sleep(saying.pause(outcome, without - 1, random.random()))


if __name__ == '__main__':
    sys.exit(main())
