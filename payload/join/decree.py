"""Single-decree Paxos, one decree for each epoch, with a quorum in every published set.

Acceptor: `prepare`, `accept`. Proposer: `propose`, `promised`, `voted`, `refused`. Votes are durable
before they are answered; a ballot is never used twice, since the proposer's own promise is durable
before it is asked of others.
"""
from typing import Dict, Optional, Tuple

from join.knowledge import (
    closed_latch, data_epoch, enough, epoch_of, is_two_way, votes_from,
)
from join.messages import Accept, Message, Prepare, Promise, Refuse, Voted
from join.model import Accepted, Ballot, Round, State, Value, Votes
from join.timing import BACKOFF, LISTEN, ROUND
from join.turn import Turn, persist_votes


def votes_in(votes: Votes, epoch: int) -> Votes:
    """The votes of an epoch: none yet in a new one; older ones are over forever."""
    if epoch <= votes.epoch:
        return votes
    return votes._replace(epoch=epoch, promised=None, accepted=None)


def objection(state: State, epoch: int) -> Optional[str]:
    """Why this node does not vote in that epoch; None if it does."""
    lowest = votes_from(state)
    if lowest == 0:
        return 'unreadable' if state.unreadable is not None else 'joiner'
    if epoch >= lowest:
        return None
    if data_epoch(state) >= epoch:
        return 'data' if state.wal else 'founded'
    if closed_latch(state) >= epoch:
        return 'latch'
    return 'joiner' if state.votes.joiner_of >= epoch else 'epoch'


def outranked(votes: Votes, ballot: Ballot) -> bool:
    """Whether a higher ballot has been promised."""
    return votes.promised is not None and ballot < votes.promised


def prepare(turn: Turn, message: Message, body: Prepare, address: str) -> None:
    """Somebody asks for our promise."""
    ballot = Ballot(*body.ballot)
    if _refuse(turn, body.epoch, ballot, address):
        return
    votes = votes_in(turn.state.votes, body.epoch)._replace(promised=ballot)
    persist_votes(turn, votes)
    _yield_to(turn)
    turn.send(Promise(body.epoch, ballot, votes.accepted), address)


def accept(turn: Turn, message: Message, body: Accept, address: str) -> None:
    """Somebody asks us to accept a value."""
    ballot = Ballot(*body.ballot)
    if _refuse(turn, body.epoch, ballot, address):
        return
    votes = votes_in(turn.state.votes, body.epoch)
    accepted = Accepted(ballot, Value(*body.value))
    persist_votes(turn, votes._replace(promised=ballot, accepted=accepted))
    _yield_to(turn)
    turn.send(Voted(body.epoch, ballot), address)


def _refuse(turn: Turn, epoch: int, ballot: Ballot, address: str) -> bool:
    state = turn.state
    why = objection(state, epoch)
    votes = votes_in(state.votes, epoch)
    if why is None and outranked(votes, ballot):
        why = 'ballot'
    if why is None:
        return False
    highest = votes.promised.round if votes.promised is not None else 0
    turn.send(Refuse(max(votes.epoch, data_epoch(state)), ballot, highest, why), address)
    return True


def _yield_to(turn: Turn) -> None:
    """Gives the current proposer time to finish before we propose."""
    state = turn.state
    later = turn.now + ROUND + BACKOFF * state.random.random()
    if state.round is not None and not state.round.chosen:
        state.round = None
    if state.propose_at < later:
        state.propose_at = later


def new_ballot(state: State) -> Ballot:
    """Higher than any that this node promised or was refused for."""
    promised = votes_in(state.votes, epoch_of(state)).promised
    highest = promised.round if promised is not None else 0
    return Ballot(max(highest, state.next_round - 1) + 1, state.uuid)


