package assertion

import (
	"context"
	"net/http"
)

// gitHub is the source of a GitHub Actions job with the permission id-token.
func (s Settings) gitHub() (*Source, string) {
	const address, bearer = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
	if lacks := s.lacks(address, bearer); len(lacks) > 0 {
		text := label("GitHub Actions") + unset(lacks)
		if _, runs := s.variable("GITHUB_ACTIONS"); runs {
			text += ". GITHUB_ACTIONS is set, so the job lacks the permission to request a token: add permissions: id-token: write to the job (and contents: read, which the default then no longer includes)"
		}
		return nil, text
	}
	from, _ := s.variable(address)
	token, _ := s.variable(bearer)
	return s.remote("GitHub Actions", token, func(ctx context.Context) (string, error) {
		var reply struct {
			Value string `json:"value"`
		}
		err := s.ask(ctx, tokenRequest{
			method: http.MethodGet, variable: address, address: from, bearer: token,
			query: map[string]string{"audience": s.Audience}, refused: "Check that the job has permissions: id-token: write",
		}, &reply)
		return reply.Value, err
	}), ""
}
