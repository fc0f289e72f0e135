#!/bin/sh
# Leaves in node_modules what the built service needs at run time, and nothing else.
# Run it where package.json and node_modules lie; it asks no registry.
set -eu

# npm counts two things as optional: Prisma's command line tool with all that it needs (270 MB), since @prisma/client
# names it as an optional peer, and the native binding of SQLite. The first has to go and the second has to stay.
binding=$(mktemp -d)
cp -R node_modules/@libsql/linux-*-gnu "$binding"
npm prune --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund
cp -R "$binding"/. node_modules/@libsql/
rm -r "$binding"

# @prisma/client carries a query compiler for each database in several forms. Two databases and one form are used.
find node_modules/@prisma/client/runtime -name 'query_compiler_*' \
  ! -name 'query_compiler_*.sqlite.*mjs' ! -name 'query_compiler_*.mysql.*mjs' -delete
find node_modules \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete
