/* Capability names: what libcap knows, in the spelling of the specification. */
#include "plan/plan.h"

#include "tap.h"

#include <stdio.h>
#include <sys/capability.h>

static const char *const garbage[] = { "", "CAP_", "CHOWN", "cap_chown", "CAP_chown", "Cap_CHOWN", "CAP_NO_SUCH_THING",
	"CAP_CHOWNS", " CAP_CHOWN", "ALL", "CAP_ALL", "0", "CAP_0", "CAP_A_NAME_THAT_IS_LONGER_THAN_ANY_OTHER_NAME" };

int main(void)
{
	const char *const *names = plan_capability_names();
	size_t n = 0;

	for (; names[n]; n++) {
		char what[64];

		snprintf(what, sizeof(what), "%s is number %zu", names[n], n);
		is_int(plan_capability(names[n]), (long long)n, what);
	}
	is_int((long long)n, CAP_LAST_CAP + 1, "every capability of the headers has a name");
	is_int(plan_capability("CAP_CHOWN"), CAP_CHOWN, "the first one is what the kernel calls so");
	is_int(plan_capability("CAP_SYS_ADMIN"), CAP_SYS_ADMIN, "as is one in the middle");
	is_int(plan_capability("CAP_CHECKPOINT_RESTORE"), CAP_CHECKPOINT_RESTORE, "and the last one");
	for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
		char what[80];

		snprintf(what, sizeof(what), "no capability: '%s'", garbage[i]);
		is_int(plan_capability(garbage[i]), -1, what);
	}
	return done();
}
