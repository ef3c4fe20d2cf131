# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rollout: all services of a project to one tag, and all of them back if one fails."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.stratum.aws.plugins.module_utils import _compose_history as records
from ansible_collections.stratum.aws.plugins.module_utils._compose_engine import EngineError, Service
from ansible_collections.stratum.aws.plugins.module_utils._compose_switch import ReplaceError, Switch

PROBES = ("stratum-a", "stratum-b")
"""Two tags that nobody has: what differs between them depends on the tag."""


class RolloutError(Exception):
    """A rollout that failed; the message is a sentence, `result` what the module returns with it."""

    def __init__(self, message: str, result: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.result = result or {}


@dataclass
class Plan:
    """What a rollout will do."""

    tag: str
    previous: str | None
    services: list[Service]
    """All that the rollout looks after, in their order, as they will be."""
    outdated: list[Service]
    """Those of them that have to be replaced."""
    unfinished: records.Release | None
    """The rollout before, if it was killed."""
    dotenv_differs: bool

    @property
    def changes(self) -> bool:
        """Whether anything is to be done."""
        return bool(self.outdated or self.unfinished or self.dotenv_differs)


@dataclass
class Rollout:
    """Brings a project to a tag."""

    switch: Switch
    history: records.History
    dotenv: Path
    tag_variable: str = "TAG"
    names: Sequence[str] = ()
    """The services in their order; empty for all whose image depends on the tag."""
    pull: str = "always"
    keep_images: int = 3
    done: list[dict[str, Any]] = field(default_factory=list)

    def current_tag(self) -> str | None:
        """Return the tag that the project's .env says."""
        text = self.dotenv.read_text(encoding="utf-8") if self.dotenv.exists() else ""
        return records.dotenv_value(text, self.tag_variable) or None

    def target(self) -> str:
        """Return the tag to go back to when the user names none."""
        found = records.last_good_before(self.history.releases, self.current_tag())
        if found is None:
            raise RolloutError("there is no earlier release to go back to; name one with tag")
        return found

    def plan(self, tag: str) -> Plan:
        """Compare what runs with what should run."""
        current = self.current_tag()
        unfinished = self.history.interrupted
        previous = current if current != tag else (unfinished or {}).get("previous")
        services = self._services(tag)
        outdated = [item for item in services if self._is_outdated(item)]
        return Plan(tag, previous, services, outdated, unfinished, current != tag)

    def fetch(self, plan: Plan) -> Plan:
        """Get all images before anything changes, and return the plan with what they are."""
        references = sorted({item.image for item in plan.services})
        with ThreadPoolExecutor(max_workers=3) as pool:
            problems = [problem for problem in pool.map(self._fetch_one, references) if problem]
        if problems:
            raise RolloutError(f"{'; '.join(problems)}. Nothing was changed")
        return self.plan(plan.tag)

    def run(self, plan: Plan, by: str, kind: str) -> records.Release:
        """Do what the plan says; go back and raise when a service fails."""
        self.switch.unpin([item.name for item in plan.services if item not in plan.outdated or not item.start_first])
        try:
            self.switch.check_proxy()
        except (ReplaceError, EngineError) as error:
            raise RolloutError(f"{error}. Nothing was changed") from error
        self.history.begin({"tag": plan.tag, "previous": plan.previous, "by": by, "kind": kind})
        for service in plan.outdated:
            began = self.switch.clock.now()
            try:
                how = self.switch.replace(service, plan.tag)
            except (ReplaceError, EngineError) as error:
                self._go_back(plan, service, error)
            self._note(service, how, plan.tag, began)
        try:
            self._still_well(plan)
        except (ReplaceError, EngineError) as error:
            self._go_back(plan, None, error)
        text = self.dotenv.read_text(encoding="utf-8") if self.dotenv.exists() else ""
        records.write_atomically(self.dotenv, records.with_dotenv_value(text, self.tag_variable, plan.tag))
        release = self.history.finish(records.GOOD, services=[item["name"] for item in self.done])
        self._forget_images(plan)
        return release

    def _services(self, tag: str) -> list[Service]:
        known = self.switch.engine.services(tag)
        if self.names:
            unknown = sorted(set(self.names) - set(known))
            if unknown:
                raise RolloutError(f"the compose file has no service {', '.join(unknown)}; it has {', '.join(sorted(known))}")
            return [known[name] for name in self.names]
        images = [{name: item.image for name, item in self.switch.engine.services(probe).items()} for probe in PROBES]
        return [item for name, item in known.items() if images[0].get(name) != images[1].get(name)]

    def _is_outdated(self, service: Service) -> bool:
        found = self.switch.engine.containers(service.name)
        current = [item for item in found if item.runs(service) and item.running and item.health in (None, "healthy")]
        return len(current) != service.replicas or len(found) != len(current)

    def _fetch_one(self, reference: str) -> str | None:
        here = self.switch.engine.image(reference) is not None
        if self.pull == "never":
            return None if here else f"the image {reference} is not on this host"
        if self.pull == "missing" and here:
            return None
        try:
            self.switch.engine.pull(reference)
        except EngineError as error:
            return f"the image {reference} cannot be pulled: {error}"
        return None

    def _note(self, service: Service, how: str, tag: str, began: float) -> None:
        seconds = round(self.switch.clock.now() - began, 1)
        self.done.append({"name": service.name, "how": how, "tag": tag, "seconds": seconds})

    def _still_well(self, plan: Plan) -> None:
        """Fail if a container that was well when it was started is not any more."""
        ill = [item.name for item in plan.outdated if self._is_outdated(item)]
        if ill:
            raise ReplaceError(f"{', '.join(ill)} at {plan.tag}: well at first, and not any more when all services were there")

    def _go_back(self, plan: Plan, failed: Service | None, error: Exception) -> None:
        """Bring everything back to the previous tag, write down why, and raise."""
        reason = str(error)
        details = getattr(error, "details", {})
        back: list[str] = []
        problems: list[str] = []
        replaced = [item["name"] for item in self.done]
        touched = [failed.name] if failed and not getattr(error, "untouched", False) else []
        try:
            before = self.switch.engine.services(plan.previous) if plan.previous else {}
        except EngineError as trouble:
            before, problems = {}, [str(trouble)]
        for name in [*touched, *reversed(replaced)]:
            try:
                if name in before and self._is_outdated(before[name]):
                    self.switch.replace(before[name], str(plan.previous))
                    back.append(name)
            except (ReplaceError, EngineError) as trouble:
                problems.append(str(trouble))
        if (touched or replaced) and not plan.previous:
            problems.append("there is no previous tag to go back to")
        outcome = records.STUCK if problems else records.FAILED
        release = self.history.finish(outcome, reason, details=details, services=replaced, went_back=back, problems=problems)
        where = f"everything is at {plan.previous} as before" if plan.previous else "nothing runs at another tag than before"
        end = f"going back failed as well: {'; '.join(problems)}" if problems else where
        raise RolloutError(f"{reason}. {end[0].upper()}{end[1:]}", {"release": release, "details": details}) from error

    def _forget_images(self, plan: Plan) -> None:
        """Remove the images of releases that nobody will go back to, so that the disk does not fill up."""
        if not self.keep_images:
            return
        kept = {plan.tag, plan.previous, *self.history.good_tags()[: self.keep_images]}
        for service in plan.services:
            repository, colon, named = service.image.rpartition(":")
            if not colon or named != plan.tag:
                continue
            for tag in self.switch.engine.tags(repository):
                if tag not in kept:
                    self.switch.engine.remove_image(f"{repository}:{tag}")
