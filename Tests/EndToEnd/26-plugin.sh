#!/usr/bin/env bash
# kubectl cnpg: psql with arguments, from a pipe, on a terminal; status of a cluster that is well and of one that is not;
# promote.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clusters.sh"
start 78
namespace_ready
cluster plug 2 >/dev/null 2>&1
healthy 60 plug 2
psql_() { timeout 30 kubectl cnpg psql -n "$ns" "$@"; }
who="select pg_is_in_recovery() || ' ' || current_user"

same "psql: the primary, as superuser" "false postgres" "$(psql_ plug -- -XAtc "$who" 2>&1)"
same "--replica: a standby" "true postgres" "$(psql_ plug --replica -- -XAtc "$who" 2>&1)"
same "the namespace of the context" "false postgres" "$(kubectl config view --flatten --minify >"$MATRIARCH_STATE/config"; KUBECONFIG=$MATRIARCH_STATE/config kubectl config set-context --current --namespace "$ns" >/dev/null; KUBECONFIG=$MATRIARCH_STATE/config kubectl cnpg psql plug -- -XAtc "$who" 2>&1)"
same "arguments after -- reach psql untouched" "a b|\$HOME 'x'|" "$(psql_ plug -- -XAt -v v="a b" -c "select 'a b', \$\$\$HOME 'x'\$\$, ''" 2>&1)"
same "another user and database" "app app" "$(psql_ plug -- -U postgres -d app -XAtc "set role app; select current_user || ' ' || current_database()" 2>&1 | tail -1)"
match "... -U replaces postgres" 'Peer authentication failed for user "nobody"' "$(psql_ plug -- -U nobody -XAtc 'select 1' 2>&1)"

same "a pipe: statements in, rows out" "1
2" "$(printf 'select 1;\nselect 2;\n' | psql_ plug -- -XAt 2>&1)"
copied=$( (echo 'create temp table c (n int); copy c from stdin;'; seq 100000; printf '%s\n' '\.' 'copy (select n from c order by n) to stdout;') | psql_ plug -- -XAtq 2>&1 | md5sum)
same "... 100,000 rows both ways" "$(seq 100000 | md5sum)" "$copied"
psql_ plug -- -XAtc 'select 1/0' >/dev/null 2>&1; same "psql's exit code is the plugin's" 1 $?
psql_ plug -- -v ON_ERROR_STOP=1 -XAtq <<<'select 1/0;' >/dev/null 2>&1; same "... 3 for a script that failed" 3 $?

out=$(printf '%s\n' "select 6*7;" '\q' | timeout 30 script -qec "stty rows 24 cols 80; kubectl cnpg psql plug -n $ns" /dev/null)
match "a terminal: a prompt" 'postgres=# ' "$out"
match "... and an answer" '^ +42' "$out"
out=$(printf '%s\n' "select 6*7;" '\q' | timeout 30 script -qec "kubectl cnpg psql plug -n $ns --no-tty" /dev/null)
grep -q 'postgres=# ' <<<"$out" && bad "... none with --no-tty" "$out" || ok "... none with --no-tty"

match "an unknown cluster is named" 'cluster does not exist or is not accessible: nobody in namespace db' "$(psql_ nobody 2>&1)"
psql_ nobody >/dev/null 2>&1; same "... with exit code 1" 1 $?
match "arguments before -- are refused" 'psqlArgs should be passed after the -- delimiter' "$(psql_ plug more 2>&1)"

# status
shows() { timeout 60 kubectl cnpg status -n "$ns" "$@"; }
row='^plug-%s +[0-9A-F]+/[0-9A-F]+ +%s +OK +[A-Za-z]+ +[0-9.]+ +[^ ]+$'
# shellcheck disable=SC2059
roles() { local out; out=$(shows plug 1 2>&1); echo "$out"; grep -Eq "$(printf "$row" "$1" Primary)" <<<"$out" && grep -Eq "$(printf "$row" "$2" 'Standby \((a?sync)\)')" <<<"$out"; }
within 20 "status: the primary and its standby, whatever follows the cluster's name" roles 1 2
out=$(shows plug 2>&1)
match "... the summary" '^Name +db/plug$' "$out"
match "... the system identifier" "^System ID: +$(sql plug-1 postgres 'select system_identifier from pg_control_system()')$" "$out"
match "... the phase" '^Status: +Cluster in healthy state$' "$out"
match "... the size" '^Size: +[0-9.]+[MG]$' "$out"
match "... the timeline and the WAL file" '^Current Write LSN: +[0-9A-F/]+ \(Timeline: 1 - WAL File: 00000001[0-9A-F]{16}\)$' "$out"
match "... the stream and its slot" '^plug-2( +[0-9A-F]+/[0-9A-F]+){4}( +[0-9:.]+){3} +streaming +[a-z]+ +[0-9]+ +active$' "$out"
match "... backups are not configured" '^Continuous Backup not configured$' "$out"
grep -q $'\e' <<<"$out" && bad "... no colours in a pipe" "$out" || ok "... no colours in a pipe"
match "--color always" $'\e\\[32mCluster Summary\e\\[0m' "$(shows plug --color always 2>&1)"
out=$(timeout 60 script -qec "stty rows 24 cols 80; kubectl cnpg status plug -n $ns -v" /dev/null)
match "a terminal: colours" $'\e\\[3[0-9]mInstances status' "$out"
same "... no line is longer than 80 columns" "" "$(sed $'s/\e\\[[0-9]*m//g; s/\r$//' <<<"$out" | grep -E '^.{81}')"
out=$(shows plug -vv 2>&1)
match "-vv: the configuration in force" "^shared_memory_type = 'mmap'$" "$out"
match "... the access rules" '^hostssl replication streaming_replica all cert' "$out"
match "... the certificates and the days they have left" '^plug-ca +20[0-9: +-]+UTC +[0-9]+\.[0-9]{2}$' "$out"
match "... disruption budgets" '^plug-primary +primary +1 +1 +1 +0$' "$out"
same "-o json" "plug plug-1 true plug-1 2 0" "$(shows plug -o json | jq -r '[.cluster.metadata.name, .PrimaryPod.metadata.name, .instanceStatus.items[0].isPrimary, .instanceStatus.items[0].pod.metadata.name, (.instanceStatus.items | length), (.ErrorList | length)] | join(" ")')"
match "-o yaml" '^TotalClusterSize: ' "$(shows plug -o yaml)"
match "without a name: help" '^USAGE: kubectl cnpg status' "$(shows 2>&1)"
shows >/dev/null 2>&1; same "... with exit code 0" 0 $?
match "an unknown cluster is named" '^Error: cluster nobody not found in namespace db: ' "$(shows nobody 2>&1)"
shows nobody >/dev/null 2>&1; same "... with exit code 1" 1 $?

