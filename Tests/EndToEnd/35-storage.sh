#!/usr/bin/env bash
# matriarch storage: with nothing but the bucket somebody sees what there is, restores it, to its end and to a moment, and starts
# it; what cannot be done is said. The store is asked from a pod. Then everything but the bucket is lost, and a new Cluster gets
# the data back (docs/recovery.md).
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clusters.sh"
start 88
namespace_ready
place=https://$PG_PRIMARY_STORAGE_ACCOUNT_NAME.blob.core.windows.net/backups/herd
key=$AZURE_STORAGE_CONNECTION_STRING
k create secret generic azure --from-literal=connection="$key" >/dev/null
cluster orders 2 "
  backup:
    barmanObjectStore:
      destinationPath: $place
      azureCredentials: {connectionString: {name: azure, key: connection}}
      wal: {compression: gzip, maxParallel: 2}
      data: {compression: gzip, immediateCheckpoint: true}" >/dev/null 2>&1
healthy 90 orders 2

# The host's side: PostgreSQL refuses root, so root becomes another user.
as=(); ((EUID)) || as=(setpriv --reuid matriarch --regid matriarch --clear-groups env HOME=/tmp)
ground=$(mktemp -d "${TMPDIR:-/tmp}/matriarch-storage.XXXXXX"); leftovers+=("$ground")
((EUID)) || chown matriarch "$ground"
chmod 755 "$ground"
program=$MATRIARCH_STATE/bin/matriarch
storage() { timeout 120 "${as[@]}" "$program" storage "$1" --destination-path "$place" "${@:2}" 2>&1; }
listed() { storage list orders -o json; }

# check
out=$(storage check); code=$?
same "check: every step" "ok authenticate, ok write, ok list, ok read, ok delete" "$(sed -En 's/^  (ok|FAIL) +([a-z]+) .*/\1 \2/p' <<<"$out" | paste -sd, | sed 's/,/, /g')"
same "... exit code 0" 0 $code
match "... who is accepted" "The key of storage account $PG_PRIMARY_STORAGE_ACCOUNT_NAME is accepted" "$out"
same "-o json" "true 5" "$(storage check -o json | jq -r '[.passed, (.steps | length)] | join(" ")')"
wrong=$(sed -E 's/(AccountKey=)[^;]*/\1d3Jvbmc=/' <<<"$key")
out=$(AZURE_STORAGE_CONNECTION_STRING=$wrong storage check); code=$?
match "a wrong key: refused, in the service's words" '^  FAIL  authenticate +Azure Blob Storage .* refused access: AuthenticationFailed' "$out"
match "... and what to do" 'may have been rotated' "$out"
same "... exit code 1" 1 $code
grep -q 'd3Jvbmc=' <<<"$out" && bad "... the key is not shown" "$out" || ok "... the key is not shown"
match "no credential at all" '(identity|metadata|IMDS|169\.254)' "$(AZURE_STORAGE_CONNECTION_STRING='' timeout 30 "$program" storage check --destination-path "$place" 2>&1)"
match "half a credential: the other half is named" 'AZURE_STORAGE_KEY is set and AZURE_STORAGE_ACCOUNT is not' "$(AZURE_STORAGE_CONNECTION_STRING='' AZURE_STORAGE_KEY=x storage check)"
match "no place" '--destination-path is missing' "$("$program" storage check 2>&1)"
match "a place of no known form" 'destination-path ftp://x: give https://' "$("$program" storage check --destination-path ftp://x 2>&1)"
match "the host's store, from the primary's pod" '^  ok +delete ' "$(timeout 60 kubectl cnpg storage check orders -n "$ns" 2>&1)"
same "... for programs" true "$(timeout 60 kubectl cnpg storage check orders -n "$ns" -o json 2>/dev/null | jq .passed)"
match "... an unknown cluster" 'cluster does not exist or is not accessible: nobody' "$(timeout 60 kubectl cnpg storage check nobody -n "$ns" 2>&1)"

# Data, a backup, more data, a moment, a disaster.
psql_() { sql "$(status orders currentPrimary)" app "$1"; }
psql_ "create table orders (id int primary key, note text); insert into orders select n, repeat('x', 200) from generate_series(1, 20000) n" >/dev/null
completed() { [[ $(k get backup first -o jsonpath='{.status.phase}') == completed ]]; }
timeout 60 kubectl cnpg backup orders -n "$ns" --backup-name first >/dev/null
within 120 "a backup" completed
id=$(k get backup first -o jsonpath='{.status.backupId}')
psql_ "insert into orders select n, 'after the backup' from generate_series(20001, 20500) n" >/dev/null
moment=$(psql_ "select clock_timestamp()")
psql_ "select pg_create_restore_point('before')" >/dev/null
psql_ "delete from orders where id % 2 = 0" >/dev/null
last=$(psql_ "select pg_walfile_name(pg_current_wal_lsn())")
psql_ "select pg_switch_wal()" >/dev/null
arrived() { [[ $(listed | jq -r '.log[-1].last') > $last || $(listed | jq -r '.log[-1].last') == "$last" ]]; }
within 60 "its log arrives" arrived

