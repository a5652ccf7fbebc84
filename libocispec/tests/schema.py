"""What test_schema.py and test_examples.py share: TAP, and where the official schemas are."""

import os
import sys

count = 0
failed = 0


def ok(passed, sentence, *details):
    global count, failed
    count += 1
    print("%sok %d - %s" % ("" if passed else "not ", count, sentence))
    if not passed:
        failed += 1
        for detail in details:
            print("# %s" % detail)
    return passed


def done():
    print("1..%d" % count)
    sys.exit(failed > 0)


def directory():
    """The directory of the official schemas; without it the whole test is skipped."""
    here = os.path.dirname(os.path.abspath(__file__))
    path = os.environ.get("OCI_SCHEMA_DIR") or os.path.join(here, "..", "..", "..", "shared", "oci-schema")
    if not os.path.isfile(os.path.join(path, "config-schema.json")):
        print("1..0 # SKIP no official schemas in %s; set OCI_SCHEMA_DIR to runtime-spec/schema"
              % os.path.normpath(path))
        sys.exit(0)
    return os.path.normpath(path)
