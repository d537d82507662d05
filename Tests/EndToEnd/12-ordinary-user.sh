#!/usr/bin/env bash
# An ordinary user's machine: everything below that user's home, nothing of root's. Root becomes such a user first.
. "$(dirname "$0")/lib.sh"
if ((EUID == 0)); then
  tools=${MATRIARCH_TOOLS:-/var/lib/matriarch/tools}
  folder=$(mktemp -d /var/tmp/matriarch-test.XXXXXX); libraries=$(mktemp -d /tmp/m.XXXX); chmod 755 "$folder" "$libraries"
  created=''
  trap 'rm -rf "$folder" "$libraries"; [[ ! $created ]] || userdel --remove matriarch-tester 2>/dev/null' EXIT
  # One that nothing else is named after, so that no file is readable by chance.
  id matriarch-tester >/dev/null 2>&1 || { useradd --create-home --shell /bin/bash matriarch-tester && created=yes; } || exit 1
  mkdir -p "$folder/Tests/EndToEnd"
  carry "$folder" "$libraries"
  cp "$tools/kubectl/kubectl" "$folder" || exit 1
  cp "$root"/Tests/EndToEnd/*.sh "$folder/Tests/EndToEnd"
  home=$(getent passwd matriarch-tester | cut -d: -f6)
  mkdir -p "$folder/tools/kubectl" && mv "$folder/kubectl" "$folder/tools/kubectl"
  cd "$home" || exit 1
  setpriv --reuid matriarch-tester --regid matriarch-tester --init-groups env -i HOME="$home" LANG=C.UTF-8 \
    PATH="$folder/tools/kubectl:/usr/local/bin:/usr/bin:/bin" MATRIARCH_BIN="$folder" MATRIARCH_TOOLS="$folder/tools" \
    "$folder/Tests/EndToEnd/$(basename "$0")"
  exit
fi
. "$(dirname "$0")/platform.sh"
unset MATRIARCH_STATE XDG_STATE_HOME
# Not the user's own machine, which may be in use.
HOME=$(mktemp -d "$HOME/matriarch-test.XXXXXX"); export HOME
leftovers=("$HOME")
trap 'MATRIARCH_STATE=$HOME/.local/state/matriarch finish' EXIT

up --address-block 127.84 && ok "up" || { bad "up"; exit 1; }
state=$HOME/.local/state/matriarch
same "the state is below the user's home" "settings.json" "$(cd "$state" && ls settings.json)"
eval "$("$bin/matriarch" local env)"
same "env tells where" "$state" "$MATRIARCH_STATE"
same "everything runs as the user" "$(id -un)" "$(pgrep -f "^$state/bin/" | xargs ps -o user:32= -p | sort -u | xargs)"
small_cluster small 1 | kubectl apply -f - >/dev/null
within 60 "a cluster" ready default small 1
query() { [[ $(kubectl exec small-1 -c postgres -- psql -XAtqc "$1") == "$2" ]]; }
within 30 "psql in its pod" query "create table if not exists t as select 42 n; select n from t" 42
"$bin/matriarch" local down >/dev/null
same "down: nothing runs any more" "" "$(pgrep -f "^$state/bin/")"
up && ok "up again" || bad "up again"
within 60 "the cluster comes back" ready default small 1
within 30 "... with its data" query "select n from t" 42
"$bin/matriarch" local clean --yes >/dev/null
same "clean removes everything" "" "$(ls -A "$state")"
