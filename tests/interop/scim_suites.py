"""Two SCIM conformance suites nobody here wrote, against a pushed directory: not one failure."""

import os
import subprocess
import sys
from collections import Counter

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

url, token = os.environ["SCIM_URL"], os.environ["SCIM_TOKEN"]

http = Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, trust_env=False)
results = check_server(SyncSCIMClient(http))
told = Counter(result.status.name for result in results)
print("scim2-tester:", dict(told))
bad = [result for result in results if result.status.name in ("ERROR", "CRITICAL", "DEVIATION")]
for result in bad:
    print(result.status.name, result.title, result.reason)
if bad or told["SUCCESS"] < 50:
    sys.exit("scim2-tester found failures, or did not look")

probe = os.path.join(os.path.dirname(sys.executable), "scim-sanity")
done = subprocess.run(
    [probe, "probe", url, "--token", token, "--i-accept-side-effects"], capture_output=True, text=True
)
print("scim-sanity:", next((line.strip() for line in done.stdout.splitlines() if "passed" in line), "nothing"))
if done.returncode != 0 or "[FAIL]" in done.stdout:
    sys.exit(done.stdout + done.stderr)
