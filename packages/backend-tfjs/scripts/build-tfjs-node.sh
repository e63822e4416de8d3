#!/usr/bin/env bash
# Builds the native part of @tensorflow/tfjs-node where its own download is dead: against the libtensorflow inside TensorFlow's wheel for
# Python, in a folder outside every project. docs/guides/tfjs-node.md has the story.
#
#   build-tfjs-node.sh FOLDER
#
# Ends with 0 and how to use it; with 3 and one line where this machine lacks something or a download cannot be had; with 1 where what was
# built does not work. May be set: TENSORFLOW_VERSION, NODE (a path), CXX, PATIENCE (seconds for each of two downloads).
set -euo pipefail

tfjs=4.22.0
# From 2.16 on convolutions read memory that nobody wrote; see the guide.
tensorflow=${TENSORFLOW_VERSION:-2.15.1}
node=${NODE:-node}
compiler=${CXX:-g++}
patience=${PATIENCE:-600}

cannot() {
  echo "tfjs-node: $*" >&2
  exit 3
}

[ $# -eq 1 ] && [ -n "$1" ] || cannot "name the folder to build in: build-tfjs-node.sh FOLDER"
[ "$(uname -sm)" = "Linux x86_64" ] || cannot "the wheel that is taken is for Linux on x86_64, and this is $(uname -sm)"
grep -qsw avx /proc/cpuinfo || cannot "TensorFlow needs a processor with AVX"
command -v "$node" >/dev/null || cannot "there is no Node ($node)"
command -v timeout >/dev/null || cannot "there is no timeout, of coreutils"
command -v npm >/dev/null || cannot "there is no npm"
command -v python3 >/dev/null || cannot "there is no python3, which fetches and unpacks the wheel"
command -v "$compiler" >/dev/null || cannot "there is no C++ compiler ($compiler)"

mkdir -p "$1"
folder=$(cd "$1" && pwd)
package=$folder/node_modules/@tensorflow/tfjs-node
# Nobody's project is written into.
[ -z "$(ls -A "$folder")" ] || grep -qs '"tfjs-node-build"' "$folder/package.json" || cannot "$folder is neither empty nor a folder of this script's"
[ "$(df -Pk "$folder" | awk 'END { print $4 }')" -gt 2000000 ] || cannot "$folder has less than 2 GB left"
log=$folder/build.log
: >"$log"

# quietly COMMAND… : what it says goes to the log.
quietly() { "$@" >>"$log" 2>&1; }

cd "$folder"
echo '{ "name": "tfjs-node-build", "private": true }' >package.json
if [ ! -f "$package/package.json" ] || [ ! -d node_modules/node-api-headers ]; then
  quietly timeout "$patience" npm install --ignore-scripts --no-audit --no-fund --no-save "@tensorflow/tfjs-node@$tfjs" node-api-headers@1.9.0 ||
    cannot "npm could not install @tensorflow/tfjs-node $tfjs: $(tail -n 1 "$log")"
fi

wheel=$folder/tensorflow-$tensorflow
if [ ! -f "$wheel/complete" ]; then
  pip=(python3 -m pip)
  if ! quietly "${pip[@]}" --version; then
    quietly python3 -m venv "$folder/python" || cannot "python3 has neither pip nor venv ($log)"
    pip=("$folder/python/bin/python" -m pip)
  fi
  platforms=()
  for platform in manylinux2014 manylinux_2_17 manylinux_2_27 manylinux_2_28; do platforms+=(--platform "${platform}_x86_64"); done
  # The Python of the wheel matters to nobody: its libraries are all that is wanted.
  quietly timeout "$patience" "${pip[@]}" download --disable-pip-version-check --no-deps --only-binary=:all: --implementation cp \
    --python-version 3.11 "${platforms[@]}" --dest "$wheel" "tensorflow-cpu==$tensorflow" ||
    cannot "pip could not download the wheel of tensorflow-cpu $tensorflow within $patience s: $(tail -n 1 "$log")"
  quietly python3 - "$wheel" <<'PYTHON' || cannot "the wheel could not be unpacked ($log)"
import pathlib, sys, zipfile

folder = pathlib.Path(sys.argv[1])
for wheel in folder.glob("*.whl"):
    with zipfile.ZipFile(wheel) as files:
        libraries = ("tensorflow/libtensorflow_cc.so.2", "tensorflow/libtensorflow_framework.so.2")
        for name in files.namelist():
            header = name.startswith("tensorflow/include/") and name.endswith((".h", ".inc"))
            if header or name in libraries or name.split("/")[0].endswith(".libs"):
                files.extract(name, folder)
    wheel.unlink()
(folder / "complete").touch()
PYTHON
fi

mkdir -p "$package/deps/lib"
ln -sfn "$wheel/tensorflow/include" "$package/deps/include"
for name in tensorflow_cc tensorflow_framework; do
  [ -f "$wheel/tensorflow/lib$name.so.2" ] || cannot "the wheel of tensorflow-cpu $tensorflow has no lib$name.so.2"
  ln -sfn "$wheel/tensorflow/lib$name.so.2" "$package/deps/lib/lib$name.so.2"
done

# Where the package looks for its addon: a folder for each version of Node-API.
addon=$("$node" -p 'require("@mapbox/node-pre-gyp").find(process.argv[1])' "$package/package.json")
version=$(basename "$(dirname "$addon")")
mkdir -p "$(dirname "$addon")"
if ! quietly "$compiler" -std=c++17 -O2 -shared -fPIC -DNAPI_VERSION="${version#napi-v}" \
  -I node_modules/node-api-headers/include -I "$package/deps/include" "$package"/binding/*.cc -o "$addon" \
  "$package/deps/lib/libtensorflow_cc.so.2" "$package/deps/lib/libtensorflow_framework.so.2" "-Wl,-rpath,\$ORIGIN/../../deps/lib"; then
  tail -n 20 "$log" >&2
  echo "the addon does not compile ($log)" >&2
  exit 1
fi

"$node" --input-type=module - <<'CHECK'
import util from "node:util";

// What the package calls, and Node 23 took away.
util.isNullOrUndefined ??= (value) => value === null || value === undefined;
util.isArray ??= Array.isArray;
process.env.TF_CPP_MIN_LOG_LEVEL ??= "2";
const { default: tf } = await import("@tensorflow/tfjs-node");
const product = tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[5, 6], [7, 8]])).arraySync();
if (tf.getBackend() !== "tensorflow" || String(product) !== "19,22,43,50") throw new Error(`${tf.getBackend()} multiplies to ${product}`);
console.log(`@tensorflow/tfjs-node ${tf.version["tfjs-node"]} runs on TensorFlow ${tf.backend().binding.TF_Version}, Node ${process.version}`);
CHECK

cat <<USE
It is in $folder, which has to stay. To run the contracts on it:
  ATTR_TFJS_NODE=$folder pnpm test --project @attr/backend-tfjs tfjs-node
To use it:
  const { default: tf } = await import("$package/dist/index.js");
  const model = await TfjsModel.load("model.json", { tf });
USE
