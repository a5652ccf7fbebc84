#!/usr/bin/env python3
"""Rows and official schemas agree, in both directions.

usage: test_schema.py DUMP_ROWS

Every property of a schema has a row whose kind, limits, names and presence fit, and every row has a property. Where they
are meant to differ stands in DEVIATIONS and LIMITS, with the reason; a deviation that is not there any more is an error
too. The state that goes to a seccomp agent has no schema.
"""

import fnmatch
import json
import os
import re
import subprocess
import sys

import schema

# (document, path, aspect): reason. Aspects: "extra" (a row without property), "missing" (a property without row),
# "required", "names" (a table of them), "pattern" (checked though the schema has no pattern). In a path "*" stands for
# anything.
DEVIATIONS = {
    ("config", "solaris", "missing"): "a section of another platform is an unknown member",
    ("config", "windows", "missing"): "a section of another platform is an unknown member",
    ("config", "vm", "missing"): "a section of another platform is an unknown member",
    ("config", "zos", "missing"): "a section of another platform is an unknown member",
    ("config", "freebsd", "missing"): "a section of another platform is an unknown member",

    ("config", "process.consoleSize.height", "required"): "without a terminal the whole is ignored, also when it is not complete",
    ("config", "process.consoleSize.width", "required"): "without a terminal the whole is ignored, also when it is not complete",
    ("config", "process.ioPriority.priority", "required"): "the text requires it",
    ("config", "linux.personality.domain", "required"): "the text requires it",
    ("config", "linux.memoryPolicy.mode", "required"): "the text requires it",
    ("config", "linux.resources.pids.limit", "required"): "the text made it optional in 1.3",
    ("config", "linux.resources.blockIO.throttleReadBpsDevice.rate", "required"): "the text requires it",
    ("config", "linux.resources.blockIO.throttleWriteBpsDevice.rate", "required"): "the text requires it",
    ("config", "linux.resources.blockIO.throttleReadIOPSDevice.rate", "required"): "the text requires it",
    ("config", "linux.resources.blockIO.throttleWriteIOPSDevice.rate", "required"): "the text requires it",

    ("config", "linux.resources.devices.type", "pattern"): "the text says a, b or c",
    ("config", "linux.resources.devices.access", "pattern"): "the text says some of r, w, m",
    ("config", "linux.intelRdt.schemata", "pattern"): "each is one line, says the text",
    ("config", "linux.personality.flags", "pattern"): "no flag is defined, says the text",

    ("state", "status", "names"): "every runtime has paused; the text allows more values",
    ("state", "rootfs", "extra"): "managers read it",
    ("state", "created", "extra"): "managers read it",
    ("state", "owner", "extra"): "managers read it",

    ("features", "linux.memoryPolicy", "extra"): "in the text, not in the schema",
    ("features", "linux.intelRdt.schemata", "extra"): "in the text, not in the schema",
    ("features", "linux.intelRdt.monitoring", "extra"): "in the text, not in the schema",
    ("features", "linux.namespaces", "names"): "a runtime may know names that this library does not",
    ("features", "linux.seccomp.*", "names"): "a runtime may know names that this library does not",
}

