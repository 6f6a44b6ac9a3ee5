package main

import (
	"encoding/json"
	"errors"
	"sort"
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// What the schema's readers say of an absent field. They say it of every field that Grafana has a
// default for, and Grafana fills those in: nothing is wrong with the dashboard.
const absent = "required field is missing from input"

// check lists what the schema does not allow, each with where it stands.
func check(raw []byte) []string {
	rest, problems, err := take(raw)
	if err != nil {
		return []string{err.Error()}
	}
	problems = append(problems, lines("", new(dashboard.Dashboard).UnmarshalJSONStrict(rest))...)
	var rows rawRows
	// It was read before, as JSON: what has another type is told above.
	_ = json.Unmarshal(rest, &rows)
	problems = append(problems, rows.unread("")...)
	return once(problems)
}

// lines parts an error of the schema into its problems; of its errors, some are an empty list of them.
func lines(path string, err error) []string {
	if err == nil {
		return nil
	}
	var problems cog.BuildErrors
	if !errors.As(err, &problems) {
		return []string{strings.TrimPrefix(path+": "+err.Error(), ": ")}
	}
	var lines []string
	for _, problem := range problems {
		if problem.Message == absent {
			continue
		}
		lines = append(lines, strings.TrimPrefix(path+"."+problem.Error(), "."))
	}
	return lines
}

// once sorts the problems and drops what is said twice.
func once(problems []string) []string {
	sort.Strings(problems)
	var kept []string
	for at, problem := range problems {
		if at == 0 || problem != problems[at-1] {
			kept = append(kept, problem)
		}
	}
	return kept
}
