#!/usr/bin/env bash
# What `up`, `clean` and the set-up check, refuse, leave alone and say, on the way to a control plane.
# In a network of its own, where the usual ports are whose this scenario wants them to be.
if [[ ! ${MATRIARCH_OWN_NETWORK-} ]]; then
  capabilities=(); ((EUID)) || capabilities=(--cap-add ALL)
  exec env MATRIARCH_OWN_NETWORK=1 bwrap --unshare-net "${capabilities[@]}" --dev-bind / / "$0"
fi
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/platform.sh"
scratch=$(mktemp -d "${TMPDIR:-/tmp}/matriarch-test.XXXXXX"); chmod 711 "$scratch"
export MATRIARCH_STATE=$scratch/state
end() { kill $(jobs -p) 2>/dev/null; finish; }
trap 'end; rm -rf "$scratch"' EXIT
listen() { # listen ADDRESS PORT: a program that has the port, until `leave`
  socat "TCP-LISTEN:$2,bind=$1,reuseaddr,fork" /dev/null &
  occupant=$!
  until ss -Hltn "sport = :$2" 2>/dev/null | grep -q . || (exec 3<>"/dev/tcp/127.0.0.1/$2") 2>/dev/null; do sleep 0.05; done
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
# The toolchain's libraries are where nobody else may look, as below root's home: the path in the programs is exchanged for
# one of the same length.
original=$bin runtime=$(readelf -d "$bin/matriarch" | sed -n 's/.*RUNPATH.*\[\([^:]*\):.*/\1/p')
mkdir -m 700 "$scratch/r" && mkdir "$scratch/new"
printf -v hidden "%-${#runtime}s" "$scratch/r"; hidden=${hidden// //}
cp "$runtime"/*.so "$scratch/r" || bad "the Swift runtime is copied"
for program in matriarch matriarch-shim; do
  old=$runtime new=$hidden perl -pe 's/\Q$ENV{old}\E/$ENV{new}/g' "$original/$program" >"$scratch/new/$program" && chmod 755 "$scratch/new/$program"
done
bin=$scratch/new
listen 127.0.0.1 5432
cd "$scratch" || exit 1
output=$(up --state state --address-block 127.83 --api-port 7443 --load-balancer-address 127.83.0.9 --nodes 2 --node-cpu 3 --node-memory 5Gi 2>&1) &&
  ok "up, in a directory named from here" || bad "up, in a directory named from here" "$output"
eval "$("$bin/matriarch" local env)"
same "the API server has the port asked for" "https://127.83.0.1:7443" "$(kubectl config view -o jsonpath='{.clusters[0].cluster.server}')"
match "its libraries are there" "libswiftCore.so => $scratch/r/" "$(ldd "$bin/matriarch")"
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
mkdir "$scratch/bin" "$scratch/home" && cp "$original/matriarch" "$original/matriarch-shim" "$scratch/bin" && chmod 777 "$scratch/home"
fails "up says what to switch on" 'sysctl -w user.max_user_namespaces' \
  "${as_nobody[@]}" env HOME="$scratch/home" bwrap --unshare-user --disable-userns --dev-bind / / \
  "$scratch/bin/matriarch" local up --address-block 127.83 --state "$scratch/home/state"

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
