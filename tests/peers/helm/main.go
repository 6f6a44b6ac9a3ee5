// Check-objects reads what `helm template` renders, and holds each object against its type in `k8s.io/api`.
//
//	helm template … | check-objects
//
// It prints each object as Kubernetes would keep it, as one line of JSON. An object of an unknown kind, a field that
// its type does not have, one that is there twice or has another type is an error, told on stderr; it then ends
// with 1.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"
)

func main() {
	// Its scheme knows every type of `k8s.io/api`.
	decoder := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	problems := 0
	documents := yaml.NewYAMLReader(bufio.NewReader(os.Stdin))
	for number := 1; ; number++ {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = check(decoder, document)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "document %d: %v\n", number, err)
			problems++
		}
	}
	if problems > 0 {
		os.Exit(1)
	}
}

// What is between two `---` may be nothing but comments.
func check(decoder runtime.Decoder, document []byte) error {
	var anything any
	if err := yaml.Unmarshal(document, &anything); err != nil {
		return err
	}
	if anything == nil {
		return nil
	}
	object, _, err := decoder.Decode(document, nil, nil)
	if err != nil {
		return err
	}
	line, err := json.Marshal(object)
	if err != nil {
		return err
	}
	fmt.Println(string(line))
	return nil
}
