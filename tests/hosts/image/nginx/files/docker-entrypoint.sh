#!/bin/sh
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# As in the official image: programs of /docker-entrypoint.d run in order before nginx starts.
set -e
case "$1" in
  nginx | nginx-debug)
    # shellcheck disable=SC1090 # whatever lies there
    for program in /docker-entrypoint.d/*; do
      case "$program" in
        *.envsh) [ ! -x "$program" ] || . "$program" ;;
        *.sh)
          if [ -x "$program" ]; then
            echo "$0: Launching $program"
            "$program"
          else
            echo "$0: Ignoring $program, not executable"
          fi
          ;;
      esac
    done
    ;;
esac
exec "$@"
