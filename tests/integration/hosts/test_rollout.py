# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deploys by the playbooks on a host with a real Docker, with nginx in front and clients elsewhere. The tests follow one another."""

from __future__ import annotations

import pytest

from tests.emulator.fixtures import Emulator
from tests.hosts.fixtures import StageOptions
from tests.hosts.stage import Stage

from .rollout_site import DIRECTORY, Load, Site

pytestmark = [pytest.mark.slow, pytest.mark.docker, pytest.mark.integration, pytest.mark.timeout(600), pytest.mark.xdist_group("rollout")]

STAGE = StageOptions(only=("registry", "hub", "load"))
KINDS = {
    "pages": ("/", 4, "close", "GET"),
    "calls": ("/api/x", 4, "close", "POST"),
    "kept": ("/api/x", 4, "keep", "GET"),
    "slow": ("/api/slow?seconds=2", 2, "close", "GET"),
}


def lost(load: dict[str, Load]) -> dict[str, dict[str, int]]:
    """Return the requests that got no answer, or another one than the service's."""
    return {name: one.failed for name, one in load.items() if one.failed}


@pytest.fixture(scope="module")
def site(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The project at 1.0.0."""
    one = Site(stage, tmp_path_factory.mktemp("site"))
    one.set_up()
    assert one.at("1.0.0"), one.containers()
    return one


def test_deploy_loses_no_request(site: Site) -> None:
    before = site.containers()["nginx"]
    with site.load(KINDS) as load:
        site.deploy("1.1.0").check()
    assert lost(load) == {}
    for name in ("pages", "calls", "kept"):
        assert load[name].answers["200 1.0.0"] > 50, load
        assert load[name].answers["200 1.1.0"] > 50, load
    assert site.at("1.1.0"), site.containers()
    assert site.containers()["nginx"] == before, "the proxy itself stays"
    assert site.shell(f"grep TAG= {DIRECTORY}/.env").strip() == 'TAG="1.1.0"', "as the role writes it"


def test_compose_finds_nothing_to_do_afterwards(site: Site) -> None:
    before = site.containers()
    site.shell(f"cd {DIRECTORY} && docker compose -f docker-compose.prod.yml -p site up -d")
    assert site.containers() == before


def test_history_and_report_say_what_was_done(site: Site) -> None:
    (release,) = site.releases()
    assert (release["tag"], release["previous"], release["outcome"], release["by"]) == ("1.1.0", "1.0.0", "good", "jane")
    ways = {item["name"]: item["how"] for item in site.deploy("1.0.0", "--check").check().report("deploy", "site", "test")["services"]}
    assert ways == {
        "user-service": "start_first",
        "api-gateway": "start_first",
        "web-app": "start_first",
        "notification-service": "in_place",
    }
    assert site.at("1.1.0"), "a check changes nothing"


def test_same_tag_again_changes_nothing(site: Site) -> None:
    before = site.containers()
    ran = site.deploy("1.1.0").check()
    assert not ran.report("deploy", "site", "test")["changed"]
    assert site.containers() == before
    assert len(site.releases()) == 1


@pytest.mark.parametrize(("tag", "words"), [("2.0.0-broken", "ends soon after it started"), ("2.0.1-unhealthy", "is unhealthy")])
def test_broken_image_leaves_the_old_one_serving(site: Site, tag: str, words: str) -> None:
    with site.load(KINDS) as load:
        said = site.deploy(tag).check(2).output
    assert words in said
    assert "verything is at 1.1.0 as before" in " ".join(said.split())
    assert lost(load) == {}
    assert {said.split()[1] for one in load.values() for said in one.answers} == {"1.1.0"}
    assert site.at("1.1.0"), site.containers()
    last = site.releases()[-1]
    assert (last["tag"], last["outcome"]) == (tag, "failed")
    assert last["details"]["service"] == "user-service"
    assert last["details"]["log"]


def test_status_says_what_runs(site: Site, stage_emulator: Emulator) -> None:
    (host,) = site.status(stage_emulator)["hosts"].values()
    assert (host["reachable"], host["tag"], host["ill"], host["certificates"]) == (True, "1.1.0", [], {})
    assert [item["service"] for item in host["services"]] == ["api-gateway", "nginx", "notification-service", "user-service", "web-app"]
    assert host["last_release"]["outcome"] == "failed"
    assert 0 < host["disk"]["used_percent"] <= 100
    assert host["disk"]["free_mib"] > 0


def test_missing_tag_changes_nothing(site: Site) -> None:
    before = site.containers()
    said = " ".join(site.deploy("9.9.9").check(2).output.split())
    assert "9.9.9 cannot be pulled" in said
    assert "Nothing was changed" in said
    assert site.containers() == before


@pytest.mark.parametrize(("tag", "then"), [("1.0.0", "1.0.0"), pytest.param("1.1.0", "1.0.0", marks=pytest.mark.long)])
def test_killed_deploy_is_finished_or_undone(site: Site, tag: str, then: str) -> None:
    """From 1.1.0: 1.0.0 is killed and finished; then 1.1.0 is killed and undone."""
    with site.load(KINDS) as load:
        site.killed_deploy(tag, "api-gateway")
        site.deploy(then).check()
    assert site.at(then), site.containers()
    assert [item["outcome"] for item in site.releases()[-2:]] == ["interrupted", "good"]
    assert lost(load) == {}


def test_nobody_meets_a_deploy(site: Site) -> None:
    before, file = site.containers(), site.shell(f"stat -c %Y {DIRECTORY}/docker-compose.prod.yml")
    with site.locked():
        for ran in (site.configure(), site.deploy("1.1.0", compose_host_deploy_lock_timeout_seconds=1)):
            assert "jane (process 1) since noon is at work on site" in " ".join(ran.check(2).output.split())
            assert ran.changed == 0
        said = site.shell(f"{site.start_script(1)} 2>&1 || echo ended with $?")
        assert said.splitlines() == ["jane (process 1) since noon is at work on site", "ended with 1"]
    assert (site.containers(), site.shell(f"stat -c %Y {DIRECTORY}/docker-compose.prod.yml")) == (before, file)
    site.shell(f"{site.start_script(60)} 2>&1")
    assert site.containers() == before


def test_rollback_goes_to_the_release_before(site: Site) -> None:
    site.deploy("1.1.0").check()
    assert site.rollback().check().report("rollback", "site", "test")["tag"] == "1.0.0"
    assert site.at("1.0.0"), site.containers()
    assert [item["outcome"] for item in site.releases()[-2:]] == ["rolled_back", "good"]


def test_all_comes_back_after_a_reboot(site: Site) -> None:
    site.stage.reboot("host")
    site.shell(f"cd {DIRECTORY} && docker compose -f docker-compose.prod.yml -p site up -d --wait --wait-timeout 60")
    assert site.at("1.0.0"), site.containers()
