#!/usr/bin/env bash
# Synchronous replication by place: failure domains limit who confirms, and the FailoverQuorum says who does.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clusters.sh"
start 86
namespace_ready
cluster far 3 '  postgresql:
    synchronous: {method: any, number: 1, dataDurability: required, failoverQuorum: true, podFailureDomainKeys: [place]}' >/dev/null 2>&1
healthy 90 far 3
quorum() { k get failoverquorum far -o jsonpath='{.status.method} {.status.standbyNumber} {.status.standbyNames[*]} {.status.primary}'; }
quorum_is() { local got; got=$(quorum); echo "$got"; [[ $got == "$1" ]]; }
condition() { k get cluster far -o jsonpath='{.status.conditions[?(@.type=="SyncReplicationTopologySatisfied")].status} {.status.conditions[?(@.type=="SyncReplicationTopologySatisfied")].reason}'; }
condition_is() { local got; got=$(condition); echo "$got"; [[ $got == "$1" ]]; }
names() { sql "$1" postgres 'show synchronous_standby_names' | grep -o 'far-[0-9]' | sort | xargs; }
names_are() { local got; got=$(names "$1"); echo "$got"; [[ $got == "$2" ]]; }

within 30 "places that nobody told: all standbys confirm" names_are far-1 "far-2 far-3"
within 10 "... which the FailoverQuorum says" quorum_is "ANY 1 far-2 far-3 far-1"
same "... and the condition" "False TopologyNotExtracted" "$(condition)"
k label pod far-1 far-2 place=here >/dev/null; k label pod far-3 place=there >/dev/null
within 30 "one is elsewhere: it alone confirms" names_are far-1 far-3
within 10 "... the FailoverQuorum follows" quorum_is "ANY 1 far-3 far-1"
within 10 "... the condition holds" condition_is "True Satisfied"
same "... who else streams is asynchronous" "far-2 async" "$(sql far-1 postgres "select substring(application_name from 'far-[0-9]') || ' ' || sync_state from pg_stat_replication where sync_state = 'async'")"
same "a commit is confirmed" "INSERT 0 1" "$(sql far-1 postgres 'create table t (n int)' >/dev/null; k exec far-1 -c postgres -- psql -XAt -U postgres -c 'insert into t values (1)')"
match "status shows the places" '^here +far-1, far-2 +Yes$' "$(kubectl cnpg status far -n "$ns" 2>&1)"
kubectl cnpg promote far 3 -n "$ns" >/dev/null
primary_is() { [[ $(status far currentPrimary) == "$1" ]]; }
within 30 "after a switchover" primary_is far-3
healthy 60 far 3
within 30 "... those elsewhere than the new primary confirm" names_are far-3 "far-1 far-2"
within 10 "... and the FailoverQuorum says so" quorum_is "ANY 1 far-1 far-2 far-3"
k label pod far-1 far-2 place=there --overwrite >/dev/null
within 30 "all in one place: the condition says so" condition_is "False InsufficientCrossDomainReplicas"
within 10 "... and all confirm all the same" names_are far-3 "far-1 far-2"
match "the rights to write it are for that one object" 'far' "$(k get role far -o json | jq -r '.rules[] | select(.resources == ["failoverquorums/status"]) | .resourceNames[]')"
patch far '{"spec": {"postgresql": {"synchronous": {"failoverQuorum": false}}}}'
within 30 "not asked for any more: the FailoverQuorum goes" gone failoverquorum far