# An instance that is frozen holds nobody up.
frozen=$(manager_pid plug-2)
kill -STOP "$frozen"
began=$SECONDS; out=$(shows plug --timeout 1s 2>&1); took=$((SECONDS - began))
match "frozen: the instance is a row with the reason" '^plug-2 +- +- +no answer in 1s ' "$out"
match "... said in full at the end" '^plug-2: no answer in 1s' "$out"
match "... and the other one is shown" '^plug-1 +[0-9A-F]+/[0-9A-F]+ +Primary +OK' "$out"
((took <= 8 * ${MATRIARCH_PATIENCE:-1})) && ok "... soon ($took s)" || bad "... soon" "$took s"
kill -CONT "$frozen"
healthy 60 plug 2 "thawed: both are well again"

# Somebody who may read the cluster and nothing else sees what the cluster says.
k create serviceaccount reader >/dev/null
k create role reader --verb get --resource clusters.postgresql.cnpg.io >/dev/null
k create rolebinding reader --role reader --serviceaccount "$ns:reader" >/dev/null
kubectl config view --flatten --minify >"$MATRIARCH_STATE/reader"
reader() { KUBECONFIG=$MATRIARCH_STATE/reader "$@"; }
reader kubectl config set-credentials reader --token "$(k create token reader)" >/dev/null
reader kubectl config set-context --current --user reader >/dev/null
out=$(reader shows plug 2>&1)
match "few rights: the summary" '^Status: +Cluster in healthy state$' "$out"
match "... a row for each instance" '^plug-1 +- +- +Forbidden ' "$out"
match "... and what was not allowed" 'pods is forbidden' "$out"

# promote
promote() { timeout 60 kubectl cnpg promote -n "$ns" "$@"; }
same "promote: the primary need not be" "plug-1 is already the primary node in the cluster" "$(promote plug 1 2>&1)"
match "... an unknown cluster is named" '^Error: cluster nobody not found in namespace db: ' "$(promote nobody 1 2>&1)"
match "... and an unknown instance" '^Error: new primary node plug-9 not found in namespace db: ' "$(promote plug 9 2>&1)"
promote plug 9 >/dev/null 2>&1; same "... with exit code 1" 1 $?
k run stranger --image matriarch --restart Never --command -- sleep infinity >/dev/null
match "... a pod that is none of its instances" '^Error: new primary node stranger not found .*that pod is no instance of plug' "$(promote plug stranger 2>&1)"
k delete pod stranger --grace-period 1 --wait=false >/dev/null
match "without arguments: help" '^USAGE: kubectl cnpg promote' "$(promote plug 2>&1)"
same "--dry-run says it" "Node plug-2 in cluster plug would be promoted (dry run)" "$(promote plug 2 --dry-run 2>&1)"
same "... and changes nothing" "plug-1" "$(status plug targetPrimary)"
same "by its number" "Node plug-2 in cluster plug will be promoted" "$(promote plug 2 2>&1)"
primary_is() { [[ $(status plug currentPrimary) == "$1" ]]; }
within 30 "... it becomes the primary" primary_is plug-2
healthy 60 plug 2
within 20 "... and status says so" roles 2 1
match "... on a new timeline" '\(Timeline: 2 - WAL File: 00000002' "$(shows plug 2>&1)"
same "by its name, back" "Node plug-1 in cluster plug will be promoted" "$(promote plug plug-1 2>&1)"
within 30 "... it is the primary again" primary_is plug-1
healthy 60 plug 2

k patch cluster plug --type merge -p '{"spec": {"instances": 1}}' >/dev/null
healthy 60 plug 1 "with one instance"
match "... there is no standby to connect to" 'cannot find Pod with role "replica"' "$(psql_ plug --replica -- -c 'select 1' 2>&1)"
match "a kubeconfig that does not exist is named" '/no/such/config' "$(KUBECONFIG=/no/such/config kubectl-cnpg psql plug 2>&1)"
