#!/usr/bin/env bash
# What people do with kubectl, with the real one.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/platform.sh"
start 81
kubectl create namespace shop >/dev/null
k() { timeout 60 kubectl --namespace shop "$@"; }
none() { [[ -z $(k get "$@" -o name | tee /dev/stderr) ]]; }
text() { k get "$1" "$2" -o "jsonpath=$3"; }
scratch=$MATRIARCH_STATE/scratch; mkdir -p "$scratch"
# An instance with its Role, for what comes later; it starts meanwhile.
small_cluster db 1 | k apply -f - >/dev/null || bad "a small cluster is accepted"

# Discovery.
match "api-resources knows short names and kinds" '^deployments +deploy +apps/v1 +true +Deployment' "$(k api-resources)"
match "... of the operator, too" '^clusters +.*postgresql.cnpg.io/v1 +true +Cluster' "$(k api-resources --api-group=postgresql.cnpg.io)"
match "... and tells what has no namespace" '^nodes$' "$(k api-resources --namespaced=false -o name)"
match "explain says what a field is" 'maxSurge' "$(k explain deployment.spec.strategy.rollingUpdate)"
match "... of a custom resource, too" 'instances' "$(k explain cluster.spec)"
fails "... and that there is none" 'field "nothing" does not exist' k explain deployment.spec.nothing

# Apply and diff.
map() { printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: "%s"}\n' "$1"; }
same "apply creates" "configmap/settings created" "$(map 1 | k apply -f -)"
same "... and changes nothing the second time" "configmap/settings unchanged" "$(map 1 | k apply -f -)"
map 1 | k diff -f - >/dev/null; same "diff of the same finds nothing" 0 $?
difference=$(map 2 | k diff -f -); same "diff of something else finds it" 1 $?
match "... and shows it" '^\+ +a: "2"' "$difference"
match "... by server-side apply, too" '^\+ +a: "3"' "$(map 3 | k diff --server-side --force-conflicts -f -)"
same "... and writes nothing" 1 "$(text configmap settings '{.data.a}')"
map 2 >"$scratch/map"
fails "server-side apply names the owner of a field" 'conflict with "kubectl-client-side-apply"' k apply --server-side --field-manager=other -f "$scratch/map"
same "... and takes it where told to" "configmap/settings serverside-applied" \
  "$(k apply --server-side --field-manager=other --force-conflicts -f "$scratch/map")"
match "... which is on record" 'manager: other' "$(k get configmap settings -o yaml --show-managed-fields)"

# A Deployment's life, watched.
timeout 60 kubectl --namespace shop get pods -l app=web -w --output-watch-events >"$scratch/watch" 2>&1 &
watch=$!
sleeper 2 web >"$scratch/web.yaml"; k apply -f "$scratch/web.yaml" >/dev/null
match "rollout status waits for the end" 'successfully rolled out' "$(k rollout status deployment/web --timeout=30s)"
match "wait sees a condition" 'condition met' "$(k wait --for=condition=Available deployment/web --timeout=30s)"
pod=$(k get pods -l app=web -o jsonpath='{.items[0].metadata.name}')
match "describe shows a pod's state and its events" 'Scheduled .*Successfully assigned shop/' "$(k describe pod "$pod")"
match "... and a deployment's" 'ScalingReplicaSet' "$(k describe deployment web)"
match "... and a node's" 'topology.kubernetes.io/zone' "$(k describe nodes)"
node=$(text pod "$pod" '{.spec.nodeName}')
match "pods can be selected by node and phase" "^pod/$pod\$" "$(k get pods --field-selector "spec.nodeName=$node,status.phase=Running" -o name)"
same "... and not by others" "" "$(k get pods --field-selector "spec.nodeName=$node,status.phase=Failed" -o name)"
fails "... nor by fields that nobody keeps" 'field label not supported' k get pods --field-selector spec.hostname=x

