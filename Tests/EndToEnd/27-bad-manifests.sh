#!/usr/bin/env bash
# Bad manifests: each is refused, or answered with words that name the object, the field and the remedy; nothing else changes.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clusters.sh"
start 79
namespace_ready

# manifest NAME CHANGE: a small Cluster of that name with a JSON object merged into it.
manifest() {
  jq -nc --arg name "$1" --argjson change "$2" '{apiVersion: "postgresql.cnpg.io/v1", kind: "Cluster", metadata: {name: $name},
    spec: {instances: 3, storage: {size: "1Gi"}}} * $change'
}
# refused 'what' FIELD WORDS CHANGE: the Cluster "bad" with that change is refused in words about the field.
refused() {
  local out; out=$(manifest bad "$4" | k create -f - 2>&1) && { bad "$1" "it was accepted: $out"; return; }
  grep -qF '"bad"' <<<"$out" && grep -qF -- "$2" <<<"$out" && grep -qF -- "$3" <<<"$out" && ok "$1" ||
    bad "$1" "expected \"bad\", $2, $3
got: $out"
}
spec() { refused "$1" "spec.$2" "$3" "{\"spec\": $4}"; }
reason() { says "$1" status "$2" phaseReason; }
event() { says "$2" k get events --field-selector "involvedObject.name=$1"; }

# What cannot be read.
collection=/apis/postgresql.cnpg.io/v1/namespaces/$ns/clusters
text() { printf '%b' "$2" | k "$1" -f - 2>&1; }
raw() { printf '%s' "$1" >"$MATRIARCH_STATE/body"; kubectl create --raw "$collection" -f "$MATRIARCH_STATE/body" 2>&1; }
match "malformed YAML names the line" 'line [0-9]' "$(text create 'kind: Cluster\nmetadata: {name: bad\nspec: x')"
match "malformed JSON: the tool says so" 'error' "$(text create '{"kind": "Cluster", "metadata": {"name": "bad"')"
match "... and the server, asked without the tool" '(unexpected|invalid|expected|end of)' "$(raw '{"kind": "Cluster", "metadata": {"name": "bad"')"
match "... which an empty body does not upset" '.' "$(raw '')"
match "no object at all" '.' "$(raw '[]')"
match "a kind that does not exist" 'no matches for kind "Clutser"' "$(text create 'apiVersion: postgresql.cnpg.io/v1\nkind: Clutser\nmetadata: {name: bad}')"
match "an unknown field" 'unknown field "spec.instnaces"' "$(manifest bad '{"spec": {"instnaces": 3}}' | k create -f - 2>&1)"
match "... deep inside" 'unknown field "spec.storage.pvcTemplate.sise"' "$(manifest bad '{"spec": {"storage": {"pvcTemplate": {"sise": 1}}}}' | k create -f - 2>&1)"

# The schema.
spec "a text for a number" instances integer '{"instances": "three"}'
spec "a number for a text" storage.size string '{"storage": {"size": 5}}'
spec "a list for an object" postgresql object '{"postgresql": []}'
spec "numbers among the parameters" postgresql.parameters.max_connections string '{"postgresql": {"parameters": {"max_connections": 400}}}'
spec "no instance" instances 'greater than or equal to 1' '{"instances": 0}'
spec "more instances than can be counted" instances 'less than or equal to' '{"instances": 9223372036854775807}'
spec "a delay of ages" startDelay 'less than or equal to' '{"startDelay": 9223372036854775807}'
spec "a delay before time" stopDelay 'greater than or equal to 0' '{"stopDelay": -1}'
spec "a renewal of ages" primaryLease.renewDeadlineSeconds 'less than or equal to' '{"primaryLease": {"renewDeadlineSeconds": 9223372036854775807}}'
spec "an unknown level" logLevel 'supported values: "error"' '{"logLevel": "loud"}'
spec "a field that is required" 'tablespaces[0].storage' 'Required value' '{"tablespaces": [{"name": "t"}]}'
spec "a pattern" replicationSlots.highAvailability.slotPrefix 'should match' '{"replicationSlots": {"highAvailability": {"slotPrefix": "A-"}}}'
refused "an image and a catalog" spec 'imageName and imageCatalogRef are mutually exclusive' \
  '{"spec": {"imageName": "pg:15", "imageCatalogRef": {"apiGroup": "postgresql.cnpg.io", "kind": "ImageCatalog", "name": "c", "major": 15}}}'
