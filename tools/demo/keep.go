package main

import (
	"fmt"
	"strings"
)

// explainKept prints how to go on by hand, and how to end it.
func (d *demo) explainKept() error {
	d.say("DEMO_KEEP is set: the server goes on, and what was created stays")
	var b strings.Builder
	b.WriteString("\n   To go on by hand:\n\n")
	line := func(format string, args ...any) { fmt.Fprintf(&b, "     "+format+"\n", args...) }
	line("cd %s", quote(d.configuration()))
	if names := foreignNames(d.environ); len(names) > 0 {
		line("unset %s", strings.Join(names, " "))
	}
	line("export TF_CLI_CONFIG_FILE=%s", quote(cliConfigFile(d.dir)))
	for _, v := range d.server.ready.variables() {
		line("export %s=%s", v.name, quote(v.value))
	}
	line("%s plan", d.cli.path)
	b.WriteString("\n   To end it (the server keeps everything in memory):\n\n")
	line("kill %d; rm -rf %s", d.server.pid(), quote(d.dir))
	_, err := fmt.Fprintln(d.out, b.String())
	return err
}

// quote makes one word of s for a POSIX shell.
func quote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
