"""What histories are mostly about, and how one is made from a seed."""
from typing import Optional, Tuple

from simulate.accidents import (
    crash, crash_within_step, dark_start, fill_disk, flap, jump_clock, lose_disk, lose_disks, partition,
    power_cut, restart_agent, swap_disk,
)
from simulate.forgery import false_genesis, forge, rogue, take_over
from simulate.history import Fault, Flavour, History, Result
from simulate.operating import (
    change_quorum, close_latch, grow, hang, never_booted, no_shim, open_latch, raise_epoch, remove_node, reorder,
    rescue, shrink, wish_abandon,
)
from simulate.strikes import (
    blind, bridge, darken, halfway, isolate, latched_wipe, overrule, regroup, wipe_others,
)

ELECTION = Flavour(
    (crash, crash_within_step, restart_agent, fill_disk, dark_start, dark_start, flap, flap, partition, jump_clock),
    most=8, lasts=40.0, hot=0.7, impatient=0.8, strikes=(isolate, darken, bridge, halfway, halfway))
DISKS = Flavour(
    (lose_disk, lose_disk, lose_disks, swap_disk, power_cut, crash, partition, close_latch),
    most=6, lasts=60.0, hot=0.4, impatient=0.3, strikes=(blind, wipe_others, wipe_others, latched_wipe, isolate))
OPERATOR = Flavour(
    (grow, grow, shrink, reorder, change_quorum, raise_epoch, raise_epoch, close_latch, open_latch, never_booted,
     wish_abandon, partition, partition, crash),
    most=8, lasts=60.0, hot=0.5, impatient=0.5, strikes=(overrule, overrule, regroup, regroup, isolate), whole=0.4)
CLUSTER = Flavour(
    (rogue, remove_node, rescue, rescue, forge, forge, take_over, take_over, false_genesis, no_shim, hang, power_cut,
     lose_disk, lose_disk, partition, crash),
    most=7, lasts=90.0, hot=0.2, impatient=0.5, strikes=(isolate, darken, blind))
FLAVOURS = (ELECTION, ELECTION, DISKS, OPERATOR, OPERATOR, CLUSTER)
FAULTS: Tuple[Fault, ...] = tuple(dict.fromkeys(
    ELECTION.faults + DISKS.faults + OPERATOR.faults + CLUSTER.faults))


def simulate(
    seed: int, nodes: int, tracing: bool = False, calm: bool = False, flavour: Optional[Flavour] = None,
) -> Result:
    """Runs one history."""
    flavours = FLAVOURS if flavour is None else (flavour,)
    return History(seed, nodes, flavours, FAULTS, partition, tracing, calm).run()
