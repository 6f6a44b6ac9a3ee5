// What Prometheus calls metrics that come over OTLP: its own translator, which a Collector's exporters use, too.
//
// Reads a JSON array of {"name", "unit", "type"} (type: counter, gauge or histogram), writes one of names.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/prometheus/otlptranslator"
)

type metric struct {
	Name string `json:"name"`
	Unit string `json:"unit"`
	Type string `json:"type"`
}

var types = map[string]otlptranslator.MetricType{
	"counter":   otlptranslator.MetricTypeMonotonicCounter,
	"gauge":     otlptranslator.MetricTypeGauge,
	"histogram": otlptranslator.MetricTypeHistogram,
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "names:", err)
		os.Exit(1)
	}
}

func run() error {
	var metrics []metric
	if err := json.NewDecoder(os.Stdin).Decode(&metrics); err != nil {
		return err
	}
	namer := otlptranslator.NewMetricNamer("", otlptranslator.UnderscoreEscapingWithSuffixes)
	names := make([]string, 0, len(metrics))
	for _, metric := range metrics {
		of, known := types[metric.Type]
		if !known {
			return fmt.Errorf("%s is of type %q", metric.Name, metric.Type)
		}
		name, err := namer.Build(otlptranslator.Metric{Name: metric.Name, Unit: metric.Unit, Type: of})
		if err != nil {
			return err
		}
		names = append(names, name)
	}
	return json.NewEncoder(os.Stdout).Encode(names)
}
