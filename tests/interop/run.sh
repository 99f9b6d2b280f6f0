#!/usr/bin/env bash
# Clients nobody here wrote, against a freshly started `throng serve` that is fed by the simulator.
# Needs cargo, python3 with venv, npm. `THRONG=path/to/throng` saves the build.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
tools=${CARGO_TARGET_DIR:-$root/target}/interop
work=$(mktemp -d)
started=()

finish() {
  local code=$?
  for pid in "${started[@]:-}"; do [ -z "$pid" ] || kill "$pid" 2>/dev/null || true; done
  [ $code -eq 0 ] || tail -n 40 "$work"/*.log 2>/dev/null || true
  rm -rf "$work"
  exit $code
}
trap finish EXIT

# Installs what the lock files pin, once.
install_clients() {
  mkdir -p "$tools"
  if ! cmp -s "$here/requirements.txt" "$tools/requirements.txt"; then
    python3 -m venv --clear "$tools/venv"
    "$tools/venv/bin/pip" install -q --no-compile --disable-pip-version-check --no-deps -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$tools/requirements.txt"
  fi
  if ! cmp -s "$here/package-lock.json" "$tools/node/package-lock.json"; then
    rm -rf "$tools/node" && mkdir -p "$tools/node"
    cp "$here/package.json" "$here/package-lock.json" "$tools/node/"
    (cd "$tools/node" && npm ci --silent --no-audit --no-fund) || { rm -rf "$tools/node"; return 1; }
  fi
}

wait_for() { # what, command…
  local what=$1; shift
  for _ in $(seq 300); do "$@" >/dev/null 2>&1 && return 0; sleep 0.1; done
  echo "$what did not come within 30 s"; return 1
}

free_ports() { # how many
  python3 - "$1" <<'PYTHON'
import socket, sys
held = [socket.socket() for _ in range(int(sys.argv[1]))]
for one in held: one.bind(("127.0.0.1", 0))
print(*[one.getsockname()[1] for one in held])
PYTHON
}

# Starts simulator and daemon, reads the company once; sets CROWD_URL, TRUTH_URL, CROWD_APP, CROWD_PASSWORD.
start_server() {
  local throng=${THRONG:-}
  if [ -z "$throng" ]; then
    (cd "$root" && cargo build -q)
    throng=${CARGO_TARGET_DIR:-$root/target}/debug/throng
  fi
  export THRONG=$throng
  local simulator crowd admin scim
  read -r simulator crowd admin scim <<<"$(free_ports 4)"
  export THRONG_ADMIN_TOKEN=interop-admin-token ENTRA_SECRET=simulated-secret SCIM_TOKEN=interop-scim-token
  export CROWD_APP=jira CROWD_PASSWORD='pa:ss wörd'
  local hash
  hash=$(printf '%s' "$CROWD_PASSWORD" | "$throng" hash)
  cat >"$work/throng.toml" <<TOML
store = { engine = "sled", path = "$work/data" }
crowd = { listen = "127.0.0.1:$crowd" }
scim = { listen = "127.0.0.1:$scim" }
[admin]
listen = "127.0.0.1:$admin"
tokens = [ { name = "interop", secret = { env = "THRONG_ADMIN_TOKEN" }, scopes = ["*"] } ]
[[directory]]
id = "corp"
[directory.source]
kind = "entra"
tenant = "11111111-1111-1111-1111-111111111111"
client_id = "22222222-2222-2222-2222-222222222222"
client_secret = { env = "ENTRA_SECRET" }
login_url = "http://127.0.0.1:$simulator"
graph_url = "http://127.0.0.1:$simulator"
[[directory]]
id = "pushed"
[directory.source]
kind = "scim-push"
tokens = [ { name = "suites", secret = { env = "SCIM_TOKEN" } } ]
unknown_members = "park" # scim-sanity adds a member that it never made
[[application]]
name = "jira"
hash = "$hash"
directories = ["corp"]
[[directory]]
id = "local"
source = { kind = "local" }
[[application]]
name = "accounts"
hash = "$hash"
directories = ["local"]
permission = "read-write"
TOML
  "$throng" simulator entra --listen "127.0.0.1:$simulator" --users 300 --groups 40 --memberships 1500 \
    >"$work/simulator.log" 2>&1 & started+=($!)
  TRUTH_URL=http://127.0.0.1:$simulator/_control/truth
  wait_for "the simulator" curl -sf "$TRUTH_URL"
  "$throng" serve --config "$work/throng.toml" >"$work/serve.log" 2>&1 & started+=($!)
  wait_for "the daemon" curl -sf "http://127.0.0.1:$admin/livez"
  "$throng" sync corp --config "$work/throng.toml" >"$work/sync.log" 2>&1
  CROWD_URL=http://127.0.0.1:$crowd/crowd
  SCIM_URL=http://127.0.0.1:$scim/scim/v2/pushed
  export TRUTH_URL CROWD_URL SCIM_URL
}

# Starts the simulated Keycloak; sets KEYCLOAK_URL.
start_keycloak() {
  KEYCLOAK_URL=http://127.0.0.1:$(free_ports 1)
  "$THRONG" simulator keycloak --listen "${KEYCLOAK_URL#http://}" --users 300 --groups 40 --memberships 1500 \
    >"$work/keycloak.log" 2>&1 & started+=($!)
  wait_for "the simulated Keycloak" curl -sf "$KEYCLOAK_URL/_control/truth"
  export KEYCLOAK_URL
}

# A smaller company, since the vendors' own clients take their time; sets ENTRA_URL, OKTA_URL and what Okta has.
start_vendors() {
  local entra okta line
  read -r entra okta <<<"$(free_ports 2)"
  ENTRA_URL=http://127.0.0.1:$entra OKTA_URL=http://127.0.0.1:$okta
  "$THRONG" simulator entra --listen "127.0.0.1:$entra" --users 120 --groups 12 --memberships 400 \
    >"$work/entra.log" 2>&1 & started+=($!)
  "$THRONG" simulator okta --listen "127.0.0.1:$okta" --users 300 --groups 40 --memberships 1500 \
    >"$work/okta.log" 2>&1 & started+=($!)
  wait_for "the simulated Entra ID" curl -sf "$ENTRA_URL/_control/truth"
  wait_for "the simulated Okta" grep -q 'memberships=' "$work/okta.log"
  line=$(grep -m1 'memberships=' "$work/okta.log")
  told() { sed -E "s/.* $1=([^ ]+).*/\1/" <<<"$line"; }
  OKTA_TOKEN=$(told token)
  OKTA_USERS=$(told users) OKTA_GROUPS=$(told groups) OKTA_MEMBERSHIPS=$(told memberships)
  export ENTRA_URL OKTA_URL OKTA_TOKEN OKTA_USERS OKTA_GROUPS OKTA_MEMBERSHIPS
}

# Starts the simulated Google Workspace; sets GOOGLE_URL.
start_google() {
  GOOGLE_URL=http://127.0.0.1:$(free_ports 1)
  "$THRONG" simulator google --listen "${GOOGLE_URL#http://}" --users 300 --groups 40 --memberships 1500 \
    >"$work/google.log" 2>&1 & started+=($!)
  wait_for "the simulated Google Workspace" curl -sf "$GOOGLE_URL/_control/truth"
  export GOOGLE_URL
}

install_clients
start_server
start_keycloak
start_google
start_vendors
export PYTHONPATH=$here NODE_PATH=$tools/node/node_modules NODE_NO_WARNINGS=1
for client in atlassian_python_api python_crowd writes scim_source google_client msgraph_client okta_client mail; do
  "$tools/venv/bin/python" -B "$here/$client.py"
done
for client in atlassian-crowd-client passport writes keycloak-admin-client; do
  node "$here/$client.js"
done
"$tools/venv/bin/python" -B "$here/scim_suites.py"
echo "all clients agree with the truth"
