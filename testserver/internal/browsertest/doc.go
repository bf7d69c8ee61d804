// Package browsertest gives tests a real browser: Chromium without a window,
// one process for all tests of a package that run at a time, and cookies, tabs
// and settings for each test of its own. Where there is no Chromium, tests are
// skipped, aloud; or they fail, where ATM_TEST_REQUIRE contains the word
// chromium. With -short they are skipped.
//
// A tab fails its test for everything that the browser reports: violations of a
// content security policy, exceptions, resources that are missing.
package browsertest
