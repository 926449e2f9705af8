"""Parses every FOLDER/NAME/main.tf and says what is in it, as JSON: python hcl.py FOLDER"""

import json
import pathlib
import sys

import hcl2


def plain(value):
    """Without the quotes that the parser leaves around names and texts."""
    if isinstance(value, str) and len(value) > 1 and value[0] == value[-1] == '"':
        return value[1:-1]
    return value


out = {}
for path in sorted(pathlib.Path(sys.argv[1]).glob("*/main.tf")):
    with open(path, encoding="utf-8") as file:
        tree = hcl2.load(file)
    names = lambda kind: sorted(plain(name) for block in tree.get(kind, []) for name in block if not name.startswith("__"))
    resources = [plain(kind) for block in tree["resource"] for kind in block if not kind.startswith("__")]
    out[path.parent.name] = {"variables": names("variable"), "outputs": names("output"), "resources": resources}
print(json.dumps(out))
