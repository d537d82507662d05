#!/usr/bin/env bash
# Primaries that move on purpose: drained, cordoned, updated, deleted, promoted; and wishes that cannot be fulfilled.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clusters.sh"
start 83
namespace_ready
cluster pg 3 '  replicationSlots: {highAvailability: {synchronizeLogicalDecoding: true}}
  postgresql:
    synchronous: {method: any, number: 1}
    parameters: {sync_replication_slots: "on", hot_standby_feedback: "on"}' >/dev/null 2>&1
healthy 90 pg 3
primary() { status pg currentPrimary; }
node_of() { k get pod "$1" -o jsonpath='{.spec.nodeName}'; }
primary_leaves() { differs "$1" primary; }
event() { k get events --field-selector "reason=$1" -o jsonpath='{range .items[*]}{.message}{"\n"}{end}'; }
sql pg-1 postgres 'create table t (n int); insert into t values (1)'
rows() { sql "$(primary)" postgres 'select count(*) from t'; }

sql pg-1 postgres 'create publication everything for all tables'
sql pg-1 postgres "select pg_create_logical_replication_slot('reader', 'pgoutput', false, false, true)" >/dev/null
# PostgreSQL keeps it there once the reader has come as far as the standby has.
has_slot() { [[ $(sql "$1" postgres "select count(*) from pg_replication_slots where slot_name = 'reader' and synced and not temporary") == 1 ]]; }
have_slot() {
  sql pg-1 postgres "select pg_log_standby_snapshot(), pg_replication_slot_advance('reader', pg_current_wal_lsn())" >/dev/null
  has_slot pg-2 && has_slot pg-3
}
within 60 "a logical slot made with failover is on the standbys too" have_slot
same "... nothing is decoded that they do not have" "_cnpg_pg_2, _cnpg_pg_3" "$(sql pg-1 postgres 'show synchronized_standby_slots')"

echo "  -- drain"
old=$(primary) node=$(node_of "$old")
timeout 90 kubectl drain "$node" --ignore-daemonsets --delete-emptydir-data --timeout=80s >/tmp/drain.$$ 2>&1 && ok "kubectl drain comes to its end" || bad "kubectl drain comes to its end" "$(</tmp/drain.$$)"
rm -f /tmp/drain.$$
within 10 "... the primary has left" primary_leaves "$old"
match "... which an event says" "Current primary is running on unschedulable node $node, switching over from $old to " "$(event SwitchingOver)"
same "... with all its rows" 1 "$(rows)"
same "... and the logical slot, which can be read" t "$(sql "$(primary)" postgres "select count(*) >= 0 from pg_logical_slot_peek_binary_changes('reader', null, null, 'proto_version', '1', 'publication_names', 'everything')")"
kubectl uncordon "$node" >/dev/null
healthy 90 pg 3 "uncordoned: three again"

echo "  -- cordon"
old=$(primary) node=$(node_of "$old")
kubectl cordon "$node" >/dev/null
within 30 "a cordoned node's primary moves, its pod stays" primary_leaves "$old"
healthy 60 pg 3
kubectl uncordon "$node" >/dev/null

echo "  -- what cannot be"
old=$(primary) target=$(k get pods -l cnpg.io/cluster=pg -o name | cut -d/ -f2 | grep -v "^$old$" | head -1)
k annotate cluster pg "cnpg.io/fencedInstances=[\"$target\"]" >/dev/null
is_fenced() { ! k exec "$target" -c postgres -- pg_isready -q; }
within 30 "one is fenced" is_fenced
k patch cluster pg --subresource status --type merge -p "{\"status\": {\"targetPrimary\": \"$target\"}}" >/dev/null
refused() { event SwitchoverRefused | grep "Instance $old does not hand over to $target"; }
within 20 "it is refused as the primary" refused
taken_back() { [[ $(status pg targetPrimary) == "$old" ]]; }
within 10 "... the wish is taken back" taken_back
same "... and the old one goes on" "$old 1" "$(primary) $(rows)"
match "... which is said in words" "does not hand over to $target: it is fenced" "$(event SwitchoverRefused)"
k annotate cluster pg cnpg.io/fencedInstances- >/dev/null
healthy 60 pg 3
echo "  -- a standby that is about to end, and waits for its clients"
k exec "$target" -c postgres -- psql -XAtq -U postgres -c 'select pg_sleep(60)' >/dev/null 2>&1 &
client=$!
within 10 "it has a client" returns 1 "$target" "select count(*) from pg_stat_activity where query like 'select pg_sleep%'"
k delete pod "$target" --wait=false >/dev/null
k patch cluster pg --subresource status --type merge -p "{\"status\": {\"targetPrimary\": \"$target\"}}" >/dev/null
ending() { event SwitchoverRefused | grep "Instance $old does not hand over to $target: its pod is ending"; }
within 20 "it is refused as the primary" ending
k delete pod "$old" --wait=false >/dev/null
within 20 "the primary ends too: the third takes over" primary_leaves "$old"
same "... and not the one that is ending" no "$([[ $(primary) == "$target" ]] && echo yes || echo no)"
kill $client 2>/dev/null
healthy 120 pg 3 "three again"

echo "  -- deleted, with whatever time it is given"
for grace in 30 1 0; do
  old=$(primary)
  k delete pod "$old" --grace-period=$grace $( ((grace)) || echo --force) --wait=false >/dev/null 2>&1
  within 30 "the primary's pod is deleted with $grace s: another leads" primary_leaves "$old"
  same "... with all rows" 1 "$(rows)"
  healthy 90 pg 3
done

echo "  -- updated"
old=$(primary)
patch pg '{"spec": {"primaryUpdateMethod": "switchover"}}'
k annotate cluster pg kubectl.kubernetes.io/restartedAt="$(date -u +%FT%TZ)" >/dev/null
within 90 "primaryUpdateMethod switchover: another leads before the primary's pod is made anew" primary_leaves "$old"
match "... which an event says" "Initiating switchover to .* to upgrade $old" "$(event Switchover)"
restarted() { [[ $(k get pods -l cnpg.io/cluster=pg -o json | jq -r '[.items[].metadata.annotations["kubectl.kubernetes.io/restartedAt"]] | unique | length') == 1 ]]; }
within 90 "... and all pods are of the new kind" restarted
healthy 90 pg 3

echo "  -- a standby that does not come back"
stuck=$(k get pods -l cnpg.io/cluster=pg,cnpg.io/instanceRole=replica -o name | cut -d/ -f2 | head -1)
postgres=$(pgrep -P "$(manager_pid "$stuck")" -x postgres)
kill -STOP $postgres $(pgrep -P "$postgres")
condition() { k get cluster pg -o jsonpath='{.status.conditions[?(@.type=="StandbysFollow")].status} {.status.conditions[?(@.type=="StandbysFollow")].message}'; }
within 120 "is named by a condition" says "^False .*$stuck" condition
match "... an event" "$stuck" "$(event StandbyStuck)"
metric() { k get --raw "/api/v1/namespaces/$ns/pods/$(primary):9187/proxy/metrics" | grep '^cnpg_collector_stuck_standbys'; }
match "... and a metric" ' 1$' "$(metric)"
kill -CONT $postgres $(pgrep -P "$postgres")
within 60 "and not any longer once it follows" says '^True ' condition
