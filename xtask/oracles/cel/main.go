// The CEL of the API server, as a program.
//
// It reads one JSON object `{"rule": …, "self": …}` a line and answers each with one line: what comes of
// the rule where `self` is the value, or that it does not compile, or the error of its evaluation. With
// the argument `functions` it prints the names of all functions and macros instead.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"

	"github.com/google/cel-go/cel"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/apiserver/pkg/cel/environment"
)

func main() {
	base := environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion())
	set, err := base.Extend(environment.VersionedOptions{
		IntroducedVersion: version.MajorMinor(1, 0),
		EnvOptions:        []cel.EnvOption{cel.Variable("self", cel.DynType)},
	})
	if err != nil {
		panic(err)
	}
	env := set.NewExpressionsEnv()
	if len(os.Args) > 1 && os.Args[1] == "functions" {
		functions(env)
		return
	}
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 1<<24)
	for input.Scan() {
		decoder := json.NewDecoder(strings.NewReader(input.Text()))
		decoder.UseNumber()
		var question struct {
			Rule string `json:"rule"`
			Self any    `json:"self"`
		}
		if err := decoder.Decode(&question); err != nil {
			panic(err)
		}
		fmt.Println(strings.ReplaceAll(judge(env, question.Rule, numbers(question.Self)), "\n", " "))
	}
}

// The last parts of all names, without operators.
func functions(env *cel.Env) {
	names := map[string]bool{}
	add := func(name string) {
		if !strings.ContainsAny(name, "_@!&|<>=+-*/%?[]") || strings.Contains(name, "exists_one") {
			names[name[strings.LastIndex(name, ".")+1:]] = true
		}
	}
	for name := range env.Functions() {
		add(name)
	}
	for _, macro := range env.Macros() {
		add(macro.Function())
	}
	var sorted []string
	for name := range names {
		sorted = append(sorted, name)
	}
	sort.Strings(sorted)
	for _, name := range sorted {
		fmt.Println(name)
	}
}

// Numbers as the API server has them: whole ones are integers.
func numbers(value any) any {
	switch value := value.(type) {
	case json.Number:
		if number, err := value.Int64(); err == nil {
			return number
		}
		number, _ := value.Float64()
		return number
	case []any:
		for index := range value {
			value[index] = numbers(value[index])
		}
	case map[string]any:
		for key := range value {
			value[key] = numbers(value[key])
		}
	}
	return value
}

func judge(env *cel.Env, rule string, self any) string {
	tree, issues := env.Compile(rule)
	if issues.Err() != nil {
		return "does not compile: " + issues.Err().Error()
	}
	program, err := env.Program(tree)
	if err != nil {
		return "does not compile: " + err.Error()
	}
	result, _, err := program.Eval(map[string]any{"self": self})
	if err != nil {
		return "error: " + err.Error()
	}
	return fmt.Sprint(result.Value())
}
