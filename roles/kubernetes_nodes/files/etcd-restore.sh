#!/usr/bin/env bash
# Written by Ansible (stratum.aws.kubernetes_nodes). Brings etcd back to a snapshot of the bucket: etcd-restore.sh <name>|newest [--before-init].
# What is there now stays beside it, as /var/lib/etcd.replaced-<time>.
set -euo pipefail
# shellcheck source=roles/kubernetes_nodes/files/common.sh
. "${NODE_ROOT:-}/usr/local/lib/kubernetes-node/common.sh"

wanted=${1:-newest}
before_init=${2:-}
etcd=$NODE_ROOT/var/lib/etcd
manifests=$kubernetes/manifests
stamp=$(date --utc +%Y%m%dT%H%M%SZ)

if [ "$wanted" = newest ]; then
  # shellcheck disable=SC2016
  wanted=$(aws s3api list-objects-v2 --bucket "$BUCKET" --prefix "$SNAPSHOTS" --query 'sort_by(Contents || `[]`, &Key)[-1].Key' --output text)
  [ "$wanted" != None ] && [ -n "$wanted" ] || fail "there is no snapshot in s3://$BUCKET/$SNAPSHOTS"
  wanted=${wanted##*/}
fi
case $wanted in
  *[!0-9TZdb.]* | '') fail "$wanted is no name of a snapshot; they are like 20260102T030405Z.db" ;;
esac

mkdir -p "$state/restore"
trap 'rm -rf "$state/restore"' EXIT
(umask 077 && aws s3 cp --only-show-errors "s3://$BUCKET/$SNAPSHOTS$wanted" "$state/restore/snapshot.db")

if [ -f "$manifests/etcd.yaml" ]; then
  image=$(sed -n 's/^ *image: *//p' "$manifests/etcd.yaml" | head -n 1)
else
  image=$(kubeadm config images list --config "$state/kubeadm.yaml" 2>/dev/null | grep /etcd:)
fi
retry ctr --namespace k8s.io images pull "$image" >/dev/null
identify
ctr --namespace k8s.io run --rm --net-host --mount "type=bind,src=$state/restore,dst=/restore,options=rbind:rw" "$image" "restore-$stamp" \
  etcdutl snapshot restore /restore/snapshot.db --data-dir /restore/etcd --name "$node_name" \
  --initial-cluster "$node_name=https://$address:2380" --initial-advertise-peer-urls "https://$address:2380" \
  --bump-revision 1000000000 --mark-compacted

if [ "$before_init" != --before-init ]; then
  mkdir -p "$state/manifests"
  mv "$manifests"/{etcd,kube-apiserver,kube-controller-manager,kube-scheduler}.yaml "$state/manifests/"
  # The kubelet ends static pods whose manifests are gone.
  for _second in $(seq 1 "${STOP_SECONDS:-120}"); do
    crictl ps --quiet --name '^(etcd|kube-apiserver)$' | grep -q . || break
    sleep 1
  done
  crictl ps --quiet --name '^(etcd|kube-apiserver)$' | grep -q . && { mv "$state"/manifests/*.yaml "$manifests/"; fail 'etcd does not stop; nothing was changed'; }
fi
[ ! -d "$etcd" ] || mv "$etcd" "$etcd.replaced-$stamp"
mv "$state/restore/etcd" "$etcd"
chmod 0700 "$etcd"
if [ "$before_init" != --before-init ]; then
  mv "$state"/manifests/*.yaml "$manifests/"
  export KUBECONFIG=$kubernetes/admin.conf
  retry kubectl get --raw /readyz >/dev/null
  # Controllers that remember what is no longer true begin anew.
  systemctl restart kubelet
fi
say "etcd is as it was in $wanted; what it replaced is $etcd.replaced-$stamp"
