# shellcheck shell=bash disable=SC2034
# Written by Ansible (stratum.aws.kubernetes_nodes). What both kinds of nodes share; read by the others, never run.

NODE_ROOT=${NODE_ROOT:-}
etc=$NODE_ROOT/etc/kubernetes-node
lib=$NODE_ROOT/usr/local/lib/kubernetes-node
kubernetes=$NODE_ROOT/etc/kubernetes
state=$NODE_ROOT/var/lib/kubernetes-node
# shellcheck disable=SC1091
. "$etc/node.env"
export AWS_DEFAULT_REGION=$REGION

say() { echo "kubernetes-node: $*"; }
fail() { say "$*" >&2; exit 1; }

retry() {
  local attempt
  for attempt in $(seq 1 "${RETRIES:-60}"); do
    "$@" && return 0
    say "attempt $attempt of ${RETRIES:-60} failed: $1" >&2
    sleep "${RETRY_SECONDS:-10}"
  done
  return 1
}

# The metadata service, version 2.
metadata() {
  local token
  token=$(curl --silent --fail --request PUT --header 'X-aws-ec2-metadata-token-ttl-seconds: 60' "${METADATA:-http://169.254.169.254}/latest/api/token")
  curl --silent --fail --header "X-aws-ec2-metadata-token: $token" "${METADATA:-http://169.254.169.254}/latest/meta-data/$1"
}

# What the node is called, and how the autoscaler and the storage driver find its instance.
identify() {
  instance_id=$(retry metadata instance-id)
  zone=$(retry metadata placement/availability-zone)
  instance_type=$(retry metadata instance-type)
  address=$(retry metadata local-ipv4)
  node_name=$(retry metadata local-hostname)
  provider_id=aws:///$zone/$instance_id
  node_labels=topology.kubernetes.io/zone=$zone,topology.kubernetes.io/region=$REGION,node.kubernetes.io/instance-type=$instance_type${LABELS:+,$LABELS}
}

install_packages() {
  local minor=${KUBERNETES_VERSION%.*}
  cat >"$NODE_ROOT/etc/yum.repos.d/kubernetes.repo" <<REPOSITORY
[kubernetes]
name=Kubernetes
baseurl=$PACKAGES/core:/stable:/v$minor/rpm/
enabled=1
gpgcheck=1
gpgkey=$PACKAGES/core:/stable:/v$minor/rpm/repodata/repomd.xml.key
exclude=kubelet kubeadm kubectl cri-tools kubernetes-cni
REPOSITORY
  retry dnf install --assumeyes --quiet containerd iproute-tc conntrack-tools socat ebtables ethtool nfs-utils amazon-efs-utils
  retry dnf install --assumeyes --quiet --disableexcludes=kubernetes \
    "kubelet-$KUBERNETES_VERSION" "kubeadm-$KUBERNETES_VERSION" "kubectl-$KUBERNETES_VERSION" cri-tools kubernetes-cni
}

prepare_kernel() {
  printf 'overlay\nbr_netfilter\n' >"$NODE_ROOT/etc/modules-load.d/kubernetes.conf"
  modprobe overlay
  modprobe br_netfilter
  cat >"$NODE_ROOT/etc/sysctl.d/90-kubernetes.conf" <<'SETTINGS'
net.bridge.bridge-nf-call-iptables = 1
net.bridge.bridge-nf-call-ip6tables = 1
net.ipv4.ip_forward = 1
SETTINGS
  sysctl --quiet --system
  swapoff --all
}

prepare_runtime() {
  mkdir -p "$NODE_ROOT/etc/containerd"
  # The kubelet and containerd must agree on who owns the control groups.
  containerd config default | sed 's/SystemdCgroup = false/SystemdCgroup = true/' >"$NODE_ROOT/etc/containerd/config.toml"
  systemctl enable --now containerd
  systemctl restart containerd
  systemctl enable kubelet
}

prepare() {
  umask 022
  mkdir -p "$state" "$kubernetes"
  mkdir -p "$NODE_ROOT"/etc/{yum.repos.d,modules-load.d,sysctl.d,systemd/system}
  identify
  prepare_kernel
  install_packages
  prepare_runtime
}

# A unit that runs one of these scripts, and the timer that starts it.
timer() {
  local name=$1 script=$2 when=$3
  cat >"$NODE_ROOT/etc/systemd/system/$name.service" <<UNIT
[Unit]
Description=Kubernetes node: $name
After=network-online.target
Wants=network-online.target

[Service]
Type=oneshot
ExecStart=$lib/$script
UNIT
  cat >"$NODE_ROOT/etc/systemd/system/$name.timer" <<UNIT
[Unit]
Description=Kubernetes node: $name

[Timer]
$when
RandomizedDelaySec=30
Persistent=true

[Install]
WantedBy=timers.target
UNIT
  systemctl daemon-reload
  systemctl enable --now "$name.timer"
}

# Metrics of the cluster: name=value [name=value …].
metric() {
  local data=() pair
  for pair in "$@"; do
    data+=("MetricName=${pair%%=*},Value=${pair#*=},Dimensions=[{Name=Cluster,Value=$CLUSTER}]")
  done
  aws cloudwatch put-metric-data --namespace "$METRICS" --metric-data "${data[@]}"
}
