/* The memory policy as the arguments of set_mempolicy(2). Reports what set_mempolicy(2) refuses on each machine;
 * whether the nodes exist is checked by the kernel. Pure. */
#include "plan/plan.h"

#include "ocispec/enums.h"

#include <linux/mempolicy.h>

/* Since Linux 6.9; Debian 12's headers do not have it. */
enum { WEIGHTED_INTERLEAVE = 6 };

enum need { NEEDS_NODES, MAY_HAVE_NODES, HAS_NO_NODES };

static const struct {
	int number;
	enum need nodes;
	bool balances; /* the mode allows MPOL_F_NUMA_BALANCING */
} modes[] = {
	[OCI_MPOL_DEFAULT] = { MPOL_DEFAULT, HAS_NO_NODES, false },
	[OCI_MPOL_BIND] = { MPOL_BIND, NEEDS_NODES, true },
	[OCI_MPOL_INTERLEAVE] = { MPOL_INTERLEAVE, NEEDS_NODES, false },
	[OCI_MPOL_WEIGHTED_INTERLEAVE] = { WEIGHTED_INTERLEAVE, NEEDS_NODES, false },
	[OCI_MPOL_PREFERRED] = { MPOL_PREFERRED, MAY_HAVE_NODES, false },
	[OCI_MPOL_PREFERRED_MANY] = { MPOL_PREFERRED_MANY, NEEDS_NODES, true },
	[OCI_MPOL_LOCAL] = { MPOL_LOCAL, HAS_NO_NODES, false },
};

static const int flags[] = {
	[OCI_MPOL_F_NUMA_BALANCING] = MPOL_F_NUMA_BALANCING,
	[OCI_MPOL_F_RELATIVE_NODES] = MPOL_F_RELATIVE_NODES,
	[OCI_MPOL_F_STATIC_NODES] = MPOL_F_STATIC_NODES,
};

static void plan_nodes(struct oci_document *document, const char *list, struct plan_memory_policy *plan)
{
	static const char place[] = "linux.memoryPolicy.nodes";
	const unsigned int bits = 8 * sizeof(plan->nodes[0]);
	const char *rest = list;
	uint64_t first;
	uint64_t last;

	plan->has_nodes = true;
	do {
		if (!text_next_range(&rest, &first, &last)) {
			oci_problem_add(document, place, "expected a list like \"0-3,7\", found \"%s\"", list);
			return;
		}
		if (last >= PLAN_MAX_NODES) {
			oci_problem_add(document, place, "expected nodes from 0 to %d, found %llu", PLAN_MAX_NODES - 1,
				(unsigned long long)last);
			return;
		}
		for (uint64_t node = first; node <= last; node++)
			plan->nodes[node / bits] |= 1UL << node % bits;
	} while (*rest);
}

static void check_flags(struct oci_document *document, const struct oci_memory_policy *spec,
	const struct plan_memory_policy *plan)
{
	static const char place[] = "linux.memoryPolicy.flags";
	const int of_nodes = MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES;
	const char *name = oci_enum_name(oci_mempolicy_mode_names, (int)spec->mode);

	if ((plan->mode & of_nodes) == of_nodes)
		oci_problem_add(document, place, "expected MPOL_F_STATIC_NODES or MPOL_F_RELATIVE_NODES, found both");
	else if (plan->mode & of_nodes && !plan->has_nodes)
		oci_problem_add(document, place, "expected no flag about nodes, as %s has none here", name);
	if (plan->mode & MPOL_F_NUMA_BALANCING && !modes[spec->mode].balances)
		oci_problem_add(document, place,
			"expected MPOL_F_NUMA_BALANCING with MPOL_BIND or MPOL_PREFERRED_MANY, found %s", name);
}

void plan_memory_policy(struct oci_document *document, const struct oci_memory_policy *spec,
	struct plan_memory_policy *ret)
{
	struct plan_memory_policy plan = { .set = true };
	const char *name;

	if (!spec)
		return;
	name = oci_enum_name(oci_mempolicy_mode_names, (int)spec->mode);
	plan.mode = modes[spec->mode].number;
	for (size_t i = 0; i < spec->flags.n; i++)
		plan.mode |= flags[spec->flags.items[i]];
	if (spec->nodes && *spec->nodes)
		plan_nodes(document, spec->nodes, &plan);
	if (plan.has_nodes && modes[spec->mode].nodes == HAS_NO_NODES)
		oci_problem_add(document, "linux.memoryPolicy.nodes", "expected none with %s, found \"%s\"", name,
			spec->nodes);
	else if (!plan.has_nodes && modes[spec->mode].nodes == NEEDS_NODES)
		oci_problem_add(document, "linux.memoryPolicy.nodes", "%s needs at least one node", name);
	else
		check_flags(document, spec, &plan);
	*ret = plan;
}