k set env deployment/web V=2 >/dev/null
k rollout status deployment/web --timeout=30s >/dev/null
match "rollout history counts revisions" '^2 ' "$(k rollout history deployment/web)"
k rollout undo deployment/web >/dev/null
match "rollout undo goes back" 'successfully rolled out' "$(k rollout status deployment/web --timeout=30s)"
same "... to what was before" "" "$(text deployment web '{.spec.template.spec.containers[0].env}')"
uids() { k get pods -l app=web --field-selector status.phase=Running -o jsonpath='{.items[*].metadata.uid}'; }
before=$(uids)
k rollout restart deployment/web >/dev/null
k rollout status deployment/web --timeout=30s >/dev/null
[[ $(uids) != "$before" ]]; same "rollout restart makes new pods" 0 $?
fails "scale refuses a wrong premise" 'Expected replicas to be 7' k scale deployment/web --current-replicas=7 --replicas=3
same "scale scales" "deployment.apps/web scaled" "$(k scale deployment/web --replicas=3)"
k rollout status deployment/web --timeout=30s >/dev/null
same "... up to three" 3 "$(text deployment web '{.status.readyReplicas}')"
# All of it takes little more than the second that a pod has for its end.
within 10 "the first pods are gone" grep -q '^DELETED' "$scratch/watch"
kill "$watch" 2>/dev/null; wait "$watch" 2>/dev/null
for event in ADDED MODIFIED DELETED; do match "get -w saw pods $event" "^$event +web-" "$(<"$scratch/watch")"; done

# In a pod that stays: one on its way out still counts as running.
pod=$(k get pods -l app=web -o json | jq -r '[.items[] | select(.metadata.deletionTimestamp == null)][0].metadata.name')
same "exec passes standard input on" "in and out" "$(echo "in and out" | k exec -i "$pod" -- cat)"
k exec "$pod" -- bash -c 'exit 7' >/dev/null 2>&1; same "... and the exit code back" 7 $?
match "... on a terminal, too" '/dev/pts/' "$(script -qec "kubectl -n shop exec -it $pod -- tty" /dev/null </dev/null | tr -d '\r')"
head -c 3000000 /dev/urandom >"$scratch/there"
k cp "$scratch/there" "$pod:/tmp/file" >/dev/null 2>&1 && k cp "$pod:/tmp/file" "$scratch/back" >/dev/null 2>&1
cmp "$scratch/there" "$scratch/back" >/dev/null 2>&1; same "cp carries three megabytes there and back" 0 $?

# Ten follow one log. It speaks on once all of them have heard the beginning.
k run talker --image=matriarch --restart=Never --command -- bash -c \
  'echo "line 1"; until [[ -e /tmp/go-on ]]; do sleep 0.1; done; for i in $(seq 2 20); do echo "line $i"; sleep 0.1; done' >/dev/null
k wait --for=jsonpath='{.status.phase}'=Running pod/talker --timeout=50s >/dev/null
for follower in {1..10}; do k logs -f talker >"$scratch/log.$follower" 2>&1 & followers[follower]=$!; done
listening() { (($(grep -l '^line 1$' "$scratch"/log.* | wc -l) == 10)); }
within 30 "ten follow one log" listening
k exec talker -- touch /tmp/go-on
wait "${followers[@]}"
expected=$(seq -f 'line %g' 20)
for follower in {1..10}; do [[ $(<"$scratch/log.$follower") == "$expected" ]] || bad "follower $follower heard it all" "$(<"$scratch/log.$follower")"; done
same "... and each hears it to its end" 10 "$(grep -l '^line 20$' "$scratch"/log.* | wc -l)"
same "... and --tail the end of it" "line 20" "$(k logs talker --tail=1)"

