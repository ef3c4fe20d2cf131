#!/usr/bin/env bash
# Written by Ansible (stratum.aws.kubernetes_nodes). The first boot of a node: takes the scripts of its cluster from the bucket, makes sure
# that they are the ones that its user data names, and runs the one of its role. What it needs to know is in node.env.
set -euo pipefail

etc=${NODE_ROOT:-}/etc/kubernetes-node
lib=${NODE_ROOT:-}/usr/local/lib/kubernetes-node
# shellcheck disable=SC1091
. "$etc/node.env"

say() { echo "kubernetes-node: $*"; }

# The instance's role may not be known everywhere in its first seconds, and the way out not be there.
retry() {
  local attempt
  for attempt in $(seq 1 "${RETRIES:-60}"); do
    "$@" && return 0
    say "attempt $attempt of ${RETRIES:-60} failed: $*" >&2
    sleep "${RETRY_SECONDS:-10}"
  done
  return 1
}

fetch() {
  aws s3 cp --only-show-errors --recursive --region "$REGION" "s3://$BUCKET/$SCRIPTS" "$lib/"
}

mkdir -p "$lib"
command -v aws >/dev/null || { say 'the image has no aws command' >&2; exit 1; }
retry fetch
cd "$lib"
echo "$SCRIPTS_SHA256  SHA256SUMS" | sha256sum --check --quiet
sha256sum --check --quiet SHA256SUMS
chmod 0755 ./*.sh
say "running $ROLE.sh"
exec "$lib/$ROLE.sh"
