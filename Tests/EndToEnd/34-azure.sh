#!/usr/bin/env bash
# The Azure-compatible service, judged by Azure's own SDK, by rclone and by Barman; the identity of a pod, with and without a
# federated credential; the proxy; and a control plane that is killed in the middle of an upload.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/platform.sh"
tools=$("$(dirname "$0")/barman-tools") || exit 1
start 87
here=$(cd "$(dirname "$0")" && pwd)
ground=$(mktemp -d "${TMPDIR:-/tmp}/matriarch-azure.XXXXXX"); leftovers+=("$ground")
subject=system:serviceaccount:default:herd
judge() { # judge MODE ...: the SDK's checks, each a line of its own; all but those of the key as a pod makes them
  local verdict what detail lines as=(); [[ $1 == key ]] || as=(as_pod)
  lines=$("${as[@]}" timeout 300 "$tools/python" "$here/azure_client.py" "$@" 2>"$ground/errors") ||
    lines+=$'\n'"FAIL"$'\t'"the SDK comes to its end: $1"$'\t'"$(tail -n 5 "$ground/errors" | tr '\n\t' '  ')"
  while IFS=$'\t' read -r verdict what detail; do
    case $verdict in ok) ok "$what" ;; FAIL) bad "$what" "$detail" ;; esac
  done <<<"$lines"
}
# as_pod command...: with what a pod has: its identity, the proxy, the authorities.
as_pod() {
  env AZURE_CLIENT_ID="$AKS_UAMI_WORKLOAD_CLIENTID" AZURE_TENANT_ID="$MATRIARCH_AZURE_TENANT_ID" \
    AZURE_AUTHORITY_HOST="$MATRIARCH_AZURE_AUTHORITY_HOST" AZURE_FEDERATED_TOKEN_FILE="$ground/token" \
    HTTPS_PROXY="$MATRIARCH_AZURE_PROXY" NO_PROXY=localhost SSL_CERT_FILE="$MATRIARCH_AZURE_CA_BUNDLE" \
    REQUESTS_CA_BUNDLE="$MATRIARCH_AZURE_CA_BUNDLE" "$@"
}

# The account's key.
judge key
export RCLONE_CONFIG=/dev/null RCLONE_AZUREBLOB_ACCOUNT=$PG_PRIMARY_STORAGE_ACCOUNT_NAME
RCLONE_AZUREBLOB_KEY=$(sed 's/.*AccountKey=\([^;]*\);.*/\1/' <<<"$AZURE_STORAGE_CONNECTION_STRING"); export RCLONE_AZUREBLOB_KEY
endpoint=$(sed 's/.*BlobEndpoint=\([^;]*\);.*/\1/' <<<"$AZURE_STORAGE_CONNECTION_STRING")
mkdir -p "$ground/files/sub"; head -c 30000000 /dev/urandom >"$ground/files/big"; echo herd >"$ground/files/sub/a b+c.txt"
as_pod "$tools/rclone" copy "$ground/files" :azureblob:backups/rc 2>"$ground/errors" && ok "rclone copies through the proxy" || bad "rclone copies through the proxy" "$(cat "$ground/errors")"
as_pod "$tools/rclone" check --download "$ground/files" :azureblob:backups/rc 2>"$ground/errors" && ok "... every byte is there" || bad "... every byte is there" "$(cat "$ground/errors")"
same "... and by the emulator's form of address" "30000000 big" "$(RCLONE_AZUREBLOB_ENDPOINT=$endpoint "$tools/rclone" lsl :azureblob:backups/rc/big | awk '{print $1, $4}')"
same "matriarch local blobs: names, one a line" "rc/big rc/sub/a b+c.txt" "$(matriarch local blobs backups rc/ | paste -sd' ')"
same "... as JSON" 30000000 "$(matriarch local blobs backups rc/big -o json | jq '.[0].size')"
fails "... of a container that is not there" 'has no container "nothere". It has: backups' matriarch local blobs nothere
as_pod "$tools/rclone" purge :azureblob:backups/rc 2>/dev/null
same "rclone deletes" "" "$(matriarch local blobs backups rc/)"
wal=$ground/000000010000000000000001; head -c 16777216 /dev/urandom >"$wal"
barman() { "$tools/barman-cloud-$1" --cloud-provider azure-blob-storage "${@:3}" "$endpoint/backups" herd $2; }
barman check-wal-archive "" && ok "Barman: the archive is empty" || bad "Barman: the archive is empty"
barman wal-archive "$wal" --gzip && ok "... it archives a segment" || bad "... it archives a segment"
barman wal-restore "${wal##*/} $ground/restored" && cmp "$wal" "$ground/restored" && ok "... and gets it back" || bad "... and gets it back"

