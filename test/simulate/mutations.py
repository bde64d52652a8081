"""Each safety rule of design section 6, how to break it, and which histories are likely to show that."""
from typing import Callable, Dict, NamedTuple, Optional

from join import decree, knowledge, latch, overdue, quorum, step, waiting
from simulate import broken_rules, broken_votes
from simulate.replacing import replace
from simulate.history import Flavour
from simulate.schedule import CLUSTER, DISKS, ELECTION, OPERATOR


class Mutation(NamedTuple):
    rule: str
    """What design section 6 says."""
    apply: Callable[[], None]
    script: Optional[str] = None
    """In scripts.py; None: seeds show it."""
    flavour: Flavour = ELECTION
    nodes: int = 3


MUTATIONS: Dict[str, Mutation] = {
    'forget-votes': Mutation('votes are durable', broken_votes.forget_votes),
    'answer-before-fsync': Mutation('votes are fsynced before any answer', broken_votes.answer_before_sync),
    'write-failed': Mutation('what could not be written is not answered', broken_rules.write_failed, 'full-disk'),
    'less-than-majority': Mutation(
        'a quorum is at least a majority', replace('needed', broken_votes.needed_less, quorum)),
    'own-set-only': Mutation('a decree needs a majority of each published set', broken_votes.own_set_only,
                             flavour=OPERATOR),
    'own-value': Mutation('Paxos: an accepted value is taken over', replace('adopted', broken_votes.own_value, decree)),
    'lowest-value': Mutation('Paxos: of several, the one of the highest ballot',
                             replace('adopted', broken_votes.lowest_value, decree), 'two-values'),
    'low-ballots': Mutation('Paxos: a promise holds', replace('outranked', lambda votes, ballot: False, decree),
                            'late-accept'),
    'same-ballots': Mutation('Paxos: a ballot belongs to one proposer',
                             replace('new_ballot', broken_votes.low_ballot, decree), 'late-accept'),
    'lower-epochs': Mutation('acceptors refuse lower epochs forever', broken_votes.lower_epochs, 'old-epoch'),
    'no-confirmation': Mutation('the founder confirms its decree with a quorum just before it starts',
                                broken_votes.no_confirmation, flavour=OPERATOR),
    'name-is-enough': Mutation('the decree names a STATE, not a name', broken_votes.any_state, 'other-disk'),
    'data-is-nothing': Mutation('rule 3: a node with data says so and does not vote; the others wait',
                                broken_rules.data_is_nothing, flavour=DISKS),
    'unrecorded': Mutation("rule 5: 'founded' is recorded", broken_rules.founding_unheard, 'told'),
    'latch-open': Mutation('rule 3: the latch is closed: wait',
                           replace('closed_latch', lambda state: 0, knowledge, decree, waiting, step), flavour=OPERATOR),
    'born-voters': Mutation('a STATE made while the latch is closed never votes', broken_rules.born_voters,
                            'made-under-latch'),
    'unproved-latch': Mutation('the latch counts only with its proof',
                               replace('is_proved', lambda *_: True, latch), flavour=CLUSTER),
    'latch-beyond': Mutation("nothing beyond the seed's epoch is kept of Genesis' word", broken_rules.latch_beyond,
                             'later-word'),
    'agents-are-servers': Mutation('no agent speaks as a server, or counts as one', broken_rules.agents_are_servers,
                                   flavour=CLUSTER),
    'former-founds': Mutation('a former member without a WAL never founds', broken_rules.former_founds, 'lost-data'),
    'marker-lost': Mutation('`member` is durable before k3s starts', broken_rules.marker_lost, 'lost-data'),
    'forged-pass': Mutation('messages are authenticated', broken_rules.forged_pass, flavour=CLUSTER),
    'no-look': Mutation('the chosen founder repeats step 2; unverified servers block', broken_rules.no_look, 'deaf'),
    'join-anything': Mutation('only verified servers are joined', broken_rules.join_anything, flavour=CLUSTER),
    'tombstone-ignored': Mutation('a tombstone leads to joining, never to founding', broken_rules.tombstone_ignored,
                                  'tombstone'),
    'data-founds': Mutation('rule 1: a WAL starts k3s at once', broken_rules.data_founds, flavour=CLUSTER),
    'superseded-runs': Mutation('a member that learns of a later epoch stops k3s', broken_rules.superseded_runs,
                                flavour=OPERATOR),
    'outrun-goes-on': Mutation('rule 6: a founder that hears of a cluster before its own is up stops',
                               broken_rules.outrun_goes_on, 'outrun'),
    'unborn-lives': Mutation('rule 6: what it had begun by then is set aside', broken_rules.unborn_lives, 'unborn'),
    'remove-at-once': Mutation('a stale member has not been reached for 60 s', broken_rules.remove_at_once, 'back-soon'),
    'remove-same-state': Mutation('a member is removed only for another STATE UUID', broken_rules.remove_same_state,
                                  'same-disk'),
    'remove-without-quorum': Mutation('the remaining voters hold quorum (etcd refuses it, too: both are off)',
                                      broken_rules.remove_without_quorum, 'minority'),
    'hangs-for-ever': Mutation('a k3s that joins and never becomes ready is restarted',
                               replace('stop_overdue', lambda a_turn: None, overdue), 'hung'),
    'members-hurried': Mutation('a member waits for its majority as long as it takes',
                                broken_rules.members_hurried, 'majority-away'),
}
