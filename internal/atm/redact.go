package atm

// redactor is replaced by the one of the settings branch.
type redactor struct{}

func newRedactor(Config) redactor           { return redactor{} }
func (r redactor) with(...string) redactor  { return r }
func (r redactor) clean(text string) string { return text }
