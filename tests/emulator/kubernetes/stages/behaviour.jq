# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# `behaviour` is what a pod asks for, such as "late-20", or null; `kind` is its first part, or "good". See behaviours.py.
def behaviour:
  .metadata.annotations["stratum.test/behaviour"]
  // ([.spec.containers[].image | capture(":(?<tag>[^/:@]+)(@.*)?$") | .tag
      | select(test("^(crash|never-ready|late|image-missing)(-.*)?$"))] | .[0]);
def kind:
  ((behaviour // "") | capture("^(?<kind>crash|never-ready|late|image-missing)(-.*)?$") | .kind) // "good";
# Where a pod is in its life; none of these is true of a pod that is being deleted.
def waits: .metadata.deletionTimestamp == null and .status.phase == "Pending";
def runs: .metadata.deletionTimestamp == null and .status.phase == "Running";
def ready: any(.status.conditions[]?; .type == "Ready" and .status == "True");
# Whether this is true of one of its containers.
def a_container(is): any(.status.containerStatuses[]?; is);
