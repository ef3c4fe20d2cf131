#!/usr/bin/env bash
# Written by Ansible (stratum.aws.kubernetes_nodes). Makes this instance the control plane of its cluster. A cluster that was there before,
# whose certificates are in the bucket, comes back with them and with its newest snapshot: an instance that was lost is replaced by a new one.
set -euo pipefail
# shellcheck source=roles/kubernetes_nodes/files/common.sh
. "${NODE_ROOT:-}/usr/local/lib/kubernetes-node/common.sh"

restore_certificates() {
  aws s3api head-object --bucket "$BUCKET" --key "$CERTIFICATES" >/dev/null 2>&1 || return 1
  (umask 077 && aws s3 cp --only-show-errors "s3://$BUCKET/$CERTIFICATES" "$state/pki.tar.gz")
  tar --extract --gzip --file "$state/pki.tar.gz" --directory "$kubernetes"
  rm -f "$state/pki.tar.gz"
  # Of the old instance: these are made anew by the authorities that came back.
  rm -f "$kubernetes"/pki/apiserver.* "$kubernetes"/pki/apiserver-*client.* "$kubernetes"/pki/etcd/{server,peer}.*
}

configure() {
  (umask 077 && cat >"$state/kubeadm.yaml" <<CONFIGURATION
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint:
  advertiseAddress: $address
nodeRegistration:
  name: $node_name
  kubeletExtraArgs:
    - {name: provider-id, value: "$provider_id"}
    - {name: node-labels, value: "$node_labels"}
    - {name: rotate-server-certificates, value: "true"}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
clusterName: $CLUSTER
kubernetesVersion: v$KUBERNETES_VERSION
controlPlaneEndpoint: $ENDPOINT:6443
networking:
  podSubnet: $POD_CIDR
  serviceSubnet: $SERVICE_CIDR
apiServer:
  certSANs: ["$ENDPOINT", "$address", "$node_name"]
  extraArgs:
    - {name: profiling, value: "false"}
controllerManager:
  extraArgs:
    - {name: profiling, value: "false"}
scheduler:
  extraArgs:
    - {name: profiling, value: "false"}
CONFIGURATION
  )
}

prepare
# The record of the name leads here only once Ansible knows the address; a resolver would remember that there was none.
grep -q " $ENDPOINT\$" "$NODE_ROOT/etc/hosts" 2>/dev/null || echo "$address $ENDPOINT" >>"$NODE_ROOT/etc/hosts"
configure
ignored=()
if restore_certificates; then
  say 'the certificates of this cluster came back from the bucket'
  if "$lib/etcd-restore.sh" newest --before-init; then
    ignored=(--ignore-preflight-errors=DirAvailable--var-lib-etcd)
  fi
fi
retry kubeadm config images pull --config "$state/kubeadm.yaml"
kubeadm init --config "$state/kubeadm.yaml" --skip-token-print --skip-certificate-key-print "${ignored[@]}"

export KUBECONFIG=$kubernetes/admin.conf
retry kubectl apply --filename "$CNI_MANIFEST"
"$lib/certificates.sh"
retry "$lib/login.sh"
retry "$lib/join-token.sh"

timer kubernetes-join-token join-token.sh "OnUnitActiveSec=${TOKEN_HOURS}h
OnBootSec=2min"
timer kubernetes-login login.sh "OnUnitActiveSec=${TOKEN_HOURS}h
OnBootSec=3min"
timer kubernetes-etcd-snapshot etcd-snapshot.sh "OnCalendar=$SNAPSHOT_CALENDAR"
timer kubernetes-certificates certificates.sh "OnCalendar=daily"
timer kubernetes-metrics metrics.sh "OnUnitActiveSec=5min
OnBootSec=5min"
touch "$state/ready"
say "the control plane of $CLUSTER is up"
