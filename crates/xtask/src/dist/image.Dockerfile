# The `ticketlens` program as an image, from the binaries that `cargo xtask dist` built: one folder
# for each processor, by Docker's name of it. From this folder:
#
#   docker buildx build --platform linux/amd64,linux/arm64 --tag ticketlens:VERSION .
#
# The embedded engine is not in here: in containers the database is ClickHouse's own image.
FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates wget \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 ticketlens
ARG TARGETARCH
COPY --chmod=755 ${TARGETARCH}/ticketlens /usr/local/bin/ticketlens
COPY LICENSE LICENSE.genai-prices /usr/share/doc/ticketlens/
USER ticketlens
EXPOSE 4317 4318
ENTRYPOINT ["ticketlens"]
CMD ["--help"]
