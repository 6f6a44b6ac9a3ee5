// Ask puts queries to the backend of a Grafana data source plugin, as Grafana does, and prints what
// it would hand to a panel.
//
//	ask PLUGIN [ARGUMENT]...
//
// It starts the plugin's program, reads requests from standard input, one JSON object a line, and
// writes one answer a line, in the same order. It stops the plugin when standard input ends.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: ask PLUGIN [ARGUMENT]...")
		os.Exit(2)
	}
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "ask:", err)
		os.Exit(1)
	}
}

func run(program []string, requests io.Reader, answers io.Writer) error {
	plugin, err := start(program)
	if err != nil {
		return err
	}
	defer plugin.stop()
	// Decoded one by one: a line of SQL has no length that a scanner's buffer could count on.
	decoder := json.NewDecoder(bufio.NewReader(requests))
	decoder.DisallowUnknownFields()
	encoder := json.NewEncoder(answers)
	for {
		var question Question
		if err := decoder.Decode(&question); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("reading a request: %w", err)
		}
		if err := encoder.Encode(plugin.ask(question)); err != nil {
			return fmt.Errorf("writing an answer: %w", err)
		}
	}
}
