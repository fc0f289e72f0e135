#!/bin/sh
# Creates the secrets of compose.yaml: random ones, each in a file beneath deploy/compose/secrets. Existing ones are
# kept.
set -eu
umask 077
mkdir -p "$(dirname "$0")/secrets"
cd "$(dirname "$0")/secrets"

# Containers read their secrets under different users, so the files are readable for all; the folder protects them.
keep() {
  [ -s "$1" ] && return
  printf '%s\n' "$2" > "$1.new"
  chmod 0444 "$1.new"
  mv "$1.new" "$1"
}
random() {
  od -An -N24 -tx1 /dev/urandom | tr -d ' \n'
}

for name in mysql_password mysql_root_password jupyterhub_api_token jupyterhub_password; do
  keep "$name" "$(random)"
done
keep database_url "mysql://staging:$(cat mysql_password)@mysql:3306/staging"
