#!/usr/bin/env bash
# kill -9 of every part, alone and all at once, under writes: `up` carries on with the same objects, pods and rows.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/platform.sh"
start 80
objects() {
  kubectl get configmaps,secrets,services,serviceaccounts,roles,rolebindings,pvc -A --field-selector metadata.namespace!=written -o yaml
  kubectl get pv,storageclasses,namespaces,clusterroles,customresourcedefinitions -o yaml
}
slept() { [[ $(kubectl get deployment sleeper -o jsonpath='{.status.readyReplicas}') == 2 ]]; }

sleeper 2 | kubectl apply -f - >/dev/null
small_cluster small 1 | kubectl apply -f - >/dev/null
within 60 "a cluster is healthy" ready default small 1
within 60 "a deployment runs" slept
kubectl create namespace written >/dev/null

# Two writers note what was acknowledged; whatever fails is not noted and tried again with the next number.
export PGPASSWORD PGCONNECT_TIMEOUT=2
PGPASSWORD=$(kubectl get secret small-app -o jsonpath='{.data.password}' | base64 -d)
address=$(kubectl get service small-rw -o jsonpath='{.spec.clusterIP}')
sql() { psql -X -A -t -q "host=$address dbname=app user=app sslmode=require" -c "$1"; }
sql 'create table written (n int primary key)'
acknowledged=$(mktemp -d) stop=$acknowledged/stop
touch "$acknowledged/rows" "$acknowledged/names"
rows() { for ((n = 0; ; n++)); do [[ -e $stop ]] && return; sql "insert into written values ($n)" && echo "$n" >>"$acknowledged/rows" || sleep 0.2; done; }
names() { for ((n = 0; ; n++)); do [[ -e $stop ]] && return; kubectl create configmap "c$n" -n written --from-literal="n=$n" -o name >>"$acknowledged/names" || sleep 0.2; done; }
rows 2>/dev/null & names 2>/dev/null &
count() { wc -l <"$acknowledged/$1"; }
written() { (($(count "$1") > $2)); }
go_on() { # both writers get through again
  local before_rows before_names; before_rows=$(count rows) before_names=$(count names)
  within 60 "rows are written again" written rows "$((before_rows + 2))"
  within 60 "objects are written again" written names "$((before_names + 2))"
}
within 60 "rows are written" written rows 2
within 60 "objects are written" written names 2
before=$(objects)
running=$(containers default)
unchanged() { difference=$(diff <(echo "$before") <(objects)) && ok "$1" || bad "$1" "$difference"; }

echo "  -- the control plane"
kill -9 "$(control_plane)"
seconds took up
below "up brings it back" "$took" 30
unchanged "the same objects"
same "its pods never noticed" "$running" "$(containers default)"
go_on

echo "  -- a node's process"
node=$(kubectl get pod small-1 -o jsonpath='{.spec.nodeName}')
kill -9 "$(node_process "$node")"
seconds took up
below "up brings it back" "$took" 30
within 60 "the adopted pod can be entered" kubectl exec small-1 -- true
same "running pods are adopted: same containers, same start" "$running" "$(containers default)"
match "their logs go on" '"logger"|"msg"|LOG' "$(kubectl logs small-1 --tail=3)"
unchanged "the same objects"
go_on

echo "  -- a shim"
pod=$(kubectl get pods -l app=sleeper -o jsonpath='{.items[0].metadata.name}')
shim=$(pod_shim default "$pod") inside=$(pgrep -P "$(pod_shim default "$pod")")
kill -9 "$shim"
within 15 "what it held ends with it" gone "$inside"
restarted() { [[ $(kubectl get pod "$pod" -o jsonpath='{.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].state.running.startedAt}') =~ ^1\ . ]]; }
within 30 "its container is started again" restarted
match "the pod tells how it ended" '^(137|255)' "$(kubectl get pod "$pod" -o jsonpath='{.status.containerStatuses[0].lastState.terminated.exitCode} {.status.containerStatuses[0].lastState.terminated.reason}')"

echo "  -- the operator"
operator=$(kubectl get pods -n cnpg-system -o jsonpath='{.items[0].metadata.name}')
restarts() { kubectl get pod -n cnpg-system "$operator" -o jsonpath='{.status.containerStatuses[0].restartCount}'; }
before_restarts=$(restarts)
kill -9 "$(pgrep -P "$(pod_shim cnpg-system "$operator")")"
operates() { (($(restarts) > before_restarts)) && [[ $(kubectl get pod -n cnpg-system "$operator" -o jsonpath='{.status.containerStatuses[0].ready}') == true ]]; }
within 30 "its container is started again" operates
within 30 "it works again" kubectl annotate cluster small touched=yes --overwrite
go_on

echo "  -- everything at once"
# shellcheck disable=SC2046
kill -9 $(control_plane) $(node_process local-1) $(node_process local-2) $(node_process local-3) $(shims)
seconds took up
below "up brings the control plane back" "$took" 30
unchanged "the same objects"
seconds recovery within 60 "the cluster is healthy" ready default small 1
echo "        | after ${recovery} s"
within 30 "the deployment runs" slept
go_on

echo "  -- up, when everything runs"
processes() { pgrep -f "^$MATRIARCH_STATE/bin/"; }
within 30 "the operator is ready" kubectl rollout status -n cnpg-system deployment/cnpg-controller-manager --timeout=1s
before_pids=$(processes) running=$(containers default)
generations() { objects; kubectl get deployments,clusters -A -o jsonpath='{range .items[*]}{.kind}/{.metadata.name} {.metadata.generation}{"\n"}{end}'; }
before_generations=$(generations)
seconds took up
below "it is quick" "$took" 20
same "the same processes" "$before_pids" "$(processes)"
same "no object is touched" "$(md5sum <<<"$before_generations")" "$(generations | md5sum)"
same "the same containers" "$running" "$(containers default)"

echo "  -- down, up"
seconds took "$bin/matriarch" local down
below "down ends" "$took" 90
same "nothing runs any more" "" "$(processes)"
seconds took up
below "up" "$took" 30
unchanged "the same objects"
seconds recovery within 60 "the cluster is healthy" ready default small 1
echo "        | after ${recovery} s"
within 30 "the deployment runs" slept
go_on

touch "$stop"; wait
same "every acknowledged row is there" "" "$(comm -23 <(sort "$acknowledged/rows") <(sql 'select n from written' | sort))"
same "every acknowledged object is there" "" "$(comm -23 <(sort "$acknowledged/names") <(kubectl get configmaps -n written -o name | sort))"
echo "        | $(count rows) rows, $(count names) objects"
rm -rf "$acknowledged"
