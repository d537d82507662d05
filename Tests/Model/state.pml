/* What there is: the Lease, what each instance has on disk and in memory, and what the checker alone knows.
 *
 * Bounds, given by check.sh: beyond them the model stops, it does not wrap.
 *   TERMS   the highest term                        LOSSES   volumes lost, at most, by all instances together
 *   LOG     records in a log, each a commit         CHANGES  changes of (M, w) begun
 *   NUMBER  w in the first record                   OUT      1: C starts outside M
 * Crashes, false alarms, lost and late messages, stale readings and unknown results are not bounded.
 */
#ifndef TERMS
#define TERMS 3
#endif
#ifndef LOG
#define LOG 2
#endif
#ifndef LOSSES
#define LOSSES 1
#endif
#ifndef CHANGES
#define CHANGES 1
#endif
#ifndef NUMBER
#define NUMBER 2
#endif
#ifndef OUT
#define OUT 0
#endif

#define INSTANCES 3
#define NOBODY 3

/* A member is a name with an identity, the number of a volume. A set of members is a set of bits. */
#define IDENTITIES (LOSSES + 1)
#define MEMBER(i) ((i) * IDENTITIES + id[i])
#define BIT(m) (1 << (m))
#define HAS(set, m) (((set) >> (m)) & 1)
#define NAME(i) (((1 << IDENTITIES) - 1) << ((i) * IDENTITIES))

/* A log is a number in base 8: its digit l is the timeline that record l was written on. Since a timeline has one writer,
 * which appends only, two records with the same place and timeline are the same record, and a history is a prefix. */
#define PREFIX(log, l) ((log) & ((1 << (3 * (l))) - 1))
#define RECORD(log, l) (((log) >> (3 * (l))) & 7)
#define LEADS_INTO(i, j) (end[i] <= end[j] && PREFIX(wal[j], end[i]) == wal[i])
#define WROTE_ON(log, t) (RECORD(log, 0) == (t) || RECORD(log, 1) == (t) || RECORD(log, 2) == (t) || RECORD(log, 3) == (t))

/* A position: the timeline of the last record, then its place. */
#ifdef LSN_ONLY
#define POSITION(i) (end[i])
#else
#define POSITION(i) (end[i] == 0 -> 0 : RECORD(wal[i], end[i] - 1) * 8 + end[i])
#endif

/* The record, in the Lease. Its version is not modelled: a write on a version that has passed fails, so that reading,
 * deciding and writing are one step; what only read, or whose result is unknown, is a step that did not take place, or
 * an action by an older record (see stalePromise, lead, and the mutation READING_SUFFICES). */
byte holder = 0;
byte leaseTerm = 1;
byte timeline = 1;
short members;
byte number = NUMBER;

/* On disk. */
byte id[INSTANCES];
#define EMPTY 0     /* a new volume */
#define FOLLOWS 1
#define PROMISED 2
#define WON 3       /* promised, and the Lease has, or had, it as holder of that term; it may not know yet */
#define LEADS 4
byte stance[INSTANCES];
byte term[INSTANCES];      /* the highest it promised, followed or led */
byte copying[INSTANCES];   /* 0: complete; n: incomplete until its log has n - 1 records */
short wal[INSTANCES];
byte end[INSTANCES];
byte writes[INSTANCES];    /* the timeline it leads on */
short askedM[INSTANCES];   /* synchronous_standby_names: askedW - 1 others of askedM */
byte askedW[INSTANCES];

/* In memory. */
byte follows[INSTANCES];   /* whose stream it has, or asks for again and again */
byte streamsOn[INSTANCES]; /* the timeline that leader had when this term was made durable */
/* What a leader knows that a name has confirmed, and with which volume: identity * 16 + records. */
byte confirmed[INSTANCES * INSTANCES];
/* Rule 9: what a leader is changing to, and where its log ended when postgres first asked for it. */
short wantM[INSTANCES];
byte wantW[INSTANCES];
byte upTo[INSTANCES];
#define NOT_YET 15

/* Promises of the next term, by member: position + 1. Facts: others may learn them late, or after the volume is gone. */
byte promised[INSTANCES * IDENTITIES];

/* What clients were told: the history up to the last acknowledged commit. */
short acked;
byte ackedLen;

byte losses;
byte changes;

/* How many others of M are known to a leader to have confirmed l records. */
#ifdef NAMES_COUNT
#define IS_OF(i, m, set) (set & NAME(i))
#else
#define IS_OF(i, m, set) HAS(set, m)
#endif
#define HAS_CONFIRMED(p, i, l, set) \
  ((p) != (i) && (confirmed[(p) * 3 + (i)] & 15) >= (l) && IS_OF(i, (i) * IDENTITIES + (confirmed[(p) * 3 + (i)] >> 4), set))
#define CONFIRMATIONS(p, l, set) \
  ((HAS_CONFIRMED(p, 0, l, set) -> 1 : 0) + (HAS_CONFIRMED(p, 1, l, set) -> 1 : 0) + (HAS_CONFIRMED(p, 2, l, set) -> 1 : 0))

#define SIZE(set) \
  (HAS(set, 0) + HAS(set, 1) + HAS(set, 2) + HAS(set, 3) + HAS(set, 4) + HAS(set, 5) + HAS(set, 6) + HAS(set, 7) + HAS(set, 8))
