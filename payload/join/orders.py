"""Orders that people give on a node, confirmed with its name: `homepbp abandon-founder`, `homepbp forget`."""
from join.inputs import Forget
from join.knowledge import epoch_of, is_alive
from join.messages import LARGEST_EPOCH
from join.outputs import Answer, RemoveMember
from join.timing import NEVER
from join.turn import Turn, persist_votes


def abandon_founder(turn: Turn) -> None:
    """Raises this node to the next epoch with the same sets. One is enough: the others vote in a later
    epoch that they hear of, and the quorum that does seals the old one, so that a founder that does come
    back finds its decree refused."""
    state = turn.state
    chosen = state.chosen
    if chosen is None and state.votes.accepted is not None and state.votes.epoch == epoch_of(state):
        chosen = state.votes.accepted.value
    if chosen is None or chosen.uuid == state.uuid:
        turn.out.append(Answer('abandon-founder: no other node is the chosen founder'))
        return
    peer = state.peers.get(chosen.uuid)
    if peer is not None and is_alive(peer, turn.now):
        turn.out.append(Answer('abandon-founder: %s is online with that disk; nothing was done' % chosen.name))
        return
    raised = max(epoch_of(state), state.votes.epoch) + 1
    if raised > LARGEST_EPOCH:
        turn.out.append(Answer('abandon-founder: there is no epoch after %d' % LARGEST_EPOCH))
        return
    persist_votes(turn, state.votes._replace(raised=raised))
    state.chosen = state.round = None
    state.quorum_since = NEVER
    state.said = ''
    turn.out.append(Answer(
        'abandon-founder: %s was abandoned; another server founds once enough of them are online' % chosen.name))


def forget(turn: Turn, wish: Forget) -> None:
    """Removes a member that is unreachable, whatever disk it had."""
    state = turn.state
    if state.k3s != 'up' or wish.name not in state.unreached:
        turn.out.append(Answer('forget: %s is not a member that is unreachable from here' % wish.name))
        return
    turn.out.append(RemoveMember(wish.name))
