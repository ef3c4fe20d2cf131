# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes away with what in EC2, and by which name.

- DescribeVolumes does not say in moto whether a volume goes with its instance.
- The interfaces that are made with an instance stay in moto when it goes, unless the launch says otherwise; on AWS they go.
- DeleteKeyPair knows no ids in moto.
- The fingerprint of an ed25519 key is the one that OpenSSH shows; moto hashes another encoding of it.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from ._patching import put, wrap


def _goes_with_instance(attachment: Any) -> bool:
    """Return what the instance says of the volume in its block device mapping; DescribeVolumes leaves it out in moto."""
    devices = attachment.instance.block_device_mapping
    device = devices.get(attachment.device)
    return device is not None and str(device.delete_on_termination).lower() == "true"


def _prep_nics(original: Any, self: Any, nic_spec: Any, *args: Any, **kwargs: Any) -> None:
    said = {int(nic.get("DeviceIndex", 0)): nic for nic in nic_spec}
    original(self, nic_spec, *args, **kwargs)
    for index, interface in self.nics.items():
        nic = said.get(int(index), {})
        if not nic.get("NetworkInterfaceId") and "DeleteOnTermination" not in nic:
            interface.delete_on_termination = True


def _delete_key_pair(original: Any, self: Any) -> Any:
    from moto.core.responses import ActionResult

    identifier, pairs = self._get_param("KeyPairId"), self.ec2_backend.key_pairs
    if self._get_param("KeyName") or identifier is None:
        return original(self)
    for name in [name for name, pair in pairs.items() if pair.id == identifier]:
        del pairs[name]
    # One that does not exist is no error on AWS either.
    return ActionResult({"Return": True, "KeyPairId": identifier})


def _import_key_pair(original: Any, self: Any, key_name: str, public_key_material: bytes, *args: Any, **kwargs: Any) -> Any:
    pair = original(self, key_name, public_key_material, *args, **kwargs)
    words = public_key_material.split()
    if pair.key_type == "ed25519" and len(words) > 1:
        pair.key_fingerprint = base64.b64encode(hashlib.sha256(base64.b64decode(words[1])).digest()).decode()
    return pair


def install() -> None:
    """Apply the corrections."""
    from moto.ec2.models import EC2Backend
    from moto.ec2.models.elastic_block_store import VolumeAttachment
    from moto.ec2.models.instances import Instance
    from moto.ec2.responses import EC2Response

    wrap(Instance, "prep_nics", _prep_nics)
    put(VolumeAttachment, "delete_on_termination", property(_goes_with_instance))
    wrap(EC2Response, "delete_key_pair", _delete_key_pair)
    wrap(EC2Backend, "import_key_pair", _import_key_pair)
