"""Processes that have loaded a client sample, and the typed values that are handed to them."""

import base64
import json
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOOLS = os.path.join(HERE, "..", "..", ".tools", "samples-1")


def typed(value):
    if value is None:
        return {"t": "0", "v": None}
    if isinstance(value, bytes):
        return {"t": "b", "v": base64.b64encode(value).decode()}
    if isinstance(value, int):
        return {"t": "i", "v": value}
    if isinstance(value, float):
        return {"t": "n", "v": value}
    return {"t": "s", "v": value}


def plain(value):
    return base64.b64decode(value["v"]) if value["t"] == "b" else value["v"]


class Client:
    """A process that has loaded a sample."""

    def __init__(self, language, path, work, env):
        self.language = language
        folder = os.path.join(work, f"client-{language}-{time.monotonic_ns()}")
        os.makedirs(folder)
        ending = {"python": "py", "javascript": "mjs"}[language]
        sample = shutil.copy(path, os.path.join(folder, f"sample.{ending}"))
        driver = shutil.copy(os.path.join(HERE, f"driver.{ending}"), folder)
        if language == "python":
            command = [sys.executable]
        else:
            command = ["node"]
            os.symlink(os.path.join(TOOLS, "node_modules"), os.path.join(folder, "node_modules"))
        self.process = subprocess.Popen(command + [driver], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env, cwd=folder)
        self.lines, self.jobs = queue.Queue(), 0
        threading.Thread(target=self.read, daemon=True).start()
        self.start = self.ask({"fn": "import", "path": sample}, 25)

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def ask(self, job, seconds=8):
        self.jobs += 1
        end = time.monotonic() + seconds
        try:
            self.process.stdin.write(json.dumps({**job, "id": self.jobs}) + "\n")
            self.process.stdin.flush()
            while True:
                line = self.lines.get(timeout=max(0.01, end - time.monotonic()))
                answer = json.loads(line) if line else {"error": "the process ended", "id": self.jobs}
                if answer["id"] == self.jobs:
                    return answer
        except queue.Empty:
            return {"error": f"no answer in {seconds} s"}
        except (BrokenPipeError, OSError):
            return {"error": "the process ended"}

    def call(self, python_name, *args, loads=None, seconds=8):
        if "error" in self.start:
            return {"error": f"the sample does not load: {self.start['error']}"}
        name = python_name if self.language == "python" else re.sub(r"_(.)", lambda m: m[1].upper(), python_name)
        return self.ask({"fn": name, "args": [a if a == "LOAD" else typed(a) for a in args], "loads": typed(loads)}, seconds)

    def stop(self):
        self.process.kill()
        self.process.wait()
