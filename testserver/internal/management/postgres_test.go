package management_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// onPostgres are the tests that run a second time on PostgreSQL.
var onPostgres = map[string]func(*testing.T){
	"TestAssignment_PutReadDelete":                                         TestAssignment_PutReadDelete,
	"TestAssignment_OfWhatIsNot":                                           TestAssignment_OfWhatIsNot,
	"TestAssignment_OnlyUserCredentialsHaveTheToggle":                      TestAssignment_OnlyUserCredentialsHaveTheToggle,
	"TestAssignment_Preconditions":                                         TestAssignment_Preconditions,
	"TestAssignment_SwitchingOffAndRemovingEndSessions":                    TestAssignment_SwitchingOffAndRemovingEndSessions,
	"TestAssignments_Bulk":                                                 TestAssignments_Bulk,
	"TestAssignments_BulkIsAllOrNothing":                                   TestAssignments_BulkIsAllOrNothing,
	"TestAssignments_ListAcrossApplications":                               TestAssignments_ListAcrossApplications,
	"TestApplication_CreateWithDefaults":                                   TestApplication_CreateWithDefaults,
	"TestApplication_GivenSecretIsNotEchoed":                               TestApplication_GivenSecretIsNotEchoed,
	"TestApplication_RefusedFields":                                        TestApplication_RefusedFields,
	"TestApplication_ProjectBelongsToSuite":                                TestApplication_ProjectBelongsToSuite,
	"TestApplication_OriginsAreNormalised":                                 TestApplication_OriginsAreNormalised,
	"TestApplication_MergePatch":                                           TestApplication_MergePatch,
	"TestApplication_NameIsUniqueInProject":                                TestApplication_NameIsUniqueInProject,
	"TestApplication_WithUsersIsNotDeleted":                                TestApplication_WithUsersIsNotDeleted,
	"TestApplication_SecretRotation":                                       TestApplication_SecretRotation,
	"TestApplication_RotationKeepsFamilies":                                TestApplication_RotationKeepsFamilies,
	"TestPublicClient_HasNoSecret":                                         TestPublicClient_HasNoSecret,
	"TestPublicClient_RefusedFields":                                       TestPublicClient_RefusedFields,
	"TestPublicClient_IsChangedInPlace":                                    TestPublicClient_IsChangedInPlace,
	"TestIntrospectionAccess_NeedsAnApplicationThatAuthenticates":          TestIntrospectionAccess_NeedsAnApplicationThatAuthenticates,
	"TestFederation_IsReadAsItWasWritten":                                  TestFederation_IsReadAsItWasWritten,
	"TestFederation_BadInput":                                              TestFederation_BadInput,
	"TestFederation_ChangesOfClientAuthentication":                         TestFederation_ChangesOfClientAuthentication,
	"TestFederation_WhoMayChangeIt":                                        TestFederation_WhoMayChangeIt,
	"TestIfMatch":                                                          TestIfMatch,
	"TestIfMatch_OneOfManyAtOnceSucceeds":                                  TestIfMatch_OneOfManyAtOnceSucceeds,
	"TestIdempotency_SameKeyAndBodyReplays":                                TestIdempotency_SameKeyAndBodyReplays,
	"TestIdempotency_EveryPostReplays":                                     TestIdempotency_EveryPostReplays,
	"TestIdempotency_RotationReplaysWithTheOldEtag":                        TestIdempotency_RotationReplaysWithTheOldEtag,
	"TestIdempotency_AnotherRequestIsRefused":                              TestIdempotency_AnotherRequestIsRefused,
	"TestIdempotency_KeysBelongToTheirCaller":                              TestIdempotency_KeysBelongToTheirCaller,
	"TestIdempotency_RefusalsAreNotKept":                                   TestIdempotency_RefusalsAreNotKept,
	"TestIdempotency_EndsAfterADay":                                        TestIdempotency_EndsAfterADay,
	"TestIdempotency_EndsWithTheObject":                                    TestIdempotency_EndsWithTheObject,
	"TestIdempotentResult":                                                 TestIdempotentResult,
	"TestIdempotency_ConcurrentUseMakesOne":                                TestIdempotency_ConcurrentUseMakesOne,
	"TestIdempotency_WithoutAnObjectAKeyIsForgottenAfterADay":              TestIdempotency_WithoutAnObjectAKeyIsForgottenAfterADay,
	"TestIdempotency_EveryKeyedRequestReplaysAndHasAResult":                TestIdempotency_EveryKeyedRequestReplaysAndHasAResult,
	"TestIdempotency_AVoidKeyRefusesEveryLateRequest":                      TestIdempotency_AVoidKeyRefusesEveryLateRequest,
	"TestIdempotency_VoidingBelongsToTheCaller":                            TestIdempotency_VoidingBelongsToTheCaller,
	"TestIdempotency_ResultsOfAssignmentsStayUntilTheApplicationIsDeleted": TestIdempotency_ResultsOfAssignmentsStayUntilTheApplicationIsDeleted,
	"TestIdempotency_TheSameKeyForAnotherAssignmentIsRefused":              TestIdempotency_TheSameKeyForAnotherAssignmentIsRefused,
	"TestIdempotency_VoidingRacesWithTheRequest":                           TestIdempotency_VoidingRacesWithTheRequest,
	"TestMe_IsTheCallerAndTheInstance":                                     TestMe_IsTheCallerAndTheInstance,
	"TestMe_NeedsAUserWithManagementAccess":                                TestMe_NeedsAUserWithManagementAccess,
	"TestList_PagesInOrderOfCreation":                                      TestList_PagesInOrderOfCreation,
	"TestList_DefaultLimit":                                                TestList_DefaultLimit,
	"TestList_Filters":                                                     TestList_Filters,
	"TestList_ItemsAreTheObjects":                                          TestList_ItemsAreTheObjects,
	"TestList_CursorOfAnotherListing":                                      TestList_CursorOfAnotherListing,
	"TestPolicy_WhatEachRoleSees":                                          TestPolicy_WhatEachRoleSees,
	"TestPolicy_SuiteAdminManagesTheSuite":                                 TestPolicy_SuiteAdminManagesTheSuite,
	"TestPolicy_WhoSaysHowAnApplicationAuthenticates":                      TestPolicy_WhoSaysHowAnApplicationAuthenticates,
	"TestPolicy_SuiteAdminStaysInTheSuite":                                 TestPolicy_SuiteAdminStaysInTheSuite,
	"TestPolicy_SuiteAdminKeepsAwayFromSuperAdmins":                        TestPolicy_SuiteAdminKeepsAwayFromSuperAdmins,
	"TestPolicy_SuiteAdminKeepsAwayFromTheirApplications":                  TestPolicy_SuiteAdminKeepsAwayFromTheirApplications,
	"TestPolicy_SuiteAdminKeepsAwayFromApplicationsOfOthersUsers":          TestPolicy_SuiteAdminKeepsAwayFromApplicationsOfOthersUsers,
	"TestPolicy_OnlySuperAdminsCrossSuites":                                TestPolicy_OnlySuperAdminsCrossSuites,
	"TestPolicy_ExistingIsNamedOnlyToThoseWhoSeeIt":                        TestPolicy_ExistingIsNamedOnlyToThoseWhoSeeIt,
	"TestPromotion_WhatPreventsIt":                                         TestPromotion_WhatPreventsIt,
	"TestPromotion_EndsSignIns":                                            TestPromotion_EndsSignIns,
	"TestPromotion_OfWhoIsBeingAssigned":                                   TestPromotion_OfWhoIsBeingAssigned,
	"TestIdempotency_AReplayShowsWhatTheCallerCanRead":                     TestIdempotency_AReplayShowsWhatTheCallerCanRead,
	"TestRequests_UnknownPath":                                             TestRequests_UnknownPath,
	"TestRequests_UnknownMethod":                                           TestRequests_UnknownMethod,
	"TestRequests_Authentication":                                          TestRequests_Authentication,
	"TestRequests_RoleIsReadAtEachRequest":                                 TestRequests_RoleIsReadAtEachRequest,
	"TestRequests_Malformed":                                               TestRequests_Malformed,
	"TestRequests_IdsThatCannotBe":                                         TestRequests_IdsThatCannotBe,
	"TestRequests_RequestID":                                               TestRequests_RequestID,
	"TestRequests_FaultsOfTheServer":                                       TestRequests_FaultsOfTheServer,
	"TestRequests_ResponsesAreNotCached":                                   TestRequests_ResponsesAreNotCached,
	"TestSigningKeys":                                                      TestSigningKeys,
	"TestSuite_CreateReadUpdateDelete":                                     TestSuite_CreateReadUpdateDelete,
	"TestSuite_NameIsUnique":                                               TestSuite_NameIsUnique,
	"TestSuite_NotDeletedWhileItHoldsSomething":                            TestSuite_NotDeletedWhileItHoldsSomething,
	"TestNotEmpty_SaysWhatIsContained":                                     TestNotEmpty_SaysWhatIsContained,
	"TestNotEmpty_SaysItOnlyToThoseWhoMayDelete":                           TestNotEmpty_SaysItOnlyToThoseWhoMayDelete,
	"TestText_NamesOfTheCorpus":                                            TestText_NamesOfTheCorpus,
	"TestText_EmailsOfTheCorpus":                                           TestText_EmailsOfTheCorpus,
	"TestText_PersonNamesWithInvisibleCharacters":                          TestText_PersonNamesWithInvisibleCharacters,
	"TestText_URLsAndOriginsOfTheCorpus":                                   TestText_URLsAndOriginsOfTheCorpus,
	"TestText_FormsOfOneNameCannotCoexist":                                 TestText_FormsOfOneNameCannotCoexist,
	"TestText_FormsOfOneEmailAreOneUsers":                                  TestText_FormsOfOneEmailAreOneUsers,
	"TestText_AnotherFormOfAnEmailIsNoChange":                              TestText_AnotherFormOfAnEmailIsNoChange,
	"TestText_PatchJudgesOnlyWhatItSends":                                  TestText_PatchJudgesOnlyWhatItSends,
	"TestText_PasswordsAreCountedInNFC":                                    TestText_PasswordsAreCountedInNFC,
	"TestTokenRevocation_EndsWhatItNames":                                  TestTokenRevocation_EndsWhatItNames,
	"TestTokenRevocation_OfWhatIsNot":                                      TestTokenRevocation_OfWhatIsNot,
	"TestUser_CreateWithDefaults":                                          TestUser_CreateWithDefaults,
	"TestUser_PasswordIsWriteOnly":                                         TestUser_PasswordIsWriteOnly,
	"TestUser_RefusedFields":                                               TestUser_RefusedFields,
	"TestUser_EmailIsUniqueWithoutCase":                                    TestUser_EmailIsUniqueWithoutCase,
	"TestUser_MergePatch":                                                  TestUser_MergePatch,
	"TestUser_DisablingAndDeletingEndSessions":                             TestUser_DisablingAndDeletingEndSessions,
	"TestUser_TheLastSuperAdminStays":                                      TestUser_TheLastSuperAdminStays,
	"TestUser_OfTwoSuperAdminsThatLeaveOneStays":                           TestUser_OfTwoSuperAdminsThatLeaveOneStays,
}

// TestPostgres runs the tests of this package on PostgreSQL: newWorld looks at
// the name of its test.
func TestPostgres(t *testing.T) {
	t.Parallel()
	for name, test := range onPostgres {
		t.Run(name, test)
	}
}

// TestPostgres_LeavesNothingOut finds a test that was written and not listed.
func TestPostgres_LeavesNothingOut(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*_test.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("found %v, %v", files, err)
	}
	function := regexp.MustCompile(`(?ms)^func (Test\w+)\(t \*testing\.T\) \{(.*?)^\}`)
	makesWorld := regexp.MustCompile(`new(World|People)\(t\)`)
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range function.FindAllStringSubmatch(string(source), -1) {
			usesStore := makesWorld.MatchString(m[2])
			if usesStore && onPostgres[m[1]] == nil {
				t.Errorf("%s of %s is not in onPostgres", m[1], file)
			}
		}
	}
}
