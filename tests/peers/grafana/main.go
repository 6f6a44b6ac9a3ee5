// Check-dashboard holds dashboards against the schema that Grafana publishes for them.
//
//	check-dashboard FILE...
//
// It prints one line a problem, `FILE: where: what`, and ends with 1 when there is any.
package main

import (
	"fmt"
	"os"

	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: check-dashboard FILE...")
		os.Exit(2)
	}
	plugins.RegisterDefaultPlugins()
	found := false
	for _, file := range os.Args[1:] {
		for _, problem := range checkFile(file) {
			found = true
			fmt.Printf("%s: %s\n", file, problem)
		}
	}
	if found {
		os.Exit(1)
	}
}

func checkFile(file string) []string {
	raw, err := os.ReadFile(file)
	if err != nil {
		return []string{err.Error()}
	}
	return check(raw)
}
