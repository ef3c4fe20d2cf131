#!/usr/bin/env bash
# Written by Ansible (stratum.aws.kubernetes_nodes). Tells CloudWatch how the cluster is.
set -euo pipefail
# shellcheck source=roles/kubernetes_nodes/files/common.sh
. "${NODE_ROOT:-}/usr/local/lib/kubernetes-node/common.sh"
export KUBECONFIG=$kubernetes/admin.conf

age() { [ -f "$1" ] && echo $(($(date +%s) - $(stat --format %Y "$1"))) || echo 0; }

healthy=0 ready=0 waiting=0
if kubectl get --raw /readyz >/dev/null 2>&1; then
  healthy=1
  states=$(kubectl get nodes --no-headers | awk '{print $2}')
  ready=$(grep --count '^Ready' <<<"$states" || true)
  waiting=$(grep --count '^NotReady' <<<"$states" || true)
fi
ends=$(date --date "$(openssl x509 -enddate -noout -in "$kubernetes/pki/apiserver.crt" | cut -d = -f 2)" +%s)
metric "ApiServerHealthy=$healthy" "NodesReady=$ready" "NodesNotReady=$waiting" \
  "EtcdSnapshotAgeSeconds=$(age "$state/etcd-snapshot")" "JoinTokenAgeSeconds=$(age "$state/join-token")" \
  "CertificateDaysLeft=$(((ends - $(date +%s)) / 86400))"
