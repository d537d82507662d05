#!/usr/bin/env bash
# Certificates: who gets in with which, renewal without a restart, the user's own.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clusters.sh"
start 75
namespace_ready
cluster tls 2 >/dev/null 2>&1
healthy 60 tls 2
work=$MATRIARCH_STATE/tls; mkdir "$work"
host=$(address tls-rw)
secret tls-ca ca.crt >"$work/ca.crt"
secret tls-replication tls.crt >"$work/replication.crt"
(umask 077; secret tls-replication tls.key >"$work/replication.key")
# connect 'parameters' [SQL]: to the -rw service, by its name at its address.
connect() { PGCONNECT_TIMEOUT=5 psql -XAtq "host=tls-rw.$ns hostaddr=$host $1" -c "${2:-select current_user}" 2>&1; }
app="user=app dbname=app password=$(secret tls-app password)"
replication="user=streaming_replica dbname=postgres"
certificate="sslcert=$work/replication.crt sslkey=$work/replication.key"

same "verify-full against the service's name, with the CA of the Secret" app "$(connect "$app sslmode=verify-full sslrootcert=$work/ca.crt")"
match "... not under another name" 'does not match host name' "$(PGCONNECT_TIMEOUT=5 psql -X "host=other.example.com hostaddr=$host $app sslmode=verify-full sslrootcert=$work/ca.crt" -c '' 2>&1)"
match "... not with TLS 1.2" 'protocol version|no protocols available|alert' "$(connect "$app sslmode=require ssl_max_protocol_version=TLSv1.2")"

# streaming_replica has no other way in than its certificate, not even with a password.
sql tls-1 postgres "alter role streaming_replica password 'guessed'"
same "streaming_replica gets in with its certificate" streaming_replica "$(connect "$replication sslmode=verify-ca sslrootcert=$work/ca.crt $certificate")"
match "... not with a password" 'requires a valid client certificate' "$(connect "$replication sslmode=require password=guessed")"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=streaming_replica -keyout "$work/forged.key" -out "$work/forged.crt" 2>/dev/null
match "... not with a certificate of the same name by somebody else" 'unknown ca|alert|SSL error|unable to verify' "$(connect "$replication sslmode=require sslcert=$work/forged.crt sslkey=$work/forged.key")"
match "... and with its own nobody gets in as somebody else" 'password authentication failed|no password supplied' "$(connect "user=app dbname=app sslmode=require $certificate" </dev/null)"
replicate() { PGCONNECT_TIMEOUT=5 psql -XAtq "host=tls-rw hostaddr=$host $replication replication=true $1" -c 'IDENTIFY_SYSTEM' 2>&1; }
match "replication with the certificate" '^[0-9]+\|1\|' "$(replicate "sslmode=require $certificate")"
match "... not without TLS" 'no pg_hba.conf entry for replication connection.*no encryption' "$(replicate "sslmode=disable password=guessed")"

# The status port.
pod=$(k get pod tls-1 -o jsonpath='{.status.podIP}')
status_port() { curl -sS --max-time 5 --cacert "$work/ca.crt" --connect-to "tls-rw:8000:$pod:8000" -w ' %{http_code}' "$@" 2>&1; }
match "/pg/status is open, and shows the cluster's certificate" '"isPrimary":true.* 200$' "$(status_port https://tls-rw:8000/pg/status)"
match "... /pg/controldata is not without a certificate" ' 401$' "$(status_port https://tls-rw:8000/pg/controldata)"
match "... nor with one that is not the operator's" ' 503$' "$(status_port --cert "$work/replication.crt" --key "$work/replication.key" https://tls-rw:8000/pg/controldata)"
match "... TLS 1.2 is refused" 'protocol version|alert' "$(status_port --tls-max 1.2 https://tls-rw:8000/pg/status)"

