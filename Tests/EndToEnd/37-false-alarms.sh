#!/usr/bin/env bash
# Primaries that are slow but alive: all connection slots taken, the processors busy, stopped for a moment. Nobody is promoted
# needlessly, and nothing that was acknowledged is lost.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clusters.sh"
start 90
namespace_ready
cluster pg 3 '  enableSuperuserAccess: true
  postgresql: {parameters: {max_connections: "30"}, synchronous: {method: any, number: 1}}' >/dev/null 2>&1
healthy 90 pg 3
term() { k get lease pg -o jsonpath='{.spec.leaseTransitions}'; }
login() { echo "host=$(address pg-rw) dbname=app user=$(secret "pg-$1" username) password=$(secret "pg-$1" password) sslmode=require connect_timeout=5"; }
app=$(login app) superuser=$(login superuser)
bench=$(pg_config --bindir)/pgbench
psql -qX "$app" -c 'create table t (n int)'
first=$(status pg currentPrimary) before=$(term)
calm() { same "$1: nobody else was promoted" "$first in term $before" "$(status pg currentPrimary) in term $(term)"; }
# The whole of a pod's processes, by its manager's process namespace.
of_pod() { local space; space=$(readlink "/proc/$(manager_pid "$1")/ns/pid") && ls -l /proc/[0-9]*/ns/pid 2>/dev/null | grep -F "$space" | grep -o '/proc/[0-9]*' | cut -d/ -f3; }

refused() { ! psql -qXAt "$1" -c 'select 1' >/dev/null 2>"$MATRIARCH_STATE/said" && grep -Eq 'slots are reserved|too many clients' "$MATRIARCH_STATE/said"; }
# One after the other: those that come at once take each other's slots before they are refused.
take() { refused "$1" || { psql -qX "$1" -c 'select pg_sleep(40)' >/dev/null 2>&1 & sleep 0.2; false; }; }
within 20 "all slots for users are taken" take "$app"
within 10 "... and those for superusers" take "$superuser"
sleep 15
calm "with all slots taken for fifteen seconds"
same "... its pod stayed ready" True "$(k get pod "$first" -o jsonpath='{.status.conditions[?(@.type=="Ready")].status}')"
wait

# A session each, so that each has the same right to a processor as everything else here together.
for _ in $(seq $((4 * $(nproc)))); do setsid timeout 25 sh -c 'while :; do :; done' & done
echo 'insert into t values (1)' >"$MATRIARCH_STATE/insert.sql"
"$bench" -n -c 8 -T 20 -f "$MATRIARCH_STATE/insert.sql" "$app" >"$MATRIARCH_STATE/said" 2>&1
done=$(sed -n 's/^number of transactions actually processed: \([0-9]*\).*/\1/p' "$MATRIARCH_STATE/said")
((${done:-0} > 0)) && ok "writes go on while four busy programs a processor run" || bad "writes go on while four busy programs a processor run" "$(cat "$MATRIARCH_STATE/said")"
calm "with busy processors for twenty seconds"
wait
rows=$(psql -qXAt "$app" -c 'select count(*) from t')
((rows >= done)) && ok "... and every acknowledged row is there" || bad "... and every acknowledged row is there" "$rows of $done"

for _ in 1 2 3; do
  # shellcheck disable=SC2046
  kill -STOP $(of_pod "$first"); sleep 0.4; kill -CONT $(of_pod "$first"); sleep 1
done
calm "stopped for less than it takes to suspect it, three times"
within 10 "... and it takes writes" psql -qX "$app" -c 'insert into t values (2)'
within 10 "... and both standbys stream" follow pg 2
same "no instance manager was started anew" "0 0 0" "$(for pod in pg-1 pg-2 pg-3; do restarts "$pod"; echo; done | xargs)"
same "... nor a postgres" 1 "$(k logs "$first" -c postgres | grep -c '"postgres started"')"
