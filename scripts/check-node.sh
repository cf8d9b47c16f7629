#!/bin/sh
# Fail with a remedy unless Node 20 or newer and npm are on PATH.
set -eu

major=$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/')
if [ "${major:-0}" -ge 20 ] && command -v npm >/dev/null 2>&1; then
    exit 0
fi
cat >&2 <<END
Building the canvas needs Node.js 20 or newer, with npm. Found: $(node --version 2>/dev/null || echo none).
  Debian, Ubuntu:  sudo apt-get install nodejs npm   (if that is older than 20: https://nodejs.org/en/download)
  macOS:           brew install node
  with conda:      conda install -c conda-forge nodejs
END
exit 1
