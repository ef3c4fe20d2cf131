# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scripts of Kubernetes nodes, run for real in a directory of their own, with stand-ins for what a node would have.

Every stand-in writes down how it was called, and does what its test says. `aws s3` works on a directory, `aws ssm` on files in one.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import stat
import subprocess
from pathlib import Path

import pytest
import yaml

FILES = Path(__file__).resolve().parents[3] / "roles" / "kubernetes_nodes" / "files"
STANDINS = ("containerd", "crictl", "ctr", "dnf", "kubeadm", "kubectl", "modprobe", "swapoff", "sysctl", "systemctl")
ENVIRONMENT = {
    "CLUSTER": "k8s",
    "REGION": "us-east-1",
    "BUCKET": "certs",
    "CERTIFICATES": "k8s/pki.tar.gz",
    "SNAPSHOTS": "k8s/etcd/",
    "PARAMETERS": "/k8s",
    "KMS_KEY": "alias/k8s",
    "METRICS": "Stratum/Kubernetes",
    "ENDPOINT": "api.cluster.example.com",
    "KUBERNETES_VERSION": "1.34.2",
    "PACKAGES": "https://packages.example.com",
    "CNI_MANIFEST": "https://example.com/cni.yml",
    "POD_CIDR": "10.244.0.0/16",
    "SERVICE_CIDR": "10.96.0.0/12",
    "TOKEN_HOURS": "12",
    "SNAPSHOT_CALENDAR": "*-*-* *:00:00",
    "LABELS": "",
    "TAINTS": "[]",
}
AWS = r"""#!/usr/bin/env python3
import json, pathlib, shutil, sys
root = pathlib.Path(__ROOT__)
with open(root / "calls", "a") as calls:
    calls.write(" ".join(["aws", *sys.argv[1:]]) + "\n")
def local(place):
    if not place.startswith("s3://"):
        return pathlib.Path(place)
    return root / "s3" / place.removeprefix("s3://")
words = [word for word in sys.argv[1:]]
def option(name):
    return words[words.index(name) + 1]
match words[:2]:
    case ["s3", "cp"]:
        places = [word for word in words[2:] if "/" in word and not word.startswith("alias/")]
        source, target = map(local, places)
        if "--recursive" in words:
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            if not source.exists():
                sys.exit("there is no " + str(source))
            if str(places[1]).endswith("/"):
                target = target / source.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    case ["s3api", "head-object"]:
        sys.exit(0 if (root / "s3" / option("--bucket") / option("--key")).exists() else 254)
    case ["s3api", "list-objects-v2"]:
        folder = root / "s3" / option("--bucket")
        found = sorted(str(path.relative_to(folder)) for path in folder.glob(option("--prefix") + "*"))
        print(found[-1] if found else "None")
    case ["ssm", "get-parameter"]:
        print((root / "ssm" / option("--name").lstrip("/")).read_text())
    case ["ssm", "put-parameter"]:
        path = root / "ssm" / option("--name").lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(pathlib.Path(option("--value").removeprefix("file://")).read_text())
"""
CURL = """#!/bin/sh
for address; do :; done
case $address in
  */api/token) echo token ;;
  */instance-id) echo i-0123456789abcdef0 ;;
  */availability-zone) echo us-east-1b ;;
  */instance-type) echo t3.large ;;
  */local-ipv4) echo 10.0.32.7 ;;
  */local-hostname) echo ip-10-0-32-7.ec2.internal ;;
esac
"""


