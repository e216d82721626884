#!/usr/bin/env bash
# Makes room without losing what the rollback or the investigation needs. Needs GENESIS_HOME.
set -euo pipefail
find "$GENESIS_HOME/logs" -name '*.log.*' -mtime +7 -print -delete
# Layers without a name and old build caches only. `system prune -af` takes the previous version's image with it.
docker image prune --force
docker builder prune --force --filter until=168h
df -h "$GENESIS_HOME"
