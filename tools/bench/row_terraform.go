package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

// commands are how long Terraform took, a value for each round.
type commands struct {
	apply, plan, destroy []time.Duration
	// cpu is the CPU time of Terraform and the provider in all rounds, for
	// each command. It depends less on other programs on the machine.
	cpu [3]time.Duration
}

// terraformRow compares whole runs of Terraform with the same runs with the
// floor provider, by turns.
func terraformRow(ctx context.Context, b *bench) ([]finding, error) {
	var ours, floor commands
	for round := range b.rounds {
		if err := b.round(ctx, &floor, b.made.floor); err != nil {
			return nil, fmt.Errorf("floor provider: %w", err)
		}
		if err := b.round(ctx, &ours, b.made.provider); err != nil {
			return nil, err
		}
		fmt.Printf("  round %d: apply %s against %s, refresh-only plan %s against %s, destroy %s against %s\n", round+1,
			seconds(ours.apply[round]), seconds(floor.apply[round]), seconds(ours.plan[round]), seconds(floor.plan[round]),
			seconds(ours.destroy[round]), seconds(floor.destroy[round]))
	}
	var found []finding
	for i, of := range []struct {
		command     string
		ours, floor []time.Duration
	}{{"apply", ours.apply, floor.apply}, {"refresh-only plan", ours.plan, floor.plan}, {"destroy", ours.destroy, floor.destroy}} {
		what := fmt.Sprintf("%s of %d `atm_application`", of.command, b.objects)
		found = append(found, ratioFinding(what, of.ours, of.floor).print())
		if floor.cpu[i] > 0 {
			found = append(found, finding{
				what: "its CPU time, Terraform and provider, all rounds", ours: seconds(ours.cpu[i]), floor: seconds(floor.cpu[i]),
				figure: times(float64(ours.cpu[i]) / float64(floor.cpu[i])),
			}.print())
		}
	}
	return found, nil
}

func ratioFinding(what string, ours, floor []time.Duration) finding {
	const goal = 1.15
	each := ratios(ours, floor)
	return finding{
		what: what, ours: spread(seconds, ours), floor: spread(seconds, floor), figure: spread(times, each),
		goal: "at most 1.15 ×", met: middle(each) <= goal,
	}
}

// round applies, plans and destroys with one provider, against a server of its
// own.
func (b *bench) round(ctx context.Context, into *commands, program string) (err error) {
	s, err := b.startServer(ctx)
	if err != nil {
		return err
	}
	defer s.Stop() //nolint:errcheck // the run has what it needs from it
	w, err := b.newWorkspace(ctx, program, applications(b.objects), b.profiling(s.Environ(), "provider")...)
	if err != nil {
		return err
	}
	defer os.RemoveAll(w.Dir)
	for i, step := range []struct {
		run  func(context.Context) (time.Duration, error)
		into *[]time.Duration
	}{{w.apply, &into.apply}, {w.refreshOnlyPlan, &into.plan}, {w.destroy, &into.destroy}} {
		took, err := step.run(ctx)
		if err != nil {
			return err
		}
		*step.into = append(*step.into, took)
		into.cpu[i] += w.cpu
	}
	return nil
}
