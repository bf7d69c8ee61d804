package testserver_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// shared is the server of a whole package of tests.
var shared *testserver.Server

func TestMain(m *testing.M) {
	var err error
	if shared, err = testserver.New(testserver.WithSeed(shop)); err != nil {
		log.Fatal(err)
	}
	status := m.Run()
	if err := shared.Close(); err != nil {
		log.Fatal(err)
	}
	os.Exit(status)
}

// Share one server between the tests of a package: TestMain makes it,
//
//	var shared *testserver.Server
//
//	func TestMain(m *testing.M) {
//		var err error
//		if shared, err = testserver.New(testserver.WithSeed(shop)); err != nil {
//			log.Fatal(err)
//		}
//		status := m.Run()
//		if err := shared.Close(); err != nil {
//			log.Fatal(err)
//		}
//		os.Exit(status)
//	}
//
// and each test returns it to the seed before it begins. Tests that run in
// parallel do without that, or start a server each: it takes milliseconds.
func Example_sharedInTestMain() {
	ctx := context.Background()
	if err := shared.Reset(ctx); err != nil {
		log.Fatal(err)
	}
	status, _ := issueToken(ctx, shared)
	fmt.Println(status)
	// Output: 200
}