# Renewal. What postgres shows on the wire, at either port.
serial() { openssl s_client -starttls postgres -connect "$host:5432" </dev/null 2>/dev/null | openssl x509 -noout -serial; }
status_serial() { openssl s_client -connect "$pod:8000" </dev/null 2>/dev/null | openssl x509 -noout -serial; }
before=$(serial) running="$(started tls-1) $(started tls-2)"
k delete secret tls-server >/dev/null
within 30 "a deleted server certificate is made anew and shown" differs "$before" serial
within 30 "... on the status port too" differs "$before" status_serial
same "... by the same authority" app "$(connect "$app sslmode=verify-full sslrootcert=$work/ca.crt")"
same "... without a restart" "$running" "$(started tls-1) $(started tls-2)"

before=$(serial)
operator_settings CERTIFICATE_DURATION=200 EXPIRING_CHECK_THRESHOLD=100
within 40 "certificates near their end are renewed" differs "$before" serial
match "... for as long as the operator's settings say" "^(199|200)$" "$((($(date -d "$(openssl s_client -starttls postgres -connect "$host:5432" </dev/null 2>/dev/null | openssl x509 -noout -enddate | cut -d= -f2)" +%s) - $(date +%s)) / 86400))"
same "... whoever trusts the old authority still connects" app "$(connect "$app sslmode=verify-full sslrootcert=$work/ca.crt")"
secret tls-ca ca.crt >"$work/new-ca.crt"
differs "$(cat "$work/ca.crt")" cat "$work/new-ca.crt" && ok "... which has a new certificate itself" || bad "... which has a new certificate itself"
same "... and who trusts that" app "$(connect "$app sslmode=verify-full sslrootcert=$work/new-ca.crt")"
same "... without a restart" "$running" "$(started tls-1) $(started tls-2)"
match "... the ends are in the status" "^$(date -d '+199 days' +%Y-%m)|^$(date -d '+200 days' +%Y-%m)" "$(status tls 'certificates.expirations.tls-server')"
k delete pod tls-2 >/dev/null
healthy 60 tls 2 "... a standby connects with them"

# The user's own authority and server certificate.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=mine -keyout "$work/mine.key" -out "$work/mine.crt" 2>/dev/null
own_certificate() { # own_certificate SECRET: a new server certificate in it
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=own-rw -keyout "$work/own.key" -out "$work/own.csr" 2>/dev/null
  openssl x509 -req -in "$work/own.csr" -CA "$work/mine.crt" -CAkey "$work/mine.key" -CAcreateserial -days 20 -out "$work/own.crt" \
    -extfile <(echo "subjectAltName=DNS:own-rw,DNS:own-rw.$ns,DNS:db.example.com") 2>/dev/null
  k create secret tls "$1" --cert="$work/own.crt" --key="$work/own.key" --dry-run=client -o yaml | k apply -f - >/dev/null 2>&1
}
k create secret generic my-ca --from-file=ca.crt="$work/mine.crt" >/dev/null
own_certificate my-server
cluster own 2 '  certificates: {serverCASecret: my-ca, serverTLSSecret: my-server}' >/dev/null 2>&1
healthy 60 own 2 "a cluster with the user's authority and server certificate"
host=$(address own-rw) running=$(started own-1)
own() { PGCONNECT_TIMEOUT=5 psql -XAtq "host=db.example.com hostaddr=$host user=app dbname=app password=$(secret own-app password) sslmode=verify-full sslrootcert=$work/mine.crt" -c 'select current_user' 2>&1; }
same "... is verified in full against them" app "$(own)"
same "... none of its own beside it" "" "$(k get secret own-server --ignore-not-found -o name)"
before=$(serial)
own_certificate my-server
within 30 "... and shows the user's next one" differs "$before" serial
same "... without a restart" "$running app" "$(started own-1) $(own)"
match "... a Secret that is missing is named" 'my-other-ca.*does not exist' "$(cluster lost 1 '  certificates: {serverCASecret: my-other-ca}' 2>&1 >/dev/null; within 30 x says my-other-ca k get events --field-selector reason=SecretNotFound >/dev/null; k get events --field-selector reason=SecretNotFound)"
