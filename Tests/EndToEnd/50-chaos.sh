#!/usr/bin/env bash
# The chaos test (Tests/Chaos): faults of all kinds at random times, for MATRIARCH_CHAOS_MINUTES (10 unless said otherwise).
. "$(dirname "$0")/lib.sh"
said=$(mktemp); trap 'rm -f "$said"' EXIT
if "$root/Tests/Chaos/run" --minutes "${MATRIARCH_CHAOS_MINUTES:-10}" ${MATRIARCH_SEED:+--seed "$MATRIARCH_SEED"} | tee "$said"; then
  ok "nothing acknowledged is lost or there twice, never two primaries, writes come back"
else
  bad "nothing acknowledged is lost or there twice, never two primaries, writes come back"
fi
printf '%s passed, %s failed: %s; %s\n' "$passed" "$failed" "$(grep -om1 'seed .*' "$said")" "$(grep -o '[0-9]* faults, .*' "$said")"
((failed == 0))
