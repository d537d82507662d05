#!/usr/bin/env bash
# Patroni 4: three nodes, three members of etcd, HAProxy in front as in Patroni's own sample, one synchronous standby.  PROFILE is
#   default   ttl 30, loop_wait 10, retry_timeout 10; HAProxy: inter 3s fall 3 rise 2
#   tuned     ttl 20, loop_wait 1, retry_timeout 3, the least that Patroni's validator takes; HAProxy: inter 500ms fall 2 rise 1
# Both may run at once; they share etcd.
. "$(dirname "$0")/lib.sh"
work=$BENCH/patroni-${PROFILE:?} etcd=$BENCH/etcd
case $PROFILE in
  default) block=61 ttl=30 loop=10 retry=10 check='inter 3s fall 3 rise 2' patience=5s ;;
  tuned) block=62 ttl=20 loop=1 retry=3 check='inter 500ms fall 2 rise 1' patience=1s ;;
esac
endpoints=http://127.0.60.1:12379,http://127.0.60.2:12379,http://127.0.60.3:12379
etcdctl() { ETCDCTL_API=3 command etcdctl --endpoints $endpoints "$@"; }
bg() { local log=$1; shift; setsid "${as_postgres[@]}" "$@" >>"$log" 2>&1 </dev/null & }
mine() { pgrep -u "$owner" -f "$1"; }

etcd_up() {
  etcdctl endpoint health >/dev/null 2>&1 && return
  mkdir -p "$etcd"; chown "$owner" "$etcd"
  local i
  for i in 1 2 3; do
    bg "$etcd/$i.log" env GOMAXPROCS=2 etcd --name e$i --data-dir "$etcd/$i" --logger zap \
      --listen-client-urls http://127.0.60.$i:12379 --advertise-client-urls http://127.0.60.$i:12379 \
      --listen-peer-urls http://127.0.60.$i:12380 --initial-advertise-peer-urls http://127.0.60.$i:12380 \
      --initial-cluster e1=http://127.0.60.1:12380,e2=http://127.0.60.2:12380,e3=http://127.0.60.3:12380 \
      --initial-cluster-state new --initial-cluster-token bench
  done
  within 30 etcdctl endpoint health
}
configure() {
  cat >"$work/n$1.yml" <<Y
scope: $PROFILE
name: n$1
restapi: {listen: "127.0.$block.$1:18008", connect_address: "127.0.$block.$1:18008"}
etcd3: {hosts: ["127.0.60.1:12379", "127.0.60.2:12379", "127.0.60.3:12379"]}
bootstrap:
  dcs:
    ttl: $ttl
    loop_wait: $loop
    retry_timeout: $retry
    maximum_lag_on_failover: 1048576
    synchronous_mode: true
    postgresql:
      use_pg_rewind: true
      use_slots: true
      parameters: {max_connections: 100, shared_buffers: 128MB, wal_level: replica, hot_standby: "on", max_wal_senders: 10, max_replication_slots: 10, wal_log_hints: "on"}
  initdb: [{encoding: UTF8}, data-checksums, {auth-local: trust}, {auth-host: trust}]
postgresql:
  listen: 127.0.$block.$1:15432
  connect_address: 127.0.$block.$1:15432
  data_dir: $work/data$1
  bin_dir: $PGBIN
  pgpass: $work/pgpass$1
  authentication: {replication: {username: replicator, password: x}, superuser: {username: postgres, password: x}, rewind: {username: rewinder, password: x}}
  parameters: {unix_socket_directories: $work/s$1}
  pg_hba: ["local all all trust", "host all all 127.0.0.0/8 trust", "host replication all 127.0.0.0/8 trust"]
Y
}
haproxy_up() {
  cat >"$work/haproxy.cfg" <<H
global
    maxconn 400
defaults
    mode tcp
    retries 2
    timeout client 30m
    timeout connect 4s
    timeout server 30m
    timeout check $patience
listen rw
    bind 127.0.$block.9:15000
    option httpchk OPTIONS /primary
    http-check expect status 200
    default-server $check on-marked-down shutdown-sessions
    server n1 127.0.$block.1:15432 maxconn 100 check port 18008
    server n2 127.0.$block.2:15432 maxconn 100 check port 18008
    server n3 127.0.$block.3:15432 maxconn 100 check port 18008
H
  bg "$work/haproxy.log" /usr/sbin/haproxy -db -f "$work/haproxy.cfg"
}
agent() { mine "bin/patroni $work/n$1.yml"; }
node_up() { bg "$work/patroni$1.log" "$(dirname "$PYTHON")/patroni" "$work/n$1.yml"; within 5 agent "$1"; }
leader() {
  local i
  for i in 1 2 3; do [[ $(curl -s -m 1 -o /dev/null -w '%{http_code}' "http://127.0.$block.$i:18008/primary") == 200 ]] && echo $i && return; done
  return 1
}
dsn="host=127.0.$block.9 port=15000 user=postgres dbname=postgres"
healthy() {
  local l; l=$(leader) || return
  [[ $("$PGBIN/psql" -XAtq -h "127.0.$block.$l" -p 15432 -U postgres -c "select count(*) filter (where state = 'streaming'), count(*) filter (where sync_state = 'sync') from pg_stat_replication where application_name ~ '^n[123]$'") == '2|1' ]] &&
    [[ $("$PGBIN/psql" "$dsn connect_timeout=2" -XAtqc 'select pg_is_in_recovery()') == f ]]
}
thaw() { [[ ! -f $work/frozen ]] || kill -CONT $(<"$work/frozen") 2>/dev/null; rm -f "$work/frozen"; }
stop() {
  local i pid
  [[ -d $work ]] || return 0
  thaw
  for i in 1 2 3; do kill -9 $(agent $i) 2>/dev/null; done
  for i in 1 2 3; do
    pid=$(head -1 "$work/data$i/postmaster.pid" 2>/dev/null) && [[ $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null) == *"$work/data$i"* ]] && kill -9 $(family "$pid")
  done
  kill -9 $(mine "haproxy -db -f $work/haproxy.cfg") 2>/dev/null
  # The last one turns off the light.
  mine "bin/patroni $BENCH/patroni-" >/dev/null || { kill -9 $(mine "etcd --name e[123] --data-dir $etcd/") 2>/dev/null; sleep 0.5; rm -rf "$etcd"; }
  rm -rf "$work"
}

