#!/usr/bin/env bash
# PostgreSQL is the image's: 15 and 18, a default, and images that do not exist.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clusters.sh"
start 77
namespace_ready
image=ghcr.io/cloudnative-pg/postgresql

cluster fifteen 2 "  imageName: $image:15" >/dev/null 2>&1
cluster eighteen 2 "  imageName: $image:18" >/dev/null 2>&1
cluster unknown 1 "  imageName: $image:14.2" >/dev/null 2>&1
for c in fifteen eighteen; do
  [[ $c == fifteen ]] && major=15 || major=18
  healthy 60 $c 2 "PostgreSQL $major: two instances"
  match "... of that version" "^$major\." "$(sql $c-2 postgres 'show server_version')"
  same "... the image is in the status" "$image:$major" "$(status $c image)"
  same "... the pods are labelled with it" "$major $major" "$(k get pods -l cnpg.io/cluster=$c -o jsonpath='{.items[*].metadata.labels.app\.kubernetes\.io/version}')"
  sql $c-1 app 'create table rows (n int); insert into rows values (1)'
  within 30 "... a row reaches the standby" eval "[[ \$(sql $c-2 app 'select count(*) from rows') == 1 ]]"
  pod=$(uid pod $c-1)
  k delete pod $c-1 --wait=false >/dev/null; within 30 "... a restarted primary" differs "$pod" uid pod $c-1
  healthy 60 $c 2 "... is ready again"
done

# A Cluster that names no image.
newest=$(ls -d /usr/lib/postgresql/* "$MATRIARCH_STATE"/tools/postgresql-* /var/lib/matriarch/tools/postgresql-* ~/.local/state/matriarch/tools/postgresql-* 2>/dev/null | grep -oE '[0-9]+$' | sort -n | tail -1)
cluster plain 1 >/dev/null 2>&1
healthy 60 plain 1 "without imageName"
match "... the newest installed major is taken" "^$image:$newest" "$(status plain image)"
match "... and runs" "^$newest\." "$(sql plain-1 postgres 'show server_version')"
pinned=$(status plain image)
operator_settings POSTGRES_IMAGE_NAME=$image:15
cluster later 1 >/dev/null 2>&1
healthy 60 later 1 "another default later"
same "... holds for new clusters" "$image:15" "$(status later image)"
same "... the old one keeps its own" "$pinned" "$(status plain image)"

# What cannot be.
within 30 "an image that does not exist: the cluster says so" says 'ErrImagePull|ImagePullBackOff' status unknown phaseReason
match "... with the list of those that do" 'postgresql:15.*postgresql:18' "$(k get pod unknown-1 -o json | jq -r '.status.containerStatuses[].state.waiting.message'; k get events --field-selector involvedObject.name=unknown-1 -o json | jq -r '.items[].message')"
patch unknown "{\"spec\": {\"imageName\": \"$image:15\"}}"
healthy 60 unknown 1 "... mended: it comes up"
refused() { match "$1" "$2" "$(cluster "$3" 1 "${4-}" 2>&1)"; }
refused "a name too long" 'metadata.name: Invalid value: .*the maximum length of a cluster name is 50 characters' "a$(printf 'b%.0s' {1..50})"
refused "a name that is no DNS label" 'metadata.name: Invalid value: .*cluster name must be a valid DNS label' 1st
refused "the tag latest" "spec.imageName: Invalid value: .*Can't use 'latest' as image tag" latest "  imageName: $image:latest"
refused "a major too old" 'Unsupported PostgreSQL version. Versions 13 or newer are supported' old "  imageName: $image:12.1"
match "a downgrade" "spec.imageName: Invalid value: .*can't downgrade from major 18 to 15" "$(k patch cluster eighteen --type merge -p "{\"spec\": {\"imageName\": \"$image:15\"}}" 2>&1)"
out=$(k patch cluster fifteen --type merge -p "{\"spec\": {\"imageName\": \"$image:18\"}}" 2>&1)
match "an upgrade to another major: a warning says that it is not acted on yet" 'Warning: spec.imageName of another major version is accepted but not acted on yet' "$out"
within 30 "... so does an event" says 'stay on .*postgresql:15' k get events --field-selector reason=MajorUpgradeNotSupported
same "... the instances stay on theirs" "$image:15 $image:15 $image:15" "$(status fifteen image) $(k get pods -l cnpg.io/cluster=fifteen -o jsonpath='{.items[*].spec.containers[0].image}')"
