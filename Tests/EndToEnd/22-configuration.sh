#!/usr/bin/env bash
# The configuration follows the Cluster: reloaded or restarted as needed, refused where it is wrong.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clusters.sh"
start 74
namespace_ready
# Readiness is asked often, so that what is fenced is seen at once and nobody waits out three periods of 10 s.
cluster conf 3 '  probes: {readiness: {periodSeconds: 1, failureThreshold: 1}}' >/dev/null 2>&1
cluster fifteen 1 '  imageName: ghcr.io/cloudnative-pg/postgresql:15' >/dev/null 2>&1
healthy 60 conf 3
healthy 60 fifteen 1
parameters() { patch "$1" "{\"spec\": {\"postgresql\": {\"parameters\": $2}}}"; }
condition() { status "$1" 'conditions[?(@.type=="ConfigurationApplied")]' | jq -r '"\(.status): \(.message)"'; }

# Reload.
before=$(started conf-1)
parameters conf '{"work_mem": "7MB"}'
within 30 "a parameter is reloaded" returns 7MB conf-1 'show work_mem'
within 30 "... on a standby too" returns 7MB conf-3 'show work_mem'
same "... without a restart" "$before" "$(started conf-1)"

# What PostgreSQL would not take.
parameters conf '{"work_mem": "lots"}'
within 30 "an invalid value: a condition names parameter, value and remedy" \
  says '^False: .*work_mem.*lots.*[Cc]orrect' condition conf
within 30 "... and an event does" says 'work_mem.*lots' k get events --field-selector involvedObject.name=conf,reason=InvalidConfiguration
same "... PostgreSQL runs on the last good value" "7MB $before" "$(sql conf-1 postgres 'show work_mem') $(started conf-1)"
parameters conf '{"work_mem": "8MB"}'
within 30 "... mended: the condition is true again" says '^True' condition conf
within 30 "... and the value in force" returns 8MB conf-1 'show work_mem'

patch conf '{"spec": {"postgresql": {"pg_hba": ["host all all 10.0.0.0/33 scram-sha-256"]}}}'
within 30 "an invalid line of pg_hba: a condition names it and the remedy" says '^False: .*pg_hba.*10.0.0.0/33.*[Cc]orrect' condition conf
export PGPASSWORD; PGPASSWORD=$(secret conf-app password)
app() { PGCONNECT_TIMEOUT=5 psql -XAtq "host=$(address conf-rw) user=app dbname=app sslmode=require" -c 'select 1'; }
same "... clients are let in as before" 1 "$(app 2>&1)"
postmaster=$(manager_pid conf-1)
k exec conf-1 -c postgres -- bash -c 'kill -9 $(head -1 "$PGDATA/postmaster.pid")'
within 30 "... even after a crash" differs "$before" started conf-1
same "... of postgres alone" "$postmaster" "$(manager_pid conf-1)"
within 30 "... are clients let in" app
patch conf '{"spec": {"postgresql": {"pg_hba": ["host all all 10.0.0.0/8 scram-sha-256"]}}}'
within 30 "... mended: the condition is true again" says '^True' condition conf
same "... and the line in force" 1 "$(sql conf-1 postgres "select count(*) from pg_hba_file_rules where address = '10.0.0.0'")"

out=$(k patch cluster conf --type merge -p '{"spec": {"postgresql": {"parameters": {"port": "5433"}}}}' 2>&1)
match "a fixed parameter is refused" 'admission webhook "vcluster.cnpg.io" denied the request: .*"conf" is invalid: spec.postgresql.parameters.port: Invalid value: "5433": Can.t set fixed configuration parameter' "$out"
same "... and changes nothing" "" "$(k get cluster conf -o jsonpath='{.spec.postgresql.parameters.port}')"

# Restart: standbys first, then the primary in its container.
pods() { k get pods -l cnpg.io/cluster=conf --sort-by=.metadata.name -o jsonpath='{.items[*].metadata.uid}'; }
before=$(started conf-1) old=($(pods))
parameters conf '{"max_connections": "150"}'
within 60 "a parameter that needs a restart: on the primary" returns 150 conf-1 'show max_connections'
same "... after the standbys" "150 150" "$(sql conf-2 postgres 'show max_connections') $(sql conf-3 postgres 'show max_connections')"
healthy 60 conf 3 "... and then healthy"
new=($(pods))
same "... the primary's pod is the same, its container too" "${old[0]} 0" "${new[0]} $(restarts conf-1)"
match "... an event tells of each standby" 'Upgrading instance conf-2' "$(k get events --field-selector reason=UpgradingInstance)"
parameters conf '{"max_connections": "120"}'
within 60 "lowered again: on the primary" returns 120 conf-1 'show max_connections'
within 60 "... then on the standbys" returns 120 conf-2 'show max_connections'
within 30 "... on all" returns 120 conf-3 'show max_connections'
healthy 60 conf 3 "... and then healthy"
match "... whose rows still arrive" "^2$" "$(sql conf-1 postgres "select count(*) from pg_stat_replication where state = 'streaming'")"

# Synchronous standbys.
# By their instances: each name also says which volume it is, and on which timeline it counts.
names() { sql conf-1 postgres 'show synchronous_standby_names' | sed -E 's/\.[0-9a-z]+\.[0-9]+"/"/g'; }
same "no synchronous standbys asked for: none" "" "$(names)"
patch conf '{"spec": {"minSyncReplicas": 1, "maxSyncReplicas": 2}}'
within 30 "maxSyncReplicas: 2" says '^ANY 2 \("conf-2","conf-3"\)$' names
k annotate cluster conf 'cnpg.io/fencedInstances=["conf-3"]' >/dev/null
within 30 "a standby that is not ready is not waited for" says '^ANY 1 \("conf-2"\)$' names
k annotate cluster conf cnpg.io/fencedInstances- >/dev/null
within 30 "... until it is again" says '^ANY 2 \("conf-2","conf-3"\)$' names
patch conf '{"spec": {"maxSyncReplicas": 1}}'
within 30 "maxSyncReplicas: 1" says '^ANY 1 \("conf-2","conf-3"\)$' names
patch conf '{"spec": {"minSyncReplicas": 0, "maxSyncReplicas": 0}}'
within 30 "maxSyncReplicas: 0" returns "" conf-1 'show synchronous_standby_names'

# Extensions that parameters bring along; pgaudit only Debian's 15 has.
sql fifteen-1 postgres 'create database another'
extensions() { for db in app another postgres template1; do sql fifteen-1 "$db" "select '$db ' || coalesce(string_agg(extname, ' ' order by extname), '') from pg_extension where extname <> 'plpgsql'"; done | sed 's/ *$//'; }
before=$(started fifteen-1)
parameters fifteen '{"pg_stat_statements.max": "1000", "pgaudit.log": "ddl"}'
has() { [[ $(extensions | tee /dev/stderr) == "$1" ]]; }
within 40 "pg_stat_statements and pgaudit appear in every database" has "$(printf '%s pg_stat_statements pgaudit\n' app another postgres template1)"
match "... on PostgreSQL 15" '^15\.' "$(sql fifteen-1 postgres 'show server_version')"
sql fifteen-1 app 'create table audited ()'
within 30 "... and pgaudit writes to the pod's log" says '"logger":"pgaudit".*"command":"CREATE TABLE"' k logs fifteen-1 -c postgres --tail 20
parameters fifteen '{"pg_stat_statements.max": null, "pgaudit.log": null}'
within 40 "... and disappear with the parameters" has "$(printf '%s\n' app another postgres template1)"
healthy 60 fifteen 1 "... and then healthy"
