/* The release of this program, and the commit that it was built from ("unknown" outside of git). */
#pragma once

extern const char version_release[];
extern const char version_commit[];
