package management

import "net/http"

// The response interfaces of the generated code, all met by answer.

func (a *answer) VisitListApplicationUsersResponse(w http.ResponseWriter) error { return a.write(w) }

func (a *answer) VisitListApplicationsResponse(w http.ResponseWriter) error { return a.write(w) }

func (a *answer) VisitCreateApplicationResponse(w http.ResponseWriter) error { return a.write(w) }

func (a *answer) VisitDeleteApplicationResponse(w http.ResponseWriter) error { return a.write(w) }

func (a *answer) VisitGetApplicationResponse(w http.ResponseWriter) error { return a.write(w) }

func (a *answer) VisitUpdateApplicationResponse(w http.ResponseWriter) error { return a.write(w) }

func (a *answer) VisitRotateApplicationSecretResponse(w http.ResponseWriter) error { return a.write(w) }

func (a *answer) VisitUpdateApplicationUsersResponse(w http.ResponseWriter) error { return a.write(w) }

func (a *answer) VisitDeleteApplicationUserResponse(w http.ResponseWriter) error { return a.write(w) }

func (a *answer) VisitGetApplicationUserResponse(w http.ResponseWriter) error { return a.write(w) }

func (a *answer) VisitPutApplicationUserResponse(w http.ResponseWriter) error { return a.write(w) }

func (a *answer) VisitGetIdempotentResultResponse(w http.ResponseWriter) error { return a.write(w) }

func (a *answer) VisitVoidIdempotencyKeyResponse(w http.ResponseWriter) error { return a.write(w) }

func (a *answer) VisitGetMeResponse(w http.ResponseWriter) error { return a.write(w) }

func (a *answer) VisitListProjectsResponse(w http.ResponseWriter) error { return a.write(w) }

func (a *answer) VisitCreateProjectResponse(w http.ResponseWriter) error { return a.write(w) }

func (a *answer) VisitDeleteProjectResponse(w http.ResponseWriter) error { return a.write(w) }

func (a *answer) VisitGetProjectResponse(w http.ResponseWriter) error { return a.write(w) }

func (a *answer) VisitUpdateProjectResponse(w http.ResponseWriter) error { return a.write(w) }

func (a *answer) VisitListSigningKeysResponse(w http.ResponseWriter) error { return a.write(w) }

func (a *answer) VisitRotateSigningKeyResponse(w http.ResponseWriter) error { return a.write(w) }

func (a *answer) VisitListSuitesResponse(w http.ResponseWriter) error { return a.write(w) }

func (a *answer) VisitCreateSuiteResponse(w http.ResponseWriter) error { return a.write(w) }

func (a *answer) VisitDeleteSuiteResponse(w http.ResponseWriter) error { return a.write(w) }

func (a *answer) VisitGetSuiteResponse(w http.ResponseWriter) error { return a.write(w) }

func (a *answer) VisitUpdateSuiteResponse(w http.ResponseWriter) error { return a.write(w) }

func (a *answer) VisitRevokeTokensResponse(w http.ResponseWriter) error { return a.write(w) }

func (a *answer) VisitListUsersResponse(w http.ResponseWriter) error { return a.write(w) }

func (a *answer) VisitCreateUserResponse(w http.ResponseWriter) error { return a.write(w) }

func (a *answer) VisitDeleteUserResponse(w http.ResponseWriter) error { return a.write(w) }

func (a *answer) VisitGetUserResponse(w http.ResponseWriter) error { return a.write(w) }

func (a *answer) VisitUpdateUserResponse(w http.ResponseWriter) error { return a.write(w) }

func (a *answer) VisitResetUserPasswordResponse(w http.ResponseWriter) error { return a.write(w) }
