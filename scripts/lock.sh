#!/bin/sh
# Resolve pyproject.toml's `dev` extra for every supported Python and platform into requirements-dev.lock.
# Versions that are there stay; with --upgrade all are chosen anew.
set -eu
cd "$(dirname "$0")/.."
tools=build/lock
.venv/bin/python -m venv "$tools"
"$tools/bin/python" -m pip install --quiet uv
resolved="$tools/requirements-dev.lock"
cp requirements-dev.lock "$resolved"
"$tools/bin/uv" pip compile --quiet --universal --python-version 3.10 --extra dev "$@" \
    --no-header --no-annotate pyproject.toml --output-file "$resolved"
{
    echo "# Exact versions of everything that \`make\` installs. Made by \`make lock\`; do not edit."
    cat "$resolved"
} >requirements-dev.lock
