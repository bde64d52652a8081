"""What people do: to the inventory, to Genesis, to a cluster, by hand on a node."""
from simulate.accidents import restart
from simulate.history import History


def grow(history: History, _: None) -> None:
    operator = history.world.operator
    others = history.others()
    if others:
        take = 1 + int(history.random.random() * len(others))
        operator.change(servers=operator.current.servers + tuple(others[:take]))
        reboot_some(history)


def shrink(history: History, _: None) -> None:
    """`removed: true` for one; its machine is switched off for good."""
    operator = history.world.operator
    servers = operator.current.servers
    if len(servers) > 1:
        gone = servers[int(history.random.random() * len(servers))]
        operator.change(servers=tuple(name for name in servers if name != gone))
        reboot_some(history)


def reorder(history: History, _: None) -> None:
    servers = list(history.world.operator.current.servers)
    history.random.shuffle(servers)
    history.world.operator.change(servers=tuple(servers))
    reboot_some(history)


def change_quorum(history: History, _: None) -> None:
    operator = history.world.operator
    operator.change(quorum=history.draw_quorum(len(operator.current.servers), False))
    reboot_some(history)


def raise_epoch(history: History, _: None) -> None:
    """The operator wants a new cluster; some names may be abandoned."""
    operator = history.world.operator
    abandon = frozenset(name for name in operator.current.servers if history.random.random() < 0.2)
    operator.change(epoch=operator.current.epoch + 1, founded=False, abandon=abandon)
    reboot_some(history)


def close_latch(history: History, _: None) -> None:
    history.world.operator.change(founded=True)
    reboot_some(history)


def open_latch(history: History, _: None) -> None:
    history.world.operator.change(founded=False)
    reboot_some(history)


def never_booted(history: History, _: None) -> None:
    if history.random.random() < 0.1:
        history.world.operator.say_never_booted()
        reboot_some(history)


def reboot_some(history: History) -> None:
    restart(history, history.world.machines, 0.6, within=15.0)


def remove_node(history: History, _: None) -> None:
    """Somebody deletes a Node object while its machine runs: a tombstone."""
    world = history.world
    for machine in world.machines:
        cluster = machine.k3s.served()
        if cluster is None or cluster.voters() < 2 or not world.has_quorum(machine, cluster):
            continue
        names = [name for name in cluster.members if name != cluster.learner]
        world.drop_member(cluster, names[int(history.random.random() * len(names))])
        return


def rescue(history: History, _: None) -> None:
    """Somebody resets a cluster that has lost its majority for good."""
    history.world.rescue(history.some_machine())


def hang(history: History, _: None) -> None:
    """The next k3s that joins, or the next two, stay up without their etcd forever."""
    history.world.hangs = 1 + int(2 * history.random.random())
    history.hung = True


def no_shim(history: History, _: None) -> None:
    history.world.shim = not history.world.shim


def wish_abandon(history: History, _: None) -> None:
    """Somebody believes that the founder is gone for good."""
    history.abandon_founder()
