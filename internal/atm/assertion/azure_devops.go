package assertion

import (
	"context"
	"net/http"
	"strings"
)

// azureDevOps is the source of an Azure Pipelines job that maps its access token.
// Without a serviceConnectionId the token is the pipeline's own; with one it would
// be a credential for Azure.
func (s Settings) azureDevOps() (*Source, string) {
	const address, bearer = "SYSTEM_OIDCREQUESTURI", "SYSTEM_ACCESSTOKEN"
	const mapping = "env: { SYSTEM_ACCESSTOKEN: $(System.AccessToken) }"
	if lacks := s.lacks(address, bearer); len(lacks) > 0 {
		text := label("Azure DevOps") + unset(lacks)
		if _, runs := s.variable(address); runs {
			text += ". Map it in the step of the pipeline: " + mapping
		}
		return nil, text
	}
	from, _ := s.variable(address)
	token, _ := s.variable(bearer)
	if strings.HasPrefix(token, "$(") { // a macro that the pipeline did not replace
		return nil, label("Azure DevOps") + "SYSTEM_ACCESSTOKEN contains the name of a variable and not its value. Map it in the step of the pipeline: " + mapping
	}
	return s.remote("Azure DevOps", token, func(ctx context.Context) (string, error) {
		var reply struct {
			Token string `json:"oidcToken"`
		}
		err := s.ask(ctx, tokenRequest{
			method: http.MethodPost, variable: address, address: from, bearer: token,
			query:   map[string]string{"api-version": "7.1"},
			header:  map[string]string{"X-TFS-FedAuthRedirect": "Suppress", "Content-Type": "application/json"},
			refused: "Check that the step maps the token: " + mapping,
		}, &reply)
		return reply.Token, err
	}), ""
}
