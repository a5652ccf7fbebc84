#include "base/version.h"

#include "commit.h" /* made by cmake/write-commit.cmake */

const char version_release[] = TARE_VERSION;
const char version_commit[] = TARE_COMMIT;
