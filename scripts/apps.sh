#!/bin/sh
# Call apps of older versions of Gradio, each in an environment of its own below build/.
set -eu
cd "$(dirname "$0")/.."
for version in ${*:-4.44.1 5.49.1}; do
    place="build/gradio-$version"
    if [ ! -e "$place/.ready" ]; then
        echo "Installing gradio $version ..."
        rm -rf "$place"
        .venv/bin/python -m venv "$place"
        case $version in
            # what was current then; later ones it does not know
            4.*) set -- "huggingface_hub<0.26" "pydantic<2.11" "starlette<0.42" "fastapi<0.115.3" ;;
            *) set -- ;;
        esac
        "$place/bin/python" -m pip install --quiet --disable-pip-version-check "gradio==$version" "$@"
        touch "$place/.ready"
    fi
    echo "== gradio $version"
    ZOO_PYTHON="$place/bin/python" .venv/bin/python -m pytest -q tests/remote/test_versions.py
done