# (document, path): limits of the row, and why they are not those of the schema.
LIMITS = {
    ("config", "process.user.uid"): (0, 2**32 - 2, "4294967295 is (uid_t)-1, which is no id"),
    ("config", "process.user.gid"): (0, 2**32 - 2, "4294967295 is (gid_t)-1, which is no id"),
    ("config", "process.user.additionalGids"): (0, 2**32 - 2, "4294967295 is (gid_t)-1, which is no id"),
    ("config", "process.user.umask"): (0, 0o777, "a umask has nine bits"),
    ("config", "process.oomScoreAdj"): (-1000, 1000, "what the kernel takes"),
    ("config", "process.ioPriority.priority"): (0, 7, "says the text"),
    ("config", "*Mappings.containerID"): (0, 2**32 - 2, "4294967295 is (uid_t)-1, which is no id"),
    ("config", "*Mappings.hostID"): (0, 2**32 - 2, "4294967295 is (uid_t)-1, which is no id"),
    ("config", "*Mappings.size"): (1, 2**32 - 1, "the kernel takes no empty mapping"),
    ("config", "linux.devices.fileMode"): (0, 0o177777, "the text allows any mode, and managers send st_mode with its type"),
    ("config", "linux.devices.uid"): (0, 2**32 - 2, "4294967295 is (uid_t)-1, which is no id"),
    ("config", "linux.devices.gid"): (0, 2**32 - 2, "4294967295 is (gid_t)-1, which is no id"),
    ("config", "linux.devices.major"): (0, 2**12 - 1, "a major number has 12 bits"),
    ("config", "linux.devices.minor"): (0, 2**20 - 1, "a minor number has 20 bits"),
    ("config", "linux.resources.devices.major"): (-1, 2**12 - 1, "-1 for all, or 12 bits"),
    ("config", "linux.resources.devices.minor"): (-1, 2**20 - 1, "-1 for all, or 20 bits"),
    ("config", "linux.resources.blockIO.*.major"): (0, 2**12 - 1, "a major number has 12 bits"),
    ("config", "linux.resources.blockIO.*.minor"): (0, 2**20 - 1, "a minor number has 20 bits"),
    ("config", "linux.resources.memory.swappiness"): (0, 100, "says the text"),
    ("config", "linux.resources.cpu.idle"): (0, 1, "says the text"),
    ("config", "linux.seccomp.defaultErrnoRet"): (0, 4095, "the kernel's largest errno"),
    ("config", "linux.seccomp.syscalls.errnoRet"): (0, 4095, "the kernel's largest errno"),
    ("config", "linux.seccomp.syscalls.args.index"): (0, 5, "a system call has six arguments"),
    ("config", "linux.timeOffsets.*.nanosecs"): (0, 10**9 - 1, "a second has 10^9 nanoseconds"),
}

# Names that are taken beyond those of the schema, and why.
BEYOND = {
    # mount(8) calls them so; managers say them, and other runtimes take them.
    "linux.rootfsPropagation": ["rprivate", "rshared", "rslave", "runbindable"],
}

INTEGERS = {
    "int32": (-2**31, 2**31 - 1),
    "int64": (-2**63, 2**63 - 1),
    "uint16": (0, 2**16 - 1),
    "uint32": (0, 2**32 - 1),
    "uint64": (0, 2**64 - 1),
}


class Schemas:
    """The schema files, with references followed and allOf and anyOf merged."""

    def __init__(self, directory):
        self.directory = directory
        self.files = {}

    def load(self, name):
        if name not in self.files:
            with open(os.path.join(self.directory, name), encoding="utf-8") as file:
                self.files[name] = json.load(file)
        return self.files[name]

    def resolve(self, name, node):
        """Returns the node as a plain one; each part remembers its file as "$file"."""
        parts = [(name, {k: v for k, v in node.items() if k not in ("$ref", "allOf", "anyOf")})]
        if "$ref" in node:
            file, _, pointer = node["$ref"].partition("#")
            target = self.load(file or name)
            for step in pointer.strip("/").split("/"):
                target = target[step]
            parts.append((file or name, target))
        for inner in node.get("allOf", []) + node.get("anyOf", []):
            parts.append((name, inner))
        result = {"properties": {}, "required": []}
        for file, part in parts:
            if "$ref" in part or "allOf" in part or "anyOf" in part:
                part = self.resolve(file, part)
            for key, value in part.items():
                if key == "properties":
                    for prop, inner in value.items():
                        result["properties"][prop] = dict(inner, **{"$file": inner.get("$file", file)})
                elif key == "required":
                    result["required"] = result["required"] + value
                elif key in ("items", "additionalProperties") and isinstance(value, dict):
                    result[key] = dict(value, **{"$file": value.get("$file", file)})
                else:
                    result.setdefault(key, value)
        return result


