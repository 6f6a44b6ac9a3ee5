package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
)

const clickHouse = "grafana-clickhouse-datasource"

// Target is a query of the ClickHouse data source, written by hand: the fields its editor stores,
// and no other. The published schema has none for it.
type Target struct {
	RefID         string  `json:"refId"`
	Hide          *bool   `json:"hide"`
	Datasource    *source `json:"datasource"`
	EditorType    string  `json:"editorType"`
	QueryType     string  `json:"queryType"`
	Format        *int    `json:"format"`
	PluginVersion string  `json:"pluginVersion"`
	RawSQL        string  `json:"rawSql"`
	Meta          *meta   `json:"meta"`
}

var stored = map[string]bool{
	"refId": true, "hide": true, "datasource": true, "editorType": true, "queryType": true,
	"format": true, "pluginVersion": true, "rawSql": true, "meta": true,
}

type source struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

type meta struct {
	Timezone string `json:"timezone"`
}

// What the editor turns a query's type into when it is opened; a panel that says otherwise changes
// its answer then.
var formats = map[string]int{"timeseries": 0, "table": 1, "logs": 2, "traces": 3}

// checkTarget reads a target of a panel; an annotation's names no data source, as the annotation
// does.
func checkTarget(raw []byte) error {
	return checkQuery(raw, func(named *source) bool { return named != nil })
}

func checkAnnotationTarget(raw []byte) error {
	return checkQuery(raw, func(*source) bool { return true })
}

func checkQuery(raw []byte, named func(*source) bool) error {
	var fields map[string]json.RawMessage
	var target Target
	if err := errors.Join(json.Unmarshal(raw, &fields), json.Unmarshal(raw, &target)); err != nil {
		return err
	}
	var problems cog.BuildErrors
	refuse := func(path, message string) {
		problems = append(problems, &cog.BuildError{Path: path, Message: message})
	}
	for field := range fields {
		// By hand: Go's reader takes a name in any case, and Grafana does not.
		if !stored[field] {
			refuse(field, "unexpected field")
		}
	}
	if target.RefID == "" {
		refuse("refId", "is missing")
	}
	if target.RawSQL == "" {
		refuse("rawSql", "is missing")
	}
	from := target.Datasource
	if !named(from) || from != nil && (from.Type != clickHouse || from.UID == "") {
		refuse("datasource", "needs type '"+clickHouse+"' and a uid")
	}
	if target.EditorType != "sql" {
		refuse("editorType", "must be 'sql': the builder would write the SQL anew")
	}
	if target.PluginVersion == "" {
		refuse("pluginVersion", "is missing")
	}
	format, known := formats[target.QueryType]
	if !known {
		refuse("queryType", fmt.Sprintf("unknown type '%s'", target.QueryType))
	} else if target.Format == nil || *target.Format != format {
		refuse("format", fmt.Sprintf("must be %d for '%s'", format, target.QueryType))
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}