spec "a locale of another provider" bootstrap.initdb 'only available when localeProvider is set to `icu`' '{"bootstrap": {"initdb": {"icuLocale": "de"}}}'

# The rules, one or two of each group.
spec "two ways to begin" bootstrap 'Only one bootstrap method' '{"bootstrap": {"initdb": {}, "recovery": {"backup": {"name": "b"}}}}'
spec "a segment size that is no power of two" bootstrap.initdb.walSegmentSize 'must be a power of 2' '{"bootstrap": {"initdb": {"walSegmentSize": 24}}}'
spec "two targets" bootstrap.recovery.recoveryTarget 'mutually exclusive' \
  '{"externalClusters": [{"name": "o", "plugin": {"name": "p"}}], "bootstrap": {"recovery": {"source": "o", "recoveryTarget": {"targetLSN": "0/1", "targetTime": "2024-02-29 00:00:00"}}}}'
spec "an import of two databases into one" bootstrap.initdb.import.databases 'a single database' \
  '{"bootstrap": {"initdb": {"import": {"type": "microservice", "databases": ["a", "b"], "source": {"externalCluster": "o"}}}}}'
long=a$(printf 'b%.0s' {1..50})
match "a name too long" "\"$long\".*metadata.name.*the maximum length of a cluster name is 50 characters" "$(manifest "$long" '{}' | k create -f - 2>&1)"
match "a name that is no label" '"1st".*metadata.name.*cluster name must be a valid DNS label' "$(manifest 1st '{}' | k create -f - 2>&1)"
spec "the tag latest" imageName "Can't use 'latest' as image tag" '{"imageName": "pg:latest"}'
spec "a variable of the operator's" 'postgresql.env[0].name' 'reserved for the operator' '{"env": [{"name": "PGDATA", "value": "/tmp"}]}'
spec "names for a certificate that is given" certificates.serveraltdnsnames "can't be defined" '{"certificates": {"serverCASecret": "a", "serverTLSSecret": "b", "serverAltDNSNames": ["c"]}}'
spec "as many synchronous standbys as instances" maxSyncReplicas 'must be lower than the number of instances' '{"maxSyncReplicas": 3}'
spec "both styles of synchronous replication" postgresql.synchronous "Can't have both" '{"maxSyncReplicas": 1, "postgresql": {"synchronous": {"method": "any", "number": 1}}}'
spec "a lease shorter than its renewal" primaryLease.leaseDurationSeconds 'must be greater than renewDeadlineSeconds' '{"primaryLease": {"leaseDurationSeconds": 5}}'
spec "a pattern that is none" replicationSlots.synchronizeReplicas.excludePatterns 'Invalid regexes' '{"replicationSlots": {"synchronizeReplicas": {"excludePatterns": ["("]}}}'
spec "a fixed parameter" postgresql.parameters.port "Can't set fixed configuration parameter" '{"postgresql": {"parameters": {"port": "5433"}}}'
spec "a parameter's name with a line break" postgresql.parameters 'must be a valid PostgreSQL configuration parameter name' '{"postgresql": {"parameters": {"a\nb": "1"}}}'
spec "a size that is none" postgresql.parameters.shared_buffers 'a whole number and one of the units' '{"postgresql": {"parameters": {"shared_buffers": "1Gi"}}}'
spec "a boolean that is none" postgresql.parameters.wal_log_hints 'Must be a postgres boolean' '{"postgresql": {"parameters": {"wal_log_hints": "perhaps"}}}'
spec "minimal WAL for standbys" postgresql.parameters.wal_level 'should be set at `logical` or `replica`' '{"postgresql": {"parameters": {"wal_level": "minimal"}}}'
spec "a line of pg_hba with an unknown set of pods" 'postgresql.pg_hba[0]' 'pod selector not found: y' '{"postgresql": {"pg_hba": ["host all all ${podselector:y} md5"]}}'
spec "LDAP without a server" postgresql.ldap 'ldap server cannot be empty' '{"postgresql": {"ldap": {"bindAsAuth": {}}}}'
spec "an extension's folder that climbs out" 'postgresql.extensions[0].bin_path[0]' 'must not escape' '{"postgresql": {"extensions": [{"name": "x", "image": {"reference": "i"}, "bin_path": ["../b"]}]}}'
spec "more memory than may be used" resources.requests.memory 'greater than the limit' '{"resources": {"requests": {"memory": "2Gi"}, "limits": {"memory": "1Gi"}}}'
spec "less memory than shared_buffers" resources.requests 'lower than PostgreSQL `shared_buffers`' '{"resources": {"requests": {"memory": "64Mi"}}, "postgresql": {"parameters": {"shared_buffers": "128MB"}}}'
spec "no size for the volume" storage.size 'Size not configured' '{"storage": {"size": ""}}'
spec "a size of no quantity" storage.size "Size value isn't valid" '{"storage": {"size": "big"}}'
spec "a tablespace of PostgreSQL's" 'tablespaces[0]' 'reserved for Postgres' '{"tablespaces": [{"name": "pg_x", "storage": {"size": "1Gi"}}]}'
spec "an external cluster that climbs out" 'externalClusters[0].name' 'path separator' '{"externalClusters": [{"name": "../x", "plugin": {"name": "p"}}]}'
spec "a replica of nothing" replicaCluster.primaryServerName 'External cluster s not found' '{"replica": {"source": "s", "enabled": true}}'
spec "a toleration that is none" 'affinity.toleration[0].effect' "must be 'NoExecute'" '{"affinity": {"tolerations": [{"key": "k", "tolerationSeconds": 1, "effect": "NoSchedule"}]}}'
spec "a node's label that is none" affinity.nodeSelector 'must consist of alphanumeric characters' '{"affinity": {"nodeSelector": {"a b": "c"}}}'
spec "no service to the primary" managed.services.disabledDefaultServices 'cannot be disabled' '{"managed": {"services": {"disabledDefaultServices": ["rw"]}}}'
spec "a service by the name of another" 'managed.services.additional[0]' 'reserved for operator use' '{"managed": {"services": {"additional": [{"selectorType": "rw", "serviceTemplate": {"metadata": {"name": "bad-rw"}}}]}}}'
spec "a role of PostgreSQL's" managed.roles 'reserved for operator use' '{"managed": {"roles": [{"name": "pg_x"}]}}'
spec "an object store without credentials" backup.barmanObjectStore 'missing credentials' '{"backup": {"barmanObjectStore": {"destinationPath": "s3://b"}}}'
spec "two archivers" plugins 'more than one WAL archiver' '{"plugins": [{"name": "a", "isWALArchiver": true}, {"name": "b", "isWALArchiver": true}]}'
refused "a hibernation that is neither on nor off" metadata.annotations.cnpg.io/hibernation 'should be "on" or "off"' '{"metadata": {"annotations": {"cnpg.io/hibernation": "deep"}}}'
refused "a patch that fits no pod" metadata.annotations.cnpg.io/podPatch "doesn't apply cleanly" '{"metadata": {"annotations": {"cnpg.io/podPatch": "[{\"op\": \"remove\", \"path\": \"/spec/nothing\"}]"}}}'
out=$(manifest bad '{"spec": {"maxSyncReplicas": 3, "logLevel": "info", "imagePullPolicy": "Sometimes", "storage": {"size": "big"}}}' | k create -f - 2>&1)
same "all that is wrong is said at once" 3 "$(grep -oE 'spec\.(maxSyncReplicas|imagePullPolicy|storage\.size)' <<<"$out" | sort -u | wc -l)"

