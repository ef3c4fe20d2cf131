# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup that signs tokens for EKS: what is in one, whose settings it heeds, and what it says where it cannot."""

from __future__ import annotations

import base64
import datetime
import os
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

import pytest
import yaml
from ansible import constants
from ansible.errors import AnsibleLookupError
from ansible_collections.amazon.aws.plugins.doc_fragments import common, region
from ansible_collections.stratum.aws.plugins.lookup.eks_token import LookupModule

NAME = "stratum.aws.eks_token"
KEY = "AKIAIOSFODNN7EXAMPLE"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Leave nothing of the machine's AWS settings."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the keys of a user in the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI")


def tokens(*clusters: Any, **options: Any) -> list[str]:
    """Return what the lookup gives."""
    # Not by Ansible's loader of plugins, which changes how everything after it is imported.
    documented = {}
    for fragment in (common, region):
        documented.update(yaml.safe_load(fragment.ModuleDocFragment.PLUGINS)["options"])
    constants.config.initialize_plugin_configuration_definitions("lookup", NAME, documented)
    lookup = LookupModule()
    lookup._load_name = NAME
    found: list[str] = lookup.run(list(clusters), {}, **options)
    return found


def address(token: str) -> SplitResult:
    """Return the address in a token, decoded as EKS decodes it."""
    assert token.startswith("k8s-aws-v1.")
    text = token.removeprefix("k8s-aws-v1.")
    assert "=" not in text
    return urlsplit(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode())


@pytest.mark.usefixtures("credentials")
def test_a_token_is_a_signed_question_to_the_regions_sts() -> None:
    found = address(tokens("shop", region="eu-west-1")[0])
    asked = {name: values[0] for name, values in parse_qs(found.query).items()}
    assert (found.scheme, found.netloc, found.path) == ("https", "sts.eu-west-1.amazonaws.com", "/")
    assert (asked["Action"], asked["Version"]) == ("GetCallerIdentity", "2011-06-15")
    assert asked["X-Amz-SignedHeaders"] == "host;x-k8s-aws-id"
    assert asked["X-Amz-Expires"] == "60"
    key, day, region, service, end = asked["X-Amz-Credential"].split("/")
    assert (key, region, service, end) == (KEY, "eu-west-1", "sts", "aws4_request")
    signed_at = datetime.datetime.strptime(asked["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.UTC)
    assert abs((datetime.datetime.now(tz=datetime.UTC) - signed_at).total_seconds()) < 60
    assert asked["X-Amz-Date"].startswith(day)
    # What names the cluster is in the signature only, and no parameter that STS does not know is left.
    assert set(asked) == {
        "Action", "Version", "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature",
    }  # fmt: skip


@pytest.mark.usefixtures("credentials")
def test_each_cluster_has_a_signature_of_its_own() -> None:
    one, other = (parse_qs(address(token).query) for token in tokens("one", "other", region="eu-west-1"))
    assert one["X-Amz-Signature"] != other["X-Amz-Signature"]


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize("name", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_the_region_of_the_environment_counts(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "ca-central-1")
    assert address(tokens("shop")[0]).netloc == "sts.ca-central-1.amazonaws.com"
    assert address(tokens("shop", region="us-west-2")[0]).netloc == "sts.us-west-2.amazonaws.com"


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize("options", [{}, {"endpoint_url": "http://127.0.0.1:4566"}])
def test_eks_plays_only_addresses_of_aws(monkeypatch: pytest.MonkeyPatch, options: dict[str, str]) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    found = address(tokens("shop", region="ca-central-1", **options)[0])
    assert (found.scheme, found.netloc) == ("https", "sts.ca-central-1.amazonaws.com")


def test_a_profile_has_keys_and_a_region(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(os.environ["AWS_CONFIG_FILE"]).write_text("[profile work]\nregion = eu-north-1\n", encoding="utf-8")
    Path(os.environ["AWS_SHARED_CREDENTIALS_FILE"]).write_text(
        "[work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = x\naws_session_token = session\n", encoding="utf-8"
    )
    found = address(tokens("shop", profile="work")[0])
    asked = parse_qs(found.query)
    assert found.netloc == "sts.eu-north-1.amazonaws.com"
    assert asked["X-Amz-Credential"][0].startswith("AKIAWORK/")
    assert asked["X-Amz-Security-Token"] == ["session"]
    monkeypatch.setenv("AWS_PROFILE", "work")
    assert address(tokens("shop")[0]).netloc == "sts.eu-north-1.amazonaws.com"


@pytest.mark.parametrize(
    ("clusters", "options", "said"),
    [
        (
            ["shop"],
            {"region": "eu-west-1"},
            "eks_token: no AWS credentials to sign a token for shop with. Give profile, or set AWS_PROFILE.",
        ),
        (["shop"], {}, "eks_token: no region for shop. Give region, or set AWS_REGION for ansible-playbook."),
        (
            ["shop"],
            {"profile": "nobody"},
            "eks_token: there is no AWS profile nobody to sign a token for shop with. Correct profile or AWS_PROFILE.",
        ),
        ([], {"region": "eu-west-1"}, "eks_token: name the cluster, as in lookup('stratum.aws.eks_token', 'shop', region='us-east-1')."),
        ([""], {"region": "eu-west-1"}, "eks_token: name the cluster, as in lookup('stratum.aws.eks_token', 'shop', region='us-east-1')."),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(clusters: list[str], options: dict[str, str], said: str) -> None:
    with pytest.raises(AnsibleLookupError) as refused:
        tokens(*clusters, **options)
    assert str(refused.value) == said
