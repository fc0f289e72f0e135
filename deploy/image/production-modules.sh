#!/bin/sh
# Keeps in node_modules only what the built service needs at run time. Run it beside package.json and node_modules; it
# contacts no registry.
set -eu

# npm treats two things as optional: Prisma's command line tool with its dependencies (270 MB), because it is an
# optional peer of @prisma/client, and the native binding of SQLite. The first is removed, the second kept.
binding=$(mktemp -d)
cp -R node_modules/@libsql/linux-*-gnu "$binding"
npm prune --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund
cp -R "$binding"/. node_modules/@libsql/
rm -r "$binding"

# @prisma/client contains a query compiler for each database in several forms. Two databases and one form are used.
find node_modules/@prisma/client/runtime -name 'query_compiler_*' \
  ! -name 'query_compiler_*.sqlite.*mjs' ! -name 'query_compiler_*.mysql.*mjs' -delete
find node_modules \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete
