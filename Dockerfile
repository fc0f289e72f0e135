# The images of the service:
#
#   docker build --tag ska-staging-service .
#   docker build --tag ska-staging-service-lambda --target lambda .
#
# docs/deployment.md says how to run them.

ARG NODE_VERSION=24.21.0
ARG LAMBDA_NODE_VERSION=24.2026.09.24.14

# ---- The build: everything that npm and the sources give ----
FROM node:${NODE_VERSION}-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json prisma.config.ts ./
COPY prisma prisma
COPY scripts scripts
COPY shared shared
COPY functions functions
COPY web web
# The folders of AWS Lambda go into the other image; the reports on their sizes go into none.
RUN npm run build \
 && mv dist/functions /functions \
 && rm -f /functions/*.meta.json

# ---- What the build leaves to be installed: packages of npm, without those for development ----
FROM build AS dependencies
COPY deploy/image/production-modules.sh deploy/image/
RUN sh deploy/image/production-modules.sh \
 && mkdir -p /native/node_modules/@libsql \
 && cp -R node_modules/@libsql/linux-*-gnu /native/node_modules/@libsql/

# ---- AWS Lambda: all functions in one image; the command chooses which of them it is ----
FROM public.ecr.aws/lambda/nodejs:${LAMBDA_NODE_VERSION} AS lambda
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="SKA Staging Service for AWS Lambda" \
      org.opencontainers.image.description="Each function of the SKA Staging Service as an AWS Lambda handler" \
      org.opencontainers.image.licenses="BSD-3-Clause" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# Only /tmp can be written in Lambda. The record belongs in MySQL, as /tmp goes with the instance.
ENV NODE_ENV=production \
    DATA_DIR=/tmp/ska-staging-service
COPY --from=build /functions ${LAMBDA_TASK_ROOT}/functions
# The bundles hold all of npm's packages but the native binding of SQLite.
COPY --from=dependencies /native/node_modules ${LAMBDA_TASK_ROOT}/node_modules
COPY LICENSE ${LAMBDA_TASK_ROOT}/
CMD ["functions/site/handler.handler"]

# ---- The service in a container: all functions, or those named in FUNCTIONS ----
FROM node:${NODE_VERSION}-bookworm-slim AS service
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="SKA Staging Service" \
      org.opencontainers.image.description="Stages telescope data for the users of a SKA Regional Centre" \
      org.opencontainers.image.licenses="BSD-3-Clause" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# Only 127.0.0.1 of the container itself would hear what is published, hence HOST. The service asks nobody who they
# are yet, so with this HOST it starts only for who says ALLOW_INSECURE=true: that is not said here on purpose.
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8000 \
    DATA_DIR=/data
# Volumes that Docker makes for these folders take over their owner.
RUN install -d -o 1000 -g 1000 /data /storage /storage/source /storage/users
WORKDIR /app
COPY LICENSE package.json ./
COPY prisma prisma
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
# The user of most notebook images, too. By number, so that Kubernetes can see that it is not root.
USER 1000:1000
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# No init in between: the service handles SIGTERM itself, and waits for the programs that it starts.
CMD ["node", "--max-semi-space-size=4", "--enable-source-maps", "dist/server.js"]
