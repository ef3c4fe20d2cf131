// Copyright (c) 2026, stratum.aws contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

import { audit } from "./lib/clients.mjs";
import { health } from "./lib/operations.mjs";

export const handler = health(audit);
