// Copyright (c) 2026, stratum.aws contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"fmt"
	"io"
	"strings"

	node "sigs.k8s.io/kwok/kustomize/stage/node/fast"
	heartbeat "sigs.k8s.io/kwok/kustomize/stage/node/heartbeat-with-lease"
	pod "sigs.k8s.io/kwok/kustomize/stage/pod/fast"
)

// printStages writes those of the stages that kwok brings along which are played as they are: a node becomes Ready and
// stays so, and a deleted pod goes. The other stages are the emulator's own, in the folder stages.
func printStages(out io.Writer) error {
	for _, document := range []string{node.DefaultNodeInit, heartbeat.DefaultNodeHeartbeatWithLease, pod.DefaultPodDelete} {
		if _, err := fmt.Fprintf(out, "---\n%s\n", strings.TrimSpace(document)); err != nil {
			return err
		}
	}
	return nil
}
