#!/usr/bin/env bash
# Written by Ansible (stratum.aws.kubernetes_nodes). Keeps the authorities of the cluster and the key of its service accounts in the bucket,
# encrypted with the stack's key, so that a new control plane is the same cluster.
set -euo pipefail
# shellcheck source=roles/kubernetes_nodes/files/common.sh
. "${NODE_ROOT:-}/usr/local/lib/kubernetes-node/common.sh"

archive=$(mktemp)
trap 'rm -f "$archive"' EXIT
tar --create --gzip --file "$archive" --directory "$kubernetes" pki
aws s3 cp --only-show-errors --sse aws:kms --sse-kms-key-id "$KMS_KEY" "$archive" "s3://$BUCKET/$CERTIFICATES"
aws s3 cp --only-show-errors --sse aws:kms --sse-kms-key-id "$KMS_KEY" "$kubernetes/pki/ca.crt" "s3://$BUCKET/$CLUSTER/ca.crt"
say "the certificates are in s3://$BUCKET/$CERTIFICATES"
