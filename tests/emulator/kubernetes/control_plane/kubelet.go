// Copyright (c) 2026, stratum.aws contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// The annotation of a pod whose text is the log of all its containers.
const logAnnotation = "stratum.test/log"

// kubelet answers for all nodes what the API server asks a kubelet for `kubectl logs`. No container runs, so
// the log is made up from the container's state. kwok's own logs are chosen by a pod's name and cannot do that.
type kubelet struct{ client kubernetes.Interface }

// serveKubelet listens on KUBELET_ADDRESS, if that is set, for clients with a certificate of KUBELET_CLIENT_CA.
func serveKubelet(kubeconfig string) error {
	address := os.Getenv("KUBELET_ADDRESS")
	if address == "" {
		return nil
	}
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	authority, err := os.ReadFile(os.Getenv("KUBELET_CLIENT_CA"))
	if err != nil {
		return err
	}
	clients := x509.NewCertPool()
	if !clients.AppendCertsFromPEM(authority) {
		return errors.New("KUBELET_CLIENT_CA holds no certificate")
	}
	routes := http.NewServeMux()
	routes.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", kubelet{client}.logs)
	server := &http.Server{
		Addr: address, Handler: routes, ReadHeaderTimeout: 10 * time.Second,
		TLSConfig: &tls.Config{ClientCAs: clients, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS12},
	}
	return server.ListenAndServeTLS(os.Getenv("KUBELET_CERTIFICATE"), os.Getenv("KUBELET_KEY"))
}

func (k kubelet) logs(answer http.ResponseWriter, request *http.Request) {
	namespace, name, container := request.PathValue("namespace"), request.PathValue("pod"), request.PathValue("container")
	pod, err := k.client.CoreV1().Pods(namespace).Get(request.Context(), name, metav1.GetOptions{})
	if err != nil {
		http.Error(answer, err.Error(), http.StatusNotFound)
		return
	}
	asked := request.URL.Query()
	text, err := logOf(pod, container, asked.Get("previous") == "true")
	if err != nil {
		http.Error(answer, err.Error(), http.StatusBadRequest)
		return
	}
	lines := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
	if last, err := strconv.Atoi(asked.Get("tailLines")); err == nil && last >= 0 && last < len(lines) {
		lines = lines[len(lines)-last:]
	}
	answer.Header().Set("Content-Type", "text/plain")
	fmt.Fprintln(answer, strings.TrimSuffix(strings.Join(lines, ""), "\n"))
}

// logOf says what a program in the container's state has written, or why there is nothing; in a kubelet's words.
func logOf(pod *corev1.Pod, container string, previous bool) (string, error) {
	status, ready := statusOf(pod, container)
	if status == nil {
		return "", fmt.Errorf("container %q in pod %q is not available", container, pod.Name)
	}
	ended := status.LastTerminationState.Terminated
	if previous && ended == nil {
		return "", fmt.Errorf("previous terminated container %q in pod %q not found", container, pod.Name)
	}
	if status.State.Terminated != nil {
		ended = status.State.Terminated
	}
	if waiting := status.State.Waiting; waiting != nil && ended == nil {
		return "", fmt.Errorf("container %q in pod %q is waiting to start: %s", container, pod.Name, waiting.Reason)
	}
	if text, given := pod.Annotations[logAnnotation]; given {
		return text, nil
	}
	begin := fmt.Sprintf("starting %s\n", status.Image)
	switch {
	case ended != nil && ended.ExitCode != 0:
		return begin + "error: cannot connect to database\n", nil
	case ended != nil:
		return begin + "done\n", nil
	case !ready:
		return begin + "readiness probe: 503 Service Unavailable\n", nil
	}
	return begin + "ready to serve\n", nil
}

func statusOf(pod *corev1.Pod, container string) (*corev1.ContainerStatus, bool) {
	for _, statuses := range [][]corev1.ContainerStatus{pod.Status.ContainerStatuses, pod.Status.InitContainerStatuses} {
		for _, status := range statuses {
			if status.Name == container {
				return &status, status.Ready
			}
		}
	}
	return nil, false
}
