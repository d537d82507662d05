#!/usr/bin/env bash
# The Python client, which asks differently from kubectl.
. "$(dirname "$0")/lib.sh"
start 82
tools=${MATRIARCH_TOOLS:-$( ((EUID == 0)) && echo /var/lib/matriarch/tools || echo "${XDG_STATE_HOME:-$HOME/.local/state}/matriarch/tools")}
venv=$tools/python-client
if ! "$venv/bin/python" -c 'import kubernetes, jwt, cryptography' 2>/dev/null; then
  mkdir -p "$tools"
  { rm -rf "$venv" && python3 -m venv "$venv" && "$venv/bin/pip" install --quiet 'kubernetes==37.*' 'pyjwt[crypto]==2.*'; } >"$MATRIARCH_STATE/pip" 2>&1 ||
    { bad "the Python client can be installed" "$(<"$MATRIARCH_STATE/pip")"; exit 1; }
fi
kubectl create namespace snake >/dev/null
while IFS=$'\t' read -r verdict what detail; do
  if [[ $verdict == ok ]]; then ok "$what"; else bad "$what" "${detail-}"; fi
done < <(timeout 120 "$venv/bin/python" "$(dirname "$0")/python_client.py" snake 2>"$MATRIARCH_STATE/python" || printf 'FAIL\tthe client comes to its end\t%s\n' "$(tail -n 5 "$MATRIARCH_STATE/python" | tr '\n\t' '  ')")
((passed > 0)) || bad "the client did something"
