/* The decree of payload/join/decree.py, for all interleavings: three servers, two epochs, joint quorums;
 * loss, delay, duplicates, reordering, crash and restart.
 *
 * Requests are not queued: a prepare or an accept that was ever sent may be taken up at any time, once,
 * often or never, by anybody; that covers loss, delay, duplicates and order. Answers are taken up only
 * by the round that asked, as in the code; one that is lost is one that was never given.
 *
 * Servers 0, 1, 2; in epoch 1 servers 0 and 1 propose, in epoch 2 servers 1 and 2. The inventory was published with the set {0}, then with {0,1,2}: server 0 may boot
 * with the old one, whose decree needs {0} alone; with the new one a decree needs {0} and a majority of
 * {0,1,2}. Epoch 2 keeps both sets.
 *
 * Asserted: one value for each epoch; and no round of epoch 1 that begins after epoch 2 was decided gets
 * through (a founder confirms its decree by such a round).
 * FORGET, OWN_VALUE, OWN_SET and NO_SEAL break one rule each: spin must then find the error.
 */
#define N 3
#define at(e, b) ((e) * N + (b))
#define by(p, n) ((p) * N + (n))

/* Durable: highest epoch voted in (0 none), highest ballot promised in it, what was accepted last.
 * Ballots are 1 + proposer: each asks once in an epoch, since a ballot is never used twice. */
byte epoch[N], promised[N], acc_ballot[N], acc_value[N];

/* Requests, forever: by epoch and proposer. A value is 1 + server. */
bool asked[2 * N];
byte wanted[2 * N];

/* The round that a proposer has under way; volatile. `late`: of epoch 1, begun after epoch 2 was decided. */
bool leads[N], second[N], old[N], late[N];
/* The answers to it: by proposer and voter. */
bool yes[N * N];
byte told_ballot[N * N], told_value[N * N];

byte chosen[2];

#define majority(p) (yes[by(p, 0)] + yes[by(p, 1)] + yes[by(p, 2)] >= 2)
#ifdef OWN_SET
#define quorum(p) ((old[p] && yes[by(p, 0)]) || (!old[p] && majority(p)))
#else
#define quorum(p) (yes[by(p, 0)] && (old[p] || majority(p)))
#endif
#ifdef NO_SEAL
#define open(n, e) (true)
#else
#define open(n, e) (epoch[n] <= e + 1)
#endif
/* Whether n may answer ballot b + 1 of epoch e. */
#define free(n, e, b) (open(n, e) && (epoch[n] != e + 1 || promised[n] <= b + 1))

inline enter(n, e) {
    if
    :: epoch[n] != e + 1 -> epoch[n] = e + 1; promised[n] = 0; acc_ballot[n] = 0; acc_value[n] = 0
    :: else
    fi
}

inline clear(p) {
    yes[by(p, 0)] = false; yes[by(p, 1)] = false; yes[by(p, 2)] = false;
    told_ballot[by(p, 0)] = 0; told_ballot[by(p, 1)] = 0; told_ballot[by(p, 2)] = 0;
    told_value[by(p, 0)] = 0; told_value[by(p, 1)] = 0; told_value[by(p, 2)] = 0
}

inline finish(p) {
    leads[p] = false; second[p] = false; late[p] = false;
    clear(p)
}

/* The vote is durable first; a crash before the answer is an answer that is never taken up. */
inline promise(n, e, p) {
    enter(n, e);
    promised[n] = p + 1;
    if
    :: leads[p] && second[p] == (e == 1) && wanted[at(e, p)] == 0 ->
        yes[by(p, n)] = true;
        told_ballot[by(p, n)] = acc_ballot[n];
        told_value[by(p, n)] = acc_value[n]
    :: true /* The answer is lost. */
    fi
}

inline vote(n, e, p) {
    enter(n, e);
    promised[n] = p + 1;
    acc_ballot[n] = p + 1;
    acc_value[n] = wanted[at(e, p)];
    if
    :: leads[p] && second[p] == (e == 1) -> yes[by(p, n)] = true
    :: true
    fi
}