# Other kinds.
other() { # other 'what' KIND PATTERN SPEC
  match "$1" "$3" "$(jq -nc --arg kind "$2" --argjson spec "$4" '{apiVersion: "postgresql.cnpg.io/v1", kind: $kind, metadata: {name: "bad"}, spec: $spec}' | k create -f - 2>&1)"
}
other "a Backup of no method" Backup '"bad".*spec.pluginConfiguration.*cannot be empty' '{"cluster": {"name": "c"}, "method": "plugin"}'
other "a schedule that is none" ScheduledBackup '"bad".*spec.schedule' '{"cluster": {"name": "c"}, "schedule": "0 0 25 * * *"}'
other "a Pooler with a parameter of the operator's" Pooler '"bad".*Invalid or reserved parameter' '{"cluster": {"name": "c"}, "pgbouncer": {"parameters": {"listen_port": "1"}}}'
other "a Database named postgres" Database '"bad".*the name postgres is reserved' '{"cluster": {"name": "c"}, "name": "postgres", "owner": "o"}'
other "a DatabaseRole of PostgreSQL's" DatabaseRole '"bad".*reserved by PostgreSQL' '{"cluster": {"name": "c"}, "name": "pg_x"}'
other "a Publication of everything and something" Publication '"bad".*mutually exclusive' '{"cluster": {"name": "c"}, "dbname": "d", "name": "n", "target": {"allTables": true, "objects": [{"tablesInSchema": "s"}]}}'
other "a catalog with a major twice" ImageCatalog '"bad".*unique major versions' '{"images": [{"image": "a", "major": 15}, {"image": "b", "major": 15}]}'
same "none of all that exists" "" "$(k get clusters,backups,scheduledbackups,poolers,databases,databaseroles,publications,imagecatalogs,pods,pvc,services -o name 2>&1 | grep -v '^No resources')"

