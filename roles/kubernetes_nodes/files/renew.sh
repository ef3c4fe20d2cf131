#!/usr/bin/env bash
# Written by Ansible (stratum.aws.kubernetes_nodes). Renews the certificates of the control plane, whether they are due or not, and lets it begin
# to use them. An upgrade does so, too.
set -euo pipefail
# shellcheck source=roles/kubernetes_nodes/files/common.sh
. "${NODE_ROOT:-}/usr/local/lib/kubernetes-node/common.sh"
export KUBECONFIG=$kubernetes/admin.conf

kubeadm certs renew all
for name in etcd kube-apiserver kube-controller-manager kube-scheduler; do
  # The kubelet starts a static pod again whose containers are gone.
  crictl ps --quiet --name "^$name\$" | while read -r container; do crictl stop "$container" >/dev/null; done
done
retry kubectl get --raw /readyz >/dev/null
"$lib/certificates.sh"
"$lib/login.sh"
say "the certificates of $CLUSTER are good until $(openssl x509 -enddate -noout -in "$kubernetes/pki/apiserver.crt" | cut -d = -f 2)"
