#!/bin/sh
# Make .venv, unless a working one is there.
set -eu
cd "$(dirname "$0")/.."

if .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1 &&
    .venv/bin/python -m pip --version >/dev/null 2>&1; then
    exit 0
fi

python=$(sh scripts/find-python.sh)
if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    # Debian and Ubuntu keep these two in a package of their own.
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing $package ..."
        apt-get update -qq </dev/null
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package" </dev/null
    else
        echo "$python cannot make environments (its ensurepip is missing). Install it, then try again:" >&2
        echo "  sudo apt-get install $package" >&2
        exit 1
    fi
fi
rm -rf .venv
echo "Making .venv with $("$python" --version) ..."
"$python" -m venv .venv
