# Usage Explorer's image: `docker build -t usage-explorer:0.1.0 .`, see docs/guides/docker.md.
# Debian, not Alpine: the exporter is tested with DuckDB's glibc binaries.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json tsconfig.base.json ./
COPY core/package.json core/tsconfig.json core/
COPY exporter/package.json exporter/tsconfig.json exporter/
COPY instrumentation/package.json instrumentation/
# No package here needs its install script, so none is trusted to run one.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY core/src core/src
COPY exporter/src exporter/src
RUN node_modules/.bin/tsc -b core exporter

FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json LICENSE ./
COPY core/package.json core/
COPY exporter/package.json exporter/
COPY instrumentation/package.json instrumentation/
COPY exporter/bin exporter/bin
# A checkout made under a strict umask would be unreadable to the user that the image runs as.
RUN npm ci --omit=dev --workspace=core --workspace=exporter --ignore-scripts --no-audit --no-fund \
  && chmod -R a+rX .

FROM node:24-bookworm-slim
LABEL org.opencontainers.image.title="Usage Explorer" \
  org.opencontainers.image.description="Who spends what on which LLM, exactly: an exporter of LLM API usage for Prometheus." \
  org.opencontainers.image.version="0.1.0" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.base.name="docker.io/library/node:24-bookworm-slim"
ENV NODE_ENV=production \
  USAGE_EXPLORER_DATA_DIR=/data \
  PATH=$PATH:/app/node_modules/.bin
WORKDIR /app
COPY --from=dependencies /app ./
COPY --from=build /app/core/dist core/dist
COPY --from=build /app/exporter/dist exporter/dist
# A new volume takes over the owner of the folder that it is mounted on.
RUN install --directory --mode=0700 --owner=65532 --group=65532 /data
# By number: Kubernetes cannot tell of a name whether it is root.
USER 65532:65532
VOLUME /data
EXPOSE 9477
HEALTHCHECK --interval=30s --timeout=5s --start-period=5m --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9477/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/exporter/bin/usage-explorer.js"]
