#!/usr/bin/env bash
# kubectl cnpg psql: with arguments, from a pipe, on a terminal.
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
k patch cluster plug --type merge -p '{"spec": {"instances": 1}}' >/dev/null
healthy 60 plug 1 "with one instance"
match "... there is no standby to connect to" 'cannot find Pod with role "replica"' "$(psql_ plug --replica -- -c 'select 1' 2>&1)"
match "a kubeconfig that does not exist is named" '/no/such/config' "$(KUBECONFIG=/no/such/config kubectl-cnpg psql plug 2>&1)"
