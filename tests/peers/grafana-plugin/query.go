package main

import (
	"context"
	"encoding/json"
	"hash/fnv"

	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
)

// Question is one target of one panel, for one data source.
type Question struct {
	// Comes back with the answer.
	ID string `json:"id"`
	// The data source's `jsonData` and its decrypted `secureJsonData`, as they are provisioned.
	Settings       json.RawMessage   `json:"settings"`
	SecureSettings map[string]string `json:"secure_settings"`
	// The dashboard's time range, in milliseconds since 1970.
	FromMS int64 `json:"from_ms"`
	ToMS   int64 `json:"to_ms"`
	// What Grafana works out from the range and the panel's width.
	IntervalMS    int64 `json:"interval_ms"`
	MaxDataPoints int64 `json:"max_data_points"`
	// The target as it stands in the dashboard, its variables replaced.
	Query json.RawMessage `json:"query"`
}

// Answer is what came back for it: frames, or why not.
type Answer struct {
	ID     string `json:"id"`
	Status int32  `json:"status"`
	Error  string `json:"error,omitempty"`
	// `plugin` or `downstream`, when there is an error.
	ErrorSource string `json:"error_source,omitempty"`
	// In Grafana's own JSON: `schema` and `data`.
	Frames data.Frames `json:"frames"`
}

// The name that an answer goes by when its target has no other.
const refID = "A"

func (plugin *Plugin) ask(question Question) Answer {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	answer := Answer{ID: question.ID, Frames: data.Frames{}}
	response, err := plugin.data.QueryData(ctx, request(question))
	if err != nil {
		answer.Error = err.Error()
		return answer
	}
	part, found := response.Responses[refID]
	if !found {
		answer.Error = "the plugin left the query out of its answer"
		return answer
	}
	answer.Status, answer.Error, answer.ErrorSource = part.Status, part.Error, part.ErrorSource
	frames, err := data.UnmarshalArrowFrames(part.Frames)
	if err != nil {
		answer.Error = "the plugin's frames can't be read: " + err.Error()
		return answer
	}
	answer.Frames = append(answer.Frames, frames...)
	return answer
}

func request(question Question) *pluginv2.QueryDataRequest {
	source := &pluginv2.DataSourceInstanceSettings{
		Id:                      number(question),
		Uid:                     "ticketlens",
		Name:                    "ticketlens",
		JsonData:                question.Settings,
		DecryptedSecureJsonData: question.SecureSettings,
		LastUpdatedMS:           1,
	}
	return &pluginv2.QueryDataRequest{
		PluginContext: &pluginv2.PluginContext{
			OrgId:                      1,
			PluginId:                   "grafana-clickhouse-datasource",
			DataSourceInstanceSettings: source,
			GrafanaConfig:              grafanaConfig,
		},
		Queries: []*pluginv2.DataQuery{{
			RefId:         refID,
			MaxDataPoints: question.MaxDataPoints,
			IntervalMS:    question.IntervalMS,
			TimeRange:     &pluginv2.TimeRange{FromEpochMS: question.FromMS, ToEpochMS: question.ToMS},
			Json:          question.Query,
		}},
	}
}

// What Grafana tells every SQL plugin of its own configuration, at its defaults.
var grafanaConfig = map[string]string{
	"GF_SQL_ROW_LIMIT":                         "1000000",
	"GF_SQL_MAX_OPEN_CONNS_DEFAULT":            "100",
	"GF_SQL_MAX_IDLE_CONNS_DEFAULT":            "100",
	"GF_SQL_MAX_CONN_LIFETIME_SECONDS_DEFAULT": "14400",
}

// number tells data sources apart: the plugin keeps one pool of connections for each.
func number(question Question) int64 {
	hash := fnv.New32a()
	// A map's keys are sorted when it is encoded, and writing into a hash does not fail.
	_ = json.NewEncoder(hash).Encode([]any{question.Settings, question.SecureSettings})
	return int64(hash.Sum32())
}
