#!/usr/bin/env bash
# What `up`, `clean` and the set-up check, refuse, leave alone and say, on the way to a control plane.
. "$(dirname "$0")/lib.sh"
own_network "$0" "$@"
. "$(dirname "$0")/platform.sh"
scratch=$(mktemp -d "${TMPDIR:-/tmp}/matriarch-test.XXXXXX"); chmod 711 "$scratch"; leftovers=("$scratch")
export MATRIARCH_STATE=$scratch/state
trap finish EXIT
listen() { # listen ADDRESS PORT: a program that has the port, until `leave`
  socat "TCP-LISTEN:$2,bind=$1,reuseaddr,fork" /dev/null &
  occupant=$!
  local end=$((SECONDS + 30))
  until ss -Hltn "sport = :$2" 2>/dev/null | grep -q . || (exec 3<>"/dev/tcp/127.0.0.1/$2") 2>/dev/null; do
    ((SECONDS < end)) && kill -0 "$occupant" 2>/dev/null || { bad "socat listens at $1:$2"; return; }
    sleep 0.05
  done
}
leave() { kill "$occupant"; wait "$occupant" 2>/dev/null; }

echo "  -- addresses"
listen 0.0.0.0 5432
fails "a server on every address's 5432: what to change" "listen_addresses = 'localhost'" up --address-block 127.83
leave
listen 127.83.0.1 6443
fails "another program at the API server's address: which port, what to do" '127\.83\.0\.1:6443.*ss -ltnp' up --address-block 127.83
leave
listen 127.83.0.12 10250
fails "another program at a node's address: which node" '127\.83\.0\.12:10250.*local-2' up --address-block 127.83
leave
fails "an address that is not this machine's" '192\.0\.2\.1 cannot be used' up --address-block 127.83 --load-balancer-address 192.0.2.1
fails "never a wildcard" 'load-balancer-address' up --load-balancer-address 0.0.0.0
fails "nor a port for root only" 'give a port from 1024' up --api-port 443
fails "nor amounts that are none" 'give an amount such as' up --node-memory lots
same "nothing was started" "" "$(pgrep -f "^$MATRIARCH_STATE/bin/")"

echo "  -- directories"
mkdir "$scratch/foreign" && touch "$scratch/foreign/thesis.tex"
before=$(stat -c '%U %a' "$scratch/foreign")
fails "somebody's directory is no state directory" 'not empty \(thesis.tex\)' up --state "$scratch/foreign"
same "... and stays as it is" "$before thesis.tex" "$(stat -c '%U %a' "$scratch/foreign") $(ls -A "$scratch/foreign")"
fails "nothing to stop where nothing was started" 'No control plane' "$bin/matriarch" local down --state "$scratch/foreign"

echo "  -- up"
# The toolchain's libraries are where nobody else may look, as below root's home. /tmp is short, whatever TMPDIR says.
mkdir "$scratch/new"; hidden=$(mktemp -d /tmp/m.XXXX); leftovers+=("$hidden")
carry "$scratch/new" "$hidden" || hidden=
bin=$scratch/new
listen 127.0.0.1 5432
cd "$scratch" || exit 1
output=$(up --state state --address-block 127.83 --api-port 7443 --load-balancer-address 127.83.0.9 --nodes 2 --node-cpu 3 --node-memory 5Gi 2>&1) &&
  ok "up, in a directory named from here" || bad "up, in a directory named from here" "$output"
eval "$("$bin/matriarch" local env)"
same "the API server has the port asked for" "https://127.83.0.1:7443" "$(kubectl config view -o jsonpath='{.clusters[0].cluster.server}')"
if [[ $hidden ]]; then match "its libraries are where nobody else may look" "libswiftCore.so => $hidden/" "$(ldd "$bin/matriarch")"; else
  skip "libraries where nobody else may look, for which the programs' RUNPATH has no room"
fi
read -r _ _ _ soft hard _ < <(grep '^Max open files' "/proc/$(control_plane)/limits")
same "the control plane may hold as many connections as it is let" "$hard" "$soft"
same "so many nodes, with so much to give" "local-1 3 5Gi local-2 3 5Gi" \
  "$(kubectl get nodes -o jsonpath='{range .items[*]}{.metadata.name} {.status.allocatable.cpu} {.status.allocatable.memory} {end}' | sed 's/ $//')"
