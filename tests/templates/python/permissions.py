"""What deployers are allowed, held against the registry schemas and the list of IAM actions that cfn-lint ships.

python permissions.py permissions.yaml TYPE ...
"""

import fnmatch
import json
import pathlib
import sys

import cfnlint
import yaml

DATA = pathlib.Path(cfnlint.__file__).parent / "data"
ACTIONS = json.loads((DATA / "AdditionalSpecs" / "Policies.json").read_text())


def known(action):
    service, name = action.lower().split(":")
    return any(fnmatch.fnmatch(a, name) for a in ACTIONS.get(service, {}).get("Actions", {}))


def covered(action, patterns):
    return any(fnmatch.fnmatch(action.lower(), p.lower()) for p in patterns)


def handlers():
    out = {}
    for path in sorted((DATA / "schemas" / "resources").glob("*.json")):
        schema = json.loads(path.read_text())
        parts = (schema.get("handlers") or {}).items()
        actions = {a for part, h in parts if part != "list" for a in h.get("permissions", [])}
        out.setdefault(schema["typeName"], actions)
    return out


def main():
    listed = yaml.safe_load(open(sys.argv[1], encoding="utf-8"))
    schemas = handlers()
    wrong = [f"{a}: no such action" for a in listed["always"] if not known(a)]
    of_traits = [a for t in listed["traits"] for a in t["actions"]]
    wrong += [f"{a}: no such action" for a in of_traits if not known(a)]
    for row in listed["types"]:
        name = row["type"]
        unused, besides = row.get("unused", []), row.get("besides", [])
        if name not in schemas:
            wrong.append(f"{name}: no such type")
            continue
        needed = {a for a in schemas[name] if known(a)}
        for action in sorted(needed):
            if not covered(action, row["actions"] + unused):
                wrong.append(f"{name}: its handlers need {action}")
        for action in row["actions"] + unused:
            if not any(fnmatch.fnmatch(a.lower(), action.lower()) for a in needed):
                wrong.append(f"{name}: no handler names {action}")
        wrong += [f"{name}: {a}: no such action" for a in besides if not known(a)]
        wrong += [f"{name}: {a} is listed twice" for a in besides if covered(a, row["actions"])]
        if besides and not row.get("source"):
            wrong.append(f"{name}: no source for {besides}")
    types = {row["type"] for row in listed["types"]}
    wrong += [f"{t}: a template has it, nobody says what it takes" for t in sys.argv[2:] if t not in types]
    wrong += [f"{t}: no template has it" for t in types - set(sys.argv[2:])]
    print("\n".join(wrong) or f"{len(types)} types, {sum(len(r['actions']) for r in listed['types'])} actions")
    sys.exit(bool(wrong))


main()
