package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
)

// Panels of Grafana's own whose options no schema is published for: taken as they are.
var unpublished = map[string]bool{"traces": true}

// Queries that Grafana answers by itself: from another panel, or by arithmetic.
var ownQueries = map[string]bool{"datasource": true, "__expr__": true}

// The part of a dashboard that the schema's strict reader lets through: what it does not know, and
// how fields are shown.
type rawRows struct {
	Panels []rawPanel `json:"panels"`
}

type rawPanel struct {
	Type        string            `json:"type"`
	Datasource  source            `json:"datasource"`
	Targets     []json.RawMessage `json:"targets"`
	FieldConfig json.RawMessage   `json:"fieldConfig"`
	// Of a row.
	rawRows
}

func (rows rawRows) unread(prefix string) []string {
	var problems []string
	for at, panel := range rows.Panels {
		path := fmt.Sprintf("%spanels[%d].", prefix, at)
		problems = append(problems, panel.unread(path)...)
		_, known := cog.ConfigForPanelcfgVariant(panel.Type)
		if !known && !unpublished[panel.Type] && panel.Type != "row" {
			problems = append(problems, fmt.Sprintf("%stype: unknown panel '%s'", path, panel.Type))
		}
		for at, target := range panel.Targets {
			path := fmt.Sprintf("%stargets[%d]", path, at)
			problems = append(problems, lines(path, panel.target(target))...)
		}
		if len(panel.FieldConfig) > 0 {
			problems = append(problems, panel.fieldConfig(path+"fieldConfig")...)
		}
	}
	return problems
}

func (panel rawPanel) target(raw json.RawMessage) error {
	named := struct {
		Datasource source `json:"datasource"`
	}{panel.Datasource}
	if err := json.Unmarshal(raw, &named); err != nil {
		return err
	}
	if ownQueries[named.Datasource.Type] {
		return nil
	}
	if named.Datasource.Type == "prometheus" {
		return new(prometheus.Dataquery).UnmarshalJSONStrict(raw)
	}
	return checkTarget(raw)
}

func (panel rawPanel) fieldConfig(path string) []string {
	var strict dashboard.FieldConfigSource
	problems := lines(path, strict.UnmarshalJSONStrict(panel.FieldConfig))
	var source struct {
		Defaults  map[string]any `json:"defaults"`
		Overrides []struct {
			Properties []struct {
				ID    string `json:"id"`
				Value any    `json:"value"`
			} `json:"properties"`
		} `json:"overrides"`
	}
	if json.Unmarshal(panel.FieldConfig, &source) != nil {
		// The strict reading has said so.
		return problems
	}
	for at, override := range source.Overrides {
		for _, property := range override.Properties {
			path := fmt.Sprintf("%s.overrides[%d].%s", path, at, property.ID)
			err := panel.property(source.Defaults, property.ID, property.Value)
			problems = append(problems, lines(path, err)...)
		}
	}
	return problems
}

// property reads the defaults with one of them set as an override sets it: `unit`, or
// `custom.cellOptions`.
func (panel rawPanel) property(defaults map[string]any, id string, value any) error {
	name, custom := strings.CutPrefix(id, "custom.")
	if custom {
		defaults, _ = defaults["custom"].(map[string]any)
	}
	// A copy: the next override starts from the defaults again.
	set := map[string]any{}
	for key, old := range defaults {
		set[key] = old
	}
	place := set
	steps := strings.Split(name, ".")
	for _, step := range steps[:len(steps)-1] {
		inner := map[string]any{}
		place[step] = inner
		place = inner
	}
	place[steps[len(steps)-1]] = value
	text, err := json.Marshal(set)
	if err != nil {
		return err
	}
	if !custom {
		var field dashboard.FieldConfig
		return field.UnmarshalJSONStrict(text)
	}
	config, known := cog.ConfigForPanelcfgVariant(panel.Type)
	if !known || config.StrictFieldConfigUnmarshaler == nil {
		return fmt.Errorf("panel '%s' has no custom field options", panel.Type)
	}
	_, err = config.StrictFieldConfigUnmarshaler(text)
	return err
}
