/* What the files of this room share among themselves. */
#pragma once

#include "host/container/container.h"

/* ---- container.c ---- */

/* True while another process holds the container's lock, and so is changing it. */
bool container_is_busy(const struct container *container);