# Accepted, and nothing comes of it: a warning says so.
dry() { k create --dry-run=server -f - 2>&1; }
out=$(manifest warned '{"metadata": {"annotations": {"cnpg.io/hibernation": "on"}}, "spec": {"tablespaces": [{"name": "t", "storage": {"size": "1Gi"}}],
  "failoverDelay": 5, "backup": {"volumeSnapshot": {}}, "plugins": [{"name": "p"}], "externalClusters": [{"name": "o", "plugin": {"name": "p"}}],
  "postgresql": {"promotionTimeout": 5}, "managed": {"roles": [{"name": "r"}]}}}' | dry)
for field in 'annotation cnpg.io/hibernation' spec.tablespaces spec.backup.volumeSnapshot spec.plugins 'spec.externalClusters beyond the source of spec.bootstrap' spec.postgresql.promotionTimeout spec.managed.roles; do
  match "a warning for $field" "Warning: $field is accepted but not acted on yet: " "$out"
done
kind() { # kind KIND SPEC
  local namespace; [[ $1 == Cluster* ]] && namespace="" || namespace=$ns
  match "a warning for the kind $1" "Warning: $1 objects are accepted but not acted on yet: " "$(jq -nc --arg kind "$1" --arg ns "$namespace" --argjson spec "$2" \
    '{apiVersion: "postgresql.cnpg.io/v1", kind: $kind, metadata: {name: "kind"}, spec: $spec}' | dry)"
}
match "a warning for a Backup by a method that does not exist yet" 'Warning: spec.method plugin is accepted but not acted on yet' \
  "$(jq -nc '{apiVersion: "postgresql.cnpg.io/v1", kind: "Backup", metadata: {name: "kind"}, spec: {cluster: {name: "c"}, method: "plugin", pluginConfiguration: {name: "p"}}}' | dry)"
kind Pooler '{"cluster": {"name": "c"}, "pgbouncer": {}}'
kind Database '{"cluster": {"name": "c"}, "name": "d", "owner": "o"}'
kind DatabaseRole '{"cluster": {"name": "c"}, "name": "r"}'
kind Publication '{"cluster": {"name": "c"}, "dbname": "d", "name": "n", "target": {"allTables": true}}'
kind Subscription '{"cluster": {"name": "c"}, "dbname": "d", "name": "n", "externalClusterName": "o", "publicationName": "p"}'
kind ImageCatalog '{"images": [{"image": "pg:15", "major": 15}]}'
kind ClusterImageCatalog '{"images": [{"image": "pg:15", "major": 15}]}'

