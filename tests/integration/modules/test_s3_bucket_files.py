# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files in a bucket, over their whole life."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "s3_bucket_files"
BUCKET = "example-web"


@pytest.fixture
def site(account: Any, tmp_path: Path) -> Path:
    """Make a bucket with versions, and a directory with a page."""
    client = account.client("s3")
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "ca-central-1"})
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    for name, content in {"index.html": "<p>one</p>", "lib/app.js": "1;", ".hidden": "no", "drafts/x.html": "no"}.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return tmp_path


def options(site: Path, **more: Any) -> dict[str, Any]:
    return {
        "bucket": BUCKET,
        "directory": str(site),
        "exclude": ["drafts"],
        "cache_control": "public, max-age=86400",
        "cache_rules": [{"pattern": "*.html", "cache_control": "no-cache"}],
        "files": [{"name": "config.json", "content": {"region": "us-west-2"}, "cache_control": "no-store"}],
        **more,
    }


def held(account: Any) -> list[str]:
    return sorted(each["Key"] for each in account.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", []))


def puts(account: Any) -> int:
    return len([each for each in account.writes() if each["operation"] == "PutObject"])


def test_files_over_their_whole_life(account: Any, run_module: RunModule, site: Path) -> None:
    checked = run_module(MODULE, options(site), check=True, diff=True)
    assert checked.changed, checked.msg
    assert checked["files"]["uploaded"] == ["config.json", "index.html", "lib/app.js"]
    assert set(checked["diff"]["after"]["files"]) == {"config.json", "index.html", "lib/app.js"}
    assert held(account) == []

    first = run_module(MODULE, options(site))
    assert first.changed, first.msg
    assert first["files"]["files"] == checked["files"]["files"]
    assert first["files"]["content_hash"] == checked["files"]["content_hash"]
    assert held(account) == ["config.json", "index.html", "lib/app.js"]
    client = account.client("s3")
    page = client.get_object(Bucket=BUCKET, Key="index.html")
    assert (page["ContentType"], page["CacheControl"], page["Body"].read()) == ("text/html; charset=utf-8", "no-cache", b"<p>one</p>")
    script = client.head_object(Bucket=BUCKET, Key="lib/app.js")
    assert (script["ContentType"], script["CacheControl"]) == ("text/javascript; charset=utf-8", "public, max-age=86400")
    assert client.get_object(Bucket=BUCKET, Key="config.json")["Body"].read() == b'{\n  "region": "us-west-2"\n}\n'

    before = puts(account)
    second = run_module(MODULE, options(site))
    assert not second.changed, second["diff"]
    assert second["files"]["content_hash"] == first["files"]["content_hash"]
    assert puts(account) == before

    # Something else is written over one file and beside them, another changes in the directory.
    client.put_object(Bucket=BUCKET, Key="lib/app.js", Body=b"2;", ContentType="text/javascript; charset=utf-8")
    client.put_object(Bucket=BUCKET, Key="left.txt", Body=b"left")
    (site / "index.html").write_text("<p>two</p>", encoding="utf-8")
    kept = run_module(MODULE, options(site, purge_files=False), check=True)
    assert (kept["files"]["uploaded"], kept["files"]["deleted"]) == (["index.html", "lib/app.js"], [])
    changed = run_module(MODULE, options(site), diff=True)
    assert (changed["files"]["uploaded"], changed["files"]["deleted"]) == (["index.html", "lib/app.js"], ["left.txt"])
    assert changed["files"]["content_hash"] != first["files"]["content_hash"]
    assert changed["diff"]["before"]["files"]["left.txt"]["content_type"] == "binary/octet-stream"
    assert held(account) == ["config.json", "index.html", "lib/app.js"]

    assert run_module(MODULE, {"bucket": BUCKET, "state": "absent"}, check=True).changed
    assert len(held(account)) == 3
    assert run_module(MODULE, {"bucket": BUCKET, "state": "absent"}).changed
    assert held(account) == []
    assert not run_module(MODULE, {"bucket": BUCKET, "state": "absent"}).changed


def test_a_prefix_is_all_that_counts(account: Any, run_module: RunModule, site: Path) -> None:
    account.client("s3").put_object(Bucket=BUCKET, Key="other.txt", Body=b"other")
    result = run_module(MODULE, {"bucket": BUCKET, "prefix": "web/", "files": [{"name": "a.txt", "content": "a"}]})
    assert list(result["files"]["files"]) == ["web/a.txt"]
    assert run_module(MODULE, {"bucket": BUCKET, "prefix": "web/", "state": "absent"}).changed
    assert held(account) == ["other.txt"]


def test_bad_input(account: Any, run_module: RunModule, site: Path) -> None:
    missing = run_module(MODULE, {"bucket": BUCKET, "directory": str(site / "none")})
    assert missing.failed
    assert "There is no directory" in missing.msg
    assert run_module(MODULE, {"bucket": "nowhere-at-all", "files": [{"name": "a", "content": "a"}]}, check=True).changed
    assert not run_module(MODULE, {"bucket": "nowhere-at-all", "state": "absent"}).changed
