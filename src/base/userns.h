/* The user namespace of this process, and the process's rights there (user_namespaces(7), capabilities(7)). */
#pragma once

#include <stdbool.h>

/* True when this process is in the first user namespace. In any other, root may make neither device nodes nor device
 * filters. */
bool userns_is_initial(void);

/* True when this process has the capability (CAP_SYS_ADMIN and so on) in its user namespace. */
bool userns_has_capability(int capability);

/* True when this process has no CAP_SYS_ADMIN in its user namespace. It may then copy mounts, and make or join
 * namespaces, only from within a new user namespace (decisions/0007). */
bool rootless_is_needed(void);
