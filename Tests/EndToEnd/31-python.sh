#!/usr/bin/env bash
# The Python client, which asks differently from kubectl.
. "$(dirname "$0")/lib.sh"
python=$("$(dirname "$0")/python-client") || exit 1
start 82
kubectl create namespace snake >/dev/null
while IFS=$'\t' read -r verdict what detail; do
  if [[ $verdict == ok ]]; then ok "$what"; else bad "$what" "${detail-}"; fi
done < <(timeout 300 "$python" "$(dirname "$0")/python_client.py" snake 2>"$MATRIARCH_STATE/python" || printf 'FAIL\tthe client comes to its end\t%s\n' "$(tail -n 5 "$MATRIARCH_STATE/python" | tr '\n\t' '  ')")
((passed > 0)) || bad "the client did something"
