# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stage: what a host meets on it is what it would meet on EC2."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.emulator.fixtures import Emulator
from tests.hosts import machine
from tests.hosts.docker import HostsError, docker
from tests.hosts.fixtures import StageOptions, explained, own_stages
from tests.hosts.stage import Stage, wait_for

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.integration, pytest.mark.xdist_group("stage"), pytest.mark.timeout(600)]

STAGE = StageOptions()
ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
METADATA = "http://169.254.169.254/latest"
HELPER = f'mkdir -p /root/.docker; echo \'{{"credHelpers": {{"{ECR}": "ecr-login"}}}}\' > /root/.docker/config.json'
LOGS = "--log-driver awslogs --log-opt awslogs-region=us-east-1 --log-opt awslogs-group=/stage --log-opt awslogs-create-group=true"


def metadata(stage: Stage, path: str) -> str:
    return stage.shell(
        "host",
        f"token=$(curl -fsS -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' {METADATA}/api/token); "
        f'curl -fsS -H "X-aws-ec2-metadata-token: $token" {METADATA}/{path}',
    )


def test_a_host_boots_without_failed_units(stage: Stage) -> None:
    assert stage.run("host", "systemctl", "is-system-running").strip() == "running"
    assert stage.shell("host", "su admin -c 'sudo -n id -u'").strip() == "0"