class Node:
    """A node that is a directory."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.bin = root / "bin"
        for folder in (
            "bin",
            "s3/certs",
            "ssm/k8s",
            "etc/kubernetes-node",
            "usr/local/lib/kubernetes-node",
            "etc/kubernetes/pki",
            "var/lib/kubernetes-node",
        ):
            (root / folder).mkdir(parents=True)
        (root / "calls").touch()
        for name in STANDINS:
            self.stand_in(name)
        self.program("aws", AWS.replace("__ROOT__", repr(str(root))))
        self.program("curl", CURL)
        self.configure()
        for script in FILES.glob("*.sh"):
            self.program(script.name, script.read_text(), self.root / "usr/local/lib/kubernetes-node")

    def program(self, name: str, text: str, folder: Path | None = None) -> None:
        path = (folder or self.bin) / name
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def stand_in(self, name: str, does: str = "exit 0") -> None:
        """Let a command write down how it was called, and then do this."""
        self.program(name, f'#!/bin/bash\necho "{name} $*" >>"{self.root}/calls"\n{does}\n')

    def configure(self, **settings: str) -> None:
        lines = [f"{name}='{value}'" for name, value in (ENVIRONMENT | settings).items()]
        (self.root / "etc/kubernetes-node/node.env").write_text("\n".join(lines) + "\n")

    def run(self, script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        given = {"NODE_ROOT": str(self.root), "RETRIES": "2", "RETRY_SECONDS": "0", "STOP_SECONDS": "1", "TOKEN_DIRECTORY": str(self.root)}
        return subprocess.run(
            [str(self.root / "usr/local/lib/kubernetes-node" / script), *arguments],
            env={**given, "PATH": f"{self.bin}:{os.environ['PATH']}", **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def done(self, script: str, *arguments: str, **environment: str) -> str:
        ran = self.run(script, *arguments, **environment)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    @property
    def calls(self) -> list[str]:
        return (self.root / "calls").read_text().splitlines()

    def called(self, beginning: str) -> list[str]:
        return [call for call in self.calls if call.startswith(beginning)]

    def file(self, path: str) -> Path:
        return self.root / path


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path)


def certificate(node: Node) -> None:
    """Make the authority of a cluster."""
    pki = node.file("etc/kubernetes/pki")
    (pki / "etcd").mkdir(exist_ok=True)
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-subj", "/CN=kubernetes", "-days", "90", "-keyout", str(pki / "ca.key"), "-out", str(pki / "ca.crt")),
        ],
        check=True,
        capture_output=True,
    )
    (pki / "apiserver.crt").write_bytes((pki / "ca.crt").read_bytes())


# -- The first boot --------------------------------------------------------------------------------------


def published(node: Node, tampered: str = "") -> dict[str, str]:
    """Put scripts into the bucket, and return what user data says of them."""
    folder = node.file("s3/certs/k8s/scripts/worker/abc")
    folder.mkdir(parents=True)
    bodies = {"worker.sh": "#!/bin/sh\necho the worker was run\n", "common.sh": "# nothing\n"}
    for name, text in bodies.items():
        (folder / name).write_text(text)
    sums = "".join(f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n" for name, text in bodies.items())
    (folder / "SHA256SUMS").write_text(sums)
    if tampered:
        (folder / tampered).write_text("#!/bin/sh\necho something else\n")
    return {"ROLE": "worker", "SCRIPTS": "k8s/scripts/worker/abc/", "SCRIPTS_SHA256": hashlib.sha256(sums.encode()).hexdigest()}


def test_the_first_boot_runs_what_user_data_names(node: Node) -> None:
    node.configure(**published(node))
    assert "the worker was run" in node.done("start.sh")


@pytest.mark.parametrize("tampered", ["worker.sh", "SHA256SUMS"])
def test_the_first_boot_runs_nothing_that_somebody_changed(node: Node, tampered: str) -> None:
    node.configure(**published(node, tampered))
    ran = node.run("start.sh")
    assert ran.returncode != 0
    assert "something else" not in ran.stdout


# -- Workers ---------------------------------------------------------------------------------------------


def offer(node: Node, token: str) -> None:
    text = json.dumps({"endpoint": "api.cluster.example.com:6443", "token": token, "ca_cert_hash": "sha256:12ab"})
    node.file("ssm/k8s/join").write_text(text)


def test_a_worker_joins_with_the_token_that_is_valid_now(node: Node) -> None:
    offer(node, "abcdef.0123456789abcdef")
    node.configure(LABELS="team=platform", TAINTS='[{"key": "gpu", "effect": "NoSchedule"}]')
    node.stand_in("kubeadm", f'[ "$1" = join ] && cp "$3" "{node.root}/joined.yaml"; exit 0')
    node.done("worker.sh")
    joined = node.file("joined.yaml").read_text()
    for words in (
        "apiServerEndpoint: api.cluster.example.com:6443",
        "token: abcdef.0123456789abcdef",
        'caCertHashes: ["sha256:12ab"]',
        "name: ip-10-0-32-7.ec2.internal",
        "aws:///us-east-1b/i-0123456789abcdef0",
        "topology.kubernetes.io/zone=us-east-1b",
        "team=platform",
        '[{"key": "gpu", "effect": "NoSchedule"}]',
    ):
        assert words in joined
    assert not node.file("var/lib/kubernetes-node/kubeadm.yaml").exists()
    assert not [call for call in node.calls if "0123456789abcdef" in call and "abcdef." in call]
    assert node.called("dnf install --assumeyes --quiet --disableexcludes=kubernetes kubelet-1.34.2 kubeadm-1.34.2")
    assert "v1.34/rpm" in node.file("etc/yum.repos.d/kubernetes.repo").read_text()


def test_a_worker_whose_token_has_ended_reads_the_next(node: Node) -> None:
    offer(node, "abcdef.0000000000000000")
    newer = node.root / "newer"
    newer.write_text(json.dumps({"endpoint": "e:6443", "token": "abcdef.1111111111111111", "ca_cert_hash": "sha256:1"}))
    refuse = f'if [ "$1" = join ]; then grep -q abcdef.1111 "$3" && exit 0; cp "{newer}" "{node.root}/ssm/k8s/join"; exit 1; fi'
    node.stand_in("kubeadm", refuse)
    node.done("worker.sh")
    assert len(node.called("kubeadm join")) == 2
    assert len(node.called("kubeadm reset --force")) == 1


def test_a_worker_waits_for_the_control_plane(node: Node) -> None:
    node.file("ssm/k8s/join").write_text('{"state": "waits for the control plane"}')
    ran = node.run("worker.sh")
    assert ran.returncode != 0
    assert "has not published a token yet" in ran.stderr
    assert node.called("kubeadm") == []


# -- The control plane -----------------------------------------------------------------------------------

INIT = """case "$1 $2" in
  "init --config")
    cp "$3" __ROOT__/init.yaml
    echo admin >__ROOT__/etc/kubernetes/admin.conf ;;
  "token create") echo abcdef.2222222222222222 ;;
  "token list") cat __ROOT__/tokens 2>/dev/null ;;
  "config images") [ "$3" = pull ] || echo registry.example.com/etcd:3.6.4 ;;
