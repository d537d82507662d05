#!/usr/bin/env bash
# The chaos test (Tests/Chaos): faults of all kinds at random times, for MATRIARCH_CHAOS_MINUTES (5 unless said otherwise).
. "$(dirname "$0")/lib.sh"
"$root/Tests/Chaos/run" --minutes "${MATRIARCH_CHAOS_MINUTES:-5}" ${MATRIARCH_SEED:+--seed "$MATRIARCH_SEED"} &&
  ok "nothing acknowledged is lost or there twice, never two primaries, writes come back" ||
  bad "nothing acknowledged is lost or there twice, never two primaries, writes come back"
printf '%s passed, %s failed\n' "$passed" "$failed"
((failed == 0))