class Comparison:
    def __init__(self, document, schemas):
        self.document = document
        self.schemas = schemas
        self.used = set()

    def find(self, table, path, *aspect):
        """The entry of a table of deviations for this path, or None."""
        for key, entry in table.items():
            if key[0] == self.document and key[2:] == aspect and fnmatch.fnmatchcase(path, key[1]):
                self.used.add(key)
                return entry
        return None

    def check(self, path, aspect, same, sentence, *details):
        """An aspect agrees, or is a deviation that is listed."""
        if same or self.find(DEVIATIONS, path, aspect):
            schema.ok(True, "%s: %s: %s" % (self.document, path, sentence))
        else:
            schema.ok(False, "%s: %s: %s" % (self.document, path, sentence), *details)

    def compare_object(self, prefix, node, rows):
        for name in sorted(set(node["properties"]) | set(rows)):
            path = prefix + name
            if name not in rows:
                self.check(path, "missing", False, "the property has a row")
            elif name not in node["properties"]:
                self.check(path, "extra", False, "the row has a property")
            else:
                inner = node["properties"][name]
                self.check(path, "required", (name in node["required"]) == rows[name]["required"],
                           "is required here and there, or in neither")
                self.compare_value(path, self.schemas.resolve(inner["$file"], inner), rows[name])

    def compare_value(self, path, node, row):
        kind = row["kind"]
        shape = self.shape(node)
        if kind in INTEGERS or kind == "uint32 list":
            self.compare_integer(path, node if kind in INTEGERS else self.items(node), row)
            kind = "integer" if kind in INTEGERS else "integer list"
        if shape == "enum" and kind == "string" or shape == "enum list" and kind == "string list":
            self.check(path, "names", False, "has a table of names")
            return
        if kind == "enum" and shape == "string" and "pattern" in node:  # one letter of a pattern
            letters = re.fullmatch(r"\^\[(\w+)\]\$", node["pattern"])
            node = dict(node, enum=list(letters.group(1)))
            shape = "enum"
        if not schema.ok(shape == kind, "%s: %s: is %s" % (self.document, path, kind), "in the schema it is %s" % shape):
            return
        if kind.startswith("enum"):
            names = (node if kind == "enum" else self.items(node))["enum"]
            names = names + BEYOND.get(path, [])
            self.check(path, "names", sorted(names) == sorted(row["names"]), "has the same names",
                       "schema %s" % sorted(names), "row %s" % sorted(row["names"]))
        if kind.startswith("string"):
            inner = self.items(node) if kind == "string list" else node
            self.check(path, "pattern", ("pattern" in inner) == ("expected" in row), "has a check where there is a pattern",
                       "pattern %s" % inner.get("pattern"))
        schema.ok(not node.get("minItems") or row["some"], "%s: %s: has as many items" % (self.document, path))
        if kind.startswith("object"):
            inner = {"object list": node.get("items"), "object map": node.get("additionalProperties")}.get(kind)
            inner = self.schemas.resolve(inner["$file"], inner) if inner else node
            self.compare_object(path + ".", inner, row["members"])

    def compare_integer(self, path, node, row):
        low, high = INTEGERS[row["kind"].split()[0]]
        limits = (row.get("min", low), row.get("max", high))
        wanted = (node.get("minimum", low), node.get("maximum", high))
        if limits != wanted:
            wanted = (self.find(LIMITS, path) or wanted)[:2]
        schema.ok(limits == wanted, "%s: %s: has the limits %d to %d" % (self.document, path, *wanted), "row %d to %d" % limits)

    def items(self, node):
        return self.schemas.resolve(node["items"]["$file"], node["items"])

    def shape(self, node):
        """What the schema says, in the words of the rows."""
        if node.get("type") == "array":
            return self.shape(self.items(node)) + " list"
        if "enum" in node:
            return "enum"
        if "patternProperties" in node:
            return "string map"
        if "additionalProperties" in node:
            return "object map"
        if node["properties"]:
            return "object"
        return {"boolean": "bool"}.get(node.get("type"), node.get("type"))


def main():
    directory = schema.directory()
    rows = json.loads(subprocess.run([sys.argv[1]], check=True, capture_output=True, text=True).stdout)
    used = set()
    for document in ("config", "state", "features"):
        file = document + "-schema.json"
        schemas = Schemas(directory)
        comparison = Comparison(document, schemas)
        comparison.compare_object("", schemas.resolve(file, schemas.load(file)), rows[document])
        used |= comparison.used
    for key, reason in DEVIATIONS.items():
        schema.ok(key in used, "deviation of %s: %s: %s: %s" % (*key, reason), "it is not needed any more")
    for key, (low, high, reason) in LIMITS.items():
        schema.ok(key in used, "deviation of %s: %s: %d to %d: %s" % (*key, low, high, reason), "it is not needed any more")
    schema.done()


main()
