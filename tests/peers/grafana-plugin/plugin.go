package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// The longest time the plugin may take until it listens, until it answers, and until it has ended.
const patience = time.Minute

// The largest answer taken; Grafana sets no limit of its own.
const maxAnswer = 1 << 30

// Plugin is a running plugin.
type Plugin struct {
	process *exec.Cmd
	folder  string
	gone    chan error
	channel *grpc.ClientConn
	data    pluginv2.DataClient
}

// start does what Grafana does: it starts the program with the cookie that says who asks, and reads
// from its first line where it listens.
//
// The plugin's other mode, `-standalone`, is not used: it looks for processes by its own name and
// kills them.
func start(program []string) (*Plugin, error) {
	// For its socket, which it leaves behind.
	folder, err := os.MkdirTemp("", "ask")
	if err != nil {
		return nil, err
	}
	plugin, err := startIn(folder, program)
	if err != nil {
		_ = os.RemoveAll(folder)
	}
	return plugin, err
}

func startIn(folder string, program []string) (*Plugin, error) {
	process := exec.Command(program[0], program[1:]...)
	process.Env = append(os.Environ(), "grafana_plugin_type=datasource", "PLUGIN_PROTOCOL_VERSIONS=2")
	process.Env = append(process.Env, "PLUGIN_UNIX_SOCKET_DIR="+folder)
	// What the plugin logs.
	process.Stderr = os.Stderr
	output, err := process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := process.Start(); err != nil {
		return nil, fmt.Errorf("starting the plugin: %w", err)
	}
	plugin := &Plugin{process: process, folder: folder, gone: make(chan error, 1)}
	address, err := handshake(output)
	go func() {
		// Else the plugin would wait for somebody to read what it says.
		_, _ = io.Copy(io.Discard, output)
		plugin.gone <- process.Wait()
	}()
	if err != nil {
		plugin.stop()
		return nil, err
	}
	options := []grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxAnswer)),
	}
	plugin.channel, err = grpc.NewClient(address, options...)
	if err != nil {
		plugin.stop()
		return nil, fmt.Errorf("reaching the plugin: %w", err)
	}
	plugin.data = pluginv2.NewDataClient(plugin.channel)
	return plugin, nil
}

// handshake reads the line `1|2|unix|/tmp/plugin123|grpc|…`: protocol of the handshake, protocol of
// the plugin, network, address, kind.
func handshake(output io.ReadCloser) (string, error) {
	late := time.AfterFunc(patience, func() { _ = output.Close() })
	defer late.Stop()
	// No buffer that would swallow what follows: the rest is read by somebody else, and thrown away.
	line, err := bufio.NewReaderSize(output, 16).ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("the plugin does not say where it listens: %w", err)
	}
	parts := strings.Split(strings.TrimSpace(line), "|")
	if len(parts) < 5 || parts[0] != "1" || parts[1] != "2" || parts[4] != "grpc" {
		return "", fmt.Errorf("the plugin's first line is not understood: %q", line)
	}
	switch parts[2] {
	case "unix":
		return "unix:" + parts[3], nil
	case "tcp":
		return "passthrough:///" + parts[3], nil
	default:
		return "", fmt.Errorf("the plugin listens on an unknown network: %q", line)
	}
}

// stop ends the plugin, and waits until it has ended.
func (plugin *Plugin) stop() {
	if plugin.channel != nil {
		_ = plugin.channel.Close()
	}
	// Plugins of this kind take an interrupt for their host's and stay; Grafana kills them too.
	_ = plugin.process.Process.Kill()
	select {
	case <-plugin.gone:
	case <-time.After(patience):
		fmt.Fprintln(os.Stderr, "ask: the plugin does not end")
	}
	_ = os.RemoveAll(plugin.folder)
}
