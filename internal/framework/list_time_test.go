package framework_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	resourceschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

type slowModel struct {
	ID types.String `tfsdk:"id"`
}

// slowList waits longer before each object, the last time too long.
type slowList struct{}

func (slowList) Schema() schema.Schema { return schema.Schema{} }

func (slowList) Each(ctx context.Context, _ *atm.Client, _ *struct{}, _ int) iter.Seq2[*string, error] {
	return func(yield func(*string, error) bool) {
		id := "one"
		for _, wait := range []time.Duration{90 * time.Second, 90 * time.Second, time.Hour} {
			select {
			case <-time.After(wait):
				if !yield(&id, nil) {
					return
				}
			case <-ctx.Done():
				yield(nil, context.Cause(ctx))
				return
			}
		}
	}
}

func (slowList) Model(_ context.Context, id *string) *slowModel {
	return &slowModel{types.StringValue(*id)}
}

func (slowList) DisplayName(id *string) string { return *id }

// Each page of a query has the time of a read: many slow ones are no error, one
// without a response is. What takes the results may take its time.
func TestList_BoundsTheTimeOfAPage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, err := atm.New(atm.Config{Endpoint: "https://atm.example.com"})
		if err != nil {
			t.Fatal(err)
		}
		lister := framework.NewList[struct{}, slowModel, string]("slow", slowList{})()
		configured, ok := lister.(list.ListResourceWithConfigure)
		if !ok {
			t.Fatal("it takes no provider data")
		}
		configured.Configure(t.Context(), resource.ConfigureRequest{
			ProviderData: &framework.Connection{API: client, SignsIn: true},
		}, &resource.ConfigureResponse{})

		start, results, failed := time.Now(), 0, errors.New("none")
		var stream list.ListResultsStream
		lister.List(t.Context(), list.ListRequest{
			Config:                 tfsdk.Config{Schema: schema.Schema{}},
			ResourceSchema:         resourceschema.Schema{Attributes: map[string]resourceschema.Attribute{"id": resourceschema.StringAttribute{Computed: true}}},
			ResourceIdentitySchema: identityschema.Schema{Attributes: map[string]identityschema.Attribute{"id": identityschema.StringAttribute{RequiredForImport: true}}},
		}, &stream)
		for result := range stream.Results {
			if result.Diagnostics.HasError() {
				failed = errors.New(result.Diagnostics[0].Detail())
				break
			}
			results++
			time.Sleep(10 * time.Minute)
		}
		took := time.Since(start) - time.Duration(results)*10*time.Minute
		if results != 2 || took != 5*time.Minute || !strings.Contains(failed.Error(), "2m0s") {
			t.Errorf("%d results in %s and the error %q, want 2, and an error 2 minutes after the second", results, took, failed)
		}
	})
}
