#!/usr/bin/env bash
# Real nodes and services: what ends, what stays, what moves and what is said, when nodes and pods come and go.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/platform.sh"
start 85 --load-balancer-address 127.85.0.9
field() { kubectl get "$1" "$2" -o jsonpath="$3"; }
has() { [[ $("${@:2}") == "$1" ]]; } # has VALUE command...
pod() { # pod NAME SCRIPT [more of the spec as JSON]: one container that runs the script
  jq -n --arg name "$1" --arg script "$2" --argjson more "${3-{\}}" '{apiVersion: "v1", kind: "Pod", metadata: {name: $name, labels: {app: $name}},
    spec: ({terminationGracePeriodSeconds: 1, containers: [{name: "main", image: "matriarch", command: ["/bin/sh", "-c", $script]}]} * $more)}' | kubectl apply -f - >/dev/null
}
phase() { field pod "$1" '{.status.phase}'; }
ready_condition() { field "$1" "$2" '{.status.conditions[?(@.type=="Ready")].status}'; }
on() { printf '{"nodeSelector": {"kubernetes.io/hostname": "%s"}%s}' "$1" "${2-}"; }

echo "  -- a node whose process is stopped (what follows takes the rest of this scenario)"
pod patient 'exec sleep infinity' "$(on local-3 ', "tolerations": [{"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 600}]')"
pod mover 'exec sleep infinity' "$(on local-3 ', "tolerations": [{"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 1}]')"
within 30 "pods run there" has "True True" kubectl get pods patient mover -o jsonpath='{.items[0].status.conditions[?(@.type=="Ready")].status} {.items[1].status.conditions[?(@.type=="Ready")].status}'
patient=$(pgrep -P "$(pod_shim default patient)")
"$bin/matriarch" local node stop local-3
stopped=$SECONDS
same "its pods run on" "" "$(gone "$patient" && echo gone)"

echo "  -- images and places"
pod unknown 'true' '{"containers": [{"name": "main", "image": "nginx:1"}]}'
pod pooler '' '{"containers": [{"name": "main", "image": "ghcr.io/cloudnative-pg/pgbouncer:1.24.0", "command": ["pgbouncer", "--version"]}], "restartPolicy": "Never"}'
pod nowhere 'true' "$(on elsewhere)"
pulls() { field pod unknown '{.status.containerStatuses[0].state.waiting}' | jq -re 'select(.reason | test("ErrImagePull|ImagePullBackOff")).message' | grep -E 'postgresql:15.*matriarch'; }
within 30 "an unknown image: the message lists what there is" pulls
within 30 "a pod that no node takes says why in an event" event default nowhere "0/3 nodes are available"
within 30 "PgBouncer's image runs" has Succeeded phase pooler
match "... the program" '^PgBouncer 1\.' "$(kubectl logs pooler)"
kubectl delete pod unknown pooler nowhere --wait=false >/dev/null

echo "  -- the end of a pod is the end of all in it"
pod family 'setsid sleep 8501 & setsid sh -c "sleep 8502 & exec sleep 8503" & (sleep 8504 &) ; exec sleep infinity' "$(on local-1)"
children() { pgrep -f '^sleep 850[1-4]$'; }
within 30 "daemons run in it" has 4 eval 'children | wc -l'
kill -9 "$(pgrep -P "$(pgrep -P "$(pod_shim default family)")")"
restarted() { [[ $(field pod family '{.status.containerStatuses[0].restartCount}') == 1 && $(children | wc -l) == 4 ]]; }
within 30 "PID 1 killed: the container is started again, nothing of the first is left" restarted
kubectl delete pod family >/dev/null
same "deleted: no daemon is left" "" "$(children)"

echo "  -- a node's process is killed"
pod steady 'exec sleep infinity' "$(on local-2)"
within 30 "a pod runs" has True ready_condition pod steady
before=$(containers default | grep steady) process=$(pgrep -P "$(pod_shim default steady)")
kill -9 "$(node_process local-2)"
"$bin/matriarch" local node start local-2 >/dev/null
within 30 "its successor has the pod" kubectl exec steady -- true
same "... in the same container" "$before" "$(containers default | grep steady)"
same "... and process" "$process" "$(pgrep -P "$(pod_shim default steady)")"

# Pods share the machine's network, so each listens at its own address, by its name.
echo "  -- services"
pod echo '' \
  '{"containers": [{"name": "main", "image": "matriarch", "command": ["/bin/sh", "-c", "touch /tmp/ready; exec socat TCP-LISTEN:7000,bind=echo,fork,reuseaddr EXEC:cat"],
    "readinessProbe": {"exec": {"command": ["test", "-e", "/tmp/ready"]}, "periodSeconds": 1, "failureThreshold": 1}}]}'
