/* The plan as text, for people and golden tests. */
#pragma once

#include "base/text.h"
#include "plan/plan.h"

/* Appends it, one fact a line. */
void plan_dump(const struct plan *plan, struct text *out);
