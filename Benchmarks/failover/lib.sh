# Sourced by the systems' scripts. Each is called as SCRIPT VERB with BENCH (scratch directory), PGBIN (PostgreSQL's programs, the same
# for all) and PYTHON (one with psycopg and Patroni) in its environment:
#   up             starts it, returns when it is healthy         dsn     what a client connects to
#   healthy        whether all three are there and one takes writes
#   arm            notes who is primary, right before a trial     fault KIND    breaks that one
#   moved          whether another one is primary than was at `arm`
#   heal           undoes the fault, starts what nobody else does, returns when it is healthy
#   down           stops everything it has started, whatever state that is in
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
: "${BENCH:?}" "${PGBIN:?}" "${PYTHON:?}"

# PostgreSQL refuses root, so root becomes postgres for it.
as_postgres=() owner=$(id -un)
((EUID)) || { as_postgres=(setpriv --reuid postgres --regid postgres --init-groups) owner=postgres; }

# within SECONDS command...: polls until the command succeeds.
within() {
  local end=$((SECONDS + $1)); shift
  until "$@" >/dev/null 2>&1; do ((SECONDS < end)) || return 1; sleep 0.25; done
}
# What breaks the primary is known beforehand, only its backends are looked up when it happens. The time is when, by the wall.
family() { echo "$1 $(pgrep -P "$1" | xargs)"; }
struck() { date +%s.%N >"$work/struck"; }
