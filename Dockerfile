# The `ticketlens` program, as docker-compose.yml runs it. The embedded engine is not in here: in
# containers the database is ClickHouse's own image.
FROM rust:1.95-bookworm AS build
# "abc1234 2026-11-29", for `ticketlens --version`: git is not in the context.
ARG TICKETLENS_COMMIT
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --package ticketlens-cli \
    && cp target/release/ticketlens /usr/local/bin/ticketlens

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates wget \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 ticketlens
COPY --from=build /usr/local/bin/ticketlens /usr/local/bin/ticketlens
# By its number: Kubernetes can't tell from a name that it is not root.
USER 10001
EXPOSE 4317 4318
ENTRYPOINT ["ticketlens"]
CMD ["--help"]
