#!/usr/bin/env bash
# What a newcomer sees after `make up`, and beside it the reference walkthrough, as far as it is built.
. "$(dirname "$0")/lib.sh"
own_network "$0" "$@"
. "$(dirname "$0")/platform.sh"
seen=$(mktemp)
start 71 --demo >"$seen"
cat "$seen"
out=$(<"$seen"); rm "$seen"
match "up shows its steps" '^==> creating cluster demo' "$out"
match "... and what kubectl shows" '^cluster.postgresql.cnpg.io/demo +[0-9a-z]+ +3 +3 +Cluster in healthy state +demo-1' "$out"
match "... how to connect" 'kubectl cnpg psql demo -n demo --replica' "$out"
match "... and what to try next" 'kubectl scale cluster demo' "$out"
free() { ! ss -Hltn "src 127.0.0.1:$1" | grep -q .; }
free 5432 && free 5433 && ok "127.0.0.1:5432 and 5433 stay free" || bad "127.0.0.1:5432 and 5433 stay free"
same "three instances in three zones" 3 "$(kubectl get pods -n demo -l cnpg.io/cluster=demo -o jsonpath='{range .items[*]}{.spec.nodeName}{"\n"}{end}' | sort -u | wc -l)"
same "the kubeconfig's context is the guide's cluster" "$AKS_PRIMARY_CLUSTER_NAME" "$(kubectl config current-context)"

NOT_MY_IP=127.0.0.9 "$walkthrough" secret settings identity cluster zones data backups restore endpoints failover cleanup &&
  ok "the walkthrough" || bad "the walkthrough"
within 30 "the demo beside it is as it was" ready demo demo 3
