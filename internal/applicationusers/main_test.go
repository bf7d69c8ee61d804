package applicationusers_test

import (
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
)

func TestMain(m *testing.M) { acctest.Main(m) }
