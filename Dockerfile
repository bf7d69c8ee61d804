# syntax=docker/dockerfile:1

# atm-testserver, the reference server, as an image. It runs as a user without
# rights on a read-only file system (docker run --read-only); to keep its data,
# mount a volume that this user (65532) may write and set ATM_TESTSERVER_DATA_DIR.
# Set ATM_TESTSERVER_PUBLIC_URL to the address that clients use: it is the issuer
# of id tokens.
#
#   docker build --tag atm-testserver .
#   docker run --read-only --publish 127.0.0.1:8080:8080 atm-testserver

FROM --platform=$BUILDPLATFORM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
# The server never imports the provider, so its own directory is enough.
COPY testserver testserver
ARG TARGETOS TARGETARCH VERSION=dev
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -ldflags "-s -w -X main.version=$VERSION" -o /atm-testserver ./testserver/cmd/atm-testserver

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /atm-testserver /atm-testserver
# Loopback inside a container reaches nobody.
ENV ATM_TESTSERVER_LISTEN=0.0.0.0:8080
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=2s CMD ["/atm-testserver", "healthcheck"]
ENTRYPOINT ["/atm-testserver"]
