package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"

	"github.com/tci-pf/terraform-provider-atm/tools/internal/sandbox"
)

// startRow times from the start of a provider's process to the response to
// GetProviderSchema, as go-plugin does it but without its TLS, which is the
// same for all, by turns with a provider that offers nothing.
func startRow(ctx context.Context, b *bench) ([]finding, error) {
	var ours, floor, more []time.Duration
	for range b.starts {
		empty, err := b.startToSchema(ctx, b.made.empty)
		if err != nil {
			return nil, fmt.Errorf("empty provider: %w", err)
		}
		whole, err := b.startToSchema(ctx, b.made.provider)
		if err != nil {
			return nil, err
		}
		ours, floor, more = append(ours, whole), append(floor, empty), append(more, whole-empty)
	}
	info, err := os.Stat(b.made.provider)
	if err != nil {
		return nil, err
	}
	return []finding{
		finding{
			what: "process start to schema response", ours: spread(millis, ours), floor: spread(millis, floor),
			figure: spread(millis, more) + " more", goal: "within 15 ms", met: middle(more) <= 15*time.Millisecond,
		}.print(),
		finding{
			what: "provider binary, stripped", figure: mebibytes(info.Size()), goal: "under 25 MiB", met: info.Size() < 25<<20,
		}.print(),
	}, nil
}

// raw passes messages of gRPC as they are.
type raw struct{}

var _ encoding.Codec = raw{}

func (raw) Marshal(v any) ([]byte, error) { return *v.(*[]byte), nil }

func (raw) Unmarshal(data []byte, v any) error {
	*v.(*[]byte) = append([]byte(nil), data...)
	return nil
}

func (raw) Name() string { return "proto" }

func (b *bench) startToSchema(ctx context.Context, program string) (took time.Duration, err error) {
	cmd := exec.CommandContext(ctx, program)
	// go-plugin's handshake for Terraform providers of protocol 6.
	cmd.Env = append(sandbox.Environ(), "PLUGIN_PROTOCOL_VERSIONS=6",
		"TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")
	printed, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	started := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	}()
	line, err := bufio.NewReader(printed).ReadString('\n')
	if err != nil {
		return 0, fmt.Errorf("read the handshake: %w", err)
	}
	parts := strings.Split(strings.TrimSpace(line), "|")
	if len(parts) < 5 || parts[2] != "unix" && parts[2] != "tcp" {
		return 0, errors.New("the handshake is not go-plugin's")
	}
	if err := getSchema(ctx, parts[2], parts[3]); err != nil {
		return 0, err
	}
	return time.Since(started), nil
}

func getSchema(ctx context.Context, network, address string) error {
	target := "passthrough:///" + address
	if network == "unix" {
		target = "unix:" + address
	}
	conn, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDefaultCallOptions(grpc.ForceCodec(raw{})))
	if err != nil {
		return err
	}
	defer conn.Close()
	var request, response []byte
	if err := conn.Invoke(ctx, "/tfplugin6.Provider/GetProviderSchema", &request, &response); err != nil {
		return fmt.Errorf("get the schema: %w", err)
	}
	if len(response) == 0 {
		return errors.New("the schema is empty")
	}
	return nil
}