# list
same "list: the servers" "orders" "$(storage list)"
out=$(storage list orders)
match "... the backup, and how far its log reaches" "^$id +DONE +20[0-9TZ:-]+ +20[0-9TZ:-]+ +1 +[0-9]+ +[0-9.]+ [MG]B +[0-9A-F]+/[0-9A-F]+, timeline 1$" "$out"
match "... the log" '^  timeline 1: 000000010000000000000001 to 0{7}1[0-9A-F]{16}, [0-9]+ segments$' "$out"
same "-o json" "$id DONE 1" "$(listed | jq -r '.backups[0] | [.id, .status, .reach.timeline] | join(" ")')"
match "a server that is not there: those that are" 'holds nothing of a server "nobody"\. There are: orders\.' "$(storage list nobody)"
storage list nobody >/dev/null; same "... exit code 1" 1 $?
match "a container that is not there" 'Container missing .* does not exist' "$("${as[@]}" "$program" storage list orders --destination-path "${place%/backups/herd}/missing" 2>&1)"

# wal-restore
first=000000010000000000000001
storage wal-restore orders $first "$ground/segment" >/dev/null; same "wal-restore: a segment" "0 16777216" "$? $(stat -c %s "$ground/segment")"
storage wal-restore orders 0000000100000000000000F0 "$ground/none" >/dev/null; same "... one that is not there: 1, the end of the log" 1 $?
out=$(AZURE_STORAGE_CONNECTION_STRING=$wrong storage wal-restore orders $first "$ground/none"); same "... nobody can tell: 255, recovery stops" 255 $?
match "... and why" "$first cannot be fetched: .*refused access" "$out"
storage wal-restore orders nonsense "$ground/none" >/dev/null; same "... no name of a file" 255 $?
[[ ! -e $ground/none ]] && ok "... and nothing is left behind" || bad "... and nothing is left behind"

# restore: plan and refusals
out=$(storage restore orders "$ground/planned" --plan); code=$?
match "--plan: the backup" "^Backup +$id, ended 20" "$out"
match "... the log" '^Log +[0-9]+ segments, 00000001[0-9A-F]{16} to 00000001[0-9A-F]{16}; without a gap up to' "$out"
same "... is only shown" "0 no" "$code $([[ -e $ground/planned ]] && echo yes || echo no)"
same "... -o json" "$id the end of the archive" "$(storage restore orders "$ground/planned" --plan -o json | jq -r '[.backup, .target] | join(" ")')"
match "a moment before the first backup" "lies before the end of the first backup \\($id" "$(storage restore orders "$ground/planned" --target-time '2020-01-01 00:00:00')"
match "a position beyond the log" 'position FF/0 lies beyond the archive, which goes without a gap up to' "$(storage restore orders "$ground/planned" --target-lsn FF/0)"
storage restore orders "$ground/planned" --target-lsn FF/0 >/dev/null; same "... exit code 1" 1 $?
match "an unknown backup: those that are" "no backup found with ID 20000101T000000\\. There are: $id\\." "$(storage restore orders "$ground/planned" --backup-id 20000101T000000)"
match "a timeline that is not there" 'No backup leads to timeline 7' "$(storage restore orders "$ground/planned" --timeline 7)"
match "a time that is none" 'target-time "yesterday" is not a time such as' "$(storage restore orders "$ground/planned" --target-time yesterday)"
match "two targets" 'exclude each other' "$(storage restore orders "$ground/planned" --target-lsn 0/1 --target-immediate)"
match "a wrong server" 'There are: orders\.' "$(storage restore nobody "$ground/planned")"
[[ ! -e $ground/planned ]] && ok "what is refused leaves nothing" || bad "what is refused leaves nothing"
"${as[@]}" mkdir "$ground/full"; "${as[@]}" touch "$ground/full/precious"
match "a directory that is not empty" "$ground/full is not empty\\. Nothing is overwritten" "$(storage restore orders "$ground/full")"
same "... is untouched" precious "$(ls "$ground/full")"
# A volume that is too small, by a limit on the size of files.
match "it breaks off: why" 'write .*File too large' "$(trap '' XFSZ; ulimit -f 100; storage restore orders "$ground/small")"
same "... and nothing is left of it" "" "$(ls "$ground/small" 2>&1)"