esac
exit 0"""


def cluster(node: Node) -> None:
    certificate(node)
    node.stand_in("kubeadm", INIT.replace("__ROOT__", str(node.root)))
    node.stand_in("kubectl", '[[ $* == *"create token"* ]] && echo header.payload.signature; exit 0')


def test_a_control_plane_comes_up_and_publishes_how_to_join(node: Node) -> None:
    cluster(node)
    node.done("control-plane.sh")
    said = node.file("init.yaml").read_text()
    for words in ("controlPlaneEndpoint: api.cluster.example.com:6443", "podSubnet: 10.244.0.0/16", "kubernetesVersion: v1.34.2"):
        assert words in said
    offered = json.loads(node.file("ssm/k8s/join").read_text())
    assert offered["endpoint"] == "api.cluster.example.com:6443"
    assert offered["token"] == "abcdef.2222222222222222"
    assert offered["ca_cert_hash"].startswith("sha256:")
    login = yaml.safe_load(node.file("ssm/k8s/kubeconfig").read_text())
    assert login["clusters"][0]["cluster"]["server"] == "https://api.cluster.example.com:6443"
    authority = base64.b64decode(login["clusters"][0]["cluster"]["certificate-authority-data"])
    assert authority == node.file("etc/kubernetes/pki/ca.crt").read_bytes()
    assert login["users"] == [{"name": "administrator", "user": {"token": "header.payload.signature"}}]
    assert "create token stratum-administrator --duration 24h" in "".join(node.called("kubectl --namespace kube-system create token"))
    assert node.file("s3/certs/k8s/pki.tar.gz").exists()
    assert "10.0.32.7 api.cluster.example.com" in node.file("etc/hosts").read_text()
    enabled = {call.split()[-1] for call in node.called("systemctl enable --now kubernetes-")}
    assert enabled == {f"kubernetes-{name}.timer" for name in ("join-token", "login", "etcd-snapshot", "certificates", "metrics")}
    assert "OnUnitActiveSec=12h" in node.file("etc/systemd/system/kubernetes-join-token.timer").read_text()
    assert not [call for call in node.calls if "2222222222222222" in call or "payload" in call]
    puts = node.called("aws ssm put-parameter")
    assert all("--type SecureString --key-id alias/k8s" in put for put in puts)


def test_a_control_plane_that_was_lost_comes_back_as_the_same_cluster(node: Node, tmp_path_factory: pytest.TempPathFactory) -> None:
    cluster(node)
    node.done("certificates.sh")
    before = node.file("etc/kubernetes/pki/ca.crt").read_bytes()
    node.file("s3/certs/k8s/etcd").mkdir(parents=True)
    node.file("s3/certs/k8s/etcd/20260101T000000Z.db").write_text("older")
    node.file("s3/certs/k8s/etcd/20260102T000000Z.db").write_text("newest")
    for path in node.file("etc/kubernetes/pki").iterdir():
        if path.is_file():
            path.unlink()
    node.stand_in("ctr", f'[ "$3" = run ] && mkdir -p "{node.root}/var/lib/kubernetes-node/restore/etcd"; exit 0')
    node.done("control-plane.sh")
    assert node.file("etc/kubernetes/pki/ca.crt").read_bytes() == before
    assert not node.file("etc/kubernetes/pki/apiserver.crt").exists()
    (restored,) = node.called("ctr --namespace k8s.io run")
    assert "etcdutl snapshot restore /restore/snapshot.db" in restored
    assert "s3://certs/k8s/etcd/20260102T000000Z.db" in "".join(node.called("aws s3 cp"))
    assert "--ignore-preflight-errors=DirAvailable--var-lib-etcd" in "".join(node.called("kubeadm init"))


def test_tokens_before_the_last_one_go(node: Node) -> None:
    cluster(node)
    tokens = [{"token": f"aaaaa{number}.x", "description": f"stratum.aws 2026-01-0{number}"} for number in (1, 2, 3)]
    tokens.append({"token": "other1.x", "description": "of a person"})
    node.file("tokens").write_text("\n".join(json.dumps(each) for each in tokens))
    node.done("join-token.sh")
    assert node.called("kubeadm token delete") == ["kubeadm token delete aaaaa1"]
    assert "--ttl 24h" in node.called("kubeadm token create")[0]
    assert [path for path in node.root.iterdir() if path.name.startswith("tmp.")] == []


# -- Snapshots -------------------------------------------------------------------------------------------


def test_a_snapshot_reaches_the_bucket(node: Node) -> None:
    node.file("var/lib/etcd").mkdir()
    save = f'case "$*" in *"get pods"*) echo pod/etcd-one ;; *"snapshot save"*) echo data >"{node.root}/var/lib/etcd/snapshot.db" ;; esac'
    node.stand_in("kubectl", save)
    node.done("etcd-snapshot.sh")
    (saved,) = node.file("s3/certs/k8s/etcd").iterdir()
    assert saved.read_text() == "data\n"
    assert not node.file("var/lib/etcd/snapshot.db").exists()
    assert "--sse aws:kms --sse-kms-key-id alias/k8s" in node.called("aws s3 cp")[0]


def test_without_etcd_there_is_no_snapshot_and_an_error(node: Node) -> None:
    ran = node.run("etcd-snapshot.sh")
    assert ran.returncode != 0
    assert "no etcd to be saved" in ran.stderr


def running(node: Node) -> Path:
    """Let a control plane run, and give where its manifests are."""
    manifests = node.file("etc/kubernetes/manifests")
    manifests.mkdir()
    for name in ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"):
        (manifests / f"{name}.yaml").write_text("    image: registry.example.com/etcd:3.6.4\n")
    (node.file("var/lib/etcd")).mkdir()
    node.file("var/lib/etcd/old").touch()
    node.file("s3/certs/k8s/etcd").mkdir(parents=True)
    node.file("s3/certs/k8s/etcd/20260101T000000Z.db").write_text("data")
    node.stand_in("ctr", f'[ "$3" = run ] && mkdir -p "{node.root}/var/lib/kubernetes-node/restore/etcd/new"; exit 0')
    return manifests


def test_a_restore_puts_etcd_back_and_keeps_what_was_there(node: Node) -> None:
    manifests = running(node)
    said = node.done("etcd-restore.sh", "20260101T000000Z.db")
    assert "etcd is as it was in 20260101T000000Z.db" in said
    assert node.file("var/lib/etcd/new").exists()
    (replaced,) = node.file("var/lib").glob("etcd.replaced-*")
    assert (replaced / "old").exists()
    assert len(list(manifests.iterdir())) == 4
    assert node.called("systemctl restart kubelet")


def test_a_restore_changes_nothing_while_etcd_runs_on(node: Node) -> None:
    manifests = running(node)
    node.stand_in("crictl", "echo 123")
    ran = node.run("etcd-restore.sh", "newest")
    assert ran.returncode != 0
    assert "etcd does not stop; nothing was changed" in ran.stderr
    assert node.file("var/lib/etcd/old").exists()
    assert len(list(manifests.iterdir())) == 4


@pytest.mark.parametrize(("name", "message"), [("../../etc/passwd", "is no name of a snapshot"), ("newest", "there is no snapshot")])
def test_a_restore_of_nothing_is_refused(node: Node, name: str, message: str) -> None:
    ran = node.run("etcd-restore.sh", name)
    assert ran.returncode != 0
    assert message in ran.stderr


# -- Metrics and upgrades --------------------------------------------------------------------------------


def test_metrics_tell_how_the_cluster_is(node: Node) -> None:
    certificate(node)
    node.stand_in("kubectl", 'case "$*" in *nodes*) printf "a Ready x\\nb NotReady x\\nc Ready x\\n" ;; esac')
    node.done("metrics.sh")
    (said,) = node.called("aws cloudwatch put-metric-data --namespace Stratum/Kubernetes")
    for name, value in (("ApiServerHealthy", 1), ("NodesReady", 2), ("NodesNotReady", 1)):
        assert f"MetricName={name},Value={value},Dimensions=[{{Name=Cluster,Value=k8s}}]" in said
    assert re.search(r"MetricName=CertificateDaysLeft,Value=(89|90),", said), said


def test_an_upgrade_begins_with_a_snapshot(node: Node) -> None:
    cluster(node)
    node.file("var/lib/etcd").mkdir()
    (node.root / "etc/yum.repos.d").mkdir(parents=True)
    save = f'case "$*" in *"get pods"*) echo pod/etcd-one ;; *"snapshot save"*) echo data >"{node.root}/var/lib/etcd/snapshot.db" ;; esac'
    node.stand_in("kubectl", save)
    assert "runs Kubernetes 1.35.0" in node.done("upgrade.sh", "1.35.0")
    kinds = [call for call in node.calls if "snapshot save" in call or "upgrade apply" in call]
    assert ["snapshot" in kind for kind in kinds] == [True, False]
    assert "KUBERNETES_VERSION=1.35.0" in node.file("etc/kubernetes-node/node.env").read_text()
    assert node.run("upgrade.sh", "latest").returncode != 0


def test_certificates_are_renewed_and_used(node: Node) -> None:
    cluster(node)
    node.stand_in("crictl", '[ "$1" = ps ] && echo "id-of-$4"; exit 0')
    assert "the certificates of k8s are good until" in node.done("renew.sh")
    assert len(node.called("crictl stop")) == 4
    assert "token: header.payload.signature" in node.file("ssm/k8s/kubeconfig").read_text()
