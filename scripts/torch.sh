#!/bin/sh
# Run the tests that need torch, in an environment of its own: torch, and all else from .venv.
# TORCH_INDEX names another place to install from; empty means pip's own.
set -eu
cd "$(dirname "$0")/.."
index=${TORCH_INDEX-https://download.pytorch.org/whl/cpu}
folder=build/torch
python=$folder/bin/python
purelib='import sysconfig; print(sysconfig.get_path("purelib"))'

if [ ! -e "$folder/.ready" ]; then
    echo "Installing torch (some 200 MB) ..."
    .venv/bin/python -m venv --clear "$folder"
    echo "import site; site.addsitedir('$(.venv/bin/python -c "$purelib")')" \
        >"$($python -c "$purelib")/rest.pth"
    $python -m pip install --quiet --disable-pip-version-check \
        ${index:+--index-url "$index"} torch
    touch "$folder/.ready"
fi
# Without it the tests would be skipped, and pass.
$python -c 'import torch; print("torch", torch.__version__)'
exec "$python" -m pytest -q tests/unit/provenance/test_tensors.py tests/unit/notebook/test_edits.py
