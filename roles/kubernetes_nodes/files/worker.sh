#!/usr/bin/env bash
# Written by Ansible (stratum.aws.kubernetes_nodes). Lets this instance join its cluster with the token that is valid now. The token is no
# part of the user data: it is read from SSM with the instance's own role, and a newer one is read when it does not serve.
set -euo pipefail
# shellcheck source=roles/kubernetes_nodes/files/common.sh
. "${NODE_ROOT:-}/usr/local/lib/kubernetes-node/common.sh"

# One value of the JSON that the parameter holds; nothing while the control plane has not written it.
value_of() {
  python3 -c 'import json, sys
try:
    print(json.loads(sys.argv[1]).get(sys.argv[2], ""))
except (ValueError, AttributeError):
    print("")' "$1" "$2"
}

join() {
  local said token hash endpoint code=0
  said=$(aws ssm get-parameter --name "$PARAMETERS/join" --with-decryption --query Parameter.Value --output text) || return 1
  token=$(value_of "$said" token)
  hash=$(value_of "$said" ca_cert_hash)
  endpoint=$(value_of "$said" endpoint)
  [ -n "$token" ] || { say 'the control plane has not published a token yet' >&2; return 1; }
  (umask 077 && cat >"$state/kubeadm.yaml" <<CONFIGURATION
apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
discovery:
  bootstrapToken:
    apiServerEndpoint: $endpoint
    token: $token
    caCertHashes: ["$hash"]
nodeRegistration:
  name: $node_name
  taints: $TAINTS
  kubeletExtraArgs:
    - {name: provider-id, value: "$provider_id"}
    - {name: node-labels, value: "$node_labels"}
    - {name: rotate-server-certificates, value: "true"}
CONFIGURATION
  )
  kubeadm join --config "$state/kubeadm.yaml" || code=$?
  rm -f "$state/kubeadm.yaml"
  [ "$code" -eq 0 ] || kubeadm reset --force || true
  return "$code"
}

prepare
retry join
touch "$state/ready"
say "$node_name has joined $CLUSTER"
