/* Who is primary: the rules of the failover protocol, by number, as actions that may happen whenever their condition
 * holds. Messages that are lost or late, processes that are slow or frozen, readings that are stale: the action does not
 * happen, or happens later. Suspicion (rule 2) may arise at any time.
 *
 * A mutation (#ifdef) takes one condition away; check.sh shows that an invariant is then broken.
 */
#include "state.pml"
#include "invariants.pml"

#ifdef PROGRESS
#include "progress.pml"
#else
#define STORM true
#define UP(i) true
#define IS_WANTED true
#endif

#define ME (_pid - 1)
#define NEXT (_pid % 3)
#define LAST ((_pid + 1) % 3)

/* ---------------------------------------------------------------------------------------------- the leader's own end */

/* Streams from it break; but a walreceiver comes back by itself when it leads again. */
inline leaveLead(i) {
  if
  :: stance[i] == LEADS ->
    for (k : 0 .. 2) { confirmed[i * 3 + k] = 0 }
#ifdef OWN_TL
    owned[i] = writes[i];
#endif
  :: else
  fi;
  writes[i] = 0; askedM[i] = 0; askedW[i] = 0;
  wantM[i] = 0; wantW[i] = 0; upTo[i] = 0
}

/* The next term begins: promises of it are worth nothing any more. */
inline nextTerm() {
  leaseTerm++;
  for (k : 0 .. INSTANCES * IDENTITIES - 1) { promised[k] = 0 }
}

/* ----------------------------------------------------------------------------------------------------------- rule 3 */

#define canPromise(i) (stance[i] != EMPTY && IS_COMPLETE(i) && term[i] <= leaseTerm && leaseTerm < TERMS)
#ifdef REWIND_COUNTS
#define IS_COMPLETE(i) true
#else
#define IS_COMPLETE(i) (copying[i] == 0)
#endif

/* In one step: only what holds when it is told matters, and that is told last. */
inline promise(i, for_) {
  leaveLead(i);
  stance[i] = PROMISED;
  follows[i] = NOBODY; streamsOn[i] = 0;
  term[i] = leaseTerm + 1;
#ifdef EXCLUSIVE
  candidate[MEMBER(i)] = for_;
#endif
  promised[MEMBER(i)] = 1 + POSITION(i)
}

/* The Lease it read had an older term. */
#define canPromiseLate(i) (stance[i] != EMPTY && copying[i] == 0 && term[i] < leaseTerm)
inline promiseLate(i) {
  leaveLead(i);
  stance[i] = PROMISED;
  follows[i] = NOBODY; streamsOn[i] = 0;
  term[i]++
}

/* ------------------------------------------------------------------------------------------------------ rules 4 and 5 */

/* Its own promise is among those, being where it is or before. */
#ifdef EXCLUSIVE
#define NAMES(m, i) (candidate[m] == i)
#else
#define NAMES(m, i) true
#endif
#define IS_NOT_AHEAD(m, i) (NAMES(m, i) && HAS(members, m) && promised[m] != 0 && promised[m] <= 1 + POSITION(i))
#define NOT_AHEAD(m, i) (m >= INSTANCES * IDENTITIES -> 0 : (IS_NOT_AHEAD((m) % (INSTANCES * IDENTITIES), i) -> 1 : 0))
#define PROMISES(i) \
  (NOT_AHEAD(0, i) + NOT_AHEAD(1, i) + NOT_AHEAD(2, i) + NOT_AHEAD(3, i) + NOT_AHEAD(4, i) + NOT_AHEAD(5, i) \
    + NOT_AHEAD(6, i) + NOT_AHEAD(7, i) + NOT_AHEAD(8, i))
#ifdef NOT_MORE
#define IS_QUORUM(i) (PROMISES(i) >= SIZE(members) - number || IS_NOT_AHEAD(holder, i))
#else
#define IS_QUORUM(i) (PROMISES(i) > SIZE(members) - number || IS_NOT_AHEAD(holder, i))
#endif

#define canTake(i) (stance[i] == PROMISED && IS_COMPLETE(i) && term[i] == leaseTerm + 1 && promised[MEMBER(i)] != 0 && IS_QUORUM(i))
inline take(i) {
  nextTerm();
  holder = MEMBER(i);
  members = members | BIT(MEMBER(i));
  noteAbsent();
#ifdef PICK_TL
  /* As PostgreSQL does by itself: the newest it can see, and one. */
  writes[i] = 1 + (end[i] == 0 -> 1 : RECORD(wal[i], end[i] - 1));
  timeline = writes[i];
#else
  timeline++;
  writes[i] = timeline;
#endif
  stance[i] = WON;
  askedM[i] = members;
  askedW[i] = number
}

