package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/tci-pf/terraform-provider-atm/testserver/testissuer"
)

// with returns variables and more.
func with(variables, more map[string]string) map[string]string {
	all := maps.Clone(variables)
	maps.Copy(all, more)
	return all
}

// gitHub has no variables but those of env, and no token without the permission.
func gitHub(file []byte, issuer *testissuer.Issuer, variables map[string]string, claims testissuer.Claims) ([]phase, error) {
	var workflow struct {
		Jobs map[string]struct {
			Environment string
			Permissions map[string]string
			Env         map[string]string
			Steps       []struct{ Run string }
		}
	}
	if err := yaml.Unmarshal(file, &workflow); err != nil {
		return nil, err
	}
	job := workflow.Jobs["apply"]
	if subject, _ := claims["sub"].(string); !strings.Contains(subject+"-", ":environment:"+job.Environment+"-") {
		return nil, fmt.Errorf("a job of the environment %q has no subject %q", job.Environment, subject)
	}
	issuer.Job(claims)
	environ := map[string]string{"GITHUB_ACTIONS": "true"}
	if job.Permissions["id-token"] == "write" {
		environ = issuer.GitHub()
	}
	expression := regexp.MustCompile(`\$\{\{ vars\.(\w+) \}\}`)
	for name, value := range job.Env {
		environ[name] = expression.ReplaceAllStringFunc(value, func(text string) string {
			return variables[expression.FindStringSubmatch(text)[1]]
		})
	}
	var script []string
	for _, step := range job.Steps {
		script = append(script, step.Run)
	}
	return []phase{{environ, strings.Join(script, "\n")}}, nil
}

func gitLab(file []byte, issuer *testissuer.Issuer, variables map[string]string, claims testissuer.Claims) ([]phase, error) {
	var pipeline struct {
		Apply struct {
			IDTokens map[string]struct{ Aud string } `yaml:"id_tokens"`
			Script   []string
		}
	}
	if err := yaml.Unmarshal(file, &pipeline); err != nil {
		return nil, err
	}
	environ := with(variables, map[string]string{"GITLAB_CI": "true"})
	for name, token := range pipeline.Apply.IDTokens {
		environ[name] = issuer.Token(withAudience(claims, os.Expand(token.Aud, func(name string) string { return variables[name] })))
	}
	return []phase{{environ, strings.Join(pipeline.Apply.Script, "\n")}}, nil
}

func withAudience(claims testissuer.Claims, audience string) testissuer.Claims {
	all := testissuer.Claims{"aud": audience}
	maps.Copy(all, claims)
	return all
}

// azure maps SYSTEM_ACCESSTOKEN only where the file does.
func azure(file []byte, issuer *testissuer.Issuer, variables map[string]string, claims testissuer.Claims) ([]phase, error) {
	var pipeline struct {
		Steps []struct {
			Script string
			Env    map[string]string
		}
	}
	if err := yaml.Unmarshal(file, &pipeline); err != nil {
		return nil, err
	}
	issuer.Job(claims)
	var phases []phase
	for _, step := range pipeline.Steps {
		environ := with(variables, issuer.AzureDevOps())
		accessToken := environ["SYSTEM_ACCESSTOKEN"]
		delete(environ, "SYSTEM_ACCESSTOKEN")
		for name, value := range step.Env {
			environ[name] = strings.ReplaceAll(value, "$(System.AccessToken)", accessToken)
		}
		phases = append(phases, phase{environ, step.Script})
	}
	return phases, nil
}

// hcp has no pipeline file: a run is a plan and an apply, each with its own token,
// whose subject names it.
func hcp(_ []byte, issuer *testissuer.Issuer, variables map[string]string, claims testissuer.Claims) ([]phase, error) {
	of := func(name, script string) phase {
		subject := map[string]any{"sub": claims["sub"].(string) + ":run_phase:" + name}
		all := withAudience(claims, variables["ATM_ENDPOINT"])
		maps.Copy(all, subject)
		return phase{with(variables, map[string]string{"TFC_WORKLOAD_IDENTITY_TOKEN_ATM": issuer.Token(all)}), script}
	}
	return []phase{
		of("plan", "terraform init -input=false\nterraform plan -input=false -out=plan"), of("apply", "terraform apply -input=false plan"),
	}, nil
}

// kubernetes gives the container of a Job its projected token. The manifest's
// audience stands for the endpoint.
func kubernetes(file []byte, issuer *testissuer.Issuer, variables map[string]string, claims testissuer.Claims) ([]phase, error) {
	var job struct {
		Spec struct {
			Template struct {
				Spec struct {
					Containers []struct {
						Command []string
						Env     []struct{ Name, Value string }
						Mounts  []struct {
							Path string `yaml:"mountPath"`
						} `yaml:"volumeMounts"`
					}
					Volumes []struct {
						Projected struct {
							Sources []struct {
								Token struct {
									Audience, Path    string
									ExpirationSeconds int `yaml:"expirationSeconds"`
								} `yaml:"serviceAccountToken"`
							}
						}
					}
				}
			}
		}
	}
	if err := yaml.Unmarshal(file, &job); err != nil {
		return nil, err
	}
	pod := job.Spec.Template.Spec
	if len(pod.Containers) == 0 || len(pod.Containers[0].Mounts) == 0 || len(pod.Volumes) == 0 {
		return nil, errors.New("the manifest has no container with the volume of a token")
	}
	container, token := pod.Containers[0], pod.Volumes[0].Projected.Sources[0].Token
	if token.ExpirationSeconds < 600 || token.ExpirationSeconds > 3600 {
		return nil, fmt.Errorf("expirationSeconds is %d", token.ExpirationSeconds)
	}
	if token.Audience != "https://atm.example.com" {
		return nil, fmt.Errorf("the audience is %q", token.Audience)
	}
	dir, err := os.MkdirTemp(".", "token-")
	if err != nil {
		return nil, err
	}
	file = []byte(issuer.Token(withAudience(claims, variables["ATM_ENDPOINT"])))
	mounted, err := filepath.Abs(filepath.Join(dir, token.Path))
	if err != nil {
		return nil, err
	}
	environ := maps.Clone(variables)
	for _, variable := range container.Env {
		value := variable.Value
		if value == filepath.Join(container.Mounts[0].Path, token.Path) {
			value = mounted
		}
		environ[variable.Name] = value
	}
	script := fmt.Sprintf("trap 'rm -r %q' EXIT\n%s", dir, container.Command[len(container.Command)-1])
	return []phase{{environ, script}}, os.WriteFile(mounted, file, 0o600)
}
