#!/usr/bin/env bash
# Passwords are those of the Secrets, a few seconds after they change.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clusters.sh"
start 76
namespace_ready
own='  bootstrap: {initdb: {database: appdb, owner: app, secret: {name: db-user-pass}}}'
cluster pass 1 "$own" >/dev/null 2>&1
login() { PGCONNECT_TIMEOUT=5 PGPASSWORD=$2 psql -XAtq "host=$(address pass-rw) user=$1 dbname=${3:-appdb} sslmode=require" -c 'select current_user' 2>&1; }
accepts() { [[ $(login "$@" | tee /dev/stderr) == "$1" ]]; }
refuses() { grep -q 'password authentication failed' <<<"$(login "$@" | tee /dev/stderr)"; }
put() { k create secret generic db-user-pass --type kubernetes.io/basic-auth --from-literal=username="$1" --from-literal=password="$2" --dry-run=client -o yaml | k apply -f - >/dev/null 2>&1; }
why() { k get cluster pass -o json | jq -r '.status | .phaseReason, (.conditions[]? | select(.status == "False") | .message)'; }

# The application's Secret is missing, then wrong, then right.
within 30 "a missing Secret: the cluster says which, and what to do" says 'Secret db-user-pass with the password of app does not exist. Create it' why
within 30 "... an event does too" says 'Secret db-user-pass' k get events --field-selector involvedObject.name=pass,reason=SecretNotFound
same "... and nothing restarts" 0 "$(restarts pass-1)"
put somebody secret-zero
within 30 "a wrong user name in it: the contract's words" says "wrong username 'somebody' in secret, expected 'app'" why
put app secret-one
healthy 60 pass 1 "the right Secret: the cluster comes up"
within 30 "... and its password works" accepts app secret-one
within 30 "... and no complaint stays" eval '! why | grep -q Secret'

# It changes.
before=$(started pass-1)
put app secret-two
within 30 "a changed password works" accepts app secret-two
refuses app secret-one >/dev/null 2>&1 && ok "... the old one does not" || bad "... the old one does not"
same "... without a restart" "$before" "$(started pass-1)"
same "... no password is in any log" "" "$(k logs pass-1 -c postgres | grep -E 'secret-(zero|one|two)|SCRAM-SHA-256\$')"

# The superuser.
same "no superuser's password by default" "f|" "$(sql pass-1 postgres "select rolpassword is not null from pg_authid where rolname = 'postgres'")|$(k get secret pass-superuser --ignore-not-found -o name)"
patch pass '{"spec": {"enableSuperuserAccess": true}}'
super() { accepts postgres "$(secret pass-superuser password)" postgres; }
within 30 "enableSuperuserAccess: the superuser logs in with the generated Secret" super
password=$(secret pass-superuser password)
patch pass '{"spec": {"enableSuperuserAccess": false}}'
within 30 "... off again: he does not" refuses postgres "$password" postgres
within 30 "... and the Secret is gone" gone secret pass-superuser

# The generated Secret.
cluster gen 1 >/dev/null 2>&1
healthy 60 gen 1
same "the generated Secret has the contract's keys" "dbname fqdn-jdbc-uri fqdn-uri host jdbc-uri password pgpass port uri user username" \
  "$(k get secret gen-app -o json | jq -r '.data | keys | join(" ")')"
match "... a password of 64 letters and digits" '^[A-Za-z0-9]{64}$' "$(secret gen-app password)"
same "... for the application's user and database" "app app app" "$(secret gen-app username) $(secret gen-app user) $(secret gen-app dbname)"
# Names of services are known inside pods.
same "... its uri works" "app app" "$(k exec gen-1 -c postgres -- psql -XAtq "$(secret gen-app uri)" -c "select current_user || ' ' || current_database()" 2>&1)"
same "... its fqdn-uri too" "app app" "$(k exec gen-1 -c postgres -- psql -XAtq "$(secret gen-app fqdn-uri)" -c "select current_user || ' ' || current_database()" 2>&1)"
