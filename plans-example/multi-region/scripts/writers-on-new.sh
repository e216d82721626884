#!/usr/bin/env bash
# Prints how many ways there are to write to the new cluster: the right to log in, and open sessions.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

on new -c "SELECT (SELECT count(*) FROM pg_roles WHERE rolname = '$application_role' AND rolcanlogin)
  + (SELECT count(*) FROM pg_stat_activity WHERE usename = '$application_role')"
