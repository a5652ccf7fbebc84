/* The user namespace that this process is in, and its rights there (user_namespaces(7), capabilities(7)). */
#pragma once

#include <stdbool.h>

/* True in the machine's own user namespace. Elsewhere root may make neither device nodes nor device filters. */
bool userns_is_initial(void);

/* True when this process has the capability (CAP_SYS_ADMIN) in its user namespace. */
bool userns_has_capability(int capability);

/* True for who has no CAP_SYS_ADMIN in his user namespace, and so may neither copy mounts nor make or join namespaces
 * but by way of a user namespace (decisions/0007). */
bool rootless_is_needed(void);
