#!/usr/bin/env bash
# The floor: three postgres by hand, one of two standbys has to confirm, nobody watches. Whoever breaks the primary promotes a standby
# in the same moment. What remains is what PostgreSQL and the clients themselves need.  Kinds: crash, switchover.
. "$(dirname "$0")/lib.sh"
work=$BENCH/floor port=5499
sql() { "$PGBIN/psql" -XqAt -h "127.0.65.$1" -p $port -U postgres -d postgres "${@:2}"; }
ctl() { "${as_postgres[@]}" "$PGBIN/pg_ctl" -D "$work/d$1" "${@:2}"; }
promote() { sql 2 -c "alter system set synchronous_standby_names = ''" -c 'select pg_promote()'; }
healthy() { [[ $(sql 1 -c "select count(*) from pg_stat_replication where sync_state = 'quorum'") == 2 ]]; }
stop_all() { local d; for d in 3 2 1; do [[ ! -f $work/d$d/postmaster.pid ]] || ctl $d -m immediate stop >/dev/null 2>&1; done; }

# Every trial has new ones: nobody would bring the old primary back.
make() {
  stop_all; rm -rf "$work"; mkdir -p "$work"; chown "$owner" "$work"; cd "$work" || return
  "${as_postgres[@]}" "$PGBIN/initdb" -D d1 -U postgres -A trust -k >log || return
  printf '%s\n' "listen_addresses = '127.0.65.1'" "port = $port" "unix_socket_directories = ''" "max_connections = 200" \
    "shared_buffers = 256MB" "wal_keep_size = 512MB" "wal_log_hints = on" >>d1/postgresql.conf
  printf '%s\n' 'host all all 127.0.0.0/8 trust' 'host replication all 127.0.0.0/8 trust' >>d1/pg_hba.conf
  ctl 1 -l d1.log -w start >>log || return
  local i
  for i in 2 3; do
    "${as_postgres[@]}" "$PGBIN/pg_basebackup" -h 127.0.65.1 -p $port -U postgres -D d$i -R -c fast -X stream -C -S s$i || return
    sed -i "s/127.0.65.1/127.0.65.$i/" d$i/postgresql.conf
    echo "primary_conninfo = 'host=127.0.65.1 port=$port user=postgres application_name=s$i'" >>d$i/postgresql.auto.conf
    ctl $i -l d$i.log -w start >>log || return
  done
  sql 1 -c "alter system set synchronous_standby_names = 'ANY 1 (s2,s3)'" -c 'select pg_reload_conf()' >/dev/null
  within 20 healthy
}

case $1 in
  dsn) echo "host=127.0.65.1,127.0.65.2 port=$port dbname=postgres user=postgres target_session_attrs=read-write" ;;
  up) make ;;
  healthy) healthy ;;
  arm) head -1 "$work/d1/postmaster.pid" >"$work/postmaster" ;;
  fault)
    case $2 in
      crash) processes=$(family "$(<"$work/postmaster")"); struck; kill -9 $processes; promote ;;
      switchover) sql 1 -c checkpoint; struck; ctl 1 -m fast -w stop >/dev/null; promote ;;
    esac ;;
  moved) [[ $(sql 2 -c 'select pg_is_in_recovery()') == f ]] ;;
  heal) make ;;
  down) stop_all; rm -rf "$work" ;;
esac
