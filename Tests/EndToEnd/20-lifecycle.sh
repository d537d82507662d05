#!/usr/bin/env bash
# Instances come, go, crash and come back; what was written stays.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clusters.sh"
start 72
namespace_ready

# The operator dies while the first cluster is being made: another one carries on.
cluster life 3 >/dev/null
within 30 "the first instance's pod appears" says life-1 k get pod life-1 -o name
kubectl -n cnpg-system delete pod -l app.kubernetes.io/name=cloudnative-pg --grace-period=0 --force >/dev/null 2>&1
healthy 60 life 3 "an operator killed in the middle of the creation: its successor finishes it"

# Both standbys are cloned at the same time: each begins before the other has ended.
moment() { k logs "$1" -c postgres | jq -rR --arg m "$2" 'fromjson? | select(.msg == $m) | .ts' | head -1; }
same "both standbys are cloned at the same time" "yes" "$(jq -rn \
  --arg a1 "$(moment life-2 "copying the primary's data")" --arg a2 "$(moment life-2 'the data are copied')" \
  --arg b1 "$(moment life-3 "copying the primary's data")" --arg b2 "$(moment life-3 'the data are copied')" \
  'if [$a1, $a2, $b1, $b2] | any(. == "") then "no such log lines: \([$a1, $a2, $b1, $b2])"
   elif $a1 < $b2 and $b1 < $a2 then "yes" else "no: \($a1) to \($a2), \($b1) to \($b2)" end')"

sql life-1 app "create table rows (n int); insert into rows values (1)"
rows() { [[ $(sql "$1" app 'select count(*) from rows' 2>&1 | tee /dev/stderr) == "$2" ]]; }
within 30 "a row reaches the standby" rows life-2 1

volume=$(uid pvc life-2) pod=$(uid pod life-2)
k delete pod life-2 --wait=false >/dev/null
within 30 "a deleted standby's pod is made anew" differs "$pod" uid pod life-2
healthy 60 life 3 "... and is ready"
same "... on its volume" "$volume" "$(uid pvc life-2)"
within 30 "... with its data" rows life-2 1

volume=$(uid pvc life-1) pod=$(uid pod life-1)
k delete pod life-1 --wait=false >/dev/null
within 30 "a deleted primary's pod is made anew" differs "$pod" uid pod life-1
healthy 60 life 3 "... and is ready"
same "... on its volume" "$volume" "$(uid pvc life-1)"
within 30 "... with its data" rows "$(status life currentPrimary)" 1
within 30 "... its standbys follow" follow life 2
within 30 "... and takes writes" sql "$(status life currentPrimary)" app 'insert into rows values (2)'

volume=$(uid pvc life-3)
k delete pvc life-3 --wait=false >/dev/null; k delete pod life-3 --wait=false >/dev/null
within 30 "a deleted volume is made anew" differs "$volume" uid pvc life-3
healthy 60 life 3 "... and filled from the primary"
within 30 "... with all rows" rows life-3 2
within 30 "... and both standbys follow" follow life 2

# Crashes.
before=$(started life-2)
k exec life-2 -c postgres -- bash -c 'kill -9 $(head -1 "$PGDATA/postmaster.pid")'
within 30 "postgres killed: started again" differs "$before" started life-2
same "... in the same container" 0 "$(restarts life-2)"
within 30 "... and both standbys follow" follow life 2
kill -9 "$(manager_pid life-2)"
within 30 "the instance manager killed: its container starts again" says '^1$' restarts life-2
healthy 60 life 3 "... and is ready"
within 30 "... with all rows" rows life-2 2
within 30 "... and both standbys follow" follow life 2

# Scale.
k scale cluster life --replicas 4 >/dev/null
healthy 60 life 4 "scaled to 4"
within 30 "... the new one has all rows" rows life-4 2
k scale cluster life --replicas 2 >/dev/null
healthy 60 life 2 "scaled to 2"
same "... those with the highest serials are gone, with their volumes" "life-1 life-2 life-1 life-2" \
  "$(k get pods,pvc -l cnpg.io/cluster=life -o jsonpath='{.items[*].metadata.name}')"
within 30 "... who is left follows" follow life 1
slots() { returns "$1" "$2" "select string_agg(slot_name, ' ' order by slot_name) from pg_replication_slots"; }
primary=$(status life currentPrimary)
standby=life-1; [[ $primary == life-2 ]] || standby=life-2
within 30 "... their replication slots are dropped" slots "_cnpg_${standby/-/_}" "$primary"
within 60 "... at the standby too" slots "" "$standby"
k scale cluster life --replicas 3 >/dev/null
healthy 60 life 3 "scaled to 3 again"

# A single instance without volumes.
cluster solo 1 >/dev/null
healthy 60 solo 1
k delete pvc solo-1 --wait=false >/dev/null; k delete pod solo-1 --wait=false >/dev/null
lost="Cluster is unrecoverable and needs manual intervention"
within 30 "the only volume destroyed: the cluster says so" says "^$lost$" status solo phase
match "... with the reason" 'no PersistentVolumeClaims \(PVCs\) exist' "$(status solo phaseReason)"
operator_settings
within 30 "... still so under another operator" says "^$lost$" status solo phase
same "... no new volume or pod in its place" "" "$(k get pods,pvc -l cnpg.io/cluster=solo -o name)"

# Deletion.
everything=pods,pvc,services,secrets,serviceaccounts,roles,rolebindings,poddisruptionbudgets,leases,endpointslices
match "a cluster owns all kinds of objects" 'rolebinding' "$(k get $everything -o name)"
k delete cluster life solo --wait=false >/dev/null
none() { [[ -z $(k get $everything -o name | grep -v '^serviceaccount/default$' | tee /dev/stderr) ]]; }
within 40 "a deleted cluster takes all it owned with it" none
