package testissuer

import (
	"maps"
	"net/http"
)

// requestToken lets a job ask for its tokens. It is not an assertion.
const requestToken = "request-token-of-this-job"

// AzureAudience is the audience of every token of an Azure DevOps pipeline.
const AzureAudience = "api://AzureADTokenExchange"

// Job sets the claims of the tokens that the endpoints of GitHub and Azure
// DevOps issue; both add an audience.
func (i *Issuer) Job(claims Claims) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.job = claims
}

func (i *Issuer) jobToken(audience string) string {
	i.mu.Lock()
	claims := Claims{"aud": audience}
	maps.Copy(claims, i.job)
	i.mu.Unlock()
	return i.Token(claims)
}

// GitHub is the environment of a job of GitHub Actions with the permission
// id-token: write. The URL has a query, as GitHub's.
func (i *Issuer) GitHub() map[string]string {
	return map[string]string{
		"GITHUB_ACTIONS":                 "true",
		"ACTIONS_ID_TOKEN_REQUEST_URL":   i.URL + PathGitHub + "?api-version=2.0",
		"ACTIONS_ID_TOKEN_REQUEST_TOKEN": requestToken,
	}
}

// gitHub issues a token for the requested audience.
func (i *Issuer) gitHub(w http.ResponseWriter, r *http.Request) {
	audience := r.URL.Query()["audience"]
	switch {
	case bearer(r) != requestToken:
		http.Error(w, "Unauthorized", http.StatusUnauthorized)
	case len(audience) != 1 || r.URL.Query().Get("api-version") != "2.0":
		http.Error(w, "Bad Request", http.StatusBadRequest)
	default:
		token := i.jobToken(audience[0])
		writeJSON(w, map[string]any{"count": len(token), "value": token})
	}
}

// GitLab is the environment of a job of GitLab CI with
// `id_tokens: { ATM_CLIENT_ASSERTION: { aud: … } }`.
func (i *Issuer) GitLab(audience string) map[string]string {
	return map[string]string{"GITLAB_CI": "true", "ATM_CLIENT_ASSERTION": i.jobToken(audience)}
}

// AzureDevOps is the environment of a pipeline of Azure DevOps that maps
// SYSTEM_ACCESSTOKEN.
func (i *Issuer) AzureDevOps() map[string]string {
	return map[string]string{
		"TF_BUILD": "True", "SYSTEM_OIDCREQUESTURI": i.URL + PathAzure, "SYSTEM_ACCESSTOKEN": requestToken,
	}
}

// azure issues a token for AzureAudience. With a serviceConnectionId it would be
// a credential of Azure, which is not for this server.
func (i *Issuer) azure(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	switch {
	case bearer(r) != requestToken && r.Header.Get("X-TFS-FedAuthRedirect") != "Suppress":
		http.Redirect(w, r, i.URL+"/sign-in", http.StatusFound)
	case bearer(r) != requestToken:
		http.Error(w, "Unauthorized", http.StatusUnauthorized)
	case query.Get("api-version") != "7.1" || query.Has("serviceConnectionId"):
		http.Error(w, "Bad Request", http.StatusBadRequest)
	default:
		writeJSON(w, map[string]any{"oidcToken": i.jobToken(AzureAudience)})
	}
}