# restore and start
major=$(sql orders-1 postgres 'show server_version_num'); major=$((major / 10000))
pgbin=/usr/lib/postgresql/$major/bin; [[ -x $pgbin/pg_ctl ]] || pgbin=$MATRIARCH_TOOLS/postgresql-$major/bin
[[ -x $pgbin/pg_ctl ]] || pgbin=$(dirname "$(command -v pg_ctl)")
running=()
serve() { # serve DIRECTORY PORT: starts it as the text says
  running+=("$1")
  "${as[@]}" "$pgbin/pg_ctl" -D "$1" -l "$1.log" -t 60 -o "-p $2" start >"$1.start" 2>&1 || { bad "it starts" "$(tail -5 "$1.log")"; return 1; }
}
count() { "${as[@]}" "$pgbin/psql" -XAtq -h /tmp -p "$1" -U postgres -d app -c "select count(*) || ' ' || coalesce(max(id), 0) || ' ' || pg_is_in_recovery() from orders" 2>&1; }
counts() { [[ $(count "$1") == "$2" ]]; }
stop_servers() { local d; for d in "${running[@]}"; do "${as[@]}" "$pgbin/pg_ctl" -D "$d" -m immediate stop >/dev/null 2>&1; done; running=(); }
trap 'stop_servers; finish' EXIT

before=$(psql_ "select count(*) || ' ' || max(id) || ' false' from orders")
out=$(storage restore orders "$ground/end"); code=$?
same "restored" 0 $code
match "... it says how to start it" "pg_ctl -D $ground/end " "$out"
same "... closed to others" 700 "$(stat -c %a "$ground/end")"
serve "$ground/end" 55435 && within 60 "... it starts, with every row" counts 55435 "$before"
same "... and takes writes, on a timeline of its own" "2|off|" "$("${as[@]}" "$pgbin/psql" -XAtq -h /tmp -p 55435 -U postgres -d app -c "insert into orders values (-1, 'new')" -c "checkpoint" -c "select timeline_id, current_setting('archive_mode'), current_setting('synchronous_standby_names') from pg_control_checkpoint()" 2>&1)"
grep -q AccountKey -r "$ground/end"/postgresql*.conf && bad "... no secret in its configuration" || ok "... no secret in its configuration"

"${as[@]}" mkdir -p "$ground/there"
storage restore orders "$ground/moment" --target-time "$moment" --wal-directory "$ground/there/wal" --jobs 3 >/dev/null; same "to a moment, the log elsewhere" 0 $?
same "... pg_wal leads there" "$ground/there/wal" "$(readlink "$ground/moment/pg_wal")"
serve "$ground/moment" 55436 && within 60 "... the rows of then" counts 55436 "20500 20500 false"
storage restore orders "$ground/point" --target-name before --backup-id "$id" >/dev/null; same "to a restore point" 0 $?
serve "$ground/point" 55437 && within 60 "... the rows of then" counts 55437 "20500 20500 false"
storage restore orders "$ground/backup" --target-immediate >/dev/null; same "to the end of the backup" 0 $?
serve "$ground/backup" 55438 && within 60 "... the rows of then" counts 55438 "20000 20000 false"
stop_servers

# The pod's own store, with a key that holds no longer.
k patch secret azure --type merge -p "$(jq -nc --arg v "$wrong" '{stringData: {connection: $v}}')" >/dev/null
out=$(timeout 60 kubectl cnpg storage check orders -n "$ns" 2>&1); code=$?
match "kubectl cnpg storage check: a wrong key" '^  FAIL  authenticate +Azure Blob Storage .* refused access' "$out"
same "... exit code 1" 1 $code
k patch secret azure --type merge -p "$(jq -nc --arg v "$key" '{stringData: {connection: $v}}')" >/dev/null
recovers() { timeout 60 kubectl cnpg storage check orders -n "$ns"; }
within 20 "... mended, it passes" recovers

# Everything but the bucket is lost.
k delete backup --all >/dev/null
k delete cluster orders >/dev/null
lost() { [[ -z $(k get pods,pvc -l cnpg.io/cluster=orders -o name) ]]; }
within 90 "the cluster is lost, with its volumes" lost
cluster orders-restored 2 "
  bootstrap:
    recovery: {source: origin}
  externalClusters:
    - name: origin
      barmanObjectStore:
        destinationPath: $place
        serverName: orders
        azureCredentials: {connectionString: {name: azure, key: connection}}
        wal: {maxParallel: 8}" >/dev/null 2>&1
healthy 180 orders-restored 2 "a new Cluster is made of the bucket"
same "... with every row" "$before" "$(sql orders-restored-1 app "select count(*) || ' ' || max(id) || ' false' from orders")"
