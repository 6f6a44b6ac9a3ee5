package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// take checks what Grafana reads and the schema does not have, and leaves it out of what it hands
// back.
func take(raw []byte) ([]byte, []string, error) {
	var board map[string]any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	// Numbers as they are written.
	decoder.UseNumber()
	if err := decoder.Decode(&board); err != nil {
		return nil, nil, fmt.Errorf("not a JSON object: %w", err)
	}
	if board == nil {
		return nil, nil, errors.New("not a JSON object: null")
	}
	problems := takeAnnotationTargets(board)
	problems = append(problems, takeNewer(board, "")...)
	rest, err := json.Marshal(board)
	return rest, problems, err
}

// takeAnnotationTargets takes the ClickHouse queries among the annotations: the schema knows the
// targets of Grafana's own annotations alone.
func takeAnnotationTargets(board map[string]any) []string {
	var problems []string
	for at, annotation := range objects(object(board["annotations"])["list"]) {
		target, has := annotation["target"]
		if object(annotation["datasource"])["type"] != clickHouse || !has {
			continue
		}
		path := fmt.Sprintf("annotations.list[%d].target", at)
		// What was read as JSON can be written as JSON.
		text, _ := json.Marshal(target)
		problems = append(problems, lines(path, checkAnnotationTarget(text))...)
		delete(annotation, "target")
	}
	return problems
}

// What a table reads and the schema does not have yet. Grafana 12.2 moved some: `wrapText` and
// `hideFrom` from elsewhere in a field's options (github.com/grafana/grafana/pull/109297), and
// `enablePagination` from the footer's (github.com/grafana/grafana/pull/102948). New are pills, in
// 12.1 (github.com/grafana/grafana/pull/107485), and `maxRowHeight`, in 12.2
// (github.com/grafana/grafana/pull/109639).
var (
	newerFields  = map[string]func(any) bool{"wrapText": isSwitch, "hideFrom": isHideFrom}
	newerOptions = map[string]func(any) bool{"enablePagination": isSwitch, "maxRowHeight": isNumber}
)

func takeNewer(rows map[string]any, prefix string) []string {
	var problems []string
	for at, panel := range objects(rows["panels"]) {
		path := fmt.Sprintf("%spanels[%d].", prefix, at)
		problems = append(problems, takeNewer(panel, path)...)
		if panel["type"] != "table" {
			continue
		}
		config := object(panel["fieldConfig"])
		custom := object(object(config["defaults"])["custom"])
		problems = append(problems, takeKnown(custom, newerFields, path+"fieldConfig.defaults.custom.")...)
		problems = append(problems, takeKnown(object(panel["options"]), newerOptions, path+"options.")...)
		for at, override := range objects(config["overrides"]) {
			path := fmt.Sprintf("%sfieldConfig.overrides[%d].", path, at)
			problems = append(problems, takeProperties(override, path)...)
		}
	}
	return problems
}

func takeKnown(from map[string]any, known map[string]func(any) bool, path string) []string {
	var problems []string
	for name, is := range known {
		value, has := from[name]
		delete(from, name)
		if has && !is(value) {
			problems = append(problems, path+name+": has another type")
		}
	}
	return problems
}

func takeProperties(override map[string]any, path string) []string {
	var problems []string
	properties, _ := override["properties"].([]any)
	kept := []any{}
	for _, property := range properties {
		id, _ := object(property)["id"].(string)
		is, newer := newerFields[strings.TrimPrefix(id, "custom.")]
		if id == "custom.cellOptions" && object(object(property)["value"])["type"] == "pill" {
			is, newer = isPill, true
		}
		if !newer || !strings.HasPrefix(id, "custom.") {
			kept = append(kept, property)
		} else if !is(object(property)["value"]) {
			problems = append(problems, path+id+": has another type")
		}
	}
	if len(kept) < len(properties) {
		override["properties"] = kept
	}
	return problems
}

func isSwitch(value any) bool {
	_, is := value.(bool)
	return is
}

func isNumber(value any) bool {
	_, is := value.(json.Number)
	return is
}

func isPill(value any) bool {
	is := true
	for name, option := range object(value) {
		is = is && (name == "type" || name == "wrapText" && isSwitch(option))
	}
	return is
}

func isHideFrom(value any) bool {
	places, is := value.(map[string]any)
	for place, hidden := range places {
		is = is && isSwitch(hidden) && (place == "viz" || place == "legend" || place == "tooltip")
	}
	return is
}

// object is the value if it is one, and else an empty one: that it has another type is for the
// schema to say.
func object(value any) map[string]any {
	object, _ := value.(map[string]any)
	return object
}

func objects(value any) []map[string]any {
	list, _ := value.([]any)
	objects := make([]map[string]any, len(list))
	for at, entry := range list {
		objects[at] = object(entry)
	}
	return objects
}