# What only the world can refuse. All at the same time, as each takes a while.
make() { manifest "$1" "$2" | k create -f - >/dev/null 2>&1 || bad "Cluster $1 is accepted"; }
k create service clusterip taken-rw --tcp=5432:5432 >/dev/null
k create secret generic held-ca --from-literal=mine=yes >/dev/null
make good '{"spec": {"instances": 2, "minSyncReplicas": 1, "maxSyncReplicas": 1}}'
make taken '{"spec": {"instances": 1}}'
make held '{"spec": {"instances": 1}}'
make nowhere '{"spec": {"instances": 1, "affinity": {"nodeSelector": {"planet": "mars"}}}}'
make nopod '{"metadata": {"annotations": {"cnpg.io/podPatch": "[{\"op\": \"add\", \"path\": \"/spec/restartPolicy\", \"value\": \"Sometimes\"}]"}}, "spec": {"instances": 1}}'
make noclass '{"spec": {"instances": 1, "storage": {"storageClass": "unobtainium"}}}'
make nosuper '{"spec": {"instances": 1, "enableSuperuserAccess": true, "superuserSecret": {"name": "not-there"}}}'
make noca '{"spec": {"instances": 1, "certificates": {"clientCASecret": "not-there-either"}}}'
make noaccount '{"spec": {"instances": 1, "serviceAccountName": "nobody"}}'
make noapp '{"spec": {"instances": 1, "bootstrap": {"initdb": {"database": "d", "owner": "o", "secret": {"name": "nor-this"}}}}}'

