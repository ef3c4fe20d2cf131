// Copyright (c) 2026, stratum.aws contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/pflag"
	"sigs.k8s.io/kwok/pkg/config"
	"sigs.k8s.io/kwok/pkg/kwok/cmd"
	"sigs.k8s.io/kwok/pkg/log"
)

// kwok plays nodes and pods by the stages in the files that the option config names, with the kubelet beside it.
func kwok() int {
	// The other parts' packages declare options here, which cobra gives to every command; one is called like kwok's.
	pflag.CommandLine = pflag.NewFlagSet("kwok", pflag.ContinueOnError)

	running, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		if err := serveKubelet(os.Getenv("KUBECONFIG")); err != nil {
			fmt.Fprintln(os.Stderr, "kwok: no logs can be had:", err)
		}
	}()
	if err := playStages(log.NewContext(running, log.NewLogger(os.Stderr, log.LevelInfo))); err != nil {
		fmt.Fprintln(os.Stderr, "kwok:", err)
		return 1
	}
	return 0
}

// playStages returns when the context is done. kwok's command takes the stages from its context, where only this
// function of its library puts them; the command then reads the other options, and has to know of this one.
func playStages(running context.Context) error {
	files := &pflag.FlagSet{ParseErrorsAllowlist: pflag.ParseErrorsAllowlist{UnknownFlags: true}}
	having, err := config.InitFlags(running, files)
	if err != nil {
		return err
	}
	player := cmd.NewCommand(having)
	player.Flags().AddFlagSet(files)
	return player.ExecuteContext(having)
}
