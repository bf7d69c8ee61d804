package atm

type Me struct {
	UserId        string `json:"userId"`
	Email         string `json:"email"`
	Role          string `json:"role"`
	SuiteId       string `json:"suiteId"`
	ProjectId     string `json:"projectId"`
	ApplicationId string `json:"applicationId"`
	ClientId      string `json:"clientId"`
	InstanceId    string `json:"instanceId"`
}
