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

# The service has the hash of each token only. This one is for the first operator: npm run token makes further ones.
if [ ! -s tokens ]; then
  token="skast_$(random)$(random)"
  hash=$(printf '%s' "$token" | sha256sum | cut -d ' ' -f 1)
  printf '%s\n' "$token" > operator_token
  keep tokens "{\"name\":\"the first operator\",\"sha256\":\"$hash\",\"user\":\"operator\",\"roles\":[\"user\",\"operator\"],\"expires_at\":null}"
  echo "Log in with the operator's token, which is in $PWD/operator_token."
fi
