# The images of the service:
#
#   docker build --tag ska-staging-service .
#   docker build --tag ska-staging-service-lambda --target lambda .
#
# docs/deployment.md describes how to run them.

ARG NODE_VERSION=24.21.0
ARG LAMBDA_NODE_VERSION=24.2026.09.24.14

# ---- The build: everything from npm and the sources ----
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
ARG REVISION=unknown
# The folders for AWS Lambda belong in the other image; the size reports in neither.
RUN npm run build \
 && mv dist/functions /functions \
 && rm -f /functions/*.meta.json

# ---- The npm packages that are not in the bundles ----
FROM build AS dependencies
COPY deploy/image/production-modules.sh deploy/image/
RUN sh deploy/image/production-modules.sh /node_modules

# ---- AWS Lambda: all functions in one image; the command selects the function ----
FROM public.ecr.aws/lambda/nodejs:${LAMBDA_NODE_VERSION} AS lambda
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="SKA Staging Service for AWS Lambda" \
      org.opencontainers.image.description="Each function of the SKA Staging Service as an AWS Lambda handler" \
      org.opencontainers.image.licenses="BSD-3-Clause" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# Only /tmp is writable in Lambda. The record belongs in MySQL, because /tmp is lost with the instance.
ENV NODE_ENV=production \
    DATA_DIR=/tmp/ska-staging-service
COPY --from=build /functions ${LAMBDA_TASK_ROOT}/functions
# The bundles contain all npm packages except the native binding of SQLite.
COPY --from=dependencies /node_modules/@libsql ${LAMBDA_TASK_ROOT}/node_modules/@libsql
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
# On 127.0.0.1 the published port would reach nothing, hence HOST. With this HOST the service
# starts only with AUTH_MODE or ALLOW_INSECURE=true, which are deliberately not set here.
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8000 \
    DATA_DIR=/data
# Volumes that Docker creates for these folders inherit their owner.
RUN install -d -o 10001 -g 10001 /data /storage /storage/source /storage/users
WORKDIR /app
COPY LICENSE package.json ./
COPY prisma prisma
COPY --from=dependencies /node_modules node_modules
COPY --from=build /app/dist dist
# Not 1000, the user of most notebook images: users must not be able to enter the service's workspace. Numeric, so that
# Kubernetes can see that it is not root.
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# No init process: the service handles SIGTERM itself, and waits for its child processes.
CMD ["node", "--max-semi-space-size=4", "--heap-growing-percent=100", "dist/server.js"]
