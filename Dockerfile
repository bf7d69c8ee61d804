# syntax=docker/dockerfile:1

# atm-testserver, the reference server, as an image. It runs as a user without
# rights on a read-only file system (docker run --read-only); to keep its data,
# mount a volume at /data and set ATM_TESTSERVER_DATA_DIR=/data. Set
# ATM_TESTSERVER_PUBLIC_URL to the address that clients use: it is the issuer of
# id tokens. examples/compose is the server twice, on PostgreSQL.
#
#   docker build --tag atm-testserver .
#   docker run --read-only --publish 127.0.0.1:8080:8080 atm-testserver

FROM --platform=$BUILDPLATFORM golang:1.26-bookworm AS build
WORKDIR /src
ENV GOMODCACHE=/cache/modules GOCACHE=/cache/build
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/cache go mod download
# Nothing else of the provider is imported by the server.
COPY internal/strictjson internal/strictjson
COPY internal/validation internal/validation
COPY testserver testserver
ARG TARGETOS TARGETARCH VERSION=dev
RUN --mount=type=cache,target=/cache \
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -ldflags "-s -w -X main.version=$VERSION" -o /atm-testserver ./testserver/cmd/atm-testserver && mkdir -m 0700 /data

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /atm-testserver /atm-testserver
# A new volume gets the owner and mode of the directory that it is mounted over.
COPY --from=build --chown=65532:65532 /data /data
# Loopback inside a container reaches nobody.
ENV ATM_TESTSERVER_LISTEN=0.0.0.0:8080
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=2s CMD ["/atm-testserver", "healthcheck"]
ENTRYPOINT ["/atm-testserver"]
