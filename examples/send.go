package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	stdlog "log"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploggrpc"
	"go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/resource"
	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

func main() {
	ctx := context.Background()
	exporter, err := otlploggrpc.New(ctx)
	check(err)
	// Default reads OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES.
	instance := resource.NewSchemaless(attribute.String("service.instance.id", uuid.NewString()))
	sender, err := resource.Merge(resource.Default(), instance)
	check(err)
	provider := sdklog.NewLoggerProvider(
		sdklog.WithResource(sender),
		sdklog.WithProcessor(sdklog.NewBatchProcessor(exporter)),
	)

	executionID := uuid.Must(uuid.NewV7()).String()
	var record log.Record
	record.SetEventName("ticket.completed")
	record.SetTimestamp(time.Now())
	record.SetSeverity(log.SeverityError)
	record.SetSeverityText("ERROR")
	// Of more than 128 attributes the SDK drops the last: your own come last.
	record.AddAttributes(
		attribute.String("ticket.id", "48213"),
		attribute.String("ticket.status", "FAILED"),
		attribute.Float64("ticket.duration", 6.75),
		attribute.String("ticket.execution.id", executionID),
		attribute.String("ticket.capture", "FULL_TRACE"),
		attribute.String("ticket.category", "ORDER_STATUS"),
		attribute.String("ticket.customer", customerHash("c-42")),
		attribute.Int("ticket.sequence", 1),
		attribute.Int("ticket.metrics.react_iterations", 2),
		attribute.Float64("ticket.metrics.overall_confidence", 0.31),
		attribute.String("gen_ai.request.model", "gpt-4o"),
		attribute.Int("gen_ai.usage.input_tokens", 820),
		attribute.Int("gen_ai.usage.output_tokens", 64),
		attribute.String("error.type", "carrier_unavailable"),
		attribute.String("channel", "email"),
		attribute.Bool("reopened", true),
	)
	record.SetBody(readTrace("trace.json"))
	provider.Logger("order-agent").Emit(ctx, record)

	check(provider.Shutdown(ctx)) // sends what is queued
	fmt.Println(executionID)
}

func customerHash(customer string) string {
	text := strings.TrimSpace(os.Getenv("TICKETLENS_HASH_KEY"))
	key, err := hex.DecodeString(text)
	if err != nil || len(key) < 16 {
		key = []byte(text)
	}
	if len(key) < 16 {
		stdlog.Fatal("TICKETLENS_HASH_KEY is missing or shorter than 16 bytes")
	}
	hash := hmac.New(sha256.New, key)
	// Unlike strings.ToLower it agrees with the other languages on every letter.
	hash.Write([]byte(cases.Lower(language.Und).String(strings.TrimSpace(customer))))
	return "hmac:" + hex.EncodeToString(hash.Sum(nil))[:16]
}

func readTrace(path string) attribute.Value {
	text, err := os.ReadFile(path)
	check(err)
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber() // 7 stays an integer
	var trace any
	check(decoder.Decode(&trace))
	return value(trace)
}

// value makes OpenTelemetry's value of what encoding/json reads.
func value(from any) attribute.Value {
	switch from := from.(type) {
	case string:
		return attribute.StringValue(from)
	case bool:
		return attribute.BoolValue(from)
	case json.Number:
		if n, err := from.Int64(); err == nil {
			return attribute.Int64Value(n)
		}
		x, _ := from.Float64()
		return attribute.Float64Value(x)
	case []any:
		list := make([]attribute.Value, len(from))
		for i, item := range from {
			list[i] = value(item)
		}
		return attribute.SliceValue(list...)
	case map[string]any:
		pairs := make([]attribute.KeyValue, 0, len(from))
		for key, item := range from {
			pairs = append(pairs, attribute.KeyValue{Key: attribute.Key(key), Value: value(item)})
		}
		return attribute.MapValue(pairs...)
	default:
		return attribute.Value{} // null
	}
}

func check(err error) {
	if err != nil {
		stdlog.Fatal(err)
	}
}
