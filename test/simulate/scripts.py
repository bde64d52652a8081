"""Histories that need several things at the right moment. None may end in a violation; each shows one
when the rule that it is about is broken (mutations.py names them)."""
from typing import Callable, Dict, List, NamedTuple

from join.messages import Accept, Message, Voted
from join.timing import JOIN_HOLD, READY_WITHIN
from simulate.stage import LONG, NOBODY, Stage


class Script(NamedTuple):
    nodes: int
    play: Callable[[Stage], None]
    exception: str = ''
    """Of exceptions.py, that this one meets with all rules in force; it ends in two clusters then."""


def late_accept(stage: Stage) -> None:
    """A proposer's second half comes late: meanwhile another has proposed and was chosen. Then all are cut
    off from each other."""
    held = _half_a_round(stage)
    stage.censor(lambda message, receiver: receiver.number == 1 and type(message.body) is not Voted)
    stage.lead(2)
    stage.until(lambda: _is_chosen(stage, 2))
    for number in (2, 3):
        stage.deliver(held[0], number)
    stage.run(0.01)
    stage.cut((1, 2, 3))
    stage.uncensor()
    stage.run(LONG)


def two_values(stage: Stage) -> None:
    """One STATE accepted an early founder, another one a later founder that was chosen and is gone: those
    two meet."""
    _half_a_round(stage)
    stage.off(1)
    stage.uncensor()
    stage.lead(2)
    stage.until_founded()
    stage.off(2, 3)
    stage.lead(0)
    stage.on(1, 3)
    stage.run(LONG)


def _half_a_round(stage: Stage) -> List[Message]:
    """n1 has a quorum's promises and its own vote; nobody has heard of that yet. What it sent."""
    held = stage.hold(1, Accept)
    stage.lead(NOBODY)
    stage.on(1, 2, 3)
    stage.run(25.0)
    stage.lead(1)
    stage.until(lambda: len(held) > 0)
    return held


def _is_chosen(stage: Stage, number: int) -> bool:
    state = stage.machine(number).state
    return state is not None and state.chosen is not None and state.chosen.uuid == state.uuid


def made_under_latch(stage: Stage) -> None:
    """A voter loses its disk; the new one is made while Genesis says 'founded', and Genesis is lost too."""
    stage.found_and_go_dark(1, 2)
    stage.blank(2)
    stage.on(2)
    blank = stage.machine(2)
    blank.hear_latch(blank.life, 1)
    stage.run(2.0)
    stage.off(2)
    stage.on(2, 3)
    stage.run(LONG)


def later_word(stage: Stage) -> None:
    """Genesis has the latch of a later inventory, of which the machines were not told, when one of them starts
    with a new disk."""
    stage.on(1, 2, 3)
    newest = stage.machine(2)
    newest.hear_latch(newest.life, 9)
    stage.run(LONG)


def told(stage: Stage) -> None:
    """All are told of the founding. Then the founder is dark, one voter has lost its disk, and the one
    that is left did not vote."""
    stage.lead(1)
    stage.on(1, 2)
    stage.until_founded()
    stage.on(3)
    stage.until_settled(1)
    stage.run(0.5)
    stage.off(1, 2, 3)
    stage.blank(2)
    stage.lead(0)
    stage.on(2, 3)
    stage.run(LONG)


def other_disk(stage: Stage) -> None:
    """The founder comes back with another disk, among those who chose it."""
    stage.found_and_go_dark(1, 2)
    stage.blank(1)
    stage.on(1, 2)
    stage.run(LONG)


def old_epoch(stage: Stage) -> None:
    """Epoch 2 is founded; one of its voters then meets a machine that starts from its disk, in epoch 1."""
    stage.on(3)
    stage.run(1.0)
    stage.off(3)
    stage.world.operator.change(epoch=2)
    stage.found_and_go_dark(1, 2)
    stage.lead(3)
    stage.on(3, from_network=False)
    stage.on(2)
    stage.run(LONG)


def outrun(stage: Stage) -> None:
    """A founder has its decree and has ordered k3s, when it hears of a cluster that was cut off, and of
    which the disk that knew is lost."""
    _second_founder(stage)
    stage.until(lambda: stage.machine(3).k3s.runs)
    stage.end_cuts()
    stage.speak(1)
    stage.run(LONG)


def unborn(stage: Stage) -> None:
    """The same a little later: its k3s has begun data, and its etcd does not answer yet."""
    _second_founder(stage)
    stage.until_founded(2)
    stage.end_cuts()
    stage.speak(1)
    stage.run(LONG)


