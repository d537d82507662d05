# Sourced by the scenarios: a local control plane of its own (state, addresses), started and removed by the scenario.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bin=${MATRIARCH_BIN:-$root/.build/release}
# The reference walkthrough: as the company has it now where that is at hand, else the copy beside this file.
walkthrough=$root/../shared/walkthrough/walkthrough.sh
[[ -x $walkthrough ]] || walkthrough=$root/Tests/EndToEnd/walkthrough/walkthrough.sh
passed=0 failed=0
ok()  { passed=$((passed + 1)); printf '  ok    %s\n' "$1"; }
bad() { failed=$((failed + 1)); printf '  FAIL  %s\n' "$1"; [[ -z ${2-} ]] || sed 's/^/        | /' <<<"$2" | head -20; }
same()  { [[ $2 == "$3" ]] && ok "$1" || bad "$1" "expected: $2
got:      $3"; }
match() { grep -Eq -- "$2" <<<"$3" && ok "$1" || bad "$1" "expected a line like: $2
got: $3"; }
within() { # within SECONDS 'what' command...: polls until the command succeeds
  local end=$((SECONDS + $1)) what=$2; shift 2
  until "$@" >/dev/null 2>&1; do ((SECONDS < end)) || { bad "$what (in time)" "$("$@" 2>&1)"; return 1; }; sleep 0.1; done
  ok "$what"; }

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
  if ((failed || status)); then
    echo "  logs of the failed run:"; tail -n 15 "$MATRIARCH_STATE"/logs/*.log 2>/dev/null | sed 's/^/        | /'
    kubectl get clusters,pods,pvc -A 2>/dev/null | sed 's/^/        | /'
    kubectl logs -n cnpg-system deployment/cnpg-controller-manager --tail 20 2>/dev/null | sed 's/^/        | /'
  fi
  "$bin/matriarch" local clean --yes >/dev/null 2>&1
  rm -rf "$MATRIARCH_STATE"
  printf '%s passed, %s failed\n' "$passed" "$failed"
  ((failed == 0 && status == 0)) || exit 1
}
# ready NAMESPACE CLUSTER COUNT: the Cluster says that so many instances are ready, and their pods do. Right after a crash
# it still says what its operator wrote before.
ready() {
  [[ $(kubectl -n "$1" get cluster "$2" -o jsonpath='{.status.readyInstances} {.status.phase}') == "$3 Cluster in healthy state" ]] &&
    (($(kubectl -n "$1" get pods -l "cnpg.io/cluster=$2" -o jsonpath='{range .items[*]}{.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}' | grep -c True) >= $3))
}
