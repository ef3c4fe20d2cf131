# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Launch templates: their tags, the source of a version, and the deletion of versions."""

from __future__ import annotations

import copy
from typing import Any

from ._patching import put, wrap


def _create(original: Any, self: Any, name: str, description: str, data: dict[str, Any], tag_spec: dict[str, Any]) -> Any:
    # moto's response has added the template's own tags to the data of version 1.
    specifications = [item for item in data.get("TagSpecifications", []) if item.get("ResourceType") != "launch-template"]
    data = {key: value for key, value in data.items() if key != "TagSpecifications" and value is not None}
    if specifications:
        data["TagSpecifications"] = specifications
    return original(self, name, description, data, tag_spec)


def _create_version(original: Any, self: Any) -> Any:
    from moto.core.types import Base64EncodedString
    from moto.ec2.utils import parse_user_data

    source = self._get_param("SourceVersion")
    result = original(self)
    version = result.result["LaunchTemplateVersion"]
    template = self.ec2_backend.get_launch_template(version["LaunchTemplateId"])
    created = template.versions[-1]
    user_data = created.data.get("UserData")
    if user_data is not None and not isinstance(user_data, Base64EncodedString):
        # As moto does it for the first version, and expects it of all.
        created.data["UserData"] = parse_user_data(user_data)
    if source is not None:
        inherited = copy.deepcopy(template.get_version(source).data)
        created.data = inherited | created.data
        version["LaunchTemplateData"] = created.data
    return result


def _get_version(original: Any, self: Any, num: Any) -> Any:
    del original
    from moto.ec2.exceptions import InvalidLaunchTemplateVersionNotFound

    if str(num).lower() == "$latest":
        return self.versions[-1]
    wanted = str(self.default_version_number) if str(num).lower() == "$default" else str(num)
    for version in self.versions:
        if str(version.number) == wanted:
            return version
    raise InvalidLaunchTemplateVersionNotFound(template_id=self.id, version=num)


def _add_version(original: Any, self: Any, data: dict[str, Any], description: str) -> Any:
    version = original(self, data, description)
    # Numbers are never used twice, not even after the highest version was deleted.
    self.last_number = version.number = getattr(self, "last_number", 0) + 1
    return version


def delete_launch_template_versions(self: Any) -> Any:
    """Delete versions; the default version is refused in the answer, as AWS does it."""
    from moto.core.responses import ActionResult

    name, identifier = self._get_param("LaunchTemplateName"), self._get_param("LaunchTemplateId")
    backend = self.ec2_backend
    template = backend.get_launch_template_by_name(name) if name else backend.get_launch_template(identifier)
    deleted, failed = [], []
    for number in map(str, self._get_param("Versions", [])):
        item: dict[str, Any] = {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name, "VersionNumber": int(number)}
        found = [version for version in template.versions if str(version.number) == number]
        if not found:
            failed.append(item | _refusal("launchTemplateVersionDoesNotExist", f"version {number} does not exist"))
        elif template.is_default(found[0]):
            failed.append(item | _refusal("operationNotPermitted", "the default version cannot be deleted"))
        else:
            template.versions.remove(found[0])
            deleted.append(item)
    return ActionResult({"SuccessfullyDeletedLaunchTemplateVersions": deleted, "UnsuccessfullyDeletedLaunchTemplateVersions": failed})


def _refusal(code: str, message: str) -> dict[str, Any]:
    return {"ResponseError": {"Code": code, "Message": message}}


def install() -> None:
    """Apply the corrections."""
    from moto.ec2.models import EC2Backend
    from moto.ec2.models.launch_templates import LaunchTemplate
    from moto.ec2.responses import EC2Response

    wrap(EC2Backend, "create_launch_template", _create)
    wrap(LaunchTemplate, "get_version", _get_version)
    wrap(LaunchTemplate, "create_version", _add_version)
    put(LaunchTemplate, "default_version", lambda template: template.get_version("$Default"))
    wrap(EC2Response, "create_launch_template_version", _create_version)
    put(EC2Response, "delete_launch_template_versions", delete_launch_template_versions)
