#!/usr/bin/env bash
# Written by Ansible (stratum.aws.kubernetes_nodes). Publishes a kubeconfig of an administrator in SSM, for people and for Ansible. Its token lives
# for two turns, as those to join with do; the file that kubeadm made, which is good for a year, stays here.
set -euo pipefail
# shellcheck source=roles/kubernetes_nodes/files/common.sh
. "${NODE_ROOT:-}/usr/local/lib/kubernetes-node/common.sh"
export KUBECONFIG=$kubernetes/admin.conf

kubectl apply --filename - >/dev/null <<'OBJECTS'
apiVersion: v1
kind: ServiceAccount
metadata: {name: stratum-administrator, namespace: kube-system}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: stratum-administrator}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects:
  - {kind: ServiceAccount, name: stratum-administrator, namespace: kube-system}
OBJECTS
token=$(kubectl --namespace kube-system create token stratum-administrator --duration "$((2 * TOKEN_HOURS))h")
[ -n "$token" ] || fail 'there is no token of the administrator'
authority=$(base64 --wrap 0 "$kubernetes/pki/ca.crt")
message=$(mktemp --tmpdir="${TOKEN_DIRECTORY:-/dev/shm}")
trap 'rm -f "$message"' EXIT
cat >"$message" <<LOGIN
apiVersion: v1
kind: Config
clusters:
  - name: $CLUSTER
    cluster: {server: "https://$ENDPOINT:6443", certificate-authority-data: $authority}
users:
  - name: administrator
    user: {token: $token}
contexts:
  - name: $CLUSTER
    context: {cluster: $CLUSTER, user: administrator}
current-context: $CLUSTER
LOGIN
aws ssm put-parameter --name "$PARAMETERS/kubeconfig" --type SecureString --key-id "$KMS_KEY" --tier Intelligent-Tiering --overwrite \
  --value "file://$message" >/dev/null
say "another login is in $PARAMETERS/kubeconfig"
