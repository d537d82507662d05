# Sourced by the scenarios: a local control plane of its own (state, addresses), started and removed by the scenario.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bin=${MATRIARCH_BIN:-$root/.build/release}
# The reference walkthrough: as the company has it now where that is at hand, else the copy beside this file.
walkthrough=$root/../shared/walkthrough/walkthrough.sh
[[ -x $walkthrough ]] || walkthrough=$root/Tests/EndToEnd/walkthrough/walkthrough.sh
passed=0 failed=0 skipped=''
leftovers=() # directories that go with the scenario, besides its state
ok()  { passed=$((passed + 1)); printf '  ok    %s\n' "$1"; }
skip() { skipped+=", skipped: $1"; printf '  skip  %s\n' "$1"; }
bad() { failed=$((failed + 1)); printf '  FAIL  %s\n' "$1"; [[ -z ${2-} ]] || sed 's/^/        | /' <<<"$2" | head -20; }
same()  { [[ $2 == "$3" ]] && ok "$1" || bad "$1" "expected: $2
got:      $3"; }
match() { grep -Eq -- "$2" <<<"$3" && ok "$1" || bad "$1" "expected a line like: $2
got: $3"; }
# within SECONDS 'what' command...: polls until the command succeeds. On a machine busy with other things the time is a multiple,
# MATRIARCH_PATIENCE, of what it is on a quiet one.
within() {
  local end=$((SECONDS + $1 * ${MATRIARCH_PATIENCE:-1})) what=$2; shift 2
  until "$@" >/dev/null 2>&1; do ((SECONDS < end)) || { bad "$what (in time)" "$("$@" 2>&1)"; return 1; }; sleep 0.1; done
  ok "$what"; }

# own_network "$0" "$@": the scenario once more, in a network of its own, where the usual ports are whose it wants them to be.
own_network() {
  [[ ! ${MATRIARCH_OWN_NETWORK-} ]] || return 0
  local capabilities=(); ((EUID)) || capabilities=(--cap-add ALL)
  exec env MATRIARCH_OWN_NETWORK=1 bwrap --unshare-net "${capabilities[@]}" --dev-bind / / "$@"
}
# carry PROGRAMS LIBRARIES: copies the programs to one directory and the Swift runtime to another, where they then look for it;
# the toolchain's may be one that only root can read. The path in them is exchanged for one of the same length, filled up with
# slashes, so the new one must be short. Where it cannot be done (status 1), the programs are copied as they are.
carry() {
  local old new program
  old=$(readelf -d "$bin/matriarch" | sed -n 's/.*RUNPATH.*\[\(.*\)\]/\1/p' | tr : '\n' | grep -m 1 '^/')
  ((${#2} <= ${#old})) || { cp "$bin"/matriarch{,-shim,-wal} "$1"; return 1; }
  printf -v new "%-${#old}s" "$2"; new=${new// //}
  cp "$old"/*.so "$2" || return
  for program in matriarch matriarch-shim matriarch-wal; do
    old=$old new=$new perl -pe 's/\Q$ENV{old}\E/$ENV{new}/g' "$bin/$program" >"$1/$program" && chmod 755 "$1/$program" || return
  done
}

# start BLOCK: a fresh control plane on 127.BLOCK, its variables exported.
start() {
  export MATRIARCH_STATE
  MATRIARCH_STATE=$(mktemp -d "${TMPDIR:-/tmp}/matriarch-test.XXXXXX"); chmod 711 "$MATRIARCH_STATE"
  trap finish EXIT
  "$bin/matriarch" local up --address-block "127.$1" "${@:2}" || { bad "the control plane starts"; exit 1; }
  eval "$("$bin/matriarch" local env)"
}
finish() {
  local status=$?
  set +e # whatever fails here, the rest is cleaned up
  # shellcheck disable=SC2046
  kill $(jobs -p) 2>/dev/null
  if ((failed || status)); then
    echo "  logs of the failed run:"; tail -n 15 "$MATRIARCH_STATE"/logs/*.log 2>/dev/null | sed 's/^/        | /'
    kubectl get clusters,pods,pvc -A 2>/dev/null | sed 's/^/        | /'
    kubectl logs -n cnpg-system deployment/cnpg-controller-manager --tail 20 2>/dev/null | sed 's/^/        | /'
  fi
  "$bin/matriarch" local clean --yes >/dev/null 2>&1
  rm -rf "$MATRIARCH_STATE" "${leftovers[@]}"
  printf '%s passed, %s failed%s\n' "$passed" "$failed" "$skipped"
  ((failed == 0 && status == 0)) || exit 1
}
# ready NAMESPACE CLUSTER COUNT: the Cluster says that so many instances are ready, and their pods do. Right after a crash
# it still says what its operator wrote before.
ready() {
  [[ $(kubectl -n "$1" get cluster "$2" -o jsonpath='{.status.readyInstances} {.status.phase}') == "$3 Cluster in healthy state" ]] &&
    (($(kubectl -n "$1" get pods -l "cnpg.io/cluster=$2" -o jsonpath='{range .items[*]}{.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}' | grep -c True) >= $3))
}
