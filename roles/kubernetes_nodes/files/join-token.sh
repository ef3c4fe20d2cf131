#!/usr/bin/env bash
# Written by Ansible (stratum.aws.kubernetes_nodes). Makes a new token to join the cluster with, publishes it in SSM, and takes away those
# before the last one. A token lives for two turns, so that a worker that has just read the old one can still use it.
set -euo pipefail
# shellcheck source=roles/kubernetes_nodes/files/common.sh
. "${NODE_ROOT:-}/usr/local/lib/kubernetes-node/common.sh"
export KUBECONFIG=$kubernetes/admin.conf

hash=sha256:$(openssl x509 -pubkey -noout -in "$kubernetes/pki/ca.crt" | openssl pkey -pubin -outform der | sha256sum | cut -d ' ' -f 1)
token=$(kubeadm token create --ttl "$((2 * TOKEN_HOURS))h" --description "stratum.aws $(date --utc +%Y-%m-%dT%H:%M:%SZ)")
message=$(mktemp --tmpdir="${TOKEN_DIRECTORY:-/dev/shm}")
trap 'rm -f "$message"' EXIT
# A file of memory that only root reads: what is on a command line, everybody on the machine sees.
printf '{"endpoint": "%s:6443", "token": "%s", "ca_cert_hash": "%s", "created": "%s"}' \
  "$ENDPOINT" "$token" "$hash" "$(date --utc +%Y-%m-%dT%H:%M:%SZ)" >"$message"
aws ssm put-parameter --name "$PARAMETERS/join" --type SecureString --key-id "$KMS_KEY" --overwrite --value "file://$message" >/dev/null

# Newest last; the new one and the one before stay.
kubeadm token list --output json 2>/dev/null | python3 -c 'import json, sys
decoder, text, found = json.JSONDecoder(), sys.stdin.read().strip(), []
while text:
    document, end = decoder.raw_decode(text)
    found.append(document)
    text = text[end:].strip()
ours = sorted((each for each in found if each.get("description", "").startswith("stratum.aws ")), key=lambda each: each["description"])
print("\n".join(each["token"].split(".")[0] for each in ours[:-2]))' | while read -r old; do
  [ -z "$old" ] || kubeadm token delete "$old"
done
touch "$state/join-token"
say "another token is in $PARAMETERS/join"
