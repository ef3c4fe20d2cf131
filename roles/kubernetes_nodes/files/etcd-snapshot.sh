#!/usr/bin/env bash
# Written by Ansible (stratum.aws.kubernetes_nodes). Takes a snapshot of etcd while it runs, looks at it, and puts it into the bucket.
set -euo pipefail
# shellcheck source=roles/kubernetes_nodes/files/common.sh
. "${NODE_ROOT:-}/usr/local/lib/kubernetes-node/common.sh"
export KUBECONFIG=$kubernetes/admin.conf

etcd=$NODE_ROOT/var/lib/etcd
pod=$(kubectl --namespace kube-system get pods --selector component=etcd --output name | head -n 1)
[ -n "$pod" ] || fail 'there is no etcd to be saved'
pki=/etc/kubernetes/pki/etcd
name=$(date --utc +%Y%m%dT%H%M%SZ).db
trap 'rm -f "$etcd/snapshot.db"' EXIT
kubectl --namespace kube-system exec "$pod" -- etcdctl --endpoints https://127.0.0.1:2379 \
  --cacert "$pki/ca.crt" --cert "$pki/server.crt" --key "$pki/server.key" snapshot save /var/lib/etcd/snapshot.db
kubectl --namespace kube-system exec "$pod" -- etcdutl snapshot status /var/lib/etcd/snapshot.db
aws s3 cp --only-show-errors --sse aws:kms --sse-kms-key-id "$KMS_KEY" "$etcd/snapshot.db" "s3://$BUCKET/$SNAPSHOTS$name"
touch "$state/etcd-snapshot"
say "the snapshot $name is in s3://$BUCKET/$SNAPSHOTS"
