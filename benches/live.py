"""What `recommend --prices live` costs over the snapshot, as whole processes, interleaved; exit 1 above 30 ms.
`python3 benches/live.py target/dist/cachewright URL`, with the URL that
`cargo nextest run --test pricing_commands --run-ignored only --no-capture serve_by_hand` prints."""
import os
import statistics
import subprocess
import sys
import tempfile
import time

program, url = sys.argv[1:]
profile = os.path.join(os.path.dirname(__file__), "../examples/borderline/01-volume-b.yaml")


def run(home, *more):
    env = {"HOME": home, "PATH": os.environ["PATH"], "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example", "AWS_EC2_METADATA_DISABLED": "true"}
    began = time.perf_counter()
    done = subprocess.run([program, "recommend", profile, *more], env=env, capture_output=True, text=True)
    took = (time.perf_counter() - began) * 1000
    assert done.returncode == 0, done.stderr
    return took, done.stderr


with tempfile.TemporaryDirectory() as home:
    live = ("--prices", "live", "--price-list-url", url)
    took, said = run(home, *live)
    assert "prices are from the AWS price list (Query API), read at" in said, said
    print(f"cold look-up {took:.0f} ms, load {os.getloadavg()[0]:.1f}")
    worst = 0.0
    for form in ("csv", "text"):
        pairs = [(run(home, "-f", form)[0], run(home, "-f", form, *live)) for _ in range(41)]
        assert all("from the cache of" in said for _, (_, said) in pairs)
        more = statistics.median(warm - snapshot for snapshot, (warm, _) in pairs)
        worst = max(worst, more)
        print(f"{form}: snapshot {statistics.median(s for s, _ in pairs):.1f} ms, warm cache {statistics.median(w for _, (w, _) in pairs):.1f} ms, {more:.1f} ms more (medians of 41)")
    sys.exit(worst > 30)