def test_ssh_lets_in_the_holder_of_the_key_pair(stage: Stage, tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    settings = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "BatchMode=yes", "LogLevel=ERROR")
    options = [f"-o{setting}" for setting in settings]
    command = ["ssh", "-i", str(key), *options, f"admin@{stage.address()}", "sudo", "id", "-un"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 255
    machine.authorize(stage.container(), key.with_suffix(".pub").read_text(encoding="utf-8"))
    assert subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip() == "root"


def test_the_metadata_service_wants_a_token_and_gives_the_roles_credentials(stage: Stage) -> None:
    assert stage.shell("host", f"curl -s -o /dev/null -w '%{{http_code}}' {METADATA}/meta-data/instance-id") == "401"
    assert metadata(stage, "meta-data/instance-id") == "i-0123456789abcdef0"
    assert json.loads(metadata(stage, "dynamic/instance-identity/document"))["region"] == "us-east-1"
    stage.describe_host(role="application", instance_id="i-00000000000000001")
    assert metadata(stage, "meta-data/iam/security-credentials/") == "application"
    script = "import boto3; print(boto3.client('sts', region_name='us-east-1').get_caller_identity()['Arn'])"
    arn = stage.run("host", "python3", "-c", script).strip()
    assert arn == "arn:aws:sts::123456789012:assumed-role/application/i-00000000000000001"


def test_names_of_aws_lead_to_the_emulator_with_a_certificate_that_counts(stage: Stage, stage_emulator: Emulator) -> None:
    stage_emulator.client("secretsmanager", "us-east-1").create_secret(Name="stage/secret", SecretString="s3cret")
    script = (
        "import boto3; secrets = boto3.client('secretsmanager', region_name='us-east-1'); "
        "print(secrets.get_secret_value(SecretId='stage/secret')['SecretString'])"
    )
    assert stage.run("host", "python3", "-c", script).strip() == "s3cret"
    big = (
        "import boto3, sys; s3 = boto3.client('s3', region_name='us-east-1'); s3.create_bucket(Bucket='stage-bucket'); "
        "s3.put_object(Bucket='stage-bucket', Key='big', Body=b'x' * 5000000); "
        "print(len(s3.get_object(Bucket='stage-bucket', Key='big')['Body'].read()))"
    )
    assert stage.run("host", "python3", "-c", big).strip() == "5000000"


def test_a_service_that_is_cut_off_refuses_until_mended(stage: Stage) -> None:
    probe = "curl -s -o /dev/null --max-time 2 https://monitoring.us-east-1.amazonaws.com/ && echo 0 || echo $?"
    assert stage.shell("host", probe).strip() == "0"
    stage.cut("monitoring")
    assert stage.shell("host", probe).strip() in {"35", "56"}  # the connection was reset
    stage.cut("monitoring", "hang")
    assert stage.shell("host", probe).strip() == "28"  # time is up
    assert stage.shell("host", probe.replace("monitoring", "sts")).strip() == "0"
    stage.mend()
    assert stage.shell("host", probe).strip() == "0"


def test_docker_hub_and_ecr_give_the_images(stage: Stage) -> None:
    stage.shell("host", f"{HELPER}; docker pull -q nginx:alpine; docker pull -q redis:7-alpine")
    for tag in ("1.0.0", "1.1.0", "2.0.0-broken", "2.0.1-unhealthy"):
        stage.shell("host", f"docker pull -q {ECR}/acct-atlas-user-service:{tag}")
    stage.shell("host", f"docker run -d --name app -e SECRET=value -p 8081:8081 {ECR}/acct-atlas-user-service:1.1.0")
    try:
        wait_for("the service", lambda: stage.shell("host", "curl -s localhost:8081/actuator/health || true"), 10)
        answer = json.loads(stage.shell("host", "curl -s -H 'X-Real-IP: 192.0.2.7' localhost:8081/users?page=2"))
    finally:
        stage.shell("host", "docker rm -f app")
    assert (answer["name"], answer["version"], answer["path"]) == ("user-service", "1.1.0", "/users?page=2")
    assert answer["headers"]["X-Real-IP"] == "192.0.2.7"
    assert answer["environment"]["SECRET"] == "cd42404d52ad55ccfa9aca4adc828aa5800ad9d385a0671fbcbf724118320619"
    broken = docker("exec", stage.container(), "docker", "run", "--rm", f"{ECR}/acct-atlas-user-service:2.0.0-broken", check=False)
    assert broken.returncode == 1
    assert "broken" in broken.stderr


def test_a_diagnosis_shows_what_ended_why_and_the_journal(stage: Stage) -> None:
    stage.shell("host", "docker run --name ill nginx:alpine sh -c 'echo no luck; exit 3' || true")
    stage.shell("host", "docker run --detach --name well nginx:alpine sleep 60; docker run --name wrong nginx:alpine nosuchprogram || true")
    try:
        with pytest.raises(ValueError, match="anything") as caught, explained(stage.name):
            raise ValueError("anything")
    finally:
        stage.shell("host", "docker rm -f ill well wrong")
    (said,) = caught.value.__notes__
    for words in (
        stage.container("load"),
        "/ill exited exit=3",
        "== /ill\nno luck",
        "/well running exit=0",
        "nosuchprogram",
        "Started docker.service",
    ):
        assert words in said
    assert "== /well" not in said, "what is well has nothing to say"
    assert [each.name for each in own_stages()] == [stage.name]


def test_ecr_refuses_a_wrong_password(stage: Stage) -> None:
    code = "curl -s -o /dev/null -w '%{http_code}'"
    assert stage.shell("host", f"{code} -u AWS:wrong https://{ECR}/v2/") == "401"
    assert stage.shell("host", f"{code} -u AWS:123456789012-auth-token https://{ECR}/v2/") == "200"


def test_the_log_driver_writes_to_the_account(stage: Stage, stage_emulator: Emulator) -> None:
    stage.shell("host", f"docker run --rm {LOGS} --log-opt awslogs-stream=written nginx:alpine echo 'a line from the host'")
    logs = stage_emulator.client("logs", "us-east-1")
    events = logs.get_log_events(logGroupName="/stage", logStreamName="written")["events"]
    assert [event["message"] for event in events] == ["a line from the host"]


def test_a_reboot_with_logs_cut_off_keeps_the_container_down_as_on_ec2(stage: Stage) -> None:
    stage.shell("host", f"docker run -d --name logged --restart always {LOGS} --log-opt awslogs-stream=boot nginx:alpine")
    stage.shell("host", "docker run -d --name plain --restart always nginx:alpine")
    try:
        stage.cut("logs")
        stage.reboot()
        running = stage.shell("host", "docker ps --format '{{.Names}}'").split()
        assert running == ["plain"]
        assert stage.run("host", "ip", "route", "get", "169.254.169.254").split()[2] == stage.address("aws")
        stage.mend()
        stage.shell("host", "docker start logged")
    finally:
        stage.mend()
        stage.shell("host", "docker rm -f logged plain")


def test_the_test_authority_issues_for_names_that_lead_to_the_host(stage: Stage) -> None:
    stage.lead(["shop.example", "www.shop.example"])
    order = (
        "certbot certonly --standalone -n --agree-tos -m operator@shop.example --server https://acme.test:14000/dir "
        "-d shop.example -d www.shop.example 2>&1"
    )
    assert "Successfully received certificate" in stage.shell("host", order)
    names = stage.shell("host", "openssl x509 -noout -ext subjectAltName -in /etc/letsencrypt/live/shop.example/cert.pem")
    assert "DNS:shop.example, DNS:www.shop.example" in names
    assert "BEGIN CERTIFICATE" in stage.acme_root()
    assert stage.run("load", "getent", "hosts", "www.shop.example").split()[0] == stage.address()


def test_the_database_has_the_endpoints_name_and_postgis(stage: Stage) -> None:
    endpoint = "atlas.cabc123.us-east-1.rds.amazonaws.com"
    stage.database_at(endpoint, "atlas_admin", "it's secret", "atlas")
    stage.database_at(endpoint, "atlas_admin", "changed", "atlas")
    script = (
        f"import psycopg2; c = psycopg2.connect(host='{endpoint}', user='atlas_admin', password='changed', dbname='atlas', "
        "sslmode='verify-full', sslrootcert='/etc/ssl/certs/ca-certificates.crt'); c.autocommit = True; q = c.cursor(); "
        "q.execute('CREATE EXTENSION IF NOT EXISTS postgis'); q.execute('SELECT postgis_version()'); print(q.fetchone()[0])"
    )
    assert stage.run("host", "python3", "-c", script).startswith("3.")
    with pytest.raises(HostsError, match="password authentication failed"):
        stage.run("host", "python3", "-c", script.replace("changed", "it''s secret".replace("'", "")))


def test_a_bare_host_installs_docker_from_its_packages(stage: Stage) -> None:
    address = stage.add_host("bare", image="host", instance_id="i-00000000000000002")
    try:
        assert address != stage.address()
        install = "DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends docker.io docker-cli docker-compose"
        stage.shell("bare", f"command -v docker && exit 1; apt-get update -qq; {install} >/dev/null 2>&1")
        assert "v2" in stage.shell("bare", "docker compose version --short | sed s/^/v/")
        assert "redis" in stage.shell("bare", "docker run --rm -m 64m redis:7-alpine redis-server --version").lower()
        stage.lead(["moved.example"], "bare")
        assert stage.run("load", "getent", "hosts", "moved.example").split()[0] == address
    finally:
        stage.remove_host("bare")
        stage.lead(["moved.example"])


def test_down_removes_containers_volumes_network_and_state() -> None:
    name = "stage-down-test"
    stage = Stage.up(name, only=[], host_image="host")
    try:
        mounts = json.loads(docker("inspect", stage.container()).stdout)[0]["Mounts"]
        volumes = [mount["Name"] for mount in mounts if mount["Type"] == "volume"]
        forwarder = stage.state.forwarder
        assert len(volumes) == 2
        assert Stage.up(name).state == stage.state  # up again finds it
    finally:
        Stage(name).down()
    assert docker("ps", "-aq", "--filter", f"name={name}").stdout == ""
    assert docker("network", "ls", "-q", "--filter", f"name={name}").stdout == ""
    assert not set(volumes) & set(docker("volume", "ls", "-q").stdout.split())
    assert not Path(f"/proc/{forwarder}").exists()
    with pytest.raises(HostsError, match="there is no stage"):
        Stage.find(name)
