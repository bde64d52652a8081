"""`python3 -m join.shell`: the agent of homepbp-join.service."""
import sys
import time
from typing import Optional

from join.shell import clock, durable, enrolment, facts, notices
from join.shell.agent import Agent
from join.shell.node_ip import Found
from join.shell.root import Root
from join.shell.seed import Seed, boot_environment, read_seed

TRY_EVERY = 5.0
SAY_EVERY = 300.0
ENROLMENT_SECONDS = 30.0
"""After which homepbp-enroll must have said something; what it says, it says on the console itself."""
# k3s reads its tokens only when it starts.
ASKING = "k3s waits a moment for the agents' token, which Genesis is being asked for"


class Patience:
    """Says what it is waiting for, at once and then periodically."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._said, self._at = '', 0.0

    def wait(self, trouble: str, aloud: bool = True) -> None:
        """Waits a little before the next try. Not `aloud`: for status only, as another program says it."""
        if not aloud:
            self._root.write_status({'version': 1, 'says': trouble})
        elif trouble != self._said or time.monotonic() - self._at > SAY_EVERY:
            self._said, self._at = trouble, time.monotonic()
            self._root.say(trouble)
            self._root.write_status({'version': 1, 'says': trouble})
        notices.notify('WATCHDOG=1')
        time.sleep(min(TRY_EVERY, notices.watchdog_seconds() / 3))


def usable_seed(root: Root, patience: Patience) -> Seed:
    """The seed, once it, the secrets and the disk are there."""
    began = time.monotonic()
    while True:
        trouble: Optional[str]
        aloud = True
        # Before the secrets are read, as they are written first.
        asked = enrolment.has_asked() or time.monotonic() - began >= ENROLMENT_SECONDS
        try:
            seed = read_seed(root.read)
            trouble = facts.obstacle(seed.config.role, root.read)
            if trouble is None and seed.is_old and not asked:
                trouble, aloud = ASKING, False
            if trouble is None:
                return seed
        except enrolment.NotEnrolled as fault:
            trouble = str(fault)
            aloud = enrolment.says(root.read) is None and time.monotonic() - began > ENROLMENT_SECONDS
        except durable.Unreadable as fault:
            trouble = f"cannot read this node's configuration: {fault}"
        patience.wait(trouble, aloud)


def own_address(root: Root, patience: Patience) -> str:
    """The address that k3s uses, once it may be used."""
    while True:
        try:
            found = root.settle_address()
        except OSError as fault:
            found = Found(None, f"cannot determine this node's address for k3s: {fault}")
        if found.address is not None:
            if found.trouble is not None:
                root.say(found.trouble)
            return found.address
        patience.wait(str(found.trouble))


def main() -> int:
    """Runs until it is stopped; returns 0 at once if there is nothing to do."""
    if boot_environment().get('HOMEPBP_MODE') == 'recovery':
        print('recovery: k3s stays off')
        return 0
    # At once: multi-user.target waits for it, cloud-init's last stage for that, and the waits below
    # may be endless (no STATE, no k3s yet).
    notices.notify('READY=1')
    root = Root()
    patience = Patience(root)
    seed = usable_seed(root, patience)
    clock.wait(root.say, lambda: notices.notify('WATCHDOG=1'), root.clock_is_right)
    address = own_address(root, patience)
    while True:
        try:
            agent = Agent(seed, address, root)
            break
        except (durable.Unreadable, OSError) as fault:
            patience.wait(f'the agent cannot start: {fault}')
    agent.run()
    return 0


if __name__ == '__main__':
    sys.exit(main())
