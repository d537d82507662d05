#!/usr/bin/env bash
# One postmaster on a volume, whatever becomes of pods; and half-made data are never used.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clusters.sh"
start 70
namespace_ready

# postmasters POD: the postmasters of that pod's name, one process number a line; its backends are their children.
postmasters() {
  local pid
  for pid in $(pgrep -f '/postgres -D /var/lib/postgresql/data/pgdata'); do
    [[ $(tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | sed -n 's/^POD_NAME=//p') == "$1" ]] &&
      grep -q "$MATRIARCH_STATE" "/proc/$pid/mountinfo" 2>/dev/null && echo "$pid"
  done
}

# A primary deleted by force. Its manager and its postmaster stand still, so that they last until they are killed, while
# the next pod comes up on their volume.
cluster two 1 >/dev/null 2>&1
healthy 60 two 1
sql two-1 app 'create table rows (n int); insert into rows values (1)'
old=$(postmasters two-1) before=$(uid pod two-1)
match "one postmaster" '^[0-9]+$' "$old"
kill -STOP "$(manager_pid two-1)" "$old"
k delete pod two-1 --grace-period=0 --force >/dev/null 2>&1
most=0 end=$((SECONDS + 60))
until ready "$ns" two 1 && [[ $(uid pod two-1) != "$before" ]] || ((SECONDS >= end)); do
  for _ in 1 2 3 4 5; do
    count=$(postmasters two-1 | wc -l)
    ((count > most)) && most=$count
  done
done
healthy 60 two 1 "deleted by force: it comes back"
same "... never with two postmasters" 1 "$most"
same "... with its data" 1 "$(sql two-1 app 'select count(*) from rows')"

# Somebody who keeps the volume for longer.
lock=$(find "$MATRIARCH_STATE" -name pgdata.lock -path '*two-1*' | head -1)
[[ -n $lock ]] || lock=$(find "$MATRIARCH_STATE" -name pgdata.lock | head -1)
flock --nonblock "$lock" true && bad "the volume is locked" || ok "the volume is locked"
before=$(uid pod two-1)
(exec {held}<"$lock"; flock "$held"; until [[ -e $MATRIARCH_STATE/let-go ]]; do sleep 0.1; done) &
k delete pod two-1 --wait=false >/dev/null
within 30 "another pod comes" differs "$before" uid pod two-1
within 30 "... and waits while somebody else has the data" says 'Another instance manager or its postgres still has the data' k logs two-1 -c postgres
touch "$MATRIARCH_STATE/let-go"; wait
healthy 60 two 1 "... until they are free"
same "... with its data" 1 "$(sql two-1 app 'select count(*) from rows')"

# The manager is killed while it makes, then while it copies the first data.
cluster half 2 '  bootstrap: {initdb: {postInitApplicationSQL: [create table made (n int), insert into made values (1), select pg_sleep(1)]}}' >/dev/null 2>&1
# kills POD 'what it is doing' MILLISECONDS: kills the manager that long after it has said so; fails if it was over by then.
kills() {
  local seen; seen=$(restarts "$1" 2>/dev/null)
  within 40 "$1: $2" says "$2" k logs "$1" -c postgres
  sleep "$(printf '0.%03d' "$3")"
  kill -9 "$(manager_pid "$1")" && within 30 "... is killed $3 ms later, and starts again" differs "${seen:-0}" restarts "$1"
}
kills half-1 'initializing the cluster' $((RANDOM % 300))
kills half-1 'initializing the cluster' $((RANDOM % 999))
kills half-2 "copying the primary.s data" $((RANDOM % 300))
healthy 60 half 2 "killed in the middle of making and copying: healthy in the end"
same "... all statements were carried out once" "1 1" "$(sql half-1 app 'select count(*) from made') $(sql half-2 app 'select count(*) from made')"
same "... no mark of unfinished work is left" "" "$(k exec half-1 -c postgres -- sh -c 'ls -d "$PGDATA.incomplete"' 2>/dev/null; k exec half-2 -c postgres -- sh -c 'ls -d "$PGDATA.incomplete"' 2>/dev/null)"
