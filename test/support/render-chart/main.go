// Renders the templates of a chart with the engine that Helm renders with, text/template, and with those few functions of
// Helm that the chart uses. It reads JSON: the templates by name, and what they see; it writes the documents.
package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"text/template"
)

type input struct {
	Templates map[string]string
	Data      map[string]any
}

// YAML takes JSON as it is. The items of a list have lines of their own, so that they can follow other items.
func writeYaml(value any) (string, error) {
	list, isList := value.([]any)
	if !isList {
		text, err := json.Marshal(value)
		return string(text), err
	}
	lines := make([]string, len(list))
	for index, item := range list {
		text, err := json.Marshal(item)
		if err != nil {
			return "", err
		}
		lines[index] = "- " + string(text)
	}
	return strings.Join(lines, "\n"), nil
}

func main() {
	var given input
	decoder := json.NewDecoder(os.Stdin)
	decoder.UseNumber()
	if err := decoder.Decode(&given); err != nil {
		panic(err)
	}
	functions := template.FuncMap{
		"toYaml": writeYaml,
		"nindent": func(count int, text string) string {
			indent := strings.Repeat(" ", count)
			return "\n" + indent + strings.ReplaceAll(text, "\n", "\n"+indent)
		},
		"default": func(other, value any) any {
			if value == nil || value == "" {
				return other
			}
			return value
		},
		"sha256sum": func(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) },
	}
	for name, text := range given.Templates {
		parsed := template.Must(template.New(name).Option("missingkey=error").Funcs(functions).Parse(text))
		fmt.Println("---")
		if err := parsed.Execute(os.Stdout, given.Data); err != nil {
			panic(err)
		}
	}
}
