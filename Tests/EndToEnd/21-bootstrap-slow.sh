#!/usr/bin/env bash
# A bootstrap twice as long as the startup probe's patience (startDelay) restarts nothing.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clusters.sh"
start 73
namespace_ready

cluster slow 2 '  startDelay: 30
  bootstrap: {initdb: {postInitSQL: ["select pg_sleep(60)", "create table after_sleep ()"]}}' 2>/dev/null >/dev/null
begin=$SECONDS
within 30 "the first pod appears" k get pod slow-1
same "startDelay is the startup probe's patience" "3 10" "$(k get pod slow-1 \
  -o jsonpath='{.spec.containers[0].startupProbe.failureThreshold} {.spec.containers[0].startupProbe.periodSeconds}')"
within 30 "the bootstrap is under way" says 'pg_sleep' k exec slow-1 -c postgres -- psql -XAtq -U postgres -c \
  "select query from pg_stat_activity where state = 'active' and pid <> pg_backend_pid()"
match "... while the phase says what is being done" '^Setting up primary$' "$(status slow phase)"
healthy 150 slow 2
took=$((SECONDS - begin))
((took >= 60)) && ok "... after the bootstrap's 60 s" || bad "... after the bootstrap's 60 s" "it took $took s"
same "no container was restarted" "0 0" "$(restarts slow-1) $(restarts slow-2)"
same "no probe was counted as a failure" "" "$(k get events -o json | jq -r '.items[] | select(.reason == "Unhealthy" and (.message | test("[Ss]tartup|[Ll]iveness"))) | .message')"
same "all of postInitSQL was carried out" after_sleep "$(sql slow-2 postgres 'select relname from pg_class where relname = $$after_sleep$$')"