# Through the API server into a pod.
k apply -f - >/dev/null <<'YAML'
apiVersion: v1
kind: Pod
metadata: {name: server}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: main
    image: matriarch
    ports: [{name: web, containerPort: 8080}]
    env: [{name: POD_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]
    command: [perl, -MIO::Socket::INET, -e]
    args:
    - |
      $s = IO::Socket::INET->new(LocalAddr => $ENV{POD_IP}, LocalPort => 8080, Listen => 5, ReuseAddr => 1) or die $!;
      while ($c = $s->accept) {
        $l = <$c>; while (<$c>) { last if /^\r$/ }
        print $c "HTTP/1.0 200 OK\r\nContent-Length: ", length $l, "\r\n\r\n$l"; close $c;
      }
YAML
k wait --for=condition=Ready pod/server --timeout=50s >/dev/null
for target in server server:8080 server:web http:server:8080; do
  within 20 "get --raw reaches a pod by its proxy ($target)" k get --raw "/api/v1/namespaces/shop/pods/$target/proxy/"
done
match "... with path and query as they were sent" '^GET /a/b\?c=d HTTP' "$(k get --raw '/api/v1/namespaces/shop/pods/server/proxy/a/b?c=d')"
issuer=$(kubectl get --raw /.well-known/openid-configuration | jq -r '.issuer, .jwks_uri')
match "the OIDC discovery document names the issuer" '^https://127\.81\.0\.1:6443$' "$issuer"
match "... and where its keys are" '/openid/v1/jwks$' "$issuer"
match "... which are there" '"(RSA|EC)"' "$(kubectl get --raw /openid/v1/jwks | jq -c '.keys[].kty')"

# Cordon and drain.
k apply -f - >/dev/null <<'YAML'
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {minAvailable: 3, selector: {matchLabels: {app: web}}}
YAML
node=$(k get pods -l app=web -o jsonpath='{.items[0].spec.nodeName}')
on_node() { k get pods -l app=web --field-selector "spec.nodeName=$node" -o jsonpath='{range .items[*]}{.metadata.uid} {.metadata.deletionTimestamp}{"\n"}{end}'; }
budget() { [[ $(text pdb web '{.status.disruptionsAllowed}' | tee /dev/stderr) == "$1" ]]; }
drain() { timeout 60 kubectl drain "$node" --ignore-daemonsets --delete-emptydir-data --pod-selector app=web "$@"; }
kubectl cordon "$node" >/dev/null
match "cordon keeps a node from new pods" "^$node +Ready,SchedulingDisabled" "$(kubectl get nodes)"
within 30 "a budget of three among three allows nothing" budget 0
pods=$(on_node)
fails "drain waits in vain for a budget that allows nothing" "would violate the pod's disruption budget" drain --timeout=6s
k patch pdb web --type merge -p '{"spec": {"minAvailable": 2}}' >/dev/null
within 30 "a budget of two among three allows one" budget 1
match "drain --dry-run=server says what it would do" 'evict' "$(drain --dry-run=server 2>&1)"
same "... and does not" "$pods" "$(on_node)"
budget 1 2>/dev/null; same "... nor counts it against the budget" 0 $?
match "drain moves what may go" 'drained' "$(drain --timeout=50s 2>&1)"
same "... all of it" "" "$(on_node)"
k rollout status deployment/web --timeout=30s >/dev/null
same "... to other nodes" 3 "$(k get pods -l app=web --field-selector "spec.nodeName!=$node,status.phase=Running" -o json | jq '[.items[] | select(.metadata.deletionTimestamp == null)] | length')"
kubectl uncordon "$node" >/dev/null
match "uncordon takes the node back" "^$node +Ready " "$(kubectl get nodes)"

# Rights: what an instance's Role says, and nothing else.
within 30 "the instance has its account and its Role" k get serviceaccount/db role/db
as=(--as=system:serviceaccount:shop:db)
can() { same "an instance may $*: $expect" "$expect" "$(k auth can-i "$@" "${as[@]}" 2>/dev/null)"; }
expect=yes
can get clusters.postgresql.cnpg.io/db
can watch clusters.postgresql.cnpg.io/db
can patch clusters.postgresql.cnpg.io/db --subresource=status
can get secrets/db-app
can update leases.coordination.k8s.io/db
can create events
expect=no
can get secrets
can get secrets/other
can patch clusters.postgresql.cnpg.io/db
can get clusters.postgresql.cnpg.io/other
can delete pods
can create pods --subresource=exec
can list nodes
match "auth can-i --list shows the rules" '^clusters.postgresql.cnpg.io/status ' "$(k auth can-i --list "${as[@]}")"
token=$(k create token db) server=$(kubectl config view --minify -o jsonpath='{.clusters[0].cluster.server}')
kubectl config view --raw --minify -o jsonpath='{.clusters[0].cluster.certificate-authority-data}' | base64 -d >"$scratch/ca"
kubectl config set-cluster own --kubeconfig="$scratch/own" --server="$server" --certificate-authority="$scratch/ca" >/dev/null
kubectl config set-credentials own --kubeconfig="$scratch/own" --token="$token" >/dev/null
kubectl config set-context own --kubeconfig="$scratch/own" --cluster=own --user=own --namespace=shop >/dev/null
own() { timeout 20 kubectl --kubeconfig="$scratch/own" --context=own "$@"; }
same "its token says who it is" "system:serviceaccount:shop:db" "$(own auth whoami -o jsonpath='{.status.userInfo.username}')"
same "... reads what it may" db "$(own get cluster db -o jsonpath='{.metadata.name}')"
fails "... and nothing else" 'cannot list resource "secrets" in API group "" in the namespace "shop"' own get secrets
fails "... nor what is another's" 'secrets "other" is forbidden' own get secret other
fails "... nor writes" 'cannot patch resource "clusters"' own patch cluster db --type merge -p '{"spec": {"instances": 2}}'

# Deletion of owners.
replicas=$(k get replicasets -l app=web -o jsonpath='{.items[?(@.spec.replicas>0)].metadata.name}')
k delete deployment web --cascade=orphan >/dev/null
owners() { [[ -z $(text replicaset "$replicas" '{.metadata.ownerReferences}' | tee /dev/stderr) ]]; }
within 30 "delete --cascade=orphan sets the dependents free" owners
same "... which go on" 3 "$(k get pods -l app=web --field-selector status.phase=Running -o name | wc -l)"
k delete replicasets -l app=web --cascade=foreground --timeout=50s >/dev/null
same "delete --cascade=foreground returns when the dependents are gone" "" "$(k get pods -l app=web -o name)"
sleeper 1 web | k apply -f - >/dev/null; k rollout status deployment/web --timeout=30s >/dev/null
k delete deployment web >/dev/null
within 60 "a deleted owner takes its dependents with it" none pods,replicasets -l app=web
k delete pod server --wait=false >/dev/null
k wait --for=delete pod/server --timeout=50s >/dev/null 2>&1; same "wait sees a deletion" 0 $?
fails "... after which there is nothing" 'pods "server" not found' k get pod server

# Namespaces.
kubectl create namespace brief >/dev/null
kubectl -n brief create configmap held --from-literal=a=b >/dev/null
kubectl -n brief patch configmap held --type merge -p '{"metadata": {"finalizers": ["example.com/hold"]}}' >/dev/null
kubectl delete namespace brief --wait=false >/dev/null
match "a namespace being deleted says so" '^brief +Terminating' "$(kubectl get namespaces)"
fails "... and takes nothing new" 'because it is being terminated' kubectl -n brief create configmap late --from-literal=a=b
kubectl -n brief patch configmap held --type merge -p '{"metadata": {"finalizers": null}}' >/dev/null
vanished() { ! kubectl get namespace brief 2>/dev/null; }
within 60 "... and goes when nothing holds it" vanished
fails "the namespaces of the cluster itself stay" 'this namespace may not be deleted' kubectl delete namespace kube-system
