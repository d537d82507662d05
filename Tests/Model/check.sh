#!/usr/bin/env bash
# Checks the failover protocol's model: as it is (no error may be found, every state visited), and with one condition taken
# away at a time (the error must be found). One line a run; exits with 1 if any is not as expected.
#
#   check.sh            everything that CI runs
#   check.sh --deep     wider bounds too (about a quarter of an hour more)
#   check.sh NAME...    these only
set -euo pipefail
cd "$(dirname "$0")"

for tool in spin gcc; do
  command -v "$tool" > /dev/null || { echo "$tool is missing: apt-get install spin gcc" >&2; exit 2; }
done

readonly MEGABYTES=6000 # more than the largest run takes; one that needs more is reported as such, not as passed
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
deep=0
wanted=()
for argument in "$@"; do
  if [ "$argument" = --deep ]; then deep=1; else wanted+=("$argument"); fi
done
failures=0

# check NAME holds|caught TERMS LOG LOSSES CHANGES [definitions]
check() {
  local name=$1 expected=$2 definitions=("-DTERMS=$3" "-DLOG=$4" "-DLOSSES=$5" "-DCHANGES=$6")
  local bounds="terms $3, records $4, volumes lost $5, changes $6"
  shift 6
  if [ ${#wanted[@]} -gt 0 ] && [[ " ${wanted[*]} " != *" $name "* ]]; then return 0; fi
  local extra=""
  for definition in "$@"; do
    definitions+=("-D$definition")
    if [ "$definition" != "$name" ]; then extra+=", ${definition/=/ }"; fi
  done
  rm -rf "${work:?}/run"
  mkdir "$work/run"
  cp ./*.pml "$work/run"
  local began=$SECONDS
  # COLLAPSE compresses states without loss: the search stays exhaustive. There is no partial order reduction, which has
  # nothing to gain here: every action touches what others read.
  (cd "$work/run" && spin -a "${definitions[@]}" failover.pml \
    && gcc -O1 -w -DSAFETY -DCOLLAPSE -DNOREDUCE -DMEMLIM=$MEGABYTES -o pan pan.c) > "$work/build" 2>&1 \
    || { cat "$work/build"; failures=$((failures + 1)); return 0; }
  (cd "$work/run" && nice -n 10 ./pan -E -m1000 -w24) > "$work/out" 2>&1 || true
  local states errors verdict
  states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' "$work/out" | head -1)
  errors=$(sed -n 's/.*errors: \([0-9]*\).*/\1/p' "$work/out" | head -1)
  verdict="UNFINISHED: $(grep -m1 -iE 'too small|out of memory|memory limit|resized|error' "$work/out" || true)"
  if ! grep -qE 'too small|out of memory|reached -DMEMLIM|not completed' "$work/out" && [ "${errors:-}" = 0 ]; then
    verdict=holds
  fi
  if [ "${errors:-0}" -gt 0 ] && grep -q 'assertion violated' "$work/out"; then verdict=caught; fi
  if [ "$verdict" != "$expected" ]; then
    verdict="$verdict, NOT AS EXPECTED ($expected)"
    failures=$((failures + 1))
  fi
  printf '%-20s %10s states %4ds  %-7s (%s%s)\n' "$name" "${states:-?}" $((SECONDS - began)) "$verdict" "$bounds" "$extra"
}

echo 'three instances; any number of crashes, false alarms, lost and late messages, stale readings, unknown results'
check four-terms          holds  4 2 0 0
check long-log            holds  3 3 0 0
check lost-volume         holds  3 2 1 0
check change              holds  3 2 0 1
check change-of-all       holds  4 1 0 1  NUMBER=3
check loss-and-change     holds  2 2 1 1
check loss-two-changes    holds  2 1 1 2
check one-is-out          holds  2 1 1 2  OUT=1
check from-one-to-three   holds  2 1 1 2  NUMBER=3 MINIMUM=1
check somebody-leads      holds  3 1 1 0  PROGRESS
check somebody-leads-2    holds  3 1 0 1  PROGRESS

# Rules 3, 4 and 5
check NOT_MORE            caught 2 1 0 0  NOT_MORE
check VOLATILE_PROMISE    caught 2 1 0 0  VOLATILE_PROMISE
check LSN_ONLY            caught 3 2 0 0  LSN_ONLY
check NO_COMPARE          caught 3 2 0 0  NO_COMPARE
check EXCLUSIVE           caught 3 1 0 0  EXCLUSIVE PROGRESS
# Rules 6 and 7
check OWN_TL              caught 3 2 0 0  OWN_TL
check PICK_TL             caught 3 2 0 0  PICK_TL
check NAMES_AFTER_PROMOTE caught 3 2 0 0  NAMES_AFTER_PROMOTE
check DOORS_EARLY         caught 4 2 0 0  DOORS_EARLY
# Rule 8
check VOLATILE_FOLLOW     caught 3 1 0 1  VOLATILE_FOLLOW NUMBER=3
check REWIND_COUNTS       caught 2 2 0 0  REWIND_COUNTS
check WIPE_COUNTS         caught 2 1 1 0  WIPE_COUNTS
check NAMES_COUNT         caught 2 1 1 0  NAMES_COUNT
check NAMES_GUARDED       caught 2 1 1 2  NAMES_COUNT NAMES_GUARDED
check ANY_TIMELINE        caught 4 1 0 1  ANY_TIMELINE NUMBER=3
# Rule 9
check APPLY_FIRST         caught 2 1 0 1  APPLY_FIRST OUT=1
check NO_CATCHUP          caught 2 1 0 1  NO_CATCHUP
check UNION_BY_NAME       caught 3 1 1 1  UNION_BY_NAME
check READING_SUFFICES    caught 2 1 0 1  READING_SUFFICES
# Rule 11
check FALSE_ALARM_ANY     caught 3 2 0 0  FALSE_ALARM_ANY

if [ "$deep" = 1 ]; then
  check deep-two-losses   holds  2 1 2 2
  check deep-two-records  holds  2 2 1 2
  check deep-out          holds  2 2 1 2  OUT=1
  check deep-three-terms  holds  3 1 1 2
  check deep-change       holds  3 2 1 1
fi
[ "$failures" = 0 ] || { echo "$failures not as expected" >&2; exit 1; }