small_cluster small 1 | jq '.spec.managed.services.additional = [{selectorType: "rw", serviceTemplate: {metadata: {name: "outside"}, spec: {type: "LoadBalancer"}}}]' | kubectl apply -f - >/dev/null
external() { [[ $(kubectl get service outside -o jsonpath='{.status.loadBalancer.ingress[0].ip}') == 127.83.0.9 ]]; }
within 60 "a load balancer listens at the address asked for" external
within 30 "... and leads to the cluster" psql "host=127.83.0.9 user=app dbname=app sslmode=require password=$(kubectl get secret small-app -o jsonpath='{.data.password}' | base64 -d)" -c 'select 1'

echo "  -- up again"
processes() { pgrep -f "^$MATRIARCH_STATE/bin/"; }
before=$(processes) running=$(containers default)
fails "settings of what runs do not change under it" 'runs with --api-port 7443' up --api-port 6443
output=$(up 2>&1) && ok "up" || bad "up" "$output"
same "the same processes" "$before" "$(processes)"
same "the same containers" "$running" "$(containers default)"

echo "  -- up with a new program"
printf '\n' >>"$bin/matriarch"
output=$(up 2>&1) || bad "up" "$output"
match "nodes are started anew" 'restarting node local-2' "$output"
match "... and whoever runs the old program is named" 'control plane and the operator run an older program' "$output"
same "... while their pods run on" "$running" "$(containers default)"

echo "  -- down, clean"
touch "$MATRIARCH_STATE/mine"
"$bin/matriarch" local down >/dev/null
same "nothing runs any more" "" "$(processes)"
match "a PostgreSQL on 127.0.0.1:5432 is a note only" "note: 127\.0\.0\.1:5432 belongs to .*LoadBalancer" "$(up --load-balancer-address 127.0.0.1 2>&1)"
leave
"$bin/matriarch" local clean --yes >/dev/null
same "clean leaves what is not its own" "mine" "$(ls -A "$MATRIARCH_STATE")"
same "... and no process" "" "$(processes)"

echo "  -- a kernel that forbids namespaces"
# Only an ordinary user needs the kernel's leave; root is made one here.
as_nobody=(); ((EUID)) || as_nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
[[ ! $hidden ]] || chmod 755 "$hidden"
mkdir "$scratch/home" && chmod 777 "$scratch/home"
fails "up says what to switch on" 'sysctl -w user.max_user_namespaces' \
  "${as_nobody[@]}" env HOME="$scratch/home" bwrap --unshare-user --disable-userns --dev-bind / / \
  "$bin/matriarch" local up --address-block 127.83 --state "$scratch/home/state"

echo "  -- set-up without root and sudo"
mkdir "$scratch/path" && cp "$root/scripts/setup" "$scratch/setup"
printf '#!/bin/sh\nexit 1\n' >"$scratch/path/sudo"
printf '#!/bin/sh\ncase "$*" in *pgbouncer|*bc) exit 1;; *) echo "install ok installed";; esac\n' >"$scratch/path/dpkg-query"
chmod 755 "$scratch/path/"* "$scratch/setup"
said=$("${as_nobody[@]}" env PATH="$scratch/path:$PATH" MATRIARCH_TOOLS="$scratch/home/tools" "$scratch/setup" 2>&1) &&
  bad "set-up fails" "$said" || ok "set-up fails"
match "... with the one command, for the missing packages only" 'apt-get install .* pgbouncer bc'"'"'$' "$said"
match "... that starts no services" 'policy-rc.d' "$said"
command=$(sed -n '/sudo sh -c/,/apt-get update/p' <<<"$said" | sed 's/^ *sudo //')
sh -n -c "$command" 2>/dev/null && sh -n <(sed "s/^sh -c '//; s/'$//" <<<"$command") && ok "... and can be pasted" || bad "... and can be pasted" "$command"
# The pasted command, below a folder of its own and with an apt-get that is interrupted, as by Ctrl-C.
printf '#!/bin/sh\n[ -e "%s" ] && touch "%s"; kill -TERM $PPID\n' "$scratch/policy" "$scratch/seen" >"$scratch/path/apt-get"; chmod 755 "$scratch/path/apt-get"
(umask 022; PATH="$scratch/path:$PATH" sh -c "$(sed "s/^sh -c '//; s/'$//; s|/usr/sbin/policy-rc.d|$scratch/policy|; s|/etc/postgresql-common/|$scratch/etc/|" <<<"$command")") >/dev/null 2>&1
same "... which, interrupted, leaves no ban on services behind" "seen" "$(cd "$scratch" && ls -d policy seen 2>/dev/null)"
