#!/usr/bin/env bash
# Matriarch: a control plane of its own on 127.98, three nodes, the reference cluster (samples/cluster.yaml); clients come through the
# service demo-rw, with TLS and password, as it is by default. It archives nothing, like the others here; with PROFILE healthy, hanging
# or refusing it archives to an S3 store, which is like that from a second before the fault until the cluster is to heal.
. "$(dirname "$0")/lib.sh"
work=$BENCH/matriarch
profile=${PROFILE-}
export MATRIARCH_STATE=$work/state
matriarch=${MATRIARCH_BIN:?}/matriarch
[[ ! -f $work/env ]] || . "$work/env"
k() { timeout 60 kubectl --namespace bench "$@"; }
primary() { k get cluster demo -o jsonpath='{.status.currentPrimary}'; }
sql() { k exec "$1" -c postgres -- psql -XAtqU postgres -c "$2"; }

healthy() {
  local is
  is=$(k get cluster demo -o jsonpath='{.status.currentPrimary} {.status.targetPrimary} {.status.readyInstances} {.status.phase}') || return
  [[ $is =~ ^([^ ]+)\ ([^ ]+)\ 3\ Cluster\ in\ healthy\ state$ && ${BASH_REMATCH[1]} == "${BASH_REMATCH[2]}" ]] || return
  (($(k get pods -l cnpg.io/cluster=demo -o jsonpath='{range .items[*]}{.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}' | grep -c True) == 3)) || return
  [[ $(sql "${BASH_REMATCH[1]}" "select count(*) filter (where state = 'streaming'), count(*) filter (where sync_state = 'quorum' or sync_state = 'sync') > 0 from pg_stat_replication") == '2|t' ]]
}
# manager POD: its instance manager, seen from the host.
manager() {
  local pid
  for pid in $(pgrep -f '^/controller/manager instance run'); do
    tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | grep -qx "POD_NAME=$1" &&
      grep -q "$MATRIARCH_STATE" "/proc/$pid/mountinfo" && echo "$pid" && return
  done
  return 1
}
# A container that ended waits longer each time before it starts again, up to five minutes, like anywhere. That is the node's
# patience with crashes, not a part of what is measured; a pod made anew begins at zero.
renew_waiting() {
  local pod
  for pod in $(k get pods -l cnpg.io/cluster=demo -o json |
    jq -r '.items[] | select(any(.status.containerStatuses[]?; .state.waiting.reason == "CrashLoopBackOff")) | .metadata.name'); do
    k delete pod "$pod" --wait=false >/dev/null
  done
}
well() { healthy || { renew_waiting; false; }; }

# The store of all profiles, behind its door. On any machine an archive is one of the things that run beside.
store() {
  mkdir -p "$work/store/archive" && echo healthy >"$work/mode" || return
  setsid "$RCLONE" serve s3 --addr 127.0.67.1:9001 --auth-key bench,benchbench --vfs-cache-mode off --no-cleanup "$work/store" >"$work/store.log" 2>&1 &
  echo $! >"$work/store.pids"
  setsid "$here/archive.py" "$work/mode" >"$work/door.log" 2>&1 &
  echo $! >>"$work/store.pids"
  k create secret generic store --from-literal=id=bench --from-literal=secret=benchbench
}
# The reference manifest, with an archive that is here, or with none.
manifest() {
  sed -n '/^  backup:/q;p' "$here/../../samples/cluster.yaml" | sed -e "s|^spec:|&\n  imageName: ghcr.io/cloudnative-pg/postgresql:${PGMAJOR:?}|" \
    ${TIMELINE:+-e "s|^    parameters:|&\n      log_connections: 'on'|"}
  [[ ! $profile ]] || cat <<YAML
  backup:
    barmanObjectStore:
      destinationPath: s3://archive/
      endpointURL: http://127.0.67.1:9000
      s3Credentials: {accessKeyId: {name: store, key: id}, secretAccessKey: {name: store, key: secret}}
YAML
}

case $1 in
  dsn) echo "host=$(k get service demo-rw -o jsonpath='{.spec.clusterIP}') port=5432 user=app password=bench dbname=appdb${CLIENT_OPTIONS:+ $CLIENT_OPTIONS}" ;;
  up)
    # All profiles have one cluster.
    [[ ! -f $work/env ]] || { within 60 healthy; exit; }
    mkdir -p "$work" && chmod 755 "$work"
    "$matriarch" local up --state "$MATRIARCH_STATE" --address-block 127.98 && "$matriarch" local env >"$work/env" || exit
    . "$work/env"
    k create namespace bench && k create secret generic db-user-pass --from-literal=username=app --from-literal=password=bench || exit
    [[ ! $profile ]] || store || exit
    manifest | k apply -f - 2>/dev/null || exit
    within 180 healthy ;;
  healthy) healthy ;;
  arm)
    rm -f "$work/struck"
    [[ ! $profile ]] || { echo "$profile" >"$work/mode"; sleep 1; }
    pod=$(primary) && echo "$pod" >"$work/primary" && manager "$pod" >"$work/manager" || exit
    pgrep -o -P "$(<"$work/manager")" -x postgres >"$work/postmaster" || exit
    k get pods -l cnpg.io/cluster=demo -o name | grep -v "/$pod$" | head -1 | cut -d/ -f2 >"$work/target" ;;
  fault)
    manager=$(<"$work/manager") postmaster=$(<"$work/postmaster")
    case $2 in
      crash) processes=$(family "$postmaster"); struck; kill -9 "$manager" $processes ;;
      pmkill) struck; kill -9 "$postmaster" ;;
      freeze)
        processes="$manager $(family "$postmaster")"; echo "$processes" >"$work/frozen"
        struck; kill -STOP $processes ;;
      switchover)
        struck
        k patch cluster demo --subresource status --type merge -p "{\"status\": {\"targetPrimary\": \"$(<"$work/target")\"}}" ;;
    esac ;;
  moved) [[ $(primary) != "$(<"$work/primary")" ]] ;;
  heal)
    [[ ! $profile ]] || echo healthy >"$work/mode"
    [[ ! -f $work/frozen ]] || kill -CONT $(<"$work/frozen") 2>/dev/null
    rm -f "$work/frozen"
    within 400 well ;;
  logs) for pod in $(k get pods -l cnpg.io/cluster=demo -o name); do
      k logs "$pod" -c postgres --previous 2>/dev/null; k logs "$pod" -c postgres 2>/dev/null
    done ;;
  watch) # the Lease and the pods' roles as an onlooker sees them change; ends when it is killed
    kubectl -n bench get lease demo -w -o json | jq --unbuffered -c '{at: now, logging_pod: "lease",
      msg: "holder \(.spec.holderIdentity), term \(.spec.leaseTransitions), version \(.metadata.resourceVersion)"}' &
    kubectl -n bench get pods -l cnpg.io/cluster=demo -w -o json | jq --unbuffered -c '{at: now, logging_pod: "pod",
      msg: "\(.metadata.name) \(.metadata.labels["cnpg.io/instanceRole"]), ready \(.status.conditions[]? | select(.type == "Ready") | .status)"}' &
    wait ;;
  struck) cat "$work/struck" ;;
  down)
    [[ ! -f $work/frozen ]] || kill -CONT $(<"$work/frozen") 2>/dev/null
    [[ ! -f $work/store.pids ]] || kill $(<"$work/store.pids") 2>/dev/null
    [[ ! -d $MATRIARCH_STATE ]] || "$matriarch" local clean --yes >/dev/null 2>&1
    rm -rf "$work" ;;
esac
