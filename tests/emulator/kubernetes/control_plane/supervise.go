// Copyright (c) 2026, stratum.aws contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// A part of the control plane, as the owner orders it: one JSON object in a line of standard input.
type order struct {
	Name        string   `json:"name"`
	Arguments   []string `json:"arguments"`
	Environment []string `json:"environment"`
	Log         string   `json:"log"`
}

type ended struct {
	name string
	err  error
}

// supervise starts the parts that its owner names on standard input, and ends all of them when standard
// input ends: the owner closes it on purpose, or the kernel does when the owner dies, however it dies.
// A part whose supervisor is killed dies by the signal that it asked the kernel for.
func supervise() int {
	// The death signal belongs to the thread that started the child, so that thread has to stay.
	runtime.LockOSThread()
	program, err := os.Executable()
	if err != nil {
		fmt.Fprintln(os.Stderr, "supervise:", err)
		return 1
	}
	orders, gone := make(chan order), make(chan struct{})
	go read(os.Stdin, orders, gone)

	var running []*exec.Cmd
	var left sync.WaitGroup
	ends := make(chan ended, 16)
	defer func() { end(running, &left) }()
	for {
		select {
		case wanted := <-orders:
			command, err := start(program, wanted)
			if err != nil {
				fmt.Fprintf(os.Stderr, "supervise: %s does not start: %v\n", wanted.Name, err)
				return 1
			}
			running = append(running, command)
			left.Add(1)
			go func() {
				defer left.Done()
				ends <- ended{wanted.Name, command.Wait()}
			}()
		case part := <-ends:
			// A control plane without one of its parts is none; the log of the part says why.
			fmt.Fprintf(os.Stderr, "supervise: %s ended: %v\n", part.name, part.err)
			return 1
		case <-gone:
			return 0
		}
	}
}

func read(input io.Reader, orders chan<- order, gone chan<- struct{}) {
	defer close(gone)
	lines := bufio.NewScanner(input)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var wanted order
		if err := json.Unmarshal(lines.Bytes(), &wanted); err != nil {
			fmt.Fprintln(os.Stderr, "supervise:", err)
			return
		}
		orders <- wanted
	}
}

func start(program string, wanted order) (*exec.Cmd, error) {
	log, err := os.OpenFile(wanted.Log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	command := exec.Command(program, append([]string{wanted.Name}, wanted.Arguments...)...)
	command.Env = append(os.Environ(), wanted.Environment...)
	command.Stdout, command.Stderr = log, log
	// A group of its own: Ctrl+C at the owner's terminal is the owner's to decide about.
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	return command, command.Start()
}

// Nothing that the parts hold is needed any more, so none of them is asked politely.
func end(running []*exec.Cmd, left *sync.WaitGroup) {
	for _, command := range running {
		_ = command.Process.Kill()
	}
	left.Wait()
}