pod count 'exec socat TCP-LISTEN:7001,bind=count,fork,reuseaddr EXEC:"wc -c"'
service() { # service NAME PORT [more]
  kubectl apply -f - >/dev/null <<<'{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "'"$1"'"}, "spec": {"selector": {"app": "'"$1"'"}, "ports": [{"port": '"$2"'}]'"${3-}"'}}'
}
service echo 7000; service count 7001 ', "type": "LoadBalancer", "loadBalancerSourceRanges": ["127.0.0.9/32"]'
address=$(field service echo '{.spec.clusterIP}')
answers() { [[ $(echo hello | timeout 20 socat -t20 - "TCP:$address:7000") == hello ]]; }
within 30 "a service leads to its pod" answers
trap '' PIPE
exec {connection}<>"/dev/tcp/$address/7000"
talks() { local line; echo "$1" >&"$connection" && read -rt 15 line <&"$connection" && [[ $line == "$1" ]]; }
talks one && ok "a connection" || bad "a connection"
slice() { kubectl get endpointslices -l kubernetes.io/service-name=echo -o jsonpath='{.items[*].endpoints[*].conditions.ready}'; }
kubectl exec echo -- rm /tmp/ready
within 20 "a pod that is not ready is no endpoint" has false slice
# Turned away, which is an end and not a silence.
ended() { local line status; read -rt 15 line <&"$1"; status=$?; ((status > 0 && status <= 128)); }
turned_away() { local new; exec {new}<>"/dev/tcp/$address/7000" && ended "$new"; }
(turned_away) && ok "... and gets no new connection" || bad "... and gets no new connection"
talks two && ok "... but keeps what it has" || bad "... but keeps what it has"
kubectl exec echo -- touch /tmp/ready
within 20 "ready again: an endpoint again" has true slice
within 10 "... with new connections" answers
kubectl label pod echo app=other --overwrite >/dev/null
within 20 "a pod that loses the service's label is no endpoint" has '' slice
talks three && ok "... but keeps its connections while there is no other" || bad "... but keeps its connections while there is no other"
kubectl label pod count app=echo --overwrite >/dev/null
within 10 "... and loses them to one that takes the label over" ended "$connection"
exec {connection}>&-
kubectl label pod count app=count --overwrite >/dev/null

within 30 "a load balancer" has 127.85.0.9 field service count '{.status.loadBalancer.ingress[0].ip}'
counts() { printf 'five!' | timeout 20 socat -t30 - "TCP:$1,bind=$2"; }
same "a connection closed on one side gets its answer on the other" 5 "$(counts "$(field service count '{.spec.clusterIP}'):7001" 127.0.0.1)"
same "source ranges let in whom they name" 5 "$(counts 127.85.0.9:7001 127.0.0.9)"
same "... and nobody else" "" "$(counts 127.85.0.9:7001 127.0.0.8 2>/dev/null || { (($? != 124)) || echo 'a silence, no refusal'; })"

echo "  -- cordon, drain"
kubectl cordon local-2 >/dev/null
pod refused 'true' "$(on local-2)"
within 30 "a cordoned node takes no pods" event default refused "unschedulable"
same "... and keeps those it has" Running "$(phase steady)"
kubectl drain local-2 --ignore-daemonsets --force --delete-emptydir-data --timeout=60s >/dev/null 2>&1 && ok "drain" || bad "drain"
same "... takes them away" "" "$(kubectl get pods -A --field-selector spec.nodeName=local-2 -o name)"
kubectl uncordon local-2 >/dev/null
within 30 "uncordoned, it takes pods" eval '[[ $(field pod refused "{.spec.nodeName}") == local-2 ]]'

echo "  -- the node whose process was stopped"
within $((120 - SECONDS + stopped)) "is not ready" has Unknown ready_condition node local-3
within 20 "... nor are its pods" has False ready_condition pod patient
within 30 "a pod that tolerates that for a second is evicted" eval '[[ $(field pod mover "{.metadata.deletionTimestamp}") ]]'
same "one that tolerates it stays" "" "$(field pod patient '{.metadata.deletionTimestamp}')"
"$bin/matriarch" local node start >/dev/null
within 30 "started, it is ready" has True ready_condition node local-3
within 30 "... and so is its pod" has True ready_condition pod patient
same "... which never ended" "$patient" "$(pgrep -P "$(pod_shim default patient)")"
within 30 "the evicted one goes" eval '! kubectl get pod mover'

echo "  -- the power goes"
"$bin/matriarch" local node power-off local-3
same "node and pods end at once" "" "$(node_process local-3; gone "$patient" || echo "$patient")"
"$bin/matriarch" local node start >/dev/null
again() { [[ $(field pod patient '{.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].lastState.terminated.exitCode} {.status.containerStatuses[0].ready}') == '1 137 true' ]]; }
within 30 "started, it starts its pods again" again
