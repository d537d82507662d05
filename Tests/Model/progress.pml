/* Whom it serves: at any time the faults may end, one instance at most being gone for good. What is left to happen
 * happens; then somebody leads, or too few complete members are left to promise. */
bool calm;
byte down = NOBODY;

#define STORM (!calm)
#define UP(i) (!calm || down != (i))
#define IS_LEADING(i) (UP(i) && stance[i] == LEADS && holder == MEMBER(i) && leaseTerm == term[i])
/* A standby does not suspect a primary that is well. */
#define IS_WANTED (!calm || !(IS_LEADING(0) || IS_LEADING(1) || IS_LEADING(2)))

/* It has promised, and said so, or it can. */
#define CAN_COUNT(i) (UP(i) && stance[i] != EMPTY && copying[i] == 0 && HAS(members, MEMBER(i)) -> 1 : 0)
#define HOLDER_CAN(i) (UP(i) && holder == MEMBER(i) && stance[i] != EMPTY && copying[i] == 0)
#define ENOUGH_ARE_UP \
  (CAN_COUNT(0) + CAN_COUNT(1) + CAN_COUNT(2) > SIZE(members) - number || HOLDER_CAN(0) || HOLDER_CAN(1) || HOLDER_CAN(2))

proctype Calm() {
  if
  :: d_step { leaseTerm < TERMS && !calm -> calm = true; down = NOBODY }
  :: d_step { leaseTerm < TERMS && !calm -> calm = true; down = 0 }
  :: d_step { leaseTerm < TERMS && !calm -> calm = true; down = 1 }
  :: d_step { leaseTerm < TERMS && !calm -> calm = true; down = 2 }
  fi;
  timeout;
  /* Where the terms have run out, the model has ended, not the protocol. */
  assert(leaseTerm >= TERMS || IS_LEADING(0) || IS_LEADING(1) || IS_LEADING(2) || !ENOUGH_ARE_UP)
}