case $1 in
  dsn) echo "$dsn" ;;
  up)
    stop; mkdir -p "$work"/s{1,2,3}; for i in 1 2 3; do configure $i; done; chown -R "$owner" "$work"
    etcd_up && etcdctl del --prefix "/service/$PROFILE/" >/dev/null || exit
    node_up 1; within 60 leader || exit
    node_up 2; node_up 3; haproxy_up
    within 90 healthy ;;
  healthy) healthy ;;
  arm) rm -f "$work/struck"; leader >"$work/target" && agent "$(<"$work/target")" >"$work/agent" ;;
  fault)
    target=$(<"$work/target") agent=$(<"$work/agent") postmaster=$(head -1 "$work/data$(<"$work/target")/postmaster.pid")
    case $2 in
      crash) processes=$(family "$postmaster"); struck; kill -9 $agent $processes ;;
      pmkill) struck; kill -9 "$postmaster" ;;
      freeze)
        processes="$agent $(family "$postmaster")"; echo "$processes" >"$work/frozen"
        struck; kill -STOP $processes ;;
      # To whom is left to Patroni: the synchronous standby.
      switchover) struck; "${as_postgres[@]}" "$(dirname "$PYTHON")/patronictl" -c "$work/n$target.yml" switchover "$PROFILE" --leader "n$target" --force ;;
    esac ;;
  moved) l=$(leader) && [[ $l != "$(<"$work/target")" ]] ;;
  heal)
    thaw
    for i in 1 2 3; do agent $i >/dev/null || node_up $i; done
    within 120 healthy ;;
  down) stop ;;
esac
