#!/usr/bin/env python3
"""The official examples of the specification: the good ones have no problem, the bad ones have some.

usage: test_examples.py CHECK_FILE
"""

import os
import subprocess
import sys

import schema

# Bad examples that are good here, and why.
EXCEPTIONS = {
    "config/bad/freebsd-vnet-disable.json": "only the freebsd section is wrong, which Linux ignores",
}


def main():
    examples = os.path.join(schema.directory(), "examples")
    seen = set()
    for document in ("config", "state", "features"):
        for verdict in ("good", "bad"):
            directory = os.path.join(examples, document, verdict)
            for name in sorted(os.listdir(directory)):
                short = "%s/%s/%s" % (document, verdict, name)
                run = subprocess.run([sys.argv[1], document, os.path.join(directory, name)], capture_output=True, text=True)
                expected = 1 if verdict == "bad" and short not in EXCEPTIONS else 0
                seen.add(short)
                schema.ok(run.returncode == expected, "%s is %s%s" % (
                    short, "refused" if expected else "taken",
                    ": " + EXCEPTIONS[short] if short in EXCEPTIONS else ""), *(run.stdout + run.stderr).splitlines())
    for short in EXCEPTIONS:
        schema.ok(short in seen, "%s is there" % short)
    schema.done()


main()
