# Sourced by the scenarios about the control plane, after lib.sh: small workloads, and processes found by state directory.
seconds() { # seconds VARIABLE command...: runs it, and sets VARIABLE to its duration in tenths of a second's precision
  local begin=$EPOCHREALTIME status=0
  "${@:2}" || status=$?
  printf -v "$1" '%s' "$(awk -v a="$begin" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }')"
  return $status
}
below() { awk -v a="$2" -v b="$3" 'BEGIN { exit !(a <= b) }' && ok "$1 ($2 s)" || bad "$1" "took $2 s, at most $3 s are allowed"; }
up() { "$bin/matriarch" local up "$@"; }
fails() { # fails 'what' 'expected message' command...: it must fail, saying so
  local output
  output=$("${@:3}" 2>&1) && { bad "$1" "it succeeded: $output"; return; }
  match "$1" "$2" "$output"
}
event() { # event NAMESPACE OBJECT PATTERN: whether an event about the object has a message like that
  kubectl get events -n "$1" --field-selector "involvedObject.name=$2" -o jsonpath='{range .items[*]}{.reason} {.message}{"\n"}{end}' |
    grep -Eq -- "$3"
}

# Process ids of this control plane only, by the state directory in their arguments.
control_plane() { pgrep -f "^$MATRIARCH_STATE/bin/matriarch local run control-plane"; }
node_process() { pgrep -f "^$MATRIARCH_STATE/bin/matriarch local run node $1 "; }
shims() { pgrep -f "^$MATRIARCH_STATE/bin/matriarch-shim $MATRIARCH_STATE/nodes/.*${1-}"; }
pod_shim() { shims "$(kubectl get pod -n "$1" "$2" -o jsonpath='{.metadata.uid}')"; }
gone() { ! kill -0 "$@" 2>/dev/null; }

sleeper() { # sleeper REPLICAS [NAME]: the manifest of a Deployment that only sleeps
  cat <<END
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${2:-sleeper}}
spec:
  replicas: $1
  selector: {matchLabels: {app: ${2:-sleeper}}}
  template:
    metadata: {labels: {app: ${2:-sleeper}}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: main, image: matriarch, command: [sleep, infinity]}]
END
}
small_cluster() { # small_cluster NAME INSTANCES: the smallest manifest of a Cluster
  printf '{"apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster", "metadata": {"name": "%s"}, "spec": {"instances": %s, "storage": {"size": "1Gi"}}}' "$1" "$2"
}
# When each container of a namespace started, and how often: what changes when a pod is not the same any more.
containers() {
  kubectl get pods -n "$1" --sort-by=.metadata.name -o jsonpath='{range .items[*]}{.metadata.name} {.metadata.uid} {.status.containerStatuses[0].state.running.startedAt} {.status.containerStatuses[0].restartCount}{"\n"}{end}'
}
