#!/usr/bin/env bash
# Build sdist and wheel, install the wheel in a bare environment of each Python that is here, and run it from another folder.
# tests/packaging/install.sh [VERSION...]: by default 3.11 3.12 3.13; a version that is absent or broken is skipped and named.
set -euo pipefail
repository=$(cd "$(dirname "$0")/../.." && pwd)
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
export PIP_QUIET=1 PIP_DISABLE_PIP_VERSION_CHECK=1
unset PYTHONPATH VIRTUAL_ENV

# A name on PATH may be a stand-in that only says where the interpreter would be, so it is started.
interpreter() {
    local candidate
    for candidate in "python$1" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/python"$1"; do
        if "$candidate" -c 'import ensurepip, ssl, venv' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

build() {
    "$1" -m venv "$here/build"
    "$here/build/bin/pip" install build
    # The wheel is built from the sdist, so that a file that the sdist lacks shows.
    "$here/build/bin/python" -m build --outdir "$here/dist" "$repository" >"$here/build.log" 2>&1 || {
        cat "$here/build.log"
        return 1
    }
    "$1" "$repository/tests/packaging/contents.py" "$repository" "$here"/dist/*.whl "$here"/dist/*.tar.gz
}

try() {
    local started=$SECONDS python=$1 bin="$here/$2/bin" work="$here/work $2"
    "$python" -m venv "$here/$2"
    "$bin/pip" install "$here"/dist/*.whl
    mkdir "$work"
    cd "$work"
    local installed=$((SECONDS - started))
    "$bin/graineye" --version
    "$bin/graineye" simulate tiny.h5 --scan 8x7 --detector 96 --grain-size 3 --quiet
    "$bin/graineye" run tiny.h5 --quiet
    "$bin/graineye" score tiny.crystallites.emd tiny.truth.npz --json >/dev/null
    "$bin/graineye" fetch --list >/dev/null
    "$bin/python" "$repository/tests/packaging/installed.py" "$here/$2"
    cd "$here"
    rm -rf "${here:?}/$2"
    echo "Python $2: installed in $installed s, run in $((SECONDS - started - installed)) s"
}

tried=()
skipped=()
for version in "${@:-3.11 3.12 3.13}"; do
    for one in $version; do
        if python=$(interpreter "$one"); then
            [[ -d $here/dist ]] || build "$python"
            try "$python" "$one"
            tried+=("$one")
        else
            skipped+=("$one")
        fi
    done
done
echo "installed and run with Python ${tried[*]:-(none)}; not here: ${skipped[*]:-(none)}; $SECONDS s in all"
((${#tried[@]}))
