#!/usr/bin/env bash
# Gives a deployment at least so many replicas: scale-up.sh NAME REPLICAS. It never takes any away.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
name=${1:?the deployment} replicas=${2:?how many replicas}

now=$(kube get deployment "$name" -o jsonpath='{.spec.replicas}')
if ((now < replicas)); then
  kube scale deployment "$name" --replicas="$replicas"
fi
