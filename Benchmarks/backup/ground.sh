#!/usr/bin/env bash
# The ground for the benchmark: up | down. A server at 127.0.66.1 with pgbench's tables and 64 segments of its log, half from pgbench,
# half incompressible; rclone's S3 at 127.0.66.2:19000, nginx with TLS before it at :19443; pgBackRest's configuration.
set -euo pipefail
cd "$BENCH"
export PATH=$PGBIN:$PATH PGHOST=$BENCH/db PGPORT=15466 PGUSER=postgres
q() { psql -XAtq -d postgres -c "$1"; }

if [[ $1 == down ]]; then
  for name in rclone nginx; do [[ ! -s $name.pid ]] || kill "$(<$name.pid)" || true; done
  pg_ctl -D db/data -m immediate stop || true
  exit 0
fi

mkdir -p store/barman store/pgbr store/matriarch db directory pgbr/{spool,log,lock,repo}
openssl req -x509 -newkey rsa:2048 -nodes -keyout tls.key -out tls.pem -days 30 -subj /CN=127.0.66.2 -addext subjectAltName=IP:127.0.66.2
cat >nginx.conf <<N
daemon on; pid $BENCH/nginx.pid; error_log $BENCH/nginx.err warn; worker_processes 1;
events { worker_connections 256; }
http { access_log off; client_max_body_size 0; client_body_temp_path $BENCH/nb; proxy_temp_path $BENCH/np; proxy_request_buffering off; proxy_buffering off;
 fastcgi_temp_path $BENCH/nf; uwsgi_temp_path $BENCH/nu; scgi_temp_path $BENCH/ns;
 server { listen 127.0.66.2:19443 ssl; ssl_certificate $BENCH/tls.pem; ssl_certificate_key $BENCH/tls.key;
  location / { proxy_pass http://127.0.66.2:19000; proxy_http_version 1.1; proxy_set_header Host \$http_host; proxy_set_header Connection ""; } } }
N
setsid "$PEERS/rclone" serve s3 --addr 127.0.66.2:19000 --auth-key benchkey,benchsecret --vfs-cache-mode off --dir-cache-time 5s --poll-interval 0 "$BENCH/store" >rclone.log 2>&1 </dev/null &
echo $! >rclone.pid
/usr/sbin/nginx -c "$BENCH/nginx.conf"

for kind in directory s3; do
  {
    echo "[global]"
    if [[ $kind == directory ]]; then echo "repo1-path=$BENCH/pgbr/repo"; else cat <<S
repo1-type=s3
repo1-path=/repo
repo1-s3-bucket=pgbr
repo1-s3-endpoint=127.0.66.2
repo1-s3-region=us-east-1
repo1-s3-key=benchkey
repo1-s3-key-secret=benchsecret
repo1-s3-uri-style=path
repo1-storage-host=127.0.66.2
repo1-storage-port=19443
repo1-storage-verify-tls=n
S
    fi
    cat <<S
spool-path=$BENCH/pgbr/spool
lock-path=$BENCH/pgbr/lock
log-path=$BENCH/pgbr/log
log-level-console=warn
log-level-file=off
start-fast=y
repo1-retention-full=20
[peers]
pg1-path=$BENCH/db/data
pg1-port=$PGPORT
pg1-socket-path=$BENCH/db
pg1-user=postgres
S
  } >"pgbr/$kind.conf"
done

initdb -D db/data -k --auth=trust -U postgres -E UTF8 --no-sync
# What archives the log is exchanged for each tool.
printf '#!/bin/sh\nexit 0\n' >archive; chmod 755 archive
cat >>db/data/postgresql.conf <<C
listen_addresses = '127.0.66.1'
port = $PGPORT
unix_socket_directories = '$BENCH/db'
shared_buffers = 1GB
max_connections = 100
max_wal_size = 4GB
checkpoint_timeout = 30min
wal_keep_size = 3GB
archive_mode = on
archive_command = '$BENCH/archive %p'
C
pg_ctl -D db/data -l db/log -w start
pgbench -i -s "$SCALE" -q postgres
q "create extension if not exists pgcrypto"; q checkpoint
# 32 segments of pgbench's log, then 32 of bulk inserts of random bytes.
since() { q "select (pg_current_wal_lsn() - '$1'::pg_lsn) / 16777216 >= $2"; }
q "select pg_switch_wal()"; begin=$(q "select pg_current_wal_lsn()"); first=$(q "select pg_walfile_name(pg_current_wal_lsn() + 1)")
until [[ $(since "$begin" 33) == t ]]; do pgbench -n -c 4 -j 1 -T 2 postgres >/dev/null; q checkpoint; done
q "select pg_switch_wal()"; middle=$(q "select pg_current_wal_lsn()"); second=$(q "select pg_walfile_name(pg_current_wal_lsn() + 1)")
q "create table random (bytes bytea)"; q "alter table random alter bytes set storage external"
until [[ $(since "$middle" 34) == t ]]; do q "insert into random select gen_random_bytes(1000) from generate_series(1, 50000)"; done
q "drop table random"; q "select pg_switch_wal()"; q checkpoint
mkdir segments
segments() { find db/data/pg_wal -maxdepth 1 -type f -regextype posix-extended -regex '.*/[0-9A-F]{24}' -printf '%f\n' | sort | awk -v a="$1" '$0 >= a' | head -32; }
for name in $(segments "$first") $(segments "$second"); do cp "db/data/pg_wal/$name" segments/; done
[[ $(find segments -type f | wc -l) == 64 ]]
