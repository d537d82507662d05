#!/usr/bin/env bash
# The primary's disk stops answering: a file system of its own, frozen by the kernel (fsfreeze). Only root can mount one.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clusters.sh"
((EUID == 0)) && losetup -f >/dev/null 2>&1 || {
  skip "a disk that hangs: it takes root, and a kernel with loop devices, to mount one"
  printf '%s passed, %s failed%s\n' "$passed" "$failed" "$skipped"
  exit 0
}
start 89
disk='' image=$MATRIARCH_STATE/disk.img
# Whatever waits for a frozen disk cannot be killed.
thaw() { [[ ! $disk ]] || fsfreeze -u "$disk" 2>/dev/null; }
leave() {
  local status=$?
  thaw
  ((failed == 0)) || k get events 2>/dev/null | grep -E 'Switchover|DataKept|StandbyStuck' | tail -8
  "$bin/matriarch" local down >/dev/null 2>&1
  [[ ! $disk ]] || umount -l "$disk"
  (exit $status); finish
}
trap leave EXIT
namespace_ready
cluster pg 3 '  postgresql: {synchronous: {method: any, number: 1}}' >/dev/null 2>&1
healthy 90 pg 3
primary() { status pg currentPrimary; }
leads() { [[ $(primary) == "$1" ]]; }
leaves() { [[ $(primary) != "$1" ]]; }
# Asked again: one that has just come back is refused for a moment.
asked() { leads "$1" || { k patch cluster pg --subresource status --type merge -p "{\"status\": {\"targetPrimary\": \"$1\"}}" >/dev/null; sleep 2; leads "$1"; }; }
switch_to() { within 30 "$1 becomes the primary" asked "$1"; }
operator_is_gone() { [[ -z $(kubectl -n cnpg-system get pods -o name) ]]; }
write() { sql "$(primary)" postgres "insert into t values ($1)"; }
sql "$(primary)" postgres 'create table t (n int); insert into t values (1)'

# A standby's volume moves to a disk of its own while its pod is away, and nobody makes it anew.
victim=$(k get pods -l cnpg.io/cluster=pg -o name | cut -d/ -f2 | grep -v "^$(primary)$" | head -1)
disk=$MATRIARCH_STATE/volumes/$(k get pvc "$victim" -o jsonpath='{.spec.volumeName}')
kubectl -n cnpg-system scale deployment/cnpg-controller-manager --replicas 0 >/dev/null
within 30 "the operator stops" operator_is_gone
k delete pod "$victim" >/dev/null 2>&1
staging=$MATRIARCH_STATE/staging
truncate -s 2G "$image" && mkfs.ext4 -qF "$image" && mkdir "$staging" && mount -o loop "$image" "$staging" && cp -a "$disk/." "$staging/" &&
  chown --reference="$disk" "$staging" && chmod --reference="$disk" "$staging" && umount "$staging" && mount -o loop "$image" "$disk" ||
  bad "its volume moves to a disk of its own"
kubectl -n cnpg-system scale deployment/cnpg-controller-manager --replicas 1 >/dev/null
healthy 90 pg 3
within 30 "three again, both standbys follow" follow pg 2
switch_to "$victim"
healthy 60 pg 3

fsfreeze -f "$disk"
within 20 "its disk hangs: another one leads" leaves "$victim"
within 20 "... and takes writes" write 2
thaw
healthy 90 pg 3 "the disk answers again: three are well"
within 30 "... both standbys follow" follow pg 2
same "... with all rows" "1 2" "$(sql "$(primary)" postgres "select string_agg(n::text, ' ' order by n) from t")"

# A standby's disk: nobody waits for it.
switch_to "$victim"
healthy 60 pg 3
other=$(k get pods -l cnpg.io/cluster=pg -o name | cut -d/ -f2 | grep -v "^$victim$" | head -1)
switch_to "$other"
healthy 60 pg 3
fsfreeze -f "$disk"
within 10 "a standby's disk hangs: writes go on" write 3
sleep 8
same "... and nobody else leads" "$other" "$(primary)"
thaw
within 60 "... it follows again" follow pg 2
