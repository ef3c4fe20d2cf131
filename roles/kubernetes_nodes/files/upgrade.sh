#!/usr/bin/env bash
# Written by Ansible (stratum.aws.kubernetes_nodes). Brings the control plane to another version of Kubernetes: upgrade.sh <version>. Workers follow
# by the next converge, which gives their template the version and replaces them.
set -euo pipefail
# shellcheck source=roles/kubernetes_nodes/files/common.sh
. "${NODE_ROOT:-}/usr/local/lib/kubernetes-node/common.sh"
export KUBECONFIG=$kubernetes/admin.conf

version=${1:?say which version}
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "$version is no version; they are like 1.34.2"
"$lib/etcd-snapshot.sh"
sed --in-place "s/^KUBERNETES_VERSION=.*/KUBERNETES_VERSION=$version/" "$etc/node.env"
KUBERNETES_VERSION=$version
install_packages
kubeadm upgrade plan "v$version"
kubeadm upgrade apply --yes "v$version"
systemctl daemon-reload
systemctl restart kubelet
retry kubectl get --raw /readyz >/dev/null
"$lib/certificates.sh"
say "the control plane of $CLUSTER runs Kubernetes $version"
