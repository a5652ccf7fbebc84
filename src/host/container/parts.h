/* What the files of this room share among themselves. */
#pragma once

#include "host/container/container.h"

/* ---- container.c ---- */

/* True while somebody else is at work on the container. */
bool container_is_busy(const struct container *container);