/* The value of the highest ballot among those that promised, else the proposer itself. */
inline better(p, n) {
    if
    :: yes[by(p, n)] && told_ballot[by(p, n)] > best ->
        best = told_ballot[by(p, n)]; value = told_value[by(p, n)]
    :: else
    fi
}

inline adopt(p) {
    best = 0; value = p + 1;
#ifndef OWN_VALUE
    better(p, 0); better(p, 1); better(p, 2);
#endif
    clear(p)
}

#define round_epoch(p) (second[p] -> 1 : 0)

proctype server(byte me) {
    byte best, value;

    do
    :: atomic { /* Asks for promises, its own durable first. */
        me != 2 && !leads[me] && !asked[at(0, me)] && free(me, 0, me) && (epoch[me] != 1 || promised[me] < me + 1) ->
        leads[me] = true; second[me] = false; late[me] = (chosen[1] != 0); asked[at(0, me)] = true;
        promise(me, 0, me)
       }
    :: atomic {
        me != 0 && !leads[me] && !asked[at(1, me)] && free(me, 1, me) && (epoch[me] != 2 || promised[me] < me + 1) ->
        leads[me] = true; second[me] = true; asked[at(1, me)] = true;
        promise(me, 1, me)
       }
    :: atomic { /* Has a quorum of promises that its own still allows: asks for votes. */
        leads[me] && wanted[at(round_epoch(me), me)] == 0 && quorum(me) &&
        epoch[me] == round_epoch(me) + 1 && promised[me] == me + 1 ->
        adopt(me);
        wanted[at(round_epoch(me), me)] = value;
        value = 0; best = 0;
        vote(me, round_epoch(me), me)
       }
    :: atomic { /* Has a quorum of votes: the decree is made, or confirmed. */
        leads[me] && wanted[at(round_epoch(me), me)] != 0 && quorum(me) ->
        value = wanted[at(round_epoch(me), me)];
        assert(chosen[round_epoch(me)] == 0 || chosen[round_epoch(me)] == value);
        assert(!late[me]);
        chosen[round_epoch(me)] = value;
        value = 0;
        finish(me)
       }
    /* Answers others: prepares, then accepts, of either epoch. */
    :: atomic { me != 0 && asked[at(0, 0)] && free(me, 0, 0) -> promise(me, 0, 0) }
    :: atomic { me != 1 && asked[at(0, 1)] && free(me, 0, 1) -> promise(me, 0, 1) }
    :: atomic { me != 1 && asked[at(1, 1)] && free(me, 1, 1) -> promise(me, 1, 1) }
    :: atomic { me != 2 && asked[at(1, 2)] && free(me, 1, 2) -> promise(me, 1, 2) }
    :: atomic { me != 0 && wanted[at(0, 0)] != 0 && free(me, 0, 0) -> vote(me, 0, 0) }
    :: atomic { me != 1 && wanted[at(0, 1)] != 0 && free(me, 0, 1) -> vote(me, 0, 1) }
    :: atomic { me != 1 && wanted[at(1, 1)] != 0 && free(me, 1, 1) -> vote(me, 1, 1) }
    :: atomic { me != 2 && wanted[at(1, 2)] != 0 && free(me, 1, 2) -> vote(me, 1, 2) }
    :: atomic { /* Crash and restart: what is volatile is gone. Server 0 may have got the new inventory. */
        leads[me] || old[me] ->
        finish(me);
        if :: true :: old[me] = false fi
       }
#ifdef FORGET
    :: atomic { epoch[me] != 0 ->
        finish(me);
        epoch[me] = 0; promised[me] = 0; acc_ballot[me] = 0; acc_value[me] = 0
       }
#endif
    od
}

init {
    atomic { old[0] = true; run server(0); run server(1); run server(2) }
}
