#!/usr/bin/env bash
# Plans an environment, and leaves the plan and its text in a folder: ./plan.sh prod /tmp/plan
# It prints Terraform's own exit code: 0 if there is nothing to do, 2 if there is.
set -euo pipefail
environment=$1 folder=$2
mkdir -p "$folder"
terraform -chdir="$environment" init -input=false -no-color -lockfile=readonly >&2
code=0
terraform -chdir="$environment" plan -input=false -no-color -detailed-exitcode -out="$folder/plan" >&2 || code=$?
case "$code" in
  0 | 2) ;;
  *) exit "$code" ;;
esac
terraform -chdir="$environment" show -no-color "$folder/plan" >"$folder/plan.txt"
echo "$code"