def propose(turn: Turn) -> None:
    """Starts a round for ourselves; it may end up carrying another's value."""
    state = turn.state
    epoch = epoch_of(state)
    ballot = new_ballot(state)
    votes = votes_in(state.votes, epoch)._replace(promised=ballot)
    persist_votes(turn, votes)
    own = Value(state.config.name, state.uuid)
    state.round = Round(ballot, turn.now, own)
    state.round.promises[state.config.name] = (state.uuid, votes.accepted)
    turn.send(Prepare(epoch, ballot))
    _go_on(turn)


def adopted(promises: Dict[str, Tuple[str, Optional[Accepted]]], own: Value) -> Value:
    """The value of the highest ballot that any voter has accepted; our own if none has."""
    best: Optional[Accepted] = None
    for _, accepted in promises.values():
        if accepted is not None and (best is None or accepted.ballot > best.ballot):
            best = accepted
    return own if best is None else best.value


def _go_on(turn: Turn) -> None:
    """Moves on to accepting once a quorum promised, and ends once a quorum accepted."""
    state = turn.state
    current = state.round
    if current is None or current.chosen or state.votes.promised != current.ballot:
        return
    if not current.accepting:
        if not enough(state, list(current.promises)) or not _all_answered(turn, current):
            return
        current.accepting = True
        current.value = adopted(current.promises, current.value)
        votes = state.votes._replace(accepted=Accepted(current.ballot, current.value))
        persist_votes(turn, votes)
        current.accepts[state.config.name] = state.uuid
        turn.send(Accept(votes.epoch, current.ballot, current.value))
    if enough(state, list(current.accepts)):
        current.chosen = True
        state.chosen = current.value


def _all_answered(turn: Turn, current: Round) -> bool:
    """A quorum is enough for Paxos. Waits a moment for the others that are online, since one of them may be
    the only one left that remembers a decree whose voters lost their disks."""
    if turn.reached(current.sent + LISTEN):
        return True
    epoch = epoch_of(turn.state)
    return all(
        peer.name in current.promises or peer.uuid in current.refused
        for peer in turn.state.peers.values()
        if is_two_way(peer, turn.now) and 0 < peer.hello.votes_from <= epoch)


def _current(state: State, epoch: int, ballot: Tuple[int, str]) -> Optional[Round]:
    """Our round, if the answer belongs to it and we have not promised a higher one since."""
    current = state.round
    if current is None or current.ballot != ballot or epoch != epoch_of(state):
        return None
    return current if state.votes.promised == current.ballot else None


def promised(turn: Turn, message: Message, body: Promise, address: str) -> None:
    current = _current(turn.state, body.epoch, body.ballot)
    if current is None or current.accepting:
        return
    accepted = None
    if body.accepted is not None:
        accepted = Accepted(Ballot(*body.accepted[0]), Value(*body.accepted[1]))
    current.promises[message.name] = (message.uuid, accepted)
    _go_on(turn)


def voted(turn: Turn, message: Message, body: Voted, address: str) -> None:
    current = _current(turn.state, body.epoch, body.ballot)
    if current is None or not current.accepting:
        return
    current.accepts[message.name] = message.uuid
    _go_on(turn)


def refused(turn: Turn, message: Message, body: Refuse, address: str) -> None:
    """A higher round exists: the next proposal goes above it. A cluster exists: nothing to propose."""
    state = turn.state
    current = state.round
    if current is None or current.ballot != body.ballot:
        return
    state.next_round = max(state.next_round, body.round + 1)
    current.refused.add(message.uuid)
    if body.why in ('data', 'founded') and body.epoch >= epoch_of(state):
        state.round = None
        state.propose_at = turn.now + ROUND
    else:
        _go_on(turn)


def give_up(turn: Turn) -> None:
    """Continues with what came in time, or drops a round that got no quorum."""
    state = turn.state
    _go_on(turn)
    current = state.round
    if current is None or current.chosen or not turn.reached(current.sent + ROUND):
        return
    state.round = None
    state.propose_at = turn.now + BACKOFF * state.random.random()