def _second_founder(stage: Stage) -> None:
    """n1 has founded and is cut off; n3 is about to found by the votes of n2 and itself."""
    stage.found_and_go_dark(1, 2)
    stage.blank(2)
    stage.cut((1,))
    stage.on(1)
    stage.until_settled(1)
    stage.lead(3)
    stage.on(2, 3)


def lost_data(stage: Stage) -> None:
    """A sole founder's etcd folder is gone; its STATE is not."""
    stage.on(1)
    stage.until_settled(1)
    stage.off(1)
    stage.machine(1).disk.cluster = None
    stage.on(1)
    stage.run(LONG)


def deaf(stage: Stage) -> None:
    """The founder serves, but no datagram gets through; those who could tell have lost their disks."""
    stage.lead(1)
    stage.on(1, 2)
    stage.until(lambda: stage.machine(1).k3s.served() is not None)
    stage.blank(2)
    stage.cut((1,), tcp=False)
    stage.lead(0)
    stage.on(2, 3)
    stage.run(LONG)


def tombstone(stage: Stage) -> None:
    """A member was removed; the next power cut leaves it with one that lost its disk."""
    stage.on(1, 2, 3)
    stage.until_settled(1, 2, 3)
    stage.world.drop_member(stage.world.clusters[0], 'n1')
    stage.machine(1).disk.tombstone = True
    stage.off(1, 2, 3)
    stage.blank(2)
    stage.on(1, 2)
    stage.run(LONG)


def back_soon(stage: Stage) -> None:
    """A member's disk is changed for another one, and back again less than a minute later."""
    stage.on(1, 2, 3)
    stage.until_settled(1, 2, 3)
    disk = stage.machine(1).disk
    stage.blank(1)
    stage.on(1)
    stage.run(50.0)
    stage.off(1)
    stage.machine(1).disk = disk
    stage.on(1)
    stage.run(LONG)


def same_disk(stage: Stage) -> None:
    """A member's etcd folder is gone; its STATE is not, and the others wait for that member."""
    stage.on(1, 2, 3)
    stage.until_settled(1, 2, 3)
    stage.off(1)
    stage.machine(1).disk.cluster = None
    stage.on(1)
    stage.run(LONG)


def minority(stage: Stage) -> None:
    """Three of five members are gone, and one of them comes back with a blank disk."""
    stage.on(1, 2, 3, 4, 5)
    stage.until_settled(1, 2, 3, 4, 5)
    stage.off(3, 4, 5)
    stage.blank(3)
    stage.on(3)
    stage.run(LONG)


def full_disk(stage: Stage) -> None:
    """A voter cannot write, and is asked twice. The founder goes dark, and the voter starts again."""
    held = stage.hold(1, Accept)
    stage.lead(1)
    stage.on(1, 2)
    stage.until(lambda: len(held) > 0)
    stage.machine(2).disk.full = True
    stage.uncensor()
    for again in (100, 101):
        stage.deliver(held[0]._replace(counter=held[0].counter + again), 2)
        stage.run(0.05)
    stage.run(20.0)
    stage.off(1, 2)
    stage.machine(2).disk.full = False
    stage.lead(0)
    stage.on(2, 3)
    stage.run(LONG)


def hung(stage: Stage) -> None:
    """Two join a founder, and the k3s of both stays up without its etcd, one after the other."""
    stage.world.hangs = 2
    stage.on(1, 2, 3)
    stage.until(lambda: stage.world.hangs == 0, JOIN_HOLD + LONG)
    stage.run(READY_WITHIN + LONG)
    stage.judge_settled()


def majority_away(stage: Stage) -> None:
    """After a power cut one member waits for the others for hours, and then they come."""
    stage.on(1, 2, 3)
    stage.until_settled(1, 2, 3)
    stage.off(1, 2, 3)
    stage.on(1)
    stage.run(8 * READY_WITHIN)
    stage.on(2, 3)
    stage.run(LONG)
    stage.judge_settled()


SCRIPTS: Dict[str, Script] = {
    'late-accept': Script(3, late_accept),
    'two-values': Script(3, two_values),
    'made-under-latch': Script(3, made_under_latch),
    'later-word': Script(3, later_word),
    'told': Script(3, told),
    'other-disk': Script(3, other_disk),
    'old-epoch': Script(3, old_epoch),
    'outrun': Script(3, outrun),
    'unborn': Script(3, unborn, 'voters-lost-their-disks'),
    'lost-data': Script(1, lost_data),
    'deaf': Script(3, deaf),
    'tombstone': Script(3, tombstone),
    'back-soon': Script(3, back_soon),
    'same-disk': Script(3, same_disk),
    'minority': Script(5, minority),
    'full-disk': Script(3, full_disk),
    'hung': Script(3, hung),
    'majority-away': Script(3, majority_away),
}
