# Sourced by the scenarios about clusters, after lib.sh: making them, asking them, waiting for them.
ns=db
k() { timeout 60 kubectl --namespace "$ns" "$@"; }

# namespace_ready: the namespace, and an operator that answers its webhooks.
namespace_ready() {
  kubectl create namespace "$ns" >/dev/null
  kubectl -n cnpg-system rollout status deployment/cnpg-controller-manager --timeout=60s >/dev/null || bad "the operator starts"
}

# operator_settings [KEY=VALUE …]: sets them, and starts the operator anew, which reads them at its start.
operator_settings() {
  local values; values=$(jq -nc '$ARGS.positional | map(capture("(?<key>[^=]+)=(?<value>.*)")) | from_entries' --args "$@")
  kubectl -n cnpg-system patch configmap cnpg-controller-manager-config --type merge -p "{\"data\": $values}" >/dev/null
  kubectl -n cnpg-system rollout restart deployment/cnpg-controller-manager >/dev/null
  kubectl -n cnpg-system rollout status deployment/cnpg-controller-manager --timeout=60s >/dev/null
}

# cluster NAME INSTANCES [more of the spec, YAML indented by two]: applies a small Cluster.
cluster() {
  k apply -f - <<YAML
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: {name: $1}
spec:
  instances: $2
  storage: {size: 1Gi}
${3-}
YAML
}

# healthy SECONDS NAME INSTANCES ['what']
healthy() { within "$1" "${4:-$2: $3 ready, healthy}" ready "$ns" "$2" "$3"; }
status() { k get cluster "$1" -o jsonpath="{.status.$2}"; }
patch() { k patch cluster "$1" --type merge -p "$2" >/dev/null; }
uid() { k get "$1" "$2" --ignore-not-found -o jsonpath='{.metadata.uid}'; }
gone() { [[ -z $(k get "$@" --ignore-not-found -o name) ]]; }
secret() { k get secret "$1" -o jsonpath="{.data.${2//./\\.}}" | base64 -d; }
restarts() { k get pod "$1" -o jsonpath='{.status.containerStatuses[0].restartCount}'; }
address() { k get service "$1" -o jsonpath='{.spec.clusterIP}'; }

# sql POD DATABASE STATEMENT: as superuser, inside the pod.
sql() { k exec "$1" -c postgres -- psql -XAtq -U postgres -d "$2" -c "$3"; }
# returns EXPECTED POD STATEMENT: whether that is the answer, in database postgres.
returns() { local got; got=$(sql "$2" postgres "$3") && echo "$got" && [[ $got == "$1" ]]; }
# follow NAME COUNT: whether so many standbys stream from the cluster's primary. Being ready does not say that.
follow() { returns "$2" "$(status "$1" currentPrimary)" "select count(*) from pg_stat_replication where state = 'streaming'"; }
# differs OLD command...: whether the command succeeds with other output than OLD.
differs() { local old=$1 got; shift; got=$("$@") && [[ -n $got && $got != "$old" ]]; }
# says PATTERN command...: whether the command's output has a line like the pattern.
says() { local pattern=$1; shift; "$@" 2>&1 | tee /dev/stderr | grep -Eq -- "$pattern"; }
started() { sql "$1" postgres 'select pg_postmaster_start_time()'; }

# manager_pid POD: the instance manager of that pod of this control plane, seen from the host.
manager_pid() {
  local pid
  for pid in $(pgrep -f '^/controller/manager instance run'); do
    [[ $(tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | sed -n 's/^POD_NAME=//p') == "$1" ]] &&
      grep -q "$MATRIARCH_STATE" "/proc/$pid/mountinfo" && echo "$pid" && return
  done
  return 1
}
