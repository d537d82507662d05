/* What has to hold, checked where it could stop to. */
#ifndef MINIMUM
#define MINIMUM 2
#endif
#ifdef OWN_TL
byte owned[3];
#endif
#ifdef EXCLUSIVE
byte candidate[INSTANCES * IDENTITIES];
#endif
#ifdef READING_SUFFICES
short believedM[3];
byte believedW[3];
#endif
#if defined(NAMES_COUNT) && defined(NAMES_GUARDED)
byte wasAbsent[3]; /* the terms in which a record was without the name */
#define NOTE_ABSENT(i) wasAbsent[i] = wasAbsent[i] | ((members & NAME(i)) == 0 -> BIT(leaseTerm) : 0)
inline noteAbsent() { NOTE_ABSENT(0); NOTE_ABSENT(1); NOTE_ABSENT(2) }
#else
inline noteAbsent() { skip }
#endif

/* (a) Who leads has every acknowledged commit; (b) nobody else leads in its term. */
inline checkLeader(i) {
  assert(copying[i] == 0);
  /* If it has lost the Lease by now, it would have had to hold earlier, and that is checked there. */
  assert(holder != MEMBER(i) || (ackedLen <= end[i] && PREFIX(wal[i], ackedLen) == acked));
  for (k : 0 .. 2) { assert(k == i || stance[k] != LEADS || term[k] != term[i]) }
}

/* (c) A timeline is written by nobody else, now or before. */
inline checkTimeline(i) {
  for (k : 0 .. 2) {
    assert(!WROTE_ON(wal[k], writes[i]));
    assert(k == i || stance[k] != LEADS || writes[k] != writes[i])
  }
}

/* (a), (b) What is acknowledged continues what was, and is in the history of everybody who leads by now. */
inline checkAck(i, l) {
  assert(ackedLen <= end[i] && PREFIX(wal[i], ackedLen) == acked);
  for (k : 0 .. 2) {
    assert(stance[k] != LEADS || term[k] <= term[i] || (end[k] >= l && PREFIX(wal[k], l) == PREFIX(wal[i], l)))
  }
}