within 30 "a Service of somebody else's: the cluster says so" reason 'refusing to reconcile service: taken-rw, not owned by the cluster.*rename or delete' taken
same "... in the contract's phase" "Unable to create required cluster objects" "$(status taken phase)"
within 30 "... in an event too" event taken 'ReconciliationFailed.*taken-rw'
same "... the Service is as it was" '{"app":"taken-rw"} ' "$(k get service taken-rw -o jsonpath='{.spec.selector} {.metadata.ownerReferences}')"
within 30 "a Secret of somebody else's: the cluster says so" reason 'refusing to reconcile secret: held-ca, not owned' held
same "... the Secret is as it was" "mine " "$(k get secret held-ca -o json | jq -r '"\(.data | keys | join(" ")) \(.metadata.ownerReferences // "")"')"
within 30 "a node that does not exist: the cluster says so" reason 'Instance nowhere-1 finds no node: .*(selector|affinity)' nowhere
within 30 "a pod that the API server refuses: the cluster says so" reason 'creating instance nopod-1: .*spec.restartPolicy.*Sometimes' nopod
within 30 "... in an event too" event nopod 'ReconciliationFailed.*spec.restartPolicy'
within 30 "a missing superuser's Secret: an event names it" event nosuper 'SecretNotFound.*Getting secret not-there: .*spec.superuserSecret.*create it'
within 30 "a missing authority: an event names it" event noca 'SecretNotFound.*Getting secret not-there-either: .*spec.certificates.*create it'
within 30 "... so does the cluster" reason 'not-there-either' noca
within 30 "a missing ServiceAccount: an event names it" event noaccount 'ServiceAccountNotFound.*nobody.*create it'
within 30 "a missing application's Secret: the cluster says so" says 'nor-this.*Create it' k get cluster noapp -o jsonpath='{.status.conditions[*].message}'
within 30 "a missing StorageClass: the cluster says so" reason 'Volume noclass-1 waits for StorageClass unobtainium' noclass
same "what goes on holding is said once" 1 "$(k get events --field-selector involvedObject.name=nosuper,reason=SecretNotFound -o jsonpath='{.items[*].count}')"

# Mended, they come up.
k delete cluster held nosuper noca noaccount noapp noclass --wait=false >/dev/null
k delete service taken-rw >/dev/null
k patch cluster nowhere --type json -p '[{"op": "remove", "path": "/spec/affinity/nodeSelector"}]' >/dev/null
k annotate cluster nopod cnpg.io/podPatch- >/dev/null
healthy 60 taken 1 "the Service deleted: the cluster comes up"
healthy 60 nowhere 1 "any node allowed: the cluster comes up"
healthy 60 nopod 1 "a pod as it should be: the cluster comes up"
within 30 "a deleted Cluster leaves alone what was not its own" gone cluster held
match "... such as the Secret" held-ca "$(k get secret held-ca -o name)"

# Changes that are refused, on a cluster that runs.
healthy 60 good 2
before=$(k get cluster good -o jsonpath='{.metadata.generation}')
change() { match "$1" "\"good\".*$2" "$(k patch cluster good --type merge -p "{\"spec\": $3}" 2>&1)"; }
change "a smaller volume" "spec.storage: .*can't shrink existing storage from 1Gi to 512Mi" '{"storage": {"size": "512Mi"}}'
change "another user" 'spec.postgresUID: .*UID is an immutable field' '{"postgresUID": 27}'
change "another prefix of slots" 'Cannot change replication slot prefix' '{"replicationSlots": {"highAvailability": {"slotPrefix": "x_"}}}'
change "minimal WAL" 'wal_level' '{"postgresql": {"parameters": {"wal_level": "minimal"}}}'
same "... none of them is made" "$before" "$(k get cluster good -o jsonpath='{.metadata.generation}')"
k scale cluster good --replicas 1 >/dev/null
within 30 "scaled below what synchronous replication needs: it goes back" says '^2$' k get cluster good -o jsonpath='{.spec.instances}'
within 30 "... and an event says why" event good 'NoScaleDown.*maxSyncReplicas'
same "... no instance is lost" "good-1 good-2" "$(k get pods -l cnpg.io/cluster=good -o jsonpath='{.items[*].metadata.name}')"

# Without webhooks, the operator does it all itself.
for kind in mutating validating; do
  kubectl get ${kind}webhookconfiguration cnpg-$kind-webhook-configuration -o json |
    jq 'del(.metadata.resourceVersion, .metadata.uid, .metadata.managedFields) | del(.webhooks[].clientConfig.caBundle)' >"$MATRIARCH_STATE/$kind.json"
  kubectl delete ${kind}webhookconfiguration cnpg-$kind-webhook-configuration >/dev/null
done
make invalid '{"spec": {"postgresql": {"parameters": {"primary_conninfo": "password=hunter2"}}}}'
make plain '{"spec": {"instances": 1, "tablespaces": [{"name": "t", "storage": {"size": "1Gi"}}]}}'
within 30 "no webhook, a bad Cluster: the operator refuses it" says '^Invalid cluster definition$' status invalid phase
match "... naming the field" 'the resource failed admission validation on: spec.postgresql.parameters.primary_conninfo' "$(status invalid phaseReason)"
within 30 "... and the reason in its log" says 'primary_conninfo.*fixed configuration parameter' kubectl logs -n cnpg-system deployment/cnpg-controller-manager
same "... but no value anywhere" "" "$({ k get cluster invalid -o jsonpath='{.status}'; k get events; kubectl logs -n cnpg-system deployment/cnpg-controller-manager; } | grep hunter2)"
same "... and nothing is made" "" "$(k get pods,pvc,services -l cnpg.io/cluster=invalid -o name)"
healthy 60 plain 1 "a good Cluster gets its defaults from the operator"
same "... such as its database" app "$(k get cluster plain -o jsonpath='{.spec.bootstrap.initdb.database}')"
within 30 "... and its warnings as events" event plain 'AdmissionWarning.*spec.tablespaces is accepted but not acted on yet'
kubectl create -f "$MATRIARCH_STATE/mutating.json" -f "$MATRIARCH_STATE/validating.json" >/dev/null
asked() { says 'maxSyncReplicas must be lower' eval "manifest bad '{\"spec\": {\"maxSyncReplicas\": 3}}' | k create --dry-run=server -f - || true"; }
within 30 "webhooks made anew, without an authority: the operator gives them its own" asked
same "the operator did not fall over any of this" 0 "$(kubectl get pods -n cnpg-system -o jsonpath='{.items[*].status.containerStatuses[*].restartCount}')"
