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