# The identity of a pod.
kubectl create serviceaccount herd >/dev/null
kubectl annotate serviceaccount herd azure.workload.identity/client-id="$AKS_UAMI_WORKLOAD_CLIENTID" >/dev/null
kubectl apply -f - >/dev/null <<END
apiVersion: v1
kind: Pod
metadata: {name: worker, labels: {azure.workload.identity/use: "true"}}
spec:
  serviceAccountName: herd
  terminationGracePeriodSeconds: 1
  initContainers: [{name: first, image: matriarch, command: [sh, -c, 'test -s \$AZURE_FEDERATED_TOKEN_FILE']}]
  containers:
  - {name: main, image: matriarch, command: [sleep, infinity]}
  - {name: own, image: matriarch, command: [sleep, infinity], env: [{name: https_proxy, value: 'http://127.0.0.1:9'}]}
END
within 60 "a pod with an identity runs, its init container had a token" kubectl wait --for=condition=Ready pod/worker --timeout=1s
kubectl exec worker -c main -- sh -c 'cat $AZURE_FEDERATED_TOKEN_FILE' >"$ground/token"
same "its variables" "$AKS_UAMI_WORKLOAD_CLIENTID $MATRIARCH_AZURE_TENANT_ID $MATRIARCH_AZURE_AUTHORITY_HOST" "$(kubectl exec worker -c main -- sh -c 'echo $AZURE_CLIENT_ID $AZURE_TENANT_ID $AZURE_AUTHORITY_HOST')"
same "a container with a proxy of its own keeps it" "http://127.0.0.1:9 " "$(kubectl exec worker -c own -- sh -c 'echo "$https_proxy $HTTPS_PROXY"')"
match "the pod trusts the account's certificate and is asked for a credential" 'HTTP/1.1 401|^401' "$(kubectl exec worker -c main -- curl -sS -o /dev/null -w '%{http_code}' "https://$PG_PRIMARY_STORAGE_ACCOUNT_NAME.blob.core.windows.net/backups?restype=container" 2>&1)"
judge untrusted 700213 "subject '$subject'"
matriarch local identity federate herd "$subject" --audience api://other >/dev/null
judge untrusted 700212 "audience 'api://AzureADTokenExchange'"
matriarch local identity federate herd "$subject" --issuer https://other >/dev/null 2>&1
judge untrusted 700211 "issuer 'https://127.87.0.1:6443'"
matriarch local identity federate herd "$subject" >/dev/null
same "the credential is listed" "herd $subject" "$(matriarch local identity list -o json | jq -r '.[] | "\(.name) \(.subject)"')"
judge identity
matriarch local identity unfederate herd >/dev/null
judge untrusted 700213 "subject '$subject'"
fails "a credential that is not there" 'There is no federated credential "herd". There is none at all' matriarch local identity unfederate herd
fails "a name that is none" 'its name must have 3 to 120 letters' matriarch local identity federate x "$subject"

# The proxy opens nothing.
for target in 127.0.0.1:6443 127.87.0.1:6443 localhost:22 '[::1]:22' 169.254.169.254:80 "$PG_PRIMARY_STORAGE_ACCOUNT_NAME.blob.core.windows.net:80"; do
  same "the proxy does not lead to $target" 403 "$(curl -gsS -o /dev/null -w '%{http_connect}' --max-time 10 --proxytunnel --proxy "$MATRIARCH_AZURE_PROXY" "http://$target/" 2>/dev/null)"
done

# The control plane is killed in the middle of an upload.
content() { find "$MATRIARCH_STATE/azure/content" -type f | wc -l; }
whole=$(sha256sum <"$ground/files/big")
as_pod "$tools/rclone" copyto "$ground/files/big" :azureblob:backups/whole 2>/dev/null
before=$(content)
"$tools/python" "$here/azure_client.py" endless >/dev/null 2>&1 & writer=$!
growing() { (($(content) > before)); }
within 30 "an upload is under way" growing
kill -9 "$(control_plane)"
wait "$writer"
"$bin/matriarch" local up >/dev/null 2>&1 || bad "the control plane comes up again"
same "after the kill there is no half blob" "whole" "$(matriarch local blobs backups | grep -E '^(whole|endless)')"
same "... its bytes are gone" "$before" "$(content)"
same "... and the finished blob is whole" "$whole" "$(as_pod "$tools/rclone" cat :azureblob:backups/whole | sha256sum)"