/* Who is ahead streams its log to another that promised the same term. */
#define canHandOver(i, j) \
  (stance[i] == PROMISED && stance[j] == PROMISED && term[i] == term[j] && copying[i] == 0 && end[i] < end[j] && LEADS_INTO(i, j))
inline handOver(i, j) {
  wal[i] = PREFIX(wal[j], end[i] + 1);
  end[i]++
}

/* ----------------------------------------------------------------------------------------------------------- rule 6 */

/* It reads its name, perhaps in a Lease that has another by now. What postgres asks for was set before. */
#define canLead(i) (stance[i] == WON)
inline lead(i) {
#ifdef OWN_TL
  if
  :: owned[i] != 0 -> writes[i] = owned[i]
  :: else
  fi;
#endif
  checkTimeline(i);
#ifdef NAMES_AFTER_PROMOTE
  askedW[i] = 1;
#endif
  stance[i] = LEADS;
  checkLeader(i)
}

#ifdef NAMES_AFTER_PROMOTE
#define canAsk(i) (stance[i] == LEADS && askedW[i] != number && holder == MEMBER(i) && wantW[i] == 0)
inline ask(i) { askedM[i] = members; askedW[i] = number }
#endif

/* A commit, on the leader's own disk. A former leader writes on until it knows. */
#define canWrite(i) (stance[i] == LEADS && end[i] < LOG)
inline write(i) {
  wal[i] = wal[i] | (writes[i] << (3 * end[i]));
  end[i]++
}

/* The client is told, once those that postgres asks for have confirmed. What was there at the promotion is acknowledged,
 * or shown, only with a record of its own timeline (rule 7): else a member could have it and yet be behind somebody who
 * has another timeline instead. */
#define IS_ACKED(i, l) (ackedLen >= (l) && PREFIX(acked, l) == PREFIX(wal[i], l))
#ifdef DOORS_EARLY
#define IS_ITS_OWN(i, l) true
#else
#define IS_ITS_OWN(i, l) (RECORD(wal[i], l - 1) == writes[i])
#endif
#define canAck(i, l) (stance[i] == LEADS && l <= end[i] && IS_ITS_OWN(i, l) && !IS_ACKED(i, l) \
    && CONFIRMATIONS(i, l, askedM[i]) >= askedW[i] - 1)
inline acknowledge(i, l) {
  checkAck(i, l);
  acked = PREFIX(wal[i], l);
  ackedLen = l
}

/* ----------------------------------------------------------------------------------------------------------- rule 8 */

/* i makes j's term its own, and attaches. If its history does not lead into j's it is rewound; at any time it may be
 * cloned (the log that it needs is no more). Either way it is incomplete until it has what j had. */
#define MAY_FOLLOW(i, j) (stance[j] == LEADS && term[j] >= term[i] && (stance[i] != LEADS || term[j] > term[i]))
#define canFollow(i, j) (MAY_FOLLOW(i, j) && !(stance[i] == FOLLOWS && follows[i] == j && term[i] == term[j]))
#define canClone(i, j) (MAY_FOLLOW(i, j) && end[i] > 0)
inline follow(i, j, anew) {
  leaveLead(i);
  stance[i] = FOLLOWS;
  follows[i] = j;
  streamsOn[i] = writes[j];
  term[i] = term[j];
  if
  :: !anew && copying[i] == 0 && LEADS_INTO(i, j)
  :: else ->
    copying[i] = 1 + end[j];
    if
    :: anew -> end[i] = 0
    :: else ->
      do
      :: end[i] > 0 && !LEADS_INTO(i, j) -> end[i]--; wal[i] = PREFIX(wal[i], end[i])
      :: else -> break
      od
    fi;
    wal[i] = PREFIX(wal[i], end[i])
  fi
}

/* It streams under a name that has the timeline it follows in it: by itself, a walreceiver confirms to a later leadership
 * before that term is on disk. */
#ifdef ANY_TIMELINE
#define IS_ON_TIMELINE(i) true
#else
#define IS_ON_TIMELINE(i) (streamsOn[i] == writes[follows[i]])
#endif
#if defined(NAMES_COUNT) && defined(NAMES_GUARDED)
/* Not while the record of the term that it follows has its name with another volume; but it may have read that record
 * before its name was in it. */
