package main

import "path/filepath"

// profiling adds where a profiled program writes its CPU profiles
// (BENCH_PROFILE), under a name that says what the program is.
func (b *bench) profiling(environ []string, name string) []string {
	if b.profile == "" {
		return environ
	}
	dir, err := filepath.Abs(b.profile)
	if err != nil {
		dir = b.profile
	}
	return append(environ, "BENCH_PROFILE_PREFIX="+filepath.Join(dir, name))
}
