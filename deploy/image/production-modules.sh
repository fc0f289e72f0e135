#!/bin/sh
# Copies from node_modules into the folder $1 what the built service needs beside its bundles: the native part of SQLite,
# Piscina, which starts threads from a file of its own, and the files of Swagger UI.
set -eu
mkdir -p "$1/@libsql"
cp -R node_modules/@libsql/linux-*-gnu "$1/@libsql"
cp -R node_modules/piscina node_modules/swagger-ui-dist "$1"
find "$1" -name '*.map' -delete