#define MAY_BE_COUNTED(i) \
  ((leaseTerm == term[i] && (members & NAME(i) & ~BIT(MEMBER(i))) == 0) || HAS(wasAbsent[i], term[i]))
#else
#define MAY_BE_COUNTED(i) true
#endif

/* One record, on disk and confirmed. Nobody counts a copy. */
#define UPSTREAM(i) (follows[i] == NOBODY -> 0 : follows[i])
#define canStream(i) \
  (UP(UPSTREAM(i)) && stance[i] == FOLLOWS && follows[i] != NOBODY && stance[UPSTREAM(i)] == LEADS && LEADS_INTO(i, UPSTREAM(i)) \
    && (end[i] < end[UPSTREAM(i)] || copying[i] != 0 \
      || (confirmed[UPSTREAM(i) * 3 + i] != id[i] * 16 + end[i] && IS_ON_TIMELINE(i))))
inline stream(i) {
  if
  :: end[i] < end[follows[i]] -> wal[i] = PREFIX(wal[follows[i]], end[i] + 1); end[i]++
  :: else
  fi;
  if
  :: copying[i] != 0 && end[i] + 1 >= copying[i] -> copying[i] = 0
  :: else
  fi;
  if
  :: IS_COMPLETE(i) && IS_ON_TIMELINE(i) && MAY_BE_COUNTED(i) -> confirmed[follows[i] * 3 + i] = id[i] * 16 + end[i]
  :: else
  fi
}

/* A leader that crashes forgets a change under way, and what others have confirmed. A standby that crashes has everything
 * on disk: it stays where it is, or acts no more. */
#define canCrash(i) \
  (stance[i] == LEADS && (wantW[i] != 0 || confirmed[i * 3 + (i + 1) % 3] != 0 || confirmed[i * 3 + (i + 2) % 3] != 0))
inline crash(i) {
  for (k : 0 .. 2) { confirmed[i * 3 + k] = 0 }
  wantM[i] = 0; wantW[i] = 0; upTo[i] = 0
}

/* ----------------------------------------------------------------------------------------------------------- rule 9 */

/* A write that succeeds proves that it is the holder. */
#ifdef NO_COMPARE
#define IS_HOLDER(i) (stance[i] == LEADS)
#else
#define IS_HOLDER(i) (stance[i] == LEADS && holder == MEMBER(i) && leaseTerm == term[i])
#endif

/* The new set: itself, and of each other name nobody, its volume, or one that the record has and that is gone. */
#define WITH(i, choice) (choice == 0 -> 0 : (choice == 1 -> BIT(MEMBER(i)) : BIT(MEMBER(i) - (id[i] > 0 -> 1 : 0))))
#define IS_CHOICE(i, choice) (choice < 2 || (id[i] > 0 && HAS(members, MEMBER(i) - (id[i] > 0 -> 1 : 0))))
#define TARGET(i, a, b) (BIT(MEMBER(i)) | WITH((i + 1) % 3, a) | WITH((i + 2) % 3, b))

/* First the record says less than what holds before and after. From here on postgres may count by the old, the new, or a
 * mixture, one walsender this way and one that: at least as the record says. */
#define canLoosen(i, a, b, w) \
  (changes < CHANGES && IS_HOLDER(i) && IS_CHOICE((i + 1) % 3, a) && IS_CHOICE((i + 2) % 3, b) \
    && w <= SIZE(TARGET(i, a, b)) && !(TARGET(i, a, b) == members && w == number))
/* A name has room for one volume only. */
#define IN_PLACE(i, j) ((wantM[i] & NAME(j)) != 0 -> NAME(j) : 0)
inline loosen(i, a, b, w) {
  changes++;
  wantM[i] = TARGET(i, a, b);
  wantW[i] = w;
  upTo[i] = NOT_YET;
#ifndef APPLY_FIRST
#ifdef UNION_BY_NAME
  members = wantM[i] | (members & ~(IN_PLACE(i, 0) | IN_PLACE(i, 1) | IN_PLACE(i, 2)));
#else
  members = members | wantM[i];
#endif
  number = (number < w -> number : w);
  noteAbsent();
  askedM[i] = members;
  askedW[i] = number
#endif
}

/* Then every walsender counts by the new. */
#define canApply(i) (stance[i] == LEADS && wantW[i] != 0 && upTo[i] == NOT_YET)
inline apply(i) {
  askedM[i] = wantM[i];
  askedW[i] = wantW[i];
  upTo[i] = end[i]
}

/* Then everything from before is confirmed as the new record says. */
#ifdef NO_CATCHUP
#define HAS_CAUGHT_UP(i) true
#else
#define HAS_CAUGHT_UP(i) (CONFIRMATIONS(i, upTo[i], wantM[i]) >= wantW[i] - 1)
#endif
#define canTighten(i) (IS_HOLDER(i) && wantW[i] != 0 && upTo[i] != NOT_YET && HAS_CAUGHT_UP(i))
inline tighten(i) {
#ifdef READING_SUFFICES
  believedM[i] = members; believedW[i] = number;
#endif
  members = wantM[i];
  number = wantW[i];
  noteAbsent();
  wantM[i] = 0; wantW[i] = 0; upTo[i] = 0
}

#ifdef READING_SUFFICES
/* The answer to the last write was lost, and what it reads is from before: it has nothing to write, it thinks, and asks
 * for what that record allows. */
#define canTrust(i, a, b, w) \
  (changes < CHANGES && stance[i] == LEADS && believedW[i] != 0 && (TARGET(i, a, b) & ~believedM[i]) == 0 && w >= believedW[i] \
    && w <= SIZE(TARGET(i, a, b)))
inline trust(i, a, b, w) {
  changes++;
  wantM[i] = TARGET(i, a, b);
  wantW[i] = w;
  askedM[i] = wantM[i]; askedW[i] = w;
  upTo[i] = end[i]
}
/* Or it is restarted, and asks for what that record says. */
#define canAskAgain(i) (stance[i] == LEADS && believedW[i] != 0 && askedW[i] != 0)
inline askAgain(i) {
  crash(i);
  askedM[i] = believedM[i]; askedW[i] = believedW[i];
  believedM[i] = 0; believedW[i] = 0
}
#endif

/* ---------------------------------------------------------------------------------------------------- rules 11 and 12 */

#ifdef FALSE_ALARM_ANY
#define MAY_RAISE(i) (stance[i] == LEADS)
#else
#define MAY_RAISE(i) IS_HOLDER(i)
#endif
#define canRaise(i) (MAY_RAISE(i) && leaseTerm < TERMS)
inline raise(i) {
#ifdef NO_COMPARE
  leaseTerm = term[i]; timeline = writes[i]; members = askedM[i]; number = askedW[i];
#endif
  holder = MEMBER(i);
  nextTerm();
  noteAbsent();
  term[i] = leaseTerm
}

/* A holder that had promised, its postgres stopped, and was not replaced. */
#define canResume(i) (stance[i] == PROMISED && holder == MEMBER(i) && term[i] == leaseTerm + 1)
inline resume(i) {
  nextTerm();
  noteAbsent();
  stance[i] = LEADS;
  writes[i] = timeline;
  askedM[i] = members;
  askedW[i] = number;
  checkLeader(i)
}

/* ------------------------------------------------------------------------------------------------------------- faults */

#ifdef VOLATILE_PROMISE
#define canForget(i) (stance[i] == PROMISED)
#endif
#ifdef VOLATILE_FOLLOW
#define canForget(i) (stance[i] == FOLLOWS && term[i] > 1)
#endif
inline forget(i) {
  stance[i] = FOLLOWS;
  follows[i] = NOBODY; streamsOn[i] = 0;
  term[i] = 1
}

#define canLoseVolume(i) (losses < LOSSES && stance[i] != EMPTY)
inline loseVolume(i) {
  losses++;
  leaveLead(i);
  stance[i] = EMPTY;
  follows[i] = NOBODY; streamsOn[i] = 0;
  term[i] = 0;
  wal[i] = 0;
  end[i] = 0;
  copying[i] = 1;
#ifndef WIPE_COUNTS
  id[i]++
#endif
}

/* ------------------------------------------------------------------------------------------------------------------- */

#define CHANGE(a, b, w) :: d_step { STORM && canLoosen(ME, a, b, w) -> loosen(ME, a, b, w) }
#define TRUST(a, b, w) :: d_step { STORM && canTrust(ME, a, b, w) -> trust(ME, a, b, w) }
#define ALL_TARGETS(action, w) \
  action(0, 0, w) action(0, 1, w) action(1, 0, w) action(1, 1, w) \
  action(0, 2, w) action(2, 0, w) action(1, 2, w) action(2, 1, w) action(2, 2, w)

proctype Instance() {
  byte k; /* counts within a step, and is 0 between steps */
  do
  :: d_step { UP(ME) && IS_WANTED && canPromise(ME) -> promise(ME, ME); k = 0 }
#ifdef EXCLUSIVE
  :: d_step { UP(ME) && IS_WANTED && canPromise(ME) -> promise(ME, NEXT); k = 0 }
  :: d_step { UP(ME) && IS_WANTED && canPromise(ME) -> promise(ME, LAST); k = 0 }
#endif
  :: d_step { STORM && canPromiseLate(ME) -> promiseLate(ME); k = 0 }
  :: d_step { UP(ME) && UP(NEXT) && canHandOver(ME, NEXT) -> handOver(ME, NEXT) }
  :: d_step { UP(ME) && UP(LAST) && canHandOver(ME, LAST) -> handOver(ME, LAST) }
  :: d_step { UP(ME) && canTake(ME) -> take(ME); k = 0 }
  :: d_step { UP(ME) && canLead(ME) -> lead(ME); k = 0 }
  :: d_step { UP(ME) && canResume(ME) -> resume(ME); k = 0 }
  :: d_step { STORM && canRaise(ME) -> raise(ME); k = 0 }
  :: d_step { STORM && canWrite(ME) -> write(ME) }
  :: d_step { STORM && canAck(ME, 1) -> acknowledge(ME, 1); k = 0 }
#if LOG > 1
  :: d_step { STORM && canAck(ME, 2) -> acknowledge(ME, 2); k = 0 }
#endif
#if LOG > 2
  :: d_step { STORM && canAck(ME, 3) -> acknowledge(ME, 3); k = 0 }
#endif
#if LOG > 3
  :: d_step { STORM && canAck(ME, 4) -> acknowledge(ME, 4); k = 0 }
#endif
  :: d_step { UP(ME) && UP(NEXT) && canFollow(ME, NEXT) -> follow(ME, NEXT, false); k = 0 }
  :: d_step { UP(ME) && UP(LAST) && canFollow(ME, LAST) -> follow(ME, LAST, false); k = 0 }
  :: d_step { STORM && canClone(ME, NEXT) -> follow(ME, NEXT, true); k = 0 }
  :: d_step { STORM && canClone(ME, LAST) -> follow(ME, LAST, true); k = 0 }
  :: d_step { UP(ME) && canStream(ME) -> stream(ME) }
#if CHANGES > 0
#if MINIMUM < 2
  ALL_TARGETS(CHANGE, 1)
#endif
  ALL_TARGETS(CHANGE, 2)
  ALL_TARGETS(CHANGE, 3)
  :: d_step { STORM && canApply(ME) -> apply(ME) }
  :: d_step { STORM && canTighten(ME) -> tighten(ME) }
#endif
#ifdef READING_SUFFICES
  ALL_TARGETS(TRUST, 2)
  ALL_TARGETS(TRUST, 3)
  :: d_step { STORM && canAskAgain(ME) -> askAgain(ME); k = 0 }
#endif
#ifdef NAMES_AFTER_PROMOTE
  :: d_step { STORM && canAsk(ME) -> ask(ME) }
#endif
  :: d_step { STORM && canCrash(ME) -> crash(ME); k = 0 }
#if defined(VOLATILE_PROMISE) || defined(VOLATILE_FOLLOW)
  :: d_step { STORM && canForget(ME) -> forget(ME) }
#endif
#if LOSSES > 0
  :: d_step { STORM && canLoseVolume(ME) -> loseVolume(ME); k = 0 }
#endif
  od
}

/* A leads; the others follow it, with nothing written yet. */
init {
  d_step {
    members = BIT(0) | BIT(IDENTITIES) | (OUT -> 0 : BIT(2 * IDENTITIES));
    stance[0] = LEADS; stance[1] = FOLLOWS; stance[2] = FOLLOWS;
    follows[0] = NOBODY;
    streamsOn[1] = 1; streamsOn[2] = 1;
    term[0] = 1; term[1] = 1; term[2] = 1;
    writes[0] = 1;
    askedM[0] = members;
    askedW[0] = number;
    noteAbsent()
  }
  atomic {
    run Instance(); run Instance(); run Instance();
#ifdef PROGRESS
    run Calm()
#endif
  }
}
